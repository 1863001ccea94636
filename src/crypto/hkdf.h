/* Keys from a secret: HKDF with SHA-256 (RFC 5869). */
#ifndef BOCATA_CRYPTO_HKDF_H
#define BOCATA_CRYPTO_HKDF_H

#include <stddef.h>

#include <bocata/export.h>
#include <bocata/status.h>
#include <bocata/str.h>

/* Writes `len` bytes, at most 255 * 32, that only who knows `secret` (not empty) can tell; another
 * `info` gives others. Returns BOCATA_OK or BOCATA_E_CRYPTO. */
BOCATA_MUST_USE bocata_status bocata_hkdf(bocata_str secret, bocata_str salt, bocata_str info,
                                          unsigned char *out, size_t len);

#endif
