/* `base64(JSON) "." time "." mac`, with itsdangerous' defaults (docs/wire-format.md, starlette). */
#include "crypto/base64.h"
#include "crypto/signer.h"
#include "session/format.h"

static bocata_status keys_new(const bocata_str *secrets, size_t count, void **ret_keys)
{
    bocata_signer *signer;
    bocata_status status =
        bocata_signer_new(&(bocata_signer_settings){.keys = secrets, .key_count = count}, &signer);

    if (status == BOCATA_OK)
        *ret_keys = signer;
    return status;
}

static void keys_free(void *keys)
{
    bocata_signer_free(keys);
}

static bool keys_are_locked(const void *keys)
{
    return bocata_signer_is_locked(keys);
}

static void *context_new(const void *keys, bocata_str cookie_name)
{
    (void)cookie_name; /* which the signature does not cover */
    return bocata_signer_context_new(keys);
}

static void context_free(void *context)
{
    bocata_signer_context_free(context);
}

static bocata_status verify(void *context, bocata_str value, char *buffer,
                            bocata_verified *ret_verified)
{
    bocata_signed found;

    (void)buffer;
    bocata_status status = bocata_signer_unsign_timed(context, value, &found);
    if (status == BOCATA_OK)
        *ret_verified = (bocata_verified){
            .payload = found.value,
            .issued_s = found.time_s,
            .key_index = found.key_index,
        };
    return status;
}

static bocata_status decode(bocata_str payload, char *buffer, char **ret_json, size_t *ret_len,
                            bocata_stamp *stamp)
{
    (void)stamp;
    *ret_json = buffer;
    return bocata_base64_decode(BOCATA_BASE64_STANDARD, payload, buffer, BOCATA_COOKIE_LEN_MAX,
                                ret_len);
}

static bocata_status encode(void *context, char *message, size_t len, const bocata_stamp *stamp,
                            const bocata_random *random, char *value, size_t cap, size_t *ret_len)
{
    (void)random;
    if (base64_text_len(BOCATA_BASE64_STANDARD, len) > cap)
        return BOCATA_E_TOO_LARGE;
    size_t signed_len = bocata_base64_encode(BOCATA_BASE64_STANDARD, message, len, value);
    bocata_status status =
        bocata_signer_sign_timed(context, stamp->issued_s, value, cap, &signed_len);
    if (status == BOCATA_OK)
        *ret_len = signed_len;
    return status;
}

static size_t json_len_max(size_t cap, int64_t issued_s)
{
    size_t time_len = 0;

    for (uint64_t rest = (uint64_t)issued_s; rest > 0; rest >>= 8)
        time_len++;
    size_t signature_len =
        2 + base64_text_len(BOCATA_BASE64_URL, time_len) +
        base64_text_len(BOCATA_BASE64_URL, bocata_digest_len(BOCATA_DIGEST_SHA1));
    return cap > signature_len ? (cap - signature_len) / 4 * 3 : 0;
}

const bocata_format bocata_format_starlette = {
    .json_style = BOCATA_JSON_PYTHON,
    .keys_new = keys_new,
    .keys_free = keys_free,
    .keys_are_locked = keys_are_locked,
    .context_new = context_new,
    .context_free = context_free,
    .verify = verify,
    .decode = decode,
    .encode = encode,
    .json_len_max = json_len_max,
};
