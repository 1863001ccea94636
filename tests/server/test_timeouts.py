"""Each wait has its end. The server's durations are short; the client only waits for what must come."""

import socket
import time
import unittest

import wire
import tap

LONG = "60"
SHORT = "0.4"
POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"


def server(**short):
    """All durations are long but those that are named."""
    flags = []
    for name in ["keep-alive", "header", "body", "write"]:
        flags += [f"--timeout-{name}", SHORT if name.replace("-", "_") in short else LONG]
    return wire.Server(*flags, "--no-access-log")


class Timeouts(unittest.TestCase):
    def ends_with(self, serving_server, sent, statuses, then_status=None):
        """The connection ends by itself, not before its time, with these responses."""
        with serving_server as running:
            started = time.monotonic()  # not later: the time may run from the connect on
            with running.connect() as connection:
                connection.sendall(sent)
                responses = wire.parse(wire.receive_all(connection))
            self.assertEqual([response.status for response in responses], statuses)
            self.assertGreaterEqual(time.monotonic() - started, float(SHORT) * 0.9)
            return responses

    def test_silent_connection_is_closed_silently(self):
        self.ends_with(server(header=True), b"", [])

    def test_slow_head(self):
        for sent in [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r"]:
            with self.subTest(sent=sent):
                responses = self.ends_with(server(header=True), sent, [408])
                self.assertEqual(responses[0].header("Connection"), "close")

    def test_head_that_drips_is_not_given_more_time(self):
        with server(header=True) as running, running.connect() as connection:
            connection.sendall(b"GET /")

            def has_ended():
                try:
                    connection.sendall(b"x")
                except OSError:
                    return True
                connection.setblocking(False)
                try:
                    return connection.recv(1) is not None
                except BlockingIOError:
                    return False
                finally:
                    connection.settimeout(wire.PATIENCE_S)
            wire.until(has_ended, "the end of a head that drips")

    def test_slow_body(self):
        for intent, sent in [
                ("none of it", POST + b"Content-Length: 5\r\n\r\n"),
                ("some of it", POST + b"Content-Length: 5\r\n\r\nhell"),
                ("a chunk", POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
                ("the trailers", POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n")]:
            with self.subTest(intent):
                self.ends_with(server(body=True), sent, [408])

    def test_idle_connection_is_closed_silently(self):
        self.ends_with(server(keep_alive=True), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", [200])

    def test_second_head_has_its_own_time(self):
        self.ends_with(server(header=True), b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT", [200, 408])

    def test_each_answer_gives_new_idle_time(self):
        """Requests that come in time keep the connection longer than one idle time."""
        with server(keep_alive=True) as running, running.connect() as connection:
            reader = wire.Reader(connection)
            until = time.monotonic() + 4 * float(SHORT)
            while time.monotonic() < until:
                connection.sendall(b"GET /status/200 HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertEqual(reader.next().status, 200)

    def test_deferred_response_has_no_deadline(self):
        with server(keep_alive=True, header=True, body=True, write=True) as running:
            with running.connect() as connection:
                connection.sendall(POST.replace(b"/echo", b"/wait") + b"Content-Length: 5\r\n\r\nhello")
                running.until_count("waiting", 1)
                with running.connect() as other:  # outlives every deadline that is armed before it
                    self.assertEqual(wire.receive_all(other), b"")
                running.talk(b"POST /release HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                self.assertEqual(wire.Reader(connection).next().body, b"hello")

    def test_reader_that_takes_nothing_is_closed(self):
        with server(write=True) as running, running.connect() as connection:
            connection.sendall(b"GET /big/50000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            wire.until(lambda: is_gone(running, connection), "the end of a reader that stands still")

    def test_reader_that_is_slow_is_served(self):
        with server(write=True) as running, running.connect() as connection:
            length = 5000000
            connection.sendall(b"GET /big/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % length)
            received, next_at = 0, time.monotonic()

            def take():
                nonlocal received, next_at
                if time.monotonic() < next_at:
                    return False
                next_at += float(SHORT) / 4
                more = connection.recv(100000, socket.MSG_WAITALL)
                received += len(more)
                return not more
            wire.until(take, "the end of a slow answer")
            self.assertGreater(received, length)

    def test_reader_that_takes_next_to_nothing_is_closed(self):
        with wire.Server("--timeout-write", "2", "--no-access-log") as running, socket.socket() as connection:
            # Small, so that the server's kernel hears of every few reads.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            connection.settimeout(wire.PATIENCE_S)
            connection.connect(("127.0.0.1", running.port))
            connection.sendall(b"GET /big/50000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            next_at = time.monotonic()

            def drip():
                nonlocal next_at
                if time.monotonic() >= next_at:
                    next_at += 0.15
                    try:
                        connection.recv(1000)
                    except ConnectionResetError:
                        return True
                return is_gone(running, connection)
            wire.until(drip, "the end of a reader that drips")

    def test_client_that_goes_is_noticed_though_nothing_is_read(self):
        """So much was sent ahead that the server has stopped reading; but all of it has arrived."""
        with server(keep_alive=True) as running:
            with running.connect() as connection:
                connection.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + b"x" * 100000)
                running.until_count("waiting", 1)
            running.until_count("gone", 1)

    def test_client_that_stays_is_not_given_up(self):
        requests = b"GET /status/200 HTTP/1.1\r\nHost: a\r\n\r\n" * 5000
        with server(keep_alive=True, header=True) as running, running.connect() as connection:
            connection.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" + requests)
            running.until_count("waiting", 1)
            for _ in range(3):
                with running.connect() as other:  # outlives a look at the first
                    self.assertEqual(wire.receive_all(other), b"")
            running.talk(b"POST /release HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            reader = wire.Reader(connection)
            self.assertEqual(reader.next().body, b"released")
            self.assertEqual({reader.next().status for _ in range(5000)}, {200})

    def test_what_arrived_while_a_view_held_the_loop_is_served(self):
        """Though its deadline passed meanwhile."""
        for intent, before, during in [
                ("a request of an idle connection", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                ("the rest of a head", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\n")]:
            with self.subTest(intent), wire.Server(
                    "--timeout-keep-alive", SHORT, "--timeout-header", SHORT, uds=True) as running, \
                    running.connect() as holder, running.connect() as connection:
                connection.sendall(before)
                reader = wire.Reader(connection)
                if before.endswith(b"\r\n\r\n"):
                    reader.next()
                wire.drain(connection)
                holder.sendall(b"GET /nap/1500 HTTP/1.1\r\nHost: a\r\n\r\n")
                wire.drain(holder)
                connection.sendall(during)
                self.assertEqual(reader.next().status, 200)

    def test_peer_that_does_not_close_is_not_waited_for(self):
        with server() as running, running.connect() as connection:
            connection.sendall(b"GET  / HTTP/1.1\r\n\r\n")
            wire.receive_all(connection)
            wire.until(lambda: is_gone(running, connection), "the end of lingering")


def is_gone(running, connection):
    """Whether the server has closed its end: it is no longer among its descriptors."""
    return {row[9] for row in running.tcp_rows(connection)} <= {"0"}


if __name__ == "__main__":
    tap.main()
