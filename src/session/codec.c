#include "session/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "session/cookie.h"
#include "session/payload.h"
#include "session/sizes.h"

#define DETAIL_LEN_MAX 511

struct bocata_codec {
    const bocata_sessions *sessions;
    bocata_signer_context *signer;
    bocata_str cookie_name, attributes;
    bocata_buf json; /* as large as a cookie can be, from the start */
    char detail[DETAIL_LEN_MAX + 1];
    char *line;       /* name=VALUE; attributes */
    char *line_value; /* where VALUE begins */
    size_t value_len_max;
};

bocata_codec *bocata_codec_new(const bocata_sessions *sessions)
{
    bocata_codec *codec = sessions ? calloc(1, sizeof *codec) : NULL;

    if (!codec)
        return NULL;
    bocata_str name = bocata_str_of(sessions->cookie_name);
    codec->sessions = sessions;
    codec->cookie_name = name;
    codec->attributes = bocata_str_of(sessions->attributes);
    codec->signer = bocata_signer_context_new(sessions->signer);
    codec->line = malloc(BOCATA_COOKIE_LEN_MAX + codec->attributes.len + sizeof "=");
    if (!codec->signer || !codec->line ||
        bocata_buf_reserve(&codec->json, BOCATA_COOKIE_LEN_MAX) != BOCATA_OK) {
        bocata_codec_free(codec);
        return NULL;
    }
    memcpy(codec->line, name.ptr, name.len);
    codec->line[name.len] = '=';
    codec->line_value = codec->line + name.len + 1;
    codec->value_len_max = BOCATA_COOKIE_LEN_MAX - name.len;
    return codec;
}

void bocata_codec_free(bocata_codec *codec)
{
    if (!codec)
        return;
    bocata_signer_context_free(codec->signer);
    free(codec->line);
    bocata_buf_free(&codec->json);
    free(codec);
}

const bocata_sessions *bocata_codec_sessions(const bocata_codec *codec)
{
    return codec->sessions;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bocata_reason reason_of(bocata_status status)
{
    switch (status) {
    case BOCATA_OK:
        return BOCATA_REASON_NONE;
    case BOCATA_E_MALFORMED:
        return BOCATA_REASON_MALFORMED;
    case BOCATA_E_LIMIT:
        return BOCATA_REASON_TOO_LARGE;
    case BOCATA_E_FUTURE:
        return BOCATA_REASON_FUTURE;
    case BOCATA_E_EXPIRED:
        return BOCATA_REASON_EXPIRED;
    default:
        return BOCATA_REASON_BAD_SIGNATURE;
    }
}

/* Of several refused cookies, the one that got furthest tells most. */
static int rank_of(bocata_reason reason)
{
    static const unsigned char ranks[BOCATA_REASON_COUNT] = {
        [BOCATA_REASON_ABSENT] = 0,    [BOCATA_REASON_MALFORMED] = 1,
        [BOCATA_REASON_TOO_LARGE] = 2, [BOCATA_REASON_BAD_SIGNATURE] = 3,
        [BOCATA_REASON_FUTURE] = 4,    [BOCATA_REASON_EXPIRED] = 5,
    };
    return ranks[reason];
}

static bocata_status value_verify(bocata_codec *codec, bocata_str value, int64_t now_s,
                                  bocata_signed *ret_signed)
{
    const bocata_sessions *sessions = codec->sessions;

    if (value.len > BOCATA_COOKIE_LEN_MAX)
        return BOCATA_E_LIMIT;
    bocata_status status = sessions->format->verify(codec->signer, value, ret_signed);
    /* Starlette checks no age, not even for the future, where there is no max_age. */
    if (status == BOCATA_OK && sessions->max_age_s != BOCATA_MAX_AGE_NONE)
        status = bocata_signer_check_age(ret_signed->time_s, now_s, sessions->max_age_s,
                                         sessions->clock_skew_s);
    return status;
}

/* Of the values of our name, the one that counts (docs/sessions.md, Security considerations). Fails
 * with BOCATA_E_CRYPTO: a cookie that could not be verified is no forged one. */
static bocata_status choose(bocata_codec *codec, const bocata_cookie_values *found, int64_t now_s,
                            bocata_signed *ret_chosen, bocata_reason *ret_reason)
{
    bocata_reason refused = BOCATA_REASON_ABSENT;
    bool takes_newest = codec->sessions->duplicates == BOCATA_DUPLICATES_NEWEST;
    bool has_one = false, is_ambiguous = false;
    bocata_signed one, chosen = {0};

    if (found->has_more) {
        *ret_reason = BOCATA_REASON_AMBIGUOUS;
        return BOCATA_OK;
    }
    for (size_t i = 0; i < found->count; i++) {
        bocata_status status = value_verify(codec, found->values[i], now_s, &one);
        if (status == BOCATA_E_CRYPTO)
            return status;
        bocata_reason reason = reason_of(status);
        if (reason != BOCATA_REASON_NONE) {
            if (rank_of(reason) > rank_of(refused))
                refused = reason;
            continue;
        }
        bool is_newer = !has_one || one.time_s > chosen.time_s;
        bool differs = has_one && !str_equal(one.value, chosen.value);
        if (takes_newest && is_newer)
            is_ambiguous = false;
        else if (differs && (!takes_newest || one.time_s == chosen.time_s))
            is_ambiguous = true;
        if (is_newer)
            chosen = one;
        has_one = true;
    }
    *ret_chosen = chosen;
    *ret_reason = is_ambiguous ? BOCATA_REASON_AMBIGUOUS : has_one ? BOCATA_REASON_NONE : refused;
    return BOCATA_OK;
}

bocata_status bocata_codec_read(bocata_codec *codec, const bocata_str *cookie_headers, size_t count,
                                int64_t now_s, bocata_loaded *ret_loaded)
{
    bocata_loaded loaded = {0};
    bocata_cookie_values found;
    bocata_signed chosen;
    size_t len;

    bocata_cookie_find_all(cookie_headers, count, codec->cookie_name, &found);
    bocata_status status = choose(codec, &found, now_s, &chosen, &loaded.reason);
    if (status != BOCATA_OK)
        return status;
    if (loaded.reason == BOCATA_REASON_NONE) {
        loaded.time_s = chosen.time_s;
        loaded.reason = reason_of(
            codec->sessions->format->decode(chosen.value, codec->json.ptr, codec->json.cap, &len));
    }
    if (loaded.reason == BOCATA_REASON_NONE) {
        status = bocata_payload_parse(codec->json.ptr, len, &loaded.values, &loaded.reason,
                                      &loaded.detail);
        if (status != BOCATA_OK)
            return status;
    }
    if (!loaded.detail)
        loaded.detail = bocata_reason_text(loaded.reason);
    *ret_loaded = loaded;
    return BOCATA_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

bocata_status bocata_codec_write(bocata_codec *codec, json_t *values, int64_t now_s,
                                 const char **ret_line, const char **ret_detail)
{
    size_t len;

    codec->json.len = 0;
    bocata_status status =
        bocata_json_write(&codec->json, BOCATA_COOKIE_LEN_MAX, values, BOCATA_JSON_PYTHON);
    if (status == BOCATA_E_UNSUPPORTED) {
        *ret_detail = "a value has no form in JSON: one that contains itself, text that is not "
                      "UTF-8, or a key with a NUL";
        return status;
    }
    if (status == BOCATA_OK)
        status = codec->sessions->format->encode(codec->signer, buf_str(&codec->json), now_s,
                                                 codec->line_value, codec->value_len_max, &len);
    if (status == BOCATA_E_TOO_LARGE) {
        bocata_sizes_describe(values, codec->detail, sizeof codec->detail);
        *ret_detail = codec->detail;
    } else if (status != BOCATA_OK) {
        *ret_detail = bocata_status_text(status);
    } else {
        memcpy(codec->line_value + len, codec->attributes.ptr, codec->attributes.len + 1);
        *ret_line = codec->line;
    }
    return status;
}
