"""Our sealed sessions against the second implementation (sealed.py), both ways."""

import json
import os
import pathlib
import random
import unittest

import sealed
import sealed_vectors
import tap
from random_session import random_object
from tool import Tool

SEED = 20240530
NOW = 1700000000
NAME = "session"
SECRET = "a secret, é and ☃"
ROOT = pathlib.Path(os.environ["BOCATA_ROOT"])
MAX_AGES = [0, 1, 3600, 34560000, sealed.MAX_AGE_NONE]


def value_of(line):
    return line.split(";")[0].split("=", 1)[1]


class SealedTest(unittest.TestCase):
    def setUp(self):
        self.tool = Tool()
        self.addCleanup(self.tool.__exit__, None, None, None)

    def ours(self, value, now=NOW, secrets=(SECRET,), settings=None, name=NAME, **request):
        """`value` is that of the cookie, or None."""
        return self.tool(
            do="session", secrets=list(secrets), now=now,
            cookie=None if value is None else f"{name}={value}",
            settings={"format": "sealed", "session_cookie": name, **(settings or {})}, **request)

    def opened(self, line, secrets=(SECRET,), name=NAME):
        return sealed.open([secret.encode() for secret in secrets], name, value_of(line))

    def assertSame(self, one, other):
        """Equal, with 1 and 1.0, 0.0 and -0.0, True and 1 told apart."""
        self.assertEqual(json.dumps(one), json.dumps(other))

    def test_100_random_sessions_both_ways(self):
        """Their cookie, read by us; and what we write, with all that stands in its header, read by them."""
        print(f"# seed {SEED}")
        random_ = random.Random(SEED)
        for number in range(100):
            session = sealed.Session(
                NOW, random_.randrange(NOW), random_.choice(MAX_AGES), random_.randbytes(16), random_object(random_))
            with self.subTest(number=number):
                value = sealed.seal(SECRET.encode(), NAME, random_.randbytes(24), session)
                answer = self.ours(value, settings={"rolling": "always"})
                self.assertEqual(answer["reason"], "none")
                self.assertSame(answer["session"], session.values)
                again, key = self.opened(answer["set_cookie"])
                self.assertEqual((again[:4], key), (session[:4], 0))
                self.assertSame(again.values, session.values)

    def test_a_new_session(self):
        id, nonce = bytes(range(16)), bytes(range(100, 124))
        answer = self.ours(None, set={"a": 1}, random=sealed.u(id + nonce))
        session = sealed.Session(NOW, NOW, 0, id, {"a": 1})
        self.assertEqual(value_of(answer["set_cookie"]), sealed.seal(SECRET.encode(), NAME, nonce, session))

    def test_every_field(self):
        """Each verb changes its field, and no other."""
        first, _ = self.opened(self.ours(None, set={"a": 1})["set_cookie"])
        value = sealed.seal(SECRET.encode(), NAME, bytes(24), first)
        later = NOW + 1000
        for verb, wanted in [
            ({"set": {"a": 2}}, {"values": {"a": 2}}),
            ({"set_max_age": 3600}, {"max_age": 3600}),
            ({"set_max_age": 34560000}, {"max_age": 34560000}),
            ({"set_max_age": None}, {"max_age": sealed.MAX_AGE_NONE}),
            ({"flash": [["info", "é"], ["b", ""]]}, {"values": {"a": 1, "_bocata": {"flash": [["info", "é"], ["b", ""]]}}}),
        ]:
            with self.subTest(verb=verb):
                session, _ = self.opened(self.ours(value, now=later, **verb)["set_cookie"])
                self.assertEqual(session, first._replace(issued=later, **wanted))

    def test_a_renewed_session(self):
        first = sealed.Session(NOW, NOW - 5, 3600, bytes(16), {"a": 1})
        value = sealed.seal(SECRET.encode(), NAME, bytes(24), first)
        session, _ = self.opened(self.ours(value, now=NOW + 9, renew=True)["set_cookie"])
        self.assertEqual(session, first._replace(issued=NOW + 9, created=NOW + 9, id=session.id))
        self.assertNotEqual(session.id, first.id)

    def test_flash_messages_of_theirs(self):
        flashes = [["info", "é"], ["error", ""]]
        session = sealed.Session(NOW, NOW, 0, bytes(16), {"a": 1, "_bocata": {"flash": flashes}})
        answer = self.ours(sealed.seal(SECRET.encode(), NAME, bytes(24), session), pop_flashes=True)
        self.assertEqual((answer["session"], answer["flashes"]), ({"a": 1}, flashes))
        self.assertEqual(self.opened(answer["set_cookie"])[0].values, {"a": 1})

    def test_csrf_tokens(self):
        """A token of theirs is good here, and one of ours there."""
        session = sealed.Session(NOW, NOW, 0, bytes(range(16)), {})
        value = sealed.seal(SECRET.encode(), NAME, bytes(24), session)
        token = sealed.csrf_token(session.id, bytes(range(50, 82)))
        self.assertTrue(self.ours(value, check_token=token)["token_is_good"])
        other = sealed.csrf_token(bytes(16), bytes(range(50, 82)))
        self.assertFalse(self.ours(value, check_token=other)["token_is_good"])
        token = self.ours(value, token=True)["token"]
        self.assertEqual(token, sealed.csrf_token(session.id, sealed.u_decode(token)[:32]))

    def test_rotated_keys(self):
        line = self.ours(None, secrets=["old"], set={"a": 1})["set_cookie"]
        self.assertEqual(self.opened(line, ["new", "old"])[1], 1)
        line = self.ours(value_of(line), secrets=["new", "old"])["set_cookie"]
        self.assertEqual(self.opened(line, ["new"])[1], 0)
        self.assertEqual(self.ours(value_of(line), secrets=["new"])["session"], {"a": 1})
        self.assertEqual(self.ours(value_of(line), secrets=["old"])["reason"], "bad-signature")
        with self.assertRaisesRegex(sealed.Refused, "bad-signature"):
            self.opened(line, ["old"])

    def test_another_cookie_name_is_refused_by_both(self):
        line = self.ours(None, name="one", set={"a": 1})["set_cookie"]
        self.assertEqual(self.opened(line, name="one")[0].values, {"a": 1})
        self.assertEqual(self.ours(value_of(line), name="other")["reason"], "bad-signature")
        with self.assertRaisesRegex(sealed.Refused, "bad-signature"):
            self.opened(line, name="other")


class VectorTest(unittest.TestCase):
    def setUp(self):
        text = (ROOT / "tests/vectors/sealed.json").read_text(encoding="utf-8")
        self.vectors = json.loads(text)

    def test_the_file_is_what_the_second_implementation_makes(self):
        self.assertEqual(self.vectors, sealed_vectors.document())

    def test_xaes_of_c2sp(self):
        nonce, text = b"ABCDEFGHIJKLMNOPQRSTUVWX", b"XAES-256-GCM"
        for key, aad, wanted in [
            (b"\1" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            (b"\3" * 32, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
        ]:
            self.assertEqual(sealed.xaes_seal(key, nonce, aad, text).hex(), wanted)
            self.assertEqual(sealed.xaes_open(key, nonce, aad, bytes.fromhex(wanted)), text)

    def test_new_sessions_are_sealed_to_the_byte(self):
        """The accepted rows made by us, from nothing but the id and the nonce."""
        count = 0
        with Tool() as tool:
            for row in self.vectors["rows"]:
                if "session" not in row or row["key"] != 0 or row["created"] != row["issued"]:
                    continue
                cookie = row["cookie"]
                if "_bocata" in sealed.open([row["secrets"][0].encode()], *cookie.split("=", 1))[0].values:
                    continue  # flash messages have a row of their own in test_every_field
                with self.subTest(intent=row["intent"]):
                    count += 1
                    max_age = {} if row["max_age"] == 0 else {"set_max_age": row["max_age"]}
                    if row["max_age"] == sealed.MAX_AGE_NONE:
                        max_age = {"set_max_age": None}
                    answer = tool(
                        do="session", secrets=row["secrets"], cookie=None, now=row["now"],
                        settings={"format": "sealed", **row["settings"]}, set=row["session"],
                        renew=True, **max_age,  # renewed, so that an empty one is sent too
                        random=sealed.u(bytes.fromhex(row["id"] + row["nonce"])))
                    self.assertEqual(answer["set_cookie"].split(";")[0], cookie)
        self.assertGreater(count, 10)

    def test_the_example_of_the_documentation(self):
        """Every line of it, and nothing between."""
        secret, nonce = b"an example is no secret", b"ABCDEFGHIJKLMNOPQRSTUVWX"
        session = sealed.Session(1700000000, 1699990000, 0, bytes(range(16)), {"last_id": 2})
        key, key_id = sealed.key_of(secret), sealed.key_id_of(secret)
        aad = b"\1" + key_id + b"session"
        plaintext = sealed.header(*session[:4]) + sealed.compact(session.values)
        text = sealed.xaes_seal(key, nonce, aad, plaintext)
        lines = {
            "key": key, "key_id": key_id, "nonce": nonce, "id": session.id, "plaintext": plaintext, "aad": aad,
            "K1": sealed.k1_of(key), "Kx": sealed.kx_of(key, nonce), "ciphertext": text[:-16], "tag": text[-16:],
        }
        example = "".join(f"{name:10} = {data.hex()}\n" for name, data in lines.items())
        example += f"{'value':10} = {sealed.seal(secret, 'session', nonce, session)}\n"
        docs = (ROOT / "docs/wire-format.md").read_text(encoding="utf-8")
        self.assertIn(example, docs)


if __name__ == "__main__":
    tap.main()
