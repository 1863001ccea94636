"""The scripts that a newcomer types, where a test can type them; and how cases are counted."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import tap

ROOT = pathlib.Path(os.environ["BOCATA_ROOT"])


def run(*command, **options):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          **options)


class Scripts(unittest.TestCase):
    def test_run_lists_the_examples(self):
        for arguments in ([], ["no-such-example"], ["../tests"]):
            with self.subTest(arguments=arguments):
                done = run(ROOT / "scripts/run", *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn("todos", done.stderr)

    def test_setup_says_nothing_where_nothing_is_missing(self):
        done = run(ROOT / "scripts/setup", "--test")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_setup_tells_what_is_missing_before_it_uses_sudo(self):
        """As another user, on a system where dpkg knows no package."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("dpkg-query", "exit 1"), ("id", "echo 1000"), ("sudo", "echo sudo was used; exit 1")):
                path = pathlib.Path(folder) / name
                path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
                path.chmod(0o755)
            done = run(ROOT / "scripts/setup", env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"As root, run:\n  apt-get update && apt-get install .*\blibuv1-dev\b")
        self.assertRegex(done.stderr, r"\b(node-llhttp|libllhttp-dev)\b")

    def test_wrong_arguments(self):
        for script in ("setup", "test", "build"):
            with self.subTest(script):
                self.assertEqual(run(ROOT / "scripts" / script, "--nonsense").returncode, 2)


class Count(unittest.TestCase):
    def count(self, *tests):
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as log:
            for test in tests:
                log.write(json.dumps({"name": "x", "returncode": 0, **test}) + "\n")
            log.flush()
            done = run(sys.executable, ROOT / "tests/support/count.py", log.name)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_cases_are_counted(self):
        for intent, tests, status, line in (
                ("all good", [{"result": "OK", "stdout": "1..2\nok 1\nok 2\n"}], 0, "2 passed, 0 failed"),
                ("one bad", [{"result": "FAIL", "stdout": "ok 1\nnot ok 2\n"}], 1, "1 passed, 1 failed"),
                ("a crash", [{"result": "ERROR", "stdout": "ok 1\n", "returncode": -11}], 1, "1 passed, 1 failed"),
                ("a time-out", [{"result": "TIMEOUT", "stdout": ""}], 1, "0 passed, 1 failed"),
                ("no case", [{"result": "OK", "stdout": ""}], 1, "0 passed, 1 failed"),
                ("a skip", [{"result": "OK", "stdout": "ok 1\nok 2 # SKIP why\n"}], 0, "1 passed, 0 failed"),
                ("nothing at all", [], 1, "0 passed, 0 failed")):
            with self.subTest(intent):
                self.assertEqual(self.count(*tests), (status, line))


if __name__ == "__main__":
    tap.main()
