/* When a response carries a cookie, and which. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define DELETION                                                                                   \
    "session=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax"
#define ATTRIBUTES "; path=/; Max-Age=1209600; httponly; samesite=lax"

/* What the view does, a letter each: r reads, s sets "v" to 7, = sets "v" to what it is (1), d
 * deletes "v", x deletes what is not there, c clears, e edits "v", ? edits what is not there, n
 * sets "new" to null. */
static void view(bocata_session *session, const char *steps)
{
    for (; *steps; steps++)
        switch (*steps) {
        case 'r':
            bocata_session_get_int(session, "v", 0);
            break;
        case 's':
            assert_int_equal(bocata_session_set_int(session, "v", 7), BOCATA_OK);
            break;
        case '=':
            assert_int_equal(bocata_session_set_int(session, "v", 1), BOCATA_OK);
            break;
        case 'd':
            assert_int_equal(bocata_session_delete(session, "v"), BOCATA_OK);
            break;
        case 'x':
            assert_int_equal(bocata_session_delete(session, "missing"), BOCATA_OK);
            break;
        case 'c':
            assert_int_equal(bocata_session_clear(session), BOCATA_OK);
            break;
        case 'e':
            assert_int_equal(json_integer_set(bocata_session_edit(session, "v"), 7), 0);
            break;
        case '?':
            assert_null(bocata_session_edit(session, "missing"));
            break;
        case 'n':
            assert_int_equal(bocata_session_set(session, "new", json_null()), BOCATA_OK);
            break;
        }
}

/* `cookie` is the JSON that was signed `age_s` ago, NULL for no cookie, "!" for one that is
 * refused. `saved` is the JSON that goes out, "" for nothing, "-" for a deletion. */
static struct row {
    const char *intent, *cookie;
    int64_t age_s;
    const char *steps;
    int status;
    const char *saved;
} rows[] = {
    {"nothing came, nothing is set", NULL, 0, "", 200, ""},
    {"nothing came, only read", NULL, 0, "r?x", 200, ""},
    {"nothing came, set", NULL, 0, "s", 200, "{\"v\": 7}"},
    {"nothing came, set and cleared", NULL, 0, "sc", 200, ""},
    {"nothing came, set and deleted", NULL, 0, "sd", 200, ""},
    {"nothing came, cleared", NULL, 0, "c", 200, ""},
    {"one came, not touched", "{\"v\": 1}", 0, "", 200, ""},
    {"one came, only read", "{\"v\": 1}", 0, "r?x", 200, ""},
    {"one came, set to the same", "{\"v\": 1}", 0, "=", 200, ""},
    {"one came, set", "{\"v\": 1}", 0, "s", 200, "{\"v\": 7}"},
    {"one came, edited", "{\"v\": 1}", 0, "e", 200, "{\"v\": 7}"},
    {"one came, added to", "{\"v\": 1}", 0, "n", 200, "{\"v\": 1, \"new\": null}"},
    {"one came, emptied by delete", "{\"v\": 1}", 0, "d", 200, "-"},
    {"one came, cleared", "{\"v\": 1}", 0, "c", 200, "-"},
    {"one came, cleared and set", "{\"v\": 1, \"w\": 2}", 0, "cs", 200, "{\"v\": 7}"},
    {"one came, one key deleted", "{\"v\": 1, \"w\": 2}", 0, "d", 200, "{\"w\": 2}"},
    {"an empty one came, not touched", "{}", 0, "", 200, ""},
    {"an empty one came, cleared", "{}", 0, "c", 200, "-"},
    {"an empty one came, old", "{}", MAX_AGE, "", 200, ""},
    {"a refused one came, not touched", "!", 0, "", 200, ""},
    {"a refused one came, cleared", "!", 0, "c", 200, "-"},
    {"a refused one came, set", "!", 0, "s", 200, "{\"v\": 7}"},
    {"at half of max_age", "{\"v\": 1}", MAX_AGE / 2, "", 200, ""},
    {"a second past half of it", "{\"v\": 1}", MAX_AGE / 2 + 1, "", 200, "{\"v\": 1}"},
    {"at max_age", "{\"v\": 1}", MAX_AGE, "r", 200, "{\"v\": 1}"},
    {"from the future, within the skew", "{\"v\": 1}", -60, "r", 200, ""},
    {"a redirect saves", NULL, 0, "s", 303, "{\"v\": 7}"},
    {"a 404 saves", NULL, 0, "s", 404, "{\"v\": 7}"},
    {"a 499 saves", NULL, 0, "s", 499, "{\"v\": 7}"},
    {"a 500 saves nothing", NULL, 0, "s", 500, ""},
    {"a 503 deletes nothing", "{\"v\": 1}", 0, "c", 503, ""},
    {"a 500 renews nothing", "{\"v\": 1}", MAX_AGE, "", 500, ""},
};

/* What the cookie that goes out says to a codec that reads it back. */
static void check_saved(fixture *f, const char *json)
{
    char *pair = fixture_pair(f), line[512];
    bocata_session *session = fixture_load(f, pair, NOW);
    json_t *wanted = json_loads(json, 0, NULL);
    const char *key;
    const json_t *value;

    snprintf(line, sizeof line, "%s" ATTRIBUTES, pair);
    assert_string_equal(f->set_cookie, line);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    assert_int_equal(bocata_session_size(session), json_object_size(wanted));
    bocata_session_foreach(session, key, value)
        assert_true(json_equal(value, json_object_get(wanted, key)));
    json_decref(wanted);
    bocata_session_free(session);
    free(pair);
}

static void test_row(void **state)
{
    struct row *row = *state;
    fixture f;
    char *cookie = NULL;

    if (row->cookie && strcmp(row->cookie, "!") == 0)
        cookie = fixture_cookie("another key", "{\"v\": 1}", NOW);
    else if (row->cookie)
        cookie = fixture_cookie("1234", row->cookie, NOW - row->age_s);
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    view(session, row->steps);
    assert_int_equal(
        fixture_save_as(&f, session, (bocata_response_facts){.status = row->status, .now_s = NOW}),
        BOCATA_OK);
    assert_string_equal(f.vary, "Cookie");
    bool has_line = row->saved[0] != '\0';
    assert_int_equal(f.header_count, has_line ? 3 : 1);
    assert_string_equal(f.cache_control, has_line ? "no-store" : "");
    if (strcmp(row->saved, "-") == 0)
        assert_string_equal(f.set_cookie, DELETION);
    else if (has_line)
        check_saved(&f, row->saved);
    assert_int_equal(f.not_saved_count, 0);
    fixture_close(&f);
    free(cookie);
}

/* ---- renewal with other settings ------------------------------------------------------------ */

static struct renewal {
    const char *intent;
    int64_t max_age_s, age_s;
    bool is_renewed;
} renewals[] = {
    {"no max_age: never", BOCATA_MAX_AGE_NONE, NOW, false},
    {"ten seconds: at five", 10, 5, false},
    {"ten seconds: at six", 10, 6, true},
    {"an odd number: at the half, rounded down", 11, 5, false},
    {"an odd number: a second past it", 11, 6, true},
    {"one second: at once", 1, 0, false},
    {"one second: at one", 1, 1, true},
};

static void test_renewal(void **state)
{
    struct renewal *row = *state;
    fixture f;
    char *cookie = fixture_cookie("1234", "{\"v\": 1}", NOW - row->age_s);

    fixture_open(&f, (bocata_session_settings){.max_age_s = row->max_age_s});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_int_equal(f.set_cookie[0] != '\0', row->is_renewed);
    fixture_close(&f);
    free(cookie);
}

static void a_cookie_is_signed_with_the_time_of_the_response(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    assert_int_equal(fixture_save(&f, session, 4294967296), BOCATA_OK);
    assert_non_null(strstr(f.set_cookie, ".AQAAAAA."));
    fixture_close(&f);
}

static void an_always_expired_cookie_is_still_written(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){.max_age_s = -1});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_non_null(strstr(f.set_cookie, "; Max-Age=-1; "));
    char *pair = fixture_pair(&f);
    session = fixture_load(&f, pair, NOW);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_EXPIRED);
    bocata_session_free(session);
    free(pair);
    fixture_close(&f);
}

static void an_application_may_choose_its_cache_control(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    bocata_response_facts facts = {.status = 200, .cache_control_is_set = true, .now_s = NOW};
    assert_int_equal(fixture_save_as(&f, session, facts), BOCATA_OK);
    assert_int_equal(f.header_count, 2);
    assert_string_equal(f.cache_control, "");
    fixture_close(&f);
}

static void a_deletion_has_path_and_domain(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", "{\"v\": 1}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){.path = "/app", .domain = "example.org"});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    bocata_session_clear(session);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_string_equal(f.set_cookie,
                        "session=null; path=/app; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; "
                        "samesite=lax; domain=example.org");
    fixture_close(&f);
    free(cookie);
}

/* A response may be deferred for as long as it likes. */
static void what_ended_meanwhile_is_not_renewed(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", "{\"v\": 1}", NOW - 9);
    (void)state;
    fixture_open(&f, (bocata_session_settings){.max_age_s = 10});
    for (int64_t late_s = 1; late_s <= 2; late_s++) {
        bocata_session *session = fixture_load(&f, cookie, NOW);
        assert_int_equal(fixture_save(&f, session, NOW + late_s), BOCATA_OK);
        assert_int_equal(f.set_cookie[0] != '\0', late_s == 1);
    }
    fixture_close(&f);
    free(cookie);
}

/* ---- saves that fail ------------------------------------------------------------------------ */

/* {"v": "xxx…"} with n x: 9 + n bytes of JSON; 4096 - 7 bytes are left for base64, dots, time and
 * MAC. */
static void too_large_to_the_byte(void **state)
{
    fixture f;
    char text[4096];
    const size_t fits = 3030;
    (void)state;

    for (size_t len = fits; len <= fits + 1; len++) {
        fixture_open(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        memset(text, 'x', len);
        text[len] = '\0';
        bocata_status wanted = len == fits ? BOCATA_OK : BOCATA_E_TOO_LARGE;
        assert_int_equal(bocata_session_set_string(session, "v", text), wanted);
        assert_int_equal(fixture_save(&f, session, NOW), wanted);
        assert_int_equal(f.not_saved_count, len == fits ? 0 : 1);
        if (len == fits) {
            char *pair = fixture_pair(&f);
            assert_in_range(strlen(pair) - 1, 4093, 4096); /* base64 goes by four */
            free(pair);
        } else {
            assert_int_equal(f.event.status, BOCATA_E_TOO_LARGE);
            assert_string_equal(f.set_cookie, "");
        }
        fixture_close(&f);
    }
}

static void too_large_names_keys_and_sizes_but_no_values(void **state)
{
    fixture f;
    static char text[100001];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "user", 42);
    bocata_session_set_string(session, "cart", text);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_TOO_LARGE);
    assert_string_equal(f.vary, "Cookie");
    assert_int_equal(f.header_count, 1);
    assert_string_equal(f.detail,
                        "the session is 100024 bytes of JSON, more than fits a cookie; its "
                        "largest keys: \"cart\" 100002, \"user\" 2");
    fixture_close(&f);
}

static void a_value_that_contains_itself(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    json_t *outer = json_array(), *inner = json_array();
    json_array_append(outer, inner);
    json_array_append(inner, outer);
    assert_int_equal(bocata_session_set(session, "loop", json_incref(outer)), BOCATA_OK);
    bocata_response_facts facts = {.status = 200, .now_s = NOW};
    assert_int_equal(fixture_save_as(&f, session, facts), BOCATA_E_UNSUPPORTED);
    assert_int_equal(f.not_saved_count, 1);
    assert_string_equal(f.set_cookie, "");
    json_array_clear(inner); /* so that it can end */
    json_decref(inner);
    json_decref(outer);
    fixture_close(&f);
}

static void text_that_is_not_utf8_inside_a_value(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set(session, "v", json_string_nocheck("\xff"));
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_UNSUPPORTED);
    assert_int_equal(f.not_saved_count, 1);
    fixture_close(&f);
}

static void a_failed_setter_fails_the_save(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "good", 1);
    assert_int_equal(bocata_session_set_string(session, "bad", "\xff"), BOCATA_E_INVALID);
    bocata_session_set_int(session, "good", 2);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
    assert_int_equal(f.not_saved_count, 1);
    assert_int_equal(f.event.status, BOCATA_E_INVALID);
    assert_int_equal(f.header_count, 1);
    fixture_close(&f);
}

static void the_first_failure_is_the_one_that_is_told(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_string(session, "first", "\xff");
    bocata_session_set_string(session, "second", NULL);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
    assert_string_equal(f.detail, "the value of \"first\" is not UTF-8");
    fixture_close(&f);
}

/* In neither of the times that a cookie holds. */
static void a_time_before_1970(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    static const struct {
        int64_t load_s, save_s;
    } cases[] = {{-5, -5}, {NOW, -5}, {NOW, INT64_MIN}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        fixture_open(&f, (bocata_session_settings){.format = format, .absolute_timeout_s = 100});
        bocata_session *session = fixture_load(&f, NULL, cases[i].load_s);
        bocata_session_set_int(session, "v", 1);
        assert_int_equal(fixture_save(&f, session, cases[i].save_s), BOCATA_E_INVALID);
        assert_string_equal(f.set_cookie, "");
        assert_int_equal(f.not_saved_count, 1);
        fixture_close(&f);
    }
}

static void a_sealed_session_that_began_before_1970(void **state)
{
    fixture f;
    (void)state;
    fixture_open(
        &f, (bocata_session_settings){.format = BOCATA_FORMAT_SEALED, .absolute_timeout_s = 100});
    bocata_session *session = fixture_load(&f, NULL, -5);
    bocata_session_set_int(session, "v", 1);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
    assert_int_equal(f.not_saved_count, 1);
    fixture_close(&f);
}

struct refusing {
    unsigned count, refuse_at;
};

static bocata_status add_header_refusing(void *user, const char *name, const char *value)
{
    struct refusing *refusing = user;
    (void)name, (void)value;
    return ++refusing->count == refusing->refuse_at ? BOCATA_E_NOMEM : BOCATA_OK;
}

static void a_header_that_cannot_be_added_ends_the_save(void **state)
{
    fixture f;
    bocata_response_facts facts = {.status = 200, .now_s = NOW};
    (void)state;
    fixture_open(&f, (bocata_session_settings){.clear_site_data = BOCATA_CLEAR_CACHE});
    for (unsigned at = 1; at <= 5; at++) { /* Vary, Set-Cookie, Cache-Control, Clear-Site-Data */
        struct refusing refusing = {.refuse_at = at};
        bocata_session *session = fixture_load(&f, NULL, NOW);
        bocata_session_clear(session);
        bocata_session_set_int(session, "v", 1);
        assert_int_equal(bocata_session_save(session, &facts, add_header_refusing, &refusing),
                         at <= 4 ? BOCATA_E_NOMEM : BOCATA_OK);
        assert_int_equal(refusing.count, at <= 4 ? at : 4);
        bocata_session_free(session);
    }
    fixture_close(&f);
}

static void without_sessions_configured(void **state)
{
    struct refusing refusing = {0};
    bocata_response_facts facts = {.status = 200, .now_s = NOW};
    const bocata_str header = {"session=x", 9};
    (void)state;
    bocata_session *session = bocata_session_load(NULL, &header, 1, NOW);
    assert_non_null(session);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_ABSENT);
    assert_int_equal(bocata_session_size(session), 0);
    assert_int_equal(bocata_session_set_int(session, "v", 1), BOCATA_OK);
    assert_int_equal(bocata_session_save(session, &facts, add_header_refusing, &refusing),
                     BOCATA_E_INVALID);
    assert_int_equal(bocata_session_save(NULL, &facts, add_header_refusing, &refusing),
                     BOCATA_E_INVALID);
    assert_int_equal(refusing.count, 0);
    bocata_session_free(session);
    bocata_session_free(NULL);
    assert_int_equal(bocata_session_reason(NULL), BOCATA_REASON_ABSENT);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, renewals, test_renewal);
    SUITE_TEST(&group, what_ended_meanwhile_is_not_renewed);
    SUITE_TEST(&group, a_cookie_is_signed_with_the_time_of_the_response);
    SUITE_TEST(&group, an_always_expired_cookie_is_still_written);
    SUITE_TEST(&group, an_application_may_choose_its_cache_control);
    SUITE_TEST(&group, a_deletion_has_path_and_domain);
    SUITE_TEST(&group, too_large_to_the_byte);
    SUITE_TEST(&group, too_large_names_keys_and_sizes_but_no_values);
    SUITE_TEST(&group, a_value_that_contains_itself);
    SUITE_TEST(&group, text_that_is_not_utf8_inside_a_value);
    SUITE_TEST(&group, a_failed_setter_fails_the_save);
    SUITE_TEST(&group, the_first_failure_is_the_one_that_is_told);
    SUITE_BOTH_FORMATS(&group, a_time_before_1970);
    SUITE_TEST(&group, a_sealed_session_that_began_before_1970);
    SUITE_TEST(&group, a_header_that_cannot_be_added_ends_the_save);
    SUITE_TEST(&group, without_sessions_configured);
    return suite_run(&group, "session");
}
