#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define NO_SECRET "`SESSIONS` must have a non-empty `secret_key` to use sessions."
#define NO_SECRET_KEY                                                                              \
    " SECRET_KEY is missing from the environment, or empty: `bocata keygen` makes one."

/* With the key "1234"; `field` must stand in the message, NULL where the settings are good. */
static struct row {
    const char *intent;
    bocata_session_settings settings;
    const char *field;
} rows[] = {
    {"all by default", {0}, NULL},
    {"every character of a token", {.session_cookie = "aZ09!#$%&'*+-.^_`|~"}, NULL},
    {"an empty name", {.session_cookie = ""}, "`session_cookie`"},
    {"a space in the name", {.session_cookie = "a b"}, "`session_cookie`"},
    {"an equals sign in the name", {.session_cookie = "a="}, "`session_cookie`"},
    {"a semicolon in the name", {.session_cookie = "a;"}, "`session_cookie`"},
    {"a line end in the name", {.session_cookie = "a\r\n"}, "`session_cookie`"},
    {"a letter beyond ASCII in the name", {.session_cookie = "\xc3\xa9"}, "`session_cookie`"},
    {"a path below", {.path = "/a/b?c,d"}, NULL},
    {"an empty path", {.path = ""}, "`path`"},
    {"a relative path", {.path = "a"}, "`path`"},
    {"a semicolon in the path", {.path = "/a;b"}, "`path`"},
    {"a line end in the path", {.path = "/\n"}, "`path`"},
    {"a DEL in the path", {.path = "/\x7f"}, "`path`"},
    {"a letter beyond ASCII in the path", {.path = "/\xc3\xa9"}, "`path`"},
    {"a domain", {.domain = ".sub-1.Example.org"}, NULL},
    {"an empty domain", {.domain = ""}, "`domain`"},
    {"a port in the domain", {.domain = "a:80"}, "`domain`"},
    {"a semicolon in the domain", {.domain = "a; x"}, "`domain`"},
    {"a line end in the domain", {.domain = "a\r"}, "`domain`"},
    {"strict", {.same_site = BOCATA_SAME_SITE_STRICT}, NULL},
    {"none over HTTPS", {.same_site = BOCATA_SAME_SITE_NONE, .https_only = true}, NULL},
    {"none over HTTP", {.same_site = BOCATA_SAME_SITE_NONE}, "`same_site`"},
    {"no same_site that there is", {.same_site = (bocata_same_site)3}, "`same_site`"},
    {"no skew", {.clock_skew_s = BOCATA_CLOCK_SKEW_NONE}, NULL},
    {"a negative skew", {.clock_skew_s = -2}, "`clock_skew_s`"},
    {"a skew of all time", {.clock_skew_s = INT64_MAX}, NULL},
    {"the newest of duplicates", {.duplicates = BOCATA_DUPLICATES_NEWEST}, NULL},
    {"no way with duplicates that there is", {.duplicates = (bocata_duplicates)2}, "`duplicates`"},
    {"the smallest max_age", {.max_age_s = INT64_MIN}, NULL},
    {"no max_age", {.max_age_s = BOCATA_MAX_AGE_NONE}, NULL},
    {"400 days", {.max_age_s = 34560000}, NULL},
    {"a second more", {.max_age_s = 34560001}, "`max_age_s`"},
    {"a second less than none", {.max_age_s = BOCATA_MAX_AGE_NONE - 1}, "`max_age_s`"},
    {"an idle timeout", {.idle_timeout_s = 1}, NULL},
    {"a negative idle timeout", {.idle_timeout_s = -1}, "`idle_timeout_s`"},
    {"an idle timeout, always renewed",
     {.idle_timeout_s = 1, .rolling = BOCATA_ROLLING_ALWAYS},
     NULL},
    {"an idle timeout, never renewed",
     {.idle_timeout_s = 1, .rolling = BOCATA_ROLLING_NEVER},
     "`idle_timeout_s`"},
    {"an absolute timeout, never renewed",
     {.absolute_timeout_s = 1, .rolling = BOCATA_ROLLING_NEVER},
     NULL},
    {"a negative absolute timeout", {.absolute_timeout_s = -1}, "`absolute_timeout_s`"},
    {"no rolling that there is", {.rolling = (bocata_rolling)3}, "`rolling`"},
    {"sealed", {.format = BOCATA_FORMAT_SEALED}, NULL},
    {"no format that there is", {.format = (bocata_session_format)2}, "`format`"},
    {"partitioned over HTTPS", {.partitioned = true, .https_only = true}, NULL},
    {"partitioned over HTTP", {.partitioned = true}, "`partitioned`"},
    {"all that can be cleared", {.clear_site_data = 7}, NULL},
    {"something else to clear", {.clear_site_data = 8}, "`clear_site_data`"},
    {"two keys", {.from_env = true}, "`from_env`"},
    {"__Host- as it must be", {.session_cookie = "__Host-s", .https_only = true}, NULL},
    {"__Host- over HTTP", {.session_cookie = "__Host-s"}, "__Host-"},
    {"__host- is the same to a browser", {.session_cookie = "__host-s"}, "__Host-"},
    {"__Host- with a path",
     {.session_cookie = "__Host-s", .https_only = true, .path = "/a"},
     "__Host-"},
    {"__Host- with a domain",
     {.session_cookie = "__Host-s", .https_only = true, .domain = "a"},
     "__Host-"},
    {"__Secure- as it must be",
     {.session_cookie = "__Secure-s", .https_only = true, .path = "/a", .domain = "a"},
     NULL},
    {"__Secure- over HTTP", {.session_cookie = "__Secure-s"}, "__Secure-"},
    {"__Http- as it must be",
     {.session_cookie = "__Http-s", .https_only = true, .path = "/a", .domain = "a"},
     NULL},
    {"__Http- over HTTP", {.session_cookie = "__Http-s"}, "__Http-"},
    {"__http- is the same to a browser", {.session_cookie = "__hTTp-s"}, "__Http-"},
    {"__Host-Http- as it must be", {.session_cookie = "__Host-Http-s", .https_only = true}, NULL},
    {"__Host-Http- over HTTP", {.session_cookie = "__Host-Http-s"}, "__Host-"},
    {"__Host-Http- with a path",
     {.session_cookie = "__Host-Http-s", .https_only = true, .path = "/a"},
     "__Host-"},
    {"__Host-Http- with a domain",
     {.session_cookie = "__Host-Http-s", .https_only = true, .domain = "a"},
     "__Host-"},
    {"a prefix in the middle is none", {.session_cookie = "my__Host-s"}, NULL},
};

static void test_row(void **state)
{
    struct row *row = *state;
    bocata_session_settings settings = row->settings;
    bocata_secret *secret = bocata_secret_new("1234", 4);
    bocata_sessions *sessions = NULL;
    bocata_error error = {0};

    settings.secret_key = secret;
    bocata_status status = bocata_sessions_open(&settings, &sessions, &error);
    assert_int_equal(status, row->field ? BOCATA_E_INVALID : BOCATA_OK);
    assert_int_equal(error.code, status);
    assert_int_equal(sessions != NULL, row->field == NULL);
    if (row->field)
        assert_non_null(strstr(error.message, row->field));
    bocata_sessions_close(sessions);
    if (row->field) /* the details are optional */
        assert_int_equal(bocata_sessions_open(&settings, &sessions, NULL), BOCATA_E_INVALID);
    bocata_secret_free(secret);
}

static void a_name_that_is_long(void **state)
{
    char name[258] = "";
    bocata_secret *secret = bocata_secret_new("1234", 4);
    bocata_session_settings settings = {.secret_key = secret, .session_cookie = name};
    bocata_sessions *sessions;
    (void)state;
    memset(name, 'n', 256);
    assert_int_equal(bocata_sessions_open(&settings, &sessions, NULL), BOCATA_OK);
    assert_string_equal(bocata_sessions_cookie_name(sessions), name);
    bocata_sessions_close(sessions);
    name[256] = 'n';
    assert_int_equal(bocata_sessions_open(&settings, &sessions, NULL), BOCATA_E_INVALID);
    bocata_secret_free(secret);
}

static void a_path_or_domain_that_browsers_would_ignore(void **state)
{
    char path[1026], domain[1026];
    bocata_secret *secret = bocata_secret_new("1234", 4);
    (void)state;
    memset(path, '/', sizeof path);
    memset(domain, 'd', sizeof domain);
    for (size_t len = 1024; len <= 1025; len++) {
        bocata_session_settings of_path = {.secret_key = secret, .path = path};
        bocata_session_settings of_domain = {.secret_key = secret, .domain = domain};
        bocata_sessions *one = NULL, *other = NULL;
        bocata_error error = {.message = "`path` `domain`"};
        path[len] = domain[len] = '\0';
        bocata_status wanted = len == 1024 ? BOCATA_OK : BOCATA_E_INVALID;
        assert_int_equal(bocata_sessions_open(&of_path, &one, &error), wanted);
        assert_non_null(strstr(error.message, "`path`"));
        assert_int_equal(bocata_sessions_open(&of_domain, &other, &error), wanted);
        assert_non_null(strstr(error.message, "`domain`"));
        bocata_sessions_close(one);
        bocata_sessions_close(other);
        path[len] = '/';
        domain[len] = 'd';
    }
    bocata_secret_free(secret);
}

/* ---- the key ------------------------------------------------------------------------------------
 */

static void open_refused(bocata_session_settings settings, const char *message)
{
    bocata_sessions *sessions = NULL;
    bocata_error error = {0};

    assert_int_equal(bocata_sessions_open(&settings, &sessions, &error), BOCATA_E_INVALID);
    assert_string_equal(error.message, message);
    assert_null(sessions);
}

static void no_key_is_refused(void **state)
{
    bocata_secret *empty = bocata_secret_new("", 0);
    (void)state;
    unsetenv("SECRET_KEY");
    open_refused((bocata_session_settings){0}, NO_SECRET);
    open_refused((bocata_session_settings){.secret_key = empty}, NO_SECRET);
    open_refused((bocata_session_settings){.from_env = true}, NO_SECRET NO_SECRET_KEY);
    setenv("SECRET_KEY", "", 1);
    open_refused((bocata_session_settings){.from_env = true}, NO_SECRET NO_SECRET_KEY);
    setenv("SECRET_KEY", "1234", 1);
    open_refused((bocata_session_settings){0}, NO_SECRET); /* only where it is asked for */
    unsetenv("SECRET_KEY");
    bocata_secret_free(empty);
}

static void a_key_from_the_environment_is_the_same_key(void **state)
{
    bocata_session_settings settings = {.from_env = true};
    bocata_sessions *sessions;
    char *cookie = fixture_cookie("from the environment", "{\"a\": 1}", NOW);
    bocata_str header = bocata_str_of(cookie);
    (void)state;

    setenv("SECRET_KEY", "from the environment", 1);
    assert_int_equal(bocata_sessions_open(&settings, &sessions, NULL), BOCATA_OK);
    unsetenv("SECRET_KEY");
    bocata_codec *codec = bocata_codec_new(sessions);
    bocata_session *session = bocata_session_load(codec, &header, 1, NOW);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    bocata_session_free(session);
    bocata_codec_free(codec);
    bocata_sessions_close(sessions);
    free(cookie);
}

/* Which key, and why; what is weak is tests/unit/crypto/test_weakness.c. */
static void a_key_that_could_be_guessed_is_told(void **state)
{
    static const char strong[] = "F7hQ2mZp0xWcV9sLr4TnB6yKdJ3gUeAi";
    static const struct {
        const char *key, *fallbacks[2], *weakness;
    } cases[] = {
        {strong, {0}, NULL},
        {strong, {strong, strong}, NULL},
        {"1234", {0}, "`secret_key` is shorter than 32 bytes"},
        {"1234", {strong}, "`secret_key` is shorter than 32 bytes"},
        {strong, {"1234"}, "one of the `secret_key_fallbacks` is shorter than 32 bytes"},
        {strong, {strong, "1234"}, "one of the `secret_key_fallbacks` is shorter than 32 bytes"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bocata_secret *fallbacks[2] = {0};
        size_t count = 0;
        fixture f;
        while (count < 2 && cases[i].fallbacks[count]) {
            const char *text = cases[i].fallbacks[count];
            fallbacks[count++] = bocata_secret_new(text, strlen(text));
        }
        bocata_secret *secret = bocata_secret_new(cases[i].key, strlen(cases[i].key));
        fixture_open(&f, (bocata_session_settings){.secret_key = secret,
                                                   .secret_key_fallbacks = count ? fallbacks : NULL,
                                                   .secret_key_fallback_count = count});
        const char *weakness = bocata_sessions_weakness(f.sessions);
        assert_string_equal(weakness ? weakness : "", cases[i].weakness ? cases[i].weakness : "");
        fixture_close(&f);
        bocata_secret_free(secret);
        while (count > 0)
            bocata_secret_free((bocata_secret *)(uintptr_t)fallbacks[--count]);
    }
}

static void fallbacks_that_are_none(void **state)
{
    bocata_secret *secret = bocata_secret_new("1234", 4), *empty = bocata_secret_new("", 0);
    const bocata_secret *many[BOCATA_KEYS_MAX] = {0};
    bocata_session_settings settings = {.secret_key = secret, .secret_key_fallbacks = many};
    bocata_sessions *sessions;
    (void)state;
    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++)
        many[i] = secret;
    settings.secret_key_fallback_count = BOCATA_KEYS_MAX - 1;
    assert_int_equal(bocata_sessions_open(&settings, &sessions, NULL), BOCATA_OK);
    bocata_sessions_close(sessions);
    settings.secret_key_fallback_count = BOCATA_KEYS_MAX;
    open_refused(settings, "`secret_key_fallbacks` holds more than 15 keys");
    settings.secret_key_fallback_count = 2;
    many[1] = NULL;
    open_refused(settings, "`secret_key_fallbacks` holds an empty key");
    many[1] = empty;
    open_refused(settings, "`secret_key_fallbacks` holds an empty key");
    settings.secret_key_fallbacks = NULL;
    open_refused(settings,
                 "`secret_key_fallbacks` and `secret_key_fallback_count` need each other");
    settings = (bocata_session_settings){.secret_key = secret, .secret_key_fallbacks = many};
    open_refused(settings,
                 "`secret_key_fallbacks` and `secret_key_fallback_count` need each other");
    bocata_secret_free(secret);
    bocata_secret_free(empty);
}

static void a_key_beyond_a_mebibyte_is_named(void **state)
{
    static char bytes[(1 << 20) + 1];
    bocata_secret *secret = bocata_secret_new(bytes, sizeof bytes);
    (void)state;
    open_refused((bocata_session_settings){.secret_key = secret},
                 "`secret_key`, or a key of `secret_key_fallbacks`, is too long");
    bocata_secret_free(secret);
}

/* ---- callers that were built against another header ----------------------------------------- */

/* What an older header did not know has its default, whatever stands in the memory behind. */
static void an_older_caller(void **state)
{
    bocata_secret *secret = bocata_secret_new("1234", 4);
    bocata_session_settings settings = {.secret_key = secret,
                                        .session_cookie = "mine",
                                        .path = "not looked at",
                                        .https_only = true};
    bocata_sessions *sessions;
    (void)state;
    assert_int_equal(bocata_sessions_open_sized(&settings, offsetof(bocata_session_settings, path),
                                                &sessions, NULL),
                     BOCATA_OK);
    assert_string_equal(bocata_sessions_cookie_name(sessions), "mine");
    assert_false(bocata_sessions_https_only(sessions));
    bocata_sessions_close(sessions);
    bocata_secret_free(secret);
}

static void a_newer_caller(void **state)
{
    bocata_secret *secret = bocata_secret_new("1234", 4);
    struct {
        bocata_session_settings known;
        char unknown[16];
    } settings = {.known = {.secret_key = secret}};
    bocata_sessions *sessions;
    bocata_error error;
    (void)state;
    assert_int_equal(
        bocata_sessions_open_sized(&settings.known, sizeof settings, &sessions, &error), BOCATA_OK);
    bocata_sessions_close(sessions);
    settings.unknown[15] = 1;
    assert_int_equal(
        bocata_sessions_open_sized(&settings.known, sizeof settings, &sessions, &error),
        BOCATA_E_INVALID);
    assert_non_null(strstr(error.message, "version"));
    bocata_secret_free(secret);
}

static void counts_of_another_version(void **state)
{
    fixture f;
    struct {
        bocata_sessions_counts known;
        uint64_t unknown[2];
    } counts;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session_free(fixture_load(&f, NULL, NOW));
    memset(&counts, 0xaa, sizeof counts);
    bocata_sessions_stats_sized(f.sessions, &counts.known, sizeof counts); /* newer */
    assert_int_equal(counts.known.loaded[BOCATA_REASON_ABSENT], 1);
    assert_int_equal(counts.known.loaded[BOCATA_REASONS_MAX - 1], 0);
    assert_int_equal(counts.unknown[1], 0);
    memset(&counts, 0xaa, sizeof counts);
    bocata_sessions_stats_sized(f.sessions, &counts.known, 2 * sizeof(uint64_t)); /* older */
    assert_int_equal(counts.known.loaded[BOCATA_REASON_ABSENT], 1);
    assert_int_equal(counts.known.loaded[2], 0xaaaaaaaaaaaaaaaa);
    bocata_sessions_stats(NULL, &counts.known);
    assert_int_equal(counts.known.loaded[BOCATA_REASON_ABSENT], 0);
    assert_int_equal(counts.known.keys[BOCATA_KEYS_MAX - 1], 0);
    assert_null(bocata_sessions_weakness(NULL)); /* as bocata_app_sessions gives without any */
    assert_null(bocata_sessions_cookie_name(NULL));
    assert_false(bocata_sessions_https_only(NULL));
    fixture_close(&f);
}

static void nothing_at_all(void **state)
{
    bocata_sessions *sessions;
    bocata_error error;
    (void)state;
    assert_int_equal(bocata_sessions_open(NULL, &sessions, &error), BOCATA_E_INVALID);
    assert_int_equal(error.code, BOCATA_E_INVALID);
    bocata_sessions_close(NULL);
    bocata_codec_free(NULL);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, a_name_that_is_long);
    SUITE_TEST(&group, a_path_or_domain_that_browsers_would_ignore);
    SUITE_TEST(&group, no_key_is_refused);
    SUITE_TEST(&group, a_key_from_the_environment_is_the_same_key);
    SUITE_TEST(&group, a_key_that_could_be_guessed_is_told);
    SUITE_TEST(&group, fallbacks_that_are_none);
    SUITE_TEST(&group, a_key_beyond_a_mebibyte_is_named);
    SUITE_TEST(&group, an_older_caller);
    SUITE_TEST(&group, a_newer_caller);
    SUITE_TEST(&group, counts_of_another_version);
    SUITE_TEST(&group, nothing_at_all);
    return suite_run(&group, "sessions");
}
