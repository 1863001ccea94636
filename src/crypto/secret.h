/* What the library itself needs of secrets, beyond <bocata/secret.h>. */
#ifndef BOCATA_CRYPTO_SECRET_H
#define BOCATA_CRYPTO_SECRET_H

#include <bocata/secret.h>

/* A secret of `len` zero bytes, to be filled through `*ret_bytes`, so that what is derived never
 * stands anywhere else. NULL when out of memory. */
bocata_secret *bocata_secret_new_zeroed(size_t len, char **ret_bytes);

#endif
