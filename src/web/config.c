/* Reads settings as Starlette's Config does, but for numbers (decimal, of 64 bits, finite) and
 * lists (`#` starts no comment in them). */
#include <bocata/config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "web/config_file.h"

#define MISTAKE_LEN_MAX 1024
#define SHOWN_VALUE_LEN_MAX 100

/* What a getter returned: kept, and given again for the same text. */
typedef struct item {
    struct item *next;
    bocata_secret *text;     /* the value as it was read */
    bocata_secret *unquoted; /* of a list: the items, a NUL behind each; else NULL */
    size_t count;
    const char *list[];
} item;

struct bocata_config {
    char mistake[MISTAKE_LEN_MAX]; /* the first; "" for none */
    char *prefix;
    bocata_buf name;     /* prefix and key, a NUL behind, of the last getter */
    bocata_secret *file; /* NAME NUL value NUL, of every line; NULL: no file */
    item *items;
};

BOCATA_PRINTF(2, 3) static void mistake(bocata_config *config, const char *format, ...)
{
    if (config->mistake[0] != '\0')
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(config->mistake, sizeof config->mistake, format, args);
    va_end(args);
}

/* ---- the file -------------------------------------------------------------------------------- */

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

static void read_file(bocata_config *config, const char *path)
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
        config->file = bocata_secret_new(all.pairs.ptr, all.pairs.len);
        if (!config->file)
            status = BOCATA_E_NOMEM;
    }
    if (all.pairs.ptr)
        explicit_bzero(all.pairs.ptr, all.pairs.len);
    bocata_buf_free(&all.pairs);

    if (status == BOCATA_E_IO && reason != ENOENT)
        mistake(config, "The settings in '%.*s' cannot be read: %s.", MISTAKE_LEN_MAX / 2, path,
                strerror(reason));
    else if (status == BOCATA_E_LIMIT)
        mistake(config, "The settings in '%.*s' cannot be read: more than 1 MiB.",
                MISTAKE_LEN_MAX / 2, path);
    else if (status == BOCATA_E_MALFORMED)
        mistake(config, "The settings in '%.*s' cannot be read: there is a NUL byte in them.",
                MISTAKE_LEN_MAX / 2, path);
    else if (status == BOCATA_E_NOMEM)
        mistake(config, "The settings in '%.*s' cannot be read: out of memory.",
                MISTAKE_LEN_MAX / 2, path);
}

bocata_config *bocata_config_open(const char *env_file)
{
    return bocata_config_open_prefixed(env_file, "");
}

bocata_config *bocata_config_open_prefixed(const char *env_file, const char *prefix)
{
    bocata_config *config = calloc(1, sizeof *config);
    if (!config)
        return NULL;
    config->prefix = strdup(prefix ? prefix : "");
    if (!config->prefix) {
        free(config);
        return NULL;
    }
    if (env_file)
        read_file(config, env_file);
    return config;
}

void bocata_config_close(bocata_config *config)
{
    if (!config)
        return;
    while (config->items) {
        item *ended = config->items;
        config->items = ended->next;
        bocata_secret_free(ended->text);
        bocata_secret_free(ended->unquoted);
        free(ended);
    }
    bocata_secret_free(config->file);
    bocata_buf_free(&config->name);
    free(config->prefix);
    free(config);
}

const char *bocata_config_error(const bocata_config *config)
{
    if (!config)
        return "The settings cannot be read: out of memory.";
    return config->mistake[0] ? config->mistake : NULL;
}

/* ---- looking up ------------------------------------------------------------------------------ */

static const char *find_in_file(const bocata_config *config, const char *name)
{
    const char *found = NULL;
    bocata_str rest = config->file ? bocata_secret_reveal(config->file) : (bocata_str){0};

    while (rest.len > 0) {
        bocata_str key = str_cut(&rest, '\0');
        bocata_str value = str_cut(&rest, '\0');
        if (bocata_str_is(key, name))
            found = value.ptr; /* the last of several wins */
    }
    return found;
}

/* The text of a setting, valid until the environment changes, its whole name now in config->name;
 * NULL, and perhaps a mistake, if there is none. A config that could not be opened (NULL) has no
 * settings. */
static const char *find(bocata_config *config, const char *key, bool is_required)
{
    if (!config)
        return NULL;
    config->name.len = 0;
    if (bocata_buf_printf(&config->name, "%s%s", config->prefix, key) != BOCATA_OK) {
        mistake(config, "Config '%.*s' cannot be read: out of memory.", SHOWN_VALUE_LEN_MAX, key);
        return NULL;
    }
    const char *text = getenv(config->name.ptr);
    if (!text)
        text = find_in_file(config, config->name.ptr);
    if (!text && is_required)
        mistake(config, "Config '%s' is missing, and has no default.", config->name.ptr);
    return text;
}

/* The value is shown cut and printable; a bool in lower case, as Starlette has it. */
static void mistake_of_type(bocata_config *config, const char *text, const char *type)
{
    char shown[SHOWN_VALUE_LEN_MAX + 1];
    bool is_bool = strcmp(type, "bool") == 0;
    size_t len = strlen(text);

    if (len > SHOWN_VALUE_LEN_MAX)
        for (len = SHOWN_VALUE_LEN_MAX; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
            len--; /* not within a code point */
    for (size_t i = 0; i < len; i++) {
        bool is_control = (unsigned char)text[i] < ' ' || text[i] == 0x7f;
        shown[i] = is_control ? '?' : is_bool ? char_lower(text[i]) : text[i];
    }
    shown[len] = '\0';
    mistake(config, "Config '%s' has value '%s'. Not a valid %s.", config->name.ptr, shown, type);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

/* An item with a copy of the text, its list for `list_count` pointers; NULL when out of memory,
 * which is then the mistake. */
static item *item_new(bocata_config *config, const char *text, size_t list_count)
{
    item *fresh = calloc(1, sizeof *fresh + list_count * sizeof fresh->list[0]);
    if (fresh)
        fresh->text = bocata_secret_new(text, strlen(text));
    if (!fresh || !fresh->text) {
        free(fresh);
        mistake(config, "Config '%s' cannot be read: out of memory.", config->name.ptr);
        return NULL;
    }
    fresh->next = config->items;
    config->items = fresh;
    return fresh;
}

static item *item_find(const bocata_config *config, const char *text, bool is_list)
{
    item *known = config->items;
    while (known && !(is_list == (known->unquoted != NULL) &&
                      bocata_str_is(bocata_secret_reveal(known->text), text)))
        known = known->next;
    return known;
}

static const bocata_secret *keep(bocata_config *config, const char *text)
{
    item *kept = item_find(config, text, false);
    if (!kept)
        kept = item_new(config, text, 0);
    return kept ? kept->text : NULL;
}

/* Ends the item that starts at out[start], trimmed; returns the length behind its NUL. */
static size_t end_item(char *out, size_t start, size_t len)
{
    bocata_str trimmed = str_trim((bocata_str){out + start, len - start});
    memmove(out + start, trimmed.ptr, trimmed.len);
    out[start + trimmed.len] = '\0';
    return start + trimmed.len + 1;
}

/* Splits at commas into out[strlen(text) + 1] by the rules of a POSIX shell: quotes and backslashes
 * protect, what is altogether empty is no item. False for a quote without its end, or a last
 * backslash. */
static bool unquote_list(const char *text, char *out, size_t *ret_len, size_t *ret_count)
{
    char quote = '\0';
    bool is_item = false;
    size_t start = 0, len = 0, count = 0;

    for (; *text; text++) {
        bool is_escape = *text == '\\' && quote != '\'';
        if (is_escape && quote && text[1] != '"' && text[1] != '\\')
            is_escape = false;
        if (*text == ',' && !quote) {
            if (is_item) {
                len = start = end_item(out, start, len);
                count++;
            }
            is_item = false;
            continue;
        }
        is_item = true;
        if (is_escape && !*++text)
            return false;
        if (!is_escape && quote && *text == quote)
            quote = '\0';
        else if (!is_escape && !quote && (*text == '"' || *text == '\''))
            quote = *text;
        else
            out[len++] = *text;
    }
    if (is_item) {
        len = end_item(out, start, len);
        count++;
    }
    *ret_len = len;
    *ret_count = count;
    return !quote;
}

/* NULL, and a mistake, if the text is not a list. */
static const item *keep_list(bocata_config *config, const char *text)
{
    item *kept = item_find(config, text, true);
    if (kept)
        return kept;

    size_t size = strlen(text) + 1, len, count;
    char *unquoted = malloc(size);
    bool is_list = unquoted && unquote_list(text, unquoted, &len, &count);
    if (is_list)
        kept = item_new(config, text, count + 1);
    if (kept)
        kept->unquoted = bocata_secret_new(unquoted, len);
    if (unquoted)
        explicit_bzero(unquoted, size);
    free(unquoted);

    if (!unquoted || (kept && !kept->unquoted)) {
        mistake(config, "Config '%s' cannot be read: out of memory.", config->name.ptr);
        return NULL;
    }
    if (!is_list)
        mistake_of_type(config, text, "CommaSeparatedStrings");
    if (!kept)
        return NULL;
    bocata_str rest = bocata_secret_reveal(kept->unquoted);
    while (rest.len > 0)
        kept->list[kept->count++] = str_cut(&rest, '\0').ptr;
    return kept;
}

/* ---- the getters ----------------------------------------------------------------------------- */

const bocata_secret *bocata_config_secret(bocata_config *config, const char *key)
{
    const char *text = find(config, key, true);
    return text ? keep(config, text) : NULL;
}

static const char *get_string(bocata_config *config, const char *key, const char *fallback,
                              bool is_required)
{
    const char *text = find(config, key, is_required);
    const bocata_secret *kept = text ? keep(config, text) : NULL;
    return kept ? bocata_secret_reveal(kept).ptr : fallback;
}

static bool get_bool(bocata_config *config, const char *key, bool fallback, bool is_required)
{
    const char *text = find(config, key, is_required);
    bocata_str value = bocata_str_of(text);

    if (!text)
        return fallback;
    if (str_equal_nocase(value, STR("true")) || str_equal(value, STR("1")))
        return true;
    if (str_equal_nocase(value, STR("false")) || str_equal(value, STR("0")))
        return false;
    mistake_of_type(config, text, "bool");
    return fallback;
}

static int64_t get_int(bocata_config *config, const char *key, int64_t fallback, bool is_required)
{
    const char *text = find(config, key, is_required);
    int64_t value = fallback;

    if (text && bocata_str_to_int(str_trim(bocata_str_of(text)), &value) != BOCATA_OK)
        mistake_of_type(config, text, "int");
    return value;
}

static double get_real(bocata_config *config, const char *key, double fallback, bool is_required)
{
    const char *text = find(config, key, is_required);
    double value = fallback;

    if (text && bocata_str_to_real(str_trim(bocata_str_of(text)), &value) != BOCATA_OK)
        mistake_of_type(config, text, "float");
    return value;
}

static const char *const *get_list(bocata_config *config, const char *key, const char *fallback,
                                   bool is_required, size_t *ret_count)
{
    static const char *const no_items[] = {NULL};
    const char *text = find(config, key, is_required);
    const item *kept = text ? keep_list(config, text) : NULL;

    if (!kept && fallback && config)
        kept = keep_list(config, fallback);
    *ret_count = kept ? kept->count : 0;
    return kept ? kept->list : no_items;
}

const char *bocata_config_string(bocata_config *config, const char *key, const char *fallback)
{
    return get_string(config, key, fallback, false);
}

bool bocata_config_bool(bocata_config *config, const char *key, bool fallback)
{
    return get_bool(config, key, fallback, false);
}

int64_t bocata_config_int(bocata_config *config, const char *key, int64_t fallback)
{
    return get_int(config, key, fallback, false);
}

double bocata_config_real(bocata_config *config, const char *key, double fallback)
{
    return get_real(config, key, fallback, false);
}

const char *const *bocata_config_list(bocata_config *config, const char *key, const char *fallback,
                                      size_t *ret_count)
{
    return get_list(config, key, fallback, false, ret_count);
}

const char *bocata_config_require_string(bocata_config *config, const char *key)
{
    return get_string(config, key, "", true);
}

bool bocata_config_require_bool(bocata_config *config, const char *key)
{
    return get_bool(config, key, false, true);
}

int64_t bocata_config_require_int(bocata_config *config, const char *key)
{
    return get_int(config, key, 0, true);
}

double bocata_config_require_real(bocata_config *config, const char *key)
{
    return get_real(config, key, 0.0, true);
}

const char *const *bocata_config_require_list(bocata_config *config, const char *key,
                                              size_t *ret_count)
{
    return get_list(config, key, NULL, true, ret_count);
}
