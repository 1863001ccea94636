"""Our signer against Debian's python3-itsdangerous, both ways."""

import hashlib
import random
import unittest

import itsdangerous

import tap
from tool import Tool

SEED = 20240229
DERIVATIONS = ["django-concat", "concat", "hmac", "none"]
DIGESTS = ["sha1", "sha256", "sha512"]
NOW = 1700000000


class At(itsdangerous.TimestampSigner):
    """A TimestampSigner at a fixed time."""

    now = NOW

    def get_timestamp(self):
        return self.now


def options(derivation="django-concat", digest="sha1", salt=None, sep=None):
    """The same settings for the tool and for itsdangerous."""
    ours = {"derivation": derivation, "digest": digest, "salt": salt, "sep": sep}
    theirs = {"key_derivation": derivation, "digest_method": getattr(hashlib, digest)}
    if salt is not None:
        theirs["salt"] = salt
    if sep is not None:
        theirs["sep"] = sep
    return ours, theirs


def texts(random_, count):
    """Texts of many lengths, separators of all kinds among them."""
    alphabet = "abcXYZ019.:-_= é☃🍪\0"
    for _ in range(count):
        yield "".join(random_.choices(alphabet, k=random_.choice([0, 1, 2, 20, 63, 64, 65, 500])))


class SignerTest(unittest.TestCase):
    def setUp(self):
        print(f"# seed {SEED}")
        self.random = random.Random(SEED)
        self.tool = Tool()
        self.addCleanup(self.tool.__exit__, None, None, None)

    def check(self, keys, ours, theirs):
        """`keys` are newest first; itsdangerous takes them oldest first."""
        python_keys = list(reversed(keys))
        plain = itsdangerous.Signer(python_keys, **theirs)
        timed = At(python_keys, **theirs)
        for text in texts(self.random, 6):
            signed = plain.sign(text).decode()
            self.assertEqual(self.tool(do="sign", keys=keys, text=text, time=None, **ours), {"text": signed})
            answer = self.tool(do="unsign", keys=keys, text=signed, time=None, **ours)
            self.assertEqual(answer, {"text": text, "time": 0, "key": 0})

            timed.now = self.random.choice([0, 1, 255, 256, NOW, 2**31, 2**32, 2**40])
            signed = timed.sign(text).decode()
            answer = self.tool(do="sign", keys=keys, text=text, time=timed.now, **ours)
            self.assertEqual(answer, {"text": signed})
            answer = self.tool(do="unsign", keys=keys, text=signed, time=0, **ours)
            self.assertEqual(answer, {"text": text, "time": timed.now, "key": 0})

    def test_every_derivation_with_every_digest(self):
        for derivation in DERIVATIONS:
            for digest in DIGESTS:
                with self.subTest(derivation=derivation, digest=digest):
                    self.check(["a secret"], *options(derivation, digest))

    def test_keys_around_the_block_of_the_hash(self):
        for derivation in DERIVATIONS:
            for length in [1, 20, 63, 64, 65, 127, 128, 129, 1000]:
                with self.subTest(derivation=derivation, length=length):
                    self.check(["k" * length], *options(derivation))

    def test_salts(self):
        for salt in ["", "cookie-session", "é☃", "s" * 200, "a\0b"]:
            for derivation in DERIVATIONS:
                with self.subTest(salt=salt, derivation=derivation):
                    self.check(["k"], *options(derivation, salt=salt))

    def test_separators(self):
        for sep in [".", ":", "!", " ", "::", "..", "a.b", ".-", "☃", "\0"]:
            with self.subTest(sep=sep):
                self.check(["k"], *options(sep=sep))

    def test_separators_that_both_refuse(self):
        for sep in ["", "a", "Z", "5", "-", "_", "=", "ab", "-_="]:
            with self.subTest(sep=sep):
                ours, theirs = options(sep=sep)
                with self.assertRaises(ValueError):
                    itsdangerous.Signer("k", **theirs)
                answer = self.tool(do="sign", keys=["k"], text="v", time=None, **ours)
                self.assertEqual(answer, {"error": "BOCATA_E_INVALID"})

    def test_key_lists(self):
        ours, theirs = options()
        for count in [2, 3, 16]:
            keys = [f"key {i}" for i in range(count)]  # newest first
            self.check(keys, ours, theirs)
            everything = itsdangerous.Signer(list(reversed(keys)), **theirs)
            for index, key in enumerate(keys):
                with self.subTest(count=count, index=index):
                    signed = itsdangerous.Signer(key, **theirs).sign("v").decode()
                    answer = self.tool(do="unsign", keys=keys, text=signed, time=None, **ours)
                    self.assertEqual(answer, {"text": "v", "time": 0, "key": index})
                    signed = self.tool(do="sign", keys=keys[index:], text="v", time=None, **ours)["text"]
                    self.assertEqual(everything.unsign(signed), b"v")

    def test_rotated_keys(self):
        """A text outlives one rotation, and ends with its key."""
        ours, theirs = options()
        signed = self.tool(do="sign", keys=["old"], text="v", time=None, **ours)["text"]
        self.assertEqual(self.tool(do="unsign", keys=["new", "old"], text=signed, time=None, **ours)["key"], 1)
        self.assertEqual(itsdangerous.Signer(["old", "new"], **theirs).unsign(signed), b"v")
        answer = self.tool(do="unsign", keys=["newer", "new"], text=signed, time=None, **ours)
        self.assertEqual(answer, {"error": "BOCATA_E_SIGNATURE"})
        with self.assertRaises(itsdangerous.BadSignature):
            itsdangerous.Signer(["new", "newer"], **theirs).unsign(signed)

    def test_both_refuse_what_was_changed(self):
        ours, theirs = options()
        signer = At("k", **theirs)
        signed = signer.sign("value").decode()
        for at in range(len(signed)):
            changed = signed[:at] + ("A" if signed[at] != "A" else "B") + signed[at + 1:]
            if at == len(signed) - 1:
                continue  # spare bits: Python decodes leniently, we do not
            with self.subTest(at=at):
                self.assertIn("error", self.tool(do="unsign", keys=["k"], text=changed, time=0, **ours))
                with self.assertRaises(itsdangerous.BadSignature):
                    signer.unsign(changed)


if __name__ == "__main__":
    tap.main()
