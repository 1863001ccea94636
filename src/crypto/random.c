#include "crypto/random.h"

#include <limits.h>

#include <openssl/rand.h>

bocata_status bocata_random_bytes(void *bytes, size_t len)
{
    if (len > INT_MAX)
        return BOCATA_E_LIMIT;
    return RAND_priv_bytes(bytes, (int)len) == 1 ? BOCATA_OK : BOCATA_E_CRYPTO;
}

static bocata_status fill(void *user, void *bytes, size_t len)
{
    (void)user;
    return bocata_random_bytes(bytes, len);
}

const bocata_random bocata_random_system = {.fill = fill};
