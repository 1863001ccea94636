/* Frames that wait: their bytes, who owns them, and what may be dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"
#include "bytes.h"
#include "failing_memory.h"
#include "suite.h"
#include "websocket/outgoing.h"

#define SEED 20240229u
#define ROUNDS 20000
#define FRAMES_MAX 24

typedef struct header_case {
    const char *intent;
    bocata_opcode opcode;
    bool has_rsv1;
    size_t payload_len;
    bocata_str header;
} header_case;

static header_case header_cases[] = {
    {"empty text", BOCATA_OPCODE_TEXT, false, 0, BYTES("\x81\x00")},
    {"binary", BOCATA_OPCODE_BINARY, false, 125, BYTES("\x82\x7d")},
    {"compressed text", BOCATA_OPCODE_TEXT, true, 1, BYTES("\xc1\x01")},
    {"16 bits of length", BOCATA_OPCODE_BINARY, false, 126, BYTES("\x82\x7e\x00\x7e")},
    {"64 bits of length", BOCATA_OPCODE_BINARY, false, 65536,
     BYTES("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00")},
    {"ping", BOCATA_OPCODE_PING, false, 3, BYTES("\x89\x03")},
};

static void test_bytes(void **state)
{
    const header_case *row = *state;
    char *payload = malloc(row->payload_len + 1);

    assert_non_null(payload);
    memset(payload, '*', row->payload_len);
    bocata_outgoing *frame =
        bocata_outgoing_new(row->opcode, row->has_rsv1, (bocata_str){payload, row->payload_len});
    assert_non_null(frame);
    assert_int_equal(frame->opcode, row->opcode);
    assert_int_equal(frame->len, row->header.len + row->payload_len);
    assert_memory_equal(frame->bytes, row->header.ptr, row->header.len);
    assert_true(str_equal(outgoing_payload(frame), (bocata_str){payload, row->payload_len}));
    bocata_outgoing_unref(frame);
    free(payload);
}

static void test_a_length_that_overflows(void **state)
{
    (void)state;
    assert_null(bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, (bocata_str){"", SIZE_MAX}));
    assert_null(bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, (bocata_str){"", SIZE_MAX - 20}));
    bocata_outgoing_unref(NULL);
}

/* ---- queues ---------------------------------------------------------------------------------- */

/* Queues one of 3 bytes: t is TEXT, b BINARY, o PONG. */
static void push(bocata_outgoing_queue *queue, char letter)
{
    bocata_opcode opcode = letter == 't'   ? BOCATA_OPCODE_TEXT
                           : letter == 'b' ? BOCATA_OPCODE_BINARY
                                           : BOCATA_OPCODE_PONG;
    bocata_outgoing *frame = bocata_outgoing_new(opcode, false, (bocata_str){&letter, 1});

    assert_non_null(frame);
    assert_int_equal(bocata_outgoing_queue_push(queue, frame), BOCATA_OK);
    bocata_outgoing_unref(frame);
}

static void push_all(bocata_outgoing_queue *queue, const char *letters)
{
    for (; *letters; letters++)
        push(queue, *letters);
}

/* The bytes that are unsent; checks that the queue has counted them. */
static bocata_buf unsent(const bocata_outgoing_queue *queue)
{
    bocata_str strs[FRAMES_MAX];
    bocata_buf bytes = {0};
    size_t count = bocata_outgoing_queue_peek(queue, strs, FRAMES_MAX);

    assert_int_equal(count, queue->count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bocata_buf_append(&bytes, strs[i]), BOCATA_OK);
    assert_int_equal(bytes.len, queue->unsent_len);
    return bytes;
}

/* The letters of the frames, the first of which may be begun. */
static void check_letters(const bocata_outgoing_queue *queue, const char *letters)
{
    bocata_buf bytes = unsent(queue);

    assert_int_equal(bytes.len + queue->sent_len, 3 * strlen(letters));
    for (size_t i = 0; letters[i]; i++)
        assert_int_equal(bytes.ptr[3 * i + 2 - queue->sent_len], letters[i]);
    bocata_buf_free(&bytes);
}

static void check_owns_nothing(const bocata_outgoing_queue *queue)
{
    assert_memory_equal(queue, &(bocata_outgoing_queue){0}, sizeof *queue);
}

typedef struct drop_case {
    const char *intent;
    const char *frames;
    size_t sent_len;
    uint32_t held_count;
    bool is_last; /* only the last pong */
    const char *outcome;
} drop_case;

static drop_case drop_cases[] = {
    {"everything", "tbo", 0, 0, false, ""},
    {"nothing of nothing", "", 0, 0, false, ""},
    {"all but what is begun", "tbo", 1, 0, false, "t"},
    {"begun, behind one that is sent", "tbo", 4, 0, false, "b"},
    {"all but what is held", "tbo", 0, 2, false, "tb"},
    {"held and begun", "tbo", 2, 2, false, "tb"},
    {"all is held", "tbo", 0, 3, false, "tbo"},
    {"last pong at the end", "tbo", 0, 0, true, "tb"},
    {"last pong in the middle", "tobtt", 0, 0, true, "tbtt"},
    {"last pong at the beginning", "ot", 0, 0, true, "t"},
    {"the only one", "o", 0, 0, true, ""},
    {"the last of two", "otob", 0, 0, true, "otb"},
    {"no pong", "tb", 0, 0, true, "tb"},
    {"pong of nothing", "", 0, 0, true, ""},
    {"pong that is begun", "otb", 1, 0, true, "otb"},
    {"pong behind one that is begun", "oto", 1, 0, true, "ot"},
    {"pong that is held", "totb", 0, 2, true, "totb"},
    {"pong behind those that are held", "toob", 0, 2, true, "tob"},
};

static void test_drop(void **state)
{
    const drop_case *row = *state;

    for (size_t first = 0; first < 8; first++) { /* wherever the ring begins */
        bocata_outgoing_queue queue = {0};
        for (size_t i = 0; i <= first; i++)
            push(&queue, 't');
        bocata_outgoing_queue_sent(&queue, 3 * first);
        push_all(&queue, row->frames);
        bocata_outgoing_queue_sent(&queue, 3);
        bocata_outgoing_queue_sent(&queue, row->sent_len);
        queue.held_count = row->held_count;
        if (row->is_last)
            bocata_outgoing_queue_drop_last(&queue, BOCATA_OPCODE_PONG);
        else
            bocata_outgoing_queue_drop(&queue);
        queue.held_count = 0;
        check_letters(&queue, row->outcome);
        if (!*row->outcome)
            check_owns_nothing(&queue);
        bocata_outgoing_queue_done(&queue);
        check_owns_nothing(&queue);
    }
}

/* Three frames, sent in three steps of every length. */
static void test_sent_at_every_split(void **state)
{
    const char whole[] = "\x81\x01t\x82\x01"
                         "b\x8a\x01o";
    (void)state;

    for (size_t first = 0; first <= 9; first++)
        for (size_t second = 0; first + second <= 9; second++) {
            const size_t steps[] = {first, second, 9 - first - second};
            bocata_outgoing_queue queue = {0};
            size_t sent = 0;
            push_all(&queue, "tbo");
            for (size_t i = 0; i < 3; i++) {
                bocata_outgoing_queue_sent(&queue, steps[i]);
                sent += steps[i];
                bocata_buf rest = unsent(&queue);
                assert_true(str_equal(buf_str(&rest), (bocata_str){whole + sent, 9 - sent}));
                bocata_buf_free(&rest);
            }
            check_owns_nothing(&queue);
        }
}

static void test_peek_of_some(void **state)
{
    bocata_outgoing_queue queue = {0};
    bocata_str strs[2];
    (void)state;

    assert_int_equal(bocata_outgoing_queue_peek(&queue, strs, 2), 0);
    push_all(&queue, "tbo");
    bocata_outgoing_queue_sent(&queue, 1);
    assert_int_equal(bocata_outgoing_queue_peek(&queue, strs, 0), 0);
    assert_int_equal(bocata_outgoing_queue_peek(&queue, strs, 2), 2);
    assert_true(str_equal(strs[0], STR("\x01t")));
    assert_true(str_equal(strs[1], STR("\x82\x01"
                                       "b")));
    bocata_outgoing_queue_done(&queue);
}

/* What was peeked stays where it is while the queue grows. */
static void test_held_bytes_stay(void **state)
{
    bocata_outgoing_queue queue = {0};
    bocata_str before[2], after[2];
    (void)state;

    push_all(&queue, "tb");
    assert_int_equal(bocata_outgoing_queue_peek(&queue, before, 2), 2);
    queue.held_count = 2;
    push_all(&queue, "oooooooooo");
    bocata_outgoing_queue_drop(&queue);
    assert_int_equal(bocata_outgoing_queue_peek(&queue, after, 2), 2);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(before[1].ptr[2], 'b');
    bocata_outgoing_queue_done(&queue);
}

static void test_one_frame_in_many_queues(void **state)
{
    bocata_outgoing_queue queues[3] = {0};
    bocata_outgoing *frame = bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, STR("shared"));
    (void)state;

    assert_non_null(frame);
    frame->deflated = bocata_outgoing_new(BOCATA_OPCODE_TEXT, true, STR("freed with it"));
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(bocata_outgoing_queue_push(&queues[i % 3], frame), BOCATA_OK);
    assert_int_equal(frame->ref_count, 7);
    bocata_outgoing_queue_sent(&queues[0], frame->len);
    assert_int_equal(frame->ref_count, 6);
    bocata_outgoing_queue_drop(&queues[1]);
    assert_int_equal(frame->ref_count, 4);
    bocata_outgoing_queue_done(&queues[2]);
    assert_int_equal(frame->ref_count, 2);
    bocata_outgoing_unref(frame);
    bocata_outgoing_queue_sent(&queues[0], queues[0].unsent_len);
}

/* Whatever is done in whatever order, beside a plain list of what should be there. */
static void test_against_a_list(void **state)
{
    bocata_outgoing_queue queue = {0};
    char list[FRAMES_MAX + 1] = "";
    uint32_t chance = SEED;
    size_t begun_len = 0; /* bytes of the first that are sent */
    (void)state;

    print_message("# seed %u\n", SEED);
    for (size_t round = 0; round < ROUNDS; round++) {
        chance = chance * 1664525u + 1013904223u;
        uint32_t dice = chance >> 16;
        size_t count = strlen(list), kept = begun_len > 0;
        if (dice % 4 < 2 && count < FRAMES_MAX) {
            push(&queue, list[count] = "tbo"[dice / 4 % 3]);
            list[count + 1] = '\0';
        } else if (dice % 4 < 3) {
            size_t len = dice / 4 % (3 * count - begun_len + 1);
            bocata_outgoing_queue_sent(&queue, len);
            begun_len += len;
            memmove(list, list + begun_len / 3, count - begun_len / 3 + 1);
            begun_len %= 3;
        } else if (dice / 4 % 8 == 0) {
            bocata_outgoing_queue_drop(&queue);
            list[kept] = '\0';
        } else {
            char *last = strrchr(list, 'o');
            bocata_outgoing_queue_drop_last(&queue, BOCATA_OPCODE_PONG);
            if (last && last >= list + kept)
                memmove(last, last + 1, strlen(last));
        }
        assert_int_equal(queue.sent_len, begun_len);
        check_letters(&queue, list);
    }
    bocata_outgoing_queue_done(&queue);
}

/* ---- what cannot be -------------------------------------------------------------------------- */

static void test_memory_that_fails(void **state)
{
    bocata_outgoing_queue queue = {0};
    bocata_outgoing *frame = bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, STR("t"));
    (void)state;

    allocations_until_failure = 1;
    assert_null(bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, STR("t")));
    for (size_t count = 0; count < 20; count++) {
        allocations_until_failure = 1;
        bocata_status status = bocata_outgoing_queue_push(&queue, frame);
        bool was_asked_for = allocations_until_failure == 0;
        allocations_until_failure = 0;
        assert_int_equal(status, was_asked_for ? BOCATA_E_NOMEM : BOCATA_OK);
        assert_int_equal(queue.count, count + !was_asked_for);
        if (was_asked_for)
            assert_int_equal(bocata_outgoing_queue_push(&queue, frame), BOCATA_OK);
        assert_int_equal(frame->ref_count, count + 2);
        assert_int_equal(queue.unsent_len, 3 * (count + 1));
    }
    bocata_outgoing_queue_done(&queue);
    assert_int_equal(frame->ref_count, 1);
    bocata_outgoing_unref(frame);
}

static void test_sizes_that_overflow(void **state)
{
    bocata_outgoing_queue long_one = {.unsent_len = SIZE_MAX - 2};
    bocata_outgoing_queue full = {.cap = 1u << 31, .count = 1u << 31};
    bocata_outgoing *frame = bocata_outgoing_new(BOCATA_OPCODE_TEXT, false, STR("t"));
    (void)state;

    assert_int_equal(bocata_outgoing_queue_push(&long_one, frame), BOCATA_E_NOMEM);
    assert_int_equal(bocata_outgoing_queue_push(&full, frame), BOCATA_E_NOMEM);
    assert_int_equal(frame->ref_count, 1);
    bocata_outgoing_unref(frame);
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, header_cases, test_bytes);
    SUITE_TEST(&group, test_a_length_that_overflows);
    SUITE_ROWS(&group, drop_cases, test_drop);
    SUITE_TEST(&group, test_sent_at_every_split);
    SUITE_TEST(&group, test_peek_of_some);
    SUITE_TEST(&group, test_held_bytes_stay);
    SUITE_TEST(&group, test_one_frame_in_many_queues);
    SUITE_TEST(&group, test_against_a_list);
    SUITE_TEST(&group, test_memory_that_fails);
    SUITE_TEST(&group, test_sizes_that_overflow);
    return suite_run(&group, "outgoing");
}
