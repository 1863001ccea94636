/* Counting what was loaded, and telling of what was refused. */
#ifndef BOCATA_SESSION_REFUSALS_H
#define BOCATA_SESSION_REFUSALS_H

#include <stdatomic.h>

#include <bocata/session.h>

#define BOCATA_REFUSALS_SALT_LEN 16

/* Apart from the rest of the sessions, so that whoever holds const ones can count. */
typedef struct bocata_counters {
    atomic_uint_fast64_t loaded[BOCATA_REASON_COUNT], keys[BOCATA_KEYS_MAX];
    atomic_int_fast64_t told_s[BOCATA_REASON_COUNT]; /* when each reason was last told */
    atomic_uint_fast64_t untold[BOCATA_REASON_COUNT];
    unsigned char salt[BOCATA_REFUSALS_SALT_LEN]; /* of the hashes that name refused cookies */
} bocata_counters;

/* Returns BOCATA_OK or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_counters_init(bocata_counters *counters);

/* Calls the event callback, unless this reason was told in the same second. `cookie` is the value
 * that was refused. */
void bocata_refusal_tell(const bocata_sessions *sessions, bocata_reason reason, const char *detail,
                         bocata_str cookie, int64_t now_s);

#endif
