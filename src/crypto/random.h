/* Bytes that nobody can guess. */
#ifndef BOCATA_CRYPTO_RANDOM_H
#define BOCATA_CRYPTO_RANDOM_H

#include <stddef.h>

#include <bocata/export.h>
#include <bocata/status.h>

/* Fills `bytes` from libcrypto's generator. Returns BOCATA_OK, BOCATA_E_LIMIT above INT_MAX bytes,
 * or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_random_bytes(void *bytes, size_t len);

#endif
