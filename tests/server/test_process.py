"""The server as a program: flags, addresses, signals, logs, the session's key."""

import os
import re
import resource
import signal
import shutil
import socket
import stat
import subprocess
import tempfile
import unittest

import wire
import tap

GET = b"GET /status/200 HTTP/1.1\r\nHost: a\r\n\r\n"
STRONG = "f3Kq8Zr1Wm6Xc9Tb4Hs7Jd2Np5Vg0Lya"  # of 32 bytes, none too many


class Flags(unittest.TestCase):
    def test_wrong_flags(self):
        for flags, sentence in [
                (["--prot", "1"], "--prot"),
                (["--port"], "--port takes a value."),
                (["--port", "x"], "--port takes a whole number from 0 to 65535, not 'x'."),
                (["--port", "65536"], "not '65536'."),
                (["--port", "-1"], "not '-1'."),
                (["--port", ""], "not ''."),
                (["--log-level", "loud"], "not 'loud'."),
                (["--timeout-body", "0"], "not '0'."),
                (["--timeout-body", "1s"], "not '1s'."),
                (["--timeout-body", "nan"], "not 'nan'."),
                (["--limit-request-body", "1.5"], "not '1.5'."),
                (["--uds", ""], "--uds takes a path"),
                (["--uds", "x" * 97], "1 to 96 bytes"),
                (["serve"], "'serve' is not expected"),
                (["--access-log=yes"], "--access-log=yes is no flag, or takes no value")]:
            with self.subTest(flags=flags):
                ended = wire.run(*flags)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertIn(sentence, ended.stderr)

    def test_help_names_every_flag(self):
        ended = wire.run("--help")
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        for flag in ["host", "port", "uds", "log-level", "access-log", "no-access-log", "env-file",
                     "allow-weak-secret", "timeout-keep-alive", "timeout-header", "timeout-body",
                     "timeout-write", "timeout-graceful-shutdown", "limit-request-line",
                     "limit-request-headers", "limit-request-body", "help", "version"]:
            self.assertRegex(ended.stdout, rf"(?m)^  --{flag} ")

    def test_version(self):
        self.assertRegex(wire.run("--version").stdout, r"^Bocata \d+\.\d+\.\d+\n$")


class Addresses(unittest.TestCase):
    def test_port_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            ended = wire.run("--port", str(port))
        self.assertEqual(ended.returncode, 1)
        self.assertIn(f"ERROR:    Cannot serve on 127.0.0.1:{port}: the port is already in use. Stop the "
                      "other program, or choose another with --port.", ended.stderr)

    def test_hosts_that_cannot_be_served(self):
        for host, sentence in [("203.0.113.1", "this machine does not have the address"),
                               ("no host", "Cannot serve on 'no host'")]:
            with self.subTest(host=host):
                ended = wire.run("--host", host, "--port", "0")
                self.assertEqual(ended.returncode, 1)
                self.assertIn(sentence, ended.stderr)

    def test_localhost_is_served_on_ipv4(self):
        with wire.Server("--host", "localhost") as server:
            self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)

    def test_ipv6(self):
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
            self.skipTest("this machine has no IPv6")
        with wire.Server("--host", "::1") as server:
            self.assertTrue(server.err.wait_for(r"http://\[::1\]:\d+ "))
            with socket.create_connection(("::1", server.port)) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                shown = wire.Reader(connection).next().json()
                self.assertEqual(shown["client"], "[::1]:%d" % connection.getsockname()[1])

    def test_uds(self):
        with wire.Server(uds=True) as server:
            self.assertTrue(server.err.wait_for("serving on unix:" + re.escape(server.path)))
            self.assertEqual(stat.S_IMODE(os.stat(server.path).st_mode), 0o666)
            self.assertEqual(os.listdir(server.folder.name), ["socket"])  # and no other name of it
            shown = server.talk(b"GET / HTTP/1.0\r\n\r\n")[0].json()
            self.assertEqual(shown["client"], "")
            server.signal()
            server.process.wait(wire.PATIENCE_S)
            self.assertEqual(os.listdir(server.folder.name), [])

    def test_uds_that_nobody_serves_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(path)  # closing leaves the file
            with wire.Server("--uds", path, uds=True) as server:
                server.path = path
                self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)

    def test_uds_of_the_next_server_is_left(self):
        with wire.Server(uds=True) as old:
            os.unlink(old.path)
            with wire.Server("--uds", old.path, uds=True) as new:
                new.path = old.path
                old.signal()
                self.assertEqual(old.process.wait(wire.PATIENCE_S), 0)
                self.assertEqual(new.talk(wire.COUNTS)[0].status, 200)

    def test_uds_of_the_longest_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x" * (95 - len(folder)))
            with wire.Server("--uds", path, uds=True) as server:
                server.path = path
                self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)

    def test_uds_in_use_or_no_socket_is_refused_and_left(self):
        with wire.Server(uds=True) as server:
            ended = wire.run("--uds", server.path)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("another program serves there", ended.stderr)
            self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)
        with tempfile.NamedTemporaryFile() as file:
            ended = wire.run("--uds", file.name)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("a file that is no socket", ended.stderr)
            self.assertTrue(os.path.exists(file.name))


class Signals(unittest.TestCase):
    def stop_with(self, number):
        server = wire.Server("--timeout-keep-alive", "600", "--timeout-header", "600",
                                "--timeout-graceful-shutdown", "600")
        self.addCleanup(server.process.kill)  # nothing, where it has ended
        idle = server.connect()
        idle.sendall(GET)
        reader = wire.Reader(idle)
        reader.next()
        fresh = server.connect()
        server.counts()  # so that both are known to the server
        server.signal(number)
        self.assertTrue(reader.at_end())
        self.assertEqual(fresh.recv(1), b"")
        self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)
        server.stop()
        idle.close()
        fresh.close()

    def test_idle_connections_are_closed(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            with self.subTest(number=number):
                self.stop_with(number)

    def test_requests_in_flight_are_answered(self):
        with wire.Server("--timeout-keep-alive", "600",
                            "--timeout-graceful-shutdown", "600") as server:
            half = server.connect()
            half.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
            slow = server.connect()
            slow.sendall(b"GET /big/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
            release = server.connect()
            release.sendall(b"POST /release HTTP/1.1\r\nHost: a\r\n")
            waiting = server.connect()
            waiting.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            server.until_count("waiting", 1)
            server.signal()
            server.err.wait_for("Shutting down")
            with self.assertRaises(OSError):
                server.connect()
            half.sendall(b"lo")
            release.sendall(b"\r\n")
            for connection, body in [(half, b"hello"), (release, b"1"), (waiting, b"released")]:
                responses = wire.parse(wire.receive_all(connection))
                self.assertEqual([(r.body, r.header("Connection")) for r in responses], [(body, "close")])
                connection.close()
            self.assertEqual(len(wire.parse(wire.receive_all(slow))[0].body), 20000000)
            slow.close()
            self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)

    def test_patience_has_an_end(self):
        with wire.Server("--timeout-graceful-shutdown", "0.2") as server:
            waiting = server.connect()
            waiting.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            late = server.connect()
            late.sendall(b"GET /wait/late HTTP/1.1\r\nHost: a\r\n\r\n")
            server.until_count("waiting", 2)
            server.signal()
            for connection in [waiting, late]:
                self.assertEqual(connection.recv(1), b"")
                connection.close()
            self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)
            self.assertIn("did not end in time", server.err.text())

    def test_second_signal_ends_at_once(self):
        with wire.Server() as server:
            waiting = server.connect()
            waiting.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            server.until_count("waiting", 1)
            server.signal(signal.SIGINT)
            server.err.wait_for("Shutting down")
            server.signal(signal.SIGINT)
            self.assertEqual(server.process.wait(wire.PATIENCE_S), 0)
            waiting.close()


class Logs(unittest.TestCase):
    def access_log(self, *flags, requests=GET, **more):
        with wire.Server(*flags, **more) as server:
            with server.connect() as connection:
                port = None if server.is_uds else connection.getsockname()[1]
                connection.sendall(requests)
                connection.shutdown(socket.SHUT_WR)
                wire.receive_all(connection)
            server.signal()
            server.process.wait(wire.PATIENCE_S)
            return port, server.out.text().splitlines()

    def test_lines(self):
        port, lines = self.access_log(
            requests=GET + b"POST /nope?a=\"b\\c HTTP/1.1\r\nHost: a\r\n\r\n" +
            b"HEAD /big/5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + b"GET  /\r\n\r\n")
        self.assertEqual(lines, [
            f'INFO:     127.0.0.1:{port} - "GET /status/200 HTTP/1.1" 200 OK',
            f'INFO:     127.0.0.1:{port} - "POST /nope?a=\\x22b\\x5cc HTTP/1.1" 404 Not Found',
            f'INFO:     127.0.0.1:{port} - "HEAD /big/5 HTTP/1.0" 200 OK',
            f'INFO:     127.0.0.1:{port} - "-" 400 Bad Request'])

    def test_line_over_uds_has_no_client(self):
        self.assertEqual(self.access_log(uds=True)[1], ['INFO:      - "GET /status/200 HTTP/1.1" 200 OK'])

    def test_lines_appear_while_it_serves(self):
        with wire.Server() as server:
            server.talk(wire.COUNTS)
            server.out.wait_for(r'"GET /counts HTTP/1.1" 200 OK')

    def test_switched_off(self):
        self.assertEqual(self.access_log("--no-access-log")[1], [])
        self.assertEqual(len(self.access_log("--no-access-log", "--access-log")[1]), 1)

    def test_levels(self):
        ended = wire.run("--log-level", "critical", "--host", "no host")
        self.assertEqual((ended.returncode, ended.stderr), (1, ""))

    def test_reader_of_the_log_that_is_gone_does_not_end_it(self):
        read_end, write_end = os.pipe()
        with wire.Server(stdout=write_end) as server:
            os.close(write_end)
            os.close(read_end)
            for _ in range(3):
                self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)


    def test_reader_of_the_log_that_stands_still_does_not_stop_the_server(self):
        """What it does not take is kept, and then dropped by whole lines, and counted."""
        count = 500
        for is_blocking in [True, False]:
            read_end, write_end = os.pipe()
            os.set_blocking(write_end, is_blocking)
            with self.subTest(is_blocking=is_blocking), wire.Server(stdout=write_end) as server, \
                    open(read_end, "rb", buffering=0) as log:
                os.close(write_end)
                for _ in range(16):
                    self.assertEqual(len(server.talk(GET * (count - 1) + wire.COUNTS)), count)
                os.set_blocking(read_end, False)
                text = b""

                def has_all():
                    nonlocal text
                    text += log.read(65536) or b""
                    return text.endswith(b" lines were dropped\n")
                wire.until(has_all, "a word on what was dropped")
                *lines, said = text.decode().splitlines()
                for line in lines:
                    self.assertRegex(line, r'^INFO:     [\d.:]+ - "GET /(status/200|counts) HTTP/1.1" 200 OK$')
                dropped = int(re.fullmatch(r"WARNING:  (\d+) lines were dropped", said).group(1))
                self.assertGreater(dropped, 0)
                self.assertEqual(len(lines) + dropped, 16 * count)
                server.talk(wire.COUNTS)
                text = b""
                wire.until(lambda: log.read(65536) or b"", "a line after the gap")


class Descriptors(unittest.TestCase):
    def test_standard_descriptors_that_are_closed(self):
        def close():
            os.close(0)
            os.close(1)
        with wire.Server(preexec=close) as server:
            self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)
            links = [os.readlink(f"/proc/{server.process.pid}/fd/{fd}") for fd in [0, 1]]
            self.assertEqual(links, ["/dev/null"] * 2)

    @unittest.skipIf("BOCATA_WRAPPER" in os.environ, "valgrind needs more descriptors itself")
    def test_none_for_the_loop(self):
        def limit():  # enough for the pipe without which libuv aborts by itself
            resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))
        ended = subprocess.run([wire.APP, "--port", "0"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               timeout=wire.PATIENCE_S, preexec_fn=limit,
                               env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # which needs some itself
        self.assertEqual((ended.returncode, ended.stderr),
                         (1, "ERROR:    The server cannot start: too many open files.\n"))


class SessionKey(unittest.TestCase):
    WEAK = "shorter than 32 bytes, and could be guessed"
    KNOWN = "changeme" * 5  # long enough, and what an attacker tries first

    def test_without_a_key_nothing_is_served(self):
        ended = wire.run("--port", "0", env={"WITH_SESSIONS": "1"})
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stderr, r"^ERROR:    .*secret_key")

    def test_weak_key_on_loopback_warns(self):
        for flags in [[], ["--host", "127.9.9.9"], ["--host", "localhost"]]:
            with self.subTest(flags=flags), wire.Server(*flags, env={"SECRET_KEY": "1234"}) as server:
                line = server.err.wait_for(self.WEAK).string
                self.assertTrue(line.startswith("WARNING:  ") and "bocata keygen" in line, line)
        with wire.Server(uds=True, env={"SECRET_KEY": "1234"}) as server:
            server.err.wait_for(self.WEAK)

    def test_known_key_on_loopback_warns(self):
        with wire.Server(env={"SECRET_KEY": self.KNOWN}) as server:
            line = server.err.wait_for("WARNING: .*and could be guessed").string
            self.assertIn("`secret_key`", line)
            self.assertNotIn("shorter", line)
            self.assertNotIn("changeme", line)

    def test_weak_key_on_a_public_address_is_refused(self):
        for host in ["0.0.0.0", "::"]:
            with self.subTest(host=host):
                ended = wire.run("--host", host, "--port", "0", env={"SECRET_KEY": "1234"})
                self.assertEqual(ended.returncode, 1)
                self.assertRegex(ended.stderr, rf"ERROR: .*{self.WEAK}.*bocata keygen.*--allow-weak-secret")

    def test_known_key_on_a_public_address_is_refused(self):
        ended = wire.run("--host", "0.0.0.0", "--port", "0", env={"SECRET_KEY": self.KNOWN})
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stderr, r"ERROR: .*and could be guessed.*--allow-weak-secret")
        self.assertNotIn("changeme", ended.stderr)

    def test_weak_key_that_is_allowed_still_warns(self):
        with wire.Server("--host", "0.0.0.0", "--allow-weak-secret", env={"SECRET_KEY": "1234"}) as server:
            server.err.wait_for("WARNING: .*" + self.WEAK)

    def test_strong_key_is_served_without_a_word(self):
        with wire.Server("--host", "0.0.0.0", env={"SECRET_KEY": STRONG}) as server:
            server.signal()
            server.process.wait(wire.PATIENCE_S)
            self.assertNotIn("WARNING", server.err.text())

    def test_https_only_warns_once(self):
        with wire.Server(env={"SECRET_KEY": STRONG, "HTTPS_ONLY": "1"}) as server:
            server.talk(wire.COUNTS)
            server.signal()
            server.process.wait(wire.PATIENCE_S)
            self.assertEqual(server.err.text().count("https_only"), 1)


class EnvFile(unittest.TestCase):
    def test_variables_are_there_before_the_application_s_code(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("# a comment\nSECRET_KEY = '%s'\n" % STRONG)
            file.flush()
            with wire.Server("--env-file", file.name, env={"WITH_SESSIONS": "1"}) as server:
                self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)

    def test_environment_wins(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("SECRET_KEY=%s\n" % STRONG)
            file.flush()
            with wire.Server("--env-file", file.name, env={"SECRET_KEY": "1234"}) as server:
                server.err.wait_for("WARNING: .*shorter")

    def test_inherited_mark_does_not_switch_it_off(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("SECRET_KEY=%s\n" % STRONG)
            file.flush()
            with wire.Server("--env-file", file.name,
                             env={"WITH_SESSIONS": "1", "BOCATA_ENV_FILE_IS_LOADED": "1"}) as server:
                self.assertEqual(server.talk(wire.COUNTS)[0].status, 200)

    @unittest.skipIf("BOCATA_WRAPPER" in os.environ, "valgrind does not follow a program without a name")
    def test_program_whose_file_was_removed(self):
        with tempfile.NamedTemporaryFile("w") as file, tempfile.TemporaryDirectory() as folder:
            file.write("SECRET_KEY=1234\n")
            file.flush()
            program = shutil.copy(wire.APP, folder)
            descriptor = os.open(program, os.O_RDONLY)
            os.unlink(program)
            ended = subprocess.run(
                ["app", "--env-file", file.name, "--host", "0.0.0.0", "--port", "0"],
                executable=f"/proc/self/fd/{descriptor}", pass_fds=[descriptor], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=wire.PATIENCE_S, env={
                    **os.environ, "LD_LIBRARY_PATH": os.path.join(os.environ["BOCATA_BUILD"], "src")})
            os.close(descriptor)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("shorter than 32 bytes", ended.stderr)  # so it saw the file's key

    def test_missing_file(self):
        ended = wire.run("--env-file", "/no/such/file", "--port", "0")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("ERROR:    --env-file /no/such/file: No such file or directory.", ended.stderr)


if __name__ == "__main__":
    tap.main()
