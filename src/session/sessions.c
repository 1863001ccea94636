#include "session/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "crypto/weakness.h"
#include "session/set_cookie.h"
#include "session/settings.h"

#define NO_SECRET "`SESSIONS` must have a non-empty `secret_key` to use sessions."

/* The secrets of the settings, newest first, borrowed. */
typedef struct key_ring {
    bocata_str texts[BOCATA_KEYS_MAX];
    size_t count;
    bool is_locked;
} key_ring;

/* ---- what is made of the settings ------------------------------------------------------------ */

/* Ends a string; an empty one stays NULL. */
static bocata_status end_line(bocata_status status, bocata_buf *line, char **ret_line)
{
    if (status == BOCATA_OK && line->len > 0)
        status = bocata_buf_append(line, (bocata_str){"", 1});
    *ret_line = line->ptr; /* freed with the sessions, also after a failure */
    return status;
}

static bocata_status make_lines(bocata_sessions *sessions, const bocata_session_settings *settings)
{
    bocata_buf path = {0}, flags = {0}, attributes = {0}, deletion = {0}, all = {0},
               but_cookies = {0};
    unsigned what = settings->clear_site_data;

    sessions->cookie_name = strdup(settings->session_cookie);
    bocata_status status = sessions->cookie_name ? BOCATA_OK : BOCATA_E_NOMEM;
    if (status == BOCATA_OK)
        status = end_line(bocata_set_cookie_path(settings, &path), &path, &sessions->path);
    if (status == BOCATA_OK)
        status = end_line(bocata_set_cookie_flags(settings, &flags), &flags, &sessions->flags);
    if (status == BOCATA_OK)
        status = end_line(bocata_set_cookie_attributes(&attributes, sessions->path,
                                                       settings->max_age_s, sessions->flags),
                          &attributes, &sessions->attributes);
    if (status == BOCATA_OK)
        status = end_line(bocata_set_cookie_deletion(settings, &deletion), &deletion,
                          &sessions->deletion);
    if (status == BOCATA_OK)
        status =
            end_line(bocata_clear_site_data_append(what, &all), &all, &sessions->clear_site_data);
    what &= ~(unsigned)BOCATA_CLEAR_COOKIES;
    if (status == BOCATA_OK)
        status = end_line(bocata_clear_site_data_append(what, &but_cookies), &but_cookies,
                          &sessions->clear_site_data_but_cookies);
    return status;
}

/* An old key that could be guessed signs what the new one stands beside: all must be good. */
static bocata_status find_weakness(bocata_sessions *sessions, const key_ring *ring)
{
    bocata_buf sentence = {0};
    const char *weakness = NULL;
    size_t i;

    for (i = 0; i < ring->count && !weakness; i++)
        weakness = bocata_secret_weakness(ring->texts[i]);
    if (!weakness)
        return BOCATA_OK;
    return end_line(bocata_buf_printf(&sentence, "%s %s",
                                      i == 1 ? "`secret_key`" : "one of the `secret_key_fallbacks`",
                                      weakness),
                    &sentence, &sessions->weakness);
}

static bocata_status make_sessions(bocata_sessions *sessions,
                                   const bocata_session_settings *settings, const key_ring *ring)
{
    sessions->format =
        settings->format == BOCATA_FORMAT_SEALED ? &bocata_format_sealed : &bocata_format_starlette;
    sessions->max_age_s = settings->max_age_s;
    sessions->idle_timeout_s = settings->idle_timeout_s;
    sessions->absolute_timeout_s = settings->absolute_timeout_s;
    sessions->clock_skew_s = settings->clock_skew_s;
    sessions->rolling = settings->rolling;
    sessions->https_only = settings->https_only;
    sessions->duplicates = settings->duplicates;
    sessions->on_event = settings->on_event;
    sessions->event_user = settings->event_user;
    sessions->counters = calloc(1, sizeof *sessions->counters);

    bocata_status status =
        sessions->counters ? bocata_counters_init(sessions->counters) : BOCATA_E_NOMEM;
    if (status == BOCATA_OK)
        status = make_lines(sessions, settings);
    if (status == BOCATA_OK)
        status = find_weakness(sessions, ring);
    if (status == BOCATA_OK)
        status = sessions->format->keys_new(ring->texts, ring->count, &sessions->keys);
    return status;
}

/* ---- the keys -------------------------------------------------------------------------------- */

static bool ring_add(key_ring *ring, const bocata_secret *secret)
{
    if (bocata_secret_len(secret) == 0 || ring->count == BOCATA_KEYS_MAX)
        return false;
    ring->is_locked = ring->is_locked && bocata_secret_is_locked(secret);
    ring->texts[ring->count++] = bocata_secret_reveal(secret);
    return true;
}

/* The first mistake as a sentence, NULL if there is none. */
static const char *ring_fill(key_ring *ring, const bocata_session_settings *settings,
                             const bocata_secret *from_env)
{
    size_t count = settings->secret_key_fallback_count;

    *ring = (key_ring){.is_locked = true};
    if (settings->secret_key && settings->from_env)
        return "`secret_key` and `from_env` are both set: only one can give the key";
    if (!ring_add(ring, settings->from_env ? from_env : settings->secret_key))
        return settings->from_env ? NO_SECRET " SECRET_KEY is missing from the environment, or "
                                              "empty: `bocata keygen` makes one."
                                  : NO_SECRET;
    if ((count > 0) != (settings->secret_key_fallbacks != NULL))
        return "`secret_key_fallbacks` and `secret_key_fallback_count` need each other";
    if (count > BOCATA_KEYS_MAX - 1)
        return "`secret_key_fallbacks` holds more than 15 keys";
    for (size_t i = 0; i < count; i++)
        if (!ring_add(ring, settings->secret_key_fallbacks[i]))
            return "`secret_key_fallbacks` holds an empty key";
    return NULL;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bocata_status fail(bocata_error *error, bocata_status status, const char *message)
{
    if (error)
        *error = (bocata_error){.code = status, .message = message};
    return status;
}

static bocata_status open_with(const bocata_session_settings *settings, const key_ring *ring,
                               bocata_sessions **ret_sessions, bocata_error *error)
{
    bocata_sessions *sessions = calloc(1, sizeof *sessions);
    bocata_status status = sessions ? make_sessions(sessions, settings, ring) : BOCATA_E_NOMEM;

    if (status != BOCATA_OK) {
        bocata_sessions_close(sessions);
        return fail(error, status,
                    status == BOCATA_E_INVALID
                        ? "`secret_key`, or a key of `secret_key_fallbacks`, is too long"
                        : bocata_status_text(status));
    }
    if (!ring->is_locked || !sessions->format->keys_are_locked(sessions->keys))
        sessions_tell(sessions,
                      &(bocata_session_event){
                          .kind = BOCATA_SESSION_EVENT_NOT_LOCKED,
                          .detail = "the system refused to lock the memory of a key, which "
                                    "may reach swap (see RLIMIT_MEMLOCK)",
                      });
    *ret_sessions = sessions;
    return BOCATA_OK;
}

bocata_status bocata_sessions_open_sized(const bocata_session_settings *settings,
                                         size_t settings_size, bocata_sessions **ret_sessions,
                                         bocata_error *error)
{
    bocata_session_settings taken;
    key_ring ring;

    if (!settings || !ret_sessions)
        return fail(error, BOCATA_E_INVALID, "there are no session settings");
    if (!bocata_session_settings_take(settings, settings_size, &taken))
        return fail(error, BOCATA_E_INVALID,
                    "the settings hold a field that this version of the library does not know");
    const char *mistake = bocata_session_settings_mistake(&taken);
    if (mistake)
        return fail(error, BOCATA_E_INVALID, mistake);

    bocata_str env = bocata_str_of(taken.from_env ? getenv("SECRET_KEY") : NULL);
    bocata_secret *from_env = env.len ? bocata_secret_new(env.ptr, env.len) : NULL;
    if (env.len && !from_env)
        return fail(error, BOCATA_E_NOMEM, bocata_status_text(BOCATA_E_NOMEM));
    mistake = ring_fill(&ring, &taken, from_env);
    bocata_status status = mistake ? fail(error, BOCATA_E_INVALID, mistake)
                                   : open_with(&taken, &ring, ret_sessions, error);
    bocata_secret_free(from_env);
    return status;
}

void bocata_sessions_close(bocata_sessions *sessions)
{
    if (!sessions)
        return;
    if (sessions->format)
        sessions->format->keys_free(sessions->keys);
    free(sessions->weakness);
    free(sessions->cookie_name);
    free(sessions->attributes);
    free(sessions->path);
    free(sessions->flags);
    free(sessions->deletion);
    free(sessions->clear_site_data);
    free(sessions->clear_site_data_but_cookies);
    free(sessions->counters);
    free(sessions);
}

/* ---- asking ---------------------------------------------------------------------------------- */

const char *bocata_sessions_weakness(const bocata_sessions *sessions)
{
    return sessions ? sessions->weakness : NULL;
}

const char *bocata_sessions_cookie_name(const bocata_sessions *sessions)
{
    return sessions ? sessions->cookie_name : NULL;
}

bool bocata_sessions_https_only(const bocata_sessions *sessions)
{
    return sessions && sessions->https_only;
}

void bocata_sessions_stats_sized(const bocata_sessions *sessions,
                                 bocata_sessions_counts *ret_counts, size_t counts_size)
{
    const bocata_counters *counters = sessions ? sessions->counters : NULL;
    bocata_sessions_counts counts = {0};

    memset(ret_counts, 0, counts_size); /* what a newer caller asks for beyond ours, too */
    if (!counters)
        return;
    for (size_t i = 0; i < BOCATA_REASON_COUNT; i++)
        counts.loaded[i] = atomic_load_explicit(&counters->loaded[i], memory_order_relaxed);
    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++)
        counts.keys[i] = atomic_load_explicit(&counters->keys[i], memory_order_relaxed);
    memcpy(ret_counts, &counts, counts_size < sizeof counts ? counts_size : sizeof counts);
}
