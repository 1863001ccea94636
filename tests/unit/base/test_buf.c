#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"

static void it_grows_and_keeps_what_it_holds(void **state)
{
    enum { COUNT = 100000 };
    bocata_buf buf = {0};
    (void)state;

    for (int i = 0; i < COUNT; i++) {
        char byte = (char)('a' + i % 26);
        assert_int_equal(bocata_buf_append(&buf, (bocata_str){&byte, 1}), BOCATA_OK);
    }
    assert_int_equal(buf.len, COUNT);
    assert_in_range(buf.cap, COUNT, 2 * COUNT); /* doubling: neither slow nor wasteful */
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(buf.ptr[i], 'a' + i % 26);
    bocata_buf_free(&buf);
    assert_null(buf.ptr);
    assert_int_equal(buf.len + buf.cap, 0);
}

static void impossible_sizes_are_refused_and_change_nothing(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 3, SIZE_MAX - 2, SIZE_MAX / 2,
                                   SIZE_MAX / 4 + 1};
    (void)state;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bocata_buf buf = {0};
        assert_int_equal(bocata_buf_append(&buf, STR("abc")), BOCATA_OK);
        char *ptr = buf.ptr;
        size_t cap = buf.cap;
        assert_int_equal(bocata_buf_reserve(&buf, sizes[i]), BOCATA_E_NOMEM);
        assert_int_equal(bocata_buf_append(&buf, (bocata_str){"", sizes[i]}), BOCATA_E_NOMEM);
        assert_ptr_equal(buf.ptr, ptr);
        assert_int_equal(buf.cap, cap);
        assert_true(str_equal(buf_str(&buf), STR("abc")));
        bocata_buf_free(&buf);
    }
}

static void room_that_is_there_is_not_asked_for_again(void **state)
{
    bocata_buf buf = {0};
    (void)state;

    assert_int_equal(bocata_buf_reserve(&buf, 1000), BOCATA_OK);
    assert_true(buf.cap >= 1000);
    assert_int_equal(buf.len, 0);
    char *ptr = buf.ptr;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(bocata_buf_append(&buf, STR("x")), BOCATA_OK);
    assert_ptr_equal(buf.ptr, ptr);
    bocata_buf_free(&buf);
}

static void appending_nothing_to_nothing(void **state)
{
    bocata_buf buf = {0};
    (void)state;

    assert_int_equal(bocata_buf_append(&buf, (bocata_str){NULL, 0}), BOCATA_OK);
    assert_int_equal(bocata_buf_reserve(&buf, 0), BOCATA_OK);
    assert_null(buf.ptr);
    assert_int_equal(buf_str(&buf).len, 0);
    bocata_buf_consume(&buf, 0);
    bocata_buf_free(&buf);
}

static void printing_appends_text_of_any_length(void **state)
{
    /* around its capacities */
    static const int widths[] = {0, 1, 62, 63, 64, 65, 4095, 4096, 100000};
    (void)state;

    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        bocata_buf buf = {0};
        assert_int_equal(bocata_buf_append(&buf, STR("<")), BOCATA_OK);
        assert_int_equal(bocata_buf_printf(&buf, "%*s", widths[i], ""), BOCATA_OK);
        assert_int_equal(buf.len, 1 + widths[i]);
        assert_int_equal(bocata_buf_printf(&buf, "%s-%d", "end", 7), BOCATA_OK);
        assert_true(str_starts_with(buf_str(&buf), STR("<")));
        assert_true(str_ends_with(buf_str(&buf), STR("end-7")));
        assert_int_equal(buf.len, 1 + widths[i] + 5);
        bocata_buf_free(&buf);
    }
}

/* A wide character that the C locale does not have: the quick way to make vsnprintf fail. */
static void what_cannot_be_printed_changes_nothing(void **state)
{
    bocata_buf buf = {0};
    (void)state;

    assert_int_equal(bocata_buf_append(&buf, STR("abc")), BOCATA_OK);
    assert_int_equal(bocata_buf_printf(&buf, "%s%lc", "def", (wint_t)0x20ac), BOCATA_E_NOMEM);
    assert_true(str_equal(buf_str(&buf), STR("abc")));
    bocata_buf_free(&buf);
}

static void consuming_moves_the_rest_to_the_front(void **state)
{
    static const struct {
        const char *intent;
        size_t count;
        const char *rest;
    } table[] = {
        {"nothing", 0, "abcdef"},
        {"one byte", 1, "bcdef"},
        {"more than half: source and target do not overlap", 4, "ef"},
        {"all", 6, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_buf buf = {0};
        assert_int_equal(bocata_buf_append(&buf, STR("abcdef")), BOCATA_OK);
        bocata_buf_consume(&buf, table[i].count);
        if (!bocata_str_is(buf_str(&buf), table[i].rest))
            fail_msg("%s", table[i].intent);
        bocata_buf_free(&buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_and_keeps_what_it_holds),
        cmocka_unit_test(impossible_sizes_are_refused_and_change_nothing),
        cmocka_unit_test(room_that_is_there_is_not_asked_for_again),
        cmocka_unit_test(appending_nothing_to_nothing),
        cmocka_unit_test(printing_appends_text_of_any_length),
        cmocka_unit_test(what_cannot_be_printed_changes_nothing),
        cmocka_unit_test(consuming_moves_the_rest_to_the_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
