"""C2SP signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof, as docs/spec/tlog.md takes them."""
import base64
import re

from basics import Refused, is_signed, require, sha256
from merkle import leaf_hash, root_from

ED25519, COSIGNATURE = 1, 4
LONGEST, MOST_SIGNATURES = 1 << 20, 64
PROOF = "c2sp.org/tlog-proof@v1\n"
DECIMAL = r"(?:0|[1-9][0-9]*)"


def to_base64(data):
    return base64.b64encode(data).decode()


def from_base64(text, code):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused(code) from None
    require(to_base64(data) == text, code)
    return data


def _is_name(name):
    return name != "" and not any(letter.isspace() or letter == "+" or ord(letter) < 32 or ord(letter) == 127 for letter in name)


class VerifierKey:
    """`name+id+base64(type ‖ key)`"""

    def __init__(self, text):
        code = "note/bad-key"
        name, _, rest = text.partition("+")
        id_, _, data = rest.partition("+")
        data = from_base64(data, code)
        require(_is_name(name) and len(data) == 33 and data[0] in (ED25519, COSIGNATURE), code)
        self.name, self.kind, self.key = name, data[0], data[1:]
        self.id = sha256(name.encode(), b"\n", data)[:4]
        require(id_ == self.id.hex(), code)

    def judge(self, text, signature):
        """Whether it signed the text; of a cosignature the time in seconds."""
        if self.kind == ED25519:
            return is_signed(self.key, signature, text.encode())
        time, said = int.from_bytes(signature[:8], "big"), text.encode()
        holds = len(signature) == 72 and is_signed(self.key, signature[8:], f"cosignature/v1\ntime {time}\n".encode(), said)
        return time if holds else False


class Note:
    def __init__(self, note):
        code = "note/malformed"
        is_short = len(note.encode("utf-16-le")) // 2 <= LONGEST
        text, between, rest = note.rpartition("\n\n")
        require(is_short and between != "" and rest.endswith("\n"), code)
        self.text, self.signatures = text + "\n", []
        for line in rest[:-1].split("\n"):
            found = re.fullmatch(r"\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)", line)
            require(found is not None and _is_name(found[1]), code)
            data = from_base64(found[2], code)
            require(len(data) >= 5, code)
            self.signatures.append((found[1], data[:4], data[4:]))
        require(1 <= len(self.signatures) <= MOST_SIGNATURES, code)

    def signed_by(self, keys):
        """What each of these keys says of it, by its place; a wrong signature of a known key refuses the note."""
        said = {}
        for at, key in enumerate(keys):
            for name, id_, signature in self.signatures:
                if (name, id_) == (key.name, key.id):
                    said[at] = key.judge(self.text, signature)
                    require(said[at] is not False, "note/bad-signature")
        return said


class Checkpoint:
    def __init__(self, text):
        code = "checkpoint/malformed"
        found = re.fullmatch(rf"([^\n]+)\n({DECIMAL})\n([A-Za-z0-9+/=]+)\n((?:[^\n]+\n)*)", text)
        require(found is not None and int(found[2]) < 2**53, code)
        self.origin, self.size, self.root = found[1], int(found[2]), from_base64(found[3], code)
        require(len(self.root) == 32, code)


class Policy:
    """C2SP tlog-policy: `witness`, `group` and `quorum` lines. Whether it is too weak is asked elsewhere."""

    def __init__(self, text):
        code = "tlog/bad-policy"
        self.witnesses, self._members, self._quorum = {}, {}, None
        for line in text.split("\n"):
            kind, *items = line.split() or ["#"]
            if kind == "witness":
                self.witnesses[items[0]] = VerifierKey(items[1])
            elif kind == "group":
                name, threshold, *members = items
                counts = {"any": 1, "all": len(members)}
                self._members[name] = counts.get(threshold) or int(threshold), members
            elif kind == "quorum":
                [self._quorum] = items
            else:
                require(kind == "log" or kind.startswith("#"), code)
        require(self._quorum is not None, code)

    def is_met(self, cosigned, name=None):
        name = self._quorum if name is None else name
        if name == "none" or name in cosigned:
            return True
        threshold, members = self._members.get(name, (1, []))
        return sum(self.is_met(cosigned, member) for member in members) >= threshold


def read_checkpoint(note, log, policy):
    """The checkpoint, and when each witness of the policy saw it."""
    parsed = Note(note)
    require(0 in parsed.signed_by([log]), "note/unsigned")
    checkpoint = Checkpoint(parsed.text)
    require(checkpoint.origin == log.name, "checkpoint/other-origin")
    names = list(policy.witnesses)
    said = parsed.signed_by([policy.witnesses[name] for name in names])
    times = {names[at]: time for at, time in said.items()}
    require(policy.is_met(times), "checkpoint/quorum")
    return checkpoint, times


def read_proof(text, log, policy, without_leaf):
    """Leaf, index, checkpoint and times of a receipt; `without_leaf` is the code of one without."""
    code = "tlog/bad-proof"
    found = re.fullmatch(
        rf"{re.escape(PROOF)}(?:extra ([A-Za-z0-9+/=]+)\n)?index ({DECIMAL})\n((?:[A-Za-z0-9+/=]+\n)*)\n(.*)", text, re.DOTALL
    )
    require(found is not None and int(found[2]) < 2**53, code)
    require(found[1] is not None, without_leaf)
    leaf, index = from_base64(found[1], code), int(found[2])
    path = [from_base64(line, code) for line in found[3].split("\n")[:-1]]
    require(all(len(hash_) == 32 for hash_ in path), code)
    checkpoint, times = read_checkpoint(found[4], log, policy)
    is_in = index < checkpoint.size and root_from(leaf_hash(leaf), index, checkpoint.size, path) == checkpoint.root
    require(is_in, "tlog/not-included")
    return leaf, index, checkpoint, times


def verifier_key(name, kind, key):
    data = bytes([kind]) + key
    return f"{name}+{sha256(name.encode(), bytes([10]), data)[:4].hex()}+{to_base64(data)}"
