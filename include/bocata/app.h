/* An application: settings, routes, hooks, error handlers.
 *
 * Mistakes in putting it together (a missing key, a bad pattern, a second configure) stick to it: nothing
 * is served, and bocata_server_main prints them. So none of these calls needs a check. */
#ifndef BOCATA_APP_H
#define BOCATA_APP_H

#include <stdbool.h>
#include <stddef.h>

#include <bocata/config.h>
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

typedef void (*bocata_log_fn)(bocata_log_level level, const char *message, void *user);

/* Filled by name; what is left zero is off, or has its default. */
typedef struct bocata_settings {
    const bocata_session_settings *sessions; /* NULL: none. Anything else needs a key */
    const bocata_config *config;             /* its mistakes stop the start too */
} bocata_settings;

BOCATA_BEGIN_DECLS

/* `data` is what views get from bocata_request_data. Returns NULL only when out of memory, and every call here
 * takes that: bocata_app_error then says so. */
BOCATA_API bocata_app *bocata_app_new(void *data);
BOCATA_API void bocata_app_free(bocata_app *app);

/* Once, before the application is served: `bocata_app_configure(app, &(bocata_settings){ … })`. (It takes
 * one pointer; `...` is for the commas in such a literal.) */
#define bocata_app_configure(app, ...)                                                             \
    bocata_app_configure_sized((app), (__VA_ARGS__), sizeof(bocata_settings),                      \
                               sizeof(bocata_session_settings))

BOCATA_API void bocata_app_configure_sized(bocata_app *app, const bocata_settings *settings,
                                           size_t settings_size, size_t session_settings_size);

/* All mistakes so far, one a line; NULL if there are none. Borrowed until the next call on the app. */
BOCATA_API const char *bocata_app_error(const bocata_app *app);

/* ---- routes ----------------------------------------------------------------------------------------
 * Patterns: literal text and parameters, at most one in each segment:
 *
 *     /todos/{id:int}     a whole number          /items/{name}        one segment, not empty
 *     /at/{x:real}        a number                /files/{name:path}   the rest, slashes included
 *     /img/{name}.png     with text around it     /any/{}              the rest, without a name
 *
 * The path is percent-decoded segment by segment, so `{name}` may hold a slash that came as %2F, and `{name:path}`
 * may be anything, `../` and `//` included: check it before it names a file.
 *
 * The first route that matches path and method wins. Where only the type of a parameter stands in the
 * way the answer is 400, where only the method does 405, else 404. HEAD is answered by a GET route. */

BOCATA_API void bocata_app_get(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_post(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_put(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_patch(bocata_app *app, const char *pattern, bocata_view view);
BOCATA_API void bocata_app_delete(bocata_app *app, const char *pattern, bocata_view view);

/* With several methods ("GET, POST"; NULL: GET) and data of its own (NULL: the application's). Strings are
 * copied. */
BOCATA_API void bocata_app_route(bocata_app *app, const char *methods, const char *pattern,
                                 bocata_view view, void *data);

/* ---- around the views ------------------------------------------------------------------------------- */

/* Run in the order they were added. Before hooks also run for requests that no route matches. After hooks run
 * once the response is finished, also for errors and where a before hook returned false; and once more if the
 * answer then turns into a 500 (a session that cannot be saved, say), so that their headers are on it. */
BOCATA_API void bocata_app_before(bocata_app *app, bocata_before_hook hook);
BOCATA_API void bocata_app_after(bocata_app *app, bocata_view hook);

/* Writes the body of errors of this status; 0: of every status without a handler of its own. The status
 * already stands in the response, bocata_response_error_detail gives the sentence. */
BOCATA_API void bocata_app_error_handler(bocata_app *app, int status, bocata_view handler);

/* Where log lines go: to standard error if never called. Messages hold neither secrets nor cookies. */
BOCATA_API void bocata_app_on_log(bocata_app *app, bocata_log_fn log, void *user);

BOCATA_END_DECLS

#endif
