/* The opening handshake, seen from the server (RFC 6455 4.2). Whether the request's Origin is
 * welcome is not decided here. */
#ifndef BOCATA_WEBSOCKET_HANDSHAKE_H
#define BOCATA_WEBSOCKET_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/fields.h>
#include <bocata/status.h>

#define BOCATA_HANDSHAKE_ACCEPT_LEN 28

/* Why the request opens no WebSocket: 400, 405, or 426. `detail` is a constant sentence. A 405 is
 * answered with `Allow: GET`, a 426 with `Upgrade: websocket`, `Connection: Upgrade` and
 * `Sec-WebSocket-Version: 13`. */
typedef struct bocata_handshake_refusal {
    int status;
    const char *detail;
} bocata_handshake_refusal;

/* Whether the request asks for a WebSocket: its Upgrade header names it. */
bool bocata_handshake_is_asked(const bocata_field *headers, size_t header_count);

/* Checks what a client must send (4.2.1). Host is left to the framing of HTTP.
 *
 *   headers      of the request, values trimmed
 *   ret_key      set if the request is good: the value of Sec-WebSocket-Key, in `headers`
 *   ret_refusal  set if not
 *
 * Returns whether it is good. */
bool bocata_handshake_check(bocata_str method, bool is_http_1_0, const bocata_field *headers,
                            size_t header_count, bocata_str *ret_key,
                            bocata_handshake_refusal *ret_refusal);

/* The value of Sec-WebSocket-Accept for a key that is good (4.2.2), and a NUL. Returns BOCATA_OK,
 * BOCATA_E_INVALID for a key of another length, or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_handshake_accept(bocata_str key,
                                                      char accept[BOCATA_HANDSHAKE_ACCEPT_LEN + 1]);

/* The first of the client's subprotocols (Sec-WebSocket-Protocol) that the server has as well.
 *
 *   served        the server's, in any order; the comparison is exact
 *   ret_protocol  one of `served`; NULL if there is none, and then the answer names none
 *
 * Returns BOCATA_OK, or BOCATA_E_MALFORMED for a header that is no list of tokens: a 400. */
BOCATA_MUST_USE bocata_status bocata_handshake_protocol(const bocata_field *headers,
                                                        size_t header_count,
                                                        const char *const *served,
                                                        size_t served_count,
                                                        const char **ret_protocol);

#endif
