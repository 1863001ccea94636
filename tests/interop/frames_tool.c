/* What src/websocket does with bytes, for a program in another language: reads one JSON object a
 * line from standard input, answers with one a line. Bytes are in hexadecimal.
 *
 * {"do": "read", "server": true | false, "len_max": bytes, "pieces": […]} gives {"events": […]}:
 * ["text" | "binary" | "ping" | "pong", payload], ["close", code, reason], ["fail", code].
 *
 * {"do": "write", "opcode": …, "final": true | false, "mask": bytes or "", "payload": …} gives
 * {"frame": bytes}. {"do": "close", "code": …, "reason": …} gives {"payload": bytes}, or
 * {"error": …}.
 *
 * {"do": "link", "agreement": [no server takeover, no client takeover, server's window bits,
 * client's] or null, "acts": [["read", bytes] | ["text" | "binary" | "ping" | "share", payload]]}
 * gives {"events": […], "wire": bytes, "code": …}: what a link reads, and sends. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "lines.h"
#include "websocket/link.h"

#define LINK_LEN_MAX ((size_t)1 << 24) /* no limit that matters */

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

/* ---- links ----------------------------------------------------------------------------------- */

static void link_read(bocata_link *link, bocata_buf *bytes, json_t *events)
{
    static const char *const names[] = {
        [BOCATA_LINK_MESSAGE] = "binary", [BOCATA_LINK_PONG] = "pong", [BOCATA_LINK_END] = "end"};
    bocata_link_event event;
    size_t at = 0;

    for (;;) {
        at += bocata_link_read(link, bytes->ptr + at, bytes->len - at, &event);
        if (event.kind == BOCATA_LINK_NONE)
            return;
        json_array_append_new(events, json_pack("[so]", event.is_text ? "text" : names[event.kind],
                                                to_hex(event.payload)));
    }
}

static void link_send(bocata_link *link, const char *what, bocata_str payload)
{
    bocata_opcode opcode = strcmp(what, "text") == 0   ? BOCATA_OPCODE_TEXT
                           : strcmp(what, "ping") == 0 ? BOCATA_OPCODE_PING
                                                       : BOCATA_OPCODE_BINARY;
    bocata_status status;

    if (strcmp(what, "share") == 0) {
        bocata_outgoing *outgoing = bocata_outgoing_new(opcode, false, payload);
        if (!outgoing)
            abort();
        status = bocata_link_send_shared(link, outgoing);
        bocata_outgoing_unref(outgoing);
    } else {
        status = bocata_link_send(link, opcode, payload);
    }
    if (status != BOCATA_OK)
        abort();
}

/* Everything that waits, taken out of the queue. */
static json_t *link_wire(bocata_outgoing_queue *queue)
{
    bocata_buf wire = {0};
    bocata_str first;

    while (bocata_outgoing_queue_peek(queue, &first, 1) == 1) {
        if (bocata_buf_append(&wire, first) != BOCATA_OK)
            abort();
        bocata_outgoing_queue_sent(queue, first.len);
    }
    json_t *hex = to_hex(buf_str(&wire));
    bocata_buf_free(&wire);
    return hex;
}

static uint8_t window_bits(const json_t *agreement, size_t index)
{
    return (uint8_t)json_integer_value(json_array_get(agreement, index));
}

static json_t *run_link(const json_t *request)
{
    const json_t *agreement = json_object_get(request, "agreement");
    bocata_deflate_pool pool = {0};
    const bocata_link_rules rules = {
        .message_len_max = LINK_LEN_MAX,
        .unsent_len_max = LINK_LEN_MAX,
        .pool = json_is_array(agreement) ? &pool : NULL,
        .deflate = {json_is_true(json_array_get(agreement, 0)),
                    json_is_true(json_array_get(agreement, 1)), window_bits(agreement, 2),
                    window_bits(agreement, 3)},
    };
    json_t *events = json_array(), *act;
    bocata_link link;
    size_t i;

    bocata_link_init(&link, &rules);
    json_array_foreach(json_object_get(request, "acts"), i, act)
    {
        const char *what = json_string_value(json_array_get(act, 0));
        bocata_buf bytes = from_hex(json_array_get(act, 1));
        if (strcmp(what, "read") == 0)
            link_read(&link, &bytes, events);
        else
            link_send(&link, what, buf_str(&bytes));
        bocata_buf_free(&bytes);
    }
    json_t *answer = json_pack("{so so si}", "events", events, "wire", link_wire(&link.queue),
                               "code", link.close_code);
    bocata_link_done(&link);
    bocata_deflate_pool_done(&pool);
    return answer;
}

static json_t *answer_to(const json_t *request)
{
    const char *verb = json_string_value(json_object_get(request, "do"));

    if (verb && strcmp(verb, "read") == 0)
        return read_frames(request);
    if (verb && strcmp(verb, "link") == 0)
        return run_link(request);
    return verb && strcmp(verb, "write") == 0 ? write_frame(request) : write_close(request);
}

int main(void)
{
    return lines_serve(answer_to);
}
