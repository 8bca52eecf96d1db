"""docs/spec/hpke.md: what a recipient does."""
import hashlib

import mlkem
from basics import hmac256, open_gcm, require, u16, x25519, x25519_public

KDF_AND_AEAD = u16(1) + u16(2)
XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")


def _extract(suite, salt, label, secret):
    return hmac256(salt, b"HPKE-v1", suite, label, secret)


def _expand(suite, key, label, info, size):
    return hmac256(key, u16(size), b"HPKE-v1", suite, label, info, b"\x01")[:size]


class X25519Identity:
    kem, size = 0x0020, 32

    def __init__(self, secret):
        self._secret, self.public = secret, x25519_public(secret)

    def shared(self, enc):
        suite = b"KEM" + u16(self.kem)
        secret = _extract(suite, b"", b"eae_prk", x25519(self._secret, enc))
        return _expand(suite, secret, b"shared_secret", enc + self.public, 32)


class XWingIdentity:
    kem, size = 0x647A, 1120

    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self._mlkem, self._secret = mlkem.Key(expanded[:64]), expanded[64:]
        self._x25519_public = x25519_public(self._secret)
        self.public = self._mlkem.public + self._x25519_public

    def shared(self, enc):
        ciphertext, fresh = enc[: mlkem.CIPHERTEXT], enc[mlkem.CIPHERTEXT :]
        secrets = self._mlkem.decapsulate(ciphertext) + x25519(self._secret, fresh)
        return hashlib.sha3_256(secrets + fresh + self._x25519_public + XWING_LABEL).digest()


def open_sealed(identity, enc, ciphertext, info):
    require(len(enc) == identity.size and len(ciphertext) >= 16, "open/failed")
    suite = b"HPKE" + u16(identity.kem) + KDF_AND_AEAD
    context = b"\0" + _extract(suite, b"", b"psk_id_hash", b"") + _extract(suite, b"", b"info_hash", info)
    secret = _extract(suite, identity.shared(enc), b"secret", b"")
    key = _expand(suite, secret, b"key", context, 32)
    return open_gcm(key, _expand(suite, secret, b"base_nonce", context, 12), ciphertext, b"")
