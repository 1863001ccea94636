/* Writing JSON.
 *
 * Sessions are written as Python writes them, which jansson cannot (it makes 0.1 a
 * 0.10000000000000001, and a cookie has little room); and its search for values that hold
 * themselves costs more than the writing. Here a limit on the depth ends those. */
#ifndef BOCATA_BASE_JSON_H
#define BOCATA_BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"

typedef enum bocata_json_style {
    BOCATA_JSON_COMPACT, /* no spaces, UTF-8 */
    BOCATA_JSON_PYTHON,  /* `{"a": 1, "b": 2}`, ASCII with lower-case \uXXXX */
} bocata_json_style;

#define BOCATA_JSON_DEPTH_MAX 2048 /* what jansson reads */

/* Appends `json`.
 *
 *   len_max  bytes that `buf` may hold afterwards
 *
 * Returns BOCATA_OK, BOCATA_E_INVALID for NULL, BOCATA_E_UNSUPPORTED for what has no form in JSON
 * (it holds itself, a real that is not finite, text that is not UTF-8, or a key with a NUL),
 * BOCATA_E_TOO_LARGE past `len_max`, or BOCATA_E_NOMEM. After a failure the contents are as they
 * were. */
BOCATA_MUST_USE bocata_status bocata_json_write(bocata_buf *buf, size_t len_max, const json_t *json,
                                                bocata_json_style style);

#endif
