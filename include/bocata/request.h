/* What the client asked. Every string is borrowed until the request ends, that is until its view
 * has returned or its deferred response is finished. A NUL follows only where
 * that is said. */
#ifndef BOCATA_REQUEST_H
#define BOCATA_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <bocata/export.h>
#include <bocata/fields.h>
#include <bocata/session.h>
#include <bocata/str.h>

typedef struct bocata_request bocata_request;
typedef struct bocata_response bocata_response;

BOCATA_BEGIN_DECLS

/* ---- the request line and where it came from ------------------------------------------------- */

BOCATA_API bocata_str bocata_request_method(const bocata_request *request); /* "GET" */
BOCATA_API bocata_str
bocata_request_target(const bocata_request *request); /* as sent, with the query */
BOCATA_API bocata_str bocata_request_path(const bocata_request *request);   /* percent-decoded */
BOCATA_API bocata_str bocata_request_host(const bocata_request *request);   /* "example.org:8000" */
BOCATA_API bocata_str bocata_request_scheme(const bocata_request *request); /* "http" or "https" */
BOCATA_API bocata_str bocata_request_client(const bocata_request *request); /* "127.0.0.1:50312" */

/* ---- parameters of the route --------------------------------------------------------------------
 * Percent-decoded, UTF-8, without NUL but with one after the last byte. {NULL, 0} for a name
 * that the route does not have; a number that it does not have is 0, and makes the response a
 * 500. */

BOCATA_API bocata_str bocata_request_param(const bocata_request *request, const char *name);
BOCATA_API int64_t bocata_request_param_int(const bocata_request *request, const char *name);
BOCATA_API double bocata_request_param_real(const bocata_request *request, const char *name);

/* ---- headers, cookies, query ----------------------------------------------------------------- */

/* The first header of this name (case does not matter), {NULL, 0} where there is none. */
BOCATA_API bocata_str bocata_request_header(const bocata_request *request, const char *name);
BOCATA_API size_t bocata_request_header_count(const bocata_request *request);
BOCATA_API bocata_field bocata_request_header_at(const bocata_request *request, size_t index);

/* The first cookie of this name, as sent; unsigned, so the client may have written anything. */
BOCATA_API bocata_str bocata_request_cookie(const bocata_request *request, const char *name);

/* Never NULL; empty when there are more than 1,000 fields or they do not fit the request's memory,
 * and then a 400 or 414 stands in the response. */
BOCATA_API const bocata_fields *bocata_request_query(bocata_request *request);

/* ---- the body -----------------------------------------------------------------------------------
 * Those that take the response answer NULL or false when the body is not what they ask for, and
 * then a 400 that says what and where already stands in the response: return from the view. */

BOCATA_API bocata_str bocata_request_body(const bocata_request *request);

/* A body of application/json, or +json: no other, since pages of other sites can send those without
 * asking. Borrowed; do not change it. (Not const: jansson's readers are not.) */
BOCATA_API json_t *bocata_request_json(bocata_request *request, bocata_response *response);

/* Takes values out of the JSON body by jansson's unpack format, e.g.
 * `bocata_request_unpack(req, res, "{s:s, s?i}", "content", &content, "rank", &rank)`. What it
 * gives is borrowed. A string with a NUL in it is refused. */
BOCATA_API bool bocata_request_unpack(bocata_request *request, bocata_response *response,
                                      const char *format, ...);

/* A body of application/x-www-form-urlencoded. */
BOCATA_API const bocata_fields *bocata_request_form(bocata_request *request,
                                                    bocata_response *response);

/* ---- session, data, memory ------------------------------------------------------------------- */

/* The session, read from the cookie at the first call. Without sessions configured it is an empty
 * one, and the response becomes a 500 with a log line that names the missing setting. NULL only
 * when out of memory (a 500 too); every session call takes that. */
BOCATA_API bocata_session *bocata_request_session(bocata_request *request);

/* What the route, or else the application, was given; and what the application was given, also
 * where the route has its own: for hooks and error handlers. */
BOCATA_API void *bocata_request_data(const bocata_request *request);
BOCATA_API void *bocata_request_app_data(const bocata_request *request);

/* A pointer of the application's own, from a hook to the view, say; NULL until it is set. */
BOCATA_API void bocata_request_set_user(bocata_request *request, void *user);
BOCATA_API void *bocata_request_user(const bocata_request *request);

/* Memory that ends with the request, aligned for any type, not zeroed. NULL when the request's
 * memory is used up. */
BOCATA_API void *bocata_request_alloc(bocata_request *request, size_t size);

/* printf into that memory. "" when it is used up, and the response is then a 500. */
BOCATA_API const char *bocata_request_format(bocata_request *request, const char *format, ...)
    BOCATA_PRINTF(2, 3);

BOCATA_END_DECLS

#endif
