#include "suite.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/str.h"
#include "crypto/xaes.h"

#define NONCE ((const unsigned char *)"ABCDEFGHIJKLMNOPQRSTUVWX")
#define TEXT_LEN_MAX 4096

static bocata_xaes keyed(unsigned char fill)
{
    unsigned char key[BOCATA_XAES_KEY_LEN];
    bocata_xaes xaes;

    memset(key, fill, sizeof key);
    assert_int_equal(bocata_xaes_init(&xaes, key), BOCATA_OK);
    return xaes;
}

static bocata_str str_of(const unsigned char *bytes, size_t len)
{
    return (bocata_str){(const char *)bytes, len};
}

/* The first two are C2SP's; the others come from Python's cryptography (AES in ECB mode, AESGCM).
 */
static struct row {
    const char *intent;
    unsigned char key;
    const char *plain, *aad, *hex;
} rows[] = {
    {"C2SP's vector without AAD, whose L has no high bit", 1, "XAES-256-GCM", NULL,
     "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
    {"C2SP's vector with AAD, whose L has one", 3, "XAES-256-GCM", "c2sp.org/XAES-256-GCM",
     "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
    {"no plaintext", 1, NULL, "aad", "6e51fa7f3fc77a7110c9eba479e6c4ae"},
    {"neither plaintext nor AAD", 1, NULL, NULL, "1b2b14eeaf4dc54b72bc3bfa370b0177"},
    {"an empty AAD is like none", 1, "XAES-256-GCM", "",
     "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
};

/* The second use is what would show a context that kept anything of the first. */
static void test_row(void **state)
{
    struct row *row = *state;
    bocata_xaes xaes = keyed(row->key);
    bocata_str plain = bocata_str_of(row->plain), aad = bocata_str_of(row->aad);
    unsigned char sealed[64], opened[64], other[64], *tag = sealed + plain.len;
    char text[2 * sizeof sealed + 1];

    for (int use = 0; use < 2; use++) {
        assert_int_equal(bocata_xaes_seal(&xaes, NONCE, aad, plain, sealed, tag), BOCATA_OK);
        for (size_t i = 0; i < plain.len + BOCATA_XAES_TAG_LEN; i++)
            snprintf(text + 2 * i, 3, "%02x", sealed[i]);
        assert_string_equal(text, row->hex);
        assert_int_equal(
            bocata_xaes_open(&xaes, NONCE, aad, str_of(sealed, plain.len), tag, opened), BOCATA_OK);
        if (plain.len)
            assert_memory_equal(opened, plain.ptr, plain.len);
        assert_int_equal(bocata_xaes_seal(&xaes, NONCE + 1, STR("x"), STR("another"), other,
                                          other + strlen("another")),
                         BOCATA_OK);
    }
    bocata_xaes_done(&xaes);
    assert_null(xaes.ecb);
    bocata_xaes_done(&xaes);
}

/* ---- C2SP's accumulated test ----------------------------------------------------------------- */

#define ITERATIONS 10000

static unsigned char *shake128(const unsigned char *bytes, size_t bytes_len, size_t len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char *out = malloc(len);

    assert_true(context && out && EVP_DigestInit_ex2(context, EVP_shake128(), NULL) &&
                EVP_DigestUpdate(context, bytes, bytes_len) &&
                EVP_DigestFinalXOF(context, out, len));
    EVP_MD_CTX_free(context);
    return out;
}

static const unsigned char *take(const unsigned char **stream, size_t len)
{
    const unsigned char *taken = *stream;
    *stream += len;
    return taken;
}

static size_t iterate(const unsigned char **stream, unsigned char *sealed)
{
    unsigned char opened[255];
    bocata_xaes xaes;

    assert_int_equal(bocata_xaes_init(&xaes, take(stream, 32)), BOCATA_OK);
    const unsigned char *nonce = take(stream, 24);
    size_t len = *take(stream, 1);
    bocata_str plain = str_of(take(stream, len), len);
    size_t aad_len = *take(stream, 1);
    bocata_str aad = str_of(take(stream, aad_len), aad_len);
    assert_int_equal(bocata_xaes_seal(&xaes, nonce, aad, plain, sealed, sealed + len), BOCATA_OK);
    assert_int_equal(bocata_xaes_open(&xaes, nonce, aad, str_of(sealed, len), sealed + len, opened),
                     BOCATA_OK);
    assert_memory_equal(opened, plain.ptr, len);
    bocata_xaes_done(&xaes);
    return len + BOCATA_XAES_TAG_LEN;
}

/* Keys, nonces and texts are the SHAKE-128 of nothing; the answer is that of all ciphertexts. */
static void ten_thousand_random_messages(void **state)
{
    const size_t seed_len = ITERATIONS * (32 + 24 + 2 * (1 + 255));
    unsigned char *seed = shake128(NULL, 0, seed_len);
    unsigned char *sealed = malloc(ITERATIONS * (255 + BOCATA_XAES_TAG_LEN));
    const unsigned char *stream = seed;
    char text[65];
    size_t len = 0;
    (void)state;

    assert_non_null(sealed);
    for (size_t i = 0; i < ITERATIONS; i++)
        len += iterate(&stream, sealed + len);
    unsigned char *sum = shake128(sealed, len, 32);
    for (size_t i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
    assert_string_equal(text, "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
    free(sum);
    free(sealed);
    free(seed);
}

/* ---- what is refused ------------------------------------------------------------------------- */

/* nonce ‖ AAD ‖ ciphertext ‖ tag, of a message that opens. */
#define AAD "additional"
#define PLAIN "thirty-three bytes of a plaintext"

struct message {
    unsigned char nonce[BOCATA_XAES_NONCE_LEN];
    unsigned char aad[sizeof AAD - 1];
    unsigned char ciphertext[sizeof PLAIN - 1];
    unsigned char tag[BOCATA_XAES_TAG_LEN];
};

static struct message sealed_message(bocata_xaes *xaes)
{
    struct message m;

    memcpy(m.nonce, NONCE, sizeof m.nonce);
    memcpy(m.aad, AAD, sizeof m.aad);
    assert_int_equal(bocata_xaes_seal(xaes, m.nonce, STR(AAD), STR(PLAIN), m.ciphertext, m.tag),
                     BOCATA_OK);
    return m;
}

static bocata_status open_message(bocata_xaes *xaes, const struct message *m, unsigned char *plain)
{
    return bocata_xaes_open(xaes, m->nonce, str_of(m->aad, sizeof m->aad),
                            str_of(m->ciphertext, sizeof m->ciphertext), m->tag, plain);
}

static void each_bit_matters(void **state)
{
    bocata_xaes xaes = keyed(7);
    struct message m = sealed_message(&xaes);
    unsigned char plain[sizeof PLAIN], *bytes = (unsigned char *)&m;
    (void)state;

    for (size_t i = 0; i < sizeof m * 8; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_int_equal(open_message(&xaes, &m, plain), BOCATA_E_SIGNATURE);
        for (size_t j = 0; j < sizeof m.ciphertext; j++)
            assert_int_equal(plain[j], 0); /* nothing unverified is left */
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    assert_int_equal(open_message(&xaes, &m, plain), BOCATA_OK);
    assert_memory_equal(plain, PLAIN, sizeof m.ciphertext);
    bocata_xaes_done(&xaes);
}

static void each_byte_matters(void **state)
{
    bocata_xaes xaes = keyed(7);
    struct message m = sealed_message(&xaes);
    bocata_str aad = str_of(m.aad, sizeof m.aad);
    bocata_str text = str_of(m.ciphertext, sizeof m.ciphertext);
    unsigned char plain[sizeof PLAIN];
    (void)state;

    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(
            bocata_xaes_open(&xaes, m.nonce, aad, (bocata_str){text.ptr, len}, m.tag, plain),
            BOCATA_E_SIGNATURE);
    for (size_t len = 0; len < aad.len; len++)
        assert_int_equal(
            bocata_xaes_open(&xaes, m.nonce, (bocata_str){aad.ptr, len}, text, m.tag, plain),
            BOCATA_E_SIGNATURE);
    bocata_xaes_done(&xaes);
}

static void another_key(void **state)
{
    bocata_xaes xaes = keyed(7), other = keyed(8);
    struct message m = sealed_message(&xaes);
    unsigned char plain[sizeof PLAIN];
    (void)state;

    assert_int_equal(open_message(&other, &m, plain), BOCATA_E_SIGNATURE);
    assert_int_equal(ERR_peek_error(), 0);
    bocata_xaes_done(&xaes);
    bocata_xaes_done(&other);
}

static void longer_than_libcrypto_counts(void **state)
{
    bocata_xaes xaes = keyed(7);
    bocata_str huge = {"", (size_t)INT_MAX + 1};
    unsigned char out[1] = {'x'}, tag[BOCATA_XAES_TAG_LEN] = {0};
    (void)state;

    assert_int_equal(bocata_xaes_seal(&xaes, NONCE, STR(""), huge, out, tag), BOCATA_E_LIMIT);
    assert_int_equal(bocata_xaes_seal(&xaes, NONCE, huge, STR(""), out, tag), BOCATA_E_LIMIT);
    assert_int_equal(bocata_xaes_open(&xaes, NONCE, STR(""), huge, tag, out), BOCATA_E_LIMIT);
    assert_int_equal(bocata_xaes_open(&xaes, NONCE, huge, STR(""), tag, out), BOCATA_E_LIMIT);
    assert_int_equal(out[0], 'x');
    bocata_xaes_done(&xaes);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, ten_thousand_random_messages);
    SUITE_TEST(&group, each_bit_matters);
    SUITE_TEST(&group, each_byte_matters);
    SUITE_TEST(&group, another_key);
    SUITE_TEST(&group, longer_than_libcrypto_counts);
    return suite_run(&group, "xaes");
}
