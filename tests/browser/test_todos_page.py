"""The todos page in headless Chromium: what a person sees and does there.

With BOCATA_SCREENSHOTS set to a folder, screenshots are left in it.
"""

import os
import unittest

import serving
import tap
import webdriver

TODOS = os.environ["BOCATA_TODOS"]


def shown(browser):
    return browser.run("return [...document.querySelectorAll('#todos li')].map(item => item.textContent)")


def status(browser):
    return browser.run("return document.getElementById('status').textContent")


def keep(browser, name):
    folder = os.environ.get("BOCATA_SCREENSHOTS")
    if folder:
        browser.screenshot(os.path.join(folder, name))


class Page(unittest.TestCase):
    def test_a_person_sees_the_unseen_todos_and_adds_one(self):
        with serving.Served(TODOS) as served, webdriver.Browser() as browser:
            browser.open(served.url + "/")
            serving.wait_until(lambda: len(shown(browser)) == 3, "three todos")
            self.assertEqual(shown(browser), ["#0Go shopping", "#1Cook fries", "#2Do laundry"])
            keep(browser, "todos-first.png")

            browser.click("#again")
            serving.wait_until(lambda: status(browser), "the status line")
            self.assertEqual((shown(browser), status(browser)), ([], "Nothing new: you have seen them all."))

            browser.type("input", "Buy <b>bread</b> & wine")
            browser.click("#add button")
            serving.wait_until(lambda: shown(browser), "the new todo")
            self.assertEqual(shown(browser), ["#3Buy <b>bread</b> & wine"])  # text, not markup
            self.assertEqual(browser.run("return document.querySelector('input').value"), "")
            keep(browser, "todos-added.png")
            self.assertEqual([line for line in browser.console() if "favicon" not in line], [])

    def test_the_cookie_is_hidden_from_scripts(self):
        with serving.Served(TODOS) as served, webdriver.Browser() as browser:
            browser.open(served.url + "/")
            serving.wait_until(lambda: len(shown(browser)) == 3, "three todos")
            self.assertEqual(browser.run("return document.cookie"), "")
            (cookie,) = browser.cookies()
            self.assertEqual({key: cookie[key] for key in ("name", "path", "httpOnly", "secure", "sameSite")},
                             {"name": "session", "path": "/", "httpOnly": True, "secure": False, "sameSite": "Lax"})

    def test_a_server_that_is_gone_is_told_on_the_page(self):
        with serving.Served(TODOS) as served, webdriver.Browser() as browser:
            browser.open(served.url + "/")
            serving.wait_until(lambda: len(shown(browser)) == 3, "three todos")
            served.stop()
            browser.click("#again")
            serving.wait_until(lambda: status(browser), "an error on the page")


if __name__ == "__main__":
    tap.main()
