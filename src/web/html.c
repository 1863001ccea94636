#include <bocata/html.h>

#include <stdint.h>

#include "base/str.h"
#include "web/exchange.h"
#include "web/response.h"

/* How `c` is written: {NULL, 0} for as it is. */
static bocata_str reference_of(char c)
{
    switch (c) {
    case '&':
        return STR("&amp;");
    case '<':
        return STR("&lt;");
    case '>':
        return STR("&gt;");
    case '"':
        return STR("&quot;");
    case '\'':
        return STR("&#39;"); /* HTML 4 has no name for it */
    default:
        return (bocata_str){0};
    }
}

bocata_str bocata_html_escape(bocata_request *request, bocata_str text)
{
    enum { GROWTH_MAX = 6 }; /* &quot; */
    size_t len = 0;
    char *escaped = NULL;

    for (size_t i = 0; i < text.len && text.len < SIZE_MAX / GROWTH_MAX; i++) {
        bocata_str reference = reference_of(text.ptr[i]);
        len += reference.ptr ? reference.len : 1;
    }
    if (text.len < SIZE_MAX / GROWTH_MAX)
        escaped = bocata_arena_alloc(&request->exchange->arena, len + 1);
    if (!escaped) {
        bocata_response_fail(&request->exchange->response,
                             "there is no memory for its escaped text.");
        return STR("");
    }
    char *out = escaped;
    for (size_t i = 0; i < text.len; i++) {
        bocata_str reference = reference_of(text.ptr[i]);
        if (reference.ptr) {
            memcpy(out, reference.ptr, reference.len);
            out += reference.len;
        } else {
            *out++ = text.ptr[i];
        }
    }
    *out = '\0';
    return (bocata_str){escaped, len};
}
