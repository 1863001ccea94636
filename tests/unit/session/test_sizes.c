#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/sizes.h"

#define HEAD "the session is %zu bytes of JSON, more than fits a cookie; its largest keys:"

static struct row {
    const char *intent, *json, *tail;
} rows[] = {
    {"one key", "{\"cart\":[1,2]}", " \"cart\" 6"},
    {"the largest first", "{\"a\":1,\"c\":\"xx\",\"b\":[]}", " \"c\" 4, \"b\" 2, \"a\" 1"},
    {"equals in their order", "{\"b\":1,\"a\":2}", " \"b\" 1, \"a\" 1"},
    {"sizes are those of the escaped text", "{\"a\":\"\xc3\xa9\"}", " \"a\" 8"},
    {"a long key is cut", "{\"12345678901234567890123456789012x\":1}",
     " \"12345678901234567890123456789012...\" 1"},
    {"a key that just fits", "{\"12345678901234567890123456789012\":1}",
     " \"12345678901234567890123456789012\" 1"},
    {"no control characters, nothing beyond ASCII", "{\"a\\n\\u001b\xc3\xa9\":1}",
     " \"a\?\?\?\?\" 1"},
    {"eight at most, the largest",
     "{\"a\":1,\"b\":22,\"c\":333,\"d\":4444,\"e\":55555,\"f\":666666,\"g\":7777777,"
     "\"h\":88888888,\"i\":999999999}",
     " \"i\" 9, \"h\" 8, \"g\" 7, \"f\" 6, \"e\" 5, \"d\" 4, \"c\" 3, \"b\" 2"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    json_t *values = json_loads(row->json, 0, NULL);
    char text[512], wanted[512];

    assert_non_null(values);
    bocata_sizes_describe(values, BOCATA_JSON_PYTHON, text, sizeof text);
    char *dumped = json_dumps(values, JSON_ENSURE_ASCII);
    snprintf(wanted, sizeof wanted, HEAD "%s", strlen(dumped), row->tail);
    free(dumped);
    assert_string_equal(text, wanted);
    json_decref(values);
}

static void is_cut_to_the_room_there_is(void **state)
{
    json_t *values = json_loads("{\"first\":1,\"second\":2}", 0, NULL);
    char whole[512];
    (void)state;
    bocata_sizes_describe(values, BOCATA_JSON_PYTHON, whole, sizeof whole);
    for (size_t cap = 1; cap <= strlen(whole) + 1; cap++) {
        char *exact = malloc(cap);
        assert_non_null(exact);
        bocata_sizes_describe(values, BOCATA_JSON_PYTHON, exact, cap);
        assert_int_equal(strlen(exact), cap - 1);
        assert_memory_equal(exact, whole, cap - 1);
        free(exact);
    }
    json_decref(values);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, is_cut_to_the_room_there_is);
    return suite_run(&group, "sizes");
}
