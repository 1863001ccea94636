/* What a host sees of an exchange, where the in-process client does not show it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "web/exchange.h"

static bocata_response *held; /* what a view or hook deferred */
static int finished_count, gone_count, hook_count;
static bool finish_when_gone;
static bocata_response *finish_too; /* another that is finished by whoever is told */

static void finished(bocata_exchange *exchange, void *host_data)
{
    (void)exchange;
    assert_string_equal(host_data, "host");
    finished_count++;
}

static void gone(bocata_response *response, void *user)
{
    (void)user;
    gone_count++;
    if (finish_when_gone)
        bocata_response_finish(response);
    if (finish_too) {
        bocata_response *other = finish_too;
        finish_too = NULL;
        bocata_response_finish(other);
    }
}

static void wait_view(bocata_request *req, bocata_response *res)
{
    (void)req;
    held = res;
    bocata_response_defer(res, gone, NULL);
}

static bool wait_hook(bocata_request *req, bocata_response *res)
{
    wait_view(req, res);
    return true;
}

static void plain(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "plain");
}

static int64_t now_s(void *user)
{
    (void)user;
    return 1700000000;
}

static bocata_exchange *exchange_for(bocata_runtime *runtime, bocata_str target)
{
    static const bocata_exchange_host host = {.finished = finished};
    static char host_data[] = "host";
    bocata_exchange *exchange = bocata_exchange_new(runtime, &host, host_data);
    assert_non_null(exchange);
    exchange->request.method = STR("GET");
    exchange->request.target = target;
    return exchange;
}

static bocata_app *app_open(bocata_runtime *runtime)
{
    bocata_app *app = bocata_app_new(NULL);
    assert_non_null(app);
    bocata_app_get(app, "/plain", plain);
    bocata_app_get(app, "/wait", wait_view);
    finished_count = gone_count = 0;
    finish_when_gone = false;
    assert_int_equal(bocata_runtime_init(runtime, app, now_s, NULL), BOCATA_OK);
    return app;
}

static void close_all(bocata_runtime *runtime, bocata_app *app)
{
    bocata_runtime_done(runtime);
    bocata_app_free(app);
}

static void a_before_hook_may_defer(void **state)
{
    bocata_runtime runtime;
    bocata_app *app = app_open(&runtime);
    (void)state;

    bocata_app_before(app, wait_hook);
    bocata_exchange *exchange = exchange_for(&runtime, STR("/plain"));
    bocata_exchange_dispatch(exchange);
    assert_int_equal(finished_count, 0);
    bocata_response_finish(held);
    assert_int_equal(finished_count, 1);
    assert_true(bocata_str_is(buf_str(&exchange->response.body), "plain"));
    bocata_exchange_free(exchange);
    close_all(&runtime, app);
}

static void a_refusal_waits_for_who_deferred_it(void **state)
{
    bocata_runtime runtime;
    bocata_app *app = app_open(&runtime);
    (void)state;

    bocata_app_before(app, wait_hook);
    bocata_exchange *exchange = exchange_for(&runtime, STR("/plain"));
    bocata_exchange_refuse(exchange, 413, "too large");
    assert_int_equal(finished_count, 0); /* so its memory is nobody else's yet */
    bocata_response_finish(held);
    assert_int_equal(finished_count, 1);
    assert_int_equal(exchange->response.status, 413);
    bocata_exchange_free(exchange);
    close_all(&runtime, app);
}

static void a_refusal_is_the_applications_error(void **state)
{
    bocata_runtime runtime;
    bocata_app *app = app_open(&runtime);
    (void)state;

    bocata_exchange *exchange = exchange_for(&runtime, STR("/plain"));
    bocata_exchange_refuse(exchange, 417, "no");
    assert_int_equal(finished_count, 1);
    assert_true(bocata_str_is(buf_str(&exchange->response.body),
                              "{\"error\":\"417 Expectation Failed\",\"status\":417,"
                              "\"detail\":\"no\"}"));
    bocata_exchange_free(exchange);
    close_all(&runtime, app);
}

static bool counting_hook(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    hook_count++;
    return true;
}

/* A body that is too large must be no way around CSRF protection. */
static void a_refusal_shows_hooks_no_request_of_another_site(void **state)
{
    static const struct {
        const char *intent, *method, *site;
        int hook_count;
    } rows[] = {
        {"of our own page", "POST", "same-origin", 1},
        {"of another site", "POST", "cross-site", 0},
        {"of a header without a value", "POST", NULL, 0},
        {"a safe one of another site", "GET", "cross-site", 1},
    };
    bocata_runtime runtime;
    bocata_app *app = app_open(&runtime);
    (void)state;

    bocata_app_before(app, counting_hook);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_field site = {STR("Sec-Fetch-Site"), bocata_str_of(rows[i].site)};
        bocata_exchange *exchange = exchange_for(&runtime, STR("/plain"));
        exchange->request.method = bocata_str_of(rows[i].method);
        exchange->request.headers = &site;
        exchange->request.header_count = 1;
        hook_count = 0;
        bocata_exchange_refuse(exchange, 413, "too large");
        assert_int_equal(exchange->response.status, 413);
        if (hook_count != rows[i].hook_count)
            fail_msg("%s: %d", rows[i].intent, hook_count);
        bocata_exchange_free(exchange);
    }
    close_all(&runtime, app);
}

static void the_end_of_the_runtime_tells_each_who_holds_a_response_once(void **state)
{
    for (int finishes = 0; finishes < 2; finishes++) {
        bocata_runtime runtime;
        bocata_app *app = app_open(&runtime);
        bocata_exchange *exchanges[3];
        (void)state;

        finish_when_gone = finishes;
        for (int i = 0; i < 3; i++) {
            exchanges[i] = exchange_for(&runtime, STR("/wait"));
            bocata_exchange_dispatch(exchanges[i]);
        }
        bocata_exchange_gone(exchanges[1]);
        assert_int_equal(gone_count, 1);
        bocata_runtime_done(&runtime); /* leak checkers see that the memory goes too */
        assert_int_equal(gone_count, 3);
        assert_int_equal(finished_count, 0);
        bocata_app_free(app);
    }
}

/* Whoever is told may finish others that it holds, wherever they stand in the runtime's list. */
static void who_is_told_at_the_end_may_finish_others(void **state)
{
    (void)state;
    for (int other = 0; other < 3; other++) {
        bocata_runtime runtime;
        bocata_app *app = app_open(&runtime);
        bocata_exchange *exchanges[3];

        for (int i = 0; i < 3; i++) {
            exchanges[i] = exchange_for(&runtime, STR("/wait"));
            bocata_exchange_dispatch(exchanges[i]);
        }
        bocata_exchange_gone(exchanges[other]);
        finish_too = &exchanges[other]->response;
        bocata_runtime_done(&runtime);
        assert_null(finish_too);
        assert_int_equal(gone_count, 3);
        bocata_app_free(app);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_before_hook_may_defer),
        cmocka_unit_test(a_refusal_waits_for_who_deferred_it),
        cmocka_unit_test(a_refusal_is_the_applications_error),
        cmocka_unit_test(a_refusal_shows_hooks_no_request_of_another_site),
        cmocka_unit_test(who_is_told_at_the_end_may_finish_others),
        cmocka_unit_test(the_end_of_the_runtime_tells_each_who_holds_a_response_once),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
