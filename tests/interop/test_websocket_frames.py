"""Our frames against the parser of Debian's python3-websockets, both sides and both ways.

Random frames, a part of them with a mistake, in random pieces. Where we are stricter or laxer on purpose,
the reference says so: see `Reference`.
"""

import codecs
import os
import random
import unittest

from websockets.connection import Connection, Side
from websockets.exceptions import ProtocolError
from websockets.frames import Close, Frame, Opcode

import tap
from tool import Tool

SEED = int(os.environ.get("BOCATA_SEED", "20240229"))
COUNT = 800
LEN_MAX = 1000
CONTROL = 0x08
NAMES = {Opcode.TEXT: "text", Opcode.BINARY: "binary", Opcode.PING: "ping", Opcode.PONG: "pong"}
TEXTS = ["", "a", "Hello", "é", "κόσμε", "🍪", "x" * 124, "é" * 64, "y" * 126, "z" * 400]
CODES = [0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65535]


def header_of(data):
    """The length of the header without the mask, the payload's length, and whether it is written as it must be."""
    length = data[1] & 0x7F
    width = {126: 2, 127: 8}.get(length, 0)
    if len(data) < 2 + width:
        return None
    if width:
        length = int.from_bytes(data[2 : 2 + width], "big")
    least = {0: 0, 2: 126, 8: 65536}[width]
    return 2 + width, length, least <= length < 2**63


class Reference:
    """What websockets makes of the bytes: a list of events as the tool gives them.

    It reads a frame at a time, as what it does not do is done here: it takes lengths that are not the shortest
    (RFC 6455 5.2), refuses a close between fragments (5.4 allows it), counts control frames into the message's
    limit, says 1007 before it looks at a close code, and leaves messages and their UTF-8 to its callers.
    """

    def __init__(self, is_server):
        self.connection = Connection(Side.SERVER if is_server else Side.CLIENT, max_size=LEN_MAX)
        self.mask_len = 4 if is_server else 0
        self.is_server = is_server
        self.events = []
        self.is_ended = False
        self.message = None  # the opcode, the payload so far, the decoder of a text

    def end(self, *event):
        self.events.append(list(event))
        self.is_ended = True

    def read(self, data):
        while not self.is_ended and len(data) >= 2:
            header = header_of(data)
            if header is None:
                break
            start, length, is_good = header
            is_masked = bool(data[1] & 0x80)
            whole = start + (4 if is_masked else 0) + length
            if not is_good and is_masked == self.is_server:
                return self.end("fail", 1002)
            self.connection.max_size = None if data[0] & CONTROL and length <= 125 else LEN_MAX
            self.read_frame(data[:whole], data[0])
            data = data[whole:]
        return None

    def read_frame(self, data, first):
        self.connection.receive_data(data)
        for frame in self.connection.events_received():
            self.take(frame)
        error = self.connection.parser_exc
        if error is None or self.is_ended:
            return
        close = self.connection.close_rcvd
        if str(error) == "incomplete fragmented message":
            return self.end("close", close.code, close.reason.encode().hex())
        code = self.connection.close_sent.code
        if code == 1009 and self.has_other_mistake(first):
            code = 1002
        if code == 1007 and not self.is_valid_code(data):
            code = 1002
        self.end("fail", code)

    def has_other_mistake(self, first):
        return first & (CONTROL | 0x70) or (first & 0x0F == 0) != (self.message is not None)

    def is_valid_code(self, data):
        frame = self.unmask(data)
        try:
            Close(int.from_bytes(frame[:2], "big"), "").check()
        except ProtocolError:
            return False
        return True

    def unmask(self, data):
        key, payload = data[2 : 2 + self.mask_len] or bytes(4), data[2 + self.mask_len :]
        return bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))

    def take(self, frame):
        if frame.opcode is Opcode.CLOSE:
            close = self.connection.close_rcvd
            return self.end("close", close.code, close.reason.encode().hex())
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            return self.events.append([NAMES[frame.opcode], bytes(frame.data).hex()])
        if frame.opcode is not Opcode.CONT:
            self.message = (frame.opcode, b"", codecs.getincrementaldecoder("utf-8")())
        opcode, payload, decoder = self.message
        payload += frame.data
        if opcode is Opcode.TEXT:
            try:
                decoder.decode(frame.data, frame.fin)
            except UnicodeDecodeError:
                return self.end("fail", 1007)
        self.message = None if frame.fin else (opcode, payload, decoder)
        if frame.fin:
            self.events.append([NAMES[opcode], payload.hex()])
        return None


class Peer:
    """Frames as they come over the wire, most of them as they should be."""

    def __init__(self, chance, is_server):
        self.chance = chance
        self.is_server = is_server
        self.is_in_message = False

    def payload(self):
        text = self.chance.choice(TEXTS).encode()
        kind = self.chance.random()
        if kind < 0.1:
            return self.chance.randbytes(self.chance.choice([1, 2, 7, 125, 126, 300]))
        if kind < 0.2 and text:
            return text[: self.chance.randrange(len(text))]
        return text

    def close_payload(self):
        if self.chance.random() < 0.2:
            return self.chance.choice([b"", b"\x03"])
        return self.chance.choice(CODES).to_bytes(2, "big") + self.payload()[:123]

    def frame(self):
        kind = self.chance.random()
        if kind < 0.25:
            opcode, payload, is_final = self.chance.choice([9, 10]), self.payload()[:125], True
        elif kind < 0.3:
            opcode, payload, is_final = 8, self.close_payload(), True
        else:
            opcode = 0 if self.is_in_message else self.chance.choice([1, 2])
            payload, is_final = self.payload(), self.chance.random() < 0.5
            self.is_in_message = not is_final
        first = opcode | (0x80 if is_final else 0)
        if self.chance.random() < 0.04:
            first ^= 1 << self.chance.randrange(8)
        is_masked = self.is_server != (self.chance.random() < 0.01)
        key = self.chance.randbytes(4) if is_masked else b""
        masked = bytes(byte ^ key[at % 4] for at, byte in enumerate(payload)) if key else payload
        return bytes([first]) + self.length(len(payload), 0x80 if is_masked else 0) + key + masked

    def length(self, length, mask):
        widths = [width for width in (0, 2, 8) if length < {0: 126, 2: 65536, 8: 2**64}[width]]
        width = widths[0] if self.chance.random() > 0.02 else self.chance.choice(widths)
        if self.chance.random() < 0.02:
            width, length = 8, self.chance.choice([2**16, 2**32, 2**63 - 1, 2**63, 2**64 - 1])
        if width == 0:
            return bytes([mask | length])
        return bytes([mask | (126 if width == 2 else 127)]) + length.to_bytes(width, "big")


class FramesTest(unittest.TestCase):
    def setUp(self):
        print(f"# seed {SEED}")
        self.chance = random.Random(SEED)
        self.tool = Tool()
        self.addCleanup(self.tool.__exit__, None, None, None)

    def pieces(self, data):
        while data:
            length = self.chance.choice([1, 1, 2, 3, 7, 50, len(data)])
            yield data[:length].hex()
            data = data[length:]

    def compare(self, data, is_server, outcomes):
        reference = Reference(is_server)
        reference.read(data)
        pieces = list(self.pieces(data))
        answer = self.tool(do="read", server=is_server, len_max=LEN_MAX, pieces=pieces)
        self.assertEqual(answer["events"], reference.events, f"seed {SEED}, server {is_server}: {data.hex()}")
        for event in reference.events:
            key = event[0] if event[0] != "fail" else event[1]
            outcomes[key] = outcomes.get(key, 0) + 1

    def check_counts(self, outcomes):
        """Nothing is left untried."""
        for outcome in ("text", "binary", "ping", "pong", "close", 1002, 1007, 1009):
            self.assertGreater(outcomes.get(outcome, 0), 20, outcomes)

    def read_random(self, is_server):
        outcomes = {}
        for _ in range(COUNT):
            peer = Peer(self.chance, is_server)
            self.compare(b"".join(peer.frame() for _ in range(12)) + bytes(2 * LEN_MAX), is_server, outcomes)
        self.check_counts(outcomes)

    def test_read_as_a_server(self):
        self.read_random(True)

    def test_read_as_a_client(self):
        self.read_random(False)

    def test_read_noise(self):
        """Bytes of which nothing is right, behind a good frame."""
        outcomes = {}
        for _ in range(COUNT):
            is_server = self.chance.random() < 0.5
            good = Frame(Opcode.TEXT, b"good").serialize(mask=is_server)
            noise = self.chance.randbytes(self.chance.randrange(40)) + bytes(2 * LEN_MAX)
            self.compare(good + noise, is_server, outcomes)
        self.assertGreaterEqual(outcomes["text"], COUNT)

    def test_written_frames_are_read(self):
        for length in [0, 1, 124, 125, 126, 127, 65534, 65535, 65536, 70000]:
            for opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.PING):
                for is_server in (False, True):
                    if opcode is Opcode.PING and length > 125:
                        continue
                    payload = bytes(at % 128 for at in range(length))
                    key = self.chance.randbytes(4).hex() if is_server else ""
                    answer = self.tool(do="write", opcode=opcode, final=True, mask=key, payload=payload.hex())
                    connection = Connection(Side.SERVER if is_server else Side.CLIENT)
                    connection.receive_data(bytes.fromhex(answer["frame"]))
                    self.assertEqual(connection.events_received(), [Frame(opcode, payload)])

    def test_written_frames_are_theirs(self):
        """To the byte, fragments too."""
        for length in [0, 125, 126, 65535, 65536]:
            for is_final in (False, True):
                payload = self.chance.randbytes(length)
                theirs = Frame(Opcode.BINARY, payload, is_final).serialize(mask=False)
                answer = self.tool(do="write", opcode=2, final=is_final, mask="", payload=payload.hex())
                self.assertEqual(answer["frame"], theirs.hex())

    def test_written_close_payloads(self):
        for code in CODES:
            for reason in ("", "bye", "é" * 61):
                answer = self.tool(do="close", code=code, reason=reason.encode().hex())
                try:
                    theirs = {"payload": Close(code, reason).serialize().hex()}
                except ProtocolError:
                    theirs = {"error": "BOCATA_E_INVALID"}
                if code == 1005 and not reason:
                    theirs = {"payload": ""}  # no code: an empty frame
                self.assertEqual(answer, theirs, (code, reason))


if __name__ == "__main__":
    tap.main()
