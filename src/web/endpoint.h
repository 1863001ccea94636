/* A WebSocket endpoint: what an application gave for a route, checked, with its defaults. */
#ifndef BOCATA_WEB_ENDPOINT_H
#define BOCATA_WEB_ENDPOINT_H

#include <bocata/websocket.h>

#include "base/arena.h"
#include "websocket/deflate_offer.h"

typedef struct bocata_endpoint {
    bocata_websocket_handlers handlers; /* strings are copies; no number that has a default is 0 */
    bocata_deflate_settings deflate;    /* where `handlers.deflate` is on */
} bocata_endpoint;

/* Returns BOCATA_OK, with an endpoint that lives in the arena; BOCATA_E_NOMEM; or BOCATA_E_INVALID
 * with a constant sentence in `*ret_reason`. */
BOCATA_MUST_USE bocata_status bocata_endpoint_new(bocata_arena *arena,
                                                  const bocata_websocket_handlers *handlers,
                                                  const bocata_endpoint **ret_endpoint,
                                                  const char **ret_reason);

#endif
