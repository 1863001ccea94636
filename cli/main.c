/* The `bocata` command: keys for sessions. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bocata/version.h>

#include "crypto/base64.h"
#include "crypto/random.h"

#define KEY_LEN 32                           /* bytes */
#define KEY_TEXT_LEN ((KEY_LEN * 4 + 2) / 3) /* without padding */

typedef struct verb {
    const char *name, *summary;
    int (*run)(void); /* returns the exit status */
} verb;

static int run_keygen(void);

static const verb verbs[] = {
    {"keygen", "print a fresh key for SECRET_KEY", run_keygen},
};
enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

/* What was printed reaches its reader, or the exit status is 1. */
static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "bocata: standard output cannot be written: %s.\n", strerror(errno));
    return 1;
}

static int run_keygen(void)
{
    unsigned char key[KEY_LEN];
    char text[KEY_TEXT_LEN];

    if (bocata_random_bytes(key, sizeof key) != BOCATA_OK) {
        fputs("bocata: the system gives no random bytes.\n", stderr);
        return 1;
    }
    size_t len = bocata_base64_encode(BOCATA_BASE64_URL, key, sizeof key, text);
    printf("%.*s\n", (int)len, text);
    explicit_bzero(key, sizeof key);
    explicit_bzero(text, sizeof text);
    return finish_output();
}

static int print_help(void)
{
    puts("Usage: bocata VERB\n\nVerbs:");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-10s %s\n", verbs[i].name, verbs[i].summary);
    puts("\nOptions:\n  --help     print this\n  --version  print the version");
    return finish_output();
}

static int print_version(void)
{
    printf("bocata %s\n", bocata_version());
    return finish_output();
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("bocata: a verb is missing. `bocata --help` lists them.\n", stderr);
        return 2;
    }
    if (argc > 2) {
        fprintf(stderr, "bocata: `%s` takes no argument, but there is `%s`.\n", argv[1], argv[2]);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run();
    fprintf(stderr, "bocata: there is no verb `%s`. `bocata --help` lists them.\n", argv[1]);
    return 2;
}
