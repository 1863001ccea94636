#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "session/payload.h"

#define NONE BOCATA_REASON_NONE
#define UNSUPPORTED BOCATA_REASON_UNSUPPORTED_VALUE
#define NOT_AN_OBJECT BOCATA_REASON_NOT_AN_OBJECT
#define INTEGER "an integer beyond 64 bits"
#define NAN_NAME "NaN or Infinity"
#define SURROGATE "a lone surrogate"

/* `out` is what an accepted text comes to, compact; `detail` is why it is refused. */
static struct row {
    const char *intent;
    bocata_str text;
    const char *out;
    bocata_reason reason;
    const char *detail;
} rows[] = {
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
    {"an empty object", TEXT("{}"), "{}", NONE, NULL},
    {"as Python writes it", TEXT("{\"a\": 1, \"b\": [1.5, null]}"), "{\"a\":1,\"b\":[1.5,null]}",
     NONE, NULL},
    {"compact", TEXT("{\"a\":1,\"b\":true}"), "{\"a\":1,\"b\":true}", NONE, NULL},
    {"space around", TEXT(" \n{\"a\":1}\t "), "{\"a\":1}", NONE, NULL},
    {"the order stays", TEXT("{\"z\":1,\"a\":2,\"m\":3}"), "{\"z\":1,\"a\":2,\"m\":3}", NONE, NULL},
    {"of duplicate keys the last wins", TEXT("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":3,\"b\":2}",
     NONE, NULL},
    {"raw UTF-8", TEXT("{\"a\":\"\xc3\xa9\"}"), "{\"a\":\"\\u00E9\"}", NONE, NULL},
    {"a pair of surrogates", TEXT("{\"a\":\"\\ud83c\\udf6a\"}"), "{\"a\":\"\\uD83C\\uDF6A\"}", NONE,
     NULL},
    {"a NUL in a string", TEXT("{\"a\":\"x\\u0000y\"}"), "{\"a\":\"x\\u0000y\"}", NONE, NULL},
    {"the largest integer", TEXT("{\"a\":9223372036854775807}"), "{\"a\":9223372036854775807}",
     NONE, NULL},
    {"the smallest integer", TEXT("{\"a\":-9223372036854775808}"), "{\"a\":-9223372036854775808}",
     NONE, NULL},
    {"NaN in a string is text", TEXT("{\"a\":\"NaN Infinity\"}"), "{\"a\":\"NaN Infinity\"}", NONE,
     NULL},
    {"an array", TEXT("[1]"), NULL, NOT_AN_OBJECT, NULL},
    {"a number", TEXT("1"), NULL, NOT_AN_OBJECT, NULL},
    {"a string", TEXT("\"a\""), NULL, NOT_AN_OBJECT, NULL},
    {"null", TEXT("null"), NULL, NOT_AN_OBJECT, NULL},
    {"one more than the largest", TEXT("{\"a\":9223372036854775808}"), NULL, UNSUPPORTED, INTEGER},
    {"one less than the smallest", TEXT("{\"a\":-9223372036854775809}"), NULL, UNSUPPORTED,
     INTEGER},
    {"a hundred bits", TEXT("{\"a\":[1267650600228229401496703205376]}"), NULL, UNSUPPORTED,
     INTEGER},
    {"a real too large", TEXT("{\"a\":1e999}"), NULL, UNSUPPORTED, "a real beyond 64 bits"},
    {"NaN", TEXT("{\"a\": NaN}"), NULL, UNSUPPORTED, NAN_NAME},
    {"Infinity", TEXT("{\"a\": Infinity}"), NULL, UNSUPPORTED, NAN_NAME},
    {"minus Infinity", TEXT("{\"a\": [1, -Infinity]}"), NULL, UNSUPPORTED, NAN_NAME},
    {"several, and text like it", TEXT("{\"a\\\"\": \"NaN\", \"b\": NaN, \"c\": Infinity}"), NULL,
     8, NAN_NAME},
    {"NaN at the top", TEXT("NaN"), NULL, UNSUPPORTED, NAN_NAME},
    {"NaN beside a large integer", TEXT("{\"a\": NaN, \"b\": 9223372036854775808}"), NULL,
     BOCATA_REASON_UNSUPPORTED_VALUE, NAN_NAME},
    {"NaN, and then no JSON", TEXT("{\"a\": NaN,}"), NULL, UNSUPPORTED, "not JSON"},
    {"a word that only begins like it", TEXT("{\"a\": NaNa}"), NULL, UNSUPPORTED, "not JSON"},
    {"NaN as a key", TEXT("{NaN: 1}"), NULL, UNSUPPORTED, "not JSON"},
    {"a lone high surrogate", TEXT("{\"a\":\"\\ud800\"}"), NULL, UNSUPPORTED, SURROGATE},
    {"a lone low surrogate", TEXT("{\"a\":\"\\uDC00 \"}"), NULL, UNSUPPORTED, SURROGATE},
    {"a high one before another letter", TEXT("{\"a\":\"\\ud800\\u0041\"}"), NULL, UNSUPPORTED,
     SURROGATE},
    {"two high ones", TEXT("{\"a\":\"\\ud800\\ud800\\udc00\"}"), NULL, UNSUPPORTED, SURROGATE},
    {"two low ones", TEXT("{\"a\":\"\\udc00\\udc00\"}"), NULL, UNSUPPORTED, SURROGATE},
    {"the pair the wrong way round", TEXT("{\"a\":\"\\udc00\\ud800\"}"), NULL, UNSUPPORTED,
     SURROGATE},
    {"a lone one in a key", TEXT("{\"\\ud800\":1}"), NULL, UNSUPPORTED, SURROGATE},
    {"behind an escaped backslash it is text", TEXT("{\"a\":\"\\\\ud800\"}"),
     "{\"a\":\"\\\\ud800\"}", NONE, NULL},
    {"an escape that is cut", TEXT("{\"a\":\"\\ud8\"}"), NULL, UNSUPPORTED, "not JSON"},
    {"a backslash at the very end", TEXT("{\"a\":\"\\"), NULL, UNSUPPORTED, "not JSON"},
    {"an escape at the very end", TEXT("{\"a\":\"\\ud800"), NULL, UNSUPPORTED, "not JSON"},
    {"a NUL in a key", TEXT("{\"a\\u0000b\":1}"), NULL, UNSUPPORTED, "a NUL in a key"},
    {"bytes that are not UTF-8", TEXT("{\"a\":\"\xff\"}"), NULL, UNSUPPORTED, "not UTF-8"},
    {"an overlong form", TEXT("{\"a\":\"\xc0\x80\"}"), NULL, UNSUPPORTED, "not UTF-8"},
    {"a surrogate in UTF-8", TEXT("{\"a\":\"\xed\xa0\x80\"}"), NULL, UNSUPPORTED, "not UTF-8"},
    {"UTF-8 that is cut", TEXT("{\"a\":\"\xc3"), NULL, UNSUPPORTED, "not UTF-8"},
    {"nothing", TEXT(""), NULL, UNSUPPORTED, "not JSON"},
    {"half of it", TEXT("{\"a\":"), NULL, UNSUPPORTED, "not JSON"},
    {"something behind it", TEXT("{} x"), NULL, UNSUPPORTED, "not JSON"},
    {"a second one behind it", TEXT("{}{}"), NULL, UNSUPPORTED, "not JSON"},
    {"a raw NUL behind it", TEXT("{}\0"), NULL, UNSUPPORTED, "not JSON"},
    {"single quotes", TEXT("{'a':1}"), NULL, UNSUPPORTED, "not JSON"},
    {"a raw line end in a string", TEXT("{\"a\":\"\n\"}"), NULL, UNSUPPORTED, "not JSON"},
};

static void check(bocata_str text, const char *out, bocata_reason reason, const char *detail)
{
    char *exact = malloc(text.len ? text.len : 1); /* so that a sanitizer sees a byte too far */
    json_t *values = NULL;
    bocata_reason got = BOCATA_REASON_COUNT;
    const char *got_detail = NULL;

    assert_non_null(exact);
    memcpy(exact, text.ptr, text.len);
    assert_int_equal(bocata_payload_parse(exact, text.len, &values, &got, &got_detail), BOCATA_OK);
    free(exact);
    if (detail)
        assert_string_equal(got_detail, detail);
    else
        assert_null(got_detail);
    assert_string_equal(bocata_reason_name(got), bocata_reason_name(reason));
    assert_int_equal(values != NULL, out != NULL);
    if (out) {
        char *dumped = json_dumps(values, JSON_COMPACT | JSON_ENSURE_ASCII);
        assert_string_equal(dumped, out);
        free(dumped);
        json_decref(values);
    }
}

static void test_row(void **state)
{
    struct row *row = *state;
    check(row->text, row->out, row->reason, row->detail);
}

static void deep_nesting(void **state)
{
    static char text[5000] = "{\"a\":";
    size_t depth = 2400, start = strlen(text);
    (void)state;
    memset(text + start, '[', depth);
    memset(text + start + depth, ']', depth);
    text[start + 2 * depth] = '}';
    check((bocata_str){text, start + 2 * depth + 1}, NULL, BOCATA_REASON_UNSUPPORTED_VALUE,
          "nested too deeply");
    memset(text, '[', sizeof text); /* and never closed */
    check((bocata_str){text, sizeof text}, NULL, BOCATA_REASON_UNSUPPORTED_VALUE,
          "nested too deeply");
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, deep_nesting);
    return suite_run(&group, "payload");
}
