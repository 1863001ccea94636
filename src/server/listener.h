/* Where the server listens: a TCP port or a UNIX domain socket. */
#ifndef BOCATA_SERVER_LISTENER_H
#define BOCATA_SERVER_LISTENER_H

#include <stdbool.h>

#include <uv.h>

#include <bocata/status.h>

#include "server/options.h"

/* What --host and --port, or --uds, name. */
typedef struct bocata_address {
    struct sockaddr_storage tcp;
    const char *path; /* of a UNIX domain socket; NULL: tcp */
} bocata_address;

typedef struct bocata_listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    const char *path; /* of our socket's file, NULL where there is none */
    dev_t dev;
    ino_t ino; /* so that another server's file in its place is left */
} bocata_listener;

#define BOCATA_LISTENER_MESSAGE_LEN 512
#define BOCATA_LISTENER_URL_LEN 160

/* Looks the host up; a name with several addresses gives the first IPv4 one. Failing sets `message`
 * to a sentence and returns BOCATA_E_IO. */
BOCATA_MUST_USE bocata_status bocata_address_resolve(bocata_address *address,
                                                     const bocata_options *options,
                                                     char message[BOCATA_LISTENER_MESSAGE_LEN]);

/* True if no other machine reaches it: 127.0.0.0/8, ::1, a UNIX domain socket. */
bool bocata_address_is_local(const bocata_address *address);

/* Listens; `on_connection` runs when one waits. The file of a UNIX domain socket gets mode 0666,
 * takes the place of one that nobody serves, and is removed when the listener is closed. Nobody
 * sees it before all is ready: it is made as "path.<pid>", and then renamed.
 *
 * Once it returned, also with an error, the handle must be closed. Failing sets `message` to a
 * sentence with what to do, and returns BOCATA_E_IO. */
BOCATA_MUST_USE bocata_status bocata_listener_open(bocata_listener *listener, uv_loop_t *loop,
                                                   const bocata_address *address,
                                                   uv_connection_cb on_connection,
                                                   char message[BOCATA_LISTENER_MESSAGE_LEN]);

/* "http://127.0.0.1:8000", with the port that it really has, or "unix:/path". */
void bocata_listener_url(const bocata_listener *listener, const bocata_address *address,
                         char url[BOCATA_LISTENER_URL_LEN]);

/* Accepts nothing more; fine where it is so already. */
void bocata_listener_close(bocata_listener *listener);

#endif
