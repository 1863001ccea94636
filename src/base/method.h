/* What an HTTP method promises. */
#ifndef BOCATA_BASE_METHOD_H
#define BOCATA_BASE_METHOD_H

#include "base/str.h"

/* True if it changes nothing (RFC 9110 9.2.1). Methods that are not known may change anything. */
static inline bool method_is_safe(bocata_str method)
{
    return str_equal(method, STR("GET")) || str_equal(method, STR("HEAD")) ||
           str_equal(method, STR("OPTIONS")) || str_equal(method, STR("TRACE"));
}

#endif
