"""A served program of ours, on a free port, ended by its process id."""

import os
import re
import signal
import subprocess
import tempfile
import time

import program

SECRET = "a secret of more than thirty-two bytes, for tests"
PATIENCE_S = 60  # valgrind on a busy machine


def wait_until(condition, what):
    """Polls until the condition holds, and returns what it returned."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"timed out waiting for {what}")
        time.sleep(0.005)


class Served:
    """Starts `executable` with --port 0 (or what `flags` say), and waits until it serves.

    As a context manager it must end with exit status 0 after SIGTERM.
    """

    def __init__(self, executable, *flags, env=None, secret=SECRET):
        self.output = tempfile.TemporaryFile("w+", encoding="utf-8")  # stdout: the access log
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # stderr: everything else
        environment = {**os.environ, **(env or {})}
        if secret is not None:
            environment["SECRET_KEY"] = secret
        address = [] if any(flag in ("--port", "--uds") for flag in flags) else ["--port", "0"]
        self.process = subprocess.Popen(program.command(executable, *address, *flags), stdin=subprocess.DEVNULL,
                                        stdout=self.output, stderr=self.errors, env=environment)
        try:
            self.url = wait_until(self.address, "the server's address")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        match = re.fullmatch(r"http://(\[.*\]|[^:]*):(\d+)", self.url)
        self.host, self.port = (match.group(1).strip("[]"), int(match.group(2))) if match else (self.url, None)

    def address(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}: {self.log()}")
        match = re.search(r"serving on (\S+)", self.log())
        return match and match.group(1)

    def log(self):
        """Everything on standard error so far."""
        return os.pread(self.errors.fileno(), 1 << 24, 0).decode("utf-8", "replace")

    def access_log(self):
        """Everything on standard output so far."""
        return os.pread(self.output.fileno(), 1 << 24, 0).decode("utf-8", "replace")

    def stop(self, signal_number=signal.SIGTERM):
        """Sends the signal, and returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        status = self.stop()
        if kind is None and status != 0:
            raise AssertionError(f"exit status {status}: {self.log()}")
        self.output.close()
        self.errors.close()
