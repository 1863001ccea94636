#include "crypto/hmac.h"

#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

bocata_status bocata_hmac_init(bocata_hmac *hmac, bocata_digest digest, bocata_str key)
{
    const char *digest_name = bocata_digest_name(digest);
    char name[16]; /* libcrypto's parameter is not const */

    if (!digest_name)
        return BOCATA_E_CRYPTO;
    snprintf(name, sizeof name, "%s", digest_name);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!mac) /* OpenSSL 3.0's next call would crash */
        return BOCATA_E_CRYPTO;
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); /* the context holds a reference */
    if (!context)
        return BOCATA_E_CRYPTO;
    /* A NULL key would mean the one before. */
    const char *bytes = key.len ? key.ptr : "";
    if (!EVP_MAC_init(context, (const unsigned char *)bytes, key.len, params)) {
        EVP_MAC_CTX_free(context);
        return BOCATA_E_CRYPTO;
    }
    hmac->context = context;
    return BOCATA_OK;
}

void bocata_hmac_done(bocata_hmac *hmac)
{
    EVP_MAC_CTX_free(hmac->context); /* wipes the key */
    hmac->context = NULL;
}

bocata_status bocata_hmac_sum(bocata_hmac *hmac, bocata_str message,
                              unsigned char mac[BOCATA_DIGEST_LEN_MAX])
{
    size_t len;
    /* Without a key this only goes back to the keyed state, which is what makes it cheap. */
    bool is_good = EVP_MAC_init(hmac->context, NULL, 0, NULL) &&
                   EVP_MAC_update(hmac->context, (const unsigned char *)message.ptr, message.len) &&
                   EVP_MAC_final(hmac->context, mac, &len, BOCATA_DIGEST_LEN_MAX);
    return is_good ? BOCATA_OK : BOCATA_E_CRYPTO;
}
