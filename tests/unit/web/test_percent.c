#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "web/percent.h"

static void paths(void **state)
{
    static const struct {
        const char *intent, *input, *outcome; /* NULL: malformed */
    } table[] = {
        {"nothing to decode", "abc", "abc"},
        {"empty", "", ""},
        {"a space", "a%20b", "a b"},
        {"either case of digit", "%4a%4A%6f", "JJo"},
        {"an encoded slash is part of the segment", "a%2Fb", "a/b"},
        {"a plus is a plus", "a+b", "a+b"},
        {"decoded once only", "%2541", "%41"},
        {"UTF-8", "%E2%82%AC", "\xe2\x82\xac"},
        {"UTF-8 as it is", "\xe2\x82\xac", "\xe2\x82\xac"},
        {"half of it encoded", "\xe2%82\xac", "\xe2\x82\xac"},
        {"no digits", "%", NULL},
        {"one digit", "a%4", NULL},
        {"no digit", "%g0", NULL},
        {"no second digit", "%0g", NULL},
        {"a sign is no digit", "%+1", NULL},
        {"the characters around the digits", "%/:", NULL},
        {"an upper G", "%4G", NULL},
        {"a NUL", "a%00b", NULL},
        {"a lone continuation", "%80", NULL},
        {"overlong", "%c0%af", NULL},
        {"a surrogate", "%ed%a0%80", NULL},
        {"UTF-8, cut", "%e2%82", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_arena arena;
        bocata_str text = STR("untouched");
        bocata_arena_init(&arena, NULL, 1 << 14);
        bocata_status status =
            bocata_percent_decode_path(&arena, bocata_str_of(table[i].input), &text);
        if (status != (table[i].outcome ? BOCATA_OK : BOCATA_E_MALFORMED))
            fail_msg("%s: %d", table[i].intent, status);
        if (!bocata_str_is(text, table[i].outcome ? table[i].outcome : "untouched"))
            fail_msg("%s: %s", table[i].intent, text.ptr);
        assert_int_equal(text.ptr[text.len], '\0');
        bocata_arena_done(&arena);
    }
}

static void the_borrowed_input_ends_where_it_ends(void **state)
{
    bocata_arena arena;
    bocata_str text;
    (void)state;

    bocata_arena_init(&arena, NULL, 1 << 14);
    assert_int_equal(bocata_percent_decode_path(&arena, (bocata_str){"a%41", 3}, &text),
                     BOCATA_E_MALFORMED);
    assert_int_equal(bocata_percent_decode_form(&arena, (bocata_str){"a%41", 3}, &text), BOCATA_OK);
    assert_true(bocata_str_is(text, "a%4"));
    assert_int_equal(bocata_percent_decode_path(&arena, (bocata_str){"a/b", 1}, &text), BOCATA_OK);
    assert_int_equal(text.ptr[1], '\0');
    assert_int_equal(bocata_percent_decode_path(&arena, (bocata_str){"a\0b", 3}, &text),
                     BOCATA_E_MALFORMED);
    bocata_arena_done(&arena);
}

static void forms(void **state)
{
    static const struct {
        const char *intent, *input, *outcome;
    } table[] = {
        {"nothing to decode", "abc", "abc"},
        {"empty", "", ""},
        {"a plus is a space", "a+b", "a b"},
        {"an encoded plus is a plus", "a%2Bb", "a+b"},
        {"decoded once only", "%252B", "%2B"},
        {"a percent sign alone", "100%", "100%"},
        {"one digit", "%4", "%4"},
        {"no digits", "%zz%41", "%zzA"},
        {"a percent sign before an escape", "%%41", "%A"},
        {"a euro", "%E2%82%ac", "\xe2\x82\xac"},
        {"ill-formed", "a%ffz", "a\xef\xbf\xbdz"},
        {"each ill-formed byte by itself", "%ff%fe", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"what was cut counts once", "%e2%82x", "\xef\xbf\xbdx"},
        {"ill-formed as it came", "\xc3", "\xef\xbf\xbd"},
        {"well-formed beside ill-formed", "\xc3\xa9%80", "\xc3\xa9\xef\xbf\xbd"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_arena arena;
        bocata_str text = {0};
        bocata_arena_init(&arena, NULL, 1 << 14);
        if (bocata_percent_decode_form(&arena, bocata_str_of(table[i].input), &text) != BOCATA_OK ||
            !bocata_str_is(text, table[i].outcome))
            fail_msg("%s: %s", table[i].intent, text.ptr);
        assert_int_equal(text.ptr[text.len], '\0');
        bocata_arena_done(&arena);
    }
}

static void a_form_may_hold_a_nul(void **state)
{
    bocata_arena arena;
    bocata_str text;
    (void)state;

    bocata_arena_init(&arena, NULL, 1 << 14);
    assert_int_equal(bocata_percent_decode_form(&arena, STR("a%00b"), &text), BOCATA_OK);
    assert_true(str_equal(text, STR("a\0b")));
    bocata_arena_done(&arena);
}

static void memory_is_bounded(void **state)
{
    static char ill_formed[8000]; /* its replacement would take 24,000 bytes */
    bocata_arena arena;
    bocata_str text = STR("untouched");
    (void)state;

    bocata_arena_init(&arena, NULL, 100);
    assert_int_equal(bocata_percent_decode_path(&arena, STR("a"), &text), BOCATA_E_NOMEM);
    assert_int_equal(bocata_percent_decode_form(&arena, STR("a"), &text), BOCATA_E_NOMEM);
    bocata_arena_done(&arena);

    memset(ill_formed, 0xff, sizeof ill_formed);
    bocata_arena_init(&arena, NULL, BOCATA_ARENA_BLOCK_LEN * 2);
    bocata_str input = {ill_formed, sizeof ill_formed};
    assert_int_equal(bocata_percent_decode_form(&arena, input, &text), BOCATA_E_NOMEM);
    bocata_arena_done(&arena);
    assert_true(bocata_str_is(text, "untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(the_borrowed_input_ends_where_it_ends),
        cmocka_unit_test(forms),
        cmocka_unit_test(a_form_may_hold_a_nul),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
