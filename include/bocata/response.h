/* The answer. It is sent when the view returns, or later if it was deferred.
 *
 * A mistake of the application's (a header that is none, JSON that cannot be written) makes the
 * response a 500, and the log says why: the calls need no checks. */
#ifndef BOCATA_RESPONSE_H
#define BOCATA_RESPONSE_H

#include <stddef.h>

#include <jansson.h>

#include <bocata/export.h>
#include <bocata/request.h>
#include <bocata/str.h>

BOCATA_BEGIN_DECLS

/* 200 to 599; 200 if never called. */
BOCATA_API void bocata_response_status(bocata_response *response, int status);
BOCATA_API int bocata_response_get_status(const bocata_response *response);

/* ---- the body: the last call wins, and what it is given is copied ---------------------------- */

BOCATA_API void bocata_response_json(bocata_response *response,
                                     json_t *json); /* takes the reference */
BOCATA_API void bocata_response_text(bocata_response *response,
                                     const char *text); /* text/plain, UTF-8 */
BOCATA_API void bocata_response_html(bocata_response *response,
                                     const char *html); /* text/html, UTF-8 */
BOCATA_API void bocata_response_bytes(bocata_response *response, const void *bytes, size_t len,
                                      const char *content_type);

/* ---- headers ------------------------------------------------------------------------------------
 * Names are tokens, values hold no control characters; both are copied. Content-Length,
 * Transfer-Encoding, Trailer, Connection, Keep-Alive, Upgrade and Date belong to the server. */

/* Replaces the headers of this name. */
BOCATA_API void bocata_response_header(bocata_response *response, const char *name,
                                       const char *value);
/* Adds one more. */
BOCATA_API void bocata_response_add_header(bocata_response *response, const char *name,
                                           const char *value);
/* The first of this name, {NULL, 0} where there is none; borrowed until the request ends. */
BOCATA_API bocata_str bocata_response_get_header(const bocata_response *response, const char *name);

/* 301, 302, 303, 307 or 308 with a Location. */
BOCATA_API void bocata_response_redirect(bocata_response *response, int status,
                                         const char *location);

/* ---- errors ---------------------------------------------------------------------------------- */

/* Answers with the error handler of this status (400 to 599), whatever body is set before or after;
 * `detail` is the sentence the client reads, printf-like, or NULL. bocata_response_status takes it
 * back. */
BOCATA_API void bocata_response_error(bocata_response *response, int status, const char *detail,
                                      ...) BOCATA_PRINTF(3, 4);

/* For an error handler: the sentence, NULL if there is none. */
BOCATA_API const char *bocata_response_error_detail(const bocata_response *response);

/* ---- later ----------------------------------------------------------------------------------- */

/* Called once if the client goes away before the response is finished. The response must still be
 * finished, now or later; nothing is sent then. When the server (or the in-process client) itself
 * ends, this is the last moment: afterwards the response must not be touched. */
typedef void (*bocata_client_gone_fn)(bocata_response *response, void *user);

/* For a view or a before hook: the response is not sent when the view returns. Request and response
 * live on until bocata_response_finish is called, on the same thread. `on_gone` may be NULL. */
BOCATA_API void bocata_response_defer(bocata_response *response, bocata_client_gone_fn on_gone,
                                      void *user);

/* Sends a deferred response; afterwards request and response must not be touched. */
BOCATA_API void bocata_response_finish(bocata_response *response);

BOCATA_END_DECLS

#endif
