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

/* Reads "Name: value", one a line (NULL for none), into `fields`, whose strings lie in `lines`.
 * Returns how many. */
#define TEST_FIELDS_MAX 16
size_t test_fields(const char *lines, bocata_field fields[TEST_FIELDS_MAX]);

/* ---- WebSockets ------------------------------------------------------------------------------ */

/* Opens one, with more headers as test_fields. */
bocata_client_socket *test_handshake(bocata_client *client, const char *target,
                                     const char *headers);

/* Opens one, and fails the test unless it is open. */
bocata_client_socket *test_open(bocata_client *client, const char *target);

/* Takes the next that has come, and compares it: "text abc", "binary abc", "ping abc", "pong abc",
 * "close 1000 reason" or "nothing". */
void expect_next(const char *intent, bocata_client_socket *socket, const char *event);

/* Sends a text, which must work. */
void say(bocata_client_socket *socket, const char *text);

/* ---- what handlers did ----------------------------------------------------------------------- */

/* Notes it; expect_noted compares all since the last time, "one; two". */
void test_note(const char *format, ...) BOCATA_PRINTF(1, 2);
void expect_noted(const char *intent, const char *notes);

#endif
