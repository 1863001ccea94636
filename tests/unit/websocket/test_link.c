/* The server's end of a WebSocket. The peer is our own codec: test_frame.c, test_message.c and
 * test_deflate.c hold it against the RFCs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "failing_memory.h"
#include "link_cases.h"
#include "suite.h"
#include "websocket/link.h"

#define UNSENT_LEN_MAX 100000
#define STRS_MAX 8
#define BYTE_BY_BYTE SIZE_MAX

typedef enum mode {
    PLAIN,
    ALONE, /* permessage-deflate, each message on its own */
    TAKEOVER,
} mode;

static const char *const mode_names[] = {"plain", "alone", "with takeover"};

static const bocata_deflate_agreement agreements[] = {
    [ALONE] = {true, true, 15, 15},
    [TAKEOVER] = {false, false, 15, 10},
};

typedef struct rig {
    bocata_link link;
    bocata_deflate_pool pool, peers_pool;
    bocata_deflate peers_deflate;
    bocata_message_reader peer;
    bool is_in_message;   /* of the peer's */
    bocata_buf wire;      /* the peer's frames, not read yet */
    size_t cut, read_len; /* where the wire is cut in two; what was read */
    size_t until_failure; /* allocations of the link */
    bocata_buf events, received;
} rig;

static void rig_init(rig *r, mode m, const link_case *row)
{
    const bocata_deflate_agreement ours = agreements[m];
    const bocata_link_rules rules = {
        .message_len_max = MESSAGE_LEN_MAX,
        .unsent_len_max = row->unsent_len_max ? row->unsent_len_max : UNSENT_LEN_MAX,
        .pool = m == PLAIN ? NULL : &r->pool,
        .deflate = ours,
    };
    const bocata_frame_rules peers_rules = {
        .has_deflate = m != PLAIN, .frame_len_max = SIZE_MAX, .message_len_max = SIZE_MAX};

    *r = (rig){0};
    bocata_link_init(&r->link, &rules);
    r->peers_deflate = (bocata_deflate){
        .pool = m == PLAIN ? NULL : &r->peers_pool,
        .agreement = {ours.client_no_context_takeover, ours.server_no_context_takeover,
                      ours.client_max_window_bits, ours.server_max_window_bits}};
    bocata_message_reader_init(&r->peer, &peers_rules, bocata_deflate_decompress,
                               &r->peers_deflate);
}

static void rig_done(rig *r)
{
    bocata_link_done(&r->link);
    bocata_deflate_pool_done(&r->pool);
    bocata_message_reader_done(&r->peer);
    bocata_deflate_done(&r->peers_deflate);
    bocata_deflate_pool_done(&r->peers_pool);
    bocata_buf_free(&r->wire);
    bocata_buf_free(&r->events);
    bocata_buf_free(&r->received);
}

/* The link's allocations fail, not those of the test. */
static void arm(rig *r)
{
    allocations_until_failure = r->until_failure;
}

static void disarm(rig *r)
{
    r->until_failure = allocations_until_failure;
    allocations_until_failure = 0;
}

/* ---- what is written down -------------------------------------------------------------------- */

static void add(bocata_buf *text, const char *what, bocata_str payload)
{
    size_t stars = 0;

    while (stars < payload.len && payload.ptr[stars] == '*')
        stars++;
    assert_int_equal(bocata_buf_printf(text, "%s%s", text->len ? "; " : "", what), BOCATA_OK);
    if (stars > 8 && stars == payload.len)
        assert_int_equal(bocata_buf_printf(text, " *%zu", stars), BOCATA_OK);
    else if (payload.len)
        assert_int_equal(bocata_buf_printf(text, " %.*s", (int)payload.len, payload.ptr),
                         BOCATA_OK);
}

static void add_status(rig *r, bocata_status status)
{
    if (status != BOCATA_OK)
        add(&r->events, bocata_status_name(status), STR(""));
}

static void add_event(rig *r, const bocata_link_event *event)
{
    switch (event->kind) {
    case BOCATA_LINK_NONE:
        break;
    case BOCATA_LINK_MESSAGE:
        add(&r->events, event->is_text ? "text" : "binary", event->payload);
        break;
    case BOCATA_LINK_PONG:
        add(&r->events, "pong", event->payload);
        break;
    case BOCATA_LINK_END:
        assert_int_equal(r->link.state, BOCATA_LINK_CLOSED);
        add(&r->events, "end", STR(""));
        break;
    }
}

static void add_received(rig *r, const bocata_frame_event *event)
{
    const char *names[] = {[BOCATA_FRAME_DATA] =
                               event->opcode == BOCATA_OPCODE_TEXT ? "text" : "binary",
                           [BOCATA_FRAME_PING] = "ping",
                           [BOCATA_FRAME_PONG] = "pong",
                           [BOCATA_FRAME_CLOSE] = "close",
                           [BOCATA_FRAME_FAILURE] = "fail"};
    char name[32];

    if (event->kind == BOCATA_FRAME_NONE)
        return;
    snprintf(name, sizeof name, event->close_code ? "%s %u" : "%s", names[event->kind],
             event->close_code);
    add(&r->received, name, event->payload);
}

static bocata_buf state_text(const bocata_link *link)
{
    const char *names[] = {"open", "closing", "closed"};
    bocata_str reason = {link->close_reason, link->close_reason_len};
    bocata_buf text = {0};
    char name[32];

    snprintf(name, sizeof name, link->close_code ? "%s %u" : "%s", names[link->state],
             link->close_code);
    add(&text, name, reason);
    assert_true(!link->close_reason || link->close_reason[reason.len] == '\0');
    return text;
}

/* ---- the peer -------------------------------------------------------------------------------- */

/* Puts a frame on the wire as a client sends it. */
static void write_frame(rig *r, bocata_opcode opcode, bool is_final, bocata_str payload)
{
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX], mask[] = {1, 0xff, 7, 0x80};
    const bocata_frame frame = {
        .opcode = opcode,
        .is_final = is_final,
        .has_rsv1 = opcode && opcode <= BOCATA_OPCODE_BINARY && r->peers_deflate.pool,
        .payload_len = payload.len,
        .mask = mask,
    };

    size_t len = bocata_frame_write_header(&frame, header);
    assert_int_equal(bocata_buf_append(&r->wire, (bocata_str){(char *)header, len}), BOCATA_OK);
    assert_int_equal(bocata_buf_append(&r->wire, payload), BOCATA_OK);
    bocata_frame_mask(mask, r->wire.ptr + r->wire.len - payload.len, payload.len);
}

/* A whole message, or a part of one; that is sent with the rest if it is compressed. */
static void write_message(rig *r, bocata_opcode opcode, bool is_final, bocata_str payload)
{
    bocata_buf deflated = {0};

    if (r->peers_deflate.pool) {
        assert_int_equal(bocata_deflate_compress(&r->peers_deflate, payload, &deflated), BOCATA_OK);
        if (!is_final) /* what the end of a message leaves out (RFC 7692 7.2.1) */
            assert_int_equal(bocata_buf_append(&deflated, (bocata_str){"\0\0\xff\xff", 4}),
                             BOCATA_OK);
        payload = buf_str(&deflated);
    }
    write_frame(r, r->is_in_message ? BOCATA_OPCODE_CONTINUATION : opcode, is_final, payload);
    r->is_in_message = !is_final;
    bocata_buf_free(&deflated);
}

static void write_close(rig *r, uint16_t code, bocata_str reason)
{
    char payload[BOCATA_FRAME_CONTROL_LEN_MAX] = {(char)(code >> 8), (char)(code & 0xff)};
    size_t len = code == BOCATA_CLOSE_NO_CODE ? 0 : 2 + reason.len;

    if (reason.len)
        memcpy(payload + 2, reason.ptr, reason.len);
    write_frame(r, BOCATA_OPCODE_CLOSE, true, (bocata_str){payload, len});
}

/* Gives the link what is on the wire, each piece in memory of its length. */
static void read_wire(rig *r)
{
    bocata_str rest = buf_str(&r->wire);
    bocata_link_event event;

    while (rest.len > 0) {
        size_t len = rest.len, at = 0;
        if (r->cut == BYTE_BY_BYTE)
            len = 1;
        else if (r->cut > r->read_len && r->cut - r->read_len < len)
            len = r->cut - r->read_len;
        char *exact = malloc(len);
        assert_non_null(exact);
        memcpy(exact, rest.ptr, len);
        do {
            arm(r);
            size_t used = bocata_link_read(&r->link, exact + at, len - at, &event);
            disarm(r);
            assert_true(used > 0 || at == len);
            at += used;
            add_event(r, &event);
        } while (event.kind != BOCATA_LINK_NONE);
        assert_int_equal(at, len);
        free(exact);
        r->read_len += len;
        rest = str_skip(rest, len);
    }
    r->wire.len = 0;
}

/* Lets the peer have so many bytes of what waits. */
static void deliver(rig *r, size_t len)
{
    bocata_str strs[STRS_MAX];
    bocata_frame_event event;

    while (len > 0) {
        size_t count = bocata_outgoing_queue_peek(&r->link.queue, strs, STRS_MAX);
        assert_true(count > 0);
        size_t part = strs[0].len < len ? strs[0].len : len, at = 0;
        char *bytes = malloc(part);
        assert_non_null(bytes);
        memcpy(bytes, strs[0].ptr, part);
        do {
            at += bocata_message_read(&r->peer, bytes + at, part - at, &event);
            add_received(r, &event);
        } while (event.kind != BOCATA_FRAME_NONE);
        free(bytes);
        bocata_outgoing_queue_sent(&r->link.queue, part);
        len -= part;
    }
}

/* ---- scripts --------------------------------------------------------------------------------- */

static bool peer_acts(rig *r, bocata_str word, uint16_t code, bocata_str text)
{
    if (str_equal(word, STR("text")))
        write_message(r, BOCATA_OPCODE_TEXT, true, text);
    else if (str_equal(word, STR("part")))
        write_message(r, BOCATA_OPCODE_TEXT, false, text);
    else if (str_equal(word, STR("binary")))
        write_message(r, BOCATA_OPCODE_BINARY, true, text);
    else if (str_equal(word, STR("ping")))
        write_frame(r, BOCATA_OPCODE_PING, true, text);
    else if (str_equal(word, STR("pong")))
        write_frame(r, BOCATA_OPCODE_PONG, true, text);
    else if (str_equal(word, STR("close")))
        write_close(r, code, text);
    else if (str_equal(word, STR("unmasked")))
        assert_int_equal(bocata_buf_append(&r->wire, (bocata_str){"\x89\0", 2}), BOCATA_OK);
    else if (str_equal(word, STR("squeezed")))
        assert_int_equal(bocata_buf_append(&r->wire, (bocata_str){"\xc1\x80\0\0\0\0", 6}),
                         BOCATA_OK);
    else
        return false;
    read_wire(r);
    return true;
}

static bocata_status app_acts(rig *r, bocata_str word, uint16_t code, bocata_str text)
{
    if (str_equal(word, STR("end"))) {
        arm(r);
        bocata_status status = bocata_link_close(&r->link, code, text);
        disarm(r);
        return status;
    }
    bocata_outgoing *shared = bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, text);
    arm(r);
    bocata_status status =
        str_equal(word, STR("share"))
            ? bocata_link_send_shared(&r->link, shared)
            : bocata_link_send(
                  &r->link, str_equal(word, STR("probe")) ? BOCATA_OPCODE_PING : BOCATA_OPCODE_TEXT,
                  text);
    disarm(r);
    bocata_outgoing_unref(shared);
    return status;
}

static void act(rig *r, bocata_str item)
{
    static const char stars[] = "****************************************************************"
                                "****************************************************************";
    bocata_str text = str_trim(item), word = str_cut(&text, ' ');
    bool has_code = str_equal(word, STR("close")) || str_equal(word, STR("end"));
    uint16_t code = has_code ? (uint16_t)strtoul(text.ptr, NULL, 10) : 0;

    if (has_code)
        str_cut(&text, ' ');
    if (str_starts_with(text, STR("*")))
        text = (bocata_str){stars, strtoul(text.ptr + 1, NULL, 10)};
    if (str_equal(word, STR("lose"))) {
        bocata_link_lose(&r->link);
    } else if (str_equal(word, STR("hold"))) {
        r->link.queue.held_count = r->link.queue.count;
    } else if (str_equal(word, STR("begin"))) {
        deliver(r, 1);
    } else if (str_equal(word, STR("drain"))) {
        deliver(r, r->link.queue.unsent_len);
    } else if (!peer_acts(r, word, code, text)) {
        add_status(r, app_acts(r, word, code, text));
    }
}

static void run(rig *r, const char *script)
{
    bocata_str rest = bocata_str_of(script);

    while (rest.len > 0)
        act(r, str_cut(&rest, ';'));
    r->link.queue.held_count = 0;
    deliver(r, r->link.queue.unsent_len);
    assert_null(r->link.queue.items);
}

static void expect(const rig *r, const char *what, const bocata_buf *text, const char *outcome,
                   const char *mode_name)
{
    if (!str_equal(buf_str(text), bocata_str_of(outcome)))
        fail_msg("%s, cut at %zd: %s: %.*s", mode_name, (ssize_t)r->cut, what, (int)text->len,
                 text->ptr ? text->ptr : "");
}

/* Returns how many bytes the peer sent. */
static size_t check_cut(const link_case *row, mode m, size_t cut)
{
    rig r;

    rig_init(&r, m, row);
    r.cut = cut;
    run(&r, row->script);
    bocata_buf state = state_text(&r.link);
    expect(&r, "events", &r.events, row->events, mode_names[m]);
    expect(&r, "received", &r.received, row->received, mode_names[m]);
    expect(&r, "state", &state, row->state, mode_names[m]);
    bocata_buf_free(&state);
    size_t len = r.read_len;
    rig_done(&r);
    return len;
}

static void check_cuts(const link_case *row, mode m)
{
    size_t len = check_cut(row, m, 0);

    for (size_t cut = 1; cut < len; cut++)
        check_cut(row, m, cut);
    check_cut(row, m, BYTE_BY_BYTE);
}

static void test_link(void **state)
{
    for (mode m = PLAIN; m <= TAKEOVER; m++)
        check_cuts(*state, m);
}

static void test_plain(void **state)
{
    check_cuts(*state, PLAIN);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static const link_case no_case = {0};

static bocata_outgoing *last_item(const rig *r)
{
    const bocata_outgoing_queue *queue = &r->link.queue;

    return queue->items[(queue->first + queue->count - 1) % queue->cap];
}

static void test_pings_do_not_grow_the_queue(void **state)
{
    rig r;
    (void)state;

    rig_init(&r, PLAIN, &no_case);
    act(&r, STR("send x"));
    for (size_t i = 1; i < 1000; i++) {
        act(&r, STR("ping a"));
        assert_int_equal(r.link.queue.count, i < 15 ? i + 1 : 16);
    }
    act(&r, STR("hold"));
    for (size_t i = 0; i < 1000; i++) {
        act(&r, STR("ping a"));
        assert_int_equal(r.link.queue.count, 17);
    }
    act(&r, STR("ping b"));
    assert_true(str_equal(outgoing_payload(last_item(&r)), STR("b"))); /* the last is answered */
    rig_done(&r);
}

/* Each takes more memory than its two bytes. */
static void test_tiny_frames_count_as_more(void **state)
{
    const link_case tiny = {.unsent_len_max = 3200};
    size_t count = 0;
    rig r;
    (void)state;

    rig_init(&r, PLAIN, &tiny);
    while (count < 3200 && bocata_link_send(&r.link, BOCATA_OPCODE_TEXT, STR("")) == BOCATA_OK)
        count++;
    assert_int_equal(count, 3200 / 32 + 64 + 1);
    assert_int_equal(r.link.close_code, BOCATA_CLOSE_TRY_AGAIN_LATER);
    assert_int_equal(r.link.queue.count, 1);
    rig_done(&r);
}

/* A message that was given is freed also if the application lets go of the link meanwhile. */
static void test_nothing_stays_in_a_closed_reader(void **state)
{
    rig r;
    (void)state;

    rig_init(&r, PLAIN, &no_case);
    write_message(&r, BOCATA_OPCODE_TEXT, false, STR("a message"));
    write_message(&r, BOCATA_OPCODE_TEXT, true, STR(" in parts"));
    bocata_link_event event;
    assert_int_equal(bocata_link_read(&r.link, r.wire.ptr, r.wire.len, &event), r.wire.len);
    assert_int_equal(event.kind, BOCATA_LINK_MESSAGE);
    bocata_link_lose(&r.link);
    assert_true(str_equal(event.payload, STR("a message in parts")));
    assert_int_equal(bocata_link_read(&r.link, NULL, 0, &event), 0);
    assert_null(r.link.reader.buf.ptr);
    rig_done(&r);
}

static void test_a_reason_with_a_nul(void **state)
{
    rig r;
    (void)state;

    rig_init(&r, PLAIN, &no_case);
    write_close(&r, 1000, (bocata_str){"a\0b", 3});
    read_wire(&r);
    assert_int_equal(r.link.close_reason_len, 3);
    assert_memory_equal(r.link.close_reason, "a\0b", 4);
    rig_done(&r);
}

static void test_an_idle_link_is_small(void **state)
{
    rig r;
    (void)state;

    size_t before = allocations;
    rig_init(&r, TAKEOVER, &no_case);
    assert_int_equal(allocations, before);
    assert_true(sizeof(bocata_link) <= 336);
    rig_done(&r);
}

typedef struct failing_case {
    const char *intent;
    const char *script;
    size_t allocation; /* the one that fails */
    bool and_all_after;
    const char *events, *received, *state;
} failing_case;

#define NO_MEMORY "1011 out of memory"

static failing_case failing_cases[] = {
    {"the frame", "send x", 1, false, "BOCATA_E_NOMEM", "close " NO_MEMORY, "closing " NO_MEMORY},
    {"the queue", "send x", 2, false, "BOCATA_E_NOMEM", "close " NO_MEMORY, "closing " NO_MEMORY},
    {"the frame, behind others", "send x; send y", 3, false, "BOCATA_E_NOMEM", "close " NO_MEMORY,
     "closing " NO_MEMORY},
    {"a shared one's queue", "share x", 1, false, "BOCATA_E_NOMEM", "close " NO_MEMORY,
     "closing " NO_MEMORY},
    {"a ping's frame", "probe x", 1, false, "BOCATA_E_NOMEM", "close " NO_MEMORY,
     "closing " NO_MEMORY},
    {"a pong's frame", "ping x", 1, false, "", "close " NO_MEMORY, "closing " NO_MEMORY},
    {"a pong's queue", "ping x", 2, false, "", "close " NO_MEMORY, "closing " NO_MEMORY},
    {"all, where we send", "send x", 1, true, "BOCATA_E_NOMEM", "", "closed 1011"},
    {"all, where we answer a ping", "ping x; text y", 1, true, "end", "", "closed 1011"},
    {"all, behind what is begun", "send x; begin; send y; send z", 3, true,
     "BOCATA_E_NOMEM; BOCATA_E_INVALID", "text x", "closed 1011"},
    {"our reason", "end 1000 bye", 1, false, "", "close 1000 bye", "closing 1000"},
    {"our close frame", "end 1000 bye", 2, false, "BOCATA_E_NOMEM", "", "closed 1000 bye"},
    {"our close frame's queue", "end 1000 bye", 3, false, "BOCATA_E_NOMEM", "", "closed 1000 bye"},
    {"all, and an invalid code", "end 1006", 1, true, "BOCATA_E_INVALID", "", "closed 1005"},
    {"the echo", "close 1000 bye", 1, false, "end", "", "closed 1000 bye"},
    {"their reason", "close 1000 bye", 3, false, "end", "close 1000", "closed 1000"},
    {"a message of parts", "part x; text y", 1, false, "end", "close " NO_MEMORY,
     "closed " NO_MEMORY},
    {"all, and a mistake", "unmasked", 1, true, "end", "", "closed 1002"},
};

static void test_memory_that_fails(void **state)
{
    const failing_case *row = *state;
    rig r;

    rig_init(&r, PLAIN, &no_case);
    r.until_failure = row->allocation;
    all_fail_from_there = row->and_all_after;
    run(&r, row->script);
    all_fail_from_there = false;
    bocata_buf text = state_text(&r.link);
    assert_int_equal(r.until_failure, row->and_all_after); /* it was asked for */
    expect(&r, "events", &r.events, row->events, "");
    expect(&r, "received", &r.received, row->received, "");
    expect(&r, "state", &text, row->state, "");
    bocata_buf_free(&text);
    rig_done(&r);
}

/* Whichever fails, the peer gets frames it can read, and the link is open only if nothing is
 * missing. */
static void test_each_allocation_fails(void **state)
{
    const char *script = "send a; part b; ping c; share d; text e; drain; send f; binary g";
    (void)state;

    for (mode m = PLAIN; m <= TAKEOVER; m++) {
        bool has_failed = true;
        for (size_t n = 1; has_failed; n++) {
            for (int on = 0; on < 2; on++) {
                rig r;
                rig_init(&r, m, &no_case);
                r.until_failure = n;
                all_fail_from_there = on;
                run(&r, script);
                all_fail_from_there = false;
                if (!on) /* up to the first, both are the same */
                    has_failed = r.until_failure == 0;
                assert_null(strstr(r.received.ptr ? r.received.ptr : "", "fail"));
                assert_int_equal(r.link.state == BOCATA_LINK_OPEN, !has_failed);
                assert_int_equal(r.link.close_code, has_failed ? 1011 : 0);
                rig_done(&r);
            }
            assert_true(n < 100);
        }
    }
}

/* ---- compressed ------------------------------------------------------------------------------ */

static void send_shared(rig *r, bocata_outgoing *frame)
{
    assert_int_equal(bocata_link_send_shared(&r->link, frame), BOCATA_OK);
}

/* Without takeover a frame is compressed once for all, and again only for a smaller window. */
static void test_shared_frames_are_compressed_once(void **state)
{
    static const uint8_t bits[] = {12, 15, 10, 11, 10, 15};
    static const size_t same_as[] = {0, 0, 2, 2, 2, 2};
    enum { COUNT = sizeof bits };
    bocata_outgoing *frame = bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, STR("shared shared"));
    bocata_outgoing *items[COUNT];
    rig rigs[COUNT], plain;
    (void)state;

    rig_init(&plain, PLAIN, &no_case);
    send_shared(&plain, frame);
    assert_ptr_equal(last_item(&plain), frame);
    assert_null(frame->deflated);
    for (size_t i = 0; i < COUNT; i++) {
        rig_init(&rigs[i], ALONE, &no_case);
        rigs[i].link.deflate.agreement.server_max_window_bits = bits[i];
        send_shared(&rigs[i], frame);
        items[i] = last_item(&rigs[i]);
        assert_ptr_equal(items[i], frame->deflated);
        assert_ptr_equal(items[i], items[same_as[i]]);
    }
    assert_ptr_not_equal(items[0], items[2]);
    assert_int_equal(items[2]->ref_count, 5); /* four queues, and the frame */
    bocata_outgoing_unref(frame);
    for (size_t i = 0; i < COUNT; i++) {
        run(&rigs[i], "");
        expect(&rigs[i], "received", &rigs[i].received, "text shared shared", "");
        rig_done(&rigs[i]);
    }
    run(&plain, "");
    expect(&plain, "received", &plain.received, "text shared shared", "");
    rig_done(&plain);
}

/* With takeover each link's leans on what went before on that link. */
static void test_shared_frames_with_takeover(void **state)
{
    bocata_outgoing *frame =
        bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, STR("what leans on what went before"));
    rig r;
    (void)state;

    rig_init(&r, TAKEOVER, &no_case);
    send_shared(&r, frame);
    bocata_outgoing *first = last_item(&r);
    send_shared(&r, frame);
    assert_null(frame->deflated);
    assert_true(last_item(&r)->len < first->len / 2);
    bocata_outgoing_unref(frame);
    run(&r, "");
    expect(&r, "received", &r.received,
           "text what leans on what went before; text what leans on what went before", "");
    rig_done(&r);
}

/* What cannot be compressed grows: a message of the longest may come in a longer frame. */
static void test_room_for_what_does_not_compress(void **state)
{
    char noise[MESSAGE_LEN_MAX];
    uint32_t chance = 1;
    bocata_link_event event;
    rig r;
    (void)state;

    for (size_t i = 0; i < sizeof noise; i++) {
        chance = chance * 1664525u + 1013904223u;
        noise[i] = (char)(chance >> 24);
    }
    rig_init(&r, ALONE, &no_case);
    write_message(&r, BOCATA_OPCODE_BINARY, true, (bocata_str){noise, sizeof noise});
    assert_true(r.wire.len > sizeof noise + 6);
    assert_int_equal(bocata_link_read(&r.link, r.wire.ptr, r.wire.len, &event), r.wire.len);
    assert_int_equal(event.kind, BOCATA_LINK_MESSAGE);
    assert_true(str_equal(event.payload, (bocata_str){noise, sizeof noise}));
    rig_done(&r);
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, link_cases, test_link);
    SUITE_ROWS(&group, plain_cases, test_plain);
    SUITE_TEST(&group, test_pings_do_not_grow_the_queue);
    SUITE_TEST(&group, test_tiny_frames_count_as_more);
    SUITE_TEST(&group, test_nothing_stays_in_a_closed_reader);
    SUITE_TEST(&group, test_a_reason_with_a_nul);
    SUITE_TEST(&group, test_an_idle_link_is_small);
    SUITE_ROWS(&group, failing_cases, test_memory_that_fails);
    SUITE_TEST(&group, test_each_allocation_fails);
    SUITE_TEST(&group, test_shared_frames_are_compressed_once);
    SUITE_TEST(&group, test_shared_frames_with_takeover);
    SUITE_TEST(&group, test_room_for_what_does_not_compress);
    return suite_run(&group, "link");
}
