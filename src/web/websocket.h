/* An open WebSocket: what the server and the in-process client hand bytes to and send frames for.
 * No I/O.
 *
 *     ws = bocata_websocket_open(exchange, host, data);      on_open; it was finished with a 101
 *     bocata_websocket_receive(ws, bytes, len);              on_message, on_pong, on_close
 *     … send what websocket_queue(ws) holds …
 *     bocata_websocket_sent(ws, len);                        on_drain
 *     bocata_websocket_lose(ws);                             on_close, if it was not called yet
 *     bocata_websocket_free(ws); */
#ifndef BOCATA_WEB_WEBSOCKET_H
#define BOCATA_WEB_WEBSOCKET_H

#include <bocata/websocket.h>

#include "web/endpoint.h"
#include "web/exchange.h"
#include "web/hub.h"
#include "websocket/link.h"

/* Who carries the socket. */
typedef struct bocata_websocket_host {
    /* Something waits to be sent, or the state has changed: to be looked at soon, and not from
     * within this call. */
    void (*wake)(void *host_data);
} bocata_websocket_host;

struct bocata_websocket {
    bocata_exchange *exchange; /* of the handshake, kept; this lives in its memory */
    const bocata_endpoint *endpoint;
    const char *subprotocol;
    const bocata_websocket_host *host; /* NULL until it is open */
    void *host_data;
    bocata_link link;
    bocata_hub_entry entry;
    bool is_above_high_water;
    bool is_told_open; /* on_open was called, and on_close was not yet */
};

/* Takes it over from the exchange, and calls on_open. */
bocata_websocket *bocata_websocket_open(bocata_exchange *exchange,
                                        const bocata_websocket_host *host, void *host_data);

/* Takes what came from the client, and unmasks it in place. Returns how many bytes it took: all of
 * them, or at least one event's where what was sent meanwhile makes the socket congested. */
size_t bocata_websocket_receive(bocata_websocket *ws, char *bytes, size_t len);

static inline bocata_outgoing_queue *websocket_queue(bocata_websocket *ws)
{
    return &ws->link.queue;
}

/* So many bytes of the queue are sent. */
void bocata_websocket_sent(bocata_websocket *ws, size_t len);

/* True while nothing more should be read from the client, which does not take what it gets. */
static inline bool websocket_is_congested(const bocata_websocket *ws)
{
    return outgoing_queue_exceeds(&ws->link.queue, ws->endpoint->handlers.high_water_len);
}

/* True once only what is queued is left to be sent, and the connection then to be ended; on_close
 * was called. */
bool bocata_websocket_is_over(bocata_websocket *ws);

/* The connection is lost, or the time of the closing handshake has passed. */
void bocata_websocket_lose(bocata_websocket *ws);

/* Also for one that was never open. No handler is called. */
void bocata_websocket_free(bocata_websocket *ws);

/* Queues a frame that other sockets may share. One that cannot take it is closed. */
void bocata_websocket_send_shared(bocata_websocket *ws, bocata_outgoing *message);

#endif
