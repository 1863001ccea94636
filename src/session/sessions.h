/* What was configured: immutable but for its counters, shared by threads. */
#ifndef BOCATA_SESSION_SESSIONS_H
#define BOCATA_SESSION_SESSIONS_H

#include <bocata/session.h>

#include "session/format.h"
#include "session/refusals.h"

struct bocata_sessions {
    const bocata_format *format;
    void *keys;     /* the format's */
    char *weakness; /* NULL: none */
    char *cookie_name;
    char *attributes;      /* what follows the value in Set-Cookie: the next two with max_age_s */
    char *path, *flags;    /* "; path=…", and what follows the Max-Age */
    char *deletion;        /* the whole Set-Cookie that deletes */
    char *clear_site_data; /* NULL: none; and the same without the cookies, for a log-out that */
    char *clear_site_data_but_cookies; /* leaves a new session */
    int64_t max_age_s, idle_timeout_s, absolute_timeout_s, clock_skew_s;
    bocata_rolling rolling;
    bool https_only;
    bocata_duplicates duplicates;
    bocata_session_event_fn on_event;
    void *event_user;
    bocata_counters *counters;
};

/* Calls the event callback, if there is one. */
static inline void sessions_tell(const bocata_sessions *sessions, const bocata_session_event *event)
{
    if (sessions->on_event)
        sessions->on_event(event, sessions->event_user);
}

#endif
