#include "server/access_log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "web/errors.h"

#define FLUSH_LEN 32768      /* a busy loop's lines are written before they pile up */
#define LINES_LEN_MAX 262144 /* kept for a file that takes none */

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

    if (!log->is_on)
        return;
    /* Once one is dropped all are, till that is said in their place. */
    if (log->dropped_count > 0 || log->lines.len + len_max > LINES_LEN_MAX ||
        bocata_buf_reserve(&log->lines, len_max) != BOCATA_OK) {
        log->dropped_count++;
        return;
    }
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

/* True if a piece can be written without waiting, or fails at once. */
static bool is_ready(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLOUT};
    return poll(&polled, 1, 0) > 0;
}

/* Whole lines as far as they fit into PIPE_BUF: so many bytes a pipe that is ready takes at once,
 * and not mingled with another process' (pipe(7)). */
static bocata_str first_piece(bocata_str lines)
{
    if (lines.len <= PIPE_BUF)
        return lines;
    const char *last = memrchr(lines.ptr, '\n', PIPE_BUF);
    return (bocata_str){lines.ptr, last ? (size_t)(last - lines.ptr) + 1 : PIPE_BUF};
}

/* Writes what the file takes now, and returns how many bytes are done with. */
static size_t write_lines(int fd, bocata_str lines)
{
    bocata_str rest = lines;

    while (rest.len > 0 && is_ready(fd)) {
        bocata_str piece = first_piece(rest);
        ssize_t count = write(fd, piece.ptr, piece.len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            break;
        if (count <= 0)
            return lines.len;
        rest = str_skip(rest, (size_t)count);
    }
    return lines.len - rest.len;
}

void bocata_access_log_flush(bocata_access_log *log)
{
    size_t done_len = write_lines(log->fd, buf_str(&log->lines));

    bocata_buf_consume(&log->lines, done_len);
    /* Not before there is much room, lest the log be full of gaps. */
    if (log->dropped_count == 0 || log->lines.len > LINES_LEN_MAX / 2)
        return;
    if (bocata_buf_printf(&log->lines, "WARNING:  %zu lines were dropped\n", log->dropped_count) ==
        BOCATA_OK)
        log->dropped_count = 0;
    bocata_buf_consume(&log->lines, write_lines(log->fd, buf_str(&log->lines)));
}

void bocata_access_log_done(bocata_access_log *log)
{
    bocata_access_log_flush(log);
    bocata_buf_free(&log->lines);
}
