#include "session/settings.h"

#include <string.h>

#include "base/sized.h"
#include "base/str.h"
#include "session/format.h"

#define MAX_AGE_DEFAULT_S (14 * 24 * 60 * 60) /* Starlette's */
#define CLOCK_SKEW_DEFAULT_S 60
#define ATTRIBUTE_LEN_MAX 1024 /* browsers ignore longer ones (RFC 6265bis 5.6) */
#define CLEAR_ALL (BOCATA_CLEAR_CACHE | BOCATA_CLEAR_COOKIES | BOCATA_CLEAR_STORAGE)

bool bocata_session_settings_take(const void *given, size_t size, bocata_session_settings *settings)
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

/* ---- the cookie ------------------------------------------------------------------------------ */

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

/* Browsers drop cookies that break the promise of their name (RFC 6265bis 4.1.3). HttpOnly, which
 * __Http- promises too, is always there. */
static const char *prefix_mistake(const bocata_session_settings *settings, bocata_str name)
{
    bool is_of_host = settings->https_only && !settings->domain && strcmp(settings->path, "/") == 0;

    if (str_starts_with_nocase(name, STR("__Host-")) && !is_of_host) /* __Host-Http- too */
        return "`session_cookie` begins with __Host-, which needs `https_only`, no `domain` "
               "and the `path` \"/\"";
    if (str_starts_with_nocase(name, STR("__Secure-")) && !settings->https_only)
        return "`session_cookie` begins with __Secure-, which needs `https_only`";
    if (str_starts_with_nocase(name, STR("__Http-")) && !settings->https_only)
        return "`session_cookie` begins with __Http-, which needs `https_only`";
    return NULL;
}

static const char *cookie_mistake(const bocata_session_settings *settings)
{
    bocata_str name = bocata_str_of(settings->session_cookie);

    if ((unsigned)settings->format > BOCATA_FORMAT_SEALED)
        return "`format` must be starlette or sealed";
    if (!bocata_str_is_token(name) || name.len > BOCATA_COOKIE_NAME_LEN_MAX)
        return "`session_cookie` must be 1 to 256 letters, digits or any of !#$%&'*+-.^_`|~";
    if (!is_path(bocata_str_of(settings->path)))
        return "`path` must begin with \"/\" and hold only printable ASCII other than \";\"";
    if (settings->domain && !is_domain(bocata_str_of(settings->domain)))
        return "`domain` may hold only letters, digits, \".\" and \"-\"";
    if ((unsigned)settings->same_site > BOCATA_SAME_SITE_NONE)
        return "`same_site` must be lax, strict or none";
    if (settings->same_site == BOCATA_SAME_SITE_NONE && !settings->https_only)
        return "`same_site` none needs `https_only`: browsers refuse the cookie otherwise";
    if (settings->partitioned && !settings->https_only)
        return "`partitioned` needs `https_only`: browsers refuse the cookie otherwise";
    return prefix_mistake(settings, name);
}

/* ---- its lifetime ---------------------------------------------------------------------------- */

static const char *lifetime_mistake(const bocata_session_settings *settings)
{
    if (settings->max_age_s > BOCATA_MAX_AGE_MAX_S && settings->max_age_s != BOCATA_MAX_AGE_NONE)
        return "`max_age_s` must be at most 34560000 (400 days), which is how long browsers keep a "
               "cookie, or BOCATA_MAX_AGE_NONE";
    if (settings->idle_timeout_s < 0)
        return "`idle_timeout_s` must not be negative";
    if (settings->absolute_timeout_s < 0)
        return "`absolute_timeout_s` must not be negative";
    if ((unsigned)settings->rolling > BOCATA_ROLLING_ALWAYS)
        return "`rolling` must be half-life, never or always";
    if (settings->idle_timeout_s && settings->rolling == BOCATA_ROLLING_NEVER)
        return "`idle_timeout_s` needs a `rolling` other than never: a use could not be noted";
    if (settings->clock_skew_s < 0)
        return "`clock_skew_s` must not be negative, other than BOCATA_CLOCK_SKEW_NONE";
    return NULL;
}

const char *bocata_session_settings_mistake(const bocata_session_settings *settings)
{
    const char *mistake = cookie_mistake(settings);

    if (!mistake)
        mistake = lifetime_mistake(settings);
    if (mistake)
        return mistake;
    if ((unsigned)settings->duplicates > BOCATA_DUPLICATES_NEWEST)
        return "`duplicates` must be refuse or newest";
    if (settings->clear_site_data & ~(unsigned)CLEAR_ALL)
        return "`clear_site_data` must be of BOCATA_CLEAR_CACHE, _COOKIES and _STORAGE";
    return NULL;
}
