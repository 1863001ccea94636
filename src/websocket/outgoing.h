/* Frames to be sent, and the queues in which they wait. A frame is put together once and may wait
 * in any number of queues: nobody changes it. */
#ifndef BOCATA_WEBSOCKET_OUTGOING_H
#define BOCATA_WEBSOCKET_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bocata/status.h>
#include <bocata/str.h>

#include "websocket/frame.h"

/* A whole frame: header and payload. */
typedef struct bocata_outgoing bocata_outgoing;
struct bocata_outgoing {
    size_t ref_count;
    size_t len; /* of `bytes` */
    bocata_opcode opcode;
    uint8_t header_len;
    uint8_t deflated_bits;     /* the window that `deflated` needs */
    bocata_outgoing *deflated; /* the same, compressed on its own; NULL until it is asked for */
    char bytes[];
};

/* One reference is the caller's; NULL when out of memory. */
bocata_outgoing *bocata_outgoing_new(bocata_opcode opcode, bool has_rsv1, bocata_str payload);
bocata_outgoing *bocata_outgoing_ref(bocata_outgoing *outgoing);
void bocata_outgoing_unref(bocata_outgoing *outgoing); /* NULL is fine */

static inline bocata_str outgoing_payload(const bocata_outgoing *outgoing)
{
    return (bocata_str){outgoing->bytes + outgoing->header_len,
                        outgoing->len - outgoing->header_len};
}

/* All zero is an empty one, which owns no memory. */
typedef struct bocata_outgoing_queue {
    bocata_outgoing **items; /* a ring of `cap` */
    uint32_t cap, first, count;
    uint32_t held_count; /* of the first ones, whose bytes are being written and must stay. Its
                            owner sets it after a peek, and to 0 before it says what is sent. */
    size_t sent_len;     /* bytes of the first that are sent */
    size_t unsent_len;   /* bytes of all that are not */
} bocata_outgoing_queue;

/* Whether there are more than so many bytes in it, or so many frames that their memory is much more
 * than their bytes: small ones count as 32, but for some. */
static inline bool outgoing_queue_exceeds(const bocata_outgoing_queue *queue, size_t len)
{
    return queue->unsent_len > len || queue->count > len / 32 + 64;
}

/* Adds a reference of its own. Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_outgoing_queue_push(bocata_outgoing_queue *queue,
                                                         bocata_outgoing *outgoing);

/* The unsent bytes of at most `max` frames, in their order, where they stay until they are sent,
 * dropped or done. Returns how many. */
size_t bocata_outgoing_queue_peek(const bocata_outgoing_queue *queue, bocata_str strs[],
                                  size_t max);

/* So many bytes, of those that are unsent, are sent. */
void bocata_outgoing_queue_sent(bocata_outgoing_queue *queue, size_t len);

/* Drops what is not begun, and not held. */
void bocata_outgoing_queue_drop(bocata_outgoing_queue *queue);

/* Drops the waiting frame of this opcode that was queued last, if it is not begun and not held. */
void bocata_outgoing_queue_drop_last(bocata_outgoing_queue *queue, bocata_opcode opcode);

void bocata_outgoing_queue_done(bocata_outgoing_queue *queue);

#endif
