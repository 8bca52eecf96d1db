"""What several formats are made of: hashes, HKDF, one spelling of base64url, signatures."""
import base64
import hashlib
import hmac
import re

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SMALL_ORDER = {
    # RFC 7748 6.1 and RFC 8032: the points of Ed25519 whose order divides 8, in their canonical encodings.
    bytes(32),
    bytes(31) + b"\x80",
    b"\x01" + bytes(31),
    b"\xec" + b"\xff" * 30 + b"\x7f",
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
}


class Refused(Exception):
    """What somebody else made does not hold. Of a reader the text is the code of the format's page."""


def require(holds, code):
    if not holds:
        raise Refused(code)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac256(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def expand(key, info):
    """HKDF-Expand of RFC 5869 2.3, 32 bytes."""
    return hmac256(key, info + b"\x01")


def hkdf(secret, info, salt=bytes(32)):
    """HKDF of RFC 5869, 32 bytes."""
    return expand(hmac256(salt, secret), info)


def u16(number):
    return number.to_bytes(2, "big")


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text, code):
    """The bytes of the one spelling without padding."""
    require(re.fullmatch(r"[A-Za-z0-9_-]*", text) is not None and len(text) % 4 != 1, code)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(to_base64url(data) == text, code)
    return data


def open_gcm(key, nonce, sealed, additional, code="open/failed"):
    try:
        return AESGCM(key).decrypt(nonce, sealed, additional)
    except InvalidTag:
        raise Refused(code) from None


def x25519_public(secret):
    key = X25519PrivateKey.from_private_bytes(secret).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def x25519(secret, public, code="open/failed"):
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Refused(code) from None


def ed25519_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def ed25519_sign(seed, *parts):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(b"".join(parts))


def is_key(key):
    """A canonical encoding of what is not of small order."""
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    return len(key) == 32 and y < 2**255 - 19 and key not in SMALL_ORDER


def is_signed(key, signature, *parts):
    """RFC 8032 5.1.7 without the cofactor, as OpenSSL judges; keys of small order verify nothing."""
    if not is_key(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, b"".join(parts))
        return True
    except (InvalidSignature, ValueError):
        return False
