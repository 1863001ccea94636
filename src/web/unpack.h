/* What is wrong with JSON that came, in words. */
#ifndef BOCATA_WEB_UNPACK_H
#define BOCATA_WEB_UNPACK_H

#include <stdarg.h>
#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"

/* Appends the place of the value that the `position`-th character (from 1, as jansson's
 * json_error_t counts) of an unpack format asks for, as a reader of the JSON would name it:
 * `user.names[2]`; nothing for the whole body. `args` are the format's, from the first. Returns
 * BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_unpack_place(bocata_buf *place, const char *format,
                                                  int position, va_list args);

/* Appends a sentence that says what is wrong and where: "In the body, `user.name` is missing." A
 * NUL follows. `what` names the JSON, `error` is jansson's. Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_unpack_explain(bocata_buf *sentence, const char *what,
                                                    const char *format, const json_error_t *error,
                                                    va_list args);

/* Why jansson could not read it: memory, which it tells in more than one way, or what the words
 * say. */
bool bocata_json_is_out_of_memory(const json_error_t *error);
const char *bocata_json_fault(const json_error_t *error);

#endif
