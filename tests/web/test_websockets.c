/* The opening of WebSockets: who is let in, what the answer says, and what a socket knows of it
 * afterwards. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

#define GOOD                                                                                       \
    "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"                         \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

static void note_open(bocata_websocket *ws)
{
    (void)ws;
    test_note("open");
}

static void note_close(bocata_websocket *ws, int code, bocata_str reason)
{
    (void)ws;
    test_note("close %d %.*s", code, (int)reason.len, reason.ptr);
}

static void echo(bocata_websocket *ws, bocata_message *message)
{
    bocata_websocket_send_str(ws, bocata_message_text(message));
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- accepting and rejecting ----------------------------------------------------------------- */

/* Does what the query's `do` says. */
static void decide(bocata_request *req, bocata_response *res)
{
    bocata_str what = bocata_fields_get(bocata_request_query(req), "do");

    test_note("connect");
    if (bocata_str_is(what, "error"))
        bocata_response_error(res, 404, "There is no such room.");
    else if (bocata_str_is(what, "status"))
        bocata_response_status(res, 401);
    else if (bocata_str_is(what, "200"))
        bocata_response_status(res, 200);
    else if (bocata_str_is(what, "status and body")) {
        bocata_response_status(res, 402);
        bocata_response_text(res, "pay first");
    } else if (bocata_str_is(what, "redirect"))
        bocata_response_redirect(res, 303, "/login");
    else if (bocata_str_is(what, "body"))
        bocata_response_text(res, "hello");
    else if (bocata_str_is(what, "bad header"))
        bocata_response_header(res, "bad name", "x");
    else if (bocata_str_is(what, "header"))
        bocata_response_header(res, "X-Room", "7");
}

static bool stop_strangers(bocata_request *req, bocata_response *res)
{
    test_note("before");
    if (!bocata_request_header(req, "X-Stop").ptr)
        return true;
    bocata_response_error(res, 403, "Stop.");
    return false;
}

static void add_hook_header(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "X-Hook", "1");
}

static void test_who_is_let_in(void **state)
{
    static const struct {
        const char *intent, *target, *headers;
        int status;
        const char *body, *noted;
    } rows[] = {
        {"nothing is said", "/", NULL, 101, "", "before; connect; open; close 1006 "},
        {"a header", "/?do=header", NULL, 101, "", "before; connect; open; close 1006 "},
        {"an error", "/?do=error", NULL, 404,
         "{\"error\":\"404 Not Found\",\"status\":404,\"detail\":\"There is no such room.\"}",
         "before; connect"},
        {"a status", "/?do=status", NULL, 401, "", "before; connect"},
        {"also one that is no failure", "/?do=200", NULL, 200, "", "before; connect"},
        {"a status and a body", "/?do=status+and+body", NULL, 402, "pay first", "before; connect"},
        {"a redirect", "/?do=redirect", NULL, 303, "", "before; connect"},
        {"a body alone is a mistake", "/?do=body", NULL, 500,
         "{\"error\":\"500 Internal Server Error\",\"status\":500}", "before; connect"},
        {"as is a bad header", "/?do=bad+header", NULL, 500,
         "{\"error\":\"500 Internal Server Error\",\"status\":500}", "before; connect"},
        {"a hook rejects", "/", "X-Stop: 1", 403,
         "{\"error\":\"403 Forbidden\",\"status\":403,\"detail\":\"Stop.\"}", "before"},
        {"a bad handshake", "/", "Sec-WebSocket-Version: 8", 426, NULL, "before"},
        {"without on_connect", "/bare", NULL, 101, "", "before"},
        {"no route", "/nothing", NULL, 404, NULL, "before"},
        {"a parameter of another type", "/n/x", NULL, 400, NULL, "before"},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){
                             .on_connect = decide, .on_open = note_open, .on_close = note_close});
    bocata_app_websocket(app, "/bare", &(bocata_websocket_handlers){0});
    bocata_app_websocket(app, "/n/{id:int}", &(bocata_websocket_handlers){0});
    bocata_app_before(app, stop_strangers);
    bocata_app_after(app, add_hook_header);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_socket *socket = test_handshake(client, rows[i].target, rows[i].headers);
        const bocata_reply *reply = bocata_client_socket_reply(socket);
        bocata_str body = bocata_reply_body(reply);
        if (bocata_reply_status(reply) != rows[i].status ||
            bocata_client_socket_is_open(socket) != (rows[i].status == 101) ||
            (rows[i].body && !bocata_str_is(body, rows[i].body)))
            fail_msg("%s: %d %.*s", rows[i].intent, bocata_reply_status(reply), (int)body.len,
                     body.ptr);
        assert_true(bocata_str_is(bocata_reply_header(reply, "X-Hook"), "1"));
        if (rows[i].status != 101) {
            expect_next(rows[i].intent, socket, "nothing");
            assert_int_equal(bocata_client_socket_send_text(socket, "x"), BOCATA_E_INVALID);
            assert_int_equal(bocata_client_socket_close(socket, 1000, NULL), BOCATA_E_INVALID);
        }
        bocata_client_socket_free(socket);
        expect_noted(rows[i].intent, rows[i].noted);
    }
    assert_string_equal(log.text,
                        "GET /: 500, because it accepted a WebSocket, and wrote a body: a "
                        "rejection sets a status too.\n"
                        "GET /: 500, because a header's name is not a token (RFC 9110 5.6.2).\n");
    end(client, app);
}

static void test_what_the_answer_says(void **state)
{
    static const struct {
        const char *intent, *name, *value;
    } rows[] = {
        {"the protocol", "Upgrade", "websocket"},
        {"that the key was read (RFC 6455 1.3)", "Sec-WebSocket-Accept",
         "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
        {"a header of on_connect", "X-Room", "7"},
        {"no body", "Content-Type", NULL},
        {"no subprotocol", "Sec-WebSocket-Protocol", NULL},
        {"no extension", "Sec-WebSocket-Extensions", NULL},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_connect = decide});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/?do=header");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_str got = bocata_reply_header(bocata_client_socket_reply(socket), rows[i].name);
        if (rows[i].value ? !bocata_str_is(got, rows[i].value) : got.ptr != NULL)
            fail_msg("%s: %.*s", rows[i].intent, (int)got.len, got.ptr);
    }
    expect_noted("once", "connect");
    bocata_client_socket_free(socket);
    end(client, app);
}

static void test_handshakes_that_are_none(void **state)
{
    static const struct {
        const char *intent, *method, *headers;
        int status;
        const char *name, *value; /* a header of the answer */
    } rows[] = {
        {"a good one", "GET", GOOD, 101, "Upgrade", "websocket"},
        {"no Upgrade", "GET", NULL, 426, "Upgrade", "websocket"},
        {"which says the version too", "GET", NULL, 426, "Sec-WebSocket-Version", "13"},
        {"another protocol", "GET", "Upgrade: h2c\nConnection: Upgrade", 426, "Upgrade",
         "websocket"},
        {"another version", "GET",
         "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 8\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
         426, "Sec-WebSocket-Version", "13"},
        {"no Connection", "GET",
         "Upgrade: websocket\nSec-WebSocket-Version: 13\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
         400, NULL, NULL},
        {"no key", "GET", "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13", 400,
         NULL, NULL},
        {"two keys", "GET", GOOD "\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", 400, NULL, NULL},
        {"a subprotocol that is no token", "GET", GOOD "\nSec-WebSocket-Protocol: a b", 400, NULL,
         NULL},
        {"POST", "POST", GOOD, 405, "Allow", "GET"},
        {"POST without asking", "POST", NULL, 405, "Allow", "GET"},
        {"HEAD", "HEAD", GOOD, 405, "Allow", "GET"},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_open = note_open});
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_field fields[TEST_FIELDS_MAX];
        bocata_client_request request = {
            .method = rows[i].method, .target = "/", .headers = fields};
        request.header_count = test_fields(rows[i].headers, fields);
        bocata_reply *reply = bocata_client_send(client, &request);
        bocata_str got = bocata_reply_header(reply, rows[i].name ? rows[i].name : "Allow");
        if (rows[i].value ? !bocata_str_is(got, rows[i].value) : got.ptr != NULL)
            fail_msg("%s: %.*s", rows[i].intent, (int)got.len, got.ptr);
        expect_reply(rows[i].intent, reply, rows[i].status, NULL);
        expect_noted(rows[i].intent, ""); /* nobody has opened it */
    }
    end(client, app);
}

static void page(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "page");
}

static void test_a_view_may_have_the_same_pattern(void **state)
{
    static const struct {
        const char *intent, *target;
        int asking_status;
        const char *method;
        int status;
    } rows[] = {
        {"the view first", "/view-first", 101, "GET", 200},
        {"the endpoint first", "/endpoint-first", 101, "GET", 200},
        {"for every method of the view", "/form", 101, "POST", 200},
        {"and for no other", "/form", 101, "GET", 405},
        {"a view without an endpoint answers both", "/view", 200, "GET", 200},
        {"a parameter there, a literal here", "/rooms/one", 101, "GET", 200},
    };
    const bocata_websocket_handlers none = {0};
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_get(app, "/view-first", page);
    bocata_app_websocket(app, "/view-first", &none);
    bocata_app_websocket(app, "/endpoint-first", &none);
    bocata_app_get(app, "/endpoint-first", page);
    bocata_app_post(app, "/form", page);
    bocata_app_websocket(app, "/form", &none);
    bocata_app_get(app, "/view", page);
    bocata_app_get(app, "/rooms/{name}", page);
    bocata_app_websocket(app, "/rooms/one", &none);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_socket *socket = test_handshake(client, rows[i].target, NULL);
        int status = bocata_reply_status(bocata_client_socket_reply(socket));
        if (status != rows[i].asking_status)
            fail_msg("%s: %d", rows[i].intent, status);
        bocata_client_socket_free(socket);
        expect(rows[i].intent, client, rows[i].method, rows[i].target, rows[i].status,
               rows[i].status == 200 ? "page" : NULL);
    }
    end(client, app);
}

/* ---- later ----------------------------------------------------------------------------------- */

static bocata_response *waiting;

static void note_gone(bocata_response *response, void *user)
{
    (void)response, (void)user;
    test_note("gone");
}

static void ask_somebody(bocata_request *req, bocata_response *res)
{
    (void)req;
    test_note("connect");
    waiting = res;
    bocata_response_defer(res, note_gone, NULL);
}

static void test_a_handshake_that_is_answered_later(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){.on_connect = ask_somebody,
                                                      .on_open = note_open,
                                                      .on_message = echo,
                                                      .on_close = note_close});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_handshake(client, "/", NULL);
    assert_true(bocata_reply_is_pending(bocata_client_socket_reply(socket)));
    assert_false(bocata_client_socket_is_open(socket));
    assert_int_equal(bocata_client_socket_send_text(socket, "early"), BOCATA_E_INVALID);
    expect_next("it waits", socket, "nothing");
    expect_noted("it waits", "connect");
    bocata_response_finish(waiting);
    expect_noted("accepted", "open");
    assert_int_equal(bocata_reply_status(bocata_client_socket_reply(socket)), 101);
    say(socket, "now");
    expect_next("it is open", socket, "text now");
    bocata_client_socket_free(socket);
    expect_noted("lost", "close 1006 ");

    socket = test_handshake(client, "/", NULL);
    bocata_response_error(waiting, 403, NULL);
    bocata_response_finish(waiting);
    assert_int_equal(bocata_reply_status(bocata_client_socket_reply(socket)), 403);
    assert_false(bocata_client_socket_is_open(socket));
    bocata_client_socket_free(socket);
    expect_noted("rejected", "connect");

    socket = test_handshake(client, "/", NULL);
    bocata_client_socket_free(socket);
    expect_noted("the client does not wait", "connect; gone");
    bocata_response_finish(waiting);
    expect_noted("so nothing opens", "");
    end(client, app);
}

static void close_at_once(bocata_websocket *ws)
{
    test_note("open");
    bocata_websocket_send_text(ws, "not now");
    bocata_websocket_close(ws, BOCATA_CLOSE_TRY_AGAIN_LATER, "busy");
}

static void test_on_open_may_send_and_close(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(
        app, "/", &(bocata_websocket_handlers){.on_open = close_at_once, .on_close = note_close});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    expect_noted("the client has not answered", "open");
    expect_next("what was sent before comes first", socket, "text not now");
    expect_next("then the end", socket, "close 1013 busy");
    expect_noted("which the client has answered", "close 1013 busy");
    assert_false(bocata_client_socket_is_open(socket));
    expect_next("again and again", socket, "close 1013 busy");
    bocata_client_socket_free(socket);
    expect_noted("once", "");
    end(client, app);
}

/* ---- what a socket knows --------------------------------------------------------------------- */

static char app_data[] = "app's", endpoint_data[] = "endpoint's", user[] = "user";

static void tell_user(bocata_request *req, bocata_response *res)
{
    (void)res;
    bocata_request_set_user(req, user);
}

/* What is asked for as "param name", "query q", "header X-One", or by its own name. */
static bocata_str find(bocata_websocket *ws, const char *question)
{
    bocata_request *req = bocata_websocket_request(ws);
    const char *name = strchr(question, ' ');
    const struct {
        const char *question;
        bocata_str answer;
    } known[] = {
        {"cookie", bocata_request_cookie(req, "c")},
        {"method", bocata_request_method(req)},
        {"target", bocata_request_target(req)},
        {"path", bocata_request_path(req)},
        {"host", bocata_request_host(req)},
        {"scheme", bocata_request_scheme(req)},
        {"client", bocata_request_client(req)},
        {"body", bocata_request_body(req)},
        {"data", bocata_str_of(bocata_websocket_data(ws))},
        {"app-data", bocata_str_of(bocata_request_app_data(req))},
        {"user", bocata_str_of(bocata_websocket_user(ws))},
        {"session", bocata_str_of(bocata_websocket_session(ws) ? "one" : NULL)},
    };

    if (name && strncmp(question, "param", 5) == 0)
        return bocata_request_param(req, name + 1);
    if (name && strncmp(question, "query", 5) == 0)
        return bocata_fields_get(bocata_request_query(req), name + 1);
    if (name && strncmp(question, "header", 6) == 0)
        return bocata_request_header(req, name + 1);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].question, question) == 0)
            return known[i].answer;
    return bocata_str_of("what?");
}

static void tell(bocata_websocket *ws, bocata_message *message)
{
    const bocata_request *req = bocata_websocket_request(ws);
    bocata_str bytes = bocata_message_text(message);
    char question[64], numbers[64];

    snprintf(question, sizeof question, "%.*s", (int)bytes.len, bytes.ptr);
    if (strcmp(question, "numbers") == 0) {
        snprintf(numbers, sizeof numbers, "%lld %g", (long long)bocata_request_param_int(req, "id"),
                 bocata_request_param_real(req, "x"));
        bocata_websocket_send_text(ws, numbers);
        return;
    }
    bocata_str answer = find(ws, question);
    bocata_websocket_send_str(ws, answer.ptr ? answer : bocata_str_of("(none)"));
}

static void test_what_a_socket_knows_long_after_its_handshake(void **state)
{
    static const struct {
        const char *intent, *question, *answer;
    } rows[] = {
        {"a parameter, decoded", "param name", "a/b"},
        {"the rest of the path", "param rest", "c/d"},
        {"numbers", "numbers", "-7 2.5"},
        {"no parameter of that name", "param nothing", "(none)"},
        {"the query", "query q", "x y"},
        {"a query without a value", "query empty", ""},
        {"a header", "header X-One", "1"},
        {"the host", "host", "localhost"},
        {"no Cookie, which is a secret", "header Cookie", "(none)"},
        {"nor a cookie of it", "cookie", "(none)"},
        {"nothing that only made the handshake", "header Sec-WebSocket-Key", "(none)"},
        {"the page's origin", "header Origin", "https://localhost"},
        {"the method", "method", "GET"},
        {"the path, decoded", "path", "/at/a/b/-7/2.5/c/d"},
        {"the target, as sent", "target", "/at/a%2Fb/-7/2.5/c/d?q=x+y&empty="},
        {"the scheme", "scheme", "https"},
        {"the client", "client", "127.0.0.1:0"},
        {"no body", "body", "(none)"},
        {"the endpoint's data", "data", "endpoint's"},
        {"the application's", "app-data", "app's"},
        {"the user pointer", "user", "user"},
        {"no session", "session", "(none)"},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, app_data);
    (void)state;

    bocata_app_get(app, "/page", page);
    bocata_app_websocket(app, "/at/{name}/{id:int}/{x:real}/{rest:path}",
                         &(bocata_websocket_handlers){
                             .on_connect = tell_user, .on_message = tell, .data = endpoint_data});
    bocata_client *client = test_client_new(app);
    bocata_client_set_https(client, true);
    assert_int_equal(bocata_client_set_cookie(client, "c", "secret"), BOCATA_OK);
    bocata_client_socket *socket =
        test_handshake(client, "/at/a%2Fb/-7/2.5/c/d?q=x+y&empty=", "X-One: 1\nCookie: c=2");
    assert_true(bocata_client_socket_is_open(socket));
    for (int i = 0; i < 20; i++) /* the memory of the handshake serves others */
        expect("a page", client, "GET", "/page", 200, "page");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char answer[256];
        say(socket, rows[i].question);
        snprintf(answer, sizeof answer, "text %s", rows[i].answer);
        expect_next(rows[i].intent, socket, answer);
    }
    bocata_client_socket_free(socket);
    end(client, app);
}

static const bocata_app *expected_app;

static void note_pointers(bocata_websocket *ws)
{
    assert_ptr_equal(bocata_websocket_app(ws), expected_app);
    assert_ptr_equal(bocata_websocket_data(ws), app_data);
    assert_null(bocata_websocket_user(ws));
    bocata_websocket_set_user(ws, user);
    assert_ptr_equal(bocata_websocket_user(ws), user);
    assert_null(bocata_websocket_subprotocol(ws));
    test_note("checked");
}

static void test_its_pointers(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, app_data);
    (void)state;

    expected_app = app;
    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_open = note_pointers});
    bocata_client *client = test_client_new(app);
    bocata_client_socket_free(test_open(client, "/"));
    expect_noted("all", "checked");
    end(client, app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_let_in),
        cmocka_unit_test(test_what_the_answer_says),
        cmocka_unit_test(test_handshakes_that_are_none),
        cmocka_unit_test(test_a_view_may_have_the_same_pattern),
        cmocka_unit_test(test_a_handshake_that_is_answered_later),
        cmocka_unit_test(test_on_open_may_send_and_close),
        cmocka_unit_test(test_what_a_socket_knows_long_after_its_handshake),
        cmocka_unit_test(test_its_pointers),
    };
    return cmocka_run_group_tests_name("websockets", tests, NULL, NULL);
}
