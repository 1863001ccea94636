#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"

#define BLOCK BOCATA_ARENA_BLOCK_LEN

static void every_piece_is_aligned_and_its_own(void **state)
{
    enum { COUNT = 400 }; /* pieces of 0 to 399 bytes: several blocks */
    bocata_arena arena;
    unsigned char *pieces[COUNT];
    (void)state;

    bocata_arena_init(&arena, NULL, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = bocata_arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < i; at++)
            assert_int_equal(pieces[i][at], i % 251);
    bocata_arena_done(&arena);
}

static void sizes_around_a_block(void **state)
{
    static const struct {
        const char *intent;
        size_t len_max, size;
        bool fits;
    } table[] = {
        {"one byte in one block", BLOCK, 1, true},
        {"no byte is not the limit", BLOCK, 0, true},
        {"an arena too small for a block", BLOCK - 1, 1, false},
        {"all of an ordinary block", BLOCK, BLOCK - 16, true},
        {"a byte more needs a block of its own", BLOCK, BLOCK - 15, false},
        {"a large one, exactly", BLOCK * 4 + 16, BLOCK * 4, true},
        {"a large one, a byte over", BLOCK * 4 + 15, BLOCK * 4, false},
        {"so large that rounding up would overflow", SIZE_MAX, SIZE_MAX, false},
        {"so large that the header would overflow", SIZE_MAX, SIZE_MAX - 16, false},
        {"half of all there is", SIZE_MAX, SIZE_MAX / 2 + 1, false},
        {"nothing allowed, nothing given", 0, 1, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_arena arena;
        bocata_arena_init(&arena, NULL, table[i].len_max);
        char *piece = bocata_arena_alloc(&arena, table[i].size);
        if (table[i].fits != (piece != NULL))
            fail_msg("%s", table[i].intent);
        if (piece) /* ASan and valgrind see whether all of it is ours */
            memset(piece, 'x', table[i].size);
        bocata_arena_done(&arena);
    }
}

static void the_limit_counts_all_blocks(void **state)
{
    bocata_arena arena;
    (void)state;

    bocata_arena_init(&arena, NULL, BLOCK * 3);
    size_t count = 0;
    while (bocata_arena_alloc(&arena, 1024))
        count++;
    assert_int_equal(count, 3 * ((BLOCK - 16) / 1024));
    assert_non_null(bocata_arena_alloc(&arena, 16)); /* what is left of the last block */
    assert_null(bocata_arena_alloc(&arena, BLOCK * 2));
    bocata_arena_done(&arena);
}

static void a_large_piece_does_not_waste_the_newest_block(void **state)
{
    bocata_arena arena;
    (void)state;

    bocata_arena_init(&arena, NULL, BLOCK * 16);
    char *first = bocata_arena_alloc(&arena, 16);
    char *large = bocata_arena_alloc(&arena, BLOCK * 2);
    char *second = bocata_arena_alloc(&arena, 16);
    assert_non_null(large);
    memset(large, 'x', BLOCK * 2);
    assert_ptr_equal(second, first + 16);
    bocata_arena_done(&arena);
}

static void blocks_wait_in_the_pool(void **state)
{
    bocata_arena_pool pool = {0};
    bocata_arena arena;
    (void)state;

    bocata_arena_init(&arena, &pool, BLOCK * 8);
    assert_non_null(bocata_arena_alloc(&arena, 100));
    assert_non_null(bocata_arena_alloc(&arena, BLOCK - 16));
    assert_non_null(bocata_arena_alloc(&arena, BLOCK * 2)); /* freed: only ordinary ones wait */
    bocata_arena_done(&arena);
    assert_int_equal(pool.free_count, 2);

    bocata_arena_init(&arena, &pool, BLOCK);
    char *again = bocata_arena_alloc(&arena, BLOCK - 16);
    assert_non_null(again);
    memset(again, 'x', BLOCK - 16);
    assert_int_equal(pool.free_count, 1);
    assert_null(bocata_arena_alloc(&arena, BLOCK - 16)); /* a block from the pool counts too */
    bocata_arena_done(&arena);
    assert_int_equal(pool.free_count, 2);
    bocata_arena_pool_done(&pool);
    assert_int_equal(pool.free_count, 0);
    assert_null(pool.free_blocks);
}

static void the_pool_is_bounded(void **state)
{
    bocata_arena_pool pool = {0};
    bocata_arena arena;
    (void)state;

    bocata_arena_init(&arena, &pool, (size_t)BLOCK * 300);
    for (int i = 0; i < 300; i++)
        assert_non_null(bocata_arena_alloc(&arena, BLOCK - 16));
    bocata_arena_done(&arena);
    assert_int_equal(pool.free_count, 256);
    bocata_arena_pool_done(&pool);
}

static void an_ended_arena_gives_nothing(void **state)
{
    bocata_arena arena;
    (void)state;

    bocata_arena_init(&arena, NULL, BLOCK);
    assert_non_null(bocata_arena_alloc(&arena, 1));
    bocata_arena_done(&arena);
    assert_null(bocata_arena_alloc(&arena, 1));
    bocata_arena_done(&arena); /* and may be ended again */
}

static void copies_have_a_nul_behind(void **state)
{
    static const struct {
        const char *intent;
        bocata_str input;
        bool fits;
    } table[] = {
        {"text", {"abc", 3}, true},
        {"a NUL within", {"a\0c", 3}, true},
        {"part of a longer text", {"abcdef", 2}, true},
        {"the empty text", {"", 0}, true},
        {"no text is the empty one", {NULL, 0}, true},
        {"a length that cannot be", {"", SIZE_MAX}, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_arena arena;
        bocata_arena_init(&arena, NULL, BLOCK);
        bocata_str copy = bocata_arena_copy(&arena, table[i].input);
        if (table[i].fits && (!copy.ptr || !str_equal(copy, table[i].input) || copy.ptr[copy.len]))
            fail_msg("%s", table[i].intent);
        if (!table[i].fits && (copy.ptr || copy.len))
            fail_msg("%s", table[i].intent);
        bocata_arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_is_aligned_and_its_own),
        cmocka_unit_test(sizes_around_a_block),
        cmocka_unit_test(the_limit_counts_all_blocks),
        cmocka_unit_test(a_large_piece_does_not_waste_the_newest_block),
        cmocka_unit_test(blocks_wait_in_the_pool),
        cmocka_unit_test(the_pool_is_bounded),
        cmocka_unit_test(an_ended_arena_gives_nothing),
        cmocka_unit_test(copies_have_a_nul_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
