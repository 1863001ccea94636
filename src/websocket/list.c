#include "websocket/list.h"

#include "base/str.h"

bool bocata_list_next(bocata_list *list, bocata_str *ret_element)
{
    for (;;) {
        while (list->rest.len > 0) {
            bocata_str element = str_trim(str_cut(&list->rest, ','));
            if (element.len > 0) {
                *ret_element = element;
                return true;
            }
        }
        if (list->header_count == 0)
            return false;
        if (str_equal_nocase(list->headers->name, list->name))
            list->rest = list->headers->value;
        list->headers++;
        list->header_count--;
    }
}
