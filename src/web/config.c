/* Reads settings as Starlette's Config does, but for numbers (decimal, of 64 bits, finite) and
 * lists (`#` starts no comment in them). */
#include <bocata/config.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "web/config_source.h"

#define SHOWN_VALUE_LEN_MAX 100

/* What a getter returned: kept, and given again for the same text. */
typedef struct item {
    struct item *next;
    bocata_secret *text;     /* the value as it was read */
    bocata_secret *unquoted; /* of a list: the items, a NUL behind each; else NULL */
    bocata_secret **secrets; /* of a list of secrets: `count` of them, and a NULL */
    size_t count;
    const char *list[];
} item;

struct bocata_config {
    bocata_config_source source;
    item *items;
};

bocata_config *bocata_config_open(const char *env_file)
{
    return bocata_config_open_prefixed(env_file, "");
}

bocata_config *bocata_config_open_prefixed(const char *env_file, const char *prefix)
{
    bocata_config *config = calloc(1, sizeof *config);
    if (config && bocata_config_source_open(&config->source, env_file, prefix) != BOCATA_OK) {
        free(config);
        return NULL;
    }
    return config;
}

static void free_secrets(item *kept)
{
    for (size_t i = 0; kept->secrets && i < kept->count; i++)
        bocata_secret_free(kept->secrets[i]);
    free(kept->secrets);
    kept->secrets = NULL;
}

static void item_free(item *ended)
{
    free_secrets(ended);
    bocata_secret_free(ended->text);
    bocata_secret_free(ended->unquoted);
    free(ended);
}

void bocata_config_close(bocata_config *config)
{
    if (!config)
        return;
    while (config->items) {
        item *ended = config->items;
        config->items = ended->next;
        item_free(ended);
    }
    bocata_config_source_close(&config->source);
    free(config);
}

const char *bocata_config_error(const bocata_config *config)
{
    if (!config)
        return "The settings cannot be read: out of memory.";
    return config->source.mistake[0] ? config->source.mistake : NULL;
}

/* A config that could not be opened (NULL) has no settings. */
static bocata_config_setting find(bocata_config *config, const char *key, bool is_required)
{
    return config ? bocata_config_source_find(&config->source, key, is_required)
                  : (bocata_config_setting){0};
}

static void mistake_of_memory(bocata_config *config)
{
    bocata_config_source_mistake(&config->source, "Config '%s' cannot be read: out of memory.",
                                 config->source.name.ptr);
}

/* The value is shown cut and printable; a bool in lower case, as Starlette has it. */
static void mistake_of_type(bocata_config *config, bocata_config_setting setting, const char *type)
{
    char shown[SHOWN_VALUE_LEN_MAX + 1];
    const char *text = setting.text, *name = config->source.name.ptr;
    bool is_bool = strcmp(type, "bool") == 0;
    size_t len = strlen(text);

    if (setting.is_hidden) {
        bocata_config_source_mistake(&config->source, "Config '%s' is not a valid %s.", name, type);
        return;
    }
    if (len > SHOWN_VALUE_LEN_MAX)
        for (len = SHOWN_VALUE_LEN_MAX; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
            len--; /* not within a code point */
    for (size_t i = 0; i < len; i++) {
        bool is_control = (unsigned char)text[i] < ' ' || text[i] == 0x7f;
        shown[i] = is_control ? '?' : is_bool ? char_lower(text[i]) : text[i];
    }
    shown[len] = '\0';
    bocata_config_source_mistake(&config->source, "Config '%s' has value '%s'. Not a valid %s.",
                                 name, shown, type);
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
        mistake_of_memory(config);
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
static item *keep_list(bocata_config *config, bocata_config_setting setting)
{
    const char *text = setting.text;
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
        mistake_of_memory(config);
        return NULL;
    }
    if (!is_list)
        mistake_of_type(config, setting, "CommaSeparatedStrings");
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
    const char *text = find(config, key, true).text;

    if (text && text[0] == '\0')
        bocata_config_source_mistake(&config->source, "Config '%s' is empty.",
                                     config->source.name.ptr);
    return text ? keep(config, text) : NULL;
}

/* A file with a key on each line would be one key with line ends in it. */
static bool has_control_character(const item *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        for (const char *c = kept->list[i]; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                return true;
    return false;
}

/* The items as secrets, made when they are first asked for. */
static bocata_status keep_secrets(item *kept)
{
    if (kept->secrets)
        return BOCATA_OK;
    kept->secrets = calloc(kept->count + 1, sizeof *kept->secrets);
    if (!kept->secrets)
        return BOCATA_E_NOMEM;
    for (size_t i = 0; i < kept->count; i++) {
        kept->secrets[i] = bocata_secret_new(kept->list[i], strlen(kept->list[i]));
        if (!kept->secrets[i]) {
            free_secrets(kept);
            return BOCATA_E_NOMEM;
        }
    }
    return BOCATA_OK;
}

const bocata_secret *const *bocata_config_secrets(bocata_config *config, const char *key,
                                                  size_t *ret_count)
{
    bocata_config_setting setting = find(config, key, false);

    setting.is_hidden = true;
    item *kept = setting.text ? keep_list(config, setting) : NULL;
    if (kept && has_control_character(kept)) {
        bocata_config_source_mistake(&config->source,
                                     "Config '%s' holds a line end or another control character: "
                                     "its secrets are separated by commas.",
                                     config->source.name.ptr);
        kept = NULL;
    }
    if (kept && keep_secrets(kept) != BOCATA_OK) {
        mistake_of_memory(config);
        kept = NULL;
    }
    *ret_count = kept ? kept->count : 0;
    return *ret_count ? (const bocata_secret *const *)kept->secrets : NULL;
}

static const char *get_string(bocata_config *config, const char *key, const char *fallback,
                              bool is_required)
{
    const char *text = find(config, key, is_required).text;
    const bocata_secret *kept = text ? keep(config, text) : NULL;
    return kept ? bocata_secret_reveal(kept).ptr : fallback;
}

static bool get_bool(bocata_config *config, const char *key, bool fallback, bool is_required)
{
    bocata_config_setting setting = find(config, key, is_required);
    bocata_str value = bocata_str_of(setting.text);

    if (!setting.text)
        return fallback;
    if (str_equal_nocase(value, STR("true")) || str_equal(value, STR("1")))
        return true;
    if (str_equal_nocase(value, STR("false")) || str_equal(value, STR("0")))
        return false;
    mistake_of_type(config, setting, "bool");
    return fallback;
}

static int64_t get_int(bocata_config *config, const char *key, int64_t fallback, bool is_required)
{
    bocata_config_setting setting = find(config, key, is_required);
    bocata_str text = str_trim(bocata_str_of(setting.text));
    int64_t value = fallback;

    if (setting.text && bocata_str_to_int(text, &value) != BOCATA_OK)
        mistake_of_type(config, setting, "int");
    return value;
}

static double get_real(bocata_config *config, const char *key, double fallback, bool is_required)
{
    bocata_config_setting setting = find(config, key, is_required);
    bocata_str text = str_trim(bocata_str_of(setting.text));
    double value = fallback;

    if (setting.text && bocata_str_to_real(text, &value) != BOCATA_OK)
        mistake_of_type(config, setting, "float");
    return value;
}

static const char *const *get_list(bocata_config *config, const char *key, const char *fallback,
                                   bool is_required, size_t *ret_count)
{
    static const char *const no_items[] = {NULL};
    bocata_config_setting setting = find(config, key, is_required);
    const item *kept = setting.text ? keep_list(config, setting) : NULL;

    if (!kept && fallback && config)
        kept = keep_list(config, (bocata_config_setting){.text = fallback});
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
