#include "session/refusals.h"

#include <string.h>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "session/sessions.h"

#define HASH_LEN 8 /* bytes that are shown */

/* A told time so far ahead is no thread's whose clock is a little behind. */
#define CLOCK_SET_BACK_S 3600

bocata_status bocata_counters_init(bocata_counters *counters)
{
    for (size_t i = 0; i < BOCATA_REASON_COUNT; i++)
        atomic_init(&counters->told_s[i], INT64_MIN / 2);
    return bocata_random_bytes(counters->salt, sizeof counters->salt);
}

/* True for one caller in each second; threads' clocks may differ a little. */
static bool may_tell(bocata_counters *counters, bocata_reason reason, int64_t now_s)
{
    int_fast64_t told_s = atomic_load(&counters->told_s[reason]);

    if (now_s <= told_s && told_s - CLOCK_SET_BACK_S <= now_s)
        return false;
    return atomic_compare_exchange_strong(&counters->told_s[reason], &told_s, now_s);
}

/* Salted, so that nobody can tell from a log which cookie it was without having it and the salt,
 * which ends with the sessions. */
static void hash_cookie(const bocata_counters *counters, bocata_str cookie,
                        char text[2 * HASH_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[BOCATA_DIGEST_LEN_MAX] = {0};
    const bocata_str salt = {(const char *)counters->salt, sizeof counters->salt};

    if (bocata_digest_sum(BOCATA_DIGEST_SHA256, (bocata_str[]){salt, cookie}, 2, sum) != BOCATA_OK)
        memset(sum, 0, sizeof sum);
    for (size_t i = 0; i < HASH_LEN; i++) {
        text[2 * i] = digits[sum[i] >> 4];
        text[2 * i + 1] = digits[sum[i] & 0xf];
    }
    text[2 * HASH_LEN] = '\0';
}

void bocata_refusal_tell(const bocata_sessions *sessions, bocata_reason reason, const char *detail,
                         bocata_str cookie, int64_t now_s)
{
    bocata_counters *counters = sessions->counters;
    char hash[2 * HASH_LEN + 1];

    if (!sessions->on_event)
        return;
    if (!may_tell(counters, reason, now_s)) {
        atomic_fetch_add_explicit(&counters->untold[reason], 1, memory_order_relaxed);
        return;
    }
    hash_cookie(counters, cookie, hash);
    sessions_tell(sessions, &(bocata_session_event){
                                .kind = BOCATA_SESSION_EVENT_REFUSED,
                                .reason = reason,
                                .detail = detail,
                                .cookie_hash = hash,
                                .untold_count = atomic_exchange(&counters->untold[reason], 0),
                            });
}
