/* Bytes over a stream of libuv's: a TCP connection or a UNIX domain socket. Nothing else in the
 * server touches the stream, so that TLS can stand here one day. */
#ifndef BOCATA_SERVER_TRANSPORT_H
#define BOCATA_SERVER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include <bocata/status.h>
#include <bocata/str.h>

#include "base/buf.h"

typedef struct bocata_transport bocata_transport;

typedef struct bocata_transport_events {
    void (*received)(bocata_transport *transport, bocata_str bytes); /* borrowed for the call */
    void (*ended)(bocata_transport *transport,
                  bool is_broken); /* the peer sends no more, or is gone */
    void (*written)(bocata_transport *transport, bool is_broken); /* the rest that was pending */
    void (*closed)(bocata_transport *transport);                  /* its memory may be freed */
} bocata_transport_events;

struct bocata_transport {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    uv_shutdown_t shutdown_request;
    const bocata_transport_events *events;
    const uv_buf_t *read_buffer;
    bool is_reading, is_writing;
};

#define BOCATA_TRANSPORT_STRS_MAX 32 /* runs of bytes in one write */
#define BOCATA_TRANSPORT_PEER_LEN 64 /* "[IPv6 address]:65535" */

/* Takes the connection that waits at `listener`, and does not read yet.
 *
 *   read_buffer  where every read goes: shared by all transports of the loop, borrowed
 *
 * Once it returned, also with an error, the transport ends with bocata_transport_close and its
 * `closed`. Returns BOCATA_OK or BOCATA_E_IO. */
BOCATA_MUST_USE bocata_status bocata_transport_accept(bocata_transport *transport,
                                                      uv_stream_t *listener,
                                                      const bocata_transport_events *events,
                                                      const uv_buf_t *read_buffer);

/* "127.0.0.1:50312" or "[::1]:50312" with a NUL, "" for a UNIX socket. Returns its length. */
size_t bocata_transport_peer(const bocata_transport *transport,
                             char peer[BOCATA_TRANSPORT_PEER_LEN]);

/* "http": what is spoken on it is plain. */
bocata_str bocata_transport_scheme(const bocata_transport *transport);

/* Each is fine where it is so already. */
void bocata_transport_read_start(bocata_transport *transport);
void bocata_transport_read_stop(bocata_transport *transport);

/* Sends `head` and then `body` (may be NULL). What the system does not take at once is copied, or
 * in the body's case taken over from it, and `is_writing` stands until `written` is called; nothing
 * may be written meanwhile. Returns BOCATA_OK, or BOCATA_E_IO or BOCATA_E_NOMEM for a connection to
 * be closed. */
BOCATA_MUST_USE bocata_status bocata_transport_write(bocata_transport *transport, bocata_str head,
                                                     bocata_buf *body);

/* Sends of `count` runs of bytes what the system takes at once. Returns BOCATA_OK, or BOCATA_E_IO
 * for a connection to be closed. */
BOCATA_MUST_USE bocata_status bocata_transport_write_now(bocata_transport *transport,
                                                         const bocata_str strs[], size_t count,
                                                         size_t *ret_len);

/* Sends all of them in its time. They must stay as they are until `written` or `closed` is called,
 * and nothing may be written meanwhile. Returns as bocata_transport_write. */
BOCATA_MUST_USE bocata_status bocata_transport_write_held(bocata_transport *transport,
                                                          const bocata_str strs[], size_t count);

/* How many bytes the peer has not taken yet, those in the kernel included. */
size_t bocata_transport_unsent_len(const bocata_transport *transport);

/* True if the peer sends no more or is gone: for one that is not read from, and so not noticed. */
bool bocata_transport_is_ended(const bocata_transport *transport);

/* Sends the end of the stream. Returns BOCATA_OK or BOCATA_E_IO. */
BOCATA_MUST_USE bocata_status bocata_transport_shutdown(bocata_transport *transport);

/* Once. */
void bocata_transport_close(bocata_transport *transport);

#endif
