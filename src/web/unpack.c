#include "web/unpack.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define DEPTH_MAX 16 /* deeper places are told down to here */

/* One `{` or `[` that is open where the walk stands. */
typedef struct level {
    bool is_array, expects_key;
    size_t index;    /* array: of the value that comes next */
    const char *key; /* object: of the value that comes next */
} level;

static bocata_status write_place(bocata_buf *place, const level *levels, size_t depth)
{
    bocata_status status = BOCATA_OK;
    for (size_t i = 0; i < depth && i < DEPTH_MAX && status == BOCATA_OK; i++) {
        if (levels[i].is_array)
            status = bocata_buf_printf(place, "[%zu]", levels[i].index);
        else if (levels[i].key)
            status = bocata_buf_printf(place, "%s%s", place->len ? "." : "", levels[i].key);
    }
    return status;
}

/* A value of the innermost level is behind us. */
static void value_ends(level *levels, size_t depth)
{
    if (depth == 0 || depth > DEPTH_MAX)
        return;
    level *top = &levels[depth - 1];
    top->index++;
    top->expects_key = !top->is_array;
    top->key = NULL;
}

bocata_status bocata_unpack_place(bocata_buf *place, const char *format, int position, va_list args)
{
    level levels[DEPTH_MAX] = {0};
    size_t depth = 0;

    for (int i = 0; i + 1 < position && format[i]; i++) {
        level *top = depth > 0 && depth <= DEPTH_MAX ? &levels[depth - 1] : NULL;
        switch (format[i]) {
        case '{':
        case '[':
            if (depth < DEPTH_MAX)
                levels[depth] =
                    (level){.is_array = format[i] == '[', .expects_key = format[i] == '{'};
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            value_ends(levels, depth);
            break;
        case 's':
            if (top && top->expects_key) {
                top->key = va_arg(args, const char *);
                top->expects_key = false;
                break;
            }
            (void)va_arg(args, void *); /* where the string goes */
            if (format[i + 1] == '%')
                (void)va_arg(args, void *); /* where its length goes */
            value_ends(levels, depth);
            break;
        case 'b':
        case 'i':
        case 'I':
        case 'f':
        case 'F':
        case 'o':
        case 'O':
            (void)va_arg(args, void *);
            value_ends(levels, depth);
            break;
        case 'n':
            value_ends(levels, depth);
            break;
        default: /* spaces, separators and marks take no argument */
            break;
        }
    }
    return write_place(place, levels, depth);
}
