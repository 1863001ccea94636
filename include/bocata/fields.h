/* Names and values in the order they came, names possibly repeated: a query string, a submitted
 * form. */
#ifndef BOCATA_FIELDS_H
#define BOCATA_FIELDS_H

#include <stddef.h>

#include <bocata/export.h>
#include <bocata/str.h>

typedef struct bocata_fields bocata_fields;

typedef struct bocata_field {
    bocata_str name;
    bocata_str value;
} bocata_field;

BOCATA_BEGIN_DECLS

/* The first value of this name, decoded; {NULL, 0} where there is none. A NUL follows the last
 * byte. Borrowed, like all of these, until the request ends. */
BOCATA_API bocata_str bocata_fields_get(const bocata_fields *fields, const char *name);

/* How many fields have this name, and the value of the `index`-th of them, {NULL, 0} past it. */
BOCATA_API size_t bocata_fields_count(const bocata_fields *fields, const char *name);
BOCATA_API bocata_str bocata_fields_get_nth(const bocata_fields *fields, const char *name,
                                            size_t index);

/* All of them, in their order. */
BOCATA_API size_t bocata_fields_size(const bocata_fields *fields);
BOCATA_API bocata_field bocata_fields_at(const bocata_fields *fields, size_t index);

BOCATA_END_DECLS

#endif
