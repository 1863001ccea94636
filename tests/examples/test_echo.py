"""The echo example over real sockets, with and without sessions."""

import http.client
import os
import unittest

import serving
import tap
import websocket_client

ECHO = os.environ["BOCATA_ECHO"]
MESSAGE_LEN_MAX = 1 << 20


def get(served, path):
    connection = http.client.HTTPConnection(served.host, served.port, timeout=serving.PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


class Echo(unittest.TestCase):
    def serve(self, secret=None):
        served = serving.Served(ECHO, secret=secret)
        self.addCleanup(lambda: self.assertEqual(served.stop(), 0, served.log()))
        return served

    def connect(self, served, path, headers=()):
        socket = websocket_client.WebSocket(served.host, served.port, path, headers)
        self.addCleanup(socket.abort)
        return socket

    def test_what_is_sent_comes_back_as_it_was(self):
        socket = self.connect(self.serve(), "/echo")
        for length in (0, 1, 125, 126, 65535, 65536, MESSAGE_LEN_MAX // 2):
            for intent, message in (("text", "x" * length), ("binary", b"\xff" * length)):
                with self.subTest(intent, length=length):
                    socket.send(message)
                    self.assertTrue(socket.receive() == message)  # (assertEqual would print it)
        socket.send("olá 🥪")
        self.assertEqual(socket.receive(), "olá 🥪")
        self.assertEqual(socket.close(3000, "done")[0], 3000)

    def test_a_message_that_is_too_long(self):
        socket = self.connect(self.serve(), "/echo")
        socket.send(b"x" * (MESSAGE_LEN_MAX + 1))
        self.assertEqual(socket.closed()[0], 1009)

    def test_a_broadcast_reaches_everybody_there(self):
        served = self.serve()
        members = [self.connect(served, "/broadcast") for _ in range(3)]
        elsewhere = self.connect(served, "/echo")
        for message in ("text", b"\x00\xff"):
            members[0].send(message)
            self.assertEqual([member.receive() for member in members], [message] * 3)
        members[0].close()
        members[1].send("without the first")
        self.assertEqual([member.receive() for member in members[1:]], ["without the first"] * 2)
        elsewhere.send("mine")
        self.assertEqual(elsewhere.receive(), "mine")

    def test_without_a_key_there_are_no_sessions(self):
        served = self.serve()
        self.assertEqual(get(served, "/login?name=ann")[0].status, 404)
        self.assertIsNone(self.connect(served, "/echo").response.headers.get("Set-Cookie"))

    def test_with_a_key_there_are(self):
        served = self.serve(secret=serving.SECRET)
        answer, _ = get(served, "/login?name=ann")
        cookie = answer.getheader("Set-Cookie").split(";")[0]
        self.assertRegex(cookie, r"^session=")
        for intent, headers in (("a session", [("Cookie", cookie)]), ("none", ())):
            with self.subTest(intent):
                socket = self.connect(served, "/echo", headers)
                socket.send("hello")
                self.assertEqual(socket.receive(), "hello")

    def test_what_is_no_handshake(self):
        served = self.serve()
        self.assertEqual(get(served, "/")[1], "Connect a WebSocket to /echo or /broadcast.\n")
        self.assertEqual(get(served, "/echo")[0].status, 426)


if __name__ == "__main__":
    tap.main()
