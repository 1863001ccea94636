"""The `bocata` command."""

import re
import subprocess
import sys
import unittest

import program
import tap

BOCATA = sys.argv[1]


def run(*arguments, stdout=subprocess.PIPE):
    done = subprocess.run(
        program.command(BOCATA, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


class Command(unittest.TestCase):
    def test_keygen_prints_a_key_of_its_own_each_time(self):
        keys = set()
        for _ in range(4):
            status, out, err = run("keygen")
            self.assertEqual((status, err), (0, ""))
            self.assertRegex(out, r"\A[A-Za-z0-9_-]{43}\n\Z")
            keys.add(out)
        self.assertEqual(len(keys), 4)

    def test_help_lists_the_verbs(self):
        status, out, err = run("--help")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("keygen", out)

    def test_version(self):
        status, out, _ = run("--version")
        self.assertEqual(status, 0)
        self.assertTrue(re.fullmatch(r"bocata \d+\.\d+\.\d+\n", out), out)

    def test_what_is_not_known_is_refused_with_a_sentence(self):
        for arguments, word in [
            ((), "verb is missing"),
            (("keygne",), "`keygne`"),
            (("keygen", "64"), "`64`"),
            (("--hel",), "`--hel`"),
            (("",), "``"),
        ]:
            with self.subTest(arguments=arguments):
                status, out, err = run(*arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(word, err)
                self.assertEqual(err.count("\n"), 1)

    def test_output_that_cannot_be_written_is_no_success(self):
        for verb in ("keygen", "--help", "--version"):
            with self.subTest(verb=verb), open("/dev/full", "w") as full:
                status, _, err = run(verb, stdout=full)
                self.assertEqual(status, 1)
                self.assertIn("No space left on device", err)


tap.main()
