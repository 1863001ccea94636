/* Messages for the next page. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fixture.h"

static void a_flash_is_read_once_across_a_redirect(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    char *pair = NULL;
    bocata_flash flash;
    fixture_open_counting(&f, (bocata_session_settings){.format = format});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    assert_int_equal(bocata_session_flash(session, "info", "Saved"), BOCATA_OK);
    assert_int_equal(bocata_session_flash(session, "error", "But \xc3\xa9"), BOCATA_OK);
    assert_int_equal(bocata_session_flash(session, "info", "Again"), BOCATA_OK);
    session = fixture_round_trip(&f, session, &pair, NOW);
    assert_int_equal(bocata_session_size(session), 1);

    assert_true(bocata_session_pop_flash(session, "error", &flash));
    assert_true(bocata_str_is(flash.text, "But \xc3\xa9"));
    assert_false(bocata_session_pop_flash(session, "error", &flash));
    assert_true(bocata_session_pop_flash(session, NULL, &flash));
    assert_true(bocata_str_is(flash.category, "info"));
    assert_true(bocata_str_is(flash.text, "Saved"));
    bocata_session_set_int(session, "v", 2);
    assert_true(bocata_str_is(flash.text, "Saved")); /* until the session is freed */
    session = fixture_round_trip(&f, session, &pair, NOW);
    assert_true(bocata_session_pop_flash(session, "info", &flash));
    assert_true(bocata_str_is(flash.text, "Again"));
    assert_false(bocata_session_pop_flash(session, NULL, &flash));
    session = fixture_round_trip(&f, session, &pair, NOW);
    assert_false(bocata_session_pop_flash(session, NULL, &flash));
    assert_int_equal(bocata_session_get_int(session, "v", 0), 2);
    bocata_session_free(session);
    free(pair);
    fixture_close(&f);
}

static void a_session_of_one_flash_ends_with_it(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    char *pair = NULL;
    bocata_flash flash;
    fixture_open_counting(&f, (bocata_session_settings){.format = format});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_flash(session, "info", "Hello");
    session = fixture_round_trip(&f, session, &pair, NOW);
    assert_int_equal(bocata_session_size(session), 0);
    assert_true(bocata_session_pop_flash(session, NULL, &flash));
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    assert_non_null(strstr(f.set_cookie, "session=null;"));
    free(pair);
    fixture_close(&f);
}

static void the_oldest_flash_gives_way(void **state)
{
    fixture f;
    char text[8];
    bocata_flash flash;
    (void)state;
    fixture_open_counting(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    for (int i = 0; i < BOCATA_FLASHES_MAX + 2; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_int_equal(bocata_session_flash(session, "info", text), BOCATA_OK);
    }
    for (int i = 2; i < BOCATA_FLASHES_MAX + 2; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(bocata_session_pop_flash(session, NULL, &flash));
        assert_true(bocata_str_is(flash.text, text));
    }
    assert_false(bocata_session_pop_flash(session, NULL, &flash));
    bocata_session_free(session);
    fixture_close(&f);
}

/* Within their limits messages may need more than a cookie has: the oldest give way to that too. */
static void the_oldest_flash_gives_way_to_what_does_not_fit(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    char text[BOCATA_FLASH_LEN_MAX + 1];
    bocata_flash flash;
    fixture f;

    fixture_open(&f, (bocata_session_settings){.format = format});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    for (int i = 0; i < BOCATA_FLASHES_MAX; i++) {
        for (size_t at = 0; at < BOCATA_FLASH_LEN_MAX; at += 2)
            memcpy(text + at, "\xc3\xa9", 2); /* six bytes each in starlette's JSON */
        text[BOCATA_FLASH_LEN_MAX - 2] = (char)('0' + i);
        text[BOCATA_FLASH_LEN_MAX - 1] = '\0';
        assert_int_equal(bocata_session_flash(session, "info", text), BOCATA_OK);
    }
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f);
    session = fixture_load(&f, pair, NOW);
    char last = '\0';
    while (bocata_session_pop_flash(session, NULL, &flash))
        last = flash.text.ptr[flash.text.len - 1];
    assert_int_equal(last, '0' + BOCATA_FLASHES_MAX - 1);
    bocata_session_free(session);
    free(pair);

    session = fixture_load(&f, NULL, NOW); /* where even one does not fit, it is told */
    static char large[2900];
    memset(large, 'x', sizeof large - 1);
    assert_int_equal(bocata_session_set_string(session, "v", large), BOCATA_OK);
    assert_int_equal(bocata_session_flash(session, "info", text), BOCATA_E_TOO_LARGE);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_E_TOO_LARGE);
    fixture_close(&f);
}

static void older_flashes_stay_where_something_else_is_too_large(void **state)
{
    fixture f;
    char large[4001];
    bocata_flash flash;
    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    assert_int_equal(bocata_session_flash(session, "info", "old"), BOCATA_OK);
    assert_int_equal(bocata_session_set_string(session, "v", large), BOCATA_E_TOO_LARGE);
    assert_int_equal(bocata_session_flash(session, "info", "new"), BOCATA_E_TOO_LARGE);
    assert_int_equal(bocata_session_delete(session, "v"), BOCATA_OK);
    assert_true(bocata_session_pop_flash(session, NULL, &flash));
    assert_true(bocata_str_is(flash.text, "old"));
    assert_true(bocata_session_pop_flash(session, NULL, &flash));
    assert_true(bocata_str_is(flash.text, "new"));
    bocata_session_free(session);
    fixture_close(&f);
}

static void a_flash_has_limits(void **state)
{
    char category[BOCATA_FLASH_CATEGORY_LEN_MAX + 2] = "", text[BOCATA_FLASH_LEN_MAX + 2] = "";
    memset(category, 'c', sizeof category - 1);
    memset(text, 't', sizeof text - 1);
    const struct {
        const char *category, *text;
        bocata_status status;
    } cases[] = {
        {category + 1, text + 1, BOCATA_OK}, {"", "", BOCATA_OK},
        {category, "t", BOCATA_E_INVALID},   {"c", text, BOCATA_E_INVALID},
        {NULL, "t", BOCATA_E_INVALID},       {"c", NULL, BOCATA_E_INVALID},
        {"\xff", "t", BOCATA_E_INVALID},     {"c", "\xff", BOCATA_E_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        fixture_open_counting(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, NULL, NOW);
        assert_int_equal(bocata_session_flash(session, cases[i].category, cases[i].text),
                         cases[i].status);
        assert_int_equal(fixture_save(&f, session, NOW), cases[i].status);
        if (cases[i].status != BOCATA_OK) /* the log says what the limits are */
            assert_string_equal(f.detail, "a flash message is NULL, not UTF-8, or longer than 512 "
                                          "bytes (its category: 32)");
        fixture_close(&f);
    }
}

int main(void)
{
    static suite group;
    SUITE_BOTH_FORMATS(&group, a_flash_is_read_once_across_a_redirect);
    SUITE_BOTH_FORMATS(&group, a_session_of_one_flash_ends_with_it);
    SUITE_TEST(&group, the_oldest_flash_gives_way);
    SUITE_BOTH_FORMATS(&group, the_oldest_flash_gives_way_to_what_does_not_fit);
    SUITE_TEST(&group, older_flashes_stay_where_something_else_is_too_large);
    SUITE_TEST(&group, a_flash_has_limits);
    return suite_run(&group, "flash");
}
