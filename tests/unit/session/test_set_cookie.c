#include "suite.h"

#include <bocata/session.h>

#include "session/set_cookie.h"

#define DELETION "session=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT"

static struct row {
    const char *intent;
    bocata_session_settings settings;
    const char *attributes, *deletion;
} rows[] = {
    {"Starlette's defaults",
     {.session_cookie = "session", .path = "/", .max_age_s = 1209600},
     "; path=/; Max-Age=1209600; httponly; samesite=lax",
     DELETION "; httponly; samesite=lax"},
    {"a name and a path",
     {.session_cookie = "sid", .path = "/app", .max_age_s = 60},
     "; path=/app; Max-Age=60; httponly; samesite=lax",
     "sid=null; path=/app; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax"},
    {"no max_age",
     {.session_cookie = "session", .path = "/", .max_age_s = BOCATA_MAX_AGE_NONE},
     "; path=/; httponly; samesite=lax",
     DELETION "; httponly; samesite=lax"},
    {"a negative max_age",
     {.session_cookie = "session", .path = "/", .max_age_s = -1},
     "; path=/; Max-Age=-1; httponly; samesite=lax",
     DELETION "; httponly; samesite=lax"},
    {"strict",
     {.session_cookie = "session",
      .path = "/",
      .max_age_s = 1,
      .same_site = BOCATA_SAME_SITE_STRICT},
     "; path=/; Max-Age=1; httponly; samesite=strict",
     DELETION "; httponly; samesite=strict"},
    {"none, over HTTPS",
     {.session_cookie = "session",
      .path = "/",
      .max_age_s = 1,
      .same_site = BOCATA_SAME_SITE_NONE,
      .https_only = true},
     "; path=/; Max-Age=1; httponly; samesite=none; secure",
     DELETION "; httponly; samesite=none; secure"},
    {"a domain",
     {.session_cookie = "session", .path = "/", .max_age_s = 1, .domain = ".example.org"},
     "; path=/; Max-Age=1; httponly; samesite=lax; domain=.example.org",
     DELETION "; httponly; samesite=lax; domain=.example.org"},
    {"a domain over HTTPS",
     {.session_cookie = "session",
      .path = "/",
      .max_age_s = 1,
      .https_only = true,
      .domain = "example.org"},
     "; path=/; Max-Age=1; httponly; samesite=lax; secure; domain=example.org",
     DELETION "; httponly; samesite=lax; secure; domain=example.org"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    bocata_buf attributes = {0}, deletion = {0};

    assert_int_equal(bocata_set_cookie_attributes(&row->settings, &attributes), BOCATA_OK);
    assert_int_equal(bocata_set_cookie_deletion(&row->settings, &deletion), BOCATA_OK);
    assert_true(bocata_str_is(buf_str(&attributes), row->attributes));
    assert_true(bocata_str_is(buf_str(&deletion), row->deletion));
    bocata_buf_free(&attributes);
    bocata_buf_free(&deletion);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    return suite_run(&group, "set_cookie");
}
