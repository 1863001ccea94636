#include "websocket/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define PONGS_BESIDE_MAX 16 /* frames that wait, beside which a pong takes the place of another */

void bocata_link_init(bocata_link *link, const bocata_link_rules *rules)
{
    const bocata_frame_rules frame_rules = {
        .is_server = true,
        .has_deflate = rules->pool != NULL,
        .frame_len_max = SIZE_MAX, /* the message's limit holds for its frames as well */
        .message_len_max = rules->message_len_max,
    };

    *link = (bocata_link){
        .deflate = {.pool = rules->pool, .agreement = rules->deflate},
        .unsent_len_max = rules->unsent_len_max,
    };
    bocata_message_reader_init(&link->reader, &frame_rules, bocata_deflate_decompress,
                               &link->deflate);
}

void bocata_link_done(bocata_link *link)
{
    bocata_message_reader_done(&link->reader);
    bocata_deflate_done(&link->deflate);
    bocata_outgoing_queue_done(&link->queue);
    free(link->close_reason);
    link->close_reason = NULL;
}

/* ---- closing --------------------------------------------------------------------------------- */

/* Keeps why the link ends; a reason is lost where there is no memory for it. */
static void keep_cause(bocata_link *link, uint16_t code, bocata_str reason)
{
    link->close_code = code;
    if (reason.len == 0)
        return;
    link->close_reason = malloc(reason.len + 1);
    if (!link->close_reason)
        return;
    memcpy(link->close_reason, reason.ptr, reason.len);
    link->close_reason[reason.len] = '\0';
    link->close_reason_len = (uint8_t)reason.len;
}

/* Queues a frame that no limit keeps back. */
static bocata_status queue_control(bocata_link *link, bocata_opcode opcode, bocata_str payload)
{
    bocata_outgoing *outgoing = bocata_outgoing_new(opcode, false, payload);
    bocata_status status =
        outgoing ? bocata_outgoing_queue_push(&link->queue, outgoing) : BOCATA_E_NOMEM;

    bocata_outgoing_unref(outgoing);
    return status;
}

/* Closes from our side. */
static bocata_status begin_to_close(bocata_link *link, uint16_t code, bocata_str reason)
{
    char payload[BOCATA_FRAME_CONTROL_LEN_MAX];
    size_t len = 0;
    bocata_status mistake = bocata_close_write_payload(code, reason, payload, &len);

    if (mistake != BOCATA_OK) {
        reason = (bocata_str){0};
        if (bocata_close_write_payload(code, reason, payload, &len) != BOCATA_OK)
            code = BOCATA_CLOSE_NO_CODE;
    }
    keep_cause(link, code, reason);
    bocata_status status = queue_control(link, BOCATA_OPCODE_CLOSE, (bocata_str){payload, len});
    link->state = status == BOCATA_OK ? BOCATA_LINK_CLOSING : BOCATA_LINK_CLOSED;
    return mistake != BOCATA_OK ? mistake : status;
}

/* Closes in place of what waits. */
static void give_up(bocata_link *link, uint16_t code, const char *reason)
{
    bocata_outgoing_queue_drop(&link->queue);
    begin_to_close(link, code, bocata_str_of(reason));
}

bocata_status bocata_link_close(bocata_link *link, uint16_t code, bocata_str reason)
{
    return link->state == BOCATA_LINK_OPEN ? begin_to_close(link, code, reason) : BOCATA_OK;
}

void bocata_link_lose(bocata_link *link)
{
    if (link->state == BOCATA_LINK_OPEN)
        keep_cause(link, BOCATA_CLOSE_ABNORMAL, (bocata_str){NULL, 0});
    link->state = BOCATA_LINK_CLOSED;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Only the last ping needs an answer (RFC 6455 5.5.3): where many come and nothing goes out, the
 * queue does not grow. */
static void answer_ping(bocata_link *link, bocata_str payload)
{
    if (link->queue.count >= PONGS_BESIDE_MAX)
        bocata_outgoing_queue_drop_last(&link->queue, BOCATA_OPCODE_PONG);
    if (queue_control(link, BOCATA_OPCODE_PONG, payload) != BOCATA_OK)
        give_up(link, BOCATA_CLOSE_INTERNAL_ERROR, "out of memory");
}

/* The peer closes first: it gets its code back (5.5.1). */
static void answer_close(bocata_link *link, uint16_t code, bocata_str reason)
{
    begin_to_close(link, code, (bocata_str){NULL, 0});
    keep_cause(link, code, reason);
}

/* What is read in state OPEN. */
static void take(bocata_link *link, const bocata_frame_event *event, bocata_link_event *ret_event)
{
    switch (event->kind) {
    case BOCATA_FRAME_NONE:
        break;
    case BOCATA_FRAME_DATA:
        *ret_event = (bocata_link_event){BOCATA_LINK_MESSAGE, event->opcode == BOCATA_OPCODE_TEXT,
                                         event->payload};
        break;
    case BOCATA_FRAME_PING:
        answer_ping(link, event->payload);
        break;
    case BOCATA_FRAME_PONG:
        *ret_event = (bocata_link_event){.kind = BOCATA_LINK_PONG, .payload = event->payload};
        break;
    case BOCATA_FRAME_CLOSE:
        answer_close(link, event->close_code, event->payload);
        break;
    case BOCATA_FRAME_FAILURE: /* what came before it is answered all the same */
        begin_to_close(link, event->close_code, bocata_str_of(event->failure_text));
        break;
    }
}

size_t bocata_link_read(bocata_link *link, char *bytes, size_t len, bocata_link_event *ret_event)
{
    bocata_frame_event event;
    size_t used = 0;

    *ret_event = (bocata_link_event){.kind = BOCATA_LINK_NONE};
    if (link->state == BOCATA_LINK_CLOSED) {
        bocata_message_reader_done(&link->reader); /* of a message that was given */
        return len;
    }
    do {
        used += bocata_message_read(&link->reader, bytes + used, len - used, &event);
        if (link->state == BOCATA_LINK_OPEN)
            take(link, &event, ret_event);
        if (event.kind == BOCATA_FRAME_CLOSE || event.kind == BOCATA_FRAME_FAILURE)
            link->state = BOCATA_LINK_CLOSED;
        if (link->state == BOCATA_LINK_CLOSED)
            ret_event->kind = BOCATA_LINK_END;
    } while (used < len && ret_event->kind == BOCATA_LINK_NONE);
    return used;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* A frame of this link's own, compressed where that was agreed on. */
static bocata_status make_frame(bocata_link *link, bocata_opcode opcode, bocata_str payload,
                                bocata_outgoing **ret_outgoing)
{
    bool is_deflated = link->deflate.pool && opcode <= BOCATA_OPCODE_BINARY;
    bocata_buf deflated = {0};

    if (is_deflated) {
        bocata_status status = bocata_deflate_compress(&link->deflate, payload, &deflated);
        if (status != BOCATA_OK)
            return status;
        payload = buf_str(&deflated);
    }
    bocata_outgoing *outgoing = bocata_outgoing_new(opcode, is_deflated, payload);
    bocata_buf_free(&deflated);
    if (!outgoing)
        return BOCATA_E_NOMEM;
    *ret_outgoing = outgoing;
    return BOCATA_OK;
}

/* The shared one as this link sends it. Without context takeover all links can share what is
 * compressed too, as long as their clients' windows are not smaller than what it was made for. */
static bocata_status adapt_frame(bocata_link *link, bocata_outgoing *outgoing,
                                 bocata_outgoing **ret_outgoing)
{
    const bocata_deflate_agreement *agreement = &link->deflate.agreement;
    uint8_t bits = agreement->server_max_window_bits;
    bocata_outgoing *deflated;

    if (!link->deflate.pool) {
        *ret_outgoing = bocata_outgoing_ref(outgoing);
        return BOCATA_OK;
    }
    if (!agreement->server_no_context_takeover)
        return make_frame(link, outgoing->opcode, outgoing_payload(outgoing), ret_outgoing);
    if (!outgoing->deflated || outgoing->deflated_bits > bits) {
        bocata_status status =
            make_frame(link, outgoing->opcode, outgoing_payload(outgoing), &deflated);
        if (status != BOCATA_OK)
            return status;
        bocata_outgoing_unref(outgoing->deflated);
        outgoing->deflated = deflated;
        outgoing->deflated_bits = bits;
    }
    *ret_outgoing = bocata_outgoing_ref(outgoing->deflated);
    return BOCATA_OK;
}

static bool has_room(const bocata_link *link, size_t len)
{
    return !outgoing_queue_exceeds(&link->queue, link->unsent_len_max) &&
           len <= link->unsent_len_max - link->queue.unsent_len;
}

/* Takes the frame, which is NULL if making it failed with `status`. */
static bocata_status queue_frame(bocata_link *link, bocata_status status, bocata_outgoing *outgoing)
{
    if (status == BOCATA_OK)
        status = has_room(link, outgoing->len) ? bocata_outgoing_queue_push(&link->queue, outgoing)
                                               : BOCATA_E_LIMIT;
    bocata_outgoing_unref(outgoing);
    if (status == BOCATA_E_LIMIT)
        give_up(link, BOCATA_CLOSE_TRY_AGAIN_LATER, "the client does not take what is sent");
    else if (status != BOCATA_OK)
        give_up(link, BOCATA_CLOSE_INTERNAL_ERROR, "out of memory");
    return status;
}

bocata_status bocata_link_send(bocata_link *link, bocata_opcode opcode, bocata_str payload)
{
    bocata_outgoing *outgoing = NULL;

    if (link->state != BOCATA_LINK_OPEN)
        return BOCATA_E_INVALID;
    bocata_status status = make_frame(link, opcode, payload, &outgoing);
    return queue_frame(link, status, outgoing);
}

bocata_status bocata_link_send_shared(bocata_link *link, bocata_outgoing *outgoing)
{
    bocata_outgoing *adapted = NULL;

    if (link->state != BOCATA_LINK_OPEN)
        return BOCATA_E_INVALID;
    bocata_status status = adapt_frame(link, outgoing, &adapted);
    return queue_frame(link, status, adapted);
}
