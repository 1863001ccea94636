/* Which cookie of a request counts. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* What stands in the Cookie header, as letters: each is one cookie of our name.
 *
 *   a, b  {"v": 1} and {"v": 2}, signed now       A, B  the same, signed a second ago
 *   o     {"v": 3}, signed with another key       e     {"v": 4}, expired
 *   f     {"v": 5}, from the future               m     no cookie of the format
 *   l     4097 bytes                              j     an array, signed now
 *   c, d  {"v": 1} that began at 1 and 2          h     {"v": 1} with a flash message
 *
 * `value` is the accepted "v", 0 where the session is empty. */
static struct row {
    const char *intent, *cookies;
    bocata_duplicates duplicates;
    bocata_reason reason;
    int value;
} rows[] = {
#define REFUSE BOCATA_DUPLICATES_REFUSE
#define NEWEST BOCATA_DUPLICATES_NEWEST
    {"none", "", REFUSE, BOCATA_REASON_ABSENT, 0},
    {"one", "a", REFUSE, BOCATA_REASON_NONE, 1},
    {"the same twice", "aa", REFUSE, BOCATA_REASON_NONE, 1},
    {"two sessions", "ab", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"two sessions of different age", "Ab", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"two sessions, and the first again", "aba", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"one session, signed twice", "Aa", REFUSE, BOCATA_REASON_NONE, 1},
    {"two that began at other times", "cd", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"two that differ in a flash message", "ah", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"the same the other way round", "ha", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"the only valid one is last", "oefma", REFUSE, BOCATA_REASON_NONE, 1},
    {"the only valid one is first", "aoefm", REFUSE, BOCATA_REASON_NONE, 1},
    {"two valid ones among others", "oaebf", REFUSE, BOCATA_REASON_AMBIGUOUS, 0},
    {"a plain one and a signed array", "aj", REFUSE, BOCATA_REASON_NONE, 1},
    {"newest: the later", "Ab", NEWEST, BOCATA_REASON_NONE, 2},
    {"newest: the later, first", "bA", NEWEST, BOCATA_REASON_NONE, 2},
    {"newest: of the same second", "ab", NEWEST, BOCATA_REASON_AMBIGUOUS, 0},
    {"newest: the same session later", "Aa", NEWEST, BOCATA_REASON_NONE, 1},
    {"newest: older ones of the same second do not matter", "ABa", NEWEST, BOCATA_REASON_NONE, 1},
    {"newest: the same two, behind", "aAB", NEWEST, BOCATA_REASON_NONE, 1},
    {"newest: an expired one does not count", "Ae", NEWEST, BOCATA_REASON_NONE, 1},
    {"malformed", "m", REFUSE, BOCATA_REASON_MALFORMED, 0},
    {"too large", "l", REFUSE, BOCATA_REASON_TOO_LARGE, 0},
    {"too large tells more than malformed", "ml", REFUSE, BOCATA_REASON_TOO_LARGE, 0},
    {"a bad signature more than too large", "lom", REFUSE, BOCATA_REASON_BAD_SIGNATURE, 0},
    {"the future more than a bad signature", "fo", REFUSE, BOCATA_REASON_FUTURE, 0},
    {"the past more than the future", "mefol", REFUSE, BOCATA_REASON_EXPIRED, 0},
    {"a signed array", "j", REFUSE, BOCATA_REASON_NOT_AN_OBJECT, 0},
    {"a signed array tells less than an expired one", "ej", REFUSE, BOCATA_REASON_EXPIRED, 0},
    {"a signed array more than a bad signature", "oj", REFUSE, BOCATA_REASON_NOT_AN_OBJECT, 0},
};

static char *cookie_of(char letter)
{
    static char large[8 + 4097 + 1] = "session=";

    switch (letter) {
    case 'a':
        return fixture_cookie("1234", "{\"v\": 1}", NOW);
    case 'A':
        return fixture_cookie("1234", "{\"v\": 1}", NOW - 1);
    case 'b':
        return fixture_cookie("1234", "{\"v\": 2}", NOW);
    case 'B':
        return fixture_cookie("1234", "{\"v\": 2}", NOW - 1);
    case 'o':
        return fixture_cookie("another", "{\"v\": 3}", NOW);
    case 'e':
        return fixture_cookie("1234", "{\"v\": 4}", NOW - MAX_AGE - 1);
    case 'f':
        return fixture_cookie("1234", "{\"v\": 5}", NOW + 61);
    case 'j':
        return fixture_cookie("1234", "[{\"v\": 6}]", NOW);
    case 'c':
        return fixture_cookie("1234", "{\"v\": 1, \"_bocata\": {\"created\": 1}}", NOW);
    case 'd':
        return fixture_cookie("1234", "{\"v\": 1, \"_bocata\": {\"created\": 2}}", NOW);
    case 'h':
        return fixture_cookie("1234", "{\"v\": 1, \"_bocata\": {\"flash\": [[\"a\", \"b\"]]}}",
                              NOW);
    case 'u':
        return fixture_cookie("1234", "{\"v\": NaN}", NOW);
    case 't':
        return fixture_cookie("1234", "{\"v\": 7, \"_bocata\": {\"created\": 1690000000}}", NOW);
    case 'i':
        return fixture_cookie("1234", "{\"v\": 8}", NOW - 101);
    case 'l':
        memset(large + strlen("session="), 'A', 4097);
        return strdup(large);
    default:
        return strdup("session=invalid");
    }
}

static const char *header_of(const char *letters)
{
    static char header[16384];
    size_t len = 0;

    header[0] = '\0';
    for (; *letters; letters++) {
        char *cookie = cookie_of(*letters);
        len += (size_t)snprintf(header + len, sizeof header - len, "%s%s", len ? "; " : "", cookie);
        free(cookie);
    }
    return header;
}

static void test_row(void **state)
{
    struct row *row = *state;
    fixture f;

    fixture_open(&f, (bocata_session_settings){.duplicates = row->duplicates});
    bocata_session *session = fixture_load(&f, header_of(row->cookies), NOW);
    assert_string_equal(bocata_reason_name(bocata_session_reason(session)),
                        bocata_reason_name(row->reason));
    assert_int_equal(bocata_session_get_int(session, "v", 0), row->value);
    assert_int_equal(bocata_session_size(session), row->value ? 1 : 0);

    /* One event for each refused request, and one count whatever came of it. */
    bocata_sessions_counts counts;
    bocata_sessions_stats(f.sessions, &counts);
    for (size_t i = 0; i < BOCATA_REASON_COUNT; i++)
        assert_int_equal(counts.loaded[i], i == row->reason ? 1 : 0);
    bool is_refused = row->reason > BOCATA_REASON_ABSENT;
    assert_int_equal(f.refused_count, is_refused ? 1 : 0);
    if (is_refused) {
        assert_int_equal(f.event.reason, row->reason);
        assert_string_equal(f.detail, bocata_reason_text(row->reason));
    }

    /* Nothing is deleted in the browser because of what was refused. */
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_string_equal(f.set_cookie, "");
    fixture_close(&f);
}

/* Of two refused cookies, whichever comes first, the one that got further is told. u holds what has
 * no form here, t began too long ago, i was not used for too long. */
static void of_two_refused_cookies_the_better_one_is_told(void **state)
{
    static const char letters[] = "mlojufeti"; /* from bad to better */
    static const bocata_reason reasons[] = {
        BOCATA_REASON_MALFORMED,     BOCATA_REASON_TOO_LARGE,         BOCATA_REASON_BAD_SIGNATURE,
        BOCATA_REASON_NOT_AN_OBJECT, BOCATA_REASON_UNSUPPORTED_VALUE, BOCATA_REASON_FUTURE,
        BOCATA_REASON_EXPIRED,       BOCATA_REASON_ABSOLUTE_TIMEOUT,  BOCATA_REASON_IDLE_TIMEOUT,
    };
    fixture f;
    (void)state;

    fixture_open(&f, (bocata_session_settings){.idle_timeout_s = 100, .absolute_timeout_s = 1000});
    for (size_t one = 0; letters[one]; one++)
        for (size_t other = 0; letters[other]; other++) {
            const char both[] = {letters[one], letters[other], '\0'};
            bocata_session *session = fixture_load(&f, header_of(both), NOW);
            assert_string_equal(bocata_reason_name(bocata_session_reason(session)),
                                bocata_reason_name(reasons[one > other ? one : other]));
            bocata_session_free(session);
        }
    fixture_close(&f);
}

/* The newest signature of one session is the one whose age counts. */
static void of_one_session_signed_twice_the_later_counts(void **state)
{
    fixture f;
    char *old = fixture_cookie("1234", "{\"v\": 1}", NOW - MAX_AGE / 2 - 1);
    char *new = fixture_cookie("1234", "{\"v\": 1}", NOW - 10);
    char header[512];
    (void)state;

    for (int order = 0; order < 2; order++) {
        fixture_open(&f, (bocata_session_settings){0});
        snprintf(header, sizeof header, "%s; %s", order ? old : new, order ? new : old);
        bocata_session *session = fixture_load(&f, header, NOW);
        assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        assert_string_equal(f.set_cookie, ""); /* the old one would be due */
        fixture_close(&f);
    }
    free(old);
    free(new);
}

/* Ambiguous is not for ever: what the view writes is saved as ever. */
static void a_view_may_write_after_ambiguous_cookies(void **state)
{
    fixture f;
    char *a = cookie_of('a'), *b = cookie_of('b'), header[512];
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    snprintf(header, sizeof header, "%s; %s", a, b);
    bocata_session *session = fixture_load(&f, header, NOW);
    bocata_session_set_int(session, "v", 7);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f);
    session = fixture_load(&f, pair, NOW);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 7);
    bocata_session_free(session);
    fixture_close(&f);
    free(pair);
    free(a);
    free(b);
}

static void cookies_in_several_headers(void **state)
{
    fixture f;
    char *a = cookie_of('a'), *b = cookie_of('b');
    const bocata_str headers[] = {bocata_str_of("x=1"), bocata_str_of(a), bocata_str_of(b)};
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = bocata_session_load(f.codec, headers, 2, NOW);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 1);
    bocata_session_free(session);
    session = bocata_session_load(f.codec, headers, 3, NOW);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_AMBIGUOUS);
    bocata_session_free(session);
    fixture_close(&f);
    free(a);
    free(b);
}

/* ---- ages ----------------------------------------------------------------------------------- */

static struct age {
    const char *intent;
    int64_t max_age_s, clock_skew_s, time_s;
    bocata_reason reason;
} ages[] = {
    {"by default: at 14 days", 0, 0, NOW - MAX_AGE, BOCATA_REASON_NONE},
    {"by default: a second past 14 days", 0, 0, NOW - MAX_AGE - 1, BOCATA_REASON_EXPIRED},
    {"by default: a minute ahead", 0, 0, NOW + 60, BOCATA_REASON_NONE},
    {"by default: a minute and a second ahead", 0, 0, NOW + 61, BOCATA_REASON_FUTURE},
    {"no skew: now", 0, BOCATA_CLOCK_SKEW_NONE, NOW, BOCATA_REASON_NONE},
    {"no skew: a second ahead", 0, BOCATA_CLOCK_SKEW_NONE, NOW + 1, BOCATA_REASON_FUTURE},
    {"ten seconds: at ten", 10, 0, NOW - 10, BOCATA_REASON_NONE},
    {"ten seconds: at eleven", 10, 0, NOW - 11, BOCATA_REASON_EXPIRED},
    {"no max_age: the epoch", BOCATA_MAX_AGE_NONE, 0, 0, BOCATA_REASON_NONE},
    {"no max_age: the end of time", BOCATA_MAX_AGE_NONE, 0, INT64_MAX, BOCATA_REASON_NONE},
    {"negative: now", -1, 0, NOW, BOCATA_REASON_EXPIRED},
    {"negative: within the skew", -1, 0, NOW + 30, BOCATA_REASON_EXPIRED},
};

static void test_age(void **state)
{
    struct age *row = *state;
    fixture f;
    char *cookie = fixture_cookie("1234", "{\"v\": 1}", row->time_s);

    fixture_open(&f, (bocata_session_settings){.max_age_s = row->max_age_s,
                                               .clock_skew_s = row->clock_skew_s});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    assert_string_equal(bocata_reason_name(bocata_session_reason(session)),
                        bocata_reason_name(row->reason));
    bocata_session_free(session);
    fixture_close(&f);
    free(cookie);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, ages, test_age);
    SUITE_TEST(&group, of_two_refused_cookies_the_better_one_is_told);
    SUITE_TEST(&group, of_one_session_signed_twice_the_later_counts);
    SUITE_TEST(&group, a_view_may_write_after_ambiguous_cookies);
    SUITE_TEST(&group, cookies_in_several_headers);
    return suite_run(&group, "codec");
}
