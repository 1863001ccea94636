"""The life of a connection: keep-alive, pipelining, deferred responses, slow readers, clients that go."""

import resource
import select
import socket
import struct
import unittest

import wire
import tap

GET = b"GET /status/200 HTTP/1.1\r\nHost: a\r\n\r\n"
RELEASE = b"POST /release HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def get(path, headers=b""):
    return b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n"


def pattern(length):
    return (b"abcdefghijklmnopqrstuvwxyz" * (length // 26 + 1))[:length]


def reset(connection):
    """Goes away with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Connections(unittest.TestCase):
    def fill(self, connection):
        """Sends requests until the server takes no more, and returns how many bytes were sent."""
        filler, sent = GET * 100000, 0
        connection.setblocking(False)
        while sent < len(filler) and select.select([], [connection], [], 0.5)[1]:
            sent += connection.send(filler[sent:])
        connection.settimeout(wire.PATIENCE_S)
        self.assertLess(sent, len(filler))
        return sent

    def setUp(self):
        self.server = wire.Server("--no-access-log")

    def tearDown(self):
        self.server.stop()

    # ---- one after the other

    def test_many_requests_on_one_connection(self):
        with self.server.connect() as connection:
            reader = wire.Reader(connection)
            for _ in range(100):
                connection.sendall(GET)
                response = reader.next()
                self.assertEqual((response.status, response.header("Connection")), (200, None))

    def test_pipelined_requests_are_answered_in_order(self):
        numbers = list(range(200, 300)) * 5
        asked = b"".join(get(b"/big/%d" % number) for number in numbers)
        responses = self.server.talk(asked + wire.COUNTS)
        self.assertEqual([len(response.body) for response in responses[:-1]], numbers)

    def test_pipelined_bodies(self):
        bodies = [pattern(length) for length in [0, 1, 10, 70000, 0, 5, 200000]]
        asked = b"".join(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                         for body in bodies)
        responses = self.server.talk(asked + wire.COUNTS)
        self.assertTrue([response.body for response in responses[:-1]] == bodies)

    def test_pipelined_long_answers_beyond_what_the_socket_takes(self):
        lengths = [1, 16384, 16385, 3000000, 20, 5000000, 65536, 1]
        asked = b"".join(get(b"/big/%d" % length) for length in lengths)
        responses = self.server.talk(asked + wire.COUNTS)
        for response, length in zip(responses, lengths):
            self.assertTrue(response.body == pattern(length), length)

    def test_pipelining_client_does_not_hold_the_loop(self):
        with self.server.connect() as other, self.server.connect() as greedy:
            reader = wire.Reader(other)
            greedy.sendall(get(b"/nap/1") * 1000)  # 40 KB: one read of the server's

            def naps():
                other.sendall(get(b"/counts"))
                return reader.next().json()["naps"]
            self.assertLess(wire.until(naps, "a nap"), 500)
            answers = wire.Reader(greedy)
            for _ in range(1000):  # also when nothing else wakes the loop
                self.assertEqual(answers.next().body, b"awake")

    def test_pipelining_client_that_goes_amid_its_turns(self):
        with self.server.connect() as greedy:
            greedy.sendall(get(b"/nap/1") * 1000)
            wire.until(lambda: self.server.counts()["naps"], "a nap")
            reset(greedy)
        self.assertEqual(self.server.counts()["smuggled"], 0)

    def test_pipelining_client_that_was_woken_does_not_lose_the_others(self):
        """Its response, another one and its next requests come in one turn of the loop."""
        with wire.Server("--no-access-log", uds=True) as server, server.connect() as greedy, \
                server.connect() as other, server.connect() as holder, server.connect() as releaser:
            for count, waiting in enumerate([greedy, other]):
                waiting.sendall(get(b"/wait"))
                server.until_count("waiting", count + 1)
            releaser.sendall(RELEASE[:-2])
            wire.drain(releaser)
            holder.sendall(get(b"/nap/500"))
            wire.drain(holder)
            releaser.sendall(b"\r\n")
            greedy.sendall(GET * 200)
            self.assertEqual(wire.Reader(other).next().body, b"released")
            answers = wire.Reader(greedy)
            self.assertEqual(answers.next().body, b"released")
            self.assertEqual({answers.next().status for _ in range(200)}, {200})

    def test_lost_peers_are_asked_for(self):
        with self.server.connect() as connection:
            connection.sendall(GET)
            wire.Reader(connection).next()
            # "02": besides retransmission, a timer runs, which is that of SO_KEEPALIVE
            wire.until(lambda: [row[5][:2] for row in self.server.tcp_rows(connection)] == ["02"],
                       "a timer of SO_KEEPALIVE")

    def test_nothing_is_served_behind_a_close(self):
        responses = self.server.talk(get(b"/status/200", b"Connection: close\r\n") + get(b"/smuggled"))
        self.assertEqual([response.status for response in responses], [200])
        self.assertEqual(self.server.counts()["smuggled"], 0)

    # ---- the end of the stream

    def test_half_closed_requests_are_answered(self):
        with self.server.connect() as connection:
            connection.sendall(GET + get(b"/big/2000000"))
            connection.shutdown(socket.SHUT_WR)
            responses = wire.parse(wire.receive_all(connection))
        self.assertEqual([len(response.body) for response in responses], [6, 2000000])

    def test_requests_cut_short(self):
        for intent, sent in [
                ("in the request line", b"GET / HT"),
                ("in a header", b"GET / HTTP/1.1\r\nHos"),
                ("before the empty line", b"GET / HTTP/1.1\r\nHost: a\r\n"),
                ("in the body", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"),
                ("before the body", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
                ("in a chunk", b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"),
                ("in the trailers",
                 b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n")]:
            with self.subTest(intent), self.server.connect() as connection:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                responses = wire.parse(wire.receive_all(connection))
                self.assertEqual([response.status for response in responses], [400])

    def test_silent_connection_is_closed_without_an_answer(self):
        with self.server.connect() as connection:
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(wire.receive_all(connection), b"")

    def test_answer_survives_what_the_client_still_sends(self):
        """A server that closed at once would reset the connection, and the answer would be lost."""
        with self.server.connect() as connection:
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")
            for _ in range(3):
                connection.sendall(b"x" * 65536)
            self.assertEqual(wire.parse(wire.receive_all(connection))[0].status, 413)

    def test_client_that_never_stops_sending_is_cut_off(self):
        with self.server.connect() as connection:
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n")
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                for _ in range(1000):
                    connection.sendall(b"x" * 65536)

    # ---- later

    def test_deferred_response_is_sent_when_it_is_released(self):
        with self.server.connect() as connection:
            connection.sendall(get(b"/wait") + get(b"/status/201"))
            self.server.until_count("waiting", 1)
            self.assertEqual(self.server.talk(RELEASE)[0].json(), 1)
            reader = wire.Reader(connection)
            self.assertEqual(reader.next().body, b"released")
            self.assertEqual(reader.next().status, 201)
            connection.sendall(GET)
            self.assertEqual(reader.next().status, 200)

    def test_many_deferred_responses_are_released_at_once(self):
        connections = [self.server.connect() for _ in range(20)]
        for i, connection in enumerate(connections):
            connection.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n%02d" % i)
        self.server.until_count("waiting", 20)
        self.assertEqual(self.server.talk(RELEASE)[0].json(), 20)
        for i, connection in enumerate(connections):
            self.assertEqual(wire.Reader(connection).next().body, b"%02d" % i)
            connection.close()

    def test_deferred_response_behind_an_unsent_one(self):
        with self.server.connect() as connection:
            connection.sendall(get(b"/big/8000000") + get(b"/wait"))
            reader = wire.Reader(connection)
            self.assertEqual(len(reader.next().body), 8000000)
            self.server.until_count("waiting", 1)
            self.server.talk(RELEASE)
            self.assertEqual(reader.next().body, b"released")

    def test_application_is_told_when_the_client_goes(self):
        for path, go in [(b"/wait", socket.socket.close), (b"/wait", reset),
                         (b"/wait/late", socket.socket.close), (b"/wait/late", reset)]:
            with self.subTest(path=path, go=go):
                gone = self.server.counts()["gone"]
                connection = self.server.connect()
                connection.sendall(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                self.server.until_count("waiting", 1)
                go(connection)
                self.server.until_count("gone", gone + 1)
                self.server.talk(RELEASE)  # finishes the late one, whose body must still be there
                self.assertEqual(self.server.counts()["waiting"], 0)

    def test_what_is_sent_behind_a_deferred_request_is_kept_up_to_a_limit(self):
        """Past it the server stops reading: the client's writes come to a stand, and all is served later."""
        with self.server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            connection.sendall(get(b"/wait"))
            self.server.until_count("waiting", 1)
            sent = self.fill(connection)
            self.server.talk(RELEASE)
            reader = wire.Reader(connection)
            self.assertEqual(reader.next().body, b"released")
            for _ in range(sent // len(GET)):
                self.assertEqual(reader.next().status, 200)

    # ---- slow readers

    def test_reading_stops_while_answers_are_unsent(self):
        """The next requests wait in the client, not in the server's memory."""
        with self.server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            connection.sendall(get(b"/big/30000000") + get(b"/smuggled"))
            self.fill(connection)
            self.assertEqual(self.server.counts()["smuggled"], 0)
            reader = wire.Reader(connection)
            self.assertTrue(reader.next().body == pattern(30000000))
            self.assertEqual(reader.next().body, b"smuggled")

    def test_client_gone_amid_an_answer(self):
        for go in [socket.socket.close, reset]:
            with self.subTest(go=go):
                connection = self.server.connect()
                connection.sendall(get(b"/big/30000000") + get(b"/smuggled"))
                connection.recv(1000)
                go(connection)
        self.assertEqual(self.server.counts()["smuggled"], 0)

    def test_client_gone_at_every_byte_of_its_request(self):
        sent = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        for go in [socket.socket.close, reset]:
            for at in range(len(sent) + 1):
                connection = self.server.connect()
                connection.sendall(sent[:at])
                go(connection)
        self.assertEqual(self.server.talk(GET + wire.COUNTS)[0].status, 200)


class Descriptors(unittest.TestCase):
    def test_without_descriptors_it_neither_spins_nor_ends(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        with wire.Server(preexec=limit) as server:
            held = [server.connect() for _ in range(100)]
            self.assertEqual(held[-1].recv(1), b"")  # refused, where it could have waited for ever
            reader = wire.Reader(held[0])
            before = server.cpu_ticks()
            for _ in range(50):  # those that were taken are served
                held[0].sendall(GET)
                self.assertEqual(reader.next().status, 200)
            self.assertLess(server.cpu_ticks() - before, 100)
            for connection in held:
                connection.close()
            wire.until(lambda: self.is_served(server), "a new connection")

    def is_served(self, server):
        try:
            return server.talk(wire.COUNTS)
        except (AssertionError, OSError):
            return False


if __name__ == "__main__":
    tap.main()
