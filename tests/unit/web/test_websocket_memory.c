/* The n-th allocation fails, for each n, while a WebSocket is opened and used: nothing crashes,
 * nothing leaks, no handler is called without its counterpart, and the next socket works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bocata.h>

#pragma GCC visibility push(default) /* libbocata-session.so is linked too, and calls them */
#include "failing_memory.h"
#pragma GCC visibility pop
#include "web/client.h"

#define NOW 1700000000

static size_t open_count, close_count, answered_count;
static int last_code;               /* that on_close was told */
static bocata_websocket *last_open; /* NULL once on_close was called */

static void on_connect(bocata_request *req, bocata_response *res)
{
    bocata_session_set_int(bocata_request_session(req), "n", 1);
    bocata_response_header(res, "X-One", "1");
    bocata_request_set_user(req, &open_count);
}

static void on_open(bocata_websocket *ws)
{
    open_count++;
    last_open = ws;
    assert_ptr_equal(bocata_websocket_user(ws), &open_count);
    bocata_status status = bocata_websocket_join(ws, "room");
    assert_true(status == BOCATA_OK || status == BOCATA_E_NOMEM);
}

static void on_message(bocata_websocket *ws, bocata_message *message)
{
    const char *text;
    if (!bocata_message_unpack(message, "{s:s}", "text", &text))
        return;
    answered_count++;
    assert_string_equal(text, "hello");
    json_t *json = json_pack("{s:s}", "got", text);
    if (!json)
        return;
    bocata_status status = bocata_websocket_send_json(ws, json);
    assert_true(status == BOCATA_OK || status == BOCATA_E_NOMEM);
    if (status != BOCATA_OK) /* a socket that lost a message is closed */
        assert_int_equal(bocata_websocket_join(ws, "another"), BOCATA_E_INVALID);
    status = bocata_app_broadcast_text(bocata_websocket_app(ws), "room", "to all");
    assert_true(status == BOCATA_OK || status == BOCATA_E_NOMEM);
}

static void on_close(bocata_websocket *ws, int code, bocata_str reason)
{
    (void)ws, (void)reason;
    close_count++;
    last_open = NULL;
    last_code = code;
}

static void ignore(bocata_log_level level, const char *message, void *user)
{
    (void)level, (void)message, (void)user;
}

static bocata_app *app_new(void)
{
    bocata_app *app = bocata_app_new(NULL);
    bocata_secret *secret = bocata_secret_new("1234", 4);

    assert_non_null(app);
    bocata_app_on_log(app, ignore, NULL);
    bocata_app_configure(
        app, &(bocata_settings){.sessions = &(bocata_session_settings){.secret_key = secret}});
    bocata_secret_free(secret);
    bocata_app_websocket(app, "/rooms/{room}",
                         &(bocata_websocket_handlers){.on_connect = on_connect,
                                                      .on_open = on_open,
                                                      .on_message = on_message,
                                                      .on_close = on_close});
    assert_null(bocata_app_error(app));
    return app;
}

/* True if all of it worked. */
static bool use_a_socket(bocata_client *client)
{
    bocata_client_socket *socket = bocata_client_websocket(client, "/rooms/a?b=c");
    bool is_done = bocata_client_socket_is_open(socket) &&
                   bocata_client_socket_send_text(socket, "{\"text\":\"hello\"}") == BOCATA_OK &&
                   bocata_client_socket_expect_text(socket, "{\"got\":\"hello\"}") &&
                   bocata_client_socket_expect_text(socket, "to all") &&
                   bocata_client_socket_ping(socket, bocata_str_of("p")) == BOCATA_OK &&
                   bocata_client_socket_next(socket) == BOCATA_CLIENT_PONG &&
                   bocata_client_socket_close(socket, 1000, "bye") == BOCATA_OK &&
                   bocata_client_socket_expect_close(socket, 1000);

    bocata_client_socket_free(socket);
    return is_done;
}

static void each_allocation_may_fail(void **state)
{
    bool all_that_follow = *state != NULL;
    bocata_app *app = app_new();
    bocata_client *client = bocata_client_new(app);
    size_t failures = 0;

    assert_non_null(client);
    bocata_client_set_time(client, NOW);
    for (bool has_failed = true; has_failed; failures++) {
        open_count = close_count = 0;
        bocata_client_clear_cookies(client);
        allocations_until_failure = failures + 1;
        all_fail_from_there = all_that_follow;
        bool is_done = use_a_socket(client);
        has_failed = allocations_until_failure <= all_that_follow;
        allocations_until_failure = 0;
        all_fail_from_there = false;
        assert_true(is_done || has_failed); /* some can be done without */
        assert_int_equal(close_count, open_count);
        assert_int_equal(bocata_app_group_size(app, "room"), 0);
        assert_null(client->runtime.exchanges); /* which would last as long as the client */
        assert_true(use_a_socket(client));
    }
    assert_in_range(failures, 15, 200);
    bocata_client_free(client);
    bocata_app_free(app);
}

/* A socket that closes for want of memory, with nobody asking for it, has left its groups and that
 * of its session: else the log-out, which closes what is in there until it is empty, would not end.
 */
static void a_ping_without_memory(void **state)
{
    bocata_app *app = app_new();
    bocata_client *client = bocata_client_new(app);
    size_t failures = 0, closing_count = 0;
    bool has_failed = true;
    (void)state;

    assert_non_null(client);
    for (; has_failed; failures++) {
        bocata_client_socket *socket = bocata_client_websocket(client, "/rooms/a");
        assert_true(bocata_client_socket_is_open(socket));
        allocations_until_failure = failures + 1;
        bocata_status status = bocata_client_socket_ping(socket, bocata_str_of("p"));
        has_failed = allocations_until_failure == 0;
        allocations_until_failure = 0;
        bool is_open = last_open && bocata_websocket_send_text(last_open, "?") == BOCATA_OK;
        closing_count += status == BOCATA_OK && !is_open;
        assert_int_equal(bocata_app_group_size(app, "room"), is_open);
        bocata_client_socket_free(socket);
    }
    assert_in_range(failures, 2, 20);
    assert_true(closing_count > 0);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void *allocate_for_jansson(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

/* Good JSON that there is no memory for ends the socket, if not always with the right code: where
 * jansson has no memory for a string, it says that the syntax is wrong. */
static void json_without_memory_is_not_given(void **state)
{
    bocata_app *app = app_new();
    bocata_client *client = bocata_client_new(app);
    size_t failures = 0, internal_error_count = 0;
    bool is_done = false;
    (void)state;

    assert_non_null(client);
    for (; !is_done; failures++) {
        bocata_client_socket *socket = bocata_client_websocket(client, "/rooms/a");
        assert_true(bocata_client_socket_is_open(socket));
        answered_count = 0;
        last_code = 0;
        json_set_alloc_funcs(allocate_for_jansson, free);
        allocations_until_failure = failures + 1;
        bocata_status status = bocata_client_socket_send_text(socket, "{\"text\":\"hello\"}");
        is_done = allocations_until_failure > 0;
        allocations_until_failure = 0;
        json_set_alloc_funcs(malloc, free);
        bocata_client_socket_free(socket);
        if (status == BOCATA_OK && answered_count == 0) {
            assert_true(last_code == BOCATA_CLOSE_INTERNAL_ERROR ||
                        last_code == BOCATA_CLOSE_INVALID_DATA);
            internal_error_count += last_code == BOCATA_CLOSE_INTERNAL_ERROR;
        }
    }
    assert_in_range(failures, 5, 100);
    assert_true(internal_error_count > 0);
    bocata_client_free(client);
    bocata_app_free(app);
}

int main(void)
{
    static char and_all_that_follow[] = "";
    const struct CMUnitTest tests[] = {
        {"one allocation fails", each_allocation_may_fail, NULL, NULL, NULL},
        {"all fail from one on", each_allocation_may_fail, NULL, NULL, and_all_that_follow},
        cmocka_unit_test(a_ping_without_memory),
        cmocka_unit_test(json_without_memory_is_not_given),
    };
    return cmocka_run_group_tests_name("websocket memory", tests, NULL, NULL);
}
