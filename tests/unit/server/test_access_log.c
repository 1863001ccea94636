#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_many_lines_are_written_before_they_pile_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
