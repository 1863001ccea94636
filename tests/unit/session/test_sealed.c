/* The cookies that the second implementation made (tests/vectors/sealed.json): read, and written
 * again to the byte; or refused, for the reason that stands there. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fixture.h"
#include "session/codec.h"
#include "session/session.h"

#define SECRETS_MAX 4

static const json_t *row_get(void **state, const char *key)
{
    const json_t *value = json_object_get(*state, key);
    assert_non_null(value);
    return value;
}

static int64_t row_int(void **state, const char *key)
{
    return json_integer_value(row_get(state, key));
}

static void row_bytes(void **state, const char *key, unsigned char *bytes, size_t len)
{
    const char *hex = json_string_value(row_get(state, key));

    assert_int_equal(strlen(hex), 2 * len);
    for (size_t i = 0; i < len; i++) {
        const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
}

/* The settings of a row; what they leave out is zero, the default. */
static void open_row(fixture *f, void **state)
{
    const json_t *given = row_get(state, "settings"), *keys = row_get(state, "secrets");
    const json_t *max_age = json_object_get(given, "max_age");
    const char *duplicates = json_string_value(json_object_get(given, "duplicates"));
    bocata_secret *secrets[SECRETS_MAX];
    size_t count = json_array_size(keys);

    assert_in_range(count, 1, SECRETS_MAX);
    for (size_t i = 0; i < count; i++) {
        bocata_str key = bocata_str_of(json_string_value(json_array_get(keys, i)));
        secrets[i] = bocata_secret_new(key.ptr, key.len);
        assert_non_null(secrets[i]);
    }
    fixture_open(
        f,
        (bocata_session_settings){
            .format = BOCATA_FORMAT_SEALED,
            .secret_key = secrets[0],
            .secret_key_fallbacks =
                count > 1 ? (const bocata_secret *const *)(void *)(secrets + 1) : NULL,
            .secret_key_fallback_count = count - 1,
            .session_cookie = json_string_value(json_object_get(given, "session_cookie")),
            .https_only = json_is_true(json_object_get(given, "https_only")),
            .max_age_s = json_is_null(max_age) ? BOCATA_MAX_AGE_NONE : json_integer_value(max_age),
            .idle_timeout_s = json_integer_value(json_object_get(given, "idle_timeout")),
            .absolute_timeout_s = json_integer_value(json_object_get(given, "absolute_timeout")),
            .clock_skew_s = json_integer_value(json_object_get(given, "clock_skew")),
            .duplicates = duplicates && strcmp(duplicates, "newest") == 0
                              ? BOCATA_DUPLICATES_NEWEST
                              : BOCATA_DUPLICATES_REFUSE,
            .rolling = BOCATA_ROLLING_ALWAYS, /* so that it is written again unchanged */
        });
    while (count > 0)
        bocata_secret_free(secrets[--count]);
}

static bocata_session *load_row(fixture *f, void **state)
{
    return fixture_load(f, json_string_value(row_get(state, "cookie")), row_int(state, "now"));
}

/* ---- refused --------------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    fixture f;

    open_row(&f, state);
    bocata_session *session = load_row(&f, state);
    assert_string_equal(bocata_reason_name(bocata_session_reason(session)),
                        json_string_value(row_get(state, "reason")));
    assert_int_equal(bocata_session_size(session), 0);
    assert_int_equal(bocata_session_flash_count(session), 0);
    assert_int_equal(f.refused_count, 1);
    bocata_session_free(session);
    fixture_close(&f);
}

/* ---- accepted -------------------------------------------------------------------------------- */

static bocata_status fill(void *user, void *bytes, size_t len)
{
    assert_int_equal(len, 24); /* a nonce: the id is there */
    memcpy(bytes, user, len);
    return BOCATA_OK;
}

static void check_values(const bocata_session *session, const json_t *wanted)
{
    const char *key;
    const json_t *value;

    assert_int_equal(bocata_session_size(session), json_object_size(wanted));
    bocata_session_foreach(session, key, value)
        assert_true(json_equal(value, json_object_get(wanted, key)));
}

static void check_stamp(const bocata_stamp *stamp, void **state)
{
    int64_t max_age_s = row_int(state, "max_age");
    unsigned char id[BOCATA_SESSION_ID_LEN];

    row_bytes(state, "id", id, sizeof id);
    assert_memory_equal(stamp->id, id, sizeof id);
    assert_true(stamp->has_id);
    assert_int_equal(stamp->issued_s, row_int(state, "issued"));
    assert_int_equal(stamp->created_s, row_int(state, "created"));
    assert_int_equal(stamp->max_age_s, max_age_s == 0xffffffff ? BOCATA_MAX_AGE_NONE : max_age_s);
}

static void check_flashes(bocata_session *session, const json_t *wanted)
{
    bocata_flash flash;
    size_t i;
    const json_t *each;

    json_array_foreach(wanted, i, each)
    {
        assert_true(bocata_session_pop_flash(session, NULL, &flash));
        assert_true(bocata_str_is(flash.category, json_string_value(json_array_get(each, 0))));
        assert_true(bocata_str_is(flash.text, json_string_value(json_array_get(each, 1))));
    }
    assert_false(bocata_session_pop_flash(session, NULL, &flash));
}

static void test_accepted(void **state)
{
    int64_t now_s = row_int(state, "now"), key_index = row_int(state, "key");
    unsigned char nonce[24];
    bocata_sessions_counts counts;
    fixture f;

    open_row(&f, state);
    row_bytes(state, "nonce", nonce, sizeof nonce);
    bocata_codec_set_random(f.codec, (bocata_random){.fill = fill, .user = nonce});
    bocata_session *session = load_row(&f, state);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    bocata_sessions_stats(f.sessions, &counts);
    assert_int_equal(counts.keys[key_index], 1);
    check_values(session, row_get(state, "session"));
    check_stamp(&session->stamp, state);

    assert_int_equal(fixture_save(&f, session, now_s), BOCATA_OK);
    char *pair = fixture_pair(&f);
    if (key_index == 0)
        assert_string_equal(pair, json_string_value(row_get(state, "cookie")));
    session = fixture_load(&f, pair, now_s);
    bocata_sessions_stats(f.sessions, &counts);
    assert_int_equal(counts.keys[0], key_index == 0 ? 2 : 1); /* the newest seals */
    check_values(session, row_get(state, "session"));
    check_stamp(&session->stamp, state);
    check_flashes(session, row_get(state, "flash"));
    bocata_session_free(session);
    free(pair);
    fixture_close(&f);
}

/* ---- what no row can say --------------------------------------------------------------------- */

static void every_value_has_another_nonce(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){.format = BOCATA_FORMAT_SEALED,
                                               .rolling = BOCATA_ROLLING_ALWAYS});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "a", 1);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *first = fixture_pair(&f);
    assert_int_equal(fixture_save(&f, fixture_load(&f, first, NOW), NOW), BOCATA_OK);
    char *second = fixture_pair(&f);
    size_t head_len = strlen("session=") + 6; /* version and most of the key id */
    assert_memory_equal(first, second, head_len);
    assert_memory_not_equal(first + head_len + 2, second + head_len + 2, 31);
    free(first);
    free(second);
    fixture_close(&f);
}

static void one_byte_more_than_the_largest(void **state)
{
    const size_t json_len_max = 2985, around = strlen("{\"v\":\"\"}");
    char text[2985];
    fixture f;
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t more = 0; more < 2; more++) {
        bocata_str value = {text, json_len_max - around + more};
        bocata_status wanted = more ? BOCATA_E_TOO_LARGE : BOCATA_OK;
        fixture_open(&f, (bocata_session_settings){.format = BOCATA_FORMAT_SEALED});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        assert_int_equal(bocata_session_set_str(session, "v", value), wanted);
        assert_int_equal(fixture_save(&f, session, NOW), wanted);
        fixture_close(&f);
    }
}

int main(void)
{
    static suite group;
    char path[4096];
    const char *folder = getenv("BOCATA_VECTORS");

    snprintf(path, sizeof path, "%s/sealed.json", folder ? folder : "tests/vectors");
    json_t *vectors = json_load_file(path, JSON_ALLOW_NUL, NULL);
    json_t *rows = json_object_get(vectors, "rows"), *row;
    size_t i;
    if (json_array_size(rows) == 0) {
        printf("Bail out! no vectors in %s\n", path);
        return 1;
    }
    json_array_foreach(rows, i, row)
    {
        bool is_accepted = json_object_get(row, "session") != NULL;
        suite_add(&group, json_string_value(json_object_get(row, "intent")),
                  is_accepted ? test_accepted : test_refused, row);
    }
    SUITE_TEST(&group, every_value_has_another_nonce);
    SUITE_TEST(&group, one_byte_more_than_the_largest);
    int failed = suite_run(&group, "sealed");
    json_decref(vectors);
    return failed;
}
