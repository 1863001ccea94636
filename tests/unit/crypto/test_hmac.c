#include "suite.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "crypto/hmac.h"

/* RFC 2202 3 and RFC 4231 4.3: test case 2. */
static struct row {
    const char *intent;
    bocata_digest digest;
    const char *hex;
} rows[] = {
    {"HMAC-SHA-1", BOCATA_DIGEST_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {"HMAC-SHA-256", BOCATA_DIGEST_SHA256,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"HMAC-SHA-512", BOCATA_DIGEST_SHA512,
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
};

static void check(bocata_hmac *hmac, bocata_digest digest, bocata_str message, const char *hex)
{
    unsigned char mac[BOCATA_DIGEST_LEN_MAX];
    char text[2 * BOCATA_DIGEST_LEN_MAX + 1];

    assert_int_equal(bocata_hmac_sum(hmac, message, mac), BOCATA_OK);
    for (size_t i = 0; i < bocata_digest_len(digest); i++)
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
    assert_string_equal(text, hex);
}

/* The second use is what would show a context that kept anything of the first. */
static void test_row(void **state)
{
    struct row *row = *state;
    unsigned char other[BOCATA_DIGEST_LEN_MAX];
    bocata_hmac hmac;

    assert_int_equal(bocata_hmac_init(&hmac, row->digest, STR("Jefe")), BOCATA_OK);
    check(&hmac, row->digest, STR("what do ya want for nothing?"), row->hex);
    assert_int_equal(bocata_hmac_sum(&hmac, STR("another message"), other), BOCATA_OK);
    check(&hmac, row->digest, STR("what do ya want for nothing?"), row->hex);
    bocata_hmac_done(&hmac);
    assert_null(hmac.context);
    bocata_hmac_done(&hmac);
}

/* Python: hmac.new(b"", b"x", "sha1").hexdigest() */
static void an_empty_key_is_a_key(void **state)
{
    bocata_hmac hmac;
    (void)state;
    assert_int_equal(bocata_hmac_init(&hmac, BOCATA_DIGEST_SHA1, (bocata_str){0}), BOCATA_OK);
    check(&hmac, BOCATA_DIGEST_SHA1, STR("x"), "6244e66451a1c8695db9731ce2c4fd5de25ccf87");
    bocata_hmac_done(&hmac);
}

static void a_number_that_is_no_digest(void **state)
{
    bocata_hmac hmac;
    (void)state;
    assert_int_equal(bocata_hmac_init(&hmac, (bocata_digest)3, STR("k")), BOCATA_E_CRYPTO);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, an_empty_key_is_a_key);
    SUITE_TEST(&group, a_number_that_is_no_digest);
    return suite_run(&group, "hmac");
}
