/* What a link does: what is done to it, and what comes of it as test_link.c writes it down.
 *
 * A script's items are the peer's frames (text, binary, part of a text, ping, pong, close;
 * unmasked, squeezed: mistakes), what the application does (send, share, probe with a ping, end
 * with a close), and the host (drain, begin, hold, lose). `*9` stands for nine stars. */
#ifndef TEST_LINK_CASES_H
#define TEST_LINK_CASES_H

#include <stddef.h>

typedef struct link_case {
    const char *intent;
    const char *script;
    const char *events;   /* and statuses but BOCATA_OK */
    const char *received; /* by the peer, of what was sent and what waits */
    const char *state;    /* with the close code and reason */
    size_t unsent_len_max;
} link_case;

#define MESSAGE_LEN_MAX 100
#define SLOW "the client does not take what is sent"

/* The same with and without permessage-deflate. */
static link_case link_cases[] = {
    /* messages */
    {"messages are given", "text hi; binary yo; text", "text hi; binary yo; text", "", "open", 0},
    {"a message in parts", "part h; ping a; part i; text !", "text hi!", "pong a", "open", 0},
    {"messages are sent", "send a; binary x; share b; send", "binary x", "text a; text b; text",
     "open", 0},
    {"as long as may be", "text *100", "text *100", "", "open", 0},
    /* pings and pongs */
    {"a ping is answered", "ping a", "", "pong a", "open", 0},
    {"the longest", "ping *125", "", "pong *125", "open", 0},
    {"a pong is given", "pong a; pong", "pong a; pong", "", "open", 0},
    {"so is each of a few", "ping a; send x; ping b; ping c", "", "pong a; text x; pong b; pong c",
     "open", 0},
    {"ours is not taken for a pong", "probe a; ping b", "", "ping a; pong b", "open", 0},
    /* the closing handshake */
    {"the peer closes", "close 1000 bye", "end", "close 1000", "closed 1000 bye", 0},
    {"without a code", "close 1005", "end", "close 1005", "closed 1005", 0},
    {"with one of its own", "close 4999 \xc3\xa9", "end", "close 4999", "closed 4999 \xc3\xa9", 0},
    {"what waits goes before", "send x; ping a; close 1001", "end", "text x; pong a; close 1001",
     "closed 1001", 0},
    {"in the middle of a message", "part x; close 1001", "end", "close 1001", "closed 1001", 0},
    {"nothing counts behind it", "close 1000; text x; ping a; close 1001; unmasked", "end",
     "close 1000", "closed 1000", 0},
    {"we close", "send x; end 4000 bye", "", "text x; close 4000 bye", "closing 4000 bye", 0},
    {"and the peer answers", "end 4000 bye; close 4000", "end", "close 4000 bye", "closed 4000 bye",
     0},
    {"without a code of ours", "end 1005; close 1005", "end", "close 1005", "closed 1005", 0},
    {"both at once", "end 4000 ours; close 1000 theirs", "end", "close 4000 ours",
     "closed 4000 ours", 0},
    {"we close what is closed", "close 1000 theirs; end 4000 ours", "end", "close 1000",
     "closed 1000 theirs", 0},
    {"we close twice", "end 4000 bye; end 4001 again", "", "close 4000 bye", "closing 4000 bye", 0},
    {"messages are passed over", "end 1000; text x; ping a; pong b; part y; close 1000", "end",
     "close 1000", "closed 1000", 0},
    {"a pong goes before", "ping a; end 1000; ping b", "", "pong a; close 1000", "closing 1000", 0},
    {"a mistake instead of an answer", "send x; end 1000 bye; unmasked", "end",
     "text x; close 1000 bye", "closed 1000 bye", 0},
    {"sent after ours", "end 1000; send x; share y; probe z",
     "BOCATA_E_INVALID; BOCATA_E_INVALID; BOCATA_E_INVALID", "close 1000", "closing 1000", 0},
    {"sent after theirs", "close 1000; send x; share y; probe z",
     "end; BOCATA_E_INVALID; BOCATA_E_INVALID; BOCATA_E_INVALID", "close 1000", "closed 1000", 0},
    {"a code that may not be sent", "end 1006 bye", "BOCATA_E_INVALID", "close 1005",
     "closing 1005", 0},
    {"a reason without a code", "end 1005 bye", "BOCATA_E_INVALID", "close 1005", "closing 1005",
     0},
    {"a reason that is not UTF-8", "end 1000 \xff", "BOCATA_E_INVALID", "close 1000",
     "closing 1000", 0},
    {"the longest reason", "end 1000 *123", "", "close 1000 *123", "closing 1000 *123", 0},
    {"a longer one", "end 1000 *124", "BOCATA_E_LIMIT", "close 1000", "closing 1000", 0},
    {"the longest reason of theirs", "close 1000 *123", "end", "close 1000", "closed 1000 *123", 0},
    /* failures */
    {"a frame that is not masked", "unmasked", "end", "close 1002 a client's frame is not masked",
     "closed 1002 a client's frame is not masked", 0},
    {"a text that is not UTF-8", "text \xff", "end", "close 1007 a text is not UTF-8",
     "closed 1007 a text is not UTF-8", 0},
    {"a message that is too long", "text *101", "end", "close 1009 a message is too long",
     "closed 1009 a message is too long", 0},
    {"parts that are too long", "part *99; text xx", "end", "close 1009 a message is too long",
     "closed 1009 a message is too long", 0},
    {"a close code that may not be sent", "close 1006", "end",
     "close 1002 a close code that may not be sent",
     "closed 1002 a close code that may not be sent", 0},
    {"what waits goes out before", "send x; ping a; share y; unmasked", "end",
     "text x; pong a; text y; close 1002 a client's frame is not masked",
     "closed 1002 a client's frame is not masked", 0},
    {"nothing counts behind it", "unmasked; text x; close 1000; end 1000; send x",
     "end; BOCATA_E_INVALID", "close 1002 a client's frame is not masked",
     "closed 1002 a client's frame is not masked", 0},
    /* a peer that is lost */
    {"lost", "send x; lose; text y", "", "text x", "closed 1006", 0},
    {"lost while we close", "end 1000 bye; lose; close 1000", "", "close 1000 bye",
     "closed 1000 bye", 0},
    {"lost when it was closed", "close 1000 bye; lose", "end", "close 1000", "closed 1000 bye", 0},
    {"lost twice", "lose; lose", "", "", "closed 1006", 0},
};

/* Without permessage-deflate, mostly as lengths on the wire matter. */
static link_case plain_cases[] = {
    {"compressed all the same", "squeezed", "end", "close 1002 a reserved bit is set",
     "closed 1002 a reserved bit is set", 0},
    {"one frame at the limit", "send 12345678", "", "text 12345678", "open", 10},
    {"one beyond it", "send 123456789", "BOCATA_E_LIMIT", "close 1013 " SLOW, "closing 1013 " SLOW,
     10},
    {"two at the limit", "send 123; share 123", "", "text 123; text 123", "open", 10},
    {"two beyond it", "send 123; share 1234", "BOCATA_E_LIMIT", "close 1013 " SLOW,
     "closing 1013 " SLOW, 10},
    {"what is sent does not count", "send 12345678; drain; send 12345678", "",
     "text 12345678; text 12345678", "open", 10},
    {"nor what is sent of the first", "send 12345; begin; send 12", "", "text 12345; text 12",
     "open", 10},
    {"but its rest", "send 12345; begin; send 123", "BOCATA_E_LIMIT",
     "text 12345; close 1013 " SLOW, "closing 1013 " SLOW, 10},
    {"what is held stays and counts", "send 12345; hold; send 1234", "BOCATA_E_LIMIT",
     "text 12345; close 1013 " SLOW, "closing 1013 " SLOW, 10},
    {"our pings count", "probe 123456789", "BOCATA_E_LIMIT", "close 1013 " SLOW,
     "closing 1013 " SLOW, 10},
    {"pongs are always queued", "send 12345678; ping 12345678", "", "text 12345678; pong 12345678",
     "open", 10},
    {"but leave no room", "send 12345678; ping a; send", "BOCATA_E_LIMIT", "close 1013 " SLOW,
     "closing 1013 " SLOW, 10},
    {"closes are always queued", "send 12345678; end 1000 bye", "", "text 12345678; close 1000 bye",
     "closing 1000 bye", 10},
    {"and answers to them", "send 12345678; close 1000", "end", "text 12345678; close 1000",
     "closed 1000", 10},
    {"the peer answers", "send 123456789; close 1013", "BOCATA_E_LIMIT; end", "close 1013 " SLOW,
     "closed 1013 " SLOW, 10},
};

#endif
