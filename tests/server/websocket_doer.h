/* The sockets of /do, which do what a message asks for; what happened to them is kept. */
#ifndef TEST_WEBSOCKET_DOER_H
#define TEST_WEBSOCKET_DOER_H

#include <bocata.h>

enum { DOERS_MAX = 4096 };

struct doer;

/* The application's. */
struct state {
    struct doer *doers[DOERS_MAX]; /* NULL once closed */
    int doer_count;                /* how many were ever opened */
    int opened, closed;            /* of all endpoints */
    int produced;                  /* messages of /endless */
    json_t *events;
};

extern const bocata_websocket_handlers doer_handlers;

bocata_status doer_send(struct state *state, int number, bocata_str text);

static inline json_t *string_of(bocata_str str)
{
    return json_stringn(str.ptr ? str.ptr : "", str.len);
}

#endif
