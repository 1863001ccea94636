/* The reserved key of a session: what the library itself keeps among the values, which views do not
 * see and other applications (Starlette, say) carry along. It is there only when needed:
 *
 *     "_bocata": {"id": base64url of 16 bytes, "created": seconds, "max_age": seconds or null,
 *                 "flash": [[category, text], …]}
 *
 * Each member may be missing; others, of a newer version perhaps, stay as they are. A format with a
 * place of its own for the stamp keeps only the flash messages here. */
#ifndef BOCATA_SESSION_RESERVED_H
#define BOCATA_SESSION_RESERVED_H

#include <stdbool.h>

#include <jansson.h>

#include <bocata/status.h>

#include "session/stamp.h"

#define BOCATA_RESERVED_KEY "_bocata"
#define BOCATA_RESERVED_FLASH "flash"

/* Moves id, creation and max_age into the stamp, and drops what is empty then. False if it holds
 * what this library does not write; it was signed with our key, so by mistake.
 *
 *   reserved  `*reserved` is NULL for none
 *   stamp     NULL where the format has a place of its own for them
 */
bool bocata_reserved_read(json_t **reserved, bocata_stamp *stamp);

/* Puts id, creation and max_age back, up to date: makes `*reserved` where it is NULL and something
 * has to be in it, and drops it where nothing is left. `stamp` is NULL where the format has them.
 * Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_reserved_write(json_t **reserved, const bocata_stamp *stamp);

#endif
