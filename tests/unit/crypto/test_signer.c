#include "suite.h"

#include <string.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/signer.h"

#define NOW 1700000000

static bocata_signer_context *context_new(const bocata_signer_settings *settings,
                                          bocata_signer **ret_signer)
{
    assert_int_equal(bocata_signer_new(settings, ret_signer), BOCATA_OK);
    bocata_signer_context *context = bocata_signer_context_new(*ret_signer);
    assert_non_null(context);
    return context;
}

/* The texts are those of itsdangerous 2.1.2: TimestampSigner(b"1234", …).sign(b"a.value"). */
static struct row {
    const char *intent;
    bocata_derivation derivation;
    bocata_digest digest;
    const char *salt, *sep, *text;
} rows[] = {
    {"django-concat, SHA1", BOCATA_DERIVATION_DJANGO_CONCAT, BOCATA_DIGEST_SHA1, NULL, NULL,
     "a.value.ZVPxAA.P5JQ4GwiQr4Zxweh523QZD6elSI"},
    {"django-concat, SHA256", BOCATA_DERIVATION_DJANGO_CONCAT, BOCATA_DIGEST_SHA256, NULL, NULL,
     "a.value.ZVPxAA.GxRN4-Lwbq2QLc0kGEwisRHHHsR0iv6NCjSx8hLnDgA"},
    {"django-concat, SHA512", BOCATA_DERIVATION_DJANGO_CONCAT, BOCATA_DIGEST_SHA512, NULL, NULL,
     "a.value.ZVPxAA.pqD05glmLZUP20plOm3_"
     "81EWlFM6iKZbimKlMCiwRwYFW6I3uH3rLupXsTa7R01LHy9dyp48JdEdYJbf7SDSLg"},
    {"concat, SHA1", BOCATA_DERIVATION_CONCAT, BOCATA_DIGEST_SHA1, NULL, NULL,
     "a.value.ZVPxAA.UDXTMHgyWcdtUb9bihVdvR1YApA"},
    {"concat, SHA256", BOCATA_DERIVATION_CONCAT, BOCATA_DIGEST_SHA256, NULL, NULL,
     "a.value.ZVPxAA.6mbh-BBXinyBq8YRIZCLBUn6bqNdnj0UImjcG8zvZ30"},
    {"concat, SHA512", BOCATA_DERIVATION_CONCAT, BOCATA_DIGEST_SHA512, NULL, NULL,
     "a.value.ZVPxAA.eAsZ5yXoiqRiV0KGHQUre_KoT3BYIjTUUpTn8vjTuQYEyLW5cdLIcSADLN0hpD7vYN-4CZktEset-"
     "1EsHqEEfg"},
    {"hmac, SHA1", BOCATA_DERIVATION_HMAC, BOCATA_DIGEST_SHA1, NULL, NULL,
     "a.value.ZVPxAA.fm1U2c03Xymq0bS_anbSCtV-I7k"},
    {"hmac, SHA256", BOCATA_DERIVATION_HMAC, BOCATA_DIGEST_SHA256, NULL, NULL,
     "a.value.ZVPxAA.E-AZfm2_mhSsCniywWc5o3f3uP5UrOkDJXawP_W9E6Q"},
    {"hmac, SHA512", BOCATA_DERIVATION_HMAC, BOCATA_DIGEST_SHA512, NULL, NULL,
     "a.value.ZVPxAA."
     "ZLUcjeO6ZFMdgrE0998OFLPfbrw6gsn8xJeyFSuggkdUc4hUIsZrh7nm6mL0oxigehGXUMBO9Z3QShWSOOvUNw"},
    {"none, SHA1", BOCATA_DERIVATION_NONE, BOCATA_DIGEST_SHA1, NULL, NULL,
     "a.value.ZVPxAA.aczrwg3ecp_UsP5PieHbiEEpJNs"},
    {"none, SHA256", BOCATA_DERIVATION_NONE, BOCATA_DIGEST_SHA256, NULL, NULL,
     "a.value.ZVPxAA.z9BnUr5oBoBJrn9G4lOaDt2Yce0rsZ3XI4no5E1V-ok"},
    {"none, SHA512", BOCATA_DERIVATION_NONE, BOCATA_DIGEST_SHA512, NULL, NULL,
     "a.value.ZVPxAA.SGEH5XXDGTEwiECjM5vlevK1Fd1Pc8WPZEQC_"
     "BhuUBUqypcMnWJcN8HTJYQksIZBBBBiNNqea3YBGn0I1SwLdA"},
    {"another salt", 0, 0, "cookie-session", NULL, "a.value.ZVPxAA.8m0Tc3Taki4Hdsezn_sUI7pETgE"},
    {"an empty salt", 0, 0, "", NULL, "a.value.ZVPxAA.dntIuOO7M_MSWYxwdwkigrExK2E"},
    {"a colon", 0, 0, NULL, ":", "a.value:ZVPxAA:T9QhrjKEfeMNL9I3CLDL21vPkuI"},
    {"a longer separator", 0, 0, NULL, "::", "a.value::ZVPxAA::R92Z5wabXLmzmRQlEWd9peERobU"},
    {"a separator with letters in it", 0, 0, NULL, "a.b",
     "a.valuea.bZVPxAAa.b4W_GFO9Z0-yyy6Jd1YyN5jV_ldc"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    bocata_str key = STR("1234");
    bocata_signer_settings settings = {.keys = &key,
                                       .key_count = 1,
                                       .salt = bocata_str_of(row->salt),
                                       .sep = bocata_str_of(row->sep),
                                       .derivation = row->derivation,
                                       .digest = row->digest};
    bocata_signer *signer;
    bocata_signer_context *context = context_new(&settings, &signer);
    char text[256] = "a.value";
    size_t len = strlen(text);
    bocata_signed got;

    assert_int_equal(bocata_signer_sign_timed(context, NOW, text, sizeof text, &len), BOCATA_OK);
    assert_true(bocata_str_is((bocata_str){text, len}, row->text));
    assert_int_equal(bocata_signer_unsign_timed(context, (bocata_str){text, len}, &got), BOCATA_OK);
    assert_true(bocata_str_is(got.value, "a.value"));
    assert_int_equal(got.time_s, NOW);

    for (size_t i = 0; i < len * 8; i++) { /* each bit matters */
        text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
        assert_int_not_equal(bocata_signer_unsign_timed(context, (bocata_str){text, len}, &got),
                             BOCATA_OK);
        text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
    }
    for (size_t i = 0; i < len; i++) /* so does each byte */
        assert_int_not_equal(bocata_signer_unsign_timed(context, (bocata_str){text, i}, &got),
                             BOCATA_OK);
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
}

/* ---- settings -------------------------------------------------------------------------------- */

static struct setting {
    const char *intent;
    size_t key_count;
    const char *key, *sep;
    int derivation, digest;
    bocata_status status;
} setting_rows[] = {
    {"one key", 1, "k", NULL, 0, 0, BOCATA_OK},
    {"sixteen keys", 16, "k", NULL, 0, 0, BOCATA_OK},
    {"no key", 0, "k", NULL, 0, 0, BOCATA_E_INVALID},
    {"seventeen keys", 17, "k", NULL, 0, 0, BOCATA_E_INVALID},
    {"an empty key", 1, "", NULL, 0, 0, BOCATA_E_INVALID},
    {"an empty separator", 1, "k", "", 0, 0, BOCATA_E_INVALID},
    {"a letter as separator", 1, "k", "a", 0, 0, BOCATA_E_INVALID},
    {"a capital as separator", 1, "k", "Z", 0, 0, BOCATA_E_INVALID},
    {"a digit as separator", 1, "k", "0", 0, 0, BOCATA_E_INVALID},
    {"a minus as separator", 1, "k", "-", 0, 0, BOCATA_E_INVALID},
    {"an underscore as separator", 1, "k", "_", 0, 0, BOCATA_E_INVALID},
    {"an equals sign as separator", 1, "k", "=", 0, 0, BOCATA_E_INVALID},
    {"two letters as separator", 1, "k", "az", 0, 0, BOCATA_E_INVALID},
    {"sixteen bytes of separator", 1, "k", "................", 0, 0, BOCATA_OK},
    {"seventeen bytes of separator", 1, "k", ".................", 0, 0, BOCATA_E_INVALID},
    {"a space as separator", 1, "k", " ", 0, 0, BOCATA_OK},
    {"an unknown derivation", 1, "k", NULL, 4, 0, BOCATA_E_INVALID},
    {"an unknown digest", 1, "k", NULL, 0, 3, BOCATA_E_INVALID},
};

static void test_setting(void **state)
{
    struct setting *row = *state;
    bocata_str keys[BOCATA_KEYS_MAX + 1];
    bocata_signer *signer = NULL;

    for (size_t i = 0; i < row->key_count; i++)
        keys[i] = bocata_str_of(row->key);
    bocata_signer_settings settings = {.keys = keys,
                                       .key_count = row->key_count,
                                       .sep = bocata_str_of(row->sep),
                                       .derivation = (bocata_derivation)row->derivation,
                                       .digest = (bocata_digest)row->digest};
    assert_int_equal(bocata_signer_new(&settings, &signer), row->status);
    assert_int_equal(signer != NULL, row->status == BOCATA_OK);
    bocata_signer_free(signer);
}

static void a_key_of_a_mebibyte_and_one_byte_more(void **state)
{
    static char bytes[(1 << 20) + 1];
    bocata_str key = {bytes, sizeof bytes - 1};
    bocata_signer *signer = NULL;
    bocata_signer_settings settings = {
        .keys = &key, .key_count = 1, .derivation = BOCATA_DERIVATION_NONE};
    (void)state;
    assert_int_equal(bocata_signer_new(&settings, &signer), BOCATA_OK);
    bocata_signer_free(signer);
    key.len++;
    assert_int_equal(bocata_signer_new(&settings, &signer), BOCATA_E_INVALID);
}

/* ---- several keys -------------------------------------------------------------------------------
 */

static void the_newest_key_signs_and_any_verifies(void **state)
{
    bocata_str keys[BOCATA_KEYS_MAX];
    char names[BOCATA_KEYS_MAX][2];
    bocata_signer *all, *one;
    bocata_signed got;
    (void)state;

    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++) {
        names[i][0] = (char)('a' + i);
        keys[i] = (bocata_str){names[i], 1};
    }
    bocata_signer_settings settings = {.keys = keys, .key_count = BOCATA_KEYS_MAX};
    bocata_signer_context *verifier = context_new(&settings, &all);
    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++) {
        char text[64] = "v", again[64] = "v";
        size_t len = 1, again_len = 1;
        bocata_signer_context *context =
            context_new(&(bocata_signer_settings){.keys = &keys[i], .key_count = 1}, &one);
        assert_int_equal(bocata_signer_sign(context, text, sizeof text, &len), BOCATA_OK);
        assert_int_equal(bocata_signer_unsign(verifier, (bocata_str){text, len}, &got), BOCATA_OK);
        assert_int_equal(got.key_index, i);
        assert_int_equal(got.time_s, 0);
        assert_int_equal(bocata_signer_sign(verifier, again, sizeof again, &again_len), BOCATA_OK);
        assert_int_equal(str_equal((bocata_str){again, again_len}, (bocata_str){text, len}),
                         i == 0);
        bocata_signer_context_free(context);
        bocata_signer_free(one);
    }
    bocata_signer_context_free(verifier);
    bocata_signer_free(all);
}

/* ---- times ---------------------------------------------------------------------------------- */

static bocata_signer_context *plain_context(bocata_signer **ret_signer)
{
    bocata_str key = STR("1234");
    return context_new(&(bocata_signer_settings){.keys = &key, .key_count = 1}, ret_signer);
}

static struct time_row {
    const char *intent;
    int64_t time_s;
    const char *text; /* between value and MAC */
} time_rows[] = {
    {"the epoch is no byte", 0, ""},
    {"one byte", 255, "_w"},
    {"two bytes", 256, "AQA"},
    {"four bytes", 4294967295, "_____w"},
    {"five bytes", 4294967296, "AQAAAAA"},
    {"the last second", INT64_MAX, "f_________8"},
};

static void test_time(void **state)
{
    struct time_row *row = *state;
    bocata_signer *signer;
    bocata_signer_context *context = plain_context(&signer);
    char text[64] = "v";
    size_t len = 1;
    bocata_signed got;

    assert_int_equal(bocata_signer_sign_timed(context, row->time_s, text, sizeof text, &len),
                     BOCATA_OK);
    assert_int_equal(len, 1 + 1 + strlen(row->text) + 1 + 27);
    assert_memory_equal(text + 2, row->text, strlen(row->text));
    assert_int_equal(bocata_signer_unsign_timed(context, (bocata_str){text, len}, &got), BOCATA_OK);
    assert_int_equal(got.time_s, row->time_s);
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
}

static struct bad_time {
    const char *intent, *text;
} bad_times[] = {
    {"no time at all", "v"},          {"a zero byte in front", "v.AP8"},
    {"a zero byte alone", "v.AA"},    {"one second past the last", "v.gAAAAAAAAAA"},
    {"nine bytes", "v.AQAAAAAAAAAA"}, {"not base64", "v.WWgv*A"},
    {"padded base64", "v._w=="},      {"spare bits", "v._x"},
};

static void test_bad_time(void **state)
{
    struct bad_time *row = *state;
    bocata_signer *signer;
    bocata_signer_context *context = plain_context(&signer);
    char text[64];
    size_t len = strlen(row->text);
    bocata_signed got = {.time_s = 77};

    memcpy(text, row->text, len);
    assert_int_equal(bocata_signer_sign(context, text, sizeof text, &len), BOCATA_OK);
    assert_int_equal(bocata_signer_unsign_timed(context, (bocata_str){text, len}, &got),
                     BOCATA_E_MALFORMED);
    assert_int_equal(got.time_s, 77);
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
}

/* ---- what is no signed text ----------------------------------------------------------------- */

static struct refused {
    const char *intent, *text;
    bocata_status status;
} refused[] = {
    {"nothing", "", BOCATA_E_MALFORMED},
    {"no separator", "invalid", BOCATA_E_MALFORMED},
    {"no MAC", "v.", BOCATA_E_SIGNATURE},
    {"a short MAC", "v.AAAA", BOCATA_E_SIGNATURE},
    {"a long MAC", "v.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", BOCATA_E_SIGNATURE},
    {"a wrong MAC", "v.AAAAAAAAAAAAAAAAAAAAAAAAAAA", BOCATA_E_SIGNATURE},
    {"a MAC with spare bits", "v.AAAAAAAAAAAAAAAAAAAAAAAAAAB", BOCATA_E_MALFORMED},
    {"a MAC that is not base64", "v.AAAAAAAAAAAAAAAAAAAAAAAAAA!", BOCATA_E_MALFORMED},
};

static void test_refused(void **state)
{
    struct refused *row = *state;
    bocata_signer *signer;
    bocata_signer_context *context = plain_context(&signer);
    bocata_signed got;

    assert_int_equal(bocata_signer_unsign(context, bocata_str_of(row->text), &got), row->status);
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
}

/* "v" and its MAC are 29 bytes; with a time of four bytes 36. */
static void room_to_the_byte(void **state)
{
    bocata_signer *signer;
    bocata_signer_context *context = plain_context(&signer);
    char text[64] = "v";
    size_t len = 1;
    (void)state;

    text[29] = '#';
    assert_int_equal(bocata_signer_sign(context, text, 28, &len), BOCATA_E_TOO_LARGE);
    assert_int_equal(len, 1);
    assert_int_equal(bocata_signer_sign(context, text, 29, &len), BOCATA_OK);
    assert_int_equal(len, 29);
    assert_int_equal(text[29], '#');
    for (size_t cap = 0; cap < 36; cap++) {
        len = 1;
        assert_int_equal(bocata_signer_sign_timed(context, NOW, text, cap, &len),
                         BOCATA_E_TOO_LARGE);
        assert_int_equal(len, 1);
    }
    assert_int_equal(bocata_signer_sign_timed(context, NOW, text, 36, &len), BOCATA_OK);
    assert_int_equal(len, 36);
    len = 1;
    assert_int_equal(bocata_signer_sign_timed(context, -1, text, sizeof text, &len),
                     BOCATA_E_INVALID);
    bocata_signer_context_free(context);
    bocata_signer_free(signer);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, setting_rows, test_setting);
    SUITE_ROWS(&group, time_rows, test_time);
    SUITE_ROWS(&group, bad_times, test_bad_time);
    SUITE_ROWS(&group, refused, test_refused);
    SUITE_TEST(&group, a_key_of_a_mebibyte_and_one_byte_more);
    SUITE_TEST(&group, the_newest_key_signs_and_any_verifies);
    SUITE_TEST(&group, room_to_the_byte);
    return suite_run(&group, "signer");
}
