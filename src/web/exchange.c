#include "web/exchange.h"

#include <string.h>

#include "base/str.h"
#include "web/app.h"
#include "web/log.h"
#include "web/response.h"
#include "web/router.h"

bocata_status bocata_runtime_init(bocata_runtime *runtime, bocata_app *app,
                                  int64_t (*now_s)(void *user), void *now_user)
{
    if (bocata_app_error(app))
        return BOCATA_E_INVALID;
    bocata_codec *codec = app->sessions ? bocata_codec_new(app->sessions) : NULL;
    if (app->sessions && !codec)
        return BOCATA_E_NOMEM;
    *runtime =
        (bocata_runtime){.app = app, .codec = codec, .now_s = now_s, .now_user = now_user};
    return BOCATA_OK;
}

void bocata_runtime_done(bocata_runtime *runtime)
{
    while (runtime->exchanges)
        bocata_exchange_free(runtime->exchanges);
    bocata_codec_free(runtime->codec);
    bocata_arena_pool_done(&runtime->pool);
}

bocata_exchange *bocata_exchange_new(bocata_runtime *runtime, const bocata_exchange_host *host,
                                     void *host_data)
{
    bocata_arena arena;
    bocata_arena_init(&arena, &runtime->pool, BOCATA_REQUEST_MEMORY_MAX);
    bocata_exchange *exchange = bocata_arena_alloc(&arena, sizeof *exchange);
    if (!exchange)
        return NULL;
    memset(exchange, 0, sizeof *exchange);
    exchange->runtime = runtime;
    exchange->host = host;
    exchange->host_data = host_data;
    exchange->arena = arena;
    exchange->request.exchange = exchange;
    exchange->response.exchange = exchange;
    exchange->response.status = 200;
    exchange->response.headers_end = &exchange->response.headers;
    exchange->next = runtime->exchanges;
    if (exchange->next)
        exchange->next->prev = exchange;
    runtime->exchanges = exchange;
    return exchange;
}

void bocata_exchange_free(bocata_exchange *exchange)
{
    if (exchange->prev)
        exchange->prev->next = exchange->next;
    else
        exchange->runtime->exchanges = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    bocata_session_free(exchange->request.session);
    json_decref(exchange->request.json);
    bocata_buf_free(&exchange->request.body_bytes);
    bocata_buf_free(&exchange->response.body);
    bocata_arena arena = exchange->arena; /* the exchange lives in it */
    bocata_arena_done(&arena);
}

/* ---- the way back: from the view's response to the host ---------------------------------------- */

static bocata_view error_handler_of(const bocata_app *app, int status)
{
    bocata_view any = NULL;
    for (size_t i = 0; i < app->error_handler_count; i++) {
        if (app->error_handlers[i].status == status)
            return app->error_handlers[i].view;
        if (app->error_handlers[i].status == 0)
            any = app->error_handlers[i].view;
    }
    return any;
}

static void write_error(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;
    bocata_view handler = error_handler_of(exchange->runtime->app, response->status);

    response->is_error = false;
    if (handler)
        handler(&exchange->request, response);
    else
        bocata_response_default_error(response);
}

/* Nothing that was set is sent, since it may be what failed; the log already says why. */
static void write_failure(bocata_exchange *exchange)
{
    bocata_response_reset(&exchange->response);
    exchange->response.status = 500;
    write_error(exchange);
    if (exchange->response.is_failed) { /* the handler failed in turn */
        bocata_response_reset(&exchange->response);
        exchange->response.status = 500;
        bocata_response_default_error(&exchange->response);
    }
}

static bocata_status add_session_header(void *user, const char *name, const char *value)
{
    bocata_response *response = user;
    bocata_response_add_header(response, name, value);
    return response->is_failed ? BOCATA_E_NOMEM : BOCATA_OK;
}

static bocata_status save_session(bocata_exchange *exchange)
{
    const bocata_runtime *runtime = exchange->runtime;

    if (!exchange->request.session || !runtime->codec)
        return BOCATA_OK;
    bocata_response_facts facts = {
        .status = exchange->response.status,
        .cache_control_is_set =
            bocata_response_get_header(&exchange->response, "Cache-Control").ptr != NULL,
        .now_s = runtime->now_s(runtime->now_user),
    };
    return bocata_session_save(exchange->request.session, &facts, add_session_header,
                               &exchange->response);
}

static void complete(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;
    const bocata_app *app = exchange->runtime->app;

    if (response->is_failed)
        write_failure(exchange);
    else if (response->is_error)
        write_error(exchange);
    for (size_t i = 0; i < app->after_count; i++)
        app->after[i](&exchange->request, response);
    if (response->is_error && !response->is_failed) /* a hook answered with an error */
        write_error(exchange);
    if (response->is_failed)
        write_failure(exchange);
    bocata_status status = save_session(exchange);
    if (status != BOCATA_OK) {
        bocata_app_log(app, BOCATA_LOG_ERROR, "%.*s %.*s: 500, because the session was not saved: %s.",
                       (int)exchange->request.method.len, exchange->request.method.ptr,
                       (int)exchange->request.path.len, exchange->request.path.ptr,
                       bocata_status_text(status));
        write_failure(exchange);
    }
    exchange->state = BOCATA_EXCHANGE_FINISHED;
    exchange->host->finished(exchange, exchange->host_data);
}

void bocata_response_finish(bocata_response *response)
{
    bocata_exchange *exchange = response->exchange;

    response->is_deferred = false;
    if (exchange->state != BOCATA_EXCHANGE_WAITING)
        return; /* the view is still on the stack: the dispatch goes on when it returns */
    if (exchange->is_gone)
        bocata_exchange_free(exchange);
    else
        complete(exchange);
}

void bocata_exchange_gone(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;

    exchange->is_gone = true;
    if (response->on_gone)
        response->on_gone(response, response->on_gone_user); /* which may finish, and so free, it */
}

/* ---- the way in --------------------------------------------------------------------------------- */

static void answer_wrong_method(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;
    bocata_buf allow = {0};

    bocata_status status =
        bocata_router_allow(&exchange->runtime->app->router, &exchange->request, &allow);
    if (status == BOCATA_OK)
        status = bocata_buf_append(&allow, (bocata_str){"", 1});
    if (status == BOCATA_OK) {
        bocata_response_header(response, "Allow", allow.ptr);
        bocata_response_error(response, 405, "The methods of this path are: %s.", allow.ptr);
    } else {
        bocata_response_error(response, 500, NULL);
    }
    bocata_buf_free(&allow);
}

static void run_view(bocata_exchange *exchange, bocata_route_match match)
{
    bocata_request *request = &exchange->request;
    bocata_response *response = &exchange->response;

    switch (match) {
    case BOCATA_ROUTE_FOUND:
        request->route->view(request, response);
        break;
    case BOCATA_ROUTE_WRONG_TYPE:
        bocata_response_error(response, 400, "A part of the path has the wrong type.");
        break;
    case BOCATA_ROUTE_WRONG_METHOD:
        answer_wrong_method(exchange);
        break;
    case BOCATA_ROUTE_MISSING:
        bocata_response_error(response, 404, NULL);
        break;
    case BOCATA_ROUTE_BAD_PATH:
        bocata_response_error(response, 400, "The path is not percent-encoded UTF-8 without NUL.");
        break;
    case BOCATA_ROUTE_NOMEM:
        bocata_response_error(response, 500, NULL);
        break;
    }
}

/* OPTIONS * asks about the server, not about a path (RFC 9110 9.3.7). */
static bool is_for_server(const bocata_request *request)
{
    return bocata_str_is(request->target, "*");
}

static void run(bocata_exchange *exchange)
{
    const bocata_app *app = exchange->runtime->app;
    bocata_request *request = &exchange->request;
    bocata_response *response = &exchange->response;

    if (is_for_server(request)) {
        bocata_response_status(response, 204);
        return;
    }
    bocata_route_match match = bocata_router_match(&app->router, request);
    for (size_t i = 0; i < app->before_count; i++)
        if (!app->before[i](request, response))
            return;
    run_view(exchange, match);
}

static void begin(bocata_exchange *exchange)
{
    bocata_request *request = &exchange->request;

    exchange->state = BOCATA_EXCHANGE_RUNNING;
    request->query_string = request->target;
    request->path = str_cut(&request->query_string, '?');
}

/* After the view has returned. */
static void end(bocata_exchange *exchange)
{
    if (exchange->response.is_deferred)
        exchange->state = BOCATA_EXCHANGE_WAITING;
    else
        complete(exchange);
}

void bocata_exchange_dispatch(bocata_exchange *exchange)
{
    begin(exchange);
    run(exchange);
    end(exchange);
}

void bocata_exchange_refuse(bocata_exchange *exchange, int status, const char *detail)
{
    begin(exchange);
    bocata_response_error(&exchange->response, status, "%s", detail);
    end(exchange);
}
