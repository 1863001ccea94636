/* The clients of a WebSocket server under measurement, over 127.0.0.1. Opens the connections,
 * writes "ready", and goes on at a line on standard input:
 *
 *     websocket-load idle       --port P --path /echo [--cookies FILE] --sockets N
 *     websocket-load http-idle  the same with keep-alive connections, after one request each
 *     websocket-load echo       … --size BYTES [--in-flight N] [--seconds N] [--seed N]
 *     websocket-load broadcast  … each socket in turn sends a message, which all of them await
 *
 * The file has a cookie in each line, which the connections take in turn.
 *
 * It then looks that the idle ones are as they were, or sends for that time and awaits the rest,
 * and writes "done" and how many messages came back. Connections stay open until standard input
 * ends, so that a server is measured without their ends. Every byte that comes is compared with
 * what it has to be; anything else is a failure. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "websocket/frame.h"

#define PATIENCE_S 30
#define NUMBER_LEN 8 /* each message begins with its number */
#define ANSWER_LEN_MAX 16384
#define RECEIVE_LEN 262144
#define OTHER_FILES 16

typedef enum load_mode { ECHO, BROADCAST, IDLE, HTTP_IDLE } load_mode;

typedef struct load_options {
    load_mode mode;
    unsigned port, sockets, in_flight, seconds, seed;
    unsigned size; /* of a message, in bytes */
    const char *path;
    char **cookies;
    size_t cookie_count;
} load_options;

typedef struct load_client {
    int fd;
    uint32_t sent, received; /* messages */
    size_t piece_offset;     /* of the message that is coming, the bytes that came */
    bocata_frame_reader reader;
    char *out; /* frames unsent: room for all that may be in flight */
    size_t out_len;
} load_client;

typedef struct load_state {
    load_options options;
    load_client *clients;
    int epoll;
    char *text;        /* of every message, but for its number */
    size_t next;       /* BROADCAST: who sends the next one */
    uint64_t awaited;  /* messages that have to come still */
    uint64_t messages; /* that came */
    uint64_t random;
    bool is_over; /* the time: nothing more is sent */
} load_state;

static char received[RECEIVE_LEN];

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "websocket-load: ");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    exit(1);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        fail("out of memory");
    return memory;
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- connections, opened one after the other ------------------------------------------------- */

static void raise_file_limit(unsigned sockets)
{
    struct rlimit limit;
    rlim_t needed = sockets + OTHER_FILES;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < needed)
        fail("%u sockets need %lu open files, and the hard limit (ulimit -Hn) is %lu", sockets,
             (unsigned long)needed, (unsigned long)limit.rlim_max);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        fail("the limit of open files: %s", strerror(errno));
}

static int open_connection(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("cannot connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* How long the answer is, its body included; 0 as long as its head is not complete. */
static size_t answer_len(const char *answer)
{
    const char *end = strstr(answer, "\r\n\r\n");
    const char *length = strcasestr(answer, "\r\nContent-Length:");

    if (!end)
        return 0;
    return (size_t)(end + 4 - answer) +
           (length && length < end ? strtoul(strchr(length, ':') + 1, NULL, 10) : 0);
}

static void read_answer(int fd, char answer[ANSWER_LEN_MAX])
{
    size_t len = 0;

    do {
        ssize_t count = recv(fd, answer + len, ANSWER_LEN_MAX - 1 - len, 0);
        if (count <= 0)
            fail("no whole answer to the request: %s", count ? strerror(errno) : "the end came");
        len += (size_t)count;
        answer[len] = '\0';
    } while (answer_len(answer) == 0 || len < answer_len(answer));
    if (len > answer_len(answer))
        fail("more than the answer came");
}

static void ask(const load_options *options, int fd, const char *cookie)
{
    /* The key and its answer are those of RFC 6455 1.3. */
    static const char handshake[] = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    bool is_http = options->mode == HTTP_IDLE;
    char answer[ANSWER_LEN_MAX], *request = NULL;
    int len = asprintf(&request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s%s%s%s\r\n",
                       options->path, options->port, cookie ? "Cookie: " : "", cookie ? cookie : "",
                       cookie ? "\r\n" : "", is_http ? "" : handshake);

    if (len < 0 || send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
        fail("the request cannot be sent");
    free(request);
    read_answer(fd, answer);
    if (is_http ? !strstr(answer, "HTTP/1.1 200 ")
                : !strstr(answer, "HTTP/1.1 101 ") ||
                      !strstr(answer, " s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        fail("not the answer that was expected:\n%s", answer);
}

static void open_all(load_state *load)
{
    const bocata_frame_rules rules = {.frame_len_max = load->options.size,
                                      .message_len_max = load->options.size};
    const load_options *options = &load->options;
    bool is_idle = options->mode == IDLE || options->mode == HTTP_IDLE;
    size_t frame_len = load->options.size + BOCATA_FRAME_HEADER_LEN_MAX;

    raise_file_limit(load->options.sockets);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->clients = allocate(load->options.sockets, sizeof *load->clients);
    for (size_t i = 0; i < load->options.sockets; i++) {
        load_client *client = &load->clients[i];
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
        client->fd = open_connection(load->options.port);
        ask(options, client->fd,
            options->cookie_count ? options->cookies[i % options->cookie_count] : NULL);
        if (is_idle)
            continue;
        bocata_frame_reader_init(&client->reader, &rules);
        client->out = allocate(load->options.in_flight, frame_len);
        if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
            fail("epoll: %s", strerror(errno));
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

/* A text of printable characters. */
static void make_text(load_state *load)
{
    load->text = allocate(load->options.size, 1);
    for (size_t i = 0; i < load->options.size; i++)
        load->text[i] = (char)(' ' + i * 7 % 95);
}

static void write_number(char text[NUMBER_LEN], uint32_t number)
{
    for (size_t i = NUMBER_LEN; i > 0; i--, number /= 10)
        text[i - 1] = (char)('0' + number % 10);
}

/* xorshift64: masks have to differ here, not to be secret. */
static void make_mask(load_state *load, uint8_t mask[BOCATA_FRAME_MASK_LEN])
{
    load->random ^= load->random << 13;
    load->random ^= load->random >> 7;
    load->random ^= load->random << 17;
    memcpy(mask, &load->random, BOCATA_FRAME_MASK_LEN);
}

static void flush(load_client *client)
{
    ssize_t count;

    if (client->out_len == 0)
        return;
    count = send(client->fd, client->out, client->out_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN)
        fail("a message cannot be sent: %s", strerror(errno));
    if (count > 0) {
        client->out_len -= (size_t)count;
        memmove(client->out, client->out + count, client->out_len);
    }
}

/* Returns how long the frame is. */
static size_t write_frame(load_state *load, char *out, bocata_opcode opcode, const char *payload,
                          size_t len)
{
    uint8_t mask[BOCATA_FRAME_MASK_LEN];
    bocata_frame frame = {.opcode = opcode, .is_final = true, .payload_len = len, .mask = mask};

    make_mask(load, mask);
    size_t header_len = bocata_frame_write_header(&frame, (uint8_t *)out);
    memcpy(out + header_len, payload, len);
    bocata_frame_mask(mask, out + header_len, len);
    return header_len + len;
}

static void queue_message(load_state *load, load_client *client, uint32_t number)
{
    write_number(load->text, number);
    client->out_len += write_frame(load, client->out + client->out_len, BOCATA_OPCODE_TEXT,
                                   load->text, load->options.size);
}

static void send_echo(load_state *load, load_client *client)
{
    queue_message(load, client, client->sent++);
    load->awaited++;
}

static void send_broadcast(load_state *load)
{
    load_client *sender = &load->clients[load->next];

    load->next = (load->next + 1) % load->options.sockets;
    queue_message(load, sender, sender->received); /* what all of them have */
    flush(sender);
    load->awaited += load->options.sockets;
}

static void compare(const load_state *load, load_client *client, bocata_str piece)
{
    char number[NUMBER_LEN];
    size_t offset = client->piece_offset, skipped = 0;

    if (piece.len > load->options.size - offset)
        fail("a message is too long");
    if (offset < NUMBER_LEN) {
        skipped = piece.len < NUMBER_LEN - offset ? piece.len : NUMBER_LEN - offset;
        write_number(number, client->received);
        if (memcmp(piece.ptr, number + offset, skipped) != 0)
            fail("not the message whose turn it is");
    }
    if (memcmp(piece.ptr + skipped, load->text + offset + skipped, piece.len - skipped) != 0)
        fail("a message differs from what was sent");
    client->piece_offset += piece.len;
}

static void take_event(load_state *load, load_client *client, const bocata_frame_event *event)
{
    if (event->kind == BOCATA_FRAME_NONE)
        return;
    if (event->kind != BOCATA_FRAME_DATA || event->opcode != BOCATA_OPCODE_TEXT)
        fail("a frame that is no text: kind %d, close code %d", (int)event->kind,
             event->close_code);
    compare(load, client, event->payload);
    if (!event->is_last)
        return;
    if (client->piece_offset != load->options.size || load->awaited == 0)
        fail("a message is too short, or one too many");
    client->piece_offset = 0;
    client->received++;
    load->messages++;
    load->awaited--;
    if (load->is_over)
        return;
    if (load->options.mode == ECHO)
        send_echo(load, client);
    else if (load->awaited == 0)
        send_broadcast(load);
}

static void receive(load_state *load, load_client *client)
{
    bocata_frame_event event;
    ssize_t count;

    do {
        count = recv(client->fd, received, sizeof received, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN))
            fail("the server closed a connection");
        for (size_t taken = 0; count > 0 && taken < (size_t)count;) {
            taken +=
                bocata_frame_read(&client->reader, received + taken, (size_t)count - taken, &event);
            take_event(load, client, &event);
        }
    } while (count == (ssize_t)sizeof received);
}

static void exchange_messages(load_state *load)
{
    double end_s = now_s() + load->options.seconds;
    struct epoll_event events[256];

    for (size_t i = 0; load->options.mode == ECHO && i < load->options.sockets; i++) {
        for (unsigned k = 0; k < load->options.in_flight; k++)
            send_echo(load, &load->clients[i]);
        flush(&load->clients[i]);
    }
    if (load->options.mode == BROADCAST)
        send_broadcast(load);
    while (load->awaited > 0) {
        int count =
            epoll_wait(load->epoll, events, sizeof events / sizeof *events, PATIENCE_S * 1000);
        if (count <= 0)
            fail("no message came for %d s", PATIENCE_S);
        load->is_over = now_s() >= end_s;
        for (int i = 0; i < count; i++) {
            load_client *client = events[i].data.ptr;
            receive(load, client);
            flush(client);
        }
    }
}

/* Nothing may have come but a ping: no end, no close frame, no message. */
static void check_idle(const load_state *load)
{
    unsigned char byte;

    for (size_t i = 0; i < load->options.sockets; i++) {
        ssize_t count = recv(load->clients[i].fd, &byte, 1, MSG_DONTWAIT);
        if (count < 0 ? errno != EAGAIN : count == 0 || byte != (0x80 | BOCATA_OPCODE_PING))
            fail("a connection did not stay idle");
    }
}

static void close_sockets(load_state *load)
{
    static const char code[] = {BOCATA_CLOSE_NORMAL >> 8, (char)(BOCATA_CLOSE_NORMAL & 0xff)};
    char frame[BOCATA_FRAME_HEADER_LEN_MAX + sizeof code];

    for (size_t i = 0; i < load->options.sockets; i++) {
        size_t len = write_frame(load, frame, BOCATA_OPCODE_CLOSE, code, sizeof code);
        if (send(load->clients[i].fd, frame, len, MSG_NOSIGNAL) < 0)
            fail("a socket cannot be closed: %s", strerror(errno));
    }
}

/* ---- the program ----------------------------------------------------------------------------- */

static unsigned number_of(const char *name, const char *text)
{
    unsigned min = strcmp(name, "size") == 0 ? NUMBER_LEN : 1;
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*end || value < min || value > 1U << 24)
        fail("--%s takes a whole number from %u, not '%s'", name, min, text);
    return (unsigned)value;
}

/* They live as long as the program. */
static void read_cookies(load_options *options, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;

    while (file && getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        options->cookies = realloc(options->cookies, (options->cookie_count + 1) * sizeof(char *));
        if (!options->cookies)
            fail("no memory");
        options->cookies[options->cookie_count++] = line;
        line = NULL;
    }
    if (options->cookie_count == 0)
        fail("%s holds no cookie", path);
    free(line);
    fclose(file);
}

static load_options parse(int argc, char **argv)
{
    static const char *const modes[] = {"echo", "broadcast", "idle", "http-idle"};
    static const struct option flags[] = {
        {"port", 1, NULL, 'n'},      {"sockets", 1, NULL, 'n'}, {"size", 1, NULL, 'n'},
        {"in-flight", 1, NULL, 'n'}, {"seconds", 1, NULL, 'n'}, {"seed", 1, NULL, 'n'},
        {"path", 1, NULL, 'p'},      {"cookies", 1, NULL, 'c'}, {NULL, 0, NULL, 0},
    };
    load_options options = {
        .path = "/echo", .sockets = 1, .size = 64, .in_flight = 1, .seconds = 2, .seed = 1};
    unsigned *const numbers[] = {&options.port,      &options.sockets, &options.size,
                                 &options.in_flight, &options.seconds, &options.seed};
    int flag, index;

    while ((flag = getopt_long(argc, argv, "", flags, &index)) != -1) {
        if (flag == 'n')
            *numbers[index] = number_of(flags[index].name, optarg);
        else if (flag == 'p')
            options.path = optarg;
        else if (flag == 'c')
            read_cookies(&options, optarg);
        else
            exit(2);
    }
    for (size_t i = 0; optind + 1 == argc && i < sizeof modes / sizeof *modes; i++)
        if (options.port && strcmp(argv[optind], modes[i]) == 0) {
            options.mode = (load_mode)i;
            return options;
        }
    fprintf(stderr, "usage: websocket-load echo|broadcast|idle|http-idle --port P [--path /echo] "
                    "[--cookies FILE] [--sockets 1] [--size 64] [--in-flight 1] [--seconds 2] "
                    "[--seed 1]\n");
    exit(2);
}

int main(int argc, char **argv)
{
    load_state load = {.options = parse(argc, argv)};

    setlinebuf(stdout);
    load.random = load.options.seed;
    make_text(&load);
    open_all(&load);
    printf("ready\n");
    if (getchar() == EOF)
        fail("no line came on standard input");
    if (load.options.mode == IDLE || load.options.mode == HTTP_IDLE)
        check_idle(&load);
    else
        exchange_messages(&load);
    printf("done %lu\n", (unsigned long)load.messages);
    while (getchar() != EOF)
        ;
    if (load.options.mode != HTTP_IDLE)
        close_sockets(&load);
    return 0;
}
