/* What sessions cost beside the bare primitive that each format is made of, in one run: CPU time of
 * one thread, each operation in turn, medians over rounds. Verifying (base64 and MAC, no JSON) must
 * cost at most twice the primitive and allocate no more than that; exits 1 if it does not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <bocata/session.h>

#include "base/str.h"
#include "session/format.h"
#include "session/sessions.h"

#define COOKIE_NAME "session"
#define NOW_S 1700000000
#define ROUNDS 201
#define BATCH_NS 500000 /* of one operation before the next has its turn */
#define VERIFY_RATIO_MAX 2.0
#define SEALED_HEAD_LEN 5 /* of a sealed value: version and key id, which are authenticated */
#define TAG_LEN 16
#define IV_LEN 12

static const unsigned char bare_key[32] = "the key of the bare primitives..";
static const unsigned char bare_iv[IV_LEN] = "one message";

/* One format and one size of session. */
typedef struct subject {
    const char *name;
    bocata_session_format format;
    int item_count; /* strings beside the two integers */
    size_t json_len;
    bocata_sessions *sessions, *rotated; /* of the second the cookie's key is the older one */
    bocata_codec *codec, *rotated_codec;
    const bocata_format *ops;
    void *context;
    char header[sizeof COOKIE_NAME + BOCATA_COOKIE_LEN_MAX];
    bocata_str value; /* in the header */
    char buffer[BOCATA_COOKIE_LEN_MAX];
    /* the bare primitive, over as many bytes */
    EVP_MAC_CTX *hmac;
    EVP_CIPHER_CTX *gcm;
    bocata_str signed_text;
    unsigned char aad[SEALED_HEAD_LEN + sizeof COOKIE_NAME - 1];
    unsigned char ciphertext[BOCATA_COOKIE_LEN_MAX], tag[TAG_LEN];
    size_t ciphertext_len;
} subject;

static void check(bool is_good, const char *what)
{
    if (is_good)
        return;
    fprintf(stderr, "bench-session: %s failed\n", what);
    exit(2);
}

/* ---- counting allocations: ours by the linker's --wrap, libcrypto's by its own hooks -----------
 */

static uint64_t our_allocation_count, libcrypto_allocation_count;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size)
{
    our_allocation_count++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    our_allocation_count++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    our_allocation_count++;
    return __real_realloc(memory, size);
}

static void *libcrypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    libcrypto_allocation_count++;
    return __real_malloc(size);
}

static void *libcrypto_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    libcrypto_allocation_count++;
    return __real_realloc(memory, size);
}

static void libcrypto_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* ---- the operations -------------------------------------------------------------------------- */

static bool run_hmac(subject *s)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t len;

    return EVP_MAC_init(s->hmac, NULL, 0, NULL) &&
           EVP_MAC_update(s->hmac, (const unsigned char *)s->signed_text.ptr, s->signed_text.len) &&
           EVP_MAC_final(s->hmac, mac, &len, sizeof mac);
}

static bool run_gcm(subject *s, const unsigned char *key)
{
    unsigned char *plain = (unsigned char *)s->buffer, rest[16];
    int len;

    return EVP_DecryptInit_ex2(s->gcm, NULL, key, bare_iv, NULL) &&
           EVP_DecryptUpdate(s->gcm, NULL, &len, s->aad, sizeof s->aad) &&
           EVP_DecryptUpdate(s->gcm, plain, &len, s->ciphertext, (int)s->ciphertext_len) &&
           EVP_CIPHER_CTX_ctrl(s->gcm, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, s->tag) == 1 &&
           EVP_DecryptFinal_ex(s->gcm, rest, &len);
}

static bool run_bare(subject *s)
{
    return s->gcm ? run_gcm(s, NULL) : run_hmac(s);
}

/* What XAES cannot do without: it gives each message a key of its own. */
static bool run_rekeyed(subject *s)
{
    return run_gcm(s, bare_key);
}

static bool run_verify(subject *s)
{
    bocata_verified verified;

    return s->ops->verify(s->context, s->value, s->buffer, &verified) == BOCATA_OK;
}

static bool load_with(subject *s, bocata_codec *codec)
{
    bocata_str header = bocata_str_of(s->header);
    bocata_session *session = bocata_session_load(codec, &header, 1, NOW_S);
    bool is_good = bocata_session_reason(session) == BOCATA_REASON_NONE;

    bocata_session_free(session);
    return is_good;
}

static bool run_load(subject *s)
{
    return load_with(s, s->codec);
}

static bool run_load_rotated(subject *s)
{
    return load_with(s, s->rotated_codec);
}

static bocata_status drop_header(void *user, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ++*(int *)user;
    return BOCATA_OK;
}

static bool run_save(subject *s)
{
    bocata_response_facts facts = {.status = 200, .now_s = NOW_S};
    bocata_str header = bocata_str_of(s->header);
    bocata_session *session = bocata_session_load(s->codec, &header, 1, NOW_S);
    int header_count = 0;
    bool is_good = bocata_session_set_int(session, "visits", 18) == BOCATA_OK &&
                   bocata_session_save(session, &facts, drop_header, &header_count) == BOCATA_OK;

    bocata_session_free(session);
    return is_good && header_count == 3;
}

typedef enum operation {
    OPERATION_BARE,
    OPERATION_REKEYED,
    OPERATION_VERIFY,
    OPERATION_LOAD,
    OPERATION_LOAD_ROTATED,
    OPERATION_SAVE,
    OPERATION_COUNT
} operation;

static const struct {
    const char *name;
    bool (*run)(subject *);
} operations[OPERATION_COUNT] = {
    [OPERATION_BARE] = {"bare", run_bare},
    [OPERATION_REKEYED] = {"rekeyed", run_rekeyed},
    [OPERATION_VERIFY] = {"verify", run_verify},
    [OPERATION_LOAD] = {"load", run_load},
    [OPERATION_LOAD_ROTATED] = {"old key", run_load_rotated},
    [OPERATION_SAVE] = {"save", run_save},
};

static bool applies(const subject *s, operation which)
{
    return s->gcm || which != OPERATION_REKEYED;
}

/* ---- the subjects ---------------------------------------------------------------------------- */

static bocata_status keep_cookie(void *user, const char *name, const char *value)
{
    subject *s = user;

    if (strcmp(name, "Set-Cookie") == 0)
        snprintf(s->header, sizeof s->header, "%.*s", (int)strcspn(value, ";"), value);
    return BOCATA_OK;
}

static void make_cookie(subject *s)
{
    bocata_response_facts facts = {.status = 200, .now_s = NOW_S};
    bocata_session *session = bocata_session_load(s->codec, NULL, 0, NOW_S);
    bool is_good = bocata_session_set_int(session, "user_id", 123456) == BOCATA_OK &&
                   bocata_session_set_int(session, "visits", 17) == BOCATA_OK;

    for (int i = 0; i < s->item_count && is_good; i++) {
        char key[32];
        snprintf(key, sizeof key, "item-%02d", i);
        is_good = bocata_session_set_str(session, key, STR("thirty characters, more or less")) ==
                  BOCATA_OK;
    }
    check(is_good && bocata_session_save(session, &facts, keep_cookie, s) == BOCATA_OK &&
              s->header[0] != '\0',
          "making a cookie");
    bocata_session_free(session);
    s->value = str_skip(bocata_str_of(s->header), sizeof COOKIE_NAME);
}

static void make_sessions(subject *s)
{
    bocata_str old_text = STR("the key of the benchmark's cookies");
    bocata_str new_text = STR("a newer key, which signed no cookie");
    bocata_secret *old_key = bocata_secret_new(old_text.ptr, old_text.len);
    bocata_secret *new_key = bocata_secret_new(new_text.ptr, new_text.len);
    bocata_session_settings settings = {
        .secret_key = old_key, .format = s->format, .session_cookie = COOKIE_NAME};
    bocata_session_settings rotated = settings;

    rotated.secret_key = new_key;
    rotated.secret_key_fallbacks = (const bocata_secret *[]){old_key};
    rotated.secret_key_fallback_count = 1;
    check(bocata_sessions_open(&settings, &s->sessions, NULL) == BOCATA_OK &&
              bocata_sessions_open(&rotated, &s->rotated, NULL) == BOCATA_OK,
          "opening the sessions");
    bocata_secret_free(old_key);
    bocata_secret_free(new_key);
    s->codec = bocata_codec_new(s->sessions);
    s->rotated_codec = bocata_codec_new(s->rotated);
    s->ops = s->sessions->format;
    s->context = s->ops->context_new(s->sessions->keys, STR(COOKIE_NAME));
    check(s->codec && s->rotated_codec && s->context, "making a codec");
}

/* HMAC-SHA1 over what the cookie's signature covers. */
static void make_hmac(subject *s)
{
    char digest[] = "SHA1";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    s->hmac = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    check(s->hmac && EVP_MAC_init(s->hmac, bare_key, 20, params), "keying HMAC");
    const char *last = strrchr(s->header, '.');
    check(last, "finding the signature");
    s->signed_text = (bocata_str){s->value.ptr, (size_t)(last - s->value.ptr)};
}

/* AES-256-GCM over what the cookie's seal covers. */
static void make_gcm(subject *s, bocata_str plain)
{
    int len;

    memcpy(s->aad + SEALED_HEAD_LEN, COOKIE_NAME, sizeof COOKIE_NAME - 1);
    s->gcm = EVP_CIPHER_CTX_new();
    check(s->gcm && EVP_EncryptInit_ex2(s->gcm, EVP_aes_256_gcm(), bare_key, bare_iv, NULL) &&
              EVP_EncryptUpdate(s->gcm, NULL, &len, s->aad, sizeof s->aad) &&
              EVP_EncryptUpdate(s->gcm, s->ciphertext, &len, (const unsigned char *)plain.ptr,
                                (int)plain.len) &&
              EVP_EncryptFinal_ex(s->gcm, s->ciphertext + plain.len, &len) &&
              EVP_CIPHER_CTX_ctrl(s->gcm, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, s->tag) == 1 &&
              EVP_DecryptInit_ex2(s->gcm, EVP_aes_256_gcm(), bare_key, bare_iv, NULL),
          "keying AES-256-GCM");
    s->ciphertext_len = plain.len;
}

static void subject_init(subject *s)
{
    bocata_stamp stamp;
    bocata_verified verified;
    char *json;

    make_sessions(s);
    make_cookie(s);
    check(s->ops->verify(s->context, s->value, s->buffer, &verified) == BOCATA_OK, "verifying");
    if (s->format == BOCATA_FORMAT_SEALED)
        make_gcm(s, verified.payload);
    else
        make_hmac(s);
    check(s->ops->decode(verified.payload, s->buffer, &json, &s->json_len, &stamp) == BOCATA_OK,
          "decoding");
}

static void subject_done(subject *s)
{
    EVP_MAC_CTX_free(s->hmac);
    EVP_CIPHER_CTX_free(s->gcm);
    s->ops->context_free(s->context);
    bocata_codec_free(s->codec);
    bocata_codec_free(s->rotated_codec);
    bocata_sessions_close(s->sessions);
    bocata_sessions_close(s->rotated);
}

/* ---- measuring ------------------------------------------------------------------------------- */

static double cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double batch_ns(subject *s, operation which, unsigned count)
{
    bool is_good = true;
    double start = cpu_ns();

    for (unsigned i = 0; i < count; i++)
        is_good = operations[which].run(s) && is_good;
    double used = cpu_ns() - start;
    check(is_good, "an operation");
    return used;
}

static unsigned batch_count(subject *s, operation which)
{
    unsigned count = 16;

    while (batch_ns(s, which, count) < BATCH_NS / 2)
        count *= 2;
    return count;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static subject subjects[] = {
    {.name = "starlette", .format = BOCATA_FORMAT_STARLETTE, .item_count = 0},
    {.name = "starlette", .format = BOCATA_FORMAT_STARLETTE, .item_count = 6},
    {.name = "starlette", .format = BOCATA_FORMAT_STARLETTE, .item_count = 44},
    {.name = "sealed", .format = BOCATA_FORMAT_SEALED, .item_count = 0},
    {.name = "sealed", .format = BOCATA_FORMAT_SEALED, .item_count = 6},
    {.name = "sealed", .format = BOCATA_FORMAT_SEALED, .item_count = 44},
};

#define SUBJECT_COUNT (sizeof subjects / sizeof subjects[0])

/* Medians of nanoseconds; 0 where the operation does not apply. */
static void measure(double medians[SUBJECT_COUNT][OPERATION_COUNT])
{
    static double samples[SUBJECT_COUNT][OPERATION_COUNT][ROUNDS];
    unsigned counts[SUBJECT_COUNT][OPERATION_COUNT] = {0};

    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        for (operation o = 0; o < OPERATION_COUNT; o++)
            if (applies(&subjects[i], o))
                counts[i][o] = batch_count(&subjects[i], o);
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < SUBJECT_COUNT; i++)
            for (operation o = 0; o < OPERATION_COUNT; o++)
                if (counts[i][o])
                    samples[i][o][round] = batch_ns(&subjects[i], o, counts[i][o]) / counts[i][o];
    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        for (operation o = 0; o < OPERATION_COUNT; o++) {
            qsort(samples[i][o], ROUNDS, sizeof samples[i][o][0], compare);
            medians[i][o] = samples[i][o][ROUNDS / 2];
        }
}

/* ---- telling --------------------------------------------------------------------------------- */

/* XAES gives each message a key of its own: that is the primitive which a seal is judged by. */
static double verify_ratio(const subject *s, const double ns[OPERATION_COUNT])
{
    return ns[OPERATION_VERIFY] / ns[s->gcm ? OPERATION_REKEYED : OPERATION_BARE];
}

static bool report_times(double medians[SUBJECT_COUNT][OPERATION_COUNT])
{
    bool is_reached = true;

    printf("CPU ns, medians of %d rounds.\n"
           "  bare     HMAC-SHA1 or AES-256-GCM over the same bytes, keyed once\n"
           "  rekeyed  AES-256-GCM keyed for each message, as XAES must\n"
           "  verify   base64 and MAC, no JSON\n"
           "  load     of a Cookie header, and freed; old key: under the second of two\n"
           "  save     with an integer set, and the load before it\n\n"
           "%-10s %6s",
           ROUNDS, "", "JSON");
    for (operation o = 0; o < OPERATION_COUNT; o++)
        printf(" %8s", operations[o].name);
    printf(" %12s %15s\n", "verify/bare", "verify/rekeyed");
    for (size_t i = 0; i < SUBJECT_COUNT; i++) {
        const double *ns = medians[i];
        printf("%-10s %6zu", subjects[i].name, subjects[i].json_len);
        for (operation o = 0; o < OPERATION_COUNT; o++)
            if (applies(&subjects[i], o))
                printf(" %8.0f", ns[o]);
            else
                printf(" %8s", "");
        printf(" %12.2f", ns[OPERATION_VERIFY] / ns[OPERATION_BARE]);
        if (applies(&subjects[i], OPERATION_REKEYED))
            printf(" %15.2f", ns[OPERATION_VERIFY] / ns[OPERATION_REKEYED]);
        printf("\n");
        is_reached = is_reached && verify_ratio(&subjects[i], ns) <= VERIFY_RATIO_MAX;
    }
    printf("\nstarlette to bare and sealed to rekeyed, to reach %.1f: %s\n", VERIFY_RATIO_MAX,
           is_reached ? "yes" : "NO");
    return is_reached;
}

/* Ours and libcrypto's. */
static uint64_t allocations_of(subject *s, operation which)
{
    our_allocation_count = libcrypto_allocation_count = 0;
    check(operations[which].run(s), "an operation");
    return our_allocation_count + libcrypto_allocation_count;
}

/* OpenSSL 3.0 copies a digest's state into new memory for each HMAC, the bare one's as well. */
static bool report_allocations(void)
{
    bool is_reached = true;

    printf("allocations in a verification, and in the bare primitive:");
    for (size_t i = 0; i < SUBJECT_COUNT; i++) {
        uint64_t bare_count = allocations_of(&subjects[i], OPERATION_BARE);
        uint64_t count = allocations_of(&subjects[i], OPERATION_VERIFY);
        printf(" %" PRIu64 " and %" PRIu64 "%c", count, bare_count,
               i + 1 < SUBJECT_COUNT ? ',' : '\n');
        is_reached = is_reached && our_allocation_count == 0 && count <= bare_count;
    }
    printf("none of ours, and no more than in the primitive: %s\n", is_reached ? "yes" : "NO");
    return is_reached;
}

int main(void)
{
    static double medians[SUBJECT_COUNT][OPERATION_COUNT];

    check(CRYPTO_set_mem_functions(libcrypto_malloc, libcrypto_realloc, libcrypto_free),
          "counting libcrypto's allocations");
    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        subject_init(&subjects[i]);
    measure(medians);
    bool is_reached = report_times(medians);
    is_reached = report_allocations() && is_reached;
    for (size_t i = 0; i < SUBJECT_COUNT; i++)
        subject_done(&subjects[i]);
    return is_reached ? 0 : 1;
}
