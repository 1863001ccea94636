#include "server/deadlines.h"

void bocata_deadlines_init(bocata_deadlines *deadlines,
                           const uint64_t durations_ms[BOCATA_DEADLINE_COUNT])
{
    for (int kind = 0; kind < BOCATA_DEADLINE_COUNT; kind++) {
        bocata_deadline *list = &deadlines->lists[kind];
        list->prev = list->next = list;
        deadlines->durations_ms[kind] = durations_ms[kind];
    }
}

void bocata_deadlines_arm(bocata_deadlines *deadlines, bocata_deadline *deadline,
                          bocata_deadline_kind kind, uint64_t now_ms)
{
    bocata_deadline *list = &deadlines->lists[kind];

    bocata_deadline_disarm(deadline);
    deadline->kind = kind;
    deadline->due_ms = now_ms + deadlines->durations_ms[kind];
    deadline->prev = list->prev;
    deadline->next = list;
    list->prev->next = deadline;
    list->prev = deadline;
}

void bocata_deadline_disarm(bocata_deadline *deadline)
{
    if (!deadline_is_armed(deadline))
        return;
    deadline->prev->next = deadline->next;
    deadline->next->prev = deadline->prev;
    deadline->prev = deadline->next = NULL;
}

uint64_t bocata_deadlines_next_ms(const bocata_deadlines *deadlines)
{
    uint64_t next_ms = BOCATA_DEADLINE_NEVER;

    for (int kind = 0; kind < BOCATA_DEADLINE_COUNT; kind++) {
        const bocata_deadline *list = &deadlines->lists[kind];
        if (list->next != list && list->next->due_ms < next_ms)
            next_ms = list->next->due_ms;
    }
    return next_ms;
}

bocata_deadline *bocata_deadlines_take_due(bocata_deadlines *deadlines, uint64_t now_ms)
{
    for (int kind = 0; kind < BOCATA_DEADLINE_COUNT; kind++) {
        bocata_deadline *list = &deadlines->lists[kind];
        bocata_deadline *first = list->next;
        if (first != list && first->due_ms <= now_ms) {
            bocata_deadline_disarm(first);
            return first;
        }
    }
    return NULL;
}
