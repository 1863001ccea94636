/* When a session is over, and when it is sent anew: the clock is passed in. */
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
    SUITE_ROWS(&group, dues, test_due);
    return suite_run(&group, "lifetime");
}
