#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT alignof(max_align_t)
#define FREE_BLOCKS_MAX 256 /* 2 MiB that wait: what a burst needed is not kept for ever */

/* Blocks that wait in a pool are out of bounds, so that AddressSanitizer sees who still uses them.
 */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define FORBID(memory, len) ASAN_POISON_MEMORY_REGION(memory, len)
#define ALLOW(memory, len) ASAN_UNPOISON_MEMORY_REGION(memory, len)
#else
#define FORBID(memory, len) ((void)0)
#define ALLOW(memory, len) ((void)0)
#endif

struct bocata_arena_block {
    bocata_arena_block *next;
    size_t size; /* the header included */
};

#define HEADER_LEN ((sizeof(bocata_arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

void bocata_arena_pool_done(bocata_arena_pool *pool)
{
    while (pool->free_blocks) {
        bocata_arena_block *block = pool->free_blocks;
        pool->free_blocks = block->next;
        free(block);
    }
    pool->free_count = 0;
}

void bocata_arena_init(bocata_arena *arena, bocata_arena_pool *pool, size_t len_max)
{
    *arena = (bocata_arena){.pool = pool, .budget = len_max};
}

void bocata_arena_done(bocata_arena *arena)
{
    bocata_arena_pool *pool = arena->pool;
    bocata_arena_block *block = arena->blocks;

    while (block) {
        bocata_arena_block *next = block->next;
        if (pool && block->size == BOCATA_ARENA_BLOCK_LEN && pool->free_count < FREE_BLOCKS_MAX) {
            block->next = pool->free_blocks;
            pool->free_blocks = block;
            pool->free_count++;
            FORBID((char *)block + HEADER_LEN, BOCATA_ARENA_BLOCK_LEN - HEADER_LEN);
        } else {
            free(block);
        }
        block = next;
    }
    *arena = (bocata_arena){0};
}

static bocata_arena_block *block_new(bocata_arena *arena, size_t size)
{
    bocata_arena_pool *pool = arena->pool;
    bocata_arena_block *block;

    if (size > arena->budget)
        return NULL;
    if (pool && pool->free_blocks && size == BOCATA_ARENA_BLOCK_LEN) {
        block = pool->free_blocks;
        pool->free_blocks = block->next;
        pool->free_count--;
        ALLOW((char *)block + HEADER_LEN, BOCATA_ARENA_BLOCK_LEN - HEADER_LEN);
    } else {
        block = malloc(size);
        if (!block)
            return NULL;
    }
    block->size = size;
    arena->budget -= size;
    return block;
}

static void use_block(bocata_arena *arena, bocata_arena_block *block)
{
    block->next = arena->blocks;
    arena->blocks = block;
    arena->pos = (char *)block + HEADER_LEN;
    arena->end = (char *)block + block->size;
}

bool bocata_arena_begin(bocata_arena *arena, size_t size)
{
    if (size > SIZE_MAX - HEADER_LEN)
        return false;
    bocata_arena_block *block = block_new(arena, size + HEADER_LEN);
    if (block)
        use_block(arena, block);
    return block != NULL;
}

void *bocata_arena_alloc(bocata_arena *arena, size_t size)
{
    if (size == 0) /* as NULL means that the limit is reached */
        size = 1;
    if (size > SIZE_MAX / 2) /* so that rounding up cannot overflow */
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > (size_t)(arena->end - arena->pos)) {
        bool is_large = size > BOCATA_ARENA_BLOCK_LEN - HEADER_LEN;
        bocata_arena_block *block =
            block_new(arena, is_large ? size + HEADER_LEN : BOCATA_ARENA_BLOCK_LEN);
        if (!block)
            return NULL;
        if (is_large && arena->blocks) { /* the rest of the newest block stays in use */
            block->next = arena->blocks->next;
            arena->blocks->next = block;
            return (char *)block + HEADER_LEN;
        }
        use_block(arena, block);
    }
    void *result = arena->pos;
    arena->pos += size;
    return result;
}

bocata_str bocata_arena_copy(bocata_arena *arena, bocata_str str)
{
    if (str.len > SIZE_MAX / 2)
        return (bocata_str){0};
    char *copy = bocata_arena_alloc(arena, str.len + 1);
    if (!copy)
        return (bocata_str){0};
    if (str.len)
        memcpy(copy, str.ptr, str.len);
    copy[str.len] = '\0';
    return (bocata_str){copy, str.len};
}
