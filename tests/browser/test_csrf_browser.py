"""Requests that pages send in headless Chromium: the application's own pass, those of other sites are refused.

The application's cookie is SameSite=None, so that the browser keeps it back from nobody: what refuses is the check.
"""

import http.server
import json
import os
import threading
import unittest
import urllib.request

import serving
import tap
import webdriver

CSRF_APP = os.environ["BOCATA_CSRF_APP"]
NOTHING = {"added": 0, "refused": 0, "refused_with_cookie": 0}

SUBMIT = """
    const form = document.createElement("form");
    form.method = "post";
    form.action = arguments[0];
    document.body.append(form);
    form.submit();
"""
FETCH = """
    return fetch(arguments[0], {method: "POST", credentials: "include", mode: "no-cors"}).then(answer => answer.type);
"""


class Page(http.server.BaseHTTPRequestHandler):
    """Of somebody else's site: an empty page to run scripts in."""

    def do_GET(self):
        body = b"<!doctype html><title>other</title><link rel=icon href=data:,><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Other:
    """A context manager: another server, reached by any name of this machine."""

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def counts(served):
    with urllib.request.urlopen(served.url + "/counts", timeout=serving.PATIENCE_S) as answer:
        return json.load(answer)


def wait_for_one(served):
    """The counts, once a request was answered."""
    return serving.wait_until(lambda: counts(served) != NOTHING and counts(served), "an answer")


def with_port(env, other):
    return {name: value.format(other.port) for name, value in (env or {}).items()}


class Csrf(unittest.TestCase):
    """All in one browser, which takes seconds to start; names that end in .test are this machine to it."""

    @classmethod
    def setUpClass(cls):
        cls.browser = webdriver.Browser("--host-resolver-rules=MAP *.test 127.0.0.1", "--no-proxy-server")
        cls.addClassCleanup(cls.browser.__exit__, None, None, None)
        cls.browser.__enter__()

    def check(self, intent, script, page, app, wanted, env=None, own=False):
        """Opens the application at `app` (it gives its cookie), then `page`, and runs the script there."""
        browser = self.browser
        with self.subTest(intent), Other() as other, serving.Served(CSRF_APP, env=with_port(env, other)) as served:
            app = app.format(served.port)
            browser.open(app + "/")
            if not own:
                browser.open(page.format(other.port) + "/")
                self.assertEqual(browser.run("return document.title"), "other")
            browser.run(script, app + "/add")
            self.assertEqual(wait_for_one(served), {**NOTHING, **wanted})

    def test_other_pages(self):
        refused = {"refused": 1, "refused_with_cookie": 1}
        for intent, page, env, wanted in (
                ("of another site", "http://localhost:{}", None, refused),
                ("of the same site, but another origin", "http://127.0.0.1:{}", None, refused),
                ("of another site while a third is trusted", "http://localhost:{}",
                 {"TRUSTED_ORIGINS": "http://127.0.0.1:{}"}, refused),
                ("of a trusted site", "http://localhost:{}", {"TRUSTED_ORIGINS": "http://localhost:{}"}, {"added": 1})):
            for means, script in (("form", SUBMIT), ("fetch", FETCH)):
                self.check(f"a {means} {intent}", script, page, "http://127.0.0.1:{}", wanted, env)

    def test_its_own_pages(self):
        for means, script in (("form", SUBMIT), ("fetch", FETCH)):
            self.check(f"its own {means}", script, None, "http://127.0.0.1:{}", {"added": 1}, own=True)

    def test_without_sec_fetch_site(self):
        """Chromium keeps it from hosts that are neither HTTPS nor local, so their Origin decides. Nor do they get a
        Secure cookie."""
        for means, script in (("form", SUBMIT), ("fetch", FETCH)):
            self.check(f"another site's {means}", script, "http://other.test:{}", "http://app.test:{}",
                       {"refused": 1})
            self.check(f"its own {means}", script, None, "http://app.test:{}", {"added": 1}, own=True)

    def test_pages_may_be_opened_from_anywhere(self):
        browser = self.browser
        with Other() as other, serving.Served(CSRF_APP) as served:
            browser.open(served.url + "/")  # typed in
            self.assertEqual(browser.run("return document.title"), "app")
            browser.open(f"http://localhost:{other.port}/")
            browser.run("location.href = arguments[0]", served.url + "/")  # as a link does
            serving.wait_until(lambda: browser.run("return document.title") == "app", "the page")
            browser.click("button")
            serving.wait_until(lambda: browser.run("return document.title") == "added", "the next page")
            self.assertEqual(counts(served), {**NOTHING, "added": 1})

    def test_scripts_do_not_see_the_session(self):
        browser = self.browser
        with serving.Served(CSRF_APP) as served:
            browser.open(served.url + "/")
            self.assertEqual(browser.run("return document.cookie"), "")
            (cookie,) = browser.cookies()
            self.assertEqual({key: cookie[key] for key in ("name", "httpOnly", "secure", "sameSite")},
                             {"name": "session", "httpOnly": True, "secure": True, "sameSite": "None"})


if __name__ == "__main__":
    tap.main()
