/* What stands in a cookie beside the session's values: when it began and was issued, and its id. */
#ifndef BOCATA_SESSION_STAMP_H
#define BOCATA_SESSION_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#define BOCATA_SESSION_ID_LEN 16
#define BOCATA_CREATED_UNKNOWN (-1)

/* Times are Unix seconds, not negative. */
typedef struct bocata_stamp {
    int64_t issued_s;  /* when the cookie was made */
    int64_t created_s; /* when the session began; BOCATA_CREATED_UNKNOWN where nothing says so */
    int64_t max_age_s; /* the session's own, as in bocata_session_set_max_age; 0: the settings' */
    bool has_id;
    unsigned char id[BOCATA_SESSION_ID_LEN];
} bocata_stamp;

#endif
