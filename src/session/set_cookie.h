/* The header lines of a session, Set-Cookie as Starlette writes it (docs/wire-format.md,
 * starlette). The settings are checked, and have their defaults filled in. */
#ifndef BOCATA_SESSION_SET_COOKIE_H
#define BOCATA_SESSION_SET_COOKIE_H

#include <bocata/session.h>

#include "base/buf.h"

/* Appends what stands before the Max-Age, "; path=/", and what follows it, "; httponly;
 * samesite=lax". These return BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_set_cookie_path(const bocata_session_settings *settings,
                                                     bocata_buf *line);
BOCATA_MUST_USE bocata_status bocata_set_cookie_flags(const bocata_session_settings *settings,
                                                      bocata_buf *line);

/* Appends what follows the value: these two with the Max-Age between, none for
 * BOCATA_MAX_AGE_NONE. */
BOCATA_MUST_USE bocata_status bocata_set_cookie_attributes(bocata_buf *line, const char *path,
                                                           int64_t max_age_s, const char *flags);

/* Appends the whole value of the header that makes a browser forget the cookie. */
BOCATA_MUST_USE bocata_status bocata_set_cookie_deletion(const bocata_session_settings *settings,
                                                         bocata_buf *line);

/* Appends the value of Clear-Site-Data, nothing for none of bocata_clear_site_data. */
BOCATA_MUST_USE bocata_status bocata_clear_site_data_append(unsigned what, bocata_buf *line);

#endif
