#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/options.h"

enum { ARGUMENTS_MAX = 6 };

static bocata_options_outcome parse(bocata_options *options, const char *const *arguments,
                                    char *message)
{
    char copies[ARGUMENTS_MAX][128], *argv[ARGUMENTS_MAX + 1];
    int argc = 0;

    for (; arguments[argc]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", arguments[argc]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    return bocata_options_parse(options, argc, argv, message);
}

static void test_defaults(void **state)
{
    bocata_options options;
    char message[BOCATA_OPTIONS_MESSAGE_LEN];
    (void)state;

    memset(&options, 0xff, sizeof options);
    assert_int_equal(parse(&options, (const char *[]){"x", NULL}, message), BOCATA_OPTIONS_SERVE);
    assert_string_equal(options.host, "127.0.0.1");
    assert_int_equal(options.port, 8000);
    assert_null(options.uds);
    assert_int_equal(options.log_level, BOCATA_LOG_INFO);
    assert_true(options.access_log);
    assert_null(options.env_file);
    assert_false(options.allow_weak_secret);
    assert_int_equal(options.keep_alive_ms, 5000);
    assert_int_equal(options.header_ms, 10000);
    assert_int_equal(options.body_ms, 60000);
    assert_int_equal(options.write_ms, 30000);
    assert_int_equal(options.graceful_shutdown_ms, 30000);
    assert_int_equal(options.request_line_len_max, 8192);
    assert_int_equal(options.headers_len_max, 32768);
    assert_int_equal(options.body_len_max, 1048576);
}

#define NUMBER(flag, value, field, expected)                                                       \
    {                                                                                              \
        {"x", "--" flag, value}, offsetof(bocata_options, field), expected                         \
    }

static void test_numbers(void **state)
{
    const struct {
        const char *arguments[ARGUMENTS_MAX];
        size_t offset;
        uint64_t expected;
    } rows[] = {
        NUMBER("port", "0", port, 0),
        NUMBER("port", "65535", port, 65535),
        NUMBER("timeout-keep-alive", "0.2", keep_alive_ms, 200),
        NUMBER("timeout-header", "0.0015", header_ms, 2),
        NUMBER("timeout-body", "86400", body_ms, 86400000),
        NUMBER("timeout-write", "1.", write_ms, 1000),
        NUMBER("timeout-graceful-shutdown", "0", graceful_shutdown_ms, 0),
        NUMBER("limit-request-line", "16", request_line_len_max, 16),
        NUMBER("limit-request-headers", "524288", headers_len_max, 524288),
        NUMBER("limit-request-body", "0", body_len_max, 0),
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_options options;
        char message[BOCATA_OPTIONS_MESSAGE_LEN];
        uint64_t value;
        assert_int_equal(parse(&options, rows[i].arguments, message), BOCATA_OPTIONS_SERVE);
        memcpy(&value, (char *)&options + rows[i].offset, sizeof value);
        if (value != rows[i].expected)
            fail_msg("%s %s: %ju", rows[i].arguments[1], rows[i].arguments[2], (uintmax_t)value);
    }
}

static void test_last_flag_wins(void **state)
{
    bocata_options options;
    char message[BOCATA_OPTIONS_MESSAGE_LEN];
    (void)state;

    assert_int_equal(parse(&options,
                           (const char *[]){"x", "--no-access-log", "--port=1", "--port=2",
                                            "--log-level=critical", NULL},
                           message),
                     BOCATA_OPTIONS_SERVE);
    assert_false(options.access_log);
    assert_int_equal(options.port, 2);
    assert_int_equal(options.log_level, BOCATA_LOG_CRITICAL);
}

static void test_wrong(void **state)
{
    const char *const rows[][ARGUMENTS_MAX] = {
        {"x", "--port", "65536"},
        {"x", "--port", "1 "},
        {"x", "--port", "0x10"},
        {"x", "--port"},
        {"x", "--port", "99999999999999999999"},
        {"x", "--timeout-body", "-1"},
        {"x", "--timeout-body", "86401"},
        {"x", "--timeout-body", "inf"},
        {"x", "--limit-request-line", "15"},
        {"x", "--limit-request-body", "1073741825"},
        {"x", "--log-level", "INFO"},
        {"x", "--log-level", ""},
        {"x", "-p"},
        {"x", "--"
              "nothing"},
        {"x", "--help=me"},
        {"x", "more"},
        {"x", "--", "more"},
        {"x", "--access-log", "yes"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_options options;
        char message[BOCATA_OPTIONS_MESSAGE_LEN] = "";
        if (parse(&options, rows[i], message) != BOCATA_OPTIONS_WRONG)
            fail_msg("%s %s is taken", rows[i][1], rows[i][2] ? rows[i][2] : "");
        assert_true(message[0] && message[strlen(message) - 1] != '\n');
    }
}

static void test_help_and_version(void **state)
{
    bocata_options options;
    char message[BOCATA_OPTIONS_MESSAGE_LEN];
    (void)state;

    assert_int_equal(parse(&options, (const char *[]){"x", "--help", "--port", "x", NULL}, message),
                     BOCATA_OPTIONS_HELP);
    assert_int_equal(
        parse(&options, (const char *[]){"x", "--port", "1", "--version", NULL}, message),
        BOCATA_OPTIONS_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_last_flag_wins),   cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_help_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
