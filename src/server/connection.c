#include "server/connection.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/str.h"
#include "web/log.h"
#include "web/websocket.h"

#define INPUT_LEN_MAX 65536 /* read ahead of a response that is not finished */
/* Discarded after the end, so that a reset does not eat the answer. */
#define LINGER_LEN_MAX 262144
#define WRITE_LEN_MIN 16384  /* to be taken in one write deadline, unless less is left */
#define TURN_REQUESTS_MAX 64 /* pipelined ones, before other connections have their turn */

static bocata_connection *of_transport(bocata_transport *transport)
{
    return (bocata_connection *)(void *)((char *)transport -
                                         offsetof(bocata_connection, transport));
}

bool bocata_connection_can_serve(const bocata_connection *connection)
{
    return connection->phase == BOCATA_CONNECTION_OPEN && !connection->transport.is_writing;
}

bool bocata_connection_has_turn(bocata_connection *connection)
{
    if (connection->turn != connection->server->turn) {
        connection->turn = connection->server->turn;
        connection->turn_requests = 0;
    }
    return connection->turn_requests < TURN_REQUESTS_MAX;
}

void bocata_connection_send(bocata_connection *connection, bocata_buf *body)
{
    bocata_buf *output = &connection->server->output;

    if (connection->phase != BOCATA_CONNECTION_CLOSED &&
        bocata_transport_write(&connection->transport, buf_str(output), body) != BOCATA_OK)
        bocata_connection_close(connection);
    output->len = 0;
}

void bocata_connection_end(bocata_connection *connection)
{
    if (connection->phase == BOCATA_CONNECTION_OPEN)
        connection->phase = BOCATA_CONNECTION_ENDING;
}

static void arm(bocata_connection *connection, bocata_deadline_kind kind)
{
    if (!deadline_is_armed(&connection->deadline) || connection->deadline.kind != kind)
        bocata_server_arm(connection->server, &connection->deadline, kind);
}

/* Not anew while it waits: what else happens to the connection is no progress. */
static void arm_write(bocata_connection *connection)
{
    if (deadline_is_armed(&connection->deadline) &&
        connection->deadline.kind == BOCATA_DEADLINE_WRITE)
        return;
    connection->unsent_len = bocata_transport_unsent_len(&connection->transport);
    arm(connection, BOCATA_DEADLINE_WRITE);
}

static void linger(bocata_connection *connection)
{
    if (connection->has_ended || bocata_transport_shutdown(&connection->transport) != BOCATA_OK) {
        bocata_connection_close(connection);
        return;
    }
    connection->phase = BOCATA_CONNECTION_LINGERING;
    bocata_buf_free(&connection->input);
    arm(connection, BOCATA_DEADLINE_LINGER);
    bocata_transport_read_start(&connection->transport);
}

/* What a WebSocket waits for now: it is read from while it is written to. */
static void settle_socket(bocata_connection *connection)
{
    if (connection->server->is_stopping)
        bocata_connection_stop(connection);
    bocata_deadline_kind kind = bocata_socket_waits_for(connection);
    bool has_input = connection->input.len > 0;
    if (!has_input)
        bocata_buf_free(&connection->input);
    else if (bocata_socket_can_read(connection)) /* what it was sent has gone out meanwhile */
        bocata_connection_wake(connection);
    if (kind == BOCATA_DEADLINE_WRITE)
        arm_write(connection);
    else
        arm(connection, kind);
    if (!has_input && bocata_socket_can_read(connection)) /* else the input would only grow */
        bocata_transport_read_start(&connection->transport);
    else
        bocata_transport_read_stop(&connection->transport);
}

/* What HTTP/1.1 waits for now. */
static void settle_http1(bocata_connection *connection)
{
    size_t input_len = connection->input.len;

    if (connection->server->is_stopping) {
        bocata_connection_stop(connection);
        if (connection->phase == BOCATA_CONNECTION_CLOSED)
            return;
    }
    if (input_len == 0) {
        bocata_buf_free(&connection->input);
    } else if (bocata_http1_is_idle(&connection->http1) &&
               !bocata_connection_has_turn(connection)) {
        bocata_transport_read_stop(&connection->transport);
        bocata_deadline_disarm(&connection->deadline);
        bocata_connection_rest(connection);
        return;
    }
    bocata_deadline_kind kind = bocata_http1_waits_for(&connection->http1, input_len > 0);
    if (kind == BOCATA_DEADLINE_COUNT) { /* reading on, to notice a client that goes away */
        bocata_deadline_disarm(&connection->deadline);
        if (input_len >= INPUT_LEN_MAX) {
            bocata_transport_read_stop(&connection->transport);
            arm(connection, BOCATA_DEADLINE_WATCH);
            return;
        }
    } else {
        arm(connection, kind);
    }
    bocata_transport_read_start(&connection->transport);
}

/* After the protocol had its turn: what this connection waits for now. */
static void settle(bocata_connection *connection)
{
    bocata_transport *transport = &connection->transport;

    if (connection->phase == BOCATA_CONNECTION_LINGERING) /* it had been woken before */
        return;
    bocata_connection_send(connection, NULL);
    if (connection->socket.ws)
        bocata_socket_flush(connection);
    if (connection->phase == BOCATA_CONNECTION_CLOSED)
        return;
    if (connection->socket.ws && connection->phase == BOCATA_CONNECTION_OPEN) {
        settle_socket(connection);
        return;
    }
    if (transport->is_writing) {
        bocata_transport_read_stop(transport);
        arm_write(connection);
        return;
    }
    if (connection->phase == BOCATA_CONNECTION_ENDING) {
        if (!connection->socket.ws || bocata_socket_is_sent(connection))
            linger(connection);
        return;
    }
    settle_http1(connection);
}

/* Returns how many bytes the protocol has used; a 101 among them hands the rest on. */
static size_t consume(bocata_connection *connection, bocata_str bytes)
{
    size_t used = 0;

    if (!connection->socket.ws)
        used = bocata_http1_consume(&connection->http1, bytes);
    if (!connection->socket.ws)
        return used;
    return used + bocata_socket_receive(connection, str_skip(bytes, used));
}

static void serve_input(bocata_connection *connection)
{
    size_t used = consume(connection, buf_str(&connection->input));
    bocata_buf_consume(&connection->input, used);
    settle(connection);
}

/* ---- from the transport ---------------------------------------------------------------------- */

static void on_received(bocata_transport *transport, bocata_str bytes)
{
    bocata_connection *connection = of_transport(transport);

    if (connection->phase == BOCATA_CONNECTION_LINGERING) {
        connection->lingered_len += bytes.len;
        if (connection->lingered_len > LINGER_LEN_MAX)
            bocata_connection_close(connection);
        return;
    }
    if (connection->input.len > 0) {
        if (bocata_buf_append(&connection->input, bytes) == BOCATA_OK)
            serve_input(connection);
        else
            bocata_connection_close(connection);
        return;
    }
    /* The usual case: nothing is copied. */
    bytes = str_skip(bytes, consume(connection, bytes));
    if (bocata_buf_append(&connection->input, bytes) != BOCATA_OK)
        bocata_connection_close(connection);
    settle(connection);
}

static void on_ended(bocata_transport *transport, bool is_broken)
{
    bocata_connection *connection = of_transport(transport);

    connection->has_ended = true;
    if (is_broken || connection->phase != BOCATA_CONNECTION_OPEN) {
        bocata_connection_close(connection);
        return;
    }
    bocata_http1_end(&connection->http1, connection->input.len > 0);
    if (connection->phase == BOCATA_CONNECTION_OPEN)
        bocata_connection_close(connection);
    else
        settle(connection);
}

static void on_written(bocata_transport *transport, bool is_broken)
{
    bocata_connection *connection = of_transport(transport);

    bocata_deadline_disarm(&connection->deadline);
    if (is_broken) {
        bocata_connection_close(connection);
        return;
    }
    if (connection->socket.ws)
        bocata_socket_written(connection);
    serve_input(connection);
}

static void on_closed(bocata_transport *transport)
{
    bocata_connection *connection = of_transport(transport);
    bocata_server *server = connection->server;

    bocata_buf_free(&connection->input); /* not before: the protocol may have been reading it */
    if (connection->socket.ws)           /* nor this: the transport may have held its frames */
        bocata_websocket_free(connection->socket.ws);
    free(connection);
    if (server->accept_waits && !server->is_stopping) {
        server->accept_waits = false;
        bocata_connection_accept(server, &server->listener.uv.stream);
    }
}

static const bocata_transport_events transport_events = {
    .received = on_received,
    .ended = on_ended,
    .written = on_written,
    .closed = on_closed,
};

/* ---- from the server ------------------------------------------------------------------------- */

void bocata_connection_accept(bocata_server *server, uv_stream_t *listener)
{
    bocata_connection *connection = calloc(1, sizeof *connection);

    if (!connection) { /* and libuv reports no other one before this is taken */
        server->accept_waits = true;
        bocata_app_log(server->app, BOCATA_LOG_ERROR,
                       "A connection waits: there is no memory for it.");
        return;
    }
    connection->server = server;
    connection->next = server->connections;
    if (connection->next)
        connection->next->prev = connection;
    server->connections = connection;
    bocata_http1_init(&connection->http1, connection);
    if (bocata_transport_accept(&connection->transport, listener, &transport_events,
                                &server->read_buffer) != BOCATA_OK) {
        bocata_connection_close(connection);
        return;
    }
    connection->peer_len = bocata_transport_peer(&connection->transport, connection->peer);
    settle(connection);
}

static void put_in(bocata_connection **list, bocata_connection *connection)
{
    if (connection->link_woken) /* it goes on anyway */
        return;
    connection->next_woken = *list;
    connection->link_woken = list;
    if (*list)
        (*list)->link_woken = &connection->next_woken;
    *list = connection;
}

static void take_out(bocata_connection *connection)
{
    if (!connection->link_woken)
        return;
    *connection->link_woken = connection->next_woken;
    if (connection->next_woken)
        connection->next_woken->link_woken = connection->link_woken;
    connection->link_woken = NULL;
}

void bocata_connection_wake(bocata_connection *connection)
{
    put_in(&connection->server->woken, connection);
}

void bocata_connection_rest(bocata_connection *connection)
{
    put_in(&connection->server->resting, connection);
}

/* Those that are woken meanwhile wait for the next turn. */
void bocata_connections_go_on(bocata_connection **list)
{
    bocata_connection *woken = *list;

    *list = NULL;
    if (woken)
        woken->link_woken = &woken;
    while (woken) {
        bocata_connection *connection = woken;
        take_out(connection);
        serve_input(connection);
    }
}

void bocata_connection_time_out(bocata_connection *connection)
{
    size_t unsent_len;

    switch (connection->deadline.kind) {
    case BOCATA_DEADLINE_WRITE:
        unsent_len = bocata_transport_unsent_len(&connection->transport);
        if (unsent_len == 0 || unsent_len + WRITE_LEN_MIN <= connection->unsent_len)
            arm_write(connection); /* slow, but it takes something */
        else
            bocata_connection_close(connection);
        break;
    case BOCATA_DEADLINE_WATCH:
        if (bocata_transport_is_ended(&connection->transport))
            bocata_connection_close(connection);
        else
            arm(connection, BOCATA_DEADLINE_WATCH);
        break;
    case BOCATA_DEADLINE_HEADER:
    case BOCATA_DEADLINE_BODY:
        bocata_http1_time_out(&connection->http1, connection->input.len > 0);
        if (connection->phase == BOCATA_CONNECTION_OPEN)
            bocata_connection_close(connection);
        else
            settle(connection);
        break;
    case BOCATA_DEADLINE_PING:
    case BOCATA_DEADLINE_PONG:
    case BOCATA_DEADLINE_CLOSE:
        bocata_socket_time_out(connection);
        break;
    default:
        bocata_connection_close(connection);
    }
}

void bocata_connection_stop(bocata_connection *connection)
{
    if (connection->socket.ws)
        bocata_socket_stop(connection);
    else if (connection->phase == BOCATA_CONNECTION_OPEN && !connection->transport.is_writing &&
             connection->input.len == 0 && bocata_http1_is_idle(&connection->http1))
        bocata_connection_close(connection);
}

void bocata_connection_close(bocata_connection *connection)
{
    bocata_server *server = connection->server;

    if (connection->phase == BOCATA_CONNECTION_CLOSED)
        return;
    connection->phase = BOCATA_CONNECTION_CLOSED;
    if (connection->prev)
        connection->prev->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->prev = connection->prev;
    take_out(connection);
    bocata_deadline_disarm(&connection->deadline);
    bocata_transport_close(&connection->transport);
    bocata_http1_close(&connection->http1);
    if (connection->socket.ws)
        bocata_websocket_lose(connection->socket.ws);
    bocata_server_connection_closed(server);
}
