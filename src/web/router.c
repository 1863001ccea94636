#include "web/router.h"

#include <stdlib.h>

#include "base/str.h"
#include "web/percent.h"
#include "web/upgrade.h"

/* Bytes of all patterns: an application's own, not a peer's. */
#define ROUTES_MEMORY_MAX (16 << 20)

/* A request's path, cut at its slashes. */
typedef struct split_path {
    bocata_str whole;                                  /* as sent */
    bocata_str path;                                   /* behind the first slash */
    bool is_encoded;                                   /* it must be decoded, and checked */
    bocata_str raw[BOCATA_ROUTE_SEGMENTS_MAX + 1];     /* as sent */
    bocata_str segment[BOCATA_ROUTE_SEGMENTS_MAX + 1]; /* decoded */
    size_t count; /* one more than any route has: deeper paths match only {name:path} */
} split_path;

void bocata_router_init(bocata_router *router)
{
    *router = (bocata_router){0};
    bocata_arena_init(&router->arena, NULL, ROUTES_MEMORY_MAX);
}

void bocata_router_done(bocata_router *router)
{
    free(router->routes);
    bocata_arena_done(&router->arena);
}

/* ---- adding ---------------------------------------------------------------------------------- */

static bool is_name(bocata_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = char_lower(name.ptr[i]);
        bool is_digit = c >= '0' && c <= '9';
        if (!(c >= 'a' && c <= 'z') && c != '_' && !(is_digit && i > 0))
            return false;
    }
    return name.len > 0;
}

static bool param_type_of(bocata_str name, bocata_param_type *ret_type)
{
    static const struct {
        const char *name;
        bocata_param_type type;
    } types[] = {
        {"int", BOCATA_PARAM_INT},
        {"real", BOCATA_PARAM_REAL},
        {"path", BOCATA_PARAM_PATH},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (bocata_str_is(name, types[i].name)) {
            *ret_type = types[i].type;
            return true;
        }
    }
    return false;
}

/* Returns NULL, or a sentence that says what is wrong. */
static const char *parse_segment(bocata_str text, bocata_route_segment *segment)
{
    size_t open = str_find(text, '{');
    if (text.len > 0 && (text.ptr[0] == ':' || text.ptr[0] == '<'))
        return "a parameter is written {name}";
    if (open == text.len) {
        if (str_find(text, '}') != text.len)
            return "a '}' without its '{'";
        *segment = (bocata_route_segment){.prefix = text};
        return NULL;
    }
    bocata_str rest = str_skip(text, open + 1);
    size_t close = str_find(rest, '}');
    if (close == rest.len)
        return "a '{' without its '}'";
    bocata_str inside = {rest.ptr, close};
    bool has_type = str_find(inside, ':') != inside.len;
    segment->prefix = (bocata_str){text.ptr, open};
    segment->suffix = str_skip(rest, close + 1);
    segment->name = str_cut(&inside, ':');
    segment->type = BOCATA_PARAM_TEXT;
    if (str_find(segment->suffix, '{') != segment->suffix.len)
        return "two parameters in one segment";
    if (str_find(segment->suffix, '}') != segment->suffix.len ||
        str_find(segment->prefix, '}') != segment->prefix.len)
        return "a '}' without its '{'";
    if (segment->name.len == 0 && !has_type)
        segment->type = BOCATA_PARAM_PATH;
    else if (!is_name(segment->name))
        return "a parameter's name must be letters, digits and '_'";
    else if (has_type && !param_type_of(inside, &segment->type))
        return "a parameter's type must be int, real or path";
    return NULL;
}

static const char *parse_pattern(bocata_str pattern, bocata_route *route)
{
    if (pattern.len == 0 || (pattern.ptr[0] != '/' && !bocata_str_is(pattern, "{}")))
        return "it must start with '/'";
    if (str_find(pattern, '?') != pattern.len || str_find(pattern, '#') != pattern.len)
        return "it is matched against the path alone, without query or fragment";
    if (!bocata_str_is_utf8(pattern))
        return "it is not UTF-8";
    bocata_str rest = pattern.ptr[0] == '/' ? str_skip(pattern, 1) : pattern;
    for (bool is_last = false; !is_last;) {
        if (route->segment_count == BOCATA_ROUTE_SEGMENTS_MAX)
            return "it has more than 32 segments";
        bocata_route_segment *segment = &route->segments[route->segment_count];
        is_last = str_find(rest, '/') == rest.len;
        const char *reason = parse_segment(str_cut(&rest, '/'), segment);
        if (reason)
            return reason;
        if (segment->type == BOCATA_PARAM_PATH && (!is_last || segment->suffix.len > 0))
            return "a path parameter takes the rest, so nothing may follow it";
        if (segment->type != BOCATA_PARAM_NONE && ++route->param_count > BOCATA_REQUEST_PARAMS_MAX)
            return "it has more than 16 parameters";
        for (size_t i = 0; i < route->segment_count; i++)
            if (segment->name.len > 0 && str_equal(route->segments[i].name, segment->name))
                return "two parameters have the same name";
        route->segment_count++;
    }
    if (route->param_count == 0)
        route->literal = pattern;
    return NULL;
}

static bool is_method(bocata_str method)
{
    for (size_t i = 0; i < method.len; i++)
        if ((method.ptr[i] < 'A' || method.ptr[i] > 'Z') && method.ptr[i] != '-')
            return false;
    return method.len > 0;
}

static const char *parse_methods(bocata_router *router, bocata_str methods, bocata_route *route)
{
    size_t count = 1;
    for (size_t i = 0; i < methods.len; i++)
        count += methods.ptr[i] == ',';
    route->methods = bocata_arena_alloc(&router->arena, count * sizeof *route->methods);
    if (!route->methods)
        return "out of memory";
    while (route->method_count < count) {
        bocata_str method = str_trim(str_cut(&methods, ','));
        if (!is_method(method))
            return "methods must be upper-case words separated by commas";
        route->methods[route->method_count++] = method;
    }
    return NULL;
}

/* Returns as bocata_router_add. */
static bocata_status parse_route(bocata_router *router, const bocata_websocket_handlers *handlers,
                                 bocata_str methods, bocata_route *route, const char **ret_reason)
{
    const char *reason =
        route->view || handlers ? parse_pattern(route->pattern, route) : "it has no view";

    if (!reason && (unsigned)route->csrf > BOCATA_CSRF_TOKEN)
        reason = "its `csrf` is none of bocata_csrf_mode";
    if (!reason)
        reason = parse_methods(router, methods, route);
    *ret_reason = reason;
    if (reason)
        return BOCATA_E_INVALID;
    return handlers ? bocata_endpoint_new(&router->arena, handlers, &route->endpoint, ret_reason)
                    : BOCATA_OK;
}

bocata_status bocata_router_add(bocata_router *router, const bocata_route_settings *settings,
                                const bocata_websocket_handlers *handlers, const char **ret_reason)
{
    bocata_route *route = bocata_arena_alloc(&router->arena, sizeof *route);
    bocata_str pattern = bocata_arena_copy(&router->arena, bocata_str_of(settings->pattern));
    bocata_str methods = bocata_arena_copy(
        &router->arena, settings->methods ? bocata_str_of(settings->methods) : STR("GET"));

    if (!route || !pattern.ptr || !methods.ptr)
        return BOCATA_E_NOMEM;
    *route = (bocata_route){
        .view = settings->view, .data = settings->data, .csrf = settings->csrf, .pattern = pattern};
    bocata_status status = parse_route(router, handlers, methods, route, ret_reason);
    if (status != BOCATA_OK)
        return status;
    if (router->count == router->cap) {
        size_t cap = router->cap ? router->cap * 2 : 16;
        bocata_route **routes = realloc(router->routes, cap * sizeof *routes);
        if (!routes)
            return BOCATA_E_NOMEM;
        router->routes = routes;
        router->cap = cap;
    }
    router->routes[router->count++] = route;
    router->endpoint_count += route->endpoint != NULL;
    return BOCATA_OK;
}

/* ---- matching -------------------------------------------------------------------------------- */

static bocata_status split(bocata_arena *arena, bocata_str path, split_path *ret)
{
    bocata_str rest = str_skip(path, 1);

    ret->whole = path;
    ret->path = rest;
    ret->is_encoded = false;
    ret->count = 0;
    for (size_t i = 0; i < path.len && !ret->is_encoded; i++)
        ret->is_encoded = path.ptr[i] == '%' || (unsigned char)path.ptr[i] >= 0x80;
    for (bool is_last = false; !is_last && ret->count <= BOCATA_ROUTE_SEGMENTS_MAX;) {
        is_last = str_find(rest, '/') == rest.len;
        bocata_str raw = str_cut(&rest, '/');
        ret->raw[ret->count] = ret->segment[ret->count] = raw;
        if (ret->is_encoded) {
            bocata_status status =
                bocata_percent_decode_path(arena, raw, &ret->segment[ret->count]);
            if (status != BOCATA_OK)
                return status;
        }
        ret->count++;
    }
    return BOCATA_OK;
}

/* What is left of the path from its `index`-th segment on, as sent. */
static bocata_str rest_of(const split_path *split, size_t index)
{
    return str_skip(split->path, (size_t)(split->raw[index].ptr - split->path.ptr));
}

static bool segment_matches(const bocata_route_segment *segment, bocata_str text)
{
    if (segment->type == BOCATA_PARAM_NONE)
        return str_equal(text, segment->prefix);
    return text.len > segment->prefix.len + segment->suffix.len &&
           str_starts_with(text, segment->prefix) && str_ends_with(text, segment->suffix);
}

static bool path_matches(const bocata_route *route, const split_path *split)
{
    if (route->literal.ptr && !split->is_encoded) /* most routes, most requests */
        return str_equal(route->literal, split->whole);
    for (size_t i = 0; i < route->segment_count; i++) {
        const bocata_route_segment *segment = &route->segments[i];
        if (i == split->count)
            return false;
        if (segment->type == BOCATA_PARAM_PATH)
            return str_starts_with(rest_of(split, i), segment->prefix);
        if (!segment_matches(segment, split->segment[i]))
            return false;
    }
    return split->count == route->segment_count;
}

static bool method_matches(const bocata_route *route, bocata_str method)
{
    bool is_head = bocata_str_is(method, "HEAD");
    for (size_t i = 0; i < route->method_count; i++)
        if (str_equal(route->methods[i], method) ||
            (is_head && bocata_str_is(route->methods[i], "GET")))
            return true;
    return false;
}

/* Takes the values of the route's parameters out of a path that matches it. */
static bocata_route_match take_params(const bocata_route *route, const split_path *split,
                                      bocata_request *request)
{
    bocata_arena *arena = &request->exchange->arena;

    request->param_count = 0;
    if (route->param_count == 0)
        return BOCATA_ROUTE_FOUND;
    request->params = bocata_arena_alloc(arena, route->param_count * sizeof *request->params);
    if (!request->params)
        return BOCATA_ROUTE_NOMEM;
    for (size_t i = 0; i < route->segment_count; i++) {
        const bocata_route_segment *segment = &route->segments[i];
        if (segment->type == BOCATA_PARAM_NONE)
            continue;
        bocata_str value =
            segment->type == BOCATA_PARAM_PATH ? rest_of(split, i) : split->segment[i];
        value = str_skip(value, segment->prefix.len);
        value.len -= segment->suffix.len;
        bocata_param *param = &request->params[request->param_count++];
        *param = (bocata_param){.type = segment->type, .name = segment->name};
        bocata_status status = BOCATA_OK;
        if (segment->type == BOCATA_PARAM_INT)
            status = bocata_str_to_int(value, &param->integer);
        else if (segment->type == BOCATA_PARAM_REAL)
            status = bocata_str_to_real(value, &param->real);
        if (status != BOCATA_OK)
            return BOCATA_ROUTE_WRONG_TYPE;
        if (segment->type == BOCATA_PARAM_PATH) { /* the one that is not decoded yet */
            status = bocata_percent_decode_path(arena, value, &param->value);
            if (status != BOCATA_OK)
                return status == BOCATA_E_NOMEM ? BOCATA_ROUTE_NOMEM : BOCATA_ROUTE_BAD_PATH;
        } else {
            param->value = bocata_arena_copy(arena, value);
            if (!param->value.ptr)
                return BOCATA_ROUTE_NOMEM;
        }
    }
    return BOCATA_ROUTE_FOUND;
}

/* The first of the routes that are endpoints, or of those that are not. */
static bocata_route_match match_kind(const bocata_router *router, bool is_endpoint,
                                     const split_path *path, bocata_request *request)
{
    bocata_route_match best = BOCATA_ROUTE_MISSING;

    for (size_t i = 0; i < router->count; i++) {
        const bocata_route *route = router->routes[i];
        if ((route->endpoint != NULL) != is_endpoint || !path_matches(route, path))
            continue;
        bocata_route_match match = method_matches(route, request->method)
                                       ? take_params(route, path, request)
                                       : BOCATA_ROUTE_WRONG_METHOD;
        if (match == BOCATA_ROUTE_FOUND)
            request->route = route;
        if (match == BOCATA_ROUTE_FOUND || match == BOCATA_ROUTE_BAD_PATH ||
            match == BOCATA_ROUTE_NOMEM)
            return match;
        if (match < best)
            best = match;
    }
    request->param_count = 0; /* what a route of the wrong type left */
    return best;
}

bocata_route_match bocata_router_match(const bocata_router *router, bocata_request *request)
{
    split_path path;

    if (request->raw_path.len == 0 || request->raw_path.ptr[0] != '/')
        return bocata_str_is(request->raw_path, "*") ? BOCATA_ROUTE_MISSING : BOCATA_ROUTE_BAD_PATH;

    bocata_status status = split(&request->exchange->arena, request->raw_path, &path);
    if (status != BOCATA_OK)
        return status == BOCATA_E_NOMEM ? BOCATA_ROUTE_NOMEM : BOCATA_ROUTE_BAD_PATH;
    if (router->endpoint_count == 0)
        return match_kind(router, false, &path, request);
    bool asks = bocata_request_asks_for_websocket(request);
    bocata_route_match match = match_kind(router, asks, &path, request);
    return match == BOCATA_ROUTE_MISSING ? match_kind(router, !asks, &path, request) : match;
}

static bool holds_method(const bocata_buf *allow, bocata_str method)
{
    bocata_str rest = buf_str(allow);
    while (rest.len > 0)
        if (str_equal(str_trim(str_cut(&rest, ',')), method))
            return true;
    return false;
}

static bocata_status allow_method(bocata_buf *allow, bocata_str method)
{
    if (holds_method(allow, method))
        return BOCATA_OK;
    return bocata_buf_printf(allow, "%s%.*s", allow->len ? ", " : "", (int)method.len, method.ptr);
}

bocata_status bocata_router_allow(const bocata_router *router, const bocata_request *request,
                                  bocata_buf *allow)
{
    split_path path;
    bocata_status status = split(&request->exchange->arena, request->raw_path, &path);

    for (size_t i = 0; i < router->count && status == BOCATA_OK; i++) {
        const bocata_route *route = router->routes[i];
        if (!path_matches(route, &path))
            continue;
        for (size_t m = 0; m < route->method_count && status == BOCATA_OK; m++) {
            status = allow_method(allow, route->methods[m]);
            if (status == BOCATA_OK && !route->endpoint && bocata_str_is(route->methods[m], "GET"))
                status = allow_method(allow, STR("HEAD"));
        }
    }
    return status;
}
