#include "session/sizes.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define KEYS_MAX 8
#define KEY_LEN_MAX (BOCATA_SHOWN_KEY_LEN - sizeof "...")

typedef struct key_size {
    const char *key;
    size_t len;
} key_size;

/* Keeps the KEYS_MAX largest, the largest first; returns how many there are. */
static size_t sizes_insert(key_size *sizes, size_t count, key_size one)
{
    size_t at = count;

    if (count < KEYS_MAX)
        count++;
    else if (sizes[--at].len >= one.len)
        return count;
    for (; at > 0 && sizes[at - 1].len < one.len; at--)
        sizes[at] = sizes[at - 1];
    sizes[at] = one;
    return count;
}

void bocata_key_show(const char *key, char shown[BOCATA_SHOWN_KEY_LEN])
{
    size_t len = strlen(key), cut = len > KEY_LEN_MAX ? KEY_LEN_MAX : len;

    for (size_t i = 0; i < cut; i++)
        shown[i] = (char)(key[i] >= ' ' && key[i] <= '~' ? key[i] : '?');
    snprintf(shown + cut, sizeof "...", "%s", cut < len ? "..." : "");
}

/* 0 for what there is no memory to measure. */
static size_t json_len(bocata_buf *scratch, const json_t *value, bocata_json_style style)
{
    scratch->len = 0;
    return bocata_json_write(scratch, SIZE_MAX, value, style) == BOCATA_OK ? scratch->len : 0;
}

void bocata_sizes_describe(const json_t *values, bocata_json_style style, char *text, size_t cap)
{
    key_size sizes[KEYS_MAX];
    bocata_buf scratch = {0};
    size_t count = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)values, key, value) /* which takes no const object */
        count = sizes_insert(sizes, count, (key_size){key, json_len(&scratch, value, style)});
    int len = snprintf(text, cap,
                       "the session is %zu bytes of JSON, more than fits a cookie; its largest "
                       "keys:",
                       json_len(&scratch, values, style));
    bocata_buf_free(&scratch);
    for (size_t i = 0; i < count && len > 0 && (size_t)len < cap; i++) {
        char shown[BOCATA_SHOWN_KEY_LEN];
        bocata_key_show(sizes[i].key, shown);
        len += snprintf(text + len, cap - (size_t)len, "%s \"%s\" %zu", i ? "," : "", shown,
                        sizes[i].len);
    }
}
