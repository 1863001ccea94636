/* What the dispatch does with a response beside what applications may. */
#ifndef BOCATA_WEB_RESPONSE_H
#define BOCATA_WEB_RESPONSE_H

#include <bocata/response.h>

#include "base/buf.h"

/* Back to an empty 200, but for a deferral. */
void bocata_response_reset(bocata_response *response);

/* The default body of the error that the response's status and detail tell. */
void bocata_response_default_error(bocata_response *response);

/* Adds a header that applications must not set; neither string is copied. */
void bocata_response_add_own_header(bocata_response *response, bocata_str name, bocata_str value);

/* Makes the response a 500 and logs why. */
void bocata_response_fail(bocata_response *response, const char *format, ...) BOCATA_PRINTF(2, 3);

#endif
