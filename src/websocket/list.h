/* The elements of a header that is a comma-separated list, on one line or on several (RFC 9110
 * 5.6.1); empty ones are passed over. None of the lists here may hold a comma within quotes. */
#ifndef BOCATA_WEBSOCKET_LIST_H
#define BOCATA_WEBSOCKET_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/fields.h>

typedef struct bocata_list {
    bocata_str name; /* of the header, in any case */
    const bocata_field *headers;
    size_t header_count; /* that are not yet looked at */
    bocata_str rest;     /* of the line that is being looked at; {NULL, 0} at first */
} bocata_list;

/* False behind the last. The element is trimmed, and points into the header. */
bool bocata_list_next(bocata_list *list, bocata_str *ret_element);

#endif
