#include "websocket/deflate.h"

#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "base/str.h"
#include "websocket/frame.h"

#define PIECE_LEN_MAX                                                                              \
    ((size_t)1 << 30)    /* so that it fits into zlib's 32 bits, and its growth too */
#define OUTPUT_STEP 1024 /* bytes to make room for, at least */

/* What a flush ends with: an empty stored block, which the wire leaves out (RFC 7692 7.2.1). */
static const char tail[] = {'\x00', '\x00', '\xff', '\xff'};

struct bocata_deflater {
    z_stream stream;
    int window_bits;
};

struct bocata_inflater {
    z_stream stream;
    bool is_between; /* no byte of an unfinished stream or message is in it */
};

/* ---- compressing ----------------------------------------------------------------------------- */

static void deflater_free(bocata_deflater *deflater)
{
    if (deflater)
        deflateEnd(&deflater->stream);
    free(deflater);
}

static bocata_deflater *deflater_new(int window_bits)
{
    bocata_deflater *deflater = calloc(1, sizeof *deflater);
    int mem_level =
        window_bits - 7; /* a hash table as large as the window; 8, the default, for 15 */

    if (!deflater || deflateInit2(&deflater->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                  -window_bits, mem_level, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(deflater);
        return NULL;
    }
    deflater->window_bits = window_bits;
    return deflater;
}

/* The socket's own, or the pool's: reset, and made anew where a socket needs another window. */
static bocata_deflater **deflater_for_message(bocata_deflate *deflate)
{
    bool is_shared = deflate->agreement.server_no_context_takeover;
    bocata_deflater **deflater = is_shared ? &deflate->pool->deflater : &deflate->deflater;
    int window_bits = deflate->agreement.server_max_window_bits;

    if (*deflater && (*deflater)->window_bits != window_bits) {
        deflater_free(*deflater);
        *deflater = NULL;
    }
    if (!*deflater)
        *deflater = deflater_new(window_bits);
    else if (is_shared)
        deflateReset(&(*deflater)->stream);
    return deflater;
}

static bocata_status deflate_into(z_stream *stream, bocata_str message, bocata_buf *payload)
{
    stream->next_in = (const Bytef *)message.ptr;
    stream->avail_in = (uInt)message.len;
    do {
        bocata_status status = bocata_buf_reserve(payload, stream->avail_in / 2 + 64);
        if (status != BOCATA_OK)
            return status;
        size_t room = payload->cap - payload->len;
        uInt offered = room < PIECE_LEN_MAX ? (uInt)room : (uInt)PIECE_LEN_MAX;
        stream->next_out = (Bytef *)payload->ptr + payload->len;
        stream->avail_out = offered;
        deflate(stream, Z_SYNC_FLUSH);
        payload->len += offered - stream->avail_out;
    } while (stream->avail_out == 0);
    payload->len -= sizeof tail;
    return BOCATA_OK;
}

bocata_status bocata_deflate_compress(bocata_deflate *deflate, bocata_str message,
                                      bocata_buf *payload)
{
    if (message.len > PIECE_LEN_MAX)
        return BOCATA_E_LIMIT;
    if (message.len == 0) /* zlib does not flush twice: RFC 7692 7.2.3.6 */
        return bocata_buf_append(payload, (bocata_str){tail, 1});

    bocata_deflater **deflater = deflater_for_message(deflate);
    size_t len_before = payload->len;
    bocata_status status =
        *deflater ? deflate_into(&(*deflater)->stream, message, payload) : BOCATA_E_NOMEM;
    if (status != BOCATA_OK) { /* its window holds what the client will not get */
        payload->len = len_before;
        deflater_free(*deflater);
        *deflater = NULL;
    }
    return status;
}

/* ---- decompressing --------------------------------------------------------------------------- */

static void inflater_free(bocata_inflater *inflater)
{
    if (inflater)
        inflateEnd(&inflater->stream);
    free(inflater);
}

static bocata_inflater *inflater_new(int window_bits)
{
    bocata_inflater *inflater = calloc(1, sizeof *inflater);

    if (!inflater || inflateInit2(&inflater->stream, -window_bits) != Z_OK) {
        free(inflater);
        return NULL;
    }
    inflater->is_between = true;
    return inflater;
}

/* What sockets share has the largest window, which holds for any. */
static bocata_inflater *inflater_take(bocata_deflate *deflate)
{
    if (!deflate->agreement.client_no_context_takeover)
        return inflater_new(deflate->agreement.client_max_window_bits);
    bocata_inflater *inflater = deflate->pool->inflater;
    deflate->pool->inflater = NULL;
    if (!inflater)
        return inflater_new(MAX_WBITS);
    inflateReset(&inflater->stream); /* no message sees what another left in the window */
    inflater->is_between = true;
    return inflater;
}

static void inflater_give(bocata_deflate *deflate)
{
    if (deflate->pool->inflater)
        inflater_free(deflate->inflater);
    else
        deflate->pool->inflater = deflate->inflater;
    deflate->inflater = NULL;
}

/* Where zlib may write: behind the message, as far as it may grow, or at the limit into `spare`, to
 * find out whether there would be more. */
static bocata_status offer_room(z_stream *stream, bocata_buf *message, size_t len_max,
                                unsigned char *spare)
{
    size_t room = len_max - message->len;

    stream->next_out = spare;
    stream->avail_out = 1;
    if (room == 0)
        return BOCATA_OK;
    bocata_status status = bocata_buf_reserve(message, room < OUTPUT_STEP ? room : OUTPUT_STEP);
    if (status != BOCATA_OK)
        return status;
    if (room > message->cap - message->len)
        room = message->cap - message->len;
    stream->next_out = (Bytef *)message->ptr + message->len;
    stream->avail_out = room < PIECE_LEN_MAX ? (uInt)room : (uInt)PIECE_LEN_MAX;
    return BOCATA_OK;
}

static bocata_status inflate_into(bocata_inflater *inflater, bocata_str piece, size_t len_max,
                                  bocata_buf *message)
{
    z_stream *stream = &inflater->stream;
    unsigned char spare;

    stream->next_in = (const Bytef *)piece.ptr;
    stream->avail_in = (uInt)piece.len;
    inflater->is_between = false;
    do {
        bocata_status status = offer_room(stream, message, len_max, &spare);
        if (status != BOCATA_OK)
            return status;
        uInt offered = stream->avail_out;
        int result = inflate(stream, Z_SYNC_FLUSH);
        if (stream->avail_out < offered) {
            if (message->len == len_max)
                return BOCATA_E_LIMIT;
            message->len += offered - stream->avail_out;
        }
        if (result == Z_MEM_ERROR)
            return BOCATA_E_NOMEM;
        if (result == Z_STREAM_END) { /* BFINAL (7.2.3.4): what follows is another stream */
            inflateReset(stream);
            inflater->is_between = stream->avail_in == 0;
        } else if (result != Z_OK && result != Z_BUF_ERROR)
            return BOCATA_E_MALFORMED;
    } while (stream->avail_in > 0 || stream->avail_out == 0);
    return BOCATA_OK;
}

/* With its tail the payload must end behind a block and a whole byte: `data_type` is then 128 plus
 * the number of bits left over (zlib.h, inflate). A payload of no bytes, which zlib makes of an
 * empty message behind another, has no block to be ended, nor has one whose last block was final.
 */
static bocata_status end_message(bocata_inflater *inflater, size_t len_max, bocata_buf *message)
{
    if (inflater->is_between)
        return BOCATA_OK;
    bocata_status status =
        inflate_into(inflater, (bocata_str){tail, sizeof tail}, len_max, message);
    if (status == BOCATA_OK && inflater->stream.data_type != 128)
        status = BOCATA_E_MALFORMED;
    inflater->is_between = true;
    return status;
}

static uint16_t close_code(bocata_status status)
{
    switch (status) {
    case BOCATA_OK:
        return 0;
    case BOCATA_E_MALFORMED: /* the RFC leaves the code open: it is data of no meaning */
        return BOCATA_CLOSE_INVALID_DATA;
    case BOCATA_E_LIMIT:
        return BOCATA_CLOSE_TOO_BIG;
    default:
        return BOCATA_CLOSE_INTERNAL_ERROR;
    }
}

uint16_t bocata_deflate_decompress(void *deflate, bocata_str piece, bool is_last, size_t len_max,
                                   bocata_buf *message)
{
    bocata_deflate *ours = deflate;
    bocata_status status = BOCATA_OK;

    if (piece.len > PIECE_LEN_MAX)
        return BOCATA_CLOSE_TOO_BIG;
    if (!ours->inflater)
        ours->inflater = inflater_take(ours);
    if (!ours->inflater)
        return BOCATA_CLOSE_INTERNAL_ERROR;
    if (piece.len > 0)
        status = inflate_into(ours->inflater, piece, len_max, message);
    if (status == BOCATA_OK && is_last) {
        status = end_message(ours->inflater, len_max, message);
        if (ours->agreement.client_no_context_takeover)
            inflater_give(ours);
    }
    return close_code(status);
}

/* ---- lifetimes ------------------------------------------------------------------------------- */

void bocata_deflate_done(bocata_deflate *deflate)
{
    deflater_free(deflate->deflater);
    inflater_free(deflate->inflater);
    deflate->deflater = NULL;
    deflate->inflater = NULL;
}

void bocata_deflate_pool_done(bocata_deflate_pool *pool)
{
    deflater_free(pool->deflater);
    inflater_free(pool->inflater);
    *pool = (bocata_deflate_pool){0};
}
