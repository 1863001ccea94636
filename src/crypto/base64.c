#include "crypto/base64.h"

#include <stdint.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char standard_chars[] = ALPHANUMERIC "+/";
static const char url_chars[] = ALPHANUMERIC "-_";

/* A character's value plus one, so that what is not named is zero: foreign. */
// clang-format off
#define ALPHANUMERIC_VALUES                                                                        \
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8, \
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,\
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,\
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,\
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,\
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,\
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,\
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
// clang-format on

static const uint8_t standard_values[256] = {ALPHANUMERIC_VALUES, ['+'] = 63, ['/'] = 64};
static const uint8_t url_values[256] = {ALPHANUMERIC_VALUES, ['-'] = 63, ['_'] = 64};

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

/* The one or two bytes of a group of two or three characters, whose spare bits must be zero. */
static bocata_status decode_tail(const uint8_t *values, const unsigned char *in, size_t len,
                                 uint8_t *out)
{
    uint32_t a = values[in[0]] - 1u, b = values[in[1]] - 1u, c = len > 2 ? values[in[2]] - 1u : 0;

    if ((a | b | c) > 63 || (len > 2 ? c & 3 : b & 15))
        return BOCATA_E_MALFORMED;
    uint32_t group = a << 18 | b << 12 | c << 6;
    out[0] = (uint8_t)(group >> 16);
    if (len > 2)
        out[1] = (uint8_t)(group >> 8);
    return BOCATA_OK;
}

bocata_status bocata_base64_decode(bocata_base64 variant, bocata_str text, void *bytes, size_t cap,
                                   size_t *ret_len)
{
    const uint8_t *values = variant == BOCATA_BASE64_STANDARD ? standard_values : url_values;
    const unsigned char *in = (const unsigned char *)text.ptr;
    uint8_t *out = bytes;
    size_t len = text.len;

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
    for (; len >= 4; len -= 4, in += 4) {
        uint32_t a = values[in[0]] - 1u, b = values[in[1]] - 1u;
        uint32_t c = values[in[2]] - 1u, d = values[in[3]] - 1u;
        if ((a | b | c | d) > 63)
            return BOCATA_E_MALFORMED;
        uint32_t group = a << 18 | b << 12 | c << 6 | d;
        *out++ = (uint8_t)(group >> 16);
        *out++ = (uint8_t)(group >> 8);
        *out++ = (uint8_t)group;
    }
    if (tail) {
        bocata_status status = decode_tail(values, in, tail, out);
        if (status != BOCATA_OK)
            return status;
    }
    *ret_len = out_len;
    return BOCATA_OK;
}
