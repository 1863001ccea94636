#include "crypto/base64.h"

#include <stdint.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char standard_chars[] = ALPHANUMERIC "+/";
static const char url_chars[] = ALPHANUMERIC "-_";

/* What a character adds to its group of four, by its place there: its bits, and one to the count of
 * those that belong to the alphabet. What is not named adds nothing: it is foreign. */
#define COUNT_SHIFT 28
#define AT(place, value) (1u << COUNT_SHIFT | value##u << (18 - 6 * (place)))
// clang-format off
#define PLACE(place, c62, c63) {                                                                   \
    ['A'] = AT(place, 0), ['B'] = AT(place, 1), ['C'] = AT(place, 2), ['D'] = AT(place, 3),        \
    ['E'] = AT(place, 4), ['F'] = AT(place, 5), ['G'] = AT(place, 6), ['H'] = AT(place, 7),        \
    ['I'] = AT(place, 8), ['J'] = AT(place, 9), ['K'] = AT(place, 10), ['L'] = AT(place, 11),      \
    ['M'] = AT(place, 12), ['N'] = AT(place, 13), ['O'] = AT(place, 14), ['P'] = AT(place, 15),    \
    ['Q'] = AT(place, 16), ['R'] = AT(place, 17), ['S'] = AT(place, 18), ['T'] = AT(place, 19),    \
    ['U'] = AT(place, 20), ['V'] = AT(place, 21), ['W'] = AT(place, 22), ['X'] = AT(place, 23),    \
    ['Y'] = AT(place, 24), ['Z'] = AT(place, 25), ['a'] = AT(place, 26), ['b'] = AT(place, 27),    \
    ['c'] = AT(place, 28), ['d'] = AT(place, 29), ['e'] = AT(place, 30), ['f'] = AT(place, 31),    \
    ['g'] = AT(place, 32), ['h'] = AT(place, 33), ['i'] = AT(place, 34), ['j'] = AT(place, 35),    \
    ['k'] = AT(place, 36), ['l'] = AT(place, 37), ['m'] = AT(place, 38), ['n'] = AT(place, 39),    \
    ['o'] = AT(place, 40), ['p'] = AT(place, 41), ['q'] = AT(place, 42), ['r'] = AT(place, 43),    \
    ['s'] = AT(place, 44), ['t'] = AT(place, 45), ['u'] = AT(place, 46), ['v'] = AT(place, 47),    \
    ['w'] = AT(place, 48), ['x'] = AT(place, 49), ['y'] = AT(place, 50), ['z'] = AT(place, 51),    \
    ['0'] = AT(place, 52), ['1'] = AT(place, 53), ['2'] = AT(place, 54), ['3'] = AT(place, 55),    \
    ['4'] = AT(place, 56), ['5'] = AT(place, 57), ['6'] = AT(place, 58), ['7'] = AT(place, 59),    \
    ['8'] = AT(place, 60), ['9'] = AT(place, 61), [c62] = AT(place, 62), [c63] = AT(place, 63)}
#define PLACES(c62, c63) {                                                                         \
    PLACE(0, c62, c63), PLACE(1, c62, c63), PLACE(2, c62, c63), PLACE(3, c62, c63)}
// clang-format on

static const uint32_t standard_values[4][256] = PLACES('+', '/');
static const uint32_t url_values[4][256] = PLACES('-', '_');

size_t bocata_base64_encode(bocata_base64 variant, const void *bytes, size_t len, char *text)
{
    const char *chars = variant == BOCATA_BASE64_STANDARD ? standard_chars : url_chars;
    const uint8_t *in = bytes;
    char *out = text;

    for (; len >= 3; len -= 3, in += 3) {
        uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        *out++ = chars[group >> 18];
        *out++ = chars[group >> 12 & 63];
        *out++ = chars[group >> 6 & 63];
        *out++ = chars[group & 63];
    }
    if (len > 0) {
        uint32_t group = (uint32_t)in[0] << 16 | (len > 1 ? (uint32_t)in[1] << 8 : 0);
        *out++ = chars[group >> 18];
        *out++ = chars[group >> 12 & 63];
        if (len > 1)
            *out++ = chars[group >> 6 & 63];
        if (variant == BOCATA_BASE64_STANDARD)
            for (; len < 3; len++)
                *out++ = '=';
    }
    return (size_t)(out - text);
}

/* The one or two bytes of a group of two or three characters, whose spare bits must be zero.
 * Returns how many of the characters belong to the alphabet, 0 if a spare bit is set. */
static uint32_t decode_tail(const uint32_t (*values)[256], const unsigned char *in, size_t len,
                            uint8_t *out)
{
    uint32_t group = values[0][in[0]] + values[1][in[1]] + (len > 2 ? values[2][in[2]] : 0);

    out[0] = (uint8_t)(group >> 16);
    if (len > 2)
        out[1] = (uint8_t)(group >> 8);
    return group & (len > 2 ? 0xff : 0xffff) ? 0 : group >> COUNT_SHIFT;
}

bocata_status bocata_base64_decode(bocata_base64 variant, bocata_str text, void *bytes, size_t cap,
                                   size_t *ret_len)
{
    const uint32_t(*values)[256] = variant == BOCATA_BASE64_STANDARD ? standard_values : url_values;
    const unsigned char *in = (const unsigned char *)text.ptr;
    uint8_t *out = bytes;
    size_t len = text.len, known = 0;

    if (variant == BOCATA_BASE64_STANDARD) {
        if (len % 4 != 0)
            return BOCATA_E_MALFORMED;
        for (int i = 0; i < 2 && len > 0 && in[len - 1] == '='; i++)
            len--;
    }
    size_t tail = len % 4;
    if (tail == 1)
        return BOCATA_E_MALFORMED;
    size_t out_len = len / 4 * 3 + (tail ? tail - 1 : 0);
    if (out_len > cap)
        return BOCATA_E_LIMIT;
    for (size_t left = len; left >= 4; left -= 4, in += 4) {
        uint32_t group = values[0][in[0]] + values[1][in[1]] + values[2][in[2]] + values[3][in[3]];
        known += group >> COUNT_SHIFT;
        *out++ = (uint8_t)(group >> 16);
        *out++ = (uint8_t)(group >> 8);
        *out++ = (uint8_t)group;
    }
    if (tail)
        known += decode_tail(values, in, tail, out);
    if (known != len)
        return BOCATA_E_MALFORMED;
    *ret_len = out_len;
    return BOCATA_OK;
}
