"""Clients that are dead, slow, or do not read; what they cost; and the end of the server."""

import fcntl
import json
import os
import select
import signal
import socket
import struct
import termios
import threading
import time
import unittest

import doer
import frames
import tap
import wire
from doer import LONG, Doer
from frames import binary, close, ping, pong, text

SHORT = "0.3"
IS_MEASURED = not (os.environ.get("BOCATA_WRAPPER") or os.environ.get("BOCATA_LDFLAGS"))
WHY_NOT = "a sanitizer or valgrind keeps memory of its own"


class KeepAlive(unittest.TestCase):
    def setUp(self):
        self.server = doer.server("--ws-ping-interval", SHORT, "--ws-ping-timeout", SHORT,
                                  "--timeout-keep-alive", SHORT)
        self.addCleanup(self.server.stop, check=False)

    def tearDown(self):
        self.server.stop()

    def test_peer_that_is_dead(self):
        started = time.monotonic()
        with Doer(self.server) as peer:
            self.assertEqual([one.opcode for one in peer.rest()], [frames.PING])
            self.assertGreaterEqual(time.monotonic() - started, 2 * float(SHORT) * 0.9)
            self.assertEqual(peer.until_closed(), (1006, ""))

    def test_peer_whose_pongs_came_once(self):
        with Doer(self.server) as peer:
            peer.send(pong(peer.next().payload))
            self.assertEqual([one.opcode for one in peer.rest()], [frames.PING])
            self.assertEqual(peer.until_closed(), (1006, ""))

    def test_peers_that_are_alive(self):
        """Whatever they answer, and if it is the beginning of a frame."""
        long_frame = binary(b"*" * 100)
        answers = {"a pong": lambda asked, _: pong(asked.payload), "another pong": lambda *_: pong(b"other"),
                   "a ping": lambda *_: ping(), "a message": lambda *_: text(b"{}"),
                   "a part of a frame": lambda _, at: long_frame[at:at + 1]}
        peers = {intent: Doer(self.server) for intent in answers}
        for at in range(4):
            for intent, peer in peers.items():
                asked = peer.next()
                while asked.opcode != frames.PING:
                    asked = peer.next()
                peer.send(answers[intent](asked, at))
        for intent, peer in peers.items():
            self.assertEqual(peer.events("closed"), [], intent)
            peer.connection.close()

    def test_each_is_asked_at_its_time(self):
        """One dead peer among those that answer, and the latter stay."""
        dead, alive = Doer(self.server), Doer(self.server)
        with dead, alive:
            until = wire.until(lambda: dead.events("closed") or self.answer(alive), "the end of the dead one")
            self.assertEqual(until, [[1006, ""]])
            self.assertEqual(alive.events("closed"), [])

    def answer(self, peer):
        if select.select([peer.connection], [], [], 0)[0]:
            peer.send(pong(peer.next().payload))
        return False


class CloseTimeout(unittest.TestCase):
    def setUp(self):
        self.server = doer.server("--ws-close-timeout", SHORT, "--timeout-keep-alive", LONG)
        self.addCleanup(self.server.stop, check=False)

    def tearDown(self):
        self.server.stop()

    def test_peer_that_does_not_answer_a_close(self):
        with Doer(self.server) as peer:
            started = time.monotonic()
            peer.do("close", code=4000, reason="bye")
            peer.expect_end("close 4000")
            self.assertGreaterEqual(time.monotonic() - started, float(SHORT) * 0.9)
            self.assertEqual(peer.until_closed(), (4000, "bye"))

    def test_peer_that_only_goes_on_is_not_given_more_time(self):
        with Doer(self.server) as peer:
            peer.do("close", code=4000)

            def has_ended():
                try:
                    peer.send(text(b"still here"))
                except OSError:
                    return True
                return peer.events("closed")
            wire.until(has_ended, "the end of one that goes on")
            self.assertEqual(peer.until_closed(), (4000, ""))

    def test_peer_that_does_not_read_its_close(self):
        """Over a UNIX domain socket, whose buffers are known to be small."""
        with doer.server("--ws-close-timeout", SHORT, uds=True) as server, Doer(server) as peer:
            peer.do_all(("flood", {"count": 90, "len": 10000}), ("close", {"code": 4000}))
            self.assertEqual(peer.until_closed(), (4000, ""))
            poll = select.poll()
            poll.register(peer.connection, select.POLLHUP)
            wire.until(lambda: poll.poll(0), "the end of the connection")


def unread_len(connection):
    """How much of what was sent the server has not read."""
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, b"\0" * 4))[0]


def is_left(peer):
    """Whether the server has left what was sent, though it had turns in which to read it."""
    for _ in range(2):
        peer.server.counts()
    return unread_len(peer.connection) > 0


class Sender(threading.Thread):
    """Sends the same message again and again, as fast as it is taken, until the connection ends."""

    def __init__(self, connection, message):
        super().__init__(daemon=True)
        self.connection = connection
        self.message = message
        self.sent_len = 0
        self.start()

    def run(self):
        while True:
            try:
                self.sent_len += self.connection.send((self.message * 64)[self.sent_len % len(self.message):])
            except OSError:
                return


def until_close(peer):
    """All frames, up to a close."""
    got = [peer.next()]
    while got[-1].opcode != frames.CLOSE:
        got.append(peer.next())
    return got


class SlowReaders(unittest.TestCase):
    def setUp(self):
        self.server = doer.server("--ws-close-timeout", LONG, "--timeout-write", LONG, uds=True)
        self.addCleanup(self.server.stop, check=False)

    def tearDown(self):
        self.server.stop()

    def ask_until_unread(self, peer):
        """Asks for messages of 10,000 bytes, one by one, until the server reads no more; and returns how many."""
        for count in range(1, 200):
            peer.do("flood", count=1, len=10000)
            if is_left(peer):
                return count
        raise AssertionError("the server reads from a client that does not")

    def test_nothing_is_read_from_who_does_not_read(self):
        with Doer(self.server) as peer:
            count = self.ask_until_unread(peer)
            self.assertLess(len(peer.events("flood")), count)
            self.assertEqual(peer.events("drain"), [])
            self.assertGreater(max(event[0] for event in peer.events("buffered")), 65536)
            self.assertLess(max(event[0] for event in peer.events("buffered")), 65536 + 2 * 10100)
            for _ in range(count):
                self.assertEqual(len(peer.next().payload), 10000)
            self.assertEqual(len(peer.until("drain")), 1)
            self.assertEqual(len(peer.events("flood")), count)
            peer.shut()

    def test_drain_comes_again(self):
        with Doer(self.server) as peer:
            for times in range(1, 4):
                for _ in range(self.ask_until_unread(peer)):
                    peer.next()
                wire.until(lambda: len(peer.events("drain")) == times, "on_drain")

    def test_drain_comes_at_half_of_the_high_water_mark(self):
        """More frames than go out in one write are above it, and so some are left."""
        with Doer(self.server) as peer:
            peer.do("flood", count=300, len=1000)
            for _ in range(300):
                peer.next()
            (left_len,), = peer.until("drain")
            self.assertGreater(left_len, 0)
            self.assertLessEqual(left_len, 65536 // 2)

    def test_no_drain_below_the_high_water_mark(self):
        with Doer(self.server) as peer:
            for _ in range(10):
                peer.do("flood", count=4, len=10000)
                for _ in range(4):
                    peer.next()
            self.assertEqual(len(peer.until("flood")), 10)
            self.assertEqual(peer.events("drain"), [])

    def test_no_more_is_read_ahead_of_messages_that_wait(self):
        """Each asks for more frames than go out in a turn: what is left of its bytes waits for several turns."""
        count, frame_len = 2500, 3
        asked = text(json.dumps({"all": [{"do": "flood", "count": count, "len": 1}]}).encode().ljust(1000))
        with Doer(self.server) as peer:
            sender = Sender(peer.connection, asked)
            for answered in range(1, 31):
                left = count * frame_len
                while left > 0:
                    left -= len(peer.connection.recv(left))
                taken = sender.sent_len - unread_len(peer.connection)
                self.assertLess(taken - answered * len(asked), 3 * 65536, answered)
            peer.connection.shutdown(socket.SHUT_RDWR)
            sender.join()

    def test_past_the_limit_it_is_closed(self):
        """What was not begun to be sent is dropped; the client gets what was, and the reason."""
        with Doer(self.server) as peer:
            self.assertEqual(peer.done("flood", count=300, len=10000), "BOCATA_E_LIMIT")
            *got, last = until_close(peer)
            numbers = [int(one.payload.split(b"\0")[0]) for one in got]
            self.assertEqual(numbers, list(range(len(numbers))))
            self.assertEqual(frames.close_code(last), 1013)
            peer.send(close(1013))
            peer.expect_end()
            self.assertEqual(peer.until_closed()[0], 1013)

    def test_limit_is_not_passed(self):
        """1 MiB may wait, and on_drain is told."""
        with Doer(self.server) as peer:
            self.assertEqual(peer.done("flood", count=100, len=10000), "BOCATA_OK")
            for _ in range(100):
                peer.next()
            peer.until("drain")
            self.assertEqual(peer.done("flood", count=100, len=10000), "BOCATA_OK")
            for _ in range(100):
                peer.next()
            peer.shut()

    def test_one_message_larger_than_the_limit(self):
        with Doer(self.server) as peer:
            self.assertEqual(peer.done("flood", count=1, len=3 << 20), "BOCATA_E_LIMIT")
            peer.expect("close 1013")

    def test_pings_of_who_does_not_read(self):
        """All are read, as pongs are left out; but not the last, they stay in order, and a message is not lost."""
        with Doer(self.server) as peer:
            peer.send(*(ping(b"%d" % i) for i in range(100000)))
            peer.do("read")
            numbers = []
            while (one := peer.next()).opcode == frames.PONG:
                numbers.append(int(one.payload))
            self.assertEqual(one.opcode, frames.TEXT)
            self.assertEqual(numbers, sorted(set(numbers)))
            self.assertEqual(numbers[-1], 99999)
            self.assertLess(len(numbers), 100000)

    def test_others_are_served_meanwhile(self):
        with Doer(self.server) as slow, Doer(self.server) as other:
            self.ask_until_unread(slow)
            for i in range(100):
                self.assertEqual(other.done("flood", count=1, len=10), "BOCATA_OK")
                self.assertEqual(len(other.next().payload), 10)

    def test_others_are_served_while_one_takes_what_is_produced(self):
        """on_drain sends on, for 5 seconds, and the client has taken all of it before there is more."""
        with frames.Peer(self.server.connect(), b"/endless") as peer:
            taker = threading.Thread(target=wire.receive_all, args=[peer.connection])
            taker.start()
            self.assertLess(self.server.counts()["produced"], 1000)
            peer.connection.shutdown(socket.SHUT_RDWR)
            taker.join()


class WriteTimeout(unittest.TestCase):
    """How long a client may leave what it is sent; over a UNIX domain socket, whose buffers are known to be small."""

    def setUp(self):
        self.server = doer.server("--timeout-write", SHORT, uds=True)
        self.addCleanup(self.server.stop)

    def test_reader_that_takes_nothing(self):
        """It is closed, however often it is sent to."""
        with Doer(self.server) as peer, Doer(self.server) as other:
            started = time.monotonic()
            peer.do("flood", count=40, len=10000)
            peer.until("flood")

            def has_ended():
                other.do("send", to=peer.number, text="more")
                return peer.events("closed")
            self.assertEqual(wire.until(has_ended, "the end of one that reads nothing"), [[1006, ""]])
            self.assertGreaterEqual(time.monotonic() - started, float(SHORT) * 0.9)

    def test_reader_that_is_slow(self):
        with Doer(self.server) as peer:
            peer.do("flood", count=90, len=10000)
            left, next_at = 90 * 10004, time.monotonic()
            while left > 0:
                left -= len(peer.connection.recv(min(left, 20000), wire.socket.MSG_WAITALL))
                next_at += float(SHORT) / 10
                wire.until(lambda: time.monotonic() >= next_at, "the next read")
            self.assertEqual(peer.events("closed"), [])


class Memory(unittest.TestCase):
    def setUp(self):
        if not IS_MEASURED:
            self.skipTest(WHY_NOT)
        self.server = doer.server("--ws-close-timeout", LONG, "--timeout-write", LONG, uds=True)
        self.addCleanup(self.server.stop)

    def rss(self):
        """In KiB."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])

    def members(self, count):
        peers = [Doer(self.server) for _ in range(count)]
        for peer in peers:
            self.addCleanup(peer.connection.close)
            peer.do("join", group="all")
        wire.until(lambda: doer.group_size(self.server, b"all") == count, "all members")
        return peers

    def test_broadcast_to_sockets_that_do_not_read(self):
        """All queues share each message, and none is longer than 1 MiB: then they are closed, and it is empty."""
        peers = self.members(100)
        before = most = self.rss()
        for _ in range(60):
            left = json.loads(doer.post(self.server, b"/broadcast/all?times=20", b"*" * 10000).body)
            most = max(most, self.rss())
        self.assertEqual(left, 0)
        self.assertLess(most - before, 8 * 1024)
        # Another round costs no more.
        self.members(100)
        for _ in range(10):
            doer.post(self.server, b"/broadcast/all?times=20", b"*" * 10000)
            most = max(most, self.rss())
        self.assertLess(most - before, 10 * 1024)
        self.assertEqual(frames.close_code(until_close(peers[0])[-1]), 1013)

    def test_messages_that_are_only_claimed(self):
        peers = self.members(100)
        before = self.rss()
        for peer in peers:
            peer.send(binary(b"*" * 100, claimed=1 << 20))
        for peer in peers:
            wire.drain(peer.connection)
        self.assertLess(self.rss() - before, 2 * 1024)

    def test_sockets_that_come_and_go(self):
        """None of them leaves anything."""
        def come_and_go():
            for _ in range(300):
                with Doer(self.server) as peer:
                    peer.do("join", group="all")
                    peer.shut()
        come_and_go()
        before = self.rss()
        for _ in range(3):
            come_and_go()
        self.assertLess(self.rss() - before, 1024)


class Shutdown(unittest.TestCase):
    def test_sockets_are_closed(self):
        with doer.server("--ws-close-timeout", LONG) as server:
            peers = [Doer(server) for _ in range(5)]
            server.signal()
            for peer in peers:
                peer.expect("close 1001")
                peer.send(close(1001))
                peer.expect_end()
                peer.connection.close()
            self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)

    def test_peers_that_do_not_answer_end_in_time(self):
        with doer.server("--ws-close-timeout", SHORT, "--timeout-graceful-shutdown", LONG) as server:
            silent, busy = Doer(server), Doer(server)
            with silent, busy:
                busy.do("flood", count=90, len=10000)
                busy.until("flood")
                server.signal()
                self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)
                silent.expect_end("close 1001")

    def test_second_signal_ends_at_once(self):
        with doer.server("--ws-close-timeout", LONG, "--timeout-graceful-shutdown", LONG) as server:
            with Doer(server) as silent:
                server.signal()
                silent.expect("close 1001")
                server.signal()
                self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)

    def test_graceful_shutdown_has_its_end(self):
        with doer.server("--ws-close-timeout", LONG, "--timeout-graceful-shutdown", SHORT) as server:
            with Doer(server) as silent:
                server.signal(signal.SIGINT)
                self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)
                silent.expect("close 1001")


if __name__ == "__main__":
    tap.main()
