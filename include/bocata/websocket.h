/* WebSocket endpoints (RFC 6455), with the session of their handshake.
 *
 *     static void on_message(bocata_websocket *ws, bocata_message *message)
 *     {
 *         bocata_websocket_send_str(ws, bocata_message_text(message));
 *     }
 *
 *     bocata_app_websocket(app, "/echo", &(bocata_websocket_handlers){.on_message = on_message});
 *
 * Sending only puts messages into the socket's queue, from wherever it is done on this thread: its
 * own handlers, those of another socket, a timer, the view of a request. No handler is called from
 * within such a call. */
#ifndef BOCATA_WEBSOCKET_H
#define BOCATA_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <bocata/app.h>
#include <bocata/close_code.h>
#include <bocata/export.h>
#include <bocata/request.h>
#include <bocata/session.h>
#include <bocata/str.h>

typedef struct bocata_websocket bocata_websocket; /* good until on_close has returned */
typedef struct bocata_message bocata_message;     /* good until on_message has returned */

/* What the endpoint does and what it allows. Filled by name; what is left zero is not called, or
 * has its default. Strings are copied. */
typedef struct bocata_websocket_handlers {
    /* The view of the handshake, before it is answered. It accepts by doing nothing; an error, a
     * status or a redirect in the response rejects. (A body alone is a mistake, and so a 500.) What
     * it writes to the session, and its headers, go out with the 101. NULL: accepted. */
    bocata_view on_connect;
    void (*on_open)(bocata_websocket *ws); /* it is open: from here on it may be sent to */
    /* NULL: no message is expected, and one closes the socket (1003). */
    void (*on_message)(bocata_websocket *ws, bocata_message *message);
    void (*on_pong)(bocata_websocket *ws, bocata_str payload);
    /* What was unsent had passed high_water_len, and is down to half of it. */
    void (*on_drain)(bocata_websocket *ws);
    /* The session ends in `left_s` seconds, and the socket with it, unless a request of the page
     * renews it. Once for each deadline. */
    void (*on_session_expiring)(bocata_websocket *ws, int64_t left_s);
    /* Once for each on_open. The code and reason of whoever closed: the client's (1005 where it
     * gave none), or the server's; 1006 where the connection was lost. The socket has left its
     * groups. */
    void (*on_close)(bocata_websocket *ws, int code, bocata_str reason);

    void *data;                      /* instead of the application's; borrowed */
    const char *const *subprotocols; /* the first of the client's that is among them is taken */
    size_t subprotocol_count;
    bool any_origin;         /* pages of any site may connect: it trusts no cookie */
    size_t message_len_max;  /* bytes that may come in one message, else 1009; 1 MiB */
    size_t high_water_len;   /* bytes unsent from which nothing more is read from the client,
                                and on_drain will be called; 64 KiB, or half of a buffered_len_max
                                that is not more. (Many small messages count as 32 bytes each,
                                as they take more memory than that.) */
    size_t buffered_len_max; /* bytes unsent past which the socket is closed, 1013; 1 MiB more than
                                message_len_max */
    int64_t expiring_lead_s; /* how long before its end on_session_expiring is called; 60 */
    bool deflate;            /* permessage-deflate (RFC 7692) where the client offers it; off, as
                                secrets beside what others choose could be guessed by length */
    bool deflate_server_takeover, deflate_client_takeover; /* messages may lean on earlier ones, for
                                                              up to 300 KiB a socket; off */
    unsigned deflate_server_window_bits, deflate_client_window_bits; /* 9 to 15; 15 */
} bocata_websocket_handlers;

#define BOCATA_PING_LEN_MAX 125
#define BOCATA_GROUP_NAME_LEN_MAX 255
#define BOCATA_GROUPS_MAX 64 /* of one socket */

BOCATA_BEGIN_DECLS

/* Adds an endpoint: `bocata_app_websocket(app, "/chat/{room}", &(bocata_websocket_handlers){ … })`.
 * Patterns are those of routes. A view may have the same one: a request that asks for a WebSocket
 * goes here, any other one there, or is answered 426.
 *
 * Before hooks run before on_connect. A page of another site gets a 403, unless its origin is
 * trusted (bocata_csrf_settings) or any is. */
#define bocata_app_websocket(app, pattern, ...)                                                    \
    bocata_app_websocket_sized((app), (pattern), (__VA_ARGS__), sizeof(bocata_websocket_handlers))
BOCATA_API void bocata_app_websocket_sized(bocata_app *app, const char *pattern,
                                           const bocata_websocket_handlers *handlers,
                                           size_t handlers_size);

/* ---- what a socket knows --------------------------------------------------------------------- */

/* The request of its handshake, for as long as the socket: its parameters, query, headers (but for
 * Cookie and those that only make the handshake), user pointer. What on_connect took from its own
 * request ended with that. What is allocated, formatted or escaped with this one stays until the
 * socket ends, within a request's limit: not for each message. */
BOCATA_API bocata_request *bocata_websocket_request(bocata_websocket *ws);

/* The session that the handshake came with, as on_connect left it. Setters return
 * BOCATA_E_TOO_LATE: no cookie can be sent any more. NULL where none are configured. */
BOCATA_API bocata_session *bocata_websocket_session(bocata_websocket *ws);

/* The subprotocol that was agreed on, NULL for none; until the socket ends. */
BOCATA_API const char *bocata_websocket_subprotocol(const bocata_websocket *ws);

BOCATA_API const bocata_app *bocata_websocket_app(const bocata_websocket *ws);

/* What the endpoint, or else the application, was given. */
BOCATA_API void *bocata_websocket_data(const bocata_websocket *ws);

/* A pointer of the application's own: what bocata_request_set_user was given, until it is set. Free
 * what it points to in on_close. */
BOCATA_API void bocata_websocket_set_user(bocata_websocket *ws, void *user);
BOCATA_API void *bocata_websocket_user(const bocata_websocket *ws);

/* ---- sending ------------------------------------------------------------------------------------
 * What is given is copied. Each returns BOCATA_OK; BOCATA_E_INVALID for text that is not UTF-8,
 * JSON that is NULL (what json_pack gives for a wrong format) or a socket that is closing: nothing
 * is sent then, and the log says the first two once; BOCATA_E_LIMIT past buffered_len_max, which
 * closes the socket (1013); BOCATA_E_NOMEM, which does too (1011). So the status may be ignored. */

BOCATA_API bocata_status bocata_websocket_send_text(bocata_websocket *ws, const char *text);
BOCATA_API bocata_status bocata_websocket_send_str(bocata_websocket *ws, bocata_str text);
BOCATA_API bocata_status bocata_websocket_send_binary(bocata_websocket *ws, const void *bytes,
                                                      size_t len);
/* As text; takes the reference. BOCATA_E_UNSUPPORTED for what JSON has no form for. */
BOCATA_API bocata_status bocata_websocket_send_json(bocata_websocket *ws, json_t *json);

/* At most BOCATA_PING_LEN_MAX bytes, else BOCATA_E_LIMIT. The server pings idle clients by itself
 * (--ws-ping-interval). */
BOCATA_API bocata_status bocata_websocket_ping(bocata_websocket *ws, bocata_str payload);

/* Begins to close, behind what is unsent; messages that still come are not given any more. `reason`
 * may be NULL. BOCATA_E_INVALID for a code that may not be sent (1000 to 1003, 1007 to 1014 and
 * 3000 to 4999 may, and BOCATA_CLOSE_NO_CODE is an empty frame) or a reason that is not UTF-8,
 * BOCATA_E_LIMIT for one that is too long: the socket is then closed without what is wrong. A
 * second close changes nothing. */
BOCATA_API bocata_status bocata_websocket_close(bocata_websocket *ws, int code, const char *reason);

/* Bytes that wait to be sent, the frames' headers included. */
BOCATA_API size_t bocata_websocket_buffered(const bocata_websocket *ws);

/* ---- messages -----------------------------------------------------------------------------------
 * Those that ask for a type close the socket and answer {NULL, 0}, NULL or false where the message
 * is of another: 1003 for binary in the place of text or the other way round, 1007 for text that is
 * not the JSON that is asked for. Return from the handler then. No NUL follows the bytes. */

BOCATA_API bool bocata_message_is_text(const bocata_message *message);
BOCATA_API bocata_str bocata_message_bytes(const bocata_message *message); /* of either type */
BOCATA_API bocata_str bocata_message_text(bocata_message *message);        /* UTF-8 */
BOCATA_API bocata_str bocata_message_binary(bocata_message *message);
BOCATA_API json_t *bocata_message_json(bocata_message *message); /* borrowed */

/* Takes values out of the JSON, as bocata_request_unpack does. */
BOCATA_API bool bocata_message_unpack(bocata_message *message, const char *format, ...);

/* ---- groups ---------------------------------------------------------------------------------- */

/* A group is there as long as it has members. Joining twice is joining once. BOCATA_OK;
 * BOCATA_E_INVALID for a socket that is closing, or an empty name; BOCATA_E_LIMIT past
 * BOCATA_GROUPS_MAX or for a name longer than BOCATA_GROUP_NAME_LEN_MAX; BOCATA_E_NOMEM. */
BOCATA_API bocata_status bocata_websocket_join(bocata_websocket *ws, const char *group);
BOCATA_API void bocata_websocket_leave(bocata_websocket *ws, const char *group);

/* How many sockets are in it. */
BOCATA_API size_t bocata_app_group_size(const bocata_app *app, const char *group);

/* Sends one message to all members; it is put together once. BOCATA_OK, also where there are none
 * or some could not take it (they are closed); BOCATA_E_INVALID for text that is not UTF-8
 * or JSON that is NULL; BOCATA_E_UNSUPPORTED for what JSON has no form for; BOCATA_E_NOMEM. Within
 * a request the application is bocata_request_app. */
BOCATA_API bocata_status bocata_app_broadcast_text(const bocata_app *app, const char *group,
                                                   const char *text);
BOCATA_API bocata_status bocata_app_broadcast_str(const bocata_app *app, const char *group,
                                                  bocata_str text);
BOCATA_API bocata_status bocata_app_broadcast_binary(const bocata_app *app, const char *group,
                                                     const void *bytes, size_t len);
BOCATA_API bocata_status bocata_app_broadcast_json(const bocata_app *app, const char *group,
                                                   json_t *json); /* takes the reference */

BOCATA_END_DECLS

#endif
