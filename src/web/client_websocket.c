/* The client's end of a WebSocket. What the server queues stays there until the test asks for the
 * next event, as in the buffers of a client that does not read; and what the client sends waits
 * while the server would not read it. */
#include "web/client.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/sized.h"
#include "base/str.h"
#include "web/websocket.h"
#include "websocket/handshake.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 1.3: between us nobody caches anything */

/* A frame that the server has not read. */
typedef struct sent_frame {
    struct sent_frame *next;
    size_t len;
    char bytes[];
} sent_frame;

struct bocata_client_socket {
    bocata_client *client;
    bocata_client_socket *prev, *next; /* of the client */
    bocata_reply *reply;
    bocata_websocket *ws;            /* NULL before it is open, and once it has ended */
    sent_frame *unread, *unread_end; /* by the server, in their order */
    bool has_closed;                 /* its close frame is sent: nothing follows (RFC 6455 5.5.1) */
    bocata_message_reader reader;
    bocata_buf frame;   /* the last that was taken, a NUL behind */
    bocata_str payload; /* in `frame` */
    int close_code;     /* 0 while the end has not come */
};

/* ---- what the client sends ------------------------------------------------------------------- */

/* Gives the server what it would read. */
static void deliver(bocata_client_socket *socket)
{
    while (socket->ws && socket->unread && !websocket_is_congested(socket->ws)) {
        sent_frame *frame = socket->unread;
        socket->unread = frame->next;
        bocata_websocket_receive(socket->ws, frame->bytes, frame->len);
        free(frame);
    }
}

static bocata_status send_frame(bocata_client_socket *socket, bocata_opcode opcode,
                                bocata_str payload)
{
    uint8_t mask[BOCATA_FRAME_MASK_LEN] = {0x37, 0xfa, 0x21, 0x3d}; /* RFC 6455 5.7 */
    uint8_t header[BOCATA_FRAME_HEADER_LEN_MAX];
    size_t header_len = bocata_frame_write_header(
        &(bocata_frame){
            .opcode = opcode, .is_final = true, .payload_len = payload.len, .mask = mask},
        header);

    if (!bocata_client_socket_is_open(socket))
        return BOCATA_E_INVALID;
    if (payload.len > SIZE_MAX - sizeof(sent_frame) - header_len)
        return BOCATA_E_NOMEM;
    sent_frame *frame = malloc(sizeof *frame + header_len + payload.len);
    if (!frame)
        return BOCATA_E_NOMEM;
    *frame = (sent_frame){.len = header_len + payload.len};
    memcpy(frame->bytes, header, header_len);
    if (payload.len)
        memcpy(frame->bytes + header_len, payload.ptr, payload.len);
    bocata_frame_mask(mask, frame->bytes + header_len, payload.len);
    if (socket->unread)
        socket->unread_end->next = frame;
    else
        socket->unread = frame;
    socket->unread_end = frame;
    deliver(socket);
    return BOCATA_OK;
}

static bocata_status send_and_turn(bocata_client_socket *socket, bocata_opcode opcode,
                                   bocata_str payload)
{
    bocata_status status = send_frame(socket, opcode, payload);

    if (status == BOCATA_OK)
        bocata_client_turn(socket->client);
    return status;
}

bocata_status bocata_client_socket_send_text(bocata_client_socket *socket, const char *text)
{
    return send_and_turn(socket, BOCATA_OPCODE_TEXT, bocata_str_of(text));
}

bocata_status bocata_client_socket_send_binary(bocata_client_socket *socket, const void *bytes,
                                               size_t len)
{
    return send_and_turn(socket, BOCATA_OPCODE_BINARY, (bocata_str){bytes, len});
}

bocata_status bocata_client_socket_send_json(bocata_client_socket *socket, json_t *json)
{
    bocata_buf text = {0};
    bocata_status status = bocata_json_write(&text, SIZE_MAX, json, BOCATA_JSON_COMPACT);

    json_decref(json);
    if (status == BOCATA_OK)
        status = send_and_turn(socket, BOCATA_OPCODE_TEXT, buf_str(&text));
    bocata_buf_free(&text);
    return status;
}

bocata_status bocata_client_socket_ping(bocata_client_socket *socket, bocata_str payload)
{
    return send_and_turn(socket, BOCATA_OPCODE_PING, payload);
}

/* Nothing is checked, but that BOCATA_CLOSE_NO_CODE is an empty frame. */
static bocata_status send_close(bocata_client_socket *socket, int code, bocata_str reason)
{
    char code_bytes[2] = {(char)(code >> 8 & 0xff), (char)(code & 0xff)};
    bocata_buf payload = {0};
    bocata_status status = BOCATA_OK;

    if (code != BOCATA_CLOSE_NO_CODE)
        status = bocata_buf_append(&payload, (bocata_str){code_bytes, sizeof code_bytes});
    if (status == BOCATA_OK)
        status = bocata_buf_append(&payload, reason);
    if (status == BOCATA_OK)
        status = send_frame(socket, BOCATA_OPCODE_CLOSE, buf_str(&payload));
    if (status == BOCATA_OK)
        socket->has_closed = true;
    bocata_buf_free(&payload);
    return status;
}

bocata_status bocata_client_socket_close(bocata_client_socket *socket, int code, const char *reason)
{
    bocata_status status = send_close(socket, code, bocata_str_of(reason));

    if (status == BOCATA_OK)
        bocata_client_turn(socket->client);
    return status;
}

/* ---- what the server sends ------------------------------------------------------------------- */

/* The connection has ended. */
static void end(bocata_client_socket *socket, int code)
{
    bocata_websocket *ws = socket->ws;

    socket->close_code = code;
    socket->ws = NULL;
    bocata_websocket_lose(ws);
    bocata_websocket_free(ws);
}

/* Takes the next whole frame off the server's queue: it queues no others. False if there is none,
 * or no memory for it: then it stays. */
static bool take_frame(bocata_client_socket *socket)
{
    bocata_str bytes;

    if (bocata_outgoing_queue_peek(websocket_queue(socket->ws), &bytes, 1) == 0)
        return false;
    socket->frame.len = 0;
    if (bocata_buf_reserve(&socket->frame, bytes.len + 1) != BOCATA_OK)
        return false;
    memcpy(socket->frame.ptr, bytes.ptr, bytes.len);
    socket->frame.ptr[bytes.len] = '\0';
    socket->frame.len = bytes.len;
    bocata_websocket_sent(socket->ws, bytes.len);
    return true;
}

static bocata_client_event read_frame(bocata_client_socket *socket)
{
    bocata_frame_event event;

    bocata_message_read(&socket->reader, socket->frame.ptr, socket->frame.len, &event);
    /* It ends the frame, also where the reader has a copy. */
    socket->payload =
        (bocata_str){socket->frame.ptr + socket->frame.len - event.payload.len, event.payload.len};
    switch (event.kind) {
    case BOCATA_FRAME_DATA:
        return event.opcode == BOCATA_OPCODE_TEXT ? BOCATA_CLIENT_TEXT : BOCATA_CLIENT_BINARY;
    case BOCATA_FRAME_PING:
        (void)!send_frame(socket, BOCATA_OPCODE_PONG, socket->payload); /* or it had closed */
        return BOCATA_CLIENT_PING;
    case BOCATA_FRAME_PONG:
        return BOCATA_CLIENT_PONG;
    case BOCATA_FRAME_CLOSE:
        (void)!send_close(socket, event.close_code, (bocata_str){0});
        end(socket, event.close_code);
        return BOCATA_CLIENT_CLOSE;
    case BOCATA_FRAME_NONE:
    case BOCATA_FRAME_FAILURE:
        break;
    }
    end(socket, BOCATA_CLOSE_ABNORMAL); /* what came was no frame */
    return BOCATA_CLIENT_CLOSE;
}

bocata_client_event bocata_client_socket_next(bocata_client_socket *socket)
{
    if (!socket)
        return BOCATA_CLIENT_NOTHING;
    if (socket->close_code)
        return BOCATA_CLIENT_CLOSE;
    socket->payload = STR("");
    if (!socket->ws)
        return BOCATA_CLIENT_NOTHING;
    bocata_client_event event = BOCATA_CLIENT_NOTHING;
    if (take_frame(socket)) {
        event = read_frame(socket);
    } else if (bocata_websocket_is_over(socket->ws)) {
        end(socket, BOCATA_CLOSE_ABNORMAL);
        event = BOCATA_CLIENT_CLOSE;
    }
    deliver(socket); /* it may have waited for this */
    bocata_client_turn(socket->client);
    return event;
}

bocata_str bocata_client_socket_payload(const bocata_client_socket *socket)
{
    return socket ? socket->payload : STR("");
}

int bocata_client_socket_close_code(const bocata_client_socket *socket)
{
    return socket ? socket->close_code : 0;
}

/* ---- expectations ---------------------------------------------------------------------------- */

static bocata_client_event next_but_control(bocata_client_socket *socket)
{
    bocata_client_event event;

    do
        event = bocata_client_socket_next(socket);
    while (event == BOCATA_CLIENT_PING || event == BOCATA_CLIENT_PONG);
    return event;
}

bool bocata_client_socket_expect_text(bocata_client_socket *socket, const char *text)
{
    return next_but_control(socket) == BOCATA_CLIENT_TEXT && bocata_str_is(socket->payload, text);
}

bool bocata_client_socket_expect_json(bocata_client_socket *socket, json_t *json)
{
    json_t *got = NULL;

    if (next_but_control(socket) == BOCATA_CLIENT_TEXT)
        got = json_loadb(socket->payload.ptr, socket->payload.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                         NULL);
    bool is_equal = got && json_equal(got, json);
    json_decref(got);
    json_decref(json);
    return is_equal;
}

bool bocata_client_socket_expect_close(bocata_client_socket *socket, int code)
{
    return next_but_control(socket) == BOCATA_CLIENT_CLOSE && socket->close_code == code;
}

bool bocata_client_socket_expect_nothing(bocata_client_socket *socket)
{
    return next_but_control(socket) == BOCATA_CLIENT_NOTHING;
}

/* ---- the handshake --------------------------------------------------------------------------- */

/* Copies the headers to `to`, of BOCATA_CLIENT_HEADERS_MAX, and adds what is missing. False where
 * they do not fit. */
static bool complete_headers(const bocata_client *client, bocata_client_request *request,
                             bocata_field *to)
{
    const bocata_field wanted[] = {
        {STR("Origin"), client->is_https ? STR("https://localhost") : STR("http://localhost")},
        {STR("Upgrade"), STR("websocket")},
        {STR("Connection"), STR("Upgrade")},
        {STR("Sec-WebSocket-Key"), STR(KEY)},
        {STR("Sec-WebSocket-Version"), STR("13")},
    };
    size_t count = request->header_count;

    if (count > BOCATA_CLIENT_HEADERS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        to[i] = request->headers[i];
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        size_t same = 0;
        while (same < request->header_count &&
               !str_equal_nocase(request->headers[same].name, wanted[i].name))
            same++;
        if (same < request->header_count)
            continue;
        if (count == BOCATA_CLIENT_HEADERS_MAX)
            return false;
        to[count++] = wanted[i];
    }
    request->headers = to;
    request->header_count = count;
    return true;
}

/* A server that answers another key has not understood (RFC 6455 4.1). */
static bool is_accepted(const bocata_reply *reply, const bocata_request *request)
{
    bocata_str key = bocata_request_header(request, "Sec-WebSocket-Key");
    char accept[BOCATA_HANDSHAKE_ACCEPT_LEN + 1];

    return bocata_reply_status(reply) == 101 && bocata_handshake_accept(key, accept) == BOCATA_OK &&
           bocata_str_is(bocata_reply_header(reply, "Sec-WebSocket-Accept"), accept);
}

/* The queue is looked at when the test asks. */
static void wake(void *host_data)
{
    (void)host_data;
}

void bocata_client_socket_answered(bocata_client_socket *socket, const bocata_reply *reply,
                                   bocata_exchange *exchange)
{
    static const bocata_websocket_host host = {.wake = wake};

    if (is_accepted(reply, &exchange->request))
        socket->ws = bocata_websocket_open(exchange, &host, socket);
}

bocata_client_socket *bocata_client_websocket_send_sized(bocata_client *client,
                                                         const bocata_client_request *theirs,
                                                         size_t request_size)
{
    static const bocata_frame_rules rules = {.frame_len_max = SIZE_MAX,
                                             .message_len_max = SIZE_MAX};
    bocata_field headers[BOCATA_CLIENT_HEADERS_MAX];
    bocata_client_request request;

    if (!client || !theirs || !bocata_sized_copy(&request, sizeof request, theirs, request_size) ||
        !request.target || !complete_headers(client, &request, headers))
        return NULL;
    bocata_client_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    socket->client = client;
    socket->payload = STR("");
    bocata_message_reader_init(&socket->reader, &rules, NULL, NULL);
    socket->reply = bocata_client_dispatch(client, &request, socket);
    if (!socket->reply) {
        free(socket);
        return NULL;
    }
    socket->next = client->sockets;
    if (socket->next)
        socket->next->prev = socket;
    client->sockets = socket;
    return socket;
}

bocata_client_socket *bocata_client_websocket(bocata_client *client, const char *target)
{
    return bocata_client_websocket_send(client, &(bocata_client_request){.target = target});
}

bocata_reply *bocata_client_socket_reply(bocata_client_socket *socket)
{
    return socket ? socket->reply : NULL;
}

bool bocata_client_socket_is_open(const bocata_client_socket *socket)
{
    return socket && socket->ws && !socket->has_closed;
}

void bocata_client_socket_free(bocata_client_socket *socket)
{
    if (!socket)
        return;
    if (socket->ws)
        end(socket, BOCATA_CLOSE_ABNORMAL);
    while (socket->unread) {
        sent_frame *frame = socket->unread;
        socket->unread = frame->next;
        free(frame);
    }
    if (socket->prev)
        socket->prev->next = socket->next;
    else
        socket->client->sockets = socket->next;
    if (socket->next)
        socket->next->prev = socket->prev;
    bocata_message_reader_done(&socket->reader);
    bocata_buf_free(&socket->frame);
    bocata_reply_free(socket->reply);
    free(socket);
}
