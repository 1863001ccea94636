#include "crypto/random.h"

#include <limits.h>

#include <openssl/rand.h>

bocata_status bocata_random_bytes(void *bytes, size_t len)
{
    if (len > INT_MAX)
        return BOCATA_E_LIMIT;
    return RAND_priv_bytes(bytes, (int)len) == 1 ? BOCATA_OK : BOCATA_E_CRYPTO;
}
