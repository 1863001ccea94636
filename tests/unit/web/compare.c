/* Reads settings and forms, and prints what it read in hexadecimal, for test_compare.py.
 *
 *     compare config FILE...    of each file the KEY as string, bool, int, float and list
 *     compare fields FILE...    of each file the urlencoded fields
 *
 * One line a reading: the texts, each behind a colon; or "!" and the mistake. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bocata/config.h>

#include "base/file.h"
#include "web/fields.h"

static void print_hex(bocata_str str)
{
    putchar(':');
    for (size_t i = 0; i < str.len; i++)
        printf("%02x", (unsigned)(unsigned char)str.ptr[i]);
}

static void print_text(const char *text)
{
    print_hex(bocata_str_of(text));
}

static void print_string(bocata_config *config)
{
    print_text(bocata_config_require_string(config, "KEY"));
}

static void print_bool(bocata_config *config)
{
    print_text(bocata_config_require_bool(config, "KEY") ? "True" : "False");
}

static void print_int(bocata_config *config)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)bocata_config_require_int(config, "KEY"));
    print_text(text);
}

static void print_real(bocata_config *config)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", bocata_config_require_real(config, "KEY"));
    print_text(text);
}

static void print_list(bocata_config *config)
{
    size_t count;
    const char *const *list = bocata_config_require_list(config, "KEY", &count);
    for (size_t i = 0; i < count; i++)
        print_text(list[i]);
}

static void print_config(const char *path)
{
    static void (*const readings[])(bocata_config *) = {print_string, print_bool, print_int,
                                                        print_real, print_list};
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        bocata_config *config = bocata_config_open(path);
        if (!config)
            abort();
        readings[i](config);
        const char *mistake = bocata_config_error(config);
        if (mistake) {
            putchar('!');
            print_text(mistake);
        }
        putchar('\n');
        bocata_config_close(config);
    }
}

static void print_fields(const char *path)
{
    char text[4096];
    bocata_arena arena;
    bocata_fields *fields;
    size_t len;

    bocata_arena_init(&arena, NULL, (size_t)1 << 20);
    if (bocata_file_read(path, text, sizeof text, &len) != BOCATA_OK ||
        bocata_fields_parse(&arena, (bocata_str){text, len}, &fields) != BOCATA_OK)
        abort();
    for (size_t i = 0; i < bocata_fields_size(fields); i++) {
        print_hex(bocata_fields_at(fields, i).name);
        print_hex(bocata_fields_at(fields, i).value);
    }
    putchar('\n');
    bocata_arena_done(&arena);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    for (int i = 2; i < argc; i++)
        strcmp(argv[1], "config") == 0 ? print_config(argv[i]) : print_fields(argv[i]);
    return 0;
}
