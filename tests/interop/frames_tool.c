/* What src/websocket does with bytes, for a program in another language: reads one JSON object a
 * line from standard input, answers with one a line. Bytes are in hexadecimal.
 *
 * {"do": "read", "server": true | false, "len_max": bytes, "pieces": […]} gives {"events": […]}:
 * ["text" | "binary" | "ping" | "pong", payload], ["close", code, reason], ["fail", code].
 *
 * {"do": "write", "opcode": …, "final": true | false, "mask": bytes or "", "payload": …} gives
 * {"frame": bytes}. {"do": "close", "code": …, "reason": …} gives {"payload": bytes}, or
 * {"error": …}. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lines.h"
#include "websocket/message.h"

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static bocata_buf from_hex(const json_t *value)
{
    const char *text = json_string_value(value);
    bocata_buf bytes = {0};

    for (; text && text[0]; text += 2) {
        char byte = (char)(digit(text[0]) << 4 | digit(text[1]));
        if (bocata_buf_append(&bytes, (bocata_str){&byte, 1}) != BOCATA_OK)
            abort();
    }
    return bytes;
}

static json_t *to_hex(bocata_str bytes)
{
    bocata_buf text = {0};

    for (size_t i = 0; i < bytes.len; i++)
        if (bocata_buf_printf(&text, "%02x", (unsigned)(unsigned char)bytes.ptr[i]) != BOCATA_OK)
            abort();
    json_t *hex = json_stringn(text.len ? text.ptr : "", text.len);
    bocata_buf_free(&text);
    return hex;
}

static json_t *event_json(const bocata_frame_event *event)
{
    const char *names[] = {
        [BOCATA_FRAME_DATA] = event->opcode == BOCATA_OPCODE_TEXT ? "text" : "binary",
        [BOCATA_FRAME_PING] = "ping",
        [BOCATA_FRAME_PONG] = "pong",
        [BOCATA_FRAME_CLOSE] = "close",
        [BOCATA_FRAME_FAILURE] = "fail",
    };
    const char *name = names[event->kind];

    if (event->kind == BOCATA_FRAME_FAILURE)
        return json_pack("[si]", name, event->close_code);
    if (event->kind == BOCATA_FRAME_CLOSE)
        return json_pack("[sio]", name, event->close_code, to_hex(event->payload));
    return json_pack("[so]", name, to_hex(event->payload));
}

static json_t *read_frames(const json_t *request)
{
    size_t len_max = (size_t)json_integer_value(json_object_get(request, "len_max")), i;
    const bocata_frame_rules rules = {.is_server = json_is_true(json_object_get(request, "server")),
                                      .frame_len_max = len_max,
                                      .message_len_max = len_max};
    bocata_message_reader reader;
    bocata_frame_event event;
    json_t *events = json_array(), *piece;

    bocata_message_reader_init(&reader, &rules, NULL, NULL);
    json_array_foreach(json_object_get(request, "pieces"), i, piece)
    {
        bocata_buf bytes = from_hex(piece);
        size_t at = 0;
        for (;;) {
            at += bocata_message_read(&reader, bytes.ptr + at, bytes.len - at, &event);
            if (event.kind == BOCATA_FRAME_NONE)
                break;
            json_array_append_new(events, event_json(&event));
        }
        bocata_buf_free(&bytes);
    }
    bocata_message_reader_done(&reader);
    return json_pack("{so}", "events", events);
}

static json_t *write_frame(const json_t *request)
{
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX], mask[BOCATA_FRAME_MASK_LEN];
    bocata_buf key = from_hex(json_object_get(request, "mask"));
    bocata_buf payload = from_hex(json_object_get(request, "payload")), out = {0};
    const bocata_frame frame = {
        .opcode = (bocata_opcode)json_integer_value(json_object_get(request, "opcode")),
        .is_final = json_is_true(json_object_get(request, "final")),
        .payload_len = payload.len,
        .mask = key.len ? mask : NULL,
    };

    if (key.len)
        memcpy(mask, key.ptr, sizeof mask);
    size_t len = bocata_frame_write_header(&frame, header);
    if (key.len)
        bocata_frame_mask(mask, payload.ptr, payload.len);
    if (bocata_buf_append(&out, (bocata_str){(const char *)header, len}) != BOCATA_OK ||
        bocata_buf_append(&out, buf_str(&payload)) != BOCATA_OK)
        abort();
    json_t *answer = json_pack("{so}", "frame", to_hex(buf_str(&out)));
    bocata_buf_free(&key);
    bocata_buf_free(&payload);
    bocata_buf_free(&out);
    return answer;
}

static json_t *write_close(const json_t *request)
{
    char payload[BOCATA_FRAME_CONTROL_LEN_MAX];
    bocata_buf reason = from_hex(json_object_get(request, "reason"));
    uint16_t code = (uint16_t)json_integer_value(json_object_get(request, "code"));
    size_t len;
    bocata_status status = bocata_close_write_payload(code, buf_str(&reason), payload, &len);

    bocata_buf_free(&reason);
    if (status != BOCATA_OK)
        return json_pack("{ss}", "error", bocata_status_name(status));
    return json_pack("{so}", "payload", to_hex((bocata_str){payload, len}));
}

static json_t *answer_to(const json_t *request)
{
    const char *verb = json_string_value(json_object_get(request, "do"));

    if (verb && strcmp(verb, "read") == 0)
        return read_frames(request);
    return verb && strcmp(verb, "write") == 0 ? write_frame(request) : write_close(request);
}

int main(void)
{
    return lines_serve(answer_to);
}
