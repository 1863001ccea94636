"""A WebSocket client that blocks: Debian's python3-websockets reads and writes the bytes, a socket carries them."""

import json
import socket

import serving
from websockets.client import ClientConnection
from websockets.connection import State
from websockets.frames import Opcode
from websockets.uri import parse_uri


class Refused(AssertionError):
    """The handshake was answered with something else than a good 101: `response` has status_code, headers, body."""

    def __init__(self, response, reason):
        super().__init__(f"{response.status_code}: {reason}")
        self.response = response


class Closed(AssertionError):
    """The server closed in place of what was waited for: `code` and `reason`, 1006 where it went without a word."""

    def __init__(self, code, reason):
        super().__init__(f"{code} {reason!r}")
        self.code, self.reason = code, reason


class WebSocket:
    """A context manager. `headers` are pairs; `arguments` are ClientConnection's (origin, subprotocols, extensions)."""

    def __init__(self, host, port, path, headers=(), **arguments):
        self.events = []  # frames that nobody took yet
        uri = parse_uri(f"ws://{host}:{port}{path}")
        self.protocol = ClientConnection(uri, **{"max_size": None, **arguments})
        self.socket = socket.create_connection((host, port), timeout=serving.PATIENCE_S)
        try:
            request = self.protocol.connect()
            for name, value in headers:
                request.headers[name] = value
            self.protocol.send_request(request)
            self.response = self.event()
            if self.protocol.handshake_exc:
                raise Refused(self.response, self.protocol.handshake_exc)
        except BaseException:
            self.socket.close()
            raise

    def flush(self):
        """Sends what `protocol` has to send."""
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)
            else:
                self.socket.shutdown(socket.SHUT_WR)

    def event(self):
        """The next frame; pings and closes are answered already. None once the connection has ended."""
        self.flush()
        while not self.events and self.protocol.state is not State.CLOSED:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if data:
                self.protocol.receive_data(data)
            else:
                self.protocol.receive_eof()
            try:
                self.flush()
            except OSError:  # it is gone: what it sent before still counts
                pass
            self.events += self.protocol.events_received()
        return self.events.pop(0) if self.events else None

    def send(self, message):
        """str goes as text, bytes as binary."""
        if isinstance(message, str):
            self.protocol.send_text(message.encode())
        else:
            self.protocol.send_binary(message)
        self.flush()

    def send_json(self, value):
        self.send(json.dumps(value))

    def receive(self):
        """The next message, of the types that send takes."""
        parts, opcode = [], None
        while True:
            frame = self.event()
            if frame is None:
                raise Closed(self.protocol.close_code, self.protocol.close_reason)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                opcode = opcode or frame.opcode
                parts.append(frame.data)
                if frame.fin:
                    whole = b"".join(parts)
                    return whole.decode() if opcode is Opcode.TEXT else whole

    def receive_json(self):
        return json.loads(self.receive())

    def closed(self):
        """Waits until the server has closed, and returns its code and reason; a message before is a failure."""
        try:
            raise AssertionError(f"a message, not the end: {self.receive()!r}")
        except Closed as end:
            return end.code, end.reason

    def close(self, code=1000, reason=""):
        """Closes, waits for the server to agree, and returns what it answered. Messages on the way are dropped."""
        self.protocol.send_close(code, reason)
        while self.event() is not None:
            pass
        self.socket.close()
        return self.protocol.close_code, self.protocol.close_reason

    def abort(self):
        """Goes without a word."""
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
