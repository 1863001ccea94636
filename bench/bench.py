"""CPU time per request: ours, the barest libuv and llhttp server, and Starlette, in one run.

Each server is pinned to one core and wrk to another. What is measured is the server's own user and system time over the
requests it answered, which other programs on the machine disturb far less than requests per second. The contenders
take turns, and the medians of all rounds are compared.
"""

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys

from serving import CLIENT_CORE, Server, get

# path, what it is compared with, and the ratio to reach
GOALS = [
    (("bocata", "/plain"), ("bare", "/plain"), 1.15),
    (("bocata", "/peek"), ("bocata", "/plain"), 1.25),
    (("bocata", "/visits"), ("bocata", "/plain"), 1.5),
    (("bocata", "/plain"), ("starlette", "/plain"), 1 / 6),
    (("bocata", "/peek"), ("starlette", "/peek"), 1 / 6),
    (("bocata", "/visits"), ("starlette", "/visits"), 1 / 6),
]


def measure(server, path, seconds):
    """Microseconds of CPU time per request, and requests per second."""
    headers = [] if path == "/plain" else ["-H", f"Cookie: {next(server.cookies('/unseen-todos', 1))}"]
    before = server.cpu_s()
    report = subprocess.run(
        ["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", "-c64", f"-d{seconds}s", *headers,
         f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True).stdout
    used = server.cpu_s() - before
    if "Non-2xx" in report:
        sys.exit(f"bench: {server.name} {path} failed:\n{report}")
    requests = int(re.search(r"(\d+) requests in", report).group(1))
    return used / requests * 1e6, float(re.search(r"Requests/sec: +([\d.]+)", report).group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--without-peers", action="store_true")
    options = parser.parse_args()

    here = os.path.dirname(os.path.abspath(__file__))
    commands = {
        "bare": [f"{options.build}/bench/bench-bare", "{port}"],
        "bocata": [f"{options.build}/examples/todos", "--port", "{port}", "--no-access-log",
                   "--log-level", "error"],
        "starlette": ["/usr/bin/python3", f"{here}/peers/starlette_todos.py"],
    }
    if options.without_peers:
        del commands["starlette"]
    cases = [("bare", "/plain")]
    cases += [(name, path) for name in commands if name != "bare" for path in ("/plain", "/peek", "/visits")]
    samples = {case: [] for case in cases}
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, command in commands.items():
            servers[name] = stack.enter_context(Server(name, command))
        bodies = {name: get(server.port, "/plain")[1] for name, server in servers.items()}
        assert len(set(bodies.values())) == 1, f"/plain differs: {bodies}"
        for round_number in range(options.rounds):
            for name, path in cases:
                samples[name, path].append(measure(servers[name], path, options.seconds))
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
