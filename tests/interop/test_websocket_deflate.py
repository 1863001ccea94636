"""permessage-deflate between our link and Debian's python3-websockets, both ways.

Random messages, whole and in fragments with pings between, in random pieces; every size of both windows, with and
without context takeover.
"""

import os
import random
import unittest
from unittest import mock

from websockets.connection import Connection, Side
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

import tap
from tool import Tool

SEED = int(os.environ.get("BOCATA_SEED", "20240229"))
MESSAGE_COUNT = 8
OPCODES = {"text": Opcode.TEXT, "binary": Opcode.BINARY, "share": Opcode.BINARY, "ping": Opcode.PING}
WORDS = ["session", "cookie", "é", "κόσμε", "🍪", "{\"id\": 17}", " ", "\n", "bocata"]


class DeflateTest(unittest.TestCase):
    def setUp(self):
        print(f"# seed {SEED}")
        self.chance = random.Random(SEED)
        self.tool = Tool()
        self.addCleanup(self.tool.__exit__, None, None, None)
        masks = mock.patch("secrets.token_bytes", self.chance.randbytes)
        masks.start()
        self.addCleanup(masks.stop)

    def agreements(self):
        for server_alone in (False, True):
            for client_alone in (False, True):
                for bits in range(9, 16):
                    yield [server_alone, client_alone, bits, self.chance.randrange(9, 16)]
                    yield [server_alone, client_alone, self.chance.randrange(9, 16), bits]

    def client(self, agreement):
        connection = Connection(Side.CLIENT, max_size=None)
        if agreement:
            server_alone, client_alone, server_bits, client_bits = agreement
            connection.extensions = [PerMessageDeflate(server_alone, client_alone, server_bits, client_bits)]
        return connection

    def text(self):
        """Short, or with what comes again from near and far; sometimes nothing."""
        words = self.chance.choices(WORDS, k=self.chance.choice([0, 1, 3, 50, 400]))
        return "".join(words) * self.chance.choice([1, 1, 1, 5, 60])

    def message(self):
        if self.chance.random() < 0.3:
            noise = self.chance.randbytes(self.chance.choice([1, 10, 300, 20000]))
            return "binary", noise * self.chance.choice([1, 1, 3])
        return self.chance.choice(["text", "text", "share"]), self.text().encode()

    def theirs(self, connection, message):
        """Sends it, and returns the bytes."""
        name, payload = message
        opcode = OPCODES[name]
        cuts = sorted(self.chance.randrange(len(payload) + 1) for _ in range(self.chance.choice([0, 0, 1, 3])))
        for start, end in zip([0, *cuts], [*cuts, len(payload)]):
            connection.send_frame(Frame(opcode, payload[start:end], fin=False))
            opcode = Opcode.CONT
            if self.chance.random() < 0.2:
                connection.send_pong(b"between")
        connection.send_frame(Frame(opcode, b"", fin=True))
        return b"".join(connection.data_to_send())

    def whole(self, connection, message):
        connection.send_frame(Frame(OPCODES[message[0]], message[1]))
        return b"".join(connection.data_to_send())

    def pieces(self, data):
        while data:
            length = self.chance.choice([1, 2, 7, 50, 1000, len(data)])
            yield ["read", data[:length].hex()]
            data = data[length:]

    def test_theirs_are_read(self):
        for agreement in self.agreements():
            connection = self.client(agreement)
            acts, messages = [], [self.message() for _ in range(MESSAGE_COUNT)]
            for message in messages:
                send = self.chance.choice([self.theirs, self.whole])
                acts.extend(self.pieces(send(connection, message)))
            answer = self.tool(do="link", agreement=agreement, acts=acts)
            wanted = [["text" if name == "text" else "binary", payload.hex()] for name, payload in messages]
            read = [event for event in answer["events"] if event[0] != "pong"]
            self.assertEqual(read, wanted, f"seed {SEED}, {agreement}")
            self.assertEqual((answer["code"], answer["wire"]), (0, ""))

    def test_ours_are_read(self):
        for agreement in self.agreements():
            messages = []
            for _ in range(MESSAGE_COUNT):
                messages.append(self.message())
                if self.chance.random() < 0.2:
                    messages.append(("ping", b"between"))
            acts = [[name, payload.hex()] for name, payload in messages]
            answer = self.tool(do="link", agreement=agreement, acts=acts)
            connection = self.client(agreement)
            wire = bytes.fromhex(answer["wire"])
            connection.receive_data(wire)
            self.assertIsNone(connection.parser_exc, f"seed {SEED}, {agreement}")
            wanted = [Frame(OPCODES[name], payload) for name, payload in messages]
            self.assertEqual(connection.events_received(), wanted, f"seed {SEED}, {agreement}")
            self.assertIsNone(connection.parser_exc)

    def test_takeover_saves(self):
        """Which is how we know that the two modes differ on the wire."""
        text = "".join(self.chance.choices("abcdefghijklmnop", k=400)).encode()
        lengths = {}
        for alone in (False, True):
            acts = [["text", text.hex()], ["share", text.hex()]]
            answer = self.tool(do="link", agreement=[alone, alone, 15, 15], acts=acts)
            lengths[alone] = len(answer["wire"]) // 2
        self.assertLess(lengths[False], 0.6 * lengths[True])

    def test_pings_are_answered(self):
        for agreement in (None, [True, True, 15, 15]):
            connection = self.client(agreement)
            connection.send_ping(b"there?")
            acts = list(self.pieces(b"".join(connection.data_to_send())))
            connection.receive_data(bytes.fromhex(self.tool(do="link", agreement=agreement, acts=acts)["wire"]))
            self.assertEqual(connection.events_received(), [Frame(Opcode.PONG, b"there?")])

    def test_the_closing_handshake(self):
        for agreement in (None, [True, True, 15, 15]):
            connection = self.client(agreement)
            connection.send_close(4000, "bye")
            acts = list(self.pieces(b"".join(connection.data_to_send())))
            answer = self.tool(do="link", agreement=agreement, acts=acts)
            self.assertEqual((answer["events"], answer["code"]), ([["end", ""]], 4000))
            connection.receive_data(bytes.fromhex(answer["wire"]))
            self.assertEqual(connection.close_rcvd.code, 4000)
            self.assertIsNone(connection.parser_exc)


if __name__ == "__main__":
    tap.main()
