/* Values in files that NAME_FILE names, and lists of secrets. */
#include "config_test.h"

#include <errno.h>

/* `text` with each "@" as the path of the file that is held. */
static const char *with_path(const char *text, char out[512])
{
    size_t len = 0;
    for (; text && *text; text++)
        len += (size_t)(*text == '@' ? snprintf(out + len, 512 - len, "%s", held)
                                     : snprintf(out + len, 512 - len, "%c", *text));
    out[len] = '\0';
    return text ? out : NULL;
}

#define BOTH "Config 'KEY' and 'KEY_FILE' are both set: which one holds is not clear."
#define UNREADABLE(why) "Config 'KEY_FILE' names the file '@', which cannot be read: " why "."

static void values_in_files_of_their_own(void **state)
{
    static const struct {
        const char *intent;
        getter which;
        bool is_required;
        const char *env, *env_file, *file, *held; /* KEY, KEY_FILE, .env, what is in the file */
        const char *outcome, *error;
    } table[] = {
        {"the environment names it", STRING, true, NULL, "@", NULL, "value", "value", NULL},
        {"the .env file does", STRING, true, NULL, NULL, "KEY_FILE=@", "value", "value", NULL},
        {"its last line does", STRING, true, NULL, NULL, "KEY_FILE=/no\nKEY_FILE=@", "value",
         "value", NULL},
        {"the value in the environment is first", STRING, true, "env", NULL,
         "KEY=file\nKEY_FILE=/no", "value", "env", NULL},
        {"its name in the environment is second", STRING, true, NULL, "@", "KEY=file", "value",
         "value", NULL},
        {"also of two names", STRING, true, NULL, "@", "KEY_FILE=/no", "value", "value", NULL},
        {"both in the environment", STRING, false, "env", "@", NULL, "value", "fallback", BOTH},
        {"even if one is empty", STRING, false, "", "@", NULL, "value", "fallback", BOTH},
        {"both in the .env file", STRING, true, NULL, NULL, "KEY_FILE=@\nKEY=file", "value", "",
         BOTH},

        {"a line end is dropped", STRING, true, NULL, "@", NULL, "value\n", "value", NULL},
        {"of two bytes as well", STRING, true, NULL, "@", NULL, "value\r\n", "value", NULL},
        {"only one", STRING, true, NULL, "@", NULL, "value\n\n", "value\n", NULL},
        {"a carriage return alone is none", STRING, true, NULL, "@", NULL, "value\r", "value\r",
         NULL},
        {"only at the end", STRING, true, NULL, "@", NULL, "\na\nb\n", "\na\nb", NULL},
        {"nothing else is", STRING, true, NULL, "@", NULL, " 'a' # \n", " 'a' # ", NULL},
        {"nothing in it", STRING, false, NULL, "@", NULL, "", "", NULL},
        {"a line end in it", STRING, false, NULL, "@", NULL, "\n", "", NULL},

        {"a bool", BOOL, true, NULL, "@", NULL, "true\n", "1", NULL},
        {"an int", INT, true, NULL, "@", NULL, "17\n", "17", NULL},
        {"a real", REAL, true, NULL, "@", NULL, "2.5\n", "2.5", NULL},
        {"a list", LIST, true, NULL, "@", NULL, "a, b\n", "[a][b]", NULL},
        {"a secret", SECRET, true, NULL, "@", NULL, "s3cret\n", "s3cret", NULL},
        {"not an int: not shown", INT, false, NULL, "@", NULL, "s3cret", "42",
         "Config 'KEY' is not a valid int."},
        {"not a bool: not shown", BOOL, true, NULL, "@", NULL, "s3cret", "0",
         "Config 'KEY' is not a valid bool."},
        {"not a real: not shown", REAL, true, NULL, "@", NULL, "s3cret", "0",
         "Config 'KEY' is not a valid float."},
        {"not a list: not shown", LIST, true, NULL, "@", NULL, "'s3cret", "",
         "Config 'KEY' is not a valid CommaSeparatedStrings."},

        {"no such file", STRING, false, NULL, "@", NULL, NULL, "fallback",
         UNREADABLE("No such file or directory")},
        {"required, and no such file", SECRET, true, NULL, "@", NULL, NULL, "none",
         UNREADABLE("No such file or directory")},
        {"the value elsewhere does not help", STRING, true, NULL, "@", "KEY=file", NULL, "",
         UNREADABLE("No such file or directory")},
        {"an empty path", STRING, false, NULL, "", NULL, NULL, "fallback",
         "Config 'KEY_FILE' is no path of a file that can be read: No such file or directory."},
        {"an empty path in the .env file", STRING, true, NULL, NULL, "KEY_FILE=", NULL, "",
         "Config 'KEY_FILE' is no path of a file that can be read: No such file or directory."},
        {"what is perhaps the secret itself: not shown", SECRET, true, NULL, "s3cret", NULL, NULL,
         "none",
         "Config 'KEY_FILE' is no path of a file that can be read: No such file or directory."},
        {"a folder", STRING, true, NULL, "/", NULL, NULL, "",
         "Config 'KEY_FILE' names the file '/', which cannot be read: Is a directory."},
        {"a device", STRING, true, NULL, "/dev/null", NULL, NULL, "",
         "Config 'KEY_FILE' names the file '/dev/null', which cannot be read: Invalid argument."},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char shown[256], text[512];
        if (table[i].env)
            setenv("KEY", table[i].env, 1);
        if (table[i].env_file)
            setenv("KEY_FILE", with_path(table[i].env_file, text), 1);
        if (table[i].file)
            write_text(with_path(table[i].file, text));
        if (table[i].held)
            write_to(held, bocata_str_of(table[i].held));
        bocata_config *config = bocata_config_open(table[i].file ? path : NULL);
        get(config, table[i].which, table[i].is_required, shown);
        if (strcmp(shown, table[i].outcome) != 0)
            fail_msg("%s: %s", table[i].intent, shown);
        const char *error = bocata_config_error(config);
        const char *expected = table[i].error ? with_path(table[i].error, text) : NULL;
        if (!error != !expected || (error && strcmp(error, expected) != 0))
            fail_msg("%s: %s", table[i].intent, error ? error : "no error");
        bocata_config_close(config);
        unsetenv("KEY");
        unsetenv("KEY_FILE");
        unlink(held);
    }
}

static void contents_of_64_kib_are_the_limit(void **state)
{
    enum { LEN = 1 << 16 };
    char *text = malloc(LEN + 1), expected[256];
    (void)state;

    assert_non_null(text);
    memset(text, 'x', LEN + 1);
    write_to(held, (bocata_str){text, LEN});
    setenv("KEY_FILE", held, 1);
    bocata_config *config = bocata_config_open(NULL);
    assert_int_equal(strlen(bocata_config_require_string(config, "KEY")), LEN);
    assert_null(bocata_config_error(config));
    write_to(held, (bocata_str){text, LEN + 1});
    assert_string_equal(bocata_config_require_string(config, "KEY"), "");
    snprintf(expected, sizeof expected,
             "Config 'KEY_FILE' names the file '%s', which cannot be read: more than 64 KiB.",
             held);
    assert_string_equal(bocata_config_error(config), expected);
    bocata_config_close(config);

    write_to(held, STR("a\0b\n"));
    config = bocata_config_open(NULL);
    assert_string_equal(bocata_config_require_string(config, "KEY"), "");
    snprintf(
        expected, sizeof expected,
        "Config 'KEY_FILE' names the file '%s', which cannot be read: there is a NUL byte in it.",
        held);
    assert_string_equal(bocata_config_error(config), expected);
    bocata_config_close(config);
    unsetenv("KEY_FILE");
    free(text);
}

/* A file that is not there is no mistake, but what an earlier call left in errno is no such file.
 */
static void a_fault_of_the_env_file_is_told_whatever_errno_was(void **state)
{
    char expected[256];
    (void)state;

    write_file(STR("KEY=a\0b\n"));
    errno = ENOENT;
    bocata_config *config = bocata_config_open(path);
    snprintf(expected, sizeof expected,
             "The settings in '%s' cannot be read: there is a NUL byte in it.", path);
    assert_string_equal(bocata_config_error(config), expected);
    bocata_config_close(config);
}

static void a_prefix_stands_before_a_file_s_name_too(void **state)
{
    (void)state;
    write_to(held, STR("value\n"));
    setenv("KEY_FILE", "/no", 1);
    setenv("APP_KEY_FILE", held, 1);
    bocata_config *config = bocata_config_open_prefixed(NULL, "APP_");
    assert_string_equal(bocata_config_string(config, "KEY", "fallback"), "value");
    assert_null(bocata_config_error(config));
    setenv("APP_KEY", "env", 1);
    bocata_config_string(config, "KEY", "fallback");
    assert_string_equal(
        bocata_config_error(config),
        "Config 'APP_KEY' and 'APP_KEY_FILE' are both set: which one holds is not clear.");
    bocata_config_close(config);
    unsetenv("APP_KEY");
    unsetenv("APP_KEY_FILE");
    unsetenv("KEY_FILE");
}

/* A relative path begins at the working directory, wherever the .env file is. */
static void a_relative_path(void **state)
{
    char *before = getcwd(NULL, 0);
    (void)state;

    assert_non_null(before);
    write_to(held, STR("value"));
    setenv("KEY_FILE", "held", 1);
    assert_int_equal(chdir(folder), 0);
    bocata_config *config = bocata_config_open(NULL);
    assert_string_equal(bocata_config_require_string(config, "KEY"), "value");
    assert_int_equal(chdir(before), 0);
    bocata_config_close(config);
    unsetenv("KEY_FILE");
    free(before);
}

static void what_a_file_held_stays_until_the_config_is_closed(void **state)
{
    (void)state;
    write_to(held, STR("one"));
    setenv("KEY_FILE", held, 1);
    bocata_config *config = bocata_config_open(NULL);
    const bocata_secret *secret = bocata_config_secret(config, "KEY");
    const char *string = bocata_config_require_string(config, "KEY");
    write_to(held, STR("two"));
    assert_string_equal(bocata_config_require_string(config, "KEY"), "two");
    assert_string_equal(string, "one");
    assert_true(bocata_str_is(bocata_secret_reveal(secret), "one"));
    bocata_config_close(config);
    unsetenv("KEY_FILE");
}

/* ---- lists of secrets ------------------------------------------------------------------------ */

static void lists_of_secrets(void **state)
{
    static const struct {
        const char *intent, *env, *held; /* NULL: not there */
        const char *outcome, *error;
    } table[] = {
        {"two", "old, older", NULL, "[old][older]", NULL},
        {"one", "old", NULL, "[old]", NULL},
        {"none", "", NULL, "", NULL},
        {"missing is none, and no mistake", NULL, NULL, "", NULL},
        {"quotes keep a comma", "'a,b',c", NULL, "[a,b][c]", NULL},
        {"an empty one is one", "'',a", NULL, "[][a]", NULL},
        {"from a file", NULL, "old,older\n", "[old][older]", NULL},
        {"one on each line: not shown", NULL, "old\nolder\n", "",
         "Config 'KEY' holds a line end or another control character: its secrets are separated by "
         "commas."},
        {"no list: not shown", "s3cret,'x", NULL, "",
         "Config 'KEY' is not a valid CommaSeparatedStrings."},
        {"both", "a", "b", "",
         "Config 'KEY' and 'KEY_FILE' are both set: which one holds is not clear."},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char shown[256] = "";
        size_t count = 9, len = 0;
        if (table[i].env)
            setenv("KEY", table[i].env, 1);
        if (table[i].held) {
            write_to(held, bocata_str_of(table[i].held));
            setenv("KEY_FILE", held, 1);
        }
        bocata_config *config = bocata_config_open(NULL);
        const bocata_secret *const *secrets = bocata_config_secrets(config, "KEY", &count);
        for (size_t s = 0; s < count; s++)
            len += (size_t)snprintf(shown + len, sizeof shown - len, "[%s]",
                                    bocata_secret_reveal(secrets[s]).ptr);
        assert_int_equal(secrets != NULL, count > 0);
        if (strcmp(shown, table[i].outcome) != 0)
            fail_msg("%s: %s", table[i].intent, shown);
        const char *error = bocata_config_error(config);
        if (!error != !table[i].error || (error && strcmp(error, table[i].error) != 0))
            fail_msg("%s: %s", table[i].intent, error ? error : "no error");
        if (count > 0) /* asked for again, they are the same */
            assert_ptr_equal(bocata_config_secrets(config, "KEY", &count), secrets);
        bocata_config_close(config);
        unsetenv("KEY");
        unsetenv("KEY_FILE");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_in_files_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contents_of_64_kib_are_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fault_of_the_env_file_is_told_whatever_errno_was, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_prefix_stands_before_a_file_s_name_too, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_relative_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_file_held_stays_until_the_config_is_closed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lists_of_secrets, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
