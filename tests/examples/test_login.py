"""The log-in example over a real socket, as a browser without scripts would use it."""

import base64
import html
import http.client
import os
import re
import time
import unittest
import urllib.parse

import serving
import tap

LOGIN = os.environ["BOCATA_LOGIN"]
NEW_SECRET = "the next secret of more than thirty-two bytes, for tests"
REMEMBER_S = 30 * 24 * 60 * 60
TYPED = "<script>alert(\"1\")</script>&'"
GOOD = {"name": "ann", "password": "sandwich"}


class Browser:
    """Keeps cookies by name, and the Set-Cookie lines of the last answer."""

    def __init__(self, served, cookies=None):
        self.connection = http.client.HTTPConnection(served.host, served.port, timeout=serving.PATIENCE_S)
        self.cookies = dict(cookies or {})
        self.lines = []

    def ask(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.lines = answer.headers.get_all("Set-Cookie", [])
        for line in self.lines:
            name, value = line.split(";")[0].split("=", 1)
            if "1970" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer, text

    def get(self, path="/"):
        answer, text = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, text)
        return text

    def token(self, path):
        return re.search(r'name="csrf_token" value="([\w-]+)"', self.get(path)).group(1)

    def post(self, path, fields):
        return self.ask("POST", path, urllib.parse.urlencode(fields),
                        {"Content-Type": "application/x-www-form-urlencoded"})

    def log_in(self, **fields):
        return self.post("/login", {"csrf_token": self.token("/login"), **GOOD, **fields})

    def is_logged_in(self):
        return "Hello, ann" in self.get()

    def close(self):
        self.connection.close()


def notices(text):
    return [(category, html.unescape(notice)) for category, notice in
            re.findall(r'<p class="notice (\w+)">(.*?)</p>', text)]


class Case(unittest.TestCase):
    def serve(self, *flags, **arguments):
        served = serving.Served(LOGIN, *flags, **arguments)
        self.addCleanup(lambda: self.assertEqual(served.stop(), 0, served.log()))
        return served

    def browser(self, served, cookies=None):
        browser = Browser(served, cookies)
        self.addCleanup(browser.close)
        return browser


class LogIn(Case):
    def setUp(self):
        self.served = self.serve()
        self.ann = self.browser(self.served)

    def test_a_wrong_password_is_told_once_and_logs_nobody_in(self):
        answer, _ = self.ann.log_in(password="Sandwich")
        self.assertEqual((answer.status, answer.getheader("Location")), (303, "/login"))
        text = self.ann.get("/login")
        self.assertEqual(notices(text), [("error", "The name or the password is wrong.")])
        self.assertIn('value="ann"', text)
        self.assertEqual(notices(self.ann.get("/login")), [])
        self.assertFalse(self.ann.is_logged_in())

    def test_what_is_wrong(self):
        for intent, fields in (("no password", {"password": ""}), ("another name", {"name": "bob"}),
                               ("a longer name", {"name": "annx"}), ("no name", {"name": ""}),
                               ("a NUL and more behind the password", {"password": "sandwich\0x"}),
                               ("a NUL behind the name", {"name": "ann\0"}),
                               ("a very long password", {"password": "x" * 100000}),
                               ("a very long name", {"name": "x" * 100000}),
                               ("a name that is not UTF-8", {"name": b"\xff"})):
            with self.subTest(intent):
                answer, _ = self.ann.log_in(**fields)
                self.assertEqual((answer.status, answer.getheader("Location")), (303, "/login"))
                self.assertEqual(notices(self.ann.get("/login")), [("error", "The name or the password is wrong.")])
                self.assertFalse(self.ann.is_logged_in())

    def test_a_form_without_fields(self):
        answer, _ = self.ann.post("/login", {"csrf_token": self.ann.token("/login")})
        self.assertEqual((answer.status, answer.getheader("Location")), (303, "/login"))

    def test_names_cannot_be_found_out(self):
        """Neither by the answer nor by the time it takes."""
        def try_name(name):
            token = self.ann.token("/login")
            start = time.monotonic()
            answer, text = self.ann.post("/login", {"csrf_token": token, "name": name, "password": "wrong"})
            took_s = time.monotonic() - start
            return took_s, (answer.status, answer.getheader("Location"), text, notices(self.ann.get("/login")))

        known, unknown = ([try_name(name) for _ in range(4)] for name in ("ann", "eve"))
        self.assertEqual(known[0][1], unknown[0][1])
        self.assertGreater(min(took_s for took_s, _ in unknown), min(took_s for took_s, _ in known) / 3)

    def test_the_right_one_gets_a_new_session(self):
        old_token = self.ann.token("/login")
        old_cookies = dict(self.ann.cookies)
        answer, _ = self.ann.post("/login", {"csrf_token": old_token, **GOOD})
        self.assertEqual((answer.status, answer.getheader("Location")), (303, "/"))
        self.assertNotEqual(self.ann.cookies, old_cookies)
        self.assertEqual(notices(self.ann.get()), [("success", "You are logged in.")])
        self.assertEqual(notices(self.ann.get()), [])
        self.assertTrue(self.ann.is_logged_in())

        answer, text = self.ann.post("/logout", {"csrf_token": old_token})
        self.assertEqual(answer.status, 403)
        self.assertTrue(self.ann.is_logged_in())
        self.assertFalse(self.browser(self.served, old_cookies).is_logged_in())

    def test_whoever_is_logged_in_needs_no_form(self):
        self.ann.log_in()
        answer, _ = self.ann.ask("GET", "/login")
        self.assertEqual((answer.status, answer.getheader("Location")), (303, "/"))

    def test_remember_me(self):
        for intent, fields, max_age, told in (
                ("wanted", {"remember": "yes"}, [str(REMEMBER_S)], "on this device"),
                ("not wanted", {}, [], "until the browser is closed")):
            with self.subTest(intent):
                browser = self.browser(self.served)
                browser.log_in(**fields)
                (line,) = browser.lines
                self.assertEqual(re.findall(r"Max-Age=(\d+)", line), max_age)
                self.assertIn(told, browser.get())

    def test_what_was_typed_is_text(self):
        self.ann.log_in(name=TYPED)
        text = self.ann.get("/login")
        self.assertNotIn("<script", text)
        self.assertEqual(html.unescape(re.search(r'name="name" value="([^"]*)"', text).group(1)), TYPED)

    def test_log_out(self):
        self.ann.log_in(remember="yes")
        self.ann.get()
        answer, _ = self.ann.post("/logout", {"csrf_token": self.ann.token("/")})
        self.assertEqual((answer.status, answer.getheader("Location")), (303, "/"))
        self.assertEqual(answer.getheader("Clear-Site-Data"), '"cache"')
        self.assertNotIn(str(REMEMBER_S), self.ann.lines[0])
        text = self.ann.get()
        self.assertEqual(notices(text), [("info", "You are logged out.")])
        self.assertNotIn("ann", text)
        self.assertEqual(self.ann.cookies, {})  # nothing is left to keep
        self.assertEqual(notices(self.ann.get()), [])

    def test_posts_without_the_token_are_refused(self):
        self.ann.log_in()
        for intent, path, fields in (("none", "/logout", {}), ("an empty one", "/logout", {"csrf_token": ""}),
                                     ("a made-up one", "/logout", {"csrf_token": "x" * 43}),
                                     ("log-in without one", "/login", GOOD)):
            with self.subTest(intent):
                answer, text = self.ann.post(path, fields)
                self.assertEqual(answer.status, 403)
                self.assertIn("Nothing was changed.", text)
                self.assertTrue(self.ann.is_logged_in())

    def test_a_token_of_somebody_else_is_refused(self):
        eve = self.browser(self.served)
        answer, _ = self.ann.post("/login", {"csrf_token": eve.token("/login"), **GOOD})
        self.assertEqual(answer.status, 403)

    def test_the_cookie_cannot_be_read(self):
        self.ann.log_in()
        value = self.ann.cookies["login"]
        seen = [value.encode()]
        for part in [value, *value.split(".")]:
            text = re.sub(r"[^\w+/]", "", part.replace("-", "+").replace("_", "/"))
            seen.append(base64.b64decode(text[:len(text) // 4 * 4]))
        for needle in (b'"ann"', b'"user"', b"is_remembered", b"logged in"):
            self.assertFalse([text for text in seen if needle in text], needle)

    def test_a_changed_cookie_is_nobodys(self):
        self.ann.log_in()
        value = self.ann.cookies["login"]
        middle = len(value) // 2
        bad = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1:]
        self.assertFalse(self.browser(self.served, {"login": bad}).is_logged_in())
        serving.wait_until(lambda: "WARNING" in self.served.log(), "the log line")
        log = self.served.log()
        self.assertEqual(log.count("WARNING"), 1, log)
        for start in range(0, len(bad) - 16, 16):
            self.assertNotIn(bad[start:start + 16], log)

    def test_pages_are_protected(self):
        for path, status in (("/", 200), ("/login", 200), ("/nowhere", 404)):
            with self.subTest(path):
                answer, text = self.ann.ask("GET", path)
                self.assertEqual((answer.status, answer.getheader("Cache-Control")), (status, "no-store"))
                self.assertRegex(answer.getheader("Content-Security-Policy"), r"^default-src 'none';")
                self.assertNotRegex(text, r"<script|<style|style=")
        answer, text = self.ann.ask("GET", "/style.css")
        self.assertEqual((answer.getheader("Content-Type"), answer.getheader("Cache-Control")),
                         ("text/css; charset=utf-8", "public, max-age=3600"))
        self.assertEqual(text.count("{"), text.count("}"))


class Configured(Case):
    def test_https_only_gives_the_cookie_a_name_that_is_safe(self):
        ann = self.browser(self.serve(env={"HTTPS_ONLY": "true"}))
        ann.log_in()
        (line,) = ann.lines
        self.assertRegex(line, r"^__Host-login=[\w-]+; path=/;")
        self.assertRegex(line, r"; secure(;|$)")
        self.assertNotIn("domain", line)
        self.assertTrue(ann.is_logged_in())

    def test_a_form_in_another_tab_stays_good(self):
        ann = self.browser(self.serve())
        token = ann.token("/login")
        ann.get("/")
        self.assertEqual(ann.lines, [])
        ann.post("/login", {"csrf_token": token, **GOOD})
        self.assertTrue(ann.is_logged_in())

    def test_a_session_that_was_not_used_ends(self):
        served = self.serve(env={"IDLE_TIMEOUT_S": "2"})
        ann = self.browser(served)
        ann.log_in()
        cookies = dict(ann.cookies)

        def later():  # the same cookie each time, never one that was sent anew
            return self.browser(served, cookies).get()

        serving.wait_until(lambda: "Your session has expired" in later(), "the time-out")
        self.assertNotIn("ann", later())
        self.assertIn("Your session has expired", ann.get())
        self.assertNotIn("Your session has expired", ann.get())  # told once: the cookie is gone

    def test_a_key_is_changed_and_nobody_is_logged_out(self):
        ann = self.browser(self.serve())
        ann.log_in()
        ann.get()  # takes the notice out, so that nothing changes later
        cookies = dict(ann.cookies)

        both = self.browser(self.serve(secret=NEW_SECRET, env={"SECRET_KEY_FALLBACKS": f'"{serving.SECRET}"'}), cookies)
        self.assertTrue(both.is_logged_in())
        self.assertEqual(len(both.lines), 1)  # under the new key
        self.assertNotEqual(both.cookies, cookies)
        self.assertTrue(both.is_logged_in())
        self.assertEqual(both.lines, [])

        alone = self.serve(secret=NEW_SECRET)
        self.assertTrue(self.browser(alone, both.cookies).is_logged_in())
        self.assertFalse(self.browser(alone, cookies).is_logged_in())

    def test_an_empty_key_serves_nothing(self):
        with self.assertRaisesRegex(AssertionError, "non-empty `secret_key`"):
            serving.Served(LOGIN, secret=None, env={"SECRET_KEY": ""})


if __name__ == "__main__":
    tap.main()
