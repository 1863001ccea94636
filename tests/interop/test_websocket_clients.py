"""The server and the clients that others wrote: Debian's python3-websockets, and npm's ws."""

import asyncio
import base64
import json
import os
import pathlib
import shutil
import subprocess
import unittest
import urllib.request

import websockets

import tap
from serving import PATIENCE_S, Served, wait_until

APP = os.environ["BOCATA_SERVER_APP"]
NPM = pathlib.Path(os.environ["BOCATA_ROOT"]) / "tests/npm"
TEXTS = ["v", "", "κόσμε 🍪", "\0", "x" * 125, "x" * 126, "é" * 40000]
BINARIES = [b"\xff", b"", bytes(range(256)), b"\0" * 65535, b"\0" * 65536]
MIB = 1 << 20


class Refused(Exception):
    """By the status of the answer."""


class PythonClient:
    """python3-websockets, step by step."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.socket = None

    def run(self, awaitable):
        return self.loop.run_until_complete(asyncio.wait_for(awaitable, PATIENCE_S))

    def open(self, url, subprotocols=(), origin=None, headers=None, deflate=False):
        async def connect():
            return await websockets.connect(
                url, subprotocols=list(subprotocols) or None, origin=origin, extra_headers=headers or {},
                compression="deflate" if deflate else None, ping_interval=None, max_size=1 << 24)
        try:
            self.socket = self.run(connect())
        except websockets.InvalidStatusCode as error:
            raise Refused(error.status_code) from None
        self.headers = list(self.socket.response_headers.raw_items())
        self.subprotocol = self.socket.subprotocol or ""
        self.is_deflated = bool(self.socket.extensions)

    def send(self, payload):
        self.run(self.socket.send(payload))

    def receive(self):
        return self.run(self.socket.recv())

    def ping(self, payload):
        """Sends one, and waits for its pong."""
        async def both():
            await (await self.socket.ping(payload))
        self.run(both())

    def close(self, code, reason):
        self.run(self.socket.close(code, reason))

    def closed(self):
        """Waits for the end: the code and reason that came."""
        self.run(self.socket.wait_closed())
        return self.socket.close_code, self.socket.close_reason

    def stop(self):
        if self.socket:
            self.run(self.socket.close())
        self.loop.close()


class Node:
    """The process of npm's ws."""

    def __init__(self):
        self.process = subprocess.Popen(["node", NPM / "websocket_clients.mjs"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding="utf-8")
        self.client_count = 0

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"node ended with {self.process.wait(PATIENCE_S)}"
        return json.loads(answer)

    def client(self):
        self.client_count += 1
        return NodeClient(self, self.client_count)

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()


class NodeClient:
    """npm's ws, step by step."""

    def __init__(self, node, number):
        self.node = node
        self.number = number

    def ask(self, do, **more):
        return self.node.ask(client=self.number, do=do, **more)

    def open(self, url, subprotocols=(), origin=None, headers=None, deflate=False):
        answer = self.ask("open", url=url, protocols=list(subprotocols), origin=origin, headers=headers or {},
                          deflate=deflate)
        if "refused" in answer:
            raise Refused(answer["refused"])
        assert "error" not in answer, answer
        self.headers = list(zip(answer["headers"][::2], answer["headers"][1::2]))
        self.subprotocol = answer["protocol"]
        self.is_deflated = "permessage-deflate" in answer["extensions"]

    def send(self, payload):
        if isinstance(payload, str):
            self.ask("send", text=payload)
        else:
            self.ask("send", binary=base64.b64encode(payload).decode())

    def event(self, *kinds):
        """The next one of these kinds."""
        while True:
            event = self.ask("next")
            for kind in kinds:
                if kind in event:
                    return kind, event[kind]
            assert "close" not in event, event

    def receive(self):
        kind, payload = self.event("text", "binary")
        return base64.b64decode(payload) if kind == "binary" else payload

    def ping(self, payload):
        self.ask("ping", payload=payload)
        assert self.event("pong") == ("pong", payload)

    def close(self, code, reason):
        self.ask("close", code=code, reason=reason)

    def closed(self):
        return tuple(self.event("close")[1])

    def stop(self):
        self.ask("stop")


class Clients:
    """With each client below."""

    @classmethod
    def setUpClass(cls):
        cls.server = Served(APP, "--no-access-log", env={"FORMAT": "sealed"})
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def connect(self, path, **more):
        client = self.new_client()
        self.addCleanup(client.stop)
        client.open(f"ws://127.0.0.1:{self.server.port}{path}", **more)
        return client

    def do(self, client, name, **arguments):
        client.send(json.dumps({"all": [{"do": name, **arguments}]}))

    def doer(self, path="/do", **more):
        """Its number too."""
        client = self.connect(path, **more)
        return client, json.loads(client.receive())["number"]

    def get(self, path, cookie=""):
        """An ordinary request."""
        url = f"http://127.0.0.1:{self.server.port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=PATIENCE_S) as got:
            return json.load(got)

    def cookie_of(self, client):
        lines = [value for name, value in client.headers if name.lower() == "set-cookie"]
        self.assertEqual(len(lines), 1)
        return lines[0].split(";")[0]

    def check_echo(self, client, is_deflated):
        self.assertEqual(client.is_deflated, is_deflated)
        for payload in [*TEXTS, *BINARIES, *TEXTS]:
            client.send(payload)
            self.assertEqual(client.receive(), payload)
        for payload in ("*" * MIB, os.urandom(MIB)):
            client.send(payload)
            self.assertTrue(client.receive() == payload)
        client.close(1000, "")
        self.assertEqual(client.closed(), (1000, ""))

    def test_echo(self):
        self.check_echo(self.connect("/echo"), False)

    def test_echo_compressed(self):
        for path in ("/deflate", "/takeover", "/window"):
            with self.subTest(path):
                self.check_echo(self.connect(path, deflate=True), True)

    def test_compression_is_refused(self):
        """By either side."""
        self.check_echo(self.connect("/echo", deflate=True), False)
        self.check_echo(self.connect("/deflate"), False)

    def test_many_messages_at_once(self):
        client = self.connect("/takeover", deflate=True)
        for i in range(300):
            client.send(f"message {i}")
        self.assertEqual([client.receive() for _ in range(300)], [f"message {i}" for i in range(300)])

    def test_pings(self):
        client, number = self.doer()
        client.ping("from the client")
        self.do(client, "ping", payload="from the server")
        client.ping("again")  # while it waits for that, it answers
        wait_until(lambda: ["pong", number, "from the server"] in self.get("/events"), "its pong")

    def test_client_closes(self):
        for code, reason in ((1000, ""), (1000, "bye"), (3001, "é"), (4999, "x" * 123)):
            with self.subTest(code=code, reason=reason):
                client = self.connect("/echo")
                client.close(code, reason)
                self.assertEqual(client.closed()[0], code)

    def test_server_closes(self):
        for code, reason in ((1000, ""), (1001, "bye"), (1008, "é"), (1013, ""), (3000, "x" * 123), (4999, "")):
            with self.subTest(code=code, reason=reason):
                client, _ = self.doer()
                self.do(client, "close", code=code, reason=reason)
                self.assertEqual(client.closed(), (code, reason))

    def test_message_beyond_the_limit(self):
        client = self.connect("/echo")
        client.send("*" * (MIB + 1))
        self.assertEqual(client.closed()[0], 1009)

    def test_subprotocol(self):
        client = self.connect("/protocols", subprotocols=["x", "soap", "chat"])
        self.assertEqual(client.subprotocol, "soap")
        self.assertEqual(client.receive(), "soap")

    def test_origin(self):
        with self.assertRaises(Refused) as refused:
            self.connect("/echo", origin="https://evil.example")
        self.assertEqual(refused.exception.args, (403,))
        for origin in (f"http://127.0.0.1:{self.server.port}", "https://trusted.example"):
            client = self.connect("/echo", origin=origin)
            client.send("v")
            self.assertEqual(client.receive(), "v")

    def test_refused(self):
        for path, status in (("/nowhere", 404), ("/reject/401", 401), ("/reject/503", 503)):
            with self.subTest(path), self.assertRaises(Refused) as refused:
                self.connect(path)
            self.assertEqual(refused.exception.args, (status,))

    def test_session(self):
        """Set with the 101, and read by the next socket; a log-out closes both."""
        first, _ = self.doer("/do?set=Ann")
        cookie = self.cookie_of(first)
        second, _ = self.doer(headers={"Cookie": cookie})
        self.do(second, "read")
        self.assertEqual(json.loads(second.receive())["name"], "Ann")
        self.get("/session/logout", cookie)
        for client in (first, second):
            self.assertEqual(client.closed(), (1008, "logged out"))


class WithPython(Clients, unittest.TestCase):
    new_client = PythonClient


class WithNode(Clients, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("node") or not (NPM / "node_modules/ws").exists():
            raise unittest.SkipTest("npm's ws is not installed: scripts/setup --test")
        super().setUpClass()
        cls.node = Node()
        cls.addClassCleanup(cls.node.stop)

    def new_client(self):
        return self.node.client()


if __name__ == "__main__":
    tap.main()
