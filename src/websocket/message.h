/* WebSocket messages (RFC 6455 5.4, 5.6): frames put together, inflated where they are compressed,
 * and their text checked as it streams. */
#ifndef BOCATA_WEBSOCKET_MESSAGE_H
#define BOCATA_WEBSOCKET_MESSAGE_H

#include "base/buf.h"
#include "base/utf8.h"
#include "websocket/frame.h"

/* Inflates the next piece of a message, and appends what comes out.
 *
 *   inflater  what was given with the function
 *   is_last   the message ends with this piece, which may be empty
 *   len_max   bytes that `out` may hold afterwards
 *
 * Returns 0, or the code to close the connection with (1009 past `len_max`); it is not called again
 * then. */
typedef uint16_t bocata_inflate(void *inflater, bocata_str piece, bool is_last, size_t len_max,
                                bocata_buf *out);

/* Its fields are its own. */
typedef struct bocata_message_reader {
    bocata_frame_reader frames;
    bocata_inflate *inflate;
    void *inflater;
    bocata_buf buf;   /* what is there of a message that did not come in one piece */
    bocata_utf8 utf8; /* of the text under way; a whole one leaves it at the beginning */
    bool is_given;    /* buf was, as a whole message: the next call frees it */
} bocata_message_reader;

/* `inflate` is called if the rules have deflate. */
void bocata_message_reader_init(bocata_message_reader *reader, const bocata_frame_rules *rules,
                                bocata_inflate *inflate, void *inflater);
void bocata_message_reader_done(bocata_message_reader *reader);

/* Like bocata_frame_read, but BOCATA_FRAME_DATA is a whole message, not compressed, and if TEXT
 * then UTF-8; fails with BOCATA_CLOSE_INTERNAL_ERROR out of memory.
 *
 * To be called until it gives BOCATA_FRAME_NONE, which frees the last message: every payload is
 * good until the next call only. A message that came in one piece lies in `bytes`. */
size_t bocata_message_read(bocata_message_reader *reader, char *bytes, size_t len,
                           bocata_frame_event *ret_event);

#endif
