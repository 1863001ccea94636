#include "session/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "base/sized.h"
#include "base/str.h"
#include "session/set_cookie.h"

#define MAX_AGE_DEFAULT_S (14 * 24 * 60 * 60) /* Starlette's */
#define CLOCK_SKEW_DEFAULT_S 60
#define SECRET_STRONG_LEN 32
#define NAME_LEN_MAX 256
#define ATTRIBUTE_LEN_MAX 1024 /* browsers ignore longer ones (RFC 6265bis 5.6) */

#define NO_SECRET "`SESSIONS` must have a non-empty `secret_key` to use sessions."

/* ---- checking the settings ------------------------------------------------------------------- */

/* Printable ASCII that cannot end an attribute. */
static bool is_path(bocata_str str)
{
    for (size_t i = 0; i < str.len; i++)
        if (str.ptr[i] < ' ' || str.ptr[i] > '~' || str.ptr[i] == ';')
            return false;
    return str.len > 0 && str.len <= ATTRIBUTE_LEN_MAX && str.ptr[0] == '/';
}

static bool is_domain(bocata_str str)
{
    for (size_t i = 0; i < str.len; i++) {
        char c = char_lower(str.ptr[i]);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
            return false;
    }
    return str.len > 0 && str.len <= ATTRIBUTE_LEN_MAX;
}

/* Browsers drop cookies that break the promise of their name (RFC 6265bis 4.1.3). */
static const char *name_prefix_mistake(const bocata_session_settings *settings)
{
    bocata_str prefix = {settings->session_cookie, 0};
    bocata_str path = bocata_str_of(settings->path);
    size_t len = strlen(settings->session_cookie);

    prefix.len = len < 7 ? len : 7;
    if (str_equal_nocase(prefix, STR("__Host-")) &&
        !(settings->https_only && !settings->domain && str_equal(path, STR("/"))))
        return "`session_cookie` begins with __Host-, which needs `https_only`, no `domain` "
               "and the `path` \"/\"";
    prefix.len = len < 9 ? len : 9;
    if (str_equal_nocase(prefix, STR("__Secure-")) && !settings->https_only)
        return "`session_cookie` begins with __Secure-, which needs `https_only`";
    return NULL;
}

/* The first mistake as a sentence that names the field, NULL if there is none. */
static const char *settings_mistake(const bocata_session_settings *settings)
{
    bocata_str name = bocata_str_of(settings->session_cookie);

    if (settings->secret_key && settings->from_env)
        return "`secret_key` and `from_env` are both set: only one can give the key";
    if (!bocata_str_is_token(name) || name.len > NAME_LEN_MAX)
        return "`session_cookie` must be 1 to 256 letters, digits or any of !#$%&'*+-.^_`|~";
    if (!is_path(bocata_str_of(settings->path)))
        return "`path` must begin with \"/\" and hold only printable ASCII other than \";\"";
    if (settings->domain && !is_domain(bocata_str_of(settings->domain)))
        return "`domain` may hold only letters, digits, \".\" and \"-\"";
    if ((unsigned)settings->same_site > BOCATA_SAME_SITE_NONE)
        return "`same_site` must be lax, strict or none";
    if (settings->same_site == BOCATA_SAME_SITE_NONE && !settings->https_only)
        return "`same_site` none needs `https_only`: browsers refuse the cookie otherwise";
    if (settings->clock_skew_s < 0)
        return "`clock_skew_s` must not be negative, other than BOCATA_CLOCK_SKEW_NONE";
    if ((unsigned)settings->duplicates > BOCATA_DUPLICATES_NEWEST)
        return "`duplicates` must be refuse or newest";
    return name_prefix_mistake(settings);
}

/* Fills in the defaults. False if a newer header than ours set what this library has no meaning
 * for. */
static bool settings_take(const void *given, size_t size, bocata_session_settings *settings)
{
    if (!bocata_sized_copy(settings, sizeof *settings, given, size))
        return false;
    if (!settings->session_cookie)
        settings->session_cookie = "session";
    if (!settings->path)
        settings->path = "/";
    if (settings->max_age_s == 0)
        settings->max_age_s = MAX_AGE_DEFAULT_S;
    if (settings->clock_skew_s == 0)
        settings->clock_skew_s = CLOCK_SKEW_DEFAULT_S;
    else if (settings->clock_skew_s == BOCATA_CLOCK_SKEW_NONE)
        settings->clock_skew_s = 0;
    return true;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bocata_status fail(bocata_error *error, bocata_status status, const char *message)
{
    if (error)
        *error = (bocata_error){.code = status, .message = message};
    return status;
}

static bocata_status lines_make(bocata_sessions *sessions, const bocata_session_settings *settings)
{
    bocata_buf attributes = {0}, deletion = {0};
    const bocata_str end = {"", 1}; /* the NUL */

    bocata_status status = bocata_set_cookie_attributes(settings, &attributes);
    if (status == BOCATA_OK)
        status = bocata_buf_append(&attributes, end);
    if (status == BOCATA_OK)
        status = bocata_set_cookie_deletion(settings, &deletion);
    if (status == BOCATA_OK)
        status = bocata_buf_append(&deletion, end);
    sessions->attributes = attributes.ptr;
    sessions->deletion = deletion.ptr;
    sessions->cookie_name = strdup(settings->session_cookie);
    return sessions->cookie_name ? status : BOCATA_E_NOMEM;
}

static bocata_status sessions_make(const bocata_session_settings *settings,
                                   const bocata_secret *secret, bocata_sessions **ret_sessions)
{
    bocata_sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions)
        return BOCATA_E_NOMEM;

    bocata_str key = bocata_secret_reveal(secret);
    sessions->format = &bocata_format_starlette;
    sessions->max_age_s = settings->max_age_s;
    sessions->clock_skew_s = settings->clock_skew_s;
    sessions->https_only = settings->https_only;
    sessions->is_weak = key.len < SECRET_STRONG_LEN;
    sessions->duplicates = settings->duplicates;
    sessions->on_event = settings->on_event;
    sessions->event_user = settings->event_user;
    sessions->counters = calloc(1, sizeof *sessions->counters);

    bocata_status status = sessions->counters ? lines_make(sessions, settings) : BOCATA_E_NOMEM;
    if (status == BOCATA_OK) {
        bocata_signer_settings signer = sessions->format->signer;
        signer.keys = &key;
        signer.key_count = 1;
        status = bocata_signer_new(&signer, &sessions->signer);
    }
    if (status != BOCATA_OK) {
        bocata_sessions_close(sessions);
        return status;
    }
    if (!bocata_secret_is_locked(secret) || !bocata_signer_is_locked(sessions->signer))
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

    if (!settings || !ret_sessions)
        return fail(error, BOCATA_E_INVALID, "there are no session settings");
    if (!settings_take(settings, settings_size, &taken))
        return fail(error, BOCATA_E_INVALID,
                    "the settings hold a field that this version of the library does not know");
    const char *mistake = settings_mistake(&taken);
    if (mistake)
        return fail(error, BOCATA_E_INVALID, mistake);

    bocata_str env = bocata_str_of(taken.from_env ? getenv("SECRET_KEY") : NULL);
    bocata_secret *from_env = env.len ? bocata_secret_new(env.ptr, env.len) : NULL;
    if (env.len && !from_env)
        return fail(error, BOCATA_E_NOMEM, bocata_status_text(BOCATA_E_NOMEM));
    const bocata_secret *secret = taken.from_env ? from_env : taken.secret_key;
    if (bocata_secret_len(secret) == 0)
        return fail(error, BOCATA_E_INVALID,
                    taken.from_env ? NO_SECRET " SECRET_KEY is missing from the environment, or "
                                               "empty: `bocata keygen` makes one."
                                   : NO_SECRET);
    bocata_status status = sessions_make(&taken, secret, ret_sessions);
    bocata_secret_free(from_env);
    if (status == BOCATA_E_INVALID)
        return fail(error, status, "`secret_key` is too long");
    return status == BOCATA_OK ? status : fail(error, status, bocata_status_text(status));
}

void bocata_sessions_close(bocata_sessions *sessions)
{
    if (!sessions)
        return;
    bocata_signer_free(sessions->signer);
    free(sessions->cookie_name);
    free(sessions->attributes);
    free(sessions->deletion);
    free(sessions->counters);
    free(sessions);
}

/* ---- asking ---------------------------------------------------------------------------------- */

bool bocata_sessions_secret_is_weak(const bocata_sessions *sessions)
{
    return sessions->is_weak;
}

const char *bocata_sessions_cookie_name(const bocata_sessions *sessions)
{
    return sessions->cookie_name;
}

bool bocata_sessions_https_only(const bocata_sessions *sessions)
{
    return sessions->https_only;
}

void bocata_sessions_stats_sized(const bocata_sessions *sessions,
                                 bocata_sessions_counts *ret_counts, size_t counts_size)
{
    bocata_sessions_counts counts;

    for (size_t i = 0; i < BOCATA_REASON_COUNT; i++)
        counts.loaded[i] =
            atomic_load_explicit(&sessions->counters->loaded[i], memory_order_relaxed);
    memcpy(ret_counts, &counts, counts_size < sizeof counts ? counts_size : sizeof counts);
}
