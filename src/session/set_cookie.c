#include "session/set_cookie.h"

#include <inttypes.h>

bocata_status bocata_set_cookie_path(const bocata_session_settings *settings, bocata_buf *line)
{
    return bocata_buf_printf(line, "; path=%s", settings->path);
}

bocata_status bocata_set_cookie_flags(const bocata_session_settings *settings, bocata_buf *line)
{
    static const char same_sites[][8] = {
        [BOCATA_SAME_SITE_LAX] = "lax",
        [BOCATA_SAME_SITE_STRICT] = "strict",
        [BOCATA_SAME_SITE_NONE] = "none",
    };
    bool has_domain = settings->domain != NULL;
    return bocata_buf_printf(
        line, "; httponly; samesite=%s%s%s%s%s", same_sites[settings->same_site],
        settings->https_only ? "; secure" : "", settings->partitioned ? "; partitioned" : "",
        has_domain ? "; domain=" : "", has_domain ? settings->domain : "");
}

bocata_status bocata_set_cookie_attributes(bocata_buf *line, const char *path, int64_t max_age_s,
                                           const char *flags)
{
    return max_age_s == BOCATA_MAX_AGE_NONE
               ? bocata_buf_printf(line, "%s%s", path, flags)
               : bocata_buf_printf(line, "%s; Max-Age=%" PRId64 "%s", path, max_age_s, flags);
}

bocata_status bocata_set_cookie_deletion(const bocata_session_settings *settings, bocata_buf *line)
{
    bocata_status status =
        bocata_buf_printf(line, "%s=null; path=%s; expires=Thu, 01 Jan 1970 00:00:00 GMT",
                          settings->session_cookie, settings->path);
    return status == BOCATA_OK ? bocata_set_cookie_flags(settings, line) : status;
}

bocata_status bocata_clear_site_data_append(unsigned what, bocata_buf *line)
{
    static const struct {
        unsigned bit;
        const char *name;
    } kinds[] = {
        {BOCATA_CLEAR_CACHE, "cache"},
        {BOCATA_CLEAR_COOKIES, "cookies"},
        {BOCATA_CLEAR_STORAGE, "storage"},
    };
    bocata_status status = BOCATA_OK;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && status == BOCATA_OK; i++)
        if (what & kinds[i].bit)
            status = bocata_buf_printf(line, "%s\"%s\"", line->len ? ", " : "", kinds[i].name);
    return status;
}
