#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

bocata_status bocata_address_resolve(bocata_address *address, const bocata_options *options,
                                     char message[BOCATA_LISTENER_MESSAGE_LEN])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *all = NULL;
    char port[8];

    *address = (bocata_address){.path = options->uds};
    if (options->uds)
        return BOCATA_OK;
    snprintf(port, sizeof port, "%u", (unsigned)options->port);
    int error = getaddrinfo(options->host, port, &hints, &all);
    if (error) {
        snprintf(message, BOCATA_LISTENER_MESSAGE_LEN,
                 "Cannot serve on '%.200s': %s. Choose the address with --host.", options->host,
                 error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        return BOCATA_E_IO;
    }
    const struct addrinfo *chosen = all;
    while (chosen && chosen->ai_family != AF_INET)
        chosen = chosen->ai_next;
    if (!chosen)
        chosen = all;
    memcpy(&address->tcp, chosen->ai_addr, chosen->ai_addrlen);
    freeaddrinfo(all);
    return BOCATA_OK;
}

bool bocata_address_is_local(const bocata_address *address)
{
    if (address->path)
        return true;
    if (address->tcp.ss_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&address->tcp;
        return ntohl(ipv4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&address->tcp;
    return IN6_IS_ADDR_LOOPBACK(&ipv6->sin6_addr);
}

static void format_tcp(const struct sockaddr_storage *address, char *text, size_t cap)
{
    char name[INET6_ADDRSTRLEN] = "";
    const struct sockaddr *any = (const struct sockaddr *)address;

    uv_ip_name(any, name, sizeof name);
    if (any->sa_family == AF_INET6)
        snprintf(text, cap, "[%s]:%d", name,
                 ntohs(((const struct sockaddr_in6 *)address)->sin6_port));
    else
        snprintf(text, cap, "%s:%d", name, ntohs(((const struct sockaddr_in *)address)->sin_port));
}

static bocata_status fail_tcp(const bocata_address *address, int error, char *message)
{
    char where[BOCATA_LISTENER_URL_LEN];

    format_tcp(&address->tcp, where, sizeof where);
    switch (error) {
    case UV_EADDRINUSE:
        snprintf(
            message, BOCATA_LISTENER_MESSAGE_LEN,
            "Cannot serve on %s: the port is already in use. Stop the other program, or choose "
            "another with --port.",
            where);
        break;
    case UV_EACCES:
        snprintf(
            message, BOCATA_LISTENER_MESSAGE_LEN,
            "Cannot serve on %s: this user may not open the port. Choose one from 1024 on with "
            "--port.",
            where);
        break;
    case UV_EADDRNOTAVAIL:
        snprintf(
            message, BOCATA_LISTENER_MESSAGE_LEN,
            "Cannot serve on %s: this machine does not have the address. Choose one that it has "
            "with --host.",
            where);
        break;
    default:
        snprintf(message, BOCATA_LISTENER_MESSAGE_LEN, "Cannot serve on %s: %s.", where,
                 uv_strerror(error));
    }
    return BOCATA_E_IO;
}

static bocata_status open_tcp(bocata_listener *listener, uv_loop_t *loop,
                              const bocata_address *address, uv_connection_cb on_connection,
                              char *message)
{
    uv_tcp_init(loop, &listener->uv.tcp);
    int error = uv_tcp_bind(&listener->uv.tcp, (const struct sockaddr *)&address->tcp, 0);
    if (error == 0)
        error = uv_listen(&listener->uv.stream, BACKLOG, on_connection);
    return error ? fail_tcp(address, error, message) : BOCATA_OK;
}

/* Whether the file is a socket that nobody serves: what a killed server leaves behind. */
static bool is_stale(const struct sockaddr_un *address, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool is_refused =
        connect(fd, (const struct sockaddr *)address, len) != 0 && errno == ECONNREFUSED;
    close(fd);
    return is_refused;
}

/* Returns NULL if our socket's file may stand there, or why it may not. */
static const char *check_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat facts;

    if (lstat(path, &facts) != 0)
        return errno == ENOENT ? NULL : strerror(errno);
    if (!S_ISSOCK(facts.st_mode))
        return "a file that is no socket is in the way. Remove it, or choose another path with "
               "--uds";
    memcpy(address.sun_path, path, strlen(path)); /* options.c has checked its length */
    if (!is_stale(&address, sizeof address))
        return "another program serves there. Stop it, or choose another path with --uds";
    return NULL;
}

/* Listens with a file that nobody knows. Returns NULL, or why it cannot. */
static const char *listen_at(bocata_listener *listener, const char *path,
                             uv_connection_cb on_connection)
{
    struct stat facts;
    const char *reason = check_path(path);

    if (reason)
        return reason;
    if (unlink(path) != 0 && errno != ENOENT)
        return strerror(errno);
    int error = uv_pipe_bind(&listener->uv.pipe, path);
    if (error == 0)
        error = uv_listen(&listener->uv.stream, BACKLOG, on_connection);
    if (error)
        return uv_strerror(error);
    if (chmod(path, 0666) != 0 || lstat(path, &facts) != 0)
        return strerror(errno);
    listener->dev = facts.st_dev;
    listener->ino = facts.st_ino;
    return NULL;
}

static bocata_status open_uds(bocata_listener *listener, uv_loop_t *loop, const char *path,
                              uv_connection_cb on_connection, char *message)
{
    char made_path[sizeof((struct sockaddr_un *)0)->sun_path];

    uv_pipe_init(loop, &listener->uv.pipe, 0);
    snprintf(made_path, sizeof made_path, "%s.%ld", path, (long)getpid());
    const char *reason = check_path(path);
    if (!reason)
        reason = listen_at(listener, made_path, on_connection);
    if (!reason && rename(made_path, path) != 0)
        reason = strerror(errno);
    if (!reason) {
        listener->path = path;
        return BOCATA_OK;
    }
    snprintf(message, BOCATA_LISTENER_MESSAGE_LEN, "Cannot serve on %s: %s.", path, reason);
    return BOCATA_E_IO;
}

bocata_status bocata_listener_open(bocata_listener *listener, uv_loop_t *loop,
                                   const bocata_address *address, uv_connection_cb on_connection,
                                   char message[BOCATA_LISTENER_MESSAGE_LEN])
{
    return address->path ? open_uds(listener, loop, address->path, on_connection, message)
                         : open_tcp(listener, loop, address, on_connection, message);
}

void bocata_listener_url(const bocata_listener *listener, const bocata_address *address,
                         char url[BOCATA_LISTENER_URL_LEN])
{
    struct sockaddr_storage bound = address->tcp;
    int len = sizeof bound;
    char where[BOCATA_LISTENER_URL_LEN - 8];

    if (address->path) {
        snprintf(url, BOCATA_LISTENER_URL_LEN, "unix:%s", address->path);
        return;
    }
    uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&bound, &len);
    format_tcp(&bound, where, sizeof where);
    snprintf(url, BOCATA_LISTENER_URL_LEN, "http://%s", where);
}

void bocata_listener_close(bocata_listener *listener)
{
    struct stat facts;

    if (uv_is_closing(&listener->uv.handle))
        return;
    if (listener->path && lstat(listener->path, &facts) == 0 && facts.st_dev == listener->dev &&
        facts.st_ino == listener->ino)
        unlink(listener->path);
    uv_close(&listener->uv.handle,
             NULL); /* libuv removes the name it bound, if it is still there */
}
