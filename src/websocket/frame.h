/* WebSocket frames (RFC 6455 5): read from bytes that arrive in any pieces, and written. */
#ifndef BOCATA_WEBSOCKET_FRAME_H
#define BOCATA_WEBSOCKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bocata/close_code.h>
#include <bocata/status.h>
#include <bocata/str.h>

typedef enum bocata_opcode {
    BOCATA_OPCODE_CONTINUATION = 0x0,
    BOCATA_OPCODE_TEXT = 0x1,
    BOCATA_OPCODE_BINARY = 0x2,
    BOCATA_OPCODE_CLOSE = 0x8,
    BOCATA_OPCODE_PING = 0x9,
    BOCATA_OPCODE_PONG = 0xa,
} bocata_opcode;

#define BOCATA_FRAME_HEADER_LEN_MAX 14
#define BOCATA_FRAME_MASK_LEN 4
#define BOCATA_FRAME_CONTROL_LEN_MAX 125 /* payload of a ping, pong or close (RFC 6455 5.5) */

typedef struct bocata_frame_rules {
    bool is_server;         /* what is read must be masked; for a client it must not */
    bool has_deflate;       /* permessage-deflate is in use, so RSV1 has a meaning (RFC 7692 6) */
    size_t frame_len_max;   /* payload of a data frame, in bytes as sent */
    size_t message_len_max; /* payload of a message's frames together, in bytes; a compressed one
                             * may be somewhat longer, as its limit holds for what comes out */
} bocata_frame_rules;

typedef enum bocata_frame_event_kind {
    BOCATA_FRAME_NONE, /* all bytes were taken, and more are needed */
    BOCATA_FRAME_DATA,
    BOCATA_FRAME_PING,
    BOCATA_FRAME_PONG,
    BOCATA_FRAME_CLOSE,
    BOCATA_FRAME_FAILURE,
} bocata_frame_event_kind;

/* What was read. */
typedef struct bocata_frame_event {
    bocata_frame_event_kind kind;
    bocata_opcode opcode;     /* DATA: the message's, TEXT or BINARY */
    bool is_first, is_last;   /* DATA: a message begins, ends with this piece */
    bool is_compressed;       /* DATA: the message had RSV1 */
    bocata_str payload;       /* DATA, PING, PONG; CLOSE: the reason, UTF-8 */
    uint16_t close_code;      /* CLOSE: the peer's; FAILURE: the one to answer with */
    const char *failure_text; /* FAILURE: a constant sentence */
} bocata_frame_event;

typedef enum bocata_frame_stage {
    BOCATA_FRAME_STAGE_HEADER,
    BOCATA_FRAME_STAGE_PAYLOAD,
    BOCATA_FRAME_STAGE_ENDED, /* after a close frame or a failure nothing is read any more */
} bocata_frame_stage;

/* Its fields are its own. */
typedef struct bocata_frame_reader {
    bocata_frame_rules rules;
    uint64_t payload_left;        /* bytes of this frame that have not come yet */
    uint64_t message_len;         /* payloads of this message's frames so far */
    bocata_opcode message_opcode; /* 0: no message is under way */
    bool is_message_compressed;
    bool is_message_given;           /* a first piece of it was */
    uint8_t stage;                   /* a bocata_frame_stage */
    uint8_t header_len, control_len; /* how much of each is there */
    uint8_t mask[BOCATA_FRAME_MASK_LEN];
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX];
    char control[BOCATA_FRAME_CONTROL_LEN_MAX];
} bocata_frame_reader;

void bocata_frame_reader_init(bocata_frame_reader *reader, const bocata_frame_rules *rules);

/* Reads up to the next event.
 *
 *   bytes  what came from the peer; payload in it is unmasked in place
 *
 * Returns how many bytes were taken: all of them with BOCATA_FRAME_NONE, else at least one. The
 * payload of data lies in `bytes`, that of a control frame in `reader` until the next call. */
size_t bocata_frame_read(bocata_frame_reader *reader, char *bytes, size_t len,
                         bocata_frame_event *ret_event);

/* Reads nothing any more, as after a failure. */
void bocata_frame_reader_end(bocata_frame_reader *reader);

/* Whether a close frame may carry this code (RFC 6455 7.4, and IANA's registry of the codes). */
bool bocata_close_code_is_valid(uint16_t code);

typedef struct bocata_frame {
    bocata_opcode opcode;
    bool is_final; /* FIN */
    bool has_rsv1;
    uint64_t payload_len;
    const uint8_t *mask; /* of BOCATA_FRAME_MASK_LEN bytes, or NULL as a server sends it */
} bocata_frame;

/* Writes the header that goes before the payload, and returns its length in bytes. */
size_t bocata_frame_write_header(const bocata_frame *frame,
                                 uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX]);

/* Masks or unmasks bytes in place (RFC 6455 5.3), and turns `mask` to go on with the next ones. */
void bocata_frame_mask(uint8_t mask[BOCATA_FRAME_MASK_LEN], char *bytes, size_t len);

/* Writes the payload of a close frame.
 *
 *   code     BOCATA_CLOSE_NO_CODE for an empty one
 *   ret_len  set on BOCATA_OK
 *
 * Returns BOCATA_OK, BOCATA_E_INVALID for a code that may not be sent, a reason without a code or
 * one that is not UTF-8, or BOCATA_E_LIMIT for a reason beyond BOCATA_CLOSE_REASON_LEN_MAX. */
BOCATA_MUST_USE bocata_status bocata_close_write_payload(uint16_t code, bocata_str reason,
                                                         char payload[BOCATA_FRAME_CONTROL_LEN_MAX],
                                                         size_t *ret_len);

#endif
