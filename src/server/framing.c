#include "server/framing.h"

#include "base/str.h"

/* The headers that matter here: the first of each, and how many there are. */
typedef struct headers_found {
    bocata_field *host, *length, *encoding;
    size_t host_count, length_count, encoding_count;
} headers_found;

static bool refuse(bocata_refusal *refusal, const char *detail)
{
    *refusal = (bocata_refusal){400, detail};
    return false;
}

static void note(bocata_field **first, size_t *count, bocata_field *field)
{
    if ((*count)++ == 0)
        *first = field;
}

static void look(bocata_request *request, bool is_http_1_0, headers_found *found,
                 bocata_framing *framing)
{
    for (size_t i = 0; i < request->header_count; i++) {
        bocata_field *field = &request->headers[i];
        switch (field->name.len) { /* spares most comparisons */
        case 4:
            if (str_equal_nocase(field->name, STR("host")))
                note(&found->host, &found->host_count, field);
            break;
        case 6:
            if (is_http_1_0 || !str_equal_nocase(field->name, STR("expect")))
                break; /* RFC 9110 10.1.1: ignored from a 1.0 client */
            if (str_equal_nocase(field->value, STR("100-continue")))
                framing->expects_continue = true;
            else
                framing->expects_unknown = true;
            break;
        case 14:
            if (str_equal_nocase(field->name, STR("content-length")))
                note(&found->length, &found->length_count, field);
            break;
        case 17:
            if (str_equal_nocase(field->name, STR("transfer-encoding")))
                note(&found->encoding, &found->encoding_count, field);
            break;
        default:
            break;
        }
    }
}

static bool char_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (char_lower(c) >= 'a' && char_lower(c) <= 'z');
}

/* uri-host [":" port] (RFC 9110 7.2, RFC 3986 3.2.2), not empty, without user information. */
static bool is_authority(bocata_str str)
{
    const bocata_str marks = STR("-._~!$&'()*+,;=%");
    bool is_literal = str.len > 0 && str.ptr[0] == '[';
    size_t i = is_literal ? 1 : 0, host_start = i;

    for (; i < str.len; i++) {
        char c = str.ptr[i];
        if (!char_is_alnum(c) && !(c == ':' && is_literal) && str_find(marks, c) == marks.len)
            break;
    }
    if (i == host_start)
        return false;
    if (is_literal && (i == str.len || str.ptr[i++] != ']'))
        return false;
    if (i == str.len)
        return true;
    if (str.ptr[i++] != ':' || str.len - i > 5)
        return false;
    for (; i < str.len; i++)
        if (str.ptr[i] < '0' || str.ptr[i] > '9')
            return false;
    return true;
}

static bool check_host(const headers_found *found, bool is_http_1_0, bocata_refusal *refusal)
{
    if (found->host_count == 0)
        return is_http_1_0 || refuse(refusal, "The Host header is missing.");
    if (found->host_count > 1)
        return refuse(refusal, "There is more than one Host header.");
    return is_authority(found->host->value) ||
           refuse(refusal, "The Host header is not a host with an optional port.");
}

/* RFC 9112 6.1: chunked is the one coding served; with a Content-Length beside it the request is an
 * attempt at smuggling. */
static bool check_encoding(const headers_found *found, bool is_http_1_0, bocata_framing *framing,
                           bocata_refusal *refusal)
{
    if (found->encoding_count == 0)
        return true;
    if (is_http_1_0)
        return refuse(refusal, "HTTP/1.0 has no Transfer-Encoding.");
    if (found->length_count > 0)
        return refuse(refusal, "Both Content-Length and Transfer-Encoding are given.");
    if (found->encoding_count > 1 || !str_equal_nocase(found->encoding->value, STR("chunked")))
        return refuse(refusal, "The only Transfer-Encoding served is chunked.");
    framing->is_chunked = true;
    return true;
}

/* 1*DIGIT (RFC 9110 8.6), once: a list of equal values is refused too. */
static bool check_length(const headers_found *found, size_t body_len_max, bocata_framing *framing,
                         bocata_refusal *refusal)
{
    if (found->length_count == 0)
        return true;
    if (found->length_count > 1)
        return refuse(refusal, "There is more than one Content-Length header.");
    bocata_str digits = found->length->value;
    uint64_t length = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return refuse(refusal, "The Content-Length is not a number.");
        if (__builtin_mul_overflow(length, 10u, &length) ||
            __builtin_add_overflow(length, (uint64_t)(digits.ptr[i] - '0'), &length))
            return refuse(refusal, "The Content-Length does not fit into 64 bits.");
    }
    if (digits.len == 0)
        return refuse(refusal, "The Content-Length is empty.");
    framing->has_too_large_length = length > body_len_max;
    return true;
}

/* RFC 9112 3.2.2. */
static bool take_absolute_form(bocata_request *request, const headers_found *found,
                               bocata_refusal *refusal)
{
    size_t colon = str_find(request->target, ':');
    bocata_str scheme = {request->target.ptr, colon};
    bocata_str rest = str_skip(request->target, colon + 1);

    if (!str_equal_nocase(scheme, STR("http")) && !str_equal_nocase(scheme, STR("https")))
        return refuse(refusal, "The request's target is neither a path nor an http URL.");
    if (!str_starts_with(rest, STR("//")))
        return refuse(refusal, "The request's target is neither a path nor an http URL.");
    rest = str_skip(rest, 2);
    size_t path = 0;
    while (path < rest.len && rest.ptr[path] != '/' && rest.ptr[path] != '?')
        path++;
    bocata_str authority = {rest.ptr, path};
    if (!is_authority(authority))
        return refuse(refusal, "The request's target names no host.");

    request->target = str_skip(rest, path);
    if (path == rest.len)
        request->target = str_equal(request->method, STR("OPTIONS")) ? STR("*") : STR("/");
    else if (rest.ptr[path] == '?') {
        char *target = bocata_request_alloc(request, request->target.len + 1);
        if (!target) {
            *refusal = (bocata_refusal){500, "The request needs more memory than one may use."};
            return false;
        }
        target[0] = '/';
        memcpy(target + 1, request->target.ptr, request->target.len);
        request->target = (bocata_str){target, request->target.len + 1};
    }
    if (found->host)
        found->host->value = authority;
    else
        request->headers[request->header_count++] = (bocata_field){STR("Host"), authority};
    return true;
}

bool bocata_framing_check(bocata_request *request, bool is_http_1_0, size_t body_len_max,
                          bocata_framing *ret_framing, bocata_refusal *ret_refusal)
{
    headers_found found = {0};
    bocata_framing framing = {0};

    look(request, is_http_1_0, &found, &framing);
    if (!check_encoding(&found, is_http_1_0, &framing, ret_refusal) ||
        !check_length(&found, body_len_max, &framing, ret_refusal) ||
        !check_host(&found, is_http_1_0, ret_refusal))
        return false;
    bool is_origin_form = request->target.ptr[0] == '/' || request->target.ptr[0] == '*';
    if (!is_origin_form && !take_absolute_form(request, &found, ret_refusal))
        return false;
    *ret_framing = framing;
    return true;
}
