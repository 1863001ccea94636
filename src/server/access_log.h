/* One line a request on standard output, as uvicorn writes them. Lines are collected and written
 * together, once before the loop sleeps. */
#ifndef BOCATA_SERVER_ACCESS_LOG_H
#define BOCATA_SERVER_ACCESS_LOG_H

#include <stdbool.h>

#include <bocata/str.h>

#include "base/buf.h"

typedef struct bocata_access_log {
    bool is_on;
    int fd;
    bocata_buf lines;
    size_t dropped_count; /* lines behind these, that are not in the log */
} bocata_access_log;

/* A request: what could not be read of it is empty. */
typedef struct bocata_access {
    bocata_str client, method, target;
    bool is_http_1_0;
    int status;
} bocata_access;

/* Lines that find no memory, or no room while the file takes none, are dropped and counted. */
void bocata_access_log_add(bocata_access_log *log, const bocata_access *access);

/* Writes what the file takes without waiting, and keeps the rest; where some were dropped the log
 * says so. A file that fails loses the lines. */
void bocata_access_log_flush(bocata_access_log *log);

void bocata_access_log_done(bocata_access_log *log);

#endif
