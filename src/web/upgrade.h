/* From a request to a WebSocket: the opening handshake (RFC 6455 4.2). */
#ifndef BOCATA_WEB_UPGRADE_H
#define BOCATA_WEB_UPGRADE_H

#include <bocata/request.h>

#include "web/exchange.h"
#include "websocket/deflate_offer.h"

/* What a handshake that may be accepted asks for; in the exchange's arena. */
struct bocata_upgrade {
    bocata_str key;
    const char *subprotocol; /* one of the endpoint's; NULL for none */
    bocata_deflate_agreement deflate;
    char deflate_answer[BOCATA_DEFLATE_ANSWER_LEN_MAX + 1]; /* "" for none */
};

/* True if the request asks for a WebSocket. */
bool bocata_request_asks_for_websocket(const bocata_request *request);

/* Runs the endpoint of the request's route as its view: the response is a 101 where the handshake
 * is good and on_connect rejects nothing. */
void bocata_upgrade_connect(bocata_request *request, bocata_response *response);

/* Once the session is saved for a response that is still a 101: its other headers, and the socket,
 * in the hub, as `exchange->websocket`. Failing, the response is one (bocata_response_fail). */
void bocata_upgrade_accept(bocata_exchange *exchange);

#endif
