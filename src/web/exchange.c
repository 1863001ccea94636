#include "web/exchange.h"

#include <stdalign.h>
#include <string.h>

#include "base/str.h"
#include "web/app.h"
#include "web/csrf.h"
#include "web/hub.h"
#include "web/log.h"
#include "web/percent.h"
#include "web/response.h"
#include "web/router.h"
#include "web/upgrade.h"
#include "web/websocket.h"

#define PIECES_MAX 8 /* of an exchange whose memory is sized, each with its padding */

bocata_status bocata_runtime_init(bocata_runtime *runtime, bocata_app *app,
                                  int64_t (*now_s)(void *user), void *now_user)
{
    if (bocata_app_check(app))
        return BOCATA_E_INVALID;
    bocata_codec *codec = app->sessions ? bocata_codec_new(app->sessions) : NULL;
    if (app->sessions && !codec)
        return BOCATA_E_NOMEM;
    *runtime = (bocata_runtime){.app = app, .codec = codec, .now_s = now_s, .now_user = now_user};
    return BOCATA_OK;
}

void bocata_runtime_done(bocata_runtime *runtime)
{
    bocata_exchange *exchange = runtime->exchanges;
    while (exchange) {
        bool is_told = exchange->state == BOCATA_EXCHANGE_WAITING && !exchange->is_gone;
        if (is_told)
            bocata_exchange_gone(exchange); /* whoever is told may free this one, and others */
        exchange = is_told ? runtime->exchanges : exchange->next;
    }
    while (runtime->exchanges)
        bocata_exchange_free(runtime->exchanges);
    bocata_deflate_pool_done(&runtime->deflate_pool);
    bocata_codec_free(runtime->codec);
    bocata_arena_pool_done(&runtime->pool);
}

/* Takes the arena over. */
static bocata_exchange *make(bocata_runtime *runtime, bocata_arena arena)
{
    bocata_exchange *exchange = bocata_arena_alloc(&arena, sizeof *exchange);
    if (!exchange)
        return NULL;
    memset(exchange, 0, sizeof *exchange);
    exchange->runtime = runtime;
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

bocata_exchange *bocata_exchange_new(bocata_runtime *runtime, const bocata_exchange_host *host,
                                     void *host_data)
{
    bocata_arena arena;

    bocata_arena_init(&arena, &runtime->pool, BOCATA_REQUEST_MEMORY_MAX);
    bocata_exchange *exchange = make(runtime, arena);
    if (exchange) {
        exchange->host = host;
        exchange->host_data = host_data;
    }
    return exchange;
}

bocata_exchange *bocata_exchange_new_sized(bocata_runtime *runtime, size_t size)
{
    const size_t own_size = sizeof(bocata_exchange) + PIECES_MAX * alignof(max_align_t);
    bocata_arena arena;

    bocata_arena_init(&arena, &runtime->pool, BOCATA_REQUEST_MEMORY_MAX);
    return bocata_arena_begin(&arena, own_size + size) ? make(runtime, arena) : NULL;
}

void bocata_exchange_free(bocata_exchange *exchange)
{
    if (exchange->prev)
        exchange->prev->next = exchange->next;
    else
        exchange->runtime->exchanges = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    if (exchange->websocket)
        bocata_websocket_free(exchange->websocket);
    bocata_session_free(exchange->request.session);
    json_decref(exchange->request.json);
    bocata_buf_free(&exchange->request.body_bytes);
    bocata_buf_free(&exchange->response.body);
    bocata_arena arena = exchange->arena; /* the exchange lives in it */
    bocata_arena_done(&arena);
}

/* ---- the way back: from the view's response to the host -------------------------------------- */

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
    if (response->is_error) { /* the handler answered with an error in turn */
        response->is_error = false;
        bocata_response_default_error(response);
    }
}

static void reset_to_500(bocata_response *response)
{
    bocata_response_reset(response);
    response->status = 500;
}

/* Nothing that was set is sent, since it may be what failed; the log already says why. */
static void write_failure(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;

    reset_to_500(response);
    write_error(exchange);
    if (response->is_failed) { /* the handler failed in turn */
        reset_to_500(response);
        bocata_response_default_error(response);
    }
}

static void run_after_hooks(bocata_exchange *exchange)
{
    const bocata_app *app = exchange->runtime->app;

    for (size_t i = 0; i < app->after_count; i++)
        app->after[i](&exchange->request, &exchange->response);
}

static bocata_status add_session_header(void *user, const char *name, const char *value)
{
    bocata_response *response = user;
    bocata_response_add_header(response, name, value);
    if (strcmp(name, "Set-Cookie") == 0)
        response->exchange->has_session_cookie = true;
    return response->is_failed ? BOCATA_E_NOMEM : BOCATA_OK;
}

/* A failed response saves nothing, whatever its error handler made of the status. */
static bocata_status save_session(bocata_exchange *exchange, bool has_failed)
{
    const bocata_runtime *runtime = exchange->runtime;

    if (!exchange->request.session || !runtime->codec)
        return BOCATA_OK;
    bocata_response_facts facts = {
        .status = has_failed ? 500 : exchange->response.status,
        .cache_control_is_set =
            bocata_response_get_header(&exchange->response, "Cache-Control").ptr != NULL,
        .now_s = runtime->now_s(runtime->now_user),
    };
    return bocata_session_save(exchange->request.session, &facts, add_session_header,
                               &exchange->response);
}

static void log_unsaved(const bocata_exchange *exchange, bocata_status status)
{
    const bocata_request *request = &exchange->request;
    bocata_app_log(exchange->runtime->app, BOCATA_LOG_ERROR,
                   "%.*s %.*s: 500, because the session was not saved: %s.",
                   (int)request->method.len, request->method.ptr, (int)request->raw_path.len,
                   request->raw_path.ptr, bocata_status_text(status));
}

static bool is_failure(const bocata_response *response)
{
    return response->is_failed || (response->is_error && response->status >= 500);
}

/* The sockets of a session hear of its new cookie, or of the one that the request came with. */
static void tell_hub(const bocata_exchange *exchange, const bocata_session *session)
{
    bocata_hub *hub = exchange->runtime->app->hub;

    if (!hub->sockets)
        return;
    if (exchange->has_session_cookie)
        bocata_hub_session_saved(hub, session);
    else
        bocata_hub_session_seen(hub, session);
}

static void complete(bocata_exchange *exchange)
{
    bocata_response *response = &exchange->response;
    const bocata_session *session;
    bool has_failed = is_failure(response);

    exchange->state = BOCATA_EXCHANGE_ENDING;
    if (response->is_failed)
        write_failure(exchange);
    else if (response->is_error)
        write_error(exchange);
    run_after_hooks(exchange);
    has_failed = has_failed || is_failure(response);
    if (response->is_error && !response->is_failed) /* a hook answered with an error */
        write_error(exchange);
    session = exchange->request.session; /* of a socket, perhaps, in a moment */
    bocata_status status = response->is_failed ? BOCATA_OK : save_session(exchange, has_failed);
    if (status != BOCATA_OK)
        log_unsaved(exchange, status);
    else if (!response->is_failed && response->status == 101)
        bocata_upgrade_accept(exchange);
    if (status != BOCATA_OK || response->is_failed) {
        write_failure(exchange);
        run_after_hooks(exchange); /* their headers belong on this answer too */
        if (response->is_failed || response->is_error)
            write_failure(exchange);
    } else {
        tell_hub(exchange, session);
    }
    exchange->state = BOCATA_EXCHANGE_FINISHED;
    exchange->host->finished(exchange, exchange->host_data);
}

void bocata_response_finish(bocata_response *response)
{
    bocata_exchange *exchange = response->exchange;

    response->is_deferred = false;
    if (exchange->state != BOCATA_EXCHANGE_WAITING)
        return; /* the application is still on the stack: it goes on when that returns */
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

/* ---- the way in ------------------------------------------------------------------------------ */

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
        if (request->route->endpoint)
            bocata_upgrade_connect(request, response);
        else
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
        bocata_response_error(response, 400,
                              "The path must begin with '/' and be "
                              "percent-encoded UTF-8 without NUL.");
        break;
    case BOCATA_ROUTE_NOMEM:
        bocata_response_error(response, 500, NULL);
        break;
    }
}

static bool run_before_hooks(bocata_exchange *exchange)
{
    const bocata_app *app = exchange->runtime->app;

    for (size_t i = 0; i < app->before_count; i++)
        if (!app->before[i](&exchange->request, &exchange->response))
            return false;
    return true;
}

/* OPTIONS * asks about the server, not about a path (RFC 9110 9.3.7). */
static bool is_for_server(const bocata_request *request)
{
    return bocata_str_is(request->target, "*");
}

/* A path that cannot be decoded stays as it was sent; the router refuses it. */
static void begin(bocata_exchange *exchange)
{
    bocata_request *request = &exchange->request;

    exchange->state = BOCATA_EXCHANGE_RUNNING;
    request->query_string = request->target;
    request->raw_path = request->path = str_cut(&request->query_string, '?');
    if (str_find(request->raw_path, '%') != request->raw_path.len &&
        bocata_percent_decode_path(&exchange->arena, request->raw_path, &request->path) !=
            BOCATA_OK)
        request->path = request->raw_path;
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
    bocata_route_match match =
        bocata_router_match(&exchange->runtime->app->router, &exchange->request);
    if (bocata_request_passes_csrf(&exchange->request, &exchange->response) &&
        run_before_hooks(exchange)) {
        if (is_for_server(&exchange->request))
            bocata_response_status(&exchange->response, 204);
        else
            run_view(exchange, match);
    }
    end(exchange);
}

void bocata_exchange_refuse(bocata_exchange *exchange, int status, const char *detail)
{
    begin(exchange);
    if (bocata_request_passes_csrf(&exchange->request, &exchange->response))
        run_before_hooks(exchange); /* which may defer: then this waits too */
    bocata_response_error(&exchange->response, status, "%s", detail);
    end(exchange);
}
