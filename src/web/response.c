#include "web/response.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "web/app.h"
#include "web/log.h"

#define ERROR_DETAIL_MAX 512 /* bytes of the sentence, its NUL included */

void bocata_response_reset(bocata_response *response)
{
    response->status = 200;
    response->headers = NULL;
    response->headers_end = &response->headers;
    response->content_type = (bocata_str){0};
    response->content_type_is_own = false;
    response->body.len = 0;
    response->is_error = false;
    response->is_failed = false;
    response->error_detail = NULL;
}

void bocata_response_fail(bocata_response *response, const char *format, ...)
{
    const bocata_request *request = &response->exchange->request;
    char reason[ERROR_DETAIL_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    response->is_failed = true;
    bocata_app_log(response->exchange->runtime->app, BOCATA_LOG_ERROR, "%.*s %.*s: 500, because %s",
                   (int)request->method.len, request->method.ptr, (int)request->raw_path.len,
                   request->raw_path.ptr, reason);
}

void bocata_response_status(bocata_response *response, int status)
{
    if (status < 200 || status > 599) {
        bocata_response_fail(response, "%d is not a status from 200 to 599.", status);
        return;
    }
    response->status = status;
    response->is_error = false; /* the last call wins */
}

int bocata_response_get_status(const bocata_response *response)
{
    return response->status;
}

/* ---- the body -------------------------------------------------------------------------------- */

static void body_begins(bocata_response *response, bocata_str content_type)
{
    response->body.len = 0;
    if (!response->content_type_is_own)
        response->content_type = content_type;
}

static void body_ends(bocata_response *response, bocata_status status)
{
    if (status != BOCATA_OK)
        bocata_response_fail(response, "the body cannot be written: %s.",
                             bocata_status_text(status));
}

void bocata_response_json(bocata_response *response, json_t *json)
{
    if (!json) {
        bocata_response_fail(response, "bocata_response_json was given NULL, as json_pack returns "
                                       "where it fails.");
        return;
    }
    body_begins(response, STR("application/json"));
    body_ends(response, bocata_json_write(&response->body, SIZE_MAX, json, BOCATA_JSON_COMPACT));
    json_decref(json);
}

static void write_text(bocata_response *response, const char *text, bocata_str content_type)
{
    if (!text) {
        bocata_response_fail(response, "its text is NULL.");
        return;
    }
    body_begins(response, content_type);
    body_ends(response, bocata_buf_append(&response->body, bocata_str_of(text)));
}

void bocata_response_text(bocata_response *response, const char *text)
{
    write_text(response, text, STR("text/plain; charset=utf-8"));
}

void bocata_response_html(bocata_response *response, const char *html)
{
    write_text(response, html, STR("text/html; charset=utf-8"));
}

void bocata_response_bytes(bocata_response *response, const void *bytes, size_t len,
                           const char *content_type)
{
    bocata_response_header(response, "Content-Type", content_type);
    body_begins(response, response->content_type);
    body_ends(response, bytes || len == 0
                            ? bocata_buf_append(&response->body, (bocata_str){bytes, len})
                            : BOCATA_E_INVALID);
}

/* ---- headers --------------------------------------------------------------------------------- */

/* No control character gets out: a CR or LF would start a line of its own (RFC 9110 5.5). */
static bool is_field_value(bocata_str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Framing is the server's: a second opinion on it would be a smuggled response. */
static bool belongs_to_server(bocata_str name)
{
    static const bocata_str names[] = {
        {"Content-Length", 14},
        {"Transfer-Encoding", 17},
        {"Connection", 10},
        {"Keep-Alive", 10},
        {"Upgrade", 7},
        {"Trailer", 7},
        {"Date", 4},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal_nocase(name, names[i]))
            return true;
    return false;
}

/* Checks and copies a header; false after a failure that is already told. */
static bool take_header(bocata_response *response, const char *name_text, const char *value_text,
                        bocata_str *ret_name, bocata_str *ret_value)
{
    bocata_arena *arena = &response->exchange->arena;
    bocata_str name = bocata_str_of(name_text), value = bocata_str_of(value_text);

    if (!bocata_str_is_token(name)) {
        bocata_response_fail(response, "a header's name is not a token (RFC 9110 5.6.2).");
    } else if (!value.ptr || !is_field_value(value)) {
        bocata_response_fail(
            response, "the value of the header %s is NULL or has a control character.", name_text);
    } else if (belongs_to_server(name)) {
        bocata_response_fail(response, "the header %s belongs to the server.", name_text);
    } else {
        *ret_name = bocata_arena_copy(arena, name);
        *ret_value = bocata_arena_copy(arena, str_trim(value));
        if (ret_name->ptr && ret_value->ptr)
            return true;
        bocata_response_fail(response, "the header %s does not fit the request's memory.",
                             name_text);
    }
    return false;
}

static void append_header(bocata_response *response, bocata_str name, bocata_str value)
{
    bocata_response_header_line *line =
        bocata_arena_alloc(&response->exchange->arena, sizeof *line);
    if (!line) {
        bocata_response_fail(response, "a header does not fit the request's memory.");
        return;
    }
    *line = (bocata_response_header_line){.name = name, .value = value};
    *response->headers_end = line;
    response->headers_end = &line->next;
}

static void remove_headers(bocata_response *response, bocata_str name)
{
    bocata_response_header_line **at = &response->headers;
    while (*at) {
        if (str_equal_nocase((*at)->name, name))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
    response->headers_end = at;
}

void bocata_response_header(bocata_response *response, const char *name_text,
                            const char *value_text)
{
    bocata_str name, value;
    if (!take_header(response, name_text, value_text, &name, &value))
        return;
    if (str_equal_nocase(name, STR("Content-Type"))) {
        response->content_type = value;
        response->content_type_is_own = true;
        return;
    }
    remove_headers(response, name);
    append_header(response, name, value);
}

void bocata_response_add_header(bocata_response *response, const char *name_text,
                                const char *value_text)
{
    bocata_str name, value;
    if (!take_header(response, name_text, value_text, &name, &value))
        return;
    if (str_equal_nocase(name, STR("Content-Type")))
        bocata_response_fail(response, "a response has one Content-Type: set it, do not add it.");
    else
        append_header(response, name, value);
}

void bocata_response_add_own_header(bocata_response *response, bocata_str name, bocata_str value)
{
    append_header(response, name, value);
}

bocata_str bocata_response_get_header(const bocata_response *response, const char *name_text)
{
    bocata_str name = bocata_str_of(name_text);
    if (str_equal_nocase(name, STR("Content-Type")))
        return response->content_type;
    for (const bocata_response_header_line *line = response->headers; line; line = line->next)
        if (str_equal_nocase(line->name, name))
            return line->value;
    return (bocata_str){0};
}

void bocata_response_redirect(bocata_response *response, int status, const char *location)
{
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
        bocata_response_fail(response, "%d is not the status of a redirect.", status);
        return;
    }
    response->status = status;
    bocata_response_header(response, "Location", location);
}

/* ---- errors ---------------------------------------------------------------------------------- */

void bocata_response_error(bocata_response *response, int status, const char *detail, ...)
{
    if (status < 400 || status > 599) {
        bocata_response_fail(response, "%d is not the status of an error.", status);
        return;
    }
    response->status = status;
    response->is_error = true;
    response->error_detail = NULL;
    if (!detail)
        return;
    char text[ERROR_DETAIL_MAX];
    va_list args;
    va_start(args, detail);
    int len = vsnprintf(text, sizeof text, detail, args);
    va_end(args);
    bocata_str kept = bocata_str_of(text);
    if (len >= (int)sizeof text) /* half a code point could not be written as JSON */
        kept = bocata_str_whole_utf8(kept);
    response->error_detail = bocata_arena_copy(&response->exchange->arena, kept).ptr;
}

const char *bocata_response_error_detail(const bocata_response *response)
{
    return response->error_detail;
}

void bocata_response_default_error(bocata_response *response)
{
    response->content_type_is_own = false;
    body_begins(response, STR("application/json"));
    body_ends(response,
              bocata_http_error_body(&response->body, response->status, response->error_detail));
}

/* ---- later ----------------------------------------------------------------------------------- */

void bocata_response_defer(bocata_response *response, bocata_client_gone_fn on_gone, void *user)
{
    if (response->exchange->state != BOCATA_EXCHANGE_RUNNING) {
        bocata_response_fail(response, "only a view or a before hook may defer the response.");
        return;
    }
    response->is_deferred = true;
    response->on_gone = on_gone;
    response->on_gone_user = user;
}
