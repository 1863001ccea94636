#include "server/head.h"

#include <stdint.h>
#include <string.h>

#include <llhttp.h>

#include "base/str.h"

/* What a byte may be part of. */
enum { TOKEN = 1, TARGET = 2, TEXT = 4 };

#define T TOKEN | TARGET | TEXT
#define U TARGET | TEXT
#define X TEXT
/* clang-format off */
static const unsigned char classes[256] = {
    /* 0x00 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, X, 0, 0, 0, 0, 0, 0,
    /* 0x10 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /*  !"#$%&'()*+,-./ */ X, T, U, X | TOKEN, T, T, T, T, U, U, T, T, U, T, T, U,
    /* 0123456789:;<=>? */ T, T, T, T, T, T, T, T, T, T, U, U, U, U, U, U,
    /* @ABCDEFGHIJKLMNO */ U, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    /* PQRSTUVWXYZ[\]^_ */ T, T, T, T, T, T, T, T, T, T, T, U, U, U, T, T,
    /* `abcdefghijklmno */ T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    /* pqrstuvwxyz{|}~  */ T, T, T, T, T, T, T, T, T, T, T, U, T, U, T, 0,
    /* 0x80 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0x90 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0xa0 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0xb0 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0xc0 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0xd0 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0xe0 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    /* 0xf0 */ X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
};
/* clang-format on */
#undef T
#undef U
#undef X

static const bocata_str methods[] = {
#define METHOD(number, name, text) {#text, sizeof(#text) - 1},
    HTTP_METHOD_MAP(METHOD)
#undef METHOD
};

void bocata_head_init(bocata_head *head)
{
    *head = (bocata_head){0};
}

void bocata_head_init_trailers(bocata_head *head)
{
    *head = (bocata_head){.has_request_line = true};
}

static bool char_is(char c, int class)
{
    return classes[(unsigned char)c] & class;
}

static bool str_is_all(bocata_str str, int class)
{
    for (size_t i = 0; i < str.len; i++)
        if (!char_is(str.ptr[i], class))
            return false;
    return true;
}

static bool refuse(bocata_head *head, int status, const char *detail)
{
    head->refusal = (bocata_refusal){status, detail};
    return false;
}

/* CONNECT is for proxies. */
static bool is_method_served(bocata_str method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_equal(method, methods[i]))
            return !str_equal(method, STR("CONNECT"));
    return false;
}

/* "HTTP/" DIGIT "." DIGIT (RFC 9112 2.3). */
static bool check_version(bocata_head *head, bocata_str version)
{
    if (str_equal(version, STR("HTTP/1.1")))
        return true;
    if (str_equal(version, STR("HTTP/1.0"))) {
        head->is_http_1_0 = true;
        return true;
    }
    if (version.len == 8 && str_starts_with(version, STR("HTTP/")) && version.ptr[5] >= '0' &&
        version.ptr[5] <= '9' && version.ptr[6] == '.' && version.ptr[7] >= '0' &&
        version.ptr[7] <= '9')
        return refuse(head, 505, "This server speaks HTTP/1.1 and HTTP/1.0.");
    return refuse(head, 400, "The request line does not end in a version of HTTP.");
}

/* method SP target SP version (RFC 9112 3); the forms of the target are told apart in framing.c. */
static bool check_request_line(bocata_head *head, bocata_str line)
{
    bocata_str version = line;
    bocata_str method = str_cut(&version, ' ');
    bocata_str target = str_cut(&version, ' ');

    if (method.len == 0 || !str_is_all(method, TOKEN))
        return refuse(head, 400, "The request line does not begin with a method.");
    if (target.len == 0 || version.len == 0 || str_find(version, ' ') < version.len)
        return refuse(
            head, 400,
            "The request line is not a method, a target and a version with one space between.");
    if (!check_version(head, version))
        return false;
    if (!is_method_served(method))
        return refuse(head, 501, "This method is not implemented.");
    if (!str_is_all(target, TARGET))
        return refuse(head, 400, "The request's target holds a character that must be encoded.");
    if (target.ptr[0] == '*' && (target.len > 1 || !str_equal(method, STR("OPTIONS"))))
        return refuse(head, 400, "Only OPTIONS may ask for *.");
    head->has_request_line = true;
    head->method_len = method.len;
    head->target_len = target.len;
    return true;
}

/* name ":" value (RFC 9112 5); no space before the colon (5.1), no obs-fold (5.2). */
static bool check_header_line(bocata_head *head, const bocata_head_limits *limits, bocata_str line)
{
    size_t colon = str_find(line, ':');

    if (char_is_space(line.ptr[0]))
        return refuse(head, 400, "A header line begins with a space.");
    if (colon == line.len)
        return refuse(head, 400, "A header line has no colon.");
    if (colon == 0 || !str_is_all((bocata_str){line.ptr, colon}, TOKEN))
        return refuse(head, 400,
                      "A header's name is empty or holds a character that names cannot.");
    if (head->header_count == limits->header_count_max)
        return refuse(head, 431, "The request has too many headers.");
    head->header_count++;
    head->headers_len += line.len + 2;
    return true;
}

/* How long the line that is being looked at may become. */
static size_t line_len_max(const bocata_head *head, const bocata_head_limits *limits)
{
    if (!head->has_request_line)
        return limits->request_line_len_max;
    size_t used = head->headers_len + 2; /* its own CR LF */
    return used < limits->headers_len_max ? limits->headers_len_max - used : 0;
}

static bool refuse_byte(bocata_head *head, char c)
{
    if (char_is(c, TEXT)) /* good, but past the limit */
        return head->has_request_line ? refuse(head, 431, "The request's headers are too large.")
                                      : refuse(head, 414, "The request line is too long.");
    return refuse(head, 400,
                  c == '\n' ? "A line ends in LF without a CR before it."
                            : "The head holds a control character.");
}

static bool check_line(bocata_head *head, const bocata_head_limits *limits, bocata_str line)
{
    if (head->has_request_line)
        return check_header_line(head, limits, line);
    if (line.len > 0)
        return check_request_line(head, line);
    /* RFC 9112 2.2: at least one empty line before the request line should be ignored. */
    if (head->start > 0)
        return refuse(head, 400, "Empty lines stand where a request is expected.");
    head->start = 2;
    return true;
}

/* How many bytes of TEXT `bytes` begin with. Eight at a time, since most of a head is values: a
 * word without a byte below ' ' and without a DEL is all TEXT (a tab, which is TEXT too, is left to
 * the slow way). */
static size_t text_len(bocata_str bytes)
{
    const uint64_t ones = 0x0101010101010101, high = 0x80 * ones;
    size_t at = 0;

    for (uint64_t word; bytes.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, bytes.ptr + at, sizeof word);
        uint64_t del = word ^ (0x7f * ones);
        if ((((word - ' ' * ones) & ~word) | ((del - ones) & ~del)) & high)
            break;
    }
    while (at < bytes.len && char_is(bytes.ptr[at], TEXT))
        at++;
    return at;
}

bocata_head_outcome bocata_head_scan(bocata_head *head, const bocata_head_limits *limits,
                                     bocata_str bytes)
{
    while (head->scanned < bytes.len) {
        size_t at = head->scanned;
        size_t len_max = line_len_max(head, limits);
        size_t stop =
            bytes.len - head->line_start > len_max ? head->line_start + len_max : bytes.len;

        at += text_len((bocata_str){bytes.ptr + at, stop - at});
        head->scanned = at;
        if (at == bytes.len)
            break;
        if (bytes.ptr[at] != '\r') {
            refuse_byte(head, bytes.ptr[at]);
            return BOCATA_HEAD_REFUSED;
        }
        if (at + 1 == bytes.len)
            break;
        if (bytes.ptr[at + 1] != '\n') {
            refuse(head, 400, "The head holds a CR that does not end a line.");
            return BOCATA_HEAD_REFUSED;
        }
        bocata_str line = {bytes.ptr + head->line_start, at - head->line_start};
        bool is_last = head->has_request_line && line.len == 0;
        if (!is_last && !check_line(head, limits, line))
            return BOCATA_HEAD_REFUSED;
        head->scanned = head->line_start = at + 2;
        if (is_last)
            return BOCATA_HEAD_COMPLETE;
    }
    return BOCATA_HEAD_MORE;
}
