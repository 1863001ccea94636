"""The todos example, driven as the documentation says, over a real socket, with Starlette beside it."""

import http.client
import json
import os
import tempfile
import unittest

import serving
import tap

TODOS = os.environ["BOCATA_TODOS"]
SAMPLE = [{"id": 0, "content": "Go shopping"}, {"id": 1, "content": "Cook fries"}, {"id": 2, "content": "Do laundry"}]


class Browser:
    """Keeps the one cookie there is."""

    def __init__(self, served):
        self.connection = http.client.HTTPConnection(served.host, served.port, timeout=serving.PATIENCE_S)
        self.cookie = None

    def ask(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookie:
            headers["Cookie"] = self.cookie
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        text = answer.read()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookie = line.split(";")[0]
        return answer, text

    def get(self, path):
        answer, text = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, text)
        return json.loads(text)

    def post_json(self, path, value):
        return self.ask("POST", path, json.dumps(value), {"Content-Type": "application/json"})


class Todos(unittest.TestCase):
    def setUp(self):
        self.served = serving.Served(TODOS)
        self.browser = Browser(self.served)

    def tearDown(self):
        self.browser.connection.close()
        self.assertEqual(self.served.stop(), 0, self.served.log())

    def test_each_todo_is_sent_once(self):
        self.assertEqual(self.browser.get("/unseen-todos"), SAMPLE)
        self.assertEqual(self.browser.get("/unseen-todos"), [])
        answer, text = self.browser.post_json("/todos", {"content": "Buy bread"})
        self.assertEqual((answer.status, text), (201, b""))
        self.assertEqual(self.browser.get("/unseen-todos"), [{"id": 3, "content": "Buy bread"}])
        self.assertEqual(self.browser.get("/unseen-todos"), [])

    def test_two_posted_between_two_gets_are_both_sent(self):
        """What the documentation's arithmetic loses."""
        self.browser.get("/unseen-todos")
        for content in ("one", "two"):
            self.browser.post_json("/todos", {"content": content})
        self.assertEqual(self.browser.get("/unseen-todos"),
                         [{"id": 3, "content": "one"}, {"id": 4, "content": "two"}])

    def test_two_browsers_have_sessions_of_their_own(self):
        other = Browser(self.served)
        self.assertEqual(self.browser.get("/unseen-todos"), SAMPLE)
        self.assertEqual(other.get("/unseen-todos"), SAMPLE)
        other.connection.close()

    def test_peek_visits_and_plain(self):
        self.assertEqual(self.browser.get("/peek"), [-1])
        self.assertIsNone(self.browser.cookie)
        self.browser.get("/unseen-todos")
        self.assertEqual(self.browser.get("/peek"), [2])
        self.assertEqual([self.browser.get("/visits") for _ in range(3)], [[1], [2], [3]])
        answer, text = self.browser.ask("GET", "/plain")
        self.assertEqual((text, answer.getheader("Vary")), (b"[]", None))

    def test_a_tampered_cookie_is_noticed_and_never_processed(self):
        self.browser.get("/unseen-todos")
        name, value = self.browser.cookie.split("=", 1)
        self.browser.cookie = f"{name}={'f' if value[0] == 'e' else 'e'}{value[1:]}"
        self.assertEqual(self.browser.get("/peek"), [-1])
        serving.wait_until(lambda: "its signature matches no key" in self.served.log(), "the log line")
        self.assertNotIn(value[1:], self.served.log())

    def test_bad_posts_are_told_what_and_where(self):
        json_type = {"Content-Type": "application/json"}
        for intent, body, headers, detail in (
                ("malformed", "{", json_type, "The body is not JSON: it ends too early, at line 1, column 1."),
                ("no content", "{}", json_type, "In the body, `content` is missing."),
                ("a wrong content", '{"content": 5}', json_type,
                 "In the body, `content` is not right: Expected string, got integer."),
                ("no body", "", json_type, "The body is empty, but must be JSON."),
                ("a wrong type", '{"content": "x"}', {"Content-Type": "text/plain"},
                 "The Content-Type must be application/json.")):
            with self.subTest(intent):
                answer, text = self.browser.ask("POST", "/todos", body, headers)
                self.assertEqual((answer.status, json.loads(text)),
                                 (400, {"error": "400 Bad Request", "status": 400, "detail": detail}))
        self.assertEqual(len(self.browser.get("/unseen-todos")), 3)

    def test_bad_cookies_never_crash_it(self):
        for cookie, status in (("session=", 200), ("session=invalid", 200), ("session", 200), ("=;;=;", 200),
                               ("; ".join(["session=a.b.c"] * 100), 200),
                               ("; ".join(f"session={n}.b.c" for n in range(100)), 200),
                               ("session=" + "x" * 20000, 200), ("session=" + "x" * 65536, 431)):
            with self.subTest(cookie[:40]):
                browser = Browser(self.served)
                browser.cookie = cookie
                answer, text = browser.ask("GET", "/peek")
                self.assertEqual(answer.status, status, text)
                if status == 200:
                    self.assertEqual(json.loads(text), [-1])
                browser.connection.close()


class Starlette(unittest.TestCase):
    """Starlette's own SessionMiddleware reads our cookie, and we read its."""

    def test_logins_are_shared_both_ways(self):
        import asyncio

        from starlette.middleware.sessions import SessionMiddleware

        seen = {}

        async def app(scope, receive, send):
            seen.update(scope["session"])
            scope["session"]["visits"] = 41
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        async def ask(cookie):
            sent = []

            async def send(message):
                sent.append(message)

            scope = {"type": "http", "headers": [(b"cookie", cookie.encode())], "path": "/", "method": "GET"}
            await SessionMiddleware(app, secret_key=serving.SECRET)(scope, None, send)
            return dict(sent[0]["headers"])[b"set-cookie"].decode().split(";")[0]

        with serving.Served(TODOS) as served:
            browser = Browser(served)
            browser.get("/unseen-todos")
            browser.cookie = asyncio.run(ask(browser.cookie))
            self.assertEqual(seen, {"last_id": 2})
            self.assertEqual(browser.get("/visits"), [42])
            self.assertEqual(browser.get("/peek"), [2])
            browser.connection.close()


class Start(unittest.TestCase):
    def start_fails(self, *flags, env=None, **arguments):
        try:
            served = serving.Served(TODOS, *flags, env=env, **arguments)
        except AssertionError as error:
            return str(error)
        served.stop()
        return self.fail("it started")

    def test_no_key_no_start(self):
        with tempfile.TemporaryDirectory() as folder:
            previous = os.getcwd()
            os.chdir(folder)  # where there is no .env
            try:
                self.assertEqual(self.start_fails(secret=None),
                                 "it ended with 1: ERROR:    Config 'SECRET_KEY' is missing, and has no default.\n"
                                 "ERROR:    `SESSIONS` must have a non-empty `secret_key` to use sessions.\n")
                self.assertIn("must have a non-empty `secret_key`", self.start_fails(secret=""))
            finally:
                os.chdir(previous)

    def test_a_short_key_is_for_loopback(self):
        with serving.Served(TODOS, secret="1234") as served:
            self.assertIn("WARNING", served.log())
            self.assertIn("bocata keygen", served.log())
        self.assertIn("--allow-weak-secret", self.start_fails("--host", "0.0.0.0", "--port", "0", secret="1234"))
        with serving.Served(TODOS) as served:
            self.assertNotIn("WARNING", served.log())

    def test_https_only_over_plain_http_warns_once(self):
        with serving.Served(TODOS, env={"HTTPS_ONLY": "true"}) as served:
            self.assertEqual(served.log().count("https_only"), 1)
            browser = Browser(served)
            browser.ask("GET", "/visits")
            browser.ask("GET", "/visits")
            self.assertEqual(served.log().count("https_only"), 1)
            browser.connection.close()

    def test_a_secret_from_an_env_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
            file.write(f"# the key\nSECRET_KEY = '{serving.SECRET}'\n")
            file.flush()
            with serving.Served(TODOS, "--env-file", file.name, secret=None) as served:
                browser = Browser(served)
                browser.get("/unseen-todos")
                cookie = browser.cookie
                browser.connection.close()
            with serving.Served(TODOS) as served:
                browser = Browser(served)
                browser.cookie = cookie
                self.assertEqual(browser.get("/peek"), [2])
                browser.connection.close()


if __name__ == "__main__":
    tap.main()
