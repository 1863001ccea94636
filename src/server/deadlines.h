/* Timeouts of many connections at the cost of one timer.
 *
 * Each kind has one constant duration, so the deadlines of a kind fall due in the order they were
 * armed: a list a kind, appended at its end, is always sorted, and arming and disarming are O(1).
 * No clock here: the caller says what time it is, and keeps the timer. */
#ifndef BOCATA_SERVER_DEADLINES_H
#define BOCATA_SERVER_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum bocata_deadline_kind {
    BOCATA_DEADLINE_IDLE,   /* until the first byte of the next request */
    BOCATA_DEADLINE_HEADER, /* until a request's head is complete */
    BOCATA_DEADLINE_BODY,   /* until its body is */
    BOCATA_DEADLINE_WRITE,  /* until the peer takes enough of what we send */
    BOCATA_DEADLINE_WATCH,  /* until a peer that is not read from is looked at */
    BOCATA_DEADLINE_LINGER, /* until the peer closes after we did */
    BOCATA_DEADLINE_PING,   /* until a WebSocket from which nothing comes is pinged */
    BOCATA_DEADLINE_PONG,   /* until something must have come then */
    BOCATA_DEADLINE_CLOSE,  /* until the peer has answered our close frame */
    BOCATA_DEADLINE_COUNT,
} bocata_deadline_kind;

typedef struct bocata_deadline bocata_deadline;
struct bocata_deadline {
    bocata_deadline *prev, *next; /* NULL while not armed */
    uint64_t due_ms;
    bocata_deadline_kind kind;
};

typedef struct bocata_deadlines {
    bocata_deadline lists[BOCATA_DEADLINE_COUNT]; /* each a ring with this as its head */
    uint64_t durations_ms[BOCATA_DEADLINE_COUNT];
} bocata_deadlines;

#define BOCATA_DEADLINE_NEVER UINT64_MAX

void bocata_deadlines_init(bocata_deadlines *deadlines,
                           const uint64_t durations_ms[BOCATA_DEADLINE_COUNT]);

/* Arms it, anew if it is armed already. `now_ms` never runs backwards between calls. */
void bocata_deadlines_arm(bocata_deadlines *deadlines, bocata_deadline *deadline,
                          bocata_deadline_kind kind, uint64_t now_ms);

/* Fine also where it is not armed. */
void bocata_deadline_disarm(bocata_deadline *deadline);

/* When the earliest falls due, BOCATA_DEADLINE_NEVER if none is armed. */
uint64_t bocata_deadlines_next_ms(const bocata_deadlines *deadlines);

/* Disarms and returns one that is due at `now_ms`, NULL if there is none. */
bocata_deadline *bocata_deadlines_take_due(bocata_deadlines *deadlines, uint64_t now_ms);

static inline bool deadline_is_armed(const bocata_deadline *deadline)
{
    return deadline->next != NULL;
}

#endif
