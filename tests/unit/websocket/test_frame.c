/* Frames one by one: what a piece of data is, what is written, masks. test_message.c has the
 * protocol's cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "bytes.h"
#include "suite.h"
#include "websocket/frame.h"

static bocata_frame_reader client_reader(void)
{
    const bocata_frame_rules rules = {
        .has_deflate = true, .frame_len_max = 1000, .message_len_max = 1000};
    bocata_frame_reader reader;
    bocata_frame_reader_init(&reader, &rules);
    return reader;
}

static void assert_event(const bocata_frame_event *event, bocata_frame_event_kind kind,
                         const char *payload)
{
    assert_int_equal(event->kind, kind);
    assert_int_equal(event->payload.len, strlen(payload));
    if (event->payload.len)
        assert_memory_equal(event->payload.ptr, payload, event->payload.len);
}

/* A fragmented, compressed message with a ping in it, in pieces that are not the frames. */
static void test_pieces(void **state)
{
    char bytes[] = "\x41\x03"
                   "abc"
                   "\x89\x01!"
                   "\x80\x04"
                   "defg"
                   "\x82\x00";
    const struct {
        size_t len, used;
        bocata_frame_event_kind kind;
        const char *payload;
        bool is_first, is_last, is_compressed;
        bocata_opcode opcode;
    } steps[] = {
        {1, 1, BOCATA_FRAME_NONE, "", false, false, false, BOCATA_OPCODE_CONTINUATION},
        {1, 1, BOCATA_FRAME_NONE, "", false, false, false, BOCATA_OPCODE_CONTINUATION},
        {1, 1, BOCATA_FRAME_DATA, "a", true, false, true, BOCATA_OPCODE_TEXT},
        {5, 2, BOCATA_FRAME_DATA, "bc", false, false, true, BOCATA_OPCODE_TEXT},
        {3, 3, BOCATA_FRAME_PING, "!", false, false, false, BOCATA_OPCODE_CONTINUATION},
        {4, 4, BOCATA_FRAME_DATA, "de", false, false, true, BOCATA_OPCODE_TEXT},
        {4, 2, BOCATA_FRAME_DATA, "fg", false, true, true, BOCATA_OPCODE_TEXT},
        {2, 2, BOCATA_FRAME_DATA, "", true, true, false, BOCATA_OPCODE_BINARY},
    };
    bocata_frame_reader reader = client_reader();
    bocata_frame_event event;
    size_t at = 0;
    (void)state;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(bocata_frame_read(&reader, bytes + at, steps[i].len, &event),
                         steps[i].used);
        assert_event(&event, steps[i].kind, steps[i].payload);
        assert_int_equal(event.is_first, steps[i].is_first);
        assert_int_equal(event.is_last, steps[i].is_last);
        assert_int_equal(event.is_compressed, steps[i].is_compressed);
        assert_int_equal(event.opcode, steps[i].opcode);
        at += steps[i].used;
        if (event.kind == BOCATA_FRAME_DATA) /* not copied */
            assert_ptr_equal(event.payload.ptr, bytes + at - event.payload.len);
    }
    assert_int_equal(at, sizeof bytes - 1);
}

static void test_nothing_after_the_end(void **state)
{
    char bytes[] = "\x88\x02\x03\xe8"
                   "\x81\x01"
                   "a";
    bocata_frame_reader reader = client_reader();
    bocata_frame_event event;
    (void)state;

    assert_int_equal(bocata_frame_read(&reader, bytes, 7, &event), 4);
    assert_event(&event, BOCATA_FRAME_CLOSE, "");
    assert_int_equal(event.close_code, 1000);
    assert_int_equal(bocata_frame_read(&reader, bytes + 4, 3, &event), 3);
    assert_event(&event, BOCATA_FRAME_NONE, "");

    reader = client_reader();
    bocata_frame_reader_end(&reader);
    assert_int_equal(bocata_frame_read(&reader, bytes, 7, &event), 7);
    assert_event(&event, BOCATA_FRAME_NONE, "");
}

/* Also within a payload. */
static void test_no_bytes(void **state)
{
    char bytes[] = "\x89\x01!";
    bocata_frame_reader reader = client_reader();
    bocata_frame_event event;
    (void)state;

    assert_int_equal(bocata_frame_read(&reader, NULL, 0, &event), 0);
    assert_event(&event, BOCATA_FRAME_NONE, "");
    assert_int_equal(bocata_frame_read(&reader, bytes, 2, &event), 2);
    assert_int_equal(bocata_frame_read(&reader, NULL, 0, &event), 0);
    assert_event(&event, BOCATA_FRAME_NONE, "");
    assert_int_equal(bocata_frame_read(&reader, bytes + 2, 1, &event), 1);
    assert_event(&event, BOCATA_FRAME_PING, "!");
}

static void test_failures_have_a_text(void **state)
{
    char bytes[] = "\x83\x00";
    bocata_frame_reader reader = client_reader();
    bocata_frame_event event;
    (void)state;

    bocata_frame_read(&reader, bytes, 2, &event);
    assert_event(&event, BOCATA_FRAME_FAILURE, "");
    assert_string_equal(event.failure_text, "a reserved opcode");
}

/* Every length, cut in three: as with the plain definition of RFC 6455 5.3. */
static void test_masks(void **state)
{
    enum { LEN_MAX = 40 };
    const uint8_t key[BOCATA_FRAME_MASK_LEN] = {0x37, 0xfa, 0x21, 0x3d};
    (void)state;

    for (size_t len = 0; len <= LEN_MAX; len++)
        for (size_t from = 0; from <= len; from++)
            for (size_t to = from; to <= len; to++) {
                uint8_t mask[BOCATA_FRAME_MASK_LEN];
                char *bytes = malloc(len ? len : 1);
                assert_non_null(bytes);
                memcpy(mask, key, sizeof mask);
                memset(bytes, 'a', len);
                bocata_frame_mask(mask, bytes, from);
                bocata_frame_mask(mask, bytes + from, to - from);
                bocata_frame_mask(mask, bytes + to, len - to);
                for (size_t i = 0; i < len; i++)
                    if ((uint8_t)bytes[i] != ('a' ^ key[i % 4]))
                        fail_msg("byte %zu of %zu, cut at %zu and %zu", i, len, from, to);
                free(bytes);
            }
}

typedef struct header_row {
    const char *intent;
    bocata_frame frame;
    bocata_str header;
} header_row;

static const uint8_t mask[] = {1, 2, 3, 4};

static header_row headers[] = {
    {"empty text", {BOCATA_OPCODE_TEXT, true, false, 0, NULL}, BYTES("\x81\x00")},
    {"longest in 7 bits", {BOCATA_OPCODE_TEXT, true, false, 125, NULL}, BYTES("\x81\x7d")},
    {"shortest in 16", {BOCATA_OPCODE_BINARY, true, false, 126, NULL}, BYTES("\x82\x7e\x00\x7e")},
    {"longest in 16", {BOCATA_OPCODE_BINARY, true, false, 65535, NULL}, BYTES("\x82\x7e\xff\xff")},
    {"shortest in 64",
     {BOCATA_OPCODE_BINARY, true, false, 65536, NULL},
     BYTES("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00")},
    {"every byte of 64 in its place",
     {BOCATA_OPCODE_BINARY, true, false, UINT64_C(0x0102030405060708), NULL},
     BYTES("\x82\x7f\x01\x02\x03\x04\x05\x06\x07\x08")},
    {"not final", {BOCATA_OPCODE_TEXT, false, false, 5, NULL}, BYTES("\x01\x05")},
    {"compressed", {BOCATA_OPCODE_TEXT, true, true, 5, NULL}, BYTES("\xc1\x05")},
    {"continuation", {BOCATA_OPCODE_CONTINUATION, true, false, 5, NULL}, BYTES("\x80\x05")},
    {"close", {BOCATA_OPCODE_CLOSE, true, false, 2, NULL}, BYTES("\x88\x02")},
    {"ping", {BOCATA_OPCODE_PING, true, false, 0, NULL}, BYTES("\x89\x00")},
    {"pong", {BOCATA_OPCODE_PONG, true, false, 0, NULL}, BYTES("\x8a\x00")},
    {"masked", {BOCATA_OPCODE_TEXT, true, false, 5, mask}, BYTES("\x81\x85\x01\x02\x03\x04")},
    {"masked, 16 bits",
     {BOCATA_OPCODE_TEXT, true, false, 300, mask},
     BYTES("\x81\xfe\x01\x2c\x01\x02\x03\x04")},
    {"masked, 64 bits",
     {BOCATA_OPCODE_TEXT, true, false, 65536, mask},
     BYTES("\x81\xff\x00\x00\x00\x00\x00\x01\x00\x00\x01\x02\x03\x04")},
};

static void test_header(void **state)
{
    const header_row *row = *state;
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX];

    assert_int_equal(bocata_frame_write_header(&row->frame, header), row->header.len);
    assert_memory_equal(header, row->header.ptr, row->header.len);
}

#define REASON_40 "0123456789012345678901234567890123456789"
#define REASON_123 REASON_40 REASON_40 REASON_40 "012"

typedef struct close_row {
    const char *intent;
    uint16_t code;
    bocata_str reason;
    bocata_status status;
    bocata_str payload;
} close_row;

static close_row closes[] = {
    {"no code", 1005, BYTES(""), BOCATA_OK, BYTES("")},
    {"a code", 1000, BYTES(""), BOCATA_OK, BYTES("\x03\xe8")},
    {"a code and a reason", 4999, BYTES("\xc3\xa9"), BOCATA_OK, BYTES("\x13\x87\xc3\xa9")},
    {"longest reason", 1008, BYTES(REASON_123), BOCATA_OK, BYTES("\x03\xf0" REASON_123)},
    {"reason too long", 1008, BYTES(REASON_123 "x"), BOCATA_E_LIMIT, BYTES("")},
    {"reason not UTF-8", 1008, BYTES("\xff"), BOCATA_E_INVALID, BYTES("")},
    {"reason cut in a character", 1008, BYTES("\xc3"), BOCATA_E_INVALID, BYTES("")},
    {"reason without a code", 1005, BYTES("x"), BOCATA_E_INVALID, BYTES("")},
    {"code that is never sent", 1006, BYTES(""), BOCATA_E_INVALID, BYTES("")},
};

static void test_close_payload(void **state)
{
    const close_row *row = *state;
    char payload[BOCATA_FRAME_CONTROL_LEN_MAX];
    size_t len = 1234;

    assert_int_equal(bocata_close_write_payload(row->code, row->reason, payload, &len),
                     row->status);
    if (row->status == BOCATA_OK) {
        assert_int_equal(len, row->payload.len);
        assert_memory_equal(payload, row->payload.ptr, len);
    } else {
        assert_int_equal(len, 1234);
    }
}

/* RFC 6455 7.4, and 1012 to 1014 of IANA's registry. */
static void test_close_codes(void **state)
{
    const struct {
        uint16_t from, to;
        bool is_valid;
    } ranges[] = {
        {0, 999, false},     {1000, 1003, true}, {1004, 1006, false},  {1007, 1014, true},
        {1015, 2999, false}, {3000, 4999, true}, {5000, 65535, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (uint32_t code = ranges[i].from; code <= ranges[i].to; code++)
            if (bocata_close_code_is_valid((uint16_t)code) != ranges[i].is_valid)
                fail_msg("%u", (unsigned)code);
}

int main(void)
{
    static suite group;

    SUITE_TEST(&group, test_pieces);
    SUITE_TEST(&group, test_nothing_after_the_end);
    SUITE_TEST(&group, test_no_bytes);
    SUITE_TEST(&group, test_failures_have_a_text);
    SUITE_TEST(&group, test_masks);
    SUITE_ROWS(&group, headers, test_header);
    SUITE_ROWS(&group, closes, test_close_payload);
    SUITE_TEST(&group, test_close_codes);
    return suite_run(&group, "frame");
}
