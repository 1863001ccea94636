/* The form of .env files. */
#ifndef BOCATA_WEB_CONFIG_FILE_H
#define BOCATA_WEB_CONFIG_FILE_H

#include <bocata/status.h>

#define BOCATA_CONFIG_FILE_LEN_MAX (1 << 20)

/* Calls `each` for every `NAME=value` of the file, in order; both are borrowed for the call, and
 * what was read is wiped afterwards.
 *
 * Returns BOCATA_OK, BOCATA_E_IO with errno set (ENOENT: there is no such file), BOCATA_E_LIMIT for
 * one larger than BOCATA_CONFIG_FILE_LEN_MAX, BOCATA_E_MALFORMED for one with a NUL in it, or
 * BOCATA_E_NOMEM. `each` was then never called. */
BOCATA_MUST_USE bocata_status bocata_config_file_each(
    const char *path, void (*each)(const char *name, const char *value, void *user), void *user);

#endif
