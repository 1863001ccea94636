#include "web/cookie_jar.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#define ATTRIBUTE_LEN_MAX 1024                  /* RFC 6265bis 5.6 */
#define AGE_MAX_S ((int64_t)400 * 24 * 60 * 60) /* RFC 6265bis 5.5 */

void bocata_cookie_jar_init(bocata_cookie_jar *jar)
{
    *jar = (bocata_cookie_jar){0};
}

void bocata_cookie_jar_done(bocata_cookie_jar *jar)
{
    bocata_cookie_jar_clear(jar);
}

/* ---- dates (RFC 6265bis 5.1.1) --------------------------------------------------------------- */

static bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes `min` to `max` digits off the token, if no further digit follows. */
static bool take_number(bocata_str *token, size_t min, size_t max, int *ret)
{
    size_t len = 0;
    int value = 0;
    for (; len < token->len && char_is_digit(token->ptr[len]); len++) {
        if (len == max)
            return false;
        value = value * 10 + (token->ptr[len] - '0');
    }
    if (len < min)
        return false;
    *token = str_skip(*token, len);
    *ret = value;
    return true;
}

static bool take_colon(bocata_str *token)
{
    bool is_there = str_starts_with(*token, STR(":"));
    if (is_there)
        *token = str_skip(*token, 1);
    return is_there;
}

static bool read_time(bocata_str token, struct tm *utc)
{
    return take_number(&token, 1, 2, &utc->tm_hour) && take_colon(&token) &&
           take_number(&token, 1, 2, &utc->tm_min) && take_colon(&token) &&
           take_number(&token, 1, 2, &utc->tm_sec);
}

static bool read_month(bocata_str token, struct tm *utc)
{
    const bocata_str names = STR("janfebmaraprmayjunjulaugsepoctnovdec");
    if (token.len < 3)
        return false;
    for (int month = 0; month < 12; month++) {
        bocata_str name = {names.ptr + month * 3, 3};
        if (str_equal_nocase((bocata_str){token.ptr, 3}, name)) {
            utc->tm_mon = month;
            return true;
        }
    }
    return false;
}

static bool char_is_date_delimiter(char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

static bocata_str cut_date_token(bocata_str *rest)
{
    size_t len = 0;
    while (len < rest->len && !char_is_date_delimiter(rest->ptr[len]))
        len++;
    bocata_str token = {rest->ptr, len};
    *rest = str_skip(*rest, len + 1);
    return token;
}

static bool parse_date(bocata_str text, int64_t *ret_s)
{
    struct tm utc = {0};
    int year = 0;
    bool has_time = false, has_day = false, has_month = false, has_year = false;

    while (text.len > 0) {
        bocata_str token = cut_date_token(&text);
        if (!has_time && read_time(token, &utc))
            has_time = true;
        else if (!has_day && take_number(&token, 1, 2, &utc.tm_mday))
            has_day = true;
        else if (!has_month && read_month(token, &utc))
            has_month = true;
        else if (!has_year && take_number(&token, 2, 4, &year))
            has_year = true;
    }
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    if (!has_time || !has_day || !has_month || !has_year || year < 1601 || utc.tm_mday < 1 ||
        utc.tm_mday > 31 || utc.tm_hour > 23 || utc.tm_min > 59 || utc.tm_sec > 59)
        return false;
    int day = utc.tm_mday;
    utc.tm_year = year - 1900;
    time_t time = timegm(&utc);
    if (utc.tm_mday != day) /* a 31st of April, say */
        return false;
    *ret_s = time;
    return true;
}

/* ---- one Set-Cookie (RFC 6265bis 5.6) -------------------------------------------------------- */

static int64_t add_age(int64_t now_s, int64_t age_s)
{
    int64_t sum;
    return __builtin_add_overflow(now_s, age_s, &sum) ? INT64_MAX : sum;
}

static void read_max_age(bocata_str value, int64_t now_s, bool *ret_is_set, int64_t *ret_expires_s)
{
    int64_t age_s = 0;
    if (value.len == 0 || value.ptr[0] == '+')
        return;
    bocata_status status = bocata_str_to_int(value, &age_s);
    if (status == BOCATA_E_MALFORMED)
        return;
    if (status == BOCATA_E_LIMIT)
        age_s = value.ptr[0] == '-' ? -1 : AGE_MAX_S;
    if (age_s > AGE_MAX_S)
        age_s = AGE_MAX_S;
    *ret_expires_s = age_s <= 0 ? INT64_MIN : add_age(now_s, age_s);
    *ret_is_set = true;
}

/* RFC 6265bis 5.1.4: the directory of the request. */
static bocata_str default_path(bocata_str path)
{
    if (path.len == 0 || path.ptr[0] != '/')
        return STR("/");
    while (path.len > 1 && path.ptr[path.len - 1] != '/')
        path.len--;
    return path.len > 1 ? (bocata_str){path.ptr, path.len - 1} : path;
}

static bool path_matches(bocata_str path, bocata_str cookie_path)
{
    return str_starts_with(path, cookie_path) &&
           (path.len == cookie_path.len || str_ends_with(cookie_path, STR("/")) ||
            path.ptr[cookie_path.len] == '/');
}

static bool has_control(bocata_str str)
{
    for (size_t i = 0; i < str.len; i++)
        if (((unsigned char)str.ptr[i] < ' ' && str.ptr[i] != '\t') || str.ptr[i] == 0x7f)
            return true;
    return false;
}

/* The attributes of a cookie; `domain` and `has_path` only serve to refuse it. */
typedef struct attributes {
    bocata_str domain, path;
    int64_t expires_s;
    bool has_max_age, has_domain, has_path, is_secure;
} attributes;

static void read_attribute(attributes *all, bocata_str name, bocata_str value,
                           bocata_str request_path, int64_t now_s)
{
    int64_t date_s;

    if (value.len > ATTRIBUTE_LEN_MAX)
        return;
    if (str_equal_nocase(name, STR("Expires"))) {
        if (!all->has_max_age && parse_date(value, &date_s)) {
            int64_t latest_s = add_age(now_s, AGE_MAX_S);
            all->expires_s = date_s < latest_s ? date_s : latest_s;
        }
    } else if (str_equal_nocase(name, STR("Max-Age"))) {
        read_max_age(value, now_s, &all->has_max_age, &all->expires_s);
    } else if (str_equal_nocase(name, STR("Domain"))) {
        all->has_domain = value.len > 0;
        all->domain = str_starts_with(value, STR(".")) ? str_skip(value, 1) : value;
    } else if (str_equal_nocase(name, STR("Path"))) {
        all->has_path = value.len > 0 && value.ptr[0] == '/';
        all->path = all->has_path ? value : default_path(request_path);
    } else if (str_equal_nocase(name, STR("Secure"))) {
        all->is_secure = true;
    }
}

/* RFC 6265bis 4.1.3; a value without a name must not look like such a name either. */
static bool prefix_is_kept(const bocata_jar_cookie *cookie, const attributes *all)
{
    bocata_str name = cookie->name.len > 0 ? cookie->name : cookie->value;
    bool is_host = str_starts_with_nocase(name, STR("__Host-"));

    if (!is_host && !str_starts_with_nocase(name, STR("__Secure-")))
        return true;
    if (cookie->name.len == 0 || !all->is_secure)
        return false;
    return !is_host || (!all->has_domain && all->has_path && str_equal(all->path, STR("/")));
}

/* ---- the jar --------------------------------------------------------------------------------- */

static void remove_at(bocata_cookie_jar *jar, size_t index)
{
    free(jar->cookies[index].text);
    jar->count--;
    memmove(&jar->cookies[index], &jar->cookies[index + 1],
            (jar->count - index) * sizeof jar->cookies[0]);
}

static size_t find(const bocata_cookie_jar *jar, bocata_str name, bocata_str path)
{
    size_t i = 0;
    while (i < jar->count &&
           !(str_equal(jar->cookies[i].name, name) && str_equal(jar->cookies[i].path, path)))
        i++;
    return i;
}

static void make_room(bocata_cookie_jar *jar, int64_t now_s)
{
    size_t oldest = 0;

    for (size_t i = jar->count; i-- > 0;)
        if (jar->cookies[i].expires_s <= now_s)
            remove_at(jar, i);
    if (jar->count < BOCATA_COOKIE_JAR_MAX)
        return;
    for (size_t i = 1; i < jar->count; i++)
        if (jar->cookies[i].serial < jar->cookies[oldest].serial)
            oldest = i;
    remove_at(jar, oldest);
}

/* Writes `str` and a NUL at `*at`, and moves it behind. */
static bocata_str put(char **at, bocata_str str)
{
    bocata_str copy = {*at, str.len};
    if (str.len)
        memcpy(*at, str.ptr, str.len);
    (*at)[str.len] = '\0';
    *at += str.len + 1;
    return copy;
}

/* Takes in a copy; one that has expired only removes its predecessor (RFC 6265bis 5.7). */
static bocata_status store(bocata_cookie_jar *jar, bocata_jar_cookie cookie, int64_t now_s)
{
    size_t index = find(jar, cookie.name, cookie.path);
    bool is_known = index < jar->count;

    if (cookie.expires_s <= now_s) {
        if (is_known)
            remove_at(jar, index);
        return BOCATA_OK;
    }
    cookie.text = malloc(cookie.name.len + cookie.value.len + cookie.path.len + 3);
    if (!cookie.text)
        return BOCATA_E_NOMEM;
    char *at = cookie.text;
    cookie.name = put(&at, cookie.name);
    cookie.value = put(&at, cookie.value);
    cookie.path = put(&at, cookie.path);

    if (is_known) { /* it stays as old as it was, so its place is the same */
        cookie.serial = jar->cookies[index].serial;
        remove_at(jar, index);
    } else {
        cookie.serial = jar->next_serial++;
        if (jar->count == BOCATA_COOKIE_JAR_MAX)
            make_room(jar, now_s);
        index = 0;
        while (index < jar->count && jar->cookies[index].path.len >= cookie.path.len)
            index++;
    }
    memmove(&jar->cookies[index + 1], &jar->cookies[index],
            (jar->count - index) * sizeof jar->cookies[0]);
    jar->cookies[index] = cookie;
    jar->count++;
    return BOCATA_OK;
}

/* RFC 6265bis 5.7: plain http cannot lay a cookie over one that came over TLS. */
static bool overlays_secure(const bocata_cookie_jar *jar, const bocata_jar_cookie *cookie)
{
    for (size_t i = 0; i < jar->count; i++)
        if (jar->cookies[i].is_secure && str_equal(jar->cookies[i].name, cookie->name) &&
            path_matches(cookie->path, jar->cookies[i].path))
            return true;
    return false;
}

bocata_status bocata_cookie_jar_set_from_header(bocata_cookie_jar *jar, bocata_str set_cookie,
                                                bocata_str path, bool is_https, int64_t now_s)
{
    attributes all = {.path = default_path(path), .expires_s = INT64_MAX};
    bocata_jar_cookie cookie = {0};

    if (has_control(set_cookie))
        return BOCATA_OK;
    cookie.value = str_cut(&set_cookie, ';');
    if (str_find(cookie.value, '=') < cookie.value.len)
        cookie.name = str_trim(str_cut(&cookie.value, '='));
    cookie.value = str_trim(cookie.value);
    while (set_cookie.len > 0) {
        bocata_str value = str_cut(&set_cookie, ';');
        bocata_str name = str_trim(str_cut(&value, '='));
        read_attribute(&all, name, str_trim(value), path, now_s);
    }
    cookie.path = all.path;
    cookie.expires_s = all.expires_s;
    cookie.is_secure = all.is_secure;

    size_t len = cookie.name.len + cookie.value.len;
    if (len == 0 || len > BOCATA_COOKIE_LEN_MAX || !prefix_is_kept(&cookie, &all) ||
        (all.has_domain && !str_equal_nocase(all.domain, STR("localhost"))) ||
        (!is_https && (cookie.is_secure || overlays_secure(jar, &cookie))))
        return BOCATA_OK;
    return store(jar, cookie, now_s);
}

bocata_status bocata_cookie_jar_header(const bocata_cookie_jar *jar, bocata_str path, bool is_https,
                                       int64_t now_s, bocata_buf *out)
{
    size_t len_before = out->len;
    for (size_t i = 0; i < jar->count; i++) {
        const bocata_jar_cookie *cookie = &jar->cookies[i];
        if (cookie->expires_s <= now_s || (cookie->is_secure && !is_https) ||
            !path_matches(path, cookie->path))
            continue;
        bocata_status status =
            bocata_buf_printf(out, "%s%s%s%s", out->len > len_before ? "; " : "", cookie->name.ptr,
                              cookie->name.len > 0 ? "=" : "", cookie->value.ptr);
        if (status != BOCATA_OK) {
            out->len = len_before;
            return status;
        }
    }
    return BOCATA_OK;
}

const char *bocata_cookie_jar_get(const bocata_cookie_jar *jar, const char *name, int64_t now_s)
{
    for (size_t i = 0; i < jar->count; i++)
        if (jar->cookies[i].expires_s > now_s && bocata_str_is(jar->cookies[i].name, name))
            return jar->cookies[i].value.ptr;
    return NULL;
}

bocata_status bocata_cookie_jar_set(bocata_cookie_jar *jar, const char *name, const char *value)
{
    if (!value) {
        for (size_t i = jar->count; i-- > 0;)
            if (bocata_str_is(jar->cookies[i].name, name))
                remove_at(jar, i);
        return BOCATA_OK;
    }
    bocata_jar_cookie cookie = {.name = bocata_str_of(name),
                                .value = bocata_str_of(value),
                                .path = STR("/"),
                                .expires_s = INT64_MAX};
    if (cookie.value.len > BOCATA_COOKIE_LEN_MAX ||
        cookie.name.len > BOCATA_COOKIE_LEN_MAX - cookie.value.len)
        return BOCATA_E_LIMIT;
    return store(jar, cookie, INT64_MIN);
}

void bocata_cookie_jar_clear(bocata_cookie_jar *jar)
{
    while (jar->count > 0)
        remove_at(jar, jar->count - 1);
}
