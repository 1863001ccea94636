#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "web/fields.h"

static void splitting(void **state)
{
    static const struct {
        const char *intent, *input;
        size_t count;
        const char *fields[4][2];
    } table[] = {
        {"nothing", "", 0, {{NULL}}},
        {"one", "a=1", 1, {{"a", "1"}}},
        {"two, in their order", "b=1&a=2", 2, {{"b", "1"}, {"a", "2"}}},
        {"the same name twice", "a=1&a=2", 2, {{"a", "1"}, {"a", "2"}}},
        {"no value", "a", 1, {{"a", ""}}},
        {"an empty value", "a=", 1, {{"a", ""}}},
        {"an empty name", "=1", 1, {{"", "1"}}},
        {"neither", "=", 1, {{"", ""}}},
        {"empty pieces", "&a=1&&b=2&", 2, {{"a", "1"}, {"b", "2"}}},
        {"only separators", "&&&", 0, {{NULL}}},
        {"the first = separates", "a=b=c", 1, {{"a", "b=c"}}},
        {"decoded after splitting", "a%3D=%26&%26=x", 2, {{"a=", "&"}, {"&", "x"}}},
        {"a plus in either", "a+b=c+d", 1, {{"a b", "c d"}}},
        {"a semicolon separates nothing", "a=1;b=2", 1, {{"a", "1;b=2"}}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_arena arena;
        bocata_fields *fields = NULL;
        bocata_arena_init(&arena, NULL, 1 << 16);
        if (bocata_fields_parse(&arena, bocata_str_of(table[i].input), &fields) != BOCATA_OK ||
            bocata_fields_size(fields) != table[i].count)
            fail_msg("%s", table[i].intent);
        for (size_t at = 0; at < table[i].count; at++) {
            bocata_field field = bocata_fields_at(fields, at);
            if (!bocata_str_is(field.name, table[i].fields[at][0]) ||
                !bocata_str_is(field.value, table[i].fields[at][1]))
                fail_msg("%s: %s=%s", table[i].intent, field.name.ptr, field.value.ptr);
            assert_int_equal(field.name.ptr[field.name.len], '\0');
            assert_int_equal(field.value.ptr[field.value.len], '\0');
        }
        bocata_arena_done(&arena);
    }
}

static void getting(void **state)
{
    bocata_arena arena;
    bocata_fields *fields;
    (void)state;

    bocata_arena_init(&arena, NULL, 1 << 16);
    assert_int_equal(bocata_fields_parse(&arena, STR("a=1&ab=x&a=2&e=&n%00m=3"), &fields),
                     BOCATA_OK);
    assert_true(bocata_str_is(bocata_fields_get(fields, "a"), "1"));
    assert_true(bocata_str_is(bocata_fields_get(fields, "ab"), "x"));
    assert_int_equal(bocata_fields_count(fields, "a"), 2);
    assert_int_equal(bocata_fields_count(fields, "A"), 0);
    assert_true(bocata_str_is(bocata_fields_get_nth(fields, "a", 1), "2"));
    assert_null(bocata_fields_get_nth(fields, "a", 2).ptr);
    assert_null(bocata_fields_get_nth(fields, "a", SIZE_MAX).ptr);
    assert_null(bocata_fields_get(fields, "b").ptr);
    assert_non_null(bocata_fields_get(fields, "e").ptr); /* empty is not absent */
    assert_int_equal(bocata_fields_get(fields, "e").len, 0);
    assert_null(bocata_fields_get(fields, "n").ptr); /* a NUL does not end a name */
    assert_null(bocata_fields_at(fields, 5).name.ptr);
    assert_null(bocata_fields_at(fields, SIZE_MAX).value.ptr);
    bocata_arena_done(&arena);
}

static void no_fields_are_empty_ones(void **state)
{
    (void)state;
    assert_int_equal(bocata_fields_size(NULL), 0);
    assert_int_equal(bocata_fields_count(NULL, "a"), 0);
    assert_null(bocata_fields_get(NULL, "a").ptr);
    assert_null(bocata_fields_get_nth(NULL, "a", 0).ptr);
    assert_null(bocata_fields_at(NULL, 0).name.ptr);
}

static void limits(void **state)
{
    static const struct {
        const char *intent;
        size_t count, separators, len_max;
        bocata_status status;
    } table[] = {
        {"as many as may be", BOCATA_FIELDS_MAX, 1, 1 << 20, BOCATA_OK},
        {"one more", BOCATA_FIELDS_MAX + 1, 1, 1 << 20, BOCATA_E_LIMIT},
        {"empty pieces do not count", BOCATA_FIELDS_MAX, 3, 1 << 20, BOCATA_OK},
        {"more than the memory", BOCATA_FIELDS_MAX, 1, 1 << 15, BOCATA_E_NOMEM},
        {"no memory at all", 1, 1, 0, BOCATA_E_NOMEM},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        static char text[(BOCATA_FIELDS_MAX + 1) * 4];
        bocata_arena arena;
        bocata_fields *fields = NULL;
        size_t len = 0;
        for (size_t at = 0; at < table[i].count; at++) {
            text[len++] = 'a';
            memset(text + len, '&', table[i].separators);
            len += table[i].separators;
        }
        bocata_arena_init(&arena, NULL, table[i].len_max);
        bocata_status status = bocata_fields_parse(&arena, (bocata_str){text, len}, &fields);
        if (status != table[i].status || (status != BOCATA_OK && fields))
            fail_msg("%s: %d", table[i].intent, status);
        if (status == BOCATA_OK)
            assert_int_equal(bocata_fields_size(fields), table[i].count);
        bocata_arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitting),
        cmocka_unit_test(getting),
        cmocka_unit_test(no_fields_are_empty_ones),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
