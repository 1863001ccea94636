#include "web/timers.h"

#include <stdlib.h>

#include "base/clock.h"
#include "web/app.h"

struct bocata_timer {
    bocata_timer *prev, *next;
    bocata_timers *timers;
    uint64_t due_ms, repeat_ms;
    bocata_timer_fn fn;
    void *user;
};

static uint64_t now_ms(const bocata_timers *timers)
{
    return timers->is_set ? timers->now_ms : bocata_clock_monotonic_ms();
}

/* Behind those that are due at the same time. Looked for from the end: where there are many, one a
 * socket, they wait equally long, and the newest is due last. */
static void insert(bocata_timer *timer)
{
    bocata_timer *prev = timer->timers->last, *next = NULL;

    while (prev && prev->due_ms > timer->due_ms) {
        next = prev;
        prev = prev->prev;
    }
    timer->prev = prev;
    timer->next = next;
    if (prev)
        prev->next = timer;
    else
        timer->timers->first = timer;
    if (next)
        next->prev = timer;
    else
        timer->timers->last = timer;
}

static void take_out(bocata_timer *timer)
{
    if (timer->prev)
        timer->prev->next = timer->next;
    else
        timer->timers->first = timer->next;
    if (timer->next)
        timer->next->prev = timer->prev;
    else
        timer->timers->last = timer->prev;
}

bocata_timer *bocata_timer_start(const bocata_app *app, uint64_t delay_ms, uint64_t repeat_ms,
                                 bocata_timer_fn fn, void *user)
{
    bocata_timer *timer = app && fn ? malloc(sizeof *timer) : NULL;

    if (!timer)
        return NULL;
    bocata_timers *timers = &app->hub->timers;
    *timer = (bocata_timer){
        .timers = timers,
        .due_ms = clock_later(now_ms(timers), delay_ms),
        .repeat_ms = repeat_ms,
        .fn = fn,
        .user = user,
    };
    insert(timer);
    return timer;
}

void bocata_timer_stop(bocata_timer *timer)
{
    if (!timer)
        return;
    take_out(timer);
    free(timer);
}

void bocata_timers_done(bocata_timers *timers)
{
    while (timers->first)
        bocata_timer_stop(timers->first);
}

/* Those that wait by the monotonic clock are to come as much later by this one. */
static void move_all(bocata_timers *timers, uint64_t from_ms, uint64_t to_ms)
{
    for (bocata_timer *timer = timers->first; timer; timer = timer->next)
        timer->due_ms =
            timer->due_ms > from_ms ? clock_later(to_ms, timer->due_ms - from_ms) : to_ms;
}

void bocata_timers_set_time(bocata_timers *timers, uint64_t time_ms)
{
    if (!timers->is_set)
        move_all(timers, now_ms(timers), time_ms);
    if (!timers->is_set || time_ms > timers->now_ms)
        timers->now_ms = time_ms;
    timers->is_set = true;
}

uint64_t bocata_timers_wait_ms(const bocata_timers *timers)
{
    if (!timers->first)
        return BOCATA_TIMERS_NEVER;
    uint64_t now = now_ms(timers);
    return timers->first->due_ms > now ? timers->first->due_ms - now : 0;
}

/* One that repeats is put back first, so that its function may stop it. Where several of its times
 * have passed it is called once. */
static void call(bocata_timer *timer, uint64_t now)
{
    const bocata_timer called = *timer;

    take_out(timer);
    if (timer->repeat_ms) {
        timer->due_ms = clock_later(timer->due_ms, timer->repeat_ms);
        if (timer->due_ms <= now)
            timer->due_ms = clock_later(now, timer->repeat_ms);
        insert(timer);
    } else {
        free(timer);
    }
    called.fn(called.user);
}

void bocata_timers_run(bocata_timers *timers)
{
    uint64_t now = now_ms(timers);
    size_t count = 0; /* one that is started meanwhile, without a delay, waits for the next run */

    for (const bocata_timer *timer = timers->first; timer && timer->due_ms <= now;
         timer = timer->next)
        count++;
    for (; count > 0 && timers->first && timers->first->due_ms <= now; count--)
        call(timers->first, now);
}
