/* Sessions inside the framework: when the cookie is read, when it is sent, and what a failure
 * answers. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

#define FAILED "{\"error\":\"500 Internal Server Error\",\"status\":500}"
#define HALF_MAX_AGE_S 604800

static void plain(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "plain");
}

static void peek(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    assert_ptr_equal(session, bocata_request_session(req)); /* read once */
    bocata_response_json(res, json_pack("[I, s]", bocata_session_get_int(session, "n", -1),
                                        bocata_reason_name(bocata_session_reason(session))));
}

static void count(bocata_request *req, bocata_response *res)
{
    bocata_session *session = bocata_request_session(req);
    json_int_t n = bocata_session_get_int(session, "n", 0) + 1;
    bocata_session_set_int(session, "n", n);
    bocata_response_json(res, json_integer(n));
}

static void count_cached(bocata_request *req, bocata_response *res)
{
    bocata_response_header(res, "Cache-Control", "private");
    count(req, res);
}

static void count_503(bocata_request *req, bocata_response *res)
{
    count(req, res);
    bocata_response_error(res, 503, NULL);
}

static void count_404(bocata_request *req, bocata_response *res)
{
    count(req, res);
    bocata_response_error(res, 404, NULL);
}

static void count_then_fail(bocata_request *req, bocata_response *res)
{
    count(req, res);
    bocata_response_header(res, "bad name", "x");
}

static void to_error_page(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_redirect(res, 302, "/sorry");
}

static void clear(bocata_request *req, bocata_response *res)
{
    (void)res;
    bocata_session_clear(bocata_request_session(req));
}

static void too_large(bocata_request *req, bocata_response *res)
{
    char cart[5000];
    memset(cart, 'x', sizeof cart - 1);
    cart[sizeof cart - 1] = '\0';
    bocata_session_set_string(bocata_request_session(req), "cart", cart);
    bocata_response_text(res, "never sent");
}

static void bad_setter(bocata_request *req, bocata_response *res)
{
    bocata_session_set_string(bocata_request_session(req), "name", "\xff");
    bocata_response_text(res, "never sent");
}

static bocata_response *waiting;

static void deferred_count(bocata_request *req, bocata_response *res)
{
    waiting = res;
    count(req, res);
    bocata_response_defer(res, NULL, NULL);
}

static bocata_app *session_app(test_log *log, void (*fill)(bocata_session_settings *))
{
    bocata_app *app = test_app_with_sessions(log, NULL, fill);
    bocata_app_get(app, "/plain", plain);
    bocata_app_get(app, "/peek", peek);
    bocata_app_get(app, "/count", count);
    bocata_app_get(app, "/count-cached", count_cached);
    bocata_app_get(app, "/count-503", count_503);
    bocata_app_get(app, "/count-404", count_404);
    bocata_app_get(app, "/clear", clear);
    bocata_app_get(app, "/too-large", too_large);
    bocata_app_get(app, "/bad-setter", bad_setter);
    bocata_app_get(app, "/deferred", deferred_count);
    return app;
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_a_session_survives_from_request_to_request(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("at first", client, "GET", "/peek", 200, "[-1,\"absent\"]");
    expect("the first write", client, "GET", "/count", 200, "1");
    expect("is there", client, "GET", "/peek", 200, "[1,\"none\"]");
    expect("HEAD counts too", client, "HEAD", "/count", 200, "");
    expect("and is there", client, "GET", "/count", 200, "3");
    end(client, app);
}

static void test_which_headers_go_out(void **state)
{
    static const struct {
        const char *intent, *target;
        int status;
        const char *vary, *cache_control;
        size_t set_cookies;
    } rows[] = {
        {"a view that never asks", "/plain", 200, NULL, NULL, 0},
        {"one that reads", "/peek", 200, "Cookie", NULL, 0},
        {"one that writes", "/count", 200, "Cookie", "no-store", 1},
        {"its own Cache-Control", "/count-cached", 200, "Cookie", "private", 1},
        {"a client error saves", "/count-404", 404, "Cookie", "no-store", 1},
        {"a server error does not", "/count-503", 503, "Cookie", NULL, 0},
        {"clearing what is empty", "/clear", 200, "Cookie", NULL, 0},
    };
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_client_clear_cookies(client);
        expect_header(rows[i].intent, client, rows[i].target, "Vary", rows[i].vary);
        bocata_client_clear_cookies(client);
        expect_header(rows[i].intent, client, rows[i].target, "Cache-Control",
                      rows[i].cache_control);
        bocata_client_clear_cookies(client);
        bocata_reply *reply = bocata_client_get(client, rows[i].target);
        assert_int_equal(count_headers(reply, "Set-Cookie"), rows[i].set_cookies);
        expect_reply(rows[i].intent, reply, rows[i].status, NULL);
    }
    end(client, app);
}

static void test_an_emptied_session_is_deleted_in_the_browser(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("fill it", client, "GET", "/count", 200, "1");
    assert_non_null(bocata_client_cookie(client, "session"));
    expect_header("the deletion", client, "/clear", "Set-Cookie",
                  "session=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; "
                  "samesite=lax");
    assert_null(bocata_client_cookie(client, "session"));
    end(client, app);
}

static void test_an_active_user_stays_logged_in(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("at the start", client, "GET", "/count", 200, "1");
    bocata_client_set_time(client, TEST_NOW + HALF_MAX_AGE_S);
    expect_header("half of max_age: no new cookie", client, "/peek", "Set-Cookie", NULL);
    bocata_client_set_time(client, TEST_NOW + HALF_MAX_AGE_S + 1);
    bocata_reply *reply = bocata_client_get(client, "/peek");
    assert_int_equal(count_headers(reply, "Set-Cookie"), 1);
    expect_reply("past it: one", reply, 200, "[1,\"none\"]");
    bocata_client_set_time(client, TEST_NOW + 3 * HALF_MAX_AGE_S);
    expect("which outlives the first", client, "GET", "/peek", 200, "[1,\"none\"]");
    bocata_client_set_time(client, TEST_NOW + 6 * HALF_MAX_AGE_S);
    expect("and ends too", client, "GET", "/peek", 200, "[-1,\"absent\"]");
    end(client, app);
}

static void test_a_forged_cookie_is_noticed_and_logged_once_a_second(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("a real one", client, "GET", "/count", 200, "1");
    char forged[512];
    snprintf(forged, sizeof forged, "%s", bocata_client_cookie(client, "session"));
    forged[0] ^= 1;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(bocata_client_set_cookie(client, "session", forged), BOCATA_OK);
        expect("is refused", client, "GET", "/peek", 200, "[-1,\"bad-signature\"]");
    }
    const char line[] = "A session cookie was refused: its signature matches no key (cookie ";
    const char *first = strstr(log.text, line);
    assert_non_null(first);
    assert_null(strstr(first + 1, line));
    bocata_client_set_time(client, TEST_NOW + 1);
    assert_int_equal(bocata_client_set_cookie(client, "session", forged), BOCATA_OK);
    expect("a second later", client, "GET", "/peek", 200, "[-1,\"bad-signature\"]");
    const char *second = strstr(first + 1, line);
    assert_non_null(second);
    assert_memory_equal(second, first, sizeof line - 1 + 16); /* the hash of the same cookie */
    assert_non_null(strstr(second, "49 more"));
    assert_null(strstr(log.text, forged));
    end(client, app);
}

typedef struct level_log {
    unsigned debug_count, warning_count, other_count;
} level_log;

static void count_levels(bocata_log_level level, const char *message, void *user)
{
    level_log *log = user;
    (void)message;
    log->debug_count += level == BOCATA_LOG_DEBUG;
    log->warning_count += level == BOCATA_LOG_WARNING;
    log->other_count += level != BOCATA_LOG_DEBUG && level != BOCATA_LOG_WARNING;
}

/* A forgery is worth a warning; what happens every day is not, and says nothing by default. */
static void test_only_a_forgery_warns(void **state)
{
    static const struct {
        const char *intent;
        bool is_forged;
        int64_t age_s;
        unsigned warning_count;
    } rows[] = {
        {"one that is good", false, 0, 0},
        {"one that ended", false, 2 * HALF_MAX_AGE_S + 1, 0},
        {"one from the future", false, -1000, 0},
        {"one that was forged", true, 0, 1},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log unused;
        level_log log = {0};
        char cookie[512];
        bocata_app *app = session_app(&unused, NULL);
        bocata_app_on_log(app, count_levels, &log);
        bocata_client *client = test_client_new(app);
        expect("a cookie", client, "GET", "/count", 200, "1");
        snprintf(cookie, sizeof cookie, "%s", bocata_client_cookie(client, "session"));
        cookie[0] = (char)(cookie[0] ^ rows[i].is_forged);
        bocata_client_set_time(client, TEST_NOW + rows[i].age_s);
        assert_int_equal(bocata_client_set_cookie(client, "session", cookie), BOCATA_OK);
        expect(rows[i].intent, client, "GET", "/peek", 200, NULL);
        if (log.warning_count != rows[i].warning_count || log.debug_count || log.other_count)
            fail_msg("%s: %u warnings, %u for debugging, %u others", rows[i].intent,
                     log.warning_count, log.debug_count, log.other_count);
        end(client, app);
    }
}

static unsigned told_counts[3]; /* of each kind */

static void on_event(const bocata_session_event *event, void *user)
{
    assert_ptr_equal(user, told_counts);
    assert_non_null(event->detail);
    told_counts[event->kind]++;
}

static void with_event(bocata_session_settings *settings)
{
    settings->on_event = on_event;
    settings->event_user = told_counts;
}

static void test_the_application_is_told_too(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, with_event);
    bocata_client *client = test_client_new(app);
    (void)state;

    memset(told_counts, 0, sizeof told_counts);
    assert_int_equal(bocata_client_set_cookie(client, "session", "malformed"), BOCATA_OK);
    expect("a cookie that is refused", client, "GET", "/peek", 200, "[-1,\"malformed\"]");
    assert_int_equal(told_counts[BOCATA_SESSION_EVENT_REFUSED], 1);
    expect("a save that fails", client, "GET", "/bad-setter", 500, FAILED);
    assert_int_equal(told_counts[BOCATA_SESSION_EVENT_NOT_SAVED], 1);
    assert_non_null(strstr(log.text, "The session was not saved: ")); /* and it is logged */
    end(client, app);
}

static void test_a_session_that_cannot_be_saved_is_a_500(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("too large for browsers", client, "GET", "/too-large", 500, FAILED);
    assert_non_null(strstr(log.text, "cart"));
    assert_null(strstr(log.text, "xxx"));
    assert_null(bocata_client_cookie(client, "session"));
    expect("a setter that failed", client, "GET", "/bad-setter", 500, FAILED);
    assert_non_null(
        strstr(log.text, "The session was not saved: the value of \"name\" is not UTF-8"));
    assert_null(bocata_client_cookie(client, "session"));
    end(client, app);
}

static void test_a_failed_view_saves_nothing_whatever_the_handler_answers(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    (void)state;

    bocata_app_get(app, "/fail", count_then_fail);
    bocata_app_error_handler(app, 0, to_error_page);
    bocata_client *client = test_client_new(app);
    expect_header("a redirect", client, "/fail", "Location", "/sorry");
    assert_null(bocata_client_cookie(client, "session"));
    expect_header("also after a 503", client, "/count-503", "Location", "/sorry");
    assert_null(bocata_client_cookie(client, "session"));
    end(client, app);
}

static void unavailable_hook(bocata_request *req, bocata_response *res)
{
    (void)req;
    if (bocata_response_get_status(res) == 200)
        bocata_response_error(res, 503, NULL);
}

static void test_nor_does_an_answer_that_a_hook_makes_a_failure(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    (void)state;

    bocata_app_after(app, unavailable_hook);
    bocata_app_error_handler(app, 503, to_error_page);
    bocata_client *client = test_client_new(app);
    expect_header("a redirect", client, "/count", "Location", "/sorry");
    assert_null(bocata_client_cookie(client, "session"));
    end(client, app);
}

static void test_a_log_out_deletes_what_was_refused_too(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("log in", client, "GET", "/count", 200, "1");
    bocata_client_set_time(client, TEST_NOW - 1000);
    expect("the cookie is from the future", client, "GET", "/peek", 200, "[-1,\"future\"]");
    expect("log out", client, "GET", "/clear", 200, "");
    bocata_client_set_time(client, TEST_NOW);
    expect("it does not come back", client, "GET", "/peek", 200, "[-1,\"absent\"]");
    end(client, app);
}

static void test_a_deferred_response_saves_when_it_is_finished(void **state)
{
    test_log log;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_reply *reply = bocata_client_get(client, "/deferred");
    assert_null(bocata_client_cookie(client, "session"));
    bocata_response_finish(waiting);
    assert_non_null(bocata_client_cookie(client, "session"));
    expect_reply("the count", reply, 200, "1");
    end(client, app);
}

static void test_without_sessions_a_view_that_asks_is_a_500(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_get(app, "/plain", plain);
    bocata_app_get(app, "/peek", peek);
    bocata_app_get(app, "/count", count);
    bocata_client *client = test_client_new(app);
    expect("others are served", client, "GET", "/plain", 200, "plain");
    expect("reading", client, "GET", "/peek", 500, FAILED);
    assert_string_equal(log.text,
                        "GET /peek: 500, because it asked for a session, but `sessions` is "
                        "not set in the settings.\n");
    expect("writing", client, "GET", "/count", 500, FAILED);
    end(client, app);
}

/* ---- settings -------------------------------------------------------------------------------- */

static void no_secret(bocata_session_settings *settings)
{
    settings->secret_key = NULL;
}

static void bad_path(bocata_session_settings *settings)
{
    settings->path = "/; domain=evil";
}

static void test_mistakes_in_the_settings_stop_the_start(void **state)
{
    static const struct {
        const char *intent;
        void (*fill)(bocata_session_settings *);
        const char *starts_with;
    } rows[] = {
        {"no secret", no_secret, "`SESSIONS` must have a non-empty `secret_key` to use sessions."},
        {"a path that breaks out", bad_path, "`path` "},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = test_app_with_sessions(&log, NULL, rows[i].fill);
        const char *error = bocata_app_error(app);
        if (!error || strncmp(error, rows[i].starts_with, strlen(rows[i].starts_with)) != 0)
            fail_msg("%s: got %s", rows[i].intent, error ? error : "no error");
        assert_null(bocata_client_new(app));
        bocata_app_free(app);
    }
}

static void test_the_configs_mistakes_stop_the_start_too(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_config *config = bocata_config_open_prefixed(NULL, "BOCATA_TEST_");
    (void)state;

    bocata_app_configure(app, &(bocata_settings){
                                  .config = config,
                                  .sessions =
                                      &(bocata_session_settings){
                                          .secret_key = bocata_config_secret(config, "SECRET_KEY"),
                                      },
                              });
    assert_string_equal(bocata_app_error(app),
                        "Config 'BOCATA_TEST_SECRET_KEY' is missing, and has no default.\n"
                        "`SESSIONS` must have a non-empty `secret_key` to use sessions.");
    bocata_app_free(app);
    bocata_config_close(config);
}

static void test_a_mistake_of_the_config_after_configure_stops_the_start_too(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    bocata_config *config = bocata_config_open_prefixed(NULL, "BOCATA_TEST_");
    (void)state;

    bocata_app_configure(app, &(bocata_settings){.config = config});
    assert_null(bocata_app_error(app));
    bocata_config_require_int(config, "PORT");
    assert_string_equal(bocata_app_error(app),
                        "Config 'BOCATA_TEST_PORT' is missing, and has no default.");
    assert_string_equal(bocata_app_error(app),
                        "Config 'BOCATA_TEST_PORT' is missing, and has no default."); /* once */
    assert_null(bocata_client_new(app));
    bocata_app_free(app);
    bocata_config_close(config);
}

/* docs/sessions.md, Rotating a key: which key verified the cookies. */
static void show_keys(bocata_request *req, bocata_response *res)
{
    bocata_sessions_counts counts;
    bocata_sessions_stats(bocata_app_sessions(bocata_request_app(req)), &counts);
    bocata_response_json(
        res, json_pack("[I, I]", (json_int_t)counts.keys[0], (json_int_t)counts.keys[1]));
}

static void with_a_fallback(bocata_session_settings *settings)
{
    static const bocata_secret *newest, *old;
    if (!newest)
        newest = bocata_secret_new("the newest key", 14);
    old = settings->secret_key;
    settings->secret_key = newest;
    settings->secret_key_fallbacks = &old;
    settings->secret_key_fallback_count = 1;
}

static void test_a_view_sees_which_keys_are_still_met(void **state)
{
    test_log log;
    bocata_app *before = session_app(&log, NULL), *app = session_app(&log, with_a_fallback);
    bocata_app_get(app, "/keys", show_keys);
    bocata_client *old = test_client_new(before), *client = test_client_new(app);
    (void)state;

    expect("under the old key", old, "GET", "/count", 200, "1");
    assert_int_equal(
        bocata_client_set_cookie(client, "session", bocata_client_cookie(old, "session")),
        BOCATA_OK);
    expect("none yet", client, "GET", "/keys", 200, "[0,0]");
    expect("accepted", client, "GET", "/peek", 200, "[1,\"none\"]");
    expect("and sent anew", client, "GET", "/peek", 200, "[1,\"none\"]");
    expect("each key once", client, "GET", "/keys", 200, "[1,1]");
    end(old, before);
    end(client, app);
}

static void test_the_applications_sessions_can_be_asked(void **state)
{
    test_log log;
    bocata_sessions_counts counts;
    bocata_app *app = session_app(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("no cookie", client, "GET", "/count", 200, "1");
    expect("a good one", client, "GET", "/count", 200, "2");
    bocata_sessions_stats(bocata_app_sessions(app), &counts);
    assert_int_equal(counts.loaded[BOCATA_REASON_ABSENT], 1);
    assert_int_equal(counts.loaded[BOCATA_REASON_NONE], 1);
    end(client, app);
}

/* What a program built against a later header, with one more setting at the end, hands in. */
static void test_settings_of_another_version(void **state)
{
    struct {
        bocata_settings known;
        void *later;
    } newer = {.later = NULL};
    const size_t session_size = sizeof(bocata_session_settings);
    test_log log;
    (void)state;

    bocata_app *app = test_app_new(&log, NULL);
    bocata_app_configure_sized(app, &newer.known, (size_t[]){sizeof newer, session_size}, 2);
    assert_null(bocata_app_error(app));
    bocata_app_free(app);

    newer.later = &log;
    app = test_app_new(&log, NULL);
    bocata_app_configure_sized(app, &newer.known, (size_t[]){sizeof newer, session_size, 99}, 3);
    assert_string_equal(bocata_app_error(app),
                        "A setting is newer than the library: install a newer one.");
    bocata_app_free(app);

    bocata_secret *secret = bocata_secret_new(TEST_SECRET, strlen(TEST_SECRET));
    bocata_session_settings sessions = {.secret_key = secret, .path = "not read"};
    app = test_app_new(&log, NULL);
    const size_t older[] = {sizeof(bocata_settings), offsetof(bocata_session_settings, path)};
    bocata_app_configure_sized(app, &(bocata_settings){.sessions = &sessions}, older, 2);
    assert_null(bocata_app_error(app)); /* an older program's struct ends before `path` */
    bocata_app_free(app);

    struct {
        bocata_session_settings known;
        void *later;
    } newer_sessions = {.known = {.secret_key = secret}, .later = &log};
    app = test_app_new(&log, NULL);
    const size_t newer_sizes[] = {sizeof(bocata_settings), sizeof newer_sessions};
    bocata_app_configure_sized(app, &(bocata_settings){.sessions = &newer_sessions.known},
                               newer_sizes, 2);
    assert_string_equal(bocata_app_error(app),
                        "`sessions`: a setting is newer than the library: install a newer one.");
    assert_null(bocata_app_sessions(app));
    bocata_app_free(app);
    bocata_secret_free(secret);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_session_survives_from_request_to_request),
        cmocka_unit_test(test_which_headers_go_out),
        cmocka_unit_test(test_an_emptied_session_is_deleted_in_the_browser),
        cmocka_unit_test(test_an_active_user_stays_logged_in),
        cmocka_unit_test(test_a_forged_cookie_is_noticed_and_logged_once_a_second),
        cmocka_unit_test(test_only_a_forgery_warns),
        cmocka_unit_test(test_the_application_is_told_too),
        cmocka_unit_test(test_a_session_that_cannot_be_saved_is_a_500),
        cmocka_unit_test(test_a_failed_view_saves_nothing_whatever_the_handler_answers),
        cmocka_unit_test(test_nor_does_an_answer_that_a_hook_makes_a_failure),
        cmocka_unit_test(test_a_log_out_deletes_what_was_refused_too),
        cmocka_unit_test(test_a_deferred_response_saves_when_it_is_finished),
        cmocka_unit_test(test_without_sessions_a_view_that_asks_is_a_500),
        cmocka_unit_test(test_mistakes_in_the_settings_stop_the_start),
        cmocka_unit_test(test_the_configs_mistakes_stop_the_start_too),
        cmocka_unit_test(test_a_mistake_of_the_config_after_configure_stops_the_start_too),
        cmocka_unit_test(test_a_view_sees_which_keys_are_still_met),
        cmocka_unit_test(test_the_applications_sessions_can_be_asked),
        cmocka_unit_test(test_settings_of_another_version),
    };
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
