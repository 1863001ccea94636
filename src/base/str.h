/* Looking at borrowed text: comparing, trimming, cutting. Never indexes past the end. */
#ifndef BOCATA_BASE_STR_H
#define BOCATA_BASE_STR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <bocata/status.h>
#include <bocata/str.h>

/* A string literal as a bocata_str, its length known to the compiler. */
#define STR(literal) ((bocata_str){"" literal, sizeof(literal) - 1})

static inline bool str_equal(bocata_str a, bocata_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_starts_with(bocata_str str, bocata_str prefix)
{
    return str.len >= prefix.len && str_equal((bocata_str){str.ptr, prefix.len}, prefix);
}

/* Without the first `count` bytes, all of them if there are fewer. */
static inline bocata_str str_skip(bocata_str str, size_t count)
{
    if (count > str.len)
        count = str.len;
    return count ? (bocata_str){str.ptr + count, str.len - count} : str;
}

static inline bool str_ends_with(bocata_str str, bocata_str suffix)
{
    return str.len >= suffix.len && str_equal(str_skip(str, str.len - suffix.len), suffix);
}

static inline char char_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + ('a' - 'A')) : c;
}

/* Equal but for the case of ASCII letters, as header names are (RFC 9110 5.1). */
static inline bool str_equal_nocase(bocata_str a, bocata_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (char_lower(a.ptr[i]) != char_lower(b.ptr[i]))
            return false;
    return true;
}

static inline bool char_is_space(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool str_starts_with_nocase(bocata_str str, bocata_str prefix)
{
    return str.len >= prefix.len && str_equal_nocase((bocata_str){str.ptr, prefix.len}, prefix);
}

/* Without spaces and tabs at both ends (RFC 9110's OWS). */
static inline bocata_str str_trim(bocata_str str)
{
    while (str.len > 0 && char_is_space(str.ptr[0]))
        str = str_skip(str, 1);
    while (str.len > 0 && char_is_space(str.ptr[str.len - 1]))
        str.len--;
    return str;
}

/* The offset of the first `c`, or str.len. */
static inline size_t str_find(bocata_str str, char c)
{
    const char *at = str.len ? memchr(str.ptr, c, str.len) : NULL;
    return at ? (size_t)(at - str.ptr) : str.len;
}

/* Takes what stands before the first `c` off `rest`, which goes on behind the `c`; all of it if
 * there is no `c`. Always consumes, so a loop over it ends. */
static inline bocata_str str_cut(bocata_str *rest, char c)
{
    size_t at = str_find(*rest, c);
    bocata_str head = {rest->ptr, at};
    *rest = str_skip(*rest, at < rest->len ? at + 1 : at);
    return head;
}

/* A whole decimal number with an optional sign, of 64 bits, and nothing else.
 * Returns BOCATA_OK, BOCATA_E_MALFORMED, or BOCATA_E_LIMIT for one that does not fit. */
BOCATA_MUST_USE bocata_status bocata_str_to_int(bocata_str str, int64_t *ret);

/* A finite decimal number (`-1.5e3`), and nothing else; at most 64 bytes. The locale does not
 * matter. Returns BOCATA_OK, BOCATA_E_MALFORMED, or BOCATA_E_LIMIT for one that does not fit. */
BOCATA_MUST_USE bocata_status bocata_str_to_real(bocata_str str, double *ret);

/* How many bytes the first code point of `str` takes, which must not be empty. Where it is
 * ill-formed, how many bytes one U+FFFD stands for (Unicode 3.9, maximal subparts; at least 1). */
size_t bocata_str_utf8_step(bocata_str str, bool *ret_is_valid);

/* True if it is a token (RFC 9110 5.6.2): not empty, letters, digits and !#$%&'*+-.^_`|~ only. */
bool bocata_str_is_token(bocata_str str);

/* Without the part of a code point that a cut has left at its end. */
bocata_str bocata_str_whole_utf8(bocata_str str);

/* True if it is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool bocata_str_is_utf8(bocata_str str);

#endif
