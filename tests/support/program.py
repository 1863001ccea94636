"""Starting the project's own programs from Python tests, under valgrind where scripts/test asks for it."""

import os
import shlex


def command(*arguments):
    """The arguments of a program of ours, with the wrapper of this test run before them."""
    return [*shlex.split(os.environ.get("BOCATA_WRAPPER", "")), *arguments]
