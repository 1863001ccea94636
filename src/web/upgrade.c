#include "web/upgrade.h"

#include "base/str.h"
#include "web/app.h"
#include "web/hub.h"
#include "web/kept_request.h"
#include "web/response.h"
#include "web/websocket.h"
#include "websocket/handshake.h"

bool bocata_request_asks_for_websocket(const bocata_request *request)
{
    return bocata_handshake_is_asked(request->headers, request->header_count);
}

/* ---- the question ---------------------------------------------------------------------------- */

static void refuse(bocata_response *response, const bocata_handshake_refusal *refusal)
{
    if (refusal->status == 405)
        bocata_response_header(response, "Allow", "GET");
    if (refusal->status == 426) {
        bocata_response_header(response, "Sec-WebSocket-Version", "13");
        bocata_response_add_own_header(response, STR("Upgrade"), STR("websocket"));
    }
    bocata_response_error(response, refusal->status, "%s", refusal->detail);
}

/* Takes what the handshake asks for. False if it is refused, as the response then says. */
static bool take(const bocata_request *request, bocata_response *response, bocata_upgrade *upgrade)
{
    const bocata_endpoint *endpoint = request->route->endpoint;
    const bocata_websocket_handlers *handlers = &endpoint->handlers;
    const bocata_field *headers = request->headers;
    size_t count = request->header_count;
    bocata_handshake_refusal refusal;

    if (!bocata_handshake_check(request->method, request->is_http_1_0, headers, count,
                                &upgrade->key, &refusal)) {
        refuse(response, &refusal);
        return false;
    }
    if (bocata_handshake_protocol(headers, count, handlers->subprotocols,
                                  handlers->subprotocol_count,
                                  &upgrade->subprotocol) != BOCATA_OK) {
        bocata_response_error(response, 400, "The Sec-WebSocket-Protocol is no list of tokens.");
        return false;
    }
    upgrade->deflate_answer[0] = '\0';
    if (handlers->deflate &&
        bocata_deflate_accept(&endpoint->deflate, headers, count, &upgrade->deflate,
                              upgrade->deflate_answer) != BOCATA_OK) {
        bocata_response_error(response, 400,
                              "The Sec-WebSocket-Extensions is no list of extensions.");
        return false;
    }
    return true;
}

void bocata_upgrade_connect(bocata_request *request, bocata_response *response)
{
    bocata_exchange *exchange = request->exchange;
    bocata_upgrade *upgrade = bocata_arena_alloc(&exchange->arena, sizeof *upgrade);
    bocata_view on_connect = request->route->endpoint->handlers.on_connect;

    if (!upgrade) {
        bocata_response_fail(response, "there is no memory for its WebSocket.");
        return;
    }
    if (!take(request, response, upgrade))
        return;
    if (exchange->runtime->codec) /* the socket ends with it, whether a handler asks or not */
        bocata_request_session(request);
    exchange->upgrade = upgrade;
    response->status = 101;
    if (on_connect)
        on_connect(request, response);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bocata_websocket *make_socket(bocata_exchange *exchange)
{
    const bocata_upgrade *upgrade = exchange->upgrade;
    const bocata_endpoint *endpoint = exchange->request.route->endpoint;
    void *memory;
    bocata_exchange *kept = bocata_exchange_keep(exchange, sizeof(bocata_websocket), &memory);

    if (!kept)
        return NULL;
    bocata_websocket *ws = memory;
    *ws = (bocata_websocket){
        .exchange = kept, .endpoint = endpoint, .subprotocol = upgrade->subprotocol};
    const bocata_link_rules rules = {
        .message_len_max = endpoint->handlers.message_len_max,
        .unsent_len_max = endpoint->handlers.buffered_len_max,
        .pool = upgrade->deflate_answer[0] ? &exchange->runtime->deflate_pool : NULL,
        .deflate = upgrade->deflate,
    };
    bocata_link_init(&ws->link, &rules);
    return ws;
}

static bool add_headers(bocata_response *response, const bocata_upgrade *upgrade)
{
    char accept[BOCATA_HANDSHAKE_ACCEPT_LEN + 1];

    if (bocata_handshake_accept(upgrade->key, accept) != BOCATA_OK) {
        bocata_response_fail(response, "libcrypto made no Sec-WebSocket-Accept.");
        return false;
    }
    bocata_response_add_own_header(response, STR("Upgrade"), STR("websocket"));
    bocata_response_header(response, "Sec-WebSocket-Accept", accept);
    if (upgrade->subprotocol)
        bocata_response_header(response, "Sec-WebSocket-Protocol", upgrade->subprotocol);
    if (upgrade->deflate_answer[0])
        bocata_response_header(response, "Sec-WebSocket-Extensions", upgrade->deflate_answer);
    return !response->is_failed;
}

void bocata_upgrade_accept(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;

    if (response->body.len > 0) {
        bocata_response_fail(response, "it accepted a WebSocket, and wrote a body: a rejection "
                                       "sets a status too.");
        return;
    }
    if (!add_headers(response, exchange->upgrade))
        return;
    bocata_websocket *ws = make_socket(exchange);
    if (ws && bocata_hub_add(exchange->runtime->app->hub, ws) == BOCATA_OK) {
        exchange->websocket = ws;
        return;
    }
    if (ws)
        bocata_websocket_free(ws);
    bocata_response_fail(response, "there is no memory for its WebSocket.");
}
