"""The sealed format, written from docs/wire-format.md alone: no library but Python's own.

Slow, and not in constant time: for tests only."""

import base64
import hashlib
import hmac
import json
import math
import re
from collections import namedtuple

VERSION = 1
MAX_AGE_NONE = 0xFFFFFFFF
HEADER_LEN = 36
COOKIE_LEN_MAX = 4096

Session = namedtuple("Session", "issued created max_age id values")


class Refused(Exception):
    """Its text is the reason."""


# ---- AES-256, encryption of one block (FIPS 197) ----


def _double(byte):
    return (byte << 1 ^ (0x1B if byte & 0x80 else 0)) & 0xFF


def _make_sbox():
    """From the powers of 3 and their inverses."""
    sbox, p, q = [0x63] * 256, 1, 1
    while True:
        p ^= _double(p)
        for shift in (1, 2, 4):
            q ^= q << shift & 0xFF
        if q & 0x80:
            q ^= 0x09
        rotated = [(q << shift | q >> 8 - shift) & 0xFF for shift in range(5)]
        sbox[p] = rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63
        if p == 1:
            return sbox


SBOX = _make_sbox()
SHIFTED = [(4 * (column + row) + row) % 16 for column in range(4) for row in range(4)]


class Aes256:
    def __init__(self, key):
        assert len(key) == 32
        words, round_constant = [key[i:i + 4] for i in range(0, 32, 4)], 1
        for i in range(8, 60):
            word = words[-1]
            if i % 8 == 0:
                word = bytes(SBOX[byte] for byte in word[1:] + word[:1])
                word = bytes([word[0] ^ round_constant]) + word[1:]
                round_constant = _double(round_constant)
            elif i % 8 == 4:
                word = bytes(SBOX[byte] for byte in word)
            words.append(xor(words[-8], word))
        self.round_keys = [b"".join(words[i:i + 4]) for i in range(0, 60, 4)]

    def encrypt(self, block):
        state = xor(block, self.round_keys[0])
        for round_key in self.round_keys[1:-1]:
            state = xor(_mix([SBOX[state[i]] for i in SHIFTED]), round_key)
        return xor(bytes(SBOX[state[i]] for i in SHIFTED), self.round_keys[-1])


def _mix(state):
    mixed = bytearray()
    for at in range(0, 16, 4):
        column = state[at:at + 4]
        every = column[0] ^ column[1] ^ column[2] ^ column[3]
        mixed.extend(column[i] ^ every ^ _double(column[i] ^ column[(i + 1) % 4]) for i in range(4))
    return bytes(mixed)


def xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


# ---- GCM (NIST SP 800-38D) with a nonce of 12 bytes, and XAES-256-GCM around it ----


def _multiply(x, y):
    """In GF(2^128), the first bit of a block being the lowest power."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


def _tag(aes, iv, aad, ciphertext):
    h = int.from_bytes(aes.encrypt(bytes(16)), "big")
    lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    text = aad + bytes(-len(aad) % 16) + ciphertext + bytes(-len(ciphertext) % 16) + lengths
    ghash = 0
    for at in range(0, len(text), 16):
        ghash = _multiply(ghash ^ int.from_bytes(text[at:at + 16], "big"), h)
    return xor(ghash.to_bytes(16, "big"), aes.encrypt(iv + b"\0\0\0\1"))


def _counter_mode(aes, iv, text):
    blocks = range(2, 2 + math.ceil(len(text) / 16))
    stream = b"".join(aes.encrypt(iv + block.to_bytes(4, "big")) for block in blocks)
    return xor(stream[:len(text)], text)


def k1_of(key):
    doubled = int.from_bytes(Aes256(key).encrypt(bytes(16)), "big") << 1
    carry = 0x87 if doubled >> 128 else 0
    return (doubled % (1 << 128) ^ carry).to_bytes(16, "big")


def kx_of(key, nonce):
    aes, k1 = Aes256(key), k1_of(key)
    return b"".join(aes.encrypt(xor(k1, bytes([0, i, 0x58, 0]) + nonce[:12])) for i in (1, 2))


def xaes_seal(key, nonce, aad, plaintext):
    aes = Aes256(kx_of(key, nonce))
    ciphertext = _counter_mode(aes, nonce[12:], plaintext)
    return ciphertext + _tag(aes, nonce[12:], aad, ciphertext)


def xaes_open(key, nonce, aad, sealed):
    """None where the tag does not match."""
    aes = Aes256(kx_of(key, nonce))
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if not hmac.compare_digest(tag, _tag(aes, nonce[12:], aad, ciphertext)):
        return None
    return _counter_mode(aes, nonce[12:], ciphertext)


# ---- the format ----


def hkdf(secret, info, length):
    """RFC 5869 with an empty salt, up to one block of SHA-256."""
    extracted = hmac.digest(b"", secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\1", hashlib.sha256)[:length]


def key_of(secret):
    return hkdf(secret, b"bocata sealed 1 key", 32)


def key_id_of(secret):
    return hkdf(secret, b"bocata sealed 1 key id", 4)


def u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def u_decode(text):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Refused("malformed")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if u(data) != text:  # spare bits
        raise Refused("malformed")
    return data


def header(issued, created, max_age, id):
    return issued.to_bytes(8, "big") + created.to_bytes(8, "big") + max_age.to_bytes(4, "big") + id


def compact(values):
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def seal_bytes(secret, name, nonce, plaintext):
    """The value of a cookie with this plaintext, good or not."""
    head = bytes([VERSION]) + key_id_of(secret)
    return u(head + nonce + xaes_seal(key_of(secret), nonce, head + name.encode(), plaintext))


def seal(secret, name, nonce, session):
    return seal_bytes(secret, name, nonce, header(*session[:4]) + compact(session.values))


def open_bytes(secrets, name, value):
    """The plaintext, and the index of the secret that it was sealed with."""
    if len(value) > COOKIE_LEN_MAX:
        raise Refused("too-large")
    data = u_decode(value)
    if len(data) < 45 or data[0] != VERSION:
        raise Refused("malformed")
    head, nonce, sealed = data[:5], data[5:29], data[29:]
    for index, secret in enumerate(secrets):
        if key_id_of(secret) == head[1:]:
            plaintext = xaes_open(key_of(secret), nonce, head + name.encode(), sealed)
            if plaintext is not None:
                return plaintext, index
    raise Refused("bad-signature")


def open(secrets, name, value):
    """The session, and the index of the secret that it was sealed with; times are not checked."""
    plaintext, index = open_bytes(secrets, name, value)
    if len(plaintext) < HEADER_LEN:
        raise Refused("malformed")
    issued, created, max_age = (int.from_bytes(plaintext[a:b], "big") for a, b in [(0, 8), (8, 16), (16, 20)])
    if max(issued, created) >= 2**63 or 34560000 < max_age < MAX_AGE_NONE:
        raise Refused("malformed")
    try:
        values = json.loads(plaintext[HEADER_LEN:])
    except ValueError:
        raise Refused("unsupported-value") from None
    if not isinstance(values, dict):
        raise Refused("not-an-object")
    return Session(issued, created, max_age, plaintext[20:HEADER_LEN], values), index


def csrf_token(id, mask):
    return u(mask + xor(mask, hashlib.sha256(b"bocata csrf token" + id).digest()))
