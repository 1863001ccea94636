"""Random settings and forms, read by us as by Starlette's Config and Python's parse_qsl.

Where we differ on purpose the texts are left out: `#` in lists, `_` in numbers, numbers that are not finite or
not of 64 bits.
"""

import math
import os
import random
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings

import program
import tap

COMPARE = sys.argv[1]
SEED = int(os.environ.get("BOCATA_SEED", "20240229"))
COUNT = 120

LINES = ["KEY", "=", "=", " ", "\t", "#", '"', "'", "\\", "\n", "\nKEY=", "\r\n", ",", ",", "a", "b", "é"]
NUMBERS = ["1", "0", "9", "-", "+", ".", "e", " ", "true", "False", "FALSE", "9223372036854775807"]
FORMS = ["a", "b", "=", "&", "&", "+", "%", "%2", "%41", "%00", "%26", "%3D", "%ff", "%e2", "%82", "%ac", "é", "%F0%9f"]


def texts(alphabet, start, longest):
    chance = random.Random(SEED)
    return [start + "".join(chance.choices(alphabet, k=chance.randint(0, longest))) for _ in range(COUNT)]


def ours(mode, contents):
    """Our readings: a list of texts each, or the mistake as one text."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(number)) for number in range(len(contents))]
        for path, content in zip(paths, contents):
            with open(path, "wb") as file:
                file.write(content.encode())
        done = subprocess.run(
            program.command(COMPARE, mode, *paths),
            # Meson sets it, and filling the room for each file's largest size would take most of the time.
            env={**os.environ, "MALLOC_PERTURB_": "0"},
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
    for line in done.stdout.decode().splitlines():
        values, _, mistake = line.partition("!")
        if mistake:
            yield bytes.fromhex(mistake[1:]).decode()
        else:
            yield [bytes.fromhex(value).decode() for value in values.split(":")[1:]]


def starlettes(content, cast):
    with tempfile.NamedTemporaryFile("wb") as file:
        file.write(content.encode())
        file.flush()
        try:
            return Config(file.name, environ={})("KEY", cast=cast)
        except (KeyError, ValueError) as error:
            return error.args[0]


def is_out_of_range(value):
    return (isinstance(value, int) and not -(2**63) <= value < 2**63) or (
        isinstance(value, float) and not math.isfinite(value)
    )


class Compare(unittest.TestCase):
    def compare_configs(self, contents):
        """How many of each type were read, and how many refused, in agreement."""
        readings = ours("config", contents)
        counts = {}
        for content in contents:
            for cast in (str, bool, int, float, CommaSeparatedStrings):
                got = next(readings)
                expected = starlettes(content, cast)
                if cast is CommaSeparatedStrings and "#" in content.partition("=")[2]:
                    continue
                if is_out_of_range(expected):
                    self.assertIn("Not a valid", got, f"seed {SEED}: {content!r}")
                    continue
                if isinstance(expected, CommaSeparatedStrings):
                    expected = list(expected)
                elif cast is float and isinstance(expected, float):
                    expected, got = [expected], [float(got[0])]
                elif not (isinstance(expected, str) and cast is not str):
                    is_mistake = cast is str and expected.startswith("Config 'KEY' is missing")
                    expected = expected if is_mistake else [str(expected)]
                if isinstance(expected, str):  # control characters are not shown
                    expected = expected.replace("\t", "?").replace("\n", "?").replace("\r", "?")
                self.assertEqual(got, expected, f"seed {SEED}: {content!r} as {cast.__name__}")
                key = (cast.__name__, isinstance(expected, list))
                counts[key] = counts.get(key, 0) + 1
        self.assertEqual(list(readings), [])
        return counts

    def test_settings_are_read_as_starlette_reads_them(self):
        counts = self.compare_configs(texts(LINES, "KEY=", 14))
        self.assertGreater(counts["CommaSeparatedStrings", True], 20)
        self.assertGreater(counts["CommaSeparatedStrings", False], 8)

    def test_files_without_our_key(self):
        counts = self.compare_configs(texts(LINES, "", 6))
        self.assertGreater(counts["str", True], 2)
        self.assertGreater(counts["str", False], 20)

    def test_numbers_and_bools(self):
        counts = self.compare_configs(texts(NUMBERS, "KEY=", 4))
        for name in ("bool", "int", "float"):
            self.assertGreater(counts[name, True], 5)
            self.assertGreater(counts[name, False], 20)

    def test_forms_are_read_as_python_reads_them(self):
        contents = texts(FORMS, "", 16)
        for content, got in zip(contents, ours("fields", contents), strict=True):
            pairs = urllib.parse.parse_qsl(content, keep_blank_values=True)
            expected = [text for pair in pairs for text in pair]
            self.assertEqual(got, expected, f"seed {SEED}: {content!r}")


print(f"# seed {SEED}")
tap.main()
