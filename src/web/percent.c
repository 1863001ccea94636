#include "web/percent.h"

#include <string.h>

#include "base/str.h"

/* -1 if it is none. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = char_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that a `%xx` at the start of `str` stands for; -1 if there is none. */
static int escaped_byte(bocata_str str)
{
    if (str.len < 3 || str.ptr[0] != '%')
        return -1;
    int high = hex_value(str.ptr[1]), low = hex_value(str.ptr[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes into the arena, with a NUL behind; {NULL, 0} past its limit. A `%` that escapes nothing
 * stands for itself, and is told in `ret_is_strict`. */
static bocata_str decode(bocata_arena *arena, bocata_str in, bool plus_is_space,
                         bool *ret_is_strict)
{
    char *text = bocata_arena_alloc(arena, in.len + 1); /* decoding never lengthens */
    size_t len = 0;

    if (!text)
        return (bocata_str){0};
    *ret_is_strict = true;
    while (in.len > 0) {
        char c = in.ptr[0];
        int byte = escaped_byte(in);
        if (c == '%' && byte < 0)
            *ret_is_strict = false;
        text[len++] = byte >= 0 ? (char)byte : plus_is_space && c == '+' ? ' ' : c;
        in = str_skip(in, byte >= 0 ? 3 : 1);
    }
    text[len] = '\0';
    return (bocata_str){text, len};
}

bocata_status bocata_percent_decode_path(bocata_arena *arena, bocata_str in, bocata_str *ret)
{
    bool is_strict;
    bocata_str text = decode(arena, in, false, &is_strict);

    if (!text.ptr)
        return BOCATA_E_NOMEM;
    if (!is_strict || str_find(text, '\0') < text.len || !bocata_str_is_utf8(text))
        return BOCATA_E_MALFORMED;
    *ret = text;
    return BOCATA_OK;
}

/* With U+FFFD for what is not UTF-8; {NULL, 0} past the arena's limit. */
static bocata_str replace_ill_formed(bocata_arena *arena, bocata_str in)
{
    const bocata_str replacement = STR("\xef\xbf\xbd");
    char *text =
        in.len < SIZE_MAX / 3 ? bocata_arena_alloc(arena, in.len * replacement.len + 1) : NULL;
    size_t len = 0;

    if (!text)
        return (bocata_str){0};
    while (in.len > 0) {
        bool is_valid;
        size_t step = bocata_str_utf8_step(in, &is_valid);
        bocata_str piece = is_valid ? (bocata_str){in.ptr, step} : replacement;
        memcpy(text + len, piece.ptr, piece.len);
        len += piece.len;
        in = str_skip(in, step);
    }
    text[len] = '\0';
    return (bocata_str){text, len};
}

bocata_status bocata_percent_decode_form(bocata_arena *arena, bocata_str in, bocata_str *ret)
{
    bool is_strict;
    bocata_str text = decode(arena, in, true, &is_strict);

    if (text.ptr && !bocata_str_is_utf8(text))
        text = replace_ill_formed(arena, text);
    if (!text.ptr)
        return BOCATA_E_NOMEM;
    *ret = text;
    return BOCATA_OK;
}
