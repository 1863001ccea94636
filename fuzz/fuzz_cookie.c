/* A Cookie header, from its bytes to the session, and the session written back; in both formats.
 *
 * The first byte chooses what happens to the rest: it is a header as it stands; or it is JSON, or a
 * payload, that is signed or sealed with the key first, so that mutations reach what lies behind
 * the signature. Whatever is accepted must be saved, and read back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/session.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/sealer.h"
#include "crypto/signer.h"

#define NOW 1700000000
#define KEY "1234"
#define LEN_MAX 65536
#define VALUE_LEN_MAX (2 * LEN_MAX) /* base64, and what is signed to it */
#define SEALED_HEADER_LEN 36

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both formats, and what makes cookies of them. */
typedef struct target {
    bocata_codec *starlette, *sealed;
    bocata_signer_context *signer;
    bocata_sealer_context *sealer;
} target;

static bocata_codec *codec_open(bocata_session_format format)
{
    bocata_secret *secret = bocata_secret_new(KEY, strlen(KEY));
    bocata_session_settings settings = {.secret_key = secret, .format = format};
    bocata_sessions *sessions;

    if (bocata_sessions_open(&settings, &sessions, NULL) != BOCATA_OK)
        abort();
    bocata_secret_free(secret);
    return bocata_codec_new(sessions);
}

static target target_open(void)
{
    bocata_str key = STR(KEY);
    bocata_signer *signer;
    bocata_sealer *sealer;

    if (bocata_signer_new(&(bocata_signer_settings){.keys = &key, .key_count = 1}, &signer) !=
            BOCATA_OK ||
        bocata_sealer_new(&key, 1, &sealer) != BOCATA_OK)
        abort();
    return (target){
        .starlette = codec_open(BOCATA_FORMAT_STARLETTE),
        .sealed = codec_open(BOCATA_FORMAT_SEALED),
        .signer = bocata_signer_context_new(signer),
        .sealer = bocata_sealer_context_new(sealer, STR("session")),
    };
}

static bocata_status add_header(void *user, const char *name, const char *value)
{
    char **pair = user;

    if (strcmp(name, "Set-Cookie") == 0)
        *pair = strndup(value, strcspn(value, ";"));
    return BOCATA_OK;
}

static void check_same(bocata_session *session, bocata_session *again)
{
    const char *key;
    const json_t *value;
    bocata_flash flash, same;

    if (bocata_session_size(session) != bocata_session_size(again))
        abort();
    bocata_session_foreach(session, key,
                           value) if (!json_equal(value, bocata_session_get(again, key))) abort();
    while (bocata_session_pop_flash(session, NULL, &flash))
        if (!bocata_session_pop_flash(again, NULL, &same) ||
            !str_equal(flash.category, same.category) || !str_equal(flash.text, same.text))
            abort();
    if (bocata_session_pop_flash(again, NULL, &same))
        abort();
}

/* Takes the header, which must be of exactly this length in memory. */
static void load_and_save(bocata_codec *codec, bocata_str header)
{
    bocata_session *session = bocata_session_load(codec, &header, 1, NOW);
    bocata_response_facts facts = {.status = 200, .now_s = NOW};
    char *pair = NULL;

    if (!session)
        abort();
    bool is_accepted = bocata_session_reason(session) == BOCATA_REASON_NONE;
    if (!is_accepted && bocata_session_size(session) != 0)
        abort();
    if (is_accepted) {
        bocata_session_set_int(session, "fuzz", 1);
        bocata_session_set_int(session, "fuzz", 2);
    }
    bocata_status status = bocata_session_save(session, &facts, add_header, &pair);
    if (status != BOCATA_OK && status != BOCATA_E_TOO_LARGE)
        abort();
    if (pair) {
        bocata_str saved = bocata_str_of(pair);
        bocata_session *again = bocata_session_load(codec, &saved, 1, NOW);
        check_same(session, again);
        bocata_session_free(again);
    }
    bocata_session_free(session);
    free(pair);
}

/* ---- making cookies: each writes a value, and returns its length ----------------------------- */

static size_t sign_json(const target *to, bocata_str json, char *value)
{
    size_t len = bocata_base64_encode(BOCATA_BASE64_STANDARD, json.ptr, json.len, value);

    if (bocata_signer_sign_timed(to->signer, NOW, value, VALUE_LEN_MAX, &len) != BOCATA_OK)
        abort();
    return len;
}

/* The payload has a time, or not. */
static size_t sign_payload(const target *to, bocata_str payload, char *value)
{
    size_t len = payload.len;

    memcpy(value, payload.ptr, len);
    if (bocata_signer_sign(to->signer, value, VALUE_LEN_MAX, &len) != BOCATA_OK)
        abort();
    return len;
}

/* The payload has a header, or not. */
static size_t seal_payload(const target *to, bocata_str payload, char *value)
{
    static const unsigned char nonce[BOCATA_SEALER_NONCE_LEN];
    static unsigned char sealed[LEN_MAX + SEALED_HEADER_LEN + BOCATA_SEALER_OVERHEAD];

    if (bocata_sealer_seal(to->sealer, nonce, payload, sealed) != BOCATA_OK)
        abort();
    return bocata_base64_encode(BOCATA_BASE64_URL, sealed, payload.len + BOCATA_SEALER_OVERHEAD,
                                value);
}

static size_t seal_json(const target *to, bocata_str json, char *value)
{
    static char payload[SEALED_HEADER_LEN + LEN_MAX];
    const unsigned char now[4] = {NOW >> 24, NOW >> 16 & 0xff, NOW >> 8 & 0xff, NOW & 0xff};

    memcpy(payload + 4, now, sizeof now); /* issued, and behind it created */
    memcpy(payload + 12, now, sizeof now);
    memcpy(payload + SEALED_HEADER_LEN, json.ptr, json.len);
    return seal_payload(to, (bocata_str){payload, SEALED_HEADER_LEN + json.len}, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static size_t (*const makers[])(const target *, bocata_str, char *) = {
        NULL, sign_json, sign_payload, NULL, seal_json, seal_payload};
    static target to;
    static char text[sizeof "session=" + VALUE_LEN_MAX];
    size_t len = strlen("session=");

    if (size < 1 || size > LEN_MAX)
        return 0;
    if (!to.starlette)
        to = target_open();
    size_t choice = data[0] % (sizeof makers / sizeof makers[0]);
    bocata_str rest = {(const char *)data + 1, size - 1}, header = rest;
    if (makers[choice]) {
        memcpy(text, "session=", len);
        len += makers[choice](&to, rest, text + len);
        header = (bocata_str){text, len};
    }
    char *exact = malloc(header.len ? header.len : 1);
    if (!exact)
        abort();
    memcpy(exact, header.ptr, header.len);
    header.ptr = exact;
    load_and_save(choice < 3 ? to.starlette : to.sealed, header);
    free(exact);
    return 0;
}
