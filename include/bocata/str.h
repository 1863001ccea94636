/* Text with a length, passed by value. */
#ifndef BOCATA_STR_H
#define BOCATA_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A borrowed run of bytes. `ptr` is NULL where there is no value at all (which differs from an
 * empty one), and may hold NULs. Whoever returns one says until when it may be read, and whether a
 * NUL follows its last byte. */
typedef struct bocata_str {
    const char *ptr;
    size_t len;
} bocata_str;

/* The bytes of a C string; {NULL, 0} for NULL. */
static inline bocata_str bocata_str_of(const char *text)
{
    bocata_str str = {text, text ? strlen(text) : 0};
    return str;
}

/* True if `str` holds exactly the bytes of the C string `text`; NULL is like none. */
static inline bool bocata_str_is(bocata_str str, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    return text && str.len == len && (len == 0 || memcmp(str.ptr, text, len) == 0);
}

/* True if it begins with the bytes of the C string `prefix`. */
static inline bool bocata_str_starts_with(bocata_str str, const char *prefix)
{
    size_t len = prefix ? strlen(prefix) : 0;
    return prefix && str.len >= len && (len == 0 || memcmp(str.ptr, prefix, len) == 0);
}

#endif
