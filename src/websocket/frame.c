#include "websocket/frame.h"

#include <string.h>

#include "base/str.h"

#define FIN 0x80
#define RSV1 0x40
#define RSV2_RSV3 0x30
#define OPCODE 0x0f
#define MASK 0x80
#define LEN7 0x7f
#define LEN_IS_16 126 /* the length follows in 16 bits */
#define LEN_IS_64 127

void bocata_frame_reader_init(bocata_frame_reader *reader, const bocata_frame_rules *rules)
{
    *reader = (bocata_frame_reader){.rules = *rules};
}

void bocata_frame_reader_end(bocata_frame_reader *reader)
{
    reader->stage = BOCATA_FRAME_STAGE_ENDED;
}

static void fail(bocata_frame_reader *reader, uint16_t code, const char *text,
                 bocata_frame_event *ret_event)
{
    bocata_frame_reader_end(reader);
    *ret_event = (bocata_frame_event){
        .kind = BOCATA_FRAME_FAILURE, .close_code = code, .failure_text = text};
}

static bocata_opcode header_opcode(const bocata_frame_reader *reader)
{
    return (bocata_opcode)(reader->header[0] & OPCODE);
}

static bool opcode_is_control(bocata_opcode opcode)
{
    return opcode >= BOCATA_OPCODE_CLOSE;
}

static bool header_is_final(const bocata_frame_reader *reader)
{
    return reader->header[0] & FIN;
}

/* What the first two bytes of a header break (RFC 6455 5.2, 5.4, 5.5; RFC 7692 6.1), or NULL. */
static const char *find_mistake(const bocata_frame_reader *reader)
{
    bocata_opcode opcode = header_opcode(reader);
    bool has_rsv1 = reader->header[0] & RSV1;

    if (opcode > BOCATA_OPCODE_PONG ||
        (opcode > BOCATA_OPCODE_BINARY && opcode < BOCATA_OPCODE_CLOSE))
        return "a reserved opcode";
    if (reader->header[0] & RSV2_RSV3 || (has_rsv1 && !reader->rules.has_deflate))
        return "a reserved bit is set";
    if (has_rsv1 && opcode != BOCATA_OPCODE_TEXT && opcode != BOCATA_OPCODE_BINARY)
        return "only the first frame of a message says that it is compressed";
    if (reader->rules.is_server && !(reader->header[1] & MASK))
        return "a client's frame is not masked";
    if (!reader->rules.is_server && reader->header[1] & MASK)
        return "a server's frame is masked";
    if (opcode_is_control(opcode)) {
        if (!header_is_final(reader))
            return "a control frame is fragmented";
        if ((reader->header[1] & LEN7) > BOCATA_FRAME_CONTROL_LEN_MAX)
            return "a control frame is longer than 125 bytes";
    } else if (opcode == BOCATA_OPCODE_CONTINUATION && !reader->message_opcode) {
        return "there is no message to continue";
    } else if (opcode != BOCATA_OPCODE_CONTINUATION && reader->message_opcode) {
        return "a message begins within another";
    }
    return NULL;
}

/* How long the header is, which its second byte says. */
static size_t header_whole_len(const bocata_frame_reader *reader)
{
    size_t len = 2;

    if (reader->header_len < 2)
        return len;
    if ((reader->header[1] & LEN7) == LEN_IS_16)
        len += 2;
    if ((reader->header[1] & LEN7) == LEN_IS_64)
        len += 8;
    return reader->header[1] & MASK ? len + BOCATA_FRAME_MASK_LEN : len;
}

/* The payload's length; false where it could have been written shorter, or needs 64 bits. */
static bool read_len(const uint8_t *header, uint64_t *ret_len)
{
    uint8_t len7 = header[1] & LEN7;
    size_t width = len7 == LEN_IS_16 ? 2 : len7 == LEN_IS_64 ? 8 : 0;
    uint64_t len = width ? 0 : len7;

    for (size_t i = 0; i < width; i++)
        len = len << 8 | header[2 + i];
    *ret_len = len;
    if (width == 8)
        return len > UINT16_MAX && len <= INT64_MAX;
    return width == 0 || len >= LEN_IS_16;
}

/* The most that the frames of a message may hold. What is compressed may be longer than what comes
 * out of it: with zlib by an eighth, a 64th and some bytes. */
static uint64_t message_len_max(const bocata_frame_reader *reader, bool is_compressed)
{
    uint64_t len_max = reader->rules.message_len_max;
    uint64_t more = is_compressed ? len_max / 4 + 64 : 0;
    return len_max > UINT64_MAX - more ? UINT64_MAX : len_max + more;
}

static void begin_data(bocata_frame_reader *reader, bocata_frame_event *ret_event)
{
    uint64_t len = reader->payload_left;

    if (!reader->message_opcode) {
        reader->message_opcode = header_opcode(reader);
        reader->is_message_compressed = reader->header[0] & RSV1;
        reader->is_message_given = false;
        reader->message_len = 0;
    }
    uint64_t len_max = message_len_max(reader, reader->is_message_compressed);
    if (len > reader->rules.frame_len_max)
        fail(reader, BOCATA_CLOSE_TOO_BIG, "a frame is too long", ret_event);
    else if (len > len_max - reader->message_len)
        fail(reader, BOCATA_CLOSE_TOO_BIG, "a message is too long", ret_event);
    else
        reader->message_len += len;
}

/* Takes bytes until the header is whole and the payload may begin. Returns how many. */
static size_t read_header(bocata_frame_reader *reader, const char *bytes, size_t len,
                          bocata_frame_event *ret_event)
{
    size_t used = 0;

    while (used < len && reader->header_len < header_whole_len(reader)) {
        reader->header[reader->header_len++] = (uint8_t)bytes[used++];
        const char *mistake = reader->header_len == 2 ? find_mistake(reader) : NULL;
        if (mistake) {
            fail(reader, BOCATA_CLOSE_PROTOCOL_ERROR, mistake, ret_event);
            return used;
        }
    }
    if (reader->header_len < header_whole_len(reader))
        return used;

    reader->stage = BOCATA_FRAME_STAGE_PAYLOAD;
    reader->control_len = 0;
    memcpy(reader->mask, reader->header + reader->header_len - BOCATA_FRAME_MASK_LEN,
           reader->rules.is_server ? BOCATA_FRAME_MASK_LEN : 0);
    if (!read_len(reader->header, &reader->payload_left))
        fail(reader, BOCATA_CLOSE_PROTOCOL_ERROR, "a length is not written as it must be",
             ret_event);
    else if (!opcode_is_control(header_opcode(reader)))
        begin_data(reader, ret_event);
    return used;
}

static void end_frame(bocata_frame_reader *reader)
{
    reader->stage = BOCATA_FRAME_STAGE_HEADER;
    reader->header_len = 0;
}

static void give_data(bocata_frame_reader *reader, bocata_str payload,
                      bocata_frame_event *ret_event)
{
    bool ends_frame = reader->payload_left == 0;
    bool ends_message = ends_frame && header_is_final(reader);

    *ret_event = (bocata_frame_event){
        .kind = BOCATA_FRAME_DATA,
        .opcode = reader->message_opcode,
        .is_first = !reader->is_message_given,
        .is_last = ends_message,
        .is_compressed = reader->is_message_compressed,
        .payload = payload,
    };
    reader->is_message_given = true;
    if (ends_message)
        reader->message_opcode = BOCATA_OPCODE_CONTINUATION;
    if (ends_frame)
        end_frame(reader);
}

/* RFC 6455 5.5.1, 7.1.5, 7.1.6 */
static void give_close(bocata_frame_reader *reader, bocata_frame_event *ret_event)
{
    bocata_str payload = {reader->control, reader->control_len};
    bocata_frame_event event = {.kind = BOCATA_FRAME_CLOSE, .close_code = BOCATA_CLOSE_NO_CODE};

    if (payload.len >= 2) {
        event.close_code = (uint16_t)((uint8_t)payload.ptr[0] << 8 | (uint8_t)payload.ptr[1]);
        event.payload = str_skip(payload, 2);
    }
    if (payload.len == 1)
        fail(reader, BOCATA_CLOSE_PROTOCOL_ERROR, "half a close code", ret_event);
    else if (payload.len >= 2 && !bocata_close_code_is_valid(event.close_code))
        fail(reader, BOCATA_CLOSE_PROTOCOL_ERROR, "a close code that may not be sent", ret_event);
    else if (!bocata_str_is_utf8(event.payload))
        fail(reader, BOCATA_CLOSE_INVALID_DATA, "a close reason is not UTF-8", ret_event);
    else
        *ret_event = event;
    bocata_frame_reader_end(reader);
}

static void give_control(bocata_frame_reader *reader, bocata_frame_event *ret_event)
{
    bocata_opcode opcode = header_opcode(reader);

    end_frame(reader);
    if (opcode == BOCATA_OPCODE_CLOSE)
        give_close(reader, ret_event);
    else
        *ret_event = (bocata_frame_event){
            .kind = opcode == BOCATA_OPCODE_PING ? BOCATA_FRAME_PING : BOCATA_FRAME_PONG,
            .payload = {reader->control, reader->control_len},
        };
}

/* Takes what is there of the payload. Returns how many bytes. */
static size_t read_payload(bocata_frame_reader *reader, char *bytes, size_t len,
                           bocata_frame_event *ret_event)
{
    size_t used = reader->payload_left < len ? (size_t)reader->payload_left : len;

    reader->payload_left -= used;
    if (reader->rules.is_server)
        bocata_frame_mask(reader->mask, bytes, used);
    if (!opcode_is_control(header_opcode(reader))) {
        if (used > 0 || reader->payload_left == 0)
            give_data(reader, (bocata_str){bytes, used}, ret_event);
        return used;
    }
    memcpy(reader->control + reader->control_len, bytes, used);
    reader->control_len = (uint8_t)(reader->control_len + used);
    if (reader->payload_left == 0)
        give_control(reader, ret_event);
    return used;
}

size_t bocata_frame_read(bocata_frame_reader *reader, char *bytes, size_t len,
                         bocata_frame_event *ret_event)
{
    size_t used = 0;

    *ret_event = (bocata_frame_event){.kind = BOCATA_FRAME_NONE};
    if (len == 0 || reader->stage == BOCATA_FRAME_STAGE_ENDED)
        return len;
    if (reader->stage == BOCATA_FRAME_STAGE_HEADER)
        used = read_header(reader, bytes, len, ret_event);
    if (reader->stage == BOCATA_FRAME_STAGE_PAYLOAD)
        used += read_payload(reader, bytes + used, len - used, ret_event);
    return used;
}

bool bocata_close_code_is_valid(uint16_t code)
{
    if (code >= 3000)
        return code <= 4999; /* registered, and private use */
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

size_t bocata_frame_write_header(const bocata_frame *frame,
                                 uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX])
{
    uint64_t len = frame->payload_len;
    size_t width = len > UINT16_MAX ? 8 : len >= LEN_IS_16 ? 2 : 0;
    size_t at = 2;

    header[0] =
        (uint8_t)(frame->opcode | (frame->is_final ? FIN : 0) | (frame->has_rsv1 ? RSV1 : 0));
    header[1] = width == 8 ? LEN_IS_64 : width == 2 ? LEN_IS_16 : (uint8_t)len;
    while (width > 0)
        header[at++] = (uint8_t)(len >> 8 * --width);
    if (frame->mask) {
        header[1] |= MASK;
        memcpy(header + at, frame->mask, BOCATA_FRAME_MASK_LEN);
        at += BOCATA_FRAME_MASK_LEN;
    }
    return at;
}

void bocata_frame_mask(uint8_t mask[BOCATA_FRAME_MASK_LEN], char *bytes, size_t len)
{
    uint8_t pattern[2 * BOCATA_FRAME_MASK_LEN];
    uint64_t word, words_mask;
    size_t at = 0;

    memcpy(pattern, mask, BOCATA_FRAME_MASK_LEN);
    memcpy(pattern + BOCATA_FRAME_MASK_LEN, mask, BOCATA_FRAME_MASK_LEN);
    memcpy(&words_mask, pattern, sizeof words_mask);
    for (; len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        word ^= words_mask;
        memcpy(bytes + at, &word, sizeof word);
    }
    for (size_t i = at; i < len; i++)
        bytes[i] = (char)((uint8_t)bytes[i] ^ pattern[i - at]);
    memcpy(mask, pattern + (len - at) % BOCATA_FRAME_MASK_LEN, BOCATA_FRAME_MASK_LEN);
}

_Static_assert(BOCATA_CLOSE_REASON_LEN_MAX == BOCATA_FRAME_CONTROL_LEN_MAX - 2,
               "a reason goes behind the code's two bytes (RFC 6455 5.5.1)");

bocata_status bocata_close_write_payload(uint16_t code, bocata_str reason,
                                         char payload[BOCATA_FRAME_CONTROL_LEN_MAX],
                                         size_t *ret_len)
{
    bool has_code = code != BOCATA_CLOSE_NO_CODE;

    if (has_code ? !bocata_close_code_is_valid(code) : reason.len > 0)
        return BOCATA_E_INVALID;
    if (reason.len > BOCATA_CLOSE_REASON_LEN_MAX)
        return BOCATA_E_LIMIT;
    if (!bocata_str_is_utf8(reason))
        return BOCATA_E_INVALID;
    if (has_code) {
        payload[0] = (char)(code >> 8);
        payload[1] = (char)(code & 0xff);
    }
    if (reason.len > 0)
        memcpy(payload + 2, reason.ptr, reason.len);
    *ret_len = has_code ? 2 + reason.len : 0;
    return BOCATA_OK;
}
