/* Whatever a stranger sends is an empty session with its reason: never a crash, never another
 * session. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/signer.h"
#include "fixture.h"

#define JSON "{\"last_id\": 2}"

static void check_reason(fixture *f, const char *header, size_t len, bocata_reason reason)
{
    char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a byte too far */
    assert_non_null(exact);
    memcpy(exact, header, len);
    bocata_session *session = bocata_session_load(f->codec, &(bocata_str){exact, len}, 1, NOW);
    assert_non_null(session);
    free(exact); /* nothing is borrowed past the load */
    assert_string_equal(bocata_reason_name(bocata_session_reason(session)),
                        bocata_reason_name(reason));
    assert_int_equal(bocata_session_size(session), 0);
    bocata_session_free(session);
}

static void check_refused(fixture *f, const char *header, size_t len)
{
    bocata_session *session = bocata_session_load(f->codec, &(bocata_str){header, len}, 1, NOW);
    assert_non_null(session);
    assert_int_not_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    assert_int_equal(bocata_session_size(session), 0);
    bocata_session_free(session);
}

/* ---- what was never signed ----------------------------------------------------------------------
 */

static struct row {
    const char *intent, *header;
    bocata_reason reason;
} rows[] = {
    {"an empty header", "", BOCATA_REASON_ABSENT},
    {"an empty cookie", "session=", BOCATA_REASON_MALFORMED},
    {"one word", "session=invalid", BOCATA_REASON_MALFORMED},
    {"what deletes it", "session=null", BOCATA_REASON_MALFORMED},
    {"dots alone", "session=..", BOCATA_REASON_BAD_SIGNATURE},
    {"no MAC", "session=eyJsYXN0X2lkIjogMn0=.ZVPxAA.", BOCATA_REASON_BAD_SIGNATURE},
    {"a MAC of zeros", "session=eyJsYXN0X2lkIjogMn0=.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
     BOCATA_REASON_BAD_SIGNATURE},
    {"a MAC with spare bits", "session=eyJsYXN0X2lkIjogMn0=.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAB",
     BOCATA_REASON_MALFORMED},
    {"quotes", "session=\"eyJsYXN0X2lkIjogMn0=.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
     BOCATA_REASON_BAD_SIGNATURE},
};

static void test_row(void **state)
{
    struct row *row = *state;
    fixture f;
    fixture_open(&f, (bocata_session_settings){0});
    check_reason(&f, row->header, strlen(row->header), row->reason);
    fixture_close(&f);
}

/* ---- a good cookie, changed ----------------------------------------------------------------- */

static void each_bit_flipped(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", JSON, NOW);
    size_t len = strlen(cookie);
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    for (size_t i = strlen("session=") * 8; i < len * 8; i++) {
        cookie[i / 8] = (char)(cookie[i / 8] ^ 1 << i % 8);
        check_refused(&f, cookie, len);
        cookie[i / 8] = (char)(cookie[i / 8] ^ 1 << i % 8);
    }
    bocata_session *session = fixture_load(&f, cookie, NOW); /* it was good, and is again */
    assert_int_equal(bocata_session_get_int(session, "last_id", 0), 2);
    bocata_session_free(session);
    fixture_close(&f);
    free(cookie);
}

static void each_byte_replaced_by_each_other(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", "{}", NOW);
    size_t len = strlen(cookie);
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    for (size_t i = strlen("session="); i < len; i++) {
        char good = cookie[i];
        for (int c = 0; c < 256; c++) {
            cookie[i] = (char)c;
            if (cookie[i] != good)
                check_refused(&f, cookie, len);
        }
        cookie[i] = good;
    }
    fixture_close(&f);
    free(cookie);
}

static void cut_at_each_length(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", JSON, NOW);
    size_t len = strlen(cookie);
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    for (size_t cut = 0; cut < len; cut++)
        check_refused(&f, cookie, cut);
    for (size_t skip = 1; skip < len - strlen("session="); skip++) { /* and from the front */
        char text[256];
        int text_len =
            snprintf(text, sizeof text, "session=%s", cookie + strlen("session=") + skip);
        check_refused(&f, text, (size_t)text_len);
    }
    fixture_close(&f);
    free(cookie);
}

static void repeated(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", JSON, NOW);
    const char *value = cookie + strlen("session=");
    const char *joints[] = {"", ".", "=", " ", ","};
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    for (size_t i = 0; i < sizeof joints / sizeof joints[0]; i++) {
        char text[256];
        int len = snprintf(text, sizeof text, "session=%s%s%s", value, joints[i], value);
        check_refused(&f, text, (size_t)len);
    }
    fixture_close(&f);
    free(cookie);
}

static void each_byte_doubled_or_left_out(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", JSON, NOW);
    size_t len = strlen(cookie);
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    for (size_t i = strlen("session="); i < len; i++) {
        char text[256];
        snprintf(text, sizeof text, "%.*s%s", (int)i + 1, cookie, cookie + i);
        check_refused(&f, text, len + 1);
        snprintf(text, sizeof text, "%.*s%s", (int)i, cookie, cookie + i + 1);
        check_refused(&f, text, len - 1);
    }
    fixture_close(&f);
    free(cookie);
}

/* ---- signed, but not by this key, for this use, at this time -------------------------------- */

static void check_cookie(char *cookie, bocata_reason reason, const char *detail)
{
    fixture f;
    fixture_open(&f, (bocata_session_settings){0});
    check_reason(&f, cookie, strlen(cookie), reason);
    if (detail)
        assert_string_equal(f.detail, detail);
    fixture_close(&f);
    free(cookie);
}

static void another_key(void **state)
{
    (void)state;
    check_cookie(fixture_cookie("1235", JSON, NOW), BOCATA_REASON_BAD_SIGNATURE, NULL);
    check_cookie(fixture_cookie("12345", JSON, NOW), BOCATA_REASON_BAD_SIGNATURE, NULL);
}

static void another_salt_digest_or_derivation(void **state)
{
    bocata_str key = {"1234", 4};
    bocata_signer_settings settings[] = {
        {.salt = {"cookie-session", 14}},       {.salt = {"", 0}},
        {.digest = BOCATA_DIGEST_SHA256},       {.derivation = BOCATA_DERIVATION_CONCAT},
        {.derivation = BOCATA_DERIVATION_HMAC}, {.derivation = BOCATA_DERIVATION_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char text[256] = "session=eyJsYXN0X2lkIjogMn0=";
        size_t len = strlen(text) - strlen("session=");
        bocata_signer *signer;
        settings[i].keys = &key;
        settings[i].key_count = 1;
        assert_int_equal(bocata_signer_new(&settings[i], &signer), BOCATA_OK);
        bocata_signer_context *context = bocata_signer_context_new(signer);
        assert_int_equal(bocata_signer_sign_timed(context, NOW, text + 8, 200, &len), BOCATA_OK);
        text[8 + len] = '\0';
        check_cookie(strdup(text), BOCATA_REASON_BAD_SIGNATURE, NULL);
        bocata_signer_context_free(context);
        bocata_signer_free(signer);
    }
}

static void expired_and_future(void **state)
{
    (void)state;
    check_cookie(fixture_cookie("1234", JSON, NOW - MAX_AGE - 1), BOCATA_REASON_EXPIRED, NULL);
    check_cookie(fixture_cookie("1234", JSON, 0), BOCATA_REASON_EXPIRED, NULL);
    check_cookie(fixture_cookie("1234", JSON, NOW + 61), BOCATA_REASON_FUTURE, NULL);
    check_cookie(fixture_cookie("1234", JSON, INT64_MAX), BOCATA_REASON_FUTURE, NULL);
}

/* ---- signed, but not what it should be ------------------------------------------------------ */

static struct payload {
    const char *intent, *payload;
} payloads[] = {
    {"no payload", ""}, /* decodes to nothing, which is no JSON: see below */
    {"padding is missing", "eyJsYXN0X2lkIjogMn0"},
    {"padding too much", "eyJsYXN0X2lkIjogMn0=="},
    {"spare bits", "eyJsYXN0X2lkIjogMn1="},
    {"a space", "eyJsYXN0 X2lkIjogMn0="},
    {"a line end", "eyJsYXN0X2lkIjogMn0=\n"},
    {"a foreign character", "eyJsYXN0X2lkIjogMn0=!"},
    {"base64url", "eyJhIjogIj8_Pz8-In0="},
    {"a dot more", "eyJsYXN0X2lkIjogMn0=.x"},
};

static void test_payload(void **state)
{
    struct payload *row = *state;
    bool is_empty = row->payload[0] == '\0';
    check_cookie(fixture_cookie_raw("1234", row->payload, NOW),
                 is_empty ? BOCATA_REASON_UNSUPPORTED_VALUE : BOCATA_REASON_MALFORMED,
                 is_empty ? "not JSON" : NULL);
}

static struct json {
    const char *intent, *json;
    bocata_reason reason;
    const char *detail;
} jsons[] = {
    {"an array", "[1]", BOCATA_REASON_NOT_AN_OBJECT, "the signed JSON is not an object"},
    {"a number", "1", BOCATA_REASON_NOT_AN_OBJECT, NULL},
    {"null", "null", BOCATA_REASON_NOT_AN_OBJECT, NULL},
    {"65 bits", "{\"a\": 18446744073709551616}", BOCATA_REASON_UNSUPPORTED_VALUE,
     "an integer beyond 64 bits"},
    {"64 bits without a sign", "{\"a\": 9223372036854775808}", BOCATA_REASON_UNSUPPORTED_VALUE,
     "an integer beyond 64 bits"},
    {"NaN", "{\"a\": NaN}", BOCATA_REASON_UNSUPPORTED_VALUE, "NaN or Infinity"},
    {"minus Infinity", "{\"a\": -Infinity}", BOCATA_REASON_UNSUPPORTED_VALUE, "NaN or Infinity"},
    {"a lone surrogate", "{\"a\": \"\\ud800\"}", BOCATA_REASON_UNSUPPORTED_VALUE,
     "a lone surrogate"},
    {"a NUL in a key", "{\"\\u0000\": 1}", BOCATA_REASON_UNSUPPORTED_VALUE, "a NUL in a key"},
    {"invalid UTF-8", "{\"a\": \"\xff\"}", BOCATA_REASON_UNSUPPORTED_VALUE, "not UTF-8"},
    {"half of it", "{\"a\": ", BOCATA_REASON_UNSUPPORTED_VALUE, "not JSON"},
};

static void test_json(void **state)
{
    struct json *row = *state;
    check_cookie(fixture_cookie("1234", row->json, NOW), row->reason, row->detail);
}

static void duplicate_keys(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", "{\"a\": 1, \"b\": 2, \"a\": 3}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    assert_int_equal(bocata_session_size(session), 2);
    assert_int_equal(bocata_session_get_int(session, "a", 0), 3);
    bocata_session_free(session);
    fixture_close(&f);
    free(cookie);
}

static void deep_nesting(void **state)
{
    char json[2900];
    (void)state;
    memset(json, '[', sizeof json - 1);
    json[sizeof json - 1] = '\0';
    check_cookie(fixture_cookie("1234", json, NOW), BOCATA_REASON_UNSUPPORTED_VALUE,
                 "nested too deeply");
}

/* 4096 bytes of value are looked at, one more is not. */
static void as_large_as_can_be(void **state)
{
    fixture f;
    char json[3045 + 1]; /* a value of 4095 bytes */
    (void)state;
    memset(json, 'x', sizeof json - 1);
    json[sizeof json - 1] = '\0';
    memcpy(json, "{\"a\": \"", 7);
    memcpy(json + sizeof json - 3, "\"}", 2);
    fixture_open(&f, (bocata_session_settings){0});
    char *good = fixture_cookie("1234", json, NOW);
    bocata_session *session = fixture_load(&f, good, NOW);
    assert_int_equal(bocata_session_size(session), 1);
    bocata_session_free(session);
    free(good);
    for (size_t len = 4096; len <= 4097; len++) {
        char text[8 + 4097] = "session=";
        memset(text + 8, 'A', len);
        check_reason(&f, text, 8 + len,
                     len == 4096 ? BOCATA_REASON_MALFORMED : BOCATA_REASON_TOO_LARGE);
    }
    fixture_close(&f);
}

/* ---- a great many --------------------------------------------------------------------------- */

/* Where more than eight differ none is verified: not even a good one is found, first or last. */
static void a_hundred_cookies_of_our_name(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", JSON, NOW), *header = malloc(100 * 64 + 256);
    (void)state;

    assert_non_null(header);
    fixture_open(&f, (bocata_session_settings){0});
    for (int has_good = 0; has_good < 3; has_good++) { /* none, first, last */
        size_t len = has_good == 1 ? (size_t)snprintf(header, 256, "%s; ", cookie) : 0;
        for (int i = 0; i < 100; i++)
            len += (size_t)snprintf(header + len, 64, "session=a.b.%d; ", i);
        if (has_good == 2)
            len += (size_t)snprintf(header + len, 256, "%s", cookie);
        check_reason(&f, header, len, BOCATA_REASON_AMBIGUOUS);
    }
    free(header);
    free(cookie);
    fixture_close(&f);
}

static void a_hundred_times_the_same_cookie(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", JSON, NOW), *header = malloc(100 * 128);
    size_t len = 0;
    (void)state;

    assert_non_null(header);
    fixture_open(&f, (bocata_session_settings){0});
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(header + len, 128, "%s; ", cookie);
    bocata_session *session = bocata_session_load(f.codec, &(bocata_str){header, len}, 1, NOW);
    assert_int_equal(bocata_session_get_int(session, "last_id", 0), 2);
    bocata_session_free(session);
    free(header);
    free(cookie);
    fixture_close(&f);
}

/* 64 KB: of separators, of one value, of names like ours, of bytes of every kind. */
static void sixty_four_kilobytes(void **state)
{
    fixture f;
    size_t len = 65536;
    char *header = malloc(len);
    (void)state;

    assert_non_null(header);
    fixture_open(&f, (bocata_session_settings){0});
    memset(header, ';', len);
    check_reason(&f, header, len, BOCATA_REASON_ABSENT);
    memset(header, '=', len);
    check_reason(&f, header, len, BOCATA_REASON_ABSENT);
    memcpy(header, "session=", 8);
    check_reason(&f, header, len, BOCATA_REASON_TOO_LARGE);
    for (size_t i = 0; i < len; i++)
        header[i] = "session; "[i % 9];
    check_reason(&f, header, len, BOCATA_REASON_ABSENT);
    for (size_t i = 0; i < len; i++)
        header[i] = "session=; "[i % 10];
    check_reason(&f, header, len, BOCATA_REASON_MALFORMED);
    for (size_t i = 0; i < len; i++)
        header[i] = (char)(i * 31 % 256);
    check_reason(&f, header, len, BOCATA_REASON_ABSENT);
    free(header);
    fixture_close(&f);
}

/* CPU seconds of the quickest of five runs of `count` loads of a header that repeats `piece`. */
static double loads_take(fixture *f, const char *piece, size_t len, int count)
{
    char *header = malloc(len);
    clock_t quickest = 0;

    assert_non_null(header);
    for (size_t i = 0; i < len; i++)
        header[i] = piece[i % strlen(piece)];
    for (int run = 0; run < 5; run++) {
        clock_t start = clock();
        for (int i = 0; i < count; i++) {
            bocata_str cookies = {header, len};
            bocata_session_free(bocata_session_load(f->codec, &cookies, 1, NOW));
        }
        clock_t taken = clock() - start;
        if (run == 0 || taken < quickest)
            quickest = taken;
    }
    free(header);
    return (double)quickest / CLOCKS_PER_SEC;
}

/* The same bytes as one header or as eight: more than a few times as long would be worse than
 * linear. */
static void the_time_grows_no_faster_than_the_header(void **state)
{
    static const char *const pieces[] = {";",     "session=; ", "session=a.b.c; ",
                                         "a=b; ", "=",          "session"};
    fixture f;
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        double large = loads_take(&f, pieces[i], 65536, 20);
        double small = loads_take(&f, pieces[i], 8192, 160);
        if (large > 4 * small + 0.005)
            fail_msg("%s: %g s, in eighths %g s", pieces[i], large, small);
    }
    fixture_close(&f);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, payloads, test_payload);
    SUITE_ROWS(&group, jsons, test_json);
    SUITE_TEST(&group, each_bit_flipped);
    SUITE_TEST(&group, each_byte_replaced_by_each_other);
    SUITE_TEST(&group, cut_at_each_length);
    SUITE_TEST(&group, repeated);
    SUITE_TEST(&group, each_byte_doubled_or_left_out);
    SUITE_TEST(&group, another_key);
    SUITE_TEST(&group, another_salt_digest_or_derivation);
    SUITE_TEST(&group, expired_and_future);
    SUITE_TEST(&group, duplicate_keys);
    SUITE_TEST(&group, deep_nesting);
    SUITE_TEST(&group, as_large_as_can_be);
    SUITE_TEST(&group, a_hundred_cookies_of_our_name);
    SUITE_TEST(&group, a_hundred_times_the_same_cookie);
    SUITE_TEST(&group, sixty_four_kilobytes);
    SUITE_TEST(&group, the_time_grows_no_faster_than_the_header);
    return suite_run(&group, "bad_input");
}
