#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "server/access_log.h"

static const struct {
    const char *intent;
    bocata_access access;
    const char *line;
} rows[] = {
    {"as uvicorn writes it",
     {{"127.0.0.1:5", 11}, {"GET", 3}, {"/a?b", 4}, false, 200},
     "INFO:     127.0.0.1:5 - \"GET /a?b HTTP/1.1\" 200 OK\n"},
    {"the older version",
     {{"[::1]:5", 7}, {"POST", 4}, {"/", 1}, true, 404},
     "INFO:     [::1]:5 - \"POST / HTTP/1.0\" 404 Not Found\n"},
    {"a quote cannot end the quotation",
     {{"", 0}, {"GET", 3}, {"/\" 200 \\", 8}, false, 200},
     "INFO:      - \"GET /\\x22 200 \\x5c HTTP/1.1\" 200 OK\n"},
    {"nothing could be read",
     {{"x", 1}, {NULL, 0}, {NULL, 0}, false, 400},
     "INFO:     x - \"-\" 400 Bad Request\n"},
};

static void test_rows(void **state)
{
    bocata_access_log log = {.is_on = true, .fd = -1};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        log.lines.len = 0;
        bocata_access_log_add(&log, &rows[i].access);
        if (!bocata_str_is(buf_str(&log.lines), rows[i].line))
            fail_msg("%s: %.*s", rows[i].intent, (int)log.lines.len, log.lines.ptr);
    }
    log.is_on = false;
    size_t len = log.lines.len;
    bocata_access_log_add(&log, &rows[0].access);
    assert_int_equal(log.lines.len, len);
    bocata_access_log_done(&log); /* nobody takes them: they are lost, and it ends */
}

static void test_many_lines_are_written_before_they_pile_up(void **state)
{
    int ends[2];
    char read_back[65536];
    bocata_access_log log = {.is_on = true};
    (void)state;

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    log.fd = ends[1];
    for (int i = 0; i < 1000; i++)
        bocata_access_log_add(&log, &rows[0].access);
    assert_true(read(ends[0], read_back, sizeof read_back) >= 32768);
    assert_true(log.lines.len < 32768);
    bocata_access_log_done(&log);
    assert_true(read(ends[0], read_back, sizeof read_back) > 0);
    close(ends[0]);
    close(ends[1]);
}

/* All that stands in the pipe; `text` has room. */
static size_t read_all(int fd, char *text, size_t cap)
{
    size_t len = 0;
    ssize_t count;
    while ((count = read(fd, text + len, cap - len)) > 0)
        len += (size_t)count;
    return len;
}

static void test_full_pipe_is_not_waited_for(void **state)
{
    static char text[1048576];
    bocata_access_log log = {.is_on = true};
    size_t line_len = strlen(rows[0].line), len = 0, lines_len, dropped = 0;
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0); /* whose writes block */
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    log.fd = ends[1];
    alarm(60);
    for (int i = 0; i < 20000; i++)
        bocata_access_log_add(&log, &rows[0].access);
    assert_true(log.lines.len <= 262144);
    do {
        len += read_all(ends[0], text + len, sizeof text - len);
        bocata_access_log_flush(&log);
    } while (log.lines.len > 0);
    len += read_all(ends[0], text + len, sizeof text - len);
    alarm(0);
    text[len] = '\0';
    for (lines_len = 0; strncmp(text + lines_len, rows[0].line, line_len) == 0;)
        lines_len += line_len;
    assert_int_equal(sscanf(text + lines_len, "WARNING:  %zu lines were dropped\n", &dropped), 1);
    assert_int_equal(lines_len / line_len + dropped, 20000);
    bocata_access_log_done(&log);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_many_lines_are_written_before_they_pile_up),
        cmocka_unit_test(test_full_pipe_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
