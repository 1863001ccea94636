#include "crypto/signer.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"

#define KEY_LEN_MAX (1 << 20) /* so that no sum of lengths overflows */
#define TIME_LEN_MAX 8        /* bytes of a time, before base64 */

struct bocata_signer {
    bocata_digest digest;
    char sep[BOCATA_SIGNER_SEP_LEN_MAX];
    size_t sep_len;
    bocata_secret *derived; /* all keys, one behind the other */
    bocata_str keys[BOCATA_KEYS_MAX];
    size_t key_count;
};

struct bocata_signer_context {
    const bocata_signer *signer;
    size_t hmac_count; /* one a key */
    bocata_hmac hmacs[];
};

/* ---- keys ------------------------------------------------------------------------------------ */

/* One byte outside the alphabet is enough: the last separator then never begins inside the MAC. */
static bool sep_is_good(bocata_str sep)
{
    if (sep.len > BOCATA_SIGNER_SEP_LEN_MAX)
        return false;
    for (size_t i = 0; i < sep.len; i++) {
        char c = char_lower(sep.ptr[i]);
        bool is_alphabet =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '=';
        if (!is_alphabet)
            return true;
    }
    return false;
}

static bool settings_are_good(const bocata_signer_settings *settings, bocata_str sep)
{
    if (settings->key_count < 1 || settings->key_count > BOCATA_KEYS_MAX)
        return false;
    for (size_t i = 0; i < settings->key_count; i++)
        if (settings->keys[i].len < 1 || settings->keys[i].len > KEY_LEN_MAX)
            return false;
    return sep_is_good(sep) && (unsigned)settings->derivation <= BOCATA_DERIVATION_NONE &&
           bocata_digest_len(settings->digest) > 0;
}

static bocata_status derive(const bocata_signer_settings *settings, bocata_str salt,
                            bocata_str secret, char *key)
{
    switch (settings->derivation) {
    case BOCATA_DERIVATION_DJANGO_CONCAT:
        return bocata_digest_sum(settings->digest, (bocata_str[]){salt, STR("signer"), secret}, 3,
                                 (unsigned char *)key);
    case BOCATA_DERIVATION_CONCAT:
        return bocata_digest_sum(settings->digest, (bocata_str[]){salt, secret}, 2,
                                 (unsigned char *)key);
    case BOCATA_DERIVATION_HMAC: {
        unsigned char mac[BOCATA_DIGEST_LEN_MAX];
        bocata_hmac hmac;
        bocata_status status = bocata_hmac_init(&hmac, settings->digest, secret);
        if (status != BOCATA_OK)
            return status;
        status = bocata_hmac_sum(&hmac, salt, mac);
        bocata_hmac_done(&hmac);
        if (status == BOCATA_OK)
            memcpy(key, mac, bocata_digest_len(settings->digest));
        OPENSSL_cleanse(mac, sizeof mac);
        return status;
    }
    case BOCATA_DERIVATION_NONE:
        memcpy(key, secret.ptr, secret.len);
        return BOCATA_OK;
    }
    return BOCATA_E_INVALID;
}

static bocata_status derive_all(bocata_signer *signer, const bocata_signer_settings *settings)
{
    bocata_str salt = settings->salt.ptr ? settings->salt : STR("itsdangerous.Signer");
    bool is_raw = settings->derivation == BOCATA_DERIVATION_NONE;
    size_t digest_len = bocata_digest_len(settings->digest), total = 0;
    char *key;

    for (size_t i = 0; i < settings->key_count; i++)
        total += is_raw ? settings->keys[i].len : digest_len;
    signer->derived = bocata_secret_new_zeroed(total, &key);
    if (!signer->derived)
        return BOCATA_E_NOMEM;
    for (size_t i = 0; i < settings->key_count; i++) {
        size_t len = is_raw ? settings->keys[i].len : digest_len;
        bocata_status status = derive(settings, salt, settings->keys[i], key);
        if (status != BOCATA_OK)
            return status;
        signer->keys[i] = (bocata_str){key, len};
        key += len;
    }
    signer->key_count = settings->key_count;
    return BOCATA_OK;
}

bocata_status bocata_signer_new(const bocata_signer_settings *settings, bocata_signer **ret_signer)
{
    bocata_str sep = settings->sep.ptr ? settings->sep : STR(".");

    if (!settings_are_good(settings, sep))
        return BOCATA_E_INVALID;
    bocata_signer *signer = calloc(1, sizeof *signer);
    if (!signer)
        return BOCATA_E_NOMEM;
    signer->digest = settings->digest;
    memcpy(signer->sep, sep.ptr, sep.len);
    signer->sep_len = sep.len;
    bocata_status status = derive_all(signer, settings);
    if (status == BOCATA_OK)
        *ret_signer = signer;
    else
        bocata_signer_free(signer);
    return status;
}

void bocata_signer_free(bocata_signer *signer)
{
    if (!signer)
        return;
    bocata_secret_free(signer->derived);
    free(signer);
}

bool bocata_signer_is_locked(const bocata_signer *signer)
{
    return bocata_secret_is_locked(signer->derived);
}

bocata_signer_context *bocata_signer_context_new(const bocata_signer *signer)
{
    bocata_signer_context *context =
        calloc(1, sizeof *context + signer->key_count * sizeof context->hmacs[0]);

    if (!context)
        return NULL;
    context->signer = signer;
    for (; context->hmac_count < signer->key_count; context->hmac_count++)
        if (bocata_hmac_init(&context->hmacs[context->hmac_count], signer->digest,
                             signer->keys[context->hmac_count]) != BOCATA_OK) {
            bocata_signer_context_free(context);
            return NULL;
        }
    return context;
}

void bocata_signer_context_free(bocata_signer_context *context)
{
    if (!context)
        return;
    for (size_t i = 0; i < context->hmac_count; i++) /* the signer may be gone already */
        bocata_hmac_done(&context->hmacs[i]);
    free(context);
}

/* ---- times ----------------------------------------------------------------------------------- */

/* Big-endian without leading zeros, so the time 0 is no byte at all. */
static size_t time_encode(int64_t time_s, char *text)
{
    unsigned char bytes[TIME_LEN_MAX];
    size_t start = TIME_LEN_MAX;

    for (uint64_t rest = (uint64_t)time_s; rest > 0; rest >>= 8)
        bytes[--start] = (unsigned char)rest;
    return bocata_base64_encode(BOCATA_BASE64_URL, bytes + start, TIME_LEN_MAX - start, text);
}

static bocata_status time_decode(bocata_str text, int64_t *ret_time_s)
{
    unsigned char bytes[TIME_LEN_MAX];
    uint64_t value = 0;
    size_t len;

    if (bocata_base64_decode(BOCATA_BASE64_URL, text, bytes, sizeof bytes, &len) != BOCATA_OK)
        return BOCATA_E_MALFORMED;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    if ((len > 0 && bytes[0] == 0) || value > INT64_MAX)
        return BOCATA_E_MALFORMED;
    *ret_time_s = (int64_t)value;
    return BOCATA_OK;
}

/* ---- signing and verifying ------------------------------------------------------------------- */

bocata_status bocata_signer_sign(bocata_signer_context *context, char *text, size_t cap,
                                 size_t *len)
{
    const bocata_signer *signer = context->signer;
    size_t mac_len = bocata_digest_len(signer->digest);
    unsigned char mac[BOCATA_DIGEST_LEN_MAX];

    if (*len > cap || cap - *len < signer->sep_len + base64_text_len(BOCATA_BASE64_URL, mac_len))
        return BOCATA_E_TOO_LARGE;
    bocata_status status = bocata_hmac_sum(&context->hmacs[0], (bocata_str){text, *len}, mac);
    if (status != BOCATA_OK)
        return status;
    memcpy(text + *len, signer->sep, signer->sep_len);
    *len += signer->sep_len;
    *len += bocata_base64_encode(BOCATA_BASE64_URL, mac, mac_len, text + *len);
    return BOCATA_OK;
}

bocata_status bocata_signer_sign_timed(bocata_signer_context *context, int64_t time_s, char *text,
                                       size_t cap, size_t *len)
{
    const bocata_signer *signer = context->signer;
    size_t timed_len = *len;

    if (time_s < 0)
        return BOCATA_E_INVALID;
    if (timed_len > cap ||
        cap - timed_len < signer->sep_len + base64_text_len(BOCATA_BASE64_URL, TIME_LEN_MAX))
        return BOCATA_E_TOO_LARGE; /* a MAC needs more than what a shorter time would spare */
    memcpy(text + timed_len, signer->sep, signer->sep_len);
    timed_len += signer->sep_len;
    timed_len += time_encode(time_s, text + timed_len);
    bocata_status status = bocata_signer_sign(context, text, cap, &timed_len);
    if (status == BOCATA_OK)
        *len = timed_len;
    return status;
}

/* Splits at the last separator. */
static bool cut_last(const bocata_signer *signer, bocata_str text, bocata_str *ret_head,
                     bocata_str *ret_tail)
{
    if (text.len < signer->sep_len)
        return false;
    for (size_t at = text.len - signer->sep_len + 1; at-- > 0;) {
        if (text.ptr[at] == signer->sep[0] &&
            memcmp(text.ptr + at, signer->sep, signer->sep_len) == 0) {
            *ret_head = (bocata_str){text.ptr, at};
            *ret_tail = str_skip(text, at + signer->sep_len);
            return true;
        }
    }
    return false;
}

bocata_status bocata_signer_unsign(bocata_signer_context *context, bocata_str text,
                                   bocata_signed *ret_signed)
{
    const bocata_signer *signer = context->signer;
    unsigned char claimed[BOCATA_DIGEST_LEN_MAX], mac[BOCATA_DIGEST_LEN_MAX];
    size_t mac_len = bocata_digest_len(signer->digest);
    bocata_str value, mac_text;
    size_t len;

    if (!cut_last(signer, text, &value, &mac_text))
        return BOCATA_E_MALFORMED;
    if (mac_text.len != base64_text_len(BOCATA_BASE64_URL, mac_len))
        return BOCATA_E_SIGNATURE;
    if (bocata_base64_decode(BOCATA_BASE64_URL, mac_text, claimed, mac_len, &len) != BOCATA_OK)
        return BOCATA_E_MALFORMED;
    for (size_t i = 0; i < signer->key_count; i++) {
        bocata_status status = bocata_hmac_sum(&context->hmacs[i], value, mac);
        if (status != BOCATA_OK)
            return status;
        if (bocata_secret_bytes_equal(claimed, mac, mac_len)) {
            *ret_signed = (bocata_signed){.value = value, .key_index = i};
            return BOCATA_OK;
        }
    }
    return BOCATA_E_SIGNATURE;
}

bocata_status bocata_signer_unsign_timed(bocata_signer_context *context, bocata_str text,
                                         bocata_signed *ret_signed)
{
    bocata_signed found;
    bocata_str time_text;
    bocata_status status = bocata_signer_unsign(context, text, &found);

    if (status != BOCATA_OK)
        return status;
    if (!cut_last(context->signer, found.value, &found.value, &time_text))
        return BOCATA_E_MALFORMED;
    status = time_decode(time_text, &found.time_s);
    if (status == BOCATA_OK)
        *ret_signed = found;
    return status;
}
