/* The headers of an opening handshake: lines of `name: value`. What is answered to an offer of
 * permessage-deflate would be accepted as an offer, to the same agreement. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "websocket/deflate_offer.h"
#include "websocket/handshake.h"

#define HEADERS_MAX 16

static void check_extensions(const bocata_field *headers, size_t count)
{
    const bocata_deflate_settings settings[] = {
        {0},
        {.has_server_takeover = true,
         .has_client_takeover = true,
         .server_max_window_bits = 10,
         .client_max_window_bits = 9},
    };
    for (size_t i = 0; i < 2; i++) {
        char answer[BOCATA_DEFLATE_ANSWER_LEN_MAX + 1], again[BOCATA_DEFLATE_ANSWER_LEN_MAX + 1];
        bocata_deflate_agreement agreement, same;
        if (bocata_deflate_accept(&settings[i], headers, count, &agreement, answer) != BOCATA_OK ||
            answer[0] == '\0')
            continue;
        bocata_field offer = {STR("Sec-WebSocket-Extensions"), bocata_str_of(answer)};
        if (agreement.server_max_window_bits < 9 || agreement.server_max_window_bits > 15 ||
            bocata_deflate_accept(&settings[i], &offer, 1, &same, again) != BOCATA_OK ||
            strcmp(answer, again) != 0 || memcmp(&agreement, &same, sizeof same) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *const served[] = {"a", "b"};
    char *exact = malloc(len ? len : 1); /* so that a look past the end is found */
    bocata_field headers[HEADERS_MAX];
    size_t count = 0;

    if (!exact)
        abort();
    if (len)
        memcpy(exact, data, len);
    for (bocata_str rest = {exact, len}; rest.len > 0 && count < HEADERS_MAX; count++) {
        bocata_str line = str_cut(&rest, '\n');
        headers[count].name = str_cut(&line, ':');
        headers[count].value = str_trim(line);
    }

    char accept[BOCATA_HANDSHAKE_ACCEPT_LEN + 1];
    bocata_handshake_refusal refusal = {0};
    const char *protocol = NULL;
    bocata_str key;
    if (bocata_handshake_check(STR("GET"), false, headers, count, &key, &refusal)) {
        if (bocata_handshake_accept(key, accept) != BOCATA_OK ||
            strlen(accept) != BOCATA_HANDSHAKE_ACCEPT_LEN)
            abort();
    } else if (refusal.status != 400 && refusal.status != 426)
        abort();
    if (bocata_handshake_protocol(headers, count, served, 2, &protocol) != BOCATA_OK && protocol)
        abort();
    check_extensions(headers, count);
    free(exact);
    return 0;
}
