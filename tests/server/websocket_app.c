/* The application that the WebSocket tests drive: sockets that echo, those of websocket_doer.h, and
 * views that ask about them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bocata.h>

#include "websocket_doer.h"

static void count_open(bocata_websocket *ws)
{
    struct state *state = bocata_websocket_data(ws);
    state->opened++;
}

static void count_close(bocata_websocket *ws, int code, bocata_str reason)
{
    struct state *state = bocata_websocket_data(ws);
    (void)code, (void)reason;
    state->closed++;
}

/* ---- sockets that echo ----------------------------------------------------------------------- */

static void echo(bocata_websocket *ws, bocata_message *message)
{
    bocata_str bytes = bocata_message_bytes(message);

    if (bocata_message_is_text(message))
        bocata_websocket_send_str(ws, bytes);
    else
        bocata_websocket_send_binary(ws, bytes.ptr, bytes.len);
}

static void echo_text(bocata_websocket *ws, bocata_message *message)
{
    bocata_str text = bocata_message_text(message);
    if (text.ptr)
        bocata_websocket_send_str(ws, text);
}

static void echo_binary(bocata_websocket *ws, bocata_message *message)
{
    bocata_str bytes = bocata_message_binary(message);
    if (bytes.ptr)
        bocata_websocket_send_binary(ws, bytes.ptr, bytes.len);
}

static void echo_json(bocata_websocket *ws, bocata_message *message)
{
    json_t *json = bocata_message_json(message);
    if (json)
        bocata_websocket_send_json(ws, json_incref(json));
}

static void add(bocata_websocket *ws, bocata_message *message)
{
    int a, b;
    if (bocata_message_unpack(message, "{s:i, s:i}", "a", &a, "b", &b))
        bocata_websocket_send_json(ws, json_integer((json_int_t)a + b));
}

static void tell_subprotocol(bocata_websocket *ws)
{
    const char *name = bocata_websocket_subprotocol(ws);
    count_open(ws);
    bocata_websocket_send_text(ws, name ? name : "none");
}

/* ---- one that always has more to send -------------------------------------------------------- */

enum { PRODUCED_MAX = 1000, PRODUCED_IN_MS = 5 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void produce(bocata_websocket *ws)
{
    struct state *state = bocata_websocket_data(ws);

    if (state->produced == PRODUCED_MAX) {
        bocata_websocket_close(ws, BOCATA_CLOSE_NORMAL, NULL);
        return;
    }
    for (int64_t end_ms = now_ms() + PRODUCED_IN_MS; now_ms() < end_ms;)
        ;
    state->produced++;
    bocata_websocket_send_text(ws, "more than the high-water mark");
}

static void begin_to_produce(bocata_websocket *ws)
{
    count_open(ws);
    produce(ws);
}

/* ---- handshakes ------------------------------------------------------------------------------ */

static void reject(bocata_request *request, bocata_response *response)
{
    int status = (int)bocata_request_param_int(request, "status");

    if (status >= 300 && status < 400)
        bocata_response_redirect(response, status, "/login");
    else if (status >= 400)
        bocata_response_error(response, status, "Not here.");
    else
        bocata_response_status(response, status);
}

static void reject_with_body(bocata_request *request, bocata_response *response)
{
    (void)request;
    bocata_response_text(response, "the reason");
    bocata_response_status(response, 403);
}

static void add_headers(bocata_request *request, bocata_response *response)
{
    (void)request;
    bocata_response_header(response, "X-One", "1");
    bocata_response_add_header(response, "X-Two", "2");
    bocata_response_add_header(response, "X-Two", "3");
}

/* A mistake: a rejection sets a status too. */
static void only_write_a_body(bocata_request *request, bocata_response *response)
{
    (void)request;
    bocata_response_text(response, "accepted?");
}

static bool refuse_in_hook(bocata_request *request, bocata_response *response)
{
    if (!bocata_request_header(request, "X-Refuse").ptr)
        return true;
    bocata_response_error(response, 401, "The hook refuses.");
    return false;
}

static void mark_after(bocata_request *request, bocata_response *response)
{
    (void)request;
    bocata_response_header(response, "X-After", "ran");
}

static void finish(void *user)
{
    bocata_response_finish(user);
}

static void stay(bocata_response *response, void *user)
{
    (void)response, (void)user; /* it is finished all the same */
}

static void accept_later(bocata_request *request, bocata_response *response)
{
    bocata_response_defer(response, stay, NULL);
    bocata_timer_start(bocata_request_app(request), 30, 0, finish, response);
}

/* ---- views ----------------------------------------------------------------------------------- */

static void show_page(bocata_request *request, bocata_response *response)
{
    (void)request;
    bocata_response_text(response, "a page");
}

static void show_counts(bocata_request *request, bocata_response *response)
{
    const struct state *state = bocata_request_data(request);
    bocata_response_json(response, json_pack("{s:i, s:i, s:i}", "opened", state->opened, "closed",
                                             state->closed, "produced", state->produced));
}

static void show_events(bocata_request *request, bocata_response *response)
{
    const struct state *state = bocata_request_data(request);
    bocata_response_json(response, json_incref(state->events));
}

static void send_from_view(bocata_request *request, bocata_response *response)
{
    bocata_status status =
        doer_send(bocata_request_data(request), (int)bocata_request_param_int(request, "number"),
                  bocata_request_body(request));
    bocata_response_text(response, bocata_status_name(status));
}

/* The body to a group, as often as ?times= says; answers how many are in it afterwards. */
static void broadcast_from_view(bocata_request *request, bocata_response *response)
{
    const bocata_app *app = bocata_request_app(request);
    bocata_str group = bocata_request_param(request, "group");
    bocata_str times = bocata_fields_get(bocata_request_query(request), "times");

    for (int i = times.ptr ? atoi(times.ptr) : 1; i > 0; i--) {
        if (bocata_app_broadcast_str(app, group.ptr, bocata_request_body(request)) != BOCATA_OK)
            bocata_response_error(response, 400, NULL);
    }
    bocata_response_json(response, json_integer((json_int_t)bocata_app_group_size(app, group.ptr)));
}

/* Also read and touch, which change nothing: each answer sends the cookie anew. */
static void use_session(bocata_request *request, bocata_response *response)
{
    bocata_str verb = bocata_request_param(request, "verb");
    bocata_session *session = bocata_request_session(request);

    if (bocata_str_is(verb, "logout") || bocata_str_is(verb, "switch") ||
        bocata_str_is(verb, "fail"))
        bocata_session_clear(session);
    if (bocata_str_is(verb, "login") || bocata_str_is(verb, "switch"))
        bocata_session_set_string(session, "name", "Ann");
    if (bocata_str_is(verb, "empty"))
        bocata_session_delete(session, "name");
    if (bocata_str_is(verb, "renew"))
        bocata_session_renew(session);
    bocata_response_json(response,
                         json_pack("{s:o, s:s}", "name",
                                   string_of(bocata_session_get_str(session, "name", "")), "reason",
                                   bocata_reason_name(bocata_session_reason(session))));
    if (bocata_str_is(verb, "fail")) /* and so nothing is saved */
        bocata_response_error(response, 503, NULL);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int64_t number_in(const char *name)
{
    const char *text = getenv(name);
    return text ? atoll(text) : 0;
}

static void configure(bocata_app *app)
{
    static const char *const trusted[] = {"https://trusted.example"};
    const char *format = getenv("FORMAT");
    const bocata_csrf_settings csrf = {.trusted_origins = trusted, .trusted_origin_count = 1};
    const bocata_session_settings sessions = {
        .from_env = true,
        .format = format && strcmp(format, "sealed") == 0 ? BOCATA_FORMAT_SEALED
                                                          : BOCATA_FORMAT_STARLETTE,
        .max_age_s = number_in("MAX_AGE"),
        .idle_timeout_s = number_in("IDLE_TIMEOUT"),
        .absolute_timeout_s = number_in("ABSOLUTE_TIMEOUT"),
        .rolling = BOCATA_ROLLING_ALWAYS,
    };
    bocata_app_configure(app,
                         &(bocata_settings){.csrf = &csrf, .sessions = format ? &sessions : NULL});
}

static const char *const subprotocols[] = {"chat", "soap"};

static const struct {
    const char *pattern;
    bocata_websocket_handlers handlers;
} echoes[] = {
    {"/echo", {.on_message = echo}},
    {"/page", {.on_message = echo}},
    {"/any", {.on_message = echo, .any_origin = true}},
    {"/small", {.on_message = echo, .message_len_max = 1000, .deflate = true}},
    {"/deflate", {.on_message = echo, .deflate = true}},
    {"/takeover",
     {.on_message = echo,
      .deflate = true,
      .deflate_server_takeover = true,
      .deflate_client_takeover = true}},
    {"/window",
     {.on_message = echo,
      .deflate = true,
      .deflate_server_window_bits = 10,
      .deflate_client_window_bits = 11}},
    {"/text", {.on_message = echo_text}},
    {"/binary", {.on_message = echo_binary}},
    {"/json", {.on_message = echo_json}},
    {"/add", {.on_message = add}},
    {"/deaf", {0}},
    {"/endless", {.on_open = begin_to_produce, .on_drain = produce, .high_water_len = 10}},
    {"/protocols",
     {.on_open = tell_subprotocol, .subprotocols = subprotocols, .subprotocol_count = 2}},
    {"/reject/body", {.on_connect = reject_with_body}},
    {"/reject/{status:int}", {.on_connect = reject}},
    {"/accept/body", {.on_connect = only_write_a_body}},
    {"/later", {.on_connect = accept_later, .on_message = echo}},
    {"/headers", {.on_connect = add_headers}},
};

static void serve_sockets(bocata_app *app)
{
    bocata_websocket_handlers doers = doer_handlers;

    doers.expiring_lead_s = number_in("EXPIRING_LEAD");
    bocata_app_websocket(app, "/do", &doers);
    bocata_app_websocket(app, "/do/{room}", &doers);
    for (size_t i = 0; i < sizeof echoes / sizeof *echoes; i++) {
        bocata_websocket_handlers handlers = echoes[i].handlers;
        if (!handlers.on_open)
            handlers.on_open = count_open;
        handlers.on_close = count_close;
        bocata_app_websocket(app, echoes[i].pattern, &handlers);
    }
}

int main(int argc, char **argv)
{
    struct state state = {.events = json_array()};
    bocata_app *app = bocata_app_new(&state);

    configure(app);
    serve_sockets(app);
    bocata_app_get(app, "/page", show_page);
    bocata_app_get(app, "/counts", show_counts);
    bocata_app_get(app, "/events", show_events);
    bocata_app_get(app, "/session/{verb}", use_session);
    bocata_app_post(app, "/send/{number:int}", send_from_view);
    bocata_app_post(app, "/broadcast/{group}", broadcast_from_view);
    bocata_app_before(app, refuse_in_hook);
    bocata_app_after(app, mark_after);
    int status = bocata_server_main(app, argc, argv);
    bocata_app_free(app);
    json_decref(state.events);
    return status;
}
