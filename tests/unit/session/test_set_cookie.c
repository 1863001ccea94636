#include "suite.h"

#include <bocata/session.h>

#include "session/set_cookie.h"

#define DELETION "session=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT"

static struct row {
    const char *intent;
    bocata_session_settings settings;
    const char *path, *flags, *deletion;
} rows[] = {
    {"Starlette's defaults",
     {.session_cookie = "session", .path = "/"},
     "; path=/",
     "; httponly; samesite=lax",
     DELETION "; httponly; samesite=lax"},
    {"a name and a path",
     {.session_cookie = "sid", .path = "/app"},
     "; path=/app",
     "; httponly; samesite=lax",
     "sid=null; path=/app; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax"},
    {"partitioned",
     {.session_cookie = "session", .path = "/", .https_only = true, .partitioned = true},
     "; path=/",
     "; httponly; samesite=lax; secure; partitioned",
     DELETION "; httponly; samesite=lax; secure; partitioned"},
    {"strict",
     {.session_cookie = "session", .path = "/", .same_site = BOCATA_SAME_SITE_STRICT},
     "; path=/",
     "; httponly; samesite=strict",
     DELETION "; httponly; samesite=strict"},
    {"none, over HTTPS",
     {.session_cookie = "session",
      .path = "/",
      .same_site = BOCATA_SAME_SITE_NONE,
      .https_only = true},
     "; path=/",
     "; httponly; samesite=none; secure",
     DELETION "; httponly; samesite=none; secure"},
    {"a domain",
     {.session_cookie = "session", .path = "/", .domain = ".example.org"},
     "; path=/",
     "; httponly; samesite=lax; domain=.example.org",
     DELETION "; httponly; samesite=lax; domain=.example.org"},
    {"a domain over HTTPS",
     {.session_cookie = "session", .path = "/", .https_only = true, .domain = "example.org"},
     "; path=/",
     "; httponly; samesite=lax; secure; domain=example.org",
     DELETION "; httponly; samesite=lax; secure; domain=example.org"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    bocata_buf path = {0}, flags = {0}, deletion = {0};

    assert_int_equal(bocata_set_cookie_path(&row->settings, &path), BOCATA_OK);
    assert_int_equal(bocata_set_cookie_flags(&row->settings, &flags), BOCATA_OK);
    assert_int_equal(bocata_set_cookie_deletion(&row->settings, &deletion), BOCATA_OK);
    assert_true(bocata_str_is(buf_str(&path), row->path));
    assert_true(bocata_str_is(buf_str(&flags), row->flags));
    assert_true(bocata_str_is(buf_str(&deletion), row->deletion));
    bocata_buf_free(&path);
    bocata_buf_free(&flags);
    bocata_buf_free(&deletion);
}

/* ---- Clear-Site-Data ------------------------------------------------------------------------- */

static struct clear {
    const char *intent;
    unsigned what;
    const char *value;
} clears[] = {
    {"clears nothing", 0, ""},
    {"clears the cache", BOCATA_CLEAR_CACHE, "\"cache\""},
    {"clears cookies", BOCATA_CLEAR_COOKIES, "\"cookies\""},
    {"clears storage", BOCATA_CLEAR_STORAGE, "\"storage\""},
    {"clears all", BOCATA_CLEAR_CACHE | BOCATA_CLEAR_COOKIES | BOCATA_CLEAR_STORAGE,
     "\"cache\", \"cookies\", \"storage\""},
    {"clears all but cookies", BOCATA_CLEAR_CACHE | BOCATA_CLEAR_STORAGE, "\"cache\", \"storage\""},
};

static void test_clear(void **state)
{
    struct clear *row = *state;
    bocata_buf value = {0};

    assert_int_equal(bocata_clear_site_data_append(row->what, &value), BOCATA_OK);
    assert_true(bocata_str_is(buf_str(&value), row->value));
    bocata_buf_free(&value);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, clears, test_clear);
    return suite_run(&group, "set_cookie");
}
