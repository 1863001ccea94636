/* What a session is beside its values, through load and save in both formats: id, creation, its own
 * max_age, and the end of it; the reserved key. (Flash messages: test_flash.c; tokens:
 * test_csrf_token.c.) */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/csrf.h>

#include "base/str.h"
#include "fixture.h"
#include "session/session.h"

static bocata_str id_of(const bocata_session *session)
{
    return (bocata_str){(const char *)session->stamp.id, sizeof session->stamp.id};
}

/* ---- the reserved key ------------------------------------------------------------------------ */

/* What came; and steps, a letter each: v sets "v" to 1, f leaves a flash, t asks for a token, m
 * remembers for 60 s, M until the browser is closed, d as configured, r renews. `json` is what the
 * cookie says. */
static struct written {
    const char *intent, *came, *steps;
    int64_t absolute_timeout_s;
    const char *json;
} writtens[] = {
#define ID "\"id\": \"AQIDBAUGBwgJCgsMDQ4PEA\""
    {"nothing needs it", NULL, "v", 0, "{\"v\": 1}"},
    {"a flash", NULL, "vf", 0, "{\"v\": 1, \"_bocata\": {\"flash\": [[\"info\", \"Hello\"]]}}"},
    {"a token", NULL, "vt", 0, "{\"v\": 1, \"_bocata\": {" ID "}}"},
    {"a token alone", NULL, "t", 0, "{\"_bocata\": {" ID "}}"},
    {"a renewal", NULL, "vr", 0, "{\"v\": 1, \"_bocata\": {" ID "}}"},
    {"a max_age of its own", NULL, "vm", 0, "{\"v\": 1, \"_bocata\": {\"max_age\": 60}}"},
    {"no max_age of its own", NULL, "vM", 0, "{\"v\": 1, \"_bocata\": {\"max_age\": null}}"},
    {"an absolute timeout", NULL, "v", 99, "{\"v\": 1, \"_bocata\": {\"created\": 1700000000}}"},
    {"all of it", NULL, "vrmf", 99,
     "{\"v\": 1, \"_bocata\": {" ID ", \"created\": 1700000000, \"max_age\": 60, "
     "\"flash\": [[\"info\", \"Hello\"]]}}"},
    {"a max_age that is as configured again", NULL, "vmd", 0, "{\"v\": 1}"},
    {"one that came, and is as configured again", "{\"v\": 1, \"_bocata\": {\"max_age\": 60}}", "d",
     0, "{\"v\": 1}"},
    {"a start that no timeout asks for, renewed",
     "{\"v\": 1, \"_bocata\": {\"created\": 1699999999}}", "r", 0,
     "{\"v\": 1, \"_bocata\": {" ID "}}"},
};

static void do_steps(bocata_session *session, const char *steps)
{
    for (; *steps; steps++) {
        bocata_status status = *steps == 'v'   ? bocata_session_set_int(session, "v", 1)
                               : *steps == 'f' ? bocata_session_flash(session, "info", "Hello")
                               : *steps == 'm' ? bocata_session_set_max_age(session, 60)
                               : *steps == 'd' ? bocata_session_set_max_age(session, 0)
                               : *steps == 'M'
                                   ? bocata_session_set_max_age(session, BOCATA_MAX_AGE_NONE)
                               : *steps == 'r' ? bocata_session_renew(session)
                               : *steps == 'c' ? bocata_session_clear(session)
                                               : BOCATA_OK;
        if (*steps == 't')
            assert_string_not_equal(bocata_csrf_token(session), "");
        assert_int_equal(status, BOCATA_OK);
    }
}

static void test_written(void **state)
{
    struct written *row = *state;
    fixture f;
    char *came = row->came ? fixture_cookie("1234", row->came, NOW) : NULL;
    fixture_open_counting(&f,
                          (bocata_session_settings){.absolute_timeout_s = row->absolute_timeout_s});
    bocata_session *session = fixture_load(&f, came, NOW);
    do_steps(session, row->steps);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f), *json = fixture_json(pair);
    json_t *wanted = json_loads(row->json, 0, NULL), *got = json_loads(json, 0, NULL);
    assert_non_null(wanted);
    assert_true(json_equal(wanted, got));
    json_decref(wanted);
    json_decref(got);
    free(json);
    free(pair);
    free(came);
    fixture_close(&f);
}

static void views_do_not_see_the_reserved_key(void **state)
{
    fixture f;
    char *cookie = fixture_cookie(
        "1234", "{\"_bocata\": {\"id\": \"AQIDBAUGBwgJCgsMDQ4PEA\"}, \"v\": 1}", NOW);
    const char *key;
    const json_t *value;
    (void)state;
    fixture_open_counting(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    assert_int_equal(bocata_session_size(session), 1);
    assert_false(bocata_session_has(session, "_bocata"));
    assert_null(bocata_session_get(session, "_bocata"));
    assert_null(bocata_session_edit(session, "_bocata"));
    bocata_session_foreach(session, key, value) assert_string_equal(key, "v");
    assert_int_equal(bocata_session_set_int(session, "_bocata", 1), BOCATA_E_INVALID);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
    assert_non_null(strstr(f.detail, "reserved"));
    fixture_close(&f);
    free(cookie);
}

/* It stands among the values while they are measured and written. */
static void nor_after_the_session_was_measured(void **state)
{
    fixture f;
    (void)state;
    fixture_open_counting(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    do_steps(session, "vfr");
    assert_true(bocata_session_room(session) > 0);
    assert_int_equal(bocata_session_size(session), 1);
    assert_false(bocata_session_has(session, "_bocata"));
    assert_null(bocata_session_next(session, "v"));
    bocata_session_free(session);
    fixture_close(&f);
}

static void what_is_unknown_in_the_reserved_key_stays(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", "{\"v\": 1, \"_bocata\": {\"later\": [7]}}", NOW);
    (void)state;
    fixture_open_counting(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    bocata_session_set_int(session, "v", 2);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f), *json = fixture_json(pair);
    assert_string_equal(json, "{\"v\": 2, \"_bocata\": {\"later\": [7]}}");
    free(json);
    free(pair);
    fixture_close(&f);
    free(cookie);
}

static struct foreign {
    const char *intent, *reserved;
} foreigns[] = {
    {"a number", "5"},
    {"null", "null"},
    {"an array", "[]"},
    {"an id that is a number", "{\"id\": 5}"},
    {"an id that is too short", "{\"id\": \"AQIDBAUGBwgJCgsMDQ4P\"}"},
    {"an id that is too long", "{\"id\": \"AQIDBAUGBwgJCgsMDQ4PEBE\"}"},
    {"an id that is no base64", "{\"id\": \"AQIDBAUGBwgJCgsMDQ4PE*\"}"},
    {"an id with spare bits", "{\"id\": \"AQIDBAUGBwgJCgsMDQ4PEB\"}"},
    {"a start that is text", "{\"created\": \"1\"}"},
    {"a start that is a real", "{\"created\": 1.0}"},
    {"a start before 1970", "{\"created\": -1}"},
    {"a max_age of zero", "{\"max_age\": 0}"},
    {"a negative max_age", "{\"max_age\": -1}"},
    {"a max_age beyond 400 days", "{\"max_age\": 34560001}"},
    {"a max_age that is text", "{\"max_age\": \"60\"}"},
    {"flashes that are text", "{\"flash\": \"x\"}"},
    {"no flash in the array", "{\"flash\": []}"},
    {"a flash of one", "{\"flash\": [[\"a\"]]}"},
    {"a flash of three", "{\"flash\": [[\"a\", \"b\", \"c\"]]}"},
    {"a flash of numbers", "{\"flash\": [[\"a\", 1]]}"},
    {"a category that is a number", "{\"flash\": [[1, \"a\"]]}"},
};

static void test_foreign(void **state)
{
    struct foreign *row = *state;
    fixture f;
    char json[256];
    snprintf(json, sizeof json, "{\"v\": 1, \"_bocata\": %s}", row->reserved);
    char *cookie = fixture_cookie("1234", json, NOW);
    fixture_open_counting(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_UNSUPPORTED_VALUE);
    assert_int_equal(bocata_session_size(session), 0);
    assert_false(session->stamp.has_id);
    assert_non_null(strstr(f.detail, "_bocata"));
    bocata_session_free(session);
    fixture_close(&f);
    free(cookie);
}

/* ---- renew, max_age and clear ---------------------------------------------------------------- */

static void a_renewed_session_keeps_its_values_under_a_new_id(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    char *pair = NULL, old_id[BOCATA_SESSION_ID_LEN];
    fixture_open_counting(&f,
                          (bocata_session_settings){.format = format, .absolute_timeout_s = 100});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    bocata_csrf_token(session);
    session = fixture_round_trip(&f, session, &pair, NOW);
    memcpy(old_id, session->stamp.id, sizeof old_id);
    bocata_session_free(session);

    session = fixture_load(&f, pair, NOW + 40);
    char *token = strdup(bocata_csrf_token(session));
    assert_true(bocata_csrf_token_is_good(session, bocata_str_of(token)));
    assert_int_equal(bocata_session_renew(session), BOCATA_OK);
    assert_false(bocata_csrf_token_is_good(session, bocata_str_of(token)));
    assert_true(bocata_csrf_token_is_good(session, bocata_str_of(bocata_csrf_token(session))));
    session = fixture_round_trip(&f, session, &pair, NOW + 40);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 1);
    assert_memory_not_equal(id_of(session).ptr, old_id, sizeof old_id);
    assert_int_equal(session->stamp.created_s, NOW + 40); /* and its absolute timeout begins anew */
    assert_false(bocata_csrf_token_is_good(session, bocata_str_of(token)));
    bocata_session_free(session);
    session = fixture_load(&f, pair, NOW + 140);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    bocata_session_free(session);
    free(token);
    free(pair);
    fixture_close(&f);
}

static void the_absolute_timeout_counts_from_the_first_cookie(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    char *pair = NULL;
    fixture_open_counting(&f, (bocata_session_settings){
                                  .format = format, .max_age_s = 60, .absolute_timeout_s = 100});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    for (int64_t age = 0; age <= 100; age += 25) { /* each of these is sent anew, as it changed */
        session = fixture_round_trip(&f, session, &pair, NOW + age);
        assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
        assert_string_not_equal(f.set_cookie, "");
        bocata_session_set_int(session, "v", age + 2);
    }
    session = fixture_round_trip(&f, session, &pair, NOW + 101);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_ABSOLUTE_TIMEOUT);
    bocata_session_free(session);
    free(pair);
    fixture_close(&f);
}

/* Until the settings asked for it, nothing said when a session began. */
static void an_absolute_timeout_begins_to_count_with_sessions_that_are_there(void **state)
{
    fixture f;
    char *pair = fixture_cookie("1234", "{\"v\": 1}", NOW);
    (void)state;
    fixture_open_counting(&f, (bocata_session_settings){.absolute_timeout_s = 100});
    bocata_session *session = fixture_load(&f, pair, NOW + 10);
    session =
        fixture_round_trip(&f, session, &pair, NOW + 10); /* not touched, and sent all the same */
    assert_string_not_equal(f.set_cookie, "");
    assert_int_equal(session->stamp.created_s, NOW);
    bocata_session_free(session);
    session = fixture_load(&f, pair, NOW + 101);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_ABSOLUTE_TIMEOUT);
    bocata_session_free(session);
    free(pair);
    fixture_close(&f);
}

/* What Max-Age says, and how long the server takes it; -1: no Max-Age. */
static struct remember {
    const char *intent;
    int64_t configured_s, own_s, attribute_s, alive_s, over_s;
} remembers[] = {
    {"as configured", 100, 0, 100, 100, 101},
    {"longer", 100, 200, 200, 200, 201},
    {"shorter", 100, 50, 50, 50, 51},
    {"until the browser is closed", 100, BOCATA_MAX_AGE_NONE, -1, 999999, -1},
    {"remembered, where that is the rule", BOCATA_MAX_AGE_NONE, 50, 50, 50, 51},
    {"400 days", 100, BOCATA_MAX_AGE_MAX_S, BOCATA_MAX_AGE_MAX_S, BOCATA_MAX_AGE_MAX_S,
     BOCATA_MAX_AGE_MAX_S + 1},
};

static void test_remember(void **state)
{
    struct remember *row = *state;
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        char *pair = NULL, attribute[64] = "; path=/; httponly";
        fixture_open_counting(&f, (bocata_session_settings){.format = fixture_formats[i],
                                                            .max_age_s = row->configured_s});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        bocata_session_set_int(session, "v", 1);
        assert_int_equal(bocata_session_set_max_age(session, row->own_s), BOCATA_OK);
        session = fixture_round_trip(&f, session, &pair, NOW);
        if (row->attribute_s >= 0)
            snprintf(attribute, sizeof attribute, "; path=/; Max-Age=%d; httponly",
                     (int)row->attribute_s);
        assert_non_null(strstr(f.set_cookie, attribute));
        bocata_session_free(session);
        session = fixture_load(&f, pair, NOW + row->alive_s);
        assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
        bocata_session_set_int(session, "v", 2);
        session = fixture_round_trip(&f, session, &pair,
                                     NOW); /* it stays what it was, in later cookies */
        assert_non_null(strstr(f.set_cookie, attribute));
        bocata_session_free(session);
        if (row->over_s >= 0) {
            session = fixture_load(&f, pair, NOW + row->over_s);
            assert_int_equal(bocata_session_reason(session), BOCATA_REASON_EXPIRED);
            bocata_session_free(session);
        }
        free(pair);
        fixture_close(&f);
    }
}

static void a_max_age_that_is_none_fails_the_save(void **state)
{
    static const int64_t bad[] = {-1, BOCATA_MAX_AGE_MAX_S + 1, BOCATA_MAX_AGE_NONE - 1, INT64_MIN};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fixture f;
        fixture_open_counting(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        assert_int_equal(bocata_session_set_max_age(session, bad[i]), BOCATA_E_INVALID);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_INVALID);
        fixture_close(&f);
    }
}

static void the_same_max_age_changes_nothing(void **state)
{
    static const int64_t same[] = {0, 60, BOCATA_MAX_AGE_NONE};
    bocata_session_format format = *(bocata_session_format *)*state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        fixture f;
        char *pair = NULL;
        fixture_open_counting(&f, (bocata_session_settings){.format = format});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        bocata_session_set_int(session, "v", 1);
        bocata_session_set_max_age(session, same[i]);
        session = fixture_round_trip(&f, session, &pair, NOW);
        assert_int_equal(bocata_session_set_max_age(session, same[i]), BOCATA_OK);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        assert_string_equal(f.set_cookie, "");
        free(pair);
        fixture_close(&f);
    }
}

/* What came, what the view does (as above, c clears), and what goes out: "-" deletes, "+" is sent,
 * "" nothing. `clears` is the Clear-Site-Data. */
static struct ending {
    const char *intent, *came, *steps, *sent, *clears;
} endings[] = {
    {"a log-out", "v", "c", "-", "\"cache\", \"cookies\""},
    {"a log-out of a session with an id", "vt", "c", "-", "\"cache\", \"cookies\""},
    {"a log-out of one with nothing but its id", "t", "c", "-", "\"cache\", \"cookies\""},
    {"a log-out without a session", "", "c", "", "\"cache\", \"cookies\""},
    {"a log-out with a word of farewell", "v", "cf", "+", "\"cache\""},
    {"a log-out onto a page with a form", "v", "ct", "+", "\"cache\""},
    {"no log-out", "v", "", "", ""},
    {"nothing but its id, not touched", "t", "", "", ""},
    {"nothing but its id, asked for its token", "t", "t", "", ""},
    {"a renewal", "v", "r", "+", ""},
    {"a renewal of nothing", "", "r", "+", ""},
};

static void test_ending(void **state)
{
    struct ending *row = *state;
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        char *pair = NULL;
        fixture_open_counting(&f,
                              (bocata_session_settings){.format = fixture_formats[i],
                                                        .clear_site_data = BOCATA_CLEAR_CACHE |
                                                                           BOCATA_CLEAR_COOKIES});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        do_steps(session, row->came);
        session = fixture_round_trip(&f, session, &pair, NOW);
        char *old_id = malloc(BOCATA_SESSION_ID_LEN);
        memcpy(old_id, session->stamp.id, BOCATA_SESSION_ID_LEN);
        bool had_id = session->stamp.has_id;
        do_steps(session, row->steps);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        const char *sent = !f.set_cookie[0] ? "" : strstr(f.set_cookie, "=null;") ? "-" : "+";
        assert_string_equal(sent, row->sent);
        assert_string_equal(f.clear_site_data, row->clears);
        if (had_id && sent[0] == '+' && row->steps[0] == 'c') { /* another session altogether */
            char *after = fixture_pair(&f);
            session = fixture_load(&f, after, NOW);
            assert_memory_not_equal(session->stamp.id, old_id, BOCATA_SESSION_ID_LEN);
            bocata_session_free(session);
            free(after);
        }
        free(old_id);
        free(pair);
        fixture_close(&f);
    }
}

static void a_session_that_loses_its_last_value_ends_though_it_has_an_id(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    char *pair = NULL;
    fixture_open_counting(&f, (bocata_session_settings){.format = format});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    do_steps(session, "vt");
    session = fixture_round_trip(&f, session, &pair, NOW);
    bocata_session_delete(session, "v");
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_non_null(strstr(f.set_cookie, "session=null;"));
    session = fixture_load(&f, pair, NOW);
    bocata_session_delete(session, "v");
    bocata_csrf_token(session); /* but a page with a form needs it */
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_null(strstr(f.set_cookie, "session=null;"));
    free(pair);
    fixture_close(&f);
}

static void without_sessions_nothing_of_it_works(void **state)
{
    bocata_session *session = bocata_session_load(NULL, NULL, 0, NOW);
    bocata_flash flash;
    (void)state;
    assert_string_equal(bocata_csrf_token(session), "");
    assert_string_equal(bocata_csrf_token(NULL), "");
    assert_int_equal(bocata_session_renew(session), BOCATA_E_INVALID);
    assert_int_equal(bocata_session_renew(NULL), BOCATA_E_INVALID);
    assert_int_equal(bocata_session_set_max_age(NULL, 1), BOCATA_E_INVALID);
    assert_int_equal(bocata_session_flash(NULL, "a", "b"), BOCATA_E_INVALID);
    assert_false(bocata_session_pop_flash(NULL, NULL, &flash));
    assert_int_equal(bocata_session_room(session), 0);
    assert_int_equal(bocata_session_room(NULL), 0);
    assert_null(bocata_session_pop(NULL, "v"));
    assert_int_equal(bocata_session_update(NULL, json_object()), BOCATA_E_INVALID);
    bocata_session_free(session);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, writtens, test_written);
    SUITE_TEST(&group, views_do_not_see_the_reserved_key);
    SUITE_TEST(&group, nor_after_the_session_was_measured);
    SUITE_TEST(&group, what_is_unknown_in_the_reserved_key_stays);
    SUITE_ROWS(&group, foreigns, test_foreign);
    SUITE_ROWS(&group, remembers, test_remember);
    SUITE_TEST(&group, a_max_age_that_is_none_fails_the_save);
    SUITE_ROWS(&group, endings, test_ending);
    SUITE_TEST(&group, an_absolute_timeout_begins_to_count_with_sessions_that_are_there);
    SUITE_TEST(&group, without_sessions_nothing_of_it_works);
    SUITE_BOTH_FORMATS(&group, a_renewed_session_keeps_its_values_under_a_new_id);
    SUITE_BOTH_FORMATS(&group, the_absolute_timeout_counts_from_the_first_cookie);
    SUITE_BOTH_FORMATS(&group, the_same_max_age_changes_nothing);
    SUITE_BOTH_FORMATS(&group, a_session_that_loses_its_last_value_ends_though_it_has_an_id);
    return suite_run(&group, "identity");
}
