/* The protocol's cases, after the sections 1 to 7 and 9 of Autobahn's test suite: what the peer
 * sends, and what comes of it. Each is read as a client (the bytes as they stand here) and as a
 * server (masked), whole, cut in two at every byte, and byte by byte. */
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
#include "suite.h"
#include "websocket/message.h"
#include "wire_cases.h"

#define CUT_LEN_MAX 600 /* longer ones are cut around their ends only */

/* What an inflater does, without zlib: doubles every byte, and ends a message with a dollar. */
static uint16_t inflate_toy(void *inflater, bocata_str piece, bool is_last, size_t len_max,
                            bocata_buf *out)
{
    (*(size_t *)inflater)++;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.ptr[i] == '!')
            return 1002;
        if (out->len + 2 > len_max)
            return 1009;
        if (bocata_buf_append(out, (bocata_str){piece.ptr + i, 1}) != BOCATA_OK ||
            bocata_buf_append(out, (bocata_str){piece.ptr + i, 1}) != BOCATA_OK)
            return 1011;
    }
    return is_last && bocata_buf_append(out, STR("$")) != BOCATA_OK ? 1011 : 0;
}

/* What was read, as text: "text abc; ping; close 1000 bye". */
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

static void add_event(bocata_buf *text, const bocata_frame_event *event)
{
    char code[32];

    switch (event->kind) {
    case BOCATA_FRAME_NONE:
        break;
    case BOCATA_FRAME_DATA:
        assert_true(event->is_first && event->is_last && !event->is_compressed);
        assert_non_null(event->payload.ptr);
        add(text, event->opcode == BOCATA_OPCODE_TEXT ? "text" : "binary", event->payload);
        break;
    case BOCATA_FRAME_PING:
        add(text, "ping", event->payload);
        break;
    case BOCATA_FRAME_PONG:
        add(text, "pong", event->payload);
        break;
    case BOCATA_FRAME_CLOSE:
        snprintf(code, sizeof code, "close %u", event->close_code);
        add(text, code, event->payload);
        break;
    case BOCATA_FRAME_FAILURE:
        assert_non_null(event->failure_text);
        snprintf(code, sizeof code, "fail %u", event->close_code);
        add(text, code, (bocata_str){NULL, 0});
        break;
    }
}

/* Reads a copy of the piece in memory of exactly its length. */
static void read_piece(bocata_message_reader *reader, bocata_str piece, bocata_buf *text)
{
    char *bytes = malloc(piece.len ? piece.len : 1);
    bocata_frame_event event;
    size_t at = 0;

    assert_non_null(bytes);
    if (piece.len)
        memcpy(bytes, piece.ptr, piece.len);
    do {
        size_t used = bocata_message_read(reader, bytes + at, piece.len - at, &event);
        assert_true(used > 0 || at == piece.len);
        at += used;
        add_event(text, &event);
        if (event.kind == BOCATA_FRAME_FAILURE || event.kind == BOCATA_FRAME_CLOSE)
            assert_null(reader->buf.ptr);
    } while (event.kind != BOCATA_FRAME_NONE);
    assert_int_equal(at, piece.len);
    free(bytes);
}

static bocata_frame_rules rules_of(const limit_case *row, bool is_server)
{
    return (bocata_frame_rules){
        .is_server = is_server,
        .frame_len_max = row->frame_len_max ? row->frame_len_max : 1 << 20,
        .message_len_max = row->message_len_max ? row->message_len_max : 1 << 20,
    };
}

static void check(const limit_case *row, const bocata_frame_rules *rules,
                  const bocata_str pieces[3])
{
    bocata_message_reader reader;
    bocata_buf text = {0};
    size_t inflated = 0;

    bocata_message_reader_init(&reader, rules, inflate_toy, &inflated);
    for (size_t i = 0; i < 3; i++) {
        bool is_byte_by_byte = i == 2;
        size_t step = is_byte_by_byte ? 1 : pieces[i].len;
        for (bocata_str rest = pieces[i]; rest.len > 0; rest = str_skip(rest, step))
            read_piece(&reader, (bocata_str){rest.ptr, step}, &text);
    }
    if (!str_equal(buf_str(&text), bocata_str_of(row->outcome)))
        fail_msg("as a %s, %zu and %zu bytes and %zu alone: %.*s",
                 rules->is_server ? "server" : "client", pieces[0].len, pieces[1].len,
                 pieces[2].len, (int)text.len, text.ptr ? text.ptr : "");
    bocata_buf_free(&text);
    bocata_message_reader_done(&reader);
}

/* The frames in `bytes` as a client sends them. */
static bocata_buf masked(bocata_str bytes)
{
    static const char key[] = {0x37, (char)0xfa, 0x21, 0x3d};
    bocata_buf out = {0};

    while (bytes.len >= 2) {
        unsigned char len7 = bytes.ptr[1] & 0x7f;
        size_t width = len7 == 126 ? 2 : len7 == 127 ? 8 : 0;
        uint64_t len = width ? 0 : len7;
        for (size_t i = 0; i < width; i++)
            len = len << 8 | (unsigned char)bytes.ptr[2 + i];
        assert_int_equal(bocata_buf_append(&out, (bocata_str){bytes.ptr, 2 + width}), BOCATA_OK);
        out.ptr[out.len - width - 1] = (char)(bytes.ptr[1] ^ 0x80);
        assert_int_equal(bocata_buf_append(&out, (bocata_str){key, sizeof key}), BOCATA_OK);
        bytes = str_skip(bytes, 2 + width);
        for (size_t i = 0; i < len && bytes.len > 0; i++, bytes = str_skip(bytes, 1)) {
            char byte = (char)(bytes.ptr[0] ^ key[i % sizeof key]);
            assert_int_equal(bocata_buf_append(&out, (bocata_str){&byte, 1}), BOCATA_OK);
        }
    }
    return out;
}

static void check_cuts(const limit_case *row, const bocata_frame_rules *rules, bocata_str bytes)
{
    const size_t at_ends = 20;

    for (size_t cut = 0; cut <= bytes.len; cut++) {
        if (bytes.len > CUT_LEN_MAX && cut > at_ends && cut < bytes.len - at_ends)
            continue;
        bocata_str head = {bytes.ptr, cut};
        check(row, rules, (bocata_str[]){head, str_skip(bytes, cut), {0}});
    }
    check(row, rules, (bocata_str[]){{0}, {0}, bytes});
}

static bocata_buf wire_of(const limit_case *row)
{
    bocata_buf bytes = {0};

    assert_int_equal(bocata_buf_append(&bytes, row->bytes), BOCATA_OK);
    for (size_t i = 0; i < row->fill; i++)
        assert_int_equal(bocata_buf_append(&bytes, STR("*")), BOCATA_OK);
    return bytes;
}

static void test_limits(void **state)
{
    const limit_case *row = *state;
    bocata_buf bytes = wire_of(row), as_client_sends = masked(buf_str(&bytes));
    bocata_frame_rules client = rules_of(row, false), server = rules_of(row, true);

    check_cuts(row, &client, buf_str(&bytes));
    check_cuts(row, &server, buf_str(&as_client_sends));
    bocata_buf_free(&as_client_sends);
    bocata_buf_free(&bytes);
}

static void test_plain(void **state)
{
    const plain_case *frames = *state;
    limit_case row = {.bytes = frames->bytes, .outcome = frames->outcome};
    void *as_state = &row;

    test_limits(&as_state);
}

/* Each side refuses the frames that only the other may read. */
static void test_masks_of_the_wrong_side(void **state)
{
    static const bocata_str frames[] = {{"\x81\x01"
                                         "a",
                                         3},
                                        {"\x89\x00", 2},
                                        {"\x81\x00", 2}};
    const limit_case row = {.outcome = "fail 1002"};
    bocata_frame_rules client = rules_of(&row, false), server = rules_of(&row, true);
    (void)state;

    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        bocata_buf as_client_sends = masked(frames[i]);
        check_cuts(&row, &server, frames[i]);
        check_cuts(&row, &client, buf_str(&as_client_sends));
        bocata_buf_free(&as_client_sends);
    }
}

static void test_compressed(void **state)
{
    const limit_case *row = *state;
    bocata_frame_rules rules = rules_of(row, false);

    rules.has_deflate = true;
    check_cuts(row, &rules, row->bytes);
}

/* A message in one piece is not copied; others are freed with the next call. */
static void test_where_messages_lie(void **state)
{
    const limit_case row = {0};
    bocata_frame_rules rules = rules_of(&row, false);
    char bytes[] = "\x81\x03"
                   "abc"
                   "\x02\x01"
                   "d"
                   "\x80\x01"
                   "e";
    bocata_message_reader reader;
    bocata_frame_event event;
    size_t before = allocations;
    (void)state;

    bocata_message_reader_init(&reader, &rules, NULL, NULL);
    assert_int_equal(bocata_message_read(&reader, bytes, 5, &event), 5);
    assert_ptr_equal(event.payload.ptr, bytes + 2);
    assert_int_equal(allocations, before);
    assert_int_equal(bocata_message_read(&reader, bytes + 5, 6, &event), 6);
    assert_memory_equal(event.payload.ptr, "de", 2);
    assert_int_equal(bocata_message_read(&reader, NULL, 0, &event), 0);
    assert_int_equal(event.kind, BOCATA_FRAME_NONE);
    assert_null(reader.buf.ptr);
    bocata_message_reader_done(&reader);
}

/* What a header claims is not allocated. */
static void test_claims(void **state)
{
    const limit_case row = {.frame_len_max = (size_t)1 << 62, .message_len_max = (size_t)1 << 62};
    bocata_frame_rules rules = rules_of(&row, false);
    char bytes[] = "\x82\x7f\x3f\xff\xff\xff\xff\xff\xff\xff"
                   "a";
    bocata_message_reader reader;
    bocata_frame_event event;
    (void)state;

    bocata_message_reader_init(&reader, &rules, NULL, NULL);
    assert_int_equal(bocata_message_read(&reader, bytes, 11, &event), 11);
    assert_int_equal(event.kind, BOCATA_FRAME_NONE);
    assert_int_equal(reader.buf.len, 1);
    assert_true(reader.buf.cap <= 64);
    bocata_message_reader_done(&reader);
}

static void test_memory_that_fails(void **state)
{
    const limit_case row = {0};
    bocata_frame_rules rules = rules_of(&row, false);
    char bytes[] = "\x02\x01"
                   "d"
                   "\x80\x01"
                   "e";
    bocata_message_reader reader;
    bocata_frame_event event;
    (void)state;

    bocata_message_reader_init(&reader, &rules, NULL, NULL);
    allocations_until_failure = 1;
    bocata_message_read(&reader, bytes, 6, &event);
    allocations_until_failure = 0;
    assert_int_equal(event.kind, BOCATA_FRAME_FAILURE);
    assert_int_equal(event.close_code, 1011);
    assert_int_equal(bocata_message_read(&reader, bytes, 6, &event), 6);
    assert_int_equal(event.kind, BOCATA_FRAME_NONE);
    bocata_message_reader_done(&reader);
}

static void test_an_idle_socket_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(bocata_message_reader) <= 320);
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, plain_cases, test_plain);
    SUITE_ROWS(&group, limit_cases, test_limits);
    SUITE_ROWS(&group, compressed_cases, test_compressed);
    SUITE_TEST(&group, test_masks_of_the_wrong_side);
    SUITE_TEST(&group, test_where_messages_lie);
    SUITE_TEST(&group, test_claims);
    SUITE_TEST(&group, test_memory_that_fails);
    SUITE_TEST(&group, test_an_idle_socket_is_small);
    return suite_run(&group, "message");
}
