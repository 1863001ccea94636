/* Groups of WebSockets, and who sends to them: handlers, views, timers. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

#define X51 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X51 X51 X51 X51 X51

/* "join NAME", "leave NAME", "size NAME", "to NAME": what it says, noted. */
static void obey(bocata_websocket *ws, bocata_message *message)
{
    const bocata_app *app = bocata_websocket_app(ws);
    bocata_str bytes = bocata_message_text(message);
    char text[512];

    snprintf(text, sizeof text, "%.*s", (int)bytes.len, bytes.ptr);
    const char *name = strchr(text, ' ') + 1;
    if (strncmp(text, "join", 4) == 0)
        test_note("%s", bocata_status_name(bocata_websocket_join(ws, name)) + strlen("BOCATA_"));
    else if (strncmp(text, "leave", 5) == 0)
        bocata_websocket_leave(ws, name);
    else if (strncmp(text, "size", 4) == 0)
        test_note("%zu", bocata_app_group_size(app, name));
    else
        test_note("%s", bocata_status_name(bocata_app_broadcast_text(app, name, text)) +
                            strlen("BOCATA_"));
}

static void join_room(bocata_websocket *ws)
{
    bocata_str room = bocata_request_param(bocata_websocket_request(ws), "room");
    assert_int_equal(bocata_websocket_join(ws, room.ptr), BOCATA_OK);
}

static void say_goodbye(bocata_websocket *ws, int code, bocata_str reason)
{
    bocata_str room = bocata_request_param(bocata_websocket_request(ws), "room");
    (void)code, (void)reason;
    assert_int_equal(bocata_app_broadcast_text(bocata_websocket_app(ws), room.ptr, "one left"),
                     BOCATA_OK);
    assert_int_equal(bocata_websocket_join(ws, room.ptr), BOCATA_E_INVALID);
}

static void pass_on(bocata_websocket *ws, bocata_message *message)
{
    bocata_str room = bocata_request_param(bocata_websocket_request(ws), "room");
    bocata_str text = bocata_message_text(message);
    assert_int_equal(bocata_app_broadcast_str(bocata_websocket_app(ws), room.ptr, text), BOCATA_OK);
}

static void pass_on_by_view(bocata_request *req, bocata_response *res)
{
    bocata_app_broadcast_json(bocata_request_app(req), bocata_request_param(req, "room").ptr,
                              json_pack("{s:i}", "by view", 1));
    bocata_response_status(res, 204);
}

static bocata_app *group_app(test_log *log)
{
    bocata_app *app = test_app_new(log, NULL);
    bocata_app_websocket(app, "/obey", &(bocata_websocket_handlers){.on_message = obey});
    bocata_app_websocket(app, "/rooms/{room}",
                         &(bocata_websocket_handlers){
                             .on_open = join_room, .on_message = pass_on, .on_close = say_goodbye});
    bocata_app_websocket(
        app, "/small/{room}",
        &(bocata_websocket_handlers){.on_open = join_room, .buffered_len_max = 100});
    bocata_app_post(app, "/rooms/{room}", pass_on_by_view);
    return app;
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_who_is_a_member(void **state)
{
    static const struct {
        const char *intent, *command, *noted, *event;
    } rows[] = {
        {"there is no such group", "size a", "0", "nothing"},
        {"it may be sent to", "to a", "OK", "nothing"},
        {"it begins", "join a", "OK", "nothing"},
        {"with one member", "size a", "1", "nothing"},
        {"who is sent to", "to a", "OK", "text to a"},
        {"joined twice", "join a", "OK", "nothing"},
        {"it has one member", "size a", "1", "nothing"},
        {"who gets one", "to a", "OK", "text to a"},
        {"a longer name is another", "size ab", "0", "nothing"},
        {"as is another case", "size A", "0", "nothing"},
        {"left", "leave a", "", "nothing"},
        {"it is no more", "size a", "0", "nothing"},
        {"nobody gets it", "to a", "OK", "nothing"},
        {"left twice", "leave a", "", "nothing"},
        {"without a name", "join ", "E_INVALID", "nothing"},
        {"which is nobody's", "size ", "0", "nothing"},
        {"the longest name", "join " X255, "OK", "nothing"},
        {"is one", "size " X255, "1", "nothing"},
        {"longer", "join " X255 "x", "E_LIMIT", "nothing"},
        {"it is not cut", "size " X255, "1", "nothing"},
    };
    test_log log;
    bocata_app *app = group_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/obey");
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        say(socket, rows[i].command);
        expect_noted(rows[i].intent, rows[i].noted);
        expect_next(rows[i].intent, socket, rows[i].event);
    }
    bocata_client_socket_free(socket);
    assert_int_equal(bocata_app_group_size(app, X255), 0); /* it has left with the connection */
    end(client, app);
}

static void test_64_groups(void **state)
{
    test_log log;
    bocata_app *app = group_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/obey"), *other = test_open(client, "/obey");
    char command[32];
    (void)state;

    for (int i = 1; i <= 64; i++) {
        snprintf(command, sizeof command, "join %d", i);
        say(socket, command);
        expect_noted(command, "OK");
    }
    say(socket, "join 65");
    expect_noted("one more", "E_LIMIT");
    say(socket, "join 64");
    expect_noted("it is there already", "OK");
    say(other, "join 65");
    expect_noted("the limit is each socket's own", "OK");
    say(socket, "leave 1");
    say(socket, "join 65");
    expect_noted("one was left", "OK");
    say(socket, "join 1");
    expect_noted("only one", "E_LIMIT");
    say(socket, "leave nothing");
    say(socket, "join 1");
    expect_noted("leaving what it is not in frees no place", "E_LIMIT");
    assert_int_equal(bocata_app_group_size(app, "65"), 2);
    for (int i = 1; i <= 64; i++) {
        snprintf(command, sizeof command, "to %d", i);
        assert_int_equal(bocata_app_broadcast_text(app, command + 3, command), BOCATA_OK);
        snprintf(command, sizeof command, "text to %d", i);
        if (i > 1)
            expect_next(command, socket, command);
    }
    bocata_client_socket_free(socket);
    assert_int_equal(bocata_app_group_size(app, "64"), 0);
    assert_int_equal(bocata_app_group_size(app, "65"), 1);
    bocata_client_socket_free(other);
    assert_int_equal(bocata_app_group_size(app, "65"), 0);
    end(client, app);
}

static void tick(void *user)
{
    bocata_app_broadcast_binary(user, "a", "tick", 4);
}

static void test_who_may_send(void **state)
{
    test_log log;
    bocata_app *app = group_app(&log);
    bocata_client *alice = test_client_new(app), *bob = test_client_new(app);
    bocata_client_socket *sockets[] = {test_open(alice, "/rooms/a"), test_open(alice, "/rooms/a"),
                                       test_open(bob, "/rooms/a")};
    bocata_client_socket *elsewhere = test_open(bob, "/rooms/b");
    (void)state;

    say(sockets[0], "hello");
    for (int i = 0; i < 3; i++)
        expect_next("another socket's handler, and its own", sockets[i], "text hello");
    expect("a view", bob, "POST", "/rooms/a", 204, NULL);
    for (int i = 0; i < 3; i++)
        expect_next("a view", sockets[i], "text {\"by view\":1}");
    assert_non_null(bocata_timer_start(app, 1000, 0, tick, app));
    bocata_client_set_time(bob, TEST_NOW + 1);
    for (int i = 0; i < 3; i++)
        expect_next("a timer", sockets[i], "binary tick");
    bocata_client_socket_free(sockets[0]);
    assert_int_equal(bocata_app_group_size(app, "a"), 2);
    for (int i = 1; i < 3; i++) {
        expect_next("one that has left", sockets[i], "text one left");
        expect_next("once each", sockets[i], "nothing");
    }
    expect_next("not in another room", elsewhere, "nothing");
    bocata_client_socket_free(sockets[1]);
    bocata_client_socket_free(sockets[2]);
    bocata_client_socket_free(elsewhere);
    bocata_client_free(alice);
    end(bob, app);
}

static void test_what_cannot_be_sent(void **state)
{
    test_log log;
    bocata_app *app = group_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/rooms/a");
    (void)state;

    assert_int_equal(bocata_app_broadcast_text(app, "a", "\xff"), BOCATA_E_INVALID);
    assert_int_equal(bocata_app_broadcast_text(app, "nobody", "\xff"), BOCATA_E_INVALID);
    assert_int_equal(bocata_app_broadcast_text(NULL, "a", "x"), BOCATA_E_INVALID);
    assert_int_equal(bocata_app_broadcast_json(app, "a", json_stringn_nocheck("\xff", 1)),
                     BOCATA_E_UNSUPPORTED);
    assert_int_equal(bocata_app_broadcast_json(app, "a", NULL), BOCATA_E_INVALID);
    assert_int_equal(bocata_app_group_size(NULL, "a"), 0);
    assert_int_equal(bocata_app_group_size(app, NULL), 0);
    assert_int_equal(bocata_app_broadcast_text(app, NULL, "x"), BOCATA_OK);
    expect_next("nothing of it", socket, "nothing");
    assert_string_equal(log.text,
                        "A WebSocket's message was not sent: its text is not UTF-8. (This is "
                        "told once.)\n");
    assert_int_equal(bocata_app_broadcast_binary(app, "a", "\xff\0", 2), BOCATA_OK);
    assert_int_equal(bocata_client_socket_next(socket), BOCATA_CLIENT_BINARY);
    assert_int_equal(bocata_client_socket_payload(socket).len, 2);
    bocata_client_socket_free(socket);
    end(client, app);
}

/* Each row: the members in the order they come, s is one that takes little. */
static void test_a_member_that_is_closed_during_a_broadcast(void **state)
{
    static const char *const rows[] = {"s", "srr", "rsr", "rrs", "ss", "srs", "rssr"};
    static const char text[] = X51 X51 "!";
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = group_app(&log);
        bocata_client *client = test_client_new(app);
        bocata_client_socket *sockets[8];
        size_t count = strlen(rows[i]), left = 0;
        for (size_t j = 0; j < count; j++) {
            sockets[j] = test_open(client, rows[i][j] == 's' ? "/small/a" : "/rooms/a");
            left += rows[i][j] != 's';
        }
        assert_int_equal(bocata_app_broadcast_text(app, "a", text), BOCATA_OK);
        if (bocata_app_group_size(app, "a") != left)
            fail_msg("%s: %zu are left", rows[i], bocata_app_group_size(app, "a"));
        for (size_t j = 0; j < count; j++) {
            if (rows[i][j] == 's')
                assert_true(bocata_client_socket_expect_close(sockets[j], 1013));
            else
                assert_true(bocata_client_socket_expect_text(sockets[j], text));
            bocata_client_socket_free(sockets[j]);
        }
        end(client, app);
    }
}

static void test_many_members_and_groups(void **state)
{
    enum { COUNT = 300 };
    test_log log;
    bocata_app *app = group_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *sockets[COUNT];
    char name[32];
    (void)state;

    for (int i = 0; i < COUNT; i++) {
        sockets[i] = test_open(client, "/obey");
        say(sockets[i], "join all");
        snprintf(name, sizeof name, "join %d", i % 100);
        say(sockets[i], name);
        expect_noted("both", "OK; OK");
    }
    assert_int_equal(bocata_app_group_size(app, "all"), COUNT);
    assert_int_equal(bocata_app_broadcast_text(app, "all", "to all"), BOCATA_OK);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_int_equal(bocata_app_group_size(app, name), COUNT / 100);
        assert_int_equal(bocata_app_broadcast_text(app, name, name), BOCATA_OK);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "text %d", i % 100);
        expect_next("the same for all", sockets[i], "text to all");
        expect_next("and its own", sockets[i], name);
        expect_next("no more", sockets[i], "nothing");
    }
    for (int i = 0; i < COUNT; i++)
        bocata_client_socket_free(sockets[(i * 7) % COUNT]);
    assert_int_equal(bocata_app_group_size(app, "all"), 0);
    assert_int_equal(bocata_app_group_size(app, "7"), 0);
    end(client, app);
}

static void test_applications_share_nothing(void **state)
{
    test_log logs[2];
    bocata_app *apps[] = {group_app(&logs[0]), group_app(&logs[1])};
    bocata_client *clients[] = {test_client_new(apps[0]), test_client_new(apps[1])};
    bocata_client_socket *sockets[] = {test_open(clients[0], "/rooms/a"),
                                       test_open(clients[1], "/rooms/a")};
    (void)state;

    say(sockets[0], "hello");
    expect_next("its own", sockets[0], "text hello");
    expect_next("the other's", sockets[1], "nothing");
    assert_int_equal(bocata_app_group_size(apps[1], "a"), 1);
    for (int i = 0; i < 2; i++) {
        bocata_client_socket_free(sockets[i]);
        end(clients[i], apps[i]);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_a_member),
        cmocka_unit_test(test_64_groups),
        cmocka_unit_test(test_who_may_send),
        cmocka_unit_test(test_what_cannot_be_sent),
        cmocka_unit_test(test_a_member_that_is_closed_during_a_broadcast),
        cmocka_unit_test(test_many_members_and_groups),
        cmocka_unit_test(test_applications_share_nothing),
    };
    return cmocka_run_group_tests_name("websocket groups", tests, NULL, NULL);
}
