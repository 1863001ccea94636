/* The cookies that Starlette itself made (tests/vectors/starlette.json): read, and written again.
 */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fixture.h"
#include "session/format.h"

static const json_t *row_get(void **state, const char *key)
{
    const json_t *value = json_object_get(*state, key);
    assert_non_null(value);
    return value;
}

/* The session's values as an object of their own. */
static json_t *values_of(const bocata_session *session)
{
    json_t *values = json_object();
    const char *key;
    const json_t *value;

    bocata_session_foreach(session, key, value)
    {
        json_t *copy = json_deep_copy(value);
        assert_int_equal(json_object_set_new(values, key, copy), 0);
    }
    return values;
}

static void test_row(void **state)
{
    const char *key = json_string_value(row_get(state, "secret"));
    int64_t time_s = json_integer_value(row_get(state, "time"));
    const char *cookie = json_string_value(row_get(state, "cookie"));
    const json_t *wanted = row_get(state, "session");
    bocata_secret *secret = bocata_secret_new(key, strlen(key));
    char header[8192];
    fixture f;

    fixture_open(&f, (bocata_session_settings){.secret_key = secret});
    snprintf(header, sizeof header, "session=%s", cookie);
    bocata_session *session = fixture_load(&f, header, time_s);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    json_t *values = values_of(session);
    assert_true(json_equal(values, wanted));

    /* Written again: another key comes and goes, so that it counts as changed. */
    assert_int_equal(bocata_session_set_bool(session, "another", true), BOCATA_OK);
    assert_int_equal(bocata_session_delete(session, "another"), BOCATA_OK);
    assert_int_equal(fixture_save(&f, session, time_s), BOCATA_OK);
    char *pair = fixture_pair(&f);
    session = fixture_load(&f, pair, time_s);
    json_t *again = values_of(session);
    assert_true(json_equal(again, wanted));
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);

    free(pair);
    json_decref(values);
    json_decref(again);
    bocata_session_free(session);
    fixture_close(&f);
    bocata_secret_free(secret);
}

/* What holds nothing that the two JSON writers spell differently is the same to the byte. */
static void plain_sessions_are_written_to_the_byte(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, 4294967296);
    bocata_session_set_int(session, "last_id", 2);
    assert_int_equal(fixture_save(&f, session, 4294967296), BOCATA_OK);
    char *pair = fixture_pair(&f);
    assert_string_equal(pair, "session=eyJsYXN0X2lkIjogMn0=.AQAAAAA.nIA7jDSPleoLMmJD4NJm6Ys9duQ");
    free(pair);
    fixture_close(&f);
}

static void a_value_just_fits(void **state)
{
    bocata_str key = STR("1234");
    const bocata_format *format = &bocata_format_starlette;
    bocata_stamp stamp = {.issued_s = NOW};
    char value[64], json[] = "{}";
    void *keys;
    size_t len = 99;
    (void)state;
    assert_int_equal(format->keys_new(&key, 1, &keys), BOCATA_OK);
    void *context = format->context_new(keys, STR("session"));
    /* 4 of base64, 2 separators, 6 of time, 27 of MAC. */
    for (size_t cap = 0; cap < 39; cap++) {
        assert_int_equal(format->encode(context, json, 2, &stamp, NULL, value, cap, &len),
                         BOCATA_E_TOO_LARGE);
        assert_true(format->json_len_max(cap, NOW) < 2);
    }
    assert_int_equal(len, 99);
    assert_int_equal(format->encode(context, json, 2, &stamp, NULL, value, 39, &len), BOCATA_OK);
    assert_int_equal(len, 39);
    assert_int_equal(format->json_len_max(39, NOW), 3);
    format->context_free(context);
    format->keys_free(keys);
}

int main(void)
{
    static suite group;
    static char names[64][32];
    char path[4096];
    const char *folder = getenv("BOCATA_VECTORS");

    snprintf(path, sizeof path, "%s/starlette.json", folder ? folder : "tests/vectors");
    json_t *vectors = json_load_file(path, JSON_ALLOW_NUL, NULL);
    json_t *rows = json_object_get(vectors, "rows"), *row;
    size_t i;
    if (json_array_size(rows) == 0 || json_array_size(rows) > sizeof names / sizeof names[0]) {
        printf("Bail out! no vectors in %s\n", path);
        return 1;
    }
    json_array_foreach(rows, i, row)
    {
        snprintf(names[i], sizeof names[i], "vector %zu", i);
        suite_add(&group, names[i], test_row, row);
    }
    SUITE_TEST(&group, plain_sessions_are_written_to_the_byte);
    SUITE_TEST(&group, a_value_just_fits);
    int failed = suite_run(&group, "starlette");
    json_decref(vectors);
    return failed;
}
