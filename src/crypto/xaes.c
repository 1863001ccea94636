#include "crypto/xaes.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

/* K1 is the first subkey of CMAC (NIST SP 800-38B 6.1): L = AES(key, 0^128), doubled in GF(2^128).
 */
static bool derive_k1(bocata_xaes *xaes)
{
    static const unsigned char zeros[16];
    unsigned char l[16];
    int len;

    if (!EVP_EncryptUpdate(xaes->ecb, l, &len, zeros, sizeof zeros) || len != sizeof l)
        return false;
    for (size_t i = 0; i < sizeof l; i++)
        xaes->k1[i] = (unsigned char)(l[i] << 1 | (i + 1 < sizeof l ? l[i + 1] >> 7 : 0));
    xaes->k1[15] ^= (unsigned char)(0x87 * (l[0] >> 7));
    OPENSSL_cleanse(l, sizeof l);
    return true;
}

bocata_status bocata_xaes_init(bocata_xaes *xaes, const unsigned char key[BOCATA_XAES_KEY_LEN])
{
    bocata_xaes made = {.ecb = EVP_CIPHER_CTX_new(), .gcm = EVP_CIPHER_CTX_new()};
    bool is_good =
        made.ecb && made.gcm && EVP_EncryptInit_ex2(made.ecb, EVP_aes_256_ecb(), key, NULL, NULL) &&
        EVP_CIPHER_CTX_set_padding(made.ecb, 0) &&
        EVP_EncryptInit_ex2(made.gcm, EVP_aes_256_gcm(), NULL, NULL, NULL) && derive_k1(&made);

    if (is_good)
        *xaes = made;
    else
        bocata_xaes_done(&made);
    OPENSSL_cleanse(made.k1, sizeof made.k1);
    return is_good ? BOCATA_OK : BOCATA_E_CRYPTO;
}

void bocata_xaes_done(bocata_xaes *xaes)
{
    EVP_CIPHER_CTX_free(xaes->ecb); /* wipes the key */
    EVP_CIPHER_CTX_free(xaes->gcm);
    OPENSSL_cleanse(xaes, sizeof *xaes);
}

/* Kx = AES(key, M1 ^ K1) ‖ AES(key, M2 ^ K1), where Mi = 0, i, "X", 0, and half of the nonce. */
static bool derive_message_key(bocata_xaes *xaes, const unsigned char *nonce, unsigned char *key)
{
    unsigned char blocks[2][16];
    int len;

    for (size_t i = 0; i < 2; i++) {
        memcpy(blocks[i], (unsigned char[]){0, (unsigned char)(i + 1), 'X', 0}, 4);
        memcpy(blocks[i] + 4, nonce, 12);
        for (size_t j = 0; j < 16; j++)
            blocks[i][j] ^= xaes->k1[j];
    }
    bool is_good = EVP_EncryptUpdate(xaes->ecb, key, &len, blocks[0], sizeof blocks) &&
                   len == BOCATA_XAES_KEY_LEN;
    OPENSSL_cleanse(blocks, sizeof blocks);
    return is_good;
}

/* All of a message but its tag, and when opening (`params` holds the tag) also that. Without bytes
 * an update is left out: to some releases of OpenSSL a NULL input means the end. */
static bool transform(bocata_xaes *xaes, const OSSL_PARAM *params, const unsigned char *nonce,
                      bocata_str aad, bocata_str in, unsigned char *out)
{
    unsigned char key[BOCATA_XAES_KEY_LEN];
    int len;
    bool is_good = derive_message_key(xaes, nonce, key) &&
                   EVP_CipherInit_ex2(xaes->gcm, NULL, key, nonce + 12, params == NULL, params);

    OPENSSL_cleanse(key, sizeof key);
    if (is_good && aad.len)
        is_good =
            EVP_CipherUpdate(xaes->gcm, NULL, &len, (const unsigned char *)aad.ptr, (int)aad.len);
    if (is_good && in.len)
        is_good =
            EVP_CipherUpdate(xaes->gcm, out, &len, (const unsigned char *)in.ptr, (int)in.len);
    return is_good;
}

bocata_status bocata_xaes_seal(bocata_xaes *xaes, const unsigned char nonce[BOCATA_XAES_NONCE_LEN],
                               bocata_str aad, bocata_str plain, unsigned char *ciphertext,
                               unsigned char tag[BOCATA_XAES_TAG_LEN])
{
    unsigned char rest[16]; /* GCM leaves nothing for the end, but asks where it may be put */
    int len;

    if (aad.len > INT_MAX || plain.len > INT_MAX)
        return BOCATA_E_LIMIT;
    bool is_good =
        transform(xaes, NULL, nonce, aad, plain, ciphertext) &&
        EVP_CipherFinal_ex(xaes->gcm, rest, &len) &&
        EVP_CIPHER_CTX_ctrl(xaes->gcm, EVP_CTRL_AEAD_GET_TAG, BOCATA_XAES_TAG_LEN, tag) == 1;
    return is_good ? BOCATA_OK : BOCATA_E_CRYPTO;
}

bocata_status bocata_xaes_open(bocata_xaes *xaes, const unsigned char nonce[BOCATA_XAES_NONCE_LEN],
                               bocata_str aad, bocata_str ciphertext,
                               const unsigned char tag[BOCATA_XAES_TAG_LEN], unsigned char *plain)
{
    unsigned char claimed[BOCATA_XAES_TAG_LEN], rest[16];
    int len;

    if (aad.len > INT_MAX || ciphertext.len > INT_MAX)
        return BOCATA_E_LIMIT;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, claimed, sizeof claimed),
        OSSL_PARAM_construct_end()};
    memcpy(claimed, tag, sizeof claimed); /* libcrypto's parameter is not const */
    bool is_good = transform(xaes, params, nonce, aad, ciphertext, plain);
    if (is_good && EVP_CipherFinal_ex(xaes->gcm, rest, &len) == 1)
        return BOCATA_OK;
    if (ciphertext.len)
        OPENSSL_cleanse(plain, ciphertext.len);
    /* Newer releases put a tag that does not match into the thread's error queue, where a TLS
     * connection would take it for its own. */
    ERR_clear_error();
    return is_good ? BOCATA_E_SIGNATURE : BOCATA_E_CRYPTO;
}
