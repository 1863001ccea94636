/* A client that does not read what it gets: what waits is bounded, and nothing more is read from
 * it. */
#include "web_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_LEN 100 /* bytes of a message of fill's, with the two of its header */
#define HIGH_WATER_LEN 1000
#define BUFFERED_LEN_MAX 2000
#define TOO_SLOW "close 1013 the client does not take what is sent" /* its frame has 41 bytes */

/* Sends as many as the message says, and notes what waits then. */
static void fill(bocata_websocket *ws, bocata_message *message)
{
    char text[FRAME_LEN - 1];
    bocata_status status = BOCATA_OK;
    json_t *json = bocata_message_json(message);

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (json_int_t i = json_integer_value(json); i > 0 && status == BOCATA_OK; i--)
        status = bocata_websocket_send_text(ws, text);
    test_note("%zu%s", bocata_websocket_buffered(ws), status == BOCATA_OK ? "" : " full");
    if (status != BOCATA_OK)
        assert_int_equal(status, BOCATA_E_LIMIT);
}

static void note_drain(bocata_websocket *ws)
{
    test_note("drain at %zu", bocata_websocket_buffered(ws));
}

static void note_close(bocata_websocket *ws, int code, bocata_str reason)
{
    (void)ws;
    test_note("close %d%s%.*s", code, reason.len ? " " : "", (int)reason.len, reason.ptr);
}

static bocata_app *flow_app(test_log *log)
{
    bocata_app *app = test_app_new(log, NULL);
    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){.on_message = fill,
                                                      .on_drain = note_drain,
                                                      .on_close = note_close,
                                                      .high_water_len = HIGH_WATER_LEN,
                                                      .buffered_len_max = BUFFERED_LEN_MAX});
    return app;
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

static void take(bocata_client_socket *socket, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bocata_client_socket_next(socket), BOCATA_CLIENT_TEXT);
}

static void test_on_drain_comes_at_half_of_the_high_water(void **state)
{
    static const struct {
        const char *intent, *message; /* of fill's; NULL for none */
        size_t taken;
        const char *noted;
    } rows[] = {
        {"up to the high water", "10", 10, "1000"},
        {"which tells nothing", NULL, 0, ""},
        {"past it", "11", 5, "1100"},
        {"a byte's frame above half", NULL, 0, ""},
        {"half of it", NULL, 1, "drain at 500"},
        {"once", NULL, 5, ""},
        {"again past it", "15", 15, "1500; drain at 500"},
    };
    test_log log;
    bocata_app *app = flow_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].message)
            say(socket, rows[i].message);
        take(socket, rows[i].taken);
        expect_noted(rows[i].intent, rows[i].noted);
    }
    expect_next("all was taken", socket, "nothing");
    bocata_client_socket_free(socket);
    expect_noted("the end", "close 1006");
    end(client, app);
}

static void test_nothing_is_read_past_the_high_water(void **state)
{
    test_log log;
    bocata_app *app = flow_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    (void)state;

    say(socket, "11");
    say(socket, "11");
    say(socket, "1");
    assert_int_equal(bocata_client_socket_close(socket, 1000, NULL), BOCATA_OK);
    expect_noted("what it sends stays where it is", "1100");
    take(socket, 1);
    expect_noted("no longer above: one is read, which is too much; then its close",
                 "41 full; " TOO_SLOW);
    bocata_client_socket_free(socket);
    expect_noted("once", "");
    end(client, app);
}

static void test_what_waits_is_read_in_its_order(void **state)
{
    test_log log;
    bocata_app *app = flow_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    (void)state;

    say(socket, "11");
    say(socket, "2");
    say(socket, "0");
    take(socket, 1);
    expect_noted("one is read", "1100; 1200");
    take(socket, 1);
    expect_noted("it is above still", "");
    take(socket, 1);
    expect_noted("and then the other", "1000");
    say(socket, "1");
    say(socket, "0");
    bocata_client_socket_free(socket);
    expect_noted("what is not read is lost", "1100; close 1006");
    end(client, app);
}

static void test_who_does_not_read_is_closed(void **state)
{
    test_log log;
    bocata_app *app = flow_app(&log);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_client_socket *socket = test_open(client, "/");
    say(socket, "20");
    expect_noted("as much as may wait", "2000");
    take(socket, 20);
    expect_noted("it has read", "drain at 500");
    assert_true(bocata_client_socket_is_open(socket));
    say(socket, "1000000");
    expect_noted("only the reason waits", "41 full");
    expect_next("what waited is dropped", socket, TOO_SLOW);
    expect_noted("no drain", TOO_SLOW);
    expect_next("nothing more comes", socket, TOO_SLOW);
    bocata_client_socket_free(socket);

    socket = test_open(client, "/");
    say(socket, "21");
    expect_noted("one frame more is too much", "41 full");
    bocata_client_socket_free(socket);
    expect_noted("the client may go as well", TOO_SLOW);
    end(client, app);
}

/* Pieces of 256 KiB: a byte less than eight of them fit in 2 MiB. */
static void flood(bocata_websocket *ws, bocata_message *message)
{
    const size_t len = (size_t)256 << 10;
    char *bytes = calloc(1, len);
    int sent_count = 0;
    (void)message;

    while (bocata_websocket_send_binary(ws, bytes, len) == BOCATA_OK)
        sent_count++;
    test_note("%d", sent_count);
    free(bytes);
}

static void test_the_defaults(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){
                             .on_message = flood, .on_drain = note_drain, .on_close = note_close});
    bocata_app_websocket(app, "/small",
                         &(bocata_websocket_handlers){.on_message = fill,
                                                      .on_drain = note_drain,
                                                      .buffered_len_max = BUFFERED_LEN_MAX});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/small");
    say(socket, "11");
    expect_noted("more than half of what may wait", "1100");
    take(socket, 5);
    expect_noted("more than half of that", "");
    take(socket, 1);
    expect_noted("half of that", "drain at 500");
    bocata_client_socket_free(socket);

    socket = test_open(client, "/");
    say(socket, "flood");
    expect_noted("a whole message, and 1 MiB, may wait", "7");
    say(socket, "again");
    expect_noted("it is closing", "");
    assert_true(bocata_client_socket_expect_close(socket, 1013));
    bocata_client_socket_free(socket);
    expect_noted("the end", TOO_SLOW);
    end(client, app);
}

/* However many pings come, one answer waits. */
static void test_pings_do_not_fill_the_queue(void **state)
{
    test_log log;
    bocata_app *app = flow_app(&log);
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    (void)state;

    for (int i = 0; i < 1000; i++) {
        char payload[16];
        snprintf(payload, sizeof payload, "%d", i);
        assert_int_equal(bocata_client_socket_ping(socket, bocata_str_of(payload)), BOCATA_OK);
    }
    for (int i = 0; i < 15; i++) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "pong %d", i);
        expect_next("the first are answered", socket, wanted);
    }
    expect_next("so is the last", socket, "pong 999");
    expect_next("no other is", socket, "nothing");
    bocata_client_socket_free(socket);
    expect_noted("the end", "close 1006");
    end(client, app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_drain_comes_at_half_of_the_high_water),
        cmocka_unit_test(test_nothing_is_read_past_the_high_water),
        cmocka_unit_test(test_what_waits_is_read_in_its_order),
        cmocka_unit_test(test_who_does_not_read_is_closed),
        cmocka_unit_test(test_the_defaults),
        cmocka_unit_test(test_pings_do_not_fill_the_queue),
    };
    return cmocka_run_group_tests_name("websocket flow", tests, NULL, NULL);
}
