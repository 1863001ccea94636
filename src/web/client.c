#include "web/client.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/sized.h"
#include "base/str.h"
#include "web/app.h"

struct bocata_reply {
    bocata_client *client;
    bocata_client_socket *socket; /* whose handshake this answers; NULL for none */
    bocata_exchange *exchange;    /* whose response it shows */
    bool is_pending, is_head;
    bocata_field *headers; /* NULL while pending */
    size_t header_count;
    json_t *json;
};

static int64_t client_now_s(void *user)
{
    const bocata_client *client = user;
    return client->has_time ? client->now_s : bocata_clock_now_s();
}

bocata_client *bocata_client_new(bocata_app *app)
{
    bocata_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    if (bocata_runtime_init(&client->runtime, app, client_now_s, client) != BOCATA_OK) {
        free(client);
        return NULL;
    }
    bocata_cookie_jar_init(&client->jar);
    return client;
}

void bocata_client_free(bocata_client *client)
{
    if (!client)
        return;
    while (client->sockets)
        bocata_client_socket_free(client->sockets);
    bocata_runtime_done(&client->runtime);
    bocata_cookie_jar_done(&client->jar);
    free(client);
}

static uint64_t to_ms(int64_t time_s)
{
    if (time_s < 0)
        return 0;
    return (uint64_t)time_s <= UINT64_MAX / 1000 ? (uint64_t)time_s * 1000 : UINT64_MAX;
}

void bocata_client_set_time(bocata_client *client, int64_t now_s)
{
    client->now_s = now_s;
    client->has_time = true;
    bocata_timers_set_time(&client->runtime.app->hub->timers, to_ms(now_s));
    bocata_hub_run(client->runtime.app->hub, now_s);
}

/* Sessions end when the time is set: another client's may stand elsewhere. */
void bocata_client_turn(bocata_client *client)
{
    bocata_timers_run(&client->runtime.app->hub->timers);
}

void bocata_client_set_https(bocata_client *client, bool https)
{
    client->is_https = https;
}

/* ---- the way in ------------------------------------------------------------------------------ */

static void add_header(bocata_request *request, bocata_str name, bocata_str value)
{
    request->headers[request->header_count++] = (bocata_field){.name = name, .value = value};
}

/* Cookies of the jar, in the exchange's memory; {NULL, 0} where there are none. */
static bocata_status jar_header(bocata_client *client, bocata_exchange *exchange, bocata_str *ret)
{
    bocata_buf cookies = {0};
    bocata_str path = exchange->request.target;

    path = str_cut(&path, '?');
    bocata_status status = bocata_cookie_jar_header(&client->jar, path, client->is_https,
                                                    client_now_s(client), &cookies);
    if (status == BOCATA_OK && cookies.len > 0) {
        *ret = bocata_arena_copy(&exchange->arena, buf_str(&cookies));
        if (!ret->ptr)
            status = BOCATA_E_NOMEM;
    }
    bocata_buf_free(&cookies);
    return status;
}

/* Copies the request into the exchange, as a socket's bytes would be: a deferred response must not
 * depend on the caller's memory. */
static bocata_status fill(bocata_client *client, bocata_exchange *exchange,
                          const bocata_client_request *from)
{
    bocata_arena *arena = &exchange->arena;
    bocata_request *request = &exchange->request;
    bocata_str cookies = {0};

    if (from->header_count > BOCATA_CLIENT_HEADERS_MAX)
        return BOCATA_E_LIMIT;
    request->method = bocata_arena_copy(arena, bocata_str_of(from->method ? from->method : "GET"));
    request->target = bocata_arena_copy(arena, bocata_str_of(from->target));
    request->headers =
        bocata_arena_alloc(arena, (from->header_count + 2) * sizeof *request->headers);
    if (!request->method.ptr || !request->target.ptr || !request->headers ||
        bocata_buf_append(&request->body_bytes, from->body) != BOCATA_OK)
        return BOCATA_E_NOMEM;
    request->body = buf_str(&request->body_bytes);
    request->scheme = client->is_https ? STR("https") : STR("http");
    request->client = STR("127.0.0.1:0");
    bocata_status status = jar_header(client, exchange, &cookies);
    if (status != BOCATA_OK)
        return status;
    add_header(request, STR("Host"), STR("localhost"));
    if (cookies.len > 0)
        add_header(request, STR("Cookie"), cookies);
    for (size_t i = 0; i < from->header_count; i++) {
        bocata_str name = bocata_arena_copy(arena, from->headers[i].name);
        bocata_str value = bocata_arena_copy(arena, str_trim(from->headers[i].value));
        if (!name.ptr || !value.ptr)
            return BOCATA_E_NOMEM;
        add_header(request, name, value);
    }
    return BOCATA_OK;
}

/* ---- the way back ---------------------------------------------------------------------------- */

/* Content-Type first, where there is one, then the response's own. */
static bocata_status take_headers(bocata_reply *reply)
{
    const bocata_response *response = &reply->exchange->response;
    size_t count = 1;

    for (const bocata_response_header_line *line = response->headers; line; line = line->next)
        count++;
    reply->headers = malloc(count * sizeof *reply->headers);
    if (!reply->headers)
        return BOCATA_E_NOMEM;
    if (response->content_type.ptr)
        reply->headers[reply->header_count++] =
            (bocata_field){.name = STR("Content-Type"), .value = response->content_type};
    for (const bocata_response_header_line *line = response->headers; line; line = line->next)
        reply->headers[reply->header_count++] =
            (bocata_field){.name = line->name, .value = line->value};
    return BOCATA_OK;
}

static bocata_status take_cookies(bocata_reply *reply)
{
    bocata_client *client = reply->client;
    bocata_status status = BOCATA_OK;

    for (size_t i = 0; i < reply->header_count && status == BOCATA_OK; i++)
        if (str_equal_nocase(reply->headers[i].name, STR("Set-Cookie")))
            status = bocata_cookie_jar_set_from_header(&client->jar, reply->headers[i].value,
                                                       reply->exchange->request.path,
                                                       client->is_https, client_now_s(client));
    return status;
}

/* A reply that memory ran out for has no headers and a status of 0, as if the connection had
 * broken. */
static void finished(bocata_exchange *exchange, void *host_data)
{
    bocata_reply *reply = host_data;

    reply->is_pending = false;
    if (take_headers(reply) != BOCATA_OK || take_cookies(reply) != BOCATA_OK ||
        bocata_buf_append(&exchange->response.body, (bocata_str){"", 1}) != BOCATA_OK) {
        free(reply->headers);
        reply->headers = NULL;
        reply->header_count = 0;
        exchange->response.status = 0;
        return;
    }
    exchange->response.body.len--; /* the NUL stays behind the last byte */
    if (reply->socket)
        bocata_client_socket_answered(reply->socket, reply, exchange);
}

bocata_reply *bocata_client_dispatch(bocata_client *client, const bocata_client_request *request,
                                     bocata_client_socket *socket)
{
    static const bocata_exchange_host host = {.finished = finished};
    bocata_reply *reply = calloc(1, sizeof *reply);

    if (!reply)
        return NULL;
    reply->client = client;
    reply->socket = socket;
    reply->is_pending = true;
    reply->exchange = bocata_exchange_new(&client->runtime, &host, reply);
    if (!reply->exchange || fill(client, reply->exchange, request) != BOCATA_OK) {
        if (reply->exchange)
            bocata_exchange_free(reply->exchange);
        free(reply);
        return NULL;
    }
    reply->is_head = bocata_str_is(reply->exchange->request.method, "HEAD");
    bocata_exchange_dispatch(reply->exchange);
    bocata_client_turn(client);
    return reply;
}

bocata_reply *bocata_client_send_sized(bocata_client *client, const bocata_client_request *theirs,
                                       size_t request_size)
{
    bocata_client_request request;

    if (!client || !theirs || !bocata_sized_copy(&request, sizeof request, theirs, request_size) ||
        !request.target)
        return NULL;
    return bocata_client_dispatch(client, &request, NULL);
}

bocata_reply *bocata_client_get(bocata_client *client, const char *target)
{
    return bocata_client_send(client, &(bocata_client_request){.target = target});
}

static bocata_reply *post(bocata_client *client, const char *target, const char *content_type,
                          bocata_str body)
{
    bocata_field header = {.name = STR("Content-Type"), .value = bocata_str_of(content_type)};
    return bocata_client_send(client, &(bocata_client_request){
                                          .method = "POST",
                                          .target = target,
                                          .headers = &header,
                                          .header_count = 1,
                                          .body = body,
                                      });
}

bocata_reply *bocata_client_post_json(bocata_client *client, const char *target, json_t *json)
{
    bocata_buf body = {0};
    bocata_reply *reply = NULL;

    if (bocata_json_write(&body, SIZE_MAX, json, BOCATA_JSON_COMPACT) == BOCATA_OK)
        reply = post(client, target, "application/json", buf_str(&body));
    bocata_buf_free(&body);
    json_decref(json);
    return reply;
}

bocata_reply *bocata_client_post_form(bocata_client *client, const char *target, const char *form)
{
    return post(client, target, "application/x-www-form-urlencoded", bocata_str_of(form));
}

/* ---- the cookie jar -------------------------------------------------------------------------- */

const char *bocata_client_cookie(bocata_client *client, const char *name)
{
    return bocata_cookie_jar_get(&client->jar, name, client_now_s(client));
}

bocata_status bocata_client_set_cookie(bocata_client *client, const char *name, const char *value)
{
    return bocata_cookie_jar_set(&client->jar, name, value);
}

void bocata_client_clear_cookies(bocata_client *client)
{
    bocata_cookie_jar_clear(&client->jar);
}

/* ---- replies --------------------------------------------------------------------------------- */

bool bocata_reply_is_pending(const bocata_reply *reply)
{
    return reply && reply->is_pending;
}

int bocata_reply_status(const bocata_reply *reply)
{
    return !reply || reply->is_pending ? 0 : reply->exchange->response.status;
}

bocata_str bocata_reply_header(const bocata_reply *reply, const char *name_text)
{
    bocata_str name = bocata_str_of(name_text);
    for (size_t i = 0; i < bocata_reply_header_count(reply); i++)
        if (str_equal_nocase(reply->headers[i].name, name))
            return reply->headers[i].value;
    return (bocata_str){0};
}

size_t bocata_reply_header_count(const bocata_reply *reply)
{
    return reply ? reply->header_count : 0;
}

bocata_field bocata_reply_header_at(const bocata_reply *reply, size_t index)
{
    return index < bocata_reply_header_count(reply) ? reply->headers[index] : (bocata_field){0};
}

bocata_str bocata_reply_body(const bocata_reply *reply)
{
    if (!reply)
        return STR("");
    const bocata_response *response = &reply->exchange->response;
    bool has_body =
        reply->headers && !reply->is_head && response->status != 204 && response->status != 304;
    return has_body ? buf_str(&response->body) : STR("");
}

const json_t *bocata_reply_json(bocata_reply *reply)
{
    bocata_str body = bocata_reply_body(reply);
    if (!reply)
        return NULL;
    if (!reply->json)
        reply->json = json_loadb(body.ptr, body.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return reply->json;
}

void bocata_reply_free(bocata_reply *reply)
{
    if (!reply)
        return;
    if (reply->is_pending)
        bocata_exchange_gone(reply->exchange);
    else
        bocata_exchange_free(reply->exchange);
    json_decref(reply->json);
    free(reply->headers);
    free(reply);
}
