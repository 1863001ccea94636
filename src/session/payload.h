/* From the JSON text of a verified cookie to a session's values, or to the name of what is wrong
 * with it. */
#ifndef BOCATA_SESSION_PAYLOAD_H
#define BOCATA_SESSION_PAYLOAD_H

#include <bocata/session.h>

/* Parses `len` bytes, which a failure may change. Of duplicate keys the last wins, as in Python.
 *
 *   ret_values  a new reference to an object; set on success only
 *   ret_detail  a constant sentence about a refusal; set on BOCATA_REASON_UNSUPPORTED_VALUE only
 *
 * Returns BOCATA_OK with BOCATA_REASON_NONE, _NOT_AN_OBJECT or _UNSUPPORTED_VALUE in `ret_reason`;
 * or BOCATA_E_NOMEM. */
BOCATA_MUST_USE bocata_status bocata_payload_parse(char *text, size_t len, json_t **ret_values,
                                                   bocata_reason *ret_reason,
                                                   const char **ret_detail);

#endif
