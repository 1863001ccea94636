/* The look at a request's head: the same however its bytes are split, and what it takes as complete
 * llhttp reads as at most as many headers. The first byte of the input says where it is split. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#include "server/head.h"

static const bocata_head_limits limits = {
    .request_line_len_max = 64, .headers_len_max = 128, .header_count_max = 8};

static int count_header(llhttp_t *parser, const char *at, size_t len)
{
    (void)at;
    (void)len;
    ++*(size_t *)parser->data;
    return 0;
}

static int stop(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static bocata_head_outcome scan_exactly(bocata_head *head, const char *bytes, size_t len)
{
    char *exact = malloc(len ? len : 1); /* so that a look past the end is found */
    if (len)
        memcpy(exact, bytes, len);
    bocata_head_outcome outcome = bocata_head_scan(head, &limits, (bocata_str){exact, len});
    free(exact);
    return outcome;
}

static void compare_with_llhttp(const bocata_head *head, const char *bytes)
{
    const llhttp_settings_t settings = {.on_header_field = count_header,
                                        .on_headers_complete = stop};
    size_t count = 0;
    llhttp_t parser;

    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = &count;
    llhttp_execute(&parser, bytes + head->start, head->scanned - head->start);
    if (count > head->header_count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *bytes = (const char *)data + 1;
    bocata_head whole, split;

    if (len == 0)
        return 0;
    len--;
    bocata_head_init(&whole);
    bocata_head_init(&split);
    bocata_head_outcome outcome = scan_exactly(&whole, bytes, len);
    bocata_head_outcome of_split = BOCATA_HEAD_MORE;
    if (len)
        of_split = scan_exactly(&split, bytes, data[0] % len);
    if (of_split == BOCATA_HEAD_MORE)
        of_split = scan_exactly(&split, bytes, len);
    if (outcome != of_split || memcmp(&whole, &split, sizeof whole) != 0)
        abort();
    if (outcome == BOCATA_HEAD_COMPLETE)
        compare_with_llhttp(&whole, bytes);
    return 0;
}
