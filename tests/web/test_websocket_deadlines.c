/* A socket ends with its session: when, and what moves that. Everything holds for both formats
 * alike. */
#include "session_sockets.h"

#include <stdio.h>

#define MAX_AGE_S ((int64_t)14 * 86400)
#define LEAD_S 60 /* before the end, when on_session_expiring comes */

static void with_max_age(bocata_session_settings *settings)
{
    settings->max_age_s = 1000;
}

static void with_idle(bocata_session_settings *settings)
{
    settings->idle_timeout_s = 1000;
}

static void with_absolute(bocata_session_settings *settings)
{
    settings->absolute_timeout_s = 1000;
}

static void without_rolling(bocata_session_settings *settings)
{
    settings->max_age_s = 1000;
    settings->rolling = BOCATA_ROLLING_NEVER;
}

/* Accepted for 1,000 seconds, the last one included. */
static void test_a_socket_ends_with_its_session(void **state)
{
    static const struct {
        const char *intent;
        void (*with)(bocata_session_settings *);
        const char *log_in;
        int64_t end_s; /* since the log-in */
    } rows[] = {
        {"the default", NULL, "/in/ann", MAX_AGE_S + 1},
        {"max_age", with_max_age, "/in/ann", 1001},
        {"idle", with_idle, "/in/ann", 1001},
        {"absolute", with_absolute, "/in/ann", 1001},
        {"without rolling", without_rolling, "/in/ann", 1001},
        {"a lifetime of its own", NULL, "/remember/ann", 1001},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = session_app(&log, rows[i].with);
        bocata_client *client = test_client_new(app);
        expect(rows[i].intent, client, "GET", rows[i].log_in, 200, "in");
        bocata_client_set_time(client, TEST_NOW + 100);
        bocata_client_socket *told = test_open(client, "/"), *bare = test_open(client, "/bare");
        bocata_client_set_time(client, TEST_NOW + rows[i].end_s - LEAD_S - 1);
        expect_noted("not yet", "");
        bocata_client_set_time(client, TEST_NOW + rows[i].end_s - LEAD_S);
        expect_noted(rows[i].intent, "expiring in 60");
        bocata_client_set_time(client, TEST_NOW + rows[i].end_s - 1);
        expect_noted("once", "");
        say(told, "read");
        expect_next("it lives to its last second", told, "text [\"ann\",-1,\"OK\"]");
        bocata_client_set_time(client, TEST_NOW + rows[i].end_s);
        expect_next(rows[i].intent, told, "close 1008 session expired");
        expect_next(rows[i].intent, bare, "close 1008 session expired");
        expect_noted("both", "close 1008 session expired; close 1008 session expired");
        expect("as does the session", client, "GET", "/read", 200, "nobody");
        bocata_client_socket_free(told);
        bocata_client_socket_free(bare);
        free_both(client, app);
    }
}

static void test_each_socket_ends_at_its_own_second(void **state)
{
    enum { COUNT = 3 };
    test_log log;
    bocata_app *app = session_app(&log, with_max_age);
    bocata_client *clients[COUNT];
    bocata_client_socket *sockets[COUNT];
    (void)state;

    for (int i = 0; i < COUNT; i++) {
        clients[i] = test_client_new(app);
        bocata_client_set_time(clients[i], TEST_NOW + i);
        expect("log in", clients[i], "GET", "/in/ann", 200, "in");
        sockets[i] = test_open(clients[i], "/");
    }
    bocata_client_set_time(clients[0], TEST_NOW + 1000);
    expect_noted("all are told", "expiring in 3; expiring in 2; expiring in 1");
    for (int i = 0; i < COUNT; i++) {
        bocata_client_set_time(clients[0], TEST_NOW + 1001 + i);
        for (int j = 0; j < COUNT; j++)
            expect_next("those up to here", sockets[j],
                        j <= i ? "close 1008 session expired" : "nothing");
        expect_noted("one more", "close 1008 session expired");
    }
    for (int i = 0; i < COUNT; i++) {
        bocata_client_socket_free(sockets[i]);
        bocata_client_free(clients[i]);
    }
    bocata_app_free(app);
}

static bocata_websocket *opened[3]; /* in the order they came */
static size_t opened_count;

static void keep(bocata_websocket *ws)
{
    opened[opened_count++] = ws;
}

/* The newest is looked at first. */
static void close_the_middle_one(bocata_websocket *ws, int64_t left_s)
{
    (void)left_s;
    for (size_t i = 0; i < 3; i++)
        if (opened[i] == ws)
            test_note("told %zu", i);
    if (ws == opened[2])
        assert_int_equal(bocata_websocket_close(opened[1], 1000, "by another"), BOCATA_OK);
}

static void test_a_handler_that_closes_the_next_one(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, with_max_age);
    (void)state;

    bocata_app_websocket(
        app, "/keep",
        &(bocata_websocket_handlers){.on_open = keep, .on_session_expiring = close_the_middle_one});
    bocata_client *client = logged_in(app, "ann");
    bocata_client_socket *sockets[3];
    opened_count = 0;
    for (int i = 0; i < 3; i++)
        sockets[i] = test_open(client, "/keep");
    bocata_client_set_time(client, TEST_NOW + 990);
    expect_noted("the others are told", "told 2; told 0");
    expect_next("it is closed", sockets[1], "close 1000 by another");
    for (int i = 0; i < 3; i++)
        bocata_client_socket_free(sockets[i]);
    free_both(client, app);
}

static void test_a_clock_that_jumps(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, with_max_age);
    bocata_client *client = logged_in(app, "ann"), *stranger = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/"), *other = test_open(stranger, "/");
    (void)state;

    bocata_client_set_time(client, TEST_NOW + 990);
    expect_noted("late: what is left", "expiring in 11");
    bocata_client_set_time(client, TEST_NOW + 5000);
    expect_next("too late", socket, "close 1008 session expired");
    expect_noted("no second warning", "close 1008 session expired");
    say(other, "read");
    expect_next("without a session nothing ends", other, "text [\"nobody\",-1,\"OK\"]");
    bocata_client_socket_free(socket);
    bocata_client_socket_free(other);
    expect_noted("the other", "close 1006");
    bocata_client_free(stranger);
    free_both(client, app);
}

static void test_a_request_renews_all_sockets_of_its_session(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, with_max_age);
    bocata_client *ann = logged_in(app, "ann"), *bob = logged_in(app, "bob");
    bocata_client_socket *sockets[] = {test_open(ann, "/"), test_open(ann, "/")},
                         *other = test_open(bob, "/");
    (void)state;

    bocata_client_set_time(bob, TEST_NOW + 950);
    bocata_client_set_time(ann, TEST_NOW + 950);
    expect_noted("all are told", "expiring in 51; expiring in 51; expiring in 51");
    expect("the page renews", ann, "GET", "/read", 200, "ann"); /* past half of its life */
    bocata_client_set_time(ann, TEST_NOW + 1001);
    expect_next("bob's has ended", other, "close 1008 session expired");
    expect_noted("bob's alone", "close 1008 session expired");
    for (int i = 0; i < 2; i++) {
        say(sockets[i], "read");
        expect_next("ann's have not", sockets[i], "text [\"ann\",-1,\"OK\"]");
    }
    bocata_client_set_time(ann, TEST_NOW + 950 + 1001 - LEAD_S);
    expect_noted("told anew", "expiring in 60; expiring in 60");
    bocata_client_set_time(ann, TEST_NOW + 950 + 1001);
    for (int i = 0; i < 2; i++) {
        expect_next("the new end", sockets[i], "close 1008 session expired");
        bocata_client_socket_free(sockets[i]);
    }
    expect_noted("the new end", "close 1008 session expired; close 1008 session expired");
    bocata_client_socket_free(other);
    bocata_client_free(bob);
    free_both(ann, app);
}

/* Starlette, say, sends the cookie anew with each answer, so here it is never due. */
static void test_a_session_that_another_application_renews(void **state)
{
    test_log log, other_log;
    bocata_app *app = session_app(&log, without_rolling);
    bocata_app *other_app = session_app(&other_log, with_max_age);
    bocata_client *client = logged_in(app, "ann"), *other = test_client_new(other_app);
    bocata_client_socket *socket = test_open(client, "/");
    char old_cookie[4096];
    (void)state;

    snprintf(old_cookie, sizeof old_cookie, "%s", bocata_client_cookie(client, "session"));
    bocata_client_set_cookie(other, "session", old_cookie);
    bocata_client_set_time(other, TEST_NOW + 800);
    bocata_client_set_time(client, TEST_NOW + 800);
    expect("the other one renews", other, "GET", "/read", 200, "ann");
    bocata_client_set_cookie(client, "session", bocata_client_cookie(other, "session"));
    expect("the new cookie is seen here", client, "GET", "/read", 200, "ann");
    bocata_client_set_cookie(client, "session", old_cookie);
    expect("an older one shortens nothing", client, "GET", "/read", 200, "ann");
    bocata_client_set_time(client, TEST_NOW + 800 + 1001 - LEAD_S - 1);
    expect_noted("it lives on", "");
    say(socket, "read");
    expect_next("past the end that it had", socket, "text [\"ann\",-1,\"OK\"]");
    bocata_client_set_time(client, TEST_NOW + 800 + 1001 - LEAD_S);
    expect_noted("told of the new one", "expiring in 60");
    bocata_client_set_time(client, TEST_NOW + 800 + 1001);
    expect_next("the new end", socket, "close 1008 session expired");
    bocata_client_socket_free(socket);
    expect_noted("the new end", "close 1008 session expired");
    free_both(other, other_app);
    free_both(client, app);
}

/* on_session_expiring: once for each deadline, also where requests come that do not move it. */
static void test_what_does_not_renew_tells_nothing_again(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, without_rolling);
    bocata_client *client = logged_in(app, "ann");
    bocata_client_socket *socket = test_open(client, "/");
    (void)state;

    bocata_client_set_time(client, TEST_NOW + 950);
    expect_noted("told", "expiring in 51");
    expect("a request", client, "GET", "/read", 200, "ann");
    bocata_client_socket *second = test_open(client, "/");
    bocata_client_set_time(client, TEST_NOW + 960);
    expect_noted("the second alone", "expiring in 41");
    bocata_client_socket_free(socket);
    bocata_client_socket_free(second);
    expect_noted("the end", "close 1006; close 1006");
    free_both(client, app);
}

static bocata_response *waiting;

static void wait_view(bocata_request *req, bocata_response *res)
{
    bocata_request_session(req);
    waiting = res;
    bocata_response_defer(res, NULL, NULL);
}

/* The session ends between the question and the answer: a stateless one is read at the handshake,
 * so the socket opens, and ends at once. */
static void test_a_session_that_ends_while_the_handshake_waits(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, with_max_age);
    bocata_app_websocket(
        app, "/wait",
        &(bocata_websocket_handlers){.on_connect = wait_view, .on_close = note_close});
    bocata_client *client = logged_in(app, "ann");
    bocata_client_socket *socket = test_handshake(client, "/wait", NULL);
    (void)state;

    bocata_client_set_time(client, TEST_NOW + 1001);
    bocata_response_finish(waiting);
    bocata_client_set_time(client, TEST_NOW + 1001);
    expect_next("at once", socket, "close 1008 session expired");
    bocata_client_socket_free(socket);
    expect_noted("the end", "close 1008 session expired");
    free_both(client, app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_socket_ends_with_its_session),
        cmocka_unit_test(test_each_socket_ends_at_its_own_second),
        cmocka_unit_test(test_a_handler_that_closes_the_next_one),
        cmocka_unit_test(test_a_clock_that_jumps),
        cmocka_unit_test(test_a_request_renews_all_sockets_of_its_session),
        cmocka_unit_test(test_a_session_that_another_application_renews),
        cmocka_unit_test(test_what_does_not_renew_tells_nothing_again),
        cmocka_unit_test(test_a_session_that_ends_while_the_handshake_waits),
    };
    return run_in_both_formats("websocket deadlines", tests, sizeof tests / sizeof *tests);
}
