/* What a call that can fail returns, and where it puts the details. */
#ifndef BOCATA_STATUS_H
#define BOCATA_STATUS_H

#include <stddef.h>

#include <bocata/export.h>

/* One list makes the codes, their names and their texts. New ones go to the end. */
#define BOCATA_STATUS_MAP(X)                                                                       \
    X(OK, "success")                                                                               \
    X(E_NOMEM, "out of memory, or past the memory that one request may use")                       \
    X(E_INVALID, "an argument or a setting is not valid")                                          \
    X(E_LIMIT, "a limit is exceeded")                                                              \
    X(E_MALFORMED, "the bytes are not of the expected form")                                       \
    X(E_SIGNATURE, "the signature does not match")                                                 \
    X(E_EXPIRED, "it is too old")                                                                  \
    X(E_FUTURE, "its timestamp lies in the future")                                                \
    X(E_TOO_LARGE, "it is larger than browsers accept")                                            \
    X(E_UNSUPPORTED, "the value cannot be represented")                                            \
    X(E_IO, "the system refused an input or output")                                               \
    X(E_CRYPTO, "libcrypto refused an operation")                                                  \
    X(E_TOO_LATE, "the session was sent already")

typedef enum bocata_status {
#define BOCATA_STATUS_CODE(name, text) BOCATA_##name,
    BOCATA_STATUS_MAP(BOCATA_STATUS_CODE)
#undef BOCATA_STATUS_CODE
} bocata_status;

/* Why a call failed. `message` is a constant sentence, never bytes of a request and never a secret.
 * (This struct is the caller's memory, and so never grows.) */
typedef struct bocata_error {
    bocata_status code;
    const char *message;
} bocata_error;

BOCATA_BEGIN_DECLS

/* "BOCATA_E_EXPIRED"; "BOCATA_E_UNKNOWN" for a number that is no code. */
BOCATA_API const char *bocata_status_name(bocata_status status);

/* The code's sentence, as in the list above. */
BOCATA_API const char *bocata_status_text(bocata_status status);

BOCATA_END_DECLS

#endif
