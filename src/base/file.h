/* Reading a whole file. */
#ifndef BOCATA_BASE_FILE_H
#define BOCATA_BASE_FILE_H

#include <stddef.h>

#include <bocata/status.h>

/* Reads all of a regular file into the caller's `bytes[cap]`, without buffering copies elsewhere
 * (it may hold secrets). Returns BOCATA_OK, BOCATA_E_LIMIT when it is larger, or BOCATA_E_IO with
 * errno set. */
BOCATA_MUST_USE bocata_status bocata_file_read(const char *path, char *bytes, size_t cap,
                                               size_t *ret_len);

#endif
