"""The programs in README and docs compile; those that need no server also run."""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import program
import tap

ROOT = pathlib.Path(os.environ["BOCATA_ROOT"])
BUILD = pathlib.Path(os.environ["BOCATA_BUILD"])
COMPILER = shlex.split(os.environ["BOCATA_CC"])

# What the fragments of the todos example refer to.
FRAGMENT_HEAD = """#include <bocata.h>
json_t *todos_after(const json_t *todos, json_int_t last_id);
json_int_t todo_id(const json_t *todo);
"""


def blocks():
    """Yields (file, line, text) of every C block."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"^```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            yield path.relative_to(ROOT), text.count("\n", 0, match.start()) + 2, match.group(1)


def compile_c(source, output, *flags):
    return subprocess.run(
        [*COMPILER, "-std=c11", "-Wall", "-Wextra", "-Werror", *flags, f"-I{ROOT}/include",
         "-x", "c", "-", "-o", output],
        input=source, capture_output=True, text=True)


class Docs(unittest.TestCase):
    def test_every_program_and_fragment_compiles(self):
        found = 0
        with tempfile.TemporaryDirectory() as folder:
            for path, line, text in blocks():
                with self.subTest(f"{path}:{line}"):
                    found += 1
                    is_program = "int main(" in text
                    source = text if is_program else FRAGMENT_HEAD + text
                    flags = [] if is_program else ["-Wno-unused-function"]
                    result = compile_c(source, f"{folder}/x.o", "-c", *flags)
                    self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(found, 5)

    def test_programs_without_a_server_run(self):
        ran = 0
        with tempfile.TemporaryDirectory() as folder:
            for path, line, text in blocks():
                if "int main(void)" not in text:
                    continue
                with self.subTest(f"{path}:{line}"):
                    ran += 1
                    result = compile_c(text, f"{folder}/x", f"-L{BUILD}/src", f"-Wl,-rpath,{BUILD}/src",
                                       "-Wl,--no-as-needed", *shlex.split(os.environ["BOCATA_LDFLAGS"]),
                                       "-lbocata", "-lbocata-session", "-ljansson")
                    self.assertEqual(result.returncode, 0, result.stderr)
                    result = subprocess.run(program.command(f"{folder}/x"), capture_output=True, text=True,
                                            env={**os.environ, "SECRET_KEY": "x" * 40})
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    if "bocata_config_list" in text:
                        self.assertEqual(result.stdout, "app: 1 hosts, the first localhost; debug 0; 2 workers\n")
                    if "add_header" in text:
                        self.assertRegex(result.stdout, r"Set-Cookie: session=[^;]+; path=/; Max-Age=1209600; "
                                                        r"httponly; samesite=lax\r?\n")
        self.assertEqual(ran, 4)

    def test_relative_links_lead_somewhere(self):
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
                with self.subTest(f"{path.name}: {target}"):
                    self.assertTrue((path.parent / target).exists())


if __name__ == "__main__":
    tap.main()
