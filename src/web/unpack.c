#include "web/unpack.h"

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

bocata_status bocata_unpack_explain(bocata_buf *sentence, const char *what, const char *format,
                                    const json_error_t *error, va_list args)
{
    bocata_buf place = {0};
    bocata_status status = bocata_unpack_place(&place, format, error->position, args);

    if (status == BOCATA_OK)
        status = bocata_buf_append(&place, (bocata_str){"", 1});
    if (status == BOCATA_OK && json_error_code(error) == json_error_item_not_found)
        status = bocata_buf_printf(sentence, "In the %s, `%s` is missing.", what, place.ptr);
    else if (status == BOCATA_OK && place.len > 1)
        status = bocata_buf_printf(sentence, "In the %s, `%s` is not right: %s.", what, place.ptr,
                                   error->text);
    else if (status == BOCATA_OK)
        status = bocata_buf_printf(sentence, "The %s is not right: %s.", what, error->text);
    bocata_buf_free(&place);
    return status;
}

bool bocata_json_is_out_of_memory(const json_error_t *error)
{
    return json_error_code(error) == json_error_out_of_memory ||
           json_error_code(error) == json_error_unknown;
}

const char *bocata_json_fault(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_end_of_input_expected:
        return "something follows the JSON";
    case json_error_numeric_overflow:
        return "a number is too large";
    case json_error_invalid_utf8:
        return "it is not UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a string holds a NUL";
    case json_error_stack_overflow:
        return "it is nested too deeply";
    default:
        return "the syntax is wrong";
    }
}
