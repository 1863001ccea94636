"""The log-in example in headless Chromium, as a person walks through it.

With BOCATA_SCREENSHOTS set to a folder, screenshots are left in it.
"""

import os
import time
import unittest

import serving
import tap
import webdriver

LOGIN = os.environ["BOCATA_LOGIN"]
REMEMBER_S = 30 * 24 * 60 * 60
WRONG = "The name or the password is wrong."


def keep(browser, name):
    folder = os.environ.get("BOCATA_SCREENSHOTS")
    if folder:
        browser.screenshot(os.path.join(folder, name))


def focused(browser):
    return browser.run("return document.activeElement.id")


def wait_for(browser, heading, notice=None):
    serving.wait_until(lambda: (browser.text("h1"), browser.text(".notice")) == (heading, notice),
                       f"{heading!r} with the notice {notice!r}")


class Page(unittest.TestCase):
    def test_a_walk(self):
        with serving.Served(LOGIN) as served, webdriver.Browser() as browser:
            browser.open(served.url + "/")
            wait_for(browser, "Welcome")
            keep(browser, "login-welcome.png")
            browser.click("a.button")
            wait_for(browser, "Log in")
            self.assertEqual(focused(browser), "name")
            keep(browser, "login-form.png")

            browser.type("#name", "ann")
            browser.type("#password", "wrong\n")  # the enter key sends the form
            wait_for(browser, "Log in", WRONG)
            self.assertEqual((focused(browser), browser.run("return document.getElementById('name').value")),
                             ("password", "ann"))
            keep(browser, "login-wrong.png")

            browser.click("[name=remember]")
            browser.type("#password", "sandwich")
            browser.click("button")
            wait_for(browser, "Hello, ann", "You are logged in.")
            self.assertIn("on this device", browser.text("dl"))
            keep(browser, "login-home.png")
            self.assertEqual(browser.run("return document.cookie"), "")
            (cookie,) = browser.cookies()
            self.assertEqual({key: cookie[key] for key in ("name", "httpOnly", "sameSite")},
                             {"name": "login", "httpOnly": True, "sameSite": "Lax"})
            self.assertAlmostEqual(cookie["expiry"], time.time() + REMEMBER_S, delta=3600)

            browser.open(served.url + "/")
            wait_for(browser, "Hello, ann")  # the notice was shown once

            browser.click("button")
            wait_for(browser, "Welcome", "You are logged out.")
            keep(browser, "login-out.png")
            self.assertEqual(browser.cookies(), [])
            browser.open(served.url + "/")
            wait_for(browser, "Welcome")
            self.assertEqual(browser.console(), [])  # the policy stands in nothing's way

    def test_until_the_browser_is_closed(self):
        with serving.Served(LOGIN) as served, webdriver.Browser() as browser:
            browser.open(served.url + "/login")
            browser.type("#name", "ann")
            browser.type("#password", "sandwich\n")
            wait_for(browser, "Hello, ann", "You are logged in.")
            (cookie,) = browser.cookies()
            self.assertNotIn("expiry", cookie)

    def test_a_form_of_before_the_log_in_is_refused_politely(self):
        with serving.Served(LOGIN) as served, webdriver.Browser() as browser:
            browser.open(served.url + "/login")
            browser.run("document.querySelector('[name=csrf_token]').value += 'x'")
            browser.type("#name", "ann")
            browser.type("#password", "sandwich\n")
            wait_for(browser, "That did not work")
            keep(browser, "login-refused.png")
            browser.click("a.button")
            wait_for(browser, "Welcome")

    def test_narrow_and_dark(self):
        with serving.Served(LOGIN) as served, webdriver.Browser() as browser:
            browser.emulate("setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
            browser.emulate("setDeviceMetricsOverride", width=320, height=640, deviceScaleFactor=2, mobile=True)
            browser.open(served.url + "/login")
            browser.type("#name", "W" * 64)
            browser.type("#password", "wrong\n")
            wait_for(browser, "Log in", WRONG)
            keep(browser, "login-narrow-dark.png")
            self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), 320)
            dark = browser.run("return getComputedStyle(document.body).backgroundColor")
            browser.emulate("setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
            self.assertNotEqual(browser.run("return getComputedStyle(document.body).backgroundColor"), dark)


if __name__ == "__main__":
    tap.main()
