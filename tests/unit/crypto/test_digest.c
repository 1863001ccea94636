#include "suite.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "crypto/digest.h"

/* FIPS 180-4's "abc", in three parts. */
static struct row {
    const char *intent;
    bocata_digest digest;
    const char *name;
    size_t len;
    const char *hex;
} rows[] = {
    {"SHA-1", BOCATA_DIGEST_SHA1, "SHA1", 20, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"SHA-256", BOCATA_DIGEST_SHA256, "SHA256", 32,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"SHA-512", BOCATA_DIGEST_SHA512, "SHA512", 64,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void test_row(void **state)
{
    struct row *row = *state;
    unsigned char sum[BOCATA_DIGEST_LEN_MAX];
    char hex[2 * BOCATA_DIGEST_LEN_MAX + 1];
    const bocata_str parts[] = {STR("a"), STR(""), STR("bc")};

    assert_string_equal(bocata_digest_name(row->digest), row->name);
    assert_int_equal(bocata_digest_len(row->digest), row->len);
    assert_int_equal(bocata_digest_sum(row->digest, parts, 3, sum), BOCATA_OK);
    for (size_t i = 0; i < row->len; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    assert_string_equal(hex, row->hex);
}

static void a_number_that_is_no_digest(void **state)
{
    unsigned char sum[BOCATA_DIGEST_LEN_MAX];
    (void)state;
    assert_int_equal(bocata_digest_len((bocata_digest)3), 0);
    assert_null(bocata_digest_name((bocata_digest)3));
    assert_int_equal(bocata_digest_sum((bocata_digest)3, NULL, 0, sum), BOCATA_E_CRYPTO);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, a_number_that_is_no_digest);
    return suite_run(&group, "digest");
}
