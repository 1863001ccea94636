/* What runs around the views: hooks, error handlers, and responses that are finished later. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

/* The order in which things ran. */
static char trace[256];

static void note(const char *what)
{
    snprintf(trace + strlen(trace), sizeof trace - strlen(trace), "%s ", what);
}

static bool before_1(bocata_request *req, bocata_response *res)
{
    (void)res;
    note("before-1");
    bocata_request_set_user(req, trace);
    return true;
}

static bool before_2(bocata_request *req, bocata_response *res)
{
    note("before-2");
    if (!bocata_str_is(bocata_request_path(req), "/closed"))
        return true;
    bocata_response_error(res, 403, "closed");
    return false;
}

static void after_1(bocata_request *req, bocata_response *res)
{
    note("after-1");
    assert_ptr_equal(bocata_request_user(req), trace);
    bocata_response_header(res, "X-Frame-Options", "DENY");
}

static void after_2(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    note("after-2");
}

static void view(bocata_request *req, bocata_response *res)
{
    (void)req;
    note("view");
    bocata_response_text(res, "view");
}

static void test_hooks_run_in_order_also_for_errors(void **state)
{
    static const struct {
        const char *intent, *target;
        int status;
        const char *trace;
    } rows[] = {
        {"around a view", "/", 200, "before-1 before-2 view after-1 after-2 "},
        {"around a 404", "/nothing", 404, "before-1 before-2 after-1 after-2 "},
        {"a hook that ends the request", "/closed", 403, "before-1 before-2 after-1 after-2 "},
        {"around a path that cannot be decoded", "/%", 400, "before-1 before-2 after-1 after-2 "},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_before(app, before_1);
    bocata_app_before(app, before_2);
    bocata_app_after(app, after_1);
    bocata_app_after(app, after_2);
    bocata_app_get(app, "/", view);
    bocata_app_get(app, "/closed", view);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        trace[0] = '\0';
        expect_header(rows[i].intent, client, rows[i].target, "X-Frame-Options", "DENY");
        assert_string_equal(trace, rows[i].trace);
        expect(rows[i].intent, client, "GET", rows[i].target, rows[i].status, NULL);
    }
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_hooks_run_around_options_for_the_server_too(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_before(app, before_1);
    bocata_app_after(app, after_1); /* which relies on what before_1 set */
    bocata_client *client = test_client_new(app);
    trace[0] = '\0';
    expect("OPTIONS *", client, "OPTIONS", "*", 204, "");
    assert_string_equal(trace, "before-1 after-1 ");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void fail_in_hook(bocata_request *req, bocata_response *res)
{
    note("failing");
    if (bocata_response_get_status(res) == 200 && bocata_str_is(bocata_request_path(req), "/"))
        bocata_response_header(res, "bad name", "x");
}

static void test_after_hooks_headers_are_on_the_500_that_replaces_an_answer(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_before(app, before_1);
    bocata_app_after(app, after_1);
    bocata_app_after(app, fail_in_hook);
    bocata_app_get(app, "/", view);
    bocata_client *client = test_client_new(app);
    trace[0] = '\0';
    expect_header("the header", client, "/", "X-Frame-Options", "DENY");
    assert_string_equal(trace, "before-1 view after-1 failing after-1 failing ");
    expect("the status", client, "GET", "/", 500,
           "{\"error\":\"500 Internal Server Error\",\"status\":500}");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_more_hooks_than_fit_are_a_mistake(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    for (int i = 0; i < 32; i++) {
        bocata_app_before(app, before_1);
        bocata_app_after(app, after_1);
    }
    assert_null(bocata_app_error(app));
    bocata_app_before(app, before_1);
    bocata_app_after(app, after_1);
    assert_string_equal(bocata_app_error(app), "There are more than 32 before hooks.\n"
                                               "There are more than 32 after hooks.");
    bocata_app_free(app);
}

/* ---- error handlers -------------------------------------------------------------------------- */

static void tell_404(bocata_request *req, bocata_response *res)
{
    (void)req;
    assert_int_equal(bocata_response_get_status(res), 404);
    assert_null(bocata_response_error_detail(res));
    bocata_response_html(res, "<h1>Not here</h1>");
}

static void tell_any(bocata_request *req, bocata_response *res)
{
    char text[128];
    const char *detail = bocata_response_error_detail(res);
    (void)req;
    snprintf(text, sizeof text, "%d: %s", bocata_response_get_status(res), detail ? detail : "-");
    bocata_response_text(res, text);
}

static void failing_handler(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "bad name", "x");
}

static void refuse(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "half an answer");
    bocata_response_error(res, 409, "taken");
}

static void fail_view(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "X-Set-Before", "1");
    bocata_response_header(res, "bad name", "x");
}

static void test_error_handlers_write_the_bodies(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_error_handler(app, 404, tell_404);
    bocata_app_error_handler(app, 0, tell_any);
    bocata_app_error_handler(app, 503, failing_handler);
    bocata_app_get(app, "/refuse", refuse);
    bocata_app_get(app, "/fail", fail_view);
    bocata_client *client = test_client_new(app);
    expect("its own status", client, "GET", "/", 404, "<h1>Not here</h1>");
    expect_header("its own type", client, "/", "Content-Type", "text/html; charset=utf-8");
    expect("any other status", client, "GET", "/refuse", 409, "409: taken");
    expect("a 405 keeps its Allow", client, "PUT", "/refuse", 405,
           "405: The methods of this path are: GET, HEAD.");
    expect("a failed view", client, "GET", "/fail", 500, "500: -");
    expect_header("nothing of which is sent", client, "/fail", "X-Set-Before", NULL);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void unavailable(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 503, NULL);
}

static void test_a_failing_handler_ends_in_the_default_body(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_error_handler(app, 0, failing_handler);
    bocata_app_get(app, "/", unavailable);
    bocata_client *client = test_client_new(app);
    expect("a 500", client, "GET", "/", 500,
           "{\"error\":\"500 Internal Server Error\",\"status\":500}");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void error_in_turn(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, bocata_response_get_status(res), "in turn");
}

static void test_a_handler_that_answers_with_an_error_ends_in_the_default_body(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_error_handler(app, 409, error_in_turn);
    bocata_app_get(app, "/refuse", refuse);
    bocata_client *client = test_client_new(app);
    expect("once", client, "GET", "/refuse", 409,
           "{\"error\":\"409 Conflict\",\"status\":409,\"detail\":\"in turn\"}");
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- deferred responses ---------------------------------------------------------------------- */

static bocata_response *waiting;
static int gone_count;

static void gone(bocata_response *response, void *user)
{
    assert_ptr_equal(response, waiting);
    assert_string_equal(user, "user");
    gone_count++;
}

static void gone_and_finish(bocata_response *response, void *user)
{
    gone(response, user);
    bocata_response_finish(response);
}

static void wait_view(bocata_request *req, bocata_response *res)
{
    static char user[] = "user";
    bool finish = bocata_fields_get(bocata_request_query(req), "finish").ptr != NULL;
    waiting = res;
    bocata_response_defer(res, finish ? gone_and_finish : gone, user);
}

static void at_once(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_defer(res, NULL, NULL);
    bocata_response_text(res, "at once");
    bocata_response_finish(res);
}

static void note_finish(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    note("after");
}

static bocata_app *waiting_app(test_log *log)
{
    bocata_app *app = test_app_new(log, NULL);
    bocata_app_get(app, "/wait", wait_view);
    bocata_app_get(app, "/at-once", at_once);
    bocata_app_after(app, note_finish);
    gone_count = 0;
    trace[0] = '\0';
    return app;
}

static void test_a_deferred_response_is_sent_when_it_is_finished(void **state)
{
    test_log log;
    bocata_app *app = waiting_app(&log);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_reply *reply = bocata_client_get(client, "/wait");
    assert_true(bocata_reply_is_pending(reply));
    assert_int_equal(bocata_reply_status(reply), 0);
    assert_int_equal(bocata_reply_body(reply).len, 0);
    assert_string_equal(trace, "");
    expect("others go on meanwhile", client, "GET", "/at-once", 200, "at once");
    bocata_response_text(waiting, "late");
    bocata_response_finish(waiting);
    assert_false(bocata_reply_is_pending(reply));
    expect_reply("then it is there", reply, 200, "late");
    assert_string_equal(trace, "after after ");
    assert_int_equal(gone_count, 0);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_who_holds_a_deferred_response_is_told_that_the_client_is_gone(void **state)
{
    test_log log;
    bocata_app *app = waiting_app(&log);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_reply_free(bocata_client_get(client, "/wait"));
    assert_int_equal(gone_count, 1);
    bocata_response_text(waiting, "to nobody"); /* it still lives */
    bocata_response_finish(waiting);
    bocata_reply_free(bocata_client_get(client, "/wait?finish"));
    assert_int_equal(gone_count, 2);
    assert_string_equal(trace, ""); /* nothing is sent, so nothing comes after */
    bocata_client_free(client);
    bocata_app_free(app);
}

static void defer_late(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_defer(res, NULL, NULL);
}

static void finish_late(bocata_request *req, bocata_response *res)
{
    (void)req;
    note("hook");
    bocata_response_finish(res);
}

static void test_a_handler_or_after_hook_cannot_defer(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_error_handler(app, 404, defer_late);
    bocata_client *client = test_client_new(app);
    expect("it is a mistake", client, "GET", "/", 500,
           "{\"error\":\"500 Internal Server Error\",\"status\":500}");
    assert_string_equal(log.text, "GET /: 500, because only a view or a before hook may defer the "
                                  "response.\n");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_finishing_from_an_after_hook_changes_nothing(void **state)
{
    test_log log;
    bocata_app *app = waiting_app(&log);
    bocata_app_after(app, finish_late);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_reply *reply = bocata_client_get(client, "/wait");
    bocata_response_text(waiting, "late");
    bocata_response_finish(waiting);
    expect_reply("once", reply, 200, "late");
    assert_string_equal(trace, "after hook ");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_a_response_that_is_never_finished_ends_with_the_client(void **state)
{
    test_log log;
    bocata_app *app = waiting_app(&log);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_reply_free(bocata_client_get(client, "/wait"));
    assert_int_equal(gone_count, 1);
    bocata_client_free(client); /* leak checkers see that its memory goes too */
    bocata_app_free(app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hooks_run_in_order_also_for_errors),
        cmocka_unit_test(test_hooks_run_around_options_for_the_server_too),
        cmocka_unit_test(test_after_hooks_headers_are_on_the_500_that_replaces_an_answer),
        cmocka_unit_test(test_more_hooks_than_fit_are_a_mistake),
        cmocka_unit_test(test_error_handlers_write_the_bodies),
        cmocka_unit_test(test_a_failing_handler_ends_in_the_default_body),
        cmocka_unit_test(test_a_handler_that_answers_with_an_error_ends_in_the_default_body),
        cmocka_unit_test(test_a_deferred_response_is_sent_when_it_is_finished),
        cmocka_unit_test(test_who_holds_a_deferred_response_is_told_that_the_client_is_gone),
        cmocka_unit_test(test_a_handler_or_after_hook_cannot_defer),
        cmocka_unit_test(test_finishing_from_an_after_hook_changes_nothing),
        cmocka_unit_test(test_a_response_that_is_never_finished_ends_with_the_client),
    };
    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
