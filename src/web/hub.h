/* The open WebSockets of an application: their groups, their sessions, and when those end.
 *
 * All of it belongs to the thread that serves. Nothing here calls a handler but bocata_hub_run. */
#ifndef BOCATA_WEB_HUB_H
#define BOCATA_WEB_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include <bocata/websocket.h>

#include "web/timers.h"
#include "websocket/outgoing.h"

typedef struct bocata_group bocata_group;
typedef struct bocata_membership bocata_membership;

#define BOCATA_HUB_NEVER INT64_MAX

typedef struct bocata_hub {
    void *groups, *sessions;   /* trees (search.h) of bocata_group, by name and by session id */
    bocata_websocket *sockets; /* all that are open */
    bocata_websocket *cursor;  /* the one that bocata_hub_run comes to next */
    int64_t due_s; /* when the first session ends or is to be told of; BOCATA_HUB_NEVER for none */
    bool has_refused; /* a message that cannot be sent to anybody: that is told once */
    bocata_timers timers;
} bocata_hub;

/* What a socket has of it. */
typedef struct bocata_hub_entry {
    bocata_hub *hub; /* NULL while it is not in it */
    bocata_websocket *prev, *next;
    bocata_membership *memberships; /* in groups, and in that of its session */
    size_t group_count;
    int64_t deadline_s; /* when its session ends; BOCATA_HUB_NEVER for none */
    bool is_told;       /* on_session_expiring was called for this deadline */
} bocata_hub_entry;

void bocata_hub_init(bocata_hub *hub);

/* No socket is in it any more. */
void bocata_hub_done(bocata_hub *hub);

/* Puts a socket in, with the session of its handshake. Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_hub_add(bocata_hub *hub, bocata_websocket *ws);

/* Takes it out of all groups too; fine where it is not in it. */
void bocata_hub_remove(bocata_websocket *ws);

/* A response carries this session's cookie: the sockets of the same session learn its new end, and
 * those of one that it has ended are closed ("logged out"). */
void bocata_hub_session_saved(bocata_hub *hub, const bocata_session *session);

/* A request was answered without a new cookie. The one that it came with may be older than what the
 * browser has by now, so it shortens nothing; but where another application or process renews the
 * session too, it may be newer than what the sockets know: they live on to its end. */
void bocata_hub_session_seen(bocata_hub *hub, const bocata_session *session);

/* Calls what is due: timers, and on_session_expiring; sockets whose session has ended are closed
 * ("session expired"). */
void bocata_hub_run(bocata_hub *hub, int64_t now_s);

#define BOCATA_NO_JSON "it is NULL, or holds what JSON has no form for"

/* Tells the log, once, that the application's message is none. Returns `status`. */
bocata_status bocata_hub_refuse_message(const bocata_app *app, bocata_status status,
                                        const char *why);

/* How many milliseconds until there is something to do; UINT64_MAX for nothing. `now_ms` is Unix
 * time, and may be set at any moment: so it is at most a minute where a session is to end. */
uint64_t bocata_hub_wait_ms(const bocata_hub *hub, int64_t now_ms);

#endif
