#include "crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

/* libcrypto's parameters are not const, though nothing writes to these. */
static OSSL_PARAM bytes_param(const char *name, bocata_str str)
{
    union {
        const char *in;
        void *out;
    } ptr = {.in = str.len ? str.ptr : ""};
    return OSSL_PARAM_construct_octet_string(name, ptr.out, str.len);
}

bocata_status bocata_hkdf(bocata_str secret, bocata_str salt, bocata_str info, unsigned char *out,
                          size_t len)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        bytes_param(OSSL_KDF_PARAM_KEY, secret),
        bytes_param(OSSL_KDF_PARAM_SALT, salt),
        bytes_param(OSSL_KDF_PARAM_INFO, info),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool is_good = context && EVP_KDF_derive(context, out, len, params) == 1;

    EVP_KDF_CTX_free(context); /* wipes its copy of the secret */
    EVP_KDF_free(kdf);
    return is_good ? BOCATA_OK : BOCATA_E_CRYPTO;
}
