/* What a request may say of where it comes from. */
#include "suite.h"

#include <bocata/csrf.h>

#define SITE_SENTENCE                                                                              \
    "This request came from another site (so says its Sec-Fetch-Site): send it from a page of "    \
    "this one."
#define ORIGIN_SENTENCE                                                                            \
    "This request came from another site (so says its Origin): send it from a page of this one."

static const char *const trusted[] = {"https://app.example.org", "http://localhost:3000"};

/* A header that is NULL was not sent; the method is POST and the host a.example where none is
 * given. */
static struct row {
    const char *intent, *method, *host, *site, *origin;
    const char *sentence; /* NULL: it passes */
} rows[] = {
    /* methods */
    {"GET passes", "GET", NULL, "cross-site", "https://b.example", NULL},
    {"HEAD passes", "HEAD", NULL, "cross-site", "https://b.example", NULL},
    {"OPTIONS passes", "OPTIONS", NULL, "cross-site", "https://b.example", NULL},
    {"TRACE passes", "TRACE", NULL, "cross-site", "https://b.example", NULL},
    {"POST does not", "POST", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"PUT does not", "PUT", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"PATCH does not", "PATCH", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"DELETE does not", "DELETE", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"nor does what is not known", "FROB", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"methods have a case", "get", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"GETS is not GET", "GETS", NULL, "cross-site", NULL, SITE_SENTENCE},
    {"an empty method is none of them", "", NULL, "cross-site", NULL, SITE_SENTENCE},
    /* Sec-Fetch-Site */
    {"same-origin passes", NULL, NULL, "same-origin", NULL, NULL},
    {"none (typed by the user) passes", NULL, NULL, "none", NULL, NULL},
    {"same-site does not", NULL, NULL, "same-site", NULL, SITE_SENTENCE},
    {"cross-site does not", NULL, NULL, "cross-site", NULL, SITE_SENTENCE},
    {"several, or an empty one", NULL, NULL, "", NULL, SITE_SENTENCE},
    {"a value of the future", NULL, NULL, "same-planet", NULL, SITE_SENTENCE},
    {"values have a case", NULL, NULL, "Same-Origin", NULL, SITE_SENTENCE},
    {"no value but begins like one", NULL, NULL, "same-origins", NULL, SITE_SENTENCE},
    {"two values in one", NULL, NULL, "same-origin, none", NULL, SITE_SENTENCE},
    {"it is asked before Origin", NULL, NULL, "same-origin", "https://b.example", NULL},
    {"also where Origin would pass", NULL, NULL, "cross-site", "https://a.example", SITE_SENTENCE},
    /* Origin */
    {"neither of them: no browser", NULL, NULL, NULL, NULL, NULL},
    {"the same host", NULL, NULL, NULL, "https://a.example", NULL},
    {"whatever the scheme", NULL, NULL, NULL, "http://a.example", NULL},
    {"another host", NULL, NULL, NULL, "https://b.example", ORIGIN_SENTENCE},
    {"one that ends like it", NULL, NULL, NULL, "https://ba.example", ORIGIN_SENTENCE},
    {"one that begins like it", NULL, NULL, NULL, "https://a.example.org", ORIGIN_SENTENCE},
    {"a subdomain", NULL, NULL, NULL, "https://x.a.example", ORIGIN_SENTENCE},
    {"null", NULL, NULL, NULL, "null", ORIGIN_SENTENCE},
    {"null, on a host of that name", NULL, "null", NULL, "null", ORIGIN_SENTENCE},
    {"several, or an empty one", NULL, NULL, NULL, "", ORIGIN_SENTENCE},
    {"no host to compare with", NULL, "", NULL, "https://a.example", ORIGIN_SENTENCE},
    {"no host on both sides", NULL, "", NULL, "https://", ORIGIN_SENTENCE},
    {"a host in capitals", NULL, "A.Example", NULL, "https://a.example", NULL},
    {"an origin in capitals", NULL, NULL, NULL, "https://A.EXAMPLE", NULL},
    /* its port */
    {"the same port", NULL, "a.example:8080", NULL, "http://a.example:8080", NULL},
    {"another port", NULL, "a.example:8080", NULL, "http://a.example:8081", ORIGIN_SENTENCE},
    {"a port and none", NULL, "a.example:8080", NULL, "http://a.example", ORIGIN_SENTENCE},
    {"none and a port", NULL, "a.example", NULL, "http://a.example:8080", ORIGIN_SENTENCE},
    {"443 is that of https", NULL, "a.example:443", NULL, "https://a.example", NULL},
    {"80 is that of http", NULL, "a.example:80", NULL, "http://a.example", NULL},
    {"443 written in the origin", NULL, "a.example", NULL, "https://a.example:443", NULL},
    {"80 written in the origin", NULL, "a.example", NULL, "http://a.example:80", NULL},
    {"443 is not that of http", NULL, "a.example:443", NULL, "http://a.example", ORIGIN_SENTENCE},
    {"80 is not that of https", NULL, "a.example:80", NULL, "https://a.example", ORIGIN_SENTENCE},
    {"no number", NULL, "a.example:", NULL, "https://a.example:", ORIGIN_SENTENCE},
    {"letters", NULL, "a.example:x", NULL, "https://a.example:x", ORIGIN_SENTENCE},
    {"a zero before it", NULL, "a.example:0443", NULL, "https://a.example:0443", ORIGIN_SENTENCE},
    {"the last port", NULL, "a.example:65535", NULL, "https://a.example:65535", NULL},
    {"beyond the last", NULL, "a.example:65536", NULL, "https://a.example:65536", ORIGIN_SENTENCE},
    /* IP addresses */
    {"IPv4", NULL, "127.0.0.1:8000", NULL, "http://127.0.0.1:8000", NULL},
    {"another IPv4", NULL, "127.0.0.1:8000", NULL, "http://127.0.0.2:8000", ORIGIN_SENTENCE},
    {"IPv6", NULL, "[::1]", NULL, "http://[::1]", NULL},
    {"IPv6 and a port", NULL, "[::1]:8000", NULL, "http://[::1]:8000", NULL},
    {"IPv6 and another port", NULL, "[::1]:8000", NULL, "http://[::1]:8001", ORIGIN_SENTENCE},
    {"IPv6 in capitals", NULL, "[FE80::A]", NULL, "http://[fe80::a]", NULL},
    {"IPv6 with a default port", NULL, "[::1]:443", NULL, "https://[::1]", NULL},
    {"IPv6 without an end", NULL, "[::1", NULL, "http://[::1", ORIGIN_SENTENCE},
    {"IPv6 of nothing", NULL, "[]", NULL, "http://[]", ORIGIN_SENTENCE},
    {"IPv6 without a colon before the port", NULL, "[::1]8", NULL, "http://[::1]8",
     ORIGIN_SENTENCE},
    /* what is no origin, although the host says the same */
    {"another scheme", NULL, NULL, NULL, "ftp://a.example", ORIGIN_SENTENCE},
    {"no scheme", NULL, NULL, NULL, "a.example", ORIGIN_SENTENCE},
    {"a user", NULL, "u@a.example", NULL, "https://u@a.example", ORIGIN_SENTENCE},
    {"the user a.example", NULL, NULL, NULL, "https://a.example@b.example", ORIGIN_SENTENCE},
    {"a path", NULL, NULL, NULL, "https://a.example/", ORIGIN_SENTENCE},
    {"a path on both sides", NULL, "a.example/x", NULL, "https://a.example/x", ORIGIN_SENTENCE},
    {"a path like a port", NULL, "a.example:8443", NULL, "https://a.example/8443", ORIGIN_SENTENCE},
    {"a query", NULL, NULL, NULL, "https://a.example?", ORIGIN_SENTENCE},
    {"a list", NULL, NULL, NULL, "https://a.example https://b.example", ORIGIN_SENTENCE},
    {"a space behind", NULL, NULL, NULL, "https://a.example ", ORIGIN_SENTENCE},
    {"a letter outside ASCII", NULL, "\xc3\xa4.example", NULL, "https://\xc3\xa4.example",
     ORIGIN_SENTENCE},
    /* trusted origins */
    {"a trusted origin", NULL, NULL, NULL, "https://app.example.org", NULL},
    {"the second", NULL, NULL, NULL, "http://localhost:3000", NULL},
    {"also where Sec-Fetch-Site fails", NULL, NULL, "cross-site", "https://app.example.org", NULL},
    {"its scheme counts", NULL, NULL, NULL, "http://app.example.org", ORIGIN_SENTENCE},
    {"its port counts", NULL, NULL, NULL, "http://localhost:3001", ORIGIN_SENTENCE},
    {"its end counts", NULL, NULL, NULL, "https://app.example.org.b.example", ORIGIN_SENTENCE},
    {"its beginning counts", NULL, NULL, NULL, "https://app.example", ORIGIN_SENTENCE},
    {"without Origin it is of no help", NULL, NULL, "cross-site", NULL, SITE_SENTENCE},
    {"nor with several", NULL, NULL, "cross-site", "", SITE_SENTENCE},
};

static void test_row(void **state)
{
    const struct row *row = *state;
    const bocata_csrf_request request = {
        .method = bocata_str_of(row->method ? row->method : "POST"),
        .host = bocata_str_of(row->host ? row->host : "a.example"),
        .sec_fetch_site = bocata_str_of(row->site),
        .origin = bocata_str_of(row->origin),
    };
    const char *refusal = bocata_csrf_refusal(&request, trusted, 2);

    if (row->sentence)
        assert_string_equal(refusal ? refusal : "it passes", row->sentence);
    else
        assert_null(refusal);
}

static void nobody_is_trusted_unless_named(void **state)
{
    const bocata_csrf_request request = {
        .method = bocata_str_of("POST"),
        .host = bocata_str_of("a.example"),
        .origin = bocata_str_of("https://app.example.org"),
    };
    (void)state;

    assert_string_equal(bocata_csrf_refusal(&request, NULL, 0), ORIGIN_SENTENCE);
    assert_string_equal(bocata_csrf_refusal(&request, trusted + 1, 1), ORIGIN_SENTENCE);
}

static void without_a_host_an_origin_is_refused(void **state)
{
    const bocata_csrf_request request = {
        .method = bocata_str_of("POST"),
        .origin = bocata_str_of("https://a.example"),
    };
    (void)state;

    assert_string_equal(bocata_csrf_refusal(&request, NULL, 0), ORIGIN_SENTENCE);
}

static struct origin_row {
    const char *intent, *origin;
    bool is_valid;
} origin_rows[] = {
    {"valid: https", "https://app.example.org", true},
    {"valid: http and a port", "http://localhost:8080", true},
    {"valid: the other scheme's port", "http://a.example:443", true},
    {"valid: IPv6", "http://[fe80::1]:8000", true},
    {"valid: an underscore", "http://web_1:8000", true},
    {"not valid: NULL", NULL, false},
    {"not valid: nothing", "", false},
    {"not valid: null", "null", false},
    {"not valid: no scheme", "app.example.org", false},
    {"not valid: another scheme", "ftp://app.example.org", false},
    {"not valid: a scheme alone", "https://", false},
    {"not valid: a slash behind", "https://app.example.org/", false},
    {"not valid: a path", "https://app.example.org/x", false},
    {"not valid: a path like a port", "https://app.example.org/8443", false},
    {"not valid: a query", "https://app.example.org?x", false},
    {"not valid: a fragment", "https://app.example.org#x", false},
    {"not valid: a user", "https://u@app.example.org", false},
    {"not valid: a pattern", "https://*.example.org", false},
    {"not valid: the host in capitals", "https://App.example.org", false},
    {"not valid: the scheme in capitals", "HTTPS://app.example.org", false},
    {"not valid: IPv6 in capitals", "http://[FE80::1]", false},
    {"not valid: the port of https", "https://app.example.org:443", false},
    {"not valid: the port of http", "http://app.example.org:80", false},
    {"not valid: no port behind the colon", "https://app.example.org:", false},
    {"not valid: port 0", "https://app.example.org:0", false},
    {"not valid: a port with a zero before", "https://app.example.org:08080", false},
    {"not valid: a port beyond the last", "https://app.example.org:65536", false},
    {"not valid: a port beyond 64 bits", "https://a.example:99999999999999999999", false},
    {"not valid: a sign before the port", "https://app.example.org:+80", false},
    {"not valid: a space behind", "https://app.example.org ", false},
    {"not valid: outside ASCII", "https://\xc3\xa4.example.org", false},
};

static void test_origin(void **state)
{
    const struct origin_row *row = *state;
    assert_int_equal(bocata_csrf_origin_is_valid(row->origin), row->is_valid);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, nobody_is_trusted_unless_named);
    SUITE_TEST(&group, without_a_host_an_origin_is_refused);
    SUITE_ROWS(&group, origin_rows, test_origin);
    return suite_run(&group, "csrf");
}
