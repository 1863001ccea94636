#include "session/lifetime.h"

int64_t bocata_lifetime_max_age(const bocata_sessions *sessions, const bocata_stamp *stamp)
{
    return stamp->max_age_s ? stamp->max_age_s : sessions->max_age_s;
}

/* Where nothing says when a session began, it is with its cookie. */
static int64_t beginning(const bocata_stamp *stamp)
{
    return stamp->created_s != BOCATA_CREATED_UNKNOWN ? stamp->created_s : stamp->issued_s;
}

/* True if `time_s` lies more than `len_s`, which is not negative, before `now_s`. The difference of
 * two int64_t fits a uint64_t. */
static bool is_longer_ago(int64_t time_s, int64_t len_s, int64_t now_s)
{
    return time_s < now_s && (uint64_t)now_s - (uint64_t)time_s > (uint64_t)len_s;
}

bocata_reason bocata_lifetime_check(const bocata_sessions *sessions, const bocata_stamp *stamp,
                                    int64_t now_s)
{
    int64_t max_age_s = bocata_lifetime_max_age(sessions, stamp);
    int64_t created_s = beginning(stamp);

    /* Starlette checks no time, not even for the future, where there is no max_age. */
    if (max_age_s == BOCATA_MAX_AGE_NONE && !sessions->idle_timeout_s &&
        !sessions->absolute_timeout_s)
        return BOCATA_REASON_NONE;
    if (max_age_s < 0)
        return BOCATA_REASON_EXPIRED;
    if (is_longer_ago(now_s, sessions->clock_skew_s, stamp->issued_s) ||
        is_longer_ago(now_s, sessions->clock_skew_s, created_s))
        return BOCATA_REASON_FUTURE;
    if (is_longer_ago(stamp->issued_s, max_age_s, now_s))
        return BOCATA_REASON_EXPIRED;
    if (sessions->idle_timeout_s && is_longer_ago(stamp->issued_s, sessions->idle_timeout_s, now_s))
        return BOCATA_REASON_IDLE_TIMEOUT;
    if (sessions->absolute_timeout_s &&
        is_longer_ago(created_s, sessions->absolute_timeout_s, now_s))
        return BOCATA_REASON_ABSOLUTE_TIMEOUT;
    return BOCATA_REASON_NONE;
}

/* The first second at which is_longer_ago; INT64_MAX where the sum does not fit, and so for a limit
 * of BOCATA_MAX_AGE_NONE. */
static int64_t end_of(int64_t time_s, int64_t len_s)
{
    return time_s < INT64_MAX - len_s ? time_s + len_s + 1 : INT64_MAX;
}

static int64_t earlier(int64_t one_s, int64_t other_s)
{
    return one_s < other_s ? one_s : other_s;
}

int64_t bocata_lifetime_deadline(const bocata_sessions *sessions, const bocata_stamp *stamp)
{
    int64_t max_age_s = bocata_lifetime_max_age(sessions, stamp);

    if (max_age_s < 0)
        return 0;
    int64_t deadline_s = end_of(stamp->issued_s, max_age_s);
    if (sessions->idle_timeout_s)
        deadline_s = earlier(deadline_s, end_of(stamp->issued_s, sessions->idle_timeout_s));
    if (sessions->absolute_timeout_s)
        deadline_s = earlier(deadline_s, end_of(beginning(stamp), sessions->absolute_timeout_s));
    return deadline_s;
}

bool bocata_lifetime_is_due(const bocata_sessions *sessions, const bocata_stamp *stamp,
                            int64_t now_s)
{
    int64_t life_s = bocata_lifetime_max_age(sessions, stamp);

    if (sessions->idle_timeout_s && sessions->idle_timeout_s < life_s)
        life_s = sessions->idle_timeout_s;
    switch (sessions->rolling) {
    case BOCATA_ROLLING_ALWAYS:
        return true;
    case BOCATA_ROLLING_NEVER:
        return false;
    case BOCATA_ROLLING_HALF_LIFE: /* half of BOCATA_MAX_AGE_NONE never passes */
        return is_longer_ago(stamp->issued_s, life_s / 2, now_s);
    }
    return false;
}
