/* What is offered in Sec-WebSocket-Extensions, and what is answered. */
#include "suite.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "websocket/deflate_offer.h"

#define PMD "permessage-deflate"
#define ALONE "; server_no_context_takeover; client_no_context_takeover"

_Static_assert(sizeof PMD ALONE "; server_max_window_bits=15; client_max_window_bits=15" ==
                   BOCATA_DEFLATE_ANSWER_LEN_MAX + 1,
               "the longest answer fits");

static const bocata_deflate_settings alone = {0};
static const bocata_deflate_settings takeover = {.has_server_takeover = true,
                                                 .has_client_takeover = true};
static const bocata_deflate_settings small = {.has_server_takeover = true,
                                              .has_client_takeover = true,
                                              .server_max_window_bits = 11,
                                              .client_max_window_bits = 10};

typedef struct offer_row {
    const char *intent;
    const bocata_deflate_settings *settings;
    const char *value, *answer;
    bocata_deflate_agreement agreement; /* zero: not set */
} offer_row;

static offer_row offer_rows[] = {
    {"the plain offer", &takeover, PMD, PMD, {false, false, 15, 15}},
    {"no takeover unless wanted", &alone, PMD, PMD ALONE, {true, true, 15, 15}},
    {"the client wants none of the server",
     &takeover,
     PMD "; server_no_context_takeover",
     PMD "; server_no_context_takeover",
     {true, false, 15, 15}},
    {"the client needs none itself",
     &takeover,
     PMD "; client_no_context_takeover",
     PMD "; client_no_context_takeover",
     {false, true, 15, 15}},
    {"what Chromium offers",
     &takeover,
     PMD "; client_max_window_bits",
     PMD,
     {false, false, 15, 15}},
    {"a hint of the client's window is kept",
     &takeover,
     PMD "; client_max_window_bits=8",
     PMD "; client_max_window_bits=8",
     {false, false, 15, 8}},
    {"the client's full window",
     &takeover,
     PMD "; client_max_window_bits=15",
     PMD,
     {false, false, 15, 15}},
    {"a smaller window for the server",
     &takeover,
     PMD "; server_max_window_bits=9",
     PMD "; server_max_window_bits=9",
     {false, false, 9, 15}},
    {"a full window is confirmed",
     &takeover,
     PMD "; server_max_window_bits=15",
     PMD "; server_max_window_bits=15",
     {false, false, 15, 15}},
    {"the server's window is small",
     &small,
     PMD,
     PMD "; server_max_window_bits=11",
     {false, false, 11, 15}},
    {"both windows are small",
     &small,
     PMD "; client_max_window_bits",
     PMD "; server_max_window_bits=11; client_max_window_bits=10",
     {false, false, 11, 10}},
    {"the offer has the smaller windows",
     &small,
     PMD "; client_max_window_bits=9; server_max_window_bits=10",
     PMD "; server_max_window_bits=10; client_max_window_bits=9",
     {false, false, 10, 9}},
    {"the settings have the smaller windows",
     &small,
     PMD "; client_max_window_bits=14; server_max_window_bits=12",
     PMD "; server_max_window_bits=11; client_max_window_bits=10",
     {false, false, 11, 10}},
    {"the longest answer",
     &alone,
     PMD "; client_max_window_bits=10; server_max_window_bits=15",
     PMD ALONE "; server_max_window_bits=15; client_max_window_bits=10",
     {true, true, 15, 10}},
    {"quoted, escaped",
     &takeover,
     PMD ";server_max_window_bits=\"1\\0\"",
     PMD "; server_max_window_bits=10",
     {false, false, 10, 15}},
    {"spaces and tabs",
     &takeover,
     "\t" PMD "\t;  server_max_window_bits = 10 ",
     PMD "; server_max_window_bits=10",
     {false, false, 10, 15}},
    {"other extensions", &takeover, "x-webkit; a=\"b\"; c, , " PMD, PMD, {false, false, 15, 15}},
    {"the second is acceptable",
     &takeover,
     PMD "; server_max_window_bits=8, " PMD,
     PMD,
     {false, false, 15, 15}},
    {"the first acceptable wins",
     &takeover,
     PMD "; server_max_window_bits=10, " PMD "; server_max_window_bits=9, " PMD,
     PMD "; server_max_window_bits=10",
     {false, false, 10, 15}},
    /* passed over */
    {"no value", &takeover, "", "", {0}},
    {"another extension", &takeover, "deflate-frame", "", {0}},
    {"another case", &takeover, "Permessage-Deflate", "", {0}},
    {"a longer name", &takeover, PMD "2", "", {0}},
    {"a window that zlib cannot do", &takeover, PMD "; server_max_window_bits=8", "", {0}},
    {"an unknown parameter", &takeover, PMD "; x", "", {0}},
    {"an unknown parameter before known ones",
     &takeover,
     PMD "; x=1; client_max_window_bits",
     "",
     {0}},
    {"a parameter twice",
     &takeover,
     PMD "; client_max_window_bits; client_max_window_bits=10",
     "",
     {0}},
    {"a flag twice",
     &takeover,
     PMD "; server_no_context_takeover; server_no_context_takeover",
     "",
     {0}},
    {"a flag with a value", &takeover, PMD "; client_no_context_takeover=1", "", {0}},
    {"the server's window without a value", &takeover, PMD "; server_max_window_bits", "", {0}},
    {"7", &takeover, PMD "; client_max_window_bits=7", "", {0}},
    {"16", &takeover, PMD "; client_max_window_bits=16", "", {0}},
    {"1", &takeover, PMD "; client_max_window_bits=1", "", {0}},
    {"1a", &takeover, PMD "; client_max_window_bits=1a", "", {0}},
    {"20", &takeover, PMD "; client_max_window_bits=20", "", {0}},
    {"100", &takeover, PMD "; server_max_window_bits=100", "", {0}},
    {"a leading zero", &takeover, PMD "; server_max_window_bits=09", "", {0}},
    {"a sign", &takeover, PMD "; server_max_window_bits=+9", "", {0}},
    /* not a list of extensions */
    {"nothing behind a semicolon", &takeover, PMD ";", NULL, {0}},
    {"nothing between semicolons", &takeover, PMD ";;client_max_window_bits", NULL, {0}},
    {"nothing before a semicolon", &takeover, "; client_max_window_bits", NULL, {0}},
    {"nothing behind =", &takeover, PMD "; client_max_window_bits=", NULL, {0}},
    {"nothing before =", &takeover, PMD "; =10", NULL, {0}},
    {"nothing in quotes", &takeover, PMD "; client_max_window_bits=\"\"", NULL, {0}},
    {"an open quote", &takeover, PMD "; client_max_window_bits=\"10", NULL, {0}},
    {"a lone quote", &takeover, PMD "; client_max_window_bits=\"", NULL, {0}},
    {"an escaped end", &takeover, PMD "; client_max_window_bits=\"10\\\"", NULL, {0}},
    {"an escape without quotes", &takeover, PMD "; client_max_window_bits=1\\0", NULL, {0}},
    {"a space in a value", &takeover, PMD "; client_max_window_bits=\"1 0\"", NULL, {0}},
    {"two values", &takeover, PMD "; client_max_window_bits=10=10", NULL, {0}},
    {"a space in a name", &takeover, PMD " x", NULL, {0}},
    {"not ASCII", &takeover, PMD "\xc3\xa9", NULL, {0}},
    {"not a list behind what is taken", &takeover, PMD ", =", NULL, {0}},
    {"a comma in quotes", &takeover, PMD ", x; y=\"a,b\"", NULL, {0}},
};

static void test_offer(void **state)
{
    const offer_row *row = *state;
    bocata_field headers[] = {{STR("Sec-WebSocket-Extensions"), bocata_str_of(row->value)}};
    bocata_deflate_agreement agreement = {0};
    char answer[BOCATA_DEFLATE_ANSWER_LEN_MAX + 1] = "untouched";
    bocata_status status = bocata_deflate_accept(row->settings, headers, 1, &agreement, answer);

    assert_int_equal(status, row->answer ? BOCATA_OK : BOCATA_E_MALFORMED);
    assert_string_equal(answer, row->answer ? row->answer : "untouched");
    assert_memory_equal(&agreement, &row->agreement, sizeof agreement);
}

static void test_lines(void **state)
{
    bocata_field headers[] = {{STR("Sec-WebSocket-Extensions"), STR("x")},
                              {STR("Sec-WebSocket-Protocol"), STR("=")},
                              {STR("SEC-WEBSOCKET-EXTENSIONS"), STR(PMD)}};
    bocata_deflate_agreement agreement;
    char answer[BOCATA_DEFLATE_ANSWER_LEN_MAX + 1];
    (void)state;

    assert_int_equal(bocata_deflate_accept(&takeover, headers, 3, &agreement, answer), BOCATA_OK);
    assert_string_equal(answer, PMD);
    assert_int_equal(bocata_deflate_accept(&takeover, headers, 2, &agreement, answer), BOCATA_OK);
    assert_string_equal(answer, "");
    assert_int_equal(bocata_deflate_accept(&takeover, NULL, 0, &agreement, answer), BOCATA_OK);
    assert_string_equal(answer, "");
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, offer_rows, test_offer);
    SUITE_TEST(&group, test_lines);
    return suite_run(&group, "websocket deflate_offer");
}
