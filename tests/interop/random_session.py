"""Random sessions: every type of value, nested, with text from all of Unicode."""


def random_value(random_, depth=0):
    kind = random_.randrange(9 if depth < 3 else 7)
    if kind == 0:
        return random_.choice([None, True, False])
    if kind == 1:
        return random_.choice([0, 1, -1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63)])
    if kind == 2:
        return random_.randrange(-(2**63), 2**63)
    if kind == 3:
        return random_.choice([0.0, -0.0, 0.1, 1e300, 5e-324, -1.5, 1e16, 123456789.123])
    if kind == 4:
        return random_.uniform(-1e6, 1e6)
    if kind in (5, 6):
        return random_text(random_)
    if kind == 7:
        return [random_value(random_, depth + 1) for _ in range(random_.randrange(4))]
    return random_object(random_, depth + 1)


def random_text(random_):
    ranges = [(0x20, 0x7E), (0, 0x1F), (0x7F, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
    return "".join(chr(random_.randint(*random_.choice(ranges))) for _ in range(random_.randrange(12)))


def random_object(random_, depth=0):
    """Keys without NUL: those we refuse by name."""
    return {
        random_text(random_).replace("\0", "0"): random_value(random_, depth)
        for _ in range(random_.randrange(1 if depth == 0 else 0, 5))
    }
