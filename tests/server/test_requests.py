"""What a request is answered with: forms of the target, methods, versions, limits, expectations."""

import time
import unittest

import wire
import tap

CLOSE = b"Connection: close\r\n"


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = wire.Server("--limit-request-line", "100", "--limit-request-headers", "2000",
                                    "--limit-request-body", "1000")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, line, headers=b"Host: a\r\n" + CLOSE, body=b"", heads=()):
        responses = self.server.talk(line + b"\r\n" + headers + b"\r\n" + body, heads=heads)
        self.assertEqual(len(responses), 1, responses)
        return responses[0]

    # ---- what the application is given

    def test_request_is_shown_as_sent(self):
        shown = self.ask(b"GET /?a=1&b=%20 HTTP/1.1", b"Host: a:1\r\nX-One:  1 \t\r\nx-two:\r\n" + CLOSE).json()
        self.assertEqual(shown["method"], "GET")
        self.assertEqual(shown["target"], "/?a=1&b=%20")
        self.assertEqual(shown["host"], "a:1")
        self.assertEqual(shown["scheme"], "http")
        self.assertEqual(shown["headers"], [["Host", "a:1"], ["X-One", "1"], ["x-two", ""],
                                            ["Connection", "close"]])

    def test_client_is_its_address(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            shown = wire.Reader(connection).next().json()
            self.assertEqual(shown["client"], "127.0.0.1:%d" % connection.getsockname()[1])

    def test_body_is_shown(self):
        shown = self.ask(b"POST / HTTP/1.1", b"Host: a\r\nContent-Length: 5\r\n" + CLOSE, b"hello").json()
        self.assertEqual(shown["body"], "hello")

    def test_absolute_form(self):
        for target, host, path in [(b"http://b/c?d", "b", "/c?d"), (b"http://b", "b", "/"),
                                   (b"HTTP://b:80/", "b:80", "/"), (b"https://[::1]:1/x", "[::1]:1", "/x"),
                                   (b"http://b?d=/", "b", "/?d=/")]:
            with self.subTest(target=target):
                # The last route that could answer "/c" is none: the error's path tells what was asked.
                response = self.ask(b"GET " + target + b" HTTP/1.1")
                if path.split("?")[0] == "/":
                    self.assertEqual((response.json()["host"], response.json()["target"]), (host, path))
                else:
                    self.assertEqual(response.status, 404)

    def test_absolute_form_gives_a_host_to_http_1_0(self):
        shown = self.ask(b"GET http://b/ HTTP/1.0", b"").json()
        self.assertEqual(shown["host"], "b")

    def test_options_of_the_server(self):
        for target in [b"*", b"http://a"]:
            with self.subTest(target=target):
                self.assertEqual(self.ask(b"OPTIONS " + target + b" HTTP/1.1").status, 204)

    # ---- versions

    def test_http_1_0_closes(self):
        response = self.ask(b"GET / HTTP/1.0", b"")
        self.assertEqual((response.status, response.header("Connection")), (200, "close"))

    def test_http_1_0_keep_alive(self):
        responses = self.server.talk(b"GET /status/200 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
                                     b"GET /status/201 HTTP/1.0\r\n\r\n"
                                     b"GET /smuggled HTTP/1.0\r\n\r\n")
        self.assertEqual([(r.status, r.header("Connection")) for r in responses],
                         [(200, "keep-alive"), (201, "close")])

    def test_close_is_kept_whatever_stands_beside_it(self):
        for value in [b"close", b"Close", b"keep-alive, close", b"close, keep-alive", b"x, close"]:
            for version in [b"1.0", b"1.1"]:
                with self.subTest(value=value, version=version):
                    responses = self.server.talk(
                        b"GET /status/200 HTTP/" + version + b"\r\nHost: a\r\nConnection: " + value +
                        b"\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                    self.assertEqual([r.status for r in responses], [200])

    # ---- what is answered

    def test_head_is_a_get_without_its_body(self):
        get = self.ask(b"GET /big/100 HTTP/1.1")
        head = self.ask(b"HEAD /big/100 HTTP/1.1", heads=[0])
        names = [name for name, _ in get.headers]
        self.assertEqual([name for name, _ in head.headers], names)
        self.assertEqual(head.header("Content-Length"), "100")
        self.assertEqual(head.body, b"")

    def test_head_of_a_long_body(self):
        head = self.ask(b"HEAD /big/1000000 HTTP/1.1", heads=[0])
        self.assertEqual(head.header("Content-Length"), "1000000")

    def test_statuses_without_a_body(self):
        for status in [204, 304]:
            with self.subTest(status=status):
                response = self.ask(b"GET /status/%d HTTP/1.1" % status)
                self.assertEqual((response.status, response.header("Content-Length"), response.body),
                                 (status, None, b""))

    def test_date_of_now(self):
        before = int(time.time())
        date = self.ask(b"GET / HTTP/1.1").header("Date")
        stamp = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        self.assertTrue(before - 1 <= stamp <= time.time() + 1, date)

    def test_error_of_a_bad_head_has_a_date_and_a_reason(self):
        response = self.ask(b"GET  / HTTP/1.1")
        self.assertIsNotNone(response.header("Date"))
        self.assertEqual(response.json()["error"], "400 Bad Request")
        self.assertIn("one space", response.json()["detail"])

    def test_no_server_header(self):
        self.assertIsNone(self.ask(b"GET / HTTP/1.1").header("Server"))

    # ---- limits: the last that passes, the first that does not

    def test_request_line(self):
        for length, status in [(100, 404), (101, 414)]:
            with self.subTest(length=length):
                line = b"GET /" + b"x" * (length - len("GET / HTTP/1.1")) + b" HTTP/1.1"
                self.assertEqual(self.ask(line).status, status)

    def test_endless_request_line_is_refused_early(self):
        self.assertEqual([r.status for r in self.server.talk(b"GET /" + b"x" * 96)], [414])

    def test_headers_len(self):
        first = b"Host: a\r\n" + CLOSE
        for length, status in [(2000, 200), (2001, 431)]:
            with self.subTest(length=length):
                filler = b"X: " + b"y" * (length - len(first) - 5) + b"\r\n"
                self.assertEqual(self.ask(b"GET / HTTP/1.1", first + filler).status, status)

    def test_headers_len_over_many_lines(self):
        self.assertEqual(self.ask(b"GET / HTTP/1.1", b"Host: a\r\nConnection: close\r\n" + b"XXXXXXXX: yyyyyyyy\r\n" * 97).status,
                         200)  # 1968 bytes
        self.assertEqual(self.ask(b"GET / HTTP/1.1", b"Host: a\r\n" + b"XXXXXXXX: yyyyyyyyyyyyy\r\n" * 90).status,
                         431)

    def test_header_count(self):
        for count, status in [(100, 200), (101, 431)]:
            with self.subTest(count=count):
                headers = b"Host: a\r\n" + CLOSE + b"X: y\r\n" * (count - 2)
                self.assertEqual(self.ask(b"GET / HTTP/1.1", headers).status, status)

    def test_body_of_stated_length(self):
        for length, status in [(1000, 200), (1001, 413)]:
            with self.subTest(length=length):
                headers = b"Host: a\r\nContent-Length: %d\r\n" % length + CLOSE
                self.assertEqual(self.ask(b"POST /echo HTTP/1.1", headers, b"x" * length).status, status)

    def test_body_in_chunks(self):
        headers = b"Host: a\r\nTransfer-Encoding: chunked\r\n" + CLOSE
        for length, status in [(1000, 200), (1001, 413)]:
            with self.subTest(length=length):
                body = b"".join(b"1\r\nx\r\n" for _ in range(length)) + b"0\r\n\r\n"
                response = self.ask(b"POST /echo HTTP/1.1", headers, body)
                self.assertEqual(response.status, status)
                if status == 200:
                    self.assertEqual(response.body, b"x" * length)
                else:  # no handler takes a body that is cut short for the whole
                    self.assertEqual(response.json()["body length"], 0)

    def test_too_large_a_body_reaches_the_application_s_handler(self):
        response = self.ask(b"POST /echo HTTP/1.1", b"Host: a\r\nContent-Length: 1001\r\n")
        self.assertIn("larger than", response.json()["seen by the application"])
        self.assertEqual((response.header("X-After"), response.header("Connection")), ("yes", "close"))

    def test_chunk_extensions(self):
        headers = b"Host: a\r\nTransfer-Encoding: chunked\r\n" + CLOSE
        for length, status in [(1900, 200), (2100, 400)]:
            with self.subTest(length=length):
                body = b"5;" + b"x" * length + b"\r\nhello\r\n0\r\n\r\n"
                self.assertEqual(self.ask(b"POST /echo HTTP/1.1", headers, body).status, status)

    def test_chunk_extension_that_never_ends(self):
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertEqual([r.status for r in self.server.talk(head + b"5;" + b"x" * 2100)], [400])

    def test_trailers(self):
        headers = b"Host: a\r\nTransfer-Encoding: chunked\r\n" + CLOSE
        for length, status in [(1900, 200), (2100, 431)]:
            with self.subTest(length=length):
                body = b"0\r\nX: " + b"x" * length + b"\r\n\r\n"
                self.assertEqual(self.ask(b"POST /echo HTTP/1.1", headers, body).status, status)

    # ---- expectations

    def test_continue_is_said_before_the_body_is_sent(self):
        with self.server.connect() as connection:
            reader = wire.Reader(connection)
            for expectation in [b"100-continue", b"100-Continue"]:
                connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: " +
                                   expectation + b"\r\n\r\n")
                self.assertEqual(reader.next().status, 100)
                connection.sendall(b"hello")
                response = reader.next()
                self.assertEqual((response.status, response.body), (200, b"hello"))

    def test_continue_is_not_said(self):
        expect = b"Host: a\r\nExpect: 100-continue\r\n" + CLOSE
        for intent, line, headers, body in [
                ("the body is here", b"POST /echo HTTP/1.1", b"Content-Length: 5\r\n", b"hello"),
                ("there is no body", b"GET / HTTP/1.1", b"", b""),
                ("HTTP/1.0 knows none", b"POST /echo HTTP/1.0", b"Content-Length: 5\r\n", b"hello")]:
            with self.subTest(intent):
                self.assertEqual(self.ask(line, expect + headers, body).status, 200)

    def test_too_large_a_body_is_refused_and_not_continued(self):
        response = self.ask(b"POST /echo HTTP/1.1", b"Host: a\r\nExpect: 100-continue\r\n"
                            b"Content-Length: 1001\r\n")
        self.assertEqual(response.status, 413)

    def test_http_1_0_expects_nothing(self):
        response = self.ask(b"POST /echo HTTP/1.0", b"Expect: tea\r\nContent-Length: 5\r\n", b"hello")
        self.assertEqual((response.status, response.body), (200, b"hello"))


if __name__ == "__main__":
    tap.main()
