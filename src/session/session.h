/* The session of one request. */
#ifndef BOCATA_SESSION_SESSION_H
#define BOCATA_SESSION_SESSION_H

#include <bocata/session.h>

#include "session/sizes.h"

struct bocata_session {
    bocata_codec *codec;  /* NULL where no sessions are configured */
    json_t *values;       /* an object; NULL while nothing was put into it */
    json_t *retired;      /* an array of what was replaced, which getters may have lent out */
    bocata_reason reason; /* NONE: a cookie was accepted */
    int64_t time_s;       /* when that was signed */
    bocata_status failed; /* of the first setter that failed, which fails the save */
    char failed_detail[BOCATA_SHOWN_KEY_LEN + 64];
    bool is_changed;
};

#endif
