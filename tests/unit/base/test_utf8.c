/* UTF-8 in pieces: where each text fails, however it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/str.h"
#include "base/utf8.h"
#include "bytes.h"
#include "suite.h"

enum { NOWHERE = 1000 };

typedef struct text_row {
    const char *intent;
    bocata_str text;
    size_t fails_at;  /* offset of the first byte that no text can go on with, or NOWHERE */
    bool is_complete; /* where it does not fail */
} text_row;

static text_row rows[] = {
    {"empty", BYTES(""), NOWHERE, true},
    {"ASCII with a NUL", BYTES("a\0\x7f"), NOWHERE, true},
    {"two bytes, lowest and highest", BYTES("\xc2\x80\xdf\xbf"), NOWHERE, true},
    {"three bytes, lowest and highest", BYTES("\xe0\xa0\x80\xef\xbf\xbf"), NOWHERE, true},
    {"four bytes, lowest and highest", BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), NOWHERE, true},
    {"around the surrogates", BYTES("\xed\x9f\xbf\xee\x80\x80"), NOWHERE, true},
    {"words of ASCII, then others",
     BYTES("0123456789abcdef\xe2\x82\xac"
           "0123456789"),
     NOWHERE, true},
    {"one of two", BYTES("a\xc3"), NOWHERE, false},
    {"one of three", BYTES("\xe2"), NOWHERE, false},
    {"two of three", BYTES("\xe2\x82"), NOWHERE, false},
    {"one of four", BYTES("\xf0"), NOWHERE, false},
    {"two of four", BYTES("\xf0\x9f"), NOWHERE, false},
    {"three of four", BYTES("\xf0\x9f\x8d"), NOWHERE, false},
    {"continuation without a start",
     BYTES("ab\x80"
           "cd"),
     2, false},
    {"highest continuation", BYTES("\xbf"), 0, false},
    {"one continuation too many", BYTES("\xc3\xa9\x80"), 2, false},
    {"two bytes, overlong", BYTES("\xc0\x80"), 0, false},
    {"two bytes, overlong, highest", BYTES("\xc1\xbf"), 0, false},
    {"three bytes, overlong", BYTES("\xe0\x80\x80"), 1, false},
    {"three bytes, overlong, highest", BYTES("\xe0\x9f\xbf"), 1, false},
    {"four bytes, overlong", BYTES("\xf0\x80\x80\x80"), 1, false},
    {"four bytes, overlong, highest", BYTES("\xf0\x8f\xbf\xbf"), 1, false},
    {"lowest surrogate", BYTES("\xed\xa0\x80"), 1, false},
    {"highest surrogate", BYTES("\xed\xbf\xbf"), 1, false},
    {"a pair of surrogates", BYTES("\xed\xa0\xbc\xed\xbd\x95"), 1, false},
    {"U+110000", BYTES("\xf4\x90\x80\x80"), 1, false},
    {"beyond U+13FFFF", BYTES("\xf5\x80\x80\x80"), 0, false},
    {"five bytes", BYTES("\xf8\x88\x80\x80\x80"), 0, false},
    {"six bytes", BYTES("\xfc\x84\x80\x80\x80\x80"), 0, false},
    {"0xfe", BYTES("\xfe"), 0, false},
    {"0xff", BYTES("\xff"), 0, false},
    {"ASCII within two",
     BYTES("\xc3"
           "a"),
     1, false},
    {"ASCII after two of three",
     BYTES("\xe2\x82"
           "a"),
     2, false},
    {"a start within three", BYTES("\xe2\xe2\x82\xac"), 1, false},
    {"a start after three of four", BYTES("\xf0\x9f\x8d\xc3"), 3, false},
    {"0xc0 as a continuation", BYTES("\xe2\x82\xc0"), 2, false},
    {"0x7f as a continuation", BYTES("\xe2\x7f\x80"), 1, false},
    {"bounds of the second byte end with it", BYTES("\xe0\xa0\x80\xed\x9f\x80\xf4\x8f\xbf\xbf"),
     NOWHERE, true},
    {"Autobahn 6.4.1: valid, then beyond",
     BYTES("\xce\xba\xe1\xbd\xb9\xcf\x83\xf4\x90\x80\x80"
           "edited"),
     8, false},
};

/* One byte after the other, so that the failing one is known. */
static void test_where(void **state)
{
    const text_row *row = *state;
    bocata_utf8 utf8 = {0};
    size_t at = 0;

    while (at < row->text.len && bocata_utf8_check(&utf8, (bocata_str){row->text.ptr + at, 1}))
        at++;
    assert_int_equal(at, row->fails_at == NOWHERE ? row->text.len : row->fails_at);
    if (row->fails_at == NOWHERE)
        assert_int_equal(utf8_is_complete(&utf8), row->is_complete);
}

/* In three pieces, cut everywhere. */
static void test_cut(void **state)
{
    const text_row *row = *state;
    bocata_str text = row->text;

    for (size_t from = 0; from <= text.len; from++)
        for (size_t to = from; to <= text.len; to++) {
            bocata_utf8 utf8 = {0};
            bool is_good = bocata_utf8_check(&utf8, (bocata_str){text.ptr, from}) &&
                           bocata_utf8_check(&utf8, (bocata_str){text.ptr + from, to - from}) &&
                           bocata_utf8_check(&utf8, str_skip(text, to));
            assert_int_equal(is_good, row->fails_at == NOWHERE);
            if (is_good)
                assert_int_equal(utf8_is_complete(&utf8), row->is_complete);
        }
}

/* Agrees with jansson, which takes no other strings, at the bounds of every byte. */
static void test_bounds_of_all_bytes(void **state)
{
    static const unsigned char bounds[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                           0xa0, 0xbf, 0xc0, 0xc2, 0xff};
    enum { COUNT = sizeof bounds };
    size_t good = 0;
    (void)state;

    for (size_t first = 0; first < 256; first++)
        for (size_t i = 0; i < COUNT * COUNT * COUNT; i++) {
            const char text[] = {(char)first, (char)bounds[i % COUNT],
                                 (char)bounds[i / COUNT % COUNT], (char)bounds[i / COUNT / COUNT]};
            for (size_t len = 1; len <= sizeof text; len++) {
                bocata_utf8 utf8 = {0};
                bocata_str str = {text, len};
                bool is_good = bocata_utf8_check(&utf8, str) && utf8_is_complete(&utf8);
                json_t *string = json_stringn(text, len);
                if (is_good != (string != NULL) || is_good != bocata_str_is_utf8(str))
                    fail_msg("%02x%02x%02x%02x, %zu bytes", (unsigned)first, (unsigned char)text[1],
                             (unsigned char)text[2], (unsigned char)text[3], len);
                json_decref(string);
                good += is_good;
            }
        }
    assert_true(good > 1000);
}

/* A bad byte is found at every place in words of ASCII, and nothing behind the end is looked at. */
static void test_places_in_ascii(void **state)
{
    enum { LEN_MAX = 40 };
    (void)state;

    for (size_t len = 1; len <= LEN_MAX; len++)
        for (size_t at = 0; at < len; at++) {
            char *text = malloc(len);
            assert_non_null(text);
            memset(text, 'a', len);
            bocata_utf8 utf8 = {0};
            assert_true(bocata_utf8_check(&utf8, (bocata_str){text, len}));
            text[at] = (char)0x80;
            assert_false(bocata_utf8_check(&utf8, (bocata_str){text, len}));
            free(text);
        }
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, rows, test_where);
    SUITE_ROWS(&group, rows, test_cut);
    SUITE_TEST(&group, test_bounds_of_all_bytes);
    SUITE_TEST(&group, test_places_in_ascii);
    return suite_run(&group, "utf8");
}
