/* Between cookies and values: what one thread needs to verify, parse and sign. */
#ifndef BOCATA_SESSION_CODEC_H
#define BOCATA_SESSION_CODEC_H

#include "session/sessions.h"

/* What the cookies of a request come to. */
typedef struct bocata_loaded {
    json_t *values; /* a new reference; NULL unless the reason is NONE */
    int64_t time_s; /* when the accepted cookie was signed */
    bocata_reason reason;
    const char *detail; /* a constant sentence about the reason */
} bocata_loaded;

const bocata_sessions *bocata_codec_sessions(const bocata_codec *codec);

/* Finds, verifies and parses. Returns BOCATA_OK, whatever the reason in `ret_loaded`, or
 * BOCATA_E_NOMEM or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_codec_read(bocata_codec *codec,
                                                const bocata_str *cookie_headers, size_t count,
                                                int64_t now_s, bocata_loaded *ret_loaded);

/* Makes the value of a Set-Cookie header that carries `values`.
 *
 *   ret_line    set on BOCATA_OK only; borrowed until the codec's next call
 *   ret_detail  why it failed: may name keys, never values; borrowed alike
 *
 * Returns BOCATA_OK, BOCATA_E_TOO_LARGE, BOCATA_E_UNSUPPORTED for values that JSON has no form for,
 * BOCATA_E_INVALID for a time before 1970, or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_codec_write(bocata_codec *codec, json_t *values, int64_t now_s,
                                                 const char **ret_line, const char **ret_detail);

#endif
