/* permessage-deflate: payloads to the byte, limits, and what is shared. The other side is zlib. */
#include "suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/str.h"
#include "failing_memory.h"
#include "websocket/deflate.h"
#include "websocket/message.h"

/* ---- zlib's beginnings, which may be refused ------------------------------------------------- */

int __real_deflateInit2_(z_streamp, int, int, int, int, int, const char *, int);
int __real_inflateInit2_(z_streamp, int, const char *, int);
int __wrap_deflateInit2_(z_streamp, int, int, int, int, int, const char *, int);
int __wrap_inflateInit2_(z_streamp, int, const char *, int);

int __wrap_deflateInit2_(z_streamp stream, int level, int method, int bits, int mem_level,
                         int strategy, const char *version, int size)
{
    return fails() ? Z_MEM_ERROR
                   : __real_deflateInit2_(stream, level, method, bits, mem_level, strategy, version,
                                          size);
}

int __wrap_inflateInit2_(z_streamp stream, int bits, const char *version, int size)
{
    return fails() ? Z_MEM_ERROR : __real_inflateInit2_(stream, bits, version, size);
}

/* ---- the client ------------------------------------------------------------------------------ */

typedef struct client {
    z_stream deflate, inflate;
} client;

static client *client_new(int deflate_bits, int inflate_bits, int level, int strategy)
{
    client *c = calloc(1, sizeof *c);
    assert_int_equal(deflateInit2(&c->deflate, level, Z_DEFLATED, -deflate_bits, 8, strategy),
                     Z_OK);
    assert_int_equal(inflateInit2(&c->inflate, -inflate_bits), Z_OK);
    return c;
}

static void client_free(client *c)
{
    deflateEnd(&c->deflate);
    inflateEnd(&c->inflate);
    free(c);
}

/* As zlib's users do, also where nothing comes out of a second flush. */
static void client_compress(client *c, bocata_str message, bocata_buf *payload)
{
    c->deflate.next_in = (const Bytef *)message.ptr;
    c->deflate.avail_in = (uInt)message.len;
    do {
        assert_int_equal(bocata_buf_reserve(payload, 1000), BOCATA_OK);
        c->deflate.next_out = (Bytef *)payload->ptr + payload->len;
        c->deflate.avail_out = 1000;
        deflate(&c->deflate, Z_SYNC_FLUSH);
        payload->len += 1000 - c->deflate.avail_out;
    } while (c->deflate.avail_out == 0);
    if (payload->len) {
        assert_true(str_ends_with(buf_str(payload), (bocata_str){"\0\0\xff\xff", 4}));
        payload->len -= 4;
    }
}

/* In steps of a few bytes, so that zlib must find in its window what is referred to. */
static void client_expect(client *c, bocata_buf *payload, bocata_str message)
{
    unsigned char out[16];
    size_t len = 0;

    assert_int_equal(bocata_buf_append(payload, (bocata_str){"\0\0\xff\xff", 4}), BOCATA_OK);
    c->inflate.next_in = (const Bytef *)payload->ptr;
    c->inflate.avail_in = (uInt)payload->len;
    do {
        c->inflate.next_out = out;
        c->inflate.avail_out = sizeof out;
        int result = inflate(&c->inflate, Z_SYNC_FLUSH);
        if (result != Z_OK && result != Z_BUF_ERROR)
            fail_msg("the client cannot inflate at %zu: %s", len, c->inflate.msg);
        size_t got = sizeof out - c->inflate.avail_out;
        assert_true(got <= message.len - len);
        if (got)
            assert_memory_equal(message.ptr + len, out, got);
        len += got;
    } while (c->inflate.avail_out == 0);
    assert_int_equal(len, message.len);
    assert_int_equal(c->inflate.avail_in, 0);
}

/* ---- the server ------------------------------------------------------------------------------ */

static const bocata_deflate_agreement alone = {true, true, 15, 15};
static const bocata_deflate_agreement takeover = {false, false, 15, 15};

/* In pieces of `step` bytes, each in memory of just its size; what comes out is in `message`. */
static uint16_t feed(bocata_deflate *deflate, bocata_str payload, size_t step, bool is_ended,
                     size_t len_max, bocata_buf *message)
{
    uint16_t code;
    do {
        bocata_str piece = {payload.ptr, payload.len < step ? payload.len : step};
        char *exact = malloc(piece.len ? piece.len : 1);
        if (piece.len)
            memcpy(exact, piece.ptr, piece.len);
        payload = str_skip(payload, piece.len);
        code = bocata_deflate_decompress(deflate, (bocata_str){exact, piece.len},
                                         is_ended && payload.len == 0, len_max, message);
        free(exact);
    } while (code == 0 && payload.len > 0);
    return code;
}

static void expect(bocata_deflate *deflate, bocata_str payload, size_t step, bocata_str text)
{
    bocata_buf message = {0};
    assert_int_equal(feed(deflate, payload, step, true, text.len, &message), 0);
    assert_int_equal(message.len, text.len);
    if (text.len)
        assert_memory_equal(message.ptr, text.ptr, text.len);
    bocata_buf_free(&message);
}

static void expect_compressed(bocata_deflate *deflate, bocata_str message, bocata_str payload)
{
    bocata_buf buf = {0};
    assert_int_equal(bocata_buf_append(&buf, STR("head")), BOCATA_OK);
    assert_int_equal(bocata_deflate_compress(deflate, message, &buf), BOCATA_OK);
    assert_int_equal(buf.len, 4 + payload.len);
    assert_memory_equal(buf.ptr, "head", 4);
    assert_memory_equal(buf.ptr + 4, payload.ptr, payload.len);
    bocata_buf_free(&buf);
}

/* ---- payloads, given whole and split at every byte ------------------------------------------- */

#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00"
#define FINAL "\xf3\x48\xcd\xc9\xc9\x07\x00"

typedef struct payload_row {
    const char *intent;
    bocata_str payload;
    size_t len_max;
    uint16_t code;
    bocata_str text;
} payload_row;

#define P(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static payload_row payload_rows[] = {
    /* RFC 7692 7.2.3 */
    {"one block (7.2.3.1)", P(HELLO), 100, 0, P("Hello")},
    {"stored (7.2.3.3)", P("\x00\x05\x00\xfa\xffHello\x00"), 100, 0, P("Hello")},
    {"final (7.2.3.4)", P(FINAL "\x00"), 100, 0, P("Hello")},
    {"two blocks (7.2.3.5)", P("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"), 100, 0,
     P("Hello")},
    {"empty (7.2.3.6)", P("\x00"), 100, 0, P("")},
    {"no bytes", P(""), 100, 0, P("")},
    {"final, and no block behind", P(FINAL), 100, 0, P("Hello")},
    {"final twice", P(FINAL FINAL "\x00"), 100, 0, P("HelloHello")},
    {"final, then more", P(FINAL HELLO), 100, 0, P("HelloHello")},
    {"empty blocks", P("\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x00"), 100, 0, P("")},
    /* limits */
    {"just fits", P(HELLO), 5, 0, P("Hello")},
    {"one too many", P(HELLO), 4, 1009, P("Hell")},
    {"no room", P(HELLO), 0, 1009, P("")},
    {"empty, no room needed", P("\x00"), 0, 0, P("")},
    {"final twice, just fits", P(FINAL FINAL "\x00"), 10, 0, P("HelloHello")},
    {"final twice, one too many", P(FINAL FINAL "\x00"), 9, 1009, P("HelloHell")},
    {"final at the limit", P(FINAL "\x00"), 5, 0, P("Hello")},
    {"final at the limit, and no block behind", P(FINAL), 5, 0, P("Hello")},
    /* not what RFC 1951 knows */
    {"cut short by one byte", P("\xf2\x48\xcd\xc9\xc9\x07"), 100, 1007, P("Hello")},
    {"cut short", P("\xf2\x48\xcd"), 100, 1007, {0}},
    {"one byte of it", P("\xf2"), 100, 1007, {0}},
    {"stored, cut short", P("\x00\x0a\x00\xf5\xffHello"), 100, 1007, {0}},
    {"stored, lengths differ", P("\x00\x05\x00\xfa\xfeHello\x00"), 100, 1007, P("")},
    {"a reserved block type", P("\x06\x00"), 100, 1007, P("")},
    {"a reserved block type behind a final block", P(FINAL "\x06\x00"), 100, 1007, P("Hello")},
    {"before the first byte", P("\xf2\x00\x11\x00\x00"), 100, 1007, P("H")},
    {"before a final block's end", P(FINAL "\xf2\x00\x11\x00\x00"), 100, 1007, P("HelloH")},
    {"the tail left on", P(HELLO "\x00\x00\xff\xff"), 100, 1007, P("Hello")},
    {"uncompressed text", P("Hello"), 100, 1007, {0}},
};

static void test_payload(void **state)
{
    const payload_row *row = *state;

    for (size_t step = 1; step <= row->payload.len + 1; step++)
        for (int is_alone = 0; is_alone < 2; is_alone++) {
            bocata_deflate_pool pool = {0};
            bocata_deflate deflate = {.pool = &pool, .agreement = is_alone ? alone : takeover};
            bocata_buf message = {0};
            assert_int_equal(feed(&deflate, row->payload, step, true, row->len_max, &message),
                             row->code);
            if (row->text.ptr) { /* else how much came out depends on zlib */
                assert_int_equal(message.len, row->text.len);
                if (message.len)
                    assert_memory_equal(message.ptr, row->text.ptr, row->text.len);
            }
            if (row->code == 0) /* and the stream is where it should be */
                expect(&deflate, (bocata_str)P(HELLO), step, STR("Hello"));
            bocata_buf_free(&message);
            bocata_deflate_done(&deflate);
            bocata_deflate_pool_done(&pool);
        }
}

/* What a bomb may cost is what a message of that length costs. */
static void test_bomb(void **state)
{
    client *c = client_new(15, 15, 9, Z_DEFAULT_STRATEGY);
    bocata_deflate_pool pool = {0};
    bocata_buf zeros = {0}, payload = {0};
    const size_t steps[] = {1, 1000, SIZE_MAX};
    (void)state;

    assert_int_equal(bocata_buf_reserve(&zeros, 10 << 20), BOCATA_OK);
    memset(zeros.ptr, 0, 10 << 20);
    zeros.len = 10 << 20;
    client_compress(c, buf_str(&zeros), &payload);
    assert_true(payload.len < 12000);
    for (size_t i = 0; i < 3; i++) {
        bocata_deflate deflate = {.pool = &pool, .agreement = alone};
        bocata_buf message = {0};
        assert_int_equal(feed(&deflate, buf_str(&payload), steps[i], true, 100000, &message), 1009);
        assert_int_equal(message.len, 100000);
        assert_true(message.cap < 300000);
        bocata_buf_free(&message);
        bocata_deflate_done(&deflate);
    }
    bocata_deflate deflate = {.pool = &pool, .agreement = alone};
    expect(&deflate, buf_str(&payload), 5000, buf_str(&zeros));
    bocata_deflate_done(&deflate);
    bocata_buf_free(&zeros);
    bocata_buf_free(&payload);
    bocata_deflate_pool_done(&pool);
    client_free(c);
}

/* The costliest way to say nothing: final blocks, each the end of a stream. */
static void test_final_blocks(void **state)
{
    bocata_deflate_pool pool = {0};
    bocata_deflate deflate = {.pool = &pool, .agreement = takeover};
    bocata_buf payload = {0};
    (void)state;

    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(bocata_buf_append(&payload, (bocata_str){"\x03\x00", 2}), BOCATA_OK);
    expect(&deflate, buf_str(&payload), SIZE_MAX, STR(""));
    bocata_buf_free(&payload);
    bocata_deflate_done(&deflate);
}

/* The stream's end is found although zlib has more to give than there was room for. */
static void test_long_final_block(void **state)
{
    static const char zeros[5000];
    unsigned char bytes[100];
    client *c = client_new(15, 15, 6, Z_DEFAULT_STRATEGY);
    bocata_deflate_pool pool = {0};
    bocata_deflate server = {.pool = &pool, .agreement = takeover};
    bocata_buf message = {0};
    (void)state;

    for (size_t len = 4000; len < 5000; len++) {
        deflateReset(&c->deflate);
        c->deflate.next_in = (const Bytef *)zeros;
        c->deflate.avail_in = (uInt)len;
        c->deflate.next_out = bytes;
        c->deflate.avail_out = sizeof bytes;
        assert_int_equal(deflate(&c->deflate, Z_FINISH), Z_STREAM_END);
        bocata_str payload = {(char *)bytes, sizeof bytes - c->deflate.avail_out};
        expect(&server, payload, SIZE_MAX, (bocata_str){zeros, len});
    }
    /* a limit is no reason to allocate */
    assert_int_equal(feed(&server, (bocata_str)P(HELLO), 100, true, 1 << 20, &message), 0);
    assert_true(message.cap <= 2048);
    bocata_buf_free(&message);
    bocata_deflate_done(&server);
    client_free(c);
}

/* ---- context takeover ------------------------------------------------------------------------ */

static void test_takeover(void **state) /* RFC 7692 7.2.3.2 */
{
    bocata_deflate_pool pool = {0};
    bocata_deflate deflate = {.pool = &pool, .agreement = takeover};
    (void)state;

    expect_compressed(&deflate, STR("Hello"), (bocata_str)P(HELLO));
    expect_compressed(&deflate, STR("Hello"), (bocata_str)P("\xf2\x00\x11\x00\x00"));
    expect(&deflate, (bocata_str)P(HELLO), 3, STR("Hello"));
    expect(&deflate, (bocata_str)P("\xf2\x00\x11\x00\x00"), 3, STR("Hello"));
    assert_null(pool.deflater);
    assert_null(pool.inflater);
    bocata_deflate_done(&deflate);
    assert_null(deflate.deflater);
    assert_null(deflate.inflater);
}

static void test_no_takeover(void **state)
{
    bocata_deflate_pool pool = {0};
    bocata_deflate a = {.pool = &pool, .agreement = alone}, b = a;
    bocata_buf message = {0};
    (void)state;

    expect_compressed(&a, STR("Hello"), (bocata_str)P(HELLO));
    expect_compressed(&b, STR("Hello"), (bocata_str)P(HELLO));
    expect_compressed(&b, STR(""), (bocata_str)P("\x00"));
    expect(&a, (bocata_str)P(HELLO), 100, STR("Hello"));
    assert_null(a.deflater); /* an idle socket has nothing */
    assert_null(a.inflater);
    assert_non_null(pool.deflater);
    assert_non_null(pool.inflater);
    /* what a socket sent is not for another to refer to */
    assert_int_equal(feed(&b, (bocata_str)P("\xf2\x00\x11\x00\x00"), 100, true, 100, &message),
                     1007);
    bocata_buf_free(&message);
    bocata_deflate_done(&a);
    bocata_deflate_done(&b);
    bocata_deflate_pool_done(&pool);
    assert_null(pool.deflater);
    assert_null(pool.inflater);
}

static void test_one_side(void **state) /* each direction has its own */
{
    bocata_deflate_pool pool = {0};
    bocata_deflate server = {.pool = &pool, .agreement = {false, true, 15, 15}};
    bocata_deflate other = {.pool = &pool, .agreement = {true, false, 15, 15}};
    (void)state;

    expect_compressed(&server, STR("Hello"), (bocata_str)P(HELLO));
    expect_compressed(&server, STR("Hello"), (bocata_str)P("\xf2\x00\x11\x00\x00"));
    expect(&server, (bocata_str)P(HELLO), 100, STR("Hello"));
    assert_null(server.inflater);
    expect_compressed(&other, STR("Hello"), (bocata_str)P(HELLO));
    expect_compressed(&other, STR("Hello"), (bocata_str)P(HELLO));
    expect(&other, (bocata_str)P(HELLO), 100, STR("Hello"));
    assert_non_null(pool.inflater); /* not its own */
    expect(&other, (bocata_str)P("\xf2\x00\x11\x00\x00"), 100, STR("Hello"));
    assert_null(other.deflater);
    bocata_deflate_done(&server);
    bocata_deflate_done(&other);
    bocata_deflate_pool_done(&pool);
}

/* Messages that arrive in pieces at the same time, on sockets that share. */
static void test_interleaved(void **state)
{
    const bocata_str payload = P("\x00\x05\x00\xfa\xffHello\x00");
    bocata_deflate_pool pool = {0};
    bocata_deflate sockets[3];
    bocata_buf messages[3] = {{0}};
    (void)state;

    for (size_t i = 0; i < 3; i++)
        sockets[i] = (bocata_deflate){.pool = &pool, .agreement = alone};
    for (size_t at = 0; at < payload.len; at++)
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(feed(&sockets[i], (bocata_str){payload.ptr + at, 1}, 1,
                                  at + 1 == payload.len, 5, &messages[i]),
                             0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(messages[i].len, 5);
        assert_memory_equal(messages[i].ptr, "Hello", 5);
        assert_null(sockets[i].inflater);
        bocata_buf_free(&messages[i]);
    }
    assert_int_equal(feed(&sockets[0], payload, 3, false, 5, &messages[0]), 0);
    bocata_deflate_done(&sockets[0]); /* the socket ends within a message */
    expect(&sockets[1], payload, 3, STR("Hello"));
    bocata_buf_free(&messages[0]);
    bocata_deflate_pool_done(&pool);
}

/* ---- against zlib, at random ----------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Noise, with repeats of what came at any distance before. */
static void random_message(uint32_t *seed, size_t len, bocata_buf *message)
{
    message->len = 0;
    assert_int_equal(bocata_buf_reserve(message, len + 1), BOCATA_OK);
    while (message->len < len) {
        size_t run = 1 + next_random(seed) % 300;
        if (run > len - message->len)
            run = len - message->len;
        bool is_repeat = message->len > 0 && next_random(seed) % 2;
        size_t from = is_repeat ? next_random(seed) % message->len : 0;
        for (size_t i = 0; i < run; i++, message->len++)
            message->ptr[message->len] =
                is_repeat ? message->ptr[from + i] : (char)next_random(seed);
    }
}

typedef struct random_row {
    const char *intent;
    bocata_deflate_agreement agreement;
    int client_bits, level, strategy;
} random_row;

static random_row random_rows[] = {
    {"window bits 15", {false, false, 15, 15}, 15, 6, Z_DEFAULT_STRATEGY},
    {"window bits 14", {false, false, 14, 14}, 14, 1, Z_DEFAULT_STRATEGY},
    {"window bits 13", {false, false, 13, 13}, 13, 9, Z_DEFAULT_STRATEGY},
    {"window bits 12", {false, false, 12, 12}, 12, 6, Z_FILTERED},
    {"window bits 11", {false, false, 11, 11}, 11, 6, Z_DEFAULT_STRATEGY},
    {"window bits 10", {false, false, 10, 10}, 10, 6, Z_FIXED},
    {"window bits 9", {false, false, 9, 9}, 9, 6, Z_DEFAULT_STRATEGY},
    {"a client with 9 for 8", {false, false, 9, 8}, 9, 9, Z_DEFAULT_STRATEGY},
    {"only stored blocks", {false, false, 15, 15}, 15, 0, Z_DEFAULT_STRATEGY},
    {"no matches", {false, false, 15, 15}, 15, 6, Z_HUFFMAN_ONLY},
    {"no takeover, 15", {true, true, 15, 15}, 15, 6, Z_DEFAULT_STRATEGY},
    {"no takeover, 9", {true, true, 9, 9}, 9, 6, Z_DEFAULT_STRATEGY},
};

/* All of them share a pool, as the sockets of a loop would. */
static bocata_deflate_pool random_pool;

static void test_random(void **state)
{
    const random_row *row = *state;
    const bocata_deflate_agreement *agreement = &row->agreement;
    uint32_t seed = 20200607u + (uint32_t)(row - random_rows);
    client *c =
        client_new(row->client_bits, agreement->server_max_window_bits, row->level, row->strategy);
    bocata_deflate deflate = {.pool = &random_pool, .agreement = *agreement};
    bocata_buf message = {0}, payload = {0};

    print_message("# seed %u\n", seed);
    for (int i = 0; i < 60; i++) {
        random_message(&seed, i % 10 == 0 ? 70000 : next_random(&seed) % 2000 * (i % 3 > 0),
                       &message);
        payload.len = 0;
        if (agreement->client_no_context_takeover)
            deflateReset(&c->deflate);
        client_compress(c, buf_str(&message), &payload);
        expect(&deflate, buf_str(&payload), 1 + next_random(&seed) % 3000, buf_str(&message));

        payload.len = 0;
        if (agreement->server_no_context_takeover)
            inflateReset(&c->inflate);
        assert_int_equal(bocata_deflate_compress(&deflate, buf_str(&message), &payload), BOCATA_OK);
        client_expect(c, &payload, buf_str(&message));
    }
    bocata_buf_free(&message);
    bocata_buf_free(&payload);
    bocata_deflate_done(&deflate);
    client_free(c);
}

static void test_repeats_are_found(void **state) /* what takeover is for, and windows */
{
    static char noise[30000];
    /* zlib looks back as far as its window less 262 bytes */
    const size_t lens[] = {240, 740, 1700, 3700, 7800, 16000, 30000};
    uint32_t seed = 1;
    (void)state;

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)next_random(&seed);
    for (uint8_t bits = 9; bits <= 15; bits++) {
        bocata_deflate_pool pool = {0};
        bocata_deflate deflate = {.pool = &pool, .agreement = {false, false, bits, 15}};
        bocata_str message = {noise, lens[bits - 9]};
        bocata_buf payload = {0};
        for (int again = 0; again < 2; again++) {
            payload.len = 0;
            assert_int_equal(bocata_deflate_compress(&deflate, message, &payload), BOCATA_OK);
            assert_int_equal(payload.len < message.len / 2, again);
        }
        bocata_buf_free(&payload);
        bocata_deflate_done(&deflate);
    }
}

/* ---- what fails ------------------------------------------------------------------------------ */

/* One refusal at each place, with a stream that has sent a message and without one. */
static void test_no_memory_to_compress(void **state)
{
    client *c = client_new(15, 15, 6, Z_DEFAULT_STRATEGY);
    bocata_deflate_pool pool = {0};
    bocata_deflate deflate = {.pool = &pool, .agreement = takeover};
    bocata_buf message = {0};
    uint32_t seed = 7;
    (void)state;

    random_message(&seed, 5000, &message);
    for (int has_stream = 0; has_stream < 2; has_stream++) {
        bool has_failed = true;
        size_t failures = 0;
        for (; has_failed; failures += has_failed) {
            bocata_buf payload = {0};
            if (has_stream) {
                assert_int_equal(bocata_deflate_compress(&deflate, buf_str(&message), &payload),
                                 BOCATA_OK);
                client_expect(c, &payload, buf_str(&message));
                bocata_buf_free(&payload);
            } else
                bocata_deflate_done(&deflate);
            assert_int_equal(bocata_buf_append(&payload, STR("x")), BOCATA_OK);
            allocations_until_failure = failures + 1;
            bocata_status status = bocata_deflate_compress(&deflate, buf_str(&message), &payload);
            has_failed = allocations_until_failure == 0;
            allocations_until_failure = 0;
            assert_int_equal(status, has_failed ? BOCATA_E_NOMEM : BOCATA_OK);
            if (has_failed) {
                assert_int_equal(payload.len, 1);
                assert_null(deflate.deflater); /* what the client lacks is not referred to */
            } else {
                bocata_buf_consume(&payload, 1);
                client_expect(c, &payload, buf_str(&message));
            }
            bocata_buf_free(&payload);
        }
        assert_true(failures >= (has_stream ? 1 : 3));
    }
    bocata_buf_free(&message);
    bocata_deflate_done(&deflate);
    client_free(c);
}

static void test_no_memory_to_decompress(void **state)
{
    bocata_deflate_pool pool = {0};
    (void)state;

    for (size_t until = 1; until <= 3; until++) {
        bocata_deflate deflate = {.pool = &pool, .agreement = alone};
        bocata_buf message = {0};
        allocations_until_failure = until;
        uint16_t code =
            bocata_deflate_decompress(&deflate, (bocata_str)P(HELLO), true, 100, &message);
        assert_int_equal(allocations_until_failure, 0);
        assert_int_equal(code, 1011);
        bocata_deflate_done(&deflate);
    }
    bocata_deflate_pool_done(&pool);
}

static void test_too_long(void **state)
{
    bocata_deflate_pool pool = {0};
    bocata_deflate deflate = {.pool = &pool, .agreement = alone};
    bocata_str claimed = {"x", ((size_t)1 << 30) + 1};
    bocata_buf buf = {0};
    (void)state;

    assert_int_equal(bocata_deflate_compress(&deflate, claimed, &buf), BOCATA_E_LIMIT);
    assert_int_equal(bocata_deflate_decompress(&deflate, claimed, true, SIZE_MAX, &buf), 1009);
}

/* ---- beneath the messages -------------------------------------------------------------------- */

static void test_in_frames(void **state) /* RFC 7692 7.2.3.1, in two fragments */
{
    char bytes[] = "\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07";
    const bocata_frame_rules rules = {
        .has_deflate = true, .frame_len_max = 1000, .message_len_max = 5};
    bocata_deflate_pool pool = {0};
    bocata_deflate deflate = {.pool = &pool, .agreement = alone};
    bocata_message_reader reader;
    bocata_frame_event event = {0};
    size_t used = 0;
    (void)state;

    bocata_message_reader_init(&reader, &rules, bocata_deflate_decompress, &deflate);
    while (used < sizeof bytes && event.kind == BOCATA_FRAME_NONE)
        used += bocata_message_read(&reader, bytes + used, sizeof bytes - used, &event);
    assert_int_equal(event.kind, BOCATA_FRAME_DATA);
    assert_true(str_equal(event.payload, STR("Hello")));
    bocata_message_reader_done(&reader);
    bocata_deflate_pool_done(&pool);
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, payload_rows, test_payload);
    SUITE_TEST(&group, test_bomb);
    SUITE_TEST(&group, test_final_blocks);
    SUITE_TEST(&group, test_long_final_block);
    SUITE_TEST(&group, test_takeover);
    SUITE_TEST(&group, test_no_takeover);
    SUITE_TEST(&group, test_one_side);
    SUITE_TEST(&group, test_interleaved);
    SUITE_ROWS(&group, random_rows, test_random);
    SUITE_TEST(&group, test_repeats_are_found);
    SUITE_TEST(&group, test_no_memory_to_compress);
    SUITE_TEST(&group, test_no_memory_to_decompress);
    SUITE_TEST(&group, test_too_long);
    SUITE_TEST(&group, test_in_frames);
    int result = suite_run(&group, "websocket deflate");
    bocata_deflate_pool_done(&random_pool);
    return result;
}
