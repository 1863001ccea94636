/* HTTP/1.1 and 1.0 (RFC 9112) on a connection: bytes in, requests to the application, answers out,
 * one request after the other. */
#ifndef BOCATA_SERVER_HTTP1_H
#define BOCATA_SERVER_HTTP1_H

#include <stdbool.h>
#include <stddef.h>

#include <llhttp.h>

#include <bocata/str.h>

#include "server/deadlines.h"
#include "server/framing.h"
#include "server/head.h"
#include "web/exchange.h"

typedef struct bocata_connection bocata_connection;

typedef struct bocata_http1 {
    bocata_connection *connection;
    enum {
        BOCATA_HTTP1_HEAD,
        BOCATA_HTTP1_BODY,
        BOCATA_HTTP1_TRAILERS,
        BOCATA_HTTP1_ANSWERING, /* the exchange is the application's */
        BOCATA_HTTP1_UPGRADED,  /* what follows is another protocol's */
        BOCATA_HTTP1_ENDED,
    } state;
    bool is_fresh;   /* no request was answered yet */
    bool keep_alive; /* as the request asks */
    bool is_http_1_0;
    bool is_complete; /* the parser has seen the end of the message */
    bool is_in_application, is_finished;
    size_t gap_len; /* bytes of chunk framing since the last of the body */
    const char *gap_start;
    bocata_refusal refusal; /* from within a callback of the parser's */
    bocata_head head;
    llhttp_t parser;
    bocata_framing framing;
    bocata_exchange *exchange; /* NULL between requests */
} bocata_http1;

void bocata_http1_init(bocata_http1 *http1, bocata_connection *connection);

/* Answers a deferred response that was finished, uses what it can of `bytes` and returns how many:
 * the rest is to be given again, with more behind it, or when the connection can serve again. */
size_t bocata_http1_consume(bocata_http1 *http1, bocata_str bytes);

/* The peer sends no more; `has_input` if it sent what was not used. */
void bocata_http1_end(bocata_http1 *http1, bool has_input);

/* The deadline of what it waits for has passed. */
void bocata_http1_time_out(bocata_http1 *http1, bool has_input);

/* The connection is closed. */
void bocata_http1_close(bocata_http1 *http1);

/* True between requests: nothing of the next has been used yet. */
bool bocata_http1_is_idle(const bocata_http1 *http1);

/* What it waits for; BOCATA_DEADLINE_COUNT while that is the application. */
bocata_deadline_kind bocata_http1_waits_for(const bocata_http1 *http1, bool has_input);

#endif
