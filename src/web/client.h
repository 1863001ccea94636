/* The in-process client, as its two files share it. */
#ifndef BOCATA_WEB_CLIENT_H
#define BOCATA_WEB_CLIENT_H

#include <bocata/client.h>

#include "web/cookie_jar.h"
#include "web/exchange.h"

#define BOCATA_CLIENT_HEADERS_MAX (BOCATA_REQUEST_HEADERS_MAX - 2) /* beside Host and Cookie */

struct bocata_client {
    bocata_runtime runtime;
    bocata_cookie_jar jar;
    bocata_client_socket *sockets; /* all that are not freed yet */
    int64_t now_s;                 /* once has_time */
    bool has_time, is_https;
};

/* Sends a request that has a target. `socket` is the one whose handshake it is, or NULL. */
bocata_reply *bocata_client_dispatch(bocata_client *client, const bocata_client_request *request,
                                     bocata_client_socket *socket);

/* Calls the timers that are due by now, as a server's loop would. */
void bocata_client_turn(bocata_client *client);

/* The handshake was answered, with the reply that bocata_client_dispatch gives, now or later. */
void bocata_client_socket_answered(bocata_client_socket *socket, const bocata_reply *reply,
                                   bocata_exchange *exchange);

#endif
