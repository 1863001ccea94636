"""WebSocket frames (RFC 6455 5.2) built and read without our codec, and a raw peer that sends them."""

import base64
import collections
import hashlib
import re

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
RSV1, RSV2, RSV3 = 4, 2, 1
MASK = bytes.fromhex("37fa213d")  # RFC 6455 5.7
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # 1.3
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Frame = collections.namedtuple("Frame", "opcode payload fin rsv", defaults=[True, 0])


def masked(payload, mask=MASK):
    stream = (mask * (len(payload) // 4 + 1))[:len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")
    return number.to_bytes(len(payload), "big")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=MASK, width=None, claimed=None):
    """The bytes of one frame. `width`: how many bytes the extended length takes, the fewest by default;
    `claimed`: the length that the header says, that of the payload by default; `mask`: None for none."""
    length = len(payload) if claimed is None else claimed
    if width is None:
        width = 0 if length < 126 else 2 if length < 65536 else 8
    short = {0: length, 2: 126, 8: 127}[width]
    header = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, (0x80 if mask else 0) | short])
    header += length.to_bytes(width, "big") if width else b""
    return header + (mask + masked(payload, mask) if mask else payload)


def text(payload, **more):
    return frame(TEXT, payload, **more)


def binary(payload, **more):
    return frame(BINARY, payload, **more)


def more(payload, **rest):
    """A further fragment, the last one by default."""
    return frame(CONTINUATION, payload, **rest)


def ping(payload=b"", **rest):
    return frame(PING, payload, **rest)


def pong(payload=b"", **rest):
    return frame(PONG, payload, **rest)


def close(code=None, reason=b"", **rest):
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason, **rest)


def read_frame(received):
    """The first of a server's frames, and what follows it; (None, received) while it is not complete."""
    if len(received) < 2:
        return None, received
    first, length = received[0], received[1]
    opcode, fin, rsv = first & 15, bool(first & 0x80), first >> 4 & 7
    assert opcode in NAMES, f"an opcode that is none: {received[:20]!r}"
    assert length < 128, f"a server must not mask (5.1): {received[:20]!r}"
    assert rsv & ~RSV1 == 0, f"reserved bits: {received[:20]!r}"
    assert opcode < CLOSE or (fin and not rsv and length <= 125), f"no control frame (5.5): {received[:20]!r}"
    start = {126: 4, 127: 10}.get(length, 2)
    if len(received) < start:
        return None, received
    if length >= 126:
        short, length = length, int.from_bytes(received[2:start], "big")
        assert length >= (126 if short == 126 else 65536), f"not the shortest length (5.2): {received[:20]!r}"
    end = start + length
    if len(received) < end:
        return None, received
    return Frame(opcode, received[start:end], fin, rsv), received[end:]


def read_frames(received):
    """All of a server's frames; nothing may be cut short."""
    frames = []
    while received:
        one, rest = read_frame(received)
        assert one, f"a frame is cut short: {received[:40]!r}"
        frames.append(one)
        received = rest
    return frames


def close_code(one):
    """The code of a close frame, 1005 for none. The reason must be UTF-8."""
    assert one.opcode == CLOSE and len(one.payload) != 1, one
    one.payload[2:].decode()
    return int.from_bytes(one.payload[:2], "big") if one.payload else 1005


def outcome(frames):
    """A line to compare: "text abc; pong; close 1000". Long runs of stars are counted, reasons left out."""
    words = []
    for one in frames:
        if one.opcode == CLOSE:
            words.append(f"close {close_code(one)}")
            continue
        word = NAMES[one.opcode] + ("" if one.fin else " unfinished") + (" compressed" if one.rsv else "")
        if len(one.payload) > 8 and one.payload == b"*" * len(one.payload):
            word += f" *{len(one.payload)}"
        elif one.payload:
            word += " " + one.payload.decode("latin-1")
        words.append(word)
    return "; ".join(words)


# ---- the handshake

UPGRADE = b"Upgrade: websocket\r\n"
CONNECTION = b"Connection: Upgrade\r\n"
VERSION = b"Sec-WebSocket-Version: 13\r\n"
KEY_LINE = b"Sec-WebSocket-Key: " + KEY + b"\r\n"
ASKED = UPGRADE + CONNECTION + VERSION + KEY_LINE


def handshake(target=b"/echo", headers=b"", asked=ASKED, line=b"GET %s HTTP/1.1", host=b"Host: a\r\n"):
    return line % target + b"\r\n" + host + asked + headers + b"\r\n"


def accept_of(key=KEY):
    return base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()


class Refused(Exception):
    """The answer to the handshake is no 101."""

    def __init__(self, status, received):
        super().__init__(status)
        self.status = status
        self.received = received


class Accepted:
    """A 101."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0] == "HTTP/1.1 101 Switching Protocols", lines[0]
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
        assert self.header("Upgrade").lower() == "websocket", self.headers
        assert self.header("Connection").lower() == "upgrade", self.headers
        assert self.header("Sec-WebSocket-Accept") == accept_of(), self.headers
        # RFC 9110 8.6, 6.4.1: a 101 has no body, and no length of one.
        assert self.header("Content-Length") is None, self.headers
        assert self.header("Transfer-Encoding") is None, self.headers

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) <= 1, self.headers
        return values[0] if values else None


class Peer:
    """The client's end of a WebSocket, frame by frame. It answers nothing by itself."""

    def __init__(self, connection, target=b"/echo", headers=b"", is_asked=False):
        """`is_asked`: the handshake was sent already."""
        self.connection = connection
        self.received = b""
        if not is_asked:
            connection.sendall(handshake(target, headers))
        self.accepted = self.read_answer()

    def read_answer(self):
        while b"\r\n\r\n" not in self.received:
            self._receive()
        status = int(re.match(rb"HTTP/1\.1 (\d+) ", self.received).group(1))
        if status != 101:
            raise Refused(status, self.received)
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        return Accepted(head)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def _receive(self):
        more_bytes = self.connection.recv(1 << 20)
        assert more_bytes, f"the connection ended after {self.received[:200]!r}"
        self.received += more_bytes

    def send(self, *parts):
        self.connection.sendall(b"".join(parts))

    def next(self):
        """The next frame."""
        while True:
            one, self.received = read_frame(self.received)
            if one:
                return one
            self._receive()

    def expect(self, *outcomes):
        """The next frames are these."""
        for wanted in outcomes:
            got = outcome([self.next()])
            assert got == wanted, f"{wanted!r} was expected, {got!r} came"

    def rest(self):
        """All frames until the server ends the connection."""
        while True:
            more_bytes = self.connection.recv(1 << 20)
            if not more_bytes:
                return read_frames(self.received)
            self.received += more_bytes

    def expect_end(self, *outcomes):
        """The last frames are these, and then the server ends the connection."""
        got = outcome(self.rest())
        assert got == "; ".join(outcomes), f"{outcomes!r} were expected, {got!r} came"

    def shut(self, code=1000):
        """Closes as both should: our frame, the same code in answer, and the server ends the connection."""
        self.send(close(code))
        self.expect_end(f"close {code}")
        self.connection.close()
