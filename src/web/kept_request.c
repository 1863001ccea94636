#include "web/kept_request.h"

#include <string.h>

#include "base/str.h"

/* The Cookie has been read, and is a secret that nobody needs any longer; what only the handshake
 * needs would take memory from each socket. */
static bool is_kept(const bocata_field *header)
{
    const bocata_str dropped[] = {
        STR("Cookie"),
        STR("Connection"),
        STR("Upgrade"),
        STR("Sec-WebSocket-Key"),
        STR("Sec-WebSocket-Version"),
        STR("Sec-WebSocket-Extensions"),
    };
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (str_equal_nocase(header->name, dropped[i]))
            return false;
    return true;
}

/* Copies to `*pos` and moves it on; a NUL follows the copy. */
static bocata_str copy(char **pos, bocata_str str)
{
    char *ptr = *pos;

    if (!str.ptr)
        return str;
    memcpy(ptr, str.ptr, str.len);
    ptr[str.len] = '\0';
    *pos += str.len + 1;
    return (bocata_str){ptr, str.len};
}

static size_t len_of(bocata_str str)
{
    return str.len + 1;
}

static size_t strings_len(const bocata_request *request)
{
    size_t len = len_of(request->method) + len_of(request->target) + len_of(request->scheme) +
                 len_of(request->client) + len_of(request->path);

    for (size_t i = 0; i < request->header_count; i++)
        if (is_kept(&request->headers[i]))
            len += len_of(request->headers[i].name) + len_of(request->headers[i].value);
    for (size_t i = 0; i < request->param_count; i++)
        len += len_of(request->params[i].value);
    return len;
}

static size_t kept_header_count(const bocata_request *request)
{
    size_t count = 0;

    for (size_t i = 0; i < request->header_count; i++)
        count += is_kept(&request->headers[i]);
    return count;
}

static void copy_request(bocata_request *to, const bocata_request *from, char *pos)
{
    to->method = copy(&pos, from->method);
    to->target = copy(&pos, from->target);
    to->scheme = copy(&pos, from->scheme);
    to->client = copy(&pos, from->client);
    to->path = copy(&pos, from->path);
    to->query_string = to->target;
    to->raw_path = str_cut(&to->query_string, '?');
    for (size_t i = 0; i < from->header_count; i++)
        if (is_kept(&from->headers[i]))
            to->headers[to->header_count++] =
                (bocata_field){.name = copy(&pos, from->headers[i].name),
                               .value = copy(&pos, from->headers[i].value)};
    for (size_t i = 0; i < from->param_count; i++) {
        to->params[i] = from->params[i]; /* its name is the route's */
        to->params[i].value = copy(&pos, from->params[i].value);
    }
    to->param_count = from->param_count;
    to->is_http_1_0 = from->is_http_1_0;
    to->route = from->route;
    to->user = from->user;
}

/* None of the sizes is near SIZE_MAX: they are lengths of what is in memory. */
bocata_exchange *bocata_exchange_keep(bocata_exchange *from, size_t extra_size, void **ret_extra)
{
    const bocata_request *request = &from->request;
    size_t headers_size = kept_header_count(request) * sizeof(bocata_field);
    size_t params_size = request->param_count * sizeof(bocata_param);
    size_t strings_size = strings_len(request);
    bocata_exchange *kept = bocata_exchange_new_sized(
        from->runtime, extra_size + headers_size + params_size + strings_size);

    if (!kept)
        return NULL;
    void *extra = bocata_arena_alloc(&kept->arena, extra_size);
    kept->request.headers = bocata_arena_alloc(&kept->arena, headers_size);
    kept->request.params = bocata_arena_alloc(&kept->arena, params_size);
    char *strings = bocata_arena_alloc(&kept->arena, strings_size);
    if (!extra || !kept->request.headers || !kept->request.params || !strings) {
        bocata_exchange_free(kept);
        return NULL;
    }
    copy_request(&kept->request, request, strings);
    kept->request.session = from->request.session;
    from->request.session = NULL;
    kept->state = BOCATA_EXCHANGE_FINISHED;
    *ret_extra = extra;
    return kept;
}
