#include "session_sockets.h"

#include <stdio.h>
#include <string.h>

bocata_session_format test_format;

static void note_connect(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_str what = bocata_fields_get(bocata_request_query(req), "do");
    (void)res;

    if (bocata_str_is(what, "set"))
        bocata_session_set_int(session, "seen", 1);
    else if (bocata_str_is(what, "clear"))
        bocata_session_clear(session);
    else if (bocata_str_is(what, "renew"))
        bocata_session_renew(session);
    else if (bocata_str_is(what, "reject")) {
        bocata_session_set_int(session, "seen", 1);
        bocata_response_error(res, 403, NULL);
    }
}

static void note_expiring(bocata_websocket *ws, int64_t left_s)
{
    (void)ws;
    test_note("expiring in %d", (int)left_s);
}

void note_close(bocata_websocket *ws, int code, bocata_str reason)
{
    (void)ws;
    test_note("close %d%s%.*s", code, reason.len ? " " : "", (int)reason.len, reason.ptr);
}

static void tell_session(bocata_websocket *ws, bocata_message *message)
{
    bocata_session *session = bocata_websocket_session(ws);
    bocata_str what = bocata_message_text(message);
    bocata_status status = BOCATA_OK;

    if (bocata_str_is(what, "set"))
        status = bocata_session_set_int(session, "n", 7);
    else if (bocata_str_is(what, "clear"))
        status = bocata_session_clear(session);
    else if (bocata_str_is(what, "flash"))
        status = bocata_session_flash(session, "info", "hello");
    bocata_websocket_send_json(ws, json_pack("[s, I, s]",
                                             bocata_session_get_str(session, "name", "nobody").ptr,
                                             bocata_session_get_int(session, "n", -1),
                                             bocata_status_name(status) + strlen("BOCATA_")));
}

static void log_in(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_session_set_str(session, "name", bocata_request_param(req, "name"));
    bocata_response_text(res, "in");
}

static void read_session(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_response_text(res, bocata_session_get_str(session, "name", "nobody").ptr);
}

static void write_session(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    bocata_session_set_int(session, "n", bocata_session_get_int(session, "n", 0) + 1);
    bocata_response_text(res, "written");
}

static void log_out(bocata_request *req, bocata_response *res)
{
    bocata_session_clear(bocata_request_session(req));
    bocata_response_text(res, "out");
}

static void renew(bocata_request *req, bocata_response *res)
{
    bocata_session_renew(bocata_request_session(req));
    bocata_response_text(res, "renewed");
}

static void log_out_and_fail(bocata_request *req, bocata_response *res)
{
    bocata_session_clear(bocata_request_session(req));
    bocata_response_error(res, 503, NULL);
}

static void log_out_and_break(bocata_request *req, bocata_response *res)
{
    bocata_session_clear(bocata_request_session(req));
    bocata_response_header(res, "bad name", "x");
}

static void remember(bocata_request *req, bocata_response *res)
{
    log_in(req, res);
    bocata_session_set_max_age(bocata_request_session(req), 1000);
}

static void (*fill_settings)(bocata_session_settings *settings);

static void fill(bocata_session_settings *settings)
{
    settings->format = test_format;
    if (fill_settings)
        fill_settings(settings);
}

void add_session_views(bocata_app *app)
{
    bocata_app_get(app, "/in/{name}", log_in);
    bocata_app_get(app, "/remember/{name}", remember);
    bocata_app_get(app, "/read", read_session);
    bocata_app_get(app, "/write", write_session);
    bocata_app_get(app, "/out", log_out);
    bocata_app_get(app, "/renew", renew);
    bocata_app_get(app, "/fail", log_out_and_fail);
    bocata_app_get(app, "/break", log_out_and_break);
}

bocata_app *session_app(test_log *log, void (*with)(bocata_session_settings *))
{
    fill_settings = with;
    bocata_app *app = test_app_with_sessions(log, NULL, fill);
    add_session_views(app);
    bocata_app_websocket(app, "/",
                         &(bocata_websocket_handlers){.on_connect = note_connect,
                                                      .on_message = tell_session,
                                                      .on_session_expiring = note_expiring,
                                                      .on_close = note_close});
    bocata_app_websocket(app, "/bare", &(bocata_websocket_handlers){.on_close = note_close});
    return app;
}

bocata_client *logged_in(bocata_app *app, const char *name)
{
    char target[64];
    bocata_client *client = test_client_new(app);
    snprintf(target, sizeof target, "/in/%s", name);
    expect("log in", client, "GET", target, 200, "in");
    return client;
}

void free_both(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

static int as_starlette(void **state)
{
    (void)state;
    test_format = BOCATA_FORMAT_STARLETTE;
    return 0;
}

static int as_sealed(void **state)
{
    (void)state;
    test_format = BOCATA_FORMAT_SEALED;
    return 0;
}

int run_in_both_formats(const char *name, const struct CMUnitTest tests[], size_t count)
{
    static char names[2 * BOTH_FORMATS_TESTS_MAX][96];
    struct CMUnitTest all[2 * BOTH_FORMATS_TESTS_MAX];

    if (count > BOTH_FORMATS_TESTS_MAX)
        return 1; /* make the arrays larger */
    for (size_t i = 0; i < 2 * count; i++) {
        bool is_sealed = i >= count;
        all[i] = tests[i % count];
        all[i].setup_func = is_sealed ? as_sealed : as_starlette;
        snprintf(names[i], sizeof names[i], "%s, %s", all[i].name,
                 is_sealed ? "sealed" : "starlette");
        all[i].name = names[i];
    }
    return _cmocka_run_group_tests(name, all, 2 * count, NULL, NULL);
}
