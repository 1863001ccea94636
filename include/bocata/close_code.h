/* Why a WebSocket is closed (RFC 6455 7.4.1, and IANA's registry). */
#ifndef BOCATA_CLOSE_CODE_H
#define BOCATA_CLOSE_CODE_H

enum {
    BOCATA_CLOSE_NORMAL = 1000,
    BOCATA_CLOSE_GOING_AWAY = 1001,
    BOCATA_CLOSE_PROTOCOL_ERROR = 1002,
    BOCATA_CLOSE_UNSUPPORTED_DATA = 1003,
    BOCATA_CLOSE_NO_CODE = 1005,  /* never sent: the close frame was empty */
    BOCATA_CLOSE_ABNORMAL = 1006, /* never sent: there was no close frame */
    BOCATA_CLOSE_INVALID_DATA = 1007,
    BOCATA_CLOSE_POLICY_VIOLATION = 1008, /* the session ended, or what the application forbids */
    BOCATA_CLOSE_TOO_BIG = 1009,
    BOCATA_CLOSE_INTERNAL_ERROR = 1011,
    BOCATA_CLOSE_TRY_AGAIN_LATER = 1013, /* the client does not take what is sent */
};

#define BOCATA_CLOSE_REASON_LEN_MAX 123 /* bytes of UTF-8 */

#endif
