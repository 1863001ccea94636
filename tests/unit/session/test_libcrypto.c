/* A libcrypto that fails, as one whose FIPS provider is in its error state: a cookie that could not
 * be verified is not taken for a forged one, and nothing is sent that is not signed. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <bocata/csrf.h>

#include "base/str.h"
#include "fixture.h"

static size_t calls_until_failure; /* 0: none fails */

static bool fails(void)
{
    return calls_until_failure && --calls_until_failure == 0;
}

/* The linker sends the library's calls here (--wrap). */
int __real_EVP_MAC_final(EVP_MAC_CTX *context, unsigned char *out, size_t *len, size_t cap);
int __real_EVP_CipherInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                              const unsigned char *key, const unsigned char *iv, int enc,
                              const OSSL_PARAM params[]);
int __real_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_len,
                            const unsigned char *in, int in_len);
int __real_EVP_EncryptUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_len,
                             const unsigned char *in, int in_len);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *out, unsigned *len);
int __wrap_EVP_MAC_final(EVP_MAC_CTX *context, unsigned char *out, size_t *len, size_t cap);
int __wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                              const unsigned char *key, const unsigned char *iv, int enc,
                              const OSSL_PARAM params[]);
int __wrap_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_len,
                            const unsigned char *in, int in_len);
int __wrap_EVP_EncryptUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_len,
                             const unsigned char *in, int in_len);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *out, unsigned *len);

int __wrap_EVP_MAC_final(EVP_MAC_CTX *context, unsigned char *out, size_t *len, size_t cap)
{
    return fails() ? 0 : __real_EVP_MAC_final(context, out, len, cap);
}

int __wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher,
                              const unsigned char *key, const unsigned char *iv, int enc,
                              const OSSL_PARAM params[])
{
    return fails() ? 0 : __real_EVP_CipherInit_ex2(context, cipher, key, iv, enc, params);
}

int __wrap_EVP_CipherUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_len,
                            const unsigned char *in, int in_len)
{
    return fails() ? 0 : __real_EVP_CipherUpdate(context, out, out_len, in, in_len);
}

int __wrap_EVP_EncryptUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *out_len,
                             const unsigned char *in, int in_len)
{
    return fails() ? 0 : __real_EVP_EncryptUpdate(context, out, out_len, in, in_len);
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *out, unsigned *len)
{
    return fails() ? 0 : __real_EVP_DigestFinal_ex(context, out, len);
}

/* A codec with one old key, and the cookies that each of the two keys made. */
typedef struct rotated {
    fixture f;
    char *of_old, *of_new;
} rotated;

static char *cookie_of(const bocata_secret *key, bocata_session_format format)
{
    fixture f;
    fixture_open(&f, (bocata_session_settings){.format = format, .secret_key = key});
    bocata_session *session = fixture_load(&f, NULL, NOW);
    bocata_session_set_int(session, "v", 1);
    assert_int_equal(fixture_save(&f, session, NOW), BOCATA_OK);
    char *pair = fixture_pair(&f);
    fixture_close(&f);
    return pair;
}

static void open_rotated(rotated *r, bocata_session_format format)
{
    bocata_secret *old = bocata_secret_new("old", 3), *new = bocata_secret_new("new", 3);
    const bocata_secret *fallbacks[] = {old};
    r->of_old = cookie_of(old, format);
    r->of_new = cookie_of(new, format);
    fixture_open(&r->f, (bocata_session_settings){.format = format,
                                                  .secret_key = new,
                                                  .secret_key_fallbacks = fallbacks,
                                                  .secret_key_fallback_count = 1});
    bocata_secret_free(old);
    bocata_secret_free(new);
}

static void close_rotated(rotated *r)
{
    fixture_close(&r->f);
    free(r->of_old);
    free(r->of_new);
}

/* Lets each call that the load of a cookie makes fail in turn; returns how many there are. */
static size_t load_failing(rotated *r, const char *cookie)
{
    bocata_str header = bocata_str_of(cookie);
    bocata_sessions_counts counts;
    bocata_session *session = NULL;
    size_t calls = 0;

    while (!session) {
        calls_until_failure = ++calls;
        session = bocata_session_load(r->f.codec, &header, 1, NOW);
        calls_until_failure = 0;
        assert_int_equal(r->f.refused_count, 0);
    }
    assert_int_equal(bocata_session_reason(session), BOCATA_REASON_NONE);
    assert_int_equal(bocata_session_get_int(session, "v", 0), 1);
    bocata_session_free(session);
    bocata_sessions_stats(r->f.sessions, &counts);
    assert_int_equal(counts.loaded[BOCATA_REASON_BAD_SIGNATURE], 0);
    return calls - 1;
}

static void what_cannot_be_verified_is_not_refused(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    rotated r;
    open_rotated(&r, format);
    assert_in_range(load_failing(&r, r.of_new), 1, 20);
    assert_in_range(load_failing(&r, r.of_old), 1, 20);
    close_rotated(&r);
}

static void what_cannot_be_signed_is_not_sent(void **state)
{
    bocata_session_format format = *(bocata_session_format *)*state;
    rotated r;
    bocata_status status = BOCATA_E_CRYPTO;
    size_t calls = 0;
    open_rotated(&r, format);
    while (status != BOCATA_OK) {
        bocata_session *session = fixture_load(&r.f, r.of_new, NOW);
        bocata_session_set_int(session, "v", 2);
        calls_until_failure = ++calls;
        status = fixture_save(&r.f, session, NOW);
        calls_until_failure = 0;
        assert_int_equal(status == BOCATA_OK, r.f.set_cookie[0] != '\0');
        if (status != BOCATA_OK) {
            assert_int_equal(status, BOCATA_E_CRYPTO);
            assert_int_equal(r.f.event.status, BOCATA_E_CRYPTO);
        }
    }
    assert_in_range(calls - 1, 1, 20);
    close_rotated(&r);
}

static void a_token_that_cannot_be_made_or_checked_is_none(void **state)
{
    rotated r;
    (void)state;
    open_rotated(&r, BOCATA_FORMAT_SEALED);
    bocata_session *session = fixture_load(&r.f, r.of_new, NOW);
    char *token = strdup(bocata_csrf_token(session));
    calls_until_failure = 1;
    assert_false(bocata_csrf_token_is_good(session, bocata_str_of(token)));
    assert_true(bocata_csrf_token_is_good(session, bocata_str_of(token)));
    bocata_session_free(session);

    session = fixture_load(&r.f, r.of_new, NOW);
    calls_until_failure = 1;
    assert_string_equal(bocata_csrf_token(session), "");
    assert_int_equal(fixture_save(&r.f, session, NOW), BOCATA_E_CRYPTO);
    assert_string_equal(r.f.set_cookie, "");
    free(token);
    close_rotated(&r);
}

int main(void)
{
    static suite group;
    SUITE_BOTH_FORMATS(&group, what_cannot_be_verified_is_not_refused);
    SUITE_BOTH_FORMATS(&group, what_cannot_be_signed_is_not_sent);
    SUITE_TEST(&group, a_token_that_cannot_be_made_or_checked_is_none);
    return suite_run(&group, "libcrypto");
}
