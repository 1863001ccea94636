#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "server/answer.h"

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static bocata_response_header_line second = {.name = {"Vary", 4}, .value = {"Cookie", 6}};
static bocata_response_header_line first = {.next = &second, .name = {"X", 1}, .value = {"", 0}};

static const struct {
    const char *intent;
    bocata_answer answer;
    const char *expected;
} rows[] = {
    {"a body with its type",
     {.status = 200, .content_type = {"text/plain", 10}, .body_len = 12345678901},
     "HTTP/1.1 200 OK\r\nDate: " DATE
     "\r\nContent-Type: text/plain\r\nContent-Length: 12345678901\r\n\r\n"},
    {"no body",
     {.status = 201},
     "HTTP/1.1 201 Created\r\nDate: " DATE "\r\nContent-Length: 0\r\n\r\n"},
    {"headers in their order, an empty value",
     {.status = 404, .headers = &first},
     "HTTP/1.1 404 Not Found\r\nDate: " DATE
     "\r\nX: \r\nVary: Cookie\r\nContent-Length: 0\r\n\r\n"},
    {"the end of the connection",
     {.status = 500, .connection = {"close", 5}},
     "HTTP/1.1 500 Internal Server Error\r\nDate: " DATE
     "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
    {"204 has no length", {.status = 204}, "HTTP/1.1 204 No Content\r\nDate: " DATE "\r\n\r\n"},
    {"304 has no length",
     {.status = 304, .body_len = 5},
     "HTTP/1.1 304 Not Modified\r\nDate: " DATE "\r\n\r\n"},
    {"an unassigned status",
     {.status = 599},
     "HTTP/1.1 599 Unknown\r\nDate: " DATE "\r\nContent-Length: 0\r\n\r\n"},
};

static void test_rows(void **state)
{
    bocata_buf output = {0};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_answer answer = rows[i].answer;
        answer.date = STR(DATE);
        output.len = 0;
        assert_int_equal(bocata_buf_append(&output, STR("before ")), BOCATA_OK);
        assert_int_equal(bocata_answer_write(&output, &answer), BOCATA_OK);
        bocata_str got = str_skip(buf_str(&output), 7);
        if (!bocata_str_is(got, rows[i].expected))
            fail_msg("%s: %.*s", rows[i].intent, (int)got.len, got.ptr);
    }
    bocata_buf_free(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
