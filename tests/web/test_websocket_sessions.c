/* The session of a socket is that of its handshake; what it may write, and what a log-out does.
 * Everything holds for both formats alike. */
#include "session_sockets.h"

#include <string.h>

/* ---- reading and writing --------------------------------------------------------------------- */

static void test_the_session_of_the_handshake_is_read(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = logged_in(app, "ann");
    bocata_client_socket *socket = test_open(client, "/");
    (void)state;

    say(socket, "read");
    expect_next("who it is", socket, "text [\"ann\",-1,\"OK\"]");
    expect("another request writes", client, "GET", "/write", 200, "written");
    say(socket, "read");
    expect_next("it is the handshake's still", socket, "text [\"ann\",-1,\"OK\"]");
    bocata_client_socket_free(socket);
    expect_noted("the end", "close 1006");

    bocata_client *stranger = test_client_new(app);
    socket = test_open(stranger, "/");
    say(socket, "read");
    expect_next("nobody", socket, "text [\"nobody\",-1,\"OK\"]");
    assert_null(bocata_client_cookie(stranger, "session"));
    bocata_client_socket_free(socket);
    expect_noted("the end", "close 1006");
    bocata_client_free(stranger);
    free_both(client, app);
}

static void test_which_cookie_the_101_carries(void **state)
{
    static const struct {
        const char *intent, *target;
        bool is_logged_in;
        int status;
        size_t set_cookies;
        bool has_cookie; /* afterwards */
    } rows[] = {
        {"one that reads", "/", true, 101, 0, true},
        {"one without on_connect", "/bare", true, 101, 0, true},
        {"one that writes", "/?do=set", true, 101, 1, true},
        {"which begins a session", "/?do=set", false, 101, 1, true},
        {"one that clears", "/?do=clear", true, 101, 1, false},
        {"one that renews", "/?do=renew", true, 101, 1, true},
        {"nothing to clear", "/?do=clear", false, 101, 0, false},
        {"a rejection saves too", "/?do=reject", true, 403, 1, true},
    };
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client *client = rows[i].is_logged_in ? logged_in(app, "ann") : test_client_new(app);
        bocata_client_socket *socket = test_handshake(client, rows[i].target, NULL);
        const bocata_reply *reply = bocata_client_socket_reply(socket);
        bool has_cookie = bocata_client_cookie(client, "session") != NULL;
        if (bocata_reply_status(reply) != rows[i].status ||
            count_headers(reply, "Set-Cookie") != rows[i].set_cookies ||
            has_cookie != rows[i].has_cookie)
            fail_msg("%s: %d, %zu", rows[i].intent, bocata_reply_status(reply),
                     count_headers(reply, "Set-Cookie"));
        assert_true(bocata_str_is(bocata_reply_header(reply, "Vary"), "Cookie"));
        bocata_client_socket_free(socket);
        expect_noted(rows[i].intent, rows[i].status == 101 ? "close 1006" : "");
        bocata_client_free(client);
    }
    bocata_app_free(app);
}

static void test_what_is_written_later_is_told(void **state)
{
    static const char *const commands[] = {"set", "clear", "flash"};
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = logged_in(app, "ann");
    (void)state;

    for (size_t i = 0; i < 2 * sizeof commands / sizeof *commands; i++) {
        bocata_client_socket *socket = test_open(client, "/");
        say(socket, commands[i / 2]);
        expect_next(commands[i / 2], socket, "text [\"ann\",-1,\"E_TOO_LATE\"]");
        bocata_client_socket_free(socket);
        expect_noted("it stays open", "close 1006");
    }
    const char line[] = "A change to a session is lost: ";
    assert_memory_equal(log.text, line, sizeof line - 1);
    assert_ptr_equal(strchr(log.text, '\n'), log.text + log.len - 1); /* once for all of them */
    expect("nothing was written", client, "GET", "/read", 200, "ann");
    free_both(client, app);
}

/* ---- log-out --------------------------------------------------------------------------------- */

static void test_what_closes_the_sockets_of_a_session(void **state)
{
    static const struct {
        const char *intent, *target;
        int status;
        bool closes;
    } rows[] = {
        {"log-out", "/out", 200, true},
        {"a new id", "/renew", 200, true},
        {"reading", "/read", 200, false},
        {"writing", "/write", 200, false},
        {"another name is no other session", "/in/ben", 200, false},
        {"a log-out that failed", "/fail", 503, false},
        {"or broke", "/break", 500, false},
        {"a page that is missing", "/nothing", 404, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = session_app(&log, NULL);
        bocata_client *ann = logged_in(app, "ann"), *bob = logged_in(app, "bob");
        bocata_client_socket *sockets[] = {test_open(ann, "/"), test_open(ann, "/bare")},
                             *other = test_open(bob, "/");
        expect(rows[i].intent, ann, "GET", rows[i].target, rows[i].status, NULL);
        for (int j = 0; j < 2; j++)
            expect_next(rows[i].intent, sockets[j],
                        rows[i].closes ? "close 1008 logged out" : "nothing");
        expect_noted(rows[i].intent,
                     rows[i].closes ? "close 1008 logged out; close 1008 logged out" : "");
        expect_next("bob is somebody else", other, "nothing");
        assert_true(bocata_client_socket_is_open(other));
        for (int j = 0; j < 2; j++)
            bocata_client_socket_free(sockets[j]);
        bocata_client_socket_free(other);
        expect_noted("the end",
                     rows[i].closes ? "close 1006" : "close 1006; close 1006; close 1006");
        bocata_client_free(bob);
        free_both(ann, app);
    }
}

static void test_a_handshake_that_renews_closes_the_older_sockets(void **state)
{
    static const char *const targets[] = {"/?do=renew", "/?do=clear"};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        test_log log;
        bocata_app *app = session_app(&log, NULL);
        bocata_client *client = logged_in(app, "ann");
        bocata_client_socket *older = test_open(client, "/"),
                             *newer = test_open(client, targets[i]);
        expect_next("the older", older, "close 1008 logged out");
        expect_next("the newer", newer, "nothing");
        expect_noted(targets[i], "close 1008 logged out");
        expect("log out", client, "GET", "/out", 200, "out");
        expect_next("the newer, if it has a session", newer,
                    i == 0 ? "close 1008 logged out" : "nothing");
        bocata_client_socket_free(older);
        bocata_client_socket_free(newer);
        expect_noted("the end", i == 0 ? "close 1008 logged out" : "close 1006");
        free_both(client, app);
    }
}

/* One session in two browsers is one: its cookie was copied. */
static void test_a_copied_cookie_is_the_same_session(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *one = logged_in(app, "ann"), *two = test_client_new(app);
    (void)state;

    assert_int_equal(bocata_client_set_cookie(two, "session", bocata_client_cookie(one, "session")),
                     BOCATA_OK);
    bocata_client_socket *socket = test_open(two, "/");
    expect("log out", one, "GET", "/out", 200, "out");
    expect_next("there too", socket, "close 1008 logged out");
    expect_noted("the end", "close 1008 logged out");
    bocata_client_socket_free(socket);
    bocata_client_free(two);
    free_both(one, app);
}

static void as_tested(bocata_session_settings *settings)
{
    settings->format = test_format;
}

/* What another service made, with the same key, of an application without sockets. */
static void test_a_session_without_an_id_gets_one_at_the_handshake(void **state)
{
    test_log logs[2];
    bocata_app *elsewhere = test_app_with_sessions(&logs[0], NULL, as_tested);
    bocata_app *app = session_app(&logs[1], NULL);
    (void)state;

    add_session_views(elsewhere);
    bocata_client *there = logged_in(elsewhere, "ann"), *here = test_client_new(app);
    assert_int_equal(
        bocata_client_set_cookie(here, "session", bocata_client_cookie(there, "session")),
        BOCATA_OK);
    bocata_client_socket *first = test_open(here, "/bare");
    bool has_id = test_format == BOCATA_FORMAT_SEALED; /* by its own nature */
    assert_int_equal(count_headers(bocata_client_socket_reply(first), "Set-Cookie"), !has_id);
    bocata_client_socket *second = test_open(here, "/");
    assert_int_equal(count_headers(bocata_client_socket_reply(second), "Set-Cookie"), 0);
    say(second, "read");
    expect_next("its values are kept", second, "text [\"ann\",-1,\"OK\"]");
    expect("log out", here, "GET", "/out", 200, "out");
    expect_next("the first", first, "close 1008 logged out");
    expect_next("and the second", second, "close 1008 logged out");
    expect_noted("the end", "close 1008 logged out; close 1008 logged out");
    bocata_client_socket_free(first);
    bocata_client_socket_free(second);
    free_both(here, app);
    free_both(there, elsewhere);
}

static char id[17]; /* as a group's name: the application's groups and sessions do not mix */

static void join_its_id(bocata_websocket *ws)
{
    bocata_str own = bocata_session_id(bocata_websocket_session(ws));
    assert_int_equal(own.len, 16);
    memcpy(id, own.ptr, own.len);
    if (strlen(id) == own.len)
        assert_int_equal(bocata_websocket_join(ws, id), BOCATA_OK);
}

static void test_a_group_that_is_called_like_a_session(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    (void)state;

    bocata_app_websocket(
        app, "/id", &(bocata_websocket_handlers){.on_open = join_its_id, .on_close = note_close});
    bocata_client *client = logged_in(app, "ann");
    bocata_client_socket *socket = test_open(client, "/id"), *other = test_open(client, "/");
    while (strlen(id) < 16) { /* one id in 16 has a NUL in it */
        bocata_client_socket_free(socket);
        bocata_client_socket_free(other);
        bocata_client_free(client);
        client = logged_in(app, "ann");
        socket = test_open(client, "/id");
        other = test_open(client, "/");
        expect_noted("again", "close 1006; close 1006");
    }
    assert_int_equal(bocata_app_group_size(app, id), 1);
    assert_int_equal(bocata_app_broadcast_text(app, id, "to one"), BOCATA_OK);
    expect_next("a member", socket, "text to one");
    expect_next("of the session only", other, "nothing");
    expect("log out", client, "GET", "/out", 200, "out");
    expect_next("one", socket, "close 1008 logged out");
    expect_next("and the other", other, "close 1008 logged out");
    expect_noted("both", "close 1008 logged out; close 1008 logged out");
    bocata_client_socket_free(socket);
    bocata_client_socket_free(other);
    free_both(client, app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_session_of_the_handshake_is_read),
        cmocka_unit_test(test_which_cookie_the_101_carries),
        cmocka_unit_test(test_what_is_written_later_is_told),
        cmocka_unit_test(test_what_closes_the_sockets_of_a_session),
        cmocka_unit_test(test_a_handshake_that_renews_closes_the_older_sockets),
        cmocka_unit_test(test_a_copied_cookie_is_the_same_session),
        cmocka_unit_test(test_a_session_without_an_id_gets_one_at_the_handshake),
        cmocka_unit_test(test_a_group_that_is_called_like_a_session),
    };
    return run_in_both_formats("websocket sessions", tests, sizeof tests / sizeof *tests);
}
