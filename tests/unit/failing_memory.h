/* Memory that is counted, and may be refused. The program is linked with --wrap=malloc and so on,
 * so that the library's calls come here. */
#ifndef TEST_FAILING_MEMORY_H
#define TEST_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

static size_t allocations;
static size_t allocations_until_failure; /* 0: none fails */
static bool all_fail_from_there;

static bool fails(void)
{
    allocations++;
    if (all_fail_from_there && allocations_until_failure == 1)
        return true;
    return allocations_until_failure && --allocations_until_failure == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);

/* Visible, as some linkers want them to be where a shared library allocates too. */
#define VISIBLE __attribute__((visibility("default")))
VISIBLE void *__wrap_malloc(size_t size);
VISIBLE void *__wrap_calloc(size_t count, size_t size);
VISIBLE void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

#endif
