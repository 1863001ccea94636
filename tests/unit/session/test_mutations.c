/* What was changed is never accepted: random mutations and every single bit of good cookies. The
 * seed is printed; BOCATA_SEED sets another. */
#include "suite.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "crypto/base64.h"
#include "fixture.h"
#include "session/codec.h"

#define ROUNDS 100000
#define COOKIE_COUNT 4
#define SPARE 256 /* by how much a mutation may grow a cookie, at each step */
#define STEPS_MAX 3
#define CAP 8192

static const char prefix[] = "session=";
#define PREFIX_LEN (sizeof prefix - 1)

static uint64_t seed = 20240529;

/* xorshift64* (Vigna 2016): the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1d;
}

static size_t below(uint64_t *state, size_t limit)
{
    return (size_t)(next_random(state) >> 32) % limit;
}

/* Good cookies of one format, from small to almost the largest. */
typedef struct cookies {
    fixture f;
    uint64_t random;
    char *pairs[COOKIE_COUNT];
} cookies;

/* Ids and nonces, so that the cookies are the same with the same seed. */
static bocata_status fill(void *user, void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)below(user, 256);
    return BOCATA_OK;
}

static void jar_open(cookies *jar, bocata_session_format format)
{
    static const size_t lens[COOKIE_COUNT] = {0, 1, 300, 2500};
    char text[2501];

    fixture_open(&jar->f, (bocata_session_settings){.format = format});
    jar->random = seed;
    bocata_codec_set_random(jar->f.codec, (bocata_random){.fill = fill, .user = &jar->random});
    memset(text, 'v', sizeof text);
    for (size_t i = 0; i < COOKIE_COUNT; i++) {
        bocata_session *session = fixture_load(&jar->f, NULL, NOW);
        bocata_session_set_str(session, "value", (bocata_str){text, lens[i]});
        bocata_session_set_string(session, "name", "é☃");
        if (i % 2)
            bocata_session_flash(session, "info", "saved");
        assert_int_equal(fixture_save(&jar->f, session, NOW), BOCATA_OK);
        jar->pairs[i] = fixture_pair(&jar->f);
    }
}

static void jar_close(cookies *jar)
{
    for (size_t i = 0; i < COOKIE_COUNT; i++)
        free(jar->pairs[i]);
    fixture_close(&jar->f);
}

/* True if what arrives is one of the good values all the same: a space was added around it, say. */
static bool is_good(const cookies *jar, bocata_str header)
{
    bocata_str value = bocata_cookie_find(&header, 1, "session");

    for (size_t i = 0; i < COOKIE_COUNT; i++)
        if (bocata_str_is(value, jar->pairs[i] + PREFIX_LEN))
            return true;
    return false;
}

/* Refused by what stands before the parser: nothing behind the signature was looked at. The header
 * is copied, so that a look past its end is found. */
static void check_refused(cookies *jar, bocata_str header)
{
    char *exact = malloc(header.len);

    assert_non_null(exact);
    memcpy(exact, header.ptr, header.len);
    header.ptr = exact;
    bocata_session *session = bocata_session_load(jar->f.codec, &header, 1, NOW);
    assert_non_null(session);
    bocata_reason reason = bocata_session_reason(session);
    if (reason != BOCATA_REASON_MALFORMED && reason != BOCATA_REASON_BAD_SIGNATURE &&
        reason != BOCATA_REASON_TOO_LARGE)
        fail_msg("%s: %.*s", bocata_reason_name(reason), (int)header.len, header.ptr);
    assert_int_equal(bocata_session_size(session), 0);
    bocata_session_free(session);
    free(exact);
}

/* ---- random mutations ------------------------------------------------------------------------ */

/* Any byte, but mostly one that belongs into a cookie. */
static char any_byte(uint64_t *state)
{
    static const char usual[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=.";

    return below(state, 4) ? usual[below(state, sizeof usual - 1)] : (char)below(state, 256);
}

/* Moves what begins at `from` to `to`. */
static size_t shift(char *text, size_t len, size_t from, size_t to)
{
    memmove(text + to, text + from, len - from);
    return len - from + to;
}

/* One change to the `len` bytes of text, which have room for SPARE more. Returns the new length. */
static size_t mutate(uint64_t *random, char *text, size_t len, const char *other)
{
    size_t at = below(random, len), to = below(random, len);
    size_t part = 1 + below(random, len - at < SPARE ? len - at : SPARE);
    char kept = text[at];

    switch (below(random, 7)) {
    case 0: /* change */
        text[at] = any_byte(random);
        return len;
    case 1: /* insert */
        len = shift(text, len, at, at + 1);
        text[at] = any_byte(random);
        return len;
    case 2: /* delete */
        return part < len ? shift(text, len, at + part, at) : len;
    case 3: /* swap */
        text[at] = text[to];
        text[to] = kept;
        return len;
    case 4: /* truncate */
        return at > 0 ? at : 1;
    case 5: /* repeat */
        return shift(text, len, at, at + part);
    default: /* splice: the end of another good cookie, of as many bytes or not */
        to = below(random, 2) ? at : below(random, strlen(other));
        if (to >= strlen(other))
            return len;
        memcpy(text + at, other + to, strlen(other) - to);
        return at + strlen(other) - to;
    }
}

static struct format_row {
    const char *intent;
    bocata_session_format format;
} mutation_rows[] = {
    {"random mutations: starlette", BOCATA_FORMAT_STARLETTE},
    {"random mutations: sealed", BOCATA_FORMAT_SEALED},
};

static void test_mutations(void **state)
{
    struct format_row *row = *state;
    uint64_t random = seed;
    size_t noop_count = 0;
    char text[CAP];
    cookies jar;

    jar_open(&jar, row->format);
    memcpy(text, prefix, PREFIX_LEN);
    for (size_t round = 0; round < ROUNDS;) {
        const char *good = jar.pairs[below(&random, COOKIE_COUNT)] + PREFIX_LEN;
        size_t len = strlen(good), steps = 1 + below(&random, STEPS_MAX);
        memcpy(text + PREFIX_LEN, good, len);
        for (; steps > 0 && len + SPARE < CAP / 2; steps--)
            len = mutate(&random, text + PREFIX_LEN, len,
                         jar.pairs[below(&random, COOKIE_COUNT)] + PREFIX_LEN);
        bocata_str header = {text, PREFIX_LEN + len};
        if (is_good(&jar, header)) {
            noop_count++;
            continue;
        }
        check_refused(&jar, header);
        round++;
    }
    printf("# seed %" PRIu64 ": %d mutations refused, %zu that changed nothing skipped\n", seed,
           ROUNDS, noop_count);
    assert_true(noop_count < ROUNDS / 4);
    jar_close(&jar);
}

/* ---- every bit ------------------------------------------------------------------------------- */

static struct format_row bit_rows[] = {
    {"every bit of the text: starlette", BOCATA_FORMAT_STARLETTE},
    {"every bit of the text: sealed", BOCATA_FORMAT_SEALED},
};

static void test_bits_of_text(void **state)
{
    struct format_row *row = *state;
    cookies jar;

    jar_open(&jar, row->format);
    for (size_t i = 0; i < COOKIE_COUNT; i++) {
        char *pair = jar.pairs[i];
        size_t len = strlen(pair);
        for (size_t bit = 8 * PREFIX_LEN; bit < 8 * len; bit++) {
            pair[bit / 8] = (char)(pair[bit / 8] ^ 1 << bit % 8);
            check_refused(&jar, (bocata_str){pair, len});
            pair[bit / 8] = (char)(pair[bit / 8] ^ 1 << bit % 8);
        }
    }
    jar_close(&jar);
}

static void every_bit_of_what_is_sealed(void **state)
{
    unsigned char bytes[CAP];
    char text[CAP];
    cookies jar;

    (void)state;
    jar_open(&jar, BOCATA_FORMAT_SEALED);
    memcpy(text, prefix, PREFIX_LEN);
    for (size_t i = 0; i < COOKIE_COUNT; i++) {
        size_t len;
        assert_int_equal(bocata_base64_decode(BOCATA_BASE64_URL,
                                              bocata_str_of(jar.pairs[i] + PREFIX_LEN), bytes,
                                              sizeof bytes, &len),
                         BOCATA_OK);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            size_t text_len =
                bocata_base64_encode(BOCATA_BASE64_URL, bytes, len, text + PREFIX_LEN);
            check_refused(&jar, (bocata_str){text, PREFIX_LEN + text_len});
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
    jar_close(&jar);
}

int main(void)
{
    static suite group;
    const char *given = getenv("BOCATA_SEED");

    if (given)
        seed = strtoull(given, NULL, 10);
    if (seed == 0)
        seed = 1; /* which xorshift would stay at */
    SUITE_ROWS(&group, mutation_rows, test_mutations);
    SUITE_ROWS(&group, bit_rows, test_bits_of_text);
    SUITE_TEST(&group, every_bit_of_what_is_sealed);
    return suite_run(&group, "mutations");
}
