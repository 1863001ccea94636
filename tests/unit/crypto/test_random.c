#include "suite.h"

#include <limits.h>
#include <string.h>

#include "crypto/random.h"

static void fills_all_of_it_and_no_more(void **state)
{
    unsigned char bytes[66];
    unsigned seen[64] = {0};
    (void)state;
    /* Each byte is zero in all 8 rounds with a chance of 2^-64. */
    for (int round = 0; round < 8; round++) {
        memset(bytes, 0, sizeof bytes);
        assert_int_equal(bocata_random_bytes(bytes + 1, 64), BOCATA_OK);
        assert_int_equal(bytes[0], 0);
        assert_int_equal(bytes[65], 0);
        for (size_t i = 0; i < 64; i++)
            seen[i] |= bytes[i + 1];
    }
    for (size_t i = 0; i < 64; i++)
        assert_int_not_equal(seen[i], 0);
}

static void differs_from_call_to_call(void **state)
{
    unsigned char one[32], other[32];
    (void)state;
    assert_int_equal(bocata_random_bytes(one, sizeof one), BOCATA_OK);
    assert_int_equal(bocata_random_bytes(other, sizeof other), BOCATA_OK);
    assert_memory_not_equal(one, other, sizeof one);
}

static void more_than_an_int_is_refused(void **state)
{
    unsigned char byte;
    (void)state;
    assert_int_equal(bocata_random_bytes(&byte, (size_t)INT_MAX + 1), BOCATA_E_LIMIT);
}

int main(void)
{
    static suite group;
    SUITE_TEST(&group, fills_all_of_it_and_no_more);
    SUITE_TEST(&group, differs_from_call_to_call);
    SUITE_TEST(&group, more_than_an_int_is_refused);
    return suite_run(&group, "random");
}
