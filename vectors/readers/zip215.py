"""Ed25519 as docs/spec/ledger-v2.md judges it: ZIP-215, with the cofactor, under keys that are canonical and not of small order."""
import hashlib

from basics import is_key, is_signed

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
ZERO = (0, 1, 1, 0)


def _x_of(y, is_odd):
    """RFC 8032 5.1.3, but a y above p and a zero with a sign are taken."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * ROOT % P
    if v * x * x % P != u:
        return None
    return P - x if x & 1 != is_odd else x


def _point(data):
    number = int.from_bytes(data, "little")
    y, is_odd = number & (1 << 255) - 1, number >> 255
    x = _x_of(y % P, is_odd)
    return None if x is None else (x % P, y % P, 1, x * y % P)


def _add(a, b):
    """RFC 8032 5.1.4"""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * D * a[3] * b[3] % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def _times(scalar, point):
    total = ZERO
    for bit in f"{scalar:b}":
        total = _add(total, total)
        total = _add(total, point) if bit == "1" else total
    return total


def _is_same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


BASE = _point(b"\x58" + b"\x66" * 31)


def is_point(data):
    return _point(data) is not None


def holds(key, signature, message):
    if not is_key(key) or len(signature) != 64:
        return False
    # What OpenSSL takes holds without the cofactor, and so with it.
    return is_signed(key, signature, message) or _holds_with_cofactor(key, signature, message)


def _holds_with_cofactor(key, signature, message):
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return _is_same(_times(8 * s, BASE), _add(_times(8, r), _times(8 * k, a)))
