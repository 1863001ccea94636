/* Where the text of a setting comes from: the environment, the .env file, or a file that either of
 * them names. */
#ifndef BOCATA_WEB_CONFIG_SOURCE_H
#define BOCATA_WEB_CONFIG_SOURCE_H

#include <stdbool.h>

#include <bocata/secret.h>
#include <bocata/status.h>

#include "base/buf.h"

#define BOCATA_CONFIG_MISTAKE_LEN_MAX 1024 /* bytes of a sentence, its NUL included */
#define BOCATA_CONFIG_CONTENTS_LEN_MAX ((size_t)64 << 10) /* bytes that NAME_FILE may hold */

typedef struct bocata_config_source {
    char mistake[BOCATA_CONFIG_MISTAKE_LEN_MAX]; /* the first; "" for none */
    char *prefix;
    bocata_buf name;         /* prefix and key, a NUL behind, of the last that was asked for */
    bocata_secret *env_file; /* NAME NUL value NUL, of every line; NULL: no file */
    bocata_secret *contents; /* of the file that NAME_FILE named last */
} bocata_config_source;

/* Text is NULL for a setting that is not there. */
typedef struct bocata_config_setting {
    const char *text;
    bool is_hidden; /* mistakes must not show it */
} bocata_config_setting;

/* `source` is all zero, `env_file` may be NULL. A file that cannot be read is a mistake. Returns
 * BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_config_source_open(bocata_config_source *source,
                                                        const char *env_file, const char *prefix);
void bocata_config_source_close(bocata_config_source *source);

/* Keeps the sentence if it is the first. */
void bocata_config_source_mistake(bocata_config_source *source, const char *format, ...)
    BOCATA_PRINTF(2, 3);

/* Looks a setting up; its text is valid until the next one is, or the environment changes. What is
 * there twice or cannot be read is a mistake, and so is one that is required and missing. */
bocata_config_setting bocata_config_source_find(bocata_config_source *source, const char *key,
                                                bool is_required);

#endif
