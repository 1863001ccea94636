#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bocata_buf_free(bocata_buf *buf)
{
    free(buf->ptr);
    *buf = (bocata_buf){0};
}

bocata_status bocata_buf_reserve(bocata_buf *buf, size_t more)
{
    if (more <= buf->cap - buf->len)
        return BOCATA_OK;
    if (more > SIZE_MAX / 4 ||
        buf->len > SIZE_MAX / 4) /* so that neither sum nor doubling overflows */
        return BOCATA_E_NOMEM;
    size_t cap = buf->cap * 2;
    if (cap < buf->len + more)
        cap = buf->len + more;
    if (cap < 64)
        cap = 64;
    char *ptr = realloc(buf->ptr, cap);
    if (!ptr)
        return BOCATA_E_NOMEM;
    buf->ptr = ptr;
    buf->cap = cap;
    return BOCATA_OK;
}

bocata_status bocata_buf_append(bocata_buf *buf, bocata_str str)
{
    bocata_status status = bocata_buf_reserve(buf, str.len);
    if (status == BOCATA_OK && str.len) {
        memcpy(buf->ptr + buf->len, str.ptr, str.len);
        buf->len += str.len;
    }
    return status;
}

bocata_status bocata_buf_printf(bocata_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bocata_status status = bocata_buf_vprintf(buf, format, args);
    va_end(args);
    return status;
}

bocata_status bocata_buf_vprintf(bocata_buf *buf, const char *format, va_list args)
{
    va_list measured;
    va_copy(measured, args);
    int len = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (len < 0) /* past INT_MAX, say */
        return BOCATA_E_NOMEM;
    bocata_status status = bocata_buf_reserve(buf, (size_t)len + 1); /* vsnprintf writes a NUL */
    if (status == BOCATA_OK) {
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, args);
        buf->len += (size_t)len;
    }
    return status;
}

void bocata_buf_consume(bocata_buf *buf, size_t count)
{
    buf->len -= count;
    if (buf->len && count)
        memmove(buf->ptr, buf->ptr + count, buf->len);
}
