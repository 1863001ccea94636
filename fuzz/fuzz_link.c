/* Two links that share frames, and do what the input says: read its bytes in pieces, send, close,
 * are written from in pieces. Their peers can read whatever is written, get what was sent in order
 * and without a gap, and all of it from a link that is open.
 *
 * The first two bytes say what is agreed on; then comes a byte for each act: which, on which link,
 * and how many bytes of the input it takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "websocket/link.h"

#define MESSAGE_LEN_MAX 1000
#define UNSENT_LEN_MAX 300
#define HELD_MAX 3
#define COUNT_SHIFT 4
#define SECOND_LINK 8
#define ACT 7

enum { READ, READ_MORE, SEND, SHARE, PING, WRITE, HOLD, END };

typedef struct end {
    bocata_link link;
    bocata_deflate_pool pool, peers_pool;
    bocata_deflate peers_deflate;
    bocata_message_reader peer;
    bocata_str held[HELD_MAX];
    size_t held_count;
    bocata_buf sent, received; /* messages, each with its length before it */
    bool has_close;            /* was received */
} end;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void init(end *e, uint8_t agreed)
{
    const bocata_deflate_agreement ours = {agreed & 2, agreed & 4, (uint8_t)(9 + agreed / 8 % 7),
                                           15};
    const bocata_link_rules rules = {.message_len_max = MESSAGE_LEN_MAX,
                                     .unsent_len_max = UNSENT_LEN_MAX,
                                     .pool = agreed & 1 ? &e->pool : NULL,
                                     .deflate = ours};
    const bocata_frame_rules peers_rules = {
        .has_deflate = agreed & 1, .frame_len_max = SIZE_MAX, .message_len_max = SIZE_MAX};

    *e = (end){0};
    bocata_link_init(&e->link, &rules);
    e->peers_deflate = (bocata_deflate){
        .pool = &e->peers_pool,
        .agreement = {ours.client_no_context_takeover, ours.server_no_context_takeover,
                      ours.client_max_window_bits, ours.server_max_window_bits}};
    bocata_message_reader_init(&e->peer, &peers_rules, bocata_deflate_decompress,
                               &e->peers_deflate);
}

static void done(end *e)
{
    bocata_link_done(&e->link);
    bocata_deflate_pool_done(&e->pool);
    bocata_message_reader_done(&e->peer);
    bocata_deflate_done(&e->peers_deflate);
    bocata_deflate_pool_done(&e->peers_pool);
    bocata_buf_free(&e->sent);
    bocata_buf_free(&e->received);
}

static void add_message(bocata_buf *buf, bocata_str message)
{
    require(bocata_buf_append(buf, (bocata_str){(char *)&message.len, sizeof message.len}) ==
            BOCATA_OK);
    require(bocata_buf_append(buf, message) == BOCATA_OK);
}

static void check(const end *e)
{
    const bocata_link *link = &e->link;
    bocata_str reason = {link->close_reason, link->close_reason_len};

    require((link->state == BOCATA_LINK_OPEN) == (link->close_code == 0));
    require(link->close_code == 0 || link->close_code == BOCATA_CLOSE_NO_CODE ||
            link->close_code == BOCATA_CLOSE_ABNORMAL ||
            bocata_close_code_is_valid(link->close_code));
    require(reason.len <= BOCATA_CLOSE_REASON_LEN_MAX && bocata_str_is_utf8(reason));
    /* control frames of those held, one pong and a close may be there beyond the limit */
    require(link->queue.unsent_len <= UNSENT_LEN_MAX + (HELD_MAX + 2) * 127);
    require((link->queue.count == 0) == (link->queue.items == NULL));
}

static void read_bytes(end *e, bocata_str bytes)
{
    char *exact = malloc(bytes.len + !bytes.len);
    bocata_link_event event;
    size_t at = 0;

    require(exact != NULL);
    if (bytes.len)
        memcpy(exact, bytes.ptr, bytes.len);
    do {
        bool was_open = e->link.state == BOCATA_LINK_OPEN;
        size_t used = bocata_link_read(&e->link, exact + at, bytes.len - at, &event);
        require(used <= bytes.len - at && (used > 0 || at == bytes.len));
        at += used;
        require(event.kind == BOCATA_LINK_NONE || event.kind == BOCATA_LINK_END || was_open);
        require(event.payload.len <= MESSAGE_LEN_MAX);
        require(!event.is_text || bocata_str_is_utf8(event.payload));
        check(e);
    } while (event.kind != BOCATA_LINK_NONE);
    require(at == bytes.len);
    free(exact);
}

/* The peer gets what was written. */
static void receive(end *e, bocata_str bytes)
{
    char *exact = malloc(bytes.len + !bytes.len);
    bocata_frame_event event;
    size_t at = 0;

    require(exact != NULL);
    memcpy(exact, bytes.ptr, bytes.len);
    do {
        require(!e->has_close);
        at += bocata_message_read(&e->peer, exact + at, bytes.len - at, &event);
        require(event.kind != BOCATA_FRAME_FAILURE);
        if (event.kind == BOCATA_FRAME_DATA)
            add_message(&e->received, event.payload);
        if (event.kind == BOCATA_FRAME_CLOSE) {
            e->has_close = true;
            break;
        }
    } while (event.kind != BOCATA_FRAME_NONE);
    require(at == bytes.len);
    free(exact);
    require(str_starts_with(buf_str(&e->sent), buf_str(&e->received)));
}

/* What is held as a whole, or so many bytes of what waits. */
static void write_bytes(end *e, size_t len)
{
    bocata_str first;
    size_t held_len = 0;

    for (size_t i = 0; i < e->held_count; i++) {
        receive(e, e->held[i]);
        held_len += e->held[i].len;
    }
    e->held_count = e->link.queue.held_count = 0;
    bocata_outgoing_queue_sent(&e->link.queue, held_len);
    if (held_len > 0 || len == 0 || bocata_outgoing_queue_peek(&e->link.queue, &first, 1) == 0)
        return;
    if (first.len > len)
        first.len = len;
    receive(e, first);
    bocata_outgoing_queue_sent(&e->link.queue, first.len);
}

static void hold(end *e)
{
    if (e->held_count > 0)
        return;
    e->held_count = bocata_outgoing_queue_peek(&e->link.queue, e->held, HELD_MAX);
    e->link.queue.held_count = (uint32_t)e->held_count;
}

static void check_status(const end *e, bool was_open, bocata_status status)
{
    if (!was_open)
        require(status == BOCATA_E_INVALID);
    else if (status == BOCATA_OK)
        require(e->link.queue.unsent_len <= UNSENT_LEN_MAX);
    else
        require(status == BOCATA_E_LIMIT && e->link.close_code == BOCATA_CLOSE_TRY_AGAIN_LATER);
}

static void send_bytes(end *e, bocata_opcode opcode, bocata_str bytes)
{
    bool was_open = e->link.state == BOCATA_LINK_OPEN;
    bocata_status status = bocata_link_send(&e->link, opcode, bytes);

    check_status(e, was_open, status);
    if (status == BOCATA_OK && opcode != BOCATA_OPCODE_PING)
        add_message(&e->sent, bytes);
}

static void share(end ends[2], bocata_str bytes)
{
    bocata_outgoing *outgoing = bocata_outgoing_new(BOCATA_OPCODE_BINARY, false, bytes);

    require(outgoing != NULL);
    for (size_t i = 0; i < 2; i++) {
        bool was_open = ends[i].link.state == BOCATA_LINK_OPEN;
        bocata_status status = bocata_link_send_shared(&ends[i].link, outgoing);
        check_status(&ends[i], was_open, status);
        if (status == BOCATA_OK)
            add_message(&ends[i].sent, bytes);
    }
    bocata_outgoing_unref(outgoing);
}

/* Any code and reason; the peer is lost where there is none. */
static void close_link(end *e, bocata_str bytes)
{
    if (bytes.len < 2) {
        bocata_link_lose(&e->link);
        return;
    }
    uint16_t code = (uint16_t)((uint8_t)bytes.ptr[0] << 8 | (uint8_t)bytes.ptr[1]);
    bocata_link_close(&e->link, code, str_skip(bytes, 2));
    require(e->link.state != BOCATA_LINK_OPEN);
}

static void act(end ends[2], uint8_t what, bocata_str *rest)
{
    end *e = &ends[what & SECOND_LINK ? 1 : 0];
    size_t count = what >> COUNT_SHIFT;
    bocata_str bytes = *rest;

    if ((what & ACT) == READ_MORE)
        count *= 16;
    if (bytes.len > count)
        bytes.len = count;
    if ((what & ACT) != WRITE && (what & ACT) != HOLD)
        *rest = str_skip(*rest, bytes.len);
    switch (what & ACT) {
    case READ:
    case READ_MORE:
        read_bytes(e, bytes);
        break;
    case SEND:
        send_bytes(e, BOCATA_OPCODE_BINARY, bytes);
        break;
    case SHARE:
        share(ends, bytes);
        break;
    case PING:
        send_bytes(e, BOCATA_OPCODE_PING, bytes);
        break;
    case WRITE:
        write_bytes(e, count);
        break;
    case HOLD:
        hold(e);
        break;
    case END:
        close_link(e, bytes);
        break;
    }
    check(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    end ends[2];

    if (size < 2)
        return 0;
    init(&ends[0], data[0]);
    init(&ends[1], data[1]);
    for (bocata_str rest = {(const char *)data + 2, size - 2}; rest.len > 0;) {
        uint8_t what = (uint8_t)rest.ptr[0];
        rest = str_skip(rest, 1);
        act(ends, what, &rest);
    }
    for (size_t i = 0; i < 2; i++) {
        while (ends[i].link.queue.count > 0)
            write_bytes(&ends[i], SIZE_MAX);
        if (ends[i].link.state == BOCATA_LINK_OPEN)
            require(str_equal(buf_str(&ends[i].sent), buf_str(&ends[i].received)));
        done(&ends[i]);
    }
    return 0;
}
