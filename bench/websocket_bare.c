/* The barest WebSocket echo on libuv: every request is a handshake with the key of RFC 6455 1.3,
 * and messages are not checked. What the framework costs is the difference.
 *
 *     bench-websocket-bare PORT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "websocket/frame.h"

#define MESSAGE_LEN_MAX (1 << 20)

typedef struct client {
    uv_tcp_t tcp;
    bool is_open;
    bocata_frame_reader reader;
    char *message; /* of one that did not come in one piece: MESSAGE_LEN_MAX bytes, or NULL */
    size_t message_len;
} client;

/* What the system did not take at once. */
typedef struct rest {
    uv_write_t request;
    char bytes[];
} rest;

static char read_buffer[65536], answer[BOCATA_FRAME_HEADER_LEN_MAX + MESSAGE_LEN_MAX];

static void on_closed(uv_handle_t *handle)
{
    client *self = (void *)handle;

    free(self->message);
    free(self);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

static bool send_bytes(client *self, const char *bytes, size_t len)
{
    uv_stream_t *stream = (void *)self;
    uv_buf_t out = {.base = (char *)(uintptr_t)bytes, .len = len};
    int taken = uv_try_write(stream, &out, 1);

    if (taken == (int)len)
        return true;
    if (taken < 0 && taken != UV_EAGAIN)
        return false;
    len -= taken > 0 ? (size_t)taken : 0;
    rest *pending = malloc(sizeof *pending + len);
    if (!pending)
        return false;
    memcpy(pending->bytes, bytes + (taken > 0 ? taken : 0), len);
    out = uv_buf_init(pending->bytes, (unsigned)len);
    return uv_write(&pending->request, stream, &out, 1, on_written) == 0;
}

static bool echo(client *self, const bocata_frame_event *event)
{
    bocata_frame frame = {.opcode = event->opcode, .is_final = true};
    const char *payload = event->payload.ptr;
    size_t len = event->payload.len;

    if (!event->is_first || !event->is_last) {
        if (!self->message && !(self->message = malloc(MESSAGE_LEN_MAX)))
            return false;
        memcpy(self->message + self->message_len, payload, len);
        self->message_len += len;
        if (!event->is_last)
            return true;
        payload = self->message;
        len = self->message_len;
        self->message_len = 0;
    }
    frame.payload_len = len;
    size_t header_len = bocata_frame_write_header(&frame, (uint8_t *)answer);
    memcpy(answer + header_len, payload, len);
    return send_bytes(self, answer, header_len + len);
}

static bool receive(client *self, char *bytes, size_t len)
{
    static const char handshake[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                    "Connection: Upgrade\r\n"
                                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    bocata_frame_event event;

    if (!self->is_open) {
        self->is_open = true;
        return send_bytes(self, handshake, sizeof handshake - 1);
    }
    for (size_t used = 0; used < len;) {
        used += bocata_frame_read(&self->reader, bytes + used, len - used, &event);
        if (event.kind != BOCATA_FRAME_NONE &&
            (event.kind != BOCATA_FRAME_DATA || !echo(self, &event)))
            return false;
    }
    return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested_len, uv_buf_t *buffer)
{
    (void)handle;
    (void)suggested_len;
    *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    if (count < 0 || !receive((client *)stream, buffer->base, (size_t)count))
        uv_close((uv_handle_t *)stream, on_closed);
}

static void on_connection(uv_stream_t *listener, int error)
{
    static const bocata_frame_rules rules = {
        .is_server = true, .frame_len_max = MESSAGE_LEN_MAX, .message_len_max = MESSAGE_LEN_MAX};
    client *self = error ? NULL : calloc(1, sizeof *self);

    if (!self)
        return;
    bocata_frame_reader_init(&self->reader, &rules);
    uv_tcp_init(listener->loop, &self->tcp);
    if (uv_accept(listener, (uv_stream_t *)&self->tcp) != 0) {
        uv_close((uv_handle_t *)&self->tcp, on_closed);
        return;
    }
    uv_tcp_nodelay(&self->tcp, 1);
    uv_read_start((uv_stream_t *)&self->tcp, on_alloc, on_read);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    uv_tcp_t listener;

    signal(SIGPIPE, SIG_IGN);
    uv_ip4_addr("127.0.0.1", argc > 1 ? (int)strtol(argv[1], NULL, 10) : 8001, &address);
    uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, 1024, on_connection) != 0) {
        fprintf(stderr, "bench-websocket-bare: the port is in use\n");
        return 1;
    }
    return uv_run(loop, UV_RUN_DEFAULT);
}
