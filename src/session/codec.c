#include "session/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "session/cookie.h"
#include "session/lifetime.h"
#include "session/payload.h"
#include "session/reserved.h"
#include "session/set_cookie.h"
#include "session/sizes.h"

#define DETAIL_LEN_MAX 511

struct bocata_codec {
    const bocata_sessions *sessions;
    void *context; /* the format's */
    bocata_random random;
    bocata_str cookie_name, attributes;
    char *buffer;    /* where a value is decoded */
    bocata_buf text; /* the format's header and JSON, as large as a cookie from the start */
    char detail[DETAIL_LEN_MAX + 1];
    bocata_buf line; /* name=VALUE; attributes */
    size_t value_len_max;
};

bocata_codec *bocata_codec_new(const bocata_sessions *sessions)
{
    bocata_codec *codec = sessions ? calloc(1, sizeof *codec) : NULL;

    if (!codec)
        return NULL;
    bocata_str name = bocata_str_of(sessions->cookie_name);
    codec->sessions = sessions;
    codec->random = bocata_random_system;
    codec->cookie_name = name;
    codec->attributes = bocata_str_of(sessions->attributes);
    codec->context = sessions->format->context_new(sessions->keys, name);
    codec->buffer = malloc(BOCATA_COOKIE_LEN_MAX);
    if (!codec->context || !codec->buffer ||
        bocata_buf_reserve(&codec->line, BOCATA_COOKIE_LEN_MAX + codec->attributes.len + 2) !=
            BOCATA_OK ||
        bocata_buf_reserve(&codec->text, BOCATA_COOKIE_LEN_MAX) != BOCATA_OK) {
        bocata_codec_free(codec);
        return NULL;
    }
    memcpy(codec->line.ptr, name.ptr, name.len);
    codec->line.ptr[name.len] = '=';
    codec->value_len_max = BOCATA_COOKIE_LEN_MAX - name.len;
    return codec;
}

void bocata_codec_free(bocata_codec *codec)
{
    if (!codec)
        return;
    codec->sessions->format->context_free(codec->context);
    free(codec->buffer);
    bocata_buf_free(&codec->line);
    bocata_buf_free(&codec->text);
    free(codec);
}

const bocata_sessions *bocata_codec_sessions(const bocata_codec *codec)
{
    return codec->sessions;
}

void bocata_codec_set_random(bocata_codec *codec, bocata_random random)
{
    codec->random = random;
}

bocata_status bocata_codec_random(bocata_codec *codec, void *bytes, size_t len)
{
    return codec->random.fill(codec->random.user, bytes, len);
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
    default:
        return BOCATA_REASON_BAD_SIGNATURE;
    }
}

/* Of several refused cookies, the one that got furthest tells most. */
static int rank_of(bocata_reason reason)
{
    static const unsigned char ranks[BOCATA_REASON_COUNT] = {
        [BOCATA_REASON_ABSENT] = 0,           [BOCATA_REASON_MALFORMED] = 1,
        [BOCATA_REASON_TOO_LARGE] = 2,        [BOCATA_REASON_BAD_SIGNATURE] = 3,
        [BOCATA_REASON_NOT_AN_OBJECT] = 4,    [BOCATA_REASON_UNSUPPORTED_VALUE] = 5,
        [BOCATA_REASON_FUTURE] = 6,           [BOCATA_REASON_EXPIRED] = 7,
        [BOCATA_REASON_ABSOLUTE_TIMEOUT] = 8, [BOCATA_REASON_IDLE_TIMEOUT] = 9,
    };
    return ranks[reason];
}

static void loaded_done(bocata_loaded *loaded)
{
    json_decref(loaded->values);
    json_decref(loaded->reserved);
}

/* Takes the reserved key out of the values. */
static bool split_reserved(bocata_loaded *loaded, bool has_stamp)
{
    json_t *reserved = json_object_get(loaded->values, BOCATA_RESERVED_KEY);

    if (!reserved)
        return true;
    loaded->reserved = json_incref(reserved);
    json_object_del(loaded->values, BOCATA_RESERVED_KEY);
    return bocata_reserved_read(&loaded->reserved, has_stamp ? NULL : &loaded->stamp);
}

/* From one value to the session in it. Returns BOCATA_OK with a reason, or BOCATA_E_NOMEM or
 * BOCATA_E_CRYPTO: a cookie that could not be verified is no forged one. */
static bocata_status read_value(bocata_codec *codec, bocata_str value, int64_t now_s,
                                bocata_loaded *loaded)
{
    const bocata_format *format = codec->sessions->format;
    bocata_verified verified;
    char *json;

    *loaded = (bocata_loaded){.value = value, .stamp.created_s = BOCATA_CREATED_UNKNOWN};
    bocata_status status = value.len > BOCATA_COOKIE_LEN_MAX
                               ? BOCATA_E_LIMIT
                               : format->verify(codec->context, value, codec->buffer, &verified);
    if (status == BOCATA_OK)
        status = format->decode(verified.payload, codec->buffer, &json, &loaded->json_len,
                                &loaded->stamp);
    if (status == BOCATA_E_CRYPTO)
        return status;
    loaded->reason = reason_of(status);
    if (loaded->reason != BOCATA_REASON_NONE)
        return BOCATA_OK;
    loaded->stamp.issued_s = verified.issued_s;
    loaded->key_index = verified.key_index;
    status = bocata_payload_parse(json, loaded->json_len, &loaded->values, &loaded->reason,
                                  &loaded->detail);
    if (status != BOCATA_OK || loaded->reason != BOCATA_REASON_NONE)
        return status;
    if (split_reserved(loaded, format->has_stamp)) {
        loaded->reason = bocata_lifetime_check(codec->sessions, &loaded->stamp, now_s);
    } else {
        loaded->reason = BOCATA_REASON_UNSUPPORTED_VALUE;
        loaded->detail = "the reserved key \"" BOCATA_RESERVED_KEY "\" is not this library's";
    }
    return BOCATA_OK;
}

/* True for two cookies of one session, whenever they were issued. */
static bool is_same_session(const bocata_loaded *one, const bocata_loaded *other)
{
    const bocata_stamp *a = &one->stamp, *b = &other->stamp;

    return memcmp(a->id, b->id, sizeof a->id) == 0 && a->created_s == b->created_s &&
           a->max_age_s == b->max_age_s && json_equal(one->values, other->values) &&
           (one->reserved == other->reserved || json_equal(one->reserved, other->reserved));
}

/* Of the values of our name, the one that counts (docs/sessions.md, Security considerations). */
static bocata_status choose(bocata_codec *codec, const bocata_cookie_values *found, int64_t now_s,
                            bocata_loaded *ret_loaded)
{
    bool takes_newest = codec->sessions->duplicates == BOCATA_DUPLICATES_NEWEST;
    bool has_one = false, is_ambiguous = false;
    bocata_loaded one, refused = {.reason = BOCATA_REASON_ABSENT}, chosen = {0};

    for (size_t i = 0; i < found->count; i++) {
        bocata_status status = read_value(codec, found->values[i], now_s, &one);
        if (status != BOCATA_OK) {
            loaded_done(&one);
            loaded_done(&chosen);
            return status;
        }
        if (one.reason != BOCATA_REASON_NONE) {
            loaded_done(&one);
            one.values = one.reserved = NULL;
            if (rank_of(one.reason) > rank_of(refused.reason))
                refused = one;
            continue;
        }
        bool is_newer = !has_one || one.stamp.issued_s > chosen.stamp.issued_s;
        bool differs = has_one && !is_same_session(&one, &chosen);
        if (takes_newest && is_newer)
            is_ambiguous = false;
        else if (differs && (!takes_newest || one.stamp.issued_s == chosen.stamp.issued_s))
            is_ambiguous = true;
        loaded_done(is_newer ? &chosen : &one);
        if (is_newer)
            chosen = one;
        has_one = true;
    }
    if (is_ambiguous) {
        loaded_done(&chosen);
        chosen = (bocata_loaded){.reason = BOCATA_REASON_AMBIGUOUS, .value = chosen.value};
    }
    *ret_loaded = has_one ? chosen : refused;
    return BOCATA_OK;
}

bocata_status bocata_codec_read(bocata_codec *codec, const bocata_str *cookie_headers, size_t count,
                                int64_t now_s, bocata_loaded *ret_loaded)
{
    bocata_cookie_values found;
    bocata_loaded loaded;

    bocata_cookie_find_all(cookie_headers, count, codec->cookie_name, &found);
    if (found.has_more) {
        loaded = (bocata_loaded){.reason = BOCATA_REASON_AMBIGUOUS, .value = found.values[0]};
    } else {
        bocata_status status = choose(codec, &found, now_s, &loaded);
        if (status != BOCATA_OK)
            return status;
    }
    if (!loaded.detail)
        loaded.detail = bocata_reason_text(loaded.reason);
    *ret_loaded = loaded;
    return BOCATA_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

size_t bocata_codec_json_len_max(const bocata_codec *codec, int64_t now_s)
{
    return codec->sessions->format->json_len_max(codec->value_len_max, now_s > 0 ? now_s : 0);
}

/* The reserved key stands among the values only while they are written. */
static bocata_status attach(json_t *values, json_t *reserved)
{
    bool is_good = !reserved || json_object_set_nocheck(values, BOCATA_RESERVED_KEY, reserved) == 0;
    return is_good ? BOCATA_OK : BOCATA_E_NOMEM;
}

static void detach(json_t *values, const json_t *reserved)
{
    if (reserved)
        json_object_del(values, BOCATA_RESERVED_KEY);
}

/* Writes the JSON text, behind room for the format's header. */
static bocata_status write_text(bocata_codec *codec, const json_t *values)
{
    const bocata_format *format = codec->sessions->format;

    codec->text.len = format->header_len;
    return bocata_json_write(&codec->text, BOCATA_COOKIE_LEN_MAX, values, format->json_style);
}

bocata_status bocata_codec_measure(bocata_codec *codec, json_t *values, json_t *reserved,
                                   size_t *ret_len)
{
    bocata_status status = attach(values, reserved);

    if (status == BOCATA_OK)
        status = write_text(codec, values);
    if (status == BOCATA_OK)
        *ret_len = codec->text.len - codec->sessions->format->header_len;
    detach(values, reserved);
    return status;
}

/* Appends the attributes, and a NUL. Only a session with a max_age of its own needs its own. */
static bocata_status finish_line(bocata_codec *codec, int64_t max_age_s)
{
    const bocata_sessions *sessions = codec->sessions;
    bocata_buf *line = &codec->line;
    bocata_status status =
        max_age_s == sessions->max_age_s
            ? bocata_buf_append(line, codec->attributes)
            : bocata_set_cookie_attributes(line, sessions->path, max_age_s, sessions->flags);

    return status == BOCATA_OK ? bocata_buf_append(line, (bocata_str){"", 1}) : status;
}

bocata_status bocata_codec_write(bocata_codec *codec, json_t *values, json_t *reserved,
                                 const bocata_stamp *stamp, int64_t max_age_s,
                                 const char **ret_line, const char **ret_detail)
{
    const bocata_format *format = codec->sessions->format;
    size_t len;
    bocata_status status = attach(values, reserved);

    codec->line.len = codec->cookie_name.len + 1;
    if (status == BOCATA_OK)
        status = write_text(codec, values);
    if (status == BOCATA_OK)
        status =
            format->encode(codec->context, codec->text.ptr, codec->text.len, stamp, &codec->random,
                           codec->line.ptr + codec->line.len, codec->value_len_max, &len);
    if (status == BOCATA_E_TOO_LARGE)
        bocata_sizes_describe(values, format->json_style, codec->detail, sizeof codec->detail);
    detach(values, reserved);
    if (status == BOCATA_OK) {
        codec->line.len += len;
        status = finish_line(codec, max_age_s);
    }
    if (status == BOCATA_OK) {
        *ret_line = codec->line.ptr;
    } else if (status == BOCATA_E_TOO_LARGE) {
        *ret_detail = codec->detail;
    } else if (status == BOCATA_E_UNSUPPORTED) {
        *ret_detail = "a value has no form in JSON: one that contains itself, text that is not "
                      "UTF-8, or a key with a NUL";
    } else {
        *ret_detail = bocata_status_text(status);
    }
    return status;
}
