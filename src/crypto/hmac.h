/* HMAC (RFC 2104) with a context that is keyed once and used many times, by one thread. */
#ifndef BOCATA_CRYPTO_HMAC_H
#define BOCATA_CRYPTO_HMAC_H

#include <openssl/evp.h>

#include "crypto/digest.h"

typedef struct bocata_hmac {
    EVP_MAC_CTX *context;
} bocata_hmac;

/* Keys it; `key` is borrowed for the call, and libcrypto keeps what it derived from it.
 * Returns BOCATA_OK or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_hmac_init(bocata_hmac *hmac, bocata_digest digest,
                                               bocata_str key);
void bocata_hmac_done(bocata_hmac *hmac); /* also for one that is all zero */

/* Writes bocata_digest_len bytes; no allocation of ours. Returns BOCATA_OK or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_hmac_sum(bocata_hmac *hmac, bocata_str message,
                                              unsigned char mac[BOCATA_DIGEST_LEN_MAX]);

#endif
