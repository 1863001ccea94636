#include "session/session.h"

#include <stdlib.h>

#include "base/sized.h"
#include "session/codec.h"

static const struct {
    const char *name, *text;
} reasons[BOCATA_REASON_COUNT] = {
#define REASON_ROW(name, text, sentence) {text, sentence},
    BOCATA_REASON_MAP(REASON_ROW)
#undef REASON_ROW
};

const char *bocata_reason_name(bocata_reason reason)
{
    return (size_t)reason < BOCATA_REASON_COUNT ? reasons[reason].name : "unknown";
}

const char *bocata_reason_text(bocata_reason reason)
{
    return (size_t)reason < BOCATA_REASON_COUNT ? reasons[reason].text : "an unknown reason";
}

bocata_reason bocata_session_reason(const bocata_session *session)
{
    return session ? session->reason : BOCATA_REASON_ABSENT;
}

/* ---- loading --------------------------------------------------------------------------------- */

bocata_session *bocata_session_load(bocata_codec *codec, const bocata_str *cookie_headers,
                                    size_t count, int64_t now_s)
{
    bocata_loaded loaded = {.reason = BOCATA_REASON_ABSENT};
    bocata_session *session = calloc(1, sizeof *session);

    if (!session)
        return NULL;
    if (codec) {
        const bocata_sessions *sessions = bocata_codec_sessions(codec);
        if (bocata_codec_read(codec, cookie_headers, count, now_s, &loaded) != BOCATA_OK) {
            free(session);
            return NULL;
        }
        atomic_fetch_add_explicit(&sessions->counters->loaded[loaded.reason], 1,
                                  memory_order_relaxed);
        if (loaded.reason > BOCATA_REASON_ABSENT)
            sessions_tell(sessions, &(bocata_session_event){
                                        .kind = BOCATA_SESSION_EVENT_REFUSED,
                                        .reason = loaded.reason,
                                        .detail = loaded.detail,
                                    });
    }
    session->codec = codec;
    session->values = loaded.values;
    session->reason = loaded.reason;
    session->time_s = loaded.time_s;
    return session;
}

void bocata_session_free(bocata_session *session)
{
    if (!session)
        return;
    json_decref(session->values);
    json_decref(session->retired);
    free(session);
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* An active user stays logged in, without a cookie on every answer (docs/sessions.md, When the
 * cookie is sent). */
static bool is_due(const bocata_session *session, const bocata_sessions *sessions, int64_t now_s)
{
    if (session->reason != BOCATA_REASON_NONE || bocata_session_size(session) == 0 ||
        now_s <= session->time_s)
        return false;
    /* Half of BOCATA_MAX_AGE_NONE never passes; with a negative max_age nothing was accepted. */
    return (uint64_t)now_s - (uint64_t)session->time_s > (uint64_t)sessions->max_age_s / 2;
}

static bocata_status not_saved(const bocata_sessions *sessions, bocata_status status,
                               const char *detail)
{
    sessions_tell(sessions, &(bocata_session_event){
                                .kind = BOCATA_SESSION_EVENT_NOT_SAVED,
                                .status = status,
                                .detail = detail,
                            });
    return status;
}

/* The Set-Cookie line for the session as it is now, NULL if none is needed. */
static bocata_status line_make(const bocata_session *session, const bocata_sessions *sessions,
                               int64_t now_s, const char **ret_line)
{
    const char *detail;

    if (!session->is_changed && !is_due(session, sessions, now_s)) {
        *ret_line = NULL;
        return BOCATA_OK;
    }
    if (bocata_session_size(session) == 0) {
        *ret_line = session->reason == BOCATA_REASON_ABSENT ? NULL : sessions->deletion;
        return BOCATA_OK;
    }
    bocata_status status =
        bocata_codec_write(session->codec, session->values, now_s, ret_line, &detail);
    return status == BOCATA_OK ? status : not_saved(sessions, status, detail);
}

bocata_status bocata_session_save_sized(bocata_session *session,
                                        const bocata_response_facts *theirs, size_t facts_size,
                                        bocata_add_header_fn add_header, void *user)
{
    bocata_response_facts facts;
    const char *line;

    if (!session || !session->codec || !theirs || !add_header ||
        !bocata_sized_copy(&facts, sizeof facts, theirs, facts_size))
        return BOCATA_E_INVALID;
    const bocata_sessions *sessions = bocata_codec_sessions(session->codec);
    bocata_status status = add_header(user, "Vary", "Cookie");
    if (status != BOCATA_OK || facts.status >= 500)
        return status;
    if (session->failed != BOCATA_OK)
        return not_saved(sessions, session->failed, session->failed_detail);
    status = line_make(session, sessions, facts.now_s, &line);
    if (status != BOCATA_OK || !line)
        return status;
    status = add_header(user, "Set-Cookie", line);
    if (status == BOCATA_OK && !facts.cache_control_is_set)
        status = add_header(user, "Cache-Control", "no-store");
    return status;
}
