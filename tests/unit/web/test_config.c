#include "config_test.h"

#include <errno.h>

#include "base/buf.h"
#include "web/config_file.h"

/* ---- the form of the file -------------------------------------------------------------------- */

static void collect(const char *name, const char *value, void *user)
{
    assert_int_equal(bocata_buf_printf(user, "[%s][%s]", name, value), BOCATA_OK);
}

static void lines(void **state)
{
    static const struct {
        const char *intent, *text, *outcome; /* [name][value] of each */
    } table[] = {
        {"one line", "A=1\n", "[A][1]"},
        {"no line end at the end", "A=1", "[A][1]"},
        {"two, in their order", "B=1\nA=2\n", "[B][1][A][2]"},
        {"both of the same name", "A=1\nA=2\n", "[A][1][A][2]"},
        {"nothing", "", ""},
        {"only a line end", "\n", ""},
        {"blank lines", "\n \t\n\nA=1\n\n", "[A][1]"},
        {"comments", "#A=0\n  # B=0\nA=1 # 2\n", "[A][1 # 2]"},
        {"no =", "A\nexport B\nC=1", "[C][1]"},
        {"no name", "=1\n =2\nA=1", "[A][1]"},
        {"an empty value", "A=\nB= \nC=", "[A][][B][][C][]"},
        {"spaces around both", "  A \t=  1 2 \t\n", "[A][1 2]"},
        {"the first = separates", "A=b=c", "[A][b=c]"},
        {"double quotes", "A=\" 1 \"", "[A][ 1 ]"},
        {"single quotes", "A=' 1 '", "[A][ 1 ]"},
        {"quotes within", "A=it's \"so\" here", "[A][it's \"so\" here]"},
        {"every quote at the ends", "A=\"'1\"\"", "[A][1]"},
        {"only quotes", "A=\"\"", "[A][]"},
        {"one quote", "A='", "[A][]"},
        {"CRLF", "A=1\r\nB=\"2\"\r\n\r\nC=\r\n", "[A][1][B][2][C][]"},
        {"escapes are none", "A=\\n\\\"", "[A][\\n\\]"},
        {"a # within", "A=#1", "[A][#1]"},
        {"UTF-8", "\xc3\x84=\xe2\x82\xac", "[\xc3\x84][\xe2\x82\xac]"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_buf all = {0};
        write_text(table[i].text);
        assert_int_equal(bocata_config_file_each(path, collect, &all), BOCATA_OK);
        if (!bocata_str_is(buf_str(&all), table[i].outcome))
            fail_msg("%s: %.*s", table[i].intent, (int)all.len, all.ptr);
        bocata_buf_free(&all);
    }
}

static void files_that_are_refused(void **state)
{
    bocata_buf all = {0};
    char *text = malloc(BOCATA_CONFIG_FILE_LEN_MAX + 1);
    (void)state;

    assert_int_equal(bocata_config_file_each(path, collect, &all), BOCATA_E_IO);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(bocata_config_file_each(folder, collect, &all), BOCATA_E_IO);
    assert_int_equal(errno, EISDIR);
    write_file(STR("A=1\nB=\0\n"));
    assert_int_equal(bocata_config_file_each(path, collect, &all), BOCATA_E_MALFORMED);
    assert_int_equal(all.len, 0); /* not even the good line before */

    assert_non_null(text);
    memset(text, '#', BOCATA_CONFIG_FILE_LEN_MAX + 1);
    memcpy(text, "A=1\n", 4);
    memcpy(text + BOCATA_CONFIG_FILE_LEN_MAX - 4, "\nB=2X", 5);
    write_file((bocata_str){text, BOCATA_CONFIG_FILE_LEN_MAX + 1});
    assert_int_equal(bocata_config_file_each(path, collect, &all), BOCATA_E_LIMIT);
    assert_int_equal(all.len, 0);
    write_file((bocata_str){text, BOCATA_CONFIG_FILE_LEN_MAX});
    assert_int_equal(bocata_config_file_each(path, collect, &all), BOCATA_OK);
    assert_true(bocata_str_is(buf_str(&all), "[A][1][B][2]"));
    free(text);
    bocata_buf_free(&all);
}

/* ---- the getters ----------------------------------------------------------------------------- */

#define MISSING "Config 'KEY' is missing, and has no default."
#define NOT_A(value, type) "Config 'KEY' has value '" value "'. Not a valid " type "."
#define TEN "abcdefghi\xc3\xa9" /* eleven bytes, the last two a letter */

static void values(void **state)
{
    static const struct {
        const char *intent;
        getter which;
        bool is_required;
        const char *env, *file; /* NULL: not there */
        const char *outcome, *error;
    } table[] = {
        {"the environment wins", STRING, false, "env", "KEY=file", "env", NULL},
        {"even when empty", STRING, false, "", "KEY=file", "", NULL},
        {"then the file", STRING, false, NULL, "KEY=file", "file", NULL},
        {"its last line of the name", STRING, false, NULL, "KEY=a\nKEY=b\nX=KEY\n", "b", NULL},
        {"then the fallback", STRING, false, NULL, "KEYS=1\nKE=2", "fallback", NULL},
        {"nothing", STRING, true, NULL, NULL, "", MISSING},
        {"required and there", STRING, true, NULL, "KEY=1", "1", NULL},
        {"the environment is taken as it is", STRING, true, " 'a' ", NULL, " 'a' ", NULL},

        {"true", BOOL, true, "true", NULL, "1", NULL},
        {"True", BOOL, true, "True", NULL, "1", NULL},
        {"1", BOOL, true, "1", NULL, "1", NULL},
        {"false", BOOL, false, "FALSE", NULL, "0", NULL},
        {"0", BOOL, false, "0", NULL, "0", NULL},
        {"no bool", BOOL, true, "Yes", NULL, "0", NOT_A("yes", "bool")},
        {"no bool, with a fallback", BOOL, false, "2", NULL, "1", NOT_A("2", "bool")},
        {"an empty one", BOOL, false, "", NULL, "1", NOT_A("", "bool")},
        {"spaces are not trimmed off a bool", BOOL, true, "1 ", NULL, "0", NOT_A("1 ", "bool")},
        {"no value, a fallback", BOOL, false, NULL, NULL, "1", NULL},
        {"no value, no fallback", BOOL, true, NULL, NULL, "0", MISSING},

        {"an int", INT, true, "-17", NULL, "-17", NULL},
        {"an int with spaces", INT, true, " 8 ", NULL, "8", NULL},
        {"the largest", INT, true, NULL, "KEY='9223372036854775807'", "9223372036854775807", NULL},
        {"beyond 64 bits", INT, false, "9223372036854775808", NULL, "42",
         NOT_A("9223372036854775808", "int")},
        {"no int", INT, false, "1.5", NULL, "42", NOT_A("1.5", "int")},
        {"no int, no fallback", INT, true, "abc", NULL, "0", NOT_A("abc", "int")},
        {"no value, a fallback", INT, false, NULL, NULL, "42", NULL},
        {"no value, no fallback", INT, true, NULL, NULL, "0", MISSING},

        {"a real", REAL, true, " 2.5e1", NULL, "25", NULL},
        {"no real", REAL, false, "2,5", NULL, "4.5", NOT_A("2,5", "float")},
        {"infinity is none", REAL, true, "inf", NULL, "0", NOT_A("inf", "float")},
        {"no value, a fallback", REAL, false, NULL, NULL, "4.5", NULL},
        {"no value, no fallback", REAL, true, NULL, NULL, "0", MISSING},

        {"a list", LIST, true, "a, b ,c", NULL, "[a][b][c]", NULL},
        {"of one", LIST, true, "a", NULL, "[a]", NULL},
        {"of none", LIST, true, "", NULL, "", NULL},
        {"empty places are no items", LIST, true, ",a,,b,", NULL, "[a][b]", NULL},
        {"spaces make one", LIST, true, "a, ", NULL, "[a][]", NULL},
        {"empty quotes make one", LIST, true, "'',a,\"\"", NULL, "[][a][]", NULL},
        {"quotes keep commas", LIST, true, "\"a,b\",'c,d'", NULL, "[a,b][c,d]", NULL},
        {"quotes within an item", LIST, true, "a'b,c'd", NULL, "[ab,cd]", NULL},
        {"one quote in the other", LIST, true, "\"it's\",'a\"b'", NULL, "[it's][a\"b]", NULL},
        {"a backslash keeps a comma", LIST, true, "a\\,b,c\\\\", NULL, "[a,b][c\\]", NULL},
        {"and a quote", LIST, true, "a\\'b,c", NULL, "[a'b][c]", NULL},
        {"in double quotes only a quote", LIST, true, "\"a\\\"b\\\\c\\d\"", NULL, "[a\"b\\c\\d]",
         NULL},
        {"in single quotes nothing", LIST, true, "'a\\',b", NULL, "[a\\][b]", NULL},
        {"a # is an ordinary character", LIST, true, "#fff,#000", NULL, "[#fff][#000]", NULL},
        {"no end of a quote", LIST, false, "a,'b", NULL, "[x][y]",
         NOT_A("a,'b", "CommaSeparatedStrings")},
        {"nothing behind a backslash", LIST, true, "a\\", NULL, "",
         NOT_A("a\\", "CommaSeparatedStrings")},
        {"no value, a fallback", LIST, false, NULL, NULL, "[x][y]", NULL},
        {"no value, no fallback", LIST, true, NULL, NULL, "", MISSING},

        {"a secret", SECRET, true, NULL, "KEY=s3cret", "s3cret", NULL},
        {"an empty one", SECRET, true, "", NULL, "", "Config 'KEY' is empty."},
        {"none", SECRET, true, NULL, NULL, "none", MISSING},

        {"control characters are not shown", INT, true, "1\n\033[31m\177", NULL, "0",
         NOT_A("1??[31m?", "int")},
        {"100 bytes are shown", INT, true, TEN TEN TEN TEN TEN TEN TEN TEN TEN "!", NULL, "0",
         NOT_A(TEN TEN TEN TEN TEN TEN TEN TEN TEN "!", "int")},
        {"not 101", INT, true, TEN TEN TEN TEN TEN TEN TEN TEN TEN "!?", NULL, "0",
         NOT_A(TEN TEN TEN TEN TEN TEN TEN TEN TEN "!", "int")},
        {"no half of a letter", INT, true, TEN TEN TEN TEN TEN TEN TEN TEN TEN "\xe2\x82\xac", NULL,
         "0", NOT_A(TEN TEN TEN TEN TEN TEN TEN TEN TEN, "int")},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char shown[256];
        if (table[i].env)
            setenv("KEY", table[i].env, 1);
        if (table[i].file)
            write_text(table[i].file);
        bocata_config *config = bocata_config_open(table[i].file ? path : NULL);
        get(config, table[i].which, table[i].is_required, shown);
        if (strcmp(shown, table[i].outcome) != 0)
            fail_msg("%s: %s", table[i].intent, shown);
        const char *error = bocata_config_error(config);
        if (!error != !table[i].error || (error && strcmp(error, table[i].error) != 0))
            fail_msg("%s: %s", table[i].intent, error ? error : "no error");
        bocata_config_close(config);
        unsetenv("KEY");
    }
}

static void a_prefix_stands_before_every_key(void **state)
{
    (void)state;
    write_text("KEY=plain\nAPP_KEY=prefixed\n");
    bocata_config *config = bocata_config_open_prefixed(path, "APP_");
    assert_string_equal(bocata_config_string(config, "KEY", "fallback"), "prefixed");
    assert_string_equal(bocata_config_string(config, "APP_KEY", "fallback"), "fallback");
    setenv("APP_KEY", "env", 1);
    assert_string_equal(bocata_config_string(config, "KEY", "fallback"), "env");
    unsetenv("APP_KEY");
    bocata_config_require_int(config, "OTHER");
    assert_string_equal(bocata_config_error(config),
                        "Config 'APP_OTHER' is missing, and has no default.");
    bocata_config_close(config);
}

static void the_first_mistake_stays(void **state)
{
    (void)state;
    write_text("A=x\nB=y\n");
    bocata_config *config = bocata_config_open(path);
    assert_null(bocata_config_error(config));
    bocata_config_int(config, "B", 0);
    bocata_config_int(config, "A", 0);
    bocata_config_secret(config, "C");
    assert_string_equal(bocata_config_error(config), "Config 'B' has value 'y'. Not a valid int.");
    assert_string_equal(bocata_config_string(config, "A", NULL), "x"); /* the rest still works */
    bocata_config_close(config);
}

static void files_that_cannot_be_read_are_a_mistake(void **state)
{
    char expected[200];
    (void)state;

    bocata_config *config = bocata_config_open(path); /* there is none: an empty one */
    assert_null(bocata_config_error(config));
    bocata_config_close(config);

    config = bocata_config_open(folder);
    snprintf(expected, sizeof expected, "The settings in '%s' cannot be read: Is a directory.",
             folder);
    assert_string_equal(bocata_config_error(config), expected);
    assert_int_equal(bocata_config_int(config, "KEY", 42), 42);
    bocata_config_close(config);

    write_file(STR("KEY=1\n\0"));
    config = bocata_config_open(path);
    snprintf(expected, sizeof expected,
             "The settings in '%s' cannot be read: there is a NUL byte in it.", path);
    assert_string_equal(bocata_config_error(config), expected);
    assert_int_equal(bocata_config_int(config, "KEY", 42), 42);
    bocata_config_close(config);

    write_text("");
    assert_int_equal(truncate(path, BOCATA_CONFIG_FILE_LEN_MAX + 1), 0);
    config = bocata_config_open(path);
    snprintf(expected, sizeof expected, "The settings in '%s' cannot be read: more than 1 MiB.",
             path);
    assert_string_equal(bocata_config_error(config), expected);
    bocata_config_close(config);
}

static void a_file_of_all_lines_fits(void **state)
{
    enum { LINE_LEN = 3, COUNT = BOCATA_CONFIG_FILE_LEN_MAX / LINE_LEN };
    char *text = malloc(COUNT * LINE_LEN + 1);
    (void)state;

    assert_non_null(text);
    for (size_t i = 0; i < COUNT; i++) /* nothing between the lines to spare: "A=\nA=\n…Z=" */
        memcpy(text + i * LINE_LEN, i + 1 == COUNT ? "Z=\n" : "A=\n", LINE_LEN);
    text[COUNT * LINE_LEN] = 'x';
    write_file((bocata_str){text, COUNT * LINE_LEN});
    bocata_config *config = bocata_config_open(path);
    assert_string_equal(bocata_config_require_string(config, "Z"), "");
    assert_null(bocata_config_error(config));
    bocata_config_close(config);
    free(text);
}

static void what_was_returned_stays_until_the_config_is_closed(void **state)
{
    size_t count;
    (void)state;

    setenv("KEY", "a,b", 1);
    bocata_config *config = bocata_config_open(NULL);
    const char *string = bocata_config_require_string(config, "KEY");
    const char *const *list = bocata_config_require_list(config, "KEY", &count);
    const bocata_secret *secret = bocata_config_secret(config, "KEY");
    setenv("KEY", "other", 1);
    assert_string_equal(bocata_config_require_string(config, "KEY"), "other");
    assert_string_equal(string, "a,b");
    assert_string_equal(list[1], "b");
    assert_true(bocata_str_is(bocata_secret_reveal(secret), "a,b"));

    setenv("KEY", "a,b", 1); /* asked for again, it takes no new memory */
    assert_ptr_equal(bocata_config_require_string(config, "KEY"), string);
    assert_ptr_equal(bocata_config_require_list(config, "KEY", &count), list);
    assert_int_equal(count, 2);
    assert_ptr_equal(bocata_config_secret(config, "KEY"), secret);
    unsetenv("KEY");
    bocata_config_close(config);
}

static void fallbacks(void **state)
{
    static const char text[] = "text";
    size_t count = 9;
    (void)state;

    bocata_config *config = bocata_config_open(NULL);
    assert_ptr_equal(bocata_config_string(config, "KEY", text), text);
    assert_null(bocata_config_string(config, "KEY", NULL));
    assert_null(bocata_config_list(config, "KEY", NULL, &count)[0]);
    assert_int_equal(count, 0);
    assert_null(bocata_config_error(config));
    bocata_config_list(config, "KEY", "'a", &count); /* a fallback must be a list too */
    assert_string_equal(bocata_config_error(config), NOT_A("'a", "CommaSeparatedStrings"));
    bocata_config_close(config);
}

static void without_a_config_all_is_fallback(void **state)
{
    size_t count = 9;
    (void)state;

    assert_non_null(bocata_config_error(NULL));
    assert_null(bocata_config_secret(NULL, "KEY"));
    assert_null(bocata_config_secrets(NULL, "KEY", &count));
    assert_int_equal(count, 0);
    assert_int_equal(bocata_config_int(NULL, "KEY", 42), 42);
    assert_string_equal(bocata_config_require_string(NULL, "KEY"), "");
    assert_null(bocata_config_list(NULL, "KEY", "a", &count)[0]);
    assert_int_equal(count, 0);
    bocata_config_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_prefix_stands_before_every_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_mistake_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_read_are_a_mistake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_of_all_lines_fits, set_up, tear_down),
        cmocka_unit_test(what_was_returned_stays_until_the_config_is_closed),
        cmocka_unit_test(fallbacks),
        cmocka_unit_test(without_a_config_all_is_fallback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
