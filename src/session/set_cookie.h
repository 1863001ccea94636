/* The Set-Cookie header as Starlette writes it (docs/wire-formats.md, starlette). */
#ifndef BOCATA_SESSION_SET_COOKIE_H
#define BOCATA_SESSION_SET_COOKIE_H

#include <bocata/session.h>

#include "base/buf.h"

/* Appends what follows the value: "; path=/; Max-Age=1209600; httponly; samesite=lax". The settings
 * are checked, and have their defaults filled in. Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_set_cookie_attributes(const bocata_session_settings *settings,
                                                           bocata_buf *line);

/* Appends the whole value of the header that makes a browser forget the cookie. */
BOCATA_MUST_USE bocata_status bocata_set_cookie_deletion(const bocata_session_settings *settings,
                                                         bocata_buf *line);

#endif
