/* permessage-deflate. A payload comes to the same end however it is split; a message that is
 * compressed comes back. The first byte of the input says where it is split, the second what is
 * agreed and the limit. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "websocket/deflate.h"

/* In memory of just its size, so that a look past the end is found. */
static uint16_t decompress(bocata_deflate *deflate, const uint8_t *bytes, size_t len, bool is_last,
                           size_t len_max, bocata_buf *message)
{
    char *exact = malloc(len ? len : 1);
    if (!exact)
        abort();
    if (len)
        memcpy(exact, bytes, len);
    uint16_t code =
        bocata_deflate_decompress(deflate, (bocata_str){exact, len}, is_last, len_max, message);
    free(exact);
    if (message->len > len_max)
        abort();
    return code;
}

static bool is_same(const bocata_buf *buf, bocata_str str)
{
    return str_equal(buf_str(buf), str);
}

static void compare_splits(bocata_deflate_agreement agreement, const uint8_t *bytes, size_t len,
                           size_t split, size_t len_max)
{
    bocata_deflate_pool pool = {0};
    bocata_deflate whole = {.pool = &pool, .agreement = agreement}, pieces = whole;
    bocata_buf of_whole = {0}, of_pieces = {0};

    uint16_t code = decompress(&whole, bytes, len, true, len_max, &of_whole);
    uint16_t of_split = decompress(&pieces, bytes, split, false, len_max, &of_pieces);
    if (of_split == 0)
        of_split = decompress(&pieces, bytes + split, len - split, true, len_max, &of_pieces);
    if (code != of_split || (code == 0 && !is_same(&of_whole, buf_str(&of_pieces))))
        abort();
    bocata_buf_free(&of_whole);
    bocata_buf_free(&of_pieces);
    bocata_deflate_done(&whole);
    bocata_deflate_done(&pieces);
    bocata_deflate_pool_done(&pool);
}

static void go_and_return(bocata_deflate_agreement agreement, const uint8_t *bytes, size_t len)
{
    bocata_str text = {(const char *)bytes, len};
    bocata_deflate_pool pool = {0};
    bocata_deflate deflate = {.pool = &pool, .agreement = agreement};
    bocata_buf payload = {0}, message = {0};

    for (int again = 0; again < 2; again++) {
        payload.len = message.len = 0;
        if (bocata_deflate_compress(&deflate, text, &payload) != BOCATA_OK ||
            bocata_deflate_decompress(&deflate, buf_str(&payload), true, len, &message) != 0 ||
            !is_same(&message, text))
            abort();
    }
    bocata_buf_free(&payload);
    bocata_buf_free(&message);
    bocata_deflate_done(&deflate);
    bocata_deflate_pool_done(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    bool is_alone = data[1] & 1;
    const bocata_deflate_agreement agreement = {is_alone, is_alone, (uint8_t)(9 + data[1] / 2 % 7),
                                                15};
    size_t split = len > 2 ? data[0] % (len - 1) : 0;

    compare_splits(agreement, data + 2, len - 2, split, (size_t)data[1] * data[1]);
    go_and_return(agreement, data + 2, len - 2);
    return 0;
}
