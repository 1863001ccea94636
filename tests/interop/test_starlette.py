"""Our sessions against Debian's python3-starlette: its SessionMiddleware itself, called in this process."""

import asyncio
import json
import random
import time
import unittest
from unittest import mock

from starlette.middleware.sessions import SessionMiddleware

import tap
from tool import Tool

SEED = 20240301
NOW = 1700000000
SECRET = "a secret, é and ☃"


def starlette(cookie, change=None, now=NOW, **settings):
    """Sends one request with this Cookie header through a SessionMiddleware. `change` gets the session.
    Returns the session as it was loaded, and the Set-Cookie line or None."""
    loaded, headers = {}, []

    async def app(scope, receive, send):
        loaded.update(json.loads(json.dumps(scope["session"])))
        if change:
            change(scope["session"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        headers.extend(message.get("headers", []))

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    if cookie is not None:
        scope["headers"].append((b"cookie", cookie.encode("latin-1")))
    with mock.patch.object(time, "time", lambda: now):
        asyncio.run(SessionMiddleware(app, SECRET, **settings)(scope, None, send))
    lines = [value.decode("latin-1") for name, value in headers if name.lower() == b"set-cookie"]
    assert len(lines) <= 1
    return loaded, lines[0] if lines else None


def pair(line):
    return line.split(";")[0]


def attributes(line):
    return line[len(pair(line)):]


def random_value(random_, depth=0):
    kind = random_.randrange(9 if depth < 3 else 7)
    if kind == 0:
        return random_.choice([None, True, False])
    if kind == 1:
        return random_.choice([0, 1, -1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63)])
    if kind == 2:
        return random_.randrange(-(2**63), 2**63)
    if kind == 3:
        return random_.choice([0.0, -0.0, 0.1, 1e300, 5e-324, -1.5, 1e16, 123456789.123])
    if kind == 4:
        return random_.uniform(-1e6, 1e6)
    if kind in (5, 6):
        return random_text(random_)
    if kind == 7:
        return [random_value(random_, depth + 1) for _ in range(random_.randrange(4))]
    return random_object(random_, depth + 1)


def random_text(random_):
    ranges = [(0x20, 0x7E), (0, 0x1F), (0x7F, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
    return "".join(chr(random_.randint(*random_.choice(ranges))) for _ in range(random_.randrange(12)))


def random_object(random_, depth=0):
    """Keys without NUL: those we refuse by name."""
    return {
        random_text(random_).replace("\0", "0"): random_value(random_, depth)
        for _ in range(random_.randrange(1 if depth == 0 else 0, 5))
    }


class SessionTest(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()
        self.addCleanup(self.tool.__exit__, None, None, None)

    def ours(self, cookie, now=NOW, settings=None, **request):
        return self.tool(do="session", secret=SECRET, cookie=cookie, now=now, settings=settings or {}, **request)

    def assertSame(self, one, other):
        """Equal, with 1 and 1.0, 0.0 and -0.0, True and 1 told apart."""
        self.assertEqual(json.dumps(one), json.dumps(other))

    def test_200_random_sessions_both_ways(self):
        print(f"# seed {SEED}")
        random_ = random.Random(SEED)
        for number in range(200):
            session = random_object(random_)
            with self.subTest(number=number):
                _, theirs = starlette(None, lambda scope_session: scope_session.update(session))
                answer = self.ours(pair(theirs))
                self.assertEqual(answer["reason"], "none")
                self.assertSame(answer["session"], session)
                self.assertIsNone(answer["set_cookie"])

                line = self.ours(None, set=session)["set_cookie"]
                loaded, _ = starlette(pair(line))
                self.assertSame(loaded, session)
                self.assertEqual(attributes(line), attributes(theirs))

    def test_simple_cookies_are_the_same_to_the_byte(self):
        for session in [{"last_id": 2}, {"a": [1, {"b": None}], "c": "d e"}, {"x": True, "": "/"}]:
            with self.subTest(session=session):
                _, theirs = starlette(None, lambda scope_session: scope_session.update(session))
                self.assertEqual(self.ours(None, set=session)["set_cookie"], theirs)

    def test_a_session_goes_to_and_fro(self):
        """One counter, incremented by each in turn."""
        cookie = None
        for count in range(0, 10, 2):
            answer = self.ours(cookie, set={"count": count + 1})
            self.assertEqual(answer["session"].get("count", 0), count)
            loaded, line = starlette(
                pair(answer["set_cookie"]), lambda session: session.update(count=count + 2)
            )
            self.assertEqual(loaded, {"count": count + 1})
            cookie = pair(line)

    def test_cleared_both_ways(self):
        _, line = starlette(None, lambda session: session.update(a=1))
        _, theirs = starlette(pair(line), lambda session: session.clear())
        ours = self.ours(pair(line), clear=True)["set_cookie"]
        self.assertEqual(ours, theirs)
        # Where a client sends back what a deletion says, both see an empty session.
        self.assertEqual(starlette(pair(ours))[0], {})
        self.assertEqual(self.ours(pair(theirs))["session"], {})

    SETTINGS = [
        {},
        {"session_cookie": "sid"},
        {"path": "/app"},
        {"max_age": 60},
        {"max_age": None},
        {"max_age": -1},
        {"same_site": "strict"},
        {"same_site": "none", "https_only": True},
        {"https_only": True},
        {"session_cookie": "__Host-s", "https_only": True, "max_age": None, "same_site": "strict"},
    ]

    def test_set_cookie_lines(self):
        for settings in self.SETTINGS:
            with self.subTest(settings=settings):
                _, theirs = starlette(None, lambda session: session.update(a=1), **settings)
                answer = self.ours(None, settings=settings, set={"a": 1})
                self.assertEqual(answer["set_cookie"], theirs)

    def test_deletion_lines(self):
        for settings in self.SETTINGS:
            if settings.get("max_age") == -1:
                continue  # nothing is ever accepted, so nothing is deleted
            with self.subTest(settings=settings):
                _, line = starlette(None, lambda session: session.update(a=1), **settings)
                _, theirs = starlette(pair(line), lambda session: session.clear(), **settings)
                answer = self.ours(pair(line), settings=settings, clear=True)
                self.assertEqual(answer["set_cookie"], theirs)

    def test_ages(self):
        """The same to the second; only what lies in the future is taken for a minute by us."""
        for settings in [{}, {"max_age": 10}, {"max_age": None}, {"max_age": -1}]:
            max_age = settings.get("max_age", 1209600)
            for age in [0, 1, 9, 10, 11, 1209599, 1209600, 1209601, 10**9]:
                with self.subTest(settings=settings, age=age):
                    _, line = starlette(None, lambda session: session.update(a=1), **settings)
                    theirs, _ = starlette(pair(line), now=NOW + age, **settings)
                    answer = self.ours(pair(line), now=NOW + age, settings=settings)
                    self.assertEqual(answer["session"], theirs)
                    expired = max_age is not None and age > max_age
                    self.assertEqual(answer["reason"], "expired" if expired else "none")

    def test_the_future(self):
        _, line = starlette(None, lambda session: session.update(a=1), now=NOW + 60)
        self.assertEqual(starlette(pair(line))[0], {})
        self.assertEqual(self.ours(pair(line))["session"], {"a": 1})
        _, line = starlette(None, lambda session: session.update(a=1), now=NOW + 61)
        self.assertEqual(self.ours(pair(line))["reason"], "future")

    def test_what_python_writes_and_json_has_no_form_for(self):
        for value in [2**63, -(2**63) - 1, float("nan"), float("inf"), -float("inf"), "\ud800"]:
            with self.subTest(value=repr(value)):
                _, line = starlette(None, lambda session: session.update(a=value))
                answer = self.ours(pair(line))
                self.assertEqual((answer["reason"], answer["session"]), ("unsupported-value", {}))

    def test_changed_cookies_are_refused_by_both(self):
        cookie = pair(self.ours(None, set={"a": 1})["set_cookie"])
        self.assertEqual(starlette(cookie)[0], {"a": 1})
        for at in range(len("session="), len(cookie) - 1):
            changed = cookie[:at] + ("A" if cookie[at] != "A" else "B") + cookie[at + 1:]
            with self.subTest(at=at):
                self.assertEqual(starlette(changed)[0], {})
                self.assertEqual(self.ours(changed)["session"], {})


if __name__ == "__main__":
    tap.main()
