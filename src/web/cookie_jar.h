/* The cookies that a browser would keep for one host (RFC 6265bis 5). */
#ifndef BOCATA_WEB_COOKIE_JAR_H
#define BOCATA_WEB_COOKIE_JAR_H

#include <stdbool.h>
#include <stdint.h>

#include <bocata/status.h>
#include <bocata/str.h>

#include "base/buf.h"

#define BOCATA_COOKIE_JAR_MAX 50   /* cookies; beyond, the oldest goes */
#define BOCATA_COOKIE_LEN_MAX 4096 /* bytes of name and value together */

typedef struct bocata_jar_cookie {
    char *text; /* owned; the bytes of the next three, a NUL behind each */
    bocata_str name, value, path;
    int64_t expires_s; /* INT64_MAX: with the browser */
    uint64_t serial;   /* the lower, the older */
    bool is_secure;
} bocata_jar_cookie;

/* All zero is an empty one. */
typedef struct bocata_cookie_jar {
    bocata_jar_cookie cookies[BOCATA_COOKIE_JAR_MAX]; /* as sent: longest path first, then oldest */
    size_t count;
    uint64_t next_serial;
} bocata_cookie_jar;

void bocata_cookie_jar_init(bocata_cookie_jar *jar);
void bocata_cookie_jar_done(bocata_cookie_jar *jar);

/* Takes in one Set-Cookie value that answered a request for `path` (without the query; both
 * untrusted). Returns BOCATA_OK, also for a cookie that browsers pass over in silence, or
 * BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_cookie_jar_set_from_header(bocata_cookie_jar *jar,
                                                                bocata_str set_cookie,
                                                                bocata_str path, bool is_https,
                                                                int64_t now_s);

/* Appends the value of the Cookie header for a request, "a=b; c=d"; nothing if there are no cookies
 * for it. Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_cookie_jar_header(const bocata_cookie_jar *jar,
                                                       bocata_str path, bool is_https,
                                                       int64_t now_s, bocata_buf *out);

/* The value kept for this name, that of the longest path; NULL if there is none, or it has expired.
 * Borrowed until the jar changes. */
const char *bocata_cookie_jar_get(const bocata_cookie_jar *jar, const char *name, int64_t now_s);

/* Keeps a cookie for "/" until it is forgotten; a NULL value forgets all of this name. Returns
 * BOCATA_OK, BOCATA_E_LIMIT for one longer than BOCATA_COOKIE_LEN_MAX, or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_cookie_jar_set(bocata_cookie_jar *jar, const char *name,
                                                    const char *value);

void bocata_cookie_jar_clear(bocata_cookie_jar *jar);

#endif
