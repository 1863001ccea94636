#include "session/set_cookie.h"

#include <inttypes.h>

static bocata_status flags_append(const bocata_session_settings *settings, bocata_buf *line)
{
    static const char same_sites[][8] = {
        [BOCATA_SAME_SITE_LAX] = "lax",
        [BOCATA_SAME_SITE_STRICT] = "strict",
        [BOCATA_SAME_SITE_NONE] = "none",
    };
    bool has_domain = settings->domain != NULL;
    return bocata_buf_printf(line, "; httponly; samesite=%s%s%s%s", same_sites[settings->same_site],
                             settings->https_only ? "; secure" : "", has_domain ? "; domain=" : "",
                             has_domain ? settings->domain : "");
}

bocata_status bocata_set_cookie_attributes(const bocata_session_settings *settings,
                                           bocata_buf *line)
{
    bocata_status status = bocata_buf_printf(line, "; path=%s", settings->path);
    if (status == BOCATA_OK && settings->max_age_s != BOCATA_MAX_AGE_NONE)
        status = bocata_buf_printf(line, "; Max-Age=%" PRId64, settings->max_age_s);
    return status == BOCATA_OK ? flags_append(settings, line) : status;
}

bocata_status bocata_set_cookie_deletion(const bocata_session_settings *settings, bocata_buf *line)
{
    bocata_status status =
        bocata_buf_printf(line, "%s=null; path=%s; expires=Thu, 01 Jan 1970 00:00:00 GMT",
                          settings->session_cookie, settings->path);
    return status == BOCATA_OK ? flags_append(settings, line) : status;
}
