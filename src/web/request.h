/* What the framework asks of a request beside what applications may. */
#ifndef BOCATA_WEB_REQUEST_H
#define BOCATA_WEB_REQUEST_H

#include <bocata/request.h>

/* True if the body says that it is application/x-www-form-urlencoded. */
bool bocata_request_is_form(const bocata_request *request);

#endif
