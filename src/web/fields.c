#include "web/fields.h"

#include "base/str.h"
#include "web/percent.h"

static size_t count_pieces(bocata_str rest)
{
    size_t count = 0;
    while (rest.len > 0)
        if (str_cut(&rest, '&').len > 0)
            count++;
    return count;
}

bocata_status bocata_fields_parse(bocata_arena *arena, bocata_str urlencoded, bocata_fields **ret)
{
    size_t count = count_pieces(urlencoded);
    if (count > BOCATA_FIELDS_MAX)
        return BOCATA_E_LIMIT;
    bocata_fields *fields =
        bocata_arena_alloc(arena, sizeof *fields + count * sizeof fields->items[0]);
    if (!fields)
        return BOCATA_E_NOMEM;
    fields->count = 0;
    while (urlencoded.len > 0) {
        bocata_str value = str_cut(&urlencoded, '&');
        if (value.len == 0)
            continue;
        bocata_str name = str_cut(&value, '=');
        bocata_field *field = &fields->items[fields->count++];
        bocata_status status = bocata_percent_decode_form(arena, name, &field->name);
        if (status == BOCATA_OK)
            status = bocata_percent_decode_form(arena, value, &field->value);
        if (status != BOCATA_OK)
            return status;
    }
    *ret = fields;
    return BOCATA_OK;
}

bocata_str bocata_fields_get(const bocata_fields *fields, const char *name)
{
    return bocata_fields_get_nth(fields, name, 0);
}

size_t bocata_fields_count(const bocata_fields *fields, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < bocata_fields_size(fields); i++)
        if (bocata_str_is(fields->items[i].name, name))
            count++;
    return count;
}

bocata_str bocata_fields_get_nth(const bocata_fields *fields, const char *name, size_t index)
{
    for (size_t i = 0; i < bocata_fields_size(fields); i++)
        if (bocata_str_is(fields->items[i].name, name) && index-- == 0)
            return fields->items[i].value;
    return (bocata_str){0};
}

size_t bocata_fields_size(const bocata_fields *fields)
{
    return fields ? fields->count : 0;
}

bocata_field bocata_fields_at(const bocata_fields *fields, size_t index)
{
    return index < bocata_fields_size(fields) ? fields->items[index] : (bocata_field){{0}, {0}};
}
