/* What a host sees of a WebSocket, where the in-process client does not show it: bytes in any
 * pieces, compression, when it is woken, and how long it may wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "web/app.h"
#include "web/websocket.h"

#define NOW 1700000000

typedef struct fixture {
    bocata_app *app;
    bocata_runtime runtime;
    char noted[512]; /* by the handlers */
    int wake_count;
    int64_t now_s;
} fixture;

static fixture *current; /* that the handlers note in */

static BOCATA_PRINTF(1, 2) void note(const char *format, ...)
{
    size_t len = strlen(current->noted);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(current->noted + len, sizeof current->noted - len, format, args);
    va_end(args);
    assert_true(more >= 0 && len + (size_t)more < sizeof current->noted);
}

static void on_open(bocata_websocket *ws)
{
    note("open;");
    assert_int_equal(bocata_websocket_join(ws, "all"), BOCATA_OK);
}

static void on_message(bocata_websocket *ws, bocata_message *message)
{
    bocata_str text = bocata_message_text(message);
    assert_non_null(text.ptr);
    note("text %.*s;", (int)text.len, text.ptr);
    bocata_websocket_send_str(ws, text);
}

static void on_pong(bocata_websocket *ws, bocata_str payload)
{
    (void)ws;
    note("pong %.*s;", (int)payload.len, payload.ptr);
}

static void on_drain(bocata_websocket *ws)
{
    (void)ws;
    note("drain;");
}

static void on_close(bocata_websocket *ws, int code, bocata_str reason)
{
    (void)ws;
    note("close %d %.*s;", code, (int)reason.len, reason.ptr);
}

static void on_expiring(bocata_websocket *ws, int64_t left_s)
{
    (void)ws;
    note("expiring in %d;", (int)left_s);
}

static void begin_session(bocata_request *req, bocata_response *res)
{
    (void)res;
    bocata_session_set_int(bocata_request_session(req), "n", 1);
}

static int64_t now_s(void *user)
{
    return ((const fixture *)user)->now_s;
}

static void fixture_open(fixture *f)
{
    bocata_websocket_handlers handlers = {.on_open = on_open,
                                          .on_message = on_message,
                                          .on_pong = on_pong,
                                          .on_drain = on_drain,
                                          .on_close = on_close,
                                          .high_water_len = 20};
    bocata_secret *secret = bocata_secret_new("1234", 4);

    *f = (fixture){.app = bocata_app_new(NULL), .now_s = NOW};
    current = f;
    bocata_app_configure(f->app, &(bocata_settings){.sessions = &(bocata_session_settings){
                                                        .secret_key = secret, .max_age_s = 999}});
    bocata_secret_free(secret);
    bocata_app_websocket(f->app, "/", &handlers);
    bocata_app_websocket(f->app, "/rooms/{room}/{id:int}", &handlers);
    handlers.deflate = true;
    bocata_app_websocket(f->app, "/deflate", &handlers);
    handlers.on_connect = begin_session;
    handlers.on_session_expiring = on_expiring;
    bocata_app_websocket(f->app, "/session", &handlers);
    assert_int_equal(bocata_runtime_init(&f->runtime, f->app, now_s, f), BOCATA_OK);
}

static void fixture_close(fixture *f)
{
    bocata_runtime_done(&f->runtime);
    bocata_app_free(f->app);
}

static void expect_noted(const char *intent, const char *notes)
{
    char got[sizeof current->noted];
    strcpy(got, current->noted);
    current->noted[0] = '\0';
    if (strcmp(got, notes) != 0)
        fail_msg("%s: %s", intent, got);
}

static void finished(bocata_exchange *exchange, void *host_data)
{
    (void)exchange, (void)host_data;
}

static void wake(void *host_data)
{
    ((fixture *)host_data)->wake_count++;
}

/* A handshake, answered. `extensions` may be NULL. */
static bocata_exchange *ask(fixture *f, bocata_str target, const char *extensions)
{
    static const bocata_exchange_host host = {.finished = finished};
    static bocata_field headers[6];
    bocata_exchange *exchange = bocata_exchange_new(&f->runtime, &host, f);

    headers[0] = (bocata_field){STR("Upgrade"), STR("websocket")};
    headers[1] = (bocata_field){STR("Connection"), STR("Upgrade")};
    headers[2] = (bocata_field){STR("Sec-WebSocket-Key"), STR("dGhlIHNhbXBsZSBub25jZQ==")};
    headers[3] = (bocata_field){STR("Sec-WebSocket-Version"), STR("13")};
    headers[4] = (bocata_field){STR("X-One"), STR("1")};
    headers[5] = (bocata_field){STR("Sec-WebSocket-Extensions"), bocata_str_of(extensions)};
    exchange->request.method = STR("GET");
    exchange->request.target = target;
    exchange->request.headers = headers;
    exchange->request.header_count = extensions ? 6 : 5;
    bocata_exchange_dispatch(exchange);
    return exchange;
}

static bocata_websocket *open_socket(fixture *f, bocata_str target, const char *extensions)
{
    static const bocata_websocket_host host = {.wake = wake};
    bocata_exchange *exchange = ask(f, target, extensions);

    assert_int_equal(exchange->response.status, 101);
    assert_non_null(exchange->websocket);
    assert_string_equal(f->noted, ""); /* nothing is told before it is opened */
    bocata_websocket *ws = bocata_websocket_open(exchange, &host, f);
    assert_null(exchange->websocket);
    bocata_exchange_free(exchange); /* which the socket does not need */
    expect_noted("open", "open;");
    return ws;
}

/* Compares what waits, and sends it. */
static void expect_sent(const char *intent, bocata_websocket *ws, bocata_str bytes)
{
    bocata_str strs[16];
    char got[256];
    size_t len = 0, count = bocata_outgoing_queue_peek(websocket_queue(ws), strs, 16);

    for (size_t i = 0; i < count; i++) {
        assert_true(len + strs[i].len < sizeof got);
        memcpy(got + len, strs[i].ptr, strs[i].len);
        len += strs[i].len;
    }
    assert_int_equal(bocata_websocket_buffered(ws), len);
    bocata_websocket_sent(ws, len);
    if (!str_equal((bocata_str){got, len}, bytes))
        fail_msg("%s: %zu other bytes", intent, len);
}

#define MASK "\x80\x80\x80\x80" /* turns ASCII into what is none */

/* Masks each payload of the frames in `bytes`, none longer than 125. */
static size_t masked(bocata_str bytes, char *to)
{
    memcpy(to, bytes.ptr, bytes.len);
    for (size_t at = 0; at < bytes.len;) {
        size_t payload_len = (unsigned char)to[at + 1] & 0x7f;
        uint8_t mask[4];
        memcpy(mask, to + at + 2, 4);
        bocata_frame_mask(mask, to + at + 6, payload_len);
        at += 6 + payload_len;
    }
    return bytes.len;
}

static void bytes_may_come_in_any_pieces(void **state)
{
    static const bocata_str script =
        /* Hel, a ping, lo; an empty text in two frames; a pong; a close with 1000 bye; rubbish */
        {"\x01\x83" MASK "Hel"
         "\x89\x81" MASK "p"
         "\x80\x82" MASK "lo"
         "\x01\x80" MASK "\x80\x80" MASK "\x8a\x81" MASK "q"
         "\x88\x85" MASK "\x03\xe8"
         "bye"
         "\x81\x81" MASK "x",
         9 + 7 + 8 + 6 + 6 + 7 + 11 + 7};
    (void)state;

    for (size_t cut = 0; cut <= script.len + 1; cut++) {
        fixture f;
        char bytes[128];
        fixture_open(&f);
        bocata_websocket *ws = open_socket(&f, STR("/"), NULL);
        size_t len = masked(script, bytes);
        if (cut <= len) {
            bocata_websocket_receive(ws, bytes, cut);
            bocata_websocket_receive(ws, bytes + cut, len - cut);
        } else {
            for (size_t i = 0; i < len; i++)
                bocata_websocket_receive(ws, bytes + i, 1);
        }
        expect_noted("all of it", "text Hello;text ;pong q;close 1000 bye;");
        expect_sent("its answers", ws, STR("\x8a\x01p\x81\x05Hello\x81\x00\x88\x02\x03\xe8"));
        assert_true(bocata_websocket_is_over(ws));
        bocata_websocket_lose(ws);
        bocata_websocket_free(ws);
        expect_noted("once", "");
        fixture_close(&f);
    }
}

/* RFC 7692 7.2.3.1: "Hello", compressed. */
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00"

static void compression_is_agreed_on_or_not(void **state)
{
    static const struct {
        const char *intent;
        bocata_str target;
        const char *extensions;
        int status;
        const char *answer; /* its beginning; NULL for none */
    } rows[] = {
        {"both want it", {"/deflate", 8}, "permessage-deflate", 101, "permessage-deflate"},
        {"the client does not", {"/deflate", 8}, NULL, 101, NULL},
        {"the endpoint does not", {"/", 1}, "permessage-deflate", 101, NULL},
        {"another extension", {"/deflate", 8}, "x-other", 101, NULL},
        {"no list of extensions", {"/deflate", 8}, "a b", 400, NULL},
        {"which nobody reads", {"/", 1}, "a b", 101, NULL},
    };
    fixture f;
    (void)state;

    fixture_open(&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bocata_exchange *exchange = ask(&f, rows[i].target, rows[i].extensions);
        bocata_str got =
            bocata_response_get_header(&exchange->response, "Sec-WebSocket-Extensions");
        if (exchange->response.status != rows[i].status || (got.ptr != NULL) != !!rows[i].answer ||
            (rows[i].answer && !bocata_str_starts_with(got, rows[i].answer)))
            fail_msg("%s: %d %.*s", rows[i].intent, exchange->response.status, (int)got.len,
                     got.ptr);
        bocata_exchange_free(exchange);
    }
    fixture_close(&f);
}

static void each_socket_gets_a_broadcast_in_its_own_way(void **state)
{
    char bytes[32];
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_websocket *deflated = open_socket(&f, STR("/deflate"), "permessage-deflate");
    bocata_websocket *plain = open_socket(&f, STR("/deflate"), NULL);
    size_t len = masked(STR("\xc1\x87" MASK HELLO), bytes);
    bocata_websocket_receive(deflated, bytes, len);
    expect_noted("inflated", "text Hello;");
    expect_sent("and deflated", deflated, STR("\xc1\x07" HELLO));
    assert_int_equal(bocata_app_broadcast_text(f.app, "all", "Hello"), BOCATA_OK);
    expect_sent("to one", deflated, STR("\xc1\x07" HELLO));
    expect_sent("to the other", plain, STR("\x81\x05Hello"));
    bocata_websocket_receive(plain, bytes, masked(STR("\xc1\x87" MASK HELLO), bytes));
    expect_noted("which it has not agreed on", "close 1002 a reserved bit is set;");
    bocata_websocket_free(deflated);
    bocata_websocket_free(plain);
    expect_noted("freeing tells nobody", "");
    fixture_close(&f);
}

static void the_host_is_woken(void **state)
{
    char bytes[32];
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_websocket *ws = open_socket(&f, STR("/"), NULL);
    f.wake_count = 0;
    assert_int_equal(bocata_websocket_send_text(ws, "x"), BOCATA_OK);
    assert_int_equal(f.wake_count, 1);
    assert_int_equal(bocata_app_broadcast_text(f.app, "all", "y"), BOCATA_OK);
    assert_int_equal(f.wake_count, 2);
    assert_int_equal(bocata_websocket_close(ws, 1000, NULL), BOCATA_OK);
    assert_int_equal(f.wake_count, 3);
    assert_int_equal(bocata_websocket_send_text(ws, "z"), BOCATA_E_INVALID);
    assert_int_equal(bocata_app_broadcast_text(f.app, "all", "z"), BOCATA_OK);
    assert_int_equal(f.wake_count, 3); /* it has left */
    assert_false(bocata_websocket_is_over(ws));
    expect_sent("all", ws, STR("\x81\x01x\x81\x01y\x88\x02\x03\xe8"));
    expect_noted("not yet", "");
    bocata_websocket_receive(ws, bytes, masked(STR("\x88\x82" MASK "\x03\xe8"), bytes));
    expect_noted("answered", "close 1000 ;");
    assert_true(bocata_websocket_is_over(ws));
    bocata_websocket_free(ws);
    fixture_close(&f);
}

static void on_drain_comes_while_a_frame_is_sent_in_part(void **state)
{
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_websocket *ws = open_socket(&f, STR("/"), NULL);
    assert_int_equal(bocata_websocket_send_text(ws, "123456789 123456789 "), BOCATA_OK);
    assert_true(websocket_is_congested(ws));
    bocata_websocket_sent(ws, 2);
    assert_false(websocket_is_congested(ws));
    bocata_websocket_sent(ws, 9);
    expect_noted("11 bytes are left", "");
    bocata_websocket_sent(ws, 1);
    expect_noted("10 bytes are left", "drain;");
    bocata_websocket_sent(ws, 10);
    expect_noted("once", "");
    bocata_websocket_lose(ws);
    expect_noted("lost", "close 1006 ;");
    bocata_websocket_free(ws);
    fixture_close(&f);
}

/* Nothing of it lies in the memory of the handshake, which others use by now. */
static void the_request_is_its_own(void **state)
{
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_websocket *ws = open_socket(&f, STR("/rooms/a%20b/7?q=x+y"), NULL);
    bocata_exchange *other = ask(&f, STR("/rooms/z%20z/8?q=z+z"), NULL);
    bocata_request *req = bocata_websocket_request(ws);
    const struct {
        const char *intent, *expected;
        bocata_str got;
    } rows[] = {
        {"a parameter", "a b", bocata_request_param(req, "room")},
        {"the path", "/rooms/a b/7", bocata_request_path(req)},
        {"the target", "/rooms/a%20b/7?q=x+y", bocata_request_target(req)},
        {"the query", "x y", bocata_fields_get(bocata_request_query(req), "q")},
        {"the method", "GET", bocata_request_method(req)},
        {"a header", "1", bocata_request_header(req, "x-one")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!bocata_str_is(rows[i].got, rows[i].expected))
            fail_msg("%s: %.*s", rows[i].intent, (int)rows[i].got.len, rows[i].got.ptr);
    assert_int_equal(bocata_request_param_int(req, "id"), 7);
    assert_int_equal(bocata_request_header_count(req), 1); /* those of the handshake are gone */
    bocata_exchange_free(other);
    bocata_websocket_free(ws);
    fixture_close(&f);
}

/* A host that fails to write the 101, say. */
static void one_that_is_never_opened_tells_nothing(void **state)
{
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_exchange *exchange = ask(&f, STR("/session"), NULL);
    assert_non_null(exchange->websocket);
    assert_ptr_equal(f.app->hub->sockets, exchange->websocket); /* a log-out finds it */
    bocata_exchange_free(exchange);
    assert_null(f.app->hub->sockets);
    assert_null(f.app->hub->sessions);
    expect_noted("nothing", "");
    fixture_close(&f);
}

/* Its session has ended before the host came to open it: there is no on_open, and so no on_close.
 */
static void one_whose_session_ends_before_it_is_opened(void **state)
{
    static const bocata_websocket_host host = {.wake = wake};
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_exchange *exchange = ask(&f, STR("/session"), NULL);
    bocata_hub_run(f.app->hub, NOW + 1000);
    expect_noted("nobody has seen it", "");
    bocata_websocket *ws = bocata_websocket_open(exchange, &host, &f);
    bocata_exchange_free(exchange);
    expect_sent("the client learns why", ws, STR("\x88\x11\x03\xf0session expired"));
    bocata_websocket_lose(ws);
    bocata_websocket_free(ws);
    expect_noted("nor does anybody", "");
    fixture_close(&f);
}

static void do_nothing(void *user)
{
    (void)user;
}

/* The session ends at NOW + 1000, and says so 60 seconds before. */
static void how_long_a_host_may_wait(void **state)
{
    static const struct {
        const char *intent;
        int64_t now_ms; /* since NOW */
        uint64_t wait_ms;
    } rows[] = {
        {"the clock is looked at each minute", 0, 60000},
        {"a minute before", 880000, 60000},
        {"less than that", 880001, 59999},
        {"a millisecond before", 939999, 1},
        {"due", 940000, 0},
        {"late", 2000000, 0},
    };
    fixture f;
    (void)state;

    fixture_open(&f);
    bocata_hub *hub = f.app->hub;
    assert_true(bocata_hub_wait_ms(hub, NOW * INT64_C(1000)) == UINT64_MAX);
    bocata_websocket *other = open_socket(&f, STR("/"), NULL);
    assert_true(bocata_hub_wait_ms(hub, NOW * INT64_C(1000)) == UINT64_MAX);
    bocata_websocket *ws = open_socket(&f, STR("/session"), NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t wait_ms = bocata_hub_wait_ms(hub, NOW * INT64_C(1000) + rows[i].now_ms);
        if (wait_ms != rows[i].wait_ms)
            fail_msg("%s: %llu", rows[i].intent, (unsigned long long)wait_ms);
    }
    bocata_hub_run(hub, NOW + 940);
    expect_noted("told", "expiring in 60;");
    assert_int_equal(bocata_hub_wait_ms(hub, (NOW + 940) * INT64_C(1000)), 60000);
    bocata_timers_set_time(&hub->timers, 5000);
    bocata_timer *timer = bocata_timer_start(f.app, 300, 0, do_nothing, NULL);
    assert_int_equal(bocata_hub_wait_ms(hub, (NOW + 940) * INT64_C(1000)), 300);
    assert_int_equal(bocata_hub_wait_ms(hub, (NOW + 1000) * INT64_C(1000) - 1), 1);
    bocata_timers_set_time(&hub->timers, 6000);
    assert_int_equal(bocata_hub_wait_ms(hub, (NOW + 940) * INT64_C(1000)), 0);
    bocata_timer_stop(timer);
    bocata_websocket_free(ws);
    bocata_websocket_free(other);
    fixture_close(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_may_come_in_any_pieces),
        cmocka_unit_test(compression_is_agreed_on_or_not),
        cmocka_unit_test(each_socket_gets_a_broadcast_in_its_own_way),
        cmocka_unit_test(the_host_is_woken),
        cmocka_unit_test(on_drain_comes_while_a_frame_is_sent_in_part),
        cmocka_unit_test(the_request_is_its_own),
        cmocka_unit_test(one_that_is_never_opened_tells_nothing),
        cmocka_unit_test(one_whose_session_ends_before_it_is_opened),
        cmocka_unit_test(how_long_a_host_may_wait),
    };
    return cmocka_run_group_tests_name("websocket", tests, NULL, NULL);
}
