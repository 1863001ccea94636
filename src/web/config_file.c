#include "web/config_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"

static bool char_is_blank(char c)
{
    return char_is_space(c) || c == '\r' || c == '\v' || c == '\f'; /* \r: lines may end in CRLF */
}

static bool char_is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* The text without such characters at both ends. */
static bocata_str strip(bocata_str text, bool (*is_stripped)(char))
{
    while (text.len > 0 && is_stripped(text.ptr[0]))
        text = str_skip(text, 1);
    while (text.len > 0 && is_stripped(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* Cuts `text[len]`, which has room for one byte more, in place. */
static void each_line(char *text, size_t len, void (*each)(const char *, const char *, void *),
                      void *user)
{
    bocata_str rest = {text, len};
    while (rest.len > 0) {
        bocata_str line = strip(str_cut(&rest, '\n'), char_is_blank);
        if (line.len == 0 || line.ptr[0] == '#' || str_find(line, '=') == line.len)
            continue;
        bocata_str name = strip(str_cut(&line, '='), char_is_blank);
        bocata_str value = strip(strip(line, char_is_blank), char_is_quote);
        if (name.len == 0)
            continue;
        /* Behind a name stands at least its `=`, behind a value its line end or the spare byte. */
        text[name.ptr + name.len - text] = '\0';
        text[value.ptr + value.len - text] = '\0';
        each(name.ptr, value.ptr, user);
    }
}

bocata_status bocata_config_file_each(const char *path,
                                      void (*each)(const char *, const char *, void *), void *user)
{
    char *text = malloc(BOCATA_CONFIG_FILE_LEN_MAX + 1);
    size_t len = BOCATA_CONFIG_FILE_LEN_MAX; /* as far as a failed read may have written */

    if (!text)
        return BOCATA_E_NOMEM;
    bocata_status status = bocata_file_read(path, text, BOCATA_CONFIG_FILE_LEN_MAX, &len);
    if (status == BOCATA_OK && str_find((bocata_str){text, len}, '\0') < len)
        status = BOCATA_E_MALFORMED;
    if (status == BOCATA_OK)
        each_line(text, len, each, user);
    int reason = errno;
    explicit_bzero(text, len);
    free(text);
    errno = reason;
    return status;
}
