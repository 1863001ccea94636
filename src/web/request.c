#include <bocata/request.h>

#include <stdarg.h>

#include "base/str.h"
#include "web/app.h"
#include "web/fields.h"
#include "web/log.h"
#include "web/request.h"
#include "web/response.h"
#include "web/unpack.h"

bocata_str bocata_request_method(const bocata_request *request)
{
    return request->method;
}

bocata_str bocata_request_target(const bocata_request *request)
{
    return request->target;
}

bocata_str bocata_request_path(const bocata_request *request)
{
    return request->path;
}

bocata_str bocata_request_host(const bocata_request *request)
{
    return bocata_request_header(request, "Host");
}

bocata_str bocata_request_scheme(const bocata_request *request)
{
    return request->scheme;
}

bocata_str bocata_request_client(const bocata_request *request)
{
    return request->client;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static const bocata_param *find_param(const bocata_request *request, const char *name)
{
    for (size_t i = 0; i < request->param_count; i++)
        if (bocata_str_is(request->params[i].name, name))
            return &request->params[i];
    return NULL;
}

bocata_str bocata_request_param(const bocata_request *request, const char *name)
{
    const bocata_param *param = find_param(request, name);
    return param ? param->value : (bocata_str){0};
}

/* A number has no way to say that it is missing: a view that asks for one which its route does not
 * have is mistaken. */
static const bocata_param *find_number(const bocata_request *request, const char *name,
                                       bocata_param_type type, const char *type_name)
{
    const bocata_param *param = find_param(request, name);
    if (param && param->type == type)
        return param;
    bocata_response_fail(&request->exchange->response, "its route has no parameter {%s:%s}.", name,
                         type_name);
    return NULL;
}

int64_t bocata_request_param_int(const bocata_request *request, const char *name)
{
    const bocata_param *param = find_number(request, name, BOCATA_PARAM_INT, "int");
    return param ? param->integer : 0;
}

double bocata_request_param_real(const bocata_request *request, const char *name)
{
    const bocata_param *param = find_number(request, name, BOCATA_PARAM_REAL, "real");
    return param ? param->real : 0;
}

/* ---- headers, cookies, query ----------------------------------------------------------------- */

bocata_str bocata_request_header(const bocata_request *request, const char *name_text)
{
    bocata_str name = bocata_str_of(name_text);
    for (size_t i = 0; i < request->header_count; i++)
        if (str_equal_nocase(request->headers[i].name, name))
            return request->headers[i].value;
    return (bocata_str){0};
}

size_t bocata_request_header_count(const bocata_request *request)
{
    return request->header_count;
}

bocata_field bocata_request_header_at(const bocata_request *request, size_t index)
{
    return index < request->header_count ? request->headers[index] : (bocata_field){0};
}

/* The values of all Cookie lines; HTTP/2 sends one for each cookie. Returns their number. */
static size_t cookie_headers(const bocata_request *request, bocata_str values[])
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        if (str_equal_nocase(request->headers[i].name, STR("Cookie")))
            values[count++] = request->headers[i].value;
    return count;
}

bocata_str bocata_request_cookie(const bocata_request *request, const char *name)
{
    bocata_str values[BOCATA_REQUEST_HEADERS_MAX];
    return bocata_cookie_find(values, cookie_headers(request, values), name);
}

/* Parsed once. An empty list stands in for one that there is no memory for. */
static const bocata_fields *parse_fields(bocata_request *request, bocata_str urlencoded,
                                         int too_large_status, bocata_fields **ret)
{
    static bocata_fields none;
    if (*ret)
        return *ret;
    bocata_status status = bocata_fields_parse(&request->exchange->arena, urlencoded, ret);
    if (status == BOCATA_OK)
        return *ret;
    if (status == BOCATA_E_LIMIT)
        bocata_response_error(&request->exchange->response, 400, "There are more than %d fields.",
                              BOCATA_FIELDS_MAX);
    else
        bocata_response_error(&request->exchange->response, too_large_status,
                              "The fields need more memory than one request may use.");
    return &none;
}

const bocata_fields *bocata_request_query(bocata_request *request)
{
    return parse_fields(request, request->query_string, 414, &request->query);
}

/* ---- the body -------------------------------------------------------------------------------- */

bocata_str bocata_request_body(const bocata_request *request)
{
    return request->body;
}

/* The Content-Type without its parameters; {NULL, 0} where none is stated. */
static bocata_str media_type(const bocata_request *request)
{
    bocata_str type = bocata_request_header(request, "Content-Type");
    return str_trim(str_cut(&type, ';'));
}

static bool is_json_type(bocata_str type)
{
    if (str_equal_nocase(type, STR("application/json")))
        return true;
    bocata_str end = str_skip(type, type.len < 5 ? 0 : type.len - 5);
    return str_equal_nocase(end, STR("+json"));
}

json_t *bocata_request_json(bocata_request *request, bocata_response *response)
{
    json_error_t error = {0}; /* which jansson does not always set */

    if (request->json)
        return request->json;
    if (!is_json_type(media_type(request))) {
        bocata_response_error(response, 400, "The Content-Type must be application/json.");
        return NULL;
    }
    if (request->body.len == 0) {
        bocata_response_error(response, 400, "The body is empty, but must be JSON.");
        return NULL;
    }
    /* Without JSON_ALLOW_NUL: views take strings as C strings, which a NUL would cut in silence. */
    request->json = json_loadb(request->body.ptr, request->body.len, JSON_DECODE_ANY, &error);
    if (!request->json && bocata_json_is_out_of_memory(&error))
        bocata_response_fail(response, "there is no memory for its JSON.");
    else if (!request->json)
        bocata_response_error(response, 400, "The body is not JSON: %s, at line %d, column %d.",
                              bocata_json_fault(&error), error.line, error.column);
    return request->json;
}

/* A 400 that says what is wrong with the body and where. */
static void answer_misfit(bocata_response *response, const char *format, const json_error_t *error,
                          va_list args)
{
    bocata_buf sentence = {0};

    if (bocata_unpack_explain(&sentence, "body", format, error, args) == BOCATA_OK)
        bocata_response_error(response, 400, "%s", sentence.ptr);
    else
        bocata_response_fail(response, "there is no memory to say what is wrong with the body.");
    bocata_buf_free(&sentence);
}

bool bocata_request_unpack(bocata_request *request, bocata_response *response, const char *format,
                           ...)
{
    json_error_t error = {0}; /* which jansson does not always set */
    va_list args;

    json_t *json = bocata_request_json(request, response);
    if (!json)
        return false;
    va_start(args, format);
    bool is_done = json_vunpack_ex(json, &error, 0, format, args) == 0;
    va_end(args);
    if (is_done)
        return true;
    va_start(args, format);
    if (bocata_json_is_out_of_memory(&error))
        bocata_response_fail(response, "there is no memory to unpack its JSON.");
    else if (json_error_code(&error) == json_error_invalid_format)
        bocata_response_fail(response, "the unpack format \"%s\" is wrong: %s.", format,
                             error.text);
    else
        answer_misfit(response, format, &error, args);
    va_end(args);
    return false;
}

bool bocata_request_is_form(const bocata_request *request)
{
    return str_equal_nocase(media_type(request), STR("application/x-www-form-urlencoded"));
}

const bocata_fields *bocata_request_form(bocata_request *request, bocata_response *response)
{
    if (!bocata_request_is_form(request)) {
        bocata_response_error(response, 400,
                              "The Content-Type must be application/x-www-form-urlencoded.");
        return NULL;
    }
    const bocata_fields *fields = parse_fields(request, request->body, 413, &request->form);
    return request->form ? fields : NULL;
}

/* ---- session, data, memory ------------------------------------------------------------------- */

bocata_session *bocata_request_session(bocata_request *request)
{
    const bocata_runtime *runtime = request->exchange->runtime;
    bocata_str values[BOCATA_REQUEST_HEADERS_MAX];

    if (request->session)
        return request->session;
    if (!runtime->codec)
        bocata_response_fail(&request->exchange->response,
                             "it asked for a session, but `sessions` is not set in the settings.");
    request->session = bocata_session_load(runtime->codec, values, cookie_headers(request, values),
                                           runtime->now_s(runtime->now_user));
    if (!request->session)
        bocata_response_fail(&request->exchange->response, "there is no memory for its session.");
    else if (runtime->codec && runtime->app->router.endpoint_count > 0) /* sockets end by it */
        bocata_session_ensure_id(request->session);
    return request->session;
}

void *bocata_request_data(const bocata_request *request)
{
    return request->route && request->route->data ? request->route->data
                                                  : bocata_request_app_data(request);
}

const bocata_app *bocata_request_app(const bocata_request *request)
{
    return request->exchange->runtime->app;
}

void *bocata_request_app_data(const bocata_request *request)
{
    return request->exchange->runtime->app->data;
}

void bocata_request_set_user(bocata_request *request, void *user)
{
    request->user = user;
}

void *bocata_request_user(const bocata_request *request)
{
    return request->user;
}

void *bocata_request_alloc(bocata_request *request, size_t size)
{
    return bocata_arena_alloc(&request->exchange->arena, size);
}

const char *bocata_request_format(bocata_request *request, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t size = len < 0 ? SIZE_MAX : (size_t)len + 1; /* negative past INT_MAX, say */
    char *text = bocata_request_alloc(request, size);
    if (!text) {
        bocata_response_fail(&request->exchange->response, "there is no memory for its text.");
        return "";
    }
    va_start(args, format);
    vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}
