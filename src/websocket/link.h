/* The server's end of a WebSocket, without I/O: bytes go in, messages come out, and frames wait to
 * be sent. It answers pings, and does the closing handshake (RFC 6455 5.5, 7.1). */
#ifndef BOCATA_WEBSOCKET_LINK_H
#define BOCATA_WEBSOCKET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bocata/close_code.h>

#include "websocket/deflate.h"
#include "websocket/message.h"
#include "websocket/outgoing.h"

typedef struct bocata_link_rules {
    size_t message_len_max;    /* bytes, of what is received */
    size_t unsent_len_max;     /* bytes that may wait */
    bocata_deflate_pool *pool; /* NULL without permessage-deflate */
    bocata_deflate_agreement deflate;
} bocata_link_rules;

typedef enum bocata_link_state {
    BOCATA_LINK_OPEN,
    BOCATA_LINK_CLOSING, /* our close frame is queued: waiting for the peer's */
    BOCATA_LINK_CLOSED,  /* nothing is read or queued any more: what is queued is to be sent, and
                            the connection to be ended */
} bocata_link_state;

/* It stays where it is initialised: its reader points to its deflate. */
typedef struct bocata_link {
    bocata_link_state state;
    uint16_t close_code;      /* of whoever closed first; 0 while nobody has */
    uint8_t close_reason_len; /* it may have NULs within */
    char *close_reason;       /* UTF-8 with a NUL behind; NULL for none, or without memory for it */
    bocata_message_reader reader;
    bocata_outgoing_queue queue;
    bocata_deflate deflate;
    size_t unsent_len_max;
} bocata_link;

void bocata_link_init(bocata_link *link, const bocata_link_rules *rules);
void bocata_link_done(bocata_link *link);

typedef enum bocata_link_event_kind {
    BOCATA_LINK_NONE, /* all bytes were taken */
    BOCATA_LINK_MESSAGE,
    BOCATA_LINK_PONG,
    BOCATA_LINK_END, /* the state is CLOSED now, by what was read */
} bocata_link_event_kind;

typedef struct bocata_link_event {
    bocata_link_event_kind kind;
    bool is_text;
    bocata_str payload; /* good until the next call */
} bocata_link_event;

/* Reads up to the next event, and unmasks `bytes` in place.
 *
 * A ping is answered by a pong, which takes the place of an earlier one where many frames wait. The
 * peer's close is answered by its code. What breaks the protocol or a limit is answered, behind
 * what waits, by a close frame that says so. Once closing, only the peer's close or a failure
 * counts, and either ends it; once closed, everything is passed over.
 *
 * Returns how many bytes were taken; to be called until BOCATA_LINK_NONE. */
size_t bocata_link_read(bocata_link *link, char *bytes, size_t len, bocata_link_event *ret_event);

/* Queues a frame, a message's compressed where that was agreed on.
 *
 *   opcode   TEXT, BINARY or PING
 *   payload  copied; the caller knows that text is UTF-8, and a ping's at most
 *            BOCATA_FRAME_CONTROL_LEN_MAX bytes
 *
 * Returns BOCATA_OK; BOCATA_E_INVALID unless open; or, closing the link in place of what waits,
 * BOCATA_E_LIMIT past unsent_len_max (1013) or BOCATA_E_NOMEM (1011). */
BOCATA_MUST_USE bocata_status bocata_link_send(bocata_link *link, bocata_opcode opcode,
                                               bocata_str payload);

/* The same for one that is put together already: TEXT or BINARY, not compressed. Compressed, it is
 * kept in `outgoing` for the next link, unless messages lean on earlier ones. */
BOCATA_MUST_USE bocata_status bocata_link_send_shared(bocata_link *link, bocata_outgoing *outgoing);

/* Begins to close with a frame behind what waits; changes nothing where it is closing already.
 *
 *   code    BOCATA_CLOSE_NO_CODE for an empty frame
 *   reason  copied
 *
 * Returns BOCATA_OK; as bocata_close_write_payload, and then the frame has no reason, nor a code if
 * that was wrong, and the link's code is BOCATA_CLOSE_NO_CODE as the peer's; or BOCATA_E_NOMEM, and
 * then the link is CLOSED without. */
bocata_status bocata_link_close(bocata_link *link, uint16_t code, bocata_str reason);

/* Nothing more is to be expected of the peer: it is lost, or has let the time of the closing
 * handshake pass. The code is 1006 where nobody had closed. */
void bocata_link_lose(bocata_link *link);

#endif
