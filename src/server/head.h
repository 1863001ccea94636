/* The bytes of a request's head, looked at line by line while they arrive.
 *
 * It answers early and the same way however the bytes are split, and refuses what llhttp lets
 * through (docs/design.md, "The engine"): bare CR and LF, obs-fold, empty names, a second space in
 * the request line, other protocols' versions. The trailers of a chunked body are looked at by the
 * same rules. */
#ifndef BOCATA_SERVER_HEAD_H
#define BOCATA_SERVER_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/str.h>

/* Why a request is not served. `detail` is a constant sentence. */
typedef struct bocata_refusal {
    int status;
    const char *detail;
} bocata_refusal;

typedef struct bocata_head_limits {
    size_t request_line_len_max; /* bytes, without CR LF: 414 */
    size_t headers_len_max;      /* bytes of all header lines with their CR LF: 431 */
    size_t header_count_max;     /* 431 */
} bocata_head_limits;

typedef struct bocata_head {
    size_t scanned;      /* bytes that were looked at and are good */
    size_t line_start;   /* where the line that is being looked at begins */
    size_t headers_len;  /* bytes of complete header lines */
    size_t header_count; /* complete header lines */
    size_t start;        /* 2 where an empty line stood before the request line, else 0 */
    bool has_request_line;
    bool is_http_1_0;
    size_t method_len; /* it begins at `start`, a space behind it the target */
    size_t target_len;
    bocata_refusal refusal;
} bocata_head;

typedef enum bocata_head_outcome {
    BOCATA_HEAD_MORE,     /* good so far, not complete */
    BOCATA_HEAD_COMPLETE, /* `scanned` is its length */
    BOCATA_HEAD_REFUSED,  /* `refusal` says why */
} bocata_head_outcome;

void bocata_head_init(bocata_head *head);
void bocata_head_init_trailers(bocata_head *head); /* header lines only */

/* Looks at what is new in `bytes`, which begin at the same byte each time and may have moved. */
bocata_head_outcome bocata_head_scan(bocata_head *head, const bocata_head_limits *limits,
                                     bocata_str bytes);

#endif
