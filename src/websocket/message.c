#include "websocket/message.h"

#include "base/str.h"

void bocata_message_reader_init(bocata_message_reader *reader, const bocata_frame_rules *rules,
                                bocata_inflate *inflate, void *inflater)
{
    *reader = (bocata_message_reader){.inflate = inflate, .inflater = inflater};
    bocata_frame_reader_init(&reader->frames, rules);
}

void bocata_message_reader_done(bocata_message_reader *reader)
{
    bocata_buf_free(&reader->buf);
}

/* Puts a piece behind what is there of its message, inflated. Returns 0 or the code to close
 * with. */
static uint16_t append(bocata_message_reader *reader, const bocata_frame_event *piece)
{
    if (piece->is_compressed)
        return reader->inflate(reader->inflater, piece->payload, piece->is_last,
                               reader->frames.rules.message_len_max, &reader->buf);
    return bocata_buf_append(&reader->buf, piece->payload) == BOCATA_OK
               ? 0
               : BOCATA_CLOSE_INTERNAL_ERROR;
}

static const char *failure_text(uint16_t code)
{
    switch (code) {
    case BOCATA_CLOSE_TOO_BIG:
        return "a message is too long";
    case BOCATA_CLOSE_INTERNAL_ERROR:
        return "out of memory";
    default:
        return "a message cannot be inflated";
    }
}

/* Takes the piece in `event`, which becomes the whole message, a failure, or none. */
static void take_piece(bocata_message_reader *reader, bocata_frame_event *event)
{
    bool is_whole = event->is_first && event->is_last && !event->is_compressed;
    bocata_str text = event->payload;
    uint16_t code = 0;
    const char *mistake = NULL;

    if (!is_whole) {
        size_t len = reader->buf.len;
        code = append(reader, event);
        if (code)
            mistake = failure_text(code);
        else
            text = str_skip(buf_str(&reader->buf), len);
    }
    if (!code && event->opcode == BOCATA_OPCODE_TEXT &&
        (!bocata_utf8_check(&reader->utf8, text) ||
         (event->is_last && !utf8_is_complete(&reader->utf8)))) {
        code = BOCATA_CLOSE_INVALID_DATA;
        mistake = "a text is not UTF-8";
    }
    if (code) {
        bocata_frame_reader_end(&reader->frames);
        *event = (bocata_frame_event){
            .kind = BOCATA_FRAME_FAILURE, .close_code = code, .failure_text = mistake};
    } else if (!event->is_last) {
        *event = (bocata_frame_event){.kind = BOCATA_FRAME_NONE};
    } else if (!is_whole) {
        event->is_first = true;
        event->is_compressed = false;
        event->payload = reader->buf.len ? buf_str(&reader->buf) : STR("");
        reader->is_given = true;
    }
}

size_t bocata_message_read(bocata_message_reader *reader, char *bytes, size_t len,
                           bocata_frame_event *ret_event)
{
    size_t used = 0;

    if (reader->is_given)
        bocata_buf_free(&reader->buf);
    reader->is_given = false;
    *ret_event = (bocata_frame_event){.kind = BOCATA_FRAME_NONE};
    while (ret_event->kind == BOCATA_FRAME_NONE && used < len) {
        used += bocata_frame_read(&reader->frames, bytes + used, len - used, ret_event);
        if (ret_event->kind == BOCATA_FRAME_DATA)
            take_piece(reader, ret_event);
    }
    if (reader->frames.stage == BOCATA_FRAME_STAGE_ENDED) /* what is there will not become whole */
        bocata_buf_free(&reader->buf);
    return used;
}
