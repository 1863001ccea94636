"""A peer of websocket_app.c's /do: it asks for things to be done, and for what happened."""

import json

import frames
import wire

LONG = "600"  # seconds that no test waits for


def server(*flags, uds=False, **env):
    """Nothing ends by time but what flags say."""
    return wire.Server("--no-access-log", *flags, uds=uds, env=env)


class Doer(frames.Peer):
    def __init__(self, running, target=b"/do", headers=b""):
        super().__init__(running.connect(), target, headers)
        self.server = running
        self.number = self.next_json()["number"]

    def next_json(self):
        one = self.next()
        assert one.opcode == frames.TEXT, one
        return json.loads(one.payload)

    def do(self, name, /, **arguments):
        self.do_all((name, arguments))

    def do_all(self, *doings):
        """All of them within one message."""
        self.send(frames.text(json.dumps({"all": [{"do": name, **arguments} for name, arguments in doings]}).encode()))

    def done(self, name, /, **arguments):
        """Does it, and returns what the call answered."""
        before = len(self.events(name))
        self.do_all((name, arguments))
        return wire.until(lambda: self.events(name)[before:], name)[0][0]

    def events(self, kind):
        """What happened to this socket, without kind and number."""
        return [event[2:] for event in events(self.server) if event[:2] == [kind, self.number]]

    def until(self, kind):
        return wire.until(lambda: self.events(kind), f"{kind} of {self.number}")

    def until_closed(self):
        """The code and reason that on_close got."""
        closes = self.until("closed")
        assert len(closes) == 1, closes
        return tuple(closes[0])


def events(running):
    return get(running, b"/events").json()


def get(running, path, headers=b""):
    return running.talk(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + b"\r\n")[0]


def post(running, path, body):
    return running.talk(b"POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" %
                        (path, len(body), body))[0]


def group_size(running, name, text=b""):
    """Broadcasts a text, and returns how many were there to get it."""
    return post(running, b"/broadcast/" + name, text).json()
