/* A cmocka group that is put together from tables: each row is a case of its own, named by its
 * intent. */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct suite {
    struct CMUnitTest tests[160];
    size_t count;
} suite;

static inline void suite_add(suite *group, const char *name, CMUnitTestFunction test, void *row)
{
    if (group->count < sizeof group->tests / sizeof group->tests[0])
        group->tests[group->count] = (struct CMUnitTest){name, test, NULL, NULL, row};
    group->count++;
}

/* `rows` is an array of structs whose `intent` names the case; the test gets the row as its state.
 */
#define SUITE_ROWS(group, rows, test)                                                              \
    for (size_t row_ = 0; row_ < sizeof(rows) / sizeof((rows)[0]); row_++)                         \
    suite_add((group), (rows)[row_].intent, (test), &(rows)[row_])

#define SUITE_TEST(group, test) suite_add((group), #test, (test), NULL)

static inline int suite_run(suite *group, const char *name)
{
    if (group->count > sizeof group->tests / sizeof group->tests[0])
        return 1; /* make the array larger */
    return _cmocka_run_group_tests(name, group->tests, group->count, NULL, NULL);
}

#endif
