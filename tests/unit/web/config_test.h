/* What the tests of the config share: a folder of their own, and the getters by number. */
#ifndef CONFIG_TEST_H
#define CONFIG_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <bocata/config.h>

#include "base/str.h"

/* Of each test its own folder; in it ".env", and a file for NAME_FILE to name. */
static char folder[64], path[80], held[80];

static inline int set_up(void **state)
{
    (void)state;
    unsetenv("KEY");
    unsetenv("KEY_FILE");
    snprintf(folder, sizeof folder, "/tmp/bocata-config-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/.env", folder);
    snprintf(held, sizeof held, "%s/held", folder);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(held);
    return rmdir(folder);
}

static inline void write_to(const char *name, bocata_str text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

static inline void write_file(bocata_str text)
{
    write_to(path, text);
}

static inline void write_text(const char *text)
{
    write_file(bocata_str_of(text));
}

typedef enum getter { STRING, BOOL, INT, REAL, LIST, SECRET } getter;

/* What the getter returns, as text in `shown`; the fallbacks are "fallback", true, 42, 4.5, and
 * "x,y". */
static inline void get(bocata_config *config, getter which, bool is_required, char shown[256])
{
    size_t count = 0, len = 0;
    const char *const *list;
    const bocata_secret *secret;

    switch (which) {
    case STRING:
        snprintf(shown, 256, "%s",
                 is_required ? bocata_config_require_string(config, "KEY")
                             : bocata_config_string(config, "KEY", "fallback"));
        return;
    case BOOL:
        snprintf(shown, 256, "%d",
                 is_required ? bocata_config_require_bool(config, "KEY")
                             : bocata_config_bool(config, "KEY", true));
        return;
    case INT:
        snprintf(shown, 256, "%lld",
                 (long long)(is_required ? bocata_config_require_int(config, "KEY")
                                         : bocata_config_int(config, "KEY", 42)));
        return;
    case REAL:
        snprintf(shown, 256, "%g",
                 is_required ? bocata_config_require_real(config, "KEY")
                             : bocata_config_real(config, "KEY", 4.5));
        return;
    case LIST:
        list = is_required ? bocata_config_require_list(config, "KEY", &count)
                           : bocata_config_list(config, "KEY", "x,y", &count);
        shown[0] = '\0';
        for (size_t i = 0; i < count; i++)
            len += (size_t)snprintf(shown + len, 256 - len, "[%s]", list[i]);
        assert_null(list[count]);
        return;
    case SECRET:
        secret = bocata_config_secret(config, "KEY");
        snprintf(shown, 256, "%s", secret ? bocata_secret_reveal(secret).ptr : "none");
        return;
    }
}

#endif
