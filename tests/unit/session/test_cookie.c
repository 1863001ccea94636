#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/session.h>

#include "base/str.h"
#include "session/cookie.h"

/* Header lines are separated by \n; the values found, in order, by |. */
static struct row {
    const char *intent, *headers, *found;
} rows[] = {
    {"no header", NULL, ""},
    {"an empty header", "", ""},
    {"the only one", "sid=a", "a"},
    {"an empty value", "sid=", ""},
    {"behind another", "x=1; sid=a", "a"},
    {"between others", "x=1; sid=a; y=2", "a"},
    {"a longer name is not ours", "sid_old=x", NULL},
    {"a shorter name is not ours", "si=x", NULL},
    {"a name that ends in ours", "xsid=x", NULL},
    {"the case matters", "SID=x", NULL},
    {"our name without a value", "sid", NULL},
    {"our name as a value", "x=sid=a", NULL},
    {"an equals sign in the value", "sid=a==", "a=="},
    {"no space behind the semicolon", "x=1;sid=a", "a"},
    {"spaces and tabs around", " \t sid \t= \ta\t ; x=1", "a"},
    {"quotes stay", "sid=\"a\"", "\"a\""},
    {"a space inside", "sid=a b", "a b"},
    {"empty pairs", ";;; ;sid=a;;", "a"},
    {"no name", "=x; sid=a", "a"},
    {"a comma separates nothing", "x=1, sid=a", NULL},
    {"two of them, in order", "sid=b; sid=a", "b|a"},
    {"the same twice counts once", "sid=a; x=1; sid=a", "a"},
    {"the same in two headers", "sid=a\nsid=a", "a"},
    {"two headers", "x=1\nsid=a\nsid=b", "a|b"},
    {"a header does not go on in the next", "sid=a; si\nd=b", "a"},
    {"a prefix differs from the whole", "sid=a; sid=ab", "a|ab"},
    {"eight of them", "sid=1;sid=2;sid=3;sid=4;sid=5;sid=6;sid=7;sid=8", "1|2|3|4|5|6|7|8"},
    {"nine of them", "sid=1;sid=2;sid=3;sid=4;sid=5;sid=6;sid=7;sid=8;sid=9",
     "1|2|3|4|5|6|7|8|more"},
    {"eight of them, and one again", "sid=1;sid=2;sid=3;sid=4;sid=5;sid=6;sid=7;sid=8;sid=3",
     "1|2|3|4|5|6|7|8"},
};

static size_t headers_split(const char *text, bocata_str headers[4])
{
    size_t count = 0;
    bocata_str rest = bocata_str_of(text);

    if (!text)
        return 0;
    do
        headers[count++] = str_cut(&rest, '\n');
    while (rest.len > 0);
    return count;
}

static void test_row(void **state)
{
    struct row *row = *state;
    bocata_str headers[4];
    bocata_cookie_values found;
    char text[256] = "";
    size_t len = 0, count = headers_split(row->headers, headers);

    bocata_cookie_find_all(headers, count, STR("sid"), &found);
    for (size_t i = 0; i < found.count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", i ? "|" : "",
                                (int)found.values[i].len, found.values[i].ptr);
    if (found.has_more)
        snprintf(text + len, sizeof text - len, "|more");
    assert_string_equal(text, row->found ? row->found : "");

    /* The public one gives the first, and tells an empty value from none. */
    bocata_str first = bocata_cookie_find(headers, count, "sid");
    assert_int_equal(first.ptr != NULL, found.count > 0);
    if (found.count > 0)
        assert_true(str_equal(first, found.values[0]));
}

static void a_nul_ends_nothing(void **state)
{
    bocata_cookie_values found;
    const bocata_str header = STR("x=\0; sid=a\0b; sid\0=c");
    (void)state;
    bocata_cookie_find_all(&header, 1, STR("sid"), &found);
    assert_int_equal(found.count, 1);
    assert_true(str_equal(found.values[0], STR("a\0b")));
}

/* Each header lies in memory of exactly its length, so that a sanitizer sees a byte too far. */
static void nothing_is_read_past_the_end(void **state)
{
    const char whole[] = "sid=a; x; =; sid = b ";
    (void)state;
    for (size_t len = 0; len < sizeof whole; len++) {
        char *exact = malloc(len ? len : 1);
        bocata_cookie_values found;
        assert_non_null(exact);
        memcpy(exact, whole, len);
        bocata_cookie_find_all(&(bocata_str){exact, len}, 1, STR("sid"), &found);
        assert_true(found.count <= 2);
        free(exact);
    }
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, a_nul_ends_nothing);
    SUITE_TEST(&group, nothing_is_read_past_the_end);
    return suite_run(&group, "cookie");
}
