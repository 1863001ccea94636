/* What the headers of one request say together: whom it is for, and where its body ends (RFC
 * 9112 3.2, 6). llhttp has read each of them; this refuses what it lets through. */
#ifndef BOCATA_SERVER_FRAMING_H
#define BOCATA_SERVER_FRAMING_H

#include "server/head.h"
#include "web/exchange.h"

typedef struct bocata_framing {
    bool is_chunked;
    bool expects_continue;
    bool expects_unknown; /* 417 */
    bool has_too_large_length;
} bocata_framing;

/* Checks Host, Transfer-Encoding, Content-Length, Expect and the target's form. An absolute target
 * becomes origin-form, and its authority takes the place of Host; `request->headers` has room for
 * one more.
 *
 *   body_len_max  bytes
 *   ret_framing   set if the request is good
 *   ret_refusal   set if not
 *
 * Returns whether it is good. */
bool bocata_framing_check(bocata_request *request, bool is_http_1_0, size_t body_len_max,
                          bocata_framing *ret_framing, bocata_refusal *ret_refusal);

#endif
