"""CPU time per request: ours, the barest libuv and llhttp server, and Starlette, in one run.

Each server is pinned to one core and wrk to another. What is measured is the server's own user and system time over the
requests it answered, which other programs on the machine disturb far less than requests per second. The contenders
take turns, and the medians of all rounds are compared.
"""

import argparse
import contextlib
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, CLIENT_CORE = 0, 1
SECRET = "a benchmark's key of more than thirty-two bytes"

# path, what it is compared with, and the ratio to reach
GOALS = [
    (("bocata", "/plain"), ("bare", "/plain"), 1.15),
    (("bocata", "/peek"), ("bocata", "/plain"), 1.25),
    (("bocata", "/visits"), ("bocata", "/plain"), 1.5),
    (("bocata", "/plain"), ("starlette", "/plain"), 1 / 6),
    (("bocata", "/peek"), ("starlette", "/peek"), 1 / 6),
    (("bocata", "/visits"), ("starlette", "/visits"), 1 / 6),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path, cookie=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, (path, answer.status, body)
    return answer, body


class Server:
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
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cookie(self):
        header = get(self.port, "/unseen-todos")[0].getheader("Set-Cookie")
        return header.split(";")[0]

    def measure(self, path, seconds):
        """Microseconds of CPU time per request, and requests per second."""
        headers = [] if path == "/plain" else ["-H", f"Cookie: {self.cookie()}"]
        before = self.cpu_s()
        report = subprocess.run(
            ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", "-c64", f"-d{seconds}s", *headers,
             f"http://127.0.0.1:{self.port}{path}"], capture_output=True, text=True, check=True).stdout
        used = self.cpu_s() - before
        if "Non-2xx" in report:
            sys.exit(f"bench: {self.name} {path} failed:\n{report}")
        requests = int(re.search(r"(\d+) requests in", report).group(1))
        return used / requests * 1e6, float(re.search(r"Requests/sec: +([\d.]+)", report).group(1))

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--without-starlette", action="store_true")
    options = parser.parse_args()

    here = os.path.dirname(os.path.abspath(__file__))
    commands = {
        "bare": [f"{options.build}/bench/bench-bare", "{port}"],
        "bocata": [f"{options.build}/examples/todos", "--port", "{port}", "--no-access-log",
                   "--log-level", "error"],
        "starlette": ["/usr/bin/python3", f"{here}/peers/starlette_todos.py"],
    }
    if options.without_starlette:
        del commands["starlette"]
    cases = [("bare", "/plain")]
    cases += [(name, path) for name in commands if name != "bare" for path in ("/plain", "/peek", "/visits")]
    samples = {case: [] for case in cases}
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, command in commands.items():
            servers[name] = Server(name, command)
            stack.callback(servers[name].stop)
        bodies = {name: get(server.port, "/plain")[1] for name, server in servers.items()}
        assert len(set(bodies.values())) == 1, f"/plain differs: {bodies}"
        for round_number in range(options.rounds):
            for name, path in cases:
                samples[name, path].append(servers[name].measure(path, options.seconds))
            print(f"round {round_number + 1} of {options.rounds}", file=sys.stderr)

    cpu = {case: statistics.median(sample[0] for sample in rows) for case, rows in samples.items()}
    print(f"{'':24}{'CPU us/request':>16}{'lowest':>9}{'highest':>9}{'requests/s':>12}")
    for (name, path), rows in samples.items():
        print(f"{name + ' ' + path:24}{cpu[name, path]:16.2f}{min(row[0] for row in rows):9.2f}"
              f"{max(row[0] for row in rows):9.2f}{statistics.median(row[1] for row in rows):12.0f}")
    if ("starlette", "/plain") in cpu:
        print("for comparison, bare /plain / starlette /plain: "
              f"{cpu['bare', '/plain'] / cpu['starlette', '/plain']:.3f}")
    reached = True
    for ours, theirs, limit in GOALS:
        if theirs not in cpu:
            continue
        ratio = cpu[ours] / cpu[theirs]
        reached = reached and ratio <= limit
        print(f"{' '.join(ours)} / {' '.join(theirs)}: {ratio:.3f}, to reach {limit:.3f}: "
              f"{'yes' if ratio <= limit else 'NO'}")
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
