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


def point(data):
    number = int.from_bytes(data, "little")
    y, is_odd = number & (1 << 255) - 1, number >> 255
    x = _x_of(y % P, is_odd)
    return None if x is None else (x % P, y % P, 1, x * y % P)


def add(a, b):
    """RFC 8032 5.1.4"""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * D * a[3] * b[3] % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def times(scalar, point):
    total = ZERO
    for bit in f"{scalar:b}":
        total = add(total, total)
        total = add(total, point) if bit == "1" else total
    return total


def is_same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


BASE = point(b"\x58" + b"\x66" * 31)


def is_point(data):
    return point(data) is not None


def encode(a):
    """RFC 8032 5.1.2"""
    inverse = pow(a[2], P - 2, P)
    x, y = a[0] * inverse % P, a[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def prime_order_point(data):
    """RFC 9591 3.1: canonical, of prime order, not the identity; None for anything else."""
    found = point(data) if len(data) == 32 else None
    is_right = found is not None and encode(found) == data and not is_same(found, ZERO) and is_same(times(L, found), ZERO)
    return found if is_right else None


def holds(key, signature, message):
    if not is_key(key) or len(signature) != 64:
        return False
    # What OpenSSL takes holds without the cofactor, and so with it.
    return is_signed(key, signature, message) or _holds_with_cofactor(key, signature, message)


def _holds_with_cofactor(key, signature, message):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return is_same(times(8 * s, BASE), add(times(8, r), times(8 * k, a)))
