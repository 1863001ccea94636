#include "websocket/deflate_offer.h"

#include <stdio.h>

#include "base/str.h"
#include "websocket/list.h"

#define WINDOW_BITS_DEFAULT 15
#define WINDOW_BITS_LEN_MAX 2 /* digits */

typedef enum parameter {
    SERVER_NO_CONTEXT_TAKEOVER,
    CLIENT_NO_CONTEXT_TAKEOVER,
    SERVER_MAX_WINDOW_BITS,
    CLIENT_MAX_WINDOW_BITS,
    PARAMETER_UNKNOWN,
} parameter;

static const char *const parameter_names[] = {
    [SERVER_NO_CONTEXT_TAKEOVER] = "server_no_context_takeover",
    [CLIENT_NO_CONTEXT_TAKEOVER] = "client_no_context_takeover",
    [SERVER_MAX_WINDOW_BITS] = "server_max_window_bits",
    [CLIENT_MAX_WINDOW_BITS] = "client_max_window_bits",
};

/* One element of the list. */
typedef struct extension {
    bool is_good; /* it is permessage-deflate, with parameters that the server can keep to */
    bool has[PARAMETER_UNKNOWN];
    uint8_t server_max_window_bits, client_max_window_bits; /* 15 without a value */
} extension;

/* A token, or a quoted string that holds one (RFC 6455 9.1). As many of its first characters as fit
 * go into `text`; `*ret_len` counts them all. */
static bool unquote(bocata_str raw, char text[WINDOW_BITS_LEN_MAX], size_t *ret_len)
{
    bool is_quoted = raw.len >= 2 && raw.ptr[0] == '"' && raw.ptr[raw.len - 1] == '"';
    size_t len = 0;

    if (is_quoted)
        raw = (bocata_str){raw.ptr + 1, raw.len - 2};
    for (size_t i = 0; i < raw.len; i++) {
        if (is_quoted && raw.ptr[i] == '\\' && ++i == raw.len)
            return false;
        if (!bocata_str_is_token((bocata_str){raw.ptr + i, 1}))
            return false;
        if (len < WINDOW_BITS_LEN_MAX)
            text[len] = raw.ptr[i];
        len++;
    }
    *ret_len = len;
    return len > 0;
}

/* 8 to 15, in decimal without leading zeros (RFC 7692 7.1.2.1); 0 for anything else. */
static uint8_t window_bits(const char *text, size_t len)
{
    if (len == 1 && (text[0] == '8' || text[0] == '9'))
        return (uint8_t)(text[0] - '0');
    if (len == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
        return (uint8_t)(10 + text[1] - '0');
    return 0;
}

static parameter parameter_of(bocata_str name)
{
    parameter which = 0;
    while (which < PARAMETER_UNKNOWN && !bocata_str_is(name, parameter_names[which]))
        which++;
    return which;
}

/* Whether the server can keep to a parameter; `bits` is that of a value, 0 of a bad one. */
static bool take_parameter(extension *offer, parameter which, bool has_value, uint8_t bits)
{
    if (which == PARAMETER_UNKNOWN || offer->has[which])
        return false;
    offer->has[which] = true;
    switch (which) {
    case SERVER_MAX_WINDOW_BITS:
        offer->server_max_window_bits = bits;
        return bits > 8; /* deflateInit2 refuses 8 */
    case CLIENT_MAX_WINDOW_BITS:
        if (has_value)
            offer->client_max_window_bits = bits;
        return !has_value || bits > 0;
    default:
        return !has_value;
    }
}

/* `name *( ";" parameter [ "=" value ] )`; false for anything else. */
static bool read_offer(bocata_str element, extension *ret_offer)
{
    bool is_cut_short = str_ends_with(element, STR(";"));
    bocata_str name = str_trim(str_cut(&element, ';'));
    extension offer = {.is_good = str_equal(name, STR("permessage-deflate")),
                       .server_max_window_bits = WINDOW_BITS_DEFAULT,
                       .client_max_window_bits = WINDOW_BITS_DEFAULT};

    if (is_cut_short || !bocata_str_is_token(name))
        return false;
    while (element.len > 0) {
        bocata_str raw = str_cut(&element, ';');
        bool has_value = str_find(raw, '=') < raw.len;
        char text[WINDOW_BITS_LEN_MAX];
        size_t len = 0;
        name = str_trim(str_cut(&raw, '='));
        if (!bocata_str_is_token(name) || (has_value && !unquote(str_trim(raw), text, &len)))
            return false;
        if (!take_parameter(&offer, parameter_of(name), has_value, window_bits(text, len)))
            offer.is_good = false;
    }
    *ret_offer = offer;
    return true;
}

static uint8_t smaller(uint8_t setting, uint8_t offered)
{
    return setting != 0 && setting < offered ? setting : offered;
}

/* What is only the client's hint is taken up where it saves memory: its takeover, its window. */
static bocata_deflate_agreement agree(const bocata_deflate_settings *settings,
                                      const extension *offer)
{
    bocata_deflate_agreement agreement = {
        .server_no_context_takeover =
            !settings->has_server_takeover || offer->has[SERVER_NO_CONTEXT_TAKEOVER],
        .client_no_context_takeover =
            !settings->has_client_takeover || offer->has[CLIENT_NO_CONTEXT_TAKEOVER],
        .server_max_window_bits =
            smaller(settings->server_max_window_bits, offer->server_max_window_bits),
        .client_max_window_bits = WINDOW_BITS_DEFAULT,
    };
    if (offer->has[CLIENT_MAX_WINDOW_BITS]) /* else it must not be answered: 7.1.2.2 */
        agreement.client_max_window_bits =
            smaller(settings->client_max_window_bits, offer->client_max_window_bits);
    return agreement;
}

static void write_window_bits(char *text, size_t cap, parameter which, uint8_t bits)
{
    snprintf(text, cap, "; %s=%u", parameter_names[which], bits);
}

static void write_answer(const extension *offer, const bocata_deflate_agreement *agreement,
                         char *answer)
{
    char server_bits[32] = "", client_bits[32] = "";

    if (offer->has[SERVER_MAX_WINDOW_BITS] ||
        agreement->server_max_window_bits < WINDOW_BITS_DEFAULT)
        write_window_bits(server_bits, sizeof server_bits, SERVER_MAX_WINDOW_BITS,
                          agreement->server_max_window_bits);
    if (agreement->client_max_window_bits < WINDOW_BITS_DEFAULT)
        write_window_bits(client_bits, sizeof client_bits, CLIENT_MAX_WINDOW_BITS,
                          agreement->client_max_window_bits);
    snprintf(answer, BOCATA_DEFLATE_ANSWER_LEN_MAX + 1, "permessage-deflate%s%s%s%s",
             agreement->server_no_context_takeover ? "; server_no_context_takeover" : "",
             agreement->client_no_context_takeover ? "; client_no_context_takeover" : "",
             server_bits, client_bits);
}

bocata_status bocata_deflate_accept(const bocata_deflate_settings *settings,
                                    const bocata_field *headers, size_t header_count,
                                    bocata_deflate_agreement *ret_agreement, char *answer)
{
    bocata_list list = {
        .name = STR("sec-websocket-extensions"), .headers = headers, .header_count = header_count};
    extension taken = {0}, offer;
    bocata_str element;

    while (bocata_list_next(&list, &element)) {
        if (!read_offer(element, &offer))
            return BOCATA_E_MALFORMED;
        if (offer.is_good && !taken.is_good)
            taken = offer;
    }
    answer[0] = '\0';
    if (taken.is_good) {
        *ret_agreement = agree(settings, &taken);
        write_answer(&taken, ret_agreement, answer);
    }
    return BOCATA_OK;
}
