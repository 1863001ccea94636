#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "web/cookie_jar.h"

#define NOW 1000000000
#define DAY ((int64_t)86400)

static void take(bocata_cookie_jar *jar, const char *set_cookie, const char *path, bool is_https,
                 int64_t now_s)
{
    assert_int_equal(bocata_cookie_jar_set_from_header(jar, bocata_str_of(set_cookie),
                                                       bocata_str_of(path), is_https, now_s),
                     BOCATA_OK);
}

static const char *many_letters(void)
{
    static char letters[8192];
    memset(letters, 'x', sizeof letters - 1);
    return letters;
}

/* What is sent, borrowed until the next call. */
static const char *sent(const bocata_cookie_jar *jar, const char *path, bool is_https,
                        int64_t now_s)
{
    static char text[1 << 16];
    bocata_buf out = {0};
    assert_int_equal(bocata_cookie_jar_header(jar, bocata_str_of(path), is_https, now_s, &out),
                     BOCATA_OK);
    assert_in_range(out.len, 0, sizeof text - 1);
    snprintf(text, sizeof text, "%.*s", (int)out.len, out.len ? out.ptr : "");
    bocata_buf_free(&out);
    return text;
}

/* Up to three Set-Cookie values of "/here/page" over http, then a request for `path`. */
static void over_plain_http(void **state)
{
    static const struct {
        const char *intent;
        const char *set[3];
        const char *path, *outcome;
    } table[] = {
        {"kept", {"a=1"}, "/here/x", "a=1"},
        {"spaces are trimmed", {" a = 1 ; Path=/"}, "/", "a=1"},
        {"spaces within are kept", {"a=1 2; path=/"}, "/", "a=1 2"},
        {"a value with =", {"a=1=2; path=/"}, "/", "a=1=2"},
        {"an empty value", {"a=; path=/"}, "/", "a="},
        {"no name", {"alone; path=/"}, "/", "alone"},
        {"an empty name", {"=alone; path=/"}, "/", "alone"},
        {"neither", {"=; path=/"}, "/", ""},
        {"empty", {""}, "/here/x", ""},
        {"a control character spoils all", {"a=1\001; path=/"}, "/", ""},
        {"so it does in an attribute", {"a=1; path=/; x=\177"}, "/", ""},
        {"a tab does not", {"a=1;\tpath=/"}, "/", "a=1"},
        {"the last of one name wins", {"a=1; path=/", "a=2; path=/"}, "/", "a=2"},
        {"names are told by their case", {"a=1; path=/", "A=2; path=/"}, "/", "a=1; A=2"},
        {"the oldest first", {"b=1; path=/", "a=2; path=/", "b=3; path=/"}, "/", "b=3; a=2"},
        {"the longest path first", {"a=1; path=/", "a=2; path=/here"}, "/here/x", "a=2; a=1"},
        /* RFC 6265bis 5.1.4 */
        {"the default path is the folder", {"a=1"}, "/here", "a=1"},
        {"and not what is beside it", {"a=1"}, "/hereafter", ""},
        {"nor above it", {"a=1"}, "/", ""},
        {"a path matches itself", {"a=1; path=/x"}, "/x", "a=1"},
        {"and below", {"a=1; path=/x"}, "/x/y", "a=1"},
        {"but not a longer name", {"a=1; path=/x"}, "/xy", ""},
        {"nor a shorter one", {"a=1; path=/xy"}, "/x", ""},
        {"nor another case", {"a=1; path=/x"}, "/X", ""},
        {"a path with / at its end", {"a=1; path=/x/"}, "/x/y", "a=1"},
        {"which is below /x", {"a=1; path=/x/"}, "/x", ""},
        {"a path without / is the default", {"a=1; path=x"}, "/here/x", "a=1"},
        {"an empty one too", {"a=1; path=/; path="}, "/", ""},
        {"the last path counts", {"a=1; path=/x; PATH=/y"}, "/y", "a=1"},
        /* RFC 6265bis 5.6.1 and on */
        {"Max-Age", {"a=1; path=/; max-age=1"}, "/", "a=1"},
        {"Max-Age of nothing deletes", {"a=1; path=/", "a=; path=/; Max-Age=0"}, "/", ""},
        {"so does a negative one", {"a=1; path=/", "a=; path=/; Max-Age=-1"}, "/", ""},
        {"deleting at another path does not", {"a=1; path=/", "a=; max-age=0"}, "/", "a=1"},
        {"Max-Age wins",
         {"a=1; path=/; max-age=9; expires=Thu, 01 Jan 1970 00:00:00 GMT"},
         "/",
         "a=1"},
        {"in any order",
         {"a=1; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=9"},
         "/",
         "a=1"},
        {"Max-Age of 100 digits",
         {"a=1; path=/; max-age=99999999999999999999999999999999"},
         "/",
         "a=1"},
        {"negative", {"a=1; path=/; max-age=-9999999999999999999999999999999"}, "/", ""},
        {"no number: as if not there", {"a=1; path=/; max-age=0x"}, "/", "a=1"},
        {"a plus is no number here", {"a=1; path=/; max-age=+0"}, "/", "a=1"},
        {"nor is nothing", {"a=1; path=/; max-age="}, "/", "a=1"},
        {"nor is a minus", {"a=1; path=/; max-age=-"}, "/", "a=1"},
        {"Expires in the past deletes",
         {"a=1; path=/", "a=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly"},
         "/",
         ""},
        {"Expires in the future",
         {"a=1; path=/; expires=Sun, 09 Sep 2001 01:46:41 GMT"},
         "/",
         "a=1"},
        {"Expires now", {"a=1; path=/; expires=Sun, 09 Sep 2001 01:46:40 GMT"}, "/", ""},
        {"Expires that is no date", {"a=1; path=/; expires=yesterday"}, "/", "a=1"},
        /* one host, localhost */
        {"a foreign domain", {"a=1; path=/; domain=example.org"}, "/", ""},
        {"our own", {"a=1; path=/; Domain=LocalHost"}, "/", "a=1"},
        {"our own with a dot", {"a=1; path=/; domain=.localhost"}, "/", "a=1"},
        {"an empty one", {"a=1; path=/; domain="}, "/", "a=1"},
        {"the last one counts", {"a=1; path=/; domain=localhost; domain=org"}, "/", ""},
        {"Secure", {"a=1; path=/; SECURE"}, "/", ""},
        {"__Secure- needs it", {"__Secure-a=1; path=/"}, "/", ""},
        {"__Host- too", {"__Host-a=1; path=/"}, "/", ""},
        {"in any case", {"__hOST-a=1; path=/", "__SECURE-a=1; path=/"}, "/", ""},
        {"nor may a value look so", {"__Host-a; path=/", "=__Secure-a=1; path=/"}, "/", ""},
        {"a similar name is free", {"__Hosta=1; path=/"}, "/", "__Hosta=1"},
        {"unknown attributes", {"a=1; path=/; HttpOnly; SameSite=Lax; x=y; ;;=;"}, "/", "a=1"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_cookie_jar jar;
        bocata_cookie_jar_init(&jar);
        for (size_t at = 0; at < 3 && table[i].set[at]; at++)
            take(&jar, table[i].set[at], "/here/page", false, NOW);
        const char *text = sent(&jar, table[i].path, false, NOW);
        if (strcmp(text, table[i].outcome) != 0)
            fail_msg("%s: \"%s\"", table[i].intent, text);
        bocata_cookie_jar_done(&jar);
    }
}

static void over_tls(void **state)
{
    static const struct {
        const char *intent, *set, *plain, *tls; /* what is sent afterwards, over either */
    } table[] = {
        {"Secure", "a=1; path=/; secure", "", "a=1"},
        {"not Secure", "a=1; path=/", "a=1", "a=1"},
        {"__Secure-", "__Secure-a=1; path=/x; secure", "", ""},
        {"__Secure- without Secure", "__Secure-a=1; path=/", "", ""},
        {"__Host-", "__Host-a=1; secure; path=/", "", "__Host-a=1"},
        {"__Host- without Secure", "__Host-a=1; path=/", "", ""},
        {"__Host- without a path", "__Host-a=1; secure", "", ""},
        {"__Host- with another path", "__Host-a=1; secure; path=/x", "", ""},
        {"__Host- with a domain", "__Host-a=1; secure; path=/; domain=localhost", "", ""},
        {"__Host- with no path at last", "__Host-a=1; secure; path=/; path=", "", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_cookie_jar jar;
        bocata_cookie_jar_init(&jar);
        take(&jar, table[i].set, "/", true, NOW);
        if (strcmp(sent(&jar, "/", false, NOW), table[i].plain) != 0)
            fail_msg("%s, over http", table[i].intent);
        if (strcmp(sent(&jar, "/", true, NOW), table[i].tls) != 0)
            fail_msg("%s, over https", table[i].intent);
        bocata_cookie_jar_done(&jar);
    }
}

static void plain_http_leaves_secure_cookies_alone(void **state)
{
    bocata_cookie_jar jar;
    (void)state;

    bocata_cookie_jar_init(&jar);
    take(&jar, "a=1; path=/x; secure", "/", true, NOW);
    take(&jar, "a=2; path=/x", "/", false, NOW);
    take(&jar, "a=3; path=/x/y", "/", false, NOW);
    take(&jar, "a=; path=/x; max-age=0", "/", false, NOW);
    assert_string_equal(sent(&jar, "/x/y", true, NOW), "a=1");
    take(&jar, "a=4; path=/", "/", false, NOW); /* lies beside it, not over it */
    take(&jar, "b=5; path=/x", "/", false, NOW);
    assert_string_equal(sent(&jar, "/x/y", true, NOW), "a=1; b=5; a=4");
    bocata_cookie_jar_done(&jar);
}

static void dates(void **state)
{
    static const struct {
        const char *intent, *date;
        int64_t expires_s; /* -1: as if not there */
    } table[] = {
        {"an IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"asctime", "Sun Nov  6 08:49:37 1994", 784111777},
        {"any order", "1994 08:49:37 nov 6", 784111777},
        {"a long month", "6 November 1994 8:49:37", 784111777},
        {"letters behind a number", "6th Nov 1994AD 08:49:37Z", 784111777},
        {"no zone is asked", "06 Nov 1994 08:49:37 PST", 784111777},
        {"year 69 is 2069", "01 Jan 69 00:00:00", 3124224000},
        {"year 70 is 1970", "02 Jan 70 00:00:00", 86400},
        {"a leap day", "29 Feb 2000 00:00:00", 951782400},
        {"that is none", "29 Feb 2001 00:00:00", -1},
        {"the 31st of April", "31 Apr 2000 00:00:00", -1},
        {"day 0", "0 Jan 2000 00:00:00", -1},
        {"day 32", "32 Jan 2000 00:00:00", -1},
        {"hour 24", "1 Jan 2000 24:00:00", -1},
        {"minute 60", "1 Jan 2000 00:60:00", -1},
        {"second 60", "1 Jan 2000 00:00:60", -1},
        {"before 1601", "1 Jan 1600 00:00:00", -1},
        {"the first year", "1 Jan 1601 00:00:00", -11644473600},
        {"no time", "1 Jan 2000", -1},
        {"no seconds", "1 Jan 2000 00:00", -1},
        {"no day", "Jan 2000 00:00:00", -1},
        {"no month", "1 2000 00:00:00", -1},
        {"no such month", "1 Jam 2000 00:00:00", -1},
        {"no year", "1 Jan 00:00:00", -1},
        {"five digits are no year", "1 Jan 20000 00:00:00", -1},
        {"three digits in the time", "1 Jan 2000 000:00:00", -1},
        {"nothing", "", -1},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char set_cookie[128];
        bocata_cookie_jar jar;
        int64_t end_s = table[i].expires_s;
        bocata_cookie_jar_init(&jar);
        snprintf(set_cookie, sizeof set_cookie, "a=1; path=/; expires=%s", table[i].date);
        /* taken in a day before, so that the limit of 400 days does not show */
        int64_t now_s = end_s == -1 ? NOW : end_s - DAY;
        take(&jar, set_cookie, "/", false, now_s);
        bool lives = bocata_cookie_jar_get(&jar, "a", end_s == -1 ? NOW + 9999 * DAY : end_s - 1);
        bool has_ended = !bocata_cookie_jar_get(&jar, "a", end_s == -1 ? NOW : end_s);
        if (!lives || has_ended != (end_s != -1))
            fail_msg("%s", table[i].intent);
        bocata_cookie_jar_done(&jar);
    }
}

static void ages_end_to_the_second_and_after_400_days(void **state)
{
    static const struct {
        const char *intent, *set;
        int64_t age_s;
    } table[] = {
        {"Max-Age", "a=1; max-age=10", 10},
        {"a long one", "a=1; max-age=34560001", 400 * DAY},
        {"a very long one", "a=1; max-age=9223372036854775807", 400 * DAY},
        {"a far date", "a=1; expires=Fri, 31 Dec 9999 23:59:59 GMT", 400 * DAY},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_cookie_jar jar;
        bocata_cookie_jar_init(&jar);
        take(&jar, table[i].set, "/", false, NOW);
        if (strcmp(sent(&jar, "/", false, NOW + table[i].age_s - 1), "a=1") != 0 ||
            strcmp(sent(&jar, "/", false, NOW + table[i].age_s), "") != 0)
            fail_msg("%s", table[i].intent);
        bocata_cookie_jar_done(&jar);
    }
}

static void sizes(void **state)
{
    static const struct {
        const char *intent;
        int name_len, value_len, path_len;
        bool is_kept;
    } table[] = {
        {"the largest", 96, 4000, 1, true},
        {"a byte over", 96, 4001, 1, false},
        {"all name", 4096, 0, 1, true},
        {"a byte over, all name", 4097, 0, 1, false},
        {"the largest attribute: a path that the request does not have", 1, 1, 1024, false},
        {"a larger one is as if not there", 1, 1, 1025, true},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_buf set_cookie = {0};
        bocata_cookie_jar jar;
        bocata_cookie_jar_init(&jar);
        assert_int_equal(bocata_buf_printf(&set_cookie, "%.*s=%.*s; path=/%.*s", table[i].name_len,
                                           many_letters(), table[i].value_len, many_letters(),
                                           table[i].path_len - 1, many_letters()),
                         BOCATA_OK);
        assert_int_equal(
            bocata_cookie_jar_set_from_header(&jar, buf_str(&set_cookie), STR("/"), false, NOW),
            BOCATA_OK);
        if ((sent(&jar, "/", false, NOW)[0] != '\0') != table[i].is_kept)
            fail_msg("%s", table[i].intent);
        bocata_buf_free(&set_cookie);
        bocata_cookie_jar_done(&jar);
    }
}

static void the_oldest_goes_when_it_is_full(void **state)
{
    char set_cookie[32];
    bocata_cookie_jar jar;
    (void)state;

    bocata_cookie_jar_init(&jar);
    for (int i = 0; i < BOCATA_COOKIE_JAR_MAX; i++) {
        snprintf(set_cookie, sizeof set_cookie, "c%d=1%s", i, i == 7 ? "; max-age=5" : "");
        take(&jar, set_cookie, "/", false, NOW);
    }
    take(&jar, "c0=2", "/", false, NOW); /* newer, but as old as before */
    assert_int_equal(jar.count, BOCATA_COOKIE_JAR_MAX);
    take(&jar, "x=1", "/", false, NOW + 5); /* takes the place of the expired one */
    assert_int_equal(jar.count, BOCATA_COOKIE_JAR_MAX);
    assert_null(bocata_cookie_jar_get(&jar, "c7", NOW));
    assert_string_equal(bocata_cookie_jar_get(&jar, "c0", NOW + 5), "2");
    take(&jar, "y=1; path=/deep", "/", false, NOW + 5); /* sent first, but not the oldest */
    assert_null(bocata_cookie_jar_get(&jar, "c0", NOW + 5));
    take(&jar, "z=1", "/", false, NOW + 5);
    assert_null(bocata_cookie_jar_get(&jar, "c1", NOW + 5));
    assert_non_null(bocata_cookie_jar_get(&jar, "y", NOW + 5));
    assert_int_equal(jar.count, BOCATA_COOKIE_JAR_MAX);
    bocata_cookie_jar_done(&jar);
}

static void by_hand(void **state)
{
    char large[BOCATA_COOKIE_LEN_MAX + 1];
    bocata_cookie_jar jar;
    (void)state;

    bocata_cookie_jar_init(&jar);
    assert_null(bocata_cookie_jar_get(&jar, "a", NOW));
    assert_int_equal(bocata_cookie_jar_set(&jar, "a", "1"), BOCATA_OK);
    assert_int_equal(bocata_cookie_jar_set(&jar, "b", ""), BOCATA_OK);
    assert_int_equal(bocata_cookie_jar_set(&jar, "a", "2"), BOCATA_OK);
    assert_string_equal(bocata_cookie_jar_get(&jar, "a", NOW), "2");
    assert_string_equal(sent(&jar, "/any", false, NOW + 9999 * DAY), "a=2; b=");

    snprintf(large, sizeof large, "%.*s", BOCATA_COOKIE_LEN_MAX, many_letters());
    assert_int_equal(bocata_cookie_jar_set(&jar, "a", large), BOCATA_E_LIMIT);
    assert_string_equal(bocata_cookie_jar_get(&jar, "a", NOW), "2");
    assert_int_equal(bocata_cookie_jar_set(&jar, "", large), BOCATA_OK);

    take(&jar, "a=3; path=/deep", "/", false, NOW);
    assert_string_equal(bocata_cookie_jar_get(&jar, "a", NOW), "3"); /* of the longest path */
    assert_int_equal(bocata_cookie_jar_set(&jar, "a", NULL), BOCATA_OK);
    assert_null(bocata_cookie_jar_get(&jar, "a", NOW)); /* at every path */
    assert_non_null(bocata_cookie_jar_get(&jar, "b", NOW));
    bocata_cookie_jar_clear(&jar);
    assert_string_equal(sent(&jar, "/", false, NOW), "");
    bocata_cookie_jar_done(&jar);
}

static void the_header_is_appended(void **state)
{
    bocata_cookie_jar jar;
    bocata_buf out = {0};
    (void)state;

    bocata_cookie_jar_init(&jar);
    assert_int_equal(bocata_cookie_jar_set(&jar, "a", "1"), BOCATA_OK);
    assert_int_equal(bocata_buf_append(&out, STR("x=y; ")), BOCATA_OK);
    assert_int_equal(bocata_cookie_jar_header(&jar, STR("/"), false, NOW, &out), BOCATA_OK);
    assert_true(bocata_str_is(buf_str(&out), "x=y; a=1"));
    bocata_buf_free(&out);
    bocata_cookie_jar_done(&jar);
}

static void default_paths(void **state)
{
    static const struct {
        const char *intent, *request_path, *sent_to, *not_sent_to;
    } table[] = {
        {"the root", "/", "/x/y", NULL},
        {"a page in the root", "/page", "/x", NULL},
        {"a page in a folder", "/a/page", "/a", "/b"},
        {"a folder", "/a/b/", "/a/b", "/a"},
        {"no path", "", "/x", NULL},
        {"one without /", "x/y", "/z", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bocata_cookie_jar jar;
        bocata_cookie_jar_init(&jar);
        take(&jar, "a=1", table[i].request_path, false, NOW);
        if (strcmp(sent(&jar, table[i].sent_to, false, NOW), "a=1") != 0 ||
            (table[i].not_sent_to && sent(&jar, table[i].not_sent_to, false, NOW)[0]))
            fail_msg("%s", table[i].intent);
        bocata_cookie_jar_done(&jar);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_plain_http),
        cmocka_unit_test(over_tls),
        cmocka_unit_test(plain_http_leaves_secure_cookies_alone),
        cmocka_unit_test(dates),
        cmocka_unit_test(ages_end_to_the_second_and_after_400_days),
        cmocka_unit_test(sizes),
        cmocka_unit_test(the_oldest_goes_when_it_is_full),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(the_header_is_appended),
        cmocka_unit_test(default_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
