#include "websocket_doer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct doer {
    struct state *state;
    bocata_websocket *ws;
    int number; /* the place in `doers` */
};

/* ---- from the handshake to the end ----------------------------------------------------------- */

/* `?set=NAME` writes the session, whose cookie goes out with the 101; `?renew` renews it. */
static void connect_doer(bocata_request *request, bocata_response *response)
{
    const bocata_fields *query = bocata_request_query(request);
    bocata_str name = bocata_fields_get(query, "set");
    (void)response;
    if (name.ptr)
        bocata_session_set_str(bocata_request_session(request), "name", name);
    if (bocata_fields_get(query, "renew").ptr)
        bocata_session_renew(bocata_request_session(request));
}

static void keep_event(struct state *state, json_t *event)
{
    json_array_append_new(state->events, event);
}

static void open_doer(bocata_websocket *ws)
{
    struct state *state = bocata_websocket_data(ws);
    struct doer *doer = state->doer_count < DOERS_MAX ? malloc(sizeof *doer) : NULL;

    state->opened++;
    if (!doer) {
        bocata_websocket_close(ws, BOCATA_CLOSE_TRY_AGAIN_LATER, NULL);
        return;
    }
    doer->state = state;
    doer->ws = ws;
    doer->number = state->doer_count++;
    state->doers[doer->number] = doer;
    bocata_websocket_set_user(ws, doer);
    bocata_websocket_send_json(ws, json_pack("{s:i}", "number", doer->number));
}

static void close_doer(bocata_websocket *ws, int code, bocata_str reason)
{
    struct state *state = bocata_websocket_data(ws);
    struct doer *doer = bocata_websocket_user(ws);

    state->closed++;
    if (!doer)
        return;
    keep_event(state, json_pack("[s, i, i, o]", "closed", doer->number, code, string_of(reason)));
    state->doers[doer->number] = NULL;
    free(doer);
}

static void drain_doer(bocata_websocket *ws)
{
    const struct doer *doer = bocata_websocket_user(ws);
    keep_event(doer->state, json_pack("[s, i, I]", "drain", doer->number,
                                      (json_int_t)bocata_websocket_buffered(ws)));
}

static void pong_doer(bocata_websocket *ws, bocata_str payload)
{
    const struct doer *doer = bocata_websocket_user(ws);
    keep_event(doer->state, json_pack("[s, i, o]", "pong", doer->number, string_of(payload)));
}

static void warn_doer(bocata_websocket *ws, int64_t left_s)
{
    bocata_websocket_send_json(ws, json_pack("{s:I}", "left", (json_int_t)left_s));
}

static const char *text_of(json_t *arguments, const char *key)
{
    return json_string_value(json_object_get(arguments, key));
}

static int int_of(json_t *arguments, const char *key)
{
    return (int)json_integer_value(json_object_get(arguments, key));
}

static bocata_status do_close(struct doer *doer, json_t *arguments)
{
    return bocata_websocket_close(doer->ws, int_of(arguments, "code"),
                                  text_of(arguments, "reason"));
}

static bocata_status do_ping(struct doer *doer, json_t *arguments)
{
    return bocata_websocket_ping(doer->ws, bocata_str_of(text_of(arguments, "payload")));
}

static bocata_status do_join(struct doer *doer, json_t *arguments)
{
    return bocata_websocket_join(doer->ws, text_of(arguments, "group"));
}

/* "0", "1" and so on. */
static bocata_status do_join_many(struct doer *doer, json_t *arguments)
{
    bocata_status status = BOCATA_OK;
    for (int i = 0; i < int_of(arguments, "count") && status == BOCATA_OK; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        status = bocata_websocket_join(doer->ws, name);
    }
    return status;
}

static bocata_status do_leave(struct doer *doer, json_t *arguments)
{
    bocata_websocket_leave(doer->ws, text_of(arguments, "group"));
    return BOCATA_OK;
}

static bocata_status do_broadcast(struct doer *doer, json_t *arguments)
{
    return bocata_app_broadcast_text(bocata_websocket_app(doer->ws), text_of(arguments, "group"),
                                     text_of(arguments, "text"));
}

bocata_status doer_send(struct state *state, int number, bocata_str text)
{
    struct doer *doer = number >= 0 && number < DOERS_MAX ? state->doers[number] : NULL;
    return doer ? bocata_websocket_send_str(doer->ws, text) : BOCATA_E_INVALID;
}

static bocata_status do_send(struct doer *doer, json_t *arguments)
{
    return doer_send(doer->state, int_of(arguments, "to"),
                     bocata_str_of(text_of(arguments, "text")));
}

static void on_timer(void *user)
{
    struct doer *doer = user;
    keep_event(doer->state, json_pack("[s, i]", "timer", doer->number));
    bocata_websocket_send_text(doer->ws, "from a timer");
}

/* The socket must outlive the timer. */
static bocata_status do_later(struct doer *doer, json_t *arguments)
{
    bool is_started = bocata_timer_start(bocata_websocket_app(doer->ws),
                                         (uint64_t)int_of(arguments, "ms"), 0, on_timer, doer);
    return is_started ? BOCATA_OK : BOCATA_E_NOMEM;
}

static bocata_status do_write(struct doer *doer, json_t *arguments)
{
    return bocata_session_set_string(bocata_websocket_session(doer->ws), "name",
                                     text_of(arguments, "name"));
}

static bocata_status do_read(struct doer *doer, json_t *arguments)
{
    bocata_session *session = bocata_websocket_session(doer->ws);
    (void)arguments;
    return bocata_websocket_send_json(
        doer->ws,
        json_pack("{s:o, s:s}", "name", string_of(bocata_session_get_str(session, "name", "")),
                  "reason", bocata_reason_name(bocata_session_reason(session))));
}

/* `count` binary messages of `len` bytes, each of which begins with its number. */
static bocata_status do_flood(struct doer *doer, json_t *arguments)
{
    size_t len = (size_t)int_of(arguments, "len");
    char *bytes = calloc(len + 16, 1);
    bocata_status status = bytes ? BOCATA_OK : BOCATA_E_NOMEM;

    for (int i = 0; i < int_of(arguments, "count") && status == BOCATA_OK; i++) {
        snprintf(bytes, 16, "%d", i);
        status = bocata_websocket_send_binary(doer->ws, bytes, len);
    }
    free(bytes);
    keep_event(doer->state, json_pack("[s, i, I]", "buffered", doer->number,
                                      (json_int_t)bocata_websocket_buffered(doer->ws)));
    return status;
}

static bocata_status do_show(struct doer *doer, json_t *arguments)
{
    bocata_request *request = bocata_websocket_request(doer->ws);
    bocata_str query = bocata_fields_get(bocata_request_query(request), "q");
    (void)arguments;
    return bocata_websocket_send_json(
        doer->ws, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "room",
                            string_of(bocata_request_param(request, "room")), "path",
                            string_of(bocata_request_path(request)), "query", string_of(query),
                            "header", string_of(bocata_request_header(request, "X-Test")), "cookie",
                            string_of(bocata_request_header(request, "Cookie")), "client",
                            string_of(bocata_request_client(request)), "method",
                            string_of(bocata_request_method(request))));
}

/* Does what the list in "all" asks for. */
static void do_message(bocata_websocket *ws, bocata_message *message)
{
    static const struct {
        const char *name;
        bocata_status (*fn)(struct doer *doer, json_t *arguments);
    } doings[] = {
        {"close", do_close},         {"ping", do_ping},   {"join", do_join},
        {"join many", do_join_many}, {"leave", do_leave}, {"broadcast", do_broadcast},
        {"send", do_send},           {"later", do_later}, {"write", do_write},
        {"read", do_read},           {"flood", do_flood}, {"show", do_show},
    };
    struct doer *doer = bocata_websocket_user(ws);
    json_t *list = json_object_get(bocata_message_json(message), "all"), *arguments;
    size_t at;

    json_array_foreach(list, at, arguments)
    {
        const char *name = text_of(arguments, "do");
        for (size_t i = 0; name && i < sizeof doings / sizeof *doings; i++) {
            if (strcmp(doings[i].name, name) == 0)
                keep_event(doer->state,
                           json_pack("[s, i, s]", name, doer->number,
                                     bocata_status_name(doings[i].fn(doer, arguments))));
        }
    }
}

const bocata_websocket_handlers doer_handlers = {
    .on_connect = connect_doer,
    .on_open = open_doer,
    .on_message = do_message,
    .on_pong = pong_doer,
    .on_drain = drain_doer,
    .on_session_expiring = warn_doer,
    .on_close = close_doer,
    .deflate = true,
};
