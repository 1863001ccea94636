"""What an idle WebSocket with a session costs in resident memory, of 10,000 on one worker."""

import base64
import http.client
import os
import re
import resource
import select
import socket
import unittest

import serving
import tap

SOCKETS = 10000
OTHER_FILES = 100
SOCKET_BYTES = 4096  # in all
BEYOND_HTTP_BYTES = 2048  # beyond an idle HTTP connection's
IDLE = ["--timeout-keep-alive", "600", "--ws-ping-interval", "600", "--no-access-log"]

LOGIN = "GET /login?name=ann HTTP/1.1\r\nHost: a\r\n{cookie}\r\n"
HANDSHAKE = ("GET /echo HTTP/1.1\r\nHost: a\r\n{cookie}Connection: Upgrade\r\nUpgrade: websocket\r\n"
             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n")


def resident(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as smaps:
        return int(re.search(r"^Rss: +(\d+) kB$", smaps.read(), re.MULTILINE).group(1)) * 1024


def ask(server, request, end):
    """A connection after its first request, and the answer up to what it ends with."""
    connection = socket.create_connection((server.host, server.port), serving.PATIENCE_S)
    connection.sendall(request.encode())
    answer = ""
    while not answer.endswith(end):
        received = connection.recv(65536).decode()
        assert received, answer
        answer += received
    return connection, answer


def cookies(count):
    """So many sessions, each of its own."""
    with serving.Served(os.environ["BOCATA_ECHO"], *IDLE) as server:
        connection = http.client.HTTPConnection(server.host, server.port, serving.PATIENCE_S)
        for _ in range(count):
            connection.request("GET", "/login?name=ann")
            answer = connection.getresponse()
            answer.read()
            yield answer.getheader("Set-Cookie").split(";")[0]
        connection.close()


def bytes_each(request, status, end, sessions):
    """Resident bytes for each connection. One was there before, so that the code is in memory."""
    with serving.Served(os.environ["BOCATA_ECHO"], *IDLE) as server:
        connections = []
        poll = select.poll()
        try:
            for number, session in enumerate(sessions):
                if number == 1:
                    before = resident(server.process.pid)
                connection, answer = ask(server, request.format(cookie=f"Cookie: {session}\r\n"), end)
                connections.append(connection)
                assert answer.startswith(f"HTTP/1.1 {status} "), answer
                poll.register(connection, select.POLLIN)
            used = resident(server.process.pid) - before
            assert poll.poll(0) == [], "some did not stay idle"
        finally:
            for connection in connections:
                connection.close()
    return used / SOCKETS


@unittest.skipIf("sanitize" in os.environ["BOCATA_LDFLAGS"], "a sanitizer takes memory of its own")
@unittest.skipIf(os.environ.get("BOCATA_WRAPPER"), "valgrind takes memory of its own")
class Memory(unittest.TestCase):
    def test_an_idle_socket_with_a_session(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if hard != resource.RLIM_INFINITY and hard < SOCKETS + OTHER_FILES:
            self.fail(f"{SOCKETS} sockets cannot be opened: the hard limit of open files (ulimit -Hn) is {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        sessions = list(cookies(SOCKETS + 1))
        self.assertEqual(len(set(sessions)), len(sessions))
        idle_http = bytes_each(LOGIN, 200, "now.\n", sessions)
        websocket = bytes_each(HANDSHAKE, 101, "\r\n\r\n", sessions)
        print(f"# bytes each: {idle_http:.0f} an idle HTTP connection, {websocket:.0f} a WebSocket")
        self.assertLessEqual(websocket, SOCKET_BYTES)
        self.assertLessEqual(websocket - idle_http, BEYOND_HTTP_BYTES)


if __name__ == "__main__":
    tap.main()
