/* How much fits a cookie, and who says so when. */
#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include <bocata/csrf.h>

#include "base/str.h"
#include "fixture.h"
#include "session/session.h"

static struct capacity {
    const char *intent;
    bocata_session_settings settings;
} capacities[] = {
    {"starlette", {0}},
    {"starlette, with a start", {.absolute_timeout_s = 10}},
    {"a long name", {.session_cookie = "a-name-of-more-than-thirty-two-bytes"}},
    {"sealed", {.format = BOCATA_FORMAT_SEALED}},
    {"sealed, a long name",
     {.format = BOCATA_FORMAT_SEALED, .session_cookie = "a-name-of-more-than-thirty-two-bytes"}},
};

/* What a setter says, what room says, and what the save does are the same, to the byte: {"v":
 * "xxx"} with all kinds of x; with a flash and a token beside it; with an id that the save makes.
 */
static void a_setter_says_at_once_what_does_not_fit(void **state)
{
    struct capacity *row = *state;
    char text[4097];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int with_more = 0; with_more < 3; with_more++) {
        for (size_t over = 0; over < 2; over++) {
            fixture f;
            fixture_open(&f, row->settings);
            bocata_session *session = fixture_load(&f, NULL, NOW);
            if (with_more == 1) {
                assert_int_equal(bocata_session_flash(session, "info", "\xc3\xa9"), BOCATA_OK);
                assert_string_not_equal(bocata_csrf_token(session), "");
            } else if (with_more == 2) {
                assert_int_equal(bocata_session_ensure_id(session), BOCATA_OK);
            }
            assert_int_equal(bocata_session_set_string(session, "v", ""), BOCATA_OK);
            size_t room = bocata_session_room(session);
            assert_in_range(room, 2500, 3072);
            text[room + over] = '\0';
            bocata_status wanted = over ? BOCATA_E_TOO_LARGE : BOCATA_OK;
            assert_int_equal(bocata_session_set_string(session, "v", text), wanted);
            assert_int_equal(bocata_session_set_string(session, "v", text), wanted); /* again */
            assert_int_equal(bocata_session_room(session), 0);
            assert_true(bocata_session_has(session, "v")); /* all the same */
            assert_int_equal(bocata_session_set_int(session, "w", 1), BOCATA_E_TOO_LARGE);
            bocata_session_delete(session, "w");
            assert_int_equal(fixture_save(&f, session, NOW), wanted);
            text[room + over] = 'x';
            fixture_close(&f);
        }
    }
}

static void what_was_too_large_may_be_made_smaller(void **state)
{
    static const char *const steps[] = {"smaller", "deleted", "edited"};
    char text[4001];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        fixture f;
        fixture_open(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        bocata_session_set_int(session, "v", 1);
        assert_int_equal(bocata_session_set(session, "large", json_pack("[s]", text)),
                         BOCATA_E_TOO_LARGE);
        if (i == 0)
            assert_int_equal(bocata_session_set_string(session, "large", "x"), BOCATA_OK);
        else if (i == 1)
            assert_int_equal(bocata_session_delete(session, "large"), BOCATA_OK);
        else
            json_array_clear(bocata_session_edit(session, "large"));
        assert_int_equal(bocata_session_set_int(session, "v", 2), BOCATA_OK);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        fixture_close(&f);
    }
}

#define FIVE(text) text text text text text
#define TEN(text) FIVE(text) FIVE(text)

/* What takes more room in our JSON than it did in another's: the quick estimate must not be lower
 * than what is written. */
static void a_loaded_session_is_measured_as_it_will_be_written(void **state)
{
    static const char *const units[] = {"1e15,", "\"\xc3\xa9\",", "\"\xf0\x9f\x8d\x9e\",",
                                        "1,",    "{},",           "\"" FIVE(TEN("\xc3\xa9")) "\","};
    static const size_t lens[] = {600, 1100}; /* which, written by us, may not fit at all */
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof units / sizeof units[0]); i++) {
        const char *unit = units[i / 2];
        char json[4096] = "{\"v\":[";
        size_t unit_len = strlen(unit), len = strlen(json);
        while (len + unit_len < lens[i % 2]) {
            memcpy(json + len, unit, unit_len);
            len += unit_len;
        }
        memcpy(json + len, "1]}", 4);
        for (size_t add = 0; add < 3000; add += 7) {
            fixture f;
            char *cookie = fixture_cookie("1234", json, NOW);
            fixture_open(&f, (bocata_session_settings){0});
            bocata_session *session = fixture_load(&f, cookie, NOW);
            char text[3001];
            memset(text, 'x', add);
            text[add] = '\0';
            bocata_status said = bocata_session_set_string(session, "w", text);
            assert_int_equal(fixture_save(&f, session, NOW), said);
            fixture_close(&f);
            free(cookie);
        }
    }
}

/* The start that an absolute timeout adds is not in the cookie that came. */
static void what_the_settings_add_to_a_loaded_session_counts(void **state)
{
    fixture f;
    char *cookie = fixture_cookie("1234", "{}", NOW);
    (void)state;
    fixture_open(&f, (bocata_session_settings){.absolute_timeout_s = 100});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    size_t bound = session->json_len_bound;
    bocata_session_room(session); /* measures */
    assert_int_equal(session->json_len_bound, strlen("{\"_bocata\": {\"created\": 1700000000}}"));
    assert_true(bound >= session->json_len_bound);
    bocata_session_free(session);
    fixture_close(&f);
    free(cookie);
}

/* One that has an id needs no room for it, until that ends; so does a cookie without one. */
static void an_id_takes_room_where_it_is_missing(void **state)
{
    static const struct {
        const char *json;
        bool is_cleared;
        size_t more;
    } cases[] = {
        {"{\"v\": 1}", false, 45},
        {"{\"v\": 1, \"_bocata\": {\"max_age\": 60}}", false, 32},
        {"{\"v\": 1, \"_bocata\": {\"id\": \"AQIDBAUGBwgJCgsMDQ4PEA\"}}", false, 0},
        {"{\"v\": 1, \"_bocata\": {\"id\": \"AQIDBAUGBwgJCgsMDQ4PEA\"}}", true, 45},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t rooms[2];
        for (size_t with_id = 0; with_id < 2; with_id++) {
            fixture f;
            char *cookie = fixture_cookie("1234", cases[i].json, NOW);
            fixture_open(&f, (bocata_session_settings){0});
            bocata_session *session = fixture_load(&f, cookie, NOW);
            if (with_id)
                assert_int_equal(bocata_session_ensure_id(session), BOCATA_OK);
            size_t bound = session->json_len_bound;
            if (cases[i].is_cleared) {
                bocata_session_clear(session);
                bocata_session_set_int(session, "v", 1);
            }
            rooms[with_id] = bocata_session_room(session);
            assert_true(bound >= session->json_len_bound);
            assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
            fixture_close(&f);
            free(cookie);
        }
        assert_int_equal(rooms[0] - rooms[1], cases[i].more);
    }
}

/* ---- what takes more than it seems to -------------------------------------------------------- */

static bocata_status add_text(bocata_session *session)
{
    return bocata_session_set_string(session, "w", TEN("xxxxx"));
}

static bocata_status add_accents(bocata_session *session)
{
    return bocata_session_set_string(session, "w", TEN("\xc3\xa9"));
}

static bocata_status add_controls(bocata_session *session)
{
    return bocata_session_set_string(session, "w", TEN("\x01"));
}

static bocata_status add_control_key(bocata_session *session)
{
    return bocata_session_set_int(session, TEN("\x01"), 1);
}

static bocata_status add_real(bocata_session *session)
{
    return bocata_session_set_real(session, "w", -1.7976931348623157e+308);
}

static bocata_status add_int(bocata_session *session)
{
    return bocata_session_set_int(session, "w", INT64_MIN);
}

static bocata_status add_array(bocata_session *session)
{
    return bocata_session_set(session, "w", json_pack("[s]", TEN("xxxxx")));
}

static bocata_status add_in_place(bocata_session *session)
{
    json_array_append_new(bocata_session_edit(session, "e"), json_string(TEN("xxxxx")));
    return bocata_session_set_bool(session, "w", true); /* the next setter says it */
}

static bocata_status add_token(bocata_session *session)
{
    assert_string_not_equal(bocata_csrf_token(session), "");
    return bocata_session_set_bool(session, "w", true);
}

static bocata_status add_max_age(bocata_session *session)
{
    return bocata_session_set_max_age(session, 60);
}

static bocata_status add_flash(bocata_session *session)
{
    return bocata_session_flash(session, "info", "Hello");
}

static struct addition {
    const char *intent;
    bocata_status (*add)(bocata_session *session);
    size_t starlette, sealed; /* how many bytes of JSON it takes */
} additions[] = {
    {"text", add_text, 59, 57},
    {"text outside ASCII", add_accents, 69, 27},
    {"control characters", add_controls, 69, 67},
    {"control characters in a key", add_control_key, 67, 65},
    {"the longest real", add_real, 31, 29},
    {"the longest integer", add_int, 27, 25},
    {"an array", add_array, 61, 59},
    {"what is edited in place", add_in_place, 65, 62},
    {"a token", add_token, 56, 9},
    {"a renewal", bocata_session_renew, 45, 0},
    {"an id that the save makes", bocata_session_ensure_id, 45, 0},
    {"a max_age of its own", add_max_age, 28, 0},
    {"a flash", add_flash, 43, 39},
};

/* With just enough room, and with one byte less. */
static void check_addition(const struct addition *row, bocata_session_format format, size_t need)
{
    char text[4096];
    for (size_t short_of = 0; short_of <= (need > 0); short_of++) {
        bocata_status wanted = short_of ? BOCATA_E_TOO_LARGE : BOCATA_OK;
        fixture f;
        fixture_open(&f, (bocata_session_settings){.format = format});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        bocata_session_set(session, "e", json_pack("[i]", 1));
        bocata_session_set_string(session, "v", "");
        size_t len = bocata_session_room(session) - need + short_of;
        memset(text, 'x', len);
        assert_int_equal(bocata_session_set_str(session, "v", (bocata_str){text, len}), BOCATA_OK);
        assert_int_equal(bocata_session_room(session), need - short_of);
        assert_int_equal(row->add(session), wanted);
        assert_int_equal(bocata_session_room(session), 0);
        assert_int_equal(fixture_save(&f, session, NOW), wanted);
        fixture_close(&f);
    }
}

static void test_addition(void **state)
{
    const struct addition *row = *state;
    check_addition(row, BOCATA_FORMAT_STARLETTE, row->starlette);
    check_addition(row, BOCATA_FORMAT_SEALED, row->sealed);
}

static void room_is_what_is_left_to_the_byte(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    size_t room = bocata_session_room(session);
    bocata_session_set_string(session, "w", "xxxxxxxxxx"); /* the quick estimate is higher */
    assert_int_equal(bocata_session_room(session), room - strlen(", \"w\": \"xxxxxxxxxx\""));
    bocata_session_delete(session, "w");
    assert_int_equal(bocata_session_room(session), room);
    bocata_session_set(session, "bad", json_string_nocheck("\xff")); /* nothing fits with it */
    assert_int_equal(bocata_session_room(session), 0);
    bocata_session_free(session);
    fixture_close(&f);
}

/* The last member is there already, and so fits by itself. */
static void update_sets_all_and_says_what_does_not_fit(void **state)
{
    fixture f;
    char text[4001];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "b", 2);
    assert_int_equal(
        bocata_session_update(session, json_pack("{s:s, s:i, s:i}", "large", text, "a", 1, "b", 2)),
        BOCATA_E_TOO_LARGE);
    assert_int_equal(bocata_session_size(session), 3);
    assert_int_equal(bocata_session_delete(session, "large"), BOCATA_OK);
    assert_int_equal(bocata_session_set_int(session, "c", 3), BOCATA_OK);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    fixture_close(&f);
}

/* What the name leaves of 4096 bytes is filled as far as base64 goes: starlette's payload by four,
 * before dots, time and MAC; sealed of any length but 4n + 1. */
static void the_largest_cookie_fills_what_its_name_leaves(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    char name[16] = "nnnnnnnnnnnnnnn", text[4096];

    memset(text, 'x', sizeof text);
    for (size_t name_len = 1; name_len <= 8; name_len++) {
        size_t room = 4096 - name_len, unused = room % 4 == 1;
        fixture f;
        if (format == BOCATA_FORMAT_STARLETTE)
            unused = (room - (27 + 6 + 2)) % 4;
        name[name_len] = '\0';
        fixture_open(&f, (bocata_session_settings){.format = format, .session_cookie = name});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        bocata_session_set_string(session, "v", "");
        bocata_str value = {text, bocata_session_room(session)};
        assert_int_equal(bocata_session_set_str(session, "v", value), BOCATA_OK);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        char *pair = fixture_pair(&f);
        assert_int_equal(strlen(pair), 4096 + strlen("=") - unused);
        free(pair);
        fixture_close(&f);
        name[name_len] = 'n';
    }
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, capacities, a_setter_says_at_once_what_does_not_fit);
    SUITE_ROWS(&group, additions, test_addition);
    SUITE_TEST(&group, room_is_what_is_left_to_the_byte);
    SUITE_TEST(&group, update_sets_all_and_says_what_does_not_fit);
    SUITE_TEST(&group, what_was_too_large_may_be_made_smaller);
    SUITE_TEST(&group, a_loaded_session_is_measured_as_it_will_be_written);
    SUITE_TEST(&group, what_the_settings_add_to_a_loaded_session_counts);
    SUITE_TEST(&group, an_id_takes_room_where_it_is_missing);
    SUITE_BOTH_FORMATS(&group, the_largest_cookie_fills_what_its_name_leaves);
    return suite_run(&group, "capacity");
}
