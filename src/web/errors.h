/* Bodies of JSON: the default answer to an error, and what it is written with. */
#ifndef BOCATA_WEB_ERRORS_H
#define BOCATA_WEB_ERRORS_H

#include <jansson.h>

#include "base/buf.h"

/* Appends `json`, compact. Returns BOCATA_OK, BOCATA_E_INVALID for NULL, BOCATA_E_UNSUPPORTED for what
 * cannot be written (it holds itself), or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_json_write(bocata_buf *buf, const json_t *json);

/* The reason phrase of a status, e.g. "Not Found"; "Unknown" for an unassigned one. */
const char *bocata_status_phrase(int status);

/* The default error body, `{"error":"404 Not Found","status":404,"detail":…}`. `detail` may be NULL. */
BOCATA_MUST_USE bocata_status bocata_error_body(bocata_buf *body, int status, const char *detail);

#endif
