/* What the heart does, for a program in another language: reads one JSON object a line from
 * standard input, answers with one a line. See the functions below for what each command takes and
 * gives. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/csrf.h>
#include <bocata/session.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/signer.h"
#include "lines.h"
#include "session/codec.h"

#define TEXT_LEN_MAX 65536
#define RANDOM_LEN_MAX 256

static const char *get_string(const json_t *request, const char *key)
{
    return json_string_value(json_object_get(request, key));
}

static bocata_str get_str(const json_t *request, const char *key)
{
    const json_t *value = json_object_get(request, key);
    return (bocata_str){json_string_value(value), json_string_length(value)};
}

static int64_t get_int(const json_t *request, const char *key)
{
    return json_integer_value(json_object_get(request, key));
}

/* The index of a name in a list that ends with NULL; the length of the list if it is not there. */
static int index_of(const char *name, const char *const *names)
{
    int index = 0;

    while (name && names[index] && strcmp(name, names[index]) != 0)
        index++;
    return index;
}

static json_t *failure(bocata_status status)
{
    return json_pack("{s:s}", "error", bocata_status_name(status));
}

/* Sign and unsign:
 * {"do": "sign" | "unsign", "keys": [newest first], "salt": …, "sep": …, "derivation": …, "digest":
 * …, "time": seconds or null for none, "text": …} gives {"text": …} or {"text": …, "time": …,
 * "key": index}. Texts and keys are UTF-8; salt and sep may be null for the default. */

static json_t *sign(bocata_signer_context *context, const json_t *request)
{
    static char text[TEXT_LEN_MAX];
    bocata_str value = get_str(request, "text");
    size_t len = value.len;
    bool is_timed = json_is_integer(json_object_get(request, "time"));

    if (len > sizeof text)
        return failure(BOCATA_E_TOO_LARGE);
    memcpy(text, value.ptr, len);
    bocata_status status = is_timed ? bocata_signer_sign_timed(context, get_int(request, "time"),
                                                               text, sizeof text, &len)
                                    : bocata_signer_sign(context, text, sizeof text, &len);
    return status == BOCATA_OK ? json_pack("{s:s%}", "text", text, len) : failure(status);
}

static json_t *unsign(bocata_signer_context *context, const json_t *request)
{
    bool is_timed = json_is_integer(json_object_get(request, "time"));
    bocata_str text = get_str(request, "text");
    bocata_signed got;
    bocata_status status = is_timed ? bocata_signer_unsign_timed(context, text, &got)
                                    : bocata_signer_unsign(context, text, &got);

    if (status != BOCATA_OK)
        return failure(status);
    return json_pack("{s:s%,s:I,s:i}", "text", got.value.ptr, got.value.len, "time",
                     (json_int_t)got.time_s, "key", (int)got.key_index);
}

static json_t *with_signer(const json_t *request,
                           json_t *(*work)(bocata_signer_context *context, const json_t *request))
{
    static const char *const derivations[] = {"django-concat", "concat", "hmac", "none", NULL};
    static const char *const digests[] = {"sha1", "sha256", "sha512", NULL};
    bocata_str keys[BOCATA_KEYS_MAX];
    json_t *list = json_object_get(request, "keys");
    bocata_signer_settings settings = {
        .keys = keys,
        .key_count = json_array_size(list),
        .salt = get_str(request, "salt"),
        .sep = get_str(request, "sep"),
        .derivation = (bocata_derivation)index_of(get_string(request, "derivation"), derivations),
        .digest = (bocata_digest)index_of(get_string(request, "digest"), digests),
    };
    bocata_signer *signer;

    for (size_t i = 0; i < settings.key_count && i < BOCATA_KEYS_MAX; i++)
        keys[i] = (bocata_str){json_string_value(json_array_get(list, i)),
                               json_string_length(json_array_get(list, i))};
    bocata_status status = bocata_signer_new(&settings, &signer);
    if (status != BOCATA_OK)
        return failure(status);
    bocata_signer_context *context = bocata_signer_context_new(signer);
    json_t *answer = context ? work(context, request) : failure(BOCATA_E_NOMEM);
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
    return answer;
}

/* Sessions:
 * {"do": "session", "secrets": [newest first], "settings": {as Starlette names them, and our own;
 *  "max_age": null for none}, "cookie": the Cookie header or null, "now": seconds,
 *  "random": base64url of what the generator gives, up to RANDOM_LEN_MAX bytes; null for
 * libcrypto's} and, done in this order,
 * {"check_token": a CSRF token, "clear": true to empty it, "renew": true, "set": {…} to put in,
 *  "flash": [[category, text], …] to leave, "pop_flashes": true, "set_max_age": seconds or null,
 *  "token": true for a CSRF token}
 * gives {"reason": …, "session": as it was loaded, "set_cookie": the line or null}, and what was
 * asked for: "token_is_good", "flashes", "token". */

static bocata_status add_header(void *user, const char *name, const char *value)
{
    json_t *answer = user;
    if (strcmp(name, "Set-Cookie") == 0)
        json_object_set_new(answer, "set_cookie", json_string(value));
    return BOCATA_OK;
}

static bocata_status fill(void *user, void *bytes, size_t len)
{
    bocata_str *left = user;

    if (len > left->len)
        return BOCATA_E_CRYPTO;
    memcpy(bytes, left->ptr, len);
    *left = str_skip(*left, len);
    return BOCATA_OK;
}

static json_t *pop_flashes(bocata_session *session)
{
    json_t *flashes = json_array();
    bocata_flash flash;

    while (bocata_session_pop_flash(session, NULL, &flash))
        json_array_append_new(flashes, json_pack("[s%,s%]", flash.category.ptr, flash.category.len,
                                                 flash.text.ptr, flash.text.len));
    return flashes;
}

/* What a view does; the setters' failures show in the save. */
static void session_change(bocata_session *session, const json_t *request, json_t *answer)
{
    const json_t *max_age = json_object_get(request, "set_max_age");
    bocata_str token = get_str(request, "check_token");
    const char *key;
    json_t *each;
    size_t i;

    if (token.ptr)
        json_object_set_new(answer, "token_is_good",
                            json_boolean(bocata_csrf_token_is_good(session, token)));
    if (json_is_true(json_object_get(request, "clear")))
        bocata_session_clear(session);
    if (json_is_true(json_object_get(request, "renew")))
        bocata_session_renew(session);
    json_object_foreach(json_object_get(request, "set"), key, each)
        bocata_session_set(session, key, json_incref(each));
    json_array_foreach(json_object_get(request, "flash"), i, each)
        bocata_session_flash(session, json_string_value(json_array_get(each, 0)),
                             json_string_value(json_array_get(each, 1)));
    if (json_is_true(json_object_get(request, "pop_flashes")))
        json_object_set_new(answer, "flashes", pop_flashes(session));
    if (max_age)
        bocata_session_set_max_age(session, json_is_null(max_age) ? BOCATA_MAX_AGE_NONE
                                                                  : json_integer_value(max_age));
    if (json_is_true(json_object_get(request, "token")))
        json_object_set_new(answer, "token", json_string(bocata_csrf_token(session)));
}

static json_t *session_work(bocata_codec *codec, const json_t *request)
{
    bocata_str header = get_str(request, "cookie"), random = get_str(request, "random"), left;
    char bytes[RANDOM_LEN_MAX];
    int64_t now_s = get_int(request, "now");
    bocata_session *session = bocata_session_load(codec, &header, header.ptr ? 1 : 0, now_s);
    json_t *loaded = json_object();
    const char *key;
    const json_t *value;

    left = (bocata_str){bytes, 0};
    if (random.ptr && bocata_base64_decode(BOCATA_BASE64_URL, random, bytes, sizeof bytes,
                                           &left.len) == BOCATA_OK)
        bocata_codec_set_random(codec, (bocata_random){.fill = fill, .user = &left});
    bocata_session_foreach(session, key, value)
    {
        json_t *copy = json_deep_copy(value);
        json_object_set_new(loaded, key, copy);
    }
    json_t *answer =
        json_pack("{s:s,s:o,s:n}", "reason", bocata_reason_name(bocata_session_reason(session)),
                  "session", loaded, "set_cookie");
    session_change(session, request, answer);
    bocata_response_facts facts = {.status = 200, .now_s = now_s};
    bocata_status status = bocata_session_save(session, &facts, add_header, answer);
    bocata_session_free(session);
    if (status == BOCATA_OK)
        return answer;
    json_decref(answer);
    return failure(status);
}

/* The index of what the settings name, 0 (the default) where they do not. */
static int get_choice(const json_t *given, const char *key, const char *const *names)
{
    const char *name = get_string(given, key);
    return name ? index_of(name, names) : 0;
}

static bocata_session_settings settings_of(const json_t *given)
{
    static const char *const formats[] = {"starlette", "sealed", NULL};
    static const char *const same_sites[] = {"lax", "strict", "none", NULL};
    static const char *const rollings[] = {"half-life", "never", "always", NULL};
    const json_t *max_age = json_object_get(given, "max_age");

    return (bocata_session_settings){
        .format = (bocata_session_format)get_choice(given, "format", formats),
        .session_cookie = get_string(given, "session_cookie"),
        .path = get_string(given, "path"),
        .domain = get_string(given, "domain"),
        .same_site = (bocata_same_site)get_choice(given, "same_site", same_sites),
        .https_only = json_is_true(json_object_get(given, "https_only")),
        .max_age_s = json_is_null(max_age) ? BOCATA_MAX_AGE_NONE : json_integer_value(max_age),
        .idle_timeout_s = get_int(given, "idle_timeout"),
        .absolute_timeout_s = get_int(given, "absolute_timeout"),
        .rolling = (bocata_rolling)get_choice(given, "rolling", rollings),
    };
}

static json_t *session_do(const json_t *request)
{
    bocata_session_settings settings = settings_of(json_object_get(request, "settings"));
    const json_t *keys = json_object_get(request, "secrets");
    bocata_secret *secrets[BOCATA_KEYS_MAX] = {NULL};
    bocata_sessions *sessions;
    size_t count = json_array_size(keys);

    for (size_t i = 0; i < count && i < BOCATA_KEYS_MAX; i++)
        secrets[i] = bocata_secret_new(json_string_value(json_array_get(keys, i)),
                                       json_string_length(json_array_get(keys, i)));
    settings.secret_key = secrets[0];
    if (count > 1)
        settings.secret_key_fallbacks = (const bocata_secret *const *)(void *)(secrets + 1);
    settings.secret_key_fallback_count = count > 1 ? count - 1 : 0;
    bocata_status status = bocata_sessions_open(&settings, &sessions, NULL);
    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++)
        bocata_secret_free(secrets[i]);
    if (status != BOCATA_OK)
        return failure(status);
    bocata_codec *codec = bocata_codec_new(sessions);
    json_t *answer = session_work(codec, request);
    bocata_codec_free(codec);
    bocata_sessions_close(sessions);
    return answer;
}

static json_t *answer_to(const json_t *request)
{
    const char *verb = get_string(request, "do");

    if (verb && strcmp(verb, "sign") == 0)
        return with_signer(request, sign);
    if (verb && strcmp(verb, "unsign") == 0)
        return with_signer(request, unsign);
    if (verb && strcmp(verb, "session") == 0)
        return session_do(request);
    return json_pack("{s:s}", "error", "no such command");
}

int main(void)
{
    return lines_serve(answer_to);
}
