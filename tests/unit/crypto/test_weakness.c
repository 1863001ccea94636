#include "bytes.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"
#include "crypto/weakness.h"

#define SHORT "is shorter than 32 bytes"
#define REPEATS "repeats itself"
#define TOLD "stands in documentation, or says itself that it is to be changed"

static struct row {
    const char *intent;
    bocata_str secret;
    const char *weakness; /* NULL: none */
} rows[] = {
    {"none at all", {NULL, 0}, SHORT},
    {"an empty one", BYTES(""), SHORT},
    {"four digits", BYTES("1234"), SHORT},
    {"31 bytes", BYTES("kJ8_wq2LmZ0-xT5vB7nR3yU6oP9sD1f"), SHORT},
    {"32 bytes", BYTES("kJ8_wq2LmZ0-xT5vB7nR3yU6oP9sD1fG"), NULL},
    {"a sentence of one's own", BYTES("rain on the roof since tuesday, still"), NULL},
    {"bytes that are no text",
     BYTES("\0\1\2\377\0\3\4\5\376\6\7\375\374\0\013\014\0\371"
           "\372\016\017\0\020\360\361\362\021\022\023\0\024\025"),
     NULL},

    {"one character", BYTES("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), REPEATS},
    {"32 NULs", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), REPEATS},
    {"two characters in turn", BYTES("abababababababababababababababab"), REPEATS},
    {"ten digits, the last round incomplete", BYTES("98765432109876543210987654321098765"),
     REPEATS},
    {"a text of 15 bytes", BYTES("kJ8_wq2LmZ0-xT5kJ8_wq2LmZ0-xT5kJ"), REPEATS},
    {"a text of 16 bytes, which is not too short", BYTES("kJ8_wq2LmZ0-xT5vkJ8_wq2LmZ0-xT5v"), NULL},
    {"one that ends in another way", BYTES("kJ8_wq2LmZ0-xT5kJ8_wq2LmZ0-xT5kX"), NULL},
    {"one that begins in another way", BYTES("XJ8_wq2LmZ0-xT5kJ8_wq2LmZ0-xT5kJ"), NULL},
    {"five characters in no order", BYTES("abcdeedcbabacadaebbdcdeceaadbecd"), REPEATS},
    {"six characters in no order", BYTES("abcdefedcbabacadaebbdcdeceaadbecd"), NULL},

    {"changeme, once more to be long", BYTES("changeme-changeme-please-changeme!"), TOLD},
    {"a placeholder in capitals", BYTES("CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET"), TOLD},
    {"words apart", BYTES("p.l.e.a.s.e c h a n g e   t h i s ..."), TOLD},
    {"at the end", BYTES("kJ8_wq2LmZ0-xT5vB7nR3yU6change me"), TOLD},
    {"cut at the end", BYTES("kJ8_wq2LmZ0-xT5vB7nR3yU6oP9change m"), NULL},
    {"the start of Django's", BYTES("django-insecure-8v$u1w_0x)yk2&3n!q^z7"), TOLD},
    {"the cat, and more of it", BYTES("keyboard cat, keyboard dog, keyboard cow"), TOLD},
    {"a longer way to say it", BYTES("my-super-secret-key-that-nobody-guesses"), TOLD},
    {"digits in a row", BYTES("12345678901234567890123456789012!"), TOLD},
    {"every hex digit in a row", BYTES("0123456789abcdef0123456789abcdef"), TOLD},
    {"Tornado's placeholder", BYTES("__TODO:_GENERATE_YOUR_OWN_RANDOM_VALUE_HERE__"), TOLD},

    {"FastAPI's tutorial",
     BYTES("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"), TOLD},
    {"FastAPI's tutorial but for one digit",
     BYTES("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e8"), NULL},
    {"Flask's documentation",
     BYTES("192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"), TOLD},
    {"Rocket's guide", BYTES("hPRYyVRiMyxpw5sBB1XeCMN1kFsDCqKvBi2QJxBVHQk="), TOLD},
    {"Tornado's demo", BYTES("43oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo="), TOLD},
    {"iron-session's", BYTES("complex_password_at_least_32_characters_long"), TOLD},
    {"fastify-secure-session's", BYTES("averylogphrasebiggerthanthirtytwochars"), TOLD},
    {"@fastify/session's", BYTES("a secret with minimum length of 32 characters"), TOLD},
    {"jwt.io's", BYTES("a-string-secret-at-least-256-bits-long"), TOLD},
    {"gorilla/csrf's", BYTES("32-byte-long-auth-key-of-production"), TOLD},
    {"Superset's", BYTES("\2\1thisismyscretkey\1\2\\e\\y\\y\\h,padded"), TOLD},
    {"Lumen's", BYTES("SomeRandomStringWith32Characters"), TOLD},
    {"a Java tutorial's", BYTES("404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970"),
     TOLD},
    {"our own documentation's", BYTES("a key of more than thirty-two bytes"), TOLD},
};

static void test_row(void **state)
{
    struct row *row = *state;
    const char *weakness = bocata_secret_weakness(row->secret);

    if (row->weakness) {
        assert_non_null(weakness);
        assert_string_equal(weakness, row->weakness);
    } else {
        assert_null(weakness);
    }
}

/* Steele, Lea and Flood: SplitMix64. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void no_random_key_is_weak(void **state)
{
    uint64_t seed = 20240229;
    unsigned char key[32];
    char text[2 * sizeof key + 1];
    (void)state;

    printf("# seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 10000; round++) {
        for (size_t i = 0; i < sizeof key; i++) {
            key[i] = (unsigned char)next_random(&seed);
            snprintf(text + 2 * i, 3, "%02x", key[i]);
        }
        assert_null(bocata_secret_weakness((bocata_str){(const char *)key, sizeof key}));
        assert_null(bocata_secret_weakness((bocata_str){text, 2 * sizeof key}));
        size_t len = bocata_base64_encode(BOCATA_BASE64_URL, key, sizeof key, text);
        assert_null(bocata_secret_weakness((bocata_str){text, len}));
    }
}

/* As many telltales are looked for at each letter or digit, and at nothing else: 1 MiB without any
 * would otherwise take minutes. */
static void a_long_secret_without_letters_takes_no_longer(void **state)
{
    size_t len = 1 << 20;
    char *bytes = malloc(len);
    uint32_t random = 1;
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (char)(0x80 | random >> 24);
    }
    assert_null(bocata_secret_weakness((bocata_str){bytes, len}));
    free(bytes);
}

int main(void)
{
    static suite group;
    SUITE_ROWS(&group, rows, test_row);
    SUITE_TEST(&group, no_random_key_is_weak);
    SUITE_TEST(&group, a_long_secret_without_letters_takes_no_longer);
    return suite_run(&group, "weakness");
}
