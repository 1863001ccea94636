/* The barest server on libuv and llhttp that answers what /plain answers: no router, no checks, no
 * limits, no timeouts. What the framework costs is the difference.
 *
 *     bench-bare PORT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <llhttp.h>
#include <uv.h>

typedef struct client {
    uv_tcp_t tcp;
    llhttp_t parser;
    int requests; /* complete in this read */
} client;

static char read_buffer[65536], answer[65536];
static size_t answer_len;

static void format_answer(uv_timer_t *timer)
{
    char date[64];
    time_t now = time(NULL);
    struct tm utc;
    (void)timer;

    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    answer_len =
        (size_t)snprintf(answer, sizeof answer,
                         "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\n"
                         "Content-Length: 2\r\n\r\n[]",
                         date);
}

static int on_message_complete(llhttp_t *parser)
{
    ((client *)parser->data)->requests++;
    return 0;
}

static const llhttp_settings_t settings = {.on_message_complete = on_message_complete};

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_alloc(uv_handle_t *handle, size_t suggested_len, uv_buf_t *buffer)
{
    (void)handle;
    (void)suggested_len;
    *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    client *self = (void *)stream;

    if (count == 0)
        return;
    if (count > 0)
        llhttp_execute(&self->parser, buffer->base, (size_t)count);
    for (; count > 0 && self->requests > 0; self->requests--) {
        uv_buf_t out = uv_buf_init(answer, (unsigned)answer_len);
        if (uv_try_write(stream, &out, 1) != (int)answer_len)
            count = -1;
    }
    if (count < 0)
        uv_close((uv_handle_t *)stream, on_closed);
}

static void on_connection(uv_stream_t *listener, int error)
{
    client *self = error ? NULL : calloc(1, sizeof *self);

    if (!self)
        return;
    uv_tcp_init(listener->loop, &self->tcp);
    llhttp_init(&self->parser, HTTP_REQUEST, &settings);
    self->parser.data = self;
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
    uv_timer_t clock;

    signal(SIGPIPE, SIG_IGN);
    uv_timer_init(loop, &clock);
    format_answer(&clock);
    uv_timer_start(&clock, format_answer, 1000, 1000);
    uv_ip4_addr("127.0.0.1", argc > 1 ? (int)strtol(argv[1], NULL, 10) : 8001, &address);
    uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, 1024, on_connection) != 0) {
        fprintf(stderr, "bench-bare: the port is in use\n");
        return 1;
    }
    return uv_run(loop, UV_RUN_DEFAULT);
}
