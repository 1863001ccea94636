/* An application: settings, routes, hooks, error handlers.
 *
 * Mistakes in putting it together (a missing key, a bad pattern, a second configure) stick to it:
 * nothing is served, and bocata_server_main prints them. So none of these calls needs a check. */
#ifndef BOCATA_APP_H
#define BOCATA_APP_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/config.h>
#include <bocata/csrf.h>
#include <bocata/export.h>
#include <bocata/request.h>
#include <bocata/response.h>
#include <bocata/session.h>

typedef struct bocata_app bocata_app;

/* Answers a request. */
typedef void (*bocata_view)(bocata_request *request, bocata_response *response);

/* Runs before the view; false ends the request with the response as it stands. */
typedef bool (*bocata_before_hook)(bocata_request *request, bocata_response *response);

typedef enum bocata_log_level {
    BOCATA_LOG_DEBUG,
    BOCATA_LOG_INFO,
    BOCATA_LOG_WARNING,
    BOCATA_LOG_ERROR,
    BOCATA_LOG_CRITICAL,
} bocata_log_level;

/* `message` is one line, without its end, and lives until the function returns. */
typedef void (*bocata_log_fn)(bocata_log_level level, const char *message, void *user);

/* What unsafe requests (POST, say) must show, so that no other site sends them with our cookie: by
 * default only what browsers say by themselves (bocata_csrf_refusal). A refused one is a 403,
 * before hooks and views run. */
typedef struct bocata_csrf_settings {
    const char *const
        *trusted_origins; /* other sites that may: "https://app.example.org"; copied */
    size_t trusted_origin_count;
    bool tokens_required; /* each must also carry the session's token, in the header X-CSRF-Token or
                             the form field "csrf_token" */
    bool off;             /* nothing is checked, but for routes that ask for it, and WebSockets */
} bocata_csrf_settings;

/* Filled by name; what is left zero is off, or has its default. */
typedef struct bocata_settings {
    const bocata_session_settings *sessions; /* NULL: none. Anything else needs a key */
    const bocata_config
        *config; /* its mistakes stop the start too; it must outlive the application */
    const bocata_csrf_settings *csrf; /* NULL: the defaults, which are on */
} bocata_settings;

BOCATA_BEGIN_DECLS

/* `data` is what views get from bocata_request_data; it is borrowed. Returns NULL only when out of
 * memory, and every call here takes that: bocata_app_error then says so. */
BOCATA_API bocata_app *bocata_app_new(void *data);
BOCATA_API void bocata_app_free(bocata_app *app);

/* The sizes of bocata_settings and of the structs it points to, in the order of its fields. */
static const size_t bocata_settings_sizes[] = {
    sizeof(bocata_settings),
    sizeof(bocata_session_settings),
    sizeof(bocata_csrf_settings),
};

/* Once, before the application is served: `bocata_app_configure(app, &(bocata_settings){ … })`. (It
 * takes one pointer; `...` is for the commas in such a literal.) */
#define bocata_app_configure(app, ...)                                                             \
    bocata_app_configure_sized((app), (__VA_ARGS__), bocata_settings_sizes,                        \
                               sizeof bocata_settings_sizes / sizeof *bocata_settings_sizes)

BOCATA_API void bocata_app_configure_sized(bocata_app *app, const bocata_settings *settings,
                                           const size_t sizes[], size_t size_count);

/* All mistakes so far, one a line; NULL if there are none. Borrowed until the next call. */
BOCATA_API const char *bocata_app_error(bocata_app *app);

/* The application that serves this request, to ask it for its sessions, say. */
BOCATA_API const bocata_app *bocata_request_app(const bocata_request *request);

/* What was opened from `.sessions`, to ask it for its counts, say; NULL without. */
BOCATA_API const bocata_sessions *bocata_app_sessions(const bocata_app *app);

/* ---- routes -------------------------------------------------------------------------------------
 * Patterns: literal text and parameters, at most one in each segment:
 *
 *     /todos/{id:int}     a whole number          /items/{name}        one segment, not empty
 *     /at/{x:real}        a number                /files/{name:path}   the rest, slashes included
 *     /img/{name}.png     with text around it     /any/{}              the rest, without a name
 *
 * The path is percent-decoded segment by segment, so `{name}` may hold a slash that came as %2F,
 * and `{name:path}` may be anything, `../` and `//` included: check it before it names a file.
 *
 * The first route that matches path and method wins. Where only the type of a parameter stands in
 * the way the answer is 400, where only the method does 405, else 404. HEAD is answered by a GET
 * route. */

BOCATA_API void bocata_app_get(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_post(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_put(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_patch(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_delete(bocata_app *app, const char *pattern, bocata_view view);

/* What a route asks of unsafe requests. */
typedef enum bocata_csrf_mode {
    BOCATA_CSRF_DEFAULT, /* what the application's settings say */
    BOCATA_CSRF_EXEMPT,  /* nothing: it is called by other sites, and trusts no cookie */
    BOCATA_CSRF_TOKEN,   /* that no browser says cross-site, and the token */
} bocata_csrf_mode;

/* Filled by name; strings are copied. */
typedef struct bocata_route_settings {
    const char *pattern; /* required */
    bocata_view view;    /* required */
    const char *methods; /* "GET, POST"; "GET" */
    void *data;          /* what its view gets instead of the application's; borrowed */
    bocata_csrf_mode csrf;
} bocata_route_settings;

/* A route with more to say: `bocata_app_route(app, &(bocata_route_settings){ … })`. */
#define bocata_app_route(app, ...)                                                                 \
    bocata_app_route_sized((app), (__VA_ARGS__), sizeof(bocata_route_settings))
BOCATA_API void bocata_app_route_sized(bocata_app *app, const bocata_route_settings *route,
                                       size_t route_size);

/* ---- around the views ------------------------------------------------------------------------ */

/* Run in the order they were added, for every request whose head was good: what HTTP itself
 * forbids, or what comes too slowly or is too large to be read, is answered without the
 * application. Before hooks also run for requests that no route matches, but not for those that
 * another site sent (bocata_csrf_settings). After hooks run once the response is finished, also for
 * errors and where a before hook returned false or did not run; and once more if the answer then
 * turns into a 500 (a session that cannot be saved, say), so that their headers are on it. */
BOCATA_API void bocata_app_before(bocata_app *app, bocata_before_hook hook);
BOCATA_API void bocata_app_after(bocata_app *app, bocata_view hook);

/* Writes the body of errors of this status (the detail is plain text: escape it in HTML); 0: of
 * every status without a handler of its own. The status already stands in the response,
 * bocata_response_error_detail gives the sentence. */
BOCATA_API void bocata_app_error_handler(bocata_app *app, int status, bocata_view handler);

/* Where log lines go from now on: to standard error if never called. Messages hold neither secrets
 * nor cookies. */
BOCATA_API void bocata_app_on_log(bocata_app *app, bocata_log_fn log, void *user);

BOCATA_END_DECLS

#endif
