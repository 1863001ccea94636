/* Frames in any pieces: the same comes of them however they are split, nothing is read behind their
 * end, and what was read is read again from what we write of it.
 *
 * The first byte says which side reads, whether messages may be compressed (the inflater here
 * copies), and how the bytes are split. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "websocket/message.h"

#define FRAME_LEN_MAX 300
#define MESSAGE_LEN_MAX 1000
#define IS_SERVER 1
#define HAS_DEFLATE 2
#define SPLIT_SHIFT 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void append(bocata_buf *buf, const void *bytes, size_t len)
{
    if (bocata_buf_append(buf, (bocata_str){bytes, len}) != BOCATA_OK)
        abort();
}

static uint16_t inflate_nothing(void *inflater, bocata_str piece, bool is_last, size_t len_max,
                                bocata_buf *out)
{
    (void)inflater;
    (void)is_last;
    if (piece.len > len_max - out->len)
        return BOCATA_CLOSE_TOO_BIG;
    append(out, piece.ptr, piece.len);
    return 0;
}

static void check(const bocata_frame_event *event)
{
    bool is_text = event->kind == BOCATA_FRAME_CLOSE ||
                   (event->kind == BOCATA_FRAME_DATA && event->opcode == BOCATA_OPCODE_TEXT);

    if (is_text && !bocata_str_is_utf8(event->payload))
        abort();
    if (event->payload.len > MESSAGE_LEN_MAX ||
        (event->kind != BOCATA_FRAME_DATA && event->payload.len > BOCATA_FRAME_CONTROL_LEN_MAX))
        abort();
    if (event->kind == BOCATA_FRAME_FAILURE && !bocata_close_code_is_valid(event->close_code))
        abort();
}

/* What was read, and it again as frames. */
typedef struct record {
    bocata_buf events, frames;
} record;

static void add_frame(record *record_, bool is_server, const bocata_frame_event *event)
{
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX], mask[BOCATA_FRAME_MASK_LEN] = {1, 0xff, 7, 0};
    char payload[MESSAGE_LEN_MAX];
    bocata_frame frame = {.is_final = true, .mask = is_server ? mask : NULL};
    size_t len = event->payload.len;

    switch (event->kind) {
    case BOCATA_FRAME_NONE:
    case BOCATA_FRAME_FAILURE:
        return;
    case BOCATA_FRAME_CLOSE:
        frame.opcode = BOCATA_OPCODE_CLOSE;
        if (bocata_close_write_payload(event->close_code, event->payload, payload, &len) !=
            BOCATA_OK)
            abort();
        break;
    default:
        frame.opcode = event->kind == BOCATA_FRAME_DATA   ? event->opcode
                       : event->kind == BOCATA_FRAME_PING ? BOCATA_OPCODE_PING
                                                          : BOCATA_OPCODE_PONG;
        if (len)
            memcpy(payload, event->payload.ptr, len);
    }
    frame.payload_len = len;
    append(&record_->frames, header, bocata_frame_write_header(&frame, header));
    if (is_server)
        bocata_frame_mask(mask, payload, len);
    append(&record_->frames, payload, len);
}

static void add_event(record *record_, bool is_server, const bocata_frame_event *event)
{
    const size_t facts[] = {event->kind, event->opcode, event->close_code, event->payload.len};

    check(event);
    if (event->kind == BOCATA_FRAME_NONE)
        return;
    append(&record_->events, facts, sizeof facts);
    append(&record_->events, event->payload.ptr, event->payload.len);
    add_frame(record_, is_server, event);
}

/* Reads the bytes in pieces of `step`, each in memory of its length. */
static record read_all(const bocata_frame_rules *rules, bocata_str bytes, size_t step)
{
    bocata_message_reader reader;
    bocata_frame_event event;
    record record_ = {0};

    bocata_message_reader_init(&reader, rules, inflate_nothing, NULL);
    for (; bytes.len > 0; bytes = str_skip(bytes, step)) {
        size_t len = step < bytes.len ? step : bytes.len, at = 0;
        char *exact = malloc(len);
        if (!exact)
            abort();
        memcpy(exact, bytes.ptr, len);
        do {
            size_t used = bocata_message_read(&reader, exact + at, len - at, &event);
            if (used > len - at || (used == 0 && at < len))
                abort();
            at += used;
            add_event(&record_, rules->is_server, &event);
        } while (event.kind != BOCATA_FRAME_NONE);
        if (at != len)
            abort();
        free(exact);
    }
    bocata_message_reader_done(&reader);
    return record_;
}

static void record_done(record *record_)
{
    bocata_buf_free(&record_->events);
    bocata_buf_free(&record_->frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    bocata_frame_rules rules = {
        .is_server = data[0] & IS_SERVER,
        .has_deflate = data[0] & HAS_DEFLATE,
        .frame_len_max = FRAME_LEN_MAX,
        .message_len_max = MESSAGE_LEN_MAX,
    };
    bocata_str bytes = {(const char *)data + 1, size - 1};
    record whole = read_all(&rules, bytes, bytes.len);
    record split = read_all(&rules, bytes, 1 + (size_t)(data[0] >> SPLIT_SHIFT));

    if (!str_equal(buf_str(&whole.events), buf_str(&split.events)))
        abort();
    rules.frame_len_max = MESSAGE_LEN_MAX; /* a message of several frames is written as one */
    record again =
        read_all(&rules, buf_str(&whole.frames), whole.frames.len ? whole.frames.len : 1);
    if (!str_equal(buf_str(&again.frames), buf_str(&whole.frames)))
        abort();
    record_done(&whole);
    record_done(&split);
    record_done(&again);
    return 0;
}
