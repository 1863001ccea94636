/* Functions that are called later, by a clock that the test sets. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

static void note_name(void *user)
{
    test_note("%s", (const char *)user);
}

static bocata_timer *start(bocata_app *app, uint64_t delay_ms, uint64_t repeat_ms,
                           bocata_timer_fn fn, void *user)
{
    bocata_timer *timer = bocata_timer_start(app, delay_ms, repeat_ms, fn, user);
    assert_non_null(timer);
    return timer;
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_each_comes_when_it_is_due_and_never_early(void **state)
{
    static char a[] = "a", b[] = "b", c[] = "c", d[] = "d", e[] = "e";
    static const struct {
        const char *intent;
        int64_t at_s; /* since the start */
        const char *noted;
    } rows[] = {
        {"nothing is due", 1, ""},
        {"two at the same time, in order", 2, "b; d"},
        {"a millisecond early", 3, ""},
        {"that one", 4, "c"},
        {"the clock goes back", 2, ""},
        {"and comes back", 4, ""},
        {"two, the earlier first", 100, "e; a"},
        {"all have been called", 10000, ""},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    start(app, 60000, 0, note_name, a);
    start(app, 2000, 0, note_name, b);
    start(app, 3001, 0, note_name, c);
    start(app, 2000, 0, note_name, d);
    start(app, 59999, 0, note_name, e);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_set_time(client, TEST_NOW + rows[i].at_s);
        expect_noted(rows[i].intent, rows[i].noted);
    }
    bocata_client_set_time(client, TEST_NOW + 5000); /* back */
    start(app, 1000, 0, note_name, a);
    bocata_client_set_time(client, TEST_NOW + 9000);
    expect_noted("no time has passed for it", "");
    bocata_client_set_time(client, TEST_NOW + 10001);
    expect_noted("a second of what the clock had shown", "a");
    end(client, app);
}

static void test_one_that_repeats(void **state)
{
    static char r[] = "r", s[] = "s";
    static const struct {
        const char *intent;
        int64_t at_s;
        const char *noted;
    } rows[] = {
        {"before the first", 4, ""},
        {"the first", 5, "r"},
        {"before the second", 6, ""},
        {"the second", 7, "r"},
        {"late, it keeps its times", 10, "r"},
        {"as it said", 11, "r"},
        {"several have passed: once", 20, "r"},
        {"then from then on", 21, ""},
        {"then from then on, again", 22, "r"},
        {"two have passed, one of them now: once", 26, "r"},
        {"and not again", 27, ""},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_timer *timer = start(app, 5000, 2000, note_name, r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_set_time(client, TEST_NOW + rows[i].at_s);
        expect_noted(rows[i].intent, rows[i].noted);
    }
    bocata_timer_stop(timer);
    bocata_client_set_time(client, TEST_NOW + 1000);
    expect_noted("it is stopped", "");
    start(app, 1000, 1000, note_name, s); /* ends with the application */
    end(client, app);
}

static struct {
    bocata_app *app;
    bocata_timer *own, *other;
    int left;
} within;

static void stop_at_zero(void *user)
{
    test_note("%s%d", (const char *)user, within.left);
    if (--within.left == 0)
        bocata_timer_stop(within.own);
}

static void stop_other(void *user)
{
    note_name(user);
    bocata_timer_stop(within.other);
}

static void start_other(void *user)
{
    static char other[] = "other";
    note_name(user);
    start(within.app, 0, 0, note_name, other);
}

static void start_itself(void *user)
{
    note_name(user);
    start(within.app, 0, 0, start_itself, user);
}

static void test_they_stop_and_start_timers(void **state)
{
    static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    within.app = app;
    within.left = 2;
    within.own = start(app, 1000, 1000, stop_at_zero, a);
    for (int i = 1; i <= 4; i++)
        bocata_client_set_time(client, TEST_NOW + i);
    expect_noted("one stops itself", "a2; a1");

    start(app, 1000, 0, stop_other, b);
    within.other = start(app, 1000, 0, note_name, a);
    bocata_client_set_time(client, TEST_NOW + 10);
    expect_noted("one stops another that is due as well", "b");

    start(app, 1000, 0, start_other, c);
    bocata_client_set_time(client, TEST_NOW + 20);
    expect_noted("one that is due at once waits for its turn", "c");
    bocata_client_set_time(client, TEST_NOW + 20);
    expect_noted("which comes next", "other");

    start(app, 1000, 0, start_itself, d);
    for (int i = 0; i < 3; i++)
        bocata_client_set_time(client, TEST_NOW + 30);
    expect_noted("nothing runs for ever", "d; d; d");
    end(client, app);
}

static uint64_t seed;
static int64_t last_due_s;
static size_t last_serial, called_count;
static struct {
    int64_t due_s;
    size_t serial;
} many[1000];

static uint64_t random_below(uint64_t limit) /* Knuth's MMIX */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % limit;
}

static void check_order(void *user)
{
    size_t i = (size_t)user;

    assert_true(many[i].due_s > last_due_s ||
                (many[i].due_s == last_due_s && many[i].serial > last_serial));
    last_due_s = many[i].due_s;
    last_serial = many[i].serial;
    called_count++;
}

static void test_many(void **state)
{
    const size_t count = sizeof many / sizeof *many;
    bocata_timer *timers[sizeof many / sizeof *many];
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_client *client = test_client_new(app);
    size_t stopped_count = 0;
    (void)state;

    seed = 4;
    last_due_s = 0;
    called_count = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < count; i++) {
        uint64_t delay_s = 1 + random_below(200);
        many[i].due_s = TEST_NOW + (int64_t)delay_s;
        many[i].serial = i;
        timers[i] = start(app, delay_s * 1000, 0, check_order, (void *)(uintptr_t)i);
    }
    for (size_t i = 0; i < count; i += 3, stopped_count++)
        bocata_timer_stop(timers[i]);
    for (int64_t now_s = TEST_NOW; now_s <= TEST_NOW + 200; now_s += 1 + (int64_t)random_below(9)) {
        size_t due_count = 0;
        for (size_t i = 0; i < count; i++)
            due_count += i % 3 != 0 && many[i].due_s <= now_s;
        bocata_client_set_time(client, now_s);
        assert_int_equal(called_count, due_count);
    }
    bocata_client_set_time(client, TEST_NOW + 200);
    assert_int_equal(called_count, count - stopped_count);
    end(client, app);
}

static bocata_response *waiting;

static void answer_later(void *user)
{
    (void)user;
    bocata_response_text(waiting, "later");
    bocata_response_finish(waiting);
}

static void wait_a_second(bocata_request *req, bocata_response *res)
{
    waiting = res;
    bocata_response_defer(res, NULL, NULL);
    assert_non_null(bocata_timer_start(bocata_request_app(req), 1000, 0, answer_later, NULL));
}

static void test_one_may_answer_a_request(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_get(app, "/later", wait_a_second);
    bocata_client *client = test_client_new(app);
    bocata_reply *reply = bocata_client_get(client, "/later");
    assert_true(bocata_reply_is_pending(reply));
    bocata_client_set_time(client, TEST_NOW + 1);
    expect_reply("it came", reply, 200, "later");
    end(client, app);
}

/* The clock of the system is behind, or ahead, by what the test's differs: that is no time that has
 * passed. */
static void test_one_that_was_started_before_the_clock_was_set(void **state)
{
    static char a[] = "a";
    static const int64_t starts_s[] = {0, TEST_NOW, INT64_C(1) << 50};
    (void)state;

    for (size_t i = 0; i < sizeof starts_s / sizeof *starts_s; i++) {
        test_log log;
        bocata_app *app = test_app_new(&log, NULL);
        start(app, 5000, 0, note_name, a);
        bocata_client *client = bocata_client_new(app);
        assert_non_null(client);
        bocata_client_set_time(client, starts_s[i]);
        expect_noted("it counts from when the application is served", "");
        bocata_client_set_time(client, starts_s[i] + 4);
        expect_noted("not early", "");
        bocata_client_set_time(client, starts_s[i] + 5);
        expect_noted("due", "a");
        end(client, app);
    }
}

static void test_what_is_no_timer(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    assert_null(bocata_timer_start(NULL, 1, 0, note_name, NULL));
    assert_null(bocata_timer_start(app, 1, 0, NULL, NULL));
    bocata_timer_stop(NULL);
    bocata_client *client = test_client_new(app);
    start(app, UINT64_MAX, UINT64_MAX, note_name, NULL); /* no overflow makes it due */
    bocata_client_set_time(client, TEST_NOW + 1000);
    expect_noted("never", "");
    end(client, app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_comes_when_it_is_due_and_never_early),
        cmocka_unit_test(test_one_that_repeats),
        cmocka_unit_test(test_they_stop_and_start_timers),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_one_may_answer_a_request),
        cmocka_unit_test(test_one_that_was_started_before_the_clock_was_set),
        cmocka_unit_test(test_what_is_no_timer),
    };
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
