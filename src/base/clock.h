/* The one place that asks the system what time it is. */
#ifndef BOCATA_BASE_CLOCK_H
#define BOCATA_BASE_CLOCK_H

#include <stdint.h>

/* Unix seconds, UTC. */
int64_t bocata_clock_now_s(void);

int64_t bocata_clock_now_ms(void); /* Unix milliseconds, UTC */

/* Milliseconds since some moment; never backwards, whatever the time of day is set to. */
uint64_t bocata_clock_monotonic_ms(void);

/* The sum, and UINT64_MAX, which is never, where there is none. */
static inline uint64_t clock_later(uint64_t time_ms, uint64_t delay_ms)
{
    return delay_ms < UINT64_MAX - time_ms ? time_ms + delay_ms : UINT64_MAX;
}

#define BOCATA_HTTP_DATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Writes an IMF-fixdate (RFC 9110 5.6.7) and a NUL; `now_s` from year 0 to 9999, clamped. */
void bocata_clock_http_date(int64_t now_s, char date[BOCATA_HTTP_DATE_LEN + 1]);

#endif
