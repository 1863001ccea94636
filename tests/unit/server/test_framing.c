/* What the headers say together. tests/server/test_framing.py has the whole over a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "server/framing.h"

enum { BODY_LEN_MAX = 100 };

static bool check(const char *name, const char *value, const char *target, bool is_http_1_0,
                  bocata_framing *framing, bocata_refusal *refusal)
{
    bocata_field headers[3] = {{STR("Host"), STR("a")},
                               {bocata_str_of(name), bocata_str_of(value)}};
    bool is_host = str_equal_nocase(headers[1].name, STR("host"));
    bocata_request request = {.method = STR("GET"),
                              .target = bocata_str_of(target),
                              .headers = is_host ? headers + 1 : headers,
                              .header_count = is_host ? 1 : 2};
    return bocata_framing_check(&request, is_http_1_0, BODY_LEN_MAX, framing, refusal);
}

static void test_hosts(void **state)
{
    const struct {
        const char *value;
        bool is_good;
    } rows[] = {
        {"a", true},         {"a.example:8000", true},
        {"127.0.0.1", true}, {"[::1]", true},
        {"[::1]:80", true},  {"[::ffff:1.2.3.4]:65535", true},
        {"a_b-c~", true},    {"%41", true},
        {"a:", true},        {"", false},
        {":80", false},      {"[]", false},
        {"[::1", false},     {"::1", false},
        {"[::1]x", false},   {"a:x", false},
        {"a:123456", false}, {"a:1:2", false},
        {"a/b", false},      {"u@a", false},
        {"a b", false},      {"a?b", false},
        {"a\\b", false},     {"\xc3\xa9", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_framing framing;
        bocata_refusal refusal = {0};
        if (check("Host", rows[i].value, "/", false, &framing, &refusal) != rows[i].is_good)
            fail_msg("Host: %s", rows[i].value);
        assert_int_equal(refusal.status, rows[i].is_good ? 0 : 400);
    }
}

static void test_bodies(void **state)
{
    const struct {
        const char *name, *value;
        bool is_http_1_0, is_good;
        bocata_framing framing;
    } rows[] = {
        {"Content-Length", "100", false, true, {0}},
        {"content-length", "101", false, true, {.has_too_large_length = true}},
        {"Content-Length", "18446744073709551615", false, true, {.has_too_large_length = true}},
        {"Content-Length", "18446744073709551616", false, false, {0}},
        {"Content-Length", "1x", false, false, {0}},
        {"Transfer-Encoding", "chunked", false, true, {.is_chunked = true}},
        {"TRANSFER-ENCODING", "Chunked", false, true, {.is_chunked = true}},
        {"Transfer-Encoding", "chunked", true, false, {0}},
        {"Transfer-Encoding", "chunked,", false, false, {0}},
        {"Transfer-Encoding", "gzip", false, false, {0}},
        {"Expect", "100-Continue", false, true, {.expects_continue = true}},
        {"Expect", "100-continue", true, true, {0}},
        {"Expect", "200-ok", false, true, {.expects_unknown = true}},
        {"Expect", "200-ok", true, true, {0}},
        {"Expected", "x", false, true, {0}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_framing framing = {0};
        bocata_refusal refusal = {0};
        bool is_good =
            check(rows[i].name, rows[i].value, "/", rows[i].is_http_1_0, &framing, &refusal);
        if (is_good != rows[i].is_good || memcmp(&framing, &rows[i].framing, sizeof framing) != 0)
            fail_msg("%s: %s", rows[i].name, rows[i].value);
    }
}

static void test_targets(void **state)
{
    const struct {
        const char *target;
        bool is_good;
    } rows[] = {
        {"/", true},
        {"//a", true},
        {"http://a", true},
        {"http://a/b", true},
        {"HTTPS://a:1/", true},
        {"a", false},
        {"a:80", false},
        {"http:/a", false},
        {"http:", false},
        {"http://", false},
        {"http:///b", false},
        {"http://?b", false},
        {"http://u@a/", false},
        {"ftp://a/", false},
        {"?a", false},
        {":", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_framing framing;
        bocata_refusal refusal = {0};
        if (check("X", "y", rows[i].target, false, &framing, &refusal) != rows[i].is_good)
            fail_msg("%s", rows[i].target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
