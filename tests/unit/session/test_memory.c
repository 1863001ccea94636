/* Memory that the system refuses: to lock, or to give at all. The n-th allocation fails, for each
 * n: nothing crashes, nothing leaks, and no cookie is sent that holds less than what a view put in.
 * What jansson itself allocates fails while a cookie is read (a long string in it might come out a
 * byte short: jansson ignores that failure, which nobody can see). */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "failing_memory.h"
#include "fixture.h"

static bool refuses_locks;

int __real_mlock(const void *address, size_t len);
int __wrap_mlock(const void *address, size_t len);

int __wrap_mlock(const void *address, size_t len)
{
    return refuses_locks ? -1 : __real_mlock(address, len);
}

static void memory_that_is_not_locked_is_told_once(void **state)
{
    fixture f;
    (void)state;
    refuses_locks = true;
    bocata_secret *secret = bocata_secret_new("1234", 4);
    assert_false(bocata_secret_is_locked(secret));
    fixture_open(&f, (bocata_session_settings){.secret_key = secret});
    refuses_locks = false;
    assert_int_equal(f.not_locked_count, 1);
    fixture_close(&f);
    bocata_secret_free(secret);
}

static bocata_status keep_cookie(void *user, const char *name, const char *value)
{
    char *cookie = user;
    if (strcmp(name, "Set-Cookie") == 0)
        strcpy(cookie, value);
    return BOCATA_OK;
}

/* One request that counts; true if it came to its end. */
static bool count_once(const bocata_secret *secret, const char *cookie_in, char *cookie_out)
{
    const bocata_response_facts facts = {.status = 200, .now_s = NOW};
    bocata_session_settings settings = {.secret_key = secret};
    bocata_str cookies = bocata_str_of(cookie_in);
    bocata_sessions *sessions;
    bool is_done = false;

    cookie_out[0] = '\0';
    if (bocata_sessions_open(&settings, &sessions, NULL) != BOCATA_OK)
        return false;
    bocata_codec *codec = bocata_codec_new(sessions);
    bocata_session *session = codec ? bocata_session_load(codec, &cookies, 1, NOW) : NULL;
    if (session) {
        bocata_session_set_int(session, "n", bocata_session_get_int(session, "n", 0) + 1);
        is_done = bocata_session_save(session, &facts, keep_cookie, cookie_out) == BOCATA_OK;
    }
    bocata_session_free(session);
    bocata_codec_free(codec);
    bocata_sessions_close(sessions);
    return is_done;
}

static void each_allocation_may_fail(void **state)
{
    char first[8192], second[8192], got[8192];
    bocata_secret *secret = bocata_secret_new("key", 3);
    size_t failures = 0;
    (void)state;

    assert_true(count_once(secret, "", first));
    assert_true(count_once(secret, first, second));
    for (bool is_done = false; !is_done; failures++) {
        allocations_until_failure = failures + 1;
        is_done = count_once(secret, first, got);
        allocations_until_failure = 0;
        assert_string_equal(got, is_done ? second : "");
    }
    assert_in_range(failures, 8, 100); /* it was really the library's memory that failed */
    bocata_secret_free(secret);
}

static void *allocate_for_jansson(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

/* A good cookie that there is no memory for is no refused one: it would be overwritten. */
static void a_cookie_that_cannot_be_parsed_is_not_refused(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    bool is_done = false;
    size_t failures = 0;
    fixture f;

    fixture_open(&f, (bocata_session_settings){.format = format});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_update(session, json_pack("{s:s, s:[i, f, b, n], s:{s:s}}", "user", "ann",
                                             "roles", 1, 2.5, 1, "of", "team", "blue"));
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f);
    bocata_str header = bocata_str_of(pair);
    for (; !is_done; failures++) {
        json_set_alloc_funcs(allocate_for_jansson, free);
        allocations_until_failure = failures + 1;
        session = bocata_session_load(f.codec, &header, 1, NOW);
        is_done = allocations_until_failure > 0;
        allocations_until_failure = 0;
        json_set_alloc_funcs(malloc, free);
        if (session)
            assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
        assert_int_equal(bocata_session_size(session), session ? 3 : 0);
        bocata_session_free(session);
    }
    assert_in_range(failures, 20, 200);
    assert_int_equal(f.refused_count, 0);
    fixture_close(&f);
    free(pair);
}

int main(void)
{
    static suite group;
    SUITE_TEST(&group, memory_that_is_not_locked_is_told_once);
    SUITE_TEST(&group, each_allocation_may_fail);
    SUITE_BOTH_FORMATS(&group, a_cookie_that_cannot_be_parsed_is_not_refused);
    return suite_run(&group, "memory");
}
