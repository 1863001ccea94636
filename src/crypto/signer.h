/* Signed text, as the Signer and the TimestampSigner of Python's itsdangerous make it: `value sep
 * mac`, and `value sep time sep mac`.
 *
 * A signer holds the derived keys and never changes: threads share it. A context of it does the
 * work, for one thread at a time. */
#ifndef BOCATA_CRYPTO_SIGNER_H
#define BOCATA_CRYPTO_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include <bocata/secret.h>

#include "crypto/digest.h"

#define BOCATA_SIGNER_SEP_LEN_MAX 16

/* How the key of the MAC comes from the secret and the salt. */
typedef enum bocata_derivation {
    BOCATA_DERIVATION_DJANGO_CONCAT, /* digest(salt ‖ "signer" ‖ secret) */
    BOCATA_DERIVATION_CONCAT,        /* digest(salt ‖ secret) */
    BOCATA_DERIVATION_HMAC,          /* HMAC(secret, salt) */
    BOCATA_DERIVATION_NONE,          /* the secret itself */
} bocata_derivation;

/* What is left zero is itsdangerous' default. */
typedef struct bocata_signer_settings {
    const bocata_str
        *keys; /* 1 to BOCATA_KEYS_MAX secrets, newest first: that one signs, any verifies */
    size_t key_count;
    bocata_str salt; /* "itsdangerous.Signer"; an empty one has a ptr */
    bocata_str sep;  /* "." */
    bocata_derivation derivation;
    bocata_digest digest;
} bocata_signer_settings;

typedef struct bocata_signer bocata_signer;
typedef struct bocata_signer_context bocata_signer_context;

/* What a text held whose signature matched; it points into that text. */
typedef struct bocata_signed {
    bocata_str value;
    int64_t time_s; /* Unix seconds; 0 from bocata_signer_unsign */
    size_t key_index;
} bocata_signed;

/* Derives the keys into locked memory; everything in `settings` is borrowed for the call. A
 * separator must hold a byte that cannot occur in base64url. Returns BOCATA_OK, BOCATA_E_INVALID,
 * BOCATA_E_NOMEM or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_signer_new(const bocata_signer_settings *settings,
                                                bocata_signer **ret_signer);
void bocata_signer_free(bocata_signer *signer); /* wipes the keys; NULL is fine */
bool bocata_signer_is_locked(const bocata_signer *signer);

/* NULL when out of memory or refused by libcrypto. The signer must outlive it. */
bocata_signer_context *bocata_signer_context_new(const bocata_signer *signer);
void bocata_signer_context_free(bocata_signer_context *context); /* NULL is fine */

/* Appends separator and MAC to the `*len` bytes of `text`, in place; no NUL. `_timed` puts the time
 * between. Returns BOCATA_OK, BOCATA_E_TOO_LARGE past `cap`, BOCATA_E_INVALID for a time before
 * 1970, or BOCATA_E_CRYPTO; after a failure `*len` is as it was. */
BOCATA_MUST_USE bocata_status bocata_signer_sign(bocata_signer_context *context, char *text,
                                                 size_t cap, size_t *len);
BOCATA_MUST_USE bocata_status bocata_signer_sign_timed(bocata_signer_context *context,
                                                       int64_t time_s, char *text, size_t cap,
                                                       size_t *len);

/* Checks the MAC, and only then looks at what it covers. No allocation of ours; takes the same time
 * for every wrong MAC of the right length. Returns BOCATA_OK, BOCATA_E_MALFORMED,
 * BOCATA_E_SIGNATURE or BOCATA_E_CRYPTO. Whether the time is good is the caller's to say. */
BOCATA_MUST_USE bocata_status bocata_signer_unsign(bocata_signer_context *context, bocata_str text,
                                                   bocata_signed *ret_signed);
BOCATA_MUST_USE bocata_status bocata_signer_unsign_timed(bocata_signer_context *context,
                                                         bocata_str text,
                                                         bocata_signed *ret_signed);

#endif
