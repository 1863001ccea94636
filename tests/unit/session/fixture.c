#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/signer.h"
#include "session/codec.h"

bocata_session_format fixture_formats[2] = {BOCATA_FORMAT_STARLETTE, BOCATA_FORMAT_SEALED};

static void on_event(const bocata_session_event *event, void *user)
{
    fixture *f = user;

    f->refused_count += event->kind == BOCATA_SESSION_EVENT_REFUSED;
    f->not_saved_count += event->kind == BOCATA_SESSION_EVENT_NOT_SAVED;
    f->not_locked_count += event->kind == BOCATA_SESSION_EVENT_NOT_LOCKED;
    f->event = *event;
    f->event.detail = f->event.cookie_hash = NULL;
    snprintf(f->cookie_hash, sizeof f->cookie_hash, "%s",
             event->cookie_hash ? event->cookie_hash : "");
    assert_non_null(event->detail);
    snprintf(f->detail, sizeof f->detail, "%s", event->detail);
}

void fixture_open(fixture *f, bocata_session_settings settings)
{
    bocata_secret *secret = bocata_secret_new("1234", 4);
    bocata_error error = {0};

    assert_non_null(secret);
    *f = (fixture){0};
    if (!settings.secret_key)
        settings.secret_key = secret;
    settings.on_event = on_event;
    settings.event_user = f;
    bocata_status status = bocata_sessions_open(&settings, &f->sessions, &error);
    bocata_secret_free(secret); /* the sessions need it no more */
    if (status != BOCATA_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, BOCATA_OK);
    f->codec = bocata_codec_new(f->sessions);
    assert_non_null(f->codec);
}

static bocata_status count_up(void *user, void *bytes, size_t len)
{
    fixture *f = user;

    for (size_t i = 0; i < len; i++)
        ((unsigned char *)bytes)[i] = ++f->last_random;
    return BOCATA_OK;
}

void fixture_open_counting(fixture *f, bocata_session_settings settings)
{
    fixture_open(f, settings);
    bocata_codec_set_random(f->codec, (bocata_random){.fill = count_up, .user = f});
}

void fixture_close(fixture *f)
{
    bocata_codec_free(f->codec);
    bocata_sessions_close(f->sessions);
}

bocata_session *fixture_load(fixture *f, const char *cookie_header, int64_t now_s)
{
    bocata_str header = bocata_str_of(cookie_header);
    bocata_session *session = bocata_session_load(f->codec, &header, cookie_header ? 1 : 0, now_s);

    assert_non_null(session);
    return session;
}

static bocata_status add_header(void *user, const char *name, const char *value)
{
    fixture *f = user;
    struct {
        const char *name;
        char *value;
        size_t cap;
    } known[] = {
        {"Vary", f->vary, sizeof f->vary},
        {"Set-Cookie", f->set_cookie, sizeof f->set_cookie},
        {"Cache-Control", f->cache_control, sizeof f->cache_control},
        {"Clear-Site-Data", f->clear_site_data, sizeof f->clear_site_data},
    };

    f->header_count++;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0) {
            assert_string_equal(known[i].value, ""); /* once */
            assert_true(strlen(value) < known[i].cap);
            memcpy(known[i].value, value, strlen(value) + 1);
            return BOCATA_OK;
        }
    fail_msg("a header line %s", name);
    return BOCATA_E_INVALID;
}

bocata_status fixture_send(fixture *f, bocata_session *session, bocata_response_facts facts)
{
    f->vary[0] = f->set_cookie[0] = f->cache_control[0] = f->clear_site_data[0] = '\0';
    f->header_count = 0;
    return bocata_session_save(session, &facts, add_header, f);
}

bocata_status fixture_save_as(fixture *f, bocata_session *session, bocata_response_facts facts)
{
    bocata_status status = fixture_send(f, session, facts);
    bocata_session_free(session);
    return status;
}

bocata_status fixture_save(fixture *f, bocata_session *session, int64_t now_s)
{
    return fixture_save_as(f, session, (bocata_response_facts){.status = 200, .now_s = now_s});
}

bocata_session *fixture_round_trip(fixture *f, bocata_session *session, char **pair, int64_t now_s)
{
    assert_int_equal(fixture_save(f, session, now_s), BOCATA_OK);
    if (f->set_cookie[0]) {
        free(*pair);
        *pair = strstr(f->set_cookie, "=null;") ? NULL : fixture_pair(f);
    }
    return fixture_load(f, *pair, now_s);
}

/* Signs the `len` bytes at `text`, which has room, behind the cookie's name. */
static char *sign(const char *key, char *text, size_t len, size_t cap, int64_t time_s)
{
    bocata_str keys[] = {bocata_str_of(key)};
    bocata_signer *signer;
    size_t name_len = strlen("session=");

    assert_int_equal(
        bocata_signer_new(&(bocata_signer_settings){.keys = keys, .key_count = 1}, &signer),
        BOCATA_OK);
    bocata_signer_context *context = bocata_signer_context_new(signer);
    assert_non_null(context);
    memcpy(text, "session=", name_len);
    assert_int_equal(
        bocata_signer_sign_timed(context, time_s, text + name_len, cap - name_len - 1, &len),
        BOCATA_OK);
    text[name_len + len] = '\0';
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
    return text;
}

char *fixture_cookie_of(const char *key, const char *json, size_t len, int64_t time_s)
{
    size_t payload_len = base64_text_len(BOCATA_BASE64_STANDARD, len), cap = payload_len + 128;
    char *text = malloc(cap);

    assert_non_null(text);
    bocata_base64_encode(BOCATA_BASE64_STANDARD, json, len, text + strlen("session="));
    return sign(key, text, payload_len, cap, time_s);
}

char *fixture_cookie(const char *key, const char *json, int64_t time_s)
{
    return fixture_cookie_of(key, json, strlen(json), time_s);
}

char *fixture_cookie_raw(const char *key, const char *payload, int64_t time_s)
{
    size_t len = strlen(payload), cap = len + 128;
    char *text = malloc(cap);

    assert_non_null(text);
    memcpy(text + strlen("session="), payload, len);
    return sign(key, text, len, cap, time_s);
}

char *fixture_pair(const fixture *f)
{
    char *pair = strdup(f->set_cookie);

    assert_non_null(pair);
    assert_true(strlen(pair) > 0);
    pair[strcspn(pair, ";")] = '\0';
    return pair;
}

char *fixture_json(const char *pair)
{
    const char *value = strchr(pair, '=') + 1;
    char *json = calloc(1, 4096);
    size_t len;

    assert_int_equal(bocata_base64_decode(BOCATA_BASE64_STANDARD,
                                          (bocata_str){value, strcspn(value, ".")}, json, 4095,
                                          &len),
                     BOCATA_OK);
    return json;
}
