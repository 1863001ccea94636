/* Reading a query string or a form into fields. */
#ifndef BOCATA_WEB_FIELDS_H
#define BOCATA_WEB_FIELDS_H

#include <bocata/fields.h>
#include <bocata/status.h>

#include "base/arena.h"

#define BOCATA_FIELDS_MAX 1000

struct bocata_fields {
    size_t count;
    bocata_field items[];
};

/* Splits and decodes `urlencoded` (WHATWG URL 5.1): empty pieces are passed over, one without `=`
 * has the empty value. All of the result lives in `arena`.
 *
 * Returns BOCATA_OK, BOCATA_E_NOMEM, or BOCATA_E_LIMIT for more than BOCATA_FIELDS_MAX fields. */
BOCATA_MUST_USE bocata_status bocata_fields_parse(bocata_arena *arena, bocata_str urlencoded,
                                                  bocata_fields **ret);

#endif
