#include "crypto/digest.h"

#include <stdbool.h>

#include <openssl/evp.h>

static const struct {
    const char *name;
    size_t len;
    const EVP_MD *(*md)(void);
} digests[] = {
    [BOCATA_DIGEST_SHA1] = {"SHA1", 20, EVP_sha1},
    [BOCATA_DIGEST_SHA256] = {"SHA256", 32, EVP_sha256},
    [BOCATA_DIGEST_SHA512] = {"SHA512", 64, EVP_sha512},
};

static bool is_known(bocata_digest digest)
{
    return (size_t)digest < sizeof digests / sizeof digests[0];
}

size_t bocata_digest_len(bocata_digest digest)
{
    return is_known(digest) ? digests[digest].len : 0;
}

const char *bocata_digest_name(bocata_digest digest)
{
    return is_known(digest) ? digests[digest].name : NULL;
}

bocata_status bocata_digest_sum(bocata_digest digest, const bocata_str *parts, size_t count,
                                unsigned char *sum)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good =
        context && is_known(digest) && EVP_DigestInit_ex2(context, digests[digest].md(), NULL);

    for (size_t i = 0; i < count && is_good; i++)
        is_good = EVP_DigestUpdate(context, parts[i].ptr, parts[i].len);
    is_good = is_good && EVP_DigestFinal_ex(context, sum, NULL);
    EVP_MD_CTX_free(context); /* wipes what it held */
    return is_good ? BOCATA_OK : BOCATA_E_CRYPTO;
}
