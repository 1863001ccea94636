/* How a session stands in a cookie: one row of functions a format, in src/session/formats.
 *
 * The keys of a format never change, and threads share them; a context of them does the work, for
 * one thread at a time. */
#ifndef BOCATA_SESSION_FORMAT_H
#define BOCATA_SESSION_FORMAT_H

#include <bocata/session.h>

#include "base/json.h"
#include "crypto/random.h"
#include "session/stamp.h"

#define BOCATA_COOKIE_LEN_MAX 4096     /* bytes of name and value together (RFC 6265bis 5.6) */
#define BOCATA_COOKIE_NAME_LEN_MAX 256 /* ours */

/* A cookie's value whose MAC held. */
typedef struct bocata_verified {
    bocata_str payload; /* in the value, or in the caller's buffer */
    int64_t issued_s;
    size_t key_index; /* 0: the newest key */
} bocata_verified;

typedef struct bocata_format {
    bocata_json_style json_style;
    bool has_stamp;    /* id, creation and max_age have a place of their own; else the reserved
                          key holds them (session/reserved.h) */
    size_t header_len; /* bytes that `encode` wants free before the JSON text */

    /* `secrets` is borrowed for the call. Returns BOCATA_OK, BOCATA_E_INVALID, BOCATA_E_NOMEM or
     * BOCATA_E_CRYPTO. */
    bocata_status (*keys_new)(const bocata_str *secrets, size_t count, void **ret_keys);
    void (*keys_free)(void *keys); /* NULL is fine, here and below */
    bool (*keys_are_locked)(const void *keys);

    /* NULL when out of memory or refused by libcrypto. */
    void *(*context_new)(const void *keys, bocata_str cookie_name);
    void (*context_free)(void *context);

    /* Checks the MAC of a value of at most BOCATA_COOKIE_LEN_MAX bytes; `buffer` has room for so
     * many. Nothing is parsed before it held, and nothing allocated. Returns BOCATA_OK,
     * BOCATA_E_MALFORMED, BOCATA_E_SIGNATURE or BOCATA_E_CRYPTO. */
    bocata_status (*verify)(void *context, bocata_str value, char *buffer,
                            bocata_verified *ret_verified);

    /* Finds the JSON text of a verified payload, which ends up in `buffer`, and what of the stamp
     * the format has a place for. Returns BOCATA_OK or BOCATA_E_MALFORMED. */
    bocata_status (*decode)(bocata_str payload, char *buffer, char **ret_json, size_t *ret_len,
                            bocata_stamp *stamp);

    /* Writes the value that holds this stamp and JSON text.
     *
     *   message  header_len bytes for the format, then the JSON; `len` is of both; may be changed
     *
     * Returns BOCATA_OK, BOCATA_E_TOO_LARGE for more than `cap` bytes, BOCATA_E_INVALID for a time
     * before 1970, or BOCATA_E_CRYPTO. */
    bocata_status (*encode)(void *context, char *message, size_t len, const bocata_stamp *stamp,
                            const bocata_random *random, char *value, size_t cap, size_t *ret_len);

    /* The longest JSON text that `encode` fits into a value of `cap` bytes. */
    size_t (*json_len_max)(size_t cap, int64_t issued_s);
} bocata_format;

extern const bocata_format bocata_format_starlette, bocata_format_sealed;

#endif
