/* What a browser says of where a request comes from: Sec-Fetch-Site (W3C Fetch Metadata), which no
 * page can forge, or in older ones Origin (RFC 6454 7). */
#include <bocata/csrf.h>

#include "base/sized.h"
#include "base/str.h"

#define FROM_ELSEWHERE "This request came from another site (so says its "
#define WHAT_TO_DO "): send it from a page of this one."

/* An origin, or the host of a request. */
typedef struct place {
    bocata_str host;
    bocata_str port; /* {"", 0} where none is written */
} place;

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static bool is_ip_literal_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
}

/* How many bytes of `text` are the host; 0 if it does not begin with one. */
static size_t host_len(bocata_str text)
{
    bool is_literal = text.len > 0 && text.ptr[0] == '[';
    size_t len = is_literal;

    while (len < text.len && (is_literal ? is_ip_literal_char(char_lower(text.ptr[len]))
                                         : is_host_char(char_lower(text.ptr[len]))))
        len++;
    if (!is_literal)
        return len;
    return len > 1 && len < text.len && text.ptr[len] == ']' ? len + 1 : 0;
}

/* 1 to 65535, without zeros before it, so that equal ports are equal texts. */
static bool is_port(bocata_str text)
{
    int64_t port;
    return text.len > 0 && text.ptr[0] >= '1' && text.ptr[0] <= '9' &&
           bocata_str_to_int(text, &port) == BOCATA_OK && port <= UINT16_MAX;
}

/* Reads `host[:port]` to its end. */
static bool read_place(bocata_str text, place *ret)
{
    size_t len = host_len(text);
    bocata_str rest = str_skip(text, len);

    *ret = (place){.host = {text.ptr, len}, .port = STR("")};
    if (len == 0)
        return false;
    if (rest.len == 0)
        return true;
    ret->port = str_skip(rest, 1);
    return rest.ptr[0] == ':' && is_port(ret->port);
}

/* Reads `scheme://host[:port]`; browsers write `null` where they do not tell. */
static bool read_origin(bocata_str text, place *ret, bocata_str *ret_scheme_port)
{
    bool is_https = str_starts_with(text, STR("https://"));
    bocata_str scheme = is_https ? STR("https://") : STR("http://");

    *ret_scheme_port = is_https ? STR("443") : STR("80");
    return str_starts_with(text, scheme) && read_place(str_skip(text, scheme.len), ret);
}

bool bocata_csrf_origin_is_valid(const char *origin)
{
    bocata_str text = bocata_str_of(origin), scheme_port;
    place its;

    if (!read_origin(text, &its, &scheme_port) || str_equal(its.port, scheme_port))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (char_lower(text.ptr[i]) != text.ptr[i])
            return false; /* browsers send lower case, and it is compared as it is */
    return true;
}

static bool is_trusted(bocata_str origin, const char *const trusted_origins[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bocata_str_is(origin, trusted_origins[i]))
            return true;
    return false;
}

/* The scheme is not compared: behind a proxy that speaks TLS the request's own is not known. It
 * only says which port is meant where none is written. */
static bool is_origin_of_host(bocata_str origin, bocata_str host)
{
    place sender, here;
    bocata_str scheme_port;

    if (!read_origin(origin, &sender, &scheme_port) || !read_place(host, &here))
        return false;
    if (sender.port.len == 0)
        sender.port = scheme_port;
    if (here.port.len == 0)
        here.port = scheme_port;
    return str_equal_nocase(sender.host, here.host) && str_equal(sender.port, here.port);
}

bool bocata_csrf_method_is_safe(bocata_str method)
{
    return str_equal(method, STR("GET")) || str_equal(method, STR("HEAD")) ||
           str_equal(method, STR("OPTIONS")) || str_equal(method, STR("TRACE"));
}

const char *bocata_csrf_refusal_sized(const bocata_csrf_request *theirs, size_t request_size,
                                      const char *const trusted_origins[], size_t count)
{
    bocata_csrf_request request;

    bool is_understood = bocata_sized_copy(&request, sizeof request, theirs, request_size);
    if (bocata_csrf_method_is_safe(request.method))
        return NULL;
    if (!is_understood)
        return "The server cannot tell where this request came from.";
    if (is_trusted(request.origin, trusted_origins, count))
        return NULL;
    bocata_str site = request.sec_fetch_site;
    if (site.ptr) {
        bool is_ours = str_equal(site, STR("same-origin")) || str_equal(site, STR("none"));
        return is_ours ? NULL : FROM_ELSEWHERE "Sec-Fetch-Site" WHAT_TO_DO;
    }
    if (request.origin.ptr && !is_origin_of_host(request.origin, request.host))
        return FROM_ELSEWHERE "Origin" WHAT_TO_DO;
    return NULL;
}
