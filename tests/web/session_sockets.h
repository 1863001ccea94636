/* An application whose sockets have sessions, and views that change those. */
#ifndef SESSION_SOCKETS_H
#define SESSION_SOCKETS_H

#include "web_test.h"

extern bocata_session_format test_format; /* the one that is tested */

/* Endpoints "/" (see its on_connect for `?do=`; each message is answered by [name, n, status]) and
 * "/bare"; both note on_close, and "/" on_session_expiring. `with` may be NULL, or changes the
 * settings. */
bocata_app *session_app(test_log *log, void (*with)(bocata_session_settings *settings));

/* The views alone: /in/{name}, /remember/{name} (for 1,000 seconds), /read, /write, /out, /renew,
 * /fail and /break (which log out, and fail). */
void add_session_views(bocata_app *app);

void note_close(bocata_websocket *ws, int code, bocata_str reason);

bocata_client *logged_in(bocata_app *app, const char *name);
void free_both(bocata_client *client, bocata_app *app);

/* Runs each test with each format. */
#define BOTH_FORMATS_TESTS_MAX 20
int run_in_both_formats(const char *name, const struct CMUnitTest tests[], size_t count);

#endif
