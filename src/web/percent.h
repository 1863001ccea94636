/* Percent-decoding, once for paths and once for forms. */
#ifndef BOCATA_WEB_PERCENT_H
#define BOCATA_WEB_PERCENT_H

#include <bocata/status.h>

#include "base/arena.h"

/* Decodes a piece of a path (RFC 3986 2.1). `ret` is UTF-8 without NUL, lives in `arena`, and a NUL
 * follows its last byte.
 *
 * Returns BOCATA_OK, BOCATA_E_NOMEM, or BOCATA_E_MALFORMED for a `%` without two hexadecimal
 * digits, a NUL, and what is not UTF-8. */
BOCATA_MUST_USE bocata_status bocata_percent_decode_path(bocata_arena *arena, bocata_str in,
                                                         bocata_str *ret);

/* Decodes a name or a value of a query or form, as browsers do (WHATWG URL 5.1): `+` is a space, a
 * `%` without two hexadecimal digits stands for itself, and what is not UTF-8 becomes U+FFFD. `ret`
 * may hold NULs, lives in `arena`, and a NUL follows its last byte. Returns BOCATA_OK or
 * BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_percent_decode_form(bocata_arena *arena, bocata_str in,
                                                         bocata_str *ret);

#endif
