/* Finding the place in a JSON body that an unpack format refused. */
#ifndef BOCATA_WEB_UNPACK_H
#define BOCATA_WEB_UNPACK_H

#include <stdarg.h>

#include "base/buf.h"

/* Appends the place of the value that the `position`-th character (from 1, as jansson's
 * json_error_t counts) of an unpack format asks for, as a reader of the JSON would name it:
 * `user.names[2]`; nothing for the whole body. `args` are the format's, from the first. Returns
 * BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_unpack_place(bocata_buf *place, const char *format,
                                                  int position, va_list args);

#endif
