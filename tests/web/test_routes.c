/* Which view answers: patterns, parameters, methods, and the answers where none does. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

/* Answers "LABEL name=value …", the label being the route's data. */
static void tell(bocata_request *req, bocata_response *res)
{
    char text[256];
    const char *label = bocata_request_data(req);
    bocata_str name = bocata_request_param(req, "name");
    bocata_str rest = bocata_request_param(req, "rest");

    if (name.ptr) {
        assert_int_equal(name.ptr[name.len], '\0');
        snprintf(text, sizeof text, "%s name=%.*s", label, (int)name.len, name.ptr);
    } else if (rest.ptr) {
        assert_int_equal(rest.ptr[rest.len], '\0');
        snprintf(text, sizeof text, "%s rest=%.*s", label, (int)rest.len, rest.ptr);
    } else if (bocata_request_param(req, "id").ptr) {
        snprintf(text, sizeof text, "%s id=%lld", label,
                 (long long)bocata_request_param_int(req, "id"));
    } else if (bocata_request_param(req, "x").ptr) {
        snprintf(text, sizeof text, "%s x=%g", label, bocata_request_param_real(req, "x"));
    } else {
        snprintf(text, sizeof text, "%s", label);
    }
    bocata_response_text(res, text);
}

static void route(bocata_app *app, const char *methods, const char *pattern, const char *label)
{
    static char labels[64][32]; /* data is not const: it is the application's */
    static size_t count;
    char *copy = labels[count++];
    snprintf(copy, sizeof labels[0], "%s", label);
    bocata_app_route(app, &(bocata_route_settings){
                              .methods = methods, .pattern = pattern, .view = tell, .data = copy});
}

static bocata_app *routed_app(test_log *log)
{
    static char data[] = "app";
    bocata_app *app = test_app_new(log, data);
    route(app, NULL, "/", "root");
    route(app, NULL, "/items/new", "new");
    route(app, NULL, "/items/{id:int}", "item");
    route(app, NULL, "/items/latest", "latest");
    route(app, "POST, PUT", "/items/{id:int}", "change");
    route(app, NULL, "/at/{x:real}", "at");
    route(app, NULL, "/users/{name}", "user");
    route(app, NULL, "/users/{name}", "never");
    route(app, NULL, "/users/{name}/posts/{id:int}", "post");
    route(app, NULL, "/img/{name}.png", "image");
    route(app, NULL, "/v{id:int}/x", "version");
    route(app, NULL, "/files/{rest:path}", "file");
    route(app, NULL, "/any/{}", "any");
    route(app, NULL, "/caf\xc3\xa9", "cafe");
    route(app, "DELETE", "/only-delete", "delete");
    bocata_app_get(app, "/app-data", tell);
    bocata_app_put(app, "/verbs", tell);
    bocata_app_patch(app, "/verbs", tell);
    bocata_app_delete(app, "/verbs", tell);
    return app;
}

static void test_paths_find_their_view(void **state)
{
    static const struct {
        const char *intent, *method, *target;
        int status;
        const char *body;
    } rows[] = {
        {"the root", "GET", "/", 200, "root"},
        {"a literal", "GET", "/items/new", 200, "new"},
        {"an int", "GET", "/items/42", 200, "item id=42"},
        {"a negative int", "GET", "/items/-7", 200, "item id=-7"},
        {"the largest int", "GET", "/items/9223372036854775807", 200,
         "item id=9223372036854775807"},
        {"an int beyond 64 bits is a wrong type", "GET", "/items/9223372036854775808", 400, NULL},
        {"a word is no int", "GET", "/items/abc", 400,
         "{\"error\":\"400 Bad Request\",\"status\":400,"
         "\"detail\":\"A part of the path has the wrong type.\"}"},
        {"a number with a tail is no int", "GET", "/items/4x", 400, NULL},
        {"a later literal beats a wrong type", "GET", "/items/latest", 200, "latest"},
        {"an empty parameter matches nothing", "GET", "/items/", 404, NULL},
        {"a real", "GET", "/at/1.5e3", 200, "at x=1500"},
        {"an int is a real too", "GET", "/at/2", 200, "at x=2"},
        {"a real that is none", "GET", "/at/nan", 400, NULL},
        {"a text; the first route wins", "GET", "/users/ann", 200, "user name=ann"},
        {"two parameters", "GET", "/users/ann/posts/3", 200, "post name=ann"},
        {"a deeper path is another", "GET", "/users/ann/posts", 404, NULL},
        {"a trailing slash is another path", "GET", "/users/ann/", 404, NULL},
        {"text behind a parameter", "GET", "/img/a.b.png", 200, "image name=a.b"},
        {"nothing but that text", "GET", "/img/.png", 404, NULL},
        {"text before a parameter", "GET", "/v3/x", 200, "version id=3"},
        {"the rest, slashes included", "GET", "/files/a/b/c.txt", 200, "file rest=a/b/c.txt"},
        {"an empty rest", "GET", "/files/", 200, "file rest="},
        {"no slash, no rest", "GET", "/files", 404, NULL},
        {"a deeper rest than any pattern", "GET",
         "/files/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7", 200,
         "file rest=1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7"},
        {"a rest without a name", "GET", "/any/thing/at/all", 200, "any"},
        {"percent-encoded text", "GET", "/users/a%20b", 200, "user name=a b"},
        {"an encoded slash does not cut", "GET", "/users/a%2Fb", 200, "user name=a/b"},
        {"an encoded literal is the literal", "GET", "/%69tems/new", 200, "new"},
        {"a literal beyond ASCII", "GET", "/caf%C3%A9", 200, "cafe"},
        {"an encoded rest", "GET", "/files/a%20b/c%2fd", 200, "file rest=a b/c/d"},
        {"a query is no path", "GET", "/users/ann?x=/posts/3", 200, "user name=ann"},
        {"half an escape", "GET", "/users/a%2", 400, NULL},
        {"an escaped NUL", "GET", "/users/a%00b", 400, NULL},
        {"an escaped NUL in a rest", "GET", "/files/a/%00b", 400, NULL},
        {"bytes that are not UTF-8", "GET", "/users/%ff", 400, NULL},
        {"bytes that are not UTF-8, not even encoded", "GET", "/users/\xff", 400, NULL},
        {"no slash at the start", "GET", "x/users/ann", 400, NULL},
        {"no path at all", "GET", "?a", 400, NULL},
        {"nothing there", "GET", "/nothing", 404, "{\"error\":\"404 Not Found\",\"status\":404}"},
        {"the application's data", "GET", "/app-data", 200, "app"},
        {"put", "PUT", "/verbs", 200, "app"},
        {"patch", "PATCH", "/verbs", 200, "app"},
        {"delete", "DELETE", "/verbs", 200, "app"},
        {"and no other", "POST", "/verbs", 405,
         "{\"error\":\"405 Method Not Allowed\",\"status\":405,"
         "\"detail\":\"The methods of this path are: PUT, PATCH, DELETE.\"}"},
        {"HEAD by a GET route, without its body", "HEAD", "/items/42", 200, ""},
        {"another method's route", "PUT", "/items/42", 200, "change id=42"},
        {"no route for the method", "DELETE", "/items/42", 405,
         "{\"error\":\"405 Method Not Allowed\",\"status\":405,"
         "\"detail\":\"The methods of this path are: GET, HEAD, POST, PUT.\"}"},
        {"HEAD without a GET route", "HEAD", "/only-delete", 405, NULL},
        {"the method's wrong type before another's method", "POST", "/items/abc", 400, NULL},
        {"methods are case-sensitive", "get", "/", 405, NULL},
        {"the server itself", "OPTIONS", "*", 204, ""},
    };
    test_log log;
    bocata_app *app = routed_app(&log);
    bocata_client *client = test_client_new(app);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].intent, client, rows[i].method, rows[i].target, rows[i].status,
               rows[i].body);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_405_lists_each_allowed_method_once(void **state)
{
    test_log log;
    bocata_app *app = routed_app(&log);
    bocata_client *client = test_client_new(app);
    (void)state;

    expect_header("a method that exists needs no Allow", client, "/items/42", "Allow", NULL);
    expect_header("all routes of the path", client, "/only-delete", "Allow", "DELETE");
    bocata_client_request request = {.method = "PATCH", .target = "/items/42"};
    bocata_reply *reply = bocata_client_send(client, &request);
    assert_true(bocata_str_is(bocata_reply_header(reply, "allow"), "GET, HEAD, POST, PUT"));
    bocata_reply_free(reply);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void tell_both(bocata_request *req, bocata_response *res)
{
    char text[64];
    snprintf(text, sizeof text, "%s %s", (const char *)bocata_request_data(req),
             (const char *)bocata_request_app_data(req));
    bocata_response_text(res, text);
}

static void ask_wrong_number(bocata_request *req, bocata_response *res)
{
    if (bocata_fields_get(bocata_request_query(req), "real").ptr)
        assert_true(bocata_request_param_real(req, "id") == 0);
    else
        assert_int_equal(bocata_request_param_int(req, "name"), 0);
    bocata_response_text(res, "never sent");
}

static void test_a_number_that_the_route_does_not_have_is_the_views_mistake(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_get(app, "/{name}/{id:int}", ask_wrong_number);
    bocata_client *client = test_client_new(app);
    expect("a text", client, "GET", "/12/3", 500, NULL);
    expect("of another type", client, "GET", "/12/3?real", 500, NULL);
    assert_string_equal(log.text,
                        "GET /12/3: 500, because its route has no parameter {name:int}.\n"
                        "GET /12/3: 500, because its route has no parameter {id:real}.\n");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_the_applications_data_is_there_beside_the_routes(void **state)
{
    static char app_data[] = "app", route_data[] = "route";
    test_log log;
    bocata_app *app = test_app_new(&log, app_data);
    (void)state;

    bocata_app_route(
        app, &(bocata_route_settings){.pattern = "/own", .view = tell_both, .data = route_data});
    bocata_app_get(app, "/none", tell_both);
    bocata_client *client = test_client_new(app);
    expect("its own", client, "GET", "/own", 200, "route app");
    expect("none of its own", client, "GET", "/none", 200, "app app");
    bocata_client_free(client);
    bocata_app_free(app);
}

static bool guard(bocata_request *req, bocata_response *res)
{
    if (!bocata_str_is(bocata_request_path(req), "/admin"))
        return true;
    bocata_response_error(res, 403, NULL);
    return false;
}

static void test_a_guard_sees_the_path_as_the_router_does(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_before(app, guard);
    route(app, NULL, "/admin", "admin");
    bocata_client *client = test_client_new(app);
    expect("plain", client, "GET", "/admin", 403, NULL);
    expect("encoded", client, "GET", "/%61dmin", 403, NULL);
    expect("not decodable", client, "GET", "/%61dmin%", 400, NULL);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_an_application_that_memory_ran_out_for_takes_every_call(void **state)
{
    (void)state;
    bocata_app_configure(NULL, &(bocata_settings){0});
    bocata_app_get(NULL, "/", tell);
    bocata_app_before(NULL, guard);
    bocata_app_after(NULL, tell);
    bocata_app_error_handler(NULL, 404, tell);
    bocata_app_on_log(NULL, NULL, NULL);
    assert_string_equal(bocata_app_error(NULL),
                        "out of memory while the application was put together");
    assert_null(bocata_app_sessions(NULL));
    assert_null(bocata_client_new(NULL));
    assert_null(bocata_client_get(NULL, "/"));
    assert_int_equal(bocata_reply_status(NULL), 0);
    assert_int_equal(bocata_reply_body(NULL).len, 0);
    assert_null(bocata_reply_header(NULL, "X").ptr);
    assert_null(bocata_reply_json(NULL));
    assert_false(bocata_reply_is_pending(NULL));
    bocata_reply_free(NULL);
    bocata_app_free(NULL);
}

static void test_a_wildcard_alone_answers_everything(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    route(app, NULL, "{}", "all");
    bocata_client *client = test_client_new(app);
    (void)state;

    expect("the root", client, "GET", "/", 200, "all");
    expect("a deep path", client, "GET", "/a/b/c", 200, "all");
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_bad_patterns_stop_the_start(void **state)
{
    static const struct {
        const char *intent, *methods, *pattern, *reason;
    } rows[] = {
        {"no slash", NULL, "todos", "it must start with '/'"},
        {"nothing", NULL, "", "it must start with '/'"},
        {"an open brace", NULL, "/{id", "a '{' without its '}'"},
        {"a closing brace", NULL, "/id}", "a '}' without its '{'"},
        {"a closing brace before", NULL, "/a}{id}", "a '}' without its '{'"},
        {"a closing brace behind", NULL, "/{id}}", "a '}' without its '{'"},
        {"two in a segment", NULL, "/{a}-{b}", "two parameters in one segment"},
        {"a type that is the default", NULL, "/{a:str}",
         "a parameter's type must be int, real or path"},
        {"an unknown type", NULL, "/{a:uuid}", "a parameter's type must be int, real or path"},
        {"no type behind the colon", NULL, "/{a:}", "a parameter's type must be int, real or path"},
        {"a type without a name", NULL, "/{:int}",
         "a parameter's name must be letters, digits and '_'"},
        {"a name that is none", NULL, "/{a b}",
         "a parameter's name must be letters, digits and '_'"},
        {"the same name twice", NULL, "/{a}/{a}", "two parameters have the same name"},
        {"something behind the rest", NULL, "/{a:path}/b",
         "a path parameter takes the rest, so nothing may follow it"},
        {"text behind the rest", NULL, "/{a:path}.txt",
         "a path parameter takes the rest, so nothing may follow it"},
        {"a query", NULL, "/a?b",
         "it is matched against the path alone, without query or fragment"},
        {"not UTF-8", NULL, "/\xff", "it is not UTF-8"},
        {"33 segments", NULL, "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3",
         "it has more than 32 segments"},
        {"another framework's parameter", NULL, "/todos/:id", "a parameter is written {name}"},
        {"and another's", NULL, "/todos/<id>", "a parameter is written {name}"},
        {"17 parameters", NULL,
         "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}",
         "it has more than 16 parameters"},
        {"a lower-case method", "get", "/", "methods must be upper-case words separated by commas"},
        {"an empty method", "GET,", "/", "methods must be upper-case words separated by commas"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_log log;
        char sentence[256];
        bocata_app *app = test_app_new(&log, NULL);
        bocata_route_settings settings = {
            .methods = rows[i].methods, .pattern = rows[i].pattern, .view = tell};
        bocata_app_route(app, &settings);
        snprintf(sentence, sizeof sentence, "The route '%s' is not valid: %s.", rows[i].pattern,
                 rows[i].reason);
        const char *error = bocata_app_error(app);
        if (!error || strcmp(error, sentence) != 0)
            fail_msg("%s: expected: %s, got: %s", rows[i].intent, sentence, error ? error : "none");
        assert_null(bocata_client_new(app));
        bocata_app_free(app);
    }
}

static void test_mistakes_add_up(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    assert_null(bocata_app_error(app));
    bocata_app_get(app, "/", NULL);
    bocata_app_error_handler(app, 200, tell);
    bocata_app_error_handler(app, 404, tell);
    bocata_app_error_handler(app, 404, tell);
    bocata_app_before(app, NULL);
    bocata_app_after(app, NULL);
    bocata_app_configure(app, &(bocata_settings){0});
    bocata_app_configure(app, &(bocata_settings){0});
    assert_string_equal(bocata_app_error(app),
                        "The route '/' is not valid: it has no view.\n"
                        "An error handler is for a status of 400 to 599, or 0, not 200.\n"
                        "Two error handlers are for the status 404.\n"
                        "A before hook is NULL.\n"
                        "An after hook is NULL.\n"
                        "The application is configured twice.");
    bocata_app_free(app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_find_their_view),
        cmocka_unit_test(test_405_lists_each_allowed_method_once),
        cmocka_unit_test(test_a_number_that_the_route_does_not_have_is_the_views_mistake),
        cmocka_unit_test(test_the_applications_data_is_there_beside_the_routes),
        cmocka_unit_test(test_a_guard_sees_the_path_as_the_router_does),
        cmocka_unit_test(test_an_application_that_memory_ran_out_for_takes_every_call),
        cmocka_unit_test(test_a_wildcard_alone_answers_everything),
        cmocka_unit_test(test_bad_patterns_stop_the_start),
        cmocka_unit_test(test_mistakes_add_up),
    };
    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
