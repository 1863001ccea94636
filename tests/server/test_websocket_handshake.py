"""How a WebSocket is opened, and how that is refused (RFC 6455 4.2), over raw sockets."""

import re
import unittest

import frames
import tap
import wire
from frames import CONNECTION, KEY_LINE, UPGRADE, VERSION, close, text

COUNTS = b"GET /counts HTTP/1.1\r\nHost: a\r\n\r\n"

GOOD = [
    ("the least that is one", {}),
    ("names and tokens in any case", {"asked": b"UPGRADE: WebSocket\r\nconnection: uPGRADE\r\n"
                                              b"sec-websocket-version: 13\r\nSEC-WEBSOCKET-KEY: " + frames.KEY +
                                              b"\r\n"}),
    ("tokens in lists", {"asked": b"Upgrade: h2c, websocket\r\nConnection: keep-alive, Upgrade\r\n" + VERSION +
                                  KEY_LINE}),
    ("tokens on several lines", {"asked": b"Connection: keep-alive\r\n" + frames.ASKED}),
    ("absolute-form", {"line": b"GET http://a%s HTTP/1.1"}),
    ("a query", {"target": b"/echo?a=b"}),
    ("an empty body", {"headers": b"Content-Length: 0\r\n"}),
]

# The status, and the headers that it comes with.
OUR_UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
REFUSED = [
    ("an ordinary request", {"asked": b""}, 426, OUR_UPGRADE),
    ("no Upgrade", {"asked": CONNECTION + VERSION + KEY_LINE}, 426, OUR_UPGRADE),
    ("another upgrade", {"asked": b"Upgrade: h2c\r\n" + CONNECTION + VERSION + KEY_LINE}, 426, OUR_UPGRADE),
    ("no version", {"asked": UPGRADE + CONNECTION + KEY_LINE}, 426, OUR_UPGRADE),
    ("an older version", {"asked": UPGRADE + CONNECTION + KEY_LINE + b"Sec-WebSocket-Version: 8\r\n"}, 426,
     OUR_UPGRADE),
    ("no Connection", {"asked": UPGRADE + VERSION + KEY_LINE}, 400, {}),
    ("Connection names something else", {"asked": UPGRADE + VERSION + KEY_LINE + b"Connection: keep-alive\r\n"},
     400, {}),
    ("two versions", {"asked": frames.ASKED + VERSION}, 400, {}),
    ("no key", {"asked": UPGRADE + CONNECTION + VERSION}, 400, {}),
    ("two keys", {"asked": frames.ASKED + KEY_LINE}, 400, {}),
    ("a key of 15 bytes",
     {"asked": UPGRADE + CONNECTION + VERSION + b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA\r\n"}, 400, {}),
    ("a key that is no base64",
     {"asked": UPGRADE + CONNECTION + VERSION + b"Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n"}, 400, {}),
    ("subprotocols that are no tokens", {"headers": b"Sec-WebSocket-Protocol: chat, a b\r\n"}, 400, {}),
    ("POST", {"line": b"POST %s HTTP/1.1", "headers": b"Content-Length: 0\r\n"}, 405, {"Allow": "GET"}),
    ("PUT", {"line": b"PUT %s HTTP/1.1", "headers": b"Content-Length: 0\r\n"}, 405, {"Allow": "GET"}),
    ("no Host", {"host": b""}, 400, {}),
    ("a path that is none", {"target": b"/nowhere"}, 404, {}),
    ("a path that has only a view", {"target": b"/counts"}, 200, {}),
    ("a parameter of another type", {"target": b"/reject/abc"}, 400, {}),
]


# The headers of a browser, and whether it may connect to /echo; to /any all may.
ORIGINS = [
    ("no browser's", b"", 101),
    ("the same host", b"Origin: http://a\r\n", 101),
    ("the same host over TLS, to a proxy in front", b"Origin: https://a\r\n", 101),
    ("a trusted origin", b"Origin: https://trusted.example\r\n", 101),
    ("a trusted origin, as the browser says too", b"Origin: https://trusted.example\r\nSec-Fetch-Site: cross-site\r\n",
     101),
    ("same-origin, as the browser says", b"Origin: http://a\r\nSec-Fetch-Site: same-origin\r\n", 101),
    ("another host", b"Origin: https://evil.example\r\n", 403),
    ("another port", b"Origin: http://a:81\r\n", 403),
    ("a longer host", b"Origin: http://a.evil.example\r\n", 403),
    ("the trusted host without TLS", b"Origin: http://trusted.example\r\n", 403),
    ("null", b"Origin: null\r\n", 403),
    ("an empty one", b"Origin:\r\n", 403),
    ("two of them", b"Origin: http://a\r\nOrigin: http://a\r\n", 403),
    ("two that differ", b"Origin: http://a\r\nOrigin: https://evil.example\r\n", 403),
    ("cross-site, as the browser says", b"Sec-Fetch-Site: cross-site\r\n", 403),
    ("cross-site of the same host", b"Origin: http://a\r\nSec-Fetch-Site: cross-site\r\n", 403),
    ("same-site is another origin", b"Origin: http://b.a\r\nSec-Fetch-Site: same-site\r\n", 403),
]

PROTOCOLS = [
    ("none asked for", b"", None),
    ("the only one", b"Sec-WebSocket-Protocol: chat\r\n", "chat"),
    ("the client's first", b"Sec-WebSocket-Protocol: soap, chat\r\n", "soap"),
    ("the first that is served", b"Sec-WebSocket-Protocol: x, chat\r\n", "chat"),
    ("on two lines", b"Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol: soap\r\n", "soap"),
    ("none that is served", b"Sec-WebSocket-Protocol: x, Chat\r\n", None),
]


class Handshake(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = wire.Server("--no-access-log", uds=True)

    @classmethod
    def tearDownClass(cls):
        counts = cls.server.counts()
        cls.server.stop()
        assert counts["opened"] == counts["closed"] > 0, counts

    def answer(self, **request):
        """Of a handshake that is refused; the connection goes on, and serves the next request."""
        with self.server.connect() as connection:
            connection.sendall(frames.handshake(**request))
            reader = wire.Reader(connection)
            response = reader.next()
            if response.header("Connection") != "close":
                connection.sendall(COUNTS)
                self.assertIn("opened", reader.next().json())
            return response

    def status(self, target, headers):
        try:
            frames.Peer(self.server.connect(), target, headers).shut()
            return 101
        except frames.Refused as refused:
            return refused.status

    # ---- accepted

    def test_accepted(self):
        for intent, request in GOOD:
            with self.subTest(intent), self.server.connect() as connection:
                connection.sendall(frames.handshake(**request))
                peer = frames.Peer(connection, is_asked=True)
                self.assertIsNone(peer.accepted.header("Sec-WebSocket-Protocol"))
                self.assertIsNone(peer.accepted.header("Sec-WebSocket-Extensions"))
                peer.send(text(b"v"))
                peer.expect("text v")
                peer.shut()

    def test_cut_at_every_byte(self):
        sent = frames.handshake() + text(b"v") + close(1000)
        for at in range(1, len(sent)):
            with self.server.connect() as connection:
                connection.sendall(sent[:at])
                wire.drain(connection)
                connection.sendall(sent[at:])
                frames.Peer(connection, is_asked=True).expect_end("text v", "close 1000")

    def test_frames_behind_the_handshake_in_one_write(self):
        with self.server.connect() as connection:
            connection.sendall(frames.handshake() + text(b"v") + frames.ping(b"p") + text(b"w") + close(1001))
            frames.Peer(connection, is_asked=True).expect_end("text v", "pong p", "text w", "close 1001")

    def test_many_frames_behind_the_handshake_in_one_write(self):
        """So many that answers go out before all are read: the 101 is before them."""
        count = 3000
        with self.server.connect() as connection:
            connection.sendall(frames.handshake() + text(b"v") * count + close(1000))
            frames.Peer(connection, is_asked=True).expect_end(*["text v"] * count, "close 1000")

    def test_bad_frame_behind_the_handshake_in_one_write(self):
        with self.server.connect() as connection:
            connection.sendall(frames.handshake() + text(b"v", mask=None))
            frames.Peer(connection, is_asked=True).expect_end("close 1002")

    def test_deferred(self):
        """What was sent meanwhile is read then."""
        with self.server.connect() as connection:
            connection.sendall(frames.handshake(b"/later") + text(b"v"))
            peer = frames.Peer(connection, is_asked=True)
            peer.expect("text v")
            peer.shut()

    def test_deferred_and_gone(self):
        before = self.server.counts()["opened"]
        for sent in (b"", text(b"v"), close(1000)):
            with self.server.connect() as connection:
                connection.sendall(frames.handshake(b"/later") + sent)
                wire.drain(connection)
        with self.server.connect() as connection:  # is answered behind them
            frames.Peer(connection, b"/later").shut()
        self.assertEqual(self.server.counts()["opened"], before + 1)

    def test_second_request_of_a_connection(self):
        with self.server.connect() as connection:
            connection.sendall(COUNTS)
            self.assertEqual(wire.Reader(connection).next().status, 200)
            peer = frames.Peer(connection)
            peer.send(text(b"v"))
            peer.expect("text v")
            peer.shut()

    def test_pipelined_behind_a_request(self):
        with self.server.connect() as connection:
            connection.sendall(COUNTS + frames.handshake() + text(b"v") + close(1000))
            received = wire.receive_all(connection)
        response, rest = wire.parse_one(received)
        self.assertEqual(response.status, 200)
        head, _, rest = rest.partition(b"\r\n\r\n")
        frames.Accepted(head)
        self.assertEqual(frames.outcome(frames.read_frames(rest)), "text v; close 1000")

    def test_requests_behind_the_handshake_are_no_requests(self):
        with self.server.connect() as connection:
            connection.sendall(frames.handshake() + COUNTS)
            frames.Peer(connection, is_asked=True).expect_end("close 1002")

    def test_body_is_not_taken_for_frames(self):
        """Whether it is refused, or the frames begin behind the body."""
        for headers, body in [(b"Content-Length: 7\r\n", text(b"v")),
                              (b"Transfer-Encoding: chunked\r\n", b"7\r\n" + text(b"v") + b"\r\n0\r\n\r\n")]:
            with self.subTest(headers), self.server.connect() as connection:
                connection.sendall(frames.handshake(headers=headers) + body + text(b"w") + close(1000))
                received = wire.receive_all(connection)
                if received.startswith(b"HTTP/1.1 101 "):
                    rest = received.partition(b"\r\n\r\n")[2]
                    self.assertEqual(frames.outcome(frames.read_frames(rest)), "text w; close 1000")
                else:
                    self.assertEqual([response.status for response in wire.parse(received)], [400])

    def test_view_on_the_same_path(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(wire.Reader(connection).next().body, b"a page")
            peer = frames.Peer(connection, b"/page")
            peer.send(text(b"v"))
            peer.expect("text v")
            peer.shut()

    def test_subprotocols(self):
        for intent, headers, chosen in PROTOCOLS:
            with self.subTest(intent):
                peer = frames.Peer(self.server.connect(), b"/protocols", headers)
                self.assertEqual(peer.accepted.header("Sec-WebSocket-Protocol"), chosen)
                peer.expect(f"text {chosen or 'none'}")
                peer.shut()

    def test_headers_of_the_101(self):
        """Those of on_connect and of after hooks."""
        peer = frames.Peer(self.server.connect(), b"/headers")
        self.assertEqual(peer.accepted.header("X-One"), "1")
        self.assertEqual(peer.accepted.all("X-Two"), ["2", "3"])
        self.assertEqual(peer.accepted.header("X-After"), "ran")
        self.assertIsNone(peer.accepted.header("Content-Type"))
        self.assertIsNotNone(peer.accepted.header("Date"))
        peer.shut()

    # ---- refused

    def test_refused(self):
        for intent, request, status, headers in REFUSED:
            with self.subTest(intent):
                answer = self.answer(**request)
                self.assertEqual(answer.status, status)
                for name, value in headers.items():
                    self.assertEqual(answer.header(name), value, name)

    def test_http_1_0(self):
        with self.server.connect() as connection:
            connection.sendall(frames.handshake(line=b"GET %s HTTP/1.0") + text(b"v"))
            responses = wire.parse(wire.receive_all(connection))
        self.assertEqual([response.status for response in responses], [400])

    def test_frames_behind_a_refused_handshake_are_no_frames(self):
        """They are a request that is none."""
        with self.server.connect() as connection:
            connection.sendall(frames.handshake(b"/nowhere") + text(b"v") + b"\r\n\r\n")
            responses = wire.parse(wire.receive_all(connection))
        self.assertEqual([response.status for response in responses], [404, 400])

    def test_request_behind_a_refused_handshake(self):
        with self.server.connect() as connection:
            connection.sendall(frames.handshake(b"/reject/403") + COUNTS)
            reader = wire.Reader(connection)
            self.assertEqual(reader.next().status, 403)
            self.assertIn("opened", reader.next().json())

    def test_origins(self):
        for intent, headers, status in ORIGINS:
            with self.subTest(intent):
                self.assertEqual(self.status(b"/echo", headers), status)
                self.assertEqual(self.status(b"/any", headers), 101)

    def test_origin_is_refused_before_the_application_is_asked(self):
        answer = self.answer(target=b"/headers", headers=b"Origin: https://evil.example\r\n")
        self.assertEqual((answer.status, answer.header("X-One")), (403, None))

    def test_rejected_by_on_connect(self):
        for status, header in [(400, {}), (401, {}), (403, {}), (404, {}), (429, {}), (500, {}), (503, {}),
                               (302, {"Location": "/login"}), (303, {"Location": "/login"}), (201, {}), (204, {})]:
            with self.subTest(status), self.server.connect() as connection:
                connection.sendall(frames.handshake(b"/reject/%d" % status))
                reader = wire.Reader(connection)
                answer = reader.next()
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.header("X-After"), "ran")
                self.assertIsNone(answer.header("Sec-WebSocket-Accept"))
                self.assertIsNone(answer.header("Upgrade"))
                for name, value in header.items():
                    self.assertEqual(answer.header(name), value)
                connection.sendall(COUNTS)
                self.assertEqual(reader.next().status, 200)

    def test_rejected_with_a_body(self):
        answer = self.answer(target=b"/reject/body")
        self.assertEqual((answer.status, answer.body), (403, b"the reason"))

    def test_body_without_a_rejection_is_a_mistake(self):
        self.assertEqual(self.answer(target=b"/accept/body").status, 500)
        self.server.err.wait_for("wrote a body")

    def test_rejected_with_an_error_says_why(self):
        answer = self.answer(target=b"/reject/403")
        self.assertIn(b"Not here.", answer.body)

    def test_before_hook_refuses(self):
        answer = self.answer(target=b"/headers", headers=b"X-Refuse: 1\r\n")
        self.assertEqual((answer.status, answer.header("X-One")), (401, None))
        self.assertIn(b"The hook refuses.", answer.body)

    def test_none_was_opened_by_a_refusal(self):
        before = self.server.counts()["opened"]
        self.test_refused()
        self.test_rejected_by_on_connect()
        self.assertEqual(self.server.counts()["opened"], before)

    def test_client_gone_at_every_byte_of_its_handshake(self):
        sent = frames.handshake() + text(b"v") + close(1000)
        for at in range(len(sent) + 1):
            connection = self.server.connect()
            connection.sendall(sent[:at])
            connection.close()
        self.server.until_count("closed", self.server.counts()["opened"])


class AccessLog(unittest.TestCase):
    def test_line_of_a_handshake(self):
        with wire.Server() as server, server.connect() as connection:
            port = connection.getsockname()[1]
            peer = frames.Peer(connection, b"/echo?a=b")
            peer.send(text(b"v"))
            peer.expect("text v")
            line = server.out.wait_for("/echo").string  # while it is open
            self.assertEqual(line, f'INFO:     127.0.0.1:{port} - "GET /echo?a=b HTTP/1.1" 101 Switching Protocols')
            peer.shut()
            with self.assertRaises(frames.Refused), server.connect() as refused:
                frames.Peer(refused, b"/reject/403")
            server.out.wait_for(r'"GET /reject/403 HTTP/1\.1" 403 Forbidden')
        self.assertEqual(len(re.findall("/echo", server.out.text())), 1)


if __name__ == "__main__":
    tap.main()
