/* Between cookies and values: what one thread needs to verify, parse and sign. */
#ifndef BOCATA_SESSION_CODEC_H
#define BOCATA_SESSION_CODEC_H

#include "session/sessions.h"

/* What the cookies of a request come to. */
typedef struct bocata_loaded {
    bocata_reason reason;
    const char *detail; /* a constant sentence about the reason */
    bocata_str value;   /* of the cookie that was accepted or refused, in the headers */
    /* and where one was accepted */
    json_t *values;   /* a new reference to an object */
    json_t *reserved; /* a new reference, NULL for none (session/reserved.h) */
    bocata_stamp stamp;
    size_t key_index;
    size_t json_len; /* bytes of the JSON text */
} bocata_loaded;

const bocata_sessions *bocata_codec_sessions(const bocata_codec *codec);

/* For tests: where ids and nonces come from, instead of libcrypto. */
void bocata_codec_set_random(bocata_codec *codec, bocata_random random);
BOCATA_MUST_USE bocata_status bocata_codec_random(bocata_codec *codec, void *bytes, size_t len);

/* Finds, verifies and parses. Returns BOCATA_OK, whatever the reason in `ret_loaded`, or
 * BOCATA_E_NOMEM or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_codec_read(bocata_codec *codec,
                                                const bocata_str *cookie_headers, size_t count,
                                                int64_t now_s, bocata_loaded *ret_loaded);

/* The longest JSON text that fits a cookie issued now. */
size_t bocata_codec_json_len_max(const bocata_codec *codec, int64_t now_s);

/* How long the JSON text of these values is. `reserved` may be NULL. Returns BOCATA_OK;
 * BOCATA_E_TOO_LARGE for more than fits any cookie; or as bocata_codec_write. */
BOCATA_MUST_USE bocata_status bocata_codec_measure(bocata_codec *codec, json_t *values,
                                                   json_t *reserved, size_t *ret_len);

/* Makes the value of a Set-Cookie header that carries `values`.
 *
 *   reserved    what goes with them under the reserved key; NULL for nothing
 *   max_age_s   the cookie's, BOCATA_MAX_AGE_NONE for none
 *   ret_line    set on BOCATA_OK only; borrowed until the codec's next call
 *   ret_detail  why it failed: may name keys, never values; borrowed alike
 *
 * Returns BOCATA_OK, BOCATA_E_TOO_LARGE, BOCATA_E_UNSUPPORTED for values that JSON has no form for,
 * BOCATA_E_INVALID for a time before 1970, BOCATA_E_NOMEM or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_codec_write(bocata_codec *codec, json_t *values,
                                                 json_t *reserved, const bocata_stamp *stamp,
                                                 int64_t max_age_s, const char **ret_line,
                                                 const char **ret_detail);

#endif
