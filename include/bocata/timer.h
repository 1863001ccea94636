/* Functions that are called later, on the thread that serves. */
#ifndef BOCATA_TIMER_H
#define BOCATA_TIMER_H

#include <stdint.h>

#include <bocata/app.h>
#include <bocata/export.h>

typedef struct bocata_timer bocata_timer;
typedef void (*bocata_timer_fn)(void *user);

BOCATA_BEGIN_DECLS

/* Calls `fn` once `delay_ms` have passed, and then every `repeat_ms`, or only once where that is 0.
 * It never comes early. Where it comes late it does not make up for the calls that it missed. One
 * that is started before the application is served counts from then on.
 *
 * Returns NULL when out of memory, or without app or function. The timer ends with
 * bocata_timer_stop, with its application, or, where it does not repeat, before its call. */
BOCATA_API bocata_timer *bocata_timer_start(const bocata_app *app, uint64_t delay_ms,
                                            uint64_t repeat_ms, bocata_timer_fn fn, void *user);

/* Also from within its own function, if it repeats. NULL is fine. */
BOCATA_API void bocata_timer_stop(bocata_timer *timer);

BOCATA_END_DECLS

#endif
