#include "session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"
#include "session/codec.h"
#include "session/lifetime.h"
#include "session/reserved.h"

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

/* Nothing that is worth a cookie. */
static bool is_empty(const bocata_session *session)
{
    return bocata_session_size(session) == 0 && bocata_session_flash_count(session) == 0 &&
           !session->keeps_id;
}

const bocata_stamp *bocata_session_cookie_stamp(const bocata_session *session)
{
    bool is_in_cookie = session && (session->is_saved ? session->has_cookie : !is_empty(session));

    return is_in_cookie ? &session->stamp : NULL;
}

/* ---- loading --------------------------------------------------------------------------------- */

bocata_stamp bocata_session_new_stamp(const bocata_session *session)
{
    const bocata_sessions *sessions = session->codec ? bocata_codec_sessions(session->codec) : NULL;

    return (bocata_stamp){
        .issued_s = session->now_s, /* until the save knows better */
        .created_s =
            sessions && sessions->absolute_timeout_s ? session->now_s : BOCATA_CREATED_UNKNOWN,
    };
}

static void count(const bocata_sessions *sessions, const bocata_loaded *loaded, int64_t now_s)
{
    bocata_counters *counters = sessions->counters;

    atomic_fetch_add_explicit(&counters->loaded[loaded->reason], 1, memory_order_relaxed);
    if (loaded->reason == BOCATA_REASON_NONE)
        atomic_fetch_add_explicit(&counters->keys[loaded->key_index], 1, memory_order_relaxed);
    else if (loaded->reason != BOCATA_REASON_ABSENT)
        bocata_refusal_tell(sessions, loaded->reason, loaded->detail, loaded->value, now_s);
}

/* Takes what an accepted cookie holds. */
static void accept(bocata_session *session, const bocata_sessions *sessions,
                   const bocata_loaded *loaded)
{
    bool begins_to_count =
        sessions->absolute_timeout_s && loaded->stamp.created_s == BOCATA_CREATED_UNKNOWN;

    session->values = loaded->values;
    session->reserved = loaded->reserved;
    session->stamp = loaded->stamp;
    if (begins_to_count)
        session->stamp.created_s = loaded->stamp.issued_s;
    session->loaded = session->stamp;
    session->is_outdated = loaded->key_index > 0 || begins_to_count;
    session->keeps_id = session->stamp.has_id && is_empty(session);
    session->has_cookie = !is_empty(session);
    /* Our writer takes up to six bytes for one: \u escapes, and 1e5, say, is 100000.0. */
    session->json_len_bound = begins_to_count ? BOCATA_JSON_LEN_UNKNOWN : 6 * loaded->json_len;
}

bocata_session *bocata_session_load(bocata_codec *codec, const bocata_str *cookie_headers,
                                    size_t header_count, int64_t now_s)
{
    bocata_loaded loaded = {.reason = BOCATA_REASON_ABSENT};
    bocata_session *session = calloc(1, sizeof *session);

    if (!session)
        return NULL;
    session->codec = codec;
    session->now_s = now_s;
    session->stamp = session->loaded = bocata_session_new_stamp(session);
    session->json_len_bound =
        session->stamp.created_s == BOCATA_CREATED_UNKNOWN ? strlen("{}") : BOCATA_JSON_LEN_UNKNOWN;
    if (codec) {
        const bocata_sessions *sessions = bocata_codec_sessions(codec);
        if (bocata_codec_read(codec, cookie_headers, header_count, now_s, &loaded) != BOCATA_OK) {
            free(session);
            return NULL;
        }
        count(sessions, &loaded, now_s);
        if (loaded.reason == BOCATA_REASON_NONE)
            accept(session, sessions, &loaded);
    }
    session->reason = loaded.reason;
    return session;
}

void bocata_session_free(bocata_session *session)
{
    if (!session)
        return;
    json_decref(session->values);
    json_decref(session->reserved);
    json_decref(session->retired);
    free(session->failed_detail);
    free(session);
}

/* ---- what its parts share -------------------------------------------------------------------- */

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

bocata_status bocata_session_check_writable(bocata_session *session)
{
    if (!session)
        return BOCATA_E_INVALID;
    if (!session->is_saved)
        return BOCATA_OK;
    if (session->is_late_told)
        return BOCATA_E_TOO_LATE;
    session->is_late_told = true; /* before the callback, which may write too */
    return not_saved(
        bocata_codec_sessions(session->codec), BOCATA_E_TOO_LATE,
        "it was written to after its save, when no cookie could carry that any more: write "
        "before the head of the response is sent, for a WebSocket in on_connect or by "
        "an ordinary request of its page");
}

bocata_status bocata_session_fail(bocata_session *session, bocata_status status, const char *key,
                                  const char *why)
{
    char shown[BOCATA_SHOWN_KEY_LEN];

    if (!session || session->failed != BOCATA_OK)
        return status;
    session->failed = status;
    bocata_key_show(key ? key : "", shown);
    if (asprintf(&session->failed_detail, key ? "the value of \"%s\" %s" : "%s%s", shown, why) < 0)
        session->failed_detail = NULL;
    return status;
}

bocata_status bocata_session_fail_memory(bocata_session *session, const char *key)
{
    return bocata_session_fail(session, BOCATA_E_NOMEM, key, "does not fit in memory");
}

bool bocata_session_retire(bocata_session *session, json_t *value)
{
    if (!session->retired)
        session->retired = json_array();
    return json_array_append(session->retired, value) == 0;
}

bocata_status bocata_session_make_id(bocata_session *session)
{
    bocata_stamp *stamp = &session->stamp;
    unsigned char id[BOCATA_SESSION_ID_LEN];

    bocata_status status = bocata_codec_random(session->codec, id, sizeof id);
    if (status != BOCATA_OK)
        return status;
    memcpy(stamp->id, id, sizeof id);
    stamp->has_id = true;
    return BOCATA_OK;
}

/* Brings values and reserved key to what will be written. An id that only the save makes is
 * measured as one of zeros, which is as long. */
static bocata_status complete_values(bocata_session *session)
{
    const bocata_sessions *sessions = bocata_codec_sessions(session->codec);
    bocata_stamp stamp = session->stamp;

    stamp.has_id = stamp.has_id || session->wants_id;
    if (!session->values)
        session->values = json_object();
    if (!session->values)
        return BOCATA_E_NOMEM;
    return bocata_reserved_write(&session->reserved, sessions->format->has_stamp ? NULL : &stamp);
}

bocata_status bocata_session_check_fit(bocata_session *session)
{
    size_t len;

    if (!session->codec)
        return BOCATA_OK;
    size_t len_max = bocata_codec_json_len_max(session->codec, session->now_s);
    if (session->json_len_bound <= len_max)
        return BOCATA_OK;
    session->json_len_bound = BOCATA_JSON_LEN_UNKNOWN;
    bocata_status status = complete_values(session);
    if (status == BOCATA_OK)
        status = bocata_codec_measure(session->codec, session->values, session->reserved, &len);
    if (status != BOCATA_OK)
        return status == BOCATA_E_TOO_LARGE ? status : BOCATA_OK;
    session->json_len_bound = len;
    return len <= len_max ? BOCATA_OK : BOCATA_E_TOO_LARGE;
}

/* ---- saving ---------------------------------------------------------------------------------- */

/* What ended while the response was on its way is not brought back to life by being only read. */
static bool is_due(const bocata_session *session, const bocata_sessions *sessions, int64_t now_s)
{
    const bocata_stamp *stamp = &session->stamp;

    return session->is_changed ||
           (bocata_lifetime_check(sessions, stamp, now_s) == BOCATA_REASON_NONE &&
            (session->is_outdated || bocata_lifetime_is_due(sessions, stamp, now_s)));
}

static bocata_status stamp_complete(bocata_session *session, const bocata_sessions *sessions,
                                    int64_t now_s)
{
    bocata_stamp *stamp = &session->stamp;

    if (sessions->format->has_stamp && stamp->created_s == BOCATA_CREATED_UNKNOWN)
        stamp->created_s = now_s;
    bool needs_id = sessions->format->has_stamp || session->wants_id;
    return needs_id && !stamp->has_id ? bocata_session_make_id(session) : BOCATA_OK;
}

/* The cookie as it is now. Where nothing renews a session, a new key or an id does not either: the
 * cookie keeps its time, and what is left of its max_age. */
static bocata_status write_line(bocata_session *session, const bocata_sessions *sessions,
                                int64_t now_s, const char **ret_line)
{
    bocata_stamp *stamp = &session->stamp;
    int64_t max_age_s = bocata_lifetime_max_age(sessions, stamp);
    bool keeps_time = !session->is_changed && sessions->rolling == BOCATA_ROLLING_NEVER;
    const char *detail;

    if (keeps_time && max_age_s != BOCATA_MAX_AGE_NONE && now_s > stamp->issued_s)
        max_age_s -= now_s - stamp->issued_s; /* not negative: it is alive */
    if (!keeps_time)
        stamp->issued_s = now_s;
    bocata_status status = stamp_complete(session, sessions, now_s);
    if (status == BOCATA_OK)
        status = complete_values(session);
    if (status != BOCATA_OK)
        return not_saved(sessions, status, bocata_status_text(status));
    status = bocata_codec_write(session->codec, session->values, session->reserved, stamp,
                                max_age_s, ret_line, &detail);
    return status == BOCATA_OK ? status : not_saved(sessions, status, detail);
}

/* The Set-Cookie line, NULL if none is needed. */
static bocata_status make_line(bocata_session *session, const bocata_sessions *sessions,
                               int64_t now_s, const char **ret_line)
{
    *ret_line = NULL;
    if (!is_due(session, sessions, now_s))
        return BOCATA_OK;
    if (!is_empty(session))
        return write_line(session, sessions, now_s, ret_line);
    if (session->is_changed && session->reason != BOCATA_REASON_ABSENT)
        *ret_line = sessions->deletion;
    return BOCATA_OK;
}

/* All of the header lines; `ret_line` as make_line, and NULL where nothing is saved. */
static bocata_status add_lines(bocata_session *session, const bocata_sessions *sessions,
                               const bocata_response_facts *facts, bocata_add_header_fn add_header,
                               void *user, const char **ret_line)
{
    bocata_status status = add_header(user, "Vary", "Cookie");
    if (status != BOCATA_OK || facts->status >= 500)
        return status;
    if (session->failed != BOCATA_OK)
        return not_saved(sessions, session->failed,
                         session->failed_detail ? session->failed_detail
                                                : bocata_status_text(session->failed));
    status = make_line(session, sessions, facts->now_s, ret_line);
    const char *line = *ret_line;
    if (status == BOCATA_OK && line)
        status = add_header(user, "Set-Cookie", line);
    if (status == BOCATA_OK && line && !facts->cache_control_is_set)
        status = add_header(user, "Cache-Control", "no-store");
    if (status != BOCATA_OK || !session->is_cleared)
        return status;
    const char *clears =
        is_empty(session) ? sessions->clear_site_data : sessions->clear_site_data_but_cookies;
    return clears ? add_header(user, "Clear-Site-Data", clears) : BOCATA_OK;
}

/* From here on it is what the browser has: what `line` says, without one what came. */
static void settle(bocata_session *session, const bocata_sessions *sessions, const char *line)
{
    if (!line) {
        session->stamp = session->loaded;
        return;
    }
    session->has_cookie = line != sessions->deletion;
    if (!session->has_cookie)
        session->stamp = bocata_session_new_stamp(session);
}

bocata_status bocata_session_save_sized(bocata_session *session,
                                        const bocata_response_facts *theirs, size_t facts_size,
                                        bocata_add_header_fn add_header, void *user)
{
    bocata_response_facts facts;
    const char *line = NULL;
    bocata_status status = BOCATA_E_INVALID;

    if (!session || !session->codec)
        return BOCATA_E_INVALID;
    const bocata_sessions *sessions = bocata_codec_sessions(session->codec);
    session->is_saved = true; /* also for what the callbacks do */
    if (theirs && add_header && bocata_sized_copy(&facts, sizeof facts, theirs, facts_size))
        status = add_lines(session, sessions, &facts, add_header, user, &line);
    settle(session, sessions, status == BOCATA_OK ? line : NULL);
    return status;
}
