/* The look at a head, line by line. tests/server/test_framing.py has the long table, over a socket;
 * here are the limits, what the scan remembers, and what only a unit sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "server/head.h"

static const bocata_head_limits limits = {
    .request_line_len_max = 20, .headers_len_max = 30, .header_count_max = 3};

static const struct {
    const char *intent, *bytes;
    bool is_trailers;
    int status; /* 0: complete; 1: more is needed */
    size_t used;
} rows[] = {
    {"no byte yet", "", false, 1, 0},
    {"the least", "GET / HTTP/1.1\r\n\r\n", false, 0, 18},
    {"what follows is left", "GET / HTTP/1.1\r\n\r\nGET ", false, 0, 18},
    {"an empty line before", "\r\nGET / HTTP/1.1\r\n\r\n", false, 0, 20},
    {"two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", false, 400, 2},
    {"a line of just the length", "GET /234567 HTTP/1.1\r\n\r\n", false, 0, 24},
    {"a line one byte too long", "GET /2345678 HTTP/1.1\r\n\r\n", false, 414, 20},
    {"a line too long that is not complete", "GET /23456789012345678", false, 414, 20},
    {"a control character past the limit is a control character", "GET /234567 HTTP/1.1\1", false,
     400, 20},
    {"headers of just the length", "GET / HTTP/1.1\r\nA: 3456789012\r\nB: 3456789012\r\n\r\n",
     false, 0, 48},
    {"headers one byte too long", "GET / HTTP/1.1\r\nA: 3456789012\r\nB: 34567890123\r\n\r\n",
     false, 431, 44},
    {"one header too long", "GET / HTTP/1.1\r\nA: 34567890123456789012345678", false, 431, 44},
    {"a byte past headers that fill the limit",
     "GET / HTTP/1.1\r\nA: 3456789012\r\nB: 3456789012\r\nC", false, 431, 46},
    {"as many headers as may be", "GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\n\r\n", false, 0, 30},
    {"one header too many", "GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\n\r\n", false, 431, 30},
    {"CR at the end waits for its LF", "GET / HTTP/1.1\r", false, 1, 14},
    {"CR and another byte", "GET / HTTP/1.1\rX", false, 400, 14},
    {"LF alone", "GET / HTTP/1.1\n", false, 400, 14},
    {"a version that is unknown", "GET / HTTP/3.0\r\n", false, 505, 14},
    {"a version that is none", "GET / HTTX/1.1\r\n", false, 400, 14},
    {"a method that is unknown", "BREW / HTTP/1.1\r\n", false, 501, 15},
    {"part of a method's name", "GE / HTTP/1.1\r\n", false, 501, 13},
    {"more than a method's name", "GETS / HTTP/1.1\r\n", false, 501, 15},
    {"a method with a dash", "M-SEARCH / HTTP/1.1\r\n\r\n", false, 0, 23},
    {"no trailers", "\r\n", true, 0, 2},
    {"a trailer", "A: b\r\n\r\nGET", true, 0, 8},
    {"a trailer with a fold", "A: b\r\n c\r\n\r\n", true, 400, 8},
    {"trailers too long", "A: 3456789012345678901234567890", true, 431, 28},
};

static void check(const char *intent, const bocata_head *head, bocata_head_outcome outcome,
                  int status, size_t used)
{
    int got = outcome == BOCATA_HEAD_REFUSED ? head->refusal.status : outcome == BOCATA_HEAD_MORE;
    if (got != status || head->scanned != used)
        fail_msg("%s: %d at %zu, not %d at %zu", intent, got, head->scanned, status, used);
    if (outcome == BOCATA_HEAD_REFUSED)
        assert_non_null(head->refusal.detail);
}

static void init(bocata_head *head, bool is_trailers)
{
    if (is_trailers)
        bocata_head_init_trailers(head);
    else
        bocata_head_init(head);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_head head;
        init(&head, rows[i].is_trailers);
        bocata_head_outcome outcome =
            bocata_head_scan(&head, &limits, bocata_str_of(rows[i].bytes));
        check(rows[i].intent, &head, outcome, rows[i].status, rows[i].used);
    }
}

/* Each byte more in memory of its own, so that a byte read past the end is found. */
static void test_rows_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_head head;
        bocata_head_outcome outcome = BOCATA_HEAD_MORE;
        init(&head, rows[i].is_trailers);
        for (size_t len = 0; len <= strlen(rows[i].bytes) && outcome == BOCATA_HEAD_MORE; len++) {
            char *bytes = malloc(len ? len : 1);
            memcpy(bytes, rows[i].bytes, len);
            outcome = bocata_head_scan(&head, &limits, (bocata_str){bytes, len});
            free(bytes);
        }
        check(rows[i].intent, &head, outcome, rows[i].status, rows[i].used);
    }
}

static void test_remembers_the_request_line(void **state)
{
    const bocata_str bytes = STR("\r\nPUT /ab HTTP/1.0\r\nA: b\r\nC:\r\n\r\n");
    bocata_head head;
    (void)state;

    bocata_head_init(&head);
    assert_int_equal(bocata_head_scan(&head, &limits, bytes), BOCATA_HEAD_COMPLETE);
    assert_int_equal(head.start, 2);
    assert_int_equal(head.method_len, 3);
    assert_int_equal(head.target_len, 3);
    assert_int_equal(head.header_count, 2);
    assert_true(head.is_http_1_0);
}

/* Every byte value in each place: what RFC 9112 and 9110 allow there, and nothing else. */
static void test_every_byte(void **state)
{
    const char tokens[] = "!#$%&'*+-.^_`|~";
    (void)state;

    for (int c = 0; c < 256; c++) {
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool is_token = is_alnum || (c && strchr(tokens, c));
        struct {
            const char *before, *behind;
            bool is_good;
        } places[] = {
            {"GET /", " HTTP/1.1\r\n\r\n", c > ' ' && c < 0x7f && c != '#'},
            {"GET / HTTP/1.1\r\nX", ": y\r\n\r\n", is_token || c == ':'},
            {"GET / HTTP/1.1\r\nX: ", "\r\n\r\n", c == '\t' || (c >= ' ' && c != 0x7f)},
        };
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            char text[64];
            bocata_head head;
            int len = snprintf(text, sizeof text, "%s%c%s", places[i].before, c, places[i].behind);
            bocata_head_init(&head);
            bocata_head_outcome outcome =
                bocata_head_scan(&head, &limits, (bocata_str){text, (size_t)len});
            if ((outcome == BOCATA_HEAD_COMPLETE) != places[i].is_good)
                fail_msg("byte %#x in place %zu", (unsigned)c, i);
        }
    }
}

/* Values are looked at a word at a time. */
static void test_every_byte_at_every_place_of_a_value(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool is_good = c == '\t' || (c >= ' ' && c != 0x7f);
        for (size_t at = 0; at < 20; at++) {
            char text[] = "GET / HTTP/1.1\r\nX: \x80yyyyyyyyyy\xffyyyyyyyy\r\n\r\n";
            bocata_head head;
            text[19 + at] = (char)c;
            bocata_head_init(&head);
            bocata_head_outcome outcome =
                bocata_head_scan(&head, &limits, (bocata_str){text, sizeof text - 1});
            if ((outcome == BOCATA_HEAD_COMPLETE) != is_good)
                fail_msg("byte %#x at %zu", (unsigned)c, at);
            assert_int_equal(head.scanned, is_good ? sizeof text - 1 : 19 + at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_rows_byte_by_byte),
        cmocka_unit_test(test_remembers_the_request_line),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_every_byte_at_every_place_of_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
