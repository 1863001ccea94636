#include "web/app.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/sized.h"
#include "base/str.h"
#include "web/log.h"

bocata_app *bocata_app_new(void *data)
{
    bocata_app *app = calloc(1, sizeof *app);
    bocata_hub *hub = malloc(sizeof *hub);
    if (!app || !hub) {
        free(app);
        free(hub);
        return NULL;
    }
    bocata_hub_init(hub);
    app->hub = hub;
    app->data = data;
    app->log_level = BOCATA_LOG_INFO;
    bocata_router_init(&app->router);
    return app;
}

void bocata_app_free(bocata_app *app)
{
    if (!app)
        return;
    bocata_sessions_close(app->sessions);
    bocata_csrf_rules_done(&app->csrf);
    bocata_router_done(&app->router);
    bocata_buf_free(&app->mistakes);
    bocata_hub_done(app->hub);
    free(app->hub);
    free(app);
}

/* Records a mistake: one sentence, without a line end. */
BOCATA_PRINTF(2, 3) static void mistake(bocata_app *app, const char *format, ...)
{
    va_list args;
    if (!app) /* out of memory in bocata_app_new: bocata_app_error says so */
        return;
    va_start(args, format);
    bocata_status status =
        app->mistakes.len ? bocata_buf_append(&app->mistakes, STR("\n")) : BOCATA_OK;
    if (status == BOCATA_OK)
        status = bocata_buf_vprintf(&app->mistakes, format, args); /* which leaves a NUL behind */
    if (status != BOCATA_OK)
        app->is_out_of_memory = true;
    va_end(args);
}

const char *bocata_app_error(bocata_app *app)
{
    const char *of_config = app && app->config ? bocata_config_error(app->config) : NULL;

    if (of_config && !app->config_is_told) {
        app->config_is_told = true;
        mistake(app, "%s", of_config);
    }
    if (!app || app->is_out_of_memory)
        return "out of memory while the application was put together";
    return app->mistakes.len ? app->mistakes.ptr : NULL;
}

const char *bocata_app_check(bocata_app *app)
{
    if (bocata_app_error(app) || app->sessions)
        return bocata_app_error(app);
    if (app->csrf.tokens_required)
        mistake(app, "`csrf.tokens_required` needs `sessions`, which is not set.");
    for (size_t i = 0; i < app->router.count; i++)
        if (app->router.routes[i]->csrf == BOCATA_CSRF_TOKEN)
            mistake(app,
                    "The route '%s' asks for CSRF tokens, which need `sessions`: it is not set.",
                    app->router.routes[i]->pattern.ptr);
    return bocata_app_error(app);
}

const bocata_sessions *bocata_app_sessions(const bocata_app *app)
{
    return app ? app->sessions : NULL;
}

/* ---- settings -------------------------------------------------------------------------------- */

/* A signature that matches no key is a forgery, or a key that was taken away too early; the other
 * reasons are daily life. */
static void log_refused(const bocata_app *app, const bocata_session_event *event)
{
    bool is_forged = event->reason == BOCATA_REASON_BAD_SIGNATURE;
    bocata_log_level level = is_forged ? BOCATA_LOG_WARNING : BOCATA_LOG_DEBUG;
    const char *why = is_forged ? "its signature matches no key" : event->detail;

    if (event->untold_count == 0)
        bocata_app_log(app, level, "A session cookie was refused: %s (cookie %s).", why,
                       event->cookie_hash);
    else
        bocata_app_log(app, level,
                       "A session cookie was refused: %s (cookie %s; %llu more since the last such "
                       "line).",
                       why, event->cookie_hash, (unsigned long long)event->untold_count);
}

static void log_unsaved(bocata_app *app, const bocata_session_event *event)
{
    if (event->status != BOCATA_E_TOO_LATE)
        bocata_app_log(app, BOCATA_LOG_ERROR, "The session was not saved: %s", event->detail);
    else if (!app->is_told_too_late)
        bocata_app_log(app, BOCATA_LOG_ERROR,
                       "A change to a session is lost: %s. (This is told once.)", event->detail);
    app->is_told_too_late = app->is_told_too_late || event->status == BOCATA_E_TOO_LATE;
}

static void log_session_event(const bocata_session_event *event, void *user)
{
    bocata_app *app = user;

    switch (event->kind) {
    case BOCATA_SESSION_EVENT_REFUSED:
        log_refused(app, event);
        break;
    case BOCATA_SESSION_EVENT_NOT_SAVED:
        log_unsaved(app, event);
        break;
    case BOCATA_SESSION_EVENT_NOT_LOCKED:
        bocata_app_log(app, BOCATA_LOG_WARNING,
                       "The system refused to lock the memory of a secret, which may reach swap: "
                       "raise RLIMIT_MEMLOCK (ulimit -l).");
        break;
    }
    if (app->on_session_event)
        app->on_session_event(event, app->session_event_user);
}

static void configure_sessions(bocata_app *app, const bocata_session_settings *theirs, size_t size)
{
    bocata_session_settings settings;
    bocata_error error;

    if (!bocata_sized_copy(&settings, sizeof settings, theirs, size)) {
        mistake(app, "`sessions`: a setting is newer than the library: install a newer one.");
        return;
    }
    app->on_session_event = settings.on_event;
    app->session_event_user = settings.event_user;
    settings.on_event = log_session_event;
    settings.event_user = app;
    if (bocata_sessions_open(&settings, &app->sessions, &error) != BOCATA_OK)
        mistake(app, "%s", error.message);
}

/* Records the mistake itself. */
static bocata_status trust_origin(bocata_app *app, const char *origin)
{
    if (!bocata_csrf_origin_is_valid(origin)) {
        mistake(app,
                "`csrf.trusted_origins`: '%s' is no origin: write it as in "
                "\"https://app.example.org\", in lower case, without a path or the scheme's own "
                "port.",
                origin ? origin : "");
        return BOCATA_OK;
    }
    char *copy = strdup(origin);
    if (!copy)
        return BOCATA_E_NOMEM;
    app->csrf.trusted_origins[app->csrf.trusted_origin_count++] = copy;
    return BOCATA_OK;
}

static void configure_csrf(bocata_app *app, const bocata_csrf_settings *theirs, size_t size)
{
    bocata_csrf_settings settings;

    if (!bocata_sized_copy(&settings, sizeof settings, theirs, size)) {
        mistake(app, "`csrf`: a setting is newer than the library: install a newer one.");
        return;
    }
    app->csrf.is_off = settings.off;
    app->csrf.tokens_required = settings.tokens_required;
    if (settings.off && settings.tokens_required)
        mistake(app, "`csrf.off` and `csrf.tokens_required` contradict each other.");
    if (settings.trusted_origin_count == 0)
        return;
    if (!settings.trusted_origins) {
        mistake(app, "`csrf.trusted_origins` is NULL, but its count is not 0.");
        return;
    }
    app->csrf.trusted_origins =
        calloc(settings.trusted_origin_count, sizeof *app->csrf.trusted_origins);
    bocata_status status = app->csrf.trusted_origins ? BOCATA_OK : BOCATA_E_NOMEM;
    for (size_t i = 0; i < settings.trusted_origin_count && status == BOCATA_OK; i++)
        status = trust_origin(app, settings.trusted_origins[i]);
    if (status != BOCATA_OK)
        app->is_out_of_memory = true;
}

void bocata_app_configure_sized(bocata_app *app, const bocata_settings *theirs,
                                const size_t sizes[], size_t size_count)
{
    enum { SETTINGS, SESSIONS, CSRF }; /* a header older than CSRF protection has no size of it */
    bocata_settings settings;

    if (!app)
        return;
    if (app->is_configured) {
        mistake(app, "The application is configured twice.");
        return;
    }
    app->is_configured = true;
    if (!theirs || size_count <= SESSIONS) {
        mistake(app, "The application is configured with no settings.");
        return;
    }
    if (!bocata_sized_copy(&settings, sizeof settings, theirs, sizes[SETTINGS])) {
        mistake(app, "A setting is newer than the library: install a newer one.");
        return;
    }
    app->config = settings.config;
    bocata_app_error(app); /* puts the config's mistakes before those that follow from them */
    if (settings.sessions)
        configure_sessions(app, settings.sessions, sizes[SESSIONS]);
    if (settings.csrf && size_count > CSRF)
        configure_csrf(app, settings.csrf, sizes[CSRF]);
}

/* ---- routes and hooks ------------------------------------------------------------------------ */

static void add_route(bocata_app *app, const bocata_route_settings *route,
                      const bocata_websocket_handlers *handlers)
{
    const char *reason;

    if (!app)
        return;
    switch (bocata_router_add(&app->router, route, handlers, &reason)) {
    case BOCATA_OK:
        break;
    case BOCATA_E_INVALID:
        mistake(app, "The route '%s' is not valid: %s.", route->pattern ? route->pattern : "",
                reason);
        break;
    default:
        app->is_out_of_memory = true;
    }
}

void bocata_app_route_sized(bocata_app *app, const bocata_route_settings *theirs, size_t route_size)
{
    bocata_route_settings route;

    if (bocata_sized_copy(&route, sizeof route, theirs, route_size))
        add_route(app, &route, NULL);
    else
        mistake(app, "A route's setting is newer than the library: install a newer one.");
}

static void add_method(bocata_app *app, const char *method, const char *pattern, bocata_view view)
{
    add_route(app, &(bocata_route_settings){.methods = method, .pattern = pattern, .view = view},
              NULL);
}

void bocata_app_get(bocata_app *app, const char *pattern, bocata_view view)
{
    add_method(app, "GET", pattern, view);
}

void bocata_app_post(bocata_app *app, const char *pattern, bocata_view view)
{
    add_method(app, "POST", pattern, view);
}

void bocata_app_put(bocata_app *app, const char *pattern, bocata_view view)
{
    add_method(app, "PUT", pattern, view);
}

void bocata_app_patch(bocata_app *app, const char *pattern, bocata_view view)
{
    add_method(app, "PATCH", pattern, view);
}

void bocata_app_delete(bocata_app *app, const char *pattern, bocata_view view)
{
    add_method(app, "DELETE", pattern, view);
}

void bocata_app_websocket_sized(bocata_app *app, const char *pattern,
                                const bocata_websocket_handlers *theirs, size_t handlers_size)
{
    bocata_websocket_handlers handlers;

    if (!theirs)
        mistake(app, "The handlers of the WebSocket '%s' are NULL.", pattern ? pattern : "");
    else if (!bocata_sized_copy(&handlers, sizeof handlers, theirs, handlers_size))
        mistake(app, "A WebSocket's handler is newer than the library: install a newer one.");
    else
        add_route(app, &(bocata_route_settings){.pattern = pattern, .data = handlers.data},
                  &handlers);
}

void bocata_app_before(bocata_app *app, bocata_before_hook hook)
{
    if (!app || !hook || app->before_count == BOCATA_APP_HOOKS_MAX)
        mistake(app, hook ? "There are more than 32 before hooks." : "A before hook is NULL.");
    else
        app->before[app->before_count++] = hook;
}

void bocata_app_after(bocata_app *app, bocata_view hook)
{
    if (!app || !hook || app->after_count == BOCATA_APP_HOOKS_MAX)
        mistake(app, hook ? "There are more than 32 after hooks." : "An after hook is NULL.");
    else
        app->after[app->after_count++] = hook;
}

void bocata_app_error_handler(bocata_app *app, int status, bocata_view handler)
{
    if (!app)
        return;
    if (status != 0 && (status < 400 || status > 599)) {
        mistake(app, "An error handler is for a status of 400 to 599, or 0, not %d.", status);
        return;
    }
    for (size_t i = 0; i < app->error_handler_count; i++) {
        if (app->error_handlers[i].status == status) {
            mistake(app, "Two error handlers are for the status %d.", status);
            return;
        }
    }
    if (!handler || app->error_handler_count == BOCATA_APP_ERROR_HANDLERS_MAX)
        mistake(app,
                handler ? "There are more than 64 error handlers." : "An error handler is NULL.");
    else
        app->error_handlers[app->error_handler_count++] =
            (bocata_error_handler){.status = status, .view = handler};
}

void bocata_app_on_log(bocata_app *app, bocata_log_fn log, void *user)
{
    if (!app)
        return;
    app->log = log;
    app->log_user = user;
}
