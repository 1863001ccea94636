"""What an application does with its sockets: it sends from everywhere, groups, closes, asks for types."""

import signal
import socket
import struct
import unittest

import doer
import frames
import tap
import wire
from doer import Doer
from frames import binary, close, ping, pong, text

# The endpoint, what is sent, and what comes back.
MESSAGES = [
    ("a text where one is asked for", b"/text", text("é".encode()), "text Ã©"),
    ("an empty text", b"/text", text(b""), "text"),
    ("binary in place of a text", b"/text", binary(b"v"), "close 1003"),
    ("binary where it is asked for", b"/binary", binary(b"\xff"), "binary \xff"),
    ("empty binary", b"/binary", binary(b""), "binary"),
    ("a text in place of binary", b"/binary", text(b"v"), "close 1003"),
    ("JSON", b"/json", text(b'{"a": [1, 2.5, null, "\\u00e9"]}'), 'text {"a":[1,2.5,null,"Ã©"]}'),
    ("JSON that is no object", b"/json", text(b"3"), "text 3"),
    ("binary in place of JSON", b"/json", binary(b"3"), "close 1003"),
    ("a text that is no JSON", b"/json", text(b"{"), "close 1007"),
    ("an empty text in place of JSON", b"/json", text(b""), "close 1007"),
    ("members of JSON", b"/add", text(b'{"a": 1, "b": 2}'), "text 3"),
    ("a member of another type", b"/add", text(b'{"a": 1, "b": "2"}'), "close 1007"),
    ("a member too few", b"/add", text(b'{"a": 1}'), "close 1007"),
    ("members of a text that is no JSON", b"/add", text(b"a"), "close 1007"),
    ("members of binary", b"/add", binary(b'{"a": 1, "b": 2}'), "close 1003"),
    ("a text where none is expected", b"/deaf", text(b"v"), "close 1003"),
    ("binary where none is expected", b"/deaf", binary(b"v"), "close 1003"),
    ("a ping where no message is expected", b"/deaf", ping(b"p"), "pong p"),
]

OK, INVALID, LIMIT = "BOCATA_OK", "BOCATA_E_INVALID", "BOCATA_E_LIMIT"

# What the application closes with: the status it gets, and what on_close is given. The code is the frame's too.
CLOSES = [
    (1000, None, OK, (1000, "")),
    (1001, "bye", OK, (1001, "bye")),
    (1008, "é" * 61, OK, (1008, "é" * 61)),
    (1014, "", OK, (1014, "")),
    (3000, "x" * 123, OK, (3000, "x" * 123)),
    (4999, None, OK, (4999, "")),
    (0, None, INVALID, (1005, "")),
    (1004, "bye", INVALID, (1005, "")),
    (1005, None, "BOCATA_OK", (1005, "")),
    (1006, None, INVALID, (1005, "")),
    (1015, None, INVALID, (1005, "")),
    (2999, None, INVALID, (1005, "")),
    (5000, None, INVALID, (1005, "")),
    (65536 + 1000, None, INVALID, (1005, "")),
    (-1, None, INVALID, (1005, "")),
    (1000, "x" * 124, LIMIT, (1000, "")),
]


def reset(connection):
    """Goes away with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Sending(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = doer.server("--ws-close-timeout", doer.LONG)

    @classmethod
    def tearDownClass(cls):
        counts = cls.server.counts()
        cls.server.stop()
        assert counts["opened"] == counts["closed"] > 0, counts

    def doer(self, *arguments):
        peer = Doer(self.server, *arguments)
        self.addCleanup(peer.connection.close)
        return peer

    def tearDown(self):
        self.doCleanups()
        self.server.until_count("closed", self.server.counts()["opened"])

    # ---- from everywhere

    def test_from_the_handler_of_another_socket(self):
        one, other = self.doer(), self.doer()
        self.assertEqual(one.done("send", to=other.number, text="from another"), OK)
        other.expect("text from another")

    def test_from_a_view(self):
        peer = self.doer()
        answer = doer.post(self.server, b"/send/%d" % peer.number, b"from a view")
        self.assertEqual(answer.body.decode(), OK)
        peer.expect("text from a view")

    def test_from_a_timer(self):
        peer = self.doer()
        peer.do("later", ms=30)
        peer.expect("text from a timer")
        self.assertEqual(len(peer.events("timer")), 1)

    def test_in_the_order_of_the_calls(self):
        one, other = self.doer(), self.doer()
        other.do("join", group="order")
        other.until("join")
        one.do_all(*[("send" if i % 2 else "broadcast", {"to": other.number, "group": "order", "text": str(i)})
                     for i in range(50)])
        other.expect(*[f"text {i}" for i in range(50)])

    def test_however_many_there_are(self):
        """In writes of 32 frames, and turns of 8 writes."""
        peer = self.doer()
        for count in (31, 32, 33, 255, 256, 257, 512, 513):
            peer.do("flood", count=count, len=10)
            for i in range(count):
                self.assertEqual(int(peer.next().payload.rstrip(b"\0")), i)

    def test_text_that_is_not_utf8(self):
        peer = self.doer()
        answer = doer.post(self.server, b"/send/%d" % peer.number, b"\xff")
        self.assertEqual(answer.body.decode(), INVALID)
        self.assertEqual(doer.post(self.server, b"/broadcast/nobody", b"\xff").status, 400)
        self.assertEqual(peer.done("read"), OK)  # it is open

    def test_ping_and_its_pong(self):
        peer = self.doer()
        self.assertEqual(peer.done("ping", payload="p" * 125), OK)
        peer.expect("ping " + "p" * 125)
        peer.send(pong(b"p" * 125))
        self.assertEqual(peer.until("pong"), [["p" * 125]])
        self.assertEqual(peer.done("ping", payload="p" * 126), LIMIT)
        self.assertEqual(peer.done("read"), OK)

    def test_what_the_handshake_said(self):
        """For as long as the socket; but for its cookies."""
        peer = self.doer(b"/do/a%20room?q=1%2B1", b"X-Test: header\r\nCookie: a=b\r\n")
        for _ in range(2):
            peer.do("show")
            port = peer.connection.getsockname()[1]
            self.assertEqual(peer.next_json(), {
                "room": "a room", "path": "/do/a room", "query": "1+1", "header": "header", "cookie": "",
                "client": f"127.0.0.1:{port}", "method": "GET"})
            other = self.doer(b"/do/another")  # uses the memory that is free
            other.do("show")
            self.assertEqual(other.next_json()["room"], "another")

    def test_sessions_are_none_where_none_are_configured(self):
        self.assertEqual(self.doer().done("write", name="Ann"), INVALID)

    # ---- groups

    def test_groups(self):
        red, green, both = self.doer(), self.doer(), self.doer()
        for peer, groups in ((red, ["red", "red"]), (green, ["green"]), (both, ["green", "red"])):
            for name in groups:
                self.assertEqual(peer.done("join", group=name), OK)
        self.assertEqual(doer.group_size(self.server, b"red", b"to red"), 2)
        self.assertEqual(doer.group_size(self.server, b"green", b"to green"), 2)
        red.expect("text to red")
        green.expect("text to green")
        both.expect("text to red", "text to green")
        both.done("leave", group="red")
        self.assertEqual(doer.group_size(self.server, b"red", b"without one"), 1)
        both.done("leave", group="red")
        green.send(close(1000))
        green.until_closed()
        self.assertEqual(doer.group_size(self.server, b"green", b"the last"), 1)
        red.expect("text without one")
        both.expect("text the last")

    def test_broadcast_reaches_who_sends_it(self):
        peer = self.doer()
        peer.do_all(("join", {"group": "own"}), ("broadcast", {"group": "own", "text": "to all"}))
        peer.expect("text to all")

    def test_group_of_nobody(self):
        self.assertEqual(doer.group_size(self.server, b"nobody", b"v"), 0)

    def test_socket_that_closes_is_in_no_group(self):
        peer = self.doer()
        peer.do_all(("join", {"group": "closing"}), ("close", {"code": 1000}), ("join", {"group": "closing"}))
        self.assertEqual(peer.until("join"), [[OK], [INVALID]])
        self.assertEqual(doer.group_size(self.server, b"closing", b"v"), 0)
        peer.expect("close 1000")

    def test_limits_of_groups(self):
        peer = self.doer()
        self.assertEqual(peer.done("join many", count=64), OK)
        self.assertEqual(peer.done("join", group="one more"), LIMIT)
        self.assertEqual(peer.done("join", group="63"), OK)
        self.assertEqual(peer.done("leave", group="0"), OK)
        self.assertEqual(peer.done("join", group="one more"), OK)
        other = self.doer()
        for name, status in (("", INVALID), ("x" * 255, OK), ("x" * 256, LIMIT)):
            self.assertEqual(other.done("join", group=name), status)

    # ---- the types of messages

    def test_types(self):
        for intent, target, sent, wanted in MESSAGES:
            with self.subTest(intent):
                peer = frames.Peer(self.server.connect(), target)
                peer.send(sent)
                if wanted.startswith("close"):
                    peer.expect(wanted)
                    peer.send(close(1000))
                    peer.expect_end()
                    peer.connection.close()
                else:
                    peer.expect(wanted)
                    peer.shut()

    # ---- closing

    def test_closing(self):
        for code, reason, status, told in CLOSES:
            with self.subTest(code=code, reason=reason):
                peer = self.doer()
                self.assertEqual(peer.done("close", code=code, reason=reason), status)
                one = peer.next()
                self.assertEqual((frames.close_code(one), one.payload[2:].decode()), told)
                peer.send(close(1000))
                peer.expect_end()
                self.assertEqual(peer.until_closed(), told)

    def test_nothing_is_done_once_it_closes(self):
        """Messages that still come are not given, and none can be sent; the second close changes nothing."""
        peer = self.doer()
        peer.do_all(("close", {"code": 3000}), ("send", {"to": peer.number, "text": "late"}),
                    ("close", {"code": 3001}), ("ping", {"payload": "late"}))
        peer.expect("close 3000")
        peer.do("join", group="late")
        peer.send(ping(b"late"))
        peer.send(close(3000))
        peer.expect_end()
        self.assertEqual(peer.until_closed(), (3000, ""))
        self.assertEqual(peer.events("send"), [[INVALID]])
        self.assertEqual(peer.events("ping"), [[INVALID]])
        self.assertEqual(peer.events("join"), [])

    def test_what_was_sent_before_the_close_comes_before_it(self):
        peer = self.doer()
        peer.do_all(*[("send", {"to": peer.number, "text": str(i)}) for i in range(20)], ("close", {"code": 1000}))
        peer.expect(*[f"text {i}" for i in range(20)], "close 1000")

    def test_client_closes(self):
        for sent, told in [(close(3001, "é".encode()), (3001, "é")), (close(), (1005, "")),
                           (close(1001), (1001, ""))]:
            with self.subTest(told):
                peer = self.doer()
                peer.send(sent)
                peer.rest()
                self.assertEqual(peer.until_closed(), told)

    def test_client_breaks_the_protocol(self):
        peer = self.doer()
        peer.send(text(b"v", mask=None))
        peer.expect_end("close 1002")
        self.assertEqual(peer.until_closed()[0], 1002)

    def test_client_that_vanishes(self):
        for go in (socket.socket.close, reset, lambda connection: connection.shutdown(socket.SHUT_WR)):
            for sent in (b"", text(b"v", claimed=5), frames.frame(frames.TEXT, b"v", fin=False)):
                with self.subTest(go=go, sent=sent):
                    peer = self.doer()
                    peer.send(sent)
                    go(peer.connection)
                    self.assertEqual(peer.until_closed(), (1006, ""))

    def test_clients_that_vanish_while_they_are_sent_to(self):
        peers = [self.doer() for _ in range(20)]
        for peer in peers:
            peer.do("join", group="leaving")
            peer.until("join")
        for i, peer in enumerate(peers):
            if i % 2:
                reset(peer.connection)
            doer.group_size(self.server, b"leaving", b"x" * 100000)
        for peer in peers[::2]:
            self.assertTrue(peer.next().payload == b"x" * 100000)

    def test_server_ends_the_connection_of_a_client_that_does_not(self):
        """Its end is gone from the kernel's table, though the client's is still open."""
        peer = self.doer()
        peer.send(close(1000))
        peer.expect_end("close 1000")
        self.until_server_ends(peer)

    def test_server_ends_it_also_where_another_has_woken_it(self):
        """Its close is there in the same turn in which another socket sends to it, and is read behind that; or before it,
        which the kernel may choose, and then again."""
        for _ in range(30):
            one, other = self.doer(), self.doer()
            self.server.signal(signal.SIGSTOP)
            one.do("send", to=other.number, text="late")
            other.send(close(1000))
            self.server.signal(signal.SIGCONT)
            got = frames.outcome(other.rest())
            self.assertIn(got, ("text late; close 1000", "close 1000"))
            self.until_server_ends(other)
            if got.startswith("text"):
                return
        self.fail("the close was never read behind the other's message")

    def until_server_ends(self, peer):
        wire.until(lambda: {row[9] for row in self.server.tcp_rows(peer.connection)} <= {"0"}, "the server's end")


if __name__ == "__main__":
    tap.main()
