/* What is written to a session after its save, when no cookie can carry it any more. */
#include "suite.h"

#include <stdlib.h>
#include <string.h>

#include <bocata/csrf.h>

#include "base/str.h"
#include "fixture.h"
#include "session/session.h"

static const bocata_response_facts sent = {.status = 200, .now_s = NOW},
                                   not_sent = {.status = 500, .now_s = NOW};

#define CAME "{\"v\": 1, \"list\": [1], \"_bocata\": {\"flash\": [[\"info\", \"x\"]]}}"

/* Each writes to that, and returns BOCATA_E_TOO_LATE if it says that it did not. */
static bocata_status late_if(bool is_refused)
{
    return is_refused ? BOCATA_E_TOO_LATE : BOCATA_OK;
}

static bocata_status set_int(bocata_session *session)
{
    return bocata_session_set_int(session, "v", 2);
}

static bocata_status set_the_same(bocata_session *session)
{
    return bocata_session_set_int(session, "v", 1);
}

static bocata_status set_real(bocata_session *session)
{
    return bocata_session_set_real(session, "v", 1.5);
}

static bocata_status set_bool(bocata_session *session)
{
    return bocata_session_set_bool(session, "v", true);
}

static bocata_status set_string(bocata_session *session)
{
    return bocata_session_set_string(session, "new", "text");
}

static bocata_status set_str(bocata_session *session)
{
    return bocata_session_set_str(session, "new", STR("text"));
}

static bocata_status set_json(bocata_session *session)
{
    return bocata_session_set(session, "new", json_pack("[i]", 1));
}

static bocata_status set_what_is_wrong(bocata_session *session)
{
    return bocata_session_set_int(session, "_bocata", 1);
}

static bocata_status edit(bocata_session *session)
{
    return late_if(!bocata_session_edit(session, "list"));
}

static bocata_status update(bocata_session *session)
{
    return bocata_session_update(session, json_pack("{s:i, s:i}", "v", 2, "new", 3));
}

static bocata_status update_with_nothing(bocata_session *session)
{
    return bocata_session_update(session, json_object());
}

static bocata_status delete_v(bocata_session *session)
{
    return bocata_session_delete(session, "v");
}

static bocata_status delete_what_is_missing(bocata_session *session)
{
    return bocata_session_delete(session, "missing");
}

static bocata_status pop(bocata_session *session)
{
    return late_if(!bocata_session_pop(session, "v"));
}

static bocata_status set_max_age(bocata_session *session)
{
    return bocata_session_set_max_age(session, 60);
}

static bocata_status set_the_same_max_age(bocata_session *session)
{
    return bocata_session_set_max_age(session, 0);
}

static bocata_status flash(bocata_session *session)
{
    return bocata_session_flash(session, "info", "Another");
}

static bocata_status pop_flash(bocata_session *session)
{
    bocata_flash popped;
    return late_if(!bocata_session_pop_flash(session, NULL, &popped));
}

static bocata_status make_token(bocata_session *session)
{
    return late_if(bocata_csrf_token(session)[0] == '\0');
}

static struct writer {
    const char *intent;
    bocata_status (*write)(bocata_session *session);
} writers[] = {
    {"set_int", set_int},
    {"set_int to the same", set_the_same},
    {"set_real", set_real},
    {"set_bool", set_bool},
    {"set_string", set_string},
    {"set_str", set_str},
    {"set", set_json},
    {"set the reserved key", set_what_is_wrong},
    {"edit", edit},
    {"update", update},
    {"update with nothing", update_with_nothing},
    {"delete", delete_v},
    {"delete what is missing", delete_what_is_missing},
    {"pop", pop},
    {"clear", bocata_session_clear},
    {"renew", bocata_session_renew},
    {"ensure_id", bocata_session_ensure_id},
    {"set_max_age", set_max_age},
    {"set_max_age to the same", set_the_same_max_age},
    {"flash", flash},
    {"pop_flash", pop_flash},
    {"the first token", make_token},
};

/* All that can be seen of it; decref it. */
static json_t *picture(const bocata_session *session)
{
    json_t *flashes = json_object_get(session->reserved, "flash");
    json_t *all = json_pack("{s:O?, s:O?, s:I, s:i}", "values", session->values, "flashes", flashes,
                            "deadline", (json_int_t)bocata_session_deadline(session), "id_len",
                            (int)bocata_session_id(session).len);
    json_t *copy = json_deep_copy(all);

    assert_non_null(copy);
    json_decref(all);
    return copy;
}

/* After a save, one that saved nothing, one that failed, and one that was not called rightly. */
static void test_writer(void **state)
{
    struct writer *row = *state;
    char *cookie = fixture_cookie("1234", CAME, NOW);
    for (size_t i = 0; i < 4; i++) {
        fixture f;
        fixture_open(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, cookie, NOW);
        if (i == 2)
            bocata_session_set_string(session, "bad", "\xff");
        bocata_status status = i == 3 ? bocata_session_save(session, &sent, NULL, NULL)
                                      : fixture_send(&f, session, i == 1 ? not_sent : sent);
        assert_int_equal(status, i < 2 ? BOCATA_OK : BOCATA_E_INVALID);
        unsigned told = f.not_saved_count;
        json_t *before = picture(session);
        for (size_t times = 0; times < 2; times++) {
            assert_int_equal(row->write(session), BOCATA_E_TOO_LATE);
            assert_int_equal(f.not_saved_count, told + 1);
        }
        assert_int_equal(f.event.status, BOCATA_E_TOO_LATE);
        assert_non_null(strstr(f.detail, "on_connect"));
        json_t *after = picture(session);
        assert_true(json_equal(before, after));
        json_decref(before);
        json_decref(after);
        bocata_session_free(session);
        fixture_close(&f);
    }
    free(cookie);
}

static void in_time_all_of_them_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        fixture f;
        char *cookie = fixture_cookie("1234", CAME, NOW);
        fixture_open(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, cookie, NOW);
        bool is_wrong = writers[i].write == set_what_is_wrong;
        assert_int_equal(writers[i].write(session), is_wrong ? BOCATA_E_INVALID : BOCATA_OK);
        assert_int_equal(f.not_saved_count, 0);
        bocata_session_free(session);
        fixture_close(&f);
        free(cookie);
    }
}

static void it_can_still_be_read_but_has_no_room(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    assert_int_equal(fixture_send(&f, session, sent), BOCATA_OK);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 1);
    assert_true(bocata_session_has(session, "v"));
    assert_int_equal(bocata_session_room(session), 0);
    assert_int_equal(f.not_saved_count, 0);
    bocata_session_free(session);
    fixture_close(&f);
}

/* It changes nothing where the id is there. What a view had been given is given again. */
static void a_token_is_late_only_where_it_needs_an_id(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    static const struct {
        bool has_id, is_renewed, is_emptied, is_sent, is_late;
    } cases[] = {
        {true, false, false, true, false}, {false, true, false, true, false},
        {false, true, false, false, true}, /* its new id was not sent */
        {true, false, true, true, true},   /* its id went with its cookie */
        {false, false, false, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        fixture_open_counting(&f, (bocata_session_settings){.format = format});
        char *pair = NULL;
        bocata_session *session = fixture_load(&f, NULL, NOW);
        if (cases[i].has_id) {
            bocata_session_ensure_id(session);
            bocata_session_set_int(session, "v", 1);
            session = fixture_round_trip(&f, session, &pair, NOW);
        }
        if (cases[i].is_emptied)
            bocata_session_delete(session, "v");
        if (cases[i].is_renewed)
            bocata_session_renew(session);
        assert_int_equal(fixture_send(&f, session, cases[i].is_sent ? sent : not_sent), BOCATA_OK);
        bocata_str token = bocata_str_of(bocata_csrf_token(session));
        assert_int_equal(token.len == 0, cases[i].is_late);
        assert_int_equal(f.not_saved_count, cases[i].is_late);
        assert_int_equal(bocata_csrf_token_is_good(session, token), !cases[i].is_late);
        assert_string_equal(bocata_csrf_token(session), token.ptr);
        bocata_session_free(session);
        free(pair);
        fixture_close(&f);
    }
}

/* What writes while the session is saved, or told of. */
typedef struct meddler {
    bocata_session *session;
    unsigned told;
} meddler;

static void meddle_on_event(const bocata_session_event *event, void *user)
{
    meddler *m = user;
    m->told++;
    assert_int_equal(event->status, BOCATA_E_TOO_LATE);
    assert_int_equal(bocata_session_set_int(m->session, "v", 2), BOCATA_E_TOO_LATE);
}

static bocata_status meddle_on_header(void *user, const char *name, const char *value)
{
    meddler *m = user;
    (void)name, (void)value;
    assert_int_equal(bocata_session_clear(m->session), BOCATA_E_TOO_LATE);
    return BOCATA_OK;
}

static void what_writes_from_within_is_too_late(void **state)
{
    bocata_secret *secret = bocata_secret_new("1234", 4);
    bocata_sessions *sessions;
    meddler m = {0};
    (void)state;
    assert_int_equal(bocata_sessions_open((&(bocata_session_settings){.secret_key = secret,
                                                                      .on_event = meddle_on_event,
                                                                      .event_user = &m}),
                                          &sessions, NULL),
                     BOCATA_OK);
    bocata_codec *codec = bocata_codec_new(sessions);
    assert_non_null(codec);
    m.session = bocata_session_load(codec, NULL, 0, NOW);
    bocata_session_set_int(m.session, "v", 1);
    m.told = 0; /* perhaps of a key that could not be locked */
    assert_int_equal(bocata_session_save(m.session, &sent, meddle_on_header, &m), BOCATA_OK);
    assert_int_equal(m.told, 1);
    assert_int_equal(bocata_session_get_int(m.session, "v", 0), 1);
    bocata_session_free(m.session);
    bocata_codec_free(codec);
    bocata_sessions_close(sessions);
    bocata_secret_free(secret);
}

/* Whose save fails, and says so. */
static void without_sessions_nothing_is_late(void **state)
{
    bocata_session *session = bocata_session_load(NULL, NULL, 0, NOW);
    meddler m = {.session = session};
    (void)state;
    assert_int_equal(bocata_session_save(session, &sent, meddle_on_header, &m), BOCATA_E_INVALID);
    assert_int_equal(bocata_session_set_int(session, "v", 1), BOCATA_OK);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 1);
    bocata_session_free(session);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, writers, test_writer);
    SUITE_TEST(&group, in_time_all_of_them_write);
    SUITE_TEST(&group, it_can_still_be_read_but_has_no_room);
    SUITE_BOTH_FORMATS(&group, a_token_is_late_only_where_it_needs_an_id);
    SUITE_TEST(&group, what_writes_from_within_is_too_late);
    SUITE_TEST(&group, without_sessions_nothing_is_late);
    return suite_run(&group, "too late");
}
