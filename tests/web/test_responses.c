/* What a view can answer, and what never gets out. */
#include "web_test.h"

#include <stdio.h>
#include <string.h>

#define FAILED "{\"error\":\"500 Internal Server Error\",\"status\":500}"

static void nothing(bocata_request *req, bocata_response *res)
{
    (void)req, (void)res;
}

static void json(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_json(res, json_pack("{s:s, s:[i,b]}", "a", "\xc3\xa9", "b", 1, 0));
}

static void long_json(bocata_request *req, bocata_response *res)
{
    json_t *array = json_array();
    (void)req;
    for (int i = 0; i < 10000; i++)
        json_array_append_new(array, json_integer(i));
    bocata_response_json(res, array);
}

static void no_json(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_json(res, NULL);
}

static void circular_json(bocata_request *req, bocata_response *res)
{
    json_t *outer = json_array(), *inner = json_array();
    (void)req;
    json_array_append_new(outer, inner);
    json_array_append(inner, outer);
    bocata_response_json(res, json_incref(outer));
    json_array_clear(inner);
    json_decref(outer);
}

static void text(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_json(res, json_true());
    bocata_response_text(res, "the last call wins");
}

static void no_text(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, NULL);
}

static void html(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_html(res, "<p>");
}

static void own_type(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, "content-type", "application/problem+json");
    bocata_response_json(res, json_object());
}

static void teapot(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_status(res, 418);
    assert_int_equal(bocata_response_get_status(res), 418);
}

static void informational(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_status(res, 101);
}

static void four_digits(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_status(res, 1000);
}

static void no_content(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_text(res, "never sent");
    bocata_response_status(res, 204);
}

static void error_then_status(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 400, "no");
    bocata_response_status(res, 201);
}

static void error(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 409, "%s is taken.", "ann");
}

static void error_then_text(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 409, "no");
    bocata_response_text(res, "a body of its own");
}

static void long_error(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 409, "%0508d\xf0\x9f\x8d\xaa", 0); /* cut inside the cookie */
}

static void error_not_utf8(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 409, "\xff");
}

static void error_200(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 200, NULL);
}

static void redirect(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_redirect(res, 303, "/next?a=b");
}

static void redirect_200(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_redirect(res, 200, "/");
}

static void redirect_split(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_redirect(res, 302, "/\r\nSet-Cookie: a=b");
}

static const struct {
    const char *intent, *target;
    bocata_view view;
    int status;
    const char *body, *type;
} answers[] = {
    {"an untouched response", "/1", nothing, 200, "", NULL},
    {"JSON, compact, UTF-8", "/2", json, 200, "{\"a\":\"\xc3\xa9\",\"b\":[1,false]}",
     "application/json"},
    {"JSON that outgrows the first buffer", "/3", long_json, 200, NULL, "application/json"},
    {"no JSON", "/4", no_json, 500, FAILED, "application/json"},
    {"JSON that holds itself", "/5", circular_json, 500, FAILED, "application/json"},
    {"text", "/6", text, 200, "the last call wins", "text/plain; charset=utf-8"},
    {"no text", "/7", no_text, 500, FAILED, "application/json"},
    {"HTML", "/8", html, 200, "<p>", "text/html; charset=utf-8"},
    {"a type of the application's choice", "/9", own_type, 200, "{}", "application/problem+json"},
    {"any status", "/10", teapot, 418, "", NULL},
    {"no informational status", "/11", informational, 500, FAILED, "application/json"},
    {"no status of four digits", "/12", four_digits, 500, FAILED, "application/json"},
    {"204 has no body", "/13", no_content, 204, "", "text/plain; charset=utf-8"},
    {"a status after an error", "/14", error_then_status, 201, "", NULL},
    {"an error with its sentence", "/15", error, 409,
     "{\"error\":\"409 Conflict\",\"status\":409,\"detail\":\"ann is taken.\"}",
     "application/json"},
    {"a sentence that JSON cannot hold", "/16", error_not_utf8, 409,
     "{\"error\":\"409 Conflict\",\"status\":409}", "application/json"},
    {"an error that is none", "/17", error_200, 500, FAILED, "application/json"},
    {"a body behind an error", "/21", error_then_text, 409,
     "{\"error\":\"409 Conflict\",\"status\":409,\"detail\":\"no\"}", "application/json"},
    {"a redirect", "/18", redirect, 303, "", NULL},
    {"a redirect that is none", "/19", redirect_200, 500, FAILED, "application/json"},
    {"a redirect with a line end", "/20", redirect_split, 500, FAILED, "application/json"},
};

static void test_bodies_statuses_and_types(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        bocata_app_get(app, answers[i].target, answers[i].view);
    bocata_app_get(app, "/long-error", long_error);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        expect(answers[i].intent, client, "GET", answers[i].target, answers[i].status,
               answers[i].body);
        expect_header(answers[i].intent, client, answers[i].target, "Content-Type",
                      answers[i].type);
    }
    expect_header("where to", client, "/18", "Location", "/next?a=b");
    expect_header("not there", client, "/20", "Location", NULL);
    expect_header("nor there", client, "/20", "Set-Cookie", NULL);

    bocata_reply *cut = bocata_client_get(client, "/long-error");
    assert_int_equal(json_string_length(json_object_get(bocata_reply_json(cut), "detail")), 508);
    bocata_reply_free(cut);

    bocata_reply *reply = bocata_client_get(client, "/3");
    assert_int_equal(json_array_size(bocata_reply_json(reply)), 10000);
    assert_int_equal(json_integer_value(json_array_get(bocata_reply_json(reply), 9999)), 9999);
    bocata_reply_free(reply);
    bocata_client_free(client);
    bocata_app_free(app);
}

/* ---- headers --------------------------------------------------------------------------------- */

static struct {
    const char *name, *value;
} header_to_set;

static void set_it(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_header(res, header_to_set.name, header_to_set.value);
}

static void add_it(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_add_header(res, header_to_set.name, header_to_set.value);
}

static void test_only_whole_headers_get_out(void **state)
{
    static const struct {
        const char *intent, *name, *value;
        int status;
        const char *got;
    } rows[] = {
        {"a header", "X-A", "b", 200, "b"},
        {"an empty value", "X-A", "", 200, ""},
        {"spaces around are trimmed", "X-A", " b\t", 200, "b"},
        {"bytes beyond ASCII", "X-A", "\xc3\xa9", 200, "\xc3\xa9"},
        {"a tab inside", "X-A", "a\tb", 200, "a\tb"},
        {"CR LF", "X-A", "b\r\nX-B: c", 500, NULL},
        {"a bare CR", "X-A", "b\rc", 500, NULL},
        {"a bare LF", "X-A", "b\nc", 500, NULL},
        {"a control character", "X-A", "b\x01", 500, NULL},
        {"DEL", "X-A", "b\x7f", 500, NULL},
        {"no value", "X-A", NULL, 500, NULL},
        {"no name", "", "b", 500, NULL},
        {"a NULL name", NULL, "b", 500, NULL},
        {"a space in the name", "X A", "b", 500, NULL},
        {"a colon in the name", "X:A", "b", 500, NULL},
        {"a line end in the name", "X\nA", "b", 500, NULL},
        {"a length of its own", "content-length", "5", 500, NULL},
        {"a framing of its own", "Transfer-Encoding", "chunked", 500, NULL},
        {"a connection of its own", "CONNECTION", "close", 500, NULL},
        {"a date of its own", "Date", "today", 500, NULL},
    };
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_get(app, "/set", set_it);
    bocata_app_get(app, "/add", add_it);
    bocata_client *client = test_client_new(app);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = rows[i].status == 200 ? rows[i].name : "X-A";
        header_to_set.name = rows[i].name;
        header_to_set.value = rows[i].value;
        log.len = 0;
        log.text[0] = '\0';
        expect(rows[i].intent, client, "GET", "/set", rows[i].status, NULL);
        assert_int_equal(strstr(log.text, "500, because") != NULL, rows[i].status == 500);
        expect(rows[i].intent, client, "GET", "/add", rows[i].status, NULL);
        expect_header(rows[i].intent, client, "/set", name, rows[i].got);
        expect_header(rows[i].intent, client, "/add", name, rows[i].got);
    }
    bocata_client_free(client);
    bocata_app_free(app);
}

static void several_headers(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_add_header(res, "X-A", "1");
    bocata_response_add_header(res, "Link", "</a>");
    bocata_response_add_header(res, "link", "</b>");
    bocata_response_header(res, "x-a", "2");
    bocata_response_add_header(res, "X-B", "3");
    assert_true(bocata_str_is(bocata_response_get_header(res, "LINK"), "</a>"));
    assert_null(bocata_response_get_header(res, "X-C").ptr);
}

static void second_type(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_add_header(res, "Content-Type", "text/css");
}

static void test_set_replaces_and_add_adds(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    char all[256] = "";
    (void)state;

    bocata_app_get(app, "/", several_headers);
    bocata_app_get(app, "/type", second_type);
    bocata_client *client = test_client_new(app);
    bocata_reply *reply = bocata_client_get(client, "/");
    for (size_t i = 0; i < bocata_reply_header_count(reply); i++) {
        bocata_field header = bocata_reply_header_at(reply, i);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%.*s=%.*s ", (int)header.name.len,
                 header.name.ptr, (int)header.value.len, header.value.ptr);
    }
    assert_string_equal(all, "Link=</a> link=</b> x-a=2 X-B=3 ");
    bocata_reply_free(reply);
    expect("a second Content-Type", client, "GET", "/type", 500, FAILED);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void forge_log(bocata_request *req, bocata_response *res)
{
    (void)req;
    bocata_response_error(res, 1, NULL);
    bocata_response_header(res, "bad name\n", "x");
}

static void test_a_log_line_cannot_forge_another(void **state)
{
    test_log log;
    bocata_app *app = test_app_new(&log, NULL);
    (void)state;

    bocata_app_get(app, "{}", forge_log);
    bocata_client *client = test_client_new(app);
    expect("a control character in the target", client, "GET", "/a\nERROR: forged", 500, FAILED);
    assert_string_equal(log.text,
                        "GET /a?ERROR: forged: 500, because 1 is not the status of an error.\n"
                        "GET /a?ERROR: forged: 500, because a header's name is not a token "
                        "(RFC 9110 5.6.2).\n");
    bocata_client_free(client);
    bocata_app_free(app);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_statuses_and_types),
        cmocka_unit_test(test_only_whole_headers_get_out),
        cmocka_unit_test(test_set_replaces_and_add_adds),
        cmocka_unit_test(test_a_log_line_cannot_forge_another),
    };
    return cmocka_run_group_tests_name("responses", tests, NULL, NULL);
}
