#include "server/server.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <bocata/version.h>

#include "server/connection.h"
#include "web/app.h"
#include "web/log.h"

#define READ_BUFFER_LEN (65536 + 256) /* so that a round payload comes with its frame's header */
#define TRIM_LEN (8 << 20)            /* bytes that are kept for the next message or body */
#define LINGER_MS 2000
#define WATCH_MS 5000
#define LOG_RETRY_MS 100 /* until an access log that took no more is tried again */

/* ---- what connections ask for ---------------------------------------------------------------- */

static int64_t now_s(void *user)
{
    (void)user;
    return bocata_clock_now_s();
}

bocata_str bocata_server_date(bocata_server *server)
{
    int64_t now = bocata_clock_now_s();
    if (now != server->date_s) {
        bocata_clock_http_date(now, server->date);
        server->date_s = now;
    }
    return (bocata_str){server->date, BOCATA_HTTP_DATE_LEN};
}

static void on_timer(uv_timer_t *timer);
static void on_check(uv_check_t *check);

/* The timer rests while nothing is armed. It is left alone where it only comes too early. */
static void set_timer(bocata_server *server, uint64_t due_ms)
{
    uint64_t now_ms = uv_now(&server->loop);

    if (due_ms >= server->timer_due_ms)
        return;
    server->timer_due_ms = due_ms;
    uv_timer_start(&server->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

void bocata_server_arm(bocata_server *server, bocata_deadline *deadline, bocata_deadline_kind kind)
{
    bocata_deadlines_arm(&server->deadlines, deadline, kind, uv_now(&server->loop));
    set_timer(server, deadline->due_ms);
}

/* libuv runs timers before it polls, and a view may have held the loop for longer than a deadline:
 * what arrived meanwhile comes first. */
static void on_timer(uv_timer_t *timer)
{
    bocata_server *server = timer->data;

    server->timer_due_ms = BOCATA_DEADLINE_NEVER;
    uv_check_start(&server->check, on_check);
}

/* Runs once the loop has polled after the timer. */
static void on_check(uv_check_t *check)
{
    bocata_server *server = check->data;
    uint64_t now_ms = uv_now(&server->loop);
    bocata_deadline *due;

    uv_check_stop(check);
    while ((due = bocata_deadlines_take_due(&server->deadlines, now_ms)))
        bocata_connection_time_out(
            (bocata_connection *)(void *)((char *)due - offsetof(bocata_connection, deadline)));
    bocata_hub_run(server->app->hub, bocata_clock_now_s());
    set_timer(server, bocata_deadlines_next_ms(&server->deadlines));
}

/* ---- the end --------------------------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Nothing is left to do: without handles the loop ends. */
static void close_handles(bocata_server *server)
{
    bocata_listener_close(&server->listener);
    close_handle((uv_handle_t *)&server->signals[0]);
    close_handle((uv_handle_t *)&server->signals[1]);
    close_handle((uv_handle_t *)&server->timer);
    close_handle((uv_handle_t *)&server->stop_timer);
    close_handle((uv_handle_t *)&server->prepare);
    close_handle((uv_handle_t *)&server->check);
    close_handle((uv_handle_t *)&server->idle);
}

void bocata_server_connection_closed(bocata_server *server)
{
    if (server->is_stopping && !server->connections)
        close_handles(server);
}

static void close_all(bocata_server *server)
{
    while (server->connections) /* closing one may, through its application, close others */
        bocata_connection_close(server->connections);
}

static void on_stop_timer(uv_timer_t *timer)
{
    bocata_server *server = timer->data;
    bocata_app_log(server->app, BOCATA_LOG_WARNING,
                   "Requests in flight did not end in time: closing their connections.");
    close_all(server);
}

static void stop_connections(bocata_server *server)
{
    bocata_connection *next;
    for (bocata_connection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        bocata_connection_stop(connection);
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    bocata_server *server = handle->data;
    (void)number;

    if (server->is_stopping) { /* the second one: at once */
        bocata_app_log(server->app, BOCATA_LOG_WARNING, "Stopped with requests in flight");
        close_all(server);
        return;
    }
    server->is_stopping = true;
    bocata_listener_close(&server->listener);
    bocata_app_log(server->app, BOCATA_LOG_INFO, "Shutting down");
    stop_connections(server);
    if (!server->connections) {
        close_handles(server);
        return;
    }
    bocata_app_log(server->app, BOCATA_LOG_INFO,
                   "Waiting for requests in flight (press CTRL+C again to stop at once)");
    uv_timer_start(&server->stop_timer, on_stop_timer, server->options->graceful_shutdown_ms, 0);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* while it is active the loop polls without sleeping */
}

/* Runs before the loop sleeps, so that nothing waits longer than for the callbacks before it:
 * responses that were finished elsewhere, the hub's timers, and the access log's lines. */
static void on_prepare(uv_prepare_t *prepare)
{
    bocata_server *server = prepare->data;

    server->turn++;
    bocata_connections_go_on(&server->resting); /* they had their share of the last turn */
    bocata_connections_go_on(&server->woken);
    uint64_t wait_ms = bocata_hub_wait_ms(server->app->hub, bocata_clock_now_ms());
    set_timer(server, clock_later(uv_now(&server->loop), wait_ms));
    bocata_access_log_flush(&server->access_log);
    if (server->access_log.lines.len > 0)
        set_timer(server, uv_now(&server->loop) + LOG_RETRY_MS);
    if (server->woken || server->resting || uv_is_active((uv_handle_t *)&server->check))
        uv_idle_start(&server->idle, on_idle);
    else
        uv_idle_stop(&server->idle);
}

static void on_connection(uv_stream_t *stream, int error)
{
    bocata_server *server = stream->data;

    if (error) /* at the limit of descriptors libuv closes those that wait, mostly without a word */
        bocata_app_log(server->app, BOCATA_LOG_ERROR, "A connection was refused: %s.",
                       uv_strerror(error));
    else
        bocata_connection_accept(server, stream);
}

static bool listen_signals(bocata_server *server)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        server->signals[i].data = server;
        int error = uv_signal_start(&server->signals[i], on_signal, numbers[i]);
        if (error) {
            bocata_app_log(server->app, BOCATA_LOG_ERROR, "Cannot listen for signals: %s.",
                           uv_strerror(error));
            return false;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    return true;
}

static void init_handles(bocata_server *server)
{
    uv_signal_init(&server->loop, &server->signals[0]);
    uv_signal_init(&server->loop, &server->signals[1]);
    uv_timer_init(&server->loop, &server->timer);
    uv_timer_init(&server->loop, &server->stop_timer);
    uv_prepare_init(&server->loop, &server->prepare);
    uv_check_init(&server->loop, &server->check);
    uv_idle_init(&server->loop, &server->idle);
    server->timer.data = server->stop_timer.data = server;
    server->prepare.data = server->check.data = server;
    uv_prepare_start(&server->prepare, on_prepare);
}

/* A connection needs a descriptor, and the usual soft limit of 1,024 is for programs that use
 * select. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* glibc gives the top of the heap back to the system beyond 128 KiB, and fetches it again: for
 * large messages one after the other that costs ten times what is done with them. */
static void keep_heap(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, TRIM_LEN);
    mallopt(M_MMAP_THRESHOLD, TRIM_LEN / 2);
#endif
}

static bool serve(bocata_server *server, const bocata_address *address)
{
    char message[BOCATA_LISTENER_MESSAGE_LEN], url[BOCATA_LISTENER_URL_LEN];

    keep_heap();
    raise_descriptor_limit();
    init_handles(server);
    bool is_serving = listen_signals(server);
    if (bocata_listener_open(&server->listener, &server->loop, address, on_connection, message) !=
        BOCATA_OK) {
        bocata_app_log(server->app, BOCATA_LOG_ERROR, "%s", message);
        is_serving = false;
    }
    server->listener.uv.handle.data = server;
    if (is_serving) {
        bocata_listener_url(&server->listener, address, url);
        bocata_app_log(server->app, BOCATA_LOG_INFO,
                       "Bocata %s serving on %s (Press CTRL+C to quit)", BOCATA_VERSION, url);
    } else {
        close_handles(server);
    }
    uv_run(&server->loop, UV_RUN_DEFAULT);
    return is_serving;
}

static void init(bocata_server *server, bocata_app *app, const bocata_options *options,
                 char *buffer)
{
    const uint64_t durations_ms[BOCATA_DEADLINE_COUNT] = {
        [BOCATA_DEADLINE_IDLE] = options->keep_alive_ms,
        [BOCATA_DEADLINE_HEADER] = options->header_ms,
        [BOCATA_DEADLINE_BODY] = options->body_ms,
        [BOCATA_DEADLINE_WRITE] = options->write_ms,
        /* A keep-alive shorter than this says how soon a lost client matters. */
        [BOCATA_DEADLINE_WATCH] =
            options->keep_alive_ms < WATCH_MS ? options->keep_alive_ms : WATCH_MS,
        [BOCATA_DEADLINE_LINGER] = LINGER_MS,
        [BOCATA_DEADLINE_PING] = options->ws_ping_interval_ms,
        [BOCATA_DEADLINE_PONG] = options->ws_ping_timeout_ms,
        [BOCATA_DEADLINE_CLOSE] = options->ws_close_timeout_ms,
    };
    *server = (bocata_server){
        .app = app,
        .options = options,
        .limits = {options->request_line_len_max, options->headers_len_max,
                   BOCATA_REQUEST_HEADERS_MAX},
        .access_log = {.is_on = options->access_log && options->log_level <= BOCATA_LOG_INFO,
                       .fd = 1},
        .date_s = INT64_MIN,
        .timer_due_ms = BOCATA_DEADLINE_NEVER,
        .read_buffer = {.base = buffer, .len = READ_BUFFER_LEN},
    };
    bocata_deadlines_init(&server->deadlines, durations_ms);
}

static int run_loop(bocata_server *server, const bocata_address *address)
{
    int error = uv_loop_init(&server->loop);

    if (error) {
        bocata_app_log(server->app, BOCATA_LOG_ERROR, "The server cannot start: %s.",
                       uv_strerror(error));
        return 1;
    }
    int status = serve(server, address) ? 0 : 1;
    if (uv_loop_close(&server->loop) != 0)
        bocata_app_log(server->app, BOCATA_LOG_ERROR, "The loop ended with open handles.");
    return status;
}

int bocata_server_run(bocata_app *app, const bocata_options *options, const bocata_address *address)
{
    bocata_server *server = malloc(sizeof *server);
    char *buffer = malloc(READ_BUFFER_LEN);
    int status = 1;

    if (server && buffer) {
        init(server, app, options, buffer);
        bocata_status initialized = bocata_runtime_init(&server->runtime, app, now_s, NULL);
        if (initialized == BOCATA_OK) {
            status = run_loop(server, address);
            bocata_runtime_done(&server->runtime);
        } else {
            bocata_app_log(app, BOCATA_LOG_ERROR, "The server cannot start: %s.",
                           bocata_status_text(initialized));
        }
        bocata_access_log_done(&server->access_log);
        bocata_buf_free(&server->output);
    } else {
        bocata_app_log(app, BOCATA_LOG_ERROR, "The server cannot start: there is no memory.");
    }
    free(buffer);
    free(server);
    return status;
}
