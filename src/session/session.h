/* The session of one request. */
#ifndef BOCATA_SESSION_SESSION_H
#define BOCATA_SESSION_SESSION_H

#include <bocata/session.h>

#include "session/sizes.h"
#include "session/stamp.h"

#define BOCATA_JSON_LEN_UNKNOWN SIZE_MAX

struct bocata_session {
    bocata_codec *codec;   /* NULL where no sessions are configured */
    json_t *values;        /* an object; NULL while nothing was put into it */
    json_t *reserved;      /* what the reserved key holds, NULL for nothing */
    json_t *retired;       /* an array of what was replaced, which getters may have lent out */
    bocata_reason reason;  /* NONE: a cookie was accepted */
    bocata_stamp stamp;    /* of the accepted cookie, or of what will be sent; once saved, of what
                              the browser has */
    bocata_stamp loaded;   /* as `stamp` was at first */
    int64_t now_s;         /* of the load */
    size_t json_len_bound; /* at most so many bytes of JSON are in it; or BOCATA_JSON_LEN_UNKNOWN */
    bocata_status failed;  /* of the first setter that failed, which fails the save */
    char *failed_detail;   /* says why; NULL without memory for it */
    const char *csrf_token; /* what was handed out, NULL for none; in `retired` */
    bool is_changed;
    bool is_cleared;
    bool is_outdated; /* its cookie is of an older key, or lacks what the settings now ask for */
    bool keeps_id;    /* its id is reason enough to keep it, though it may hold nothing */
    bool wants_id;    /* the save gives it one */
    bool has_cookie;  /* the browser's cookie holds it; an empty one does not count */
    bool is_saved;    /* no cookie can carry a change any more */
    bool is_late_told;
};

/* BOCATA_OK while it can be written; BOCATA_E_INVALID for NULL; BOCATA_E_TOO_LATE after the save,
 * which an event tells once. All that write ask it first. */
BOCATA_MUST_USE bocata_status bocata_session_check_writable(bocata_session *session);

/* What its cookie says of it, before the save what one would say; NULL where it is in none. */
const bocata_stamp *bocata_session_cookie_stamp(const bocata_session *session);

/* The number of flash messages that wait. */
size_t bocata_session_flash_count(const bocata_session *session);

/* Notes the first failure for the save, and returns `status`. `why` goes on from "the value of KEY
 * …"; with a NULL key it says all. */
bocata_status bocata_session_fail(bocata_session *session, bocata_status status, const char *key,
                                  const char *why);
bocata_status bocata_session_fail_memory(bocata_session *session, const char *key);

/* Keeps alive what getters may have lent out; the reference stays the caller's. */
BOCATA_MUST_USE bool bocata_session_retire(bocata_session *session, json_t *value);

/* Notes that at most `more` bytes of JSON were added, or BOCATA_JSON_LEN_UNKNOWN. */
static inline void session_grow(bocata_session *session, size_t more)
{
    bool is_known = more < BOCATA_JSON_LEN_UNKNOWN - session->json_len_bound;
    session->json_len_bound = is_known ? session->json_len_bound + more : BOCATA_JSON_LEN_UNKNOWN;
}

/* BOCATA_E_TOO_LARGE if the session no longer fits a cookie, else BOCATA_OK: what else stands in
 * the way of a cookie, the save says. Measures it only where the bound does not answer. */
bocata_status bocata_session_check_fit(bocata_session *session);

/* Gives it a new random id. Returns BOCATA_OK or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_session_make_id(bocata_session *session);

/* The stamp of a session that begins now. */
bocata_stamp bocata_session_new_stamp(const bocata_session *session);

#endif
