"""A server under measurement, as a process on a core of its own."""

import contextlib
import glob
import http.client
import os
import re
import socket
import subprocess
import sys
import time

SERVER_CORE, CLIENT_CORE = 0, 1
SECRET = "a benchmark's key of more than thirty-two bytes"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, (path, answer.status, body)
    return answer, body


class Server:
    """Starts the command, `{port}` in it replaced, and waits until it takes connections."""

    def __init__(self, name, command):
        self.name = name
        self.port = free_port()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *[part.format(port=self.port) for part in command]],
            env={**os.environ, "SECRET_KEY": SECRET, "PORT": str(self.port)}, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                sys.exit(f"bench: {name} does not serve")
            time.sleep(0.02)

    def cpu_s(self):
        """What its threads have used, user and system, in the scheduler's nanoseconds."""
        used_ns = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path, encoding="ascii") as schedstat:
                used_ns += int(schedstat.read().split()[0])
        return used_ns / 1e9

    def rss(self):
        """Bytes of memory that are resident."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as smaps:
            return int(re.search(r"^Rss: +(\d+) kB$", smaps.read(), re.MULTILINE).group(1)) * 1024

    def cookies(self, path, count):
        """So many sessions that it gives there, as browsers would send them."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for _ in range(count):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            yield answer.getheader("Set-Cookie").split(";")[0]
        connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
