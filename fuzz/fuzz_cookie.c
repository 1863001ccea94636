/* A Cookie header, from its bytes to the session, and the session written back.
 *
 * The first byte chooses what happens to the rest: it is a header as it stands; or it is JSON, or a
 * payload, that is signed with the key first, so that mutations reach what lies behind the
 * signature. Whatever is accepted must be saved, and read back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/session.h>

#include "crypto/base64.h"
#include "crypto/signer.h"

#define NOW 1700000000
#define KEY "1234"
#define LEN_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bocata_codec *codec_open(void)
{
    bocata_secret *secret = bocata_secret_new(KEY, strlen(KEY));
    bocata_session_settings settings = {.secret_key = secret};
    bocata_sessions *sessions;

    if (bocata_sessions_open(&settings, &sessions, NULL) != BOCATA_OK)
        abort();
    bocata_secret_free(secret);
    return bocata_codec_new(sessions);
}

static bocata_signer_context *signer_open(void)
{
    bocata_str key = {KEY, strlen(KEY)};
    bocata_signer *signer;

    if (bocata_signer_new(&(bocata_signer_settings){.keys = &key, .key_count = 1}, &signer) !=
        BOCATA_OK)
        abort();
    return bocata_signer_context_new(signer);
}

static bocata_status add_header(void *user, const char *name, const char *value)
{
    char **pair = user;

    if (strcmp(name, "Set-Cookie") == 0)
        *pair = strndup(value, strcspn(value, ";"));
    return BOCATA_OK;
}

static void check_same(const bocata_session *session, const bocata_session *again)
{
    const char *key;
    const json_t *value;

    if (bocata_session_size(session) != bocata_session_size(again))
        abort();
    bocata_session_foreach(session, key,
                           value) if (!json_equal(value, bocata_session_get(again, key))) abort();
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bocata_codec *codec;
    static bocata_signer_context *signer;
    static char text[LEN_MAX * 2];
    size_t len = strlen("session="), value_len;

    if (size < 1 || size > LEN_MAX)
        return 0;
    if (!codec) {
        codec = codec_open();
        signer = signer_open();
    }
    const uint8_t *rest = data + 1;
    value_len = size - 1;
    memcpy(text, "session=", len);
    switch (data[0] % 3) {
    case 0: /* the header itself */
        memcpy(text, rest, value_len);
        len = 0;
        break;
    case 1: /* JSON to be encoded and signed */
        value_len = bocata_base64_encode(BOCATA_BASE64_STANDARD, rest, value_len, text + len);
        if (bocata_signer_sign_timed(signer, NOW, text + len, sizeof text - len, &value_len) !=
            BOCATA_OK)
            abort();
        break;
    default: /* a payload, and perhaps a time, to be signed */
        memcpy(text + len, rest, value_len);
        if (bocata_signer_sign(signer, text + len, sizeof text - len, &value_len) != BOCATA_OK)
            abort();
        break;
    }
    len += value_len;
    char *exact = malloc(len ? len : 1);
    if (!exact)
        abort();
    memcpy(exact, text, len);
    load_and_save(codec, (bocata_str){exact, len});
    free(exact);
    return 0;
}
