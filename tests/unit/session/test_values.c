#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fixture.h"

/* One value of each type under its own name. */
#define ALL                                                                                        \
    "{\"int\": 42, \"real\": 1.5, \"true\": true, \"false\": false, \"str\": \"a\\u0000b\", "      \
    "\"null\": null, \"array\": [1], \"object\": {\"k\": 1}, \"\": \"empty key\"}"

static bocata_session *load_all(fixture *f)
{
    char *cookie = fixture_cookie("1234", ALL, NOW);
    fixture_open(f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(f, cookie, NOW);
    free(cookie);
    assert_int_equal(bocata_session_size(session), 9);
    return session;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* What each getter makes of each value, where the fallback is -1, -1.0, the opposite, "no". */
static struct row {
    const char *intent;
    json_int_t integer;
    double real;
    int true_fallback, false_fallback;
    const char *str;
    size_t str_len;
} rows[] = {
    {"int", 42, 42.0, 1, 0, "no", 2},     {"real", -1, 1.5, 1, 0, "no", 2},
    {"true", -1, -1.0, 1, 1, "no", 2},    {"false", -1, -1.0, 0, 0, "no", 2},
    {"str", -1, -1.0, 1, 0, "a\0b", 3},   {"null", -1, -1.0, 1, 0, "no", 2},
    {"array", -1, -1.0, 1, 0, "no", 2},   {"object", -1, -1.0, 1, 0, "no", 2},
    {"missing", -1, -1.0, 1, 0, "no", 2}, {"", -1, -1.0, 1, 0, "empty key", 9},
};

static void test_row(void **state)
{
    struct row *row = *state;
    fixture f;
    bocata_session *session = load_all(&f);
    const char *key = row->intent;
    bool is_there = strcmp(key, "missing") != 0;

    assert_int_equal(bocata_session_get_int(session, key, -1), row->integer);
    assert_true(bocata_session_get_real(session, key, -1.0) == row->real);
    assert_int_equal(bocata_session_get_bool(session, key, true), row->true_fallback);
    assert_int_equal(bocata_session_get_bool(session, key, false), row->false_fallback);
    bocata_str str = bocata_session_get_str(session, key, "no");
    assert_true(str_equal(str, (bocata_str){row->str, row->str_len}));
    assert_int_equal(str.ptr[str.len], '\0');
    assert_int_equal(bocata_session_has(session, key), is_there);
    assert_int_equal(bocata_session_get(session, key) != NULL, is_there);
    bocata_session_free(session);
    fixture_close(&f);
}

static void a_null_fallback(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    assert_null(bocata_session_get_str(session, "int", NULL).ptr);
    assert_int_equal(bocata_session_get_str(session, "int", NULL).len, 0);
    bocata_session_free(session);
    fixture_close(&f);
}

static void a_null_session_or_key(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    assert_int_equal(bocata_session_get_int(NULL, "int", -1), -1);
    assert_int_equal(bocata_session_get_int(session, NULL, -1), -1);
    assert_true(bocata_session_get_real(NULL, "real", -1) == -1);
    assert_true(bocata_session_get_bool(NULL, "true", true));
    assert_string_equal(bocata_session_get_str(NULL, "str", "no").ptr, "no");
    assert_null(bocata_session_get(NULL, "int"));
    assert_null(bocata_session_get(session, NULL));
    assert_false(bocata_session_has(NULL, "int"));
    assert_int_equal(bocata_session_size(NULL), 0);
    assert_null(bocata_session_next(NULL, NULL));
    assert_null(bocata_session_edit(NULL, "int"));
    assert_null(bocata_session_edit(session, NULL));
    bocata_session_free(session);
    fixture_close(&f);
}

static void iteration_is_in_order(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    const char *order[] = {"int", "real", "true", "false", "str", "null", "array", "object", ""};
    const char *key;
    const json_t *value;
    size_t i = 0;
    (void)state;
    bocata_session_foreach(session, key, value)
    {
        assert_string_equal(key, order[i++]);
        assert_ptr_equal(value, bocata_session_get(session, key));
    }
    assert_int_equal(i, 9);
    assert_null(bocata_session_next(session, "missing"));
    bocata_session_free(session);

    session = fixture_load(&f, NULL, NOW);
    assert_null(bocata_session_next(session, NULL));
    assert_null(bocata_session_next(session, "missing"));
    bocata_session_free(session);
    fixture_close(&f);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Through a cookie and back. */
static bocata_session *save_and_load(fixture *f, bocata_session *session)
{
    assert_int_equal(fixture_save(f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(f);
    session = fixture_load(f, pair, NOW);
    free(pair);
    return session;
}

static void every_type_goes_round(void **state)
{
    fixture f;
    const bocata_str text = STR("\xc3\xa9 \0 \xf0\x9f\x8d\xaa");
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    assert_int_equal(bocata_session_set_int(session, "max", INT64_MAX), BOCATA_OK);
    assert_int_equal(bocata_session_set_int(session, "min", INT64_MIN), BOCATA_OK);
    assert_int_equal(bocata_session_set_real(session, "real", 0.1), BOCATA_OK);
    assert_int_equal(bocata_session_set_real(session, "tiny", 5e-324), BOCATA_OK);
    assert_int_equal(bocata_session_set_real(session, "whole", 2.0), BOCATA_OK);
    assert_int_equal(bocata_session_set_bool(session, "true", true), BOCATA_OK);
    assert_int_equal(bocata_session_set_bool(session, "false", false), BOCATA_OK);
    assert_int_equal(bocata_session_set_string(session, "string", ""), BOCATA_OK);
    assert_int_equal(bocata_session_set_str(session, "str", text), BOCATA_OK);
    assert_int_equal(bocata_session_set(session, "json", json_pack("{s:[i,n]}", "k", 1)),
                     BOCATA_OK);
    assert_int_equal(bocata_session_set_int(session, "", 0), BOCATA_OK);
    session = save_and_load(&f, session);

    assert_true(bocata_session_get_int(session, "max", 0) == INT64_MAX);
    assert_true(bocata_session_get_int(session, "min", 0) == INT64_MIN);
    assert_true(bocata_session_get_real(session, "real", 0) == 0.1);
    assert_true(bocata_session_get_real(session, "tiny", 0) == 5e-324);
    assert_true(json_is_real(bocata_session_get(session, "whole")));
    assert_true(bocata_session_get_bool(session, "true", false));
    assert_false(bocata_session_get_bool(session, "false", true));
    assert_string_equal(bocata_session_get_str(session, "string", NULL).ptr, "");
    assert_true(str_equal(bocata_session_get_str(session, "str", NULL), text));
    assert_int_equal(json_array_size(json_object_get(bocata_session_get(session, "json"), "k")), 2);
    assert_true(bocata_session_has(session, ""));
    assert_int_equal(bocata_session_size(session), 11);
    bocata_session_free(session);
    fixture_close(&f);
}

static void the_same_value_changes_nothing(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    bocata_session_set_int(session, "int", 42);
    bocata_session_set_real(session, "real", 1.5);
    bocata_session_set_bool(session, "true", true);
    bocata_session_set_str(session, "str", STR("a\0b"));
    bocata_session_set(session, "null", json_null());
    bocata_session_set(session, "array", json_pack("[i]", 1));
    bocata_session_set(session, "object", json_pack("{s:i}", "k", 1));
    bocata_session_delete(session, "missing");
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_string_equal(f.set_cookie, "");
    fixture_close(&f);
}

static void what_get_lent_and_was_changed_and_set_is_a_change(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    json_t *array = json_incref((json_t *)(uintptr_t)bocata_session_get(session, "array"));
    json_array_append_new(array, json_integer(2));
    assert_int_equal(bocata_session_set(session, "array", array), BOCATA_OK);
    session = save_and_load(&f, session);
    assert_int_equal(json_array_size(bocata_session_get(session, "array")), 2);
    bocata_session_free(session);
    fixture_close(&f);
}

static void the_same_number_of_another_type_is_a_change(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    bocata_session_set_real(session, "int", 42.0);
    session = save_and_load(&f, session);
    assert_true(json_is_real(bocata_session_get(session, "int")));
    bocata_session_free(session);
    fixture_close(&f);
}

static void what_was_borrowed_outlives_what_replaced_it(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    const json_t *integer = bocata_session_get(session, "int");
    const json_t *array = bocata_session_get(session, "array");
    const json_t *object = bocata_session_get(session, "object");
    bocata_str str = bocata_session_get_str(session, "str", NULL);
    const char *key = bocata_session_next(session, NULL);
    (void)state;
    for (int i = 0; i < 100; i++)
        bocata_session_set_int(session, "int", i);
    bocata_session_set_string(session, "str", "another");
    bocata_session_delete(session, "array");
    bocata_session_clear(session);
    bocata_session_set_int(session, "int", 1);
    assert_int_equal(json_integer_value(integer), 42);
    assert_int_equal(json_array_size(array), 1);
    assert_int_equal(json_object_size(object), 1);
    assert_true(str_equal(str, STR("a\0b")));
    assert_string_equal(key, "int");
    bocata_session_free(session);
    fixture_close(&f);
}

static void set_takes_the_reference(void **state)
{
    fixture f;
    json_t *value = json_integer(7);
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    assert_int_equal(bocata_session_set(session, "v", json_incref(value)), BOCATA_OK);
    assert_int_equal(value->refcount, 2);
    assert_int_equal(bocata_session_set(session, "v", json_incref(value)), BOCATA_OK);
    assert_int_equal(value->refcount, 2);
    assert_int_equal(bocata_session_set(session, "\xff", json_incref(value)), BOCATA_E_INVALID);
    assert_int_equal(bocata_session_set(NULL, "v", json_incref(value)), BOCATA_E_INVALID);
    assert_int_equal(value->refcount, 2);
    bocata_session_free(session);
    assert_int_equal(value->refcount, 1);
    json_decref(value);
    fixture_close(&f);
}

static void edit_changes_in_place(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    json_array_append_new(bocata_session_edit(session, "array"), json_integer(2));
    session = save_and_load(&f, session);
    assert_int_equal(json_array_size(bocata_session_get(session, "array")), 2);
    bocata_session_free(session);
    fixture_close(&f);
}

static void pop_gives_what_it_takes_out(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    const json_t *array = bocata_session_pop(session, "array");
    assert_int_equal(json_array_size(array), 1);
    assert_false(bocata_session_has(session, "array"));
    assert_null(bocata_session_pop(session, "array"));
    bocata_session_set_int(session, "array", 1);
    assert_int_equal(json_array_size(array), 1); /* until the session is freed */
    bocata_session_delete(session, "array");
    session = save_and_load(&f, session);
    assert_false(bocata_session_has(session, "array"));
    assert_null(bocata_session_pop(session, NULL));
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
    fixture_close(&f);
}

static void update_sets_every_member(void **state)
{
    fixture f;
    bocata_session *session = load_all(&f);
    (void)state;
    json_t *more = json_pack("{s:i, s:s}", "int", 8, "new", "n");
    assert_int_equal(bocata_session_update(session, json_incref(more)), BOCATA_OK);
    assert_int_equal(more->refcount, 1);
    assert_int_equal(bocata_session_update(session, json_object()), BOCATA_OK);
    session = save_and_load(&f, session);
    assert_int_equal(bocata_session_get_int(session, "int", 0), 8);
    assert_true(bocata_str_is(bocata_session_get_str(session, "new", ""), "n"));
    assert_int_equal(bocata_session_size(session), 10);
    bocata_session_free(session);
    json_decref(more);
    fixture_close(&f);
}

static void update_sets_none_of_what_is_wrong(void **state)
{
    json_t *wrong[] = {NULL, json_array(), json_pack("{s:i, s:i}", "new", 1, "_bocata", 1),
                       json_pack("{s:i}", "new", 1)};
    json_object_setn_new(wrong[3], "in\0t", 4, json_integer(8)); /* would be "in" */
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        fixture f;
        bocata_session *session = load_all(&f);
        assert_int_equal(bocata_session_update(session, wrong[i]), BOCATA_E_INVALID);
        assert_int_equal(bocata_session_size(session), 9);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
        fixture_close(&f);
    }
}

/* ---- setters that fail ---------------------------------------------------------------------- */

static bocata_status set_invalid(bocata_session *session, int which)
{
    switch (which) {
    case 0:
        return bocata_session_set_int(session, NULL, 1);
    case 1:
        return bocata_session_set_int(session, "\xc3", 1);
    case 2:
        return bocata_session_set_real(session, "v", NAN);
    case 3:
        return bocata_session_set_real(session, "v", -INFINITY);
    case 4:
        return bocata_session_set_real(session, NULL, 1);
    case 5:
        return bocata_session_set_bool(session, NULL, true);
    case 6:
        return bocata_session_set_string(session, "v", NULL);
    case 7:
        return bocata_session_set_string(session, "v", "\xed\xa0\x80");
    case 8:
        return bocata_session_set_string(session, NULL, "v");
    case 9:
        return bocata_session_set_str(session, "v", (bocata_str){0});
    case 10:
        return bocata_session_set(session, "v", NULL);
    case 11:
        return bocata_session_set(session, NULL, json_null());
    case 12:
        return bocata_session_delete(session, NULL);
    default:
        return bocata_session_delete(session, "\xff");
    }
}

static void each_invalid_call_fails_and_poisons(void **state)
{
    (void)state;
    for (int which = 0; which <= 13; which++) {
        fixture f;
        bocata_session *session = load_all(&f);
        assert_int_equal(set_invalid(session, which), BOCATA_E_INVALID);
        assert_int_equal(bocata_session_size(session), 9);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
        fixture_close(&f);
        assert_int_equal(set_invalid(NULL, which), BOCATA_E_INVALID);
    }
    assert_int_equal(bocata_session_clear(NULL), BOCATA_E_INVALID);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, a_null_fallback);
    SUITE_TEST(&group, a_null_session_or_key);
    SUITE_TEST(&group, iteration_is_in_order);
    SUITE_TEST(&group, every_type_goes_round);
    SUITE_TEST(&group, the_same_value_changes_nothing);
    SUITE_TEST(&group, what_get_lent_and_was_changed_and_set_is_a_change);
    SUITE_TEST(&group, the_same_number_of_another_type_is_a_change);
    SUITE_TEST(&group, what_was_borrowed_outlives_what_replaced_it);
    SUITE_TEST(&group, set_takes_the_reference);
    SUITE_TEST(&group, edit_changes_in_place);
    SUITE_TEST(&group, pop_gives_what_it_takes_out);
    SUITE_TEST(&group, update_sets_every_member);
    SUITE_TEST(&group, update_sets_none_of_what_is_wrong);
    SUITE_TEST(&group, each_invalid_call_fails_and_poisons);
    return suite_run(&group, "values");
}
