/* The head of a response, as bytes. */
#ifndef BOCATA_SERVER_ANSWER_H
#define BOCATA_SERVER_ANSWER_H

#include <stdbool.h>

#include "base/buf.h"
#include "web/exchange.h"

/* What is empty is not sent. */
typedef struct bocata_answer {
    int status; /* 101, or 200 to 599 */
    bocata_str date, content_type, connection;
    const bocata_response_header_line *headers;
    size_t body_len; /* of the answer to a GET, also where it answers a HEAD */
} bocata_answer;

/* True if an answer of this status may carry a body (RFC 9110 6.4.1). */
static inline bool answer_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

/* Appends status line, headers and the empty line. Returns BOCATA_OK or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_answer_write(bocata_buf *output, const bocata_answer *answer);

#endif
