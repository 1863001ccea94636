/* A key that is rotated: three generations of one application, each with the keys of those before,
 * while requests go on in several threads. */
#include "suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define GENERATIONS 3
#define BROWSERS 3
#define ROUNDS 100 /* at least so many requests of each browser in each generation */

static const char *const keys[GENERATIONS] = {"the first key", "the second key", "the third key"};

/* The application after `generation` rotations: its own key, and at most `fallback_max` before. */
static void open_generation(fixture *f, bocata_session_settings settings, size_t generation,
                            size_t fallback_max)
{
    bocata_secret *secrets[GENERATIONS];
    size_t count = 0;

    for (size_t i = generation + 1; i-- > 0 && count <= fallback_max; count++)
        secrets[count] = bocata_secret_new(keys[i], strlen(keys[i]));
    settings.secret_key = secrets[0];
    if (count > 1)
        settings.secret_key_fallbacks = (const bocata_secret *const *)(void *)(secrets + 1);
    settings.secret_key_fallback_count = count - 1;
    fixture_open(f, settings);
    while (count > 0)
        bocata_secret_free(secrets[--count]);
}

static uint64_t accepted_by(const fixture *f, size_t key_index)
{
    bocata_sessions_counts counts;
    bocata_sessions_stats(f->sessions, &counts);
    return counts.keys[key_index];
}

/* ---- one request after the other ------------------------------------------------------------- */

static struct format_row {
    const char *intent;
    bocata_session_format format;
} format_rows[] = {
    {"a rotation: starlette", BOCATA_FORMAT_STARLETTE},
    {"a rotation: sealed", BOCATA_FORMAT_SEALED},
};

static void test_rotation(void **state)
{
    struct format_row *row = *state;
    bocata_session_settings settings = {.format = row->format};
    fixture f;

    open_generation(&f, settings, 0, 0);
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 7);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f);
    fixture_close(&f);

    for (size_t generation = 1; generation < GENERATIONS; generation++) {
        open_generation(&f, settings, generation, 1);
        session = fixture_load(&f, pair, NOW); /* only read */
        assert_int_equal(bocata_session_get_int(session, "v", 0), 7);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        assert_int_equal(accepted_by(&f, 0), 0);
        assert_int_equal(accepted_by(&f, 1), 1);
        free(pair);
        pair = fixture_pair(&f); /* sent anew all the same, under the newest key */
        session = fixture_load(&f, pair, NOW);
        assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
        assert_string_equal(f.set_cookie, ""); /* and that once */
        assert_int_equal(accepted_by(&f, 0), 1);
        fixture_close(&f);
    }
    open_generation(&f, settings, GENERATIONS - 1, 0); /* the old keys can go */
    session = fixture_load(&f, pair, NOW);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 7);
    bocata_session_free(session);
    fixture_close(&f);
    open_generation(&f, settings, 0, 0); /* which never verified the new one's */
    session = fixture_load(&f, pair, NOW);
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_BAD_SIGNATURE);
    bocata_session_free(session);
    fixture_close(&f);
    free(pair);
}

/* With `rolling` never a new key alone does not lengthen a session's life: what is left of it, and
 * for how many seconds from the cookie's first time the server takes it. */
static struct unrenewed {
    const char *intent;
    int64_t max_age_s, age_s;
    bool is_changed;
    const char *attributes;
    int64_t alive_s; /* and a second later it is over; -1: for ever */
} unrenewed[] = {
    {"never: only read", 100, 60, false, "; path=/; Max-Age=40; httponly", 100},
    {"never: in its last second", 100, 100, false, "; path=/; Max-Age=0; httponly", 100},
    {"never: from the future", 100, -30, false, "; path=/; Max-Age=100; httponly", 100},
    {"never: without a max_age", BOCATA_MAX_AGE_NONE, 60, false, "; path=/; httponly", -1},
    {"never: changed", 100, 60, true, "; path=/; Max-Age=100; httponly", 160},
};

static void test_unrenewed(void **state)
{
    struct unrenewed *row = *state;
    fixture f;
    char *pair = fixture_cookie(keys[0], "{\"v\": 7}", NOW);
    open_generation(
        &f, (bocata_session_settings){.rolling = BOCATA_ROLLING_NEVER, .max_age_s = row->max_age_s},
        1, 1);
    bocata_session *session = fixture_load(&f, pair, NOW + row->age_s);
    if (row->is_changed)
        bocata_session_set_int(session, "v", 8);
    assert_int_equal(fixture_save(&f, session, NOW + row->age_s), BOCATA_OK);
    assert_non_null(strstr(f.set_cookie, row->attributes));
    free(pair);
    pair = fixture_pair(&f);
    for (int64_t late_s = 0; row->alive_s >= 0 && late_s <= 1; late_s++) {
        session = fixture_load(&f, pair, NOW + row->alive_s + late_s);
        assert_int_equal(bocata_session_reason(session),
                         late_s ? BOCATA_REASON_EXPIRED : BOCATA_REASON_NONE);
        bocata_session_free(session);
    }
    free(pair);
    fixture_close(&f);
}

/* ---- requests in several threads, while the generations change ------------------------------- */

/* What every thread serves with: it goes on by one while they run. */
static fixture served[GENERATIONS];
static atomic_size_t generation_now;

typedef struct browser {
    char pair[1024];
    json_int_t value;
    atomic_uint_fast64_t loads[GENERATIONS];
    bool is_good;
} browser;

static bocata_status keep_cookie(void *user, const char *name, const char *value)
{
    browser *self = user;
    if (strcmp(name, "Set-Cookie") == 0)
        snprintf(self->pair, sizeof self->pair, "%.*s", (int)strcspn(value, ";"), value);
    return BOCATA_OK;
}

static bool request(browser *self, bocata_codec *codec, bool writes)
{
    bocata_str header = bocata_str_of(self->pair);
    bocata_response_facts facts = {.status = 200, .now_s = NOW};
    bocata_session *session = bocata_session_load(codec, &header, self->pair[0] ? 1 : 0, NOW);
    bool is_good = session && bocata_session_get_int(session, "v", 0) == self->value;

    if (writes)
        bocata_session_set_int(session, "v", ++self->value);
    is_good = is_good && bocata_session_save(session, &facts, keep_cookie, self) == BOCATA_OK;
    bocata_session_free(session);
    return is_good;
}

static void *browse(void *user)
{
    browser *self = user;
    bocata_codec *codecs[GENERATIONS];

    for (size_t i = 0; i < GENERATIONS; i++)
        codecs[i] = bocata_codec_new(served[i].sessions);
    self->is_good = true;
    while (atomic_load(&self->loads[GENERATIONS - 1]) < ROUNDS) {
        size_t generation = atomic_load(&generation_now);
        bool writes = atomic_load(&self->loads[generation]) % 3 == 0;
        self->is_good = request(self, codecs[generation], writes) && self->is_good;
        atomic_fetch_add(&self->loads[generation], 1);
    }
    for (size_t i = 0; i < GENERATIONS; i++)
        bocata_codec_free(codecs[i]);
    return NULL;
}

/* True once each has been served often enough by this generation. */
static bool have_been_served(browser *browsers, size_t generation)
{
    for (size_t i = 0; i < BROWSERS; i++)
        if (atomic_load(&browsers[i].loads[generation]) < ROUNDS)
            return false;
    return true;
}

static void check_counts(const browser *browsers, size_t generation)
{
    bocata_sessions_counts counts;
    uint64_t loads = 0, by_keys = 0;

    bocata_sessions_stats(served[generation].sessions, &counts);
    for (size_t i = 0; i < BROWSERS; i++)
        loads += atomic_load(&browsers[i].loads[generation]);
    for (size_t key = 0; key < BOCATA_KEYS_MAX; key++)
        by_keys += counts.keys[key];
    assert_int_equal(counts.loaded[BOCATA_REASON_NONE], by_keys);
    assert_int_equal(counts.loaded[BOCATA_REASON_ABSENT], generation == 0 ? BROWSERS : 0);
    assert_int_equal(by_keys + counts.loaded[BOCATA_REASON_ABSENT], loads);
    /* Each came once with a cookie of the generation before. */
    assert_int_equal(counts.keys[1], generation == 0 ? 0 : BROWSERS);
    assert_int_equal(by_keys, counts.keys[0] + counts.keys[1]);
}

static void nobody_is_logged_out_while_keys_rotate(void **state)
{
    struct format_row *row = *state;
    bocata_session_settings settings = {.format = row->format};
    browser *browsers = calloc(BROWSERS, sizeof *browsers);
    pthread_t threads[BROWSERS];

    assert_non_null(browsers);
    atomic_store(&generation_now, 0);
    for (size_t i = 0; i < GENERATIONS; i++)
        open_generation(&served[i], settings, i, GENERATIONS);
    for (size_t i = 0; i < BROWSERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, browse, &browsers[i]), 0);
    for (size_t i = 0; i + 1 < GENERATIONS; i++) {
        while (!have_been_served(browsers, i))
            sched_yield();
        atomic_store(&generation_now, i + 1);
    }
    for (size_t i = 0; i < BROWSERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(browsers[i].is_good);
    }
    for (size_t i = 0; i < GENERATIONS; i++) {
        check_counts(browsers, i);
        fixture_close(&served[i]);
    }
    free(browsers);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, format_rows, test_rotation);
    SUITE_ROWS(&group, unrenewed, test_unrenewed);
    suite_add(&group, "nobody is logged out while keys rotate: starlette",
              nobody_is_logged_out_while_keys_rotate, &format_rows[0]);
    suite_add(&group, "nobody is logged out while keys rotate: sealed",
              nobody_is_logged_out_while_keys_rotate, &format_rows[1]);
    return suite_run(&group, "keys");
}
