#include "websocket/outgoing.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define CAP_MIN 4

/* ---- frames ---------------------------------------------------------------------------------- */

bocata_outgoing *bocata_outgoing_new(bocata_opcode opcode, bool has_rsv1, bocata_str payload)
{
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX];
    size_t header_len = bocata_frame_write_header(
        &(bocata_frame){
            .opcode = opcode, .is_final = true, .has_rsv1 = has_rsv1, .payload_len = payload.len},
        header);

    if (payload.len > SIZE_MAX - sizeof(bocata_outgoing) - header_len)
        return NULL;
    bocata_outgoing *outgoing = malloc(sizeof *outgoing + header_len + payload.len);
    if (!outgoing)
        return NULL;
    *outgoing = (bocata_outgoing){
        .ref_count = 1,
        .len = header_len + payload.len,
        .opcode = opcode,
        .header_len = (uint8_t)header_len,
    };
    memcpy(outgoing->bytes, header, header_len);
    if (payload.len)
        memcpy(outgoing->bytes + header_len, payload.ptr, payload.len);
    return outgoing;
}

bocata_outgoing *bocata_outgoing_ref(bocata_outgoing *outgoing)
{
    outgoing->ref_count++;
    return outgoing;
}

void bocata_outgoing_unref(bocata_outgoing *outgoing)
{
    if (!outgoing || --outgoing->ref_count > 0)
        return;
    bocata_outgoing_unref(outgoing->deflated);
    free(outgoing);
}

/* ---- queues ---------------------------------------------------------------------------------- */

static bocata_outgoing **item(const bocata_outgoing_queue *queue, uint32_t index)
{
    uint32_t to_end = queue->cap - queue->first; /* so that no sum overflows */
    return &queue->items[index < to_end ? queue->first + index : index - to_end];
}

/* Most queues are empty most of the time, of ten thousand sockets: those own nothing. */
static void free_if_empty(bocata_outgoing_queue *queue)
{
    if (queue->count > 0)
        return;
    free(queue->items);
    queue->items = NULL;
    queue->cap = queue->first = 0;
}

static bocata_status grow(bocata_outgoing_queue *queue)
{
    if (queue->cap > UINT32_MAX / 2)
        return BOCATA_E_NOMEM;
    uint32_t cap = queue->cap ? 2 * queue->cap : CAP_MIN;
    bocata_outgoing **items = calloc(cap, sizeof(bocata_outgoing *));
    if (!items)
        return BOCATA_E_NOMEM;
    for (uint32_t i = 0; i < queue->count; i++)
        items[i] = *item(queue, i);
    free(queue->items);
    queue->items = items;
    queue->cap = cap;
    queue->first = 0;
    return BOCATA_OK;
}

bocata_status bocata_outgoing_queue_push(bocata_outgoing_queue *queue, bocata_outgoing *outgoing)
{
    if (outgoing->len > SIZE_MAX - queue->unsent_len) /* a shared one may wait more than once */
        return BOCATA_E_NOMEM;
    bocata_status status = queue->count == queue->cap ? grow(queue) : BOCATA_OK;
    if (status != BOCATA_OK)
        return status;
    *item(queue, queue->count++) = bocata_outgoing_ref(outgoing);
    queue->unsent_len += outgoing->len;
    return BOCATA_OK;
}

size_t bocata_outgoing_queue_peek(const bocata_outgoing_queue *queue, bocata_str strs[], size_t max)
{
    size_t count = queue->count < max ? queue->count : max;

    for (size_t i = 0; i < count; i++) {
        const bocata_outgoing *outgoing = *item(queue, (uint32_t)i);
        strs[i] = str_skip((bocata_str){outgoing->bytes, outgoing->len}, i ? 0 : queue->sent_len);
    }
    return count;
}

void bocata_outgoing_queue_sent(bocata_outgoing_queue *queue, size_t len)
{
    queue->unsent_len -= len;
    queue->sent_len += len;
    while (queue->count > 0 && queue->sent_len >= (*item(queue, 0))->len) {
        bocata_outgoing *outgoing = *item(queue, 0);
        queue->sent_len -= outgoing->len;
        queue->first = queue->first + 1 < queue->cap ? queue->first + 1 : 0;
        queue->count--;
        bocata_outgoing_unref(outgoing);
    }
    free_if_empty(queue);
}

/* How many of the first must stay, as their bytes are on their way. */
static uint32_t bound_count(const bocata_outgoing_queue *queue)
{
    return queue->held_count == 0 && queue->sent_len > 0 ? 1 : queue->held_count;
}

static void drop_at(bocata_outgoing_queue *queue, uint32_t index)
{
    bocata_outgoing *outgoing = *item(queue, index);

    queue->unsent_len -= outgoing->len;
    queue->count--;
    for (uint32_t i = index; i < queue->count; i++)
        *item(queue, i) = *item(queue, i + 1);
    bocata_outgoing_unref(outgoing);
    free_if_empty(queue);
}

void bocata_outgoing_queue_drop(bocata_outgoing_queue *queue)
{
    while (queue->count > bound_count(queue))
        drop_at(queue, queue->count - 1);
}

void bocata_outgoing_queue_drop_last(bocata_outgoing_queue *queue, bocata_opcode opcode)
{
    for (uint32_t i = queue->count; i > bound_count(queue); i--)
        if ((*item(queue, i - 1))->opcode == opcode) {
            drop_at(queue, i - 1);
            return;
        }
}

void bocata_outgoing_queue_done(bocata_outgoing_queue *queue)
{
    for (uint32_t i = 0; i < queue->count; i++)
        bocata_outgoing_unref(*item(queue, i));
    free(queue->items);
    *queue = (bocata_outgoing_queue){0};
}
