/* Which kind of permessage-deflate a client offers and the server takes (RFC 7692 5, 7.1). */
#ifndef BOCATA_WEBSOCKET_DEFLATE_OFFER_H
#define BOCATA_WEBSOCKET_DEFLATE_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bocata/fields.h>
#include <bocata/status.h>

#define BOCATA_DEFLATE_ANSWER_LEN_MAX 128 /* with all four parameters */

/* What the server wants. Smaller windows and no context takeover cost less memory and compress
 * less. */
typedef struct bocata_deflate_settings {
    bool has_server_takeover, has_client_takeover;          /* false: each message stands alone */
    uint8_t server_max_window_bits, client_max_window_bits; /* 9 to 15; 0: 15 */
} bocata_deflate_settings;

/* What both keep to, in the RFC's words. */
typedef struct bocata_deflate_agreement {
    bool server_no_context_takeover, client_no_context_takeover;
    uint8_t server_max_window_bits; /* 9 to 15 */
    uint8_t client_max_window_bits; /* 8 to 15 */
} bocata_deflate_agreement;

/* Takes the first acceptable offer in the lines of Sec-WebSocket-Extensions. An offer with a
 * parameter that is unknown, repeated or of a bad value is passed over, and so is one with
 * server_max_window_bits=8: zlib cannot compress for a window that small.
 *
 *   headers        of the request, values trimmed
 *   ret_agreement  set if an offer is taken
 *   answer         at least BOCATA_DEFLATE_ANSWER_LEN_MAX + 1 bytes: the value of the response's
 *                  Sec-WebSocket-Extensions, "" if no offer is taken; a NUL follows
 *
 * Returns BOCATA_OK, or BOCATA_E_MALFORMED for a header that is no list of extensions (RFC 6455
 * 9.1: the handshake fails, with a 400). */
BOCATA_MUST_USE bocata_status bocata_deflate_accept(const bocata_deflate_settings *settings,
                                                    const bocata_field *headers,
                                                    size_t header_count,
                                                    bocata_deflate_agreement *ret_agreement,
                                                    char *answer);

#endif
