#include "base/utf8.h"

#include <string.h>

/* Begins a code point whose first byte is not ASCII. */
static bool begin(bocata_utf8 *utf8, unsigned char first)
{
    utf8->low = 0x80;
    utf8->high = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) { /* c0 and c1 would be overlong */
        utf8->missing = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
        utf8->missing = 2;
        if (first == 0xe0)
            utf8->low = 0xa0; /* below it overlong */
        if (first == 0xed)
            utf8->high = 0x9f; /* above it surrogates */
    } else if (first >= 0xf0 && first <= 0xf4) {
        utf8->missing = 3;
        if (first == 0xf0)
            utf8->low = 0x90; /* below it overlong */
        if (first == 0xf4)
            utf8->high = 0x8f; /* above it beyond U+10FFFF */
    } else {
        return false;
    }
    return true;
}

/* How many bytes at the beginning are ASCII for certain, a word at a time. */
static size_t ascii_words_len(const char *bytes, size_t len)
{
    size_t at = 0;

    for (uint64_t word; len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    return at;
}

bool bocata_utf8_take(bocata_utf8 *utf8, unsigned char byte)
{
    if (utf8->missing == 0)
        return byte < 0x80 || begin(utf8, byte);
    if (byte < utf8->low || byte > utf8->high)
        return false;
    utf8->missing--;
    utf8->low = 0x80;
    utf8->high = 0xbf;
    return true;
}

bool bocata_utf8_check(bocata_utf8 *utf8, bocata_str piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        if (utf8->missing == 0)
            i += ascii_words_len(piece.ptr + i, piece.len - i);
        if (i < piece.len && !bocata_utf8_take(utf8, (unsigned char)piece.ptr[i]))
            return false;
    }
    return true;
}
