/* The protocol's cases, after the sections 1 to 7 and 9 of Autobahn's test suite: what the peer
 * sends, and what comes of it as test_message.c writes it down. */
#ifndef TEST_WIRE_CASES_H
#define TEST_WIRE_CASES_H

#include <stdint.h>

#include <bocata/str.h>

#include "bytes.h"

typedef struct plain_case {
    const char *intent;
    bocata_str bytes; /* frames, not masked */
    const char *outcome;
} plain_case;

static plain_case plain_cases[] = {
    /* 1: lengths of messages */
    {"1 empty text", BYTES("\x81\x00"), "text"},
    {"1 text of one byte", BYTES("\x81\x01v"), "text v"},
    {"1 empty binary", BYTES("\x82\x00"), "binary"},
    {"1 binary of one byte", BYTES("\x82\x01v"), "binary v"},
    {"1 two messages", BYTES("\x81\x01v\x82\x01w"), "text v; binary w"},
    /* 2: pings and pongs */
    {"2.1 empty ping", BYTES("\x89\x00"), "ping"},
    {"2.2 ping", BYTES("\x89\x05Hzllo"), "ping Hzllo"},
    {"2.3 ping of any bytes", BYTES("\x89\x02\xfe\xff"), "ping \xfe\xff"},
    {"2.7 pong nobody asked for", BYTES("\x8a\x00"), "pong"},
    {"2.8 pong with payload, then ping", BYTES("\x8a\x01x\x89\x01y"), "pong x; ping y"},
    {"2.10 three pings", BYTES("\x89\x01h\x89\x01i\x89\x01j"), "ping h; ping i; ping j"},
    {"2 a shorter ping after a longer", BYTES("\x89\x04long\x89\x01s"), "ping long; ping s"},
    /* 3: reserved bits, after a good message */
    {"3 RSV1, not negotiated", BYTES("\x81\x01v\xc1\x01w\x89\x00"), "text v; fail 1002"},
    {"3 RSV2", BYTES("\x81\x01v\xa1\x01w\x89\x00"), "text v; fail 1002"},
    {"3 RSV3", BYTES("\x81\x01v\x91\x01w\x89\x00"), "text v; fail 1002"},
    {"3 all", BYTES("\x81\x01v\xf1\x01w\x89\x00"), "text v; fail 1002"},
    {"3 RSV3 on a ping", BYTES("\x99\x00"), "fail 1002"},
    {"3 RSV2 on a close", BYTES("\xa8\x00"), "fail 1002"},
    {"3 RSV2 on a continuation", BYTES("\x01\x01v\xa0\x01w"), "fail 1002"},
    /* 4: reserved opcodes */
    {"4 opcode 3", BYTES("\x81\x01v\x83\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 4", BYTES("\x81\x01v\x84\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 5", BYTES("\x81\x01v\x85\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 6", BYTES("\x81\x01v\x86\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 7", BYTES("\x81\x01v\x87\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 11", BYTES("\x81\x01v\x8b\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 12", BYTES("\x81\x01v\x8c\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 13", BYTES("\x81\x01v\x8d\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 14", BYTES("\x81\x01v\x8e\x00\x89\x00"), "text v; fail 1002"},
    {"4 opcode 15", BYTES("\x81\x01v\x8f\x00\x89\x00"), "text v; fail 1002"},
    /* 5: fragments */
    {"5.1 fragmented ping", BYTES("\x09\x01v\x80\x01w"), "fail 1002"},
    {"5.2 fragmented pong", BYTES("\x0a\x01v\x80\x01w"), "fail 1002"},
    {"5 fragmented close", BYTES("\x08\x02\x03\xe8"), "fail 1002"},
    {"5.3 text in two", BYTES("\x01\x02vw\x80\x02xy"), "text vwxy"},
    {"5 binary in four", BYTES("\x02\x01v\x00\x01w\x00\x01x\x80\x01y"), "binary vwxy"},
    {"5.6 ping in a message", BYTES("\x01\x01v\x89\x01p\x80\x01w"), "ping p; text vw"},
    {"5 pong in a message", BYTES("\x01\x01v\x8a\x01p\x80\x01w"), "pong p; text vw"},
    {"5.19 pings between five fragments",
     BYTES("\x01\x01v\x00\x01w\x89\x01h\x00\x01x\x00\x01y\x89\x01i\x80\x01z"),
     "ping h; ping i; text vwxyz"},
    {"5.9 continuation of nothing, final", BYTES("\x80\x01v\x81\x01w"), "fail 1002"},
    {"5.12 continuation of nothing, not final", BYTES("\x00\x01v\x81\x01w"), "fail 1002"},
    {"5 continuation of a whole message", BYTES("\x81\x01v\x80\x01w"), "text v; fail 1002"},
    {"5.15 continuation of what has ended", BYTES("\x01\x01v\x80\x01w\x80\x01x"),
     "text vw; fail 1002"},
    {"5.18 text within text", BYTES("\x01\x01v\x81\x01w"), "fail 1002"},
    {"5 binary within text", BYTES("\x01\x01v\x02\x01w"), "fail 1002"},
    {"5 two fragmented messages", BYTES("\x01\x01v\x80\x01w\x02\x01x\x80\x01y"),
     "text vw; binary xy"},
    {"5 only empty fragments", BYTES("\x02\x00\x00\x00\x80\x00"), "binary"},
    {"5 not finished", BYTES("\x01\x01v\x00\x01w"), ""},
    /* 6: UTF-8; test_utf8.c has the bytes */
    {"6.1.2 empty fragments", BYTES("\x01\x00\x00\x00\x80\x00"), "text"},
    {"6.1.3 empty around a text", BYTES("\x01\x00\x00\x01v\x80\x00"), "text v"},
    {"6.2.1 text", BYTES("\x81\x0a\xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"),
     "text \xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"},
    {"6.2.2 cut between characters",
     BYTES("\x01\x02\xce\xba\x80\x08\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"),
     "text \xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"},
    {"6.2.3 cut within a character",
     BYTES("\x01\x03\xce\xba\xcf\x80\x07\x8c\xcf\x83\xce\xbc\xce\xb5"),
     "text \xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"},
    {"6 cut within one, a ping there", BYTES("\x01\x01\xce\x89\x01\xff\x80\x01\xba"),
     "ping \xff; text \xce\xba"},
    {"6.3.1 not UTF-8",
     BYTES("\x81\x0d\xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x89\x00"), "fail 1007"},
    {"6.3.2 not UTF-8 over two frames", BYTES("\x01\x01\xed\x80\x02\xa0\x80"), "fail 1007"},
    {"6.4.1 fails before the message ends", BYTES("\x01\x02v\xff\x89\x00"), "fail 1007"},
    {"6.4.3 fails before the frame ends",
     BYTES("\x81"
           "dv\xff"),
     "fail 1007"},
    {"6 ends within a character", BYTES("\x81\x01\xce"), "fail 1007"},
    {"6 ends within one, in the second frame", BYTES("\x01\x01v\x80\x02\xe2\x82"), "fail 1007"},
    {"6 ends within one, the last frame empty", BYTES("\x01\x02\xe2\x82\x80\x00"), "fail 1007"},
    {"6 each text begins anew", BYTES("\x81\x02\xc3\xa9\x81\x01\xa9"), "text \xc3\xa9; fail 1007"},
    {"6 binary is not checked", BYTES("\x02\x01\xff\x80\x01\xc3\x82\x01\xff"),
     "binary \xff\xc3; binary \xff"},
    /* 7: closing */
    {"7.1.1 message, then close", BYTES("\x81\x01v\x88\x00"), "text v; close 1005"},
    {"7.1.2 second close", BYTES("\x88\x00\x88\x00"), "close 1005"},
    {"7.1.3 ping after it", BYTES("\x88\x02\x03\xe8\x89\x00"), "close 1000"},
    {"7.1.4 text after it", BYTES("\x88\x02\x03\xe8\x81\x01v"), "close 1000"},
    {"7.1.5 in a message", BYTES("\x01\x01v\x88\x02\x03\xe8\x80\x01w"), "close 1000"},
    {"7 nonsense after it", BYTES("\x88\x00\xff\xff\xff"), "close 1005"},
    {"7.3.2 half a code", BYTES("\x88\x01\x03"), "fail 1002"},
    {"7.3.3 code only", BYTES("\x88\x02\x03\xe9"), "close 1001"},
    {"7.3.4 code and reason", BYTES("\x88\x0c\x03\xe8\xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"),
     "close 1000 \xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5"},
    {"7.5.1 reason not UTF-8",
     BYTES("\x88\x0f\x03\xe8\xce\xba\xcf\x8c\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), "fail 1007"},
    {"7 reason ends within a character", BYTES("\x88\x03\x03\xe8\xc3"), "fail 1007"},
    {"7.7 code 1000", BYTES("\x88\x02\x03\xe8"), "close 1000"},
    {"7.7 code 1003", BYTES("\x88\x02\x03\xeb"), "close 1003"},
    {"7.7 code 1007", BYTES("\x88\x02\x03\xef"), "close 1007"},
    {"7.7 code 1014", BYTES("\x88\x02\x03\xf6"), "close 1014"},
    {"7.7 code 3000", BYTES("\x88\x02\x0b\xb8"), "close 3000"},
    {"7.7 code 3999", BYTES("\x88\x02\x0f\x9f"), "close 3999"},
    {"7.7 code 4000", BYTES("\x88\x02\x0f\xa0"), "close 4000"},
    {"7.7 code 4999", BYTES("\x88\x02\x13\x87"), "close 4999"},
    {"7.9 code 0", BYTES("\x88\x02\x00\x00"), "fail 1002"},
    {"7.9 code 999", BYTES("\x88\x02\x03\xe7"), "fail 1002"},
    {"7.9 code 1004", BYTES("\x88\x02\x03\xec"), "fail 1002"},
    {"7.9 code 1005", BYTES("\x88\x02\x03\xed"), "fail 1002"},
    {"7.9 code 1006", BYTES("\x88\x02\x03\xee"), "fail 1002"},
    {"7.9 code 1015", BYTES("\x88\x02\x03\xf7"), "fail 1002"},
    {"7.9 code 1016", BYTES("\x88\x02\x03\xf8"), "fail 1002"},
    {"7.9 code 1100", BYTES("\x88\x02\x04L"), "fail 1002"},
    {"7.9 code 2000", BYTES("\x88\x02\x07\xd0"), "fail 1002"},
    {"7.9 code 2999", BYTES("\x88\x02\x0b\xb7"), "fail 1002"},
    {"7.9 code 5000", BYTES("\x88\x02\x13\x88"), "fail 1002"},
    {"7.9 code 65535", BYTES("\x88\x02\xff\xff"), "fail 1002"},
    {"7 bad code with a bad reason", BYTES("\x88\x03\x03\xe7\xff"), "fail 1002"},
    /* 9: limits, and lengths as they must be written */
    {"9 1 GiB by its header", BYTES("\x82\x7f\x00\x00\x00\x00@\x00\x00\x00"), "fail 1009"},
    {"9 2^63-1", BYTES("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), "fail 1009"},
    {"9 2^63-1 behind one byte", BYTES("\x02\x01v\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"),
     "fail 1009"},
    {"9 2^63", BYTES("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), "fail 1002"},
    {"9 2^64-1", BYTES("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), "fail 1002"},
    {"9 0 in 16 bits", BYTES("\x82\x7e\x00\x00"), "fail 1002"},
    {"9 65535 in 64 bits", BYTES("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"), "fail 1002"},
    {"9 1 in 64 bits", BYTES("\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x01v"), "fail 1002"},
    {"9 ping of 1 in 16 bits", BYTES("\x89\x7e\x00\x01v"), "fail 1002"},
    {"9 ping of 1 in 64 bits", BYTES("\x89\x7f\x00\x00\x00\x00\x00\x00\x00\x01v"), "fail 1002"},
};

typedef struct limit_case {
    const char *intent;
    bocata_str bytes;
    const char *outcome;
    size_t fill;                           /* so many stars follow the bytes */
    size_t frame_len_max, message_len_max; /* 0: no limit that matters */
} limit_case;

/* Lengths of all widths, and limits. */
static limit_case limit_cases[] = {
    {"1 text of 125", BYTES("\x81\x7d"), "text *125", 125, 0, 0},
    {"1 text of 126", BYTES("\x81\x7e\x00\x7e"), "text *126", 126, 0, 0},
    {"1 text of 127", BYTES("\x81\x7e\x00\x7f"), "text *127", 127, 0, 0},
    {"1 text of 128", BYTES("\x81\x7e\x00\x80"), "text *128", 128, 0, 0},
    {"1 text of 65535", BYTES("\x81\x7e\xff\xff"), "text *65535", 65535, 0, 0},
    {"1 text of 65536", BYTES("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), "text *65536", 65536, 0,
     0},
    {"1 binary of 126", BYTES("\x82\x7e\x00\x7e"), "binary *126", 126, 0, 0},
    {"1 binary of 65536", BYTES("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"), "binary *65536", 65536,
     0, 0},
    {"2.4 longest ping", BYTES("\x89\x7d"), "ping *125", 125, 0, 0},
    {"2.5 ping too long", BYTES("\x89\x7e\x00\x7e"), "fail 1002", 126, 0, 0},
    {"2 longest pong", BYTES("\x8a\x7d"), "pong *125", 125, 0, 0},
    {"2 pong too long", BYTES("\x8a\x7e\x00\x7e"), "fail 1002", 126, 0, 0},
    {"5 long fragments", BYTES("\x02\x00\x00\x00\x80\x7e\x01,"), "binary *300", 300, 0, 0},
    {"7.3.5 longest reason", BYTES("\x88\x7d\x03\xe8"), "close 1000 *123", 123, 0, 0},
    {"7.3.6 reason too long", BYTES("\x88\x7e\x00\x7e\x03\xe8"), "fail 1002", 124, 0, 0},
    {"9 frame at the limit", BYTES("\x82\x0a"), "binary *10", 10, 10, 0},
    {"9 frame beyond it, by its header", BYTES("\x82\x0b"), "fail 1009", 0, 10, 0},
    {"9 message at the limit", BYTES("\x02\x04****\x80\x06"), "binary *10", 6, 0, 10},
    {"9 message beyond it, by a header", BYTES("\x02\x04****\x00\x07"), "fail 1009", 0, 0, 10},
    {"9 single message beyond it", BYTES("\x81\x0b"), "fail 1009", 0, 0, 10},
    {"9 the next message counts anew", BYTES("\x81\x08hijklmno\x81\x0ahijklmnopg"),
     "text hijklmno; text hijklmnopg", 0, 0, 10},
    {"9 pings do not count", BYTES("\x02\x04****\x89\x0cghijklmnopvw\x80\x06"),
     "ping ghijklmnopvw; binary *10", 6, 10, 10},
    {"9 125 in 16 bits", BYTES("\x82\x7e\x00\x7d"), "fail 1002", 125, 0, 0},
};

/* Compressed messages, and an inflater that doubles every byte, fails at `!`, and ends each message
 * with a dollar. */
static limit_case compressed_cases[] = {
    {"whole", BYTES("\xc1\x02xy\x81\x01z"), "text xxyy$; text z", 0, 0, 0},
    {"in three frames", BYTES("\x41\x01x\x00\x00\x80\x02yz"), "text xxyyzz$", 0, 0, 0},
    {"around a ping", BYTES("\x42\x01x\x89\x01p\x80\x01y"), "ping p; binary xxyy$", 0, 0, 0},
    {"the last frame empty", BYTES("\x42\x01x\x80\x00"), "binary xx$", 0, 0, 0},
    {"empty", BYTES("\xc1\x00"), "text $", 0, 0, 0},
    {"text checked as it came out", BYTES("\xc1\x01\xc3"), "fail 1007", 0, 0, 0},
    {"binary is not text", BYTES("\xc2\x01\xc3"), "binary \xc3\xc3$", 0, 0, 0},
    {"cannot be inflated", BYTES("\xc1\x02x!\x89\x00"), "fail 1002", 0, 0, 0},
    {"inflates to the limit", BYTES("\xc2\x04xxxx"), "binary xxxxxxxx$", 0, 0, 8},
    {"inflates beyond it", BYTES("\xc2\x05xxxxx\x81\x00"), "fail 1009", 0, 0, 8},
    {"beyond it in the second frame", BYTES("\x42\x04xxxx\x80\x01x"), "fail 1009", 0, 0, 8},
    {"as long as may be with this limit", BYTES("\x42\x4a"), "", 0, 0, 8},
    {"longer", BYTES("\x42\x4b"), "fail 1009", 0, 0, 8},
    {"longer in the second frame", BYTES("\x42\x01x\x80\x4a"), "fail 1009", 0, 0, 8},
    {"a limit whose room would overflow to 0", BYTES("\xc1\x01x"), "text xx$", 0, SIZE_MAX,
     SIZE_MAX / 5 * 4 - 50},
    {"a plain one has no such room", BYTES("\x02\x09"), "fail 1009", 0, 0, 8},
    {"RSV1 on a continuation", BYTES("\x41\x01x\xc0\x01y"), "fail 1002", 0, 0, 0},
    {"RSV1 on a ping", BYTES("\xc9\x00"), "fail 1002", 0, 0, 0},
    {"RSV1 on a close", BYTES("\xc8\x00"), "fail 1002", 0, 0, 0},
    {"RSV2", BYTES("\xe1\x00"), "fail 1002", 0, 0, 0},
};

#endif
