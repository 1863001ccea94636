#include "suite.h"

#include <string.h>

#include "base/str.h"
#include "crypto/base64.h"

/* RFC 4648 10, and what only one alphabet has. */
static struct coded {
    const char *intent, *bytes, *standard, *url;
} coded[] = {
    {"nothing", "", "", ""},
    {"one byte", "f", "Zg==", "Zg"},
    {"two bytes", "fo", "Zm8=", "Zm8"},
    {"three bytes", "foo", "Zm9v", "Zm9v"},
    {"four bytes", "foob", "Zm9vYg==", "Zm9vYg"},
    {"five bytes", "fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"six bytes", "foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"the last two characters of the alphabets", "\xfb\xff\xfe", "+//+", "-__-"},
};

static void check_coded(bocata_base64 variant, const char *bytes, const char *text)
{
    char written[32];
    unsigned char read[16];
    size_t len;

    assert_int_equal(base64_text_len(variant, strlen(bytes)), strlen(text));
    assert_int_equal(bocata_base64_encode(variant, bytes, strlen(bytes), written), strlen(text));
    assert_memory_equal(written, text, strlen(text));
    assert_int_equal(bocata_base64_decode(variant, bocata_str_of(text), read, sizeof read, &len),
                     BOCATA_OK);
    assert_int_equal(len, strlen(bytes));
    assert_memory_equal(read, bytes, len);
}

static void test_coded(void **state)
{
    struct coded *row = *state;
    check_coded(BOCATA_BASE64_STANDARD, row->bytes, row->standard);
    check_coded(BOCATA_BASE64_URL, row->bytes, row->url);
}

static struct refused {
    const char *intent;
    bocata_base64 variant;
    const char *text;
} refused[] = {
    {"standard: padding is missing", BOCATA_BASE64_STANDARD, "Zg"},
    {"standard: half of the padding is missing", BOCATA_BASE64_STANDARD, "Zg="},
    {"standard: padding too much", BOCATA_BASE64_STANDARD, "Zm9v===="},
    {"standard: three of padding", BOCATA_BASE64_STANDARD, "Z==="},
    {"standard: nothing but padding", BOCATA_BASE64_STANDARD, "===="},
    {"standard: padding in the middle", BOCATA_BASE64_STANDARD, "Zg==Zg=="},
    {"standard: spare bits after one byte", BOCATA_BASE64_STANDARD, "Zh=="},
    {"standard: spare bits after two bytes", BOCATA_BASE64_STANDARD, "Zm9="},
    {"standard: a character of the other alphabet", BOCATA_BASE64_STANDARD, "-__-"},
    {"standard: a space", BOCATA_BASE64_STANDARD, "Zm 9"},
    {"standard: a line end", BOCATA_BASE64_STANDARD, "Zm9v\n"},
    {"standard: a high byte", BOCATA_BASE64_STANDARD, "Zm9\xff"},
    {"url: padding", BOCATA_BASE64_URL, "Zg=="},
    {"url: one character", BOCATA_BASE64_URL, "Z"},
    {"url: five characters", BOCATA_BASE64_URL, "Zm9vZ"},
    {"url: spare bits after one byte", BOCATA_BASE64_URL, "Zh"},
    {"url: spare bits after two bytes", BOCATA_BASE64_URL, "Zm9"},
    {"url: a character of the other alphabet", BOCATA_BASE64_URL, "+//+"},
    {"url: a foreign character at the end", BOCATA_BASE64_URL, "Zm9vZ."},
};

static void test_refused(void **state)
{
    struct refused *row = *state;
    unsigned char read[16];
    size_t len = 99;
    bocata_str text = bocata_str_of(row->text);

    assert_int_equal(bocata_base64_decode(row->variant, text, read, sizeof read, &len),
                     BOCATA_E_MALFORMED);
    assert_int_equal(len, 99);
}

/* Canonical: of all texts of four characters exactly one stands for each run of bytes, and it is
 * the one that the encoder writes. Here over all single characters in each place of a text. */
static void each_character_in_each_place(void **state)
{
    const bocata_base64 variants[] = {BOCATA_BASE64_STANDARD, BOCATA_BASE64_URL};
    (void)state;
    for (size_t v = 0; v < 2; v++) {
        size_t accepted = 0;
        for (size_t place = 0; place < 6; place++) {
            for (int c = 0; c < 256; c++) {
                char text[8] = {'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A'}, again[8];
                unsigned char bytes[6];
                size_t len;
                text[place] = (char)c;
                if (bocata_base64_decode(variants[v], (bocata_str){text, 8}, bytes, sizeof bytes,
                                         &len) != BOCATA_OK)
                    continue;
                accepted++;
                assert_int_equal(bocata_base64_encode(variants[v], bytes, len, again), 8);
                assert_memory_equal(again, text, 8);
            }
        }
        assert_int_equal(accepted, 6 * 64);
    }
}

static void all_lengths_go_round(void **state)
{
    unsigned char bytes[300], read[300];
    char text[404];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + 3);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        size_t read_len, text_len = bocata_base64_encode(BOCATA_BASE64_URL, bytes, len, text);
        assert_int_equal(text_len, base64_text_len(BOCATA_BASE64_URL, len));
        assert_int_equal(bocata_base64_decode(BOCATA_BASE64_URL, (bocata_str){text, text_len}, read,
                                              len, &read_len),
                         BOCATA_OK);
        assert_int_equal(read_len, len);
        assert_memory_equal(read, bytes, len);
    }
}

static void one_byte_more_than_there_is_room_for(void **state)
{
    unsigned char bytes[4] = {0, 0, 0, 0x5a};
    size_t len;
    (void)state;
    assert_int_equal(bocata_base64_decode(BOCATA_BASE64_STANDARD, STR("Zm9vYg=="), bytes, 3, &len),
                     BOCATA_E_LIMIT);
    assert_int_equal(bytes[3], 0x5a);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, coded, test_coded);
    SUITE_ROWS(&group, refused, test_refused);
    SUITE_TEST(&group, each_character_in_each_place);
    SUITE_TEST(&group, all_lengths_go_round);
    SUITE_TEST(&group, one_byte_more_than_there_is_room_for);
    return suite_run(&group, "base64");
}
