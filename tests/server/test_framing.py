"""Where a request begins and ends (RFC 9112), whole and split at every byte.

Each bad row is answered with its status, the connection is closed, and the request that stands behind it is
never served. Each good row is answered the same however it is cut, and the request behind it is served.
"""

import unittest

import wire
import tap

HOST = b"Host: a\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def get(line, headers=HOST):
    return line + b"\r\n" + headers + b"\r\n"


def post(headers, body=b""):
    return b"POST /echo HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n" + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


GET = b"GET / HTTP/1.1"

BAD = [
    # the request line
    ("no version: HTTP/0.9", b"GET /\r\n\r\n", 400),
    ("no version, with headers", get(b"GET /"), 400),
    ("no target", get(b"GET HTTP/1.1"), 400),
    ("two spaces after the method", get(b"GET  / HTTP/1.1"), 400),
    ("two spaces before the version", get(b"GET /  HTTP/1.1"), 400),
    ("a space behind the version", get(b"GET / HTTP/1.1 "), 400),
    ("a space before the method", get(b" GET / HTTP/1.1"), 400),
    ("a tab in place of a space", get(b"GET\t/ HTTP/1.1"), 400),
    ("a space in the target", get(b"GET /a b HTTP/1.1"), 400),
    ("a fragment in the target", get(b"GET /a#b HTTP/1.1"), 400),
    ("a byte beyond ASCII in the target", get(b"GET /\xe9 HTTP/1.1"), 400),
    ("a control character in the target", get(b"GET /\x01 HTTP/1.1"), 400),
    ("a NUL in the target", get(b"GET /\0 HTTP/1.1"), 400),
    ("a method that is no token", get(b"GE(T / HTTP/1.1"), 400),
    ("an empty method", get(b"/ HTTP/1.1"), 400),
    ("a method that is unknown", get(b"BREW / HTTP/1.1"), 501),
    ("a method in lower case is another", get(b"get / HTTP/1.1"), 501),
    ("CONNECT", get(b"CONNECT a:443 HTTP/1.1"), 501),
    ("* for GET", get(b"GET * HTTP/1.1"), 400),
    ("* and more for OPTIONS", get(b"OPTIONS *a HTTP/1.1"), 400),
    ("authority-form for GET", get(b"GET a:80 HTTP/1.1"), 400),
    ("a path without a slash", get(b"GET a HTTP/1.1"), 400),
    ("another scheme", get(b"GET ftp://a/ HTTP/1.1"), 400),
    ("absolute-form without a host", get(b"GET http:///a HTTP/1.1"), 400),
    ("absolute-form with user information", get(b"GET http://u@a/ HTTP/1.1"), 400),
    ("HTTP/2.0", get(b"GET / HTTP/2.0"), 505),
    ("HTTP/1.2", get(b"GET / HTTP/1.2"), 505),
    ("HTTP/0.9 by name", get(b"GET / HTTP/0.9"), 505),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("HTTP/1", get(b"GET / HTTP/1"), 400),
    ("HTTP/1.10", get(b"GET / HTTP/1.10"), 400),
    ("HTTP/01.1", get(b"GET / HTTP/01.1"), 400),
    ("http/1.1", get(b"GET / http/1.1"), 400),
    ("HTTP/1,1", get(b"GET / HTTP/1,1"), 400),
    ("RTSP", get(b"GET / RTSP/1.0"), 400),
    ("ICE", get(b"SOURCE / ICE/1.0"), 400),
    ("PRI in HTTP/1.1", get(b"PRI / HTTP/1.1"), 501),
    ("two empty lines before it", b"\r\n\r\n" + get(GET), 400),
    ("a bare LF before it", b"\n" + get(GET), 400),
    ("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    # ends of lines
    ("LF ends the request line", b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    ("LF ends a header", b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
    ("LF ends the head", b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    ("CR ends the request line", b"GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
    ("CR within a header", get(GET, HOST + b"X: a\rb\r\n"), 400),
    ("CR CR LF", get(GET, HOST + b"X: a\r\r\n"), 400),
    ("CR without LF at the end", b"GET / HTTP/1.1\r\nHost: a\r\n\rX", 400),
    # headers
    ("obs-fold with a space", get(GET, HOST + b"X: a\r\n b\r\n"), 400),
    ("obs-fold with a tab", get(GET, HOST + b"X: a\r\n\tb\r\n"), 400),
    ("a space before the first header", get(GET, b" Host: a\r\n"), 400),
    ("a line of spaces", get(GET, HOST + b"  \r\n"), 400),
    ("a space before the colon", get(GET, HOST + b"X : a\r\n"), 400),
    ("a tab before the colon", get(GET, HOST + b"X\t: a\r\n"), 400),
    ("a space before the colon of Content-Length", post(b"Content-Length : 5\r\n", b"hello"), 400),
    ("an empty name", get(GET, HOST + b": a\r\n"), 400),
    ("no colon", get(GET, HOST + b"X\r\n"), 400),
    ("a name with a parenthesis", get(GET, HOST + b"X(: a\r\n"), 400),
    ("a name beyond ASCII", get(GET, HOST + b"X\xe9: a\r\n"), 400),
    ("NUL in a name", get(GET, HOST + b"X\0: a\r\n"), 400),
    ("NUL in a value", get(GET, HOST + b"X: a\0b\r\n"), 400),
    ("a control character in a value", get(GET, HOST + b"X: a\x08b\r\n"), 400),
    ("DEL in a value", get(GET, HOST + b"X: a\x7fb\r\n"), 400),
    ("no Host", get(GET, b""), 400),
    ("two Hosts", get(GET, HOST + b"Host: b\r\n"), 400),
    ("two equal Hosts", get(GET, HOST + HOST), 400),
    ("two Hosts in HTTP/1.0", get(b"GET / HTTP/1.0", HOST + b"Host: b\r\n"), 400),
    ("an empty Host", get(GET, b"Host:\r\n"), 400),
    ("a Host with a path", get(GET, b"Host: a/b\r\n"), 400),
    ("a Host with user information", get(GET, b"Host: u@a\r\n"), 400),
    ("a Host with a space", get(GET, b"Host: a b\r\n"), 400),
    ("a Host with a port that is none", get(GET, b"Host: a:b\r\n"), 400),
    ("a Host that is a list", get(GET, b"Host: a, b\r\n"), 400),
    ("an open bracket in Host", get(GET, b"Host: [::1\r\n"), 400),
    ("absolute-form does not spare Host", get(b"GET http://a/ HTTP/1.1", b""), 400),
    # the body's length
    ("Content-Length with a sign", post(b"Content-Length: +5\r\n", b"hello"), 400),
    ("Content-Length below zero", post(b"Content-Length: -5\r\n", b"hello"), 400),
    ("Content-Length in hex", post(b"Content-Length: 0x5\r\n", b"hello"), 400),
    ("Content-Length with a fraction", post(b"Content-Length: 5.0\r\n", b"hello"), 400),
    ("Content-Length with a space within", post(b"Content-Length: 1 5\r\n", b"hello"), 400),
    ("an empty Content-Length", post(b"Content-Length:\r\n", b"hello"), 400),
    ("Content-Length beyond 64 bits", post(b"Content-Length: 18446744073709551621\r\n", b"hello"), 400),
    ("two Content-Lengths", post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello"), 400),
    ("two equal Content-Lengths", post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"), 400),
    ("Content-Length as a list", post(b"Content-Length: 5, 5\r\n", b"hello"), 400),
    ("CL.TE", post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    ("TE.CL", post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"), 400),
    ("Content-Length past the limit", post(b"Content-Length: 1048577\r\n"), 413),
    # Transfer-Encoding
    ("Transfer-Encoding in HTTP/1.0",
     b"POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("identity, chunked", post(b"Transfer-Encoding: identity, chunked\r\n", b"0\r\n\r\n"), 400),
    ("chunked, identity", post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), 400),
    ("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), 400),
    ("chunked, chunked", post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), 400),
    ("chunked twice",
     post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400),
    ("xchunked", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 400),
    ("chunked in quotes", post(b"Transfer-Encoding: \"chunked\"\r\n", b"0\r\n\r\n"), 400),
    ("chunked with a parameter", post(b"Transfer-Encoding: chunked;a=b\r\n", b"0\r\n\r\n"), 400),
    ("an empty Transfer-Encoding", post(b"Transfer-Encoding:\r\n", b"0\r\n\r\n"), 400),
    ("vertical tab before chunked", post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), 400),
    # chunks
    ("LF ends a chunk's size", chunked(b"5\nhello\r\n0\r\n\r\n"), 400),
    ("CR ends a chunk's size", chunked(b"5\rhello\r\n0\r\n\r\n"), 400),
    ("LF ends a chunk", chunked(b"5\r\nhello\n0\r\n\r\n"), 400),
    ("nothing ends a chunk", chunked(b"5\r\nhello0\r\n\r\n"), 400),
    ("a chunk longer than its size", chunked(b"5\r\nhelloX\r\n0\r\n\r\n"), 400),
    ("0x5", chunked(b"0x5\r\nhello\r\n0\r\n\r\n"), 400),
    ("+5", chunked(b"+5\r\nhello\r\n0\r\n\r\n"), 400),
    ("-5", chunked(b"-5\r\nhello\r\n0\r\n\r\n"), 400),
    ("a space before the size", chunked(b" 5\r\nhello\r\n0\r\n\r\n"), 400),
    ("a space behind the size", chunked(b"5 \r\nhello\r\n0\r\n\r\n"), 400),
    ("a size that is no number", chunked(b"g\r\nhello\r\n0\r\n\r\n"), 400),
    ("no size", chunked(b"\r\nhello\r\n0\r\n\r\n"), 400),
    ("a size beyond 64 bits", chunked(b"10000000000000005\r\nhello\r\n0\r\n\r\n"), 400),
    ("a size of 64 bits", chunked(b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413),
    ("a size past the limit", chunked(b"100001\r\nhello\r\n0\r\n\r\n"), 413),
    ("an extension that is no token", chunked(b"5;\x01\r\nhello\r\n0\r\n\r\n"), 400),
    ("LF in an extension", chunked(b"5;a\nb\r\nhello\r\n0\r\n\r\n"), 400),
    ("CR in an extension", chunked(b"5;a\rb\r\nhello\r\n0\r\n\r\n"), 400),
    ("LF in a quoted extension", chunked(b"5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), 400),
    ("LF ends the last chunk", chunked(b"0\n\r\n"), 400),
    # trailers
    ("LF ends the trailers", chunked(b"0\r\n\n"), 400),
    ("LF ends a trailer", chunked(b"0\r\nX: y\n\r\n"), 400),
    ("LF behind a trailer", chunked(b"0\r\nX: y\r\n\n"), 400),
    ("obs-fold in a trailer", chunked(b"0\r\nX: y\r\n z\r\n\r\n"), 400),
    ("an empty name in a trailer", chunked(b"0\r\n: y\r\n\r\n"), 400),
    ("a space before a trailer's colon", chunked(b"0\r\nX : y\r\n\r\n"), 400),
    ("a request in place of trailers", chunked(b"0\r\n"), 400),
    ("NUL in a trailer", chunked(b"0\r\nX: \0\r\n\r\n"), 400),
    # expectations
    ("an unknown expectation", post(b"Expect: tea\r\nContent-Length: 5\r\n", b"hello"), 417),
    ("two expectations", post(b"Expect: 100-continue\r\nExpect: tea\r\nContent-Length: 5\r\n",
                              b"hello"), 417),
]

# What is good: the bytes, and the body that comes back.
GOOD = [
    ("the least that is a request", b"GET /status/200 HTTP/1.1\r\nHost:a\r\n\r\n", b"a body"),
    ("an empty line before it", b"\r\nGET /status/200 HTTP/1.1\r\nHost: a\r\n\r\n", b"a body"),
    ("an empty value", b"GET /status/200 HTTP/1.1\r\nHost: a\r\nX:\r\nY:  \r\n\r\n", b"a body"),
    ("a value beyond ASCII", b"GET /status/200 HTTP/1.1\r\nHost: a\r\nX: \xe9\t\xff\r\n\r\n", b"a body"),
    ("a Host with a port", b"GET /status/200 HTTP/1.1\r\nHost: a.example:8000\r\n\r\n", b"a body"),
    ("a Host of IPv6", b"GET /status/200 HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", b"a body"),
    ("absolute-form", b"GET http://b:81/status/200 HTTP/1.1\r\nHost: a\r\n\r\n", b"a body"),
    ("names in any case", b"POST /echo HTTP/1.1\r\nHOST: a\r\ncOnTeNt-LeNgTh: 5\r\n\r\nhello", b"hello"),
    ("a body of stated length", post(b"Content-Length: 5\r\n", b"hello"), b"hello"),
    ("zeros before the length", post(b"Content-Length: 0005\r\n", b"hello"), b"hello"),
    ("spaces around the length", post(b"Content-Length:   5  \r\n", b"hello"), b"hello"),
    ("a body that is a request", post(b"Content-Length: %d\r\n" % len(SMUGGLED), SMUGGLED), SMUGGLED),
    ("an empty body", post(b"Content-Length: 0\r\n"), b""),
    ("no body", post(b""), b""),
    ("a GET with a body", b"GET /status/200 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
     b"a body"),
    ("chunks", chunked(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), b"hello world"),
    ("no chunk but the last", chunked(b"0\r\n\r\n"), b""),
    ("a size in capitals with zeros", chunked(b"000A\r\n0123456789\r\n00\r\n\r\n"), b"0123456789"),
    ("CR LF within a chunk", chunked(b"7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), b"\r\n0\r\n\r\n"),
    ("an extension", chunked(b"5;a\r\nhello\r\n0;b=c\r\n\r\n"), b"hello"),
    ("a quoted extension", chunked(b"5;a=\"b c\"\r\nhello\r\n0\r\n\r\n"), b"hello"),
    ("trailers are dropped", chunked(b"5\r\nhello\r\n0\r\nX: y\r\nHost: b\r\n\r\n"), b"hello"),
    ("a trailer cannot end the connection", chunked(b"0\r\nConnection: close\r\n\r\n"), b""),
    ("a trailer cannot give a length", chunked(b"0\r\nContent-Length: 5\r\n\r\n"), b""),
    ("Chunked in capitals", post(b"Transfer-Encoding: CHUNKED\r\n", b"1\r\na\r\n0\r\n\r\n"), b"a"),
    ("an Upgrade is ignored",
     post(b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n", b"hello"), b"hello"),
    ("an Upgrade without a body is ignored",
     b"GET /status/200 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"a body"),
]


class Framing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = wire.Server("--no-access-log", uds=True)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def check_bad(self, parts, status):
        responses = self.server.talk(*parts)  # until the end of the stream
        self.assertEqual([response.status for response in responses], [status], parts)
        self.assertEqual(responses[0].header("Connection"), "close", parts)
        self.assertEqual(responses[0].header("Content-Type"), "application/json", parts)

    def check_good(self, parts, body):
        responses = self.server.talk(*parts)
        self.assertEqual([(response.status, response.body) for response in responses[:-1]],
                         [(200, body)], parts)
        self.assertEqual(responses[-1].header("Connection"), "close", parts)
        self.assertIn("smuggled", responses[-1].json(), parts)

    def test_counter_counts(self):
        """The check for smuggling would notice one."""
        before = self.server.counts()["smuggled"]
        self.assertEqual(self.server.talk(SMUGGLED + wire.COUNTS)[1].json()["smuggled"], before + 1)


def bad_case(request, status):
    def case(self):
        before = self.server.counts()["smuggled"]
        bytes_sent = request + SMUGGLED
        self.check_bad([bytes_sent], status)
        for at in range(1, len(bytes_sent)):
            self.check_bad([bytes_sent[:at], bytes_sent[at:]], status)
        self.assertEqual(self.server.counts()["smuggled"], before)
    return case


def good_case(request, body):
    def case(self):
        bytes_sent = request + wire.COUNTS
        self.check_good([bytes_sent], body)
        self.check_good([request, wire.COUNTS], body)
        for at in range(1, len(bytes_sent)):
            self.check_good([bytes_sent[:at], bytes_sent[at:]], body)
        self.check_good([bytes_sent[at:at + 1] for at in range(len(bytes_sent))], body)
    return case


for intent, request, status in BAD:
    setattr(Framing, f"test bad: {intent}", bad_case(request, status))
for intent, request, body in GOOD:
    setattr(Framing, f"test good: {intent}", good_case(request, body))

if __name__ == "__main__":
    tap.main()
