/* What the tests of the web layer share: an application, its log, and a client of it. */
#ifndef WEB_TEST_H
#define WEB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bocata.h>

#define TEST_SECRET "a secret of more than thirty-two bytes, for tests"

/* What the application has logged, one line each. */
typedef struct test_log {
    char text[8192];
    size_t len;
} test_log;

bocata_app *test_app_new(test_log *log, void *data);

/* The same with sessions; `fill` may be NULL, or changes the settings before they are taken. */
bocata_app *test_app_with_sessions(test_log *log, void *data,
                                   void (*fill)(bocata_session_settings *settings));

/* A client at a fixed time. Fails the test if the application has mistakes. */
#define TEST_NOW 1700000000
bocata_client *test_client_new(bocata_app *app);

/* Sends, and compares status and body; `intent` is told on failure. `body` may be NULL for "any".
 */
void expect(const char *intent, bocata_client *client, const char *method, const char *target,
            int status, const char *body);

/* The same for a reply, which is freed. */
void expect_reply(const char *intent, bocata_reply *reply, int status, const char *body);

/* One header of a GET's reply equals `value` (NULL: it is absent). */
void expect_header(const char *intent, bocata_client *client, const char *target, const char *name,
                   const char *value);

/* How many headers of this name a reply has. */
size_t count_headers(const bocata_reply *reply, const char *name);

#endif
