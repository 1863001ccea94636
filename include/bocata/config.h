/* Settings from the environment and a .env file, with types. The environment wins over the file,
 * the file over the fallback.
 *
 * Where a setting NAME is missing, NAME_FILE in the same place may be the path of a file that holds
 * it, as containers get their secrets: its contents without the line end behind them. Both at once
 * are a mistake.
 *
 * A mistake (a missing value, one of the wrong type, a file that cannot be read) sticks: the getter
 * returns its fallback, bocata_config_error tells the first mistake, and an application that was
 * configured with `.config` does not start. */
#ifndef BOCATA_CONFIG_H
#define BOCATA_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bocata/export.h>
#include <bocata/secret.h>

typedef struct bocata_config bocata_config;

BOCATA_BEGIN_DECLS

/* Reads `env_file`; NULL reads none, and a file that does not exist is an empty one. Lines are
 * `NAME=value`; blank lines and lines that start with `#` are passed over, spaces around name and
 * value are trimmed, and quotes around the value too. Returns NULL only when out of memory. */
BOCATA_API bocata_config *bocata_config_open(const char *env_file);

/* The same, with `prefix` put before every key that is asked for. */
BOCATA_API bocata_config *bocata_config_open_prefixed(const char *env_file, const char *prefix);

/* Wipes and frees all that its getters returned; NULL is fine. */
BOCATA_API void bocata_config_close(bocata_config *config);

/* The first mistake as a sentence, e.g. "Config 'SECRET_KEY' is missing, and has no default."; NULL
 * if there is none. Borrowed until the config is closed. */
BOCATA_API const char *bocata_config_error(const bocata_config *config);

/* A secret has no fallback in code: missing is a mistake, and NULL; an empty one is a mistake too.
 * Borrowed until the config is closed. */
BOCATA_API const bocata_secret *bocata_config_secret(bocata_config *config, const char *key);

/* Any number of secrets, comma-separated as in bocata_config_list: the older keys, say. Missing is
 * none: NULL, and a count of 0. One with a control character in it is a mistake. Borrowed alike. */
BOCATA_API const bocata_secret *const *bocata_config_secrets(bocata_config *config, const char *key,
                                                             size_t *ret_count);

/* With a fallback … What is found is borrowed until the config is closed. */
BOCATA_API const char *bocata_config_string(bocata_config *config, const char *key,
                                            const char *fallback);
BOCATA_API bool bocata_config_bool(bocata_config *config, const char *key, bool fallback);
BOCATA_API int64_t bocata_config_int(bocata_config *config, const char *key, int64_t fallback);
BOCATA_API double bocata_config_real(bocata_config *config, const char *key, double fallback);

/* Comma-separated, each item trimmed; quotes keep commas together. `ret_count` gets the number of
 * items. The fallback is written in the same form. Borrowed until the config is closed. */
BOCATA_API const char *const *bocata_config_list(bocata_config *config, const char *key,
                                                 const char *fallback, size_t *ret_count);

/* … or without: missing is a mistake, and "", false, 0, 0.0 or an empty list. */
BOCATA_API const char *bocata_config_require_string(bocata_config *config, const char *key);
BOCATA_API bool bocata_config_require_bool(bocata_config *config, const char *key);
BOCATA_API int64_t bocata_config_require_int(bocata_config *config, const char *key);
BOCATA_API double bocata_config_require_real(bocata_config *config, const char *key);
BOCATA_API const char *const *bocata_config_require_list(bocata_config *config, const char *key,
                                                         size_t *ret_count);

BOCATA_END_DECLS

#endif
