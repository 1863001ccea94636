/* `base64url(version ‖ key id ‖ nonce ‖ XAES-256-GCM(issued ‖ created ‖ max_age ‖ id ‖ JSON))`
 * (docs/wire-format.md, sealed). */
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"
#include "crypto/sealer.h"
#include "session/format.h"

#define ISSUED_LEN 8
#define CREATED_LEN 8
#define MAX_AGE_LEN 4
#define HEADER_LEN (ISSUED_LEN + CREATED_LEN + MAX_AGE_LEN + BOCATA_SESSION_ID_LEN)
#define MAX_AGE_NONE_BITS 0xffffffff

_Static_assert(BOCATA_COOKIE_NAME_LEN_MAX <= BOCATA_SEALER_BOUND_TO_LEN_MAX,
               "every cookie's name can be bound to");

typedef struct context {
    bocata_sealer_context *sealer;
    unsigned char sealed[BOCATA_COOKIE_LEN_MAX];
} context;

/* ---- keys ------------------------------------------------------------------------------------ */

static bocata_status keys_new(const bocata_str *secrets, size_t count, void **ret_keys)
{
    bocata_sealer *sealer;
    bocata_status status = bocata_sealer_new(secrets, count, &sealer);

    if (status == BOCATA_OK)
        *ret_keys = sealer;
    return status;
}

static void keys_free(void *keys)
{
    bocata_sealer_free(keys);
}

static bool keys_are_locked(const void *keys)
{
    return bocata_sealer_is_locked(keys);
}

static void context_free(void *context_of)
{
    context *opened = context_of;

    if (!opened)
        return;
    bocata_sealer_context_free(opened->sealer);
    free(opened);
}

static void *context_new(const void *keys, bocata_str cookie_name)
{
    context *fresh = calloc(1, sizeof *fresh);

    if (!fresh)
        return NULL;
    fresh->sealer = bocata_sealer_context_new(keys, cookie_name);
    if (!fresh->sealer) {
        context_free(fresh);
        return NULL;
    }
    return fresh;
}

/* ---- numbers, big-endian --------------------------------------------------------------------- */

static void put_number(char *bytes, size_t len, uint64_t number)
{
    while (len > 0) {
        bytes[--len] = (char)(number & 0xff);
        number >>= 8;
    }
}

static uint64_t get_number(const char *bytes, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | (unsigned char)bytes[i];
    return number;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bocata_status verify(void *context_of, bocata_str value, char *buffer,
                            bocata_verified *ret_verified)
{
    context *opened = context_of;
    size_t sealed_len, len, key_index;

    if (bocata_base64_decode(BOCATA_BASE64_URL, value, opened->sealed, sizeof opened->sealed,
                             &sealed_len) != BOCATA_OK)
        return BOCATA_E_MALFORMED;
    bocata_status status =
        bocata_sealer_open(opened->sealer, (bocata_str){(const char *)opened->sealed, sealed_len},
                           buffer, &len, &key_index);
    if (status != BOCATA_OK)
        return status;
    if (len < HEADER_LEN || get_number(buffer, ISSUED_LEN) > INT64_MAX)
        return BOCATA_E_MALFORMED;
    *ret_verified = (bocata_verified){
        .payload = {buffer, len},
        .issued_s = (int64_t)get_number(buffer, ISSUED_LEN),
        .key_index = key_index,
    };
    return BOCATA_OK;
}

static bocata_status decode(bocata_str payload, char *buffer, char **ret_json, size_t *ret_len,
                            bocata_stamp *stamp)
{
    const char *at = payload.ptr + ISSUED_LEN;
    uint64_t created_s = get_number(at, CREATED_LEN);
    uint64_t max_age_s = get_number(at + CREATED_LEN, MAX_AGE_LEN);

    if (created_s > INT64_MAX ||
        (max_age_s > BOCATA_MAX_AGE_MAX_S && max_age_s != MAX_AGE_NONE_BITS))
        return BOCATA_E_MALFORMED;
    stamp->created_s = (int64_t)created_s;
    stamp->max_age_s = max_age_s == MAX_AGE_NONE_BITS ? BOCATA_MAX_AGE_NONE : (int64_t)max_age_s;
    stamp->has_id = true;
    memcpy(stamp->id, at + CREATED_LEN + MAX_AGE_LEN, BOCATA_SESSION_ID_LEN);
    *ret_json = buffer + HEADER_LEN;
    *ret_len = payload.len - HEADER_LEN;
    return BOCATA_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static size_t json_len_max(size_t cap, int64_t issued_s)
{
    size_t sealed_len = cap * 3 / 4; /* what unpadded base64 of `cap` characters holds */

    (void)issued_s;
    return sealed_len > BOCATA_SEALER_OVERHEAD + HEADER_LEN
               ? sealed_len - BOCATA_SEALER_OVERHEAD - HEADER_LEN
               : 0;
}

static bocata_status encode(void *context_of, char *message, size_t len, const bocata_stamp *stamp,
                            const bocata_random *random, char *value, size_t cap, size_t *ret_len)
{
    context *opened = context_of;
    unsigned char nonce[BOCATA_SEALER_NONCE_LEN];
    bool has_max_age = stamp->max_age_s != BOCATA_MAX_AGE_NONE;

    if (stamp->issued_s < 0 || stamp->created_s < 0)
        return BOCATA_E_INVALID;
    if (len - HEADER_LEN > json_len_max(cap, stamp->issued_s))
        return BOCATA_E_TOO_LARGE;
    put_number(message, ISSUED_LEN, (uint64_t)stamp->issued_s);
    put_number(message + ISSUED_LEN, CREATED_LEN, (uint64_t)stamp->created_s);
    put_number(message + ISSUED_LEN + CREATED_LEN, MAX_AGE_LEN,
               has_max_age ? (uint64_t)stamp->max_age_s : MAX_AGE_NONE_BITS);
    memcpy(message + HEADER_LEN - BOCATA_SESSION_ID_LEN, stamp->id, BOCATA_SESSION_ID_LEN);

    bocata_status status = random->fill(random->user, nonce, sizeof nonce);
    if (status == BOCATA_OK)
        status =
            bocata_sealer_seal(opened->sealer, nonce, (bocata_str){message, len}, opened->sealed);
    if (status == BOCATA_OK)
        *ret_len = bocata_base64_encode(BOCATA_BASE64_URL, opened->sealed,
                                        len + BOCATA_SEALER_OVERHEAD, value);
    return status;
}

const bocata_format bocata_format_sealed = {
    .json_style = BOCATA_JSON_COMPACT,
    .has_stamp = true,
    .header_len = HEADER_LEN,
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
