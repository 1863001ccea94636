/* `base64(JSON) "." time "." mac`, with itsdangerous' defaults (docs/wire-formats.md). */
#include "crypto/base64.h"
#include "session/format.h"

static bocata_status decode(bocata_str payload, char *json, size_t cap, size_t *ret_len)
{
    return bocata_base64_decode(BOCATA_BASE64_STANDARD, payload, json, cap, ret_len);
}

static bocata_status encode(bocata_signer_context *signer, bocata_str json, int64_t now_s,
                            char *value, size_t cap, size_t *ret_len)
{
    if (json.len > cap || base64_text_len(BOCATA_BASE64_STANDARD, json.len) > cap)
        return BOCATA_E_TOO_LARGE;
    size_t len = bocata_base64_encode(BOCATA_BASE64_STANDARD, json.ptr, json.len, value);
    bocata_status status = bocata_signer_sign_timed(signer, now_s, value, cap, &len);
    if (status == BOCATA_OK)
        *ret_len = len;
    return status;
}

const bocata_format bocata_format_starlette = {
    .verify = bocata_signer_unsign_timed,
    .decode = decode,
    .encode = encode,
};
