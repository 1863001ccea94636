#include "server/socket.h"

#include "base/str.h"
#include "server/connection.h"
#include "web/websocket.h"

#define BATCH_MAX BOCATA_TRANSPORT_STRS_MAX /* frames in one write */
#define BATCHES_MAX 8                       /* before other connections have their turn */

static void wake(void *host_data)
{
    bocata_connection *connection = host_data;

    if (!connection->socket.is_receiving)
        bocata_connection_wake(connection);
}

static const bocata_websocket_host host = {.wake = wake};

void bocata_socket_open(bocata_connection *connection, bocata_exchange *exchange)
{
    bocata_socket *socket = &connection->socket;

    socket->is_receiving = true;
    socket->ws = bocata_websocket_open(exchange, &host, connection);
    socket->is_receiving = false;
}

size_t bocata_socket_receive(bocata_connection *connection, bocata_str bytes)
{
    bocata_socket *socket = &connection->socket;
    size_t used = 0;

    if (bytes.len == 0)
        return 0;
    socket->is_pinged = false;
    if (connection->deadline.kind == BOCATA_DEADLINE_PING ||
        connection->deadline.kind == BOCATA_DEADLINE_PONG)
        bocata_deadline_disarm(&connection->deadline);
    while (used < bytes.len && bocata_socket_can_read(connection)) {
        bocata_str rest = str_skip(bytes, used);
        socket->is_receiving = true;
        /* They stand in a buffer of ours, where they may be unmasked. */
        used += bocata_websocket_receive(socket->ws, (char *)(uintptr_t)rest.ptr, rest.len);
        socket->is_receiving = false;
        if (used < bytes.len) {
            bocata_connection_send(connection, NULL); /* the 101, perhaps */
            bocata_socket_flush(connection);
        }
    }
    return used;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Sends a batch. False if the transport took less than all of it, or broke. */
static bool send_batch(bocata_connection *connection)
{
    bocata_socket *socket = &connection->socket;
    bocata_str strs[BATCH_MAX];
    size_t len = 0, sent_len;

    size_t count = bocata_outgoing_queue_peek(websocket_queue(socket->ws), strs, BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        len += strs[i].len;
    if (bocata_transport_write_now(&connection->transport, strs, count, &sent_len) != BOCATA_OK) {
        bocata_connection_close(connection);
        return false;
    }
    bocata_websocket_sent(socket->ws, sent_len);
    return sent_len == len;
}

/* Lets the transport hold what it did not take. */
static void hold_batch(bocata_connection *connection)
{
    bocata_socket *socket = &connection->socket;
    bocata_outgoing_queue *queue = websocket_queue(socket->ws);
    bocata_str strs[BATCH_MAX];

    size_t count = bocata_outgoing_queue_peek(queue, strs, BATCH_MAX);
    if (bocata_transport_write_held(&connection->transport, strs, count) != BOCATA_OK) {
        bocata_connection_close(connection);
        return;
    }
    queue->held_count = (uint32_t)count;
    socket->held_len = 0;
    for (size_t i = 0; i < count; i++)
        socket->held_len += strs[i].len;
}

static void send_frames(bocata_connection *connection)
{
    bocata_outgoing_queue *queue = websocket_queue(connection->socket.ws);

    for (int i = 0; i < BATCHES_MAX && queue->count > 0; i++) {
        if (send_batch(connection))
            continue;
        /* It may be empty: on_drain may have sent what cost the socket its queue. */
        if (connection->phase != BOCATA_CONNECTION_CLOSED && queue->count > 0)
            hold_batch(connection);
        return;
    }
    if (queue->count > 0) /* on_drain may produce for as long as the client takes it */
        bocata_connection_rest(connection);
}

void bocata_socket_flush(bocata_connection *connection)
{
    bocata_socket *socket = &connection->socket;

    if (connection->phase == BOCATA_CONNECTION_CLOSED)
        return;
    socket->is_receiving = true; /* on_drain may send more, which goes out in the same loop */
    if (!connection->transport.is_writing)
        send_frames(connection);
    socket->is_receiving = false;
    if (connection->phase == BOCATA_CONNECTION_OPEN && bocata_websocket_is_over(socket->ws))
        bocata_connection_end(connection);
}

void bocata_socket_written(bocata_connection *connection)
{
    bocata_socket *socket = &connection->socket;

    if (!socket->held_len) /* it was the 101 */
        return;
    websocket_queue(socket->ws)->held_count = 0;
    size_t len = socket->held_len;
    socket->held_len = 0;
    bocata_websocket_sent(socket->ws, len);
}

bool bocata_socket_is_sent(const bocata_connection *connection)
{
    return websocket_queue(connection->socket.ws)->count == 0;
}

/* ---- time ------------------------------------------------------------------------------------ */

bool bocata_socket_can_read(const bocata_connection *connection)
{
    const bocata_websocket *ws = connection->socket.ws;

    return ws->link.state != BOCATA_LINK_OPEN || !websocket_is_congested(ws);
}

bocata_deadline_kind bocata_socket_waits_for(const bocata_connection *connection)
{
    const bocata_socket *socket = &connection->socket;

    if (socket->ws->link.state != BOCATA_LINK_OPEN)
        return BOCATA_DEADLINE_CLOSE;
    if (connection->transport.is_writing)
        return BOCATA_DEADLINE_WRITE;
    return socket->is_pinged ? BOCATA_DEADLINE_PONG : BOCATA_DEADLINE_PING;
}

void bocata_socket_time_out(bocata_connection *connection)
{
    bocata_socket *socket = &connection->socket;

    if (connection->deadline.kind == BOCATA_DEADLINE_PING &&
        bocata_websocket_ping(socket->ws, STR("")) == BOCATA_OK)
        socket->is_pinged = true;
    else
        bocata_connection_close(connection);
}

void bocata_socket_stop(bocata_connection *connection)
{
    bocata_websocket_close(connection->socket.ws, BOCATA_CLOSE_GOING_AWAY,
                           "the server is going away");
}
