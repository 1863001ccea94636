/* The token of a session's forms: which are good, and for how long. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/csrf.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "fixture.h"

static void tokens_differ_on_every_response_and_all_are_good(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    char *pair = NULL, *tokens[5];
    fixture_open(&f, (bocata_session_settings){.format = format}); /* real randomness */
    bocata_session *session = fixture_load(&f, NULL, NOW);
    for (size_t i = 0; i < 5; i++) {
        const char *token = bocata_csrf_token(session);
        assert_int_equal(strlen(token), 86);
        assert_string_equal(bocata_csrf_token(session), token); /* one a response */
        tokens[i] = strdup(token);
        session = fixture_round_trip(&f, session, &pair, NOW);
        assert_int_equal(f.set_cookie[0] != '\0', i == 0); /* the session itself does not change */
    }
    for (size_t i = 0; i < 5; i++) {
        assert_true(bocata_csrf_token_is_good(session, bocata_str_of(tokens[i])));
        for (size_t j = 0; j < i; j++) /* neither half is ever the same */
            for (size_t half = 0; half < 86; half += 43)
                assert_true(memcmp(tokens[i] + half, tokens[j] + half, 42) != 0);
    }
    bocata_session *other = fixture_load(&f, NULL, NOW);
    assert_false(bocata_csrf_token_is_good(other, bocata_str_of(tokens[0])));
    bocata_csrf_token(other);
    assert_false(bocata_csrf_token_is_good(other, bocata_str_of(tokens[0])));
    bocata_session_free(other);
    bocata_session_free(session);
    for (size_t i = 0; i < 5; i++)
        free(tokens[i]);
    free(pair);
    fixture_close(&f);
}

static void no_other_token_is_good(void **state)
{
    fixture f;
    char text[128];
    (void)state;
    fixture_open_counting(&f, (bocata_session_settings){0});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_str token = bocata_str_of(bocata_csrf_token(session));
    assert_true(bocata_csrf_token_is_good(session, token));
    for (size_t len = 0; len < token.len; len++) /* cut */
        assert_false(bocata_csrf_token_is_good(session, (bocata_str){token.ptr, len}));
    for (size_t i = 0; i < token.len; i++) /* one character changed */
        for (unsigned bit = 1; bit < 128; bit <<= 1) {
            memcpy(text, token.ptr, token.len);
            text[i] = (char)(text[i] ^ (char)bit);
            assert_false(bocata_csrf_token_is_good(session, (bocata_str){text, token.len}));
        }
    snprintf(text, sizeof text, "%sA", token.ptr);
    assert_false(bocata_csrf_token_is_good(session, bocata_str_of(text)));
    memset(text, 'A', 86); /* all zero: a mask and a secret that cancel each other out */
    assert_false(bocata_csrf_token_is_good(session, (bocata_str){text, 86}));
    assert_false(bocata_csrf_token_is_good(session, (bocata_str){0}));
    assert_false(bocata_csrf_token_is_good(NULL, token));
    bocata_session_free(session);
    fixture_close(&f);
}

/* What would be good if its id were all zero: anybody can make that. */
static void a_session_without_an_id_has_no_token(void **state)
{
    static const char *const cookies[] = {NULL, "{\"v\": 1}", "{\"_bocata\": {\"max_age\": 60}}"};
    const bocata_str no_id = {(const char[16]){0}, 16};
    unsigned char token[64] = {0};
    char text[86];
    (void)state;
    assert_int_equal(bocata_digest_sum(BOCATA_DIGEST_SHA256,
                                       (bocata_str[]){STR("bocata csrf token"), no_id}, 2,
                                       token + 32),
                     BOCATA_OK);
    bocata_base64_encode(BOCATA_BASE64_URL, token, sizeof token, text);
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        fixture f;
        char *cookie = cookies[i] ? fixture_cookie("1234", cookies[i], NOW) : NULL;
        fixture_open(&f, (bocata_session_settings){0});
        bocata_session *session = fixture_load(&f, cookie, NOW);
        assert_false(bocata_csrf_token_is_good(session, (bocata_str){text, sizeof text}));
        bocata_session_free(session);
        fixture_close(&f);
        free(cookie);
    }
}

static void after_a_log_out_the_page_gets_another_token(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    fixture f;
    fixture_open_counting(&f, (bocata_session_settings){.format = format});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_str before = bocata_str_of(bocata_csrf_token(session));
    bocata_session_clear(session);
    assert_false(bocata_csrf_token_is_good(session, before));
    bocata_str after = bocata_str_of(bocata_csrf_token(session));
    assert_false(str_equal(before, after));
    assert_true(bocata_csrf_token_is_good(session, after));
    assert_false(bocata_csrf_token_is_good(session, before));
    bocata_session_free(session);
    fixture_close(&f);
}

int main(void)
{
    static suite group;
    SUITE_BOTH_FORMATS(&group, tokens_differ_on_every_response_and_all_are_good);
    SUITE_BOTH_FORMATS(&group, after_a_log_out_the_page_gets_another_token);
    SUITE_TEST(&group, no_other_token_is_good);
    SUITE_TEST(&group, a_session_without_an_id_has_no_token);
    return suite_run(&group, "csrf token");
}
