/* The life of a connection: what it received and did not use yet, what it sends, its deadlines, its
 * end. The protocol on it is HTTP/1.1 (http1.h), and from a 101 on WebSocket (socket.h). */
#ifndef BOCATA_SERVER_CONNECTION_H
#define BOCATA_SERVER_CONNECTION_H

#include <stdbool.h>

#include "server/deadlines.h"
#include "server/http1.h"
#include "server/server.h"
#include "server/socket.h"
#include "server/transport.h"

struct bocata_connection {
    bocata_transport transport;
    bocata_server *server;
    bocata_connection *prev, *next; /* all of the server's */
    bocata_connection *next_woken;  /* in the server's `woken` or `resting` */
    bocata_connection **link_woken; /* what points to it there; NULL while it is in neither */
    bocata_deadline deadline;
    size_t unsent_len;      /* when the write deadline was armed */
    uint64_t turn;          /* of the server's, in which it last began a request */
    unsigned turn_requests; /* begun in that turn */
    bocata_buf input;       /* received, and not used by the protocol yet */
    size_t lingered_len;
    enum {
        BOCATA_CONNECTION_OPEN,
        BOCATA_CONNECTION_ENDING,    /* the last answer is being sent */
        BOCATA_CONNECTION_LINGERING, /* it is sent, and so is the end: waiting for the peer's */
        BOCATA_CONNECTION_CLOSED,
    } phase;
    bool has_ended; /* the peer sends no more */
    size_t peer_len;
    char peer[BOCATA_TRANSPORT_PEER_LEN];
    bocata_http1 http1;
    bocata_socket socket;
};

/* Takes the connection that waits at the listener. */
void bocata_connection_accept(bocata_server *server, uv_stream_t *listener);

/* ---- for the protocol ------------------------------------------------------------------------ */

/* False while something is unsent, and once the connection is ending: no request is begun. */
bool bocata_connection_can_serve(const bocata_connection *connection);

/* False once it had its share of the loop's turn: others come first. */
bool bocata_connection_has_turn(bocata_connection *connection);

/* Sends what stands in the server's output, and then `body` (taken over if it cannot be sent at
 * once; may be NULL). A failure closes the connection. */
void bocata_connection_send(bocata_connection *connection, bocata_buf *body);

/* No more is served; the connection closes once all is sent. */
void bocata_connection_end(bocata_connection *connection);

/* Lets the protocol go on before the loop sleeps. */
void bocata_connection_wake(bocata_connection *connection);

/* Lets it go on in the loop's next turn, after the other connections. */
void bocata_connection_rest(bocata_connection *connection);

/* ---- for the server -------------------------------------------------------------------------- */

/* Those in this list go on; each is taken out of it before. */
void bocata_connections_go_on(bocata_connection **list);
void bocata_connection_time_out(bocata_connection *connection);

/* The server is stopping: closes what is idle. A WebSocket is told. */
void bocata_connection_stop(bocata_connection *connection);

/* At once; fine where it is closed already. */
void bocata_connection_close(bocata_connection *connection);

#endif
