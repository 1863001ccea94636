/* Against cross-site request forgery: pages of other sites that make a browser send requests with
 * our cookie (OWASP Cross-Site Request Forgery Prevention).
 *
 * Two defences. What the browser itself says of where a request comes from costs the application
 * nothing, and the framework asks it for every unsafe method. A token in each form, bound to the
 * session, also holds in browsers too old to say. */
#ifndef BOCATA_CSRF_H
#define BOCATA_CSRF_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/export.h>
#include <bocata/session.h>
#include <bocata/str.h>

/* Headers of a request; {NULL, 0} for one that was not sent, {"", 0} for one that was sent more
 * than once. */
typedef struct bocata_csrf_request {
    bocata_str method;
    bocata_str host;           /* Host, or :authority */
    bocata_str sec_fetch_site; /* Sec-Fetch-Site */
    bocata_str origin;         /* Origin */
} bocata_csrf_request;

BOCATA_BEGIN_DECLS

/* True for GET, HEAD, OPTIONS and TRACE, which must not change anything (RFC 9110 9.2.1), and so
 * need no protection. */
BOCATA_API bool bocata_csrf_method_is_safe(bocata_str method);

/* Why this request, a const bocata_csrf_request * (parentheses go around a literal with commas),
 * must be refused (403), as a sentence for the client; NULL if it may pass. Safe methods always
 * pass. Of the others those whose Sec-Fetch-Site is "same-origin" or "none" pass; without that
 * header those whose Origin is of the request's host; and without both, since then it is no
 * browser's. A trusted origin always passes.
 *
 * What a newer header set and this library has no meaning for is refused too.
 *
 *   trusted_origins  `count` of them, each good by bocata_csrf_origin_is_valid */
#define bocata_csrf_refusal(request, trusted_origins, count)                                       \
    bocata_csrf_refusal_sized((request), sizeof(bocata_csrf_request), (trusted_origins), (count))
BOCATA_API const char *bocata_csrf_refusal_sized(const bocata_csrf_request *request,
                                                 size_t request_size,
                                                 const char *const trusted_origins[], size_t count);

/* True for "https://app.example.org" or "http://localhost:8080": scheme, host in lower case, and a
 * port if it is not the scheme's own; nothing behind. */
BOCATA_API bool bocata_csrf_origin_is_valid(const char *origin);

/* The token for this session's forms: base64url, so it needs no escaping. Other bytes for every
 * session object, so that a compressed page tells nothing of it; each of them stays good until the
 * session is renewed, cleared, emptied or over. An empty session becomes one that is sent. Borrowed
 * until the session is freed; "" on failure, which also fails the save. */
BOCATA_API const char *bocata_csrf_token(bocata_session *session);

/* True if it is a token of this session, in constant time. */
BOCATA_API bool bocata_csrf_token_is_good(const bocata_session *session, bocata_str token);

BOCATA_END_DECLS

#endif
