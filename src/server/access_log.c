#include "server/access_log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "web/errors.h"

#define FLUSH_LEN 32768 /* a busy loop's lines are written before they pile up */

/* Quotes and backslashes of the target as \x22 and \x5c: it cannot end its quotation. Other bytes
 * that could harm a terminal never get this far (head.c). */
static char *put_escaped(char *to, bocata_str str)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < str.len; i++) {
        char c = str.ptr[i];
        if (c == '"' || c == '\\') {
            *to++ = '\\';
            *to++ = 'x';
            *to++ = hex[(unsigned char)c >> 4];
            *to++ = hex[(unsigned char)c & 15];
        } else {
            *to++ = c;
        }
    }
    return to;
}

static char *put(char *to, bocata_str str)
{
    if (str.len)
        memcpy(to, str.ptr, str.len);
    return to + str.len;
}

void bocata_access_log_add(bocata_access_log *log, const bocata_access *access)
{
    bocata_str phrase = bocata_str_of(bocata_http_phrase(access->status));
    size_t len_max =
        64 + access->client.len + access->method.len + 4 * access->target.len + phrase.len;

    if (!log->is_on || bocata_buf_reserve(&log->lines, len_max) != BOCATA_OK)
        return;
    char *start = log->lines.ptr + log->lines.len, *to = start;
    to = put(to, STR("INFO:     "));
    to = put(to, access->client);
    to = put(to, STR(" - \""));
    if (access->method.len) {
        to = put(to, access->method);
        *to++ = ' ';
        to = put_escaped(to, access->target);
        to = put(to, access->is_http_1_0 ? STR(" HTTP/1.0") : STR(" HTTP/1.1"));
    } else {
        *to++ = '-';
    }
    to = put(to, STR("\" "));
    *to++ = (char)('0' + access->status / 100 % 10);
    *to++ = (char)('0' + access->status / 10 % 10);
    *to++ = (char)('0' + access->status % 10);
    *to++ = ' ';
    to = put(to, phrase);
    *to++ = '\n';
    log->lines.len += (size_t)(to - start);
    if (log->lines.len >= FLUSH_LEN)
        bocata_access_log_flush(log);
}

void bocata_access_log_flush(bocata_access_log *log)
{
    bocata_str rest = buf_str(&log->lines);
    while (rest.len > 0) {
        ssize_t count = write(log->fd, rest.ptr, rest.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        rest = str_skip(rest, (size_t)count);
    }
    log->lines.len = 0;
}

void bocata_access_log_done(bocata_access_log *log)
{
    bocata_access_log_flush(log);
    bocata_buf_free(&log->lines);
}
