/* Requests that other sites sent: what is refused, when, and what an application may say about it.
 * (tests/unit/session/test_csrf.c has every value of the headers.) */
#include "web_test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ERROR_403(detail) "{\"error\":\"403 Forbidden\",\"status\":403,\"detail\":\"" detail "\"}"
#define BY_SITE                                                                                    \
    ERROR_403("This request came from another site (so says its Sec-Fetch-Site): send it from a "  \
              "page of this one.")
#define BY_ORIGIN                                                                                  \
    ERROR_403("This request came from another site (so says its Origin): send it from a page of "  \
              "this one.")
#define NO_TOKEN                                                                                   \
    ERROR_403("The CSRF token is missing: send it in the header X-CSRF-Token or the field "        \
              "csrf_token of an urlencoded form.")
#define BAD_TOKEN                                                                                  \
    ERROR_403("The CSRF token is not one of this session: load the page anew, and send it again.")

#define CROSS_SITE "Sec-Fetch-Site: cross-site"
#define FORM "Content-Type: application/x-www-form-urlencoded"

static char trace[64]; /* what ran */

static bool before(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    strcat(trace, "before ");
    return true;
}

static void after(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
    strcat(trace, "after ");
}

static void view(bocata_request *req, bocata_response *res)
{
    (void)req;
    strcat(trace, "view ");
    bocata_response_text(res, "view");
}

static void read_form(bocata_request *req, bocata_response *res)
{
    const bocata_fields *form = bocata_request_form(req, res);
    if (form)
        bocata_response_bytes(res, bocata_fields_get(form, "a").ptr,
                              bocata_fields_get(form, "a").len, "text/plain");
}

static void show_token(bocata_request *req, bocata_response *res)
{
    bocata_response_text(res, bocata_csrf_token(bocata_request_session(req)));
}

static void log_in(bocata_request *req, bocata_response *res)
{
    bocata_session_renew(bocata_request_session(req));
    bocata_response_text(res, "in");
}

static void log_out(bocata_request *req, bocata_response *res)
{
    bocata_session_clear(bocata_request_session(req));
    bocata_response_text(res, "out");
}

static void add_routes(bocata_app *app)
{
    bocata_app_before(app, before);
    bocata_app_after(app, after);
    bocata_app_route(app, &(bocata_route_settings){
                              .pattern = "/", .methods = "GET, POST, PUT, DELETE", .view = view});
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/webhook",
                                                   .methods = "POST",
                                                   .view = view,
                                                   .csrf = BOCATA_CSRF_EXEMPT});
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/guarded/{x}",
                                                   .methods = "GET, POST",
                                                   .view = view,
                                                   .csrf = BOCATA_CSRF_TOKEN});
    bocata_app_post(app, "/form", read_form);
    bocata_app_route(app, &(bocata_route_settings){.pattern = "/guarded-form",
                                                   .methods = "POST",
                                                   .view = read_form,
                                                   .csrf = BOCATA_CSRF_TOKEN});
    bocata_app_get(app, "/token", show_token);
    bocata_app_get(app, "/log-in", log_in);
    bocata_app_get(app, "/log-out", log_out);
}

static bocata_app *app_with(test_log *log, const bocata_csrf_settings *csrf)
{
    bocata_app *app = test_app_new(log, NULL);
    bocata_secret *secret = bocata_secret_new(TEST_SECRET, strlen(TEST_SECRET));
    const bocata_session_settings sessions = {.secret_key = secret};

    add_routes(app);
    bocata_app_configure(app, &(bocata_settings){.sessions = &sessions, .csrf = csrf});
    bocata_secret_free(secret);
    return app;
}

/* `headers` are "Name: value", one a line. */
static bocata_reply *send_request(bocata_client *client, const char *method, const char *target,
                                  const char *headers, const char *body)
{
    bocata_field fields[8];
    bocata_client_request request = {
        .method = method, .target = target, .headers = fields, .body = bocata_str_of(body)};

    trace[0] = '\0';
    while (headers && *headers) {
        size_t name_len = strcspn(headers, ":"), line_len = strcspn(headers, "\n");
        assert_true(request.header_count < 8 && name_len < line_len);
        fields[request.header_count++] =
            (bocata_field){{headers, name_len}, {headers + name_len + 1, line_len - name_len - 1}};
        headers += line_len + (headers[line_len] == '\n');
    }
    return bocata_client_send(client, &request);
}

/* `text` with each "@" as `token`. */
static const char *with_token(const char *text, const char *token, char out[1024])
{
    size_t len = 0;
    if (!text)
        return NULL;
    for (; *text; text++)
        len += (size_t)(*text == '@' ? snprintf(out + len, 1024 - len, "%s", token)
                                     : snprintf(out + len, 1024 - len, "%c", *text));
    out[len] = '\0';
    return out;
}

/* A token of the client's session, which begins here if there is none. */
static void get_token(bocata_client *client, char token[128])
{
    bocata_reply *reply = bocata_client_get(client, "/token");
    snprintf(token, 128, "%s", bocata_reply_body(reply).ptr);
    assert_int_equal(bocata_reply_status(reply), 200);
    assert_true(strlen(token) > 20);
    bocata_reply_free(reply);
}

typedef struct row {
    const char *intent, *method, *target, *headers, *body; /* "@" is a good token */
    int status;
    const char *answer; /* NULL: any */
    const char *trace;
} row;

static void expect_rows(const bocata_csrf_settings *csrf, const row rows[], size_t count)
{
    test_log log;
    bocata_app *app = app_with(&log, csrf);
    bocata_client *client = test_client_new(app);
    char token[128], headers[1024], body[1024];

    get_token(client, token);
    for (size_t i = 0; i < count; i++) {
        expect_reply(rows[i].intent,
                     send_request(client, rows[i].method, rows[i].target,
                                  with_token(rows[i].headers, token, headers),
                                  with_token(rows[i].body, token, body)),
                     rows[i].status, rows[i].answer);
        if (strcmp(trace, rows[i].trace) != 0)
            fail_msg("%s: %s", rows[i].intent, trace);
    }
    bocata_client_free(client);
    bocata_app_free(app);
}

#define EXPECT_ROWS(csrf, rows) expect_rows((csrf), (rows), sizeof(rows) / sizeof *(rows))

#define PASSED "before view after "
#define REFUSED "after "

static void test_by_default_browsers_are_asked(void **state)
{
    static const row rows[] = {
        {"no browser", "POST", "/", NULL, NULL, 200, "view", PASSED},
        {"a safe method", "GET", "/", CROSS_SITE, NULL, 200, "view", PASSED},
        {"HEAD", "HEAD", "/", CROSS_SITE, NULL, 200, "", PASSED},
        {"a page of ours", "POST", "/", "Sec-Fetch-Site: same-origin", NULL, 200, "view", PASSED},
        {"another site's", "POST", "/", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"by PUT", "PUT", "/", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"by DELETE", "DELETE", "/", "sec-fetch-site: same-site", NULL, 403, BY_SITE, REFUSED},
        {"an older browser, our page", "POST", "/", "Origin: http://localhost", NULL, 200, "view",
         PASSED},
        {"behind a proxy with TLS", "POST", "/", "Origin: https://localhost", NULL, 200, "view",
         PASSED},
        {"an older browser, another's", "POST", "/", "Origin: https://evil.example", NULL, 403,
         BY_ORIGIN, REFUSED},
        {"an origin that is not told", "POST", "/", "Origin: null", NULL, 403, BY_ORIGIN, REFUSED},
        {"Sec-Fetch-Site twice", "POST", "/",
         "Sec-Fetch-Site: same-origin\nSec-Fetch-Site: same-origin", NULL, 403, BY_SITE, REFUSED},
        {"an empty Sec-Fetch-Site", "POST", "/", "Sec-Fetch-Site:", NULL, 403, BY_SITE, REFUSED},
        {"Origin twice", "POST", "/", "Origin: http://localhost\nOrigin: http://localhost", NULL,
         403, BY_ORIGIN, REFUSED},
        {"Host twice", "POST", "/", "Host: localhost\nOrigin: http://localhost", NULL, 403,
         BY_ORIGIN, REFUSED},
        {"Host twice, and no browser", "POST", "/", "Host: localhost", NULL, 200, "view", PASSED},
        {"no route", "POST", "/nothing", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"no route, and no browser", "POST", "/nothing", NULL, NULL, 404, NULL, "before after "},
        {"no route for the method", "PATCH", "/", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"no path", "POST", "/%", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"no path of that type", "FROB", "*", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"OPTIONS *", "OPTIONS", "*", CROSS_SITE, NULL, 204, "", "before after "},
        {"an exempt route", "POST", "/webhook", CROSS_SITE, NULL, 200, "view", PASSED},
        {"which exempts no other method", "PUT", "/webhook", CROSS_SITE, NULL, 403, BY_SITE,
         REFUSED},
        {"a token excuses nothing", "POST", "/", CROSS_SITE "\nX-CSRF-Token: @", NULL, 403, BY_SITE,
         REFUSED},
        {"a form without a token", "POST", "/form", FORM, "a=1", 200, "1", "before after "},
    };
    (void)state;

    EXPECT_ROWS(NULL, rows);
    EXPECT_ROWS(&(bocata_csrf_settings){0}, rows);
}

static void test_a_route_may_ask_for_the_token(void **state)
{
    static const row rows[] = {
        {"not of a safe method", "GET", "/guarded/1", NULL, NULL, 200, "view", PASSED},
        {"none", "POST", "/guarded/1", NULL, NULL, 403, NO_TOKEN, REFUSED},
        {"in the header", "POST", "/guarded/1", "X-CSRF-Token: @", NULL, 200, "view", PASSED},
        {"header names have no case", "POST", "/guarded/1", "x-csrf-token: @", NULL, 200, "view",
         PASSED},
        {"another site's, with it", "POST", "/guarded/1", CROSS_SITE "\nX-CSRF-Token: @", NULL, 403,
         BY_SITE, REFUSED},
        {"our page's, without it", "POST", "/guarded/1", "Sec-Fetch-Site: same-origin", NULL, 403,
         NO_TOKEN, REFUSED},
        {"an empty one", "POST", "/guarded/1", "X-CSRF-Token:", NULL, 403, BAD_TOKEN, REFUSED},
        {"not one", "POST", "/guarded/1", "X-CSRF-Token: abc", NULL, 403, BAD_TOKEN, REFUSED},
        {"with a byte more", "POST", "/guarded/1", "X-CSRF-Token: @A", NULL, 403, BAD_TOKEN,
         REFUSED},
        {"twice", "POST", "/guarded/1", "X-CSRF-Token: @\nX-CSRF-Token: @", NULL, 403, BAD_TOKEN,
         REFUSED},
        {"in a form", "POST", "/guarded/1", FORM, "csrf_token=@", 200, "view", PASSED},
        {"behind other fields", "POST", "/guarded/1", FORM, "a=1&csrf_token=@&b=2", 200, "view",
         PASSED},
        {"the view reads the form too", "POST", "/guarded-form", FORM, "a=1&csrf_token=@", 200, "1",
         "before after "},
        {"also with the header", "POST", "/guarded-form", FORM "\nX-CSRF-Token: @", "a=1", 200, "1",
         "before after "},
        {"a form without it", "POST", "/guarded/1", FORM, "a=1", 403, NO_TOKEN, REFUSED},
        {"an empty form", "POST", "/guarded/1", FORM, NULL, 403, NO_TOKEN, REFUSED},
        {"another name", "POST", "/guarded/1", FORM, "csrf_tokens=@", 403, NO_TOKEN, REFUSED},
        {"a wrong one in a form", "POST", "/guarded/1", FORM, "csrf_token=x", 403, BAD_TOKEN,
         REFUSED},
        {"an empty one in a form", "POST", "/guarded/1", FORM, "csrf_token=", 403, BAD_TOKEN,
         REFUSED},
        {"two equal ones in a form", "POST", "/guarded/1", FORM, "csrf_token=@&csrf_token=@", 200,
         "view", PASSED},
        {"two that differ", "POST", "/guarded/1", FORM, "csrf_token=@&csrf_token=x", 403, BAD_TOKEN,
         REFUSED},
        {"two that differ, the other first", "POST", "/guarded/1", FORM,
         "csrf_token=x&csrf_token=@", 403, BAD_TOKEN, REFUSED},
        {"the header is first", "POST", "/guarded/1", FORM "\nX-CSRF-Token: x", "csrf_token=@", 403,
         BAD_TOKEN, REFUSED},
        {"in the query", "POST", "/guarded/1?csrf_token=@", FORM, NULL, 403, NO_TOKEN, REFUSED},
        {"in a body that is no form", "POST", "/guarded/1", "Content-Type: text/plain",
         "csrf_token=@", 403, NO_TOKEN, REFUSED},
        {"in JSON", "POST", "/guarded/1", "Content-Type: application/json",
         "{\"csrf_token\":\"@\"}", 403, NO_TOKEN, REFUSED},
        {"other routes do not", "POST", "/", NULL, NULL, 200, "view", PASSED},
    };
    (void)state;

    EXPECT_ROWS(NULL, rows);
}

static void test_tokens_may_be_required_of_all(void **state)
{
    static const row rows[] = {
        {"a safe method", "GET", "/", NULL, NULL, 200, "view", PASSED},
        {"none", "POST", "/", NULL, NULL, 403, NO_TOKEN, REFUSED},
        {"one", "POST", "/", "X-CSRF-Token: @", NULL, 200, "view", PASSED},
        {"another site's", "POST", "/", CROSS_SITE "\nX-CSRF-Token: @", NULL, 403, BY_SITE,
         REFUSED},
        {"no route, and none", "POST", "/nothing", NULL, NULL, 403, NO_TOKEN, REFUSED},
        {"no route, and one", "POST", "/nothing", "X-CSRF-Token: @", NULL, 404, NULL,
         "before after "},
        {"an exempt route", "POST", "/webhook", CROSS_SITE, NULL, 200, "view", PASSED},
    };
    (void)state;

    EXPECT_ROWS(&(bocata_csrf_settings){.tokens_required = true}, rows);
}

static void test_trusted_origins(void **state)
{
    static const char *const origins[] = {"https://app.example.org", "http://localhost:3000"};
    static const row rows[] = {
        {"the first", "POST", "/", CROSS_SITE "\nOrigin: https://app.example.org", NULL, 200,
         "view", PASSED},
        {"the second", "POST", "/", "Origin: http://localhost:3000", NULL, 200, "view", PASSED},
        {"another", "POST", "/", CROSS_SITE "\nOrigin: https://b.example", NULL, 403, BY_SITE,
         REFUSED},
        {"none told", "POST", "/", CROSS_SITE, NULL, 403, BY_SITE, REFUSED},
        {"twice", "POST", "/", "Origin: https://app.example.org\nOrigin: https://app.example.org",
         NULL, 403, BY_ORIGIN, REFUSED},
        {"it still needs the token where one is asked for", "POST", "/guarded/1",
         "Origin: https://app.example.org", NULL, 403, NO_TOKEN, REFUSED},
    };
    const bocata_csrf_settings csrf = {.trusted_origins = origins, .trusted_origin_count = 2};
    (void)state;

    EXPECT_ROWS(&csrf, rows);
}

static void test_off(void **state)
{
    static const row rows[] = {
        {"another site's", "POST", "/", CROSS_SITE, NULL, 200, "view", PASSED},
        {"by Origin", "POST", "/", "Origin: null", NULL, 200, "view", PASSED},
        {"no route", "POST", "/nothing", CROSS_SITE, NULL, 404, NULL, "before after "},
        {"a route that asks, from another site", "POST", "/guarded/1",
         CROSS_SITE "\nX-CSRF-Token: @", NULL, 403, BY_SITE, REFUSED},
        {"a route that asks, without the token", "POST", "/guarded/1", NULL, NULL, 403, NO_TOKEN,
         REFUSED},
        {"a route that asks, with all", "POST", "/guarded/1", "X-CSRF-Token: @", NULL, 200, "view",
         PASSED},
    };
    (void)state;

    EXPECT_ROWS(&(bocata_csrf_settings){.off = true}, rows);
}

/* ---- tokens and sessions --------------------------------------------------------------------- */

static void expect_token(const char *intent, bocata_client *client, const char *token, int status)
{
    char headers[160];
    snprintf(headers, sizeof headers, "X-CSRF-Token: %s", token);
    expect_reply(intent, send_request(client, "POST", "/guarded/1", headers, NULL), status,
                 status == 200 ? "view" : BAD_TOKEN);
}

static void test_a_token_is_of_one_session(void **state)
{
    test_log log;
    bocata_app *app = app_with(&log, NULL);
    bocata_client *client = test_client_new(app), *other = test_client_new(app);
    char first[128], second[128], of_other[128];
    (void)state;

    get_token(client, first);
    get_token(client, second);
    get_token(other, of_other);
    assert_string_not_equal(first, second);
    expect_token("the first", client, first, 200);
    expect_token("the second", client, second, 200);
    expect_token("another session's", client, of_other, 403);
    expect_token("ours with the other", other, first, 403);

    expect("a log-in", client, "GET", "/log-in", 200, "in");
    expect_token("from before the log-in", client, second, 403);
    get_token(client, second);
    expect_token("from behind it", client, second, 200);
    expect("a log-out", client, "GET", "/log-out", 200, "out");
    expect_token("without a session", client, second, 403);
    get_token(client, first);
    expect_token("from before the log-out", client, second, 403);
    expect_token("from behind it", client, first, 200);
    bocata_client_free(client);
    bocata_client_free(other);
    bocata_app_free(app);
}

static void test_the_session_is_read_only_for_a_token(void **state)
{
    static const struct {
        const char *intent, *method, *target, *headers;
        bool is_read;
    } rows[] = {
        {"none is asked for", "POST", "/", NULL, false},
        {"it is refused before", "POST", "/guarded/1", CROSS_SITE "\nX-CSRF-Token: @", false},
        {"there is no token to compare", "POST", "/guarded/1", NULL, false},
        {"a safe method", "GET", "/guarded/1", NULL, false},
        {"there is one", "POST", "/guarded/1", "X-CSRF-Token: x", true},
    };
    test_log log;
    bocata_app *app = app_with(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_reply *reply =
            send_request(client, rows[i].method, rows[i].target, rows[i].headers, NULL);
        if (count_headers(reply, "Vary") != (rows[i].is_read ? 1 : 0))
            fail_msg("%s: Vary %zu times", rows[i].intent, count_headers(reply, "Vary"));
        bocata_reply_free(reply);
    }
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_a_form_that_cannot_be_read_says_so(void **state)
{
    enum { FIELDS = 1001 };
    static char body[FIELDS * 2 + 1];
    test_log log;
    bocata_app *app = app_with(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (size_t i = 0; i < FIELDS; i++)
        memcpy(body + i * 2, "a&", 2);
    expect_reply("too many fields", send_request(client, "POST", "/guarded/1", FORM, body), 400,
                 "{\"error\":\"400 Bad Request\",\"status\":400,\"detail\":\"There are more than "
                 "1000 fields.\"}");
    assert_string_equal(trace, REFUSED);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void show_refusal(bocata_request *req, bocata_response *res)
{
    (void)req;
    strcat(trace, "handler ");
    bocata_response_text(res, bocata_response_error_detail(res));
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The least CPU time of some posts of a form with `field` 1,000 times. */
static double cost_of_form(bocata_client *client, const char *field)
{
    static char form[32768];
    double least = 1e9;
    size_t len = 0;

    for (int i = 0; i < 1000; i++)
        len += (size_t)snprintf(form + len, sizeof form - len, "%s%s=x", i ? "&" : "", field);
    for (int i = 0; i < 5; i++) {
        trace[0] = '\0';
        double start = cpu_s();
        bocata_reply_free(bocata_client_post_form(client, "/guarded-form", form));
        double cost = cpu_s() - start;
        least = cost < least ? cost : least;
    }
    return least;
}

/* Looking through the fields once for each of them took a hundred times as long. */
static void test_a_token_a_thousand_times_costs_no_more_than_other_fields(void **state)
{
    test_log log;
    bocata_app *app = app_with(&log, NULL);
    bocata_client *client = test_client_new(app);
    (void)state;
    assert_true(cost_of_form(client, "csrf_token") < 20 * cost_of_form(client, "csrf_other"));
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_the_error_handler_writes_the_refusal(void **state)
{
    test_log log;
    bocata_app *app = app_with(&log, NULL);
    (void)state;

    bocata_app_error_handler(app, 403, show_refusal);
    bocata_client *client = test_client_new(app);
    expect_reply("refused", send_request(client, "POST", "/", CROSS_SITE, NULL), 403,
                 "This request came from another site (so says its Sec-Fetch-Site): send it from a "
                 "page of this one.");
    assert_string_equal(trace, "handler after ");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_without_settings_it_is_on(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_post(app, "/", view);
    bocata_client *client = test_client_new(app);
    expect_reply("another site's", send_request(client, "POST", "/", CROSS_SITE, NULL), 403,
                 BY_SITE);
    expect_reply("no browser", send_request(client, "POST", "/", NULL, NULL), 200, "view");
    bocata_client_free(client);
    bocata_app_free(app);
}

/* An application built against a header from before CSRF protection passes two sizes. */
static void test_an_older_header_has_it_on(void **state)
{
    const size_t sizes[] = {offsetof(bocata_settings, csrf), sizeof(bocata_session_settings)};
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_configure_sized(app, &(bocata_settings){0}, sizes, 2);
    bocata_app_route_sized(
        app, &(bocata_route_settings){.pattern = "/", .methods = "POST", .view = view},
        offsetof(bocata_route_settings, csrf));
    bocata_client *client = test_client_new(app);
    expect_reply("another site's", send_request(client, "POST", "/", CROSS_SITE, NULL), 403,
                 BY_SITE);
    expect_reply("no browser", send_request(client, "POST", "/", NULL, NULL), 200, "view");
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- mistakes -------------------------------------------------------------------------------- */

#define NO_ORIGIN(text)                                                                            \
    "`csrf.trusted_origins`: '" text "' is no origin: write it as in \"https://app.example.org\"," \
    " in lower case, without a path or the scheme's own port."

static void test_settings_that_are_mistakes(void **state)
{
    static const char *const path[] = {"https://a.example", "https://b.example/"};
    static const char *const none[] = {NULL};
    static const char *const two[] = {"*", "b.example"};
    static const struct {
        const char *intent;
        bocata_csrf_settings csrf;
        const char *mistakes;
    } rows[] = {
        {"a path",
         {.trusted_origins = path, .trusted_origin_count = 2},
         NO_ORIGIN("https://b.example/")},
        {"NULL", {.trusted_origins = none, .trusted_origin_count = 1}, NO_ORIGIN("")},
        {"two of them",
         {.trusted_origins = two, .trusted_origin_count = 2},
         NO_ORIGIN("*") "\n" NO_ORIGIN("b.example")},
        {"a count of nothing",
         {.trusted_origin_count = 1},
         "`csrf.trusted_origins` is NULL, but its count is not 0."},
        {"off, and required",
         {.off = true, .tokens_required = true},
         "`csrf.off` and `csrf.tokens_required` contradict each other."},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        bocata_app *app = app_with(&log, &rows[i].csrf);
        const char *mistakes = bocata_app_error(app);
        if (!mistakes || strcmp(mistakes, rows[i].mistakes) != 0)
            fail_msg("%s: %s", rows[i].intent, mistakes ? mistakes : "no mistake");
        assert_null(bocata_client_new(app));
        assert_string_equal(bocata_app_error(app), rows[i].mistakes);
        bocata_app_free(app);
    }
}

static void test_trusted_origins_are_copied(void **state)
{
    char origin[] = "https://a.example";
    const char *const origins[] = {origin};
    test_log log;
    bocata_app *app = app_with(
        &log, &(bocata_csrf_settings){.trusted_origins = origins, .trusted_origin_count = 1});
    bocata_client *client = test_client_new(app);
    (void)state;

    memset(origin, 'x', sizeof origin - 1);
    expect_reply("trusted", send_request(client, "POST", "/", "Origin: https://a.example", NULL),
                 200, "view");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_a_setting_of_a_newer_header(void **state)
{
    struct {
        bocata_csrf_settings known;
        int newer;
    } csrf = {.newer = 1};
    const size_t sizes[] = {sizeof(bocata_settings), sizeof(bocata_session_settings), sizeof csrf};
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_configure_sized(app, &(bocata_settings){.csrf = &csrf.known}, sizes, 3);
    assert_string_equal(bocata_app_error(app),
                        "`csrf`: a setting is newer than the library: install a newer one.");
    bocata_app_free(app);
}

static void test_a_mode_that_there_is_not(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_route(
        app, &(bocata_route_settings){.pattern = "/", .view = view, .csrf = (bocata_csrf_mode)3});
    assert_string_equal(bocata_app_error(app),
                        "The route '/' is not valid: its `csrf` is none of bocata_csrf_mode.");
    bocata_app_free(app);
}

static void test_tokens_need_sessions(void **state)
{
    static const char of_route[] =
        "The route '/guarded/{x}' asks for CSRF tokens, which need `sessions`: it is not set.";
    const bocata_route_settings route = {
        .pattern = "/guarded/{x}", .view = view, .csrf = BOCATA_CSRF_TOKEN};
    test_log log;
    (void)state;

    bocata_app *app = test_app_new(&log, NULL); /* never configured */
    bocata_app_route(app, &route);
    assert_null(bocata_app_error(app)); /* it may still be */
    assert_null(bocata_client_new(app));
    assert_string_equal(bocata_app_error(app), of_route);
    assert_null(bocata_client_new(app));
    assert_string_equal(bocata_app_error(app), of_route); /* told once */
    bocata_app_free(app);

    app = test_app_new(&log, NULL);
    bocata_app_configure(app, &(bocata_settings){0});
    bocata_app_route(app, &route);
    assert_null(bocata_client_new(app));
    assert_string_equal(bocata_app_error(app), of_route);
    bocata_app_free(app);

    app = test_app_new(&log, NULL);
    bocata_app_configure(
        app, &(bocata_settings){.csrf = &(bocata_csrf_settings){.tokens_required = true}});
    assert_null(bocata_client_new(app));
    assert_string_equal(bocata_app_error(app),
                        "`csrf.tokens_required` needs `sessions`, which is not set.");
    bocata_app_free(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_default_browsers_are_asked),
        cmocka_unit_test(test_a_route_may_ask_for_the_token),
        cmocka_unit_test(test_tokens_may_be_required_of_all),
        cmocka_unit_test(test_trusted_origins),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_a_token_is_of_one_session),
        cmocka_unit_test(test_the_session_is_read_only_for_a_token),
        cmocka_unit_test(test_a_form_that_cannot_be_read_says_so),
        cmocka_unit_test(test_a_token_a_thousand_times_costs_no_more_than_other_fields),
        cmocka_unit_test(test_the_error_handler_writes_the_refusal),
        cmocka_unit_test(test_without_settings_it_is_on),
        cmocka_unit_test(test_an_older_header_has_it_on),
        cmocka_unit_test(test_settings_that_are_mistakes),
        cmocka_unit_test(test_trusted_origins_are_copied),
        cmocka_unit_test(test_a_setting_of_a_newer_header),
        cmocka_unit_test(test_a_mode_that_there_is_not),
        cmocka_unit_test(test_tokens_need_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
