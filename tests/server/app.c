/* The application that the server's tests drive. It counts what it serves, holds responses back
 * until another request releases them, and shows what it was given. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bocata.h>

enum { WAITING_MAX = 64 };

struct counts {
    int smuggled, gone, waiting, naps;
    bocata_response *held[WAITING_MAX];
};

/* ---- what came ------------------------------------------------------------------------------- */

static json_t *string_of(bocata_str str)
{
    return json_stringn(str.ptr ? str.ptr : "", str.len);
}

static void show(bocata_request *request, bocata_response *response)
{
    json_t *headers = json_array();

    for (size_t i = 0; i < bocata_request_header_count(request); i++) {
        bocata_field field = bocata_request_header_at(request, i);
        json_array_append_new(headers,
                              json_pack("[o, o]", string_of(field.name), string_of(field.value)));
    }
    bocata_response_json(response,
                         json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "method",
                                   string_of(bocata_request_method(request)), "target",
                                   string_of(bocata_request_target(request)), "host",
                                   string_of(bocata_request_host(request)), "client",
                                   string_of(bocata_request_client(request)), "scheme",
                                   string_of(bocata_request_scheme(request)), "body",
                                   string_of(bocata_request_body(request)), "headers", headers));
}

static void echo(bocata_request *request, bocata_response *response)
{
    bocata_str body = bocata_request_body(request);
    bocata_response_bytes(response, body.ptr, body.len, "application/octet-stream");
}

static void big(bocata_request *request, bocata_response *response)
{
    size_t len = (size_t)bocata_request_param_int(request, "len");
    char *bytes = malloc(len + 1);

    for (size_t i = 0; bytes && i < len; i++)
        bytes[i] = (char)('a' + i % 26);
    bocata_response_bytes(response, bytes, bytes ? len : 0, "text/plain");
    free(bytes);
}

static void status(bocata_request *request, bocata_response *response)
{
    bocata_response_text(response, "a body");
    bocata_response_status(response, (int)bocata_request_param_int(request, "status"));
}

/* ---- what is counted ------------------------------------------------------------------------- */

static void smuggled(bocata_request *request, bocata_response *response)
{
    struct counts *counts = bocata_request_data(request);
    counts->smuggled++;
    bocata_response_text(response, "smuggled");
}

static void show_counts(bocata_request *request, bocata_response *response)
{
    const struct counts *counts = bocata_request_data(request);
    bocata_response_json(response,
                         json_pack("{s:i, s:i, s:i, s:i}", "smuggled", counts->smuggled, "gone",
                                   counts->gone, "waiting", counts->waiting, "naps", counts->naps));
}

/* Holds the whole loop. */
static void nap(bocata_request *request, bocata_response *response)
{
    struct counts *counts = bocata_request_data(request);
    counts->naps++;
    usleep((useconds_t)bocata_request_param_int(request, "ms") * 1000);
    bocata_response_text(response, "awake");
}

/* ---- what waits ------------------------------------------------------------------------------ */

static void forget(struct counts *counts, const bocata_response *response)
{
    for (int i = 0; i < counts->waiting; i++)
        if (counts->held[i] == response)
            counts->held[i--] = counts->held[--counts->waiting];
}

static void on_gone(bocata_response *response, void *user)
{
    struct counts *counts = user;
    counts->gone++;
    forget(counts, response);
    bocata_response_finish(response);
}

static void on_gone_late(bocata_response *response, void *user)
{
    struct counts *counts = user;
    (void)response; /* it is finished when the others are released */
    counts->gone++;
}

static void hold(bocata_request *request, bocata_response *response, bocata_client_gone_fn gone)
{
    struct counts *counts = bocata_request_data(request);

    if (counts->waiting == WAITING_MAX) {
        bocata_response_error(response, 503, NULL);
        return;
    }
    bocata_str body = bocata_request_body(request);
    if (body.len)
        bocata_response_bytes(response, body.ptr, body.len, "text/plain");
    else
        bocata_response_text(response, "released");
    counts->held[counts->waiting++] = response;
    bocata_response_defer(response, gone, counts);
}

static void wait(bocata_request *request, bocata_response *response)
{
    hold(request, response, on_gone);
}

static void wait_late(bocata_request *request, bocata_response *response)
{
    hold(request, response, on_gone_late);
}

static void release_all(bocata_request *request, bocata_response *response)
{
    struct counts *counts = bocata_request_data(request);
    int count = counts->waiting;

    while (counts->waiting > 0)
        bocata_response_finish(counts->held[--counts->waiting]);
    bocata_response_json(response, json_integer(count));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void mark_error(bocata_request *request, bocata_response *response)
{
    bocata_response_json(response, json_pack("{s:s?, s:I}", "seen by the application",
                                             bocata_response_error_detail(response), "body length",
                                             (json_int_t)bocata_request_body(request).len));
}

static void mark_after(bocata_request *request, bocata_response *response)
{
    (void)request;
    bocata_response_header(response, "X-After", "yes");
}

static void configure(bocata_app *app)
{
    const char *key = getenv("SECRET_KEY");
    bocata_secret *secret = key ? bocata_secret_new(key, strlen(key)) : NULL;
    const bocata_session_settings sessions = {.secret_key = secret,
                                              .https_only = getenv("HTTPS_ONLY") != NULL};

    if (secret || getenv("WITH_SESSIONS"))
        bocata_app_configure(app, &(bocata_settings){.sessions = &sessions});
    bocata_secret_free(secret);
}

int main(int argc, char **argv)
{
    struct counts counts = {0};
    bocata_app *app = bocata_app_new(&counts);

    configure(app);
    bocata_app_route(app, &(bocata_route_settings){
                              .methods = "GET, POST, PUT, OPTIONS", .pattern = "/", .view = show});
    bocata_app_post(app, "/echo", echo);
    bocata_app_get(app, "/big/{len:int}", big);
    bocata_app_get(app, "/status/{status:int}", status);
    bocata_app_get(app, "/smuggled", smuggled);
    bocata_app_get(app, "/counts", show_counts);
    bocata_app_get(app, "/nap/{ms:int}", nap);
    bocata_app_route(
        app, &(bocata_route_settings){.methods = "GET, POST", .pattern = "/wait", .view = wait});
    bocata_app_route(app, &(bocata_route_settings){
                              .methods = "GET, POST", .pattern = "/wait/late", .view = wait_late});
    bocata_app_post(app, "/release", release_all);
    bocata_app_error_handler(app, 413, mark_error);
    bocata_app_error_handler(app, 417, mark_error);
    bocata_app_after(app, mark_after);
    int status = bocata_server_main(app, argc, argv);
    bocata_app_free(app);
    return status;
}
