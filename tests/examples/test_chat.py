"""The chat example over real sockets: people log in by HTTP, and talk through Debian's python3-websockets."""

import base64
import html
import http.client
import os
import re
import signal
import time
import unittest
import urllib.parse

import serving
import tap
import websocket_client

CHAT = os.environ["BOCATA_CHAT"]
TOO_LONG = {"error": "A message has 1 to 500 characters."}
LOGGED_OUT = (1008, "logged out")
EXPIRED = (1008, "session expired")
MARKUP = "<b>\"ann\" & 'co'</b>"


class Person:
    """A browser's cookies, and what it does with them."""

    def __init__(self, case, served, name=None):
        self.case, self.served, self.cookies = case, served, {}
        self.name = name
        if name is not None:
            answer, _ = self.log_in(name)
            assert answer.status == 303, answer.status

    def cookie_headers(self):
        text = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": text} if text else {}

    def ask(self, method, path, fields=None, headers=None):
        connection = http.client.HTTPConnection(self.served.host, self.served.port, timeout=serving.PATIENCE_S)
        body = None if fields is None else urllib.parse.urlencode(fields)
        headers = {**self.cookie_headers(), **(headers or {})}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, value = line.split(";")[0].split("=", 1)
            if "1970" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer, text

    def token(self, path):
        answer, text = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status)
        return re.search(r'name="csrf_token" value="([\w-]+)"', text).group(1)

    def log_in(self, name, room="lobby", token=None):
        return self.ask("POST", "/login", {"csrf_token": token or self.token("/"), "name": name, "room": room})

    def log_out(self):
        return self.ask("POST", "/logout", {"csrf_token": self.token("/rooms/lobby")})

    def connect(self, path, **arguments):
        socket = websocket_client.WebSocket(self.served.host, self.served.port, path, self.cookie_headers().items(),
                                            **arguments)
        self.case.addCleanup(socket.abort)
        return socket

    def enter(self, room):
        """A socket whose own joining was read already."""
        socket = self.connect(f"/rooms/{room}")
        joined = socket.receive_json()
        self.case.assertEqual(joined["joined"], self.name)
        return socket

    def refusal(self, path, **arguments):
        """The status of a refused handshake, None for one that was not."""
        try:
            self.connect(path, **arguments)
        except websocket_client.Refused as refused:
            return refused.response.status_code
        return None


class Case(unittest.TestCase):
    def serve(self, **arguments):
        served = serving.Served(CHAT, **arguments)
        self.addCleanup(lambda: self.assertEqual(served.stop(), 0, served.log()))
        return served

    def said(self, socket):
        """The next event without its time, which must be now."""
        message = socket.receive_json()
        self.assertAlmostEqual(message.pop("at"), time.time(), delta=serving.PATIENCE_S)
        return message


class Talk(Case):
    def setUp(self):
        self.served = self.serve()
        self.ann, self.bob = (Person(self, self.served, name) for name in ("ann", "bob"))

    def test_a_room_hears_what_is_said_in_it_and_nothing_else(self):
        ann = self.ann.connect("/rooms/tea")
        self.assertEqual(self.said(ann), {"joined": "ann", "people": 1})
        bob = self.bob.connect("/rooms/tea")
        for socket in (ann, bob):
            self.assertEqual(self.said(socket), {"joined": "bob", "people": 2})
        elsewhere = self.bob.connect("/rooms/Tea")
        self.assertEqual(self.said(elsewhere), {"joined": "bob", "people": 1})

        for speaker, text in ((bob, "hello"), (elsewhere, "is anybody here?"), (ann, "olá 🥪\n")):
            speaker.send_json({"text": text})
        for socket in (ann, bob):
            self.assertEqual(self.said(socket), {"from": "bob", "text": "hello"})
            self.assertEqual(self.said(socket), {"from": "ann", "text": "olá 🥪\n"})
        self.assertEqual(self.said(elsewhere), {"from": "bob", "text": "is anybody here?"})

    def test_the_session_says_who_speaks_and_not_the_message(self):
        ann = self.ann.enter("tea")
        ann.send_json({"text": "it is me", "from": "bob"})
        self.assertEqual(self.said(ann), {"from": "ann", "text": "it is me"})

    def test_leaving_is_announced(self):
        ann = self.ann.enter("tea")
        for intent, leave in (("with a close", lambda socket: socket.close()),
                              ("without a word", lambda socket: socket.abort())):
            with self.subTest(intent):
                bob = self.bob.enter("tea")
                self.assertEqual(self.said(ann), {"joined": "bob", "people": 2})
                leave(bob)
                self.assertEqual(self.said(ann), {"left": "bob", "people": 1})

    def test_the_length_of_a_text(self):
        ann, bob = self.ann.enter("tea"), self.bob.enter("tea")
        self.said(ann)
        for intent, text, is_said in (("one", "x", True), ("none", "", False), ("500", "x" * 500, True),
                                      ("501", "x" * 501, False), ("500 of four bytes", "🥪" * 500, True),
                                      ("501 of two bytes", "é" * 501, False)):
            with self.subTest(intent):
                bob.send_json({"text": text})  # json.dumps escapes, the longest way to write it
                if is_said:
                    self.assertEqual(self.said(ann), {"from": "bob", "text": text})
                    self.assertEqual(self.said(bob), {"from": "bob", "text": text})
                else:
                    self.assertEqual(bob.receive_json(), TOO_LONG)
        bob.send_json({"text": "still here"})
        self.assertEqual(self.said(ann), {"from": "bob", "text": "still here"})  # and no error before

    def test_what_is_no_message_closes_the_socket(self):
        ann = self.ann.enter("tea")
        for intent, message, code in (("binary", b'{"text": "x"}', 1003), ("not JSON", "hello", 1007),
                                      ("nothing", "", 1007), ("not an object", '["text"]', 1007),
                                      ("no text", '{"txet": "x"}', 1007), ("a number", '{"text": 1}', 1007),
                                      ("null", '{"text": null}', 1007), ("a NUL", '{"text": "\\u0000"}', 1007),
                                      ("too many bytes", '{"text": "' + "x" * 8192 + '"}', 1009)):
            with self.subTest(intent):
                bob = self.bob.enter("tea")
                bob.send(message)
                self.assertEqual(bob.closed()[0], code)
                self.assertEqual(self.said(ann), {"joined": "bob", "people": 2})
                self.assertEqual(self.said(ann), {"left": "bob", "people": 1})

    def test_a_server_that_ends_says_so(self):
        ann = self.ann.enter("tea")
        self.served.process.send_signal(signal.SIGTERM)  # (stop would wait for the end, and the end for ann)
        self.assertEqual(ann.closed()[0], 1001)
        self.assertEqual(self.served.process.wait(serving.PATIENCE_S), 0)


class Doors(Case):
    """Who gets in, and who does not."""

    def setUp(self):
        self.served = self.serve()
        self.ann = Person(self, self.served, "ann")

    def test_who_is_not_logged_in_gets_no_socket(self):
        stranger = Person(self, self.served)
        forger = Person(self, self.served)
        ((name, value),) = self.ann.cookies.items()
        forger.cookies = {name: value[:20] + ("A" if value[20] != "A" else "B") + value[21:]}
        visitor = Person(self, self.served)
        visitor.token("/")  # a session, but no name
        self.assertTrue(visitor.cookies)
        for intent, person, status in (("no cookie", stranger, 403), ("a forged one", forger, 403),
                                       ("before the log-in", visitor, 403), ("logged in", self.ann, None)):
            with self.subTest(intent):
                self.assertEqual(person.refusal("/rooms/tea"), status)

    def test_pages_of_other_origins_get_no_socket(self):
        for origin, status in ((f"http://{self.served.host}:{self.served.port}", None), ("http://evil.example", 403),
                               (f"http://{self.served.host}:1", 403), ("null", 403)):
            with self.subTest(origin):
                self.assertEqual(self.ann.refusal("/rooms/tea", origin=origin), status)

    def test_names_of_rooms(self):
        for name, is_good in (("a", True), ("Tea-42", True), ("x" * 32, True), ("x" * 33, False), ("a_b", False),
                              ("a%20b", False), ("%C3%A9", False), ("a%2Fb", False), ("%3Cb%3E", False)):
            with self.subTest(name):
                path = f"/rooms/{name}"
                self.assertEqual(self.ann.refusal(path), None if is_good else 404)
                self.assertEqual(self.ann.ask("GET", path)[0].status, 200 if is_good else 404)

    def test_names_of_people(self):
        for intent, name, status in (("none", "", 400), ("a space", " ", 400), ("a line", "a\nb", 400),
                                     ("a NUL", "a\0", 400), ("33", "é" * 33, 400), ("32", "é" * 32, 303),
                                     ("markup", MARKUP, 303)):
            with self.subTest(intent):
                answer, _ = Person(self, self.served).log_in(name)
                self.assertEqual(answer.status, status)

    def test_names_are_text_in_the_page(self):
        _, text = Person(self, self.served, MARKUP).ask("GET", "/rooms/lobby")
        self.assertEqual(html.unescape(re.search(r"Message from <bdi>([^<]*)</bdi>", text).group(1)), MARKUP)

    def test_where_the_forms_lead(self):
        stranger = Person(self, self.served)
        self.assertEqual(stranger.ask("GET", "/rooms/tea")[0].getheader("Location"), "/?room=tea")
        for asked, wanted in (("?room=tea", "tea"), ("", "lobby"), ("?room=%3Cb%3E", "lobby")):
            self.assertIn(f'name="room" value="{wanted}"', stranger.ask("GET", "/" + asked)[1])
        self.assertEqual(stranger.log_in("eve", "tea")[0].getheader("Location"), "/rooms/tea")
        self.assertEqual(stranger.ask("GET", "/?room=bar")[0].getheader("Location"), "/rooms/bar")

    def test_other_sites_can_do_nothing(self):
        ann = self.ann.enter("tea")
        token = self.ann.token("/rooms/tea")
        for intent, path, fields, headers in (
                ("a log-out without the token", "/logout", {}, {}),
                ("a log-in without the token", "/login", {"name": "eve", "room": "tea"}, {}),
                ("a log-out of another site", "/logout", {"csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
                ("a renewal by another site", "/renew", None, {"Sec-Fetch-Site": "cross-site"})):
            with self.subTest(intent):
                cookies = dict(self.ann.cookies)
                answer, _ = self.ann.ask("POST", path, fields, headers)
                self.assertEqual((answer.status, self.ann.cookies), (403, cookies))
        ann.send_json({"text": "still here"})
        self.assertEqual(self.said(ann), {"from": "ann", "text": "still here"})

    def test_the_cookie_cannot_be_read(self):
        (value,) = self.ann.cookies.values()
        text = value.replace("-", "+").replace("_", "/").split(".")[0]
        self.assertNotIn(b'"ann"', base64.b64decode(text[:len(text) // 4 * 4]))

    def test_pages_are_protected(self):
        for path, status in (("/", 303), ("/rooms/tea", 200), ("/rooms/_", 404), ("/chat.js", 200), ("/nowhere", 404)):
            with self.subTest(path):
                answer, text = self.ann.ask("GET", path)
                self.assertEqual((answer.status, answer.getheader("Cache-Control")), (status, "no-store"))
                self.assertRegex(answer.getheader("Content-Security-Policy"), "^default-src 'none'; script-src 'self';")
                self.assertNotRegex(text, r"<script>|<style|style=|innerHTML|onclick=")


class End(Case):
    """Sockets end with their session."""

    def test_log_out_closes_the_sockets_of_that_session_and_no_other(self):
        served = self.serve()
        ann, other, bob = (Person(self, served, name) for name in ("ann", "ann", "bob"))
        bob_in_tea = bob.enter("tea")
        first, second = ann.enter("tea"), ann.enter("bar")
        namesake = other.enter("bar")  # another browser, with a session of its own
        self.assertEqual(self.said(bob_in_tea), {"joined": "ann", "people": 2})
        self.assertEqual(self.said(second), {"joined": "ann", "people": 2})

        answer, _ = ann.log_out()
        self.assertEqual((answer.status, answer.getheader("Location"), ann.cookies), (303, "/", {}))
        self.assertEqual(first.closed(), LOGGED_OUT)
        self.assertEqual(second.closed(), LOGGED_OUT)
        self.assertEqual(self.said(bob_in_tea), {"left": "ann", "people": 1})
        self.assertEqual(self.said(namesake), {"left": "ann", "people": 1})
        for socket, name in ((bob_in_tea, "bob"), (namesake, "ann")):
            socket.send_json({"text": "still here"})
            self.assertEqual(self.said(socket), {"from": name, "text": "still here"})
        self.assertEqual(ann.refusal("/rooms/tea"), 403)
        self.assertEqual(ann.ask("POST", "/renew")[0].status, 403)

    def test_a_new_log_in_closes_the_sockets_of_the_old_one(self):
        served = self.serve()
        ann, bob = (Person(self, served, name) for name in ("ann", "bob"))
        bob_in_tea, ann_in_tea = bob.enter("tea"), ann.enter("tea")
        self.said(bob_in_tea)
        ann.log_in("anna", token=ann.token("/rooms/tea"))
        ann.name = "anna"
        self.assertEqual(ann_in_tea.closed(), LOGGED_OUT)
        self.assertEqual(self.said(bob_in_tea), {"left": "ann", "people": 1})
        ann_in_tea = ann.enter("tea")
        ann_in_tea.send_json({"text": "it is me"})
        self.assertEqual(self.said(ann_in_tea), {"from": "anna", "text": "it is me"})

    def test_a_session_ends_unless_it_is_renewed(self):
        served = self.serve(env={"LIFETIME_S": "4"})
        ann, bob = (Person(self, served, name) for name in ("ann", "bob"))
        ann_in_tea, bob_in_bar = ann.enter("tea"), bob.enter("bar")

        self.assertIn(ann_in_tea.receive_json(), [{"expiring": left_s} for left_s in (1, 2)])
        answer, _ = ann.ask("POST", "/renew")
        renewed_at_s = time.monotonic()
        self.assertEqual(answer.status, 204)
        self.assertIn(bob_in_bar.receive_json(), [{"expiring": left_s} for left_s in (1, 2)])
        self.assertEqual(bob_in_bar.closed(), EXPIRED)

        ann_in_tea.send_json({"text": "still here"})
        events = [ann_in_tea.receive_json() for _ in range(2)]
        self.assertEqual(sorted(key for event in events for key in event), ["at", "expiring", "from", "text"])
        self.assertEqual(ann_in_tea.closed(), EXPIRED)
        self.assertGreater(time.monotonic() - renewed_at_s, 2.9)  # 2 are left where it changed nothing
        self.assertEqual(ann.refusal("/rooms/tea"), 403)


if __name__ == "__main__":
    tap.main()
