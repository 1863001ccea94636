/* permessage-deflate: the payload of messages, compressed by zlib (RFC 7692 7.2). This is the
 * server's side; what is agreed with a client, deflate_offer.h finds out.
 *
 * A stream of zlib takes from 7 to 256 KiB (deflate at window bits 15). Where messages may lean on
 * earlier ones (context takeover) it is the socket's own; where not, the sockets of a loop share
 * one, and an idle socket has none. */
#ifndef BOCATA_WEBSOCKET_DEFLATE_H
#define BOCATA_WEBSOCKET_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "websocket/deflate_offer.h"

typedef struct bocata_deflater bocata_deflater;
typedef struct bocata_inflater bocata_inflater;

/* One for each loop. All zero is an empty one. */
typedef struct bocata_deflate_pool {
    bocata_deflater *deflater; /* NULL until the first message */
    bocata_inflater *inflater; /* NULL as well while a message is arriving in pieces */
} bocata_deflate_pool;

/* One for each socket; the pool must outlive it. What is not named in an initialiser is zero. */
typedef struct bocata_deflate {
    bocata_deflate_pool *pool;
    bocata_deflater *deflater; /* with the server's context takeover, from the first message on */
    bocata_inflater *inflater; /* the same of the client's; without, while a message arrives */
    bocata_deflate_agreement agreement;
} bocata_deflate;

void bocata_deflate_pool_done(bocata_deflate_pool *pool);
void bocata_deflate_done(bocata_deflate *deflate);

/* Appends the payload for a whole message, which is sent with RSV1 set on its first frame.
 *
 *   message  at most 1 GiB
 *
 * Returns BOCATA_OK, BOCATA_E_NOMEM or BOCATA_E_LIMIT; on failure `payload` is as it was, and the
 * next message can be compressed. */
BOCATA_MUST_USE bocata_status bocata_deflate_compress(bocata_deflate *deflate, bocata_str message,
                                                      bocata_buf *payload);

/* Appends what a piece of a message's payload holds: a bocata_inflate (message.h).
 *
 *   deflate  a bocata_deflate
 *   piece    unmasked, of any length up to 1 GiB, also 0; borrowed for the call
 *   is_last  it ends the message
 *   len_max  bytes that `message` may hold in all, >= message->len
 *
 * Returns 0, or the code to close with: 1007 for what is not a whole DEFLATE stream, 1009 past
 * `len_max`, 1011 out of memory. After a failure only bocata_deflate_done may be called. */
uint16_t bocata_deflate_decompress(void *deflate, bocata_str piece, bool is_last, size_t len_max,
                                   bocata_buf *message);

#endif
