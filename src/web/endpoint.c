#include "web/endpoint.h"

#include "base/str.h"

#define MESSAGE_LEN_DEFAULT ((size_t)1 << 20)
#define MESSAGE_LEN_LIMIT ((size_t)1 << 30) /* what zlib is given in one piece */
#define HIGH_WATER_DEFAULT ((size_t)64 << 10)
#define BUFFERED_LEN_BEYOND_MESSAGE ((size_t)1 << 20) /* so that the longest may be echoed */
#define EXPIRING_LEAD_DEFAULT_S 60
#define EXPIRING_LEAD_LIMIT_S BOCATA_MAX_AGE_MAX_S

static bool is_window(unsigned bits)
{
    return bits == 0 || (bits >= 9 && bits <= 15);
}

/* NULL, or a sentence that says what is wrong. */
static const char *mistake_in(const bocata_websocket_handlers *handlers)
{
    if ((handlers->subprotocol_count > 0) != (handlers->subprotocols != NULL))
        return "`subprotocols` and its count do not fit together";
    for (size_t i = 0; i < handlers->subprotocol_count; i++)
        if (!handlers->subprotocols[i] ||
            !bocata_str_is_token(bocata_str_of(handlers->subprotocols[i])))
            return "a subprotocol is a token: letters, digits, '.', '-' and the like";
    if (handlers->message_len_max > MESSAGE_LEN_LIMIT)
        return "`message_len_max` is more than 1 GiB";
    if (handlers->expiring_lead_s < 0 || handlers->expiring_lead_s > EXPIRING_LEAD_LIMIT_S)
        return "`expiring_lead_s` is not of 0 to 34560000 seconds";
    if (!is_window(handlers->deflate_server_window_bits) ||
        !is_window(handlers->deflate_client_window_bits))
        return "a window of `deflate` has 9 to 15 bits";
    return NULL;
}

static void set_defaults(bocata_websocket_handlers *handlers)
{
    if (!handlers->message_len_max)
        handlers->message_len_max = MESSAGE_LEN_DEFAULT;
    if (!handlers->buffered_len_max)
        handlers->buffered_len_max = handlers->message_len_max + BUFFERED_LEN_BEYOND_MESSAGE;
    if (!handlers->high_water_len)
        handlers->high_water_len = HIGH_WATER_DEFAULT < handlers->buffered_len_max
                                       ? HIGH_WATER_DEFAULT
                                       : handlers->buffered_len_max / 2;
    if (!handlers->expiring_lead_s)
        handlers->expiring_lead_s = EXPIRING_LEAD_DEFAULT_S;
}

static bocata_status copy_subprotocols(bocata_arena *arena, bocata_websocket_handlers *handlers)
{
    size_t count = handlers->subprotocol_count; /* mistake_in saw them all: no product overflows */

    const char **copies = bocata_arena_alloc(arena, count * sizeof *copies);
    if (!copies)
        return BOCATA_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        copies[i] = bocata_arena_copy(arena, bocata_str_of(handlers->subprotocols[i])).ptr;
        if (!copies[i])
            return BOCATA_E_NOMEM;
    }
    handlers->subprotocols = copies;
    return BOCATA_OK;
}

bocata_status bocata_endpoint_new(bocata_arena *arena, const bocata_websocket_handlers *handlers,
                                  const bocata_endpoint **ret_endpoint, const char **ret_reason)
{
    *ret_reason = mistake_in(handlers);
    if (*ret_reason)
        return BOCATA_E_INVALID;
    bocata_endpoint *endpoint = bocata_arena_alloc(arena, sizeof *endpoint);
    if (!endpoint)
        return BOCATA_E_NOMEM;
    *endpoint = (bocata_endpoint){
        .handlers = *handlers,
        .deflate =
            {
                .has_server_takeover = handlers->deflate_server_takeover,
                .has_client_takeover = handlers->deflate_client_takeover,
                .server_max_window_bits = (uint8_t)handlers->deflate_server_window_bits,
                .client_max_window_bits = (uint8_t)handlers->deflate_client_window_bits,
            },
    };
    set_defaults(&endpoint->handlers);
    if (endpoint->handlers.high_water_len > endpoint->handlers.buffered_len_max) {
        *ret_reason = "`high_water_len` is more than `buffered_len_max`";
        return BOCATA_E_INVALID;
    }
    *ret_endpoint = endpoint;
    return copy_subprotocols(arena, &endpoint->handlers);
}
