"""Frames of a conference: docs/spec/noise.md has those of a session, docs/spec/conference-v2.md the others."""
from basics import Refused, is_signed, sha256
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from noise import nonce, open_sealed
from tree import Cursor

HELLO, VERIFICATION, TICKET, GROUP_KEY, MESSAGE = 5, 10, 20, 30, 40
RECEIVED, DISCONNECT, ALREADY_ACTIVE, BLOCKED, EXIT = 50, 60, 70, 80, 90
RESUME, EMERGENCY, HEAD, SIGNED, CLEAR = 1, 2, 4, 8, 16

SUMS = {opcode: {0} for opcode in range(10, 100, 10)}
SUMS[HELLO] = {0, RESUME}
SUMS[GROUP_KEY] |= {SIGNED}
SUMS[MESSAGE] |= {EMERGENCY, SIGNED, SIGNED | EMERGENCY, SIGNED | HEAD}
SUMS[DISCONNECT] |= {SIGNED, CLEAR}

HEADER, SIGNATURE = 16, 64


def header(suite, opcode, flags, sequence=0):
    return bytes([2, opcode, flags, suite.code]) + bytes(4) + sequence.to_bytes(8, "big")


class Frame:
    def __init__(self, suite, data):
        cursor = Cursor(data)
        version, self.opcode, self.flags, code = cursor.take(4)
        self.epoch, self.sequence = cursor.number(4), cursor.number(8)
        self.header, self.payload, self.bytes = data[:HEADER], cursor.rest(), data
        # A refusal in clear has suite 1 in every conference.
        wanted = 1 if self.flags & CLEAR else suite.code
        if version != 2 or code != wanted or self.flags not in SUMS.get(self.opcode, ()):
            raise Refused("a frame of another kind")


class Session:
    """Seals and opens the frames of one session."""

    def __init__(self, suite, keys):
        self.suite, self.keys, self.sent, self.received = suite, keys, 0, 0

    def seal(self, opcode, plaintext):
        self.sent += 1
        head = header(self.suite, opcode, 0, self.sent)
        return head + AESGCM(self.keys.send).encrypt(nonce(self.sent), plaintext, head)

    def open(self, frame):
        if frame.sequence <= self.received or frame.epoch != 0:
            raise Refused("a frame out of order")
        plaintext = open_sealed(self.keys.receive, frame.sequence, frame.payload, frame.header)
        self.received = frame.sequence
        return plaintext


def chain_start(conference):
    """The hash of the frame before the first one."""
    return sha256(b"chartseal/conference/v2", conference)


class Signed:
    """A frame for all: broadcast, commit, head or end. `signing` is the doctor's key."""

    LABELS = {
        (MESSAGE, SIGNED): "broadcast",
        (MESSAGE, SIGNED | EMERGENCY): "broadcast",
        (GROUP_KEY, SIGNED): "broadcast",
        (MESSAGE, SIGNED | HEAD): "head",
        (DISCONNECT, SIGNED): "end",
    }

    def __init__(self, frame, conference, signing):
        self.kind = self.LABELS[frame.opcode, frame.flags]
        said, signature = frame.bytes[:-SIGNATURE], frame.bytes[-SIGNATURE:]
        label = f"chartseal/{self.kind}/v2".encode() + b"\0"
        if not is_signed(signing, signature, label, conference, said):
            raise Refused("a frame that the doctor did not sign")
        cursor = Cursor(said)
        cursor.take(HEADER)
        self.epoch, self.sequence, self.opcode = frame.epoch, frame.sequence, frame.opcode
        self.is_emergency = bool(frame.flags & EMERGENCY)
        self.incarnation, self.hash, self.when = cursor.number(4), cursor.take(32), cursor.number(8)
        self.additional, self.own_hash = said[: cursor.at], sha256(frame.bytes)
        self.commit = cursor.take(cursor.number(4)) if self.kind == "broadcast" else b""
        self.sealed = cursor.rest()
        is_text = self.kind == "broadcast" and self.opcode == MESSAGE
        if not is_text and self.sealed != b"":
            raise Refused("bytes behind the end")

    def open(self, epoch_key):
        return open_sealed(epoch_key, self.sequence, self.sealed, self.additional)
