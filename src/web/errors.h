/* The default answer to an error. */
#ifndef BOCATA_WEB_ERRORS_H
#define BOCATA_WEB_ERRORS_H

#include "base/buf.h"

/* The reason phrase of a status, e.g. "Not Found"; "Unknown" for an unassigned one. */
const char *bocata_http_phrase(int status);

/* The default error body, `{"error":"404 Not Found","status":404,"detail":…}`. `detail` may be
 * NULL. */
BOCATA_MUST_USE bocata_status bocata_http_error_body(bocata_buf *body, int status,
                                                     const char *detail);

#endif
