/* A request that lives on after its response: what a WebSocket knows of its handshake. */
#ifndef BOCATA_WEB_KEPT_REQUEST_H
#define BOCATA_WEB_KEPT_REQUEST_H

#include "web/exchange.h"

/* A finished exchange with copies of the request's strings, in no more memory than they need:
 * without body, headers that are cookies or the handshake's own, and what views took from the
 * request's memory. Session and user pointer move over to it.
 *
 *   extra_size  bytes for the caller beside it, which end with it
 *   ret_extra   aligned for any type
 *
 * To be freed with bocata_exchange_free. NULL when out of memory, and nothing has moved then. */
bocata_exchange *bocata_exchange_keep(bocata_exchange *from, size_t extra_size, void **ret_extra);

#endif
