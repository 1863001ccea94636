/* UTF-8, byte by byte (RFC 3629 4). */
#ifndef BOCATA_BASE_UTF8_H
#define BOCATA_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include <bocata/str.h>

/* Where a text stands between two pieces. All zero is the beginning. */
typedef struct bocata_utf8 {
    uint8_t missing;   /* bytes until the code point is whole */
    uint8_t low, high; /* bounds of the next of them */
} bocata_utf8;

/* Goes on with the next byte. Returns false, and takes nothing, if no text can go on with it. */
bool bocata_utf8_take(bocata_utf8 *utf8, unsigned char byte);

/* Goes on with the next piece of a text. Returns false at the first byte that no text can go on
 * with; what was checked must not be continued then. */
bool bocata_utf8_check(bocata_utf8 *utf8, bocata_str piece);

/* Whether the text may end here: not within a code point. */
static inline bool utf8_is_complete(const bocata_utf8 *utf8)
{
    return utf8->missing == 0;
}

#endif
