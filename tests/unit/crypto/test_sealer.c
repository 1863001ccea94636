#include "suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/str.h"
#include "crypto/sealer.h"
#include "failing_memory.h"

#define NONCE ((const unsigned char *)"ABCDEFGHIJKLMNOPQRSTUVWX")
#define TEXT_LEN_MAX 512

/* ---- libcrypto's memory, which is counted and may be refused too (main sends it here) ---------
 */

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
    (void)file, (void)line;
    free(old);
}

/* ---- a ring of keys -------------------------------------------------------------------------- */

typedef struct ring {
    bocata_sealer *sealer;
    bocata_sealer_context *context;
} ring;

static ring ring_open(const bocata_str *secrets, size_t count, const char *bound_to)
{
    ring r;

    assert_int_equal(bocata_sealer_new(secrets, count, &r.sealer), BOCATA_OK);
    r.context = bocata_sealer_context_new(r.sealer, bocata_str_of(bound_to));
    assert_non_null(r.context);
    return r;
}

static ring ring_of(const char *secret, const char *bound_to)
{
    bocata_str str = bocata_str_of(secret);
    return ring_open(&str, 1, bound_to);
}

/* The sealer first, as its user may have to. */
static void ring_close(ring *r)
{
    bocata_sealer_free(r->sealer);
    bocata_sealer_context_free(r->context);
}

typedef struct box {
    unsigned char bytes[TEXT_LEN_MAX];
    size_t len;
} box;

static box seal(ring *r, const char *plain)
{
    box sealed = {.len = strlen(plain) + BOCATA_SEALER_OVERHEAD};

    assert_in_range(sealed.len, BOCATA_SEALER_OVERHEAD, sizeof sealed.bytes - 1);
    sealed.bytes[sealed.len] = 0xee; /* what must not be written to */
    assert_int_equal(bocata_sealer_seal(r->context, NONCE, bocata_str_of(plain), sealed.bytes),
                     BOCATA_OK);
    assert_int_equal(sealed.bytes[sealed.len], 0xee);
    return sealed;
}

static bocata_status open_box(ring *r, const box *sealed, char *plain, size_t *len, size_t *index)
{
    return bocata_sealer_open(r->context, (bocata_str){(const char *)sealed->bytes, sealed->len},
                              plain, len, index);
}

static void check_opens(ring *r, const box *sealed, const char *plain, size_t key_index)
{
    char opened[TEXT_LEN_MAX];
    size_t len, index;

    assert_int_equal(open_box(r, sealed, opened, &len, &index), BOCATA_OK);
    assert_true(bocata_str_is((bocata_str){opened, len}, plain));
    assert_int_equal(index, key_index);
}

static void check_refused(ring *r, const box *sealed, bocata_status status)
{
    char opened[TEXT_LEN_MAX];
    size_t len = 111, index = 222;

    assert_int_equal(open_box(r, sealed, opened, &len, &index), status);
    assert_int_equal(len, 111);
    assert_int_equal(index, 222);
}

/* ---- known answers --------------------------------------------------------------------------- */

/* Computed by another implementation, of Python's cryptography (HKDF, AES in ECB mode, AESGCM). */
static struct row {
    const char *intent, *secret, *bound_to, *plain, *hex;
} rows[] = {
    {"a session", "1234", "session", "{\"last_id\": 2}",
     "01"
     "ef8b795e"
     "4142434445464748494a4b4c4d4e4f505152535455565758"
     "588b4ffded03895e470357a00af7"
     "dc2e2b190d07da4bbe0d5fcba4d90e98"},
    {"nothing, bound to nothing", "an older secret", NULL, "",
     "01"
     "474c0f3a"
     "4142434445464748494a4b4c4d4e4f505152535455565758"
     "0fa2c2545c5396f14b4f0bc700737f65"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    ring r = ring_of(row->secret, row->bound_to);
    box sealed = seal(&r, row->plain);
    char text[2 * TEXT_LEN_MAX + 1];

    for (size_t i = 0; i < sealed.len; i++)
        snprintf(text + 2 * i, 3, "%02x", sealed.bytes[i]);
    assert_string_equal(text, row->hex);
    check_opens(&r, &sealed, row->plain, 0);
    ring_close(&r);
}

/* ---- which key opens ------------------------------------------------------------------------- */

#define SECRETS_MAX 3

/* Sealed with `sealing`; opened with `opening`, by the secret of `key_index`. */
static struct opening {
    const char *intent;
    const char *sealing[SECRETS_MAX], *opening[SECRETS_MAX];
    bocata_status status;
    size_t key_index;
} openings[] = {
    {"the newest seals", {"new", "old"}, {"new"}, BOCATA_OK, 0},
    {"only the newest seals", {"new", "old"}, {"old"}, BOCATA_E_SIGNATURE, 0},
    {"an older one opens", {"old"}, {"new", "newer", "old"}, BOCATA_OK, 2},
    {"in another order", {"b", "a"}, {"a", "b"}, BOCATA_OK, 1},
    {"an unknown one", {"gone"}, {"new", "old"}, BOCATA_E_SIGNATURE, 0},
    {"the same one twice", {"same"}, {"other", "same", "same"}, BOCATA_OK, 1},
    /* These two have the key id 7ac34481. */
    {"another of the same id", {"secret 62634"}, {"secret 28725"}, BOCATA_E_SIGNATURE, 0},
    {"after another of the same id",
     {"secret 62634"},
     {"secret 28725", "x", "secret 62634"},
     BOCATA_OK,
     2},
    {"before another of the same id",
     {"secret 28725"},
     {"secret 28725", "secret 62634"},
     BOCATA_OK,
     0},
};

static ring ring_of_list(const char *const list[SECRETS_MAX])
{
    bocata_str secrets[SECRETS_MAX];
    size_t count = 0;

    for (; count < SECRETS_MAX && list[count]; count++)
        secrets[count] = bocata_str_of(list[count]);
    return ring_open(secrets, count, "session");
}

static void test_opening(void **state)
{
    struct opening *row = *state;
    ring sealing = ring_of_list(row->sealing), opening = ring_of_list(row->opening);
    box sealed = seal(&sealing, "some text");

    if (row->status == BOCATA_OK)
        check_opens(&opening, &sealed, "some text", row->key_index);
    else
        check_refused(&opening, &sealed, row->status);
    ring_close(&sealing);
    ring_close(&opening);
}

static void sixteen_keys(void **state)
{
    char texts[BOCATA_KEYS_MAX][16];
    bocata_str secrets[BOCATA_KEYS_MAX];
    (void)state;

    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++) {
        snprintf(texts[i], sizeof texts[i], "secret %zu", i);
        secrets[i] = bocata_str_of(texts[i]);
    }
    ring all = ring_open(secrets, BOCATA_KEYS_MAX, "session");
    for (size_t i = 0; i < BOCATA_KEYS_MAX; i++) {
        ring one = ring_of(texts[i], "session");
        box sealed = seal(&one, texts[i]);
        check_opens(&all, &sealed, texts[i], i);
        ring_close(&one);
    }
    ring_close(&all);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void each_bit_matters(void **state)
{
    ring r = ring_of("1234", "session");
    box sealed = seal(&r, "{\"last_id\": 2}");
    (void)state;

    for (size_t i = 0; i < sealed.len * 8; i++) {
        sealed.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        check_refused(&r, &sealed, i < 8 ? BOCATA_E_MALFORMED : BOCATA_E_SIGNATURE);
        sealed.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    check_opens(&r, &sealed, "{\"last_id\": 2}", 0);
    ring_close(&r);
}

static void each_byte_matters(void **state)
{
    ring r = ring_of("1234", "session");
    box sealed = seal(&r, "{\"last_id\": 2}");
    (void)state;

    while (sealed.len-- > 0)
        check_refused(&r, &sealed,
                      sealed.len < BOCATA_SEALER_OVERHEAD ? BOCATA_E_MALFORMED
                                                          : BOCATA_E_SIGNATURE);
    ring_close(&r);
}

/* A key of that id would open it, so it is the tag that tells. */
static void a_key_id_that_was_changed_to_a_known_one(void **state)
{
    ring old = ring_of("old", "session"), both = ring_of_list((const char *[3]){"new", "old"});
    box sealed = seal(&old, "text"), newer = seal(&both, "text");
    (void)state;

    memcpy(sealed.bytes + 1, newer.bytes + 1, BOCATA_SEALER_KEY_ID_LEN);
    check_refused(&both, &sealed, BOCATA_E_SIGNATURE);
    ring_close(&old);
    ring_close(&both);
}

static void what_it_is_bound_to(void **state)
{
    static const char *const others[] = {NULL,     "",         "Session",
                                         "sessio", "session2", "__Host-session"};
    ring r = ring_of("1234", "session");
    box sealed = seal(&r, "text");
    (void)state;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ring other = ring_of("1234", others[i]);
        check_refused(&other, &sealed, BOCATA_E_SIGNATURE);
        ring_close(&other);
    }
    ring_close(&r);
}

static void it_keeps_what_it_is_bound_to(void **state)
{
    char name[257] = "";
    (void)state;

    memset(name, 'n', 256);
    ring r = ring_of("1234", name), same = ring_of("1234", name);
    name[255] = 'm';
    ring other = ring_of("1234", name);
    box sealed = seal(&r, "text");
    check_opens(&same, &sealed, "text", 0);
    check_refused(&other, &sealed, BOCATA_E_SIGNATURE);
    assert_null(bocata_sealer_context_new(r.sealer, (bocata_str){name, 257}));
    ring_close(&r);
    ring_close(&same);
    ring_close(&other);
}

static struct count {
    const char *intent, *secret;
    size_t count;
    bocata_status status;
} counts[] = {
    {"one secret", "s", 1, BOCATA_OK},
    {"sixteen secrets", "s", 16, BOCATA_OK},
    {"no secret", "s", 0, BOCATA_E_INVALID},
    {"seventeen secrets", "s", 17, BOCATA_E_INVALID},
    {"an empty secret", "", 1, BOCATA_E_INVALID},
};

static void test_count(void **state)
{
    struct count *row = *state;
    bocata_str secrets[BOCATA_KEYS_MAX + 1];
    bocata_sealer *sealer = NULL;

    for (size_t i = 0; i < row->count; i++)
        secrets[i] = bocata_str_of(row->secret);
    assert_int_equal(bocata_sealer_new(secrets, row->count, &sealer), row->status);
    assert_int_equal(sealer != NULL, row->status == BOCATA_OK);
    bocata_sealer_free(sealer);
}

static void null_is_an_absent_one(void **state)
{
    (void)state;
    bocata_sealer_free(NULL);
    bocata_sealer_context_free(NULL);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void a_message_allocates_nothing(void **state)
{
    ring r = ring_of_list((const char *[3]){"secret 28725", "secret 62634", "old"});
    ring other = ring_of("secret 62634", "session"), unknown = ring_of("?", "session");
    box refused = seal(&unknown, "text"), sealed, older = seal(&other, "text");
    (void)state;

    size_t before = allocations;
    assert_true(before > 0); /* they are seen at all */
    sealed = seal(&r, "text");
    check_opens(&r, &sealed, "text", 0);
    check_opens(&r, &older, "text", 1);
    check_refused(&r, &refused, BOCATA_E_SIGNATURE);
    older.bytes[older.len - 1] ^= 1;
    check_refused(&r, &older, BOCATA_E_SIGNATURE);
    assert_int_equal(allocations, before);
    ring_close(&r);
    ring_close(&other);
    ring_close(&unknown);
}

/* Seals "text" under the newest of two keys; false if something was refused. */
static bool seal_once(unsigned char *sealed)
{
    bocata_str secrets[] = {STR("new"), STR("old")};
    bocata_sealer *sealer = NULL;
    bocata_sealer_context *context = NULL;
    bool is_done = false;

    if (bocata_sealer_new(secrets, 2, &sealer) == BOCATA_OK)
        context = bocata_sealer_context_new(sealer, STR("session"));
    if (context)
        is_done = bocata_sealer_seal(context, NONCE, STR("text"), sealed) == BOCATA_OK;
    bocata_sealer_context_free(context);
    bocata_sealer_free(sealer);
    return is_done;
}

/* The n-th fails, for each n: nothing crashes, nothing leaks, and no wrong key is made of it.
 * (libcrypto gets over some of them.) */
static void each_allocation_may_fail(void **state)
{
    unsigned char expected[BOCATA_SEALER_OVERHEAD + 4], sealed[sizeof expected];
    size_t failures = 0;
    (void)state;

    assert_true(seal_once(expected));
    for (bool has_failed = true; has_failed; failures++) {
        allocations_until_failure = failures + 1;
        bool is_done = seal_once(sealed);
        has_failed = allocations_until_failure == 0;
        allocations_until_failure = 0;
        if (is_done)
            assert_memory_equal(sealed, expected, sizeof expected);
    }
    assert_in_range(failures, 8, 1000);
}

int main(void)
{
    static suite group;

    if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
        return 1;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_ROWS(&group, openings, test_opening);
    SUITE_TEST(&group, sixteen_keys);
    SUITE_TEST(&group, each_bit_matters);
    SUITE_TEST(&group, each_byte_matters);
    SUITE_TEST(&group, a_key_id_that_was_changed_to_a_known_one);
    SUITE_TEST(&group, what_it_is_bound_to);
    SUITE_TEST(&group, it_keeps_what_it_is_bound_to);
    SUITE_ROWS(&group, counts, test_count);
    SUITE_TEST(&group, null_is_an_absent_one);
    SUITE_TEST(&group, a_message_allocates_nothing);
    SUITE_TEST(&group, each_allocation_may_fail);
    return suite_run(&group, "sealer");
}
