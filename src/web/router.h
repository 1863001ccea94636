/* Which view answers a path and method. */
#ifndef BOCATA_WEB_ROUTER_H
#define BOCATA_WEB_ROUTER_H

#include <stddef.h>

#include <bocata/app.h>

#include "base/arena.h"
#include "base/buf.h"
#include "web/endpoint.h"
#include "web/exchange.h"

#define BOCATA_ROUTE_SEGMENTS_MAX 32 /* segments of one pattern */

/* `prefix{name:type}suffix`; a literal segment is all prefix. */
typedef struct bocata_route_segment {
    bocata_param_type type;
    bocata_str prefix, suffix, name;
} bocata_route_segment;

struct bocata_route {
    bocata_view view;                /* NULL for an endpoint */
    const bocata_endpoint *endpoint; /* of WebSockets; NULL for a view */
    void *data;                      /* NULL: the application's */
    bocata_csrf_mode csrf;
    bocata_str pattern;
    bocata_str *methods;
    size_t method_count;
    bocata_str literal; /* the whole path where there is no parameter, else {NULL, 0} */
    bocata_route_segment segments[BOCATA_ROUTE_SEGMENTS_MAX];
    size_t segment_count, param_count;
};

typedef struct bocata_router {
    bocata_route **routes; /* in the order they were added */
    size_t count, cap;
    size_t endpoint_count;
    bocata_arena arena; /* routes and copies of their strings */
} bocata_router;

typedef enum bocata_route_match {
    BOCATA_ROUTE_FOUND,
    BOCATA_ROUTE_WRONG_TYPE,   /* only the type of a parameter stands in the way */
    BOCATA_ROUTE_WRONG_METHOD, /* only the method does */
    BOCATA_ROUTE_MISSING,
    BOCATA_ROUTE_BAD_PATH, /* not decodable: a bad %xx, a NUL, not UTF-8 */
    BOCATA_ROUTE_NOMEM,
} bocata_route_match;

void bocata_router_init(bocata_router *router);
void bocata_router_done(bocata_router *router);

/* Adds a route: an endpoint where `handlers` is not NULL, else one of the settings' view. Returns
 * BOCATA_OK, BOCATA_E_NOMEM, or BOCATA_E_INVALID with a constant sentence in `*ret_reason`. */
BOCATA_MUST_USE bocata_status bocata_router_add(bocata_router *router,
                                                const bocata_route_settings *settings,
                                                const bocata_websocket_handlers *handlers,
                                                const char **ret_reason);

/* Finds the route of `request->raw_path` and `request->method`, and on BOCATA_ROUTE_FOUND fills the
 * request's route and params (in its exchange's arena). A request that asks for a WebSocket is for
 * an endpoint, any other for a view; and for the other kind only where that alone matches. */
bocata_route_match bocata_router_match(const bocata_router *router, bocata_request *request);

/* The value of Allow for the request's path: the methods of all routes that match it, e.g. "GET,
 * HEAD, POST". */
BOCATA_MUST_USE bocata_status bocata_router_allow(const bocata_router *router,
                                                  const bocata_request *request, bocata_buf *allow);

#endif
