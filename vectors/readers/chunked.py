"""docs/spec/chunked.md, in memory; and the padding of docs/spec/wire-v2.md that other formats share."""
from basics import open_gcm, require
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

HEAD, PLAIN, FULL, TAG = 56, 16_384, 16_400, 16


class _Keys:
    def __init__(self, key, salt, context):
        info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
        keys = HKDFExpand(SHA512(), 76, info).derive(key)
        self.key, self.base, self.commitment = keys[:32], int.from_bytes(keys[32:44], "big"), keys[44:]

    def nonce(self, chunk):
        return (self.base ^ chunk).to_bytes(12, "big")


def seal(key, plaintext, context, salt):
    keys = _Keys(key, salt, context)
    parts = [plaintext[at : at + PLAIN] for at in range(0, len(plaintext) + 1, PLAIN)]
    sealer = AESGCM(keys.key)
    return salt + keys.commitment + b"".join(sealer.encrypt(keys.nonce(k), part, None) for k, part in enumerate(parts))


class Opened:
    """A sealed message of which any chunk can be opened."""

    def __init__(self, key, sealed, context):
        require(len(sealed) >= HEAD and (len(sealed) - HEAD) % FULL >= TAG, "chunked/truncated")
        self._keys, self._sealed = _Keys(key, sealed[:24], context), sealed
        require(self._keys.commitment == sealed[24:HEAD], "open/failed")
        self.chunks = (len(sealed) - HEAD) // FULL + 1
        self.size = len(sealed) - HEAD - TAG * self.chunks

    def chunk(self, k):
        at = HEAD + FULL * k
        return open_gcm(self._keys.key, self._keys.nonce(k), self._sealed[at : at + FULL], None)

    def range(self, start, end):
        """The plaintext from one index to another, from the chunks that it is in."""
        first = start // PLAIN
        last = max(first, (end - 1) // PLAIN)
        opened = b"".join(self.chunk(k) for k in range(first, last + 1))
        return opened[start - first * PLAIN : end - first * PLAIN]


def open_whole(key, sealed, context):
    opened = Opened(key, sealed, context)
    return b"".join(opened.chunk(k) for k in range(opened.chunks))


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    step = 1 << exponent - exponent.bit_length()
    return -(-length // step) * step


def pad(body, length):
    return (body + b"\x80").ljust(length, b"\0")


def strip(padded, code="open/failed"):
    body = padded.rstrip(b"\0")
    require(body[-1:] == b"\x80", code)
    return body[:-1]
