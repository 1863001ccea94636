/* The opening handshake: what a client must send, and what it gets. */
#include "suite.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "websocket/handshake.h"

#define HEADERS_MAX 8
#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 1.3 */

/* "Name: value" lines that end with a newline each. */
static size_t headers_of(const char *lines, bocata_field *headers)
{
    bocata_str rest = bocata_str_of(lines);
    size_t count = 0;

    while (rest.len > 0 && count < HEADERS_MAX) {
        bocata_str line = str_cut(&rest, '\n');
        headers[count].name = str_cut(&line, ':');
        headers[count++].value = str_trim(line);
    }
    return count;
}

/* ---- the request ----------------------------------------------------------------------------- */

#define UPGRADE "Upgrade: websocket\n"
#define CONNECTION "Connection: Upgrade\n"
#define VERSION "Sec-WebSocket-Version: 13\n"
#define KEY_LINE "Sec-WebSocket-Key: " KEY "\n"

typedef struct request_row {
    const char *intent, *method, *lines;
    int status; /* 0: good */
} request_row;

static request_row request_rows[] = {
    {"a good request", "GET", UPGRADE CONNECTION VERSION KEY_LINE, 0},
    {"names and tokens in any case", "GET",
     "UPGRADE: WebSocket\nconnection: uPGRADE\nsec-websocket-version: 13\n"
     "SEC-WEBSOCKET-KEY: " KEY "\n",
     0},
    {"tokens in lists", "GET",
     "Upgrade: h2c, websocket\nConnection: keep-alive,Upgrade\n" VERSION KEY_LINE, 0},
    {"tokens on several lines", "GET",
     "Upgrade: h2c\nUpgrade:,\nUpgrade: ,websocket,\nConnection: keep-alive\n" CONNECTION VERSION
         KEY_LINE,
     0},
    {"POST", "POST", UPGRADE CONNECTION VERSION KEY_LINE, 405},
    {"get", "get", UPGRADE CONNECTION VERSION KEY_LINE, 405},
    {"an ordinary request", "GET", "", 426},
    {"no Upgrade", "GET", CONNECTION VERSION KEY_LINE, 426},
    {"another upgrade", "GET", "Upgrade: h2c\n" CONNECTION VERSION KEY_LINE, 426},
    {"a longer token", "GET", "Upgrade: websockets\n" CONNECTION VERSION KEY_LINE, 426},
    {"a part of a token", "GET", "Upgrade: my websocket\n" CONNECTION VERSION KEY_LINE, 426},
    {"no Connection", "GET", UPGRADE VERSION KEY_LINE, 400},
    {"Connection names something else", "GET", UPGRADE "Connection: keep-alive\n" VERSION KEY_LINE,
     400},
    {"no version", "GET", UPGRADE CONNECTION KEY_LINE, 426},
    {"an older version", "GET", UPGRADE CONNECTION "Sec-WebSocket-Version: 8\n" KEY_LINE, 426},
    {"a list of versions", "GET", UPGRADE CONNECTION "Sec-WebSocket-Version: 13, 8\n" KEY_LINE,
     426},
    {"013", "GET", UPGRADE CONNECTION "Sec-WebSocket-Version: 013\n" KEY_LINE, 426},
    {"the version twice", "GET", UPGRADE CONNECTION VERSION VERSION KEY_LINE, 400},
    {"no key", "GET", UPGRADE CONNECTION VERSION, 400},
    {"the key twice", "GET", UPGRADE CONNECTION VERSION KEY_LINE KEY_LINE, 400},
};

static void test_request(void **state)
{
    const request_row *row = *state;
    bocata_field headers[HEADERS_MAX];
    size_t count = headers_of(row->lines, headers);
    bocata_handshake_refusal refusal = {0};
    bocata_str key = {0};

    bool is_good =
        bocata_handshake_check(bocata_str_of(row->method), false, headers, count, &key, &refusal);
    assert_int_equal(refusal.status, row->status);
    assert_int_equal(is_good, row->status == 0);
    assert_true(str_equal(key, is_good ? STR(KEY) : (bocata_str){0}));
    assert_int_equal(refusal.detail != NULL, !is_good);
}

static void test_http_1_0(void **state)
{
    bocata_field headers[HEADERS_MAX];
    size_t count = headers_of(UPGRADE CONNECTION VERSION KEY_LINE, headers);
    bocata_handshake_refusal refusal = {0};
    bocata_str key;
    (void)state;

    assert_false(bocata_handshake_check(STR("GET"), true, headers, count, &key, &refusal));
    assert_int_equal(refusal.status, 400);
}

/* ---- the key --------------------------------------------------------------------------------- */

typedef struct key_row {
    const char *intent, *key;
    bool is_good;
} key_row;

static key_row key_rows[] = {
    {"a key of zeros", "AAAAAAAAAAAAAAAAAAAAAA==", true},
    {"a key of ones", "/////////////////////w==", true},
    {"all of its other ends: Q", "++++++++++++++++++++zQ==", true},
    {"all of its other ends: g", "0123456789abcdefABCDEg==", true},
    {"an empty key", "", false},
    {"15 bytes", "AAAAAAAAAAAAAAAAAAAA", false},
    {"17 bytes", "AAAAAAAAAAAAAAAAAAAAAAA=", false},
    {"18 bytes", "AAAAAAAAAAAAAAAAAAAAAAAA", false},
    {"without padding", "AAAAAAAAAAAAAAAAAAAAAA", false},
    {"with more padding", "AAAAAAAAAAAAAAAAAAAAAA===", false},
    {"less, with more padding", "AAAAAAAAAAAAAAAAAAAA====", false},
    {"bits behind the last byte", "AAAAAAAAAAAAAAAAAAAAAB==", false},
    {"the other alphabet", "-_AAAAAAAAAAAAAAAAAAAA==", false},
    {"a space within", "AAAAAAAAAA AAAAAAAAAAA==", false},
    {"a character beyond ASCII", "AAAAAAAAAAAAAAAAAAAA\xc3\xa9==", false},
};

static void test_key(void **state)
{
    const key_row *row = *state;
    bocata_field headers[] = {{STR("Upgrade"), STR("websocket")},
                              {STR("Connection"), STR("upgrade")},
                              {STR("Sec-WebSocket-Version"), STR("13")},
                              {STR("Sec-WebSocket-Key"), bocata_str_of(row->key)}};
    bocata_handshake_refusal refusal = {0};
    bocata_str key;

    assert_int_equal(bocata_handshake_check(STR("GET"), false, headers, 4, &key, &refusal),
                     row->is_good);
    assert_int_equal(refusal.status, row->is_good ? 0 : 400);
}

static void test_accept(void **state)
{
    char accept[BOCATA_HANDSHAKE_ACCEPT_LEN + 1];
    (void)state;

    assert_int_equal(bocata_handshake_accept(STR(KEY), accept), BOCATA_OK);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455 1.3 */
    assert_int_equal(bocata_handshake_accept(STR("x" KEY), accept), BOCATA_E_INVALID);
    assert_int_equal(bocata_handshake_accept(STR(""), accept), BOCATA_E_INVALID);
}

/* ---- subprotocols: the server has "chat" and "soap" ------------------------------------------ */

typedef struct protocol_row {
    const char *intent, *lines;
    bocata_status status;
    const char *protocol;
} protocol_row;

static protocol_row protocol_rows[] = {
    {"none is asked for", "Upgrade: websocket\n", BOCATA_OK, NULL},
    {"the only one", "Sec-WebSocket-Protocol: chat\n", BOCATA_OK, "chat"},
    {"the client's first wins", "Sec-WebSocket-Protocol: soap, chat\n", BOCATA_OK, "soap"},
    {"one that is unknown is passed over", "Sec-WebSocket-Protocol: x,chat\n", BOCATA_OK, "chat"},
    {"on several lines", "sec-websocket-protocol: x\nSEC-WEBSOCKET-PROTOCOL: soap\n", BOCATA_OK,
     "soap"},
    {"only unknown ones", "Sec-WebSocket-Protocol: x, y\n", BOCATA_OK, NULL},
    {"case matters", "Sec-WebSocket-Protocol: Chat\n", BOCATA_OK, NULL},
    {"a longer name", "Sec-WebSocket-Protocol: chats\n", BOCATA_OK, NULL},
    {"a shorter name", "Sec-WebSocket-Protocol: cha\n", BOCATA_OK, NULL},
    {"empty elements", "Sec-WebSocket-Protocol: ,, chat ,\n", BOCATA_OK, "chat"},
    {"an empty line", "Sec-WebSocket-Protocol:\n", BOCATA_OK, NULL},
    {"not a token", "Sec-WebSocket-Protocol: a b\n", BOCATA_E_MALFORMED, NULL},
    {"not a token behind the chosen one", "Sec-WebSocket-Protocol: chat, \"x\"\n",
     BOCATA_E_MALFORMED, NULL},
};

static void test_protocol(void **state)
{
    const protocol_row *row = *state;
    const char *const served[] = {"chat", "soap"};
    bocata_field headers[HEADERS_MAX];
    size_t count = headers_of(row->lines, headers);
    const char *protocol = NULL;

    assert_int_equal(bocata_handshake_protocol(headers, count, served, 2, &protocol), row->status);
    if (row->protocol)
        assert_string_equal(protocol, row->protocol);
    else
        assert_null(protocol);
}

static void test_no_protocols(void **state)
{
    bocata_field headers[] = {{STR("Sec-WebSocket-Protocol"), STR("chat")}};
    const char *protocol = "x";
    (void)state;

    assert_int_equal(bocata_handshake_protocol(headers, 1, NULL, 0, &protocol), BOCATA_OK);
    assert_null(protocol);
}

int main(void)
{
    static suite group;

    SUITE_ROWS(&group, request_rows, test_request);
    SUITE_TEST(&group, test_http_1_0);
    SUITE_ROWS(&group, key_rows, test_key);
    SUITE_TEST(&group, test_accept);
    SUITE_ROWS(&group, protocol_rows, test_protocol);
    SUITE_TEST(&group, test_no_protocols);
    return suite_run(&group, "websocket handshake");
}
