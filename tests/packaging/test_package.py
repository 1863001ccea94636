"""What is installed: names, files, pkg-config; and that an application builds from it."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import tap

ROOT = pathlib.Path(os.environ["BOCATA_ROOT"])
BUILD = pathlib.Path(os.environ["BOCATA_BUILD"])
COMPILER = shlex.split(os.environ["BOCATA_CC"])


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def globals_of(*command):
    """Names that nm lists as defined."""
    return {line.split()[-1] for line in run("nm", *command).splitlines() if len(line.split()) == 3}


class Symbols(unittest.TestCase):
    def test_shared_libraries_export_only_bocata_names(self):
        for library, least in (("bocata-session", 40), ("bocata", 60)):
            with self.subTest(library):
                names = globals_of("-D", "--defined-only", f"{BUILD}/src/lib{library}.so")
                self.assertGreater(len(names), least)
                self.assertEqual({name for name in names if not name.startswith("bocata_")}, set())

    def test_no_internal_name_is_exported(self):
        declared = subprocess.run(["grep", "-rhoE", r"\bbocata_[a-z0-9_]+\(", f"{ROOT}/include"],
                                  capture_output=True, text=True).stdout.replace("(", "").split()
        for library in ("bocata-session", "bocata"):
            with self.subTest(library):
                names = globals_of("-D", "--defined-only", f"{BUILD}/src/lib{library}.so")
                self.assertEqual(names - set(declared), set())

    def test_static_libraries_define_only_bocata_names(self):
        """llhttp keeps its own names where it is compiled in."""
        for library in ("bocata-session", "bocata"):
            with self.subTest(library):
                names = globals_of("-g", "--defined-only", f"{BUILD}/src/lib{library}.a")
                strange = {name for name in names if not name.startswith(("bocata_", "llhttp_", "__", "_"))}
                self.assertEqual(strange, set())

    def test_the_session_library_needs_no_server(self):
        needed = run("readelf", "-d", f"{BUILD}/src/libbocata-session.so")
        for library in ("libuv", "libssl", "libpthread", "llhttp"):
            self.assertNotIn(library, needed)


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = pathlib.Path(cls.folder.name) / "prefix"
        build = pathlib.Path(cls.folder.name) / "build"
        run("meson", "setup", str(build), str(ROOT), f"--prefix={cls.prefix}", "-Doptimization=0",
            env={**os.environ, "CC": os.environ["BOCATA_CC"]})
        run("meson", "install", "-C", str(build))
        cls.environment = {**os.environ, "PKG_CONFIG_PATH": f"{cls.prefix}/lib/pkgconfig",
                           "LD_LIBRARY_PATH": f"{cls.prefix}/lib"}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def flags(self, *arguments):
        return shlex.split(run("pkg-config", *arguments, env=self.environment))

    def build_and_run(self, source, package, *static):
        output = f"{self.folder.name}/program"
        run(*COMPILER, source, "-o", output, *self.flags("--cflags", *static, package),
            *self.flags("--libs", *static, package))
        run(output, env={**self.environment, "SECRET_KEY": "x" * 40})

    def test_an_application_builds_against_the_installed_framework(self):
        self.build_and_run(f"{ROOT}/tests/packaging/header_c99.c", "bocata")

    def test_the_session_library_is_enough_for_a_server_of_ones_own(self):
        source = pathlib.Path(self.folder.name) / "heart.c"
        source.write_text("#include <bocata/session.h>\n"
                          "int main(void) { bocata_session_settings s = {.from_env = true}; bocata_sessions *o;\n"
                          "  if (bocata_sessions_open(&s, &o, NULL)) return 1; bocata_sessions_close(o); return 0; }\n")
        self.build_and_run(str(source), "bocata-session")
        self.assertNotIn("-lbocata", self.flags("--libs", "bocata-session"))

    def test_static_libraries_link(self):
        output = f"{self.folder.name}/static"
        flags = self.flags("--cflags", "--libs", "--static", "bocata")
        archives = [f"{self.prefix}/lib/lib{flag[2:]}.a" if flag in ("-lbocata", "-lbocata-session") else flag
                    for flag in flags]
        run(*COMPILER, f"{ROOT}/tests/packaging/header_c99.c", "-o", output, *archives)
        run(output, env={**os.environ, "LD_LIBRARY_PATH": ""})

    def test_the_version_is_the_same_everywhere(self):
        version = re.search(r"^ +version: '(.*)',$", (ROOT / "meson.build").read_text(), re.MULTILINE).group(1)
        self.assertEqual(run(f"{self.prefix}/bin/bocata", "--version", env=self.environment), f"bocata {version}\n")
        self.assertIn(f'#define BOCATA_VERSION "{version}"', (ROOT / "include/bocata/version.h").read_text())
        self.assertIn(f"bocata {version}", (ROOT / "man/bocata.1").read_text())
        for package in ("bocata", "bocata-session"):
            self.assertEqual(run("pkg-config", "--modversion", package, env=self.environment), f"{version}\n")

    def test_headers_are_there(self):
        public = {path.relative_to(ROOT / "include") for path in (ROOT / "include").rglob("*.h")}
        installed = {path.relative_to(self.prefix / "include") for path in (self.prefix / "include").rglob("*.h")}
        self.assertEqual(public, installed)


if __name__ == "__main__":
    tap.main()
