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

/* The clock that the application sees and cookies expire by; the system's until the first call. */
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
