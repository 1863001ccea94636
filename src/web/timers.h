/* The timers of an application, sorted by when they are due. */
#ifndef BOCATA_WEB_TIMERS_H
#define BOCATA_WEB_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include <bocata/timer.h>

#define BOCATA_TIMERS_NEVER UINT64_MAX

typedef struct bocata_timers {
    bocata_timer *first, *last;
    bool is_set; /* the clock stands at now_ms, as a test wants it */
    uint64_t now_ms;
} bocata_timers;

void bocata_timers_done(bocata_timers *timers);

/* Stands for the monotonic clock from now on; it does not run backwards. */
void bocata_timers_set_time(bocata_timers *timers, uint64_t now_ms);

/* How many milliseconds until the first is due, 0 if one is; BOCATA_TIMERS_NEVER for none. */
uint64_t bocata_timers_wait_ms(const bocata_timers *timers);

/* Calls those that were due when this began, each once. */
void bocata_timers_run(bocata_timers *timers);

#endif
