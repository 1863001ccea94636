"""Makes tests/vectors/sealed.json, with the second implementation:

    /usr/bin/python3 tests/interop/sealed_vectors.py > tests/vectors/sealed.json
"""

import json
import sys

import sealed

NOW = 1700000000
DAY = 86400
KEY = "a key of the vectors, of 33 bytes"
OLD_KEY = "an older key, é and ☃"
NAME = "session"


def value_of(number, plaintext, secret=KEY, name=NAME):
    """The nonce comes from the row's number: random ones would be others with every run."""
    nonce = bytes((number * 31 + at * 7) & 0xFF for at in range(24))
    return sealed.seal_bytes(secret.encode(), name, nonce, plaintext)


def session(values, issued=NOW, created=NOW, max_age=0, id=bytes(range(16))):
    return sealed.Session(issued, created, max_age, id, values)


def plain(a_session):
    return sealed.header(*a_session[:4]) + sealed.compact(a_session.values)


def largest():
    """Name and value together are 4096 bytes."""
    json_len = 2985 - len('{"v":""}')
    return session({"v": "x" * json_len})


# Intent, session, and what is not as usual: secrets, key, settings.
ACCEPTED = [
    ("one value", session({"last_id": 2}), {}),
    ("empty", session({}), {}),
    ("every type", session({"n": None, "t": True, "f": False, "i": -(2**63), "r": 1.5, "s": "x", "a": [1, []], "o": {}}), {}),
    ("unicode, and what JSON escapes", session({"é☃🍪": 'a"b\\c/\b\f\n\r\t\0\x1f\x7f\u2028'}), {}),
    ("nested", session({"a": {"b": [{"c": [[{"d": "e"}]]}]}}), {}),
    ("a flash message", session({"user": 7, "_bocata": {"flash": [["info", "Saved."]]}}), {}),
    ("flash messages alone", session({"_bocata": {"flash": [["info", "é"], ["", ""], ["error", "No."]]}}), {}),
    ("a newer version's reserved member", session({"a": 1, "_bocata": {"later": [1]}}), {}),
    ("begun before", session({"a": 1}, created=NOW - 3 * DAY), {"settings": {"absolute_timeout": 4 * DAY}}),
    ("max_age of its own", session({"a": 1}, max_age=34560000), {"settings": {"max_age": 60}}),
    ("max_age none", session({"a": 1}, max_age=sealed.MAX_AGE_NONE), {"settings": {"max_age": 60}}),
    ("the shortest max_age", session({"a": 1}, max_age=1), {}),
    ("another id", session({"a": 1}, id=bytes(range(255, 239, -1))), {}),
    ("the first second of time", session({"a": 1}, issued=0, created=0), {}),
    ("the last second of time", session({"a": 1}, issued=2**63 - 1, created=2**63 - 1), {}),
    ("the newest of two keys", session({"a": 1}), {"secrets": [KEY, OLD_KEY]}),
    ("the older of two keys", session({"a": 1}), {"secrets": [KEY, OLD_KEY], "key": 1}),
    ("another cookie name", session({"a": 1}), {"settings": {"session_cookie": "__Host-s", "https_only": True}}),
    ("the largest", largest(), {}),
]


def accepted_row(number, intent, a_session, secrets=(KEY,), key=0, settings={}):
    name = settings.get("session_cookie", NAME)
    value = value_of(number, plain(a_session), secrets[key], name)
    values = {k: v for k, v in a_session.values.items() if k != "_bocata"}
    return {
        "intent": intent, "secrets": list(secrets), "settings": settings, "now": a_session.issued,
        "cookie": f"{name}={value}", "reason": "none", "key": key,
        "nonce": sealed.u_decode(value)[5:29].hex(), "id": a_session.id.hex(),
        "issued": a_session.issued, "created": a_session.created, "max_age": a_session.max_age,
        "session": values, "flash": a_session.values.get("_bocata", {}).get("flash", []),
    }


def changed(value, at, byte):
    data = bytearray(sealed.u_decode(value))
    data[at] ^= byte
    return sealed.u(data)


def refused_rows():
    """Intent, reason, value or Cookie header, now, settings."""
    good = value_of(100, plain(session({"a": 1})))
    head = sealed.header(NOW, NOW, 0, bytes(16))
    number = iter(range(101, 1000))

    def inside(text, head=head):
        return value_of(next(number), head + text)

    def issued(time, created=None, **fields):
        return value_of(next(number), plain(session({"a": 1}, time, time if created is None else created, **fields)))

    def two(*values):
        return "; ".join(f"{NAME}={value}" for value in values)

    yield "no value", "malformed", "", NOW, {}
    yield "a cookie that was deleted", "malformed", "null", NOW, {}
    yield "base64 with padding", "malformed", good + "=", NOW, {}
    yield "standard base64", "malformed", "+/" + good[2:], NOW, {}
    yield "a character too many", "malformed", sealed.u(sealed.u_decode(good)[:60]) + "A", NOW, {}
    yield "spare bits", "malformed", sealed.u(sealed.u_decode(good)[:61])[:-1] + "B", NOW, {}
    yield "shorter than any", "malformed", sealed.u(sealed.u_decode(good)[:44]), NOW, {}
    yield "version 0", "malformed", changed(good, 0, 1), NOW, {}
    yield "version 2", "malformed", changed(good, 0, 3), NOW, {}
    yield "the header cut", "malformed", value_of(next(number), head[:35]), NOW, {}
    yield "nothing inside", "malformed", value_of(next(number), b""), NOW, {}
    yield "issued beyond time", "malformed", issued(2**63, NOW), NOW, {"max_age": None}
    yield "created beyond time", "malformed", issued(NOW, 2**63), NOW, {"max_age": None}
    yield "max_age beyond 400 days", "malformed", issued(NOW, max_age=34560001), NOW, {}
    yield "max_age just below none", "malformed", issued(NOW, max_age=0xFFFFFFFE), NOW, {}
    yield "larger than any", "too-large", "A" * 4097, NOW, {}
    yield "as large as any", "malformed", "A" * 4096, NOW, {}
    yield "another secret", "bad-signature", value_of(next(number), plain(session({})), OLD_KEY), NOW, {}
    yield "another cookie name", "bad-signature", value_of(next(number), plain(session({})), name="sid"), NOW, {}
    yield "a longer cookie name", "bad-signature", value_of(next(number), plain(session({})), name="session2"), NOW, {}
    yield "an unknown key id", "bad-signature", changed(good, 1, 1), NOW, {}
    yield "another nonce", "bad-signature", changed(good, 28, 1), NOW, {}
    yield "another ciphertext", "bad-signature", changed(good, 29, 1), NOW, {}
    yield "another tag", "bad-signature", changed(good, -1, 1), NOW, {}
    yield "cut at the end", "bad-signature", sealed.u(sealed.u_decode(good)[:-1]), NOW, {}
    yield "the header alone", "unsupported-value", inside(b""), NOW, {}
    yield "no JSON", "unsupported-value", inside(b'{"a":1'), NOW, {}
    yield "text behind the JSON", "unsupported-value", inside(b"{}{}"), NOW, {}
    yield "no UTF-8", "unsupported-value", inside(b'{"a":"\xff"}'), NOW, {}
    yield "an integer beyond 64 bits", "unsupported-value", inside(b'{"a":9223372036854775808}'), NOW, {}
    yield "NaN", "unsupported-value", inside(b'{"a":NaN}'), NOW, {}
    yield "a lone surrogate", "unsupported-value", inside(rb'{"a":"\ud800"}'), NOW, {}
    yield "a NUL in a key", "unsupported-value", inside(rb'{"\u0000":1}'), NOW, {}
    yield "a reserved key of another type", "unsupported-value", inside(b'{"_bocata":1}'), NOW, {}
    yield "flash messages of another type", "unsupported-value", inside(b'{"_bocata":{"flash":["a"]}}'), NOW, {}
    yield "an array", "not-an-object", inside(b"[]"), NOW, {}
    yield "null", "not-an-object", inside(b"null"), NOW, {}
    yield "from the future", "future", issued(NOW + 61, NOW), NOW, {}
    yield "from the future, without skew", "future", issued(NOW + 1, NOW), NOW, {"clock_skew": -1}
    yield "begun in the future", "future", issued(NOW, NOW + 61), NOW, {}
    yield "older than max_age", "expired", issued(NOW), NOW + 14 * DAY + 1, {}
    yield "older than its own max_age", "expired", issued(NOW, max_age=60), NOW + 61, {}
    yield "always expired", "expired", issued(NOW), NOW, {"max_age": -1}
    yield "idle", "idle-timeout", issued(NOW), NOW + 61, {"idle_timeout": 60}
    yield "idle, without max_age", "idle-timeout", issued(NOW), NOW + 61, {"idle_timeout": 60, "max_age": None}
    yield "idle, remembered", "idle-timeout", issued(NOW, max_age=sealed.MAX_AGE_NONE), NOW + 61, {"idle_timeout": 60}
    yield "used too long", "absolute-timeout", issued(NOW, NOW - 61), NOW, {"absolute_timeout": 60}
    yield "two that differ", "ambiguous", two(issued(NOW), issued(NOW, max_age=60)), NOW, {}
    yield "two of one second, where the newest is wanted", "ambiguous", two(
        issued(NOW, id=bytes(16)), issued(NOW)), NOW, {"duplicates": "newest"}
    yield "two that began at other times", "ambiguous", two(issued(NOW, NOW - 1), issued(NOW)), NOW, {}
    yield "two that differ in their id", "ambiguous", two(issued(NOW, id=bytes(16)), issued(NOW)), NOW, {}
    yield "nine", "ambiguous", two(*"123456789"), NOW, {}


def refused_row(intent, reason, value, now, settings):
    cookie = value if value.startswith(NAME + "=") else f"{NAME}={value}"
    return {"intent": intent, "secrets": [KEY], "settings": settings, "now": now, "cookie": cookie, "reason": reason}


def document():
    rows = [accepted_row(number, *row[:2], **row[2]) for number, row in enumerate(ACCEPTED)]
    return {
        "format": "sealed",
        "made_by": "tests/interop/sealed_vectors.py",
        "rows": rows + [refused_row(*row) for row in refused_rows()],
    }


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1)
    print()
