"""The protocol's cases, after the sections 1 to 7 and 9 of Autobahn's test suite: what a client sends, and what
an echo answers. Whole, and the small ones cut in two at every byte, and byte by byte.

A row that does not end in a close frame is closed with 1000 behind its bytes; after every close frame the server
ends the connection.
"""

import unittest

import frames
import tap
import wire
from frames import RSV1, RSV2, RSV3, binary, close, frame, more, ping, pong, text

STARS = b"*" * 70000
KOSME = "κόσμε".encode()
CUT_LEN_MAX = 300  # longer ones are cut around their ends only
TEXT = text(b"v")


def part(payload, **rest):
    return text(payload, fin=False, **rest)


def binary_part(payload, **rest):
    return binary(payload, fin=False, **rest)


def middle(payload, **rest):
    return more(payload, fin=False, **rest)


def latin(payload):
    return payload.decode("latin-1")


LENGTHS = [
    row for length in (0, 1, 125, 126, 127, 128, 65535, 65536)
    for row in [
        (f"1.1 text of {length}", text(STARS[:length]), f"text *{length}"),
        (f"1.2 binary of {length}", binary(STARS[:length]), f"binary *{length}"),
    ]
]
LENGTHS[:4] = [
    ("1.1 empty text", text(b""), "text"),
    ("1.2 empty binary", binary(b""), "binary"),
    ("1.1 text of 1", text(b"v"), "text v"),
    ("1.2 binary of 1", binary(b"\xff"), "binary \xff"),
]

PINGS = [
    ("2.1 empty ping", ping(), "pong"),
    ("2.2 ping", ping(b"Hello"), "pong Hello"),
    ("2.3 ping of any bytes", ping(b"\0\xff\xfe"), "pong \0\xff\xfe"),
    ("2.4 longest ping", ping(STARS[:125]), "pong *125"),
    ("2.5 ping of 126", ping(STARS[:126]), "close 1002"),
    ("2.7 pong that nobody asked for", pong(), ""),
    ("2.8 pong with a payload", pong(b"x"), ""),
    ("2.9 pong, then ping", pong(b"x") + ping(b"y"), "pong y"),
    ("2 longest pong", pong(STARS[:125]), ""),
    ("2 pong of 126", pong(STARS[:126]), "close 1002"),
    ("2.10 ten pings at once", b"".join(ping(b"%d" % i) for i in range(10)),
     "; ".join(f"pong {i}" for i in range(10))),
    ("2 ping between messages", TEXT + ping(b"p") + binary(b"w"), "text v; pong p; binary w"),
    ("2 a mask of zeros", ping(b"p", mask=bytes(4)), "pong p"),
    ("2 each frame has its own mask", text(b"vwxyz", mask=b"abcd") + text(b"vwxyz", mask=b"\xff\0\xff\0"),
     "text vwxyz; text vwxyz"),
]

RESERVED = [
    ("3 RSV1, not negotiated", TEXT + text(b"w", rsv=RSV1) + ping(), "text v; close 1002"),
    ("3 RSV2", TEXT + text(b"w", rsv=RSV2) + ping(), "text v; close 1002"),
    ("3 RSV3", TEXT + text(b"w", rsv=RSV3) + ping(), "text v; close 1002"),
    ("3 all", TEXT + binary(b"w", rsv=7) + ping(), "text v; close 1002"),
    ("3 RSV1 on a ping", ping(rsv=RSV1), "close 1002"),
    ("3 RSV3 on a pong", pong(rsv=RSV3), "close 1002"),
    ("3 RSV2 on a close", close(1000, rsv=RSV2), "close 1002"),
    ("3 RSV2 on a continuation", part(b"v") + more(b"w", rsv=RSV2), "close 1002"),
] + [
    (f"4 opcode {opcode}", TEXT + frame(opcode) + ping(), "text v; close 1002")
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
] + [
    ("4 opcode 7, not the last", frame(7, fin=False), "close 1002"),
    ("4 opcode 3 with a payload", frame(3, b"reserved"), "close 1002"),
    ("4 opcode 11 with a payload", frame(11, b"reserved"), "close 1002"),
    ("4 opcode 3 within a message", part(b"v") + frame(3), "close 1002"),
]

FRAGMENTS = [
    ("5.1 ping in two", ping(b"v", fin=False) + more(b"w"), "close 1002"),
    ("5.2 pong in two", pong(b"v", fin=False) + more(b"w"), "close 1002"),
    ("5 close in two", close(1000, fin=False), "close 1002"),
    ("5.3 text in two", part(b"vw") + more(b"xy"), "text vwxy"),
    ("5 binary in four", binary_part(b"v") + middle(b"w") + middle(b"x") + more(b"y"), "binary vwxy"),
    ("5.6 ping in a message", part(b"v") + ping(b"p") + more(b"w"), "pong p; text vw"),
    ("5 pong in a message", part(b"v") + pong(b"p") + more(b"w"), "text vw"),
    ("5.19 pings between five fragments",
     part(b"v") + middle(b"w") + ping(b"h") + middle(b"x") + middle(b"y") + ping(b"i") + more(b"z"),
     "pong h; pong i; text vwxyz"),
    ("5.9 continuation of nothing", more(b"v") + TEXT, "close 1002"),
    ("5.12 continuation of nothing, not the last", middle(b"v") + TEXT, "close 1002"),
    ("5 continuation of a whole message", TEXT + more(b"w"), "text v; close 1002"),
    ("5.15 continuation of what has ended", part(b"v") + more(b"w") + middle(b"x") + TEXT, "text vw; close 1002"),
    ("5.18 text within a text", part(b"v") + text(b"w"), "close 1002"),
    ("5 a new text within a text", part(b"v") + part(b"w"), "close 1002"),
    ("5 binary within a text", part(b"v") + binary(b"w"), "close 1002"),
    ("5 text within a binary", binary_part(b"v") + text(b"w"), "close 1002"),
    ("5 two fragmented messages", part(b"v") + more(b"w") + binary_part(b"x") + more(b"y"), "text vw; binary xy"),
    ("5 only empty fragments", binary_part(b"") + middle(b"") + more(b""), "binary"),
    ("5 long fragments", binary_part(STARS[:126]) + middle(STARS[:300]) + more(STARS[:65536]), "binary *65962"),
    ("5 a hundred of one byte", binary_part(b"*") + middle(b"*") * 98 + more(b"*"), "binary *100"),
    ("5 not finished, then closed", part(b"v") + middle(b"w"), ""),
]

GOOD_TEXTS = [
    ("five letters", KOSME),
    ("U+0000", b"a\0b"),
    ("U+007F, U+0080", b"\x7f\xc2\x80"),
    ("U+07FF, U+0800", b"\xdf\xbf\xe0\xa0\x80"),
    ("beside the surrogates", b"\xed\x9f\xbf\xee\x80\x80"),
    ("U+FFFE, U+FFFF", b"\xef\xbf\xbe\xef\xbf\xbf"),
    ("U+10000", b"\xf0\x90\x80\x80"),
    ("U+10FFFF", b"\xf4\x8f\xbf\xbf"),
    ("a byte order mark", b"\xef\xbb\xbfa"),
]

BAD_TEXTS = [
    ("a lone continuation byte", b"\x80"),
    ("another", b"a\xbfb"),
    ("a character cut by the next", b"\xc3("),
    ("a longer one cut by the next", b"\xe2\x82("),
    ("U+002F in two bytes", b"\xc0\xaf"),
    ("U+007F in two bytes", b"\xc1\xbf"),
    ("U+07FF in three bytes", b"\xe0\x9f\xbf"),
    ("U+FFFF in four bytes", b"\xf0\x8f\xbf\xbf"),
    ("U+0000 in two bytes", b"\xc0\x80"),
    ("the first surrogate", b"\xed\xa0\x80"),
    ("the last surrogate", b"\xed\xbf\xbf"),
    ("a pair of them", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("U+110000", b"\xf4\x90\x80\x80"),
    ("a byte of 5-byte sequences", b"\xf8\x88\x80\x80\x80"),
    ("0xF5", b"\xf5\x80\x80\x80"),
    ("0xFE", b"\xfe"),
    ("0xFF", b"\xff"),
]

UTF8 = [
    row for intent, payload in GOOD_TEXTS for row in [
        (f"6 {intent}", text(payload), "text " + latin(payload)),
        (f"6 {intent}, a fragment for each byte",
         part(b"") + b"".join(middle(payload[i:i + 1]) for i in range(len(payload))) + more(b""),
         "text " + latin(payload)),
    ]
] + [
    row for intent, payload in BAD_TEXTS for row in [
        (f"6 {intent}", TEXT + text(KOSME + payload) + ping(), "text v; close 1007"),
        (f"6 {intent}, a fragment for each byte",
         part(KOSME) + b"".join(middle(payload[i:i + 1]) for i in range(len(payload))), "close 1007"),
        (f"6 {intent}, the frame not at its end", text(payload, claimed=len(payload) + 100), "close 1007"),
    ]
] + [
    ("6.2 cut between characters", part(KOSME[:4]) + more(KOSME[4:]), "text " + latin(KOSME)),
    ("6.2 cut within a character, a ping there", part(KOSME[:3]) + ping(b"\xff") + more(KOSME[3:]),
     "pong \xff; text " + latin(KOSME)),
    ("6 what may become a character is waited for", part(b"\xf4\x8f") + ping(), "pong"),
    ("6.4 fails before the message ends", part(b"v\xff") + ping(), "close 1007"),
    ("6.4 fails before the frame ends", text(b"\xf4\x90", claimed=4), "close 1007"),
    ("6 ends within a character", text(b"\xce"), "close 1007"),
    ("6 ends within a longer one", text(b"v\xf0\x9f\x8d"), "close 1007"),
    ("6 ends within one, in the second frame", part(b"v") + more(b"\xe2\x82"), "close 1007"),
    ("6 ends within one, the last frame empty", part(b"\xe2\x82") + more(b""), "close 1007"),
    ("6 each text begins anew", text(b"\xc3\xa9") + text(b"\xa9"), "text \xc3\xa9; close 1007"),
    ("6 binary is not checked", binary_part(b"\xff") + more(b"\xc3") + binary(b"\xed\xa0\x80"),
     "binary \xff\xc3; binary \xed\xa0\x80"),
    ("6 nor are pings and pongs", ping(b"\xff") + pong(b"\xc3"), "pong \xff"),
]

CLOSES = [
    ("7.1.1 message, then close", TEXT + close(1000), "text v; close 1000"),
    ("7.1.2 two closes", close(1000) + close(1001), "close 1000"),
    ("7.1.3 ping behind it", close(1000) + ping(), "close 1000"),
    ("7.1.4 text behind it", close(1000) + TEXT, "close 1000"),
    ("7.1.5 within a message", part(b"v") + close(1000) + more(b"w"), "close 1000"),
    ("7 nonsense behind it", close(1000) + b"\xff\xff\xff", "close 1000"),
    ("7.3.1 empty", close(), "close 1005"),
    ("7.3.2 half a code", frame(frames.CLOSE, b"\x03"), "close 1002"),
    ("7.3.4 code and reason", close(1000, KOSME), "close 1000"),
    ("7.3.5 longest reason", close(1000, STARS[:123]), "close 1000"),
    ("7.3.6 longer reason", close(1000, STARS[:124]), "close 1002"),
    ("7.5.1 reason that is not UTF-8", close(1000, KOSME + b"\xed\xa0\x80"), "close 1007"),
    ("7 reason that ends within a character", close(1000, b"\xc3"), "close 1007"),
    ("7 bad code and bad reason", close(999, b"\xff"), "close 1002"),
] + [
    (f"7.7 code {code}", close(code), f"close {code}")
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999)
] + [
    (f"7.9 code {code}", close(code), "close 1002")
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535)
]

FRAMING = [
    ("5.1 text without a mask", text(b"v", mask=None) + ping(), "close 1002"),
    ("5.1 empty text without a mask", text(b"", mask=None), "close 1002"),
    ("5.1 ping without a mask", TEXT + ping(mask=None), "text v; close 1002"),
    ("5.1 close without a mask", close(1000, mask=None), "close 1002"),
    ("5.1 fragment without a mask", part(b"v") + more(b"w", mask=None), "close 1002"),
    ("5.2 0 in 16 bits", binary(b"", width=2), "close 1002"),
    ("5.2 125 in 16 bits", binary(STARS[:125], width=2), "close 1002"),
    ("5.2 1 in 64 bits", binary(b"v", width=8), "close 1002"),
    ("5.2 126 in 64 bits", binary(STARS[:126], width=8), "close 1002"),
    ("5.2 65535 in 64 bits", binary(STARS[:65535], width=8), "close 1002"),
    ("5.2 ping of 1 in 16 bits", ping(b"v", width=2), "close 1002"),
    ("5.2 ping of 1 in 64 bits", ping(b"v", width=8), "close 1002"),
    ("5.2 2^63", binary(b"", claimed=2**63), "close 1002"),
    ("5.2 2^64-1", binary(b"", claimed=2**64 - 1), "close 1002"),
    ("9 2^63-1", binary(b"", claimed=2**63 - 1), "close 1009"),
    ("9 2^63-1 behind a fragment", binary_part(b"v") + more(b"", claimed=2**63 - 1), "close 1009"),
    ("9 4 GiB", text(b"", claimed=2**32), "close 1009"),
    ("a request in place of frames", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "close 1002"),
]

# To /small, which takes messages of 1000 bytes.
LIMITS = [
    ("9 text at the limit", text(STARS[:1000]), "text *1000"),
    ("9 text beyond it", text(STARS[:1001]), "close 1009"),
    ("9 text beyond it, by its header", text(b"", claimed=1001), "close 1009"),
    ("9 binary at the limit", binary(STARS[:1000]), "binary *1000"),
    ("9 binary beyond it", binary(STARS[:1001]), "close 1009"),
    ("9 fragments at the limit", part(STARS[:400]) + middle(STARS[:400]) + more(STARS[:200]), "text *1000"),
    ("9 fragments beyond it", part(STARS[:400]) + middle(STARS[:400]) + more(STARS[:201]), "close 1009"),
    ("9 fragments beyond it, by a header", binary_part(STARS[:400]) + middle(b"", claimed=601), "close 1009"),
    ("9 many fragments beyond it", binary_part(b"") + middle(b"*") * 1001, "close 1009"),
    ("9 pings do not count", part(STARS[:900]) + ping(STARS[:125]) + more(STARS[:100]), "pong *125; text *1000"),
    ("9 each message counts anew", text(STARS[:1000]) * 2, "text *1000; text *1000"),
]

# To /echo, which takes the default's 1 MiB.
MIB = b"*" * (1 << 20)
LONG = [
    ("9 1 MiB", text(MIB), f"text *{1 << 20}"),
    ("9 1 MiB, binary", binary(MIB), f"binary *{1 << 20}"),
    ("9 1 MiB in fragments of 1 KiB", part(MIB[:1024]) + middle(MIB[:1024]) * 1022 + more(MIB[:1024]),
     f"text *{1 << 20}"),
    ("9 one byte more than 1 MiB", text(MIB[:100000], claimed=len(MIB) + 1), "close 1009"),
    ("9 one byte more, in fragments", binary_part(MIB) + more(b"*"), "close 1009"),
]


def cuts_of(sent):
    """Where to cut."""
    if len(sent) <= CUT_LEN_MAX:
        return range(1, len(sent))
    return [*range(1, 20), *range(len(sent) - 10, len(sent))]


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = wire.Server("--no-access-log", uds=True)

    @classmethod
    def tearDownClass(cls):
        counts = cls.server.counts()
        cls.server.stop()
        assert counts["opened"] == counts["closed"] > 0, counts  # each on_open has one on_close

    def finish(self, peer, wanted, intent):
        self.assertEqual(frames.outcome(peer.rest()), wanted, intent)
        peer.connection.close()

    def check_whole(self, target, sent, wanted):
        peer = frames.Peer(self.server.connect(), target)
        try:
            peer.send(sent)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused already
        self.finish(peer, wanted, "whole")

    def check_pieces(self, target, pieces, wanted):
        """The first of them comes with the handshake."""
        connection = self.server.connect()
        connection.sendall(frames.handshake(target) + pieces[0])
        try:
            for piece in pieces[1:]:
                wire.drain(connection)
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused already
        self.finish(frames.Peer(connection, is_asked=True), wanted, pieces)

    def check(self, target, sent, wanted, is_cut=True):
        if "close" not in wanted:
            sent += close(1000)
            wanted = "; ".join(filter(None, [wanted, "close 1000"]))
        self.check_whole(target, sent, wanted)
        if not is_cut:
            return
        for at in cuts_of(sent):
            self.check_pieces(target, [sent[:at], sent[at:]], wanted)
        if len(sent) <= CUT_LEN_MAX:
            self.check_pieces(target, [b"", *(sent[at:at + 1] for at in range(len(sent)))], wanted)

    def test_nothing_but_the_end_of_the_stream(self):
        """Neither a close frame nor anything else is sent to a client that went without one."""
        peer = frames.Peer(self.server.connect())
        peer.send(part(b"v"))
        peer.connection.shutdown(wire.socket.SHUT_WR)
        self.finish(peer, "", "at the end of the stream")

    def test_many_messages_in_one_write(self):
        peer = frames.Peer(self.server.connect())
        peer.send(b"".join(text(b"%d" % i) for i in range(3000)), close(1000))
        self.assertEqual([one.payload for one in peer.rest()[:-1]], [b"%d" % i for i in range(3000)])
        peer.connection.close()


def case(target, sent, outcome, is_cut=True):
    return lambda self: self.check(target, sent, outcome, is_cut)


for rows, target, is_cut in [
        (LENGTHS + PINGS + RESERVED + FRAGMENTS + UTF8 + CLOSES + FRAMING, b"/echo", True),
        (LIMITS, b"/small", True), (LONG, b"/echo", False)]:
    for intent, sent, wanted in rows:
        name = f"test {intent}"
        while hasattr(Protocol, name):
            name += ", again"
        setattr(Protocol, name, case(target, sent, wanted, is_cut))

if __name__ == "__main__":
    tap.main()
