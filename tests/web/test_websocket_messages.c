/* What goes over an open WebSocket: messages of each type, pings, the end, and what happens to a
 * client that does not read. */
#include "web_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

static void note_open(bocata_websocket *ws)
{
    (void)ws;
    test_note("open");
}

static void note_close(bocata_websocket *ws, int code, bocata_str reason)
{
    assert_int_equal(bocata_websocket_send_text(ws, "late"), BOCATA_E_INVALID);
    test_note("close %d%s%.*s", code, reason.len ? " " : "", (int)reason.len, reason.ptr);
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void echo_same(bocata_websocket *ws, bocata_message *message)
{
    bocata_str bytes = bocata_message_bytes(message);

    if (bocata_message_is_text(message))
        bocata_websocket_send_str(ws, bocata_message_text(message));
    else
        bocata_websocket_send_binary(ws, bytes.ptr, bytes.len);
}

static void test_messages_come_back_as_they_were(void **state)
{
    static const struct {
        const char *intent;
        bocata_client_event kind;
        size_t len;
        int byte;
    } rows[] = {
        {"a text", BOCATA_CLIENT_TEXT, 5, 'x'},
        {"an empty one", BOCATA_CLIENT_TEXT, 0, 'x'},
        {"bytes", BOCATA_CLIENT_BINARY, 5, 0xff},
        {"no bytes", BOCATA_CLIENT_BINARY, 0, 0},
        {"NULs", BOCATA_CLIENT_BINARY, 3, 0},
        {"the longest of one header byte", BOCATA_CLIENT_TEXT, 125, 'x'},
        {"the shortest of two", BOCATA_CLIENT_TEXT, 126, 'x'},
        {"the longest of two", BOCATA_CLIENT_BINARY, 65535, 'x'},
        {"the shortest of eight", BOCATA_CLIENT_BINARY, 65536, 'x'},
        {"1 MiB", BOCATA_CLIENT_TEXT, MIB, 'x'},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_message = echo_same});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    char *bytes = malloc(MIB + 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memset(bytes, rows[i].byte, rows[i].len);
        bytes[rows[i].len] = '\0';
        if (rows[i].kind == BOCATA_CLIENT_TEXT)
            say(socket, bytes);
        else
            assert_int_equal(bocata_client_socket_send_binary(socket, bytes, rows[i].len),
                             BOCATA_OK);
        bocata_client_event kind = bocata_client_socket_next(socket);
        bocata_str payload = bocata_client_socket_payload(socket);
        if (kind != rows[i].kind || payload.len != rows[i].len ||
            memcmp(payload.ptr, bytes, payload.len + (kind == BOCATA_CLIENT_TEXT)) != 0)
            fail_msg("%s: %d, %zu bytes", rows[i].intent, kind, payload.len);
        expect_next(rows[i].intent, socket, "nothing");
    }
    free(bytes);
    bocata_client_socket_free(socket);
    end(client, app);
}

static void answer_json(bocata_websocket *ws, bocata_message *message)
{
    json_t *json = bocata_message_json(message);
    if (!json)
        return;
    assert_ptr_equal(bocata_message_json(message), json);
    test_note("%s", bocata_websocket_send_json(ws, json_pack("{s:O}", "got", json)) == BOCATA_OK
                        ? "sent"
                        : "not sent");
}

static void test_json_comes_and_goes(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_message = answer_json});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    assert_int_equal(
        bocata_client_socket_send_json(socket, json_pack("{s:[i, b, n]}", "a", 1, true)),
        BOCATA_OK);
    assert_true(bocata_client_socket_expect_json(
        socket, json_pack("{s:{s:[i, b, n]}}", "got", "a", 1, true)));
    say(socket, "3");
    expect_next("a value alone", socket, "text {\"got\":3}");
    say(socket, "\"\xc3\xa9\"");
    assert_false(bocata_client_socket_expect_json(socket, json_pack("{s:s}", "got", "another")));
    assert_int_not_equal(bocata_client_socket_send_json(socket, NULL), BOCATA_OK);
    bocata_client_socket_free(socket);
    expect_noted("all", "sent; sent; sent");
    end(client, app);
}

/* Does what the message says, and notes the status. */
static void obey(bocata_websocket *ws, bocata_message *message)
{
    static char long_text[2 * BOCATA_PING_LEN_MAX];
    bocata_str what = bocata_message_text(message);
    bocata_status status = BOCATA_OK;

    memset(long_text, 'x', sizeof long_text);
    if (bocata_str_is(what, "text"))
        status = bocata_websocket_send_text(ws, "hello");
    else if (bocata_str_is(what, "text that is not UTF-8"))
        status = bocata_websocket_send_text(ws, "\xff");
    else if (bocata_str_is(what, "binary"))
        status = bocata_websocket_send_binary(ws, "\xff", 1);
    else if (bocata_str_is(what, "json that holds itself")) {
        json_t *outer = json_array(), *inner = json_array();
        json_array_append(outer, inner);
        json_array_append(inner, outer);
        status = bocata_websocket_send_json(ws, json_incref(outer));
        json_array_clear(inner);
        json_decref(inner);
        json_decref(outer);
    } else if (bocata_str_is(what, "json without a form"))
        status = bocata_websocket_send_json(ws, json_pack("[o]", json_stringn_nocheck("\xff", 1)));
    else if (bocata_str_is(what, "ping"))
        status = bocata_websocket_ping(ws, bocata_str_of("p"));
    else if (bocata_str_is(what, "empty ping"))
        status = bocata_websocket_ping(ws, (bocata_str){0});
    else if (bocata_str_is(what, "long ping"))
        status = bocata_websocket_ping(ws, (bocata_str){long_text, BOCATA_PING_LEN_MAX});
    else if (bocata_str_is(what, "too long a ping"))
        status = bocata_websocket_ping(ws, (bocata_str){long_text, BOCATA_PING_LEN_MAX + 1});
    test_note("%s", bocata_status_name(status) + strlen("BOCATA_"));
}

static void note_pong(bocata_websocket *ws, bocata_str payload)
{
    (void)ws;
    test_note("pong %.*s", (int)payload.len, payload.ptr);
}

#define X25 "xxxxxxxxxxxxxxxxxxxxxxxxx"
#define X125 X25 X25 X25 X25 X25

static void test_what_may_be_sent(void **state)
{
    static const struct {
        const char *command, *event, *noted;
    } rows[] = {
        {"text", "text hello", "OK"},
        {"text that is not UTF-8", "nothing", "E_INVALID"},
        {"binary", "binary \xff", "OK"},
        {"json that holds itself", "nothing", "E_UNSUPPORTED"},
        {"json without a form", "nothing", "E_UNSUPPORTED"},
        {"ping", "ping p", "OK; pong p"},
        {"empty ping", "ping ", "OK; pong "},
        {"long ping", "ping " X125, "OK; pong " X125},
        {"too long a ping", "nothing", "E_LIMIT"},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){.on_message = obey, .on_pong = note_pong});
    bocata_client *client = test_client_new(app);
    bocata_client_socket *socket = test_open(client, "/");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        say(socket, rows[i].command);
        expect_next(rows[i].command, socket, rows[i].event);
        expect_noted(rows[i].command, rows[i].noted);
        assert_true(bocata_client_socket_is_open(socket));
    }
    assert_int_equal(bocata_client_socket_ping(socket, bocata_str_of("q")), BOCATA_OK);
    expect_next("the client may ask too", socket, "pong q");
    say(socket, "ping");
    say(socket, "text");
    assert_true(bocata_client_socket_expect_text(socket, "hello")); /* the ping is passed over */
    bocata_client_socket_free(socket);
    expect_noted("without a handler for what comes", "OK; OK; pong p");
    end(client, app);
}

/* ---- messages that are none, or not of the type ---------------------------------------------- */

static void want_text(bocata_websocket *ws, bocata_message *message)
{
    bocata_str text = bocata_message_text(message);
    test_note("%s", text.ptr ? "text" : "none");
    if (text.ptr)
        bocata_websocket_send_str(ws, text);
}

static void want_binary(bocata_websocket *ws, bocata_message *message)
{
    bocata_str bytes = bocata_message_binary(message);
    test_note("%s", bytes.ptr ? "binary" : "none");
    if (bytes.ptr)
        bocata_websocket_send_binary(ws, bytes.ptr, bytes.len);
}

static void want_json(bocata_websocket *ws, bocata_message *message)
{
    const json_t *json = bocata_message_json(message);
    test_note("%s", json ? "json" : "none");
    if (json)
        bocata_websocket_send_text(ws, "json");
}

static void want_values(bocata_websocket *ws, bocata_message *message)
{
    const char *text;
    int rank = 0;
    bool is_done = bocata_message_unpack(message, "{s:s, s?i}", "text", &text, "rank", &rank);

    test_note("%s", is_done ? "values" : "none");
    if (is_done)
        bocata_websocket_send_text(ws, text);
}

#define E_ACUTE "\xc3\xa9"
#define E_ACUTES E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE
#define LONG_KEY "abc" E_ACUTES E_ACUTES E_ACUTES E_ACUTES E_ACUTES E_ACUTE /* of 105 bytes */

/* Its key is longer than a reason may be, and is cut between two characters. */
static void want_long_key(bocata_websocket *ws, bocata_message *message)
{
    int value;
    (void)ws;
    test_note("%s", bocata_message_unpack(message, "{s:i}", LONG_KEY E_ACUTES, &value) ? "values"
                                                                                       : "none");
}

static void want_nonsense(bocata_websocket *ws, bocata_message *message)
{
    (void)ws;
    test_note("%s", bocata_message_unpack(message, "{s:?}", "a", NULL) ? "values" : "none");
}

static void test_messages_that_do_not_fit(void **state)
{
    static const struct {
        const char *intent, *target;
        bool is_binary;
        const char *message, *event, *noted;
    } rows[] = {
        {"text for text", "/text", false, "x", "text x", "text"},
        {"an empty text is one", "/text", false, "", "text ", "text"},
        {"binary for text", "/text", true, "x", "close 1003 a text message is expected here",
         "none; close 1003 a text message is expected here"},
        {"bytes for bytes", "/binary", true, "x", "binary x", "binary"},
        {"no bytes are some", "/binary", true, "", "binary ", "binary"},
        {"text for bytes", "/binary", false, "x", "close 1003 a binary message is expected here",
         "none; close 1003 a binary message is expected here"},
        {"JSON", "/json", false, "{}", "text json", "json"},
        {"JSON in a binary message", "/json", true, "{}",
         "close 1003 a text message is expected here",
         "none; close 1003 a text message is expected here"},
        {"half of it", "/json", false, "{\n\"a\": ",
         "close 1007 The message is not JSON: it ends too early, at line 2, column 5.",
         "none; close 1007 The message is not JSON: it ends too early, at line 2, column 5."},
        {"nothing", "/json", false, "",
         "close 1007 The message is not JSON: it ends too early, at line 1, column 0.",
         "none; close 1007 The message is not JSON: it ends too early, at line 1, column 0."},
        {"none", "/json", false, "hello",
         "close 1007 The message is not JSON: the syntax is wrong, at line 1, column 5.",
         "none; close 1007 The message is not JSON: the syntax is wrong, at line 1, column 5."},
        {"a NUL in a string", "/json", false, "\"\\u0000\"",
         "close 1007 The message is not JSON: a string holds a NUL, at line 1, column 8.",
         "none; close 1007 The message is not JSON: a string holds a NUL, at line 1, column 8."},
        {"values", "/values", false, "{\"text\": \"hi\"}", "text hi", "values"},
        {"one is missing", "/values", false, "{}", "close 1007 In the message, `text` is missing.",
         "none; close 1007 In the message, `text` is missing."},
        {"one of another type", "/values", false, "{\"text\": \"hi\", \"rank\": \"1\"}",
         "close 1007 In the message, `rank` is not right: Expected integer, got string.",
         "none; close 1007 In the message, `rank` is not right: Expected integer, got string."},
        {"no object", "/values", false, "[]",
         "close 1007 The message is not right: Expected object, got array.",
         "none; close 1007 The message is not right: Expected object, got array."},
        {"no JSON for values", "/values", false, "{",
         "close 1007 The message is not JSON: it ends too early, at line 1, column 1.",
         "none; close 1007 The message is not JSON: it ends too early, at line 1, column 1."},
        {"more than a reason holds", "/long-key", false, "{}",
         "close 1007 In the message, `" LONG_KEY, "none; close 1007 In the message, `" LONG_KEY},
        {"a format that is wrong", "/nonsense", false, "{}", "close 1011", "none; close 1011"},
        {"no message is expected", "/nothing", false, "x", "close 1003 no message is expected here",
         "close 1003 no message is expected here"},
        {"not UTF-8", "/text", false, "\xff", "close 1007 a text is not UTF-8",
         "close 1007 a text is not UTF-8"},
        {"as long as may be", "/ten", false, "0123456789", "text 0123456789", "text"},
        {"a byte longer", "/ten", false, "0123456789a", "close 1009 a message is too long",
         "close 1009 a message is too long"},
    };
    static const struct {
        const char *pattern;
        bocata_websocket_handlers handlers;
    } endpoints[] = {
        {"/text", {.on_message = want_text, .on_close = note_close}},
        {"/binary", {.on_message = want_binary, .on_close = note_close}},
        {"/json", {.on_message = want_json, .on_close = note_close}},
        {"/values", {.on_message = want_values, .on_close = note_close}},
        {"/long-key", {.on_message = want_long_key, .on_close = note_close}},
        {"/nonsense", {.on_message = want_nonsense, .on_close = note_close}},
        {"/nothing", {.on_close = note_close}},
        {"/ten", {.on_message = want_text, .on_close = note_close, .message_len_max = 10}},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        bocata_app_websocket(app, endpoints[i].pattern, &endpoints[i].handlers);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_socket *socket = test_open(client, rows[i].target);
        const char *message = rows[i].message;
        if (rows[i].is_binary)
            assert_int_equal(bocata_client_socket_send_binary(socket, message, strlen(message)),
                             BOCATA_OK);
        else
            say(socket, message);
        expect_next(rows[i].intent, socket, rows[i].event);
        expect_noted(rows[i].intent, rows[i].noted);
        bool is_closed = strncmp(rows[i].event, "close", 5) == 0;
        assert_int_equal(bocata_client_socket_is_open(socket), !is_closed);
        bocata_client_socket_free(socket);
        expect_noted(rows[i].intent, is_closed ? "" : "close 1006");
    }
    assert_true(bocata_str_starts_with((bocata_str){log.text, log.len},
                                       "The unpack format \"{s:?}\" is wrong: "));
    assert_ptr_equal(strchr(log.text, '\n'), log.text + log.len - 1); /* nothing else */
    end(client, app);
}

/* ---- the end --------------------------------------------------------------------------------- */

static struct {
    int code;
    const char *reason;
} closing;

static void close_as_told(bocata_websocket *ws, bocata_message *message)
{
    (void)message;
    bocata_websocket_send_text(ws, "before");
    bocata_status status = bocata_websocket_close(ws, closing.code, closing.reason);
    test_note("%s", bocata_status_name(status) + strlen("BOCATA_"));
    assert_int_equal(bocata_websocket_close(ws, 1001, "again"), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_send_text(ws, "after"), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_send_binary(ws, "after", 5), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_send_json(ws, json_object()), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_ping(ws, bocata_str_of("after")), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_join(ws, "after"), BOCATA_E_INVALID);
    bocata_websocket_leave(ws, "after");
}

#define X123                                                                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xx"                                                                                           \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_codes_and_reasons_of_a_close(void **state)
{
    static const struct {
        const char *intent;
        int code;
        const char *reason, *status, *end;
    } rows[] = {
        {"the least", 1000, NULL, "OK", "1000"},
        {"with a reason", 1000, "bye", "OK", "1000 bye"},
        {"an empty reason", 1001, "", "OK", "1001"},
        {"the last of the first run", 1003, "x", "OK", "1003 x"},
        {"the first of the second", 1007, "x", "OK", "1007 x"},
        {"the last of it", 1014, "x", "OK", "1014 x"},
        {"registered ones", 3000, "x", "OK", "3000 x"},
        {"private ones", 4999, "x", "OK", "4999 x"},
        {"the longest reason", 1000, X123, "OK", "1000 " X123},
        {"reserved", 1004, "x", "E_INVALID", "1005"},
        {"never sent, for no code", 1005, "x", "E_INVALID", "1005"},
        {"never sent, for a lost one", 1006, "x", "E_INVALID", "1005"},
        {"TLS", 1015, "x", "E_INVALID", "1005"},
        {"too small", 999, "x", "E_INVALID", "1005"},
        {"none", 0, "x", "E_INVALID", "1005"},
        {"too large", 5000, "x", "E_INVALID", "1005"},
        {"negative", -1000, "x", "E_INVALID", "1005"},
        {"not of 16 bits", 65536 + 1000, "x", "E_INVALID", "1005"},
        {"not UTF-8", 1000, "\xff", "E_INVALID", "1000"},
        {"too long", 1000, X123 "x", "E_LIMIT", "1000"},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(
        app, "/",
        &(bocata_websocket_handlers){.on_message = close_as_told, .on_close = note_close});
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        bocata_client_socket *socket = test_open(client, "/");
        closing.code = rows[i].code;
        closing.reason = rows[i].reason;
        say(socket, "close");
        expect_noted(rows[i].intent, rows[i].status);
        say(socket, "a message that crosses the close");
        expect_next(rows[i].intent, socket, "text before");
        snprintf(text, sizeof text, "close %s", rows[i].end);
        expect_next(rows[i].intent, socket, text);
        expect_noted(rows[i].intent, text);
        bocata_client_socket_free(socket);
        expect_noted("once", "");
    }
    end(client, app);
}

static void close_by_server(bocata_websocket *ws, bocata_message *message)
{
    if (bocata_str_is(bocata_message_text(message), "close"))
        bocata_websocket_close(ws, 4000, "enough");
}

/* Each step: c the client closes with 4001 "bye", e with an empty frame, w with a code that may not
 * be sent, h with half a code, s the server closes, n the client takes the next, x it sends what
 * is not UTF-8. Then it is freed. */
static void test_on_close_comes_once_for_each_on_open(void **state)
{
    static const struct {
        const char *intent, *steps, *events, *noted;
    } rows[] = {
        {"the client is lost", "", "", "open; close 1006"},
        {"the client closes", "cn", "close 4001", "open; close 4001 bye"},
        {"and does not wait", "c", "", "open; close 4001 bye"},
        {"and looks twice", "cnn", "close 4001, close 4001", "open; close 4001 bye"},
        {"without a code", "en", "close 1005", "open; close 1005"},
        {"with a wrong one", "wn", "close 1002 a close code that may not be sent",
         "open; close 1002 a close code that may not be sent"},
        {"the server closes", "sn", "close 4000 enough", "open; close 4000 enough"},
        {"and the client does not answer", "s", "", "open; close 4000 enough"},
        {"both at once: the server was first", "scn", "close 4000 enough",
         "open; close 4000 enough"},
        {"what is not UTF-8", "xn", "close 1007 a text is not UTF-8",
         "open; close 1007 a text is not UTF-8"},
        {"and is not waited for", "x", "", "open; close 1007 a text is not UTF-8"},
        {"while the server closes", "sxn", "close 4000 enough", "open; close 4000 enough"},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){.on_open = note_open,
                                                      .on_message = close_by_server,
                                                      .on_close = note_close});
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_socket *socket = test_open(client, "/");
        const char *events = rows[i].events;
        for (const char *step = rows[i].steps; *step; step++) {
            size_t event_len = strcspn(events, ",");
            char event[128];
            switch (*step) {
            case 'c':
                assert_int_equal(bocata_client_socket_close(socket, 4001, "bye"), BOCATA_OK);
                assert_int_equal(bocata_client_socket_close(socket, 4001, "bye"), BOCATA_E_INVALID);
                break;
            case 'e':
                assert_int_equal(bocata_client_socket_close(socket, 1005, NULL), BOCATA_OK);
                break;
            case 'w':
                assert_int_equal(bocata_client_socket_close(socket, 1006, NULL), BOCATA_OK);
                break;
            case 's':
                say(socket, "close");
                break;
            case 'x':
                say(socket, "\xff");
                break;
            default:
                snprintf(event, sizeof event, "%.*s", (int)event_len, events);
                expect_next(rows[i].intent, socket, event);
                events += event_len + strspn(events + event_len, ", ");
            }
        }
        bocata_client_socket_free(socket);
        expect_noted(rows[i].intent, rows[i].noted);
    }
    bocata_client_socket *left = test_open(client, "/");
    assert_true(bocata_client_socket_is_open(left));
    end(client, app); /* which frees it */
    expect_noted("the client ends before its socket", "open; close 1006");
}

static void send_bad_text(bocata_websocket *ws)
{
    assert_int_equal(bocata_websocket_send_text(ws, "\xff"), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_send_text(ws, "\xff"), BOCATA_E_INVALID);
}

static void send_no_json(bocata_websocket *ws)
{
    assert_int_equal(bocata_websocket_send_json(ws, NULL), BOCATA_E_INVALID);
    assert_int_equal(bocata_websocket_send_json(ws, NULL), BOCATA_E_INVALID);
}

/* The status may be ignored, so the log says it. */
static void test_what_is_no_message_is_told_once(void **state)
{
    static const struct {
        void (*on_open)(bocata_websocket *ws);
        const char *line;
    } rows[] = {
        {send_bad_text, "A WebSocket's message was not sent: its text is not UTF-8. (This is told "
                        "once.)\n"},
        {send_no_json, "A WebSocket's message was not sent: it is NULL, or holds what JSON has no "
                       "form for. (This is told once.)\n"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = test_app_new(&log, NULL);
        bocata_app_websocket(app, "/", &(bocata_websocket_handlers){.on_open = rows[i].on_open});
        bocata_client *client = test_client_new(app);
        bocata_client_socket *socket = test_open(client, "/");
        assert_string_equal(log.text, rows[i].line);
        assert_true(bocata_client_socket_is_open(socket));
        bocata_client_socket_free(socket);
        bocata_client_free(client);
        bocata_app_free(app);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_come_back_as_they_were),
        cmocka_unit_test(test_json_comes_and_goes),
        cmocka_unit_test(test_what_may_be_sent),
        cmocka_unit_test(test_messages_that_do_not_fit),
        cmocka_unit_test(test_codes_and_reasons_of_a_close),
        cmocka_unit_test(test_on_close_comes_once_for_each_on_open),
        cmocka_unit_test(test_what_is_no_message_is_told_once),
    };
    return cmocka_run_group_tests_name("websocket messages", tests, NULL, NULL);
}
