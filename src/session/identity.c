/* What makes one session another: its id, and its lifetime. */
#include "session/codec.h"
#include "session/lifetime.h"
#include "session/session.h"

#define ID_MEMBER_LEN_MAX sizeof ", \"_bocata\": {\"id\": \"AAECAwQFBgcICQoLDA0ODw\"}"

bocata_status bocata_session_ensure_id(bocata_session *session)
{
    bocata_status status = bocata_session_check_writable(session);
    if (status != BOCATA_OK)
        return status;
    if (!session->codec)
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "a session was to get an id, but none are configured");
    bool has_room =
        session->stamp.has_id || bocata_codec_sessions(session->codec)->format->has_stamp;
    session->wants_id = true; /* also once it is cleared */
    if (has_room)
        return BOCATA_OK;
    if (session->reason == BOCATA_REASON_NONE)
        session->is_outdated = true;
    session_grow(session, ID_MEMBER_LEN_MAX);
    return bocata_session_check_fit(session);
}

static bocata_str id_in(const bocata_stamp *stamp)
{
    bool has_id = stamp && stamp->has_id;
    return has_id ? (bocata_str){(const char *)stamp->id, sizeof stamp->id} : (bocata_str){0};
}

bocata_str bocata_session_id(const bocata_session *session)
{
    return id_in(bocata_session_cookie_stamp(session));
}

bocata_str bocata_session_loaded_id(const bocata_session *session)
{
    return id_in(session ? &session->loaded : NULL);
}

int64_t bocata_session_deadline(const bocata_session *session)
{
    const bocata_stamp *stamp = bocata_session_cookie_stamp(session);

    return stamp && session->codec
               ? bocata_lifetime_deadline(bocata_codec_sessions(session->codec), stamp)
               : INT64_MAX;
}

bocata_status bocata_session_renew(bocata_session *session)
{
    bocata_status status = bocata_session_check_writable(session);
    if (status != BOCATA_OK)
        return status;
    if (!session->codec)
        return bocata_session_fail(session, BOCATA_E_INVALID, NULL,
                                   "a session was renewed, but none are configured");
    status = bocata_session_make_id(session);
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
    bocata_status status = bocata_session_check_writable(session);
    if (status != BOCATA_OK)
        return status;
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
