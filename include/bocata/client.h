/* A client in the same process: no socket, the same dispatch as a real request. For tests.
 *
 *     bocata_client *client = bocata_client_new(app);
 *     bocata_reply *reply = bocata_client_get(client, "/unseen-todos");
 *     assert(bocata_reply_status(reply) == 200);
 *     bocata_reply_free(reply);
 *
 * It keeps cookies as a browser on http://localhost would. */
#ifndef BOCATA_CLIENT_H
#define BOCATA_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <bocata/app.h>
#include <bocata/export.h>
#include <bocata/fields.h>
#include <bocata/str.h>

typedef struct bocata_client bocata_client;
typedef struct bocata_reply bocata_reply;
typedef struct bocata_client_socket bocata_client_socket; /* a WebSocket, seen from the client */

/* A request in full. Everything is borrowed for the call. */
typedef struct bocata_client_request {
    const char *method;          /* "GET" */
    const char *target;          /* "/path?query" */
    const bocata_field *headers; /* a Cookie header here is sent beside the jar's */
    size_t header_count;
    bocata_str body;
} bocata_client_request;

BOCATA_BEGIN_DECLS

/* NULL when out of memory, or when the application has mistakes (bocata_app_error says which). The
 * app must outlive it. */
BOCATA_API bocata_client *bocata_client_new(bocata_app *app);
BOCATA_API void bocata_client_free(bocata_client *client);

/* The clock that the application sees and cookies expire by; the system's until the first call.
 * Timers and the ends of sessions that fall due by it come before this returns; a timer that
 * repeats comes once, however far the clock has gone. */
BOCATA_API void bocata_client_set_time(bocata_client *client, int64_t now_s);

/* Speak as if over TLS from now on: Secure cookies are kept and sent. */
BOCATA_API void bocata_client_set_https(bocata_client *client, bool https);

/* ---- requests -----------------------------------------------------------------------------------
 * Each returns a reply to be freed. NULL when out of memory, and for what is no request: without
 * client or target, with more than 98 headers, with JSON that cannot be written. */

BOCATA_API bocata_reply *bocata_client_get(bocata_client *client, const char *target);
BOCATA_API bocata_reply *bocata_client_post_json(bocata_client *client, const char *target,
                                                 json_t *json); /* takes the reference */
BOCATA_API bocata_reply *bocata_client_post_form(bocata_client *client, const char *target,
                                                 const char *form); /* already urlencoded */

/* Any request: `bocata_client_send(client, &(bocata_client_request){ .method = "PUT", … })`. */
#define bocata_client_send(client, ...)                                                            \
    bocata_client_send_sized((client), (__VA_ARGS__), sizeof(bocata_client_request))
BOCATA_API bocata_reply *bocata_client_send_sized(bocata_client *client,
                                                  const bocata_client_request *request,
                                                  size_t request_size);

/* ---- WebSockets ---------------------------------------------------------------------------------
 * The client's end of one, with real frames:
 *
 *     bocata_client_socket *socket = bocata_client_websocket(client, "/echo");
 *     bocata_client_socket_send_text(socket, "hello");
 *     assert(bocata_client_socket_expect_text(socket, "hello"));
 *     bocata_client_socket_free(socket);
 *
 * Each call lets the application do what it has to do before it returns. */

/* Opens one with the client's cookies; an Origin of this host is sent unless the headers have one.
 * The reply says whether it is open (101). NULL when out of memory, and for what is no request. */
BOCATA_API bocata_client_socket *bocata_client_websocket(bocata_client *client, const char *target);

/* With headers of your own: `bocata_client_websocket_send(client, &(bocata_client_request){ … })`.
 * Upgrade, Connection, Sec-WebSocket-Key and -Version are added where they are missing. */
#define bocata_client_websocket_send(client, ...)                                                  \
    bocata_client_websocket_send_sized((client), (__VA_ARGS__), sizeof(bocata_client_request))
BOCATA_API bocata_client_socket *
bocata_client_websocket_send_sized(bocata_client *client, const bocata_client_request *request,
                                   size_t request_size);

/* The answer to the handshake; borrowed until the socket is freed. */
BOCATA_API bocata_reply *bocata_client_socket_reply(bocata_client_socket *socket);
BOCATA_API bool bocata_client_socket_is_open(const bocata_client_socket *socket);

/* Each returns BOCATA_OK, BOCATA_E_INVALID for one that is not open, BOCATA_E_UNSUPPORTED for what
 * JSON has no form for, or BOCATA_E_NOMEM. What is sent is not checked: tests may send what is
 * wrong. */
BOCATA_API bocata_status bocata_client_socket_send_text(bocata_client_socket *socket,
                                                        const char *text);
BOCATA_API bocata_status bocata_client_socket_send_binary(bocata_client_socket *socket,
                                                          const void *bytes, size_t len);
BOCATA_API bocata_status bocata_client_socket_send_json(bocata_client_socket *socket,
                                                        json_t *json); /* takes the reference */
BOCATA_API bocata_status bocata_client_socket_ping(bocata_client_socket *socket,
                                                   bocata_str payload);
BOCATA_API bocata_status bocata_client_socket_close(bocata_client_socket *socket, int code,
                                                    const char *reason);

typedef enum bocata_client_event {
    BOCATA_CLIENT_NOTHING, /* nothing more has come */
    BOCATA_CLIENT_TEXT,
    BOCATA_CLIENT_BINARY,
    BOCATA_CLIENT_PING, /* answered already */
    BOCATA_CLIENT_PONG,
    BOCATA_CLIENT_CLOSE, /* answered already; the last one, again and again */
} bocata_client_event;

/* Takes the next that has come. What it holds is borrowed until the next call: the payload, a close
 * frame's reason in its place (a NUL follows); and the code of a close, 1005 where there is none,
 * 1006 where the server went without a word. From one that was refused nothing ever comes. */
BOCATA_API bocata_client_event bocata_client_socket_next(bocata_client_socket *socket);
BOCATA_API bocata_str bocata_client_socket_payload(const bocata_client_socket *socket);
BOCATA_API int bocata_client_socket_close_code(const bocata_client_socket *socket);

/* Take the next, pings and pongs passed over, and say whether it is this. */
BOCATA_API bool bocata_client_socket_expect_text(bocata_client_socket *socket, const char *text);
BOCATA_API bool bocata_client_socket_expect_json(bocata_client_socket *socket,
                                                 json_t *json); /* takes the reference */
BOCATA_API bool bocata_client_socket_expect_close(bocata_client_socket *socket, int code);
BOCATA_API bool bocata_client_socket_expect_nothing(bocata_client_socket *socket);

/* Without a close frame before, the connection is lost (1006). Free sockets before their client. */
BOCATA_API void bocata_client_socket_free(bocata_client_socket *socket);

/* ---- the cookie jar -------------------------------------------------------------------------- */

/* The value kept for this name, NULL if there is none (or it has expired); borrowed until the next
 * call. */
BOCATA_API const char *bocata_client_cookie(bocata_client *client, const char *name);
/* Keeps a cookie for "/"; a NULL value forgets it. Returns BOCATA_OK, BOCATA_E_LIMIT for one longer
 * than the 4,096 bytes that browsers keep, or BOCATA_E_NOMEM. */
BOCATA_API bocata_status bocata_client_set_cookie(bocata_client *client, const char *name,
                                                  const char *value);
BOCATA_API void bocata_client_clear_cookies(bocata_client *client);

/* ---- replies: what they give is borrowed until the reply is freed; NULL is an empty one
 * ---------------------------- */

/* True while the application has deferred the response; status and body are then 0 and empty. */
BOCATA_API bool bocata_reply_is_pending(const bocata_reply *reply);
BOCATA_API int bocata_reply_status(const bocata_reply *reply);
BOCATA_API bocata_str bocata_reply_header(const bocata_reply *reply,
                                          const char *name); /* the first */
BOCATA_API size_t bocata_reply_header_count(const bocata_reply *reply);
BOCATA_API bocata_field bocata_reply_header_at(const bocata_reply *reply, size_t index);
BOCATA_API bocata_str bocata_reply_body(const bocata_reply *reply); /* a NUL follows */
BOCATA_API const json_t *bocata_reply_json(bocata_reply *reply);    /* NULL if it is none */

/* Freeing a pending reply is the client going away. Free replies before their client. */
BOCATA_API void bocata_reply_free(bocata_reply *reply);

BOCATA_END_DECLS

#endif
