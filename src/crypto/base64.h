/* Base64 (RFC 4648), strict and canonical: one text for each run of bytes, and no other is
 * accepted. */
#ifndef BOCATA_CRYPTO_BASE64_H
#define BOCATA_CRYPTO_BASE64_H

#include <stddef.h>

#include <bocata/export.h>
#include <bocata/status.h>
#include <bocata/str.h>

typedef enum bocata_base64 {
    BOCATA_BASE64_STANDARD, /* RFC 4648 4, with padding */
    BOCATA_BASE64_URL,      /* RFC 4648 5, without */
} bocata_base64;

/* The length of the text for `len` bytes; `len` is below SIZE_MAX / 2. */
static inline size_t base64_text_len(bocata_base64 variant, size_t len)
{
    return variant == BOCATA_BASE64_STANDARD ? (len + 2) / 3 * 4
                                             : len / 3 * 4 + (len % 3 * 4 + 2) / 3;
}

/* Writes base64_text_len(variant, len) characters, which `text` has room for, without a NUL;
 * returns how many. */
size_t bocata_base64_encode(bocata_base64 variant, const void *bytes, size_t len, char *text);

/* Returns BOCATA_OK, BOCATA_E_MALFORMED, or BOCATA_E_LIMIT for more than `cap` bytes. The contents
 * of `bytes` after a failure are undefined. */
BOCATA_MUST_USE bocata_status bocata_base64_decode(bocata_base64 variant, bocata_str text,
                                                   void *bytes, size_t cap, size_t *ret_len);

#endif
