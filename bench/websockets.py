"""WebSockets beside the barest libuv server, npm's ws and python3-websockets, in one run: memory of idle ones, CPU time
of messages.

Each server is pinned to one core and the load (websocket_load.c) to another. For memory each case has a new server
process. For messages the contenders take turns, each over new connections, and the medians of all rounds are compared.
"""

import argparse
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from serving import CLIENT_CORE, Server

IDLE_SOCKETS = 10000
OTHER_FILES = 100
LOGIN = "/login?name=ann"

MESSAGES = {
    "echo 64 B": ["echo", "--path", "/echo", "--sockets", "32", "--size", "64"],
    "echo 64 B, 16 in flight": ["echo", "--path", "/echo", "--sockets", "32", "--size", "64", "--in-flight", "16"],
    "echo 64 KB": ["echo", "--path", "/echo", "--sockets", "32", "--size", "65536"],
    "broadcast 64 B to 1,000": ["broadcast", "--path", "/broadcast", "--sockets", "1000", "--size", "64"],
}
# of the CPU time of ws, and of an idle WebSocket's bytes: in all, and beyond those of an idle HTTP connection
CPU_GOALS = [("echo 64 B", 1 / 3), ("echo 64 KB", 1 / 3)]
SOCKET_GOAL, BEYOND_HTTP_GOAL = 4096, 2048


class Load:
    """Clients of a server, their connections open, each with a session of its own of those in the file `cookies`. They go on
    where they are told to, and close at the end."""

    def __init__(self, program, server, cookies, *arguments):
        self.what = f"{server.name} {' '.join(arguments)}"
        self.process = subprocess.Popen(
            ["taskset", "-c", str(CLIENT_CORE), program, "--port", str(server.port), "--cookies", cookies, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.expect("ready")

    def expect(self, word):
        """The rest of the next line, which must begin so."""
        line = self.process.stdout.readline()
        if not line.startswith(word):
            self.process.kill()
            sys.exit(f"bench: {self.what} failed")
        return line[len(word):]

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.expect("done")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.stdin.close()
        if self.process.wait(60) != 0 and kind is None:
            sys.exit(f"bench: {self.what} failed")


def raise_file_limit():
    needed = IDLE_SOCKETS + OTHER_FILES
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < needed:
        sys.exit(f"bench: {IDLE_SOCKETS} sockets need {needed} open files, and the hard limit (ulimit -Hn) is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def idle_bytes(program, server, cookies, *arguments):
    """Resident bytes of a connection. One was there before, so that the code is in memory."""
    with Load(program, server, cookies, *arguments) as load:
        load.go()
    before = server.rss()
    with Load(program, server, cookies, *arguments, "--sockets", str(IDLE_SOCKETS)) as load:
        used = server.rss() - before
        load.go()
    return used / IDLE_SOCKETS


def message_cost(program, server, cookies, *arguments):
    """Microseconds of CPU time of each message that came back, and messages per second."""
    with Load(program, server, cookies, *arguments) as load:
        cpu_before, before = server.cpu_s(), time.monotonic()
        messages = int(load.go())
        used, passed = server.cpu_s() - cpu_before, time.monotonic() - before
    return used / messages * 1e6, messages / passed


def judge(what, measured, goal):
    print(f"{what}: {measured:.3f}, to reach {goal:.3f}: {'yes' if measured <= goal else 'NO'}")
    return measured <= goal


def measure_memory(program, commands, cookies):
    cases = [("bocata HTTP", "bocata", ["http-idle", "--path", LOGIN])]
    cases += [(f"{name} WebSocket", name, ["idle", "--path", "/echo"]) for name in commands if name != "bare"]
    used = {}
    print(f"{'idle, with a session cookie':32}{'bytes each':>12}")
    for case, name, arguments in cases:
        with Server(name, commands[name]) as server:
            used[case] = idle_bytes(program, server, cookies, *arguments)
        print(f"{case:32}{used[case]:12.0f}")
    return [judge("bytes of an idle WebSocket", used["bocata WebSocket"], SOCKET_GOAL),
            judge("bytes of it beyond idle HTTP", used["bocata WebSocket"] - used["bocata HTTP"], BEYOND_HTTP_GOAL)]


def measure_messages(program, commands, cookies, rounds, seconds):
    samples = {(case, name): [] for case in MESSAGES for name in commands
               if name != "bare" or case.startswith("echo")}
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(Server(name, command)) for name, command in commands.items()}
        for round_number in range(rounds):
            for (case, name), rows in samples.items():
                rows.append(message_cost(program, servers[name], cookies, *MESSAGES[case], "--seconds", str(seconds)))
            print(f"round {round_number + 1} of {rounds}", file=sys.stderr)

    cpu = {key: statistics.median(row[0] for row in rows) for key, rows in samples.items()}
    print(f"{'':44}{'CPU us/message':>16}{'lowest':>9}{'highest':>9}{'messages/s':>12}")
    for (case, name), rows in samples.items():
        print(f"{case + ' ' + name:44}{cpu[case, name]:16.2f}{min(row[0] for row in rows):9.2f}"
              f"{max(row[0] for row in rows):9.2f}{statistics.median(row[1] for row in rows):12.0f}")
    if "ws" not in commands:
        return []
    for case, _ in CPU_GOALS:
        print(f"for comparison, {case} bare / ws: {cpu[case, 'bare'] / cpu[case, 'ws']:.3f}")
    return [judge(f"{case} bocata / ws", cpu[case, "bocata"] / cpu[case, "ws"], goal) for case, goal in CPU_GOALS]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--without-peers", action="store_true")
    options = parser.parse_args()

    here = os.path.dirname(os.path.abspath(__file__))
    program = f"{options.build}/bench/websocket-load"
    commands = {
        "bocata": [f"{options.build}/examples/echo", "--port", "{port}", "--no-access-log", "--log-level", "error",
                   "--timeout-keep-alive", "600"],
        "bare": [f"{options.build}/bench/bench-websocket-bare", "{port}"],
        "ws": ["node", f"{here}/peers/websocket_ws.mjs"],
        "websockets": ["/usr/bin/python3", f"{here}/peers/websocket_websockets.py"],
    }
    if options.without_peers:
        del commands["ws"], commands["websockets"]
    raise_file_limit()
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as cookies:
        with Server("bocata", commands["bocata"]) as server:
            cookies.writelines(f"{cookie}\n" for cookie in server.cookies(LOGIN, IDLE_SOCKETS))
        cookies.flush()
        reached = measure_memory(program, commands, cookies.name)
        reached += measure_messages(program, commands, cookies.name, options.rounds, options.seconds)
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
