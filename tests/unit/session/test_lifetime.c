/* When a session is over, when it will be, and when it is sent anew: the clock is passed in. */
#include "suite.h"

#include "fixture.h"
#include "session/lifetime.h"

#define NONE BOCATA_MAX_AGE_NONE
#define UNKNOWN BOCATA_CREATED_UNKNOWN
#define HOUR 3600
#define STAMP(issued, created, max_age)                                                            \
    {                                                                                              \
        .issued_s = (issued), .created_s = (created), .max_age_s = (max_age)                       \
    }

/* Sessions with these limits, as bocata_sessions_open leaves them. */
typedef struct limits {
    int64_t max_age_s, idle_timeout_s, absolute_timeout_s, clock_skew_s;
} limits;

static bocata_sessions sessions_of(limits given)
{
    return (bocata_sessions){.max_age_s = given.max_age_s,
                             .idle_timeout_s = given.idle_timeout_s,
                             .absolute_timeout_s = given.absolute_timeout_s,
                             .clock_skew_s = given.clock_skew_s};
}

/* ---- over ------------------------------------------------------------------------------------ */

static struct row {
    const char *intent;
    limits limits;
    bocata_stamp stamp;
    int64_t now_s;
    bocata_reason reason;
} rows[] = {
#define OK BOCATA_REASON_NONE
    {"at max_age", {10, 0, 0, 0}, STAMP(NOW, UNKNOWN, 0), NOW + 10, OK},
    {"a second past max_age",
     {10, 0, 0, 0},
     STAMP(NOW, UNKNOWN, 0),
     NOW + 11,
     BOCATA_REASON_EXPIRED},
    {"at the skew", {10, 0, 0, 60}, STAMP(NOW + 60, UNKNOWN, 0), NOW, OK},
    {"a second past the skew",
     {10, 0, 0, 60},
     STAMP(NOW + 61, UNKNOWN, 0),
     NOW,
     BOCATA_REASON_FUTURE},
    {"the future without skew",
     {10, 0, 0, 0},
     STAMP(NOW + 1, UNKNOWN, 0),
     NOW,
     BOCATA_REASON_FUTURE},
    {"a negative max_age, at once",
     {-1, 0, 0, 60},
     STAMP(NOW, UNKNOWN, 0),
     NOW,
     BOCATA_REASON_EXPIRED},
    {"a negative max_age, within the skew",
     {-1, 0, 0, 60},
     STAMP(NOW + 5, UNKNOWN, 0),
     NOW,
     BOCATA_REASON_EXPIRED},
    {"differences beyond 63 bits: future",
     {INT64_MAX - 1, 0, 0, INT64_MAX},
     STAMP(INT64_MAX, UNKNOWN, 0),
     INT64_MIN,
     BOCATA_REASON_FUTURE},
    {"differences beyond 63 bits: the whole of time",
     {INT64_MAX - 1, 0, 0, 0},
     STAMP(0, UNKNOWN, 0),
     INT64_MAX,
     BOCATA_REASON_EXPIRED},
    {"the last second, now", {1, 0, 0, 0}, STAMP(INT64_MAX, UNKNOWN, 0), INT64_MAX, OK},
    {"no limit: any age", {NONE, 0, 0, 0}, STAMP(0, UNKNOWN, 0), NOW, OK},
    {"no limit: any future", {NONE, 0, 0, 0}, STAMP(NOW + 99, UNKNOWN, 0), NOW, OK},

    {"its own max_age is longer", {10, 0, 0, 0}, STAMP(NOW, UNKNOWN, 20), NOW + 20, OK},
    {"its own longer max_age ends",
     {10, 0, 0, 0},
     STAMP(NOW, UNKNOWN, 20),
     NOW + 21,
     BOCATA_REASON_EXPIRED},
    {"its own max_age is shorter",
     {10, 0, 0, 0},
     STAMP(NOW, UNKNOWN, 5),
     NOW + 6,
     BOCATA_REASON_EXPIRED},
    {"its own has no end", {10, 0, 0, 0}, STAMP(NOW, UNKNOWN, NONE), NOW + 999999, OK},
    {"its own, where the settings have none",
     {NONE, 0, 0, 0},
     STAMP(NOW, UNKNOWN, 5),
     NOW + 6,
     BOCATA_REASON_EXPIRED},
    {"its own, where the settings always expire", {-1, 0, 0, 0}, STAMP(NOW, UNKNOWN, 5), NOW, OK},

    {"at the idle timeout", {99, 10, 0, 0}, STAMP(NOW, UNKNOWN, 0), NOW + 10, OK},
    {"a second past the idle timeout",
     {99, 10, 0, 0},
     STAMP(NOW, UNKNOWN, 0),
     NOW + 11,
     BOCATA_REASON_IDLE_TIMEOUT},
    {"idle, without max_age",
     {NONE, 10, 0, 0},
     STAMP(NOW, UNKNOWN, 0),
     NOW + 11,
     BOCATA_REASON_IDLE_TIMEOUT},
    {"idle, remembered",
     {99, 10, 0, 0},
     STAMP(NOW, UNKNOWN, 999),
     NOW + 11,
     BOCATA_REASON_IDLE_TIMEOUT},
    {"the future, with an idle timeout only",
     {NONE, 10, 0, 60},
     STAMP(NOW + 61, UNKNOWN, 0),
     NOW,
     BOCATA_REASON_FUTURE},
    {"max_age ends before the idle timeout",
     {10, 20, 0, 0},
     STAMP(NOW, UNKNOWN, 0),
     NOW + 11,
     BOCATA_REASON_EXPIRED},

    {"at the absolute timeout", {99, 0, 50, 0}, STAMP(NOW + 45, NOW, 0), NOW + 50, OK},
    {"a second past the absolute timeout",
     {99, 0, 50, 0},
     STAMP(NOW + 50, NOW, 0),
     NOW + 51,
     BOCATA_REASON_ABSOLUTE_TIMEOUT},
    {"the absolute timeout, without max_age",
     {NONE, 0, 50, 0},
     STAMP(NOW + 50, NOW, 0),
     NOW + 51,
     BOCATA_REASON_ABSOLUTE_TIMEOUT},
    {"the absolute timeout, remembered",
     {99, 0, 50, 0},
     STAMP(NOW + 50, NOW, NONE),
     NOW + 51,
     BOCATA_REASON_ABSOLUTE_TIMEOUT},
    {"a start that is not known is the cookie's",
     {99, 0, 50, 0},
     STAMP(NOW, UNKNOWN, 0),
     NOW + 51,
     BOCATA_REASON_ABSOLUTE_TIMEOUT},
    {"a start in the future", {99, 0, 50, 60}, STAMP(NOW, NOW + 61, 0), NOW, BOCATA_REASON_FUTURE},
    {"a start does not matter without the timeout",
     {99, 0, 0, 0},
     STAMP(NOW + 50, NOW, 0),
     NOW + 99,
     OK},
#undef OK
};

static void test_row(void **state)
{
    struct row *row = *state;
    bocata_sessions sessions = sessions_of(row->limits);
    assert_int_equal(bocata_lifetime_check(&sessions, &row->stamp, row->now_s), row->reason);
}

/* ---- will be over ---------------------------------------------------------------------------- */

static struct deadline {
    const char *intent;
    limits limits;
    bocata_stamp stamp;
    int64_t deadline_s;
} deadlines[] = {
    {"ends: a second past max_age", {10, 0, 0, 0}, STAMP(NOW, UNKNOWN, 0), NOW + 11},
    {"ends: its own max_age", {10, 0, 0, 0}, STAMP(NOW, UNKNOWN, 20), NOW + 21},
    {"ends: never", {NONE, 0, 0, 0}, STAMP(NOW, NOW, 0), INT64_MAX},
    {"ends: its own is never", {10, 0, 0, 0}, STAMP(NOW, UNKNOWN, NONE), INT64_MAX},
    {"ends: always has", {-1, 0, 0, 0}, STAMP(NOW, UNKNOWN, 0), 0},
    {"ends: always has, with timeouts", {-1, 10, 10, 0}, STAMP(NOW, NOW, 0), 0},
    {"ends: idle", {NONE, 10, 99, 0}, STAMP(NOW, UNKNOWN, 0), NOW + 11},
    {"ends: absolute", {99, 50, 60, 0}, STAMP(NOW + 30, NOW, 0), NOW + 61},
    {"ends: absolute, from the cookie", {99, 0, 50, 0}, STAMP(NOW, UNKNOWN, 0), NOW + 51},
    {"ends: a second before the last",
     {9, 0, 0, 0},
     STAMP(INT64_MAX - 11, UNKNOWN, 0),
     INT64_MAX - 1},
    {"ends: the last second", {9, 0, 0, 0}, STAMP(INT64_MAX - 10, UNKNOWN, 0), INT64_MAX},
    {"ends: after all time", {9, 9, 9, 0}, STAMP(INT64_MAX - 9, UNKNOWN, 0), INT64_MAX},
    {"ends: after all time, from the last", {9, 0, 0, 0}, STAMP(INT64_MAX, 0, 0), INT64_MAX},
    {"ends: the longest there is", {NONE - 1, NONE, NONE, 0}, STAMP(0, 0, 0), INT64_MAX},
};

static void test_deadline(void **state)
{
    struct deadline *row = *state;
    bocata_sessions sessions = sessions_of(row->limits);
    assert_int_equal(bocata_lifetime_deadline(&sessions, &row->stamp), row->deadline_s);
}

/* One of `count` values; what is left of `*index` chooses from the next. */
static int64_t pick(const int64_t *of, size_t count, size_t *index)
{
    int64_t picked = of[*index % count];
    *index /= count;
    return picked;
}
#define PICK(of, index) pick((of), sizeof(of) / sizeof((of)[0]), (index))

/* Alive the second before it, refused from it on: all settings with all stamps. */
static void what_is_refused_is_refused_from_the_deadline_on(void **state)
{
    static const int64_t max_ages[] = {-1, 1, 7, 20, NONE - 1, NONE}, owns[] = {0, 1, 9, NONE},
                         timeouts[] = {0, 1, 8, 30, NONE - 1},
                         starts[] = {UNKNOWN, NOW, NOW - 1, NOW - 5, NOW - 25, NOW + 3};
    size_t ended = 0, endless = 0;
    (void)state;
    for (size_t i = 0;; i++) {
        size_t index = i;
        limits given = {.max_age_s = PICK(max_ages, &index), .clock_skew_s = 60};
        given.idle_timeout_s = PICK(timeouts, &index);
        given.absolute_timeout_s = PICK(timeouts, &index);
        bocata_stamp stamp = {.issued_s = NOW, .created_s = PICK(starts, &index)};
        stamp.max_age_s = PICK(owns, &index);
        if (index > 0)
            break;
        bocata_sessions sessions = sessions_of(given);
        int64_t deadline_s = bocata_lifetime_deadline(&sessions, &stamp);
        assert_true(deadline_s == 0 || deadline_s > NOW - 60);
        if (deadline_s > 0)
            assert_int_equal(bocata_lifetime_check(&sessions, &stamp, deadline_s - 1),
                             BOCATA_REASON_NONE);
        if (deadline_s < INT64_MAX)
            assert_in_range(bocata_lifetime_check(&sessions, &stamp, deadline_s),
                            BOCATA_REASON_EXPIRED, BOCATA_REASON_ABSOLUTE_TIMEOUT);
        ended += deadline_s < INT64_MAX;
        endless += deadline_s == INT64_MAX;
    }
    assert_true(ended > 1000 && endless > 50);
}

/* ---- due ------------------------------------------------------------------------------------- */

static struct due {
    const char *intent;
    bocata_rolling rolling;
    limits limits;
    int64_t own_max_age_s, age_s;
    bool is_due;
} dues[] = {
#define HALF BOCATA_ROLLING_HALF_LIFE
    {"half-life: at half", HALF, {10, 0, 0, 0}, 0, 5, false},
    {"half-life: a second past it", HALF, {10, 0, 0, 0}, 0, 6, true},
    {"half-life: of its own max_age", HALF, {10, 0, 0, 0}, 100, 50, false},
    {"half-life: past that of its own", HALF, {10, 0, 0, 0}, 100, 51, true},
    {"half-life: of the idle timeout", HALF, {10 * HOUR, HOUR, 0, 0}, 0, HOUR / 2, false},
    {"half-life: past that of the idle timeout",
     HALF,
     {10 * HOUR, HOUR, 0, 0},
     0,
     HOUR / 2 + 1,
     true},
    {"half-life: of the idle timeout without max_age", HALF, {NONE, 10, 0, 0}, 0, 6, true},
    {"half-life: a longer idle timeout", HALF, {10, 100, 0, 0}, 0, 6, true},
    {"half-life: no limit", HALF, {NONE, 0, 0, 0}, 0, NOW, false},
    {"half-life: from the future", HALF, {10, 0, 0, 60}, 0, -9, false},
    {"never", BOCATA_ROLLING_NEVER, {10, 0, 0, 0}, 0, 10, false},
    {"always", BOCATA_ROLLING_ALWAYS, {10, 0, 0, 0}, 0, 0, true},
    {"always, from the future", BOCATA_ROLLING_ALWAYS, {10, 0, 0, 60}, 0, -9, true},
#undef HALF
};

static void test_due(void **state)
{
    struct due *row = *state;
    bocata_sessions sessions = sessions_of(row->limits);
    bocata_stamp stamp = STAMP(NOW - row->age_s, UNKNOWN, row->own_max_age_s);

    sessions.rolling = row->rolling;
    assert_int_equal(bocata_lifetime_is_due(&sessions, &stamp, NOW), row->is_due);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, deadlines, test_deadline);
    SUITE_TEST(&group, what_is_refused_is_refused_from_the_deadline_on);
    SUITE_ROWS(&group, dues, test_due);
    return suite_run(&group, "lifetime");
}
