/* What was configured: immutable but for its counters, shared by threads. */
#ifndef BOCATA_SESSION_SESSIONS_H
#define BOCATA_SESSION_SESSIONS_H

#include <stdatomic.h>

#include <bocata/session.h>

#include "session/format.h"

#define BOCATA_COOKIE_LEN_MAX 4096 /* bytes of name and value together (RFC 6265bis 5.6) */

/* Apart from the rest, so that whoever holds const sessions can count. */
typedef struct bocata_sessions_counters {
    atomic_uint_fast64_t loaded[BOCATA_REASON_COUNT];
} bocata_sessions_counters;

struct bocata_sessions {
    const bocata_format *format;
    bocata_signer *signer;
    char *cookie_name;
    char *attributes; /* what follows the value in Set-Cookie */
    char *deletion;   /* the whole Set-Cookie that deletes */
    int64_t max_age_s, clock_skew_s;
    bool https_only, is_weak;
    bocata_duplicates duplicates;
    bocata_session_event_fn on_event;
    void *event_user;
    bocata_sessions_counters *counters;
};

/* Calls the event callback, if there is one. */
static inline void sessions_tell(const bocata_sessions *sessions, const bocata_session_event *event)
{
    if (sessions->on_event)
        sessions->on_event(event, sessions->event_user);
}

#endif
