/* What makes one session another: its id, and its lifetime. */
#include "session/codec.h"
#include "session/session.h"

bocata_status bocata_session_renew(bocata_session *session)
{
    if (!session)
        return BOCATA_E_INVALID;
    if (!session->codec)
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "a session was renewed, but none are configured");
    bocata_status status = bocata_session_make_id(session);
    if (status != BOCATA_OK)
        return bocata_session_fail(session, status, NULL, "a session's id could not be made");
    session->stamp.created_s = bocata_session_new_stamp(session).created_s;
    session->csrf_token = NULL;
    session->keeps_id = true;
    session->is_changed = true;
    session_grow(session, BOCATA_JSON_LEN_UNKNOWN);
    return bocata_session_check_fit(session);
}

bocata_status bocata_session_set_max_age(bocata_session *session, int64_t max_age_s)
{
    if (!session)
        return BOCATA_E_INVALID;
    if (max_age_s < 0 || (max_age_s > BOCATA_MAX_AGE_MAX_S && max_age_s != BOCATA_MAX_AGE_NONE))
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "a session's max_age is not of 0 to 34560000 seconds");
    if (session->stamp.max_age_s == max_age_s)
        return BOCATA_OK;
    session->stamp.max_age_s = max_age_s;
    session->is_changed = true;
    session_grow(session, BOCATA_JSON_LEN_UNKNOWN);
    return bocata_session_check_fit(session);
}
