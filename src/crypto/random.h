/* Bytes that nobody can guess. */
#ifndef BOCATA_CRYPTO_RANDOM_H
#define BOCATA_CRYPTO_RANDOM_H

#include <stddef.h>

#include <bocata/export.h>
#include <bocata/status.h>

/* Fills `bytes` from libcrypto's generator. Returns BOCATA_OK, BOCATA_E_LIMIT above INT_MAX bytes,
 * or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_random_bytes(void *bytes, size_t len);

/* Where random bytes come from, so that tests can tell what they will be. */
typedef struct bocata_random {
    bocata_status (*fill)(void *user, void *bytes, size_t len);
    void *user;
} bocata_random;

/* bocata_random_bytes. */
extern const bocata_random bocata_random_system;

#endif
