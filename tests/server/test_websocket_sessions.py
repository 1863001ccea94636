"""A socket and the session of its handshake: read, written with the 101, ended with it; in both formats."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import time
import unittest

import doer
import frames
import tap
import wire
from doer import Doer
from frames import close

SECRET = "a secret of more than thirty-two bytes, for tests"
FORMATS = ("starlette", "sealed")
OVER = (1008, "session expired")
OUT = (1008, "logged out")


def server(form, *flags, **env):
    return doer.server("--ws-close-timeout", "0.2", *flags, SECRET_KEY=SECRET, FORMAT=form, **env)


def cookie_in(lines):
    """`name=value` of the one Set-Cookie line."""
    assert len(lines) == 1, lines
    return lines[0].split(";")[0].encode()


def with_cookie(cookie):
    return b"Cookie: " + cookie + b"\r\n"


def use(running, verb, cookie=None, status=200):
    """An ordinary request, of which the cookie that is there afterwards is returned."""
    answer = doer.get(running, b"/session/" + verb, with_cookie(cookie) if cookie else b"")
    assert answer.status == status, answer
    lines = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    return cookie_in(lines) if status == 200 else None


def login(running):
    return use(running, b"login")


def read(running, cookie):
    return doer.get(running, b"/session/read", with_cookie(cookie)).json()


def is_open(peer):
    peer.do("read")
    return "name" in peer.next_json()


def starlette_cookie(session):
    """As another application of the same secret makes it, which knows of no id."""
    key = hashlib.sha1(b"itsdangerous.Signer" + b"signer" + SECRET.encode()).digest()
    stamp = int(time.time()).to_bytes(4, "big")
    signed = base64.b64encode(json.dumps(session).encode()) + b"." + base64.urlsafe_b64encode(stamp).rstrip(b"=")
    mac = hmac.new(key, signed, hashlib.sha1).digest()
    return b"session=" + signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")


class Sessions:
    """With each format below."""

    def setUp(self):
        self.server = server(self.form)
        self.addCleanup(self.server.stop, check=False)

    def tearDown(self):
        self.server.stop()

    # ---- reading and writing

    def test_written_by_on_connect(self):
        running = self.server
        with Doer(running, b"/do?set=Bob") as peer:
            cookie = cookie_in(peer.accepted.all("Set-Cookie"))
            self.assertEqual(peer.accepted.header("Cache-Control"), "no-store")
            peer.do("read")
            self.assertEqual(peer.next_json()["name"], "Bob")
            self.assertEqual(read(running, cookie), {"name": "Bob", "reason": "none"})

    def test_read(self):
        running = self.server
        with Doer(running, b"/do", with_cookie(login(running))) as peer:
            peer.do("read")
            self.assertEqual(peer.next_json(), {"name": "Ann", "reason": "none"})

    def test_read_by_each_socket_for_itself(self):
        running = self.server
        ann, bob, nobody = Doer(running, b"/do", with_cookie(login(running))), Doer(running, b"/do?set=Bob"), \
            Doer(running)
        for peer, name in ((ann, "Ann"), (bob, "Bob"), (nobody, ""), (ann, "Ann")):
            peer.do("read")
            self.assertEqual(peer.next_json()["name"], name)
        for peer in (ann, bob, nobody):
            peer.shut()

    def test_no_cookie_where_there_is_nothing_to_keep(self):
        running = self.server
        with Doer(running) as peer:
            self.assertEqual(peer.accepted.all("Set-Cookie"), [])
            peer.do("read")
            self.assertEqual(peer.next_json(), {"name": "", "reason": "absent"})

    def test_cookie_that_was_changed(self):
        running = self.server
        cookie = login(running)
        changed = cookie[:-3] + (b"AAA" if cookie[-3:] != b"AAA" else b"BBB")
        with Doer(running, b"/do", with_cookie(changed)) as peer:
            peer.do("read")
            self.assertEqual(peer.next_json()["name"], "")

    def test_written_too_late(self):
        """The application is told each time, the log once, and neither socket nor cookie change."""
        running = self.server
        cookie = login(running)
        with Doer(running, b"/do", with_cookie(cookie)) as peer:
            for _ in range(3):
                self.assertEqual(peer.done("write", name="Eve"), "BOCATA_E_TOO_LATE")
            peer.do("read")
            self.assertEqual(peer.next_json(), {"name": "Ann", "reason": "none"})
        with Doer(running) as peer:
            self.assertEqual(peer.done("write", name="Eve"), "BOCATA_E_TOO_LATE")
            peer.do("read")
            self.assertEqual(peer.next_json()["name"], "")
        self.assertEqual(read(running, cookie)["name"], "Ann")
        running.signal()
        running.process.wait(wire.PATIENCE_S)
        lines = [line for line in running.err.text().split("\n") if "on_connect" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertNotIn("Eve", running.err.text())

    # ---- log-out

    def test_logout(self):
        """All sockets of the session are closed, and no others."""
        for verb in (b"logout", b"renew", b"switch", b"empty"):
            running = self.server
            mine, other = login(running), login(running)
            ending = [Doer(running, b"/do", with_cookie(mine)) for _ in range(3)]
            staying = [Doer(running, b"/do", with_cookie(other)), Doer(running), Doer(running, b"/do?set=Bob")]
            use(running, verb, mine)
            for peer in ending:
                one = peer.next()
                self.assertEqual((frames.close_code(one), one.payload[2:].decode()), OUT, verb)
                peer.send(close(1008))
                peer.expect_end()
                self.assertEqual(peer.until_closed(), OUT)
            for peer in staying:
                self.assertTrue(is_open(peer))
                peer.shut()

    def test_requests_that_end_nothing(self):
        for verb, status in ((b"read", 200), (b"login", 200), (b"fail", 503)):
            running = self.server
            cookie = login(running)
            with Doer(running, b"/do", with_cookie(cookie)) as peer:
                use(running, verb, cookie, status)
                self.assertTrue(is_open(peer), verb)

    def test_other_handshakes_of_the_session_end_nothing(self):
        running = self.server
        cookie = login(running)
        with Doer(running, b"/do", with_cookie(cookie)) as peer:
            with Doer(running, b"/do?set=Bob", with_cookie(cookie)) as other:
                self.assertTrue(is_open(peer) and is_open(other))
                use(running, b"logout", cookie_in(other.accepted.all("Set-Cookie")))
                for one in (peer, other):
                    one.expect("close 1008")

    def test_log_in_ends_sockets_of_before_but_not_of_after(self):
        running = self.server
        old = login(running)
        with Doer(running, b"/do", with_cookie(old)) as before:
            new = use(running, b"renew", old)
            with Doer(running, b"/do", with_cookie(new)) as after:
                before.expect("close 1008")
                use(running, b"logout", old)  # a copy of what has ended ends nothing else
                self.assertTrue(is_open(after))
                use(running, b"logout", new)
                after.expect("close 1008")

    def test_handshake_that_renews_ends_the_sockets_of_before(self):
        running = self.server
        with Doer(running, b"/do", with_cookie(login(running))) as before:
            with Doer(running, b"/do?renew=1", with_cookie(login(running))) as other:
                self.assertTrue(is_open(before) and is_open(other))
            cookie = login(running)
            with Doer(running, b"/do", with_cookie(cookie)) as old, \
                    Doer(running, b"/do?renew=1", with_cookie(cookie)) as new:
                old.expect("close 1008")
                self.assertTrue(is_open(new) and is_open(before))

    def test_logged_out_socket_leaves_its_groups_at_once(self):
        running = self.server
        cookie = login(running)
        with Doer(running, b"/do", with_cookie(cookie)) as peer:
            peer.done("join", group="secret")
            use(running, b"logout", cookie)
            self.assertEqual(doer.group_size(running, b"secret", b"not for those who left"), 0)
            peer.expect("close 1008")

    def test_session_that_was_written_by_the_handshake(self):
        running = self.server
        with Doer(running, b"/do?set=Bob") as peer:
            use(running, b"logout", cookie_in(peer.accepted.all("Set-Cookie")))
            peer.expect("close 1008")


class Sealed(Sessions, unittest.TestCase):
    form = "sealed"


class Starlette(Sessions, unittest.TestCase):
    form = "starlette"

    def test_session_without_an_id_gets_one_with_the_handshake(self):
        """Of another application that shares the secret."""
        running = self.server
        with Doer(running, b"/do", with_cookie(starlette_cookie({"name": "Zoe"}))) as peer:
            peer.do("read")
            self.assertEqual(peer.next_json()["name"], "Zoe")
            cookie = cookie_in(peer.accepted.all("Set-Cookie"))
            self.assertEqual(read(running, cookie)["name"], "Zoe")
            use(running, b"logout", cookie)
            peer.expect("close 1008")


LIFE_S, LEAD_S = 4, 3
END_S = LIFE_S + 1  # the first second at which a session is refused
WARNING_S = END_S - LEAD_S


class Ends(unittest.TestCase):
    """Each server's sessions last for LIFE_S, by one rule or another, and all are waited for at once. A busy machine
    has LEAD_S to renew one."""

    def watch(self, running, is_renewed):
        """Opens a socket with a new session, and reads it to its end. Where it is renewed, an ordinary request does
        it at the first warning. Returns the moments."""
        logged_in = int(time.time())
        cookie = login(running)
        warnings, lefts = [], []
        with Doer(running, b"/do", with_cookie(cookie)) as peer:
            while True:
                one = peer.next()
                if one.opcode == frames.CLOSE:
                    break
                warnings.append(time.time() - logged_in)
                lefts.append(json.loads(one.payload)["left"])
                if is_renewed and len(warnings) == 1:
                    cookie = use(running, b"read", cookie)
            ended = time.time() - logged_in
            self.assertEqual((frames.close_code(one), one.payload[2:].decode()), OVER)
            peer.send(close(1008))
            peer.expect_end()
            self.assertEqual(peer.until_closed(), OVER)
        return {"warnings": warnings, "lefts": lefts, "ended": ended, "read": read(running, cookie)["reason"]}

    def check(self, seen, rule, is_renewed):
        """Not before its second, and soon after."""
        lasts = END_S if not is_renewed or rule == "ABSOLUTE_TIMEOUT" else WARNING_S + END_S
        self.assertEqual(len(seen["warnings"]), 2 if lasts > END_S else 1, seen)
        self.assertGreaterEqual(seen["warnings"][0], WARNING_S, seen)
        self.assertLess(seen["warnings"][0], seen["ended"], seen)
        self.assertLessEqual(set(seen["lefts"]), set(range(LEAD_S + 1)), seen)
        self.assertGreaterEqual(seen["ended"], lasts, seen)
        self.assertLess(seen["ended"], lasts + 10, seen)
        self.assertEqual(seen["read"], {"MAX_AGE": "expired"}.get(rule, rule.lower().replace("_", "-")), seen)

    def test_ends(self):
        rules = ("MAX_AGE", "IDLE_TIMEOUT", "ABSOLUTE_TIMEOUT")
        servers = {(form, rule): server(form, EXPIRING_LEAD=str(LEAD_S), **{rule: str(LIFE_S)})
                   for form in FORMATS for rule in rules}
        try:
            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                watched = {(*key, is_renewed): pool.submit(self.watch, running, is_renewed)
                           for key, running in servers.items() for is_renewed in (False, True)}
            for (form, rule, is_renewed), future in watched.items():
                with self.subTest(form=form, rule=rule, is_renewed=is_renewed):
                    self.check(future.result(), rule, is_renewed)
        finally:
            for running in servers.values():
                running.stop(check=False)

    def test_sockets_without_a_session_do_not_end(self):
        with server("sealed", MAX_AGE="1", EXPIRING_LEAD="1") as running:
            with Doer(running) as nobody, Doer(running, b"/do", with_cookie(login(running))) as ann:
                wire.until(lambda: ann.events("closed"), "the end of a session")
                self.assertTrue(is_open(nobody))


if __name__ == "__main__":
    tap.main()
