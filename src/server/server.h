/* One loop that serves an application: what its connections share. */
#ifndef BOCATA_SERVER_SERVER_H
#define BOCATA_SERVER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "server/access_log.h"
#include "server/deadlines.h"
#include "server/head.h"
#include "server/listener.h"
#include "server/options.h"
#include "web/exchange.h"

typedef struct bocata_connection bocata_connection;

typedef struct bocata_server {
    bocata_app *app;
    const bocata_options *options;
    bocata_head_limits limits;
    bocata_runtime runtime;
    bocata_deadlines deadlines;
    bocata_access_log access_log;
    bocata_buf output; /* what the connection that is being served sends: empty between callbacks */
    bocata_connection *connections; /* all that are not closed */
    bocata_connection *woken;       /* whose deferred response was finished */
    bocata_connection *resting;     /* that had their share of this turn, and have more */
    uint64_t turn;                  /* counts the loop's iterations */
    bool is_stopping;
    bool accept_waits; /* one could not be taken for want of memory: when another is closed */
    int64_t date_s;    /* the second that `date` shows */
    char date[BOCATA_HTTP_DATE_LEN + 1];
    uint64_t timer_due_ms; /* BOCATA_DEADLINE_NEVER while the timer rests */
    uv_loop_t loop;
    bocata_listener listener;
    uv_signal_t signals[2];
    uv_timer_t timer, stop_timer;
    uv_prepare_t prepare;
    uv_check_t check;     /* active while deadlines are due */
    uv_idle_t idle;       /* active while the loop may not sleep */
    uv_buf_t read_buffer; /* one for all: an idle connection owns none */
} bocata_server;

/* Serves until a signal ends it. Returns the process' exit status, after a sentence to the log if
 * it is not 0. */
int bocata_server_run(bocata_app *app, const bocata_options *options,
                      const bocata_address *address);

/* The value of Date, formatted once a second. */
bocata_str bocata_server_date(bocata_server *server);

/* Arms a connection's deadline, and the timer with it. */
void bocata_server_arm(bocata_server *server, bocata_deadline *deadline, bocata_deadline_kind kind);

/* Ends the loop once a server that is stopping has no connection left. */
void bocata_server_connection_closed(bocata_server *server);

#endif
