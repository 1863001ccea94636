/* Memory that ends all at once: one arena a request. */
#ifndef BOCATA_BASE_ARENA_H
#define BOCATA_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/str.h>

#define BOCATA_ARENA_BLOCK_LEN 8192 /* bytes of an ordinary block, its header included */

typedef struct bocata_arena_block bocata_arena_block;

/* Blocks that wait for the next arena of the same thread, so that a request costs no malloc. */
typedef struct bocata_arena_pool {
    bocata_arena_block *free_blocks;
    size_t free_count;
} bocata_arena_pool;

typedef struct bocata_arena {
    bocata_arena_pool *pool;
    bocata_arena_block *blocks; /* newest first */
    char *pos, *end;            /* what is left of the newest */
    size_t budget;              /* how many bytes may still be taken from malloc or the pool */
} bocata_arena;

/* Frees the blocks that wait. */
void bocata_arena_pool_done(bocata_arena_pool *pool);

/* An arena that never holds more than `len_max` bytes. `pool` may be NULL, and must outlive it. */
void bocata_arena_init(bocata_arena *arena, bocata_arena_pool *pool, size_t len_max);
void bocata_arena_done(bocata_arena *arena);

/* Makes the first block, for a fresh arena, of `size` bytes in all: each piece takes up to the
 * strictest alignment more than was asked for. Returns whether it could. */
bool bocata_arena_begin(bocata_arena *arena, size_t size);

/* `size` bytes, aligned for any type, not zeroed; NULL past the arena's limit. */
void *bocata_arena_alloc(bocata_arena *arena, size_t size);

/* A copy with a NUL behind it; {NULL, 0} past the limit. */
bocata_str bocata_arena_copy(bocata_arena *arena, bocata_str str);

#endif
