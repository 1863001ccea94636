/* Escaping text for pages. */
#include "web_test.h"

#include <stdlib.h>
#include <string.h>

static bocata_str text, escaped; /* what the view escapes, and what it got */
static bool is_copy;

static void view(bocata_request *req, bocata_response *res)
{
    escaped = bocata_html_escape(req, text);
    bocata_html_escape(req, text); /* which must not begin where the first one's NUL stands */
    is_copy = escaped.ptr != text.ptr;
    assert_int_equal(escaped.ptr[escaped.len], '\0');
    bocata_response_bytes(res, escaped.ptr, escaped.len, "text/html");
}

static bocata_client *client_of_view(bocata_app **ret_app, test_log *log)
{
    *ret_app = test_app_new(log, NULL);
    bocata_app_get(*ret_app, "/", view);
    return test_client_new(*ret_app);
}

static void test_rows(void **state)
{
    static const struct {
        const char *intent;
        bocata_str text;
        const char *outcome;
    } rows[] = {
        {"nothing to escape", {"plain", 5}, "plain"},
        {"nothing at all", {"", 0}, ""},
        {"no text", {NULL, 0}, ""},
        {"as long as memory is aligned", {"0123456789abcdef", 16}, "0123456789abcdef"},
        {"each of them", {"&<>\"'", 5}, "&amp;&lt;&gt;&quot;&#39;"},
        {"a tag",
         {"<script>alert('1')</script>", 27},
         "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
        {"out of an attribute", {"\" onload=\"x", 11}, "&quot; onload=&quot;x"},
        {"what is escaped already", {"&amp;", 5}, "&amp;amp;"},
        {"at both ends", {"<a<", 3}, "&lt;a&lt;"},
        {"only as long as it is", {"<<<", 2}, "&lt;&lt;"},
        {"not only ASCII", {"\xe2\x82\xac<\xc3\xa4", 6}, "\xe2\x82\xac&lt;\xc3\xa4"},
        {"other punctuation", {"/=`;#\n\t", 7}, "/=`;#\n\t"},
    };
    test_log log;
    bocata_app *app;
    bocata_client *client = client_of_view(&app, &log);
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        text = rows[i].text;
        expect(rows[i].intent, client, "GET", "/", 200, rows[i].outcome);
        assert_true(is_copy);
    }
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_a_nul_stays(void **state)
{
    test_log log;
    bocata_app *app;
    bocata_client *client = client_of_view(&app, &log);
    (void)state;

    text = (bocata_str){"a\0<", 3};
    bocata_reply *reply = bocata_client_get(client, "/");
    bocata_str body = bocata_reply_body(reply);
    assert_int_equal(body.len, 6);
    assert_memory_equal(body.ptr, "a\0&lt;", 6);
    bocata_reply_free(reply);
    bocata_client_free(client);
    bocata_app_free(app);
}

static void test_without_memory_it_is_a_500(void **state)
{
    enum { LEN = 1 << 20 }; /* six times that is more than a request may use */
    char *quotes = malloc(LEN);
    test_log log;
    bocata_app *app;
    bocata_client *client = client_of_view(&app, &log);
    (void)state;

    assert_non_null(quotes);
    memset(quotes, '"', LEN);
    text = (bocata_str){quotes, LEN};
    expect("too large", client, "GET", "/", 500,
           "{\"error\":\"500 Internal Server Error\",\"status\":500}");
    assert_int_equal(escaped.len, 0);
    assert_non_null(strstr(log.text, "there is no memory for its escaped text"));

    text = (bocata_str){quotes, SIZE_MAX / 2}; /* whose escaped length has no number */
    expect("far too large", client, "GET", "/", 500, NULL);
    text = (bocata_str){quotes, LEN / 4}; /* twice */
    expect("a quarter of it", client, "GET", "/", 200, NULL);
    assert_int_equal(escaped.len, LEN / 4 * strlen("&quot;"));
    bocata_client_free(client);
    bocata_app_free(app);
    free(quotes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_a_nul_stays),
        cmocka_unit_test(test_without_memory_it_is_a_500),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
