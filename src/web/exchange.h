/* One request and its response: what the server and the in-process client hand in and get back. No
 * I/O.
 *
 *     exchange = bocata_exchange_new(runtime, host, host_data);
 *     … fill exchange->request: method, target, headers, body …
 *     bocata_exchange_dispatch(exchange);        calls host->finished, now or later
 *     … write exchange->response; where it is a 101, bocata_websocket_open(exchange->websocket) …
 *     bocata_exchange_free(exchange); */
#ifndef BOCATA_WEB_EXCHANGE_H
#define BOCATA_WEB_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <bocata/app.h>

#include "base/arena.h"
#include "base/buf.h"
#include "web/errors.h"
#include "websocket/deflate.h"

#define BOCATA_REQUEST_HEADERS_MAX 100 /* header lines of one request */
#define BOCATA_REQUEST_PARAMS_MAX 16   /* parameters of one route */
#define BOCATA_REQUEST_MEMORY_MAX                                                                  \
    (5 << 20) /* bytes of one request's arena: any form of 1 MiB fits */

typedef struct bocata_exchange bocata_exchange;
typedef struct bocata_route bocata_route;
typedef struct bocata_runtime bocata_runtime;
typedef struct bocata_upgrade bocata_upgrade;
typedef struct bocata_websocket bocata_websocket;

typedef enum bocata_param_type {
    BOCATA_PARAM_NONE, /* a literal segment */
    BOCATA_PARAM_TEXT, /* {name}: one segment, not empty */
    BOCATA_PARAM_INT,
    BOCATA_PARAM_REAL,
    BOCATA_PARAM_PATH, /* {name:path} and {}: all that is left */
} bocata_param_type;

/* What stood in the path at a route's `{name}`. */
typedef struct bocata_param {
    bocata_param_type type;
    bocata_str name, value;
    int64_t integer; /* of {name:int} */
    double real;     /* of {name:real} */
} bocata_param;

struct bocata_request {
    bocata_exchange *exchange;
    /* filled by the host; all borrowed until the exchange is freed */
    bocata_str method, target, scheme, client;
    bool is_http_1_0;
    bocata_field *headers; /* values are trimmed; names as sent */
    size_t header_count;
    bocata_str body;
    bocata_buf body_bytes; /* what `body` points into, if the exchange is to free it */
    /* filled by the dispatch */
    bocata_str raw_path, path; /* as sent; percent-decoded where that can be done */
    bocata_str query_string;
    const bocata_route *route;
    bocata_param *params;
    size_t param_count;
    bocata_session *session; /* NULL until a view asks */
    bocata_fields *query, *form;
    json_t *json;
    void *user;
};

typedef struct bocata_response_header_line {
    struct bocata_response_header_line *next;
    bocata_str name, value;
} bocata_response_header_line;

struct bocata_response {
    bocata_exchange *exchange;
    int status;
    bocata_response_header_line *headers, **headers_end; /* in the order they were set */
    bocata_str content_type;                             /* {NULL, 0} where there is no body */
    bool content_type_is_own; /* the application's choice, which a body setter keeps */
    bocata_buf body;
    bool is_error;  /* the error handler of `status` writes the body */
    bool is_failed; /* the application made a mistake: a 500 */
    bool is_deferred;
    const char *error_detail;
    bocata_client_gone_fn on_gone;
    void *on_gone_user;
};

/* Who carries the exchange. */
typedef struct bocata_exchange_host {
    /* The response is complete: status, headers, content_type, body. Called once, from within the
     * dispatch or later; not called after bocata_exchange_gone. The host then frees the exchange
     * when it is done. */
    void (*finished)(bocata_exchange *exchange, void *host_data);
} bocata_exchange_host;

struct bocata_exchange {
    bocata_runtime *runtime;
    const bocata_exchange_host *host;
    void *host_data;
    bocata_arena arena; /* the exchange itself lives in its first block */
    bocata_request request;
    bocata_response response;
    bocata_upgrade *upgrade;     /* NULL but for a handshake that may be accepted */
    bocata_websocket *websocket; /* of a finished 101, until the host opens it */
    enum {
        BOCATA_EXCHANGE_FRESH,
        BOCATA_EXCHANGE_RUNNING,  /* hooks and view are on the stack */
        BOCATA_EXCHANGE_WAITING,  /* deferred */
        BOCATA_EXCHANGE_ENDING,   /* error handlers and after hooks are on the stack */
        BOCATA_EXCHANGE_FINISHED, /* the host has it back */
    } state;
    bool is_gone;
    bool has_session_cookie;      /* the response sets or deletes it */
    bocata_exchange *prev, *next; /* all that are alive in this runtime */
};

/* What one loop, or one client, needs to run an application: its codec, its recycled memory, its
 * clock. */
struct bocata_runtime {
    bocata_app *app;
    bocata_codec *codec; /* NULL without sessions */
    bocata_arena_pool pool;
    bocata_deflate_pool deflate_pool;
    int64_t (*now_s)(void *user);
    void *now_user;
    bocata_exchange *exchanges;
};

/* Fails with BOCATA_E_INVALID if the application has mistakes, or BOCATA_E_NOMEM. From now on the
 * application must not be changed. */
BOCATA_MUST_USE bocata_status bocata_runtime_init(bocata_runtime *runtime, bocata_app *app,
                                                  int64_t (*now_s)(void *user), void *now_user);

/* Whoever holds a deferred response is told that its client is gone; what is then still not
 * finished is freed. */
void bocata_runtime_done(bocata_runtime *runtime);

/* NULL when out of memory. */
bocata_exchange *bocata_exchange_new(bocata_runtime *runtime, const bocata_exchange_host *host,
                                     void *host_data);

/* One without a host, whose memory has room for itself and `size` bytes in a few pieces: copies of
 * what is in memory, so that no sum overflows. NULL when out of memory. */
bocata_exchange *bocata_exchange_new_sized(bocata_runtime *runtime, size_t size);

/* Routes the request, runs hooks and view, saves the session. `host->finished` is called when the
 * response is complete: before this returns, unless the view deferred it. */
void bocata_exchange_dispatch(bocata_exchange *exchange);

/* The client went away while the response was deferred: tells whoever holds it. The exchange then
 * ends with bocata_response_finish, without the host. */
void bocata_exchange_gone(bocata_exchange *exchange);

/* Frees an exchange that was never dispatched, or that is finished. */
void bocata_exchange_free(bocata_exchange *exchange);

/* Makes the response the application's error for this status, with its handlers and hooks but
 * without a view: for a request that the host must refuse although its head is complete. Before
 * hooks see only what CSRF protection would let through. Calls host->finished. */
void bocata_exchange_refuse(bocata_exchange *exchange, int status, const char *detail);

#endif
