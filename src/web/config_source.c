#include "web/config_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "web/config_file.h"

#define SHOWN_KEY_LEN_MAX 100
#define SHOWN_PATH_LEN_MAX (BOCATA_CONFIG_MISTAKE_LEN_MAX / 2)

void bocata_config_source_mistake(bocata_config_source *source, const char *format, ...)
{
    va_list args;

    if (source->mistake[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(source->mistake, sizeof source->mistake, format, args);
    va_end(args);
}

/* ---- the .env file --------------------------------------------------------------------------- */

typedef struct collected {
    bocata_buf pairs;
    bocata_status status;
} collected;

static void collect(const char *name, const char *value, void *user)
{
    collected *all = user;
    const bocata_str pieces[] = {{name, strlen(name) + 1}, {value, strlen(value) + 1}};
    for (size_t i = 0; i < 2 && all->status == BOCATA_OK; i++)
        all->status = bocata_buf_append(&all->pairs, pieces[i]);
}

/* Why a file was not read, as the end of a sentence. */
static const char *fault(bocata_status status, int reason, const char *limit)
{
    switch (status) {
    case BOCATA_E_IO:
        return strerror(reason);
    case BOCATA_E_LIMIT:
        return limit;
    case BOCATA_E_MALFORMED:
        return "there is a NUL byte in it";
    default:
        return "out of memory";
    }
}

static void read_env_file(bocata_config_source *source, const char *path)
{
    collected all = {.status = BOCATA_OK};
    /* Each line gives no more bytes than it has, so the buffer never moves and leaves no copy. */
    bocata_status status = bocata_buf_reserve(&all.pairs, BOCATA_CONFIG_FILE_LEN_MAX + 1);
    if (status == BOCATA_OK)
        status = bocata_config_file_each(path, collect, &all);
    int reason = errno;
    if (status == BOCATA_OK)
        status = all.status;
    if (status == BOCATA_OK) {
        source->env_file = bocata_secret_new(all.pairs.ptr, all.pairs.len);
        if (!source->env_file)
            status = BOCATA_E_NOMEM;
    }
    if (all.pairs.ptr)
        explicit_bzero(all.pairs.ptr, all.pairs.len);
    bocata_buf_free(&all.pairs);
    if (status != BOCATA_OK && !(status == BOCATA_E_IO && reason == ENOENT))
        bocata_config_source_mistake(source, "The settings in '%.*s' cannot be read: %s.",
                                     SHOWN_PATH_LEN_MAX, path,
                                     fault(status, reason, "more than 1 MiB"));
}

bocata_status bocata_config_source_open(bocata_config_source *source, const char *env_file,
                                        const char *prefix)
{
    source->prefix = strdup(prefix ? prefix : "");
    if (!source->prefix)
        return BOCATA_E_NOMEM;
    if (env_file)
        read_env_file(source, env_file);
    return BOCATA_OK;
}

void bocata_config_source_close(bocata_config_source *source)
{
    bocata_secret_free(source->contents);
    bocata_secret_free(source->env_file);
    bocata_buf_free(&source->name);
    free(source->prefix);
}

static const char *find_in_env_file(const bocata_config_source *source, const char *name)
{
    const char *found = NULL;
    bocata_str rest = source->env_file ? bocata_secret_reveal(source->env_file) : (bocata_str){0};

    while (rest.len > 0) {
        bocata_str key = str_cut(&rest, '\0');
        bocata_str value = str_cut(&rest, '\0');
        if (bocata_str_is(key, name))
            found = value.ptr; /* the last of several wins */
    }
    return found;
}

/* ---- a file that NAME_FILE names ------------------------------------------------------------- */

/* Editors and `echo` leave one. */
static size_t without_line_end(const char *text, size_t len)
{
    if (len > 0 && text[len - 1] == '\n')
        len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
    return len;
}

/* Into source->contents; `bytes` has room for BOCATA_CONFIG_CONTENTS_LEN_MAX. */
static bocata_status read_contents(bocata_config_source *source, const char *path, char *bytes)
{
    size_t len;
    bocata_status status = bocata_file_read(path, bytes, BOCATA_CONFIG_CONTENTS_LEN_MAX, &len);

    if (status != BOCATA_OK)
        return status;
    len = without_line_end(bytes, len);
    if (str_find((bocata_str){bytes, len}, '\0') < len)
        return BOCATA_E_MALFORMED;
    bocata_secret_free(source->contents);
    source->contents = bocata_secret_new(bytes, len);
    return source->contents ? BOCATA_OK : BOCATA_E_NOMEM;
}

/* NULL, and a mistake, if it cannot be read. */
static const char *contents_of(bocata_config_source *source, const char *path)
{
    bocata_status status = BOCATA_E_NOMEM;
    char *bytes = malloc(BOCATA_CONFIG_CONTENTS_LEN_MAX);

    if (bytes)
        status = read_contents(source, path, bytes);
    int reason = errno;
    if (bytes)
        explicit_bzero(bytes, BOCATA_CONFIG_CONTENTS_LEN_MAX);
    free(bytes);
    if (status == BOCATA_OK)
        return bocata_secret_reveal(source->contents).ptr;
    const char *why = fault(status, reason, "more than 64 KiB");
    if (path[0] == '/' || path[0] == '.')
        bocata_config_source_mistake(
            source, "Config '%s_FILE' names the file '%.*s', which cannot be read: %s.",
            source->name.ptr, SHOWN_PATH_LEN_MAX, path, why);
    else /* perhaps somebody put the secret itself there */
        bocata_config_source_mistake(source,
                                     "Config '%s_FILE' is no path of a file that can be read: %s.",
                                     source->name.ptr, why);
    return NULL;
}

/* ---- looking up ------------------------------------------------------------------------------ */

/* What one place has: the value itself, or the path of the file that holds it. */
typedef struct entry {
    const char *value, *path;
} entry;

static entry entry_of_environment(const char *name, const char *file_name)
{
    return (entry){getenv(name), getenv(file_name)};
}

static entry entry_of_env_file(const bocata_config_source *source, const char *name,
                               const char *file_name)
{
    return (entry){find_in_env_file(source, name), find_in_env_file(source, file_name)};
}

static bocata_config_setting setting_of(bocata_config_source *source, entry found)
{
    const char *name = source->name.ptr;

    if (found.value && found.path) {
        bocata_config_source_mistake(
            source, "Config '%s' and '%s_FILE' are both set: which one holds is not clear.", name,
            name);
        return (bocata_config_setting){0};
    }
    if (found.path)
        return (bocata_config_setting){contents_of(source, found.path), true};
    return (bocata_config_setting){found.value, false};
}

/* Prefix, key and suffix, a NUL behind. */
static bocata_status write_name(bocata_buf *name, const char *prefix, const char *key,
                                const char *suffix)
{
    name->len = 0;
    return bocata_buf_printf(name, "%s%s%s", prefix, key, suffix);
}

bocata_config_setting bocata_config_source_find(bocata_config_source *source, const char *key,
                                                bool is_required)
{
    bocata_config_setting setting = {0};
    bocata_buf file_name = {0};

    if (write_name(&source->name, source->prefix, key, "") != BOCATA_OK ||
        write_name(&file_name, source->prefix, key, "_FILE") != BOCATA_OK) {
        bocata_config_source_mistake(source, "Config '%.*s' cannot be read: out of memory.",
                                     SHOWN_KEY_LEN_MAX, key);
    } else {
        entry found = entry_of_environment(source->name.ptr, file_name.ptr);
        if (!found.value && !found.path)
            found = entry_of_env_file(source, source->name.ptr, file_name.ptr);
        setting = setting_of(source, found);
        if (!found.value && !found.path && is_required)
            bocata_config_source_mistake(source, "Config '%s' is missing, and has no default.",
                                         source->name.ptr);
    }
    bocata_buf_free(&file_name);
    return setting;
}
