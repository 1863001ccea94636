/* The hashes that signers know. */
#ifndef BOCATA_CRYPTO_DIGEST_H
#define BOCATA_CRYPTO_DIGEST_H

#include <stddef.h>

#include <bocata/export.h>
#include <bocata/status.h>
#include <bocata/str.h>

typedef enum bocata_digest {
    BOCATA_DIGEST_SHA1, /* as an HMAC and for deriving it still stands; it is what the formats ask
                           for */
    BOCATA_DIGEST_SHA256,
    BOCATA_DIGEST_SHA512,
} bocata_digest;

#define BOCATA_DIGEST_LEN_MAX 64

size_t bocata_digest_len(bocata_digest digest);       /* in bytes; 0 for a number that is none */
const char *bocata_digest_name(bocata_digest digest); /* as libcrypto calls it; NULL for none */

/* The hash of the parts, one behind the other; writes bocata_digest_len bytes.
 * Returns BOCATA_OK or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_digest_sum(bocata_digest digest, const bocata_str *parts,
                                                size_t count, unsigned char *sum);

#endif
