/* How a session stands in a cookie: one row of functions a format, in src/session/formats. */
#ifndef BOCATA_SESSION_FORMAT_H
#define BOCATA_SESSION_FORMAT_H

#include "crypto/signer.h"

typedef struct bocata_format {
    bocata_signer_settings signer; /* all but the keys */

    /* Checks the signature of a cookie's value. `ret_signed->value` is the payload as it stands in
     * the cookie, so equal payloads are equal bytes. Returns as bocata_signer_unsign_timed. */
    bocata_status (*verify)(bocata_signer_context *signer, bocata_str value,
                            bocata_signed *ret_signed);

    /* Writes the JSON text of a verified payload. Returns BOCATA_OK, BOCATA_E_MALFORMED, or
     * BOCATA_E_LIMIT for more than `cap` bytes. */
    bocata_status (*decode)(bocata_str payload, char *json, size_t cap, size_t *ret_len);

    /* Writes the signed value that holds this JSON text. Returns BOCATA_OK, BOCATA_E_TOO_LARGE for
     * more than `cap` bytes, BOCATA_E_INVALID for a time before 1970, or BOCATA_E_CRYPTO. */
    bocata_status (*encode)(bocata_signer_context *signer, bocata_str json, int64_t now_s,
                            char *value, size_t cap, size_t *ret_len);
} bocata_format;

extern const bocata_format bocata_format_starlette;

#endif
