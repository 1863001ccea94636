#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define NONE ((bocata_str){NULL, 0})

/* A copy without a byte to spare, so that ASan and valgrind see a look past its end. */
static bocata_str tight(bocata_str str)
{
    char *copy = malloc(str.len ? str.len : 1);
    assert_non_null(copy);
    if (str.len)
        memcpy(copy, str.ptr, str.len);
    return (bocata_str){copy, str.len};
}

static void tight_free(bocata_str str)
{
    free((void *)(uintptr_t)str.ptr);
}

static void comparing(void **state)
{
    static const struct {
        const char *intent;
        bocata_str a, b;
        bool equal, equal_nocase, starts, ends;
    } table[] = {
        {"the same", {"abc", 3}, {"abc", 3}, true, true, true, true},
        {"another case", {"aBC", 3}, {"Abc", 3}, false, true, false, false},
        {"a beginning", {"abc", 3}, {"ab", 2}, false, false, true, false},
        {"an end", {"abc", 3}, {"bc", 2}, false, false, false, true},
        {"the longer one is no prefix", {"ab", 2}, {"abc", 3}, false, false, false, false},
        {"nothing is in everything", {"abc", 3}, {"", 0}, false, false, true, true},
        {"empty and no value are equal", {"", 0}, {NULL, 0}, true, true, true, true},
        {"no value twice", {NULL, 0}, {NULL, 0}, true, true, true, true},
        {"beyond a NUL", {"a\0b", 3}, {"a\0c", 3}, false, false, false, false},
        {"@ is not the upper case of `", {"@[", 2}, {"`{", 2}, false, false, false, false},
        {"letters of Latin-1 have no case", {"\xc4", 1}, {"\xe4", 1}, false, false, false, false},
        {"Z is a letter", {"AZ", 2}, {"az", 2}, false, true, false, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_str a = table[i].a, b = table[i].b;
        if (str_equal(a, b) != table[i].equal || str_equal_nocase(a, b) != table[i].equal_nocase ||
            str_starts_with(a, b) != table[i].starts || str_ends_with(a, b) != table[i].ends)
            fail_msg("%s", table[i].intent);
    }
}

static void c_strings(void **state)
{
    (void)state;
    assert_int_equal(bocata_str_of("abc").len, 3);
    assert_int_equal(bocata_str_of("").len, 0);
    assert_non_null(bocata_str_of("").ptr);
    assert_null(bocata_str_of(NULL).ptr);
    assert_true(bocata_str_is(STR("abc"), "abc"));
    assert_false(bocata_str_is(STR("abc\0"), "abc"));
    assert_false(bocata_str_is(STR("ab"), "abc"));
    assert_true(bocata_str_is(NONE, ""));
    assert_int_equal(STR("a\0b").len, 3);
}

static void trimming(void **state)
{
    static const struct {
        const char *intent;
        bocata_str input;
        const char *outcome;
    } table[] = {
        {"both ends", {" \ta b\t ", 7}, "a b"},
        {"nothing to do", {"ab", 2}, "ab"},
        {"only blanks", {" \t ", 3}, ""},
        {"empty", {"", 0}, ""},
        {"no value", {NULL, 0}, ""},
        {"line ends are no blanks", {"\r\n", 2}, "\r\n"},
        {"one space", {" ", 1}, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!bocata_str_is(str_trim(table[i].input), table[i].outcome))
            fail_msg("%s", table[i].intent);
}

static void skipping_and_finding(void **state)
{
    (void)state;
    assert_true(bocata_str_is(str_skip(STR("abc"), 1), "bc"));
    assert_true(bocata_str_is(str_skip(STR("abc"), 3), ""));
    assert_true(bocata_str_is(str_skip(STR("abc"), SIZE_MAX), ""));
    assert_null(str_skip(NONE, 5).ptr);
    assert_int_equal(str_find(STR("abcb"), 'b'), 1);
    assert_int_equal(str_find(STR("abc"), 'x'), 3);
    assert_int_equal(str_find(STR("a\0b"), '\0'), 1);
    assert_int_equal(str_find(NONE, 'x'), 0);
}

static void cutting_always_ends(void **state)
{
    static const struct {
        const char *intent, *input;
        size_t count;
        const char *pieces[4];
    } table[] = {
        {"nothing", "", 0, {NULL}},
        {"no separator", "abc", 1, {"abc"}},
        {"two", "a;b", 2, {"a", "b"}},
        {"an empty one between", "a;;b", 3, {"a", "", "b"}},
        {"an empty one before", ";a", 2, {"", "a"}},
        {"nothing behind the last", "a;", 1, {"a"}},
        {"separators only", ";;", 2, {"", ""}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_str rest = bocata_str_of(table[i].input);
        size_t count = 0;
        for (; rest.len > 0; count++) {
            bocata_str piece = str_cut(&rest, ';');
            if (count == table[i].count || !bocata_str_is(piece, table[i].pieces[count]))
                fail_msg("%s: piece %zu", table[i].intent, count);
        }
        if (count != table[i].count)
            fail_msg("%s: %zu pieces", table[i].intent, count);
    }
    bocata_str none = NONE;
    assert_int_equal(str_cut(&none, ';').len, 0);
}

static void whole_numbers(void **state)
{
    static const struct {
        const char *intent, *input;
        bocata_status status;
        int64_t value;
    } table[] = {
        {"zero", "0", BOCATA_OK, 0},
        {"negative zero", "-0", BOCATA_OK, 0},
        {"an ordinary one", "1234", BOCATA_OK, 1234},
        {"a sign", "+7", BOCATA_OK, 7},
        {"a negative one", "-7", BOCATA_OK, -7},
        {"leading zeros", "0007", BOCATA_OK, 7},
        {"many leading zeros", "00000000000000000000000000000000000000001", BOCATA_OK, 1},
        {"the largest", "9223372036854775807", BOCATA_OK, INT64_MAX},
        {"one more", "9223372036854775808", BOCATA_E_LIMIT, 99},
        {"the smallest", "-9223372036854775808", BOCATA_OK, INT64_MIN},
        {"one less", "-9223372036854775809", BOCATA_E_LIMIT, 99},
        {"ten times the largest", "92233720368547758070", BOCATA_E_LIMIT, 99},
        {"64 unsigned bits", "18446744073709551616", BOCATA_E_LIMIT, 99},
        {"far beyond", "-99999999999999999999999999999999", BOCATA_E_LIMIT, 99},
        {"far beyond, but no number", "99999999999999999999999999999999x", BOCATA_E_MALFORMED, 99},
        {"empty", "", BOCATA_E_MALFORMED, 99},
        {"only a sign", "-", BOCATA_E_MALFORMED, 99},
        {"two signs", "--1", BOCATA_E_MALFORMED, 99},
        {"a space before", " 1", BOCATA_E_MALFORMED, 99},
        {"a space behind", "1 ", BOCATA_E_MALFORMED, 99},
        {"a fraction", "1.0", BOCATA_E_MALFORMED, 99},
        {"hexadecimal", "0x10", BOCATA_E_MALFORMED, 99},
        {"the character before 0", "1/", BOCATA_E_MALFORMED, 99},
        {"the character after 9", "1:", BOCATA_E_MALFORMED, 99},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_str input = tight(bocata_str_of(table[i].input));
        int64_t value = 99; /* untouched on failure */
        bocata_status status = bocata_str_to_int(input, &value);
        if (status != table[i].status || value != table[i].value)
            fail_msg("%s: %d, %lld", table[i].intent, status, (long long)value);
        tight_free(input);
    }
}

static void reals(void **state)
{
    static const struct {
        const char *intent, *input;
        bocata_status status;
        double value;
    } table[] = {
        {"whole", "12", BOCATA_OK, 12.0},
        {"a fraction", "1.5", BOCATA_OK, 1.5},
        {"negative, with an exponent", "-1.5e3", BOCATA_OK, -1500.0},
        {"a large E and signs", "+25E-1", BOCATA_OK, 2.5},
        {"no digit before the point", ".5", BOCATA_OK, 0.5},
        {"no digit behind it", "5.", BOCATA_OK, 5.0},
        {"correctly rounded", "0.1", BOCATA_OK, 0.1},
        {"the largest", "1.7976931348623157e308", BOCATA_OK, 1.7976931348623157e308},
        {"beyond it", "1e309", BOCATA_E_LIMIT, 99.0},
        {"beyond it, negative", "-1e999", BOCATA_E_LIMIT, 99.0},
        {"an exponent beyond any int", "1e99999999999999999999", BOCATA_E_LIMIT, 99.0},
        {"too small is zero", "1e-999", BOCATA_OK, 0.0},
        {"64 bytes", "1.00000000000000000000000000000000000000000000000000000000000000", BOCATA_OK,
         1.0},
        {"65 bytes", "1.000000000000000000000000000000000000000000000000000000000000000",
         BOCATA_E_MALFORMED, 99.0},
        {"not a number", "nan", BOCATA_E_MALFORMED, 99.0},
        {"infinity", "inf", BOCATA_E_MALFORMED, 99.0},
        {"hexadecimal", "0x1p3", BOCATA_E_MALFORMED, 99.0},
        {"empty", "", BOCATA_E_MALFORMED, 99.0},
        {"only a point", ".", BOCATA_E_MALFORMED, 99.0},
        {"only an exponent", "e5", BOCATA_E_MALFORMED, 99.0},
        {"an empty exponent", "1e", BOCATA_E_MALFORMED, 99.0},
        {"an exponent of a sign", "1e+", BOCATA_E_MALFORMED, 99.0},
        {"two points", "1.2.3", BOCATA_E_MALFORMED, 99.0},
        {"a comma", "1,5", BOCATA_E_MALFORMED, 99.0},
        {"a space", " 1", BOCATA_E_MALFORMED, 99.0},
        {"text behind", "1x", BOCATA_E_MALFORMED, 99.0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_str input = tight(bocata_str_of(table[i].input));
        double value = 99.0;
        bocata_status status = bocata_str_to_real(input, &value);
        if (status != table[i].status || fabs(value - table[i].value) > 0)
            fail_msg("%s: %d, %.17g", table[i].intent, status, value);
        tight_free(input);
    }
    double value = 99.0;
    assert_int_equal(bocata_str_to_real((bocata_str){"1\0002", 3}, &value), BOCATA_E_MALFORMED);
    assert_int_equal(bocata_str_to_real(NONE, &value), BOCATA_E_MALFORMED);
}

static void utf8(void **state)
{
    static const struct {
        const char *intent, *input;
        bool is_valid;
        size_t first_step; /* bytes of the first code point, or that one U+FFFD stands for */
    } table[] = {
        {"ASCII", "abc", true, 1},
        {"U+007F", "\x7f", true, 1},
        {"U+0080, the first of two bytes", "\xc2\x80", true, 2},
        {"U+07FF, the last", "\xdf\xbf", true, 2},
        {"U+0800, the first of three", "\xe0\xa0\x80", true, 3},
        {"U+D7FF, before the surrogates", "\xed\x9f\xbf", true, 3},
        {"U+E000, behind them", "\xee\x80\x80", true, 3},
        {"U+FFFF", "\xef\xbf\xbf", true, 3},
        {"U+10000, the first of four", "\xf0\x90\x80\x80", true, 4},
        {"U+10FFFF, the last", "\xf4\x8f\xbf\xbf", true, 4},
        {"a mixture", "\xe2\x82\xac and \xf0\x9f\x98\x80", true, 3},
        {"a continuation alone", "\x80", false, 1},
        {"two bytes, overlong", "\xc0\x80", false, 1},
        {"two bytes, overlong, the last", "\xc1\xbf", false, 1},
        {"three bytes, overlong", "\xe0\x9f\xbf", false, 1},
        {"four bytes, overlong", "\xf0\x8f\xbf\xbf", false, 1},
        {"the first surrogate", "\xed\xa0\x80", false, 1},
        {"the last surrogate", "\xed\xbf\xbf", false, 1},
        {"U+110000", "\xf4\x90\x80\x80", false, 1},
        {"far beyond", "\xf5\x80\x80\x80", false, 1},
        {"a byte that is in no UTF-8", "\xff", false, 1},
        {"two bytes, cut", "\xc3", false, 1},
        {"three bytes, cut after one", "\xe2", false, 1},
        {"three bytes, cut after two", "\xe2\x82", false, 2},
        {"four bytes, cut after three", "\xf0\x9f\x98", false, 3},
        {"two bytes, then ASCII", "\xc3z", false, 1},
        {"three bytes, ASCII for the third", "\xe2\x82z", false, 2},
        {"four bytes, ASCII for the last", "\xf0\x9f\x98z", false, 3},
        {"a third byte past the continuations", "\xe2\x82\xc0", false, 2},
        {"wrong at the very end", "abcdefgh\xc3", false, 1},
        {"one continuation too many", "\xc3\xa9\xa9", false, 2},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_str input = tight(bocata_str_of(table[i].input));
        bool is_valid;
        if (bocata_str_is_utf8(input) != table[i].is_valid)
            fail_msg("%s", table[i].intent);
        size_t step = bocata_str_utf8_step(input, &is_valid);
        if (step != table[i].first_step)
            fail_msg("%s: a step of %zu", table[i].intent, step);
        tight_free(input);
    }
    assert_true(bocata_str_is_utf8(NONE));
    assert_true(bocata_str_is_utf8(STR("")));
    assert_true(bocata_str_is_utf8(STR("a\0b"))); /* a NUL is a code point as any other */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparing),
        cmocka_unit_test(c_strings),
        cmocka_unit_test(trimming),
        cmocka_unit_test(skipping_and_finding),
        cmocka_unit_test(cutting_always_ends),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(reals),
        cmocka_unit_test(utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
