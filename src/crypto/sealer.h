/* Sealed bytes: encrypted and authenticated with XAES-256-GCM under keys that come from secrets.
 *
 *     sealed = version ‖ key id ‖ nonce ‖ ciphertext ‖ tag
 *
 * The version, the key id and a context string of the caller's are authenticated too
 * (docs/wire-format.md, sealed). A sealer holds the derived keys and never changes: threads share
 * it. A context of it does the work, for one thread at a time. */
#ifndef BOCATA_CRYPTO_SEALER_H
#define BOCATA_CRYPTO_SEALER_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/secret.h>
#include <bocata/status.h>
#include <bocata/str.h>

#include "crypto/xaes.h"

#define BOCATA_SEALER_VERSION 1
#define BOCATA_SEALER_NONCE_LEN BOCATA_XAES_NONCE_LEN
#define BOCATA_SEALER_KEY_ID_LEN 4
#define BOCATA_SEALER_BOUND_TO_LEN_MAX 256
#define BOCATA_SEALER_OVERHEAD                                                                     \
    (1 + BOCATA_SEALER_KEY_ID_LEN + BOCATA_SEALER_NONCE_LEN + BOCATA_XAES_TAG_LEN)

typedef struct bocata_sealer bocata_sealer;
typedef struct bocata_sealer_context bocata_sealer_context;

/* Derives a key and its id from each of 1 to BOCATA_KEYS_MAX secrets, newest first, into locked
 * memory; `secrets` is borrowed for the call. Returns BOCATA_OK, BOCATA_E_INVALID, BOCATA_E_NOMEM
 * or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_sealer_new(const bocata_str *secrets, size_t count,
                                                bocata_sealer **ret_sealer);
void bocata_sealer_free(bocata_sealer *sealer); /* wipes the keys; NULL is fine */
bool bocata_sealer_is_locked(const bocata_sealer *sealer);

/* `bound_to` is authenticated with every message (the cookie's name), at most
 * BOCATA_SEALER_BOUND_TO_LEN_MAX bytes; copied.
 * NULL when out of memory or refused by libcrypto. The sealer must outlive it. */
bocata_sealer_context *bocata_sealer_context_new(const bocata_sealer *sealer, bocata_str bound_to);
void bocata_sealer_context_free(bocata_sealer_context *context); /* NULL is fine */

/* Writes plain.len + BOCATA_SEALER_OVERHEAD bytes, which `sealed` must have room for and which must
 * not overlap `plain`, under the newest key. The nonce must be random, and is used once. No heap
 * allocation. Returns BOCATA_OK, BOCATA_E_LIMIT above INT_MAX bytes, or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_sealer_seal(bocata_sealer_context *context,
                                                 const unsigned char nonce[BOCATA_SEALER_NONCE_LEN],
                                                 bocata_str plain, unsigned char *sealed);

/* Opens into the caller's memory: `plain` must have room for sealed.len - BOCATA_SEALER_OVERHEAD
 * bytes, and not overlap `sealed`. After a failure it holds no plaintext. No heap allocation.
 *
 *   ret_len        bytes of `plain`; these are set on BOCATA_OK only
 *   ret_key_index  which secret it was, 0 for the newest
 *
 * Returns BOCATA_OK, BOCATA_E_MALFORMED for what is too short or of another version,
 * BOCATA_E_SIGNATURE for an unknown key id or a tag that does not match, BOCATA_E_LIMIT or
 * BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_sealer_open(bocata_sealer_context *context, bocata_str sealed,
                                                 char *plain, size_t *ret_len,
                                                 size_t *ret_key_index);

#endif
