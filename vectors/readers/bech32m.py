"""Bech32m (BIP 350) of any length, lower case only."""
from basics import Refused

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
CHECK = 0x2BC830A3
GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _polymod(values):
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate(GENERATORS):
            if top >> at & 1:
                state ^= generator
    return state


def _prefix_values(prefix):
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _regroup(values, width, wanted):
    bits = "".join(f"{value:0{width}b}" for value in values)
    return [bits[at : at + wanted] for at in range(0, len(bits), wanted)]


def encode(prefix, data):
    values = [int(group.ljust(5, "0"), 2) for group in _regroup(data, 8, 5)]
    check = _polymod(_prefix_values(prefix) + values + [0] * 6) ^ CHECK
    values += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return f"{prefix}1{''.join(ALPHABET[value] for value in values)}"


def decode(prefix, text, code):
    """The bytes of a text with this prefix: of its one spelling."""
    found, _, rest = text.rpartition("1")
    if found != prefix or len(rest) < 6 or not all(letter in VALUES for letter in rest):
        raise Refused(code)
    values = [VALUES[letter] for letter in rest]
    if _polymod(_prefix_values(prefix) + values) != CHECK:
        raise Refused(code)
    groups = _regroup(values[:-6], 5, 8)
    if groups and len(groups[-1]) < 8:
        if len(groups[-1]) > 4 or "1" in groups[-1]:
            raise Refused(code)
        groups.pop()
    return bytes(int(group, 2) for group in groups)
