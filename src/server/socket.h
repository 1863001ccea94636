/* The WebSocket on a connection, once HTTP/1.1 has handed it over. */
#ifndef BOCATA_SERVER_SOCKET_H
#define BOCATA_SERVER_SOCKET_H

#include <stdbool.h>

#include "server/deadlines.h"
#include "web/exchange.h"

typedef struct bocata_connection bocata_connection;

typedef struct bocata_socket {
    bocata_websocket *ws; /* NULL while HTTP/1.1 is spoken */
    bool is_receiving;    /* what its handlers send goes out when they are done */
    bool is_pinged;       /* and nothing has come since */
    size_t held_len;      /* bytes of the queue that the transport holds */
} bocata_socket;

/* The exchange's 101 stands in the server's output. */
void bocata_socket_open(bocata_connection *connection, bocata_exchange *exchange);

/* Returns how many bytes it took: the rest is to be given again once the client has taken more of
 * what it gets. */
size_t bocata_socket_receive(bocata_connection *connection, bocata_str bytes);

/* Sends what waits, while the transport takes it, and ends the connection once that is all. */
void bocata_socket_flush(bocata_connection *connection);

/* The transport has written what it held. */
void bocata_socket_written(bocata_connection *connection);

/* False while frames wait for the transport, or for the connection's next turn. */
bool bocata_socket_is_sent(const bocata_connection *connection);

/* False while the client does not take what it gets. */
bool bocata_socket_can_read(const bocata_connection *connection);

/* What it waits for, also while something is unsent. */
bocata_deadline_kind bocata_socket_waits_for(const bocata_connection *connection);

/* The time for that has passed: sends a ping, or gives the client up. */
void bocata_socket_time_out(bocata_connection *connection);

/* The server is going away. */
void bocata_socket_stop(bocata_connection *connection);

#endif
