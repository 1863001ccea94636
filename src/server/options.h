/* The flags of bocata_server_main. */
#ifndef BOCATA_SERVER_OPTIONS_H
#define BOCATA_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <bocata/app.h>

/* Strings are borrowed from argv. */
typedef struct bocata_options {
    const char *host;
    uint64_t port; /* 0: a free one */
    const char *uds;
    bocata_log_level log_level;
    bool access_log;
    const char *env_file;
    bool allow_weak_secret;
    uint64_t keep_alive_ms, header_ms, body_ms, write_ms, graceful_shutdown_ms;
    uint64_t ws_ping_interval_ms, ws_ping_timeout_ms, ws_close_timeout_ms;
    uint64_t request_line_len_max, headers_len_max, body_len_max; /* bytes */
} bocata_options;

typedef enum bocata_options_outcome {
    BOCATA_OPTIONS_SERVE,
    BOCATA_OPTIONS_HELP,
    BOCATA_OPTIONS_VERSION,
    BOCATA_OPTIONS_WRONG,
} bocata_options_outcome;

#define BOCATA_OPTIONS_MESSAGE_LEN 256
#define BOCATA_OPTIONS_UDS_ROOM 11 /* that --uds leaves behind the path, for "." and a pid */

/* Fills all of `options`, with defaults where there is no flag. WRONG sets `message`. */
bocata_options_outcome bocata_options_parse(bocata_options *options, int argc, char **argv,
                                            char message[BOCATA_OPTIONS_MESSAGE_LEN]);

/* Lists the flags and their defaults. */
void bocata_options_print_help(FILE *file, const char *program);

#endif
