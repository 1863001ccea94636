/* Two threads, a codec each, one bocata_sessions: meant for a build with -Db_sanitize=thread. */
#include "suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define ROUNDS 2000

static atomic_uint refused, not_saved;

static void on_event(const bocata_session_event *event, void *user)
{
    (void)user;
    atomic_fetch_add(event->kind == BOCATA_SESSION_EVENT_REFUSED ? &refused : &not_saved, 1);
}

static bocata_status add_header(void *user, const char *name, const char *value)
{
    char *pair = user;
    if (strcmp(name, "Set-Cookie") == 0) {
        size_t len = strcspn(value, ";");
        memcpy(pair, value, len);
        pair[len] = '\0';
    }
    return BOCATA_OK;
}

/* Each round is a request without a cookie, one with the cookie of the round before, a forged one,
 * and one that cannot be saved. */
typedef struct worker {
    const bocata_sessions *sessions;
    json_int_t first;
    bool is_good;
} worker;

static bool round_trip(bocata_codec *codec, json_int_t value)
{
    char pair[512] = "session=forged";
    bocata_str header = bocata_str_of(pair);
    bocata_response_facts facts = {.status = 200, .now_s = NOW};

    bocata_session *session = bocata_session_load(codec, &header, 1, NOW);
    bool is_good = bocata_session_reason(session) == BOCATA_REASON_MALFORMED;
    bocata_session_free(session);

    session = bocata_session_load(codec, NULL, 0, NOW);
    bocata_session_set_int(session, "v", value);
    is_good = is_good && bocata_session_save(session, &facts, add_header, pair) == BOCATA_OK;
    bocata_session_free(session);

    header = bocata_str_of(pair);
    session = bocata_session_load(codec, &header, 1, NOW);
    is_good = is_good && bocata_session_get_int(session, "v", -1) == value;
    bocata_session_set_string(session, "\xff", "");
    is_good = is_good && bocata_session_save(session, &facts, add_header, pair) == BOCATA_E_INVALID;
    bocata_session_free(session);
    return is_good;
}

static void *work(void *user)
{
    worker *self = user;
    bocata_codec *codec = bocata_codec_new(self->sessions);
    bocata_sessions_counts counts;
    uint64_t seen = 0;

    self->is_good = codec != NULL;
    for (json_int_t i = 0; i < ROUNDS && self->is_good; i++) {
        self->is_good = round_trip(codec, self->first + i);
        bocata_sessions_stats(self->sessions, &counts);
        self->is_good = self->is_good && counts.loaded[BOCATA_REASON_NONE] > seen;
        seen = counts.loaded[BOCATA_REASON_NONE];
    }
    bocata_codec_free(codec);
    return NULL;
}

static void counts_are_exact(void **state)
{
    bocata_secret *secret = bocata_secret_new("1234", 4);
    bocata_session_settings settings = {.secret_key = secret, .on_event = on_event};
    bocata_sessions *sessions;
    worker workers[2];
    pthread_t threads[2];
    (void)state;

    assert_int_equal(bocata_sessions_open(&settings, &sessions, NULL), BOCATA_OK);
    atomic_store(&not_saved, 0); /* what the open told, where memory cannot be locked */
    for (size_t i = 0; i < 2; i++) {
        workers[i] = (worker){.sessions = sessions, .first = (json_int_t)i * 1000000};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(workers[0].is_good);
    assert_true(workers[1].is_good);

    bocata_sessions_counts counts;
    bocata_sessions_stats(sessions, &counts);
    for (size_t i = 0; i < BOCATA_REASON_COUNT; i++) {
        bool is_met =
            i == BOCATA_REASON_NONE || i == BOCATA_REASON_ABSENT || i == BOCATA_REASON_MALFORMED;
        assert_int_equal(counts.loaded[i], is_met ? 2 * ROUNDS : 0);
    }
    assert_int_equal(atomic_load(&refused), 1); /* in one second, for one reason */
    assert_int_equal(atomic_load(&not_saved), 2 * ROUNDS);
    bocata_sessions_close(sessions);
    bocata_secret_free(secret);
}

int main(void)
{
    static suite group;
    SUITE_TEST(&group, counts_are_exact);
    return suite_run(&group, "threads");
}
