/* What a socket asks of the session it must end with: the id before and after, and until when it
 * lives. (What is written when no cookie can carry it any more: test_too_late.c.) */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/csrf.h>

#include "base/str.h"
#include "fixture.h"
#include "session/codec.h"
#include "session/session.h"

static bocata_response_facts sent_at(int64_t now_s)
{
    return (bocata_response_facts){.status = 200, .now_s = now_s};
}

/* The steps of a view, a letter each: i ensures an id, v sets "v" to 1, w sets "w" to 2, d and D
 * delete them, c clears, f leaves a flash, t asks for a token, r renews, m remembers for 60 s, b
 * sets what is no UTF-8, o asks for the room. */
static void do_steps(bocata_session *session, const char *steps)
{
    for (; *steps; steps++) {
        bocata_status status = *steps == 'i'   ? bocata_session_ensure_id(session)
                               : *steps == 'v' ? bocata_session_set_int(session, "v", 1)
                               : *steps == 'w' ? bocata_session_set_int(session, "w", 2)
                               : *steps == 'd' ? bocata_session_delete(session, "v")
                               : *steps == 'D' ? bocata_session_delete(session, "w")
                               : *steps == 'c' ? bocata_session_clear(session)
                               : *steps == 'f' ? bocata_session_flash(session, "info", "Hello")
                               : *steps == 'r' ? bocata_session_renew(session)
                               : *steps == 'm' ? bocata_session_set_max_age(session, 60)
                                               : BOCATA_OK;
        if (*steps == 'b')
            assert_int_equal(bocata_session_set_string(session, "b", "\xff"), BOCATA_E_INVALID);
        else if (*steps == 't')
            assert_string_not_equal(bocata_csrf_token(session), "");
        else if (*steps == 'o')
            assert_in_range(bocata_session_room(session), 2500, 3072);
        assert_int_equal(status, BOCATA_OK);
    }
}

/* ---- ids ------------------------------------------------------------------------------------- */

/* What an earlier view did, for the cookie that comes; what this one does, and the status of its
 * answer. What goes out: "+" a cookie, "-" a deletion, "" nothing. The id, as the view leaves it
 * and once saved: "" none, "=" the one that came, "*" another. Two are of
 * starlette, which gives an id only where somebody asks, and of sealed. NULL: "+" for the one, ""
 * for the other. */
static struct life {
    const char *intent, *came, *steps;
    int status;
    const char *sent, *id_before[2], *id_after[2];
} lives[] = {
#define BOTH(id)                                                                                   \
    {                                                                                              \
        id, id                                                                                     \
    }
    {"nothing came, nothing is set", "", "i", 200, "", BOTH(""), BOTH("")},
    {"nothing came, set", "", "v", 200, "+", BOTH(""), {"", "*"}},
    {"nothing came, set with an id", "", "iv", 200, "+", BOTH(""), BOTH("*")},
    {"nothing came, set, then an id", "", "vi", 200, "+", BOTH(""), BOTH("*")},
    {"nothing came, an id and its room asked for", "", "iovo", 200, "+", BOTH(""), BOTH("*")},
    {"nothing came, only its room asked for", "", "io", 200, "", BOTH(""), BOTH("")},
    {"nothing came, set and deleted", "", "iovd", 200, "", BOTH(""), BOTH("")},
    {"nothing came, a token after the room", "", "iot", 200, "+", BOTH("*"), BOTH("*")},
    {"nothing came, a flash", "", "if", 200, "+", BOTH(""), BOTH("*")},
    {"nothing came, renewed", "", "r", 200, "+", BOTH("*"), BOTH("*")},
    {"a 500 gives none", "", "iv", 500, "", BOTH(""), BOTH("")},
    {"a failed save gives none", "", "ivb", 200, "", BOTH(""), BOTH("")},

    {"one came, not touched", "iv", "", 200, "", BOTH("="), BOTH("=")},
    {"one came, to be ensured", "iv", "i", 200, "", BOTH("="), BOTH("=")},
    {"one came without", "v", "i", 200, NULL, {"", "="}, {"*", "="}},
    {"one came without, and is asked for its room", "v", "io", 200, NULL, {"", "="}, {"*", "="}},
    {"one came without, on a 500", "v", "i", 500, "", {"", "="}, {"", "="}},
    {"one came, set", "iv", "w", 200, "+", BOTH("="), BOTH("=")},
    {"one came, on a 500", "iv", "w", 500, "", BOTH("="), BOTH("=")},
    {"renewed", "iv", "r", 200, "+", BOTH("*"), BOTH("*")},
    {"renewed, on a 500", "iv", "r", 500, "", BOTH("*"), BOTH("=")},
    {"renewed, and the save failed", "iv", "rb", 200, "", BOTH("*"), BOTH("=")},
    {"cleared", "iv", "c", 200, "-", BOTH(""), BOTH("")},
    {"cleared, with an ensured id", "iv", "ic", 200, "-", BOTH(""), BOTH("")},
    {"cleared, on a 500", "iv", "c", 500, "", BOTH(""), BOTH("=")},
    {"cleared, and the save failed", "iv", "cb", 200, "", BOTH(""), BOTH("=")},
    {"cleared and set", "iv", "cv", 200, "+", BOTH(""), {"", "*"}},
    {"cleared and set, ensured before", "iv", "icv", 200, "+", BOTH(""), BOTH("*")},
    {"cleared and set, ensured after", "iv", "cvi", 200, "+", BOTH(""), BOTH("*")},
    {"cleared, with a word of farewell", "iv", "icf", 200, "+", BOTH(""), BOTH("*")},
    {"cleared, with a token", "iv", "ct", 200, "+", BOTH("*"), BOTH("*")},
    {"emptied", "iv", "d", 200, "-", BOTH(""), BOTH("")},
    {"emptied, with an ensured id", "iv", "id", 200, "-", BOTH(""), BOTH("")},
    {"emptied, on a 500", "iv", "d", 500, "", BOTH(""), BOTH("=")},
    {"emptied and set", "iv", "dw", 200, "+", BOTH("="), BOTH("=")},
    {"emptied, its flash left", "ivf", "d", 200, "+", BOTH("="), BOTH("=")},
    {"a session that is its id", "t", "i", 200, "", BOTH("="), BOTH("=")},
    {"a session that is its id, cleared", "t", "c", 200, "-", BOTH(""), BOTH("")},
};

/* What became of the id that came. */
static void check_id(bocata_str id, bocata_str old, const char *wanted)
{
    assert_int_equal(id.len, wanted[0] ? BOCATA_SESSION_ID_LEN : 0);
    if (wanted[0] == '=')
        assert_true(str_equal(id, old));
    else if (wanted[0] == '*')
        assert_false(str_equal(id, old));
    else
        assert_null(id.ptr);
}

/* What it says once saved is what the browser's cookie says to the next request: id and deadline,
 * to the second. */
static void check_outlook(fixture *f, const bocata_session *session, const char *pair)
{
    int64_t deadline_s = bocata_session_deadline(session);
    bocata_session *next = fixture_load(f, pair, deadline_s == INT64_MAX ? NOW : deadline_s - 1);
    bool is_ended =
        bocata_session_size(next) == 0 && !next->keeps_id && bocata_session_flash_count(next) == 0;

    assert_int_equal(deadline_s == INT64_MAX, is_ended);
    assert_true(str_equal(bocata_session_loaded_id(next), bocata_session_id(session)));
    assert_true(str_equal(bocata_session_id(next), bocata_session_id(session)));
    assert_int_equal(bocata_session_deadline(next), deadline_s);
    bocata_session_free(next);
    if (is_ended)
        return;
    next = fixture_load(f, pair, deadline_s);
    assert_int_not_equal(bocata_session_reason(next), BOCATA_REASON_NONE);
    assert_null(bocata_session_loaded_id(next).ptr);
    assert_int_equal(bocata_session_deadline(next), INT64_MAX);
    bocata_session_free(next);
}

static void test_life(void **state)
{
    struct life *row = *state;
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        char *pair = NULL;
        fixture_open_counting(&f, (bocata_session_settings){.format = fixture_formats[i],
                                                            .absolute_timeout_s = 10 * MAX_AGE});
        bocata_session *session = fixture_load(&f, NULL, NOW - DAY);
        do_steps(session, row->came);
        session = fixture_round_trip(&f, session, &pair, NOW - DAY);
        bocata_str old = bocata_session_loaded_id(session);
        do_steps(session, row->steps);
        check_id(bocata_session_id(session), old, row->id_before[i]);
        bocata_status wanted = strchr(row->steps, 'b') ? BOCATA_E_INVALID : BOCATA_OK;
        bocata_response_facts facts = {.status = row->status, .now_s = NOW};
        assert_int_equal(fixture_send(&f, session, facts), wanted);
        const char *sent = !f.set_cookie[0] ? "" : strstr(f.set_cookie, "=null;") ? "-" : "+";
        const char *wanted_sent = row->sent ? row->sent : i == 0 ? "+" : "";
        assert_string_equal(sent, wanted_sent);
        check_id(bocata_session_id(session), old, row->id_after[i]);
        assert_true(str_equal(bocata_session_loaded_id(session), old)); /* which stays */
        if (sent[0]) {
            free(pair);
            pair = sent[0] == '+' ? fixture_pair(&f) : NULL;
        }
        check_outlook(&f, session, pair);
        bocata_session_free(session);
        free(pair);
        fixture_close(&f);
    }
}

/* ---- an id for what came without ------------------------------------------------------------- */

/* Sent anew, but not brought to life again; where nothing renews, it keeps its time. */
static struct missing {
    const char *intent, *json;
    bocata_rolling rolling;
    int64_t late_s;
    bool is_sent;
    int64_t max_age_s, deadline_s; /* of what is sent */
} missings[] = {
#define HALF BOCATA_ROLLING_HALF_LIFE
#define NEVER BOCATA_ROLLING_NEVER
    {"an id for what came without", "{\"v\": 1}", HALF, 1, true, 100, NOW + 1 + 101},
    {"an id, but no other time", "{\"v\": 1}", NEVER, 1, true, 99, NOW + 101},
    {"an id at the last second", "{\"v\": 1}", NEVER, 100, true, 0, NOW + 101},
    {"no id for what ended meanwhile", "{\"v\": 1}", HALF, 101, false, 0, NOW + 101},
    {"no id for an empty cookie", "{}", HALF, 1, false, 0, INT64_MAX},
    {"no id for an empty cookie, renewed at half", "{}", HALF, 99, false, 0, INT64_MAX},
#undef HALF
#undef NEVER
};

static void test_missing(void **state)
{
    struct missing *row = *state;
    fixture f;
    char *cookie = fixture_cookie("1234", row->json, NOW), attribute[64];
    fixture_open_counting(&f, (bocata_session_settings){.max_age_s = 100, .rolling = row->rolling});
    bocata_session *session = fixture_load(&f, cookie, NOW);
    do_steps(session, "i");
    assert_int_equal(fixture_send(&f, session, sent_at(NOW + row->late_s)), BOCATA_OK);
    assert_int_equal(f.set_cookie[0] != '\0', row->is_sent);
    assert_int_equal(bocata_session_id(session).len, row->is_sent ? BOCATA_SESSION_ID_LEN : 0);
    assert_int_equal(bocata_session_deadline(session), row->deadline_s);
    if (row->is_sent) {
        snprintf(attribute, sizeof attribute, "; Max-Age=%d; ", (int)row->max_age_s);
        assert_non_null(strstr(f.set_cookie, attribute));
    }
    bocata_session_free(session);
    free(cookie);
    fixture_close(&f);
}

static bocata_status no_random(void *user, void *bytes, size_t len)
{
    (void)user, (void)bytes, (void)len;
    return BOCATA_E_CRYPTO;
}

static void an_id_that_cannot_be_made_fails_the_save(void **state)
{
    fixture f;
    (void)state;
    fixture_open(&f, (bocata_session_settings){0});
    bocata_codec_set_random(f.codec, (bocata_random){.fill = no_random});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    do_steps(session, "iv");
    assert_int_equal(fixture_send(&f, session, sent_at(NOW)), BOCATA_E_CRYPTO);
    assert_string_equal(f.set_cookie, "");
    assert_null(bocata_session_id(session).ptr);
    assert_int_equal(bocata_session_deadline(session), INT64_MAX);
    bocata_session_free(session);
    fixture_close(&f);
}

static bocata_status refuse_header(void *user, const char *name, const char *value)
{
    (void)value;
    return strcmp(name, user) == 0 ? BOCATA_E_NOMEM : BOCATA_OK;
}

/* The answer is a 500 without the cookie that was made. */
static void a_header_that_cannot_be_added_leaves_what_came(void **state)
{
    static const char *const names[] = {"Vary", "Set-Cookie", "Cache-Control"};
    bocata_session_format format = *(bocata_session_format *)*state;
    bocata_response_facts facts = sent_at(NOW + 10);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t clears = 0; clears < 2; clears++) {
            fixture f;
            char *pair = NULL, name[16];
            fixture_open_counting(&f, (bocata_session_settings){.format = format});
            bocata_session *session = fixture_load(&f, NULL, NOW);
            do_steps(session, "iv");
            session = fixture_round_trip(&f, session, &pair, NOW);
            do_steps(session, clears ? "c" : "r");
            snprintf(name, sizeof name, "%s", names[i]);
            assert_int_equal(bocata_session_save(session, &facts, refuse_header, name),
                             BOCATA_E_NOMEM);
            check_id(bocata_session_id(session), bocata_session_loaded_id(session), "=");
            assert_int_equal(bocata_session_deadline(session), NOW + MAX_AGE + 1);
            bocata_session_free(session);
            free(pair);
            fixture_close(&f);
        }
}

/* ---- until when ------------------------------------------------------------------------------ */

/* Loaded and saved at NOW, what came sent at NOW - 10; as the view leaves it, and once saved. */
static struct outlook {
    const char *intent, *came, *steps;
    int64_t max_age_s, idle_timeout_s, absolute_timeout_s, before_s, after_s;
} outlooks[] = {
    {"empty: never", "", "", 100, 9, 9, INT64_MAX, INT64_MAX},
    {"new: as if sent at once", "", "v", 100, 0, 0, NOW + 101, NOW + 101},
    {"new: idle", "", "v", 100, 50, 0, NOW + 51, NOW + 51},
    {"new: absolute", "", "v", 100, 0, 50, NOW + 51, NOW + 51},
    {"new: any age", "", "v", BOCATA_MAX_AGE_NONE, 0, 0, INT64_MAX, INT64_MAX},
    {"new: always expired", "", "v", -1, 0, 0, 0, 0},
    {"not touched", "v", "", 100, 0, 0, NOW + 91, NOW + 91},
    {"renewed at half", "v", "", 18, 0, 0, NOW + 9, NOW + 19},
    {"changed", "v", "w", 100, 0, 0, NOW + 91, NOW + 101},
    {"changed: the absolute timeout stays", "v", "w", 100, 0, 60, NOW + 51, NOW + 51},
    {"renewed: the absolute timeout does not", "v", "r", 100, 0, 60, NOW + 61, NOW + 61},
    {"remembered", "v", "m", 100, 0, 0, NOW + 51, NOW + 61},
    {"cleared: never", "v", "c", 100, 0, 0, INT64_MAX, INT64_MAX},
    {"cleared and set: another", "v", "cw", 100, 0, 60, NOW + 61, NOW + 61},
    {"emptied: never", "v", "d", 100, 0, 0, INT64_MAX, INT64_MAX},
};

static void test_outlook(void **state)
{
    struct outlook *row = *state;
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        char *pair = NULL;
        fixture_open_counting(
            &f, (bocata_session_settings){.format = fixture_formats[i],
                                          .max_age_s = row->max_age_s,
                                          .idle_timeout_s = row->idle_timeout_s,
                                          .absolute_timeout_s = row->absolute_timeout_s});
        bocata_session *session = fixture_load(&f, NULL, NOW - 10);
        do_steps(session, row->came);
        bocata_session_free(fixture_round_trip(&f, session, &pair, NOW - 10));
        session = fixture_load(&f, pair, NOW);
        do_steps(session, row->steps);
        assert_int_equal(bocata_session_deadline(session), row->before_s);
        assert_int_equal(fixture_send(&f, session, sent_at(NOW)), BOCATA_OK);
        assert_int_equal(bocata_session_deadline(session), row->after_s);
        bocata_session_free(session);
        free(pair);
        fixture_close(&f);
    }
}

/* A socket holds its session for long. */
static void nothing_is_kept_twice(void **state)
{
    fixture f;
    char *bare = fixture_cookie("1234",
                                "{\"v\": 1, \"_bocata\": {\"id\": \"AAECAwQFBgcICQoLDA0ODw\", "
                                "\"created\": 1, \"max_age\": null}}",
                                NOW);
    char *with_flash = fixture_cookie("1234",
                                      "{\"_bocata\": {\"created\": 1, "
                                      "\"flash\": [[\"info\", \"Hello\"]]}}",
                                      NOW);
    (void)state;

    fixture_open(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, bare, NOW);
    assert_int_equal(bocata_session_loaded_id(session).len, 16);
    assert_null(session->reserved);
    bocata_session_free(session);
    session = fixture_load(&f, with_flash, NOW);
    assert_int_equal(session->loaded.created_s, 1);
    assert_int_equal(json_object_size(session->reserved), 1); /* the flash */
    bocata_session_free(session);
    free(bare);
    free(with_flash);
    fixture_close(&f);
}

static void without_sessions_nothing_outlives(void **state)
{
    bocata_session *session = bocata_session_load(NULL, NULL, 0, NOW);
    (void)state;
    assert_int_equal(bocata_session_ensure_id(session), BOCATA_E_INVALID);
    assert_int_equal(bocata_session_set_int(session, "v", 1), BOCATA_OK);
    assert_null(bocata_session_id(session).ptr);
    assert_null(bocata_session_loaded_id(session).ptr);
    assert_int_equal(bocata_session_deadline(session), INT64_MAX);
    bocata_session_free(session);

    assert_int_equal(bocata_session_ensure_id(NULL), BOCATA_E_INVALID);
    assert_null(bocata_session_id(NULL).ptr);
    assert_null(bocata_session_loaded_id(NULL).ptr);
    assert_int_equal(bocata_session_deadline(NULL), INT64_MAX);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, lives, test_life);
    SUITE_ROWS(&group, missings, test_missing);
    SUITE_TEST(&group, an_id_that_cannot_be_made_fails_the_save);
    SUITE_BOTH_FORMATS(&group, a_header_that_cannot_be_added_leaves_what_came);
    SUITE_ROWS(&group, outlooks, test_outlook);
    SUITE_TEST(&group, nothing_is_kept_twice);
    SUITE_TEST(&group, without_sessions_nothing_outlives);
    return suite_run(&group, "outliving");
}
