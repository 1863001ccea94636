/* Secret bytes: locked in memory, left out of core dumps, wiped when freed, and never printed by
 * accident. */
#ifndef BOCATA_SECRET_H
#define BOCATA_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/export.h>
#include <bocata/str.h>

typedef struct bocata_secret bocata_secret;

#define BOCATA_KEYS_MAX 16 /* secrets of one purpose: the newest, and older ones to verify with */

BOCATA_BEGIN_DECLS

/* Copies `len` bytes (0 is legal: an empty secret, which sessions refuse) into locked memory. The
 * caller still owns, and should wipe, its own copy. Returns NULL when out of memory. */
BOCATA_API bocata_secret *bocata_secret_new(const void *bytes, size_t len);

/* Wipes and frees; NULL is fine. */
BOCATA_API void bocata_secret_free(bocata_secret *secret);

BOCATA_API size_t bocata_secret_len(const bocata_secret *secret);

/* The bytes themselves, borrowed until the secret is freed; a NUL follows the last one. Call it at
 * the point of use (a database password, say) and nowhere else. */
BOCATA_API bocata_str bocata_secret_reveal(const bocata_secret *secret);

/* "Secret('**********')", whatever it holds: what to print. */
BOCATA_API const char *bocata_secret_text(const bocata_secret *secret);

/* False if the system refused to lock the memory (RLIMIT_MEMLOCK), so that it may reach swap. */
BOCATA_API bool bocata_secret_is_locked(const bocata_secret *secret);

BOCATA_END_DECLS

#endif
