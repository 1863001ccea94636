/* The application as the rest of the framework sees it. */
#ifndef BOCATA_WEB_APP_H
#define BOCATA_WEB_APP_H

#include <bocata/app.h>

#include "base/buf.h"
#include "web/csrf.h"
#include "web/hub.h"
#include "web/router.h"

#define BOCATA_APP_HOOKS_MAX 32          /* of each kind */
#define BOCATA_APP_ERROR_HANDLERS_MAX 64 /* statuses with a handler of their own */

typedef struct bocata_error_handler {
    int status; /* 0: every status without a handler of its own */
    bocata_view view;
} bocata_error_handler;

struct bocata_app {
    void *data;
    bool is_configured;
    bool is_out_of_memory; /* while it was put together */
    bocata_sessions *sessions;
    bocata_csrf_rules csrf;
    const bocata_config *config;
    bool config_is_told; /* its mistake stands among the others */
    bocata_buf mistakes; /* one a line, a NUL behind the last */
    bocata_router router;
    bocata_hub *hub; /* the one thing that lives while the application is served */
    bocata_before_hook before[BOCATA_APP_HOOKS_MAX];
    bocata_view after[BOCATA_APP_HOOKS_MAX];
    size_t before_count, after_count;
    bocata_error_handler error_handlers[BOCATA_APP_ERROR_HANDLERS_MAX];
    size_t error_handler_count;
    bocata_log_fn log;
    void *log_user;
    bocata_log_level log_level;
    bocata_session_event_fn on_session_event; /* the application's own */
    void *session_event_user;
    bool is_told_too_late; /* how a session is written in time stands in the log */
};

/* To be called when nothing is added any more: what the application is then found to lack joins its
 * mistakes. Returns bocata_app_error. */
const char *bocata_app_check(bocata_app *app);

#endif
