/* What the library itself needs of secrets, beyond <bocata/secret.h>. */
#ifndef BOCATA_CRYPTO_SECRET_H
#define BOCATA_CRYPTO_SECRET_H

#include <bocata/secret.h>

/* A secret of `len` zero bytes, to be filled through `*ret_bytes`, so that what is derived never
 * stands anywhere else. NULL when out of memory. */
bocata_secret *bocata_secret_new_zeroed(size_t len, char **ret_bytes);

/* True if the `len` bytes are the same, in a time that tells nothing of where they differ. */
bool bocata_secret_bytes_equal(const void *a, const void *b, size_t len);

#endif
