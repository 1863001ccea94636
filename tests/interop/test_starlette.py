"""Our sessions against Debian's python3-starlette: its SessionMiddleware itself, called in this process."""

import asyncio
import base64
import json
import random
import time
import unittest
from unittest import mock

import itsdangerous
from starlette.middleware.sessions import SessionMiddleware

import tap
from random_session import random_object
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


class SessionCase(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()
        self.addCleanup(self.tool.__exit__, None, None, None)

    def ours(self, cookie, now=NOW, settings=None, **request):
        return self.tool(do="session", secrets=[SECRET], cookie=cookie, now=now, settings=settings or {}, **request)

    def assertSame(self, one, other):
        """Equal, with 1 and 1.0, 0.0 and -0.0, True and 1 told apart."""
        self.assertEqual(json.dumps(one), json.dumps(other))


class SessionTest(SessionCase):
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


class ReservedKeyTest(SessionCase):
    """What we keep under `_bocata` goes through an application of Starlette's, and comes back."""

    LATER = NOW + 100
    SETTINGS = {"absolute_timeout": 1000}
    FLASHES = [["info", "é☃"], ["error", ""]]

    def setUp(self):
        super().setUp()
        answer = self.ours(
            None, settings=self.SETTINGS, set={"user": 7}, flash=self.FLASHES, set_max_age=3600, token=True)
        self.token = answer["token"]
        self.seen, line = starlette(
            pair(answer["set_cookie"]), lambda session: session.update(theirs=[1]), now=self.LATER)
        self.cookie = pair(line)

    def test_views_of_starlette_see_it(self):
        reserved = self.seen.pop("_bocata")
        self.assertEqual(self.seen, {"user": 7})
        self.assertEqual(reserved, {
            "id": reserved["id"], "created": NOW, "max_age": 3600, "flash": self.FLASHES})
        self.assertRegex(reserved["id"], r"^[A-Za-z0-9_-]{22}$")

    def test_views_of_ours_do_not(self):
        answer = self.ours(self.cookie, now=self.LATER, settings=self.SETTINGS)
        self.assertEqual(answer["session"], {"user": 7, "theirs": [1]})

    def test_all_of_it_is_there(self):
        answer = self.ours(
            self.cookie, now=self.LATER, settings=self.SETTINGS, check_token=self.token, pop_flashes=True)
        self.assertTrue(answer["token_is_good"])
        self.assertEqual(answer["flashes"], self.FLASHES)
        self.assertIn("; Max-Age=3600;", answer["set_cookie"])
        seen, _ = starlette(pair(answer["set_cookie"]), now=self.LATER)
        del self.seen["_bocata"]["flash"]
        self.assertEqual(seen, {**self.seen, "theirs": [1]})

    def test_none_for_max_age(self):
        line = self.ours(None, set={"a": 1}, set_max_age=None)["set_cookie"]
        seen, line = starlette(pair(line), lambda session: session.update(a=2))
        self.assertEqual(seen["_bocata"], {"max_age": None})
        self.assertEqual(self.ours(pair(line), now=NOW + 10**9)["session"], {"a": 2})

    def test_a_member_of_a_newer_version_is_carried_along(self):
        _, line = starlette(None, lambda session: session.update(a=1, _bocata={"later": [1]}))
        seen, _ = starlette(pair(self.ours(pair(line), set={"a": 2}, set_max_age=60)["set_cookie"]))
        self.assertEqual(seen, {"a": 2, "_bocata": {"later": [1], "max_age": 60}})

    def test_it_ends_with_the_session(self):
        _, line = starlette(self.cookie, lambda session: session.clear(), now=self.LATER)
        answer = self.ours(pair(line), check_token=self.token)
        self.assertEqual((answer["session"], answer["token_is_good"]), ({}, False))

    def test_each_time_counts(self):
        """Idle since Starlette's response, begun with ours."""
        for settings, now, reason in [
            ({"idle_timeout": 50}, self.LATER + 50, "none"),
            ({"idle_timeout": 50}, self.LATER + 51, "idle-timeout"),
            ({}, self.LATER + 3600, "none"),
            ({}, self.LATER + 3601, "expired"),
            ({"absolute_timeout": 200}, NOW + 200, "none"),
            ({"absolute_timeout": 200}, NOW + 201, "absolute-timeout"),
        ]:
            with self.subTest(settings=settings, now=now):
                self.assertEqual(self.ours(self.cookie, now=now, settings=settings)["reason"], reason)


class ReasonTest(SessionCase):
    """Each reason to refuse, by cookies that Starlette or its itsdangerous made."""

    def made(self, change=None, now=NOW):
        return pair(starlette(None, change or (lambda session: session.update(a=1)), now=now)[1])

    def signed(self, payload, secret=SECRET):
        with mock.patch.object(time, "time", lambda: NOW):
            return "session=" + itsdangerous.TimestampSigner(secret).sign(payload).decode()

    def test_every_reason(self):
        good, other = self.made(), self.made(lambda session: session.update(a=2))
        in_json = lambda text: self.signed(base64.b64encode(text))
        for intent, cookie, settings, now, reason in [
            ("no cookie", None, {}, NOW, "absent"),
            ("another name", good, {"session_cookie": "sid"}, NOW, "absent"),
            ("deleted", "session=null", {}, NOW, "malformed"),
            ("without a time", "session=" + itsdangerous.Signer(SECRET).sign("e30=").decode(), {}, NOW, "malformed"),
            ("no base64", self.signed("e30"), {}, NOW, "malformed"),
            ("base64url", self.signed("_-__"), {}, NOW, "malformed"),
            ("too large", self.made(lambda session: session.update(a="x" * 4096)), {}, NOW, "too-large"),
            ("another secret", self.signed("e30=", "another"), {}, NOW, "bad-signature"),
            ("another salt", "session=" + itsdangerous.TimestampSigner(SECRET, salt="x").sign("e30=").decode(),
             {}, NOW, "bad-signature"),
            ("cut", good[:-1], {}, NOW, "bad-signature"),
            ("from the future", self.made(now=NOW + 61), {}, NOW, "future"),
            ("begun in the future", in_json(b'{"_bocata": {"created": %d}}' % (NOW + 61)), {}, NOW, "future"),
            ("expired", good, {"max_age": 10}, NOW + 11, "expired"),
            ("expired by its own", in_json(b'{"_bocata": {"max_age": 10}}'), {}, NOW + 11, "expired"),
            ("always expired", good, {"max_age": -1}, NOW, "expired"),
            ("an array", in_json(b"[]"), {}, NOW, "not-an-object"),
            ("null", in_json(b"null"), {}, NOW, "not-an-object"),
            ("no JSON", in_json(b'{"a"'), {}, NOW, "unsupported-value"),
            ("nothing", in_json(b""), {}, NOW, "unsupported-value"),
            ("a reserved key of another type", in_json(b'{"_bocata": []}'), {}, NOW, "unsupported-value"),
            ("an id that is too short", in_json(b'{"_bocata": {"id": "AAAA"}}'), {}, NOW, "unsupported-value"),
            ("created before time", in_json(b'{"_bocata": {"created": -1}}'), {}, NOW, "unsupported-value"),
            ("max_age beyond 400 days", in_json(b'{"_bocata": {"max_age": 34560001}}'), {}, NOW, "unsupported-value"),
            ("no flash message", in_json(b'{"_bocata": {"flash": []}}'), {}, NOW, "unsupported-value"),
            ("two that differ", f"{good}; {other}", {}, NOW, "ambiguous"),
            ("two that are the same", f"{good}; {good}", {}, NOW, "none"),
            ("idle", good, {"idle_timeout": 10}, NOW + 11, "idle-timeout"),
            ("used too long", good, {"absolute_timeout": 10}, NOW + 11, "absolute-timeout"),
        ]:
            with self.subTest(intent=intent):
                answer = self.ours(cookie, now=now, settings=settings)
                self.assertEqual(answer["reason"], reason)
                self.assertEqual(answer["session"], {"a": 1} if reason == "none" else {})


if __name__ == "__main__":
    tap.main()
