/* Both alphabets: what is accepted is canonical, so the encoder must write the very same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bocata_base64 variants[] = {BOCATA_BASE64_STANDARD, BOCATA_BASE64_URL};
    char *text = malloc(size + 1);
    uint8_t *bytes = malloc(size + 1);

    if (!text || !bytes)
        abort();
    memcpy(text, data, size);
    for (size_t i = 0; i < 2; i++) {
        size_t len;
        if (bocata_base64_decode(variants[i], (bocata_str){text, size}, bytes, size, &len) !=
            BOCATA_OK)
            continue;
        char *again = malloc(base64_text_len(variants[i], len) + 1);
        if (!again || bocata_base64_encode(variants[i], bytes, len, again) != size ||
            memcmp(again, text, size) != 0)
            abort();
        free(again);
        if (len > 0 && bocata_base64_decode(variants[i], (bocata_str){text, size}, bytes, len - 1,
                                            &len) != BOCATA_E_LIMIT)
            abort();
    }
    free(text);
    free(bytes);
    return 0;
}
