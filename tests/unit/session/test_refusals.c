/* What is told of refused cookies: at most once a second for each reason, and never their bytes. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "crypto/digest.h"
#include "fixture.h"
#include "session/sessions.h"

static void refuse(fixture *f, const char *cookie, int64_t now_s)
{
    bocata_session_free(fixture_load(f, cookie, now_s));
}

static uint64_t count_of(const fixture *f, bocata_reason reason)
{
    bocata_sessions_counts counts;
    bocata_sessions_stats(f->sessions, &counts);
    return counts.loaded[reason];
}

static void each_reason_is_told_once_a_second(void **state)
{
    fixture f;
    char *forged = fixture_cookie("another key", "{\"v\": 1}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    for (int i = 0; i < 5; i++)
        refuse(&f, forged, NOW);
    assert_int_equal(f.refused_count, 1);
    assert_int_equal(f.event.reason, BOCATA_REASON_BAD_SIGNATURE);
    assert_int_equal(f.event.untold_count, 0);

    refuse(&f, "session=malformed", NOW); /* another reason does not hide behind the first */
    assert_int_equal(f.refused_count, 2);
    assert_int_equal(f.event.reason, BOCATA_REASON_MALFORMED);

    refuse(&f, forged, NOW - 1); /* a thread whose clock is a little behind */
    assert_int_equal(f.refused_count, 2);
    refuse(&f, forged, NOW + 1);
    assert_int_equal(f.refused_count, 3);
    assert_int_equal(f.event.reason, BOCATA_REASON_BAD_SIGNATURE);
    assert_int_equal(f.event.untold_count, 5);
    refuse(&f, forged, NOW + 2);
    assert_int_equal(f.event.untold_count, 0);
    assert_int_equal(count_of(&f, BOCATA_REASON_BAD_SIGNATURE), 8); /* the counts have them all */
    assert_int_equal(count_of(&f, BOCATA_REASON_MALFORMED), 1);
    fixture_close(&f);
    free(forged);
}

static void a_clock_that_was_set_back_does_not_silence_it(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    refuse(&f, "session=malformed", NOW);
    refuse(&f, "session=malformed", NOW - DAY);
    assert_int_equal(f.refused_count, 2);
    fixture_close(&f);
}

/* As in a device whose clock was never set. */
static void a_clock_before_1970_does_not_silence_it(void **state)
{
    static const int64_t times[] = {0, -1, -DAY, INT64_MIN};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        fixture f;
        fixture_open(&f, (bocata_session_settings){0});
        refuse(&f, "session=malformed", times[i]);
        assert_int_equal(f.refused_count, 1);
        fixture_close(&f);
    }
}

static void what_is_accepted_or_absent_is_not_told(void **state)
{
    fixture f;
    char *good = fixture_cookie("1234", "{\"v\": 1}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    refuse(&f, good, NOW);
    refuse(&f, NULL, NOW);
    refuse(&f, "theme=dark", NOW);
    assert_int_equal(f.refused_count, 0);
    fixture_close(&f);
    free(good);
}

static void a_cookie_is_named_by_a_salted_hash(void **state)
{
    fixture f, other;
    char first[32];
    char *forged = fixture_cookie("another key", "{\"v\": 1}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    fixture_open(&other, (bocata_session_settings){0});
    refuse(&f, forged, NOW);
    strcpy(first, f.cookie_hash);
    assert_int_equal(strlen(first), 16);
    assert_int_equal(strspn(first, "0123456789abcdef"), 16);
    assert_null(strstr(forged, first));
    refuse(&f, "session=eyJ2IjogMX0=.ZVPxAA.AAAAAAAAAAAAAAAAAAAAAAAAAAA", NOW + 1);
    assert_string_not_equal(f.cookie_hash, first); /* another cookie */
    refuse(&f, forged, NOW + 2);
    assert_string_equal(f.cookie_hash, first); /* the same again */
    refuse(&other, forged, NOW);
    assert_string_not_equal(other.cookie_hash, first); /* another salt */
    fixture_close(&f);
    fixture_close(&other);
    free(forged);
}

/* So that whoever has the salt and a cookie finds its lines. */
static void the_hash_is_of_the_salt_and_the_value(void **state)
{
    fixture f;
    unsigned char sum[32];
    char text[17];
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    refuse(&f, "session=malformed", NOW);
    const bocata_str salt = {(const char *)f.sessions->counters->salt, BOCATA_REFUSALS_SALT_LEN};
    assert_int_equal(
        bocata_digest_sum(BOCATA_DIGEST_SHA256, (bocata_str[]){salt, STR("malformed")}, 2, sum),
        BOCATA_OK);
    for (size_t i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
    assert_string_equal(f.cookie_hash, text);
    fixture_close(&f);
}

/* Of several cookies the hash is that of the one whose reason is told. */
static void the_hash_is_of_the_cookie_that_was_refused(void **state)
{
    fixture f;
    char header[512], alone[32];
    char *forged = fixture_cookie("another key", "{\"v\": 1}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    refuse(&f, forged, NOW);
    strcpy(alone, f.cookie_hash);
    snprintf(header, sizeof header, "session=malformed; %s; session=too", forged);
    refuse(&f, header, NOW + 1);
    assert_int_equal(f.event.reason, BOCATA_REASON_BAD_SIGNATURE);
    assert_string_equal(f.cookie_hash, alone);
    fixture_close(&f);
    free(forged);
}

/* Where all are refused for one reason, or there are too many, or two that differ. */
static void of_cookies_alike_the_hash_is_that_of_the_first(void **state)
{
    fixture f;
    char header[512], alone[32];
    char *good = fixture_cookie("1234", "{\"v\": 1}", NOW);
    char *other = fixture_cookie("1234", "{\"v\": 2}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){.clock_skew_s = BOCATA_CLOCK_SKEW_NONE});
    refuse(&f, "session=1", NOW);
    strcpy(alone, f.cookie_hash);
    refuse(&f, "session=1; session=2", NOW + 1);
    assert_string_equal(f.cookie_hash, alone);
    refuse(&f,
           "session=1; session=2; session=3; session=4; session=5; session=6; session=7; "
           "session=8; session=9",
           NOW + 2);
    assert_int_equal(f.event.reason, BOCATA_REASON_AMBIGUOUS);
    assert_string_equal(f.cookie_hash, alone);

    refuse(&f, good, NOW - 1); /* from the future */
    strcpy(alone, f.cookie_hash);
    snprintf(header, sizeof header, "%s; %s", good, other);
    refuse(&f, header, NOW + 3);
    assert_int_equal(f.event.reason, BOCATA_REASON_AMBIGUOUS);
    assert_string_equal(f.cookie_hash, alone);
    fixture_close(&f);
    free(good);
    free(other);
}

int main(void)
{
    static suite group;
    SUITE_TEST(&group, each_reason_is_told_once_a_second);
    SUITE_TEST(&group, a_clock_that_was_set_back_does_not_silence_it);
    SUITE_TEST(&group, a_clock_before_1970_does_not_silence_it);
    SUITE_TEST(&group, what_is_accepted_or_absent_is_not_told);
    SUITE_TEST(&group, a_cookie_is_named_by_a_salted_hash);
    SUITE_TEST(&group, the_hash_is_of_the_salt_and_the_value);
    SUITE_TEST(&group, the_hash_is_of_the_cookie_that_was_refused);
    SUITE_TEST(&group, of_cookies_alike_the_hash_is_that_of_the_first);
    return suite_run(&group, "refusals");
}
