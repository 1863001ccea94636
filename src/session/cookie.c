#include "session/cookie.h"

#include <bocata/session.h>

#include "base/str.h"

/* Takes the next pair off a header; false at its end. What has no `=` is no pair of ours. */
static bool pair_next(bocata_str *rest, bocata_str *ret_name, bocata_str *ret_value)
{
    while (rest->len > 0) {
        bocata_str value = str_cut(rest, ';');
        if (str_find(value, '=') == value.len)
            continue;
        *ret_name = str_trim(str_cut(&value, '='));
        *ret_value = str_trim(value);
        return true;
    }
    return false;
}

bocata_str bocata_cookie_find(const bocata_str *cookie_headers, size_t count, const char *name)
{
    bocata_str pair_name, value;

    for (size_t i = 0; i < count; i++)
        for (bocata_str rest = cookie_headers[i]; pair_next(&rest, &pair_name, &value);)
            if (bocata_str_is(pair_name, name))
                return value;
    return (bocata_str){0};
}

static void values_add(bocata_cookie_values *found, bocata_str value)
{
    for (size_t i = 0; i < found->count; i++)
        if (str_equal(found->values[i], value))
            return;
    if (found->count < BOCATA_COOKIE_VALUES_MAX)
        found->values[found->count++] = value;
    else
        found->has_more = true;
}

void bocata_cookie_find_all(const bocata_str *headers, size_t count, bocata_str name,
                            bocata_cookie_values *ret_found)
{
    bocata_str pair_name, value;

    ret_found->count = 0;
    ret_found->has_more = false;
    for (size_t i = 0; i < count && !ret_found->has_more; i++)
        for (bocata_str rest = headers[i]; pair_next(&rest, &pair_name, &value);)
            if (str_equal(pair_name, name))
                values_add(ret_found, value);
}
