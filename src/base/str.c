#include "base/str.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

static bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bocata_status bocata_str_to_int(bocata_str str, int64_t *ret)
{
    bool is_negative = str.len > 0 && str.ptr[0] == '-';
    int64_t value = 0;

    if (str.len > 0 && (str.ptr[0] == '-' || str.ptr[0] == '+'))
        str = str_skip(str, 1);
    if (str.len == 0)
        return BOCATA_E_MALFORMED;
    for (size_t i = 0; i < str.len; i++)
        if (!char_is_digit(str.ptr[i]))
            return BOCATA_E_MALFORMED;
    for (size_t i = 0; i < str.len; i++) {
        int64_t digit = str.ptr[i] - '0';
        /* Counting downwards reaches INT64_MIN, which has no positive counterpart. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return BOCATA_E_LIMIT;
    }
    if (!is_negative && value == INT64_MIN)
        return BOCATA_E_LIMIT;
    *ret = is_negative ? value : -value;
    return BOCATA_OK;
}

/* [sign] digits [. digits] [e [sign] digits], with a digit before or after the point. */
static bool has_form_of_real(bocata_str str)
{
    size_t i = 0, digits = 0;

    if (i < str.len && (str.ptr[i] == '-' || str.ptr[i] == '+'))
        i++;
    for (; i < str.len && char_is_digit(str.ptr[i]); i++)
        digits++;
    if (i < str.len && str.ptr[i] == '.')
        for (i++; i < str.len && char_is_digit(str.ptr[i]); i++)
            digits++;
    if (digits == 0)
        return false;
    if (i < str.len && (str.ptr[i] == 'e' || str.ptr[i] == 'E')) {
        i++;
        if (i < str.len && (str.ptr[i] == '-' || str.ptr[i] == '+'))
            i++;
        if (i == str.len)
            return false;
        while (i < str.len && char_is_digit(str.ptr[i]))
            i++;
    }
    return i == str.len;
}

bocata_status bocata_str_to_real(bocata_str str, double *ret)
{
    enum { TEXT_LEN_MAX = 64 };
    char text[TEXT_LEN_MAX + 1];

    if (str.len > TEXT_LEN_MAX || !has_form_of_real(str))
        return BOCATA_E_MALFORMED;
    memcpy(text, str.ptr, str.len);
    text[str.len] = '\0';
    /* strtod reads the application's locale, whose point may even be several bytes. The C locale is
     * a constant of the libc: making it neither allocates nor fails. */
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    if (!isfinite(value))
        return BOCATA_E_LIMIT;
    *ret = value;
    return BOCATA_OK;
}

size_t bocata_str_utf8_step(bocata_str str, bool *ret_is_valid)
{
    bocata_utf8 utf8 = {0};
    size_t len = 0;

    do {
        if (!bocata_utf8_take(&utf8, (unsigned char)str.ptr[len]))
            break;
        len++;
    } while (!utf8_is_complete(&utf8) && len < str.len);
    *ret_is_valid = len > 0 && utf8_is_complete(&utf8);
    return len > 0 ? len : 1;
}

bool bocata_str_is_token(bocata_str str)
{
    static const bool marks[128] = {
        ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true,  ['&'] = true,
        ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,  ['^'] = true,
        ['_'] = true, ['`'] = true, ['|'] = true, ['\''] = true, ['~'] = true,
    };
    for (size_t i = 0; i < str.len; i++) {
        unsigned char c = (unsigned char)char_lower(str.ptr[i]);
        if (c >= 128 || !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || marks[c]))
            return false;
    }
    return str.len > 0;
}

bool bocata_str_is_utf8(bocata_str str)
{
    bocata_utf8 utf8 = {0};
    return bocata_utf8_check(&utf8, str) && utf8_is_complete(&utf8);
}

bocata_str bocata_str_whole_utf8(bocata_str str)
{
    bocata_str whole = str;

    for (int i = 0; i < 3 && whole.len > 0 && !bocata_str_is_utf8(whole); i++)
        whole.len--;
    return whole;
}
