/* XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM whose nonce is long enough to be random for any
 * number of messages, as each gets a key of its own from the first half of it. Keyed once and used
 * many times, by one thread. */
#ifndef BOCATA_CRYPTO_XAES_H
#define BOCATA_CRYPTO_XAES_H

#include <openssl/evp.h>

#include <bocata/export.h>
#include <bocata/status.h>
#include <bocata/str.h>

#define BOCATA_XAES_KEY_LEN 32
#define BOCATA_XAES_NONCE_LEN 24
#define BOCATA_XAES_TAG_LEN 16

typedef struct bocata_xaes {
    EVP_CIPHER_CTX *ecb; /* of the key, to derive the messages' keys with */
    EVP_CIPHER_CTX *gcm; /* of the last message's key */
    unsigned char k1[16];
} bocata_xaes;

/* `key` is borrowed for the call; libcrypto keeps what it expands it to, until _done.
 * Returns BOCATA_OK or BOCATA_E_CRYPTO; only after the first there is something to be done. */
BOCATA_MUST_USE bocata_status bocata_xaes_init(bocata_xaes *xaes,
                                               const unsigned char key[BOCATA_XAES_KEY_LEN]);
void bocata_xaes_done(bocata_xaes *xaes); /* wipes it; also for one that is all zero */

/* Writes plain.len bytes to `ciphertext`, which must not overlap `plain`, and the tag. A nonce is
 * used once. No heap allocation.
 * Returns BOCATA_OK, BOCATA_E_LIMIT above INT_MAX bytes, or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_xaes_seal(bocata_xaes *xaes,
                                               const unsigned char nonce[BOCATA_XAES_NONCE_LEN],
                                               bocata_str aad, bocata_str plain,
                                               unsigned char *ciphertext,
                                               unsigned char tag[BOCATA_XAES_TAG_LEN]);

/* Writes ciphertext.len bytes to `plain`, which must not overlap `ciphertext`. Unless the tag
 * matches those are wiped, and libcrypto's error queue of this thread is empty. No heap allocation.
 * Returns BOCATA_OK, BOCATA_E_SIGNATURE, BOCATA_E_LIMIT above INT_MAX bytes, or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_xaes_open(bocata_xaes *xaes,
                                               const unsigned char nonce[BOCATA_XAES_NONCE_LEN],
                                               bocata_str aad, bocata_str ciphertext,
                                               const unsigned char tag[BOCATA_XAES_TAG_LEN],
                                               unsigned char *plain);

#endif
