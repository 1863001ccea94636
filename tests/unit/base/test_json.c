#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"

/* A document as it is written in both styles; NULL where the second is as the first. */
static const struct {
    const char *intent, *input, *compact, *python;
} rows[] = {
    {"an empty object", "{}", "{}", NULL},
    {"an empty array", "[]", "[]", NULL},
    {"separators", "{\"a\":1,\"b\":[1,2]}", "{\"a\":1,\"b\":[1,2]}", "{\"a\": 1, \"b\": [1, 2]}"},
    {"the order of the keys", "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}", "{\"b\": 1, \"a\": 2}"},
    {"literals", "[true,false,null]", "[true,false,null]", "[true, false, null]"},
    {"the smallest integer", "-9223372036854775808", "-9223372036854775808", NULL},
    {"the largest integer", "9223372036854775807", "9223372036854775807", NULL},
    {"zero", "0", "0", NULL},
    {"a short real", "0.1", "0.1", NULL},
    {"a real of 16 digits", "0.1234567890123456", "0.1234567890123456", NULL},
    {"a real of 17 digits", "0.30000000000000004", "0.30000000000000004", NULL},
    {"a real stays a real", "1.0", "1.0", NULL},
    {"minus zero", "-0.0", "-0.0", NULL},
    {"a large real", "1e300", "1e+300", NULL},
    {"a small real", "1.5e-7", "1.5e-07", NULL},
    {"quotes and backslashes", "\"\\\"\\\\\\/\"", "\"\\\"\\\\/\"", NULL},
    {"named control characters", "\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\"", NULL},
    {"other control characters", "\"\\u0000\\u001f\"", "\"\\u0000\\u001f\"", NULL},
    {"DEL", "\"\x7f\"", "\"\x7f\"", "\"\\u007f\""},
    {"two bytes of UTF-8", "\"\\u00e9\"", "\"\xc3\xa9\"", "\"\\u00e9\""},
    {"three bytes", "\"\\u2603!\"", "\"\xe2\x98\x83!\"", "\"\\u2603!\""},
    {"a surrogate pair", "\"\\ud83c\\udf6a\"", "\"\xf0\x9f\x8d\xaa\"", "\"\\ud83c\\udf6a\""},
    {"the last code point", "\"\\udbff\\udfff\"", "\"\xf4\x8f\xbf\xbf\"", "\"\\udbff\\udfff\""},
    {"a key that needs escapes", "{\"\\u00e9\\n\":0}", "{\"\xc3\xa9\\n\":0}",
     "{\"\\u00e9\\n\": 0}"},
};

static void expect(const char *intent, const json_t *json, bocata_json_style style,
                   const char *expected)
{
    bocata_buf buf = {0};
    assert_int_equal(bocata_buf_append(&buf, STR("before ")), BOCATA_OK);
    assert_int_equal(bocata_json_write(&buf, SIZE_MAX, json, style), BOCATA_OK);
    bocata_str got = str_skip(buf_str(&buf), strlen("before "));
    if (!bocata_str_is(got, expected))
        fail_msg("%s: expected %s, got %.*s", intent, expected, (int)got.len, got.ptr);
    bocata_buf_free(&buf);
}

static void both_styles_are_exact_and_read_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *json = json_loads(rows[i].input, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
        assert_non_null(json);
        const char *python = rows[i].python ? rows[i].python : rows[i].compact;
        expect(rows[i].intent, json, BOCATA_JSON_COMPACT, rows[i].compact);
        expect(rows[i].intent, json, BOCATA_JSON_PYTHON, python);
        json_t *again = json_loads(python, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
        assert_true(json_equal(json, again));
        json_decref(again);
        json_decref(json);
    }
}

static bocata_status write_and_keep(const json_t *json, size_t len_max)
{
    bocata_buf buf = {0};
    assert_int_equal(bocata_buf_append(&buf, STR("kept")), BOCATA_OK);
    bocata_status status = bocata_json_write(&buf, len_max, json, BOCATA_JSON_COMPACT);
    if (status != BOCATA_OK)
        assert_true(bocata_str_is(buf_str(&buf), "kept"));
    bocata_buf_free(&buf);
    return status;
}

static void what_has_no_form_is_refused_and_changes_nothing(void **state)
{
    json_t *outer = json_array(), *inner = json_object(), *real = json_real(0);
    (void)state;

    assert_int_equal(write_and_keep(NULL, SIZE_MAX), BOCATA_E_INVALID);
    json_object_set(inner, "outer", outer);
    json_array_append_new(outer, json_incref(inner));
    assert_int_equal(write_and_keep(outer, SIZE_MAX), BOCATA_E_UNSUPPORTED);
    json_object_clear(inner);
    assert_int_equal(write_and_keep(outer, SIZE_MAX), BOCATA_OK);
    assert_int_equal(json_real_set(real, INFINITY), -1); /* jansson itself lets none in */
    json_object_set_new(inner, "text", json_string_nocheck("\xc3"));
    assert_int_equal(write_and_keep(outer, SIZE_MAX), BOCATA_E_UNSUPPORTED);
    json_object_clear(inner);
    json_object_setn_new(inner, "a\0b", 3, json_null());
    assert_int_equal(write_and_keep(outer, SIZE_MAX), BOCATA_E_UNSUPPORTED);
    json_decref(inner);
    json_decref(outer);
    json_decref(real);
}

static void the_depth_has_a_limit(void **state)
{
    json_t *json = json_array();
    (void)state;

    for (int depth = 1; depth < BOCATA_JSON_DEPTH_MAX; depth++) {
        json_t *outer = json_array();
        json_array_append_new(outer, json);
        json = outer;
    }
    assert_int_equal(write_and_keep(json, SIZE_MAX), BOCATA_OK);
    json_t *deeper = json_array();
    json_array_append_new(deeper, json);
    assert_int_equal(write_and_keep(deeper, SIZE_MAX), BOCATA_E_UNSUPPORTED);
    json_decref(deeper);
}

static void the_length_has_a_limit(void **state)
{
    json_t *json = json_pack("[s, i]", "abc", 12); /* ["abc",12] */
    (void)state;

    assert_int_equal(write_and_keep(json, 4 + 10), BOCATA_OK);
    for (size_t len_max = 0; len_max < 4 + 10; len_max++)
        assert_int_equal(write_and_keep(json, len_max), BOCATA_E_TOO_LARGE);
    json_decref(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_styles_are_exact_and_read_back_the_same),
        cmocka_unit_test(what_has_no_form_is_refused_and_changes_nothing),
        cmocka_unit_test(the_depth_has_a_limit),
        cmocka_unit_test(the_length_has_a_limit),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
