/* Which keys make a session too large. */
#ifndef BOCATA_SESSION_SIZES_H
#define BOCATA_SESSION_SIZES_H

#include "base/json.h"

#define BOCATA_SHOWN_KEY_LEN 36 /* 32 bytes, "..." and a NUL */

/* What a log may show of a key: printable ASCII, cut. */
void bocata_key_show(const char *key, char shown[BOCATA_SHOWN_KEY_LEN]);

/* Writes one line with a NUL, cut to `cap`: how many bytes of JSON the session is, and each of its
 * largest keys. Key names are cut to printable ASCII; values are not shown. */
void bocata_sizes_describe(const json_t *values, bocata_json_style style, char *text, size_t cap);

#endif
