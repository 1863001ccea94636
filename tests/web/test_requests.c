/* What a view can read of a request: query, headers, cookies, bodies, and the answers to bad ones.
 */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

static bocata_app *one_route(test_log *log, const char *methods, bocata_view view)
{
    bocata_app *app = test_app_new(log, NULL);
    bocata_app_route(app,
                     &(bocata_route_settings){.methods = methods, .pattern = "/", .view = view});
    return app;
}

static void end(bocata_client *client, bocata_app *app)
{
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- query ----------------------------------------------------------------------------------- */

/* Answers "size; a=first of COUNT; a[1]=second". */
static void tell_query(bocata_request *req, bocata_response *res)
{
    const bocata_fields *query = bocata_request_query(req);
    bocata_str first = bocata_fields_get(query, "a"), second = bocata_fields_get_nth(query, "a", 1);
    char text[256];

    assert_ptr_equal(query, bocata_request_query(req)); /* parsed once */
    snprintf(text, sizeof text, "%zu; a=%s of %zu; a[1]=%s", bocata_fields_size(query),
             first.ptr ? first.ptr : "(none)", bocata_fields_count(query, "a"),
             second.ptr ? second.ptr : "(none)");
    bocata_response_text(res, text);
}

static void test_query_parameters_repeated_ones_too(void **state)
{
    static const struct {
        const char *intent, *target, *body;
    } rows[] = {
        {"no query", "/", "0; a=(none) of 0; a[1]=(none)"},
        {"one", "/?a=1", "1; a=1 of 1; a[1]=(none)"},
        {"the same name twice", "/?a=1&b=2&a=3", "3; a=1 of 2; a[1]=3"},
        {"decoded", "/?a=x%20y+z", "1; a=x y z of 1; a[1]=(none)"},
        {"an encoded name", "/?%61=1", "1; a=1 of 1; a[1]=(none)"},
        {"no value", "/?a", "1; a= of 1; a[1]=(none)"},
        {"a second question mark is text", "/?a=1?2", "1; a=1?2 of 1; a[1]=(none)"},
        {"half an escape stays", "/?a=%zz", "1; a=%zz of 1; a[1]=(none)"},
        {"a longer name is another", "/?aa=1", "1; a=(none) of 0; a[1]=(none)"},
    };
    test_log log;
    bocata_app *app = one_route(&log, NULL, tell_query);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].intent, client, "GET", rows[i].target, 200, rows[i].body);
    end(client, app);
}

static void test_more_than_1000_fields_are_refused(void **state)
{
    char target[4096] = "/?";
    test_log log;
    bocata_app *app = one_route(&log, NULL, tell_query);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (int i = 0; i < 1000; i++)
        strcat(target, "b&");
    expect("1000", client, "GET", target, 200, "1000; a=(none) of 0; a[1]=(none)");
    strcat(target, "b");
    expect("1001", client, "GET", target, 400,
           "{\"error\":\"400 Bad Request\",\"status\":400,"
           "\"detail\":\"There are more than 1000 fields.\"}");
    end(client, app);
}

/* ---- the request line, headers, cookies ------------------------------------------------------ */

static void tell_line(bocata_request *req, bocata_response *res)
{
    char text[256];
    snprintf(text, sizeof text, "%s %s %s %s %s", bocata_request_method(req).ptr,
             bocata_request_target(req).ptr, bocata_request_scheme(req).ptr,
             bocata_request_host(req).ptr, bocata_request_client(req).ptr);
    assert_true(bocata_str_is(bocata_request_path(req), "/"));
    assert_null(bocata_request_user(req));
    bocata_request_set_user(req, text);
    assert_ptr_equal(bocata_request_user(req), text);
    bocata_response_text(res, text);
}

static void test_request_line_and_origin(void **state)
{
    test_log log;
    bocata_app *app = one_route(&log, "PUT", tell_line);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("over http", client, "PUT", "/?x=1", 200, "PUT /?x=1 http localhost 127.0.0.1:0");
    bocata_client_set_https(client, true);
    expect("over https", client, "PUT", "/", 200, "PUT / https localhost 127.0.0.1:0");
    end(client, app);
}

static void tell_headers(bocata_request *req, bocata_response *res)
{
    bocata_str first = bocata_request_header(req, "x-one");
    bocata_str cookie = bocata_request_cookie(req, "c");
    char text[256];

    assert_null(bocata_request_header(req, "X-On").ptr);
    assert_null(bocata_request_header_at(req, bocata_request_header_count(req)).name.ptr);
    snprintf(text, sizeof text, "%.*s; %zu; c=%.*s", (int)first.len, first.ptr,
             bocata_request_header_count(req), cookie.ptr ? (int)cookie.len : 6,
             cookie.ptr ? cookie.ptr : "(none)");
    bocata_response_text(res, text);
}

static bocata_field field(const char *name, const char *value)
{
    return (bocata_field){bocata_str_of(name), bocata_str_of(value)};
}

static void test_headers_and_cookies(void **state)
{
    test_log log;
    bocata_app *app = one_route(&log, NULL, tell_headers);
    bocata_client *client = test_client_new(app);
    bocata_field headers[] = {field("X-One", "  a b "), field("X-ONE", "second"),
                              field("Cookie", "b=0; c=1; c=2"), field("cookie", "c=3")};
    bocata_client_request request = {.target = "/", .headers = headers, .header_count = 4};
    (void)state;

    expect_reply("case does not matter, the first wins, values are trimmed",
                 bocata_client_send(client, &request), 200, "a b; 5; c=1");
    request.header_count = 2;
    expect_reply("no cookie", bocata_client_send(client, &request), 200, "a b; 3; c=(none)");
    request.headers = headers + 3;
    request.header_count = 1;
    expect_reply("no such header", bocata_client_send(client, &request), 200, "; 2; c=3");
    assert_int_equal(bocata_client_set_cookie(client, "c", "jar"), BOCATA_OK);
    bocata_field many[99];
    for (size_t i = 0; i < 99; i++)
        many[i] = field("X", "y");
    bocata_client_request too_many = {.target = "/", .headers = many, .header_count = 99};
    assert_null(bocata_client_send(client, &too_many));
    request.header_count = 0;
    expect_reply("the jar's", bocata_client_send(client, &request), 200, "; 2; c=jar");
    end(client, app);
}

/* ---- JSON bodies ----------------------------------------------------------------------------- */

static void take_todo(bocata_request *req, bocata_response *res)
{
    const char *content;
    int rank = 0, x = 0, y = 0;

    if (!bocata_request_unpack(req, res, "{s:s, s?i, s?{s:{s:[i,i]}}}", "content", &content, "rank",
                               &rank, "a", "b", "c", &x, &y))
        return;
    char text[128];
    snprintf(text, sizeof text, "%s %d %d %d", content, rank, x, y);
    assert_non_null(bocata_request_json(req, res));
    bocata_response_text(res, text);
}

static bocata_reply *post(bocata_client *client, const char *content_type, const char *body,
                          size_t body_len)
{
    bocata_field header = field("Content-Type", content_type);
    bocata_client_request request = {.method = "POST", .target = "/", .body = {body, body_len}};
    if (content_type) {
        request.headers = &header;
        request.header_count = 1;
    }
    return bocata_client_send(client, &request);
}

#define JSON "application/json"
#define REFUSED(detail) "{\"error\":\"400 Bad Request\",\"status\":400,\"detail\":\"" detail "\"}"

static void test_json_bodies_good_and_bad(void **state)
{
    static const struct {
        const char *intent, *content_type, *body;
        int status;
        const char *answer;
    } rows[] = {
        {"the least", JSON, "{\"content\":\"x\"}", 200, "x 0 0 0"},
        {"with the optional", JSON, "{\"content\":\"x\",\"rank\":7,\"a\":{\"b\":{\"c\":[1,2]}}}",
         200, "x 7 1 2"},
        {"a charset", "Application/JSON; charset=utf-8", "{\"content\":\"x\"}", 200, "x 0 0 0"},
        {"a JSON dialect", "application/vnd.todo+json", "{\"content\":\"x\"}", 200, "x 0 0 0"},
        {"duplicate keys: the last wins", JSON, "{\"content\":\"x\",\"content\":\"y\"}", 200,
         "y 0 0 0"},
        {"another type", "text/plain", "{\"content\":\"x\"}", 400,
         REFUSED("The Content-Type must be application/json.")},
        {"what curl -d sends", "application/x-www-form-urlencoded", "{\"content\":\"x\"}", 400,
         REFUSED("The Content-Type must be application/json.")},
        {"no stated type, as another site's page may send it", NULL, "{\"content\":\"x\"}", 400,
         REFUSED("The Content-Type must be application/json.")},
        {"an empty type", ";charset=utf-8", "{\"content\":\"x\"}", 400,
         REFUSED("The Content-Type must be application/json.")},
        {"a longer type", "application/json5", "{\"content\":\"x\"}", 400,
         REFUSED("The Content-Type must be application/json.")},
        {"no body", JSON, "", 400, REFUSED("The body is empty, but must be JSON.")},
        {"half a body", JSON, "{\"content\":", 400,
         REFUSED("The body is not JSON: it ends too early, at line 1, column 11.")},
        {"bad syntax, where", JSON, "{\n \"content\": x}", 400,
         REFUSED("The body is not JSON: the syntax is wrong, at line 2, column 13.")},
        {"two values", JSON, "{\"content\":\"x\"} {}", 400,
         REFUSED("The body is not JSON: something follows the JSON, at line 1, column 17.")},
        {"a number beyond 64 bits", JSON, "{\"content\":99999999999999999999}", 400,
         REFUSED("The body is not JSON: a number is too large, at line 1, column 31.")},
        {"not UTF-8", JSON, "{\"content\":\"\xff\"}", 400,
         REFUSED("The body is not JSON: it is not UTF-8, at line 1, column 12.")},
        {"an escaped NUL", JSON, "{\"content\":\"a\\u0000b\"}", 400,
         REFUSED("The body is not JSON: a string holds a NUL, at line 1, column 21.")},
        {"content is missing", JSON, "{\"rank\":1}", 400,
         REFUSED("In the body, `content` is missing.")},
        {"content is a number", JSON, "{\"content\":1}", 400,
         REFUSED("In the body, `content` is not right: Expected string, got integer.")},
        {"content is null", JSON, "{\"content\":null}", 400,
         REFUSED("In the body, `content` is not right: Expected string, got null.")},
        {"an optional of the wrong type", JSON, "{\"content\":\"x\",\"rank\":\"1\"}", 400,
         REFUSED("In the body, `rank` is not right: Expected integer, got string.")},
        {"deep inside", JSON, "{\"content\":\"x\",\"a\":{\"b\":{\"c\":[1,\"2\"]}}}", 400,
         REFUSED("In the body, `a.b.c[1]` is not right: Expected integer, got string.")},
        {"missing deep inside", JSON, "{\"content\":\"x\",\"a\":{}}", 400,
         REFUSED("In the body, `a.b` is missing.")},
        {"not an object", JSON, "[1]", 400,
         REFUSED("The body is not right: Expected object, got array.")},
        {"a bare number", JSON, "1", 400,
         REFUSED("The body is not right: Expected object, got integer.")},
    };
    test_log log;
    bocata_app *app = one_route(&log, "POST", take_todo);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_reply(rows[i].intent,
                     post(client, rows[i].content_type, rows[i].body, strlen(rows[i].body)),
                     rows[i].status, rows[i].answer);
    expect_reply("what the client makes of JSON",
                 bocata_client_post_json(client, "/", json_pack("{s:s}", "content", "x")), 200,
                 "x 0 0 0");
    assert_null(bocata_client_post_json(client, "/", NULL));
    assert_string_equal(log.text, ""); /* a client's mistake is not the application's */
    end(client, app);
}

static void test_json_nested_too_deeply_is_refused(void **state)
{
    static char body[100000];
    test_log log;
    bocata_app *app = one_route(&log, "POST", take_todo);
    bocata_client *client = test_client_new(app);
    (void)state;

    memset(body, '[', sizeof body);
    bocata_reply *reply = post(client, JSON, body, sizeof body);
    assert_int_equal(bocata_reply_status(reply), 400);
    assert_non_null(strstr(bocata_reply_body(reply).ptr, "nested too deeply"));
    bocata_reply_free(reply);
    end(client, app);
}

static void unpack_wrongly(bocata_request *req, bocata_response *res)
{
    int x;
    if (bocata_request_unpack(req, res, "{s:q}", "content", &x))
        bocata_response_text(res, "unpacked");
}

static void test_a_wrong_unpack_format_is_the_applications_fault(void **state)
{
    test_log log;
    bocata_app *app = one_route(&log, "POST", unpack_wrongly);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect_reply("a 500", post(client, JSON, "{\"content\":1}", 13), 500,
                 "{\"error\":\"500 Internal Server Error\",\"status\":500}");
    assert_string_equal(log.text, "POST /: 500, because the unpack format \"{s:q}\" is wrong: "
                                  "Unexpected format character 'q'.\n");
    end(client, app);
}

/* ---- forms and bytes ------------------------------------------------------------------------- */

static void take_form(bocata_request *req, bocata_response *res)
{
    const bocata_fields *form = bocata_request_form(req, res);
    if (!form)
        return;
    bocata_str content = bocata_fields_get(form, "content");
    bocata_response_bytes(res, content.ptr, content.len, "application/octet-stream");
}

static void test_forms(void **state)
{
    static const char form[] = "application/x-www-form-urlencoded";
    test_log log;
    bocata_app *app = one_route(&log, "POST", take_form);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect_reply("a form", bocata_client_post_form(client, "/", "a=1&content=x+%26+y"), 200,
                 "x & y");
    expect_reply("a charset",
                 post(client, "application/x-www-form-urlencoded;charset=UTF-8", "content=x", 9),
                 200, "x");
    expect_reply("an empty form", post(client, form, "", 0), 200, "");
    expect_reply("another type", post(client, JSON, "content=x", 9), 400,
                 REFUSED("The Content-Type must be application/x-www-form-urlencoded."));
    expect_reply("no type", post(client, NULL, "content=x", 9), 400,
                 REFUSED("The Content-Type must be application/x-www-form-urlencoded."));
    end(client, app);
}

static void test_a_form_larger_than_the_requests_memory_is_a_413(void **state)
{
    enum { LEN = 2 << 20 };
    static char form[LEN];
    test_log log;
    bocata_app *app = one_route(&log, "POST", take_form);
    bocata_client *client = test_client_new(app);
    (void)state;

    memset(form, 'x', LEN);
    memcpy(form, "content=", 8);
    expect_reply("one long value", post(client, "application/x-www-form-urlencoded", form, LEN / 2),
                 200, NULL);
    memset(form + 8, '\xff', LEN - 8);
    expect_reply("bytes that grow when they are mended",
                 post(client, "application/x-www-form-urlencoded", form, LEN / 2), 200, NULL);
    expect_reply("more than fits", post(client, "application/x-www-form-urlencoded", form, LEN),
                 413,
                 "{\"error\":\"413 Content Too Large\",\"status\":413,"
                 "\"detail\":\"The fields need more memory than one request may use.\"}");
    assert_string_equal(log.text, "");
    end(client, app);
}

static void echo(bocata_request *req, bocata_response *res)
{
    bocata_str body = bocata_request_body(req);
    bocata_response_bytes(res, body.ptr, body.len, "application/octet-stream");
}

static void test_bodies_are_any_bytes(void **state)
{
    test_log log;
    bocata_app *app = one_route(&log, "POST", echo);
    bocata_client *client = test_client_new(app);
    (void)state;

    bocata_reply *reply = post(client, NULL, "a\0\xff\r\n", 5);
    assert_int_equal(bocata_reply_body(reply).len, 5);
    assert_memory_equal(bocata_reply_body(reply).ptr, "a\0\xff\r\n", 6);
    bocata_reply_free(reply);
    end(client, app);
}

static void use_memory(bocata_request *req, bocata_response *res)
{
    char *small = bocata_request_alloc(req, 100);
    assert_non_null(small);
    memset(small, 'x', 100);
    assert_null(bocata_request_alloc(req, (size_t)1 << 30));
    assert_null(bocata_request_alloc(req, SIZE_MAX));
    bocata_response_text(res, "ok");
}

static void test_request_memory_has_a_limit(void **state)
{
    test_log log;
    bocata_app *app = one_route(&log, NULL, use_memory);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("a refusal is NULL, not a crash", client, "GET", "/", 200, "ok");
    end(client, app);
}

static void format_text(bocata_request *req, bocata_response *res)
{
    const char *first = bocata_request_format(req, "%s is %d", "one", 1);
    const char *second = bocata_request_format(req, "%0*d", 20000, 2);

    assert_int_equal(strlen(second), 20000);
    bocata_response_text(res, bocata_request_format(req, "%s%s", first, second + 19998));
}

static void format_too_much(bocata_request *req, bocata_response *res)
{
    assert_string_equal(bocata_request_format(req, "%0*d", 6 << 20, 1), "");
    bocata_response_text(res, "ok");
}

static void test_formatting_into_the_requests_memory(void **state)
{
    test_log log;
    bocata_app *app = one_route(&log, NULL, format_text);
    bocata_client *client;
    (void)state;

    bocata_app_get(app, "/too-much", format_too_much);
    client = test_client_new(app);
    expect("both live on", client, "GET", "/", 200, "one is 102");
    expect("what does not fit is a failure", client, "GET", "/too-much", 500, NULL);
    assert_string_equal(log.text, "GET /too-much: 500, because there is no memory for its text.\n");
    end(client, app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query_parameters_repeated_ones_too),
        cmocka_unit_test(test_more_than_1000_fields_are_refused),
        cmocka_unit_test(test_request_line_and_origin),
        cmocka_unit_test(test_headers_and_cookies),
        cmocka_unit_test(test_json_bodies_good_and_bad),
        cmocka_unit_test(test_json_nested_too_deeply_is_refused),
        cmocka_unit_test(test_a_wrong_unpack_format_is_the_applications_fault),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_a_form_larger_than_the_requests_memory_is_a_413),
        cmocka_unit_test(test_bodies_are_any_bytes),
        cmocka_unit_test(test_request_memory_has_a_limit),
        cmocka_unit_test(test_formatting_into_the_requests_memory),
    };
    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
