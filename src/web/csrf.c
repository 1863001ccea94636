#include "web/csrf.h"

#include <stdlib.h>

#include "base/str.h"
#include "web/app.h"
#include "web/log.h"
#include "web/request.h"

void bocata_csrf_rules_done(bocata_csrf_rules *rules)
{
    for (size_t i = 0; i < rules->trusted_origin_count; i++)
        free(rules->trusted_origins[i]);
    free(rules->trusted_origins);
}

/* {NULL, 0} where there is none, {"", 0} where there are several. */
static bocata_str only_header(const bocata_request *request, bocata_str name)
{
    bocata_str found = {0};
    for (size_t i = 0; i < request->header_count; i++) {
        if (!str_equal_nocase(request->headers[i].name, name))
            continue;
        if (found.ptr)
            return STR("");
        found = request->headers[i].value.len > 0 ? request->headers[i].value : STR("");
    }
    return found;
}

/* The same for a form's field, but that several equal ones are one. */
static bocata_str only_field(const bocata_fields *form, const char *name)
{
    bocata_str found = {0};
    for (size_t i = 0; i < bocata_fields_size(form); i++) {
        bocata_field field = bocata_fields_at(form, i);
        if (!bocata_str_is(field.name, name))
            continue;
        if (found.ptr && !str_equal(found, field.value))
            return STR("");
        found = field.value;
    }
    return found;
}

/* False if the form cannot be read; the response then says why. */
static bool find_token(bocata_request *request, bocata_response *response, bocata_str *ret_token)
{
    *ret_token = only_header(request, STR("X-CSRF-Token"));
    if (ret_token->ptr || !bocata_request_is_form(request))
        return true;
    const bocata_fields *form = bocata_request_form(request, response);
    if (form)
        *ret_token = only_field(form, "csrf_token");
    return form != NULL;
}

static bool passes_token(bocata_request *request, bocata_response *response)
{
    bocata_str token;

    if (!find_token(request, response, &token))
        return false;
    if (!token.ptr)
        bocata_response_error(response, 403,
                              "The CSRF token is missing: send it in the header X-CSRF-Token or "
                              "the field csrf_token of an urlencoded form.");
    else if (!bocata_csrf_token_is_good(bocata_request_session(request), token))
        bocata_response_error(response, 403,
                              "The CSRF token is not one of this session: load the page anew, "
                              "and send it again.");
    else
        return true;
    return false;
}

static const char *refusal_of(const bocata_request *request, bocata_str method)
{
    const bocata_csrf_rules *rules = &request->exchange->runtime->app->csrf;
    const bocata_csrf_request facts = {
        .method = method,
        .host = only_header(request, STR("Host")),
        .sec_fetch_site = only_header(request, STR("Sec-Fetch-Site")),
        .origin = only_header(request, STR("Origin")),
    };
    return bocata_csrf_refusal(&facts, (const char *const *)rules->trusted_origins,
                               rules->trusted_origin_count);
}

static bool passes_headers(const bocata_request *request, bocata_response *response,
                           bocata_str method)
{
    const char *refusal = refusal_of(request, method);

    if (refusal)
        bocata_response_error(response, 403, "%s", refusal);
    return !refusal;
}

/* A page cannot read why its WebSocket was refused, so the log says it: once a second, since any
 * page may try. */
static void tell_refused_origin(const bocata_request *request)
{
    const bocata_runtime *runtime = request->exchange->runtime;
    bocata_str origin = only_header(request, STR("Origin")),
               host = only_header(request, STR("Host"));
    int64_t now_s = runtime->now_s(runtime->now_user);

    if (now_s == runtime->app->csrf.told_s)
        return;
    runtime->app->csrf.told_s = now_s;
    bocata_app_log(runtime->app, BOCATA_LOG_WARNING,
                   "A WebSocket was refused to the origin '%.*s' at the host '%.*s': trust it in "
                   "`csrf.trusted_origins`, or let the proxy leave Host as it is.",
                   (int)origin.len, origin.ptr ? origin.ptr : "", (int)host.len,
                   host.ptr ? host.ptr : "");
}

/* A WebSocket is opened with a GET, but does more than one: no browser keeps pages of other sites
 * from opening it and reading what comes (RFC 6455 10.2). So it is judged like a POST, whatever the
 * application's settings say of requests. */
static bool passes_origin(const bocata_request *request, bocata_response *response)
{
    if (request->route->endpoint->handlers.any_origin ||
        passes_headers(request, response, STR("POST")))
        return true;
    tell_refused_origin(request);
    return false;
}

bool bocata_request_passes_csrf(bocata_request *request, bocata_response *response)
{
    const bocata_csrf_rules *rules = &request->exchange->runtime->app->csrf;
    bocata_csrf_mode mode = request->route ? request->route->csrf : BOCATA_CSRF_DEFAULT;

    if (request->route && request->route->endpoint)
        return passes_origin(request, response);
    if (bocata_csrf_method_is_safe(request->method) || mode == BOCATA_CSRF_EXEMPT ||
        (mode == BOCATA_CSRF_DEFAULT && rules->is_off))
        return true;
    if (!passes_headers(request, response, request->method))
        return false;
    if (mode != BOCATA_CSRF_TOKEN && !rules->tokens_required)
        return true;
    return passes_token(request, response);
}
