/* Which keys make a session too large. */
#ifndef BOCATA_SESSION_SIZES_H
#define BOCATA_SESSION_SIZES_H

#include <jansson.h>

/* Writes one line with a NUL, cut to `cap`: how many bytes of JSON the session is, and each of its
 * largest keys. Key names are cut to printable ASCII; values are not shown. */
void bocata_sizes_describe(const json_t *values, char *text, size_t cap);

#endif
