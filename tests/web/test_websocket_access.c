/* Which pages may open a WebSocket, by their origin; which subprotocol is agreed on; and mistakes
 * in endpoints, which stop the start. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- origins --------------------------------------------------------------------------------- */

#define GOOD                                                                                       \
    "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"                         \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
#define BY_SITE "This request came from another site (so says its Sec-Fetch-Site)"
#define BY_ORIGIN "This request came from another site (so says its Origin)"

static bool note_hook(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    test_note("before");
    return true;
}

static void note_connect(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    test_note("connect");
}

static void view(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "view");
}

typedef struct origin_row {
    const char *intent, *target, *headers;
    int status;
    const char *detail; /* with which the refusal begins */
} origin_row;

static void expect_origins(const bocata_csrf_settings *csrf, const origin_row rows[], size_t count)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);

    if (csrf)
        bocata_app_configure(app, &(bocata_settings){.csrf = csrf});
    bocata_app_before(app, note_hook);
    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_connect = note_connect});
    bocata_app_websocket(
        app, "/any", &(bocata_websocket_handlers){.on_connect = note_connect, .any_origin = true});
    bocata_app_get(app, "/", view);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < count; i++) {
        bocata_field fields[TEST_FIELDS_MAX];
        bocata_client_request request = {.target = rows[i].target, .headers = fields};
        request.header_count = test_fields(rows[i].headers, fields);
        bocata_reply *reply = bocata_client_send(client, &request);
        const char *detail = json_string_value(json_object_get(bocata_reply_json(reply), "detail"));
        if (rows[i].detail && (!detail || strncmp(detail, rows[i].detail, strlen(rows[i].detail))))
            fail_msg("%s: %s", rows[i].intent, detail ? detail : "no detail");
        expect_reply(rows[i].intent, reply, rows[i].status, NULL);
        expect_noted(rows[i].intent, rows[i].status == 101   ? "before; connect"
                                     : rows[i].status == 200 ? "before"
                                                             : "");
    }
    end(client, app);
}

static void test_origins(void **state)
{
    static const origin_row rows[] = {
        {"of this host", "/", GOOD "Origin: http://localhost", 101, NULL},
        {"no browser", "/", GOOD, 101, NULL},
        {"of another", "/", GOOD "Origin: http://evil.example", 403, BY_ORIGIN},
        {"of another port", "/", GOOD "Origin: http://localhost:8080", 403, BY_ORIGIN},
        {"one that begins like it", "/", GOOD "Origin: http://localhost.evil.example", 403,
         BY_ORIGIN},
        {"of no site", "/", GOOD "Origin: null", 403, BY_ORIGIN},
        {"two", "/", GOOD "Origin: http://localhost\nOrigin: http://evil.example", 403, BY_ORIGIN},
        {"the browser says: the same", "/", GOOD "Sec-Fetch-Site: same-origin", 101, NULL},
        {"the browser says: another site", "/",
         GOOD "Origin: http://localhost\nSec-Fetch-Site: cross-site", 403, BY_SITE},
        {"another subdomain", "/", GOOD "Sec-Fetch-Site: same-site", 403, BY_SITE},
        {"the address bar", "/", GOOD "Sec-Fetch-Site: none", 101, NULL},
        {"any may", "/any", GOOD "Origin: http://evil.example", 101, NULL},
        {"whatever the browser says", "/any",
         GOOD "Origin: http://evil.example\nSec-Fetch-Site: cross-site", 101, NULL},
        {"also none", "/any", GOOD "Origin: null", 101, NULL},
        {"a page is open to all", "/", "Origin: http://evil.example\nSec-Fetch-Site: cross-site",
         200, NULL},
    };
    (void)state;
    expect_origins(NULL, rows, sizeof rows / sizeof *rows);
}

static void test_trusted_origins(void **state)
{
    static const char *const trusted[] = {"https://app.example.org", "http://localhost:3000"};
    static const bocata_csrf_settings csrf = {.trusted_origins = trusted,
                                              .trusted_origin_count = 2};
    static const origin_row rows[] = {
        {"the first", "/", GOOD "Origin: https://app.example.org", 101, NULL},
        {"the second, cross-site", "/",
         GOOD "Origin: http://localhost:3000\nSec-Fetch-Site: cross-site", 101, NULL},
        {"this host still", "/", GOOD "Origin: http://localhost", 101, NULL},
        {"without TLS it is another", "/", GOOD "Origin: http://app.example.org", 403, BY_ORIGIN},
        {"its subdomain", "/", GOOD "Origin: https://x.app.example.org", 403, BY_ORIGIN},
    };
    (void)state;
    expect_origins(&csrf, rows, sizeof rows / sizeof *rows);
}

static void test_csrf_off_does_not_turn_it_off(void **state)
{
    static const bocata_csrf_settings csrf = {.off = true};
    static const origin_row rows[] = {
        {"another site", "/", GOOD "Origin: http://evil.example", 403, BY_ORIGIN},
        {"as the browser says", "/", GOOD "Sec-Fetch-Site: cross-site", 403, BY_SITE},
        {"this one", "/", GOOD "Origin: http://localhost", 101, NULL},
        {"any may", "/any", GOOD "Origin: http://evil.example", 101, NULL},
    };
    (void)state;
    expect_origins(&csrf, rows, sizeof rows / sizeof *rows);
}

/* A page that is refused cannot read why. */
static void test_the_log_says_which_origin_was_refused(void **state)
{
    static const bocata_field evil = {{"Origin", 6}, {"http://evil.example", 19}};
    static const char line[] =
        "A WebSocket was refused to the origin 'http://evil.example' at the host 'localhost': "
        "trust "
        "it in `csrf.trusted_origins`, or let the proxy leave Host as it is.\n";
    const bocata_client_request request = {.target = "/", .headers = &evil, .header_count = 1};
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){0});
    bocata_client *client = test_client_new(app);
    bocata_client_set_time(client, TEST_NOW);
    for (int i = 0; i < 3; i++)
        bocata_client_socket_free(bocata_client_websocket_send(client, &request));
    assert_string_equal(log.text, line);
    bocata_client_set_time(client, TEST_NOW + 1);
    bocata_client_socket_free(bocata_client_websocket_send(client, &request));
    assert_int_equal(log.len, 2 * strlen(line));
    end(client, app);
}

/* A page has no way to set X-CSRF-Token for a WebSocket. */
static void test_no_token_is_asked_for(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_secret *secret = bocata_secret_new(TEST_SECRET, strlen(TEST_SECRET));
    (void)state;

    bocata_app_configure(
        app, &(bocata_settings){.sessions = &(bocata_session_settings){.secret_key = secret},
                                .csrf = &(bocata_csrf_settings){.tokens_required = true}});
    bocata_secret_free(secret);
    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){0});
    bocata_client *client = test_client_new(app);
    bocata_client_socket_free(test_open(client, "/"));
    end(client, app);
}

/* ---- the in-process client's own headers ----------------------------------------------------- */

static void note_headers(bocata_request *req, bocata_response *res)
{
    bocata_str origin = bocata_request_header(req, "Origin");
    bocata_str key = bocata_request_header(req, "Sec-WebSocket-Key");
    (void)res;
    test_note("%.*s %.*s", (int)origin.len, origin.ptr, (int)key.len, key.ptr);
}

static void test_the_client_adds_what_is_missing(void **state)
{
    static const struct {
        const char *intent, *headers;
        bool is_https;
        int status;
        const char *noted;
    } rows[] = {
        {"all", NULL, false, 101, "http://localhost dGhlIHNhbXBsZSBub25jZQ=="},
        {"over TLS", NULL, true, 101, "https://localhost dGhlIHNhbXBsZSBub25jZQ=="},
        {"another key", "sec-websocket-key: AQIDBAUGBwgJCgsMDQ4PEA==", false, 101,
         "http://localhost AQIDBAUGBwgJCgsMDQ4PEA=="},
        {"another origin", "Origin: http://evil.example", false, 403, ""},
        {"another version", "Sec-WebSocket-Version: 12", false, 426, ""},
        {"another Connection", "Connection: close", false, 400, ""},
        {"another Upgrade", "Upgrade: h2c", false, 426, ""},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_connect = note_headers});
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_set_https(client, rows[i].is_https);
        bocata_client_socket *socket = test_handshake(client, "/", rows[i].headers);
        if (bocata_reply_status(bocata_client_socket_reply(socket)) != rows[i].status ||
            bocata_client_socket_is_open(socket) != (rows[i].status == 101))
            fail_msg("%s: %d", rows[i].intent,
                     bocata_reply_status(bocata_client_socket_reply(socket)));
        bocata_client_socket_free(socket);
        expect_noted(rows[i].intent, rows[i].noted);
    }
    end(client, app);
}

static void test_what_is_no_request(void **state)
{
    bocata_field many[98];
    bocata_client_request request = {.target = "/", .headers = many, .header_count = 98};
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    for (size_t i = 0; i < 98; i++)
        many[i] = (bocata_field){bocata_str_of("X-Many"), bocata_str_of("x")};
    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){0});
    bocata_client *client = test_client_new(app);
    assert_null(bocata_client_websocket(NULL, "/"));
    assert_null(bocata_client_websocket(client, NULL));
    assert_null(bocata_client_websocket_send(client, NULL));
    assert_null(bocata_client_websocket_send(client, &request));
    request.header_count = 94;
    assert_null(bocata_client_websocket_send(client, &request));
    request.header_count = 93; /* and five that are missing */
    bocata_client_socket *socket = bocata_client_websocket_send(client, &request);
    assert_true(bocata_client_socket_is_open(socket));
    bocata_client_socket_free(socket);
    bocata_client_socket_free(NULL);
    assert_null(bocata_client_socket_reply(NULL));
    assert_false(bocata_client_socket_is_open(NULL));
    assert_int_equal(bocata_client_socket_send_text(NULL, "x"), BOCATA_E_INVALID);
    assert_int_equal(bocata_client_socket_next(NULL), BOCATA_CLIENT_NOTHING);
    end(client, app);
}

/* ---- subprotocols ---------------------------------------------------------------------------- */

static void tell_subprotocol(bocata_websocket *ws)
{
    const char *subprotocol = bocata_websocket_subprotocol(ws);
    test_note("%s", subprotocol ? subprotocol : "none");
}

static void test_subprotocols(void **state)
{
    static const struct {
        const char *intent, *headers, *agreed;
    } rows[] = {
        {"not asked for", NULL, NULL},
        {"one", "Sec-WebSocket-Protocol: chat.v1", "chat.v1"},
        {"the client's first", "Sec-WebSocket-Protocol: chat.v1, chat.v2", "chat.v1"},
        {"the first that is served", "Sec-WebSocket-Protocol: mqtt, chat.v2", "chat.v2"},
        {"in two headers", "Sec-WebSocket-Protocol: mqtt\nSec-WebSocket-Protocol: chat.v1",
         "chat.v1"},
        {"none of them", "Sec-WebSocket-Protocol: mqtt", NULL},
        {"case matters", "Sec-WebSocket-Protocol: CHAT.V1", NULL},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    char names[2][8] = {"chat.v2", "chat.v1"};
    const char *const copied[] = {names[0], names[1]};
    (void)state;

    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){.on_open = tell_subprotocol,
                                                      .subprotocols = copied,
                                                      .subprotocol_count = 2});
    memset(names, 'x', sizeof names); /* they are copied */
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_socket *socket = test_handshake(client, "/", rows[i].headers);
        assert_true(bocata_client_socket_is_open(socket));
        bocata_str got =
            bocata_reply_header(bocata_client_socket_reply(socket), "Sec-WebSocket-Protocol");
        if (rows[i].agreed ? !bocata_str_is(got, rows[i].agreed) : got.ptr != NULL)
            fail_msg("%s: %.*s", rows[i].intent, (int)got.len, got.ptr);
        expect_noted(rows[i].intent, rows[i].agreed ? rows[i].agreed : "none");
        bocata_client_socket_free(socket);
    }
    end(client, app);
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static void test_mistakes_stop_the_start(void **state)
{
    static const char *const good[] = {"chat"}, *const spaced[] = {"chat", "two words"},
                             *const empty[] = {""}, *const missing[] = {NULL};
    static const struct {
        const char *intent, *pattern;
        bocata_websocket_handlers handlers;
        const char *error; /* NULL for none */
    } rows[] = {
        {"nothing at all", "/a", {0}, NULL},
        {"all that may be",
         "/a",
         {.subprotocols = good,
          .subprotocol_count = 1,
          .message_len_max = 1 << 30,
          .high_water_len = 10,
          .buffered_len_max = 10,
          .expiring_lead_s = BOCATA_MAX_AGE_MAX_S,
          .deflate_server_window_bits = 9,
          .deflate_client_window_bits = 15},
         NULL},
        {"a pattern", "a", {0}, "The route 'a' is not valid: it must start with '/'."},
        {"a pattern that is NULL", NULL, {0}, "The route '' is not valid: "},
        {"a window of 8 bits",
         "/a",
         {.deflate_server_window_bits = 8},
         "The route '/a' is not valid: a window of `deflate` has 9 to 15 bits."},
        {"of 16",
         "/a",
         {.deflate_client_window_bits = 16},
         "The route '/a' is not valid: a window of `deflate` has 9 to 15 bits."},
        {"a subprotocol that is no token",
         "/a",
         {.subprotocols = spaced, .subprotocol_count = 2},
         "The route '/a' is not valid: a subprotocol is a token"},
        {"an empty one",
         "/a",
         {.subprotocols = empty, .subprotocol_count = 1},
         "The route '/a' is not valid: a subprotocol is a token"},
        {"NULL",
         "/a",
         {.subprotocols = missing, .subprotocol_count = 1},
         "The route '/a' is not valid: a subprotocol is a token"},
        {"an array without its count",
         "/a",
         {.subprotocols = empty},
         "The route '/a' is not valid: `subprotocols` and its count do not fit together."},
        {"a count alone",
         "/a",
         {.subprotocol_count = 1},
         "The route '/a' is not valid: `subprotocols` and its count do not fit together."},
        {"messages of more than 1 GiB",
         "/a",
         {.message_len_max = (1 << 30) + 1},
         "The route '/a' is not valid: `message_len_max` is more than 1 GiB."},
        {"a high water that is never reached",
         "/a",
         {.high_water_len = 101, .buffered_len_max = 100},
         "The route '/a' is not valid: `high_water_len` is more than `buffered_len_max`."},
        {"the same by the default",
         "/a",
         {.high_water_len = (2 << 20) + 1},
         "The route '/a' is not valid: `high_water_len` is more than `buffered_len_max`."},
        {"a lead that is negative",
         "/a",
         {.expiring_lead_s = -1},
         "The route '/a' is not valid: `expiring_lead_s` is not of 0 to 34560000 seconds."},
        {"or too long",
         "/a",
         {.expiring_lead_s = BOCATA_MAX_AGE_MAX_S + 1},
         "The route '/a' is not valid: `expiring_lead_s` is not of 0 to 34560000 seconds."},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = test_app_new(&log, NULL);
        bocata_app_websocket(app, rows[i].pattern, &rows[i].handlers);
        const char *error = bocata_app_error(app);
        if (rows[i].error ? !error || strncmp(error, rows[i].error, strlen(rows[i].error)) != 0
                          : error != NULL)
            fail_msg("%s: %s", rows[i].intent, error ? error : "no error");
        bocata_client *client = bocata_client_new(app);
        assert_int_equal(client != NULL, rows[i].error == NULL);
        end(client, app);
    }
}

static void test_handlers_of_another_version(void **state)
{
    struct {
        bocata_websocket_handlers known;
        void *later;
    } newer = {.known = {.on_connect = note_connect}};
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket_sized(app, "/newer", &newer.known, sizeof newer);
    bocata_app_websocket_sized(app, "/older", &(bocata_websocket_handlers){.message_len_max = 1},
                               offsetof(bocata_websocket_handlers, message_len_max));
    assert_null(bocata_app_error(app));
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/older");
    assert_int_equal(bocata_client_socket_send_text(socket, "longer than 1"), BOCATA_OK);
    expect_next("its limit was not read", socket, "close 1003 no message is expected here");
    bocata_client_socket_free(socket);
    end(client, app);

    newer.later = &log;
    app = test_app_new(&log, NULL);
    bocata_app_websocket_sized(app, "/", &newer.known, sizeof newer);
    assert_non_null(bocata_app_error(app));
    bocata_app_free(app);
    app = test_app_new(&log, NULL);
    bocata_app_websocket(app, "/", NULL);
    assert_string_equal(bocata_app_error(app), "The handlers of the WebSocket '/' are NULL.");
    bocata_app_free(app);
    bocata_app_websocket(NULL, "/", &(bocata_websocket_handlers){0});
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_trusted_origins),
        cmocka_unit_test(test_csrf_off_does_not_turn_it_off),
        cmocka_unit_test(test_the_log_says_which_origin_was_refused),
        cmocka_unit_test(test_no_token_is_asked_for),
        cmocka_unit_test(test_the_client_adds_what_is_missing),
        cmocka_unit_test(test_what_is_no_request),
        cmocka_unit_test(test_subprotocols),
        cmocka_unit_test(test_mistakes_stop_the_start),
        cmocka_unit_test(test_handlers_of_another_version),
    };
    return cmocka_run_group_tests_name("websocket access", tests, NULL, NULL);
}
