#include "server/answer.h"

#include <string.h>

#include "base/str.h"
#include "web/errors.h"

enum { DECIMAL_LEN_MAX = 20 };

static char *put(char *to, bocata_str str)
{
    if (str.len)
        memcpy(to, str.ptr, str.len);
    return to + str.len;
}

static char *put_line(char *to, bocata_str name, bocata_str value)
{
    to = put(to, name);
    to = put(to, STR(": "));
    to = put(to, value);
    return put(to, STR("\r\n"));
}

static char *put_decimal(char *to, size_t value)
{
    char digits[DECIMAL_LEN_MAX];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    return put(to, (bocata_str){digits + at, sizeof digits - at});
}

static size_t line_len(bocata_str name, bocata_str value)
{
    return name.len + value.len + 4;
}

bocata_status bocata_answer_write(bocata_buf *output, const bocata_answer *answer)
{
    const bocata_str phrase = bocata_str_of(bocata_http_phrase(answer->status));
    size_t len_max = 128 + phrase.len + answer->date.len + answer->content_type.len +
                     answer->connection.len + DECIMAL_LEN_MAX;

    for (const bocata_response_header_line *line = answer->headers; line; line = line->next)
        len_max += line_len(line->name, line->value);
    if (bocata_buf_reserve(output, len_max) != BOCATA_OK)
        return BOCATA_E_NOMEM;

    char *start = output->ptr + output->len, *to = start;
    to = put(to, STR("HTTP/1.1 "));
    to = put_decimal(to, (size_t)answer->status);
    *to++ = ' ';
    to = put(to, phrase);
    to = put(to, STR("\r\n"));
    to = put_line(to, STR("Date"), answer->date);
    if (answer->content_type.len)
        to = put_line(to, STR("Content-Type"), answer->content_type);
    for (const bocata_response_header_line *line = answer->headers; line; line = line->next)
        to = put_line(to, line->name, line->value);
    if (answer->connection.len)
        to = put_line(to, STR("Connection"), answer->connection);
    if (answer_has_body(answer->status)) {
        to = put(to, STR("Content-Length: "));
        to = put_decimal(to, answer->body_len);
        to = put(to, STR("\r\n"));
    }
    to = put(to, STR("\r\n"));
    output->len += (size_t)(to - start);
    return BOCATA_OK;
}
