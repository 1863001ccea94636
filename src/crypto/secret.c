#include "crypto/secret.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

/* Lies in pages of its own, so that locking, dumping and wiping touch nothing else. */
struct bocata_secret {
    size_t pages_len;
    size_t len;
    bool is_locked;
    char bytes[];
};

bocata_secret *bocata_secret_new_zeroed(size_t len, char **ret_bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (len > SIZE_MAX / 2)
        return NULL;
    size_t pages_len = (sizeof(bocata_secret) + len + 1 + page - 1) / page * page;
    bocata_secret *secret =
        mmap(NULL, pages_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (secret == MAP_FAILED)
        return NULL;
    secret->pages_len = pages_len;
    secret->len = len;
    secret->is_locked = mlock(secret, pages_len) == 0;
    madvise(secret, pages_len, MADV_DONTDUMP); /* fails only where the kernel knows no core dumps */
    *ret_bytes = secret->bytes;
    return secret;
}

bocata_secret *bocata_secret_new(const void *bytes, size_t len)
{
    char *copy;
    bocata_secret *secret = bocata_secret_new_zeroed(len, &copy);

    if (secret && len)
        memcpy(copy, bytes, len);
    return secret;
}

void bocata_secret_free(bocata_secret *secret)
{
    if (!secret)
        return;
    size_t pages_len = secret->pages_len;
    OPENSSL_cleanse(secret, pages_len);
    munmap(secret, pages_len); /* unlocks too */
}

size_t bocata_secret_len(const bocata_secret *secret)
{
    return secret ? secret->len : 0;
}

bocata_str bocata_secret_reveal(const bocata_secret *secret)
{
    return secret ? (bocata_str){secret->bytes, secret->len} : (bocata_str){0};
}

const char *bocata_secret_text(const bocata_secret *secret)
{
    (void)secret;
    return "Secret('**********')";
}

bool bocata_secret_is_locked(const bocata_secret *secret)
{
    return secret && secret->is_locked;
}

bool bocata_secret_bytes_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
