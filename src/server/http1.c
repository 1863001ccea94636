#include "server/http1.h"

#include "base/str.h"
#include "server/answer.h"
#include "server/connection.h"
#include "web/errors.h"

#define OUTPUT_LEN_MAX 65536      /* answers to pipelined requests are sent together up to this */
#define COPIED_BODY_LEN_MAX 16384 /* a longer body is sent from where it is */

/* ---- answers --------------------------------------------------------------------------------- */

static void forget_request(bocata_http1 *http1)
{
    if (http1->exchange)
        bocata_exchange_free(http1->exchange);
    http1->exchange = NULL;
}

static void log_access(bocata_http1 *http1, int status)
{
    const bocata_connection *connection = http1->connection;
    bocata_access access = {
        .client = {connection->peer, connection->peer_len},
        .is_http_1_0 = http1->is_http_1_0,
        .status = status,
    };
    if (http1->exchange) {
        access.method = http1->exchange->request.method;
        access.target = http1->exchange->request.target;
    }
    bocata_access_log_add(&connection->server->access_log, &access);
}

static bool is_head(const bocata_http1 *http1)
{
    return http1->exchange && bocata_str_is(http1->exchange->request.method, "HEAD");
}

/* Writes it all, and the end of the connection if it is the last. */
static void write_answer(bocata_http1 *http1, bocata_answer *answer, bocata_buf *body, bool is_last)
{
    bocata_connection *connection = http1->connection;
    bocata_server *server = connection->server;
    bool has_body = answer_has_body(answer->status) && !is_head(http1);

    answer->date = bocata_server_date(server);
    answer->body_len = body->len;
    if (answer->status == 101 || answer->status == 426) /* RFC 9110 7.8 */
        answer->connection = is_last ? STR("Upgrade, close") : STR("Upgrade");
    else if (is_last)
        answer->connection = STR("close");
    else if (http1->is_http_1_0)
        answer->connection = STR("keep-alive");
    bocata_status status = bocata_answer_write(&server->output, answer);
    if (status == BOCATA_OK && has_body && body->len <= COPIED_BODY_LEN_MAX)
        status = bocata_buf_append(&server->output, buf_str(body));
    if (status != BOCATA_OK) {
        bocata_connection_close(connection);
        return;
    }
    log_access(http1, answer->status);
    if (has_body && body->len > COPIED_BODY_LEN_MAX)
        bocata_connection_send(connection, body);
    else if (server->output.len > OUTPUT_LEN_MAX)
        bocata_connection_send(connection, NULL);
    if (is_last)
        bocata_connection_end(connection);
}

/* Answers what the application never sees, and ends the connection: nothing behind it is served. */
static void fail(bocata_http1 *http1, bocata_refusal refusal)
{
    bocata_answer answer = {.status = refusal.status, .content_type = STR("application/json")};
    bocata_buf body = {0};

    http1->state = BOCATA_HTTP1_ENDED;
    if (bocata_http_error_body(&body, refusal.status, refusal.detail) == BOCATA_OK)
        write_answer(http1, &answer, &body, true);
    else
        bocata_connection_close(http1->connection);
    bocata_buf_free(&body);
    forget_request(http1);
}

/* The exchange is finished. */
static void answer(bocata_http1 *http1)
{
    bocata_response *response = &http1->exchange->response;
    bool is_upgrade = http1->exchange->websocket != NULL;
    bool is_last = !is_upgrade && (!http1->keep_alive || http1->connection->server->is_stopping);
    bocata_answer answer = {
        .status = response->status,
        .content_type = response->content_type,
        .headers = response->headers,
    };

    bocata_head_init(&http1->head);
    http1->state = is_upgrade ? BOCATA_HTTP1_UPGRADED
                   : is_last  ? BOCATA_HTTP1_ENDED
                              : BOCATA_HTTP1_HEAD;
    http1->is_fresh = false;
    write_answer(http1, &answer, &response->body, is_last);
    if (is_upgrade && http1->connection->phase == BOCATA_CONNECTION_OPEN)
        bocata_socket_open(http1->connection, http1->exchange);
    forget_request(http1);
}

/* ---- the application's turn ------------------------------------------------------------------ */

static void on_finished(bocata_exchange *exchange, void *host_data)
{
    bocata_http1 *http1 = host_data;
    (void)exchange;

    http1->is_finished = true;
    if (!http1->is_in_application)
        bocata_connection_wake(http1->connection);
}

static const bocata_exchange_host host = {.finished = on_finished};

/* Hands the request over, or its refusal. */
static void give_to_application(bocata_http1 *http1, const bocata_refusal *refusal)
{
    bocata_exchange *exchange = http1->exchange;

    exchange->request.body = buf_str(&exchange->request.body_bytes);
    http1->state = BOCATA_HTTP1_ANSWERING;
    http1->is_finished = false;
    http1->is_in_application = true;
    if (refusal)
        bocata_exchange_refuse(exchange, refusal->status, refusal->detail);
    else
        bocata_exchange_dispatch(exchange);
    http1->is_in_application = false;
    if (http1->is_finished)
        answer(http1);
}

/* The head is good, so the application's handlers see this; but the body is not read, or not to its
 * end and then forgotten, and so the connection ends. */
static void refuse(bocata_http1 *http1, int status, const char *detail)
{
    const bocata_refusal refusal = {status, detail};

    http1->keep_alive = false;
    bocata_buf_free(&http1->exchange->request.body_bytes);
    give_to_application(http1, &refusal);
}

/* ---- what llhttp reads ----------------------------------------------------------------------- */

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    const bocata_http1 *http1 = parser->data;
    bocata_request *request = &http1->exchange->request;

    if (request->header_count == http1->head.header_count) /* head.c counts as llhttp does */
        return HPE_USER;
    request->headers[request->header_count++] = (bocata_field){.name = {at, len}};
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    const bocata_http1 *http1 = parser->data;
    bocata_request *request = &http1->exchange->request;

    if (request->header_count == 0)
        return HPE_USER;
    request->headers[request->header_count - 1].value = str_trim((bocata_str){at, len});
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    bocata_http1 *http1 = parser->data;

    /* RFC 9112 9.3: close wins. Here, because trailers would change what the parser says. */
    http1->keep_alive = llhttp_should_keep_alive(parser) && !(parser->flags & F_CONNECTION_CLOSE);
    parser->upgrade = 0; /* the request is read like any other; what follows a 101 is not */
    return 0;
}

/* Chunk sizes and extensions hold nothing for us: few bytes of them, or the connection ends. */
static bool note_gap(bocata_http1 *http1, const char *end)
{
    http1->gap_len += (size_t)(end - http1->gap_start);
    http1->gap_start = end;
    if (http1->gap_len <= http1->connection->server->limits.headers_len_max)
        return true;
    http1->refusal = (bocata_refusal){400, "The body has too long a chunk extension."};
    return false;
}

static bool is_body_too_large(bocata_http1 *http1, uint64_t more)
{
    uint64_t len_max = http1->connection->server->options->body_len_max;

    if (more <= len_max - http1->exchange->request.body_bytes.len)
        return false;
    http1->refusal = (bocata_refusal){413, "The body is larger than this server takes."};
    return true;
}

static int on_chunk_header(llhttp_t *parser)
{
    bocata_http1 *http1 = parser->data;

    if (is_body_too_large(http1, parser->content_length))
        return HPE_USER;
    return parser->content_length == 0 ? HPE_PAUSED : 0; /* the trailers are for head.c */
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    bocata_http1 *http1 = parser->data;

    if (http1->framing.is_chunked && !note_gap(http1, at))
        return HPE_USER;
    http1->gap_len = 0;
    http1->gap_start = at + len;
    if (is_body_too_large(http1, len))
        return HPE_USER;
    if (bocata_buf_append(&http1->exchange->request.body_bytes, (bocata_str){at, len}) !=
        BOCATA_OK) {
        http1->refusal = (bocata_refusal){503, "There is no memory for the body."};
        return HPE_USER;
    }
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    bocata_http1 *http1 = parser->data;

    http1->is_complete = true;
    return HPE_PAUSED; /* what follows is another request */
}

static const llhttp_settings_t parser_settings = {
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_chunk_header = on_chunk_header,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- a request, part by part ----------------------------------------------------------------- */

/* Parses a complete head into the request. It is copied once, into the arena, where all its strings
 * stay. */
static bool read_head(bocata_http1 *http1, bocata_str bytes)
{
    bocata_request *request = &http1->exchange->request;
    const bocata_head *head = &http1->head;
    const bocata_connection *connection = http1->connection;
    bocata_arena *arena = &http1->exchange->arena;

    http1->refusal = (bocata_refusal){500, "The request needs more memory than one may use."};
    bytes = bocata_arena_copy(arena, str_skip(bytes, head->start));
    request->client =
        bocata_arena_copy(arena, (bocata_str){connection->peer, connection->peer_len});
    request->headers = bocata_arena_alloc(arena, (head->header_count + 1) * sizeof(bocata_field));
    if (!bytes.ptr || !request->client.ptr || !request->headers)
        return false;
    request->method = (bocata_str){bytes.ptr, head->method_len};
    request->target = (bocata_str){bytes.ptr + head->method_len + 1, head->target_len};
    request->scheme = bocata_transport_scheme(&connection->transport);
    request->is_http_1_0 = http1->is_http_1_0;

    llhttp_init(&http1->parser, HTTP_REQUEST, &parser_settings);
    http1->parser.data = http1;
    http1->refusal = (bocata_refusal){400, "The request's head is not of HTTP's form."};
    llhttp_errno_t error = llhttp_execute(&http1->parser, bytes.ptr, bytes.len);
    if (error != HPE_OK && error != HPE_PAUSED)
        return false;
    return bocata_framing_check(request, http1->is_http_1_0,
                                connection->server->options->body_len_max, &http1->framing,
                                &http1->refusal);
}

static void begin_body(bocata_http1 *http1, bool has_bytes)
{
    http1->state = BOCATA_HTTP1_BODY;
    http1->gap_len = 0;
    if (http1->framing.expects_continue && !has_bytes &&
        bocata_buf_append(&http1->connection->server->output,
                          STR("HTTP/1.1 100 Continue\r\n\r\n")) != BOCATA_OK)
        bocata_connection_close(http1->connection);
}

/* `head` is complete; `has_more` if bytes stand behind it already. */
static void begin_request(bocata_http1 *http1, bocata_str head, bool has_more)
{
    bocata_deadline_disarm(&http1->connection->deadline);
    http1->connection->turn_requests++;
    http1->is_http_1_0 = http1->head.is_http_1_0;
    http1->is_complete = false;
    http1->exchange = bocata_exchange_new(&http1->connection->server->runtime, &host, http1);
    if (!http1->exchange)
        fail(http1, (bocata_refusal){503, "There is no memory for the request."});
    else if (!read_head(http1, head))
        fail(http1, http1->refusal);
    else if (http1->framing.expects_unknown)
        refuse(http1, 417, "The only expectation served is 100-continue.");
    else if (http1->framing.has_too_large_length)
        refuse(http1, 413, "The body is larger than this server takes.");
    else if (http1->is_complete)
        give_to_application(http1, NULL);
    else
        begin_body(http1, has_more);
}

static size_t take_head(bocata_http1 *http1, bocata_str bytes)
{
    size_t len;

    switch (bocata_head_scan(&http1->head, &http1->connection->server->limits, bytes)) {
    case BOCATA_HEAD_MORE:
        return 0;
    case BOCATA_HEAD_REFUSED:
        http1->is_http_1_0 = false;
        fail(http1, http1->head.refusal);
        return bytes.len;
    case BOCATA_HEAD_COMPLETE:
        break;
    }
    len = http1->head.scanned;
    begin_request(http1, (bocata_str){bytes.ptr, len}, bytes.len > len);
    return len;
}

static size_t take_body(bocata_http1 *http1, bocata_str bytes)
{
    const char *end = bytes.ptr + bytes.len;

    http1->gap_start = bytes.ptr;
    http1->refusal = (bocata_refusal){400, "The body's chunks are not of HTTP's form."};
    llhttp_errno_t error = llhttp_execute(&http1->parser, bytes.ptr, bytes.len);
    bool is_good = error == HPE_OK || error == HPE_PAUSED;
    if (error == HPE_PAUSED)
        end = llhttp_get_error_pos(&http1->parser);
    if (is_good && http1->framing.is_chunked)
        is_good = note_gap(http1, end);
    if (!is_good && http1->refusal.status == 413) {
        refuse(http1, http1->refusal.status, http1->refusal.detail);
    } else if (!is_good) {
        fail(http1, http1->refusal);
    } else if (http1->is_complete) {
        give_to_application(http1, NULL);
    } else if (error == HPE_PAUSED) {
        http1->state = BOCATA_HTTP1_TRAILERS;
        bocata_head_init_trailers(&http1->head);
    }
    return (size_t)(end - bytes.ptr);
}

/* Trailers are checked and dropped: RFC 9110 6.5.1 lets no recipient merge those it does not know.
 * llhttp is not asked: it takes a bare LF at their end. */
static size_t take_trailers(bocata_http1 *http1, bocata_str bytes)
{
    switch (bocata_head_scan(&http1->head, &http1->connection->server->limits, bytes)) {
    case BOCATA_HEAD_MORE:
        return 0;
    case BOCATA_HEAD_REFUSED:
        fail(http1, http1->head.refusal);
        return bytes.len;
    case BOCATA_HEAD_COMPLETE:
        break;
    }
    size_t len = http1->head.scanned;
    give_to_application(http1, NULL);
    return len;
}

size_t bocata_http1_consume(bocata_http1 *http1, bocata_str bytes)
{
    size_t used = 0;

    for (;;) {
        bocata_str rest = str_skip(bytes, used);
        size_t count = 0;
        if (http1->state == BOCATA_HTTP1_ENDED)
            return bytes.len;
        if (!bocata_connection_can_serve(http1->connection))
            return used;
        switch (http1->state) {
        case BOCATA_HTTP1_HEAD:
            count = rest.len && bocata_connection_has_turn(http1->connection)
                        ? take_head(http1, rest)
                        : 0;
            break;
        case BOCATA_HTTP1_BODY:
            count = rest.len ? take_body(http1, rest) : 0;
            break;
        case BOCATA_HTTP1_TRAILERS:
            count = rest.len ? take_trailers(http1, rest) : 0;
            break;
        case BOCATA_HTTP1_ANSWERING:
            if (!http1->is_finished)
                return used;
            answer(http1);
            continue;
        case BOCATA_HTTP1_UPGRADED:
        case BOCATA_HTTP1_ENDED:
            break;
        }
        if (count == 0)
            return used;
        used += count;
    }
}

/* ---- the connection's news ------------------------------------------------------------------- */

void bocata_http1_init(bocata_http1 *http1, bocata_connection *connection)
{
    http1->connection = connection;
    http1->state = BOCATA_HTTP1_HEAD;
    http1->is_fresh = true;
    bocata_head_init(&http1->head);
}

static bool is_amid_request(const bocata_http1 *http1, bool has_input)
{
    return http1->state == BOCATA_HTTP1_BODY || http1->state == BOCATA_HTTP1_TRAILERS ||
           (http1->state == BOCATA_HTTP1_HEAD && has_input);
}

void bocata_http1_end(bocata_http1 *http1, bool has_input)
{
    if (is_amid_request(http1, has_input))
        fail(http1, (bocata_refusal){400, "The request ended before it was complete."});
}

void bocata_http1_time_out(bocata_http1 *http1, bool has_input)
{
    if (is_amid_request(http1, has_input))
        fail(http1, (bocata_refusal){408, "The request did not arrive in time."});
}

void bocata_http1_close(bocata_http1 *http1)
{
    bocata_exchange *exchange = http1->exchange;

    if (http1->state == BOCATA_HTTP1_ANSWERING && !http1->is_finished) {
        http1->exchange = NULL; /* it is the application's, and ends when that finishes it */
        bocata_exchange_gone(exchange);
    }
    http1->state = BOCATA_HTTP1_ENDED;
    forget_request(http1);
}

bool bocata_http1_is_idle(const bocata_http1 *http1)
{
    return http1->state == BOCATA_HTTP1_HEAD;
}

bocata_deadline_kind bocata_http1_waits_for(const bocata_http1 *http1, bool has_input)
{
    switch (http1->state) {
    case BOCATA_HTTP1_HEAD:
        return has_input || http1->is_fresh ? BOCATA_DEADLINE_HEADER : BOCATA_DEADLINE_IDLE;
    case BOCATA_HTTP1_BODY:
    case BOCATA_HTTP1_TRAILERS:
        return BOCATA_DEADLINE_BODY;
    case BOCATA_HTTP1_ANSWERING:
    case BOCATA_HTTP1_UPGRADED:
    case BOCATA_HTTP1_ENDED:
        break;
    }
    return BOCATA_DEADLINE_COUNT;
}
