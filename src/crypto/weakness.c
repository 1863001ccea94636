#include "crypto/weakness.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define GOOD_LEN_MIN 32      /* bytes, as SHA-256 and AES-256 have */
#define PERIOD_LEN_MAX 15    /* twice that fits in the shortest good one */
#define DISTINCT_BYTES_MIN 6 /* 32 random hex digits have fewer once in 10^12 */

/* In lower case, letters and digits only; long enough that no random key holds one by chance: among
 * the 43 characters of one in base64url, seven given letters stand once in 10^9. */
static const char *const telltales[] = {
    /* what placeholders say of themselves */
    "changeme",
    "changethis",
    "changeit",
    "changebefore",
    "changein",
    "tobechanged",
    "replaceme",
    "replacethis",
    "replacewith",
    "generateyourown",
    "insertyour",
    "donotuse",
    "dontuse",
    "placeholder",
    "example",
    "insecure",
    "password",
    "passphrase",
    "secretkey",
    "yoursecret",
    "mysecret",
    "somesecret",
    "supersecret",
    "topsecret",
    "verysecret",
    "notasecret",
    "notsosecret",
    "keyboardcat",
    "correcthorse",
    "qwertyuiop",
    "abcdefghij",
    "0123456789",
    "1234567890",
    /* what stands in documentation: FastAPI's tutorial, Flask's, Rocket's and Tornado's guides, */
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    "hpryyvrimyxpw5sbb1xecmn1kfsdcqkvbi2qjxbvhqk",
    "oetzkxqagaydkl5gemgejjfuyh7eqnp2xdtp1o",
    /* fastify-secure-session and @fastify/session, jwt.io, gorilla/csrf, Superset, Lumen, */
    "averylogphrasebiggerthanthirtytwochars",
    "asecretwithminimumlengthof32characters",
    "astringsecretatleast256bitslong",
    "32bytelongauthkey",
    "thisismyscretkey",
    "somerandomstring",
    /* two much copied tutorials on tokens in Java, and our own */
    "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",
    "9a4f2c8d3b7a1e6f45c8a0b3f267d8b1d4e6f3c8a9d2b5f8e3a9c8b5f6v8a3d9",
    "akeyofmorethanthirtytwobytes",
};

/* True if every byte is the one that stands `period` before it. */
static bool has_period(bocata_str secret, size_t period)
{
    return memcmp(secret.ptr, secret.ptr + period, secret.len - period) == 0;
}

static bool repeats_itself(bocata_str secret)
{
    size_t distinct = 0;

    for (size_t period = 1; period <= PERIOD_LEN_MAX; period++)
        if (has_period(secret, period))
            return true;
    for (size_t i = 0; i < secret.len && distinct < DISTINCT_BYTES_MIN; i++)
        if (str_find((bocata_str){secret.ptr, i}, secret.ptr[i]) == i)
            distinct++;
    return distinct < DISTINCT_BYTES_MIN;
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* Compares in place, since a simplified copy would be one more copy of a secret. */
static bool begins_with(bocata_str secret, const char *telltale)
{
    for (size_t i = 0; i < secret.len && *telltale; i++) {
        char c = char_lower(secret.ptr[i]);
        if (!is_letter_or_digit(c))
            continue;
        if (c != *telltale)
            return false;
        telltale++;
    }
    return !*telltale;
}

static bool tells_itself(bocata_str secret)
{
    for (size_t at = 0; at < secret.len; at++) {
        if (!is_letter_or_digit(char_lower(secret.ptr[at])))
            continue; /* so that a secret without any takes no longer */
        for (size_t i = 0; i < sizeof telltales / sizeof telltales[0]; i++)
            if (begins_with(str_skip(secret, at), telltales[i]))
                return true;
    }
    return false;
}

const char *bocata_secret_weakness(bocata_str secret)
{
    if (secret.len < GOOD_LEN_MIN)
        return "is shorter than 32 bytes";
    if (repeats_itself(secret))
        return "repeats itself";
    if (tells_itself(secret))
        return "stands in documentation, or says itself that it is to be changed";
    return NULL;
}
