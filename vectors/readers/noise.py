"""The initiator of the handshakes of docs/spec/noise.md."""
import secrets

from basics import Refused, hkdf, hmac256, sha256
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TAG = 16


def nonce(number):
    return bytes(4) + number.to_bytes(8, "big")


def open_sealed(key, number, sealed, additional):
    try:
        return AESGCM(key).decrypt(nonce(number), sealed, additional)
    except InvalidTag:
        raise Refused("a sealed part that does not open") from None


class X25519:
    code, name, size = 1, "25519", 32

    def generate(self):
        return secrets.token_bytes(32)

    def public(self, private):
        key = X25519PrivateKey.from_private_bytes(private).public_key()
        return key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(self, private, public):
        try:
            return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            raise Refused("a public key that is none") from None


class Ffdhe3072:
    """RFC 7919, A.2: p from its formula, 2^3072 - 2^3008 + (⌊2^2942 · e⌋ + 2625351) · 2^64 - 1."""

    code, name, size = 2, "ffdhe3072", 384

    def __init__(self):
        bits = 2942
        term = total = 1 << bits + 64
        for i in range(1, 500):
            term //= i
            total += term
        self.p = (1 << 3072) - (1 << 3008) + ((total >> 64) + 2625351 << 64) - 1
        self.q = self.p - 1 >> 1
        self.checked = set()

    def generate(self):
        return (secrets.randbelow(1 << 275) + (1 << 275)).to_bytes(35, "big")

    def public(self, private):
        return pow(2, int.from_bytes(private, "big"), self.p).to_bytes(self.size, "big")

    def agree(self, private, public):
        y = int.from_bytes(public, "big")
        if y not in self.checked and (not 1 < y < self.p - 1 or pow(y, self.q, self.p) != 1):
            raise Refused("a public key that is none")
        self.checked.add(y)
        return pow(y, int.from_bytes(private, "big"), self.p).to_bytes(self.size, "big")


SUITES = {"25519": X25519, "ffdhe3072": Ffdhe3072}


class Keys:
    """What is left of a handshake."""

    def __init__(self, chaining_key, handshake_hash):
        self.send, self.receive = _hkdf2(chaining_key, b"")
        self.hash = handshake_hash
        self.resumption = hkdf(chaining_key, b"chartseal/resume/v2")


def _hkdf2(chaining_key, material):
    """HKDF of Noise 4.3, two outputs."""
    temporary = hmac256(chaining_key, material)
    first = hmac256(temporary, b"\x01")
    return first, hmac256(temporary, first + b"\x02")


class Initiator:
    """`static` and `theirs` for IKpsk2, neither of them for NNpsk0."""

    def __init__(self, suite, prologue, psk, static=None, theirs=None):
        self.dh, self.psk, self.static, self.theirs = suite, psk, static, theirs
        pattern = "NNpsk0" if static is None else "IKpsk2"
        # A name of at most 32 bytes is not hashed, 5.2.
        name = f"Noise_{pattern}_{suite.name}_AESGCM_SHA256".encode()
        self.ck = self.h = name.ljust(32, b"\0") if len(name) <= 32 else sha256(name)
        self.key, self.n = None, 0
        self._hash(prologue)
        if theirs is not None:
            self._hash(theirs)

    def write(self):
        """The first message, with an empty payload."""
        if self.static is None:
            self._mix_psk()
        self.ephemeral = self.dh.generate()
        e = self._ephemeral(self.dh.public(self.ephemeral))
        sealed = b""
        if self.static is not None:
            self._mix(self.dh.agree(self.ephemeral, self.theirs))
            sealed = self._seal(self.dh.public(self.static))
            self._mix(self.dh.agree(self.static, self.theirs))
        return e + sealed + self._seal(b"")

    def read(self, message):
        """The payload of the second message, and the keys."""
        e = message[: self.dh.size]
        if len(message) < self.dh.size + TAG:
            raise Refused("a second message that is too short")
        self._ephemeral(e)
        self._mix(self.dh.agree(self.ephemeral, e))
        if self.static is not None:
            self._mix(self.dh.agree(self.static, e))
            self._mix_psk()
        payload = open_sealed(self.key, self.n, message[self.dh.size :], self.h)
        self._hash(message[self.dh.size :])
        return payload, Keys(self.ck, self.h)

    def _ephemeral(self, public):
        self._hash(public)
        # In patterns with a psk an ephemeral key is mixed in as well, 9.2.
        self._mix(public)
        return public

    def _hash(self, data):
        self.h = sha256(self.h, data)

    def _mix(self, material):
        self.ck, self.key = _hkdf2(self.ck, material)
        self.n = 0

    def _mix_psk(self):
        temporary = hmac256(self.ck, self.psk)
        self.ck = hmac256(temporary, b"\x01")
        hashed = hmac256(temporary, self.ck + b"\x02")
        self.key, self.n = hmac256(temporary, hashed + b"\x03"), 0
        self._hash(hashed)

    def _seal(self, plaintext):
        sealed = AESGCM(self.key).encrypt(nonce(self.n), plaintext, self.h)
        self.n += 1
        self._hash(sealed)
        return sealed
