#include "web/app.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "web/log.h"

bocata_app *bocata_app_new(void *data)
{
    bocata_app *app = calloc(1, sizeof *app);
    if (!app)
        return NULL;
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
    bocata_router_done(&app->router);
    bocata_buf_free(&app->mistakes);
    free(app);
}

const char *bocata_app_error(const bocata_app *app)
{
    if (!app || app->is_out_of_memory)
        return "out of memory while the application was put together";
    return app->mistakes.len ? app->mistakes.ptr : NULL;
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

/* ---- settings ---------------------------------------------------------------------------------- */

/* Whatever goes wrong with a session is logged, tampering at most once a second: whoever sends forged
 * cookies must not be able to fill the disk. */
static void log_session_event(const bocata_session_event *event, void *user)
{
    bocata_app *app = user;
    int64_t now_s = bocata_clock_now_s();

    switch (event->kind) {
    case BOCATA_SESSION_EVENT_REFUSED:
        if (event->reason != BOCATA_REASON_BAD_SIGNATURE) {
            bocata_app_log(app, BOCATA_LOG_DEBUG, "A session cookie was refused: %s.", event->detail);
        } else if (now_s != app->tampering_logged_s) {
            app->tampering_logged_s = now_s;
            bocata_app_log(app, BOCATA_LOG_WARNING,
                           "A session cookie was refused: its signature matches no key.");
        }
        break;
    case BOCATA_SESSION_EVENT_NOT_SAVED:
        bocata_app_log(app, BOCATA_LOG_ERROR, "The session was not saved: %s", event->detail);
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

/* Copies what a caller built against another version of the header filled in. A field it knows and we do
 * not must be zero: nothing that was asked for is silently left out. */
static bool copy_settings(void *ours, size_t our_size, const void *theirs, size_t their_size)
{
    memset(ours, 0, our_size);
    memcpy(ours, theirs, their_size < our_size ? their_size : our_size);
    for (size_t i = our_size; i < their_size; i++)
        if (((const char *)theirs)[i] != 0)
            return false;
    return true;
}

static void configure_sessions(bocata_app *app, const bocata_session_settings *theirs, size_t size)
{
    static const char newer[] = "a setting is newer than the library: install a newer one";
    bocata_session_settings settings;
    bocata_error error;

    if (!copy_settings(&settings, sizeof settings, theirs, size)) {
        mistake(app, "`sessions`: %s.", newer);
        return;
    }
    app->on_session_event = settings.on_event;
    app->session_event_user = settings.event_user;
    settings.on_event = log_session_event;
    settings.event_user = app;
    if (bocata_sessions_open(&settings, &app->sessions, &error) != BOCATA_OK)
        mistake(app, "%s", error.message);
}

void bocata_app_configure_sized(bocata_app *app, const bocata_settings *theirs, size_t settings_size,
                                size_t session_settings_size)
{
    bocata_settings settings;

    if (!app)
        return;
    if (app->is_configured) {
        mistake(app, "The application is configured twice.");
        return;
    }
    app->is_configured = true;
    if (!theirs) {
        mistake(app, "The application is configured with no settings.");
        return;
    }
    if (!copy_settings(&settings, sizeof settings, theirs, settings_size)) {
        mistake(app, "A setting is newer than the library: install a newer one.");
        return;
    }
    if (settings.config && bocata_config_error(settings.config))
        mistake(app, "%s", bocata_config_error(settings.config));
    if (settings.sessions)
        configure_sessions(app, settings.sessions, session_settings_size);
}

/* ---- routes and hooks -------------------------------------------------------------------------- */

void bocata_app_route(bocata_app *app, const char *methods, const char *pattern, bocata_view view,
                      void *data)
{
    const char *reason;
    if (!app)
        return;
    switch (bocata_router_add(&app->router, methods, pattern, view, data, &reason)) {
    case BOCATA_OK:
        break;
    case BOCATA_E_INVALID:
        mistake(app, "The route '%s' is not valid: %s.", pattern ? pattern : "", reason);
        break;
    default:
        app->is_out_of_memory = true;
    }
}

void bocata_app_get(bocata_app *app, const char *pattern, bocata_view view)
{
    bocata_app_route(app, "GET", pattern, view, NULL);
}

void bocata_app_post(bocata_app *app, const char *pattern, bocata_view view)
{
    bocata_app_route(app, "POST", pattern, view, NULL);
}

void bocata_app_put(bocata_app *app, const char *pattern, bocata_view view)
{
    bocata_app_route(app, "PUT", pattern, view, NULL);
}

void bocata_app_patch(bocata_app *app, const char *pattern, bocata_view view)
{
    bocata_app_route(app, "PATCH", pattern, view, NULL);
}

void bocata_app_delete(bocata_app *app, const char *pattern, bocata_view view)
{
    bocata_app_route(app, "DELETE", pattern, view, NULL);
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
        mistake(app, handler ? "There are more than 64 error handlers." : "An error handler is NULL.");
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
