#include "web_test.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void keep_log(bocata_log_level level, const char *message, void *user)
{
    test_log *log = user;
    (void)level;
    int len = snprintf(log->text + log->len, sizeof log->text - log->len, "%s\n", message);
    log->len += (size_t)len;
    assert_true(log->len < sizeof log->text);
}

bocata_app *test_app_new(test_log *log, void *data)
{
    bocata_app *app = bocata_app_new(data);
    assert_non_null(app);
    *log = (test_log){0};
    bocata_app_on_log(app, keep_log, log);
    return app;
}

bocata_app *test_app_with_sessions(test_log *log, void *data,
                                   void (*fill)(bocata_session_settings *settings))
{
    bocata_app *app = test_app_new(log, data);
    bocata_secret *secret = bocata_secret_new(TEST_SECRET, strlen(TEST_SECRET));
    bocata_session_settings settings = {.secret_key = secret};
    if (fill)
        fill(&settings);
    bocata_app_configure(app, &(bocata_settings){.sessions = &settings});
    bocata_secret_free(secret);
    return app;
}

bocata_client *test_client_new(bocata_app *app)
{
    if (bocata_app_error(app))
        fail_msg("the application has a mistake: %s", bocata_app_error(app));
    bocata_client *client = bocata_client_new(app);
    assert_non_null(client);
    bocata_client_set_time(client, TEST_NOW);
    return client;
}

void expect_reply(const char *intent, bocata_reply *reply, int status, const char *body)
{
    assert_non_null(reply);
    bocata_str got = bocata_reply_body(reply);
    if (bocata_reply_status(reply) != status || (body && !bocata_str_is(got, body)))
        fail_msg("%s: expected %d %s, got %d %.*s", intent, status, body ? body : "",
                 bocata_reply_status(reply), (int)got.len, got.ptr);
    bocata_reply_free(reply);
}

void expect(const char *intent, bocata_client *client, const char *method, const char *target,
            int status, const char *body)
{
    bocata_client_request request = {.method = method, .target = target};
    expect_reply(intent, bocata_client_send(client, &request), status, body);
}

void expect_header(const char *intent, bocata_client *client, const char *target, const char *name,
                   const char *value)
{
    bocata_reply *reply = bocata_client_get(client, target);
    assert_non_null(reply);
    bocata_str got = bocata_reply_header(reply, name);
    if (value ? !bocata_str_is(got, value) : got.ptr != NULL)
        fail_msg("%s: expected %s: %s, got %.*s", intent, name, value ? value : "(absent)",
                 got.ptr ? (int)got.len : 8, got.ptr ? got.ptr : "(absent)");
    bocata_reply_free(reply);
}

size_t count_headers(const bocata_reply *reply, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < bocata_reply_header_count(reply); i++) {
        bocata_str got = bocata_reply_header_at(reply, i).name;
        count += got.len == strlen(name) && strncasecmp(got.ptr, name, got.len) == 0;
    }
    return count;
}

size_t test_fields(const char *lines, bocata_field fields[TEST_FIELDS_MAX])
{
    size_t count = 0;

    while (lines && *lines) {
        size_t name_len = strcspn(lines, ":"), line_len = strcspn(lines, "\n");
        assert_true(count < TEST_FIELDS_MAX && name_len < line_len);
        fields[count++] =
            (bocata_field){{lines, name_len}, {lines + name_len + 1, line_len - name_len - 1}};
        lines += line_len + (lines[line_len] == '\n');
    }
    return count;
}

/* ---- WebSockets ------------------------------------------------------------------------------ */

bocata_client_socket *test_handshake(bocata_client *client, const char *target, const char *headers)
{
    bocata_field fields[TEST_FIELDS_MAX];
    bocata_client_request request = {.target = target, .headers = fields};

    request.header_count = test_fields(headers, fields);
    bocata_client_socket *socket = bocata_client_websocket_send(client, &request);
    assert_non_null(socket);
    return socket;
}

bocata_client_socket *test_open(bocata_client *client, const char *target)
{
    bocata_client_socket *socket = test_handshake(client, target, NULL);
    int status = bocata_reply_status(bocata_client_socket_reply(socket));

    if (!bocata_client_socket_is_open(socket))
        fail_msg("%s is not open: %d", target, status);
    assert_int_equal(status, 101);
    return socket;
}

void expect_next(const char *intent, bocata_client_socket *socket, const char *event)
{
    static const char *const names[] = {
        [BOCATA_CLIENT_NOTHING] = "nothing", [BOCATA_CLIENT_TEXT] = "text ",
        [BOCATA_CLIENT_BINARY] = "binary ",  [BOCATA_CLIENT_PING] = "ping ",
        [BOCATA_CLIENT_PONG] = "pong ",      [BOCATA_CLIENT_CLOSE] = "close ",
    };
    char got[1024], code[16] = "";

    bocata_client_event kind = bocata_client_socket_next(socket);
    bocata_str payload = bocata_client_socket_payload(socket);
    if (kind == BOCATA_CLIENT_CLOSE)
        snprintf(code, sizeof code, "%d%s", bocata_client_socket_close_code(socket),
                 payload.len ? " " : "");
    snprintf(got, sizeof got, "%s%s%.*s", names[kind], code, (int)payload.len, payload.ptr);
    if (strcmp(got, event) != 0)
        fail_msg("%s: expected %s, got %s", intent, event, got);
}

void say(bocata_client_socket *socket, const char *text)
{
    assert_int_equal(bocata_client_socket_send_text(socket, text), BOCATA_OK);
}

/* ---- what handlers did ----------------------------------------------------------------------- */

static char noted[4096];

void test_note(const char *format, ...)
{
    size_t len = strlen(noted);
    va_list args;

    len += (size_t)snprintf(noted + len, sizeof noted - len, "%s", len ? "; " : "");
    va_start(args, format);
    len += (size_t)vsnprintf(noted + len, sizeof noted - len, format, args);
    va_end(args);
    assert_true(len < sizeof noted);
}

void expect_noted(const char *intent, const char *notes)
{
    char got[sizeof noted];

    strcpy(got, noted);
    noted[0] = '\0'; /* also for the next test, if this one fails */
    if (strcmp(got, notes) != 0)
        fail_msg("%s: expected \"%s\", got \"%s\"", intent, notes, got);
}
