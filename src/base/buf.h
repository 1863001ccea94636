/* A growing run of bytes on the heap. */
#ifndef BOCATA_BASE_BUF_H
#define BOCATA_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

#include <bocata/status.h>
#include <bocata/str.h>

/* All zero is an empty one. */
typedef struct bocata_buf {
    char *ptr;
    size_t len, cap;
} bocata_buf;

void bocata_buf_free(bocata_buf *buf); /* and leaves it empty */

/* Room for `more` bytes behind the last. Each of these returns BOCATA_OK or BOCATA_E_NOMEM, and
 * leaves the contents as they were on failure. */
BOCATA_MUST_USE bocata_status bocata_buf_reserve(bocata_buf *buf, size_t more);
BOCATA_MUST_USE bocata_status bocata_buf_append(bocata_buf *buf, bocata_str str);
BOCATA_MUST_USE bocata_status bocata_buf_printf(bocata_buf *buf, const char *format, ...)
    BOCATA_PRINTF(2, 3);
BOCATA_MUST_USE bocata_status bocata_buf_vprintf(bocata_buf *buf, const char *format, va_list args)
    BOCATA_PRINTF(2, 0);

/* Drops the first `count` bytes, which must be there. */
void bocata_buf_consume(bocata_buf *buf, size_t count);

static inline bocata_str buf_str(const bocata_buf *buf)
{
    return (bocata_str){buf->ptr, buf->len};
}

#endif
