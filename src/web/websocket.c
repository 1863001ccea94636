#include "web/websocket.h"

#include "base/json.h"
#include "base/str.h"
#include "web/app.h"
#include "web/message.h"

_Static_assert(BOCATA_PING_LEN_MAX == BOCATA_FRAME_CONTROL_LEN_MAX, "a ping is a control frame");

/* ---- sending --------------------------------------------------------------------------------- */

/* Something was queued, or closed: the host is to look at it. */
static void changed(bocata_websocket *ws)
{
    if (ws->link.state != BOCATA_LINK_OPEN)
        bocata_hub_remove(ws);
    if (websocket_is_congested(ws))
        ws->is_above_high_water = true;
    if (ws->host)
        ws->host->wake(ws->host_data);
}

static bool is_open(const bocata_websocket *ws)
{
    return ws && ws->link.state == BOCATA_LINK_OPEN;
}

static bocata_status send_frame(bocata_websocket *ws, bocata_opcode opcode, bocata_str payload)
{
    if (!is_open(ws))
        return BOCATA_E_INVALID;
    if (opcode == BOCATA_OPCODE_TEXT && !bocata_str_is_utf8(payload))
        return bocata_hub_refuse_message(ws->exchange->runtime->app, BOCATA_E_INVALID,
                                         "its text is not UTF-8");
    bocata_status status = bocata_link_send(&ws->link, opcode, payload);
    changed(ws);
    return status;
}

void bocata_websocket_send_shared(bocata_websocket *ws, bocata_outgoing *message)
{
    /* What fails closes the socket, and on_close says so. */
    (void)!bocata_link_send_shared(&ws->link, message);
    changed(ws);
}

bocata_status bocata_websocket_send_text(bocata_websocket *ws, const char *text)
{
    return send_frame(ws, BOCATA_OPCODE_TEXT, bocata_str_of(text));
}

bocata_status bocata_websocket_send_str(bocata_websocket *ws, bocata_str text)
{
    return send_frame(ws, BOCATA_OPCODE_TEXT, text);
}

bocata_status bocata_websocket_send_binary(bocata_websocket *ws, const void *bytes, size_t len)
{
    return send_frame(ws, BOCATA_OPCODE_BINARY, (bocata_str){bytes, len});
}

bocata_status bocata_websocket_send_json(bocata_websocket *ws, json_t *json)
{
    bocata_buf text = {0};
    bocata_status status = bocata_json_write(&text, SIZE_MAX, json, BOCATA_JSON_COMPACT);

    json_decref(json);
    if (status == BOCATA_OK)
        status = send_frame(ws, BOCATA_OPCODE_TEXT, buf_str(&text));
    else if (status == BOCATA_E_NOMEM)
        bocata_websocket_close(ws, BOCATA_CLOSE_INTERNAL_ERROR, "out of memory");
    else if (is_open(ws))
        bocata_hub_refuse_message(ws->exchange->runtime->app, status, BOCATA_NO_JSON);
    bocata_buf_free(&text);
    return status;
}

bocata_status bocata_websocket_ping(bocata_websocket *ws, bocata_str payload)
{
    if (payload.len > BOCATA_PING_LEN_MAX)
        return BOCATA_E_LIMIT;
    return send_frame(ws, BOCATA_OPCODE_PING, payload);
}

bocata_status bocata_websocket_close(bocata_websocket *ws, int code, const char *reason)
{
    if (!is_open(ws))
        return BOCATA_E_INVALID;
    bool is_code = code >= 0 && code <= UINT16_MAX;
    bocata_status status = bocata_link_close(&ws->link, is_code ? (uint16_t)code : 0,
                                             reason ? bocata_str_of(reason) : (bocata_str){0});
    changed(ws);
    return status;
}

size_t bocata_websocket_buffered(const bocata_websocket *ws)
{
    return ws ? ws->link.queue.unsent_len : 0;
}

/* ---- what a socket knows --------------------------------------------------------------------- */

bocata_request *bocata_websocket_request(bocata_websocket *ws)
{
    return &ws->exchange->request;
}

bocata_session *bocata_websocket_session(bocata_websocket *ws)
{
    return ws->exchange->request.session;
}

const char *bocata_websocket_subprotocol(const bocata_websocket *ws)
{
    return ws->subprotocol;
}

const bocata_app *bocata_websocket_app(const bocata_websocket *ws)
{
    return ws->exchange->runtime->app;
}

void *bocata_websocket_data(const bocata_websocket *ws)
{
    return bocata_request_data(&ws->exchange->request);
}

void bocata_websocket_set_user(bocata_websocket *ws, void *user)
{
    ws->exchange->request.user = user;
}

void *bocata_websocket_user(const bocata_websocket *ws)
{
    return ws->exchange->request.user;
}

/* ---- for the host ---------------------------------------------------------------------------- */

bocata_websocket *bocata_websocket_open(bocata_exchange *exchange,
                                        const bocata_websocket_host *host, void *host_data)
{
    bocata_websocket *ws = exchange->websocket;

    exchange->websocket = NULL;
    ws->host = host;
    ws->host_data = host_data;
    ws->is_told_open = is_open(ws); /* its session may have ended since it was accepted */
    if (ws->is_told_open && ws->endpoint->handlers.on_open)
        ws->endpoint->handlers.on_open(ws);
    return ws;
}

static void give_message(bocata_websocket *ws, const bocata_link_event *event)
{
    bocata_message message = {.ws = ws, .is_text = event->is_text, .bytes = event->payload};

    if (ws->endpoint->handlers.on_message)
        ws->endpoint->handlers.on_message(ws, &message);
    else
        bocata_websocket_close(ws, BOCATA_CLOSE_UNSUPPORTED_DATA, "no message is expected here");
    bocata_message_done(&message);
}

static void tell_end(bocata_websocket *ws)
{
    bocata_hub_remove(ws);
    if (!ws->is_told_open)
        return;
    ws->is_told_open = false;
    bocata_str reason = {ws->link.close_reason, ws->link.close_reason_len};
    if (ws->endpoint->handlers.on_close)
        ws->endpoint->handlers.on_close(ws, ws->link.close_code, reason.ptr ? reason : STR(""));
}

size_t bocata_websocket_receive(bocata_websocket *ws, char *bytes, size_t len)
{
    bocata_link_event event;
    size_t used = 0;

    do {
        used += bocata_link_read(&ws->link, bytes + used, len - used, &event);
        if (!is_open(ws)) /* also where there was no memory to answer a ping */
            bocata_hub_remove(ws);
        switch (event.kind) {
        case BOCATA_LINK_MESSAGE:
            give_message(ws, &event);
            break;
        case BOCATA_LINK_PONG:
            if (ws->endpoint->handlers.on_pong)
                ws->endpoint->handlers.on_pong(ws, event.payload);
            break;
        case BOCATA_LINK_END:
            tell_end(ws);
            break;
        case BOCATA_LINK_NONE:
            break;
        }
    } while (event.kind != BOCATA_LINK_NONE && !(websocket_is_congested(ws) && is_open(ws)));
    return used;
}

void bocata_websocket_sent(bocata_websocket *ws, size_t len)
{
    bocata_outgoing_queue_sent(&ws->link.queue, len);
    if (!ws->is_above_high_water ||
        outgoing_queue_exceeds(&ws->link.queue, ws->endpoint->handlers.high_water_len / 2))
        return;
    ws->is_above_high_water = false;
    if (is_open(ws) && ws->endpoint->handlers.on_drain)
        ws->endpoint->handlers.on_drain(ws);
}

bool bocata_websocket_is_over(bocata_websocket *ws)
{
    if (ws->link.state != BOCATA_LINK_CLOSED)
        return false;
    tell_end(ws);
    return true;
}

void bocata_websocket_lose(bocata_websocket *ws)
{
    bocata_link_lose(&ws->link);
    tell_end(ws);
}

void bocata_websocket_free(bocata_websocket *ws)
{
    bocata_hub_remove(ws);
    bocata_link_done(&ws->link);
    bocata_exchange_free(ws->exchange); /* in whose memory it lives */
}
