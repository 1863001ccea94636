#include "suite.h"

#include <stdio.h>

#include "base/str.h"
#include "crypto/hkdf.h"

/* `from`, `from` + step, … */
typedef struct sequence {
    size_t len;
    unsigned char from, step;
} sequence;

static bocata_str fill(char *bytes, sequence run)
{
    for (size_t i = 0; i < run.len; i++)
        bytes[i] = (char)(run.from + i * run.step);
    return (bocata_str){run.len ? bytes : NULL, run.len};
}

/* RFC 5869 appendix A. */
static struct row {
    const char *intent;
    sequence secret, salt, info;
    const char *hex;
} rows[] = {
    {"A.1, a basic case",
     {22, 0x0b, 0},
     {13, 0x00, 1},
     {10, 0xf0, 1},
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"A.2, longer inputs and outputs",
     {80, 0x00, 1},
     {80, 0x60, 1},
     {80, 0xb0, 1},
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
     "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"A.3, no salt and no info",
     {22, 0x0b, 0},
     {0, 0, 0},
     {0, 0, 0},
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    char secret[80], salt[80], info[80], text[2 * 82 + 1];
    unsigned char out[82];
    size_t len = strlen(row->hex) / 2;

    assert_int_equal(bocata_hkdf(fill(secret, row->secret), fill(salt, row->salt),
                                 fill(info, row->info), out, len),
                     BOCATA_OK);
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", out[i]);
    assert_string_equal(text, row->hex);
}

static void more_than_it_can_give(void **state)
{
    static unsigned char out[255 * 32 + 1];
    (void)state;
    assert_int_equal(bocata_hkdf(STR("s"), STR(""), STR(""), out, sizeof out - 1), BOCATA_OK);
    assert_int_equal(bocata_hkdf(STR("s"), STR(""), STR(""), out, sizeof out), BOCATA_E_CRYPTO);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, more_than_it_can_give);
    return suite_run(&group, "hkdf");
}
