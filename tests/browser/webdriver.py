"""A browser for tests: Debian's headless Chromium, through the WebDriver protocol of its chromedriver."""

import base64
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile

import serving

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that WebDriver gives elements
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=900,700"]
# A headless profile counts as a private one, which keeps cookies back from other sites' requests; ours shall be like
# one that does not.
PREFERENCES = {"profile.cookie_controls_mode": 0}


class Browser:
    """A context manager: a new browser with a new, empty profile, and `flags` beside our own."""

    def __init__(self, *flags):
        self.output = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=self.output, stderr=subprocess.STDOUT,
                                       start_new_session=True)
        self.session = None
        try:
            self.port = int(serving.wait_until(self.driver_port, "chromedriver"))
            options = {"binary": "/usr/bin/chromium", "args": [*FLAGS, *flags], "prefs": PREFERENCES}
            capabilities = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
            self.session = self.call("POST", "/session", {"capabilities": capabilities})["sessionId"]
        except BaseException:
            self.close()
            raise

    def driver_port(self):
        self.output.seek(0)
        match = re.search(r"started successfully on port (\d+)", self.output.read())
        return match and match.group(1)

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=serving.PATIENCE_S)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None)
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(f"{path}: {value['error']}: {value['message']}")
        return value

    def command(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self.command("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Runs JavaScript in the page and returns what it returns."""
        return self.command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        found = self.command("POST", "/element", {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def type(self, selector, text):
        self.command("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def click(self, selector):
        self.command("POST", f"/element/{self.find(selector)}/click", {})

    def text(self, selector):
        """What the first such element says, None if there is none."""
        return self.run("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def emulate(self, method, **parameters):
        """A command of the DevTools protocol's domain Emulation."""
        self.command("POST", "/goog/cdp/execute", {"cmd": f"Emulation.{method}", "params": parameters})

    def cookies(self):
        return self.command("GET", "/cookie")

    def console(self):
        """Messages of the page's console that are errors or warnings."""
        entries = self.command("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.command("GET", "/screenshot")))

    def close(self):
        try:
            if self.session:
                self.command("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(serving.PATIENCE_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.driver.pid, signal.SIGKILL)  # a browser that it was still starting
            self.output.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
