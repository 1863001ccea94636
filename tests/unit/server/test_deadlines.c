#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/deadlines.h"

static const uint64_t durations_ms[BOCATA_DEADLINE_COUNT] = {
    [BOCATA_DEADLINE_IDLE] = 50,   [BOCATA_DEADLINE_HEADER] = 100, [BOCATA_DEADLINE_BODY] = 600,
    [BOCATA_DEADLINE_WRITE] = 300, [BOCATA_DEADLINE_LINGER] = 20,
};

static void test_none_is_due_at_first(void **state)
{
    bocata_deadlines deadlines;
    (void)state;

    bocata_deadlines_init(&deadlines, durations_ms);
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), BOCATA_DEADLINE_NEVER);
    assert_null(bocata_deadlines_take_due(&deadlines, UINT64_MAX - 1));
}

static void test_due_at_its_millisecond_and_not_before(void **state)
{
    bocata_deadlines deadlines;
    bocata_deadline deadline = {0};
    (void)state;

    bocata_deadlines_init(&deadlines, durations_ms);
    bocata_deadlines_arm(&deadlines, &deadline, BOCATA_DEADLINE_HEADER, 1000);
    assert_true(deadline_is_armed(&deadline));
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), 1100);
    assert_null(bocata_deadlines_take_due(&deadlines, 1099));
    assert_ptr_equal(bocata_deadlines_take_due(&deadlines, 1100), &deadline);
    assert_false(deadline_is_armed(&deadline));
    assert_int_equal(deadline.kind, BOCATA_DEADLINE_HEADER);
    assert_null(bocata_deadlines_take_due(&deadlines, 1100));
}

/* The earliest over all kinds, whichever was armed first. */
static void test_kinds_have_their_own_durations(void **state)
{
    bocata_deadlines deadlines;
    bocata_deadline body = {0}, idle = {0}, linger = {0};
    (void)state;

    bocata_deadlines_init(&deadlines, durations_ms);
    bocata_deadlines_arm(&deadlines, &body, BOCATA_DEADLINE_BODY, 0);
    bocata_deadlines_arm(&deadlines, &idle, BOCATA_DEADLINE_IDLE, 10);
    bocata_deadlines_arm(&deadlines, &linger, BOCATA_DEADLINE_LINGER, 20);
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), 40);
    assert_ptr_equal(bocata_deadlines_take_due(&deadlines, 40), &linger);
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), 60);
    assert_ptr_equal(bocata_deadlines_take_due(&deadlines, 1000), &idle);
    assert_ptr_equal(bocata_deadlines_take_due(&deadlines, 1000), &body);
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), BOCATA_DEADLINE_NEVER);
}

/* A deadline that is armed anew goes behind those that were armed since. */
static void test_armed_anew(void **state)
{
    bocata_deadlines deadlines;
    bocata_deadline a = {0}, b = {0};
    (void)state;

    bocata_deadlines_init(&deadlines, durations_ms);
    bocata_deadlines_arm(&deadlines, &a, BOCATA_DEADLINE_IDLE, 0);
    bocata_deadlines_arm(&deadlines, &b, BOCATA_DEADLINE_IDLE, 10);
    bocata_deadlines_arm(&deadlines, &a, BOCATA_DEADLINE_IDLE, 20);
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), 60);
    assert_ptr_equal(bocata_deadlines_take_due(&deadlines, 65), &b);
    assert_null(bocata_deadlines_take_due(&deadlines, 65));
    bocata_deadlines_arm(&deadlines, &a, BOCATA_DEADLINE_BODY, 65); /* another kind */
    assert_int_equal(bocata_deadlines_next_ms(&deadlines), 665);
}

static void test_disarmed_from_anywhere(void **state)
{
    bocata_deadlines deadlines;
    bocata_deadline all[3] = {0}, never = {0};
    (void)state;

    for (int out = 0; out < 3; out++) {
        bocata_deadlines_init(&deadlines, durations_ms);
        for (int i = 0; i < 3; i++)
            bocata_deadlines_arm(&deadlines, &all[i], BOCATA_DEADLINE_IDLE, (uint64_t)i);
        bocata_deadline_disarm(&all[out]);
        bocata_deadline_disarm(&all[out]); /* fine twice */
        bocata_deadline_disarm(&never);
        for (int i = 0; i < 3; i++)
            if (i != out)
                assert_ptr_equal(bocata_deadlines_take_due(&deadlines, 1000), &all[i]);
        assert_null(bocata_deadlines_take_due(&deadlines, 1000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_due_at_first),
        cmocka_unit_test(test_due_at_its_millisecond_and_not_before),
        cmocka_unit_test(test_kinds_have_their_own_durations),
        cmocka_unit_test(test_armed_anew),
        cmocka_unit_test(test_disarmed_from_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
