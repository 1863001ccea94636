#include "base/json.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

typedef struct writer {
    bocata_buf *buf;
    size_t len_max;
    bool is_python;
    bocata_status status; /* of the first failure; nothing is written after it */
} writer;

static void put(writer *to, bocata_str str)
{
    if (to->status != BOCATA_OK)
        return;
    if (str.len > to->len_max - to->buf->len)
        to->status = BOCATA_E_TOO_LARGE;
    else
        to->status = bocata_buf_append(to->buf, str);
}

/* ---- strings --------------------------------------------------------------------------------- */

static void put_unit(writer *to, unsigned unit)
{
    static const char hex[] = "0123456789abcdef";
    const char text[6] = {
        '\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]};
    put(to, (bocata_str){text, sizeof text});
}

static void put_escape(writer *to, char c)
{
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* a character, and how it is called */
    for (const char *name = names; *name; name += 2) {
        if (*name == c) {
            put(to, (bocata_str){(const char[]){'\\', name[1]}, 2});
            return;
        }
    }
    put_unit(to, (unsigned char)c);
}

/* Writes a character of two to four bytes of well-formed UTF-8. */
static void put_code_point(writer *to, bocata_str text)
{
    unsigned code = (unsigned char)text.ptr[0] & (0x7fu >> text.len);

    for (size_t i = 1; i < text.len; i++)
        code = code << 6 | (text.ptr[i] & 0x3f);
    if (code >= 0x10000) {
        put_unit(to, 0xd800 + ((code - 0x10000) >> 10));
        put_unit(to, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
        put_unit(to, code);
    }
}

static void put_string(writer *to, bocata_str str)
{
    size_t start = 0, at = 0;

    put(to, STR("\""));
    while (at < str.len) {
        unsigned char c = (unsigned char)str.ptr[at];
        bool is_plain = c >= ' ' && c != '"' && c != '\\' && (c < 0x7f || !to->is_python);
        size_t len = 1;
        if (c >= 0x80) {
            bool is_valid;
            len = bocata_str_utf8_step(str_skip(str, at), &is_valid);
            if (!is_valid) { /* made by one of jansson's functions that do not check */
                to->status = BOCATA_E_UNSUPPORTED;
                return;
            }
        }
        if (!is_plain) {
            put(to, (bocata_str){str.ptr + start, at - start});
            if (len > 1)
                put_code_point(to, (bocata_str){str.ptr + at, len});
            else
                put_escape(to, str.ptr[at]);
            start = at + len;
        }
        at += len;
    }
    put(to, (bocata_str){str.ptr + start, at - start});
    put(to, STR("\""));
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void put_integer(writer *to, json_int_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    /* Towards zero from below, since INT64_MIN has no positive counterpart. */
    json_int_t rest = value < 0 ? value : -value;

    do
        digits[--at] = (char)('0' - rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--at] = '-';
    put(to, (bocata_str){digits + at, sizeof digits - at});
}

/* A short text that reads back as the same number; a real stays one: 1.0, not 1. Python's repr is
 * as long or, for numbers at the edge of what a double can be, shorter. */
static void put_real(writer *to, double value)
{
    char text[40];

    if (!isfinite(value)) {
        to->status = BOCATA_E_UNSUPPORTED;
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text - 2, "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    const char *locale_point = localeconv()->decimal_point; /* which may be several bytes */
    char *point = strstr(text, locale_point);
    if (point) {
        char *behind = point + strlen(locale_point);
        *point = '.';
        memmove(point + 1, behind, strlen(behind) + 1);
    } else if (!strchr(text, 'e')) {
        snprintf(text + strlen(text), sizeof ".0", ".0");
    }
    put(to, bocata_str_of(text));
}

/* ---- values ---------------------------------------------------------------------------------- */

static void put_value(writer *to, json_t *json, int depth);

static void put_array(writer *to, json_t *array, int depth)
{
    const bocata_str separator = to->is_python ? STR(", ") : STR(",");
    put(to, STR("["));
    for (size_t i = 0; i < json_array_size(array) && to->status == BOCATA_OK; i++) {
        if (i > 0)
            put(to, separator);
        put_value(to, json_array_get(array, i), depth + 1);
    }
    put(to, STR("]"));
}

static void put_object(writer *to, json_t *object, int depth)
{
    bocata_str separator = STR("");
    put(to, STR("{"));
    for (void *at = json_object_iter(object); at && to->status == BOCATA_OK;
         at = json_object_iter_next(object, at)) {
        put(to, separator);
        bocata_str key = bocata_str_of(json_object_iter_key(at));
        if (key.len != json_object_iter_key_len(at)) {
            to->status = BOCATA_E_UNSUPPORTED; /* a NUL in a key: jansson would not read it back */
            return;
        }
        put_string(to, key);
        put(to, to->is_python ? STR(": ") : STR(":"));
        put_value(to, json_object_iter_value(at), depth + 1);
        separator = to->is_python ? STR(", ") : STR(",");
    }
    put(to, STR("}"));
}

static void put_value(writer *to, json_t *json, int depth)
{
    if (depth > BOCATA_JSON_DEPTH_MAX) {
        to->status = BOCATA_E_UNSUPPORTED;
        return;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        put_object(to, json, depth);
        break;
    case JSON_ARRAY:
        put_array(to, json, depth);
        break;
    case JSON_STRING:
        put_string(to, (bocata_str){json_string_value(json), json_string_length(json)});
        break;
    case JSON_INTEGER:
        put_integer(to, json_integer_value(json));
        break;
    case JSON_REAL:
        put_real(to, json_real_value(json));
        break;
    case JSON_TRUE:
        put(to, STR("true"));
        break;
    case JSON_FALSE:
        put(to, STR("false"));
        break;
    case JSON_NULL:
        put(to, STR("null"));
        break;
    }
}

bocata_status bocata_json_write(bocata_buf *buf, size_t len_max, const json_t *json,
                                bocata_json_style style)
{
    size_t len = buf->len;
    writer to = {.buf = buf, .len_max = len_max, .is_python = style == BOCATA_JSON_PYTHON};

    if (!json)
        return BOCATA_E_INVALID;
    if (len > len_max)
        return BOCATA_E_TOO_LARGE;
    put_value(&to, (json_t *)(uintptr_t)json, 1); /* jansson iterates over no const object */
    if (to.status != BOCATA_OK)
        buf->len = len;
    return to.status;
}
