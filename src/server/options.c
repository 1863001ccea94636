#include "server/options.h"

#include <getopt.h>
#include <string.h>
#include <sys/un.h>

#include "base/str.h"

typedef enum kind { HELP, VERSION, SET, UNSET, TEXT, LEVEL, NUMBER, SECONDS, UDS } kind;

/* One table makes the parser and the help text. */
typedef struct flag_row {
    const char *name, *value_name; /* value_name is NULL for a flag without a value */
    kind kind;
    size_t offset; /* of the field in bocata_options */
    double min, max;
    const char *help;
} flag_row;

#define FIELD(name) offsetof(bocata_options, name)
#define TIME_MAX 86400.0 /* a day */

static const flag_row flags[] = {
    {"host", "HOST", TEXT, FIELD(host), 0, 0, "the address to serve on (127.0.0.1)"},
    {"port", "PORT", NUMBER, FIELD(port), 0, 65535, "the port, 0 for a free one (8000)"},
    {"uds", "PATH", UDS, FIELD(uds), 0, 0, "serve on a UNIX domain socket instead"},
    {"log-level", "LEVEL", LEVEL, FIELD(log_level), 0, 0,
     "critical, error, warning, info or debug (info)"},
    {"access-log", NULL, SET, FIELD(access_log), 0, 0,
     "write a line for each request (the default)"},
    {"no-access-log", NULL, UNSET, FIELD(access_log), 0, 0, "write none"},
    {"env-file", "PATH", TEXT, FIELD(env_file), 0, 0,
     "read environment variables from a file; those already set win"},
    {"allow-weak-secret", NULL, SET, FIELD(allow_weak_secret), 0, 0,
     "serve a guessable session key on a public address"},
    {"timeout-keep-alive", "SECONDS", SECONDS, FIELD(keep_alive_ms), 0.001, TIME_MAX,
     "close idle connections after this time (5)"},
    {"timeout-header", "SECONDS", SECONDS, FIELD(header_ms), 0.001, TIME_MAX,
     "for a request's head to arrive (10)"},
    {"timeout-body", "SECONDS", SECONDS, FIELD(body_ms), 0.001, TIME_MAX,
     "for a request's body to arrive (60)"},
    {"timeout-write", "SECONDS", SECONDS, FIELD(write_ms), 0.001, TIME_MAX,
     "in which the client must take 16 KiB or the rest (30)"},
    {"timeout-graceful-shutdown", "SECONDS", SECONDS, FIELD(graceful_shutdown_ms), 0, TIME_MAX,
     "for requests in flight when stopping (30)"},
    {"ws-ping-interval", "SECONDS", SECONDS, FIELD(ws_ping_interval_ms), 0.001, TIME_MAX,
     "ping a WebSocket from which nothing came for this time (20)"},
    {"ws-ping-timeout", "SECONDS", SECONDS, FIELD(ws_ping_timeout_ms), 0.001, TIME_MAX,
     "for the client to send anything then (20)"},
    {"ws-close-timeout", "SECONDS", SECONDS, FIELD(ws_close_timeout_ms), 0.001, TIME_MAX,
     "for the client to answer a WebSocket's close (5)"},
    {"limit-request-line", "BYTES", NUMBER, FIELD(request_line_len_max), 16, 65536,
     "of the request line (8192)"},
    {"limit-request-headers", "BYTES", NUMBER, FIELD(headers_len_max), 64, 524288,
     "of all header lines (32768)"},
    {"limit-request-body", "BYTES", NUMBER, FIELD(body_len_max), 0, 1073741824,
     "of a body (1048576)"},
    {"help", NULL, HELP, 0, 0, 0, "show this"},
    {"version", NULL, VERSION, 0, 0, 0, "show the version"},
};

enum { FLAG_COUNT = sizeof flags / sizeof *flags };

static const bocata_options defaults = {
    .host = "127.0.0.1",
    .port = 8000,
    .log_level = BOCATA_LOG_INFO,
    .access_log = true,
    .keep_alive_ms = 5000,
    .header_ms = 10000,
    .body_ms = 60000,
    .write_ms = 30000,
    .graceful_shutdown_ms = 30000,
    .ws_ping_interval_ms = 20000,
    .ws_ping_timeout_ms = 20000,
    .ws_close_timeout_ms = 5000,
    .request_line_len_max = 8192,
    .headers_len_max = 32768,
    .body_len_max = 1048576,
};

static bool take_number(const flag_row *flag, const char *text, uint64_t *ret, char *message)
{
    int64_t value;
    if (bocata_str_to_int(bocata_str_of(text), &value) != BOCATA_OK || (double)value < flag->min ||
        (double)value > flag->max) {
        snprintf(message, BOCATA_OPTIONS_MESSAGE_LEN,
                 "--%s takes a whole number from %.0f to %.0f, not '%.80s'.", flag->name, flag->min,
                 flag->max, text);
        return false;
    }
    *ret = (uint64_t)value;
    return true;
}

static bool take_seconds(const flag_row *flag, const char *text, uint64_t *ret, char *message)
{
    double value;
    if (bocata_str_to_real(bocata_str_of(text), &value) != BOCATA_OK || value < flag->min ||
        value > flag->max) {
        snprintf(message, BOCATA_OPTIONS_MESSAGE_LEN,
                 "--%s takes seconds from %g to %g, not '%.80s'.", flag->name, flag->min, flag->max,
                 text);
        return false;
    }
    *ret = (uint64_t)(value * 1000 + 0.5);
    return true;
}

static bool take_level(const flag_row *flag, const char *text, bocata_log_level *ret, char *message)
{
    static const char *const names[] = {"debug", "info", "warning", "error", "critical"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret = (bocata_log_level)i;
            return true;
        }
    }
    snprintf(message, BOCATA_OPTIONS_MESSAGE_LEN,
             "--%s takes critical, error, warning, info or debug, not '%.80s'.", flag->name, text);
    return false;
}

static bool take_uds(const flag_row *flag, const char *text, const char **ret, char *message)
{
    size_t len = strlen(text);
    size_t len_max = sizeof((struct sockaddr_un *)0)->sun_path - 1 - BOCATA_OPTIONS_UDS_ROOM;
    if (len == 0 || len > len_max) {
        snprintf(message, BOCATA_OPTIONS_MESSAGE_LEN, "--%s takes a path of 1 to %zu bytes.",
                 flag->name, len_max);
        return false;
    }
    *ret = text;
    return true;
}

/* Sets the flag's field. */
static bool take(const flag_row *flag, bocata_options *options, const char *text, char *message)
{
    void *field = (char *)options + flag->offset;
    switch (flag->kind) {
    case SET:
    case UNSET:
        *(bool *)field = flag->kind == SET;
        return true;
    case TEXT:
        *(const char **)field = text;
        return true;
    case UDS:
        return take_uds(flag, text, field, message);
    case LEVEL:
        return take_level(flag, text, field, message);
    case NUMBER:
        return take_number(flag, text, field, message);
    case SECONDS:
        return take_seconds(flag, text, field, message);
    case HELP:
    case VERSION:
        break;
    }
    return true;
}

bocata_options_outcome bocata_options_parse(bocata_options *options, int argc, char **argv,
                                            char message[BOCATA_OPTIONS_MESSAGE_LEN])
{
    struct option table[FLAG_COUNT + 1] = {0};
    for (int i = 0; i < FLAG_COUNT; i++) {
        table[i].name = flags[i].name;
        table[i].has_arg = flags[i].value_name ? required_argument : no_argument;
        table[i].val = 256 + i; /* apart from the characters that getopt returns */
    }
    *options = defaults;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    for (;;) {
        int at = optind ? optind : 1;
        int code = getopt_long(argc, argv, "+:", table, NULL);
        if (code == -1)
            break;
        if (code == ':' || code == '?') {
            snprintf(message, BOCATA_OPTIONS_MESSAGE_LEN,
                     code == ':' ? "%.80s takes a value."
                                 : "%.80s is no flag, or takes no value: see --help.",
                     argv[at]);
            return BOCATA_OPTIONS_WRONG;
        }
        const flag_row *flag = &flags[code - 256];
        if (flag->kind == HELP)
            return BOCATA_OPTIONS_HELP;
        if (flag->kind == VERSION)
            return BOCATA_OPTIONS_VERSION;
        if (!take(flag, options, optarg, message))
            return BOCATA_OPTIONS_WRONG;
    }
    if (optind < argc) {
        snprintf(message, BOCATA_OPTIONS_MESSAGE_LEN,
                 "'%.80s' is not expected: all settings are flags, see --help.", argv[optind]);
        return BOCATA_OPTIONS_WRONG;
    }
    return BOCATA_OPTIONS_SERVE;
}

void bocata_options_print_help(FILE *file, const char *program)
{
    fprintf(file, "Usage: %s [flags]\n\nServes the application over HTTP.\n\n", program);
    for (int i = 0; i < FLAG_COUNT; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", flags[i].name, flags[i].value_name ? " " : "",
                 flags[i].value_name ? flags[i].value_name : "");
        fprintf(file, "  %-36s %s\n", left, flags[i].help);
    }
}
