#include "server/transport.h"

#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/str.h"

#define KEEPALIVE_S 60 /* idle, before the kernel asks whether the peer is still there */

/* What the system did not take at once. */
typedef struct rest {
    uv_write_t request;
    bocata_buf body;
    char head[];
} rest;

bocata_status bocata_transport_accept(bocata_transport *transport, uv_stream_t *listener,
                                      const bocata_transport_events *events,
                                      const uv_buf_t *read_buffer)
{
    *transport = (bocata_transport){.events = events, .read_buffer = read_buffer};
    /* Neither can fail: no descriptor is made yet. */
    if (listener->type == UV_TCP)
        uv_tcp_init(listener->loop, &transport->uv.tcp);
    else
        uv_pipe_init(listener->loop, &transport->uv.pipe, 0);
    transport->uv.handle.data = transport;
    if (uv_accept(listener, &transport->uv.stream) != 0)
        return BOCATA_E_IO;
    if (listener->type == UV_TCP) {
        uv_tcp_nodelay(&transport->uv.tcp, 1); /* answers are written whole */
        uv_tcp_keepalive(&transport->uv.tcp, 1, KEEPALIVE_S);
    }
    return BOCATA_OK;
}

size_t bocata_transport_peer(const bocata_transport *transport,
                             char peer[BOCATA_TRANSPORT_PEER_LEN])
{
    struct sockaddr_storage address;
    const struct sockaddr *any = (const struct sockaddr *)&address;
    char name[INET6_ADDRSTRLEN];
    int len = sizeof address;

    peer[0] = '\0';
    if (transport->uv.handle.type != UV_TCP ||
        uv_tcp_getpeername(&transport->uv.tcp, (struct sockaddr *)&address, &len) != 0 ||
        uv_ip_name(any, name, sizeof name) != 0)
        return 0;
    bool is_ipv6 = any->sa_family == AF_INET6;
    int port = ntohs(is_ipv6 ? ((const struct sockaddr_in6 *)&address)->sin6_port
                             : ((const struct sockaddr_in *)&address)->sin_port);
    len = snprintf(peer, BOCATA_TRANSPORT_PEER_LEN, is_ipv6 ? "[%s]:%d" : "%s:%d", name, port);
    return len > 0 ? (size_t)len : 0;
}

bocata_str bocata_transport_scheme(const bocata_transport *transport)
{
    (void)transport;
    return STR("http");
}

static void give_read_buffer(uv_handle_t *handle, size_t suggested_len, uv_buf_t *buffer)
{
    const bocata_transport *transport = handle->data;
    (void)suggested_len;
    *buffer = *transport->read_buffer;
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    bocata_transport *transport = stream->data;

    if (count > 0) {
        transport->events->received(transport, (bocata_str){buffer->base, (size_t)count});
    } else if (count < 0) { /* 0: nothing was there after all */
        bocata_transport_read_stop(transport);
        transport->events->ended(transport, count != UV_EOF);
    }
}

void bocata_transport_read_start(bocata_transport *transport)
{
    if (transport->is_reading)
        return;
    transport->is_reading = uv_read_start(&transport->uv.stream, give_read_buffer, on_read) == 0;
}

void bocata_transport_read_stop(bocata_transport *transport)
{
    if (transport->is_reading)
        uv_read_stop(&transport->uv.stream);
    transport->is_reading = false;
}

static void on_written(uv_write_t *request, int status)
{
    bocata_transport *transport = request->handle->data;
    rest *written = request->data;

    bocata_buf_free(&written->body);
    free(written);
    transport->is_writing = false;
    if (!uv_is_closing(&transport->uv.handle))
        transport->events->written(transport, status != 0);
}

static bocata_status start_write(bocata_transport *transport, rest *pending,
                                 const uv_buf_t buffers[], unsigned count)
{
    if (uv_write(&pending->request, &transport->uv.stream, buffers, count, on_written) != 0) {
        bocata_buf_free(&pending->body);
        free(pending);
        return BOCATA_E_IO;
    }
    transport->is_writing = true;
    return BOCATA_OK;
}

static bocata_status write_rest(bocata_transport *transport, bocata_str head, bocata_buf *body,
                                size_t body_sent_len)
{
    rest *pending = malloc(sizeof *pending + head.len);
    uv_buf_t buffers[2];
    unsigned count = 0;

    if (!pending)
        return BOCATA_E_NOMEM;
    pending->request.data = pending;
    pending->body = (bocata_buf){0};
    if (head.len) {
        memcpy(pending->head, head.ptr, head.len);
        buffers[count++] = uv_buf_init(pending->head, (unsigned)head.len);
    }
    if (body) {
        pending->body = *body;
        *body = (bocata_buf){0};
        buffers[count] = (uv_buf_t){.base = pending->body.ptr + body_sent_len,
                                    .len = pending->body.len - body_sent_len};
        count++;
    }
    return start_write(transport, pending, buffers, count);
}

/* uv_buf_t holds const bytes badly: writing does not change them. */
static void fill(uv_buf_t buffers[], const bocata_str strs[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffers[i] = (uv_buf_t){.base = (char *)(uintptr_t)strs[i].ptr, .len = strs[i].len};
}

bocata_status bocata_transport_write_now(bocata_transport *transport, const bocata_str strs[],
                                         size_t count, size_t *ret_len)
{
    uv_buf_t buffers[BOCATA_TRANSPORT_STRS_MAX];

    fill(buffers, strs, count);
    int result = uv_try_write(&transport->uv.stream, buffers, (unsigned)count);
    *ret_len = result > 0 ? (size_t)result : 0;
    return result < 0 && result != UV_EAGAIN ? BOCATA_E_IO : BOCATA_OK;
}

bocata_status bocata_transport_write_held(bocata_transport *transport, const bocata_str strs[],
                                          size_t count)
{
    uv_buf_t buffers[BOCATA_TRANSPORT_STRS_MAX];
    rest *pending = malloc(sizeof *pending);

    if (!pending)
        return BOCATA_E_NOMEM;
    fill(buffers, strs, count);
    pending->request.data = pending;
    pending->body = (bocata_buf){0};
    return start_write(transport, pending, buffers, (unsigned)count);
}

bocata_status bocata_transport_write(bocata_transport *transport, bocata_str head, bocata_buf *body)
{
    bocata_str strs[2];
    size_t count = 0, sent_len, body_len = body ? body->len : 0;

    if (head.len)
        strs[count++] = head;
    if (body_len)
        strs[count++] = buf_str(body);
    if (count == 0)
        return BOCATA_OK;
    if (bocata_transport_write_now(transport, strs, count, &sent_len) != BOCATA_OK)
        return BOCATA_E_IO;
    if (sent_len == head.len + body_len)
        return BOCATA_OK;
    if (sent_len >= head.len)
        return write_rest(transport, (bocata_str){0}, body, sent_len - head.len);
    return write_rest(transport, str_skip(head, sent_len), body_len ? body : NULL, 0);
}

size_t bocata_transport_unsent_len(const bocata_transport *transport)
{
    int in_kernel = 0;
    uv_os_fd_t fd;

    /* The kernel asks for more only when much of its buffer is free, and till then the queue stands
     * still although the peer takes bytes. */
    if (uv_fileno(&transport->uv.handle, &fd) == 0 && ioctl(fd, SIOCOUTQ, &in_kernel) != 0)
        in_kernel = 0;
    return uv_stream_get_write_queue_size(&transport->uv.stream) + (size_t)in_kernel;
}

bool bocata_transport_is_ended(const bocata_transport *transport)
{
    struct pollfd polled = {.events = POLLRDHUP};

    return uv_fileno(&transport->uv.handle, &polled.fd) == 0 && poll(&polled, 1, 0) > 0;
}

bocata_status bocata_transport_shutdown(bocata_transport *transport)
{
    return uv_shutdown(&transport->shutdown_request, &transport->uv.stream, NULL) == 0
               ? BOCATA_OK
               : BOCATA_E_IO;
}

static void on_closed(uv_handle_t *handle)
{
    bocata_transport *transport = handle->data;
    transport->events->closed(transport);
}

void bocata_transport_close(bocata_transport *transport)
{
    transport->is_reading = false; /* closing stops the reading */
    uv_close(&transport->uv.handle, on_closed);
}
