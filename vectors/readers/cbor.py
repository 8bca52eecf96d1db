"""Deterministic CBOR (RFC 8949 4.2.1): integers, bytes, text, lists and maps."""

NUMBER, NEGATIVE, BYTES, TEXT, LIST, MAP = range(6)
DEEPEST = 32


def _head(kind, count):
    if count < 24:
        return bytes([kind << 5 | count])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if count < 1 << 8 * size:
            return bytes([kind << 5 | extra]) + count.to_bytes(size, "big")
    raise ValueError("a number above 64 bits")


def encode(value):
    if isinstance(value, int) and not isinstance(value, bool):
        return _head(NUMBER, value) if value >= 0 else _head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return _head(TEXT, len(data)) + data
    if isinstance(value, list):
        return _head(LIST, len(value)) + b"".join(encode(item) for item in value)
    pairs = sorted((encode(name), encode(item)) for name, item in value.items())
    return _head(MAP, len(pairs)) + b"".join(name + item for name, item in pairs)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        taken = self.data[self.at : self.at + count]
        if len(taken) != count:
            raise ValueError("CBOR that was cut")
        self.at += count
        return taken

    def head(self):
        first = self.take(1)[0]
        kind, count = first >> 5, first & 31
        if count > 27:
            raise ValueError("CBOR of another kind")
        return kind, count if count < 24 else int.from_bytes(self.take(1 << count - 24), "big")

    def value(self, depth=0):
        kind, count = self.head()
        if kind == NUMBER:
            return count
        if kind == NEGATIVE:
            return -1 - count
        if kind == BYTES:
            return self.take(count)
        if kind == TEXT:
            return self.take(count).decode()
        if kind in (LIST, MAP) and depth == DEEPEST:
            raise ValueError("CBOR that is too deep")
        if kind == LIST:
            return [self.value(depth + 1) for _ in range(count)]
        if kind == MAP:
            return dict((self.name(), self.value(depth + 1)) for _ in range(count))
        raise ValueError("CBOR of another kind")

    def name(self):
        name = self.value(DEEPEST)
        if not isinstance(name, str):
            raise ValueError("a name that is no text")
        return name


def decode(data):
    reader = _Reader(data)
    value = reader.value()
    if encode(value) != data:
        raise ValueError("CBOR that is not the deterministic one, or not all of it")
    return value


def count_heads(data):
    """How many heads there are, to be asked before much of it is decoded."""
    reader, count = _Reader(data), 0
    while reader.at < len(data):
        kind, size = reader.head()
        count += 1
        if kind in (BYTES, TEXT):
            reader.take(size)
    return count


def checked_map(value, fields, optional=()):
    """The value, where it is a map with exactly these fields, each of its type or as its judge wants it."""
    if not isinstance(value, dict):
        raise ValueError("no map")
    for name, item in value.items():
        kind = fields.get(name)
        if kind is None or not (isinstance(item, kind) if isinstance(kind, type) else kind(item)):
            raise ValueError(f"a field that is none: {name}")
    for name in fields:
        if name not in value and name not in optional:
            raise ValueError(f"a field that is missing: {name}")
    return value


def decode_map(data, fields, optional=()):
    return checked_map(decode(data), fields, optional)


# Judges of a field.


def only(wanted):
    return lambda item: item == wanted and isinstance(item, type(wanted))


def number(least=0, most=2**53 - 1):
    return lambda item: isinstance(item, int) and least <= item <= most


def sized(least, most=None):
    """Bytes of one length, or of a range of them."""
    return lambda item: isinstance(item, bytes) and least <= len(item) <= (least if most is None else most)


def text(least=0, most=1 << 30):
    """Of so many bytes in UTF-8."""
    return lambda item: isinstance(item, str) and least <= len(item.encode()) <= most


def one_of(*texts):
    return lambda item: isinstance(item, str) and item in texts


def listed(judge, least=0, most=1 << 30):
    return lambda item: isinstance(item, list) and least <= len(item) <= most and all(map(judge, item))


def mapped(fields, optional=()):
    def judge(item):
        try:
            checked_map(item, fields, optional)
            return True
        except ValueError:
            return False

    return judge
