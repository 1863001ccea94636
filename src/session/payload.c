#include "session/payload.h"

#include <string.h>

#include "base/str.h"

#define LOAD_FLAGS (JSON_ALLOW_NUL | JSON_DECODE_ANY)
#define ESCAPE_LEN 6 /* \uXXXX */

/* Python may write what JSON has no form for, and jansson calls all of it a syntax error. So each
 * such place is overwritten with something harmless: if the text then parses, that was what was
 * wrong. */

/* The code unit of a \uXXXX at the start of `text`, -1 if there is none. */
static int unit_at(bocata_str text)
{
    int unit = 0;

    if (text.len < ESCAPE_LEN || text.ptr[0] != '\\' || text.ptr[1] != 'u')
        return -1;
    for (size_t i = 2; i < ESCAPE_LEN; i++) {
        char c = char_lower(text.ptr[i]);
        if (c >= '0' && c <= '9')
            unit = unit * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f')
            unit = unit * 16 + (c - 'a' + 10);
        else
            return -1;
    }
    return unit;
}

/* Steps over the escape at text[at]; a lone surrogate becomes digits. */
static size_t mend_escape(char *text, size_t at, size_t len, bool *ret_is_lone)
{
    bocata_str rest = {text + at, len - at};
    int unit = unit_at(rest);

    if (unit < 0)
        return at + 2;
    if (unit < 0xd800 || unit > 0xdfff)
        return at + ESCAPE_LEN;
    int next = unit_at(str_skip(rest, ESCAPE_LEN));
    if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff)
        return at + 2 * ESCAPE_LEN;
    memset(text + at, '0', ESCAPE_LEN);
    *ret_is_lone = true;
    return at + ESCAPE_LEN;
}

/* Overwrites what can be named, and names the first kind of it; NULL if there is nothing. */
static const char *mend(char *text, size_t len)
{
    const bocata_str words[] = {STR("NaN"), STR("Infinity")};
    const char *name = NULL;
    bool is_string = false;
    size_t at = 0;

    while (at < len) {
        size_t next = at + 1;
        if (is_string && text[at] == '\\') {
            bool is_lone = false;
            next = mend_escape(text, at, len, &is_lone);
            if (is_lone && !name)
                name = "a lone surrogate";
        } else if (text[at] == '"') {
            is_string = !is_string;
        } else if (!is_string) {
            for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
                if (!str_starts_with((bocata_str){text + at, len - at}, words[i]))
                    continue;
                memset(text + at, ' ', words[i].len);
                text[at] = '0'; /* also a number behind the minus of -Infinity */
                next = at + words[i].len;
                if (!name)
                    name = "NaN or Infinity";
            }
        }
        at = next;
    }
    return name;
}

static bool is_syntax_error(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_invalid_syntax || code == json_error_premature_end_of_input ||
           code == json_error_end_of_input_expected;
}

static const char *name_of_syntax_error(char *text, size_t len)
{
    const char *name = mend(text, len);
    json_error_t error = {0};

    if (!name)
        return "not JSON";
    json_t *value = json_loadb(text, len, LOAD_FLAGS, &error);
    if (!value && is_syntax_error(&error))
        return "not JSON";
    json_decref(value);
    return name;
}

static const char *name_of_error(const json_error_t *error, char *text, size_t len)
{
    switch (json_error_code(error)) {
    case json_error_numeric_overflow:
        return strncmp(error->text, "real", 4) == 0 ? "a real beyond 64 bits"
                                                    : "an integer beyond 64 bits";
    case json_error_null_byte_in_key:
        return "a NUL in a key";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_invalid_utf8:
        return "not UTF-8";
    default:
        return name_of_syntax_error(text, len);
    }
}

/* jansson tells it in more than one way: also as a wrong syntax, where there was no memory for a
 * token. Then the text parses now. */
static bool is_out_of_memory(const json_error_t *error, const char *text, size_t len)
{
    enum json_error_code code = json_error_code(error);

    if (!is_syntax_error(error))
        return code == json_error_out_of_memory || code == json_error_unknown;
    json_t *value = json_loadb(text, len, LOAD_FLAGS, NULL);
    json_decref(value);
    return value != NULL;
}

bocata_status bocata_payload_parse(char *text, size_t len, json_t **ret_values,
                                   bocata_reason *ret_reason, const char **ret_detail)
{
    json_error_t error = {0}; /* which jansson does not always set */
    json_t *value = json_loadb(text, len, LOAD_FLAGS, &error);

    if (!value && is_out_of_memory(&error, text, len))
        return BOCATA_E_NOMEM;
    if (!value) {
        *ret_reason = BOCATA_REASON_UNSUPPORTED_VALUE;
        *ret_detail = name_of_error(&error, text, len);
    } else if (!json_is_object(value)) {
        *ret_reason = BOCATA_REASON_NOT_AN_OBJECT;
        json_decref(value);
    } else {
        *ret_reason = BOCATA_REASON_NONE;
        *ret_values = value;
    }
    return BOCATA_OK;
}
