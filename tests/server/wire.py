"""The test application as a process, and raw sockets to it."""

import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time

import program
from serving import PATIENCE_S, wait_until as until

APP = os.environ["BOCATA_SERVER_APP"]
COUNTS = b"GET /counts HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Lines:
    """What a process writes to a pipe, line by line, as it comes."""

    def __init__(self, pipe):
        self.lines = []
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self.thread.start()

    def _read(self, pipe):
        for line in pipe:
            with self.changed:
                self.lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))
                self.changed.notify_all()
        pipe.close()
        with self.changed:
            self.lines.append(None)
            self.changed.notify_all()

    def wait_for(self, pattern):
        """The match of the first line that has one."""
        def find():
            for line in self.lines:
                if line is None:
                    return False
                match = re.search(pattern, line)
                if match:
                    return match
            return None
        with self.changed:
            self.changed.wait_for(lambda: find() is not None, PATIENCE_S)
            match = find()
        if not match:
            raise AssertionError(f"no line like {pattern!r} in {self.lines}")
        return match

    def text(self):
        """All of it, once the process has ended."""
        self.thread.join(PATIENCE_S)
        return "\n".join(line for line in self.lines if line is not None)


class Server:
    """The application on a free port, or with `uds=True` on a UNIX domain socket. Ended by its pid."""

    def __init__(self, *flags, uds=False, env=None, preexec=None, stdout=subprocess.PIPE):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "socket")
        where = ["--uds", self.path] if uds else ["--port", "0"]
        self.process = subprocess.Popen(
            program.command(APP, *where, *flags), stdout=stdout, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, preexec_fn=preexec)
        self.out = Lines(self.process.stdout) if self.process.stdout else None
        self.err = Lines(self.process.stderr)
        self.is_uds = uds
        try:
            url = self.err.wait_for(r"serving on (\S+)").group(1)
        except AssertionError:
            self.process.kill()
            self.process.wait()
            raise
        self.port = None if uds else int(url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop(check=error[0] is None)
        return False

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def stop(self, check=True):
        """Ends it, and returns its exit status, which must be 0: a sanitizer's or valgrind's finding is
        another one."""
        if self.process.poll() is None:
            self.signal()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self.folder.cleanup()
        if check and self.process.returncode != 0:
            raise AssertionError(f"exit {self.process.returncode}: {self.err.text()}")
        return self.process.returncode

    def connect(self):
        connection = socket.socket(socket.AF_UNIX if self.is_uds else socket.AF_INET)
        connection.settimeout(PATIENCE_S)
        connection.connect(self.path if self.is_uds else ("127.0.0.1", self.port))
        if not self.is_uds:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def talk(self, *parts, heads=()):
        """Sends the parts, each read by the server before the next is sent (over a UNIX domain socket),
        and returns all responses until the end of the stream."""
        with self.connect() as connection:
            for i, part in enumerate(parts):
                if i and self.is_uds:
                    drain(connection)
                try:
                    connection.sendall(part)
                except (BrokenPipeError, ConnectionResetError):
                    break  # refused already
            return parse(receive_all(connection), heads)

    def tcp_rows(self, connection):
        """The kernel's facts on the server's end of it."""
        with open("/proc/net/tcp") as table:
            rows = [line.split() for line in table][1:]
        return [row for row in rows if row[1].endswith(":%04X" % self.port) and
                row[2].endswith(":%04X" % connection.getsockname()[1])]

    def counts(self):
        return json.loads(self.talk(COUNTS)[0].body)

    def until_count(self, name, value):
        until(lambda: self.counts()[name] == value, f"{name} == {value}")

    def cpu_ticks(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


def drain(connection):
    """Waits until the peer has read all that was sent: on a UNIX domain socket SIOCOUTQ counts what it has
    not taken."""
    def is_empty():
        return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0] == 0
    deadline = time.monotonic() + PATIENCE_S
    while not is_empty():
        if time.monotonic() > deadline:
            raise AssertionError("the server does not read")


def receive_all(connection):
    received = []
    while True:
        try:
            more = connection.recv(1 << 20)
        except ConnectionResetError:
            raise AssertionError(f"the connection was reset after {received!r:.200}")
        if not more:
            return b"".join(received)
        received.append(more)


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:80]!r}>"

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, self.headers
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)


def parse_one(received, is_head=False):
    """The first response and what follows it; None while it is not complete."""
    head, separator, rest = received.partition(b"\r\n\r\n")
    if not separator:
        return None, received
    lines = head.decode("latin-1").split("\r\n")
    version, status, _ = lines[0].split(" ", 2)
    assert version == "HTTP/1.1", lines[0]
    headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
    response = Response(int(status), headers, b"")
    if is_head or response.status in (100, 204, 304):
        return response, rest
    length = int(response.header("Content-Length"))
    if len(rest) < length:
        return None, received
    response.body = rest[:length]
    return response, rest[length:]


def parse(received, heads=()):
    """All responses; `heads` are the indexes of those that answer HEAD."""
    responses = []
    while received:
        response, received = parse_one(received, len(responses) in heads)
        assert response, f"a response is cut short: {received[:200]!r}"
        responses.append(response)
    return responses


class Reader:
    """Responses from a connection that stays open."""

    def __init__(self, connection):
        self.connection = connection
        self.received = b""

    def _receive(self):
        more = self.connection.recv(1 << 20)
        assert more, f"the connection ended after {self.received[:200]!r}"
        return more

    def next(self, is_head=False):
        while b"\r\n\r\n" not in self.received:
            self.received += self._receive()
        response, rest = parse_one(self.received, is_head)
        if response:
            self.received = rest
            return response
        head, _, body = self.received.partition(b"\r\n\r\n")
        parts, missing = [body], int(re.search(rb"Content-Length: (\d+)", head).group(1)) - len(body)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        response, self.received = parse_one(head + b"\r\n\r\n" + b"".join(parts))
        return response

    def at_end(self):
        """True if nothing but the end of the stream is left."""
        return self.received == b"" and self.connection.recv(1) == b""


def run(*flags, env=None):
    """Runs the application where it is expected to end by itself."""
    return subprocess.run(program.command(APP, *flags), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=PATIENCE_S, env={**os.environ, **(env or {})})
