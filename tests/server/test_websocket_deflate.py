"""permessage-deflate (RFC 7692), after the sections 12 and 13 of Autobahn's test suite: what is agreed on, and
messages under every agreement; and compressed frames that are not as they should be."""

import unittest
import zlib

import frames
import tap
import wire
from frames import RSV1, binary, close, frame, more, ping, pong, text

DEFLATE = "permessage-deflate"
SERVER_ALONE, CLIENT_ALONE = "server_no_context_takeover", "client_no_context_takeover"
ALONE = f"{DEFLATE}; {SERVER_ALONE}; {CLIENT_ALONE}"
HELLO = b"\xf2\x48\xcd\xc9\xc9\x07\x00"  # 7.2.3.1


class Compressor:
    """A client's side of what was agreed on."""

    def __init__(self, agreed):
        parameters = dict((part.strip().split("=") + [None])[:2] for part in agreed.split(";"))
        self.client_bits = int(parameters.get("client_max_window_bits", 15))
        self.server_bits = int(parameters.get("server_max_window_bits", 15))
        self.keeps_client = CLIENT_ALONE not in parameters
        self.keeps_server = SERVER_ALONE not in parameters
        self.compressor = self.decompressor = None

    def compress(self, payload):
        if not (self.keeps_client and self.compressor):
            self.compressor = zlib.compressobj(9, zlib.DEFLATED, -max(self.client_bits, 9))
        compressed = self.compressor.compress(payload) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        assert compressed.endswith(b"\0\0\xff\xff")
        return compressed[:-4]

    def decompress(self, payload):
        """Fails where the server looks further back than its window."""
        if not (self.keeps_server and self.decompressor):
            self.decompressor = zlib.decompressobj(-self.server_bits)
        return self.decompressor.decompress(payload + b"\0\0\xff\xff")


def extensions(*offers):
    return b"".join(b"Sec-WebSocket-Extensions: " + offer.encode() + b"\r\n" for offer in offers)


def deflated(payload):
    return Compressor(ALONE).compress(payload)


def inflated(one):
    """A frame of the server's under the plain agreement."""
    return one._replace(payload=Compressor(ALONE).decompress(one.payload), rsv=0) if one.rsv else one


def stream(length):
    """Bytes that repeat after 20,000: further back than a small window."""
    return b"".join(b"%d " % (i % 2200 * 7919) for i in range(length // 5))[:length]


# The endpoint, the lines of the offer, and what is answered.
OFFERS = [
    ("none", "/deflate", [], None),
    ("an endpoint that is without", "/echo", [DEFLATE], None),
    ("the plain offer", "/deflate", [DEFLATE], ALONE),
    ("what Chromium offers", "/deflate", [f"{DEFLATE}; client_max_window_bits"], ALONE),
    ("takeover both ways", "/takeover", [DEFLATE], DEFLATE),
    ("the client wants none of the server", "/takeover", [f"{DEFLATE}; {SERVER_ALONE}"],
     f"{DEFLATE}; {SERVER_ALONE}"),
    ("the client has none itself", "/takeover", [f"{DEFLATE}; {CLIENT_ALONE}"], f"{DEFLATE}; {CLIENT_ALONE}"),
    ("none either way", "/takeover", [f"{DEFLATE}; {CLIENT_ALONE}; {SERVER_ALONE}"], ALONE),
    ("a server's window of 9", "/takeover", [f"{DEFLATE}; server_max_window_bits=9"],
     f"{DEFLATE}; server_max_window_bits=9"),
    ("a server's window of 15", "/takeover", [f"{DEFLATE}; server_max_window_bits=15"],
     f"{DEFLATE}; server_max_window_bits=15"),
    ("a client's window of 9", "/takeover", [f"{DEFLATE}; client_max_window_bits=9"],
     f"{DEFLATE}; client_max_window_bits=9"),
    ("a client's window of 15", "/takeover", [f"{DEFLATE}; client_max_window_bits=15"], DEFLATE),
    ("all parameters", "/takeover",
     [f"{DEFLATE}; {CLIENT_ALONE}; {SERVER_ALONE}; client_max_window_bits=12; server_max_window_bits=11"],
     f"{ALONE}; server_max_window_bits=11; client_max_window_bits=12"),
    ("values in quotes", "/takeover", [f'{DEFLATE}; server_max_window_bits="10"'],
     f"{DEFLATE}; server_max_window_bits=10"),
    ("the endpoint's own windows", "/window", [f"{DEFLATE}; client_max_window_bits"],
     f"{ALONE}; server_max_window_bits=10; client_max_window_bits=11"),
    ("a client that cannot have another window", "/window", [DEFLATE], f"{ALONE}; server_max_window_bits=10"),
    ("the first offer wins", "/takeover", [f"{DEFLATE}; {SERVER_ALONE}, {DEFLATE}"], f"{DEFLATE}; {SERVER_ALONE}"),
    ("the second where the first cannot be", "/takeover",
     [f"{DEFLATE}; server_max_window_bits=8, {DEFLATE}; {CLIENT_ALONE}"], f"{DEFLATE}; {CLIENT_ALONE}"),
    ("on two lines", "/takeover", ["x-unknown; a=1", DEFLATE], DEFLATE),
    ("an unknown extension", "/deflate", ["permessage-brotli"], None),
    ("an unknown parameter", "/deflate", [f"{DEFLATE}; level=9"], None),
    ("a parameter twice", "/deflate", [f"{DEFLATE}; {CLIENT_ALONE}; {CLIENT_ALONE}"], None),
    ("a window of 7", "/deflate", [f"{DEFLATE}; server_max_window_bits=7"], None),
    ("a window of 16", "/deflate", [f"{DEFLATE}; client_max_window_bits=16"], None),
    ("a window of 08", "/deflate", [f"{DEFLATE}; client_max_window_bits=08"], None),
    ("a server's window without a value", "/deflate", [f"{DEFLATE}; server_max_window_bits"], None),
    ("takeover with a value", "/deflate", [f"{DEFLATE}; {CLIENT_ALONE}=1"], None),
]

NO_LISTS = ["permessage-deflate;", ";", "permessage deflate", f'{DEFLATE}; server_max_window_bits="', f"{DEFLATE}; =1"]

MESSAGES = [b"", b"v", b"Hello", b"Hello", "κόσμε".encode(), b"*" * 70000, stream(100000), stream(100000),
            b"v" * 125, bytes(range(128)) * 3, b"Hello"]


def small(payload, **rest):
    """A compressed text."""
    return text(deflated(payload), rsv=RSV1, **rest)


# Frames sent under the plain agreement; what compressed frames of the answer hold is shown.
FRAMES = [
    ("a compressed text", small(b"Hello"), "text Hello"),
    ("a compressed binary", binary(deflated(b"\xff\xfe"), rsv=RSV1), "binary \xff\xfe"),
    ("one that is not compressed", text(b"v"), "text v"),
    ("one of each", small(b"v") + text(b"w") + small(b"x"), "text v; text w; text x"),
    ("one block (7.2.3.1)", text(HELLO, rsv=RSV1), "text Hello"),
    ("a stored block (7.2.3.3)", text(b"\0\5\0\xfa\xffHello\0", rsv=RSV1), "text Hello"),
    ("a final block (7.2.3.4)", text(b"\xf3\x48\xcd\xc9\xc9\x07\0\0", rsv=RSV1), "text Hello"),
    ("two blocks (7.2.3.5)", text(b"\xf2\x48\x05\0\0\0\xff\xff\xca\xc9\xc9\x07\0", rsv=RSV1), "text Hello"),
    ("an empty message (7.2.3.6)", text(b"\0", rsv=RSV1), "text"),
    ("in two frames (7.2.3.1)", text(HELLO[:3], fin=False, rsv=RSV1) + more(HELLO[3:]), "text Hello"),
    ("a fragment for each byte", text(b"", fin=False, rsv=RSV1) +
     b"".join(more(HELLO[i:i + 1], fin=False) for i in range(len(HELLO))) + more(b""), "text Hello"),
    ("a ping between fragments", text(HELLO[:3], fin=False, rsv=RSV1) + ping(b"p") + more(HELLO[3:]),
     "pong p; text Hello"),
    ("pings and pongs are never compressed", ping(b"p") + pong(b"p"), "pong p"),
    ("RSV1 on a continuation", text(HELLO[:3], fin=False, rsv=RSV1) + more(HELLO[3:], rsv=RSV1), "close 1002"),
    ("RSV1 on the continuation of a plain text", text(b"v", fin=False) + more(b"w", rsv=RSV1), "close 1002"),
    ("RSV1 on a ping", ping(rsv=RSV1), "close 1002"),
    ("RSV1 on a pong", pong(rsv=RSV1), "close 1002"),
    ("RSV1 on a close", close(1000, rsv=RSV1), "close 1002"),
    ("RSV1 and RSV2", text(HELLO, rsv=RSV1 | frames.RSV2), "close 1002"),
    ("RSV1 on opcode 3", frame(3, HELLO, rsv=RSV1), "close 1002"),
    ("cut short by a byte", text(HELLO[:-1], rsv=RSV1), "close 1007"),
    ("cut short", text(HELLO[:3], rsv=RSV1), "close 1007"),
    ("a stored block cut short", text(b"\0\x0a\0\xf5\xffHello", rsv=RSV1), "close 1007"),
    ("cut short in the last frame", text(HELLO[:3], fin=False, rsv=RSV1) + more(b""), "close 1007"),
    ("what is not compressed, with RSV1", text(b"Hello", rsv=RSV1), "close 1007"),
    ("a reserved type of block", text(b"\x06\0", rsv=RSV1), "close 1007"),
    ("nothing may lean on what was before", small(b"Hello") + text(b"\xf2\0\x11\0\0", rsv=RSV1),
     "text Hello; close 1007"),
    ("what comes out is no UTF-8", small(b"\xff"), "close 1007"),
    ("what comes out ends within a character", small(b"\xe2\x82"), "close 1007"),
    ("no UTF-8, before the message ends", text(b"\0\x01\0\xfe\xff\xff", fin=False, rsv=RSV1), "close 1007"),
]

# To /small, which takes messages of 1000 bytes.
LIMITS = [
    ("out comes what the limit allows", small(b"*" * 1000), "text *1000"),
    ("out comes more", small(b"*" * 1001), "close 1009"),
    ("a bomb", small(b"*" * 500000), "close 1009"),
    ("a bomb in two fragments", text(deflated(b"*" * 500000)[:100], fin=False, rsv=RSV1), "close 1009"),
    ("a large bomb", binary(deflated(b"\0" * 10000000), rsv=RSV1), "close 1009"),
    ("more in fragments that are small", text(b"\0\xf4\x01\x0b\xfe" + b"*" * 500, fin=False, rsv=RSV1) +
     more(b"\0\xf5\x01\x0a\xfe" + b"*" * 501, fin=False), "close 1009"),
    ("a frame that nothing good could fill", text(b"", rsv=RSV1, claimed=100000), "close 1009"),
    ("a plain one beyond the limit", text(b"*" * 1001), "close 1009"),
]


class Deflate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = wire.Server("--no-access-log", uds=True)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def peer(self, target, *offers):
        return frames.Peer(self.server.connect(), target.encode(), extensions(*offers))

    def check_messages(self, peer, compressor):
        for payload in MESSAGES:
            peer.send(text(compressor.compress(payload), rsv=RSV1))
            answer = peer.next()
            self.assertEqual((answer.opcode, answer.rsv), (frames.TEXT, RSV1))
            self.assertEqual(compressor.decompress(answer.payload), payload)

    def test_takeover_makes_repeated_messages_shorter(self):
        """And without it they are as long as the first."""
        payload = stream(2000)
        for target, is_shorter in (("/takeover", True), ("/deflate", False)):
            with self.subTest(target), self.peer(target, DEFLATE) as peer:
                compressor = Compressor(peer.accepted.header("Sec-WebSocket-Extensions"))
                sizes = []
                for _ in range(2):
                    peer.send(text(compressor.compress(payload), rsv=RSV1))
                    answer = peer.next()
                    self.assertEqual(compressor.decompress(answer.payload), payload)
                    sizes.append(len(answer.payload))
                self.assertEqual(sizes[1] < sizes[0] / 4, is_shorter, sizes)

    def test_long_repetitions_are_short_on_the_wire(self):
        with self.peer("/deflate", DEFLATE) as peer:
            peer.send(text(b"*" * 100000))
            answer = peer.next()
            self.assertLess(len(answer.payload), 200)
            self.assertEqual(Compressor(ALONE).decompress(answer.payload), b"*" * 100000)

    def test_headers_that_are_no_list_of_extensions(self):
        for value in NO_LISTS:
            with self.subTest(value), self.assertRaises(frames.Refused) as refused:
                self.peer("/deflate", value)
            self.assertEqual(refused.exception.status, 400)

    def test_sockets_with_and_without_share_a_broadcast(self):
        """Each gets it as it was agreed on."""
        peers = [self.peer("/do", *offers) for offers in ([], [DEFLATE], [DEFLATE])]
        try:
            for peer in peers:
                peer.next()
                peer.send(text(b'{"all": [{"do": "join", "group": "g"}, {"do": "ping"}]}'))
                peer.expect("ping")  # it has joined
            self.broadcast(b"Hello" * 100)
            for peer in peers:
                self.assertEqual(inflated(peer.next()).payload, b"Hello" * 100)
        finally:
            for peer in peers:
                peer.connection.close()

    def broadcast(self, payload):
        answers = self.server.talk(b"POST /broadcast/g HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d"
                                   b"\r\n\r\n%s" % (len(payload), payload))
        return answers[0].json()

    def check_frames(self, target, sent, wanted):
        if "close" not in wanted:
            sent, wanted = sent + close(1000), wanted + "; close 1000"
        for at in (0, *(range(1, len(sent)) if len(sent) < 100 else (10, len(sent) - 10))):
            with self.peer(target, DEFLATE) as peer:
                try:
                    peer.send(sent[:at])
                    wire.drain(peer.connection)
                    peer.send(sent[at:])
                except (BrokenPipeError, ConnectionResetError):
                    pass  # refused already
                got = frames.outcome([inflated(one) for one in peer.rest()])
                self.assertEqual(got, wanted, (sent[:at], sent[at:]))


def offer_case(target, offers, agreed):
    def case(self):
        with self.peer(target, *offers) as peer:
            self.assertEqual(peer.accepted.header("Sec-WebSocket-Extensions"), agreed)
            if agreed:
                self.check_messages(peer, Compressor(agreed))
                peer.shut()
            else:  # RSV1 has no meaning
                peer.send(text(b"v") + text(HELLO, rsv=RSV1))
                peer.expect_end("text v", "close 1002")
    return case


def frames_case(target, sent, wanted):
    return lambda self: self.check_frames(target, sent, wanted)


for intent, target, offers, agreed in OFFERS:
    setattr(Deflate, f"test offer: {intent}", offer_case(target, offers, agreed))
for rows, target in ((FRAMES, "/deflate"), (LIMITS, "/small")):
    for intent, sent, wanted in rows:
        setattr(Deflate, f"test frames: {intent}", frames_case(target, sent, wanted))

if __name__ == "__main__":
    tap.main()
