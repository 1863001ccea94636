"""The chat example in headless Chromium: two people in two browsers talk, and one logs out.

With BOCATA_SCREENSHOTS set to a folder, screenshots are left in it.
"""

import http.server
import os
import threading
import unittest

import serving
import tap
import webdriver

CHAT = os.environ["BOCATA_CHAT"]
LOST = "The connection is lost. Trying again…"
RENEWED = "Your session was renewed."

CONNECT = """
    window.seen = [];
    const socket = new WebSocket(arguments[0]);
    for (const type of ["open", "error", "close"])
        socket.addEventListener(type, event => window.seen.push(event.type));
"""


IS_AT_END = """
    const log = document.getElementById("log");
    return log.scrollHeight > log.clientHeight && log.scrollTop + log.clientHeight > log.scrollHeight - 8;
"""


def keep(browser, name):
    folder = os.environ.get("BOCATA_SCREENSHOTS")
    if folder:
        browser.screenshot(os.path.join(folder, name))


def log_in(browser, served, name, room="tea"):
    browser.open(f"{served.url}/?room={room}")
    browser.type("#name", name + "\n")  # the enter key sends the form
    wait_for_status(browser, "Connected.")


def wait_for_status(browser, text):
    serving.wait_until(lambda: browser.text("#status") == text, f"the status {text!r}")


def log_lines(browser):
    """What the log says, without the times."""
    return browser.run("return [...document.querySelectorAll('#log p')].map(line => line.textContent.replace("
                       "line.querySelector('time').textContent, '').trim())")


def wait_for_lines(browser, lines):
    serving.wait_until(lambda: log_lines(browser)[-len(lines):] == lines, f"the lines {lines}")


def say(browser, text):
    browser.type("#text", text + "\n")


def focused(browser):
    return browser.run("return document.activeElement.id")


def open_tab(browser, url):
    """Opens the page in another tab, and returns the handle of the one before."""
    before = browser.command("GET", "/window")
    browser.command("POST", "/window", {"handle": browser.command("POST", "/window/new", {"type": "tab"})["handle"]})
    browser.open(url)
    return before


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!doctype html><title>other</title><link rel=icon href=data:,><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Chat(unittest.TestCase):
    """Two browsers for all of it, since they take seconds to start; cookies do not outlive a test."""

    @classmethod
    def setUpClass(cls):
        cls.browsers = []
        for _ in range(2):
            browser = webdriver.Browser()
            cls.addClassCleanup(browser.close)
            cls.browsers.append(browser)

    def tearDown(self):
        for browser in self.browsers:
            browser.open("about:blank")
            browser.command("POST", "/goog/cdp/execute", {"cmd": "Network.clearBrowserCookies", "params": {}})
            browser.console()  # the next test has one of its own

    def test_two_people_talk_and_one_logs_out(self):
        ann, bob = self.browsers
        with serving.Served(CHAT) as served:
            ann.open(served.url + "/rooms/tea")  # leads to the form, and remembers the room
            self.assertEqual(focused(ann), "name")
            keep(ann, "chat-login.png")
            ann.type("#name", "ann\n")
            wait_for_status(ann, "Connected.")
            self.assertEqual((ann.text("h1"), focused(ann)), ("#tea", "text"))
            wait_for_lines(ann, ["ann came in."])
            self.assertEqual(ann.text("#people"), "You are alone")

            log_in(bob, served, "bob")
            wait_for_lines(ann, ["bob came in."])
            self.assertEqual(ann.text("#people"), "2 are here")
            say(ann, "Shall we have <b>lunch</b> & tea?")
            say(bob, "Olá! A bocadillo for me.")
            for browser in (ann, bob):
                wait_for_lines(browser, ["bob came in.", "ann Shall we have <b>lunch</b> & tea?",
                                         "bob Olá! A bocadillo for me."])
                self.assertEqual((focused(browser), browser.run("return document.getElementById('text').value")),
                                 ("text", ""))
            bob.type("#text", "With the button.")
            bob.click("#say button")
            wait_for_lines(ann, ["bob With the button."])
            self.assertEqual(focused(bob), "text")
            keep(ann, "chat-room.png")

            tab = open_tab(ann, served.url + "/rooms/bar")
            wait_for_lines(ann, ["ann came in."])
            ann.click("footer form:last-child button")
            serving.wait_until(lambda: ann.text("h1") == "Chat", "the form")
            ann.command("DELETE", "/window")
            ann.command("POST", "/window", {"handle": tab})
            wait_for_status(ann, "You are logged out.")
            keep(ann, "chat-out.png")
            self.assertTrue(ann.run("return document.getElementById('text').readOnly"))

            wait_for_lines(bob, ["ann left."])
            self.assertEqual(bob.text("#people"), "You are alone")
            say(bob, "Nobody there?")
            wait_for_lines(bob, ["ann left.", "bob Nobody there?"])
            self.assertEqual(bob.text("#status"), "Connected.")
            self.assertEqual([ann.console(), bob.console()], [[], []])  # the policy stands in nothing's way

            ann.click("#again")
            serving.wait_until(lambda: ann.text("h1") == "Chat", "the form")
            ann.type("#name", "ann\n")
            wait_for_lines(bob, ["ann came in."])
            self.assertEqual(ann.text("h1"), "#tea")
            self.assertNotIn("/renew", served.access_log())  # where it tried to connect again it would ask first

    def test_each_message_has_its_own_direction(self):
        browser, _ = self.browsers
        with serving.Served(CHAT) as served:
            log_in(browser, served, "ann")
            for text, direction in (("مرحبا!", "rtl"), ("hello!", "ltr")):
                say(browser, text)
                wait_for_lines(browser, [f"ann {text}"])
                self.assertEqual(browser.run("return getComputedStyle(document.querySelector("
                                             "'#log p:last-child :last-child')).direction"), direction)

    def test_another_room(self):
        ann, bob = self.browsers
        with serving.Served(CHAT) as served:
            log_in(ann, served, "ann")
            log_in(bob, served, "bob")
            bob.type("#room", "bar\n")
            serving.wait_until(lambda: bob.text("h1") == "#bar", "the other room")
            wait_for_lines(ann, ["bob left."])
            wait_for_lines(bob, ["bob came in."])
            self.assertEqual(bob.text("#people"), "You are alone")

    def test_pages_of_other_origins_cannot_connect(self):
        """Another port counts as the same site, so the browser sends the cookie: what refuses is the check."""
        browser, _ = self.browsers
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with serving.Served(CHAT) as served:
                url = served.url.replace("http", "ws") + "/rooms/cellar"
                log_in(browser, served, "ann")
                browser.run(CONNECT, url)
                serving.wait_until(lambda: browser.run("return window.seen.length"), "an event")
                self.assertEqual(browser.run("return window.seen"), ["open"])
                self.assertNotIn("403", served.access_log())

                for host in ("127.0.0.1", "localhost"):
                    with self.subTest(host):
                        browser.open(f"http://{host}:{other.server_port}/")
                        self.assertEqual(browser.run("return document.title"), "other")
                        browser.run(CONNECT, url)
                        serving.wait_until(lambda: "close" in browser.run("return window.seen"), "the end")
                        self.assertEqual(browser.run("return window.seen"), ["error", "close"])
                serving.wait_until(lambda: served.access_log().count('"GET /rooms/cellar HTTP/1.1" 403') == 2,
                                   "the access log")
        finally:
            other.shutdown()
            thread.join()
            other.server_close()

    def test_a_lost_connection_comes_back(self):
        browser, _ = self.browsers
        with serving.Served(CHAT) as served:
            log_in(browser, served, "ann")
            port = str(served.port)
        wait_for_status(browser, LOST)
        say(browser, "Are you there?")
        self.assertEqual(browser.run("return document.getElementById('text').value"), "Are you there?")
        keep(browser, "chat-lost.png")
        with serving.Served(CHAT, "--port", port) as served:
            wait_for_status(browser, "Connected.")
            say(browser, "")
            wait_for_lines(browser, ["ann came in.", "ann Are you there?"])

    def test_a_session_that_is_gone_is_not_asked_for_again_and_again(self):
        browser, _ = self.browsers
        with serving.Served(CHAT) as served:
            log_in(browser, served, "ann")
            port = str(served.port)
        wait_for_status(browser, LOST)
        with serving.Served(CHAT, "--port", port, secret="another secret of more than thirty-two bytes"):
            wait_for_status(browser, "Your session has ended.")
            self.assertEqual(browser.run("return document.getElementById('again').hidden"), False)

    def test_the_page_renews_its_session(self):
        browser, _ = self.browsers
        with serving.Served(CHAT, env={"LIFETIME_S": "4"}) as served:
            log_in(browser, served, "ann")
            renewals = '"POST /renew HTTP/1.1" 204'
            serving.wait_until(lambda: served.access_log().count(renewals) >= 3, "renewals past the first end")
            wait_for_status(browser, RENEWED)
            self.assertEqual(log_lines(browser), ["ann came in."])  # once: it is the same socket

            browser.run("window.fetch = () => Promise.reject(new Error('no way'))")
            wait_for_status(browser, "Your session has expired.")

    def test_narrow_and_dark(self):
        browser = webdriver.Browser()
        with serving.Served(CHAT) as served, browser:
            browser.emulate("setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
            browser.emulate("setDeviceMetricsOverride", width=320, height=640, deviceScaleFactor=2, mobile=True)
            log_in(browser, served, "W" * 32, "x" * 32)
            browser.run("document.getElementById('text').value = arguments[0]", "W" * 500)
            say(browser, "")
            serving.wait_until(lambda: len(log_lines(browser)) == 2, "the message")
            keep(browser, "chat-narrow-dark.png")
            self.assertEqual(browser.run("return document.documentElement.scrollWidth"), 320)
            for text in range(12):
                say(browser, f"line {text}")
            wait_for_lines(browser, [f"{'W' * 32} line 11"])
            self.assertTrue(browser.run(IS_AT_END))
            for width, height in ((640, 360), (320, 640)):  # the phone is turned
                browser.emulate("setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2,
                                mobile=True)
                serving.wait_until(lambda: browser.run(IS_AT_END), f"the newest line at {width} by {height}")
                say(browser, f"at {width}")
                wait_for_lines(browser, [f"{'W' * 32} at {width}"])
                self.assertTrue(browser.run(IS_AT_END))
            dark = browser.run("return getComputedStyle(document.body).backgroundColor")
            browser.emulate("setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
            self.assertNotEqual(browser.run("return getComputedStyle(document.body).backgroundColor"), dark)


if __name__ == "__main__":
    tap.main()
