"""docs/spec/keyring-v2.md: the chain of keys, states and exports."""
import base64
import ctypes
import datetime
import hashlib
import re
import unicodedata

import cbor
import chunked
from basics import Refused, hkdf, require, sha256, u16, u32
from judged import compared, refusal_of

DEVICES, AHEAD, GRACE_MS = 32, 12, 7 * 24 * 3_600_000
ARGON2ID = "libargon2.so.1"


def epoch_of(ms):
    at = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return (at.year - 1970) * 12 + at.month - 1


def start_ms(epoch):
    start = datetime.datetime(1970 + epoch // 12, epoch % 12 + 1, 1, tzinfo=datetime.timezone.utc)
    return int(start.timestamp()) * 1000


def sender(verifying_key_hash, device):
    return verifying_key_hash + u16(device)


def next_chain(chain, epoch):
    """chain(epoch) from that of the epoch before."""
    return hkdf(chain, b"chartseal/next-epoch/v2" + u32(epoch))


def key_of(chain, epoch, sender_):
    return hkdf(chain, b"chartseal/epoch-key/v2" + u32(epoch) + sender_)


def kid_of(key):
    return hkdf(key, b"chartseal/kid/v2")[:8]


def read_links(case):
    chain = bytes.fromhex(case["root"])
    sender_ = sender(sha256(bytes.fromhex(case["verifying_key"])), case["device"])
    for at, link in enumerate(case["links"]):
        epoch = link["epoch"]
        chain = next_chain(chain, epoch) if at > 0 else chain
        key = key_of(chain, epoch, sender_)
        month = datetime.datetime.fromtimestamp(link["start_ms"] / 1000, datetime.timezone.utc)
        values = {
            "month": (f"{month:%Y-%m}", link["month"]),
            "epoch": (epoch_of(link["start_ms"]), epoch),
            "start": (start_ms(epoch), link["start_ms"]),
            "chain": (chain.hex(), link["chain"]),
            "key": (key.hex(), link["key"]),
            "kid": (kid_of(key).hex(), link["kid"]),
        }
        yield compared(f"epoch {epoch}", values)


class Ring:
    """A ring as its page says that it goes from month to month; of its state nothing is stored."""

    def __init__(self, root, own, peer, now_ms):
        self.chain, self.first, self.epoch = root, epoch_of(now_ms), epoch_of(now_ms)
        self.vouched, self.moved, self.last = self.epoch, now_ms, now_ms
        self.sides = [own, peer]
        self.grace, self.gone, self.messages, self.sent = [], [], 0, 0

    def _keys(self, chain, epoch):
        for side, hash_ in enumerate(self.sides):
            for device in range(DEVICES):
                yield side, device, key_of(chain, epoch, sender(hash_, device))

    def advance(self, now_ms):
        while self.epoch < epoch_of(now_ms):
            keys = [{"s": side, "d": device, "k": key} for side, device, key in self._keys(self.chain, self.epoch)]
            ends = max(start_ms(self.epoch + 1), now_ms) + GRACE_MS
            self.grace.append({"e": self.epoch, "t": ends, "k": keys})
            self.epoch += 1
            self.chain = next_chain(self.chain, self.epoch)
            self.moved, self.messages, self.sent = now_ms, 0, 0
        for old in [old for old in self.grace if old["t"] <= now_ms]:
            self.grace.remove(old)
            self.gone.append({"e": old["e"], "k": b"".join(kid_of(key["k"]) for key in old["k"])})
        self.last = now_ms

    def state(self):
        chain, kids = self.chain, []
        for epoch in range(self.epoch, self.epoch + AHEAD + 1):
            chain = next_chain(chain, epoch) if epoch > self.epoch else chain
            kids += [kid_of(key) for _, _, key in self._keys(chain, epoch)]
        return {
            "v": 3, "own": self.sides[0], "peer": self.sides[1], "dev": 0, "next": 1, "e0": self.first,
            "e": self.epoch, "ok": self.vouched, "moved": self.moved, "last": self.last, "chain": self.chain,
            "kids": b"".join(kids), "grace": self.grace, "gone": self.gone, "msgs": self.messages, "sent": self.sent,
        }


IN_GRACE = {"e": cbor.number(), "t": cbor.number(), "k": cbor.listed(
    cbor.mapped({"s": cbor.number(0, 1), "d": cbor.number(0, 31), "k": cbor.sized(32)}))}
GONE = {"e": cbor.number(), "k": lambda item: isinstance(item, bytes) and len(item) > 0 and len(item) % 8 == 0}
OLDER = {
    "v": cbor.only(2), "own": cbor.sized(32), "peer": cbor.sized(32), "dev": cbor.number(0, 31), "next": cbor.number(0, 32),
    "e0": cbor.number(), "e": cbor.number(), "moved": cbor.number(), "last": cbor.number(), "chain": cbor.sized(32),
    "grace": cbor.listed(cbor.mapped(IN_GRACE)), "gone": cbor.listed(cbor.mapped(GONE)), "msgs": cbor.number(), "sent": cbor.number(),
}
STATE = {**OLDER, "v": cbor.only(3), "ok": cbor.number(), "kids": cbor.sized(6656)}


def _decoded(data, fields, code):
    try:
        return cbor.decode_map(data, fields)
    except ValueError:
        raise Refused(code) from None


def parse_state(data):
    """Of either version that is read."""
    code = "keyring/bad-state"
    try:
        value = cbor.decode(data)
        cbor.checked_map(value, OLDER if isinstance(value, dict) and value.get("v") == 2 else STATE)
    except ValueError:
        raise Refused(code) from None
    require(value["e0"] <= value["e"] and value["dev"] < value["next"], code)
    for ended in (value["grace"], value["gone"]):
        epochs = [one["e"] for one in ended]
        require(all(a < b for a, b in zip(epochs, [*epochs[1:], value["e"]])), code)
    return value


def read_state(case):
    own, peer = (sha256(bytes.fromhex(case[name])) for name in ("own_verifying_key", "peer_verifying_key"))
    ring = Ring(bytes.fromhex(case["root"]), own, peer, case["created_ms"])
    # One message of so many bytes was sealed before the ring moved on.
    ring.messages, ring.sent = 1, case["size_bytes"]
    for now_ms in case["advanced_ms"]:
        ring.advance(now_ms)
    ours, given = ring.state(), _decoded(bytes.fromhex(case["state"]), STATE, "keyring/bad-state")
    where = f"{len(case['advanced_ms'])} steps"
    yield compared(where, {name: (ours[name], given[name]) for name in STATE})
    yield compared(where, {"bytes": (cbor.encode(ours).hex(), case["state"])})


def _argon2id(passphrase, salt, kib, passes, lanes):
    """RFC 9106, as Debian's libargon2 computes it."""
    key = ctypes.create_string_buffer(32)
    sizes = [ctypes.c_uint32(number) for number in (passes, kib, lanes)]
    given = [passphrase, ctypes.c_size_t(len(passphrase)), salt, ctypes.c_size_t(len(salt)), key, ctypes.c_size_t(32)]
    code = ctypes.CDLL(ARGON2ID).argon2id_hash_raw(*sizes, *given)
    require(code == 0, f"argon2id ended with {code}")
    return key.raw


NUMBER = r"(0|[1-9][0-9]*)"
SALT = r"\$([A-Za-z0-9+/]{22})"
PHC = re.compile(rf"\$argon2id\$v=19\$m={NUMBER},t={NUMBER},p={NUMBER}{SALT}|\$pbkdf2-sha256\$i={NUMBER}{SALT}")
DERIVED = {}


def key_of_passphrase(passphrase, phc):
    """The 32 bytes of a passphrase, within the limits of the page."""
    found = PHC.fullmatch(phc)
    require(found is not None, "keyring/bad-phc")
    salt = base64.b64decode((found[4] or found[6]) + "==")
    require(base64.b64encode(salt).decode().rstrip("=") == (found[4] or found[6]), "keyring/bad-phc")
    words = unicodedata.normalize("NFKC", passphrase).encode()
    if (words, phc) not in DERIVED:
        if found[5] is None:
            m, t, p = (int(found[at]) for at in (1, 2, 3))
            allowed = 19_456 <= m <= 1_048_576 and 2 <= t <= 16 and 1 <= p <= 4 and m * t <= 4_194_304
            require(allowed, "keyring/bad-phc")
            DERIVED[words, phc] = _argon2id(words, salt, m, t, p)
        else:
            require(600_000 <= int(found[5]) <= 10_000_000, "keyring/bad-phc")
            DERIVED[words, phc] = hashlib.pbkdf2_hmac("sha256", words, salt, int(found[5]))
    return DERIVED[words, phc]


def _opened(key, sealed, context):
    try:
        return chunked.open_whole(key, sealed, context)
    except Refused:
        raise Refused("open/failed") from None


def open_export(data, passphrase):
    """What is in an export: state and role; of version 2 the state alone."""
    export = _decoded(data, {"v": cbor.number(2, 3), "phc": str, "sealed": bytes}, "keyring/bad-export")
    key = key_of_passphrase(passphrase, export["phc"])
    context = f"chartseal/export/v{export['v']}{export['phc']}".encode()
    opened = _opened(key, export["sealed"], context)
    if export["v"] == 2:
        return opened, None
    fields = {"ring": bytes, "role": cbor.one_of("doctor", "patient", "")}
    inside = _decoded(opened, fields, "open/failed")
    return inside["ring"], inside["role"]


def of_new_device(state):
    """The state with which an import goes on."""
    fields = parse_state(state)
    return cbor.encode({**fields, "dev": fields["next"], "next": fields["next"] + 1, "msgs": 0, "sent": 0})


def read_export(case):
    data, passphrase = bytes.fromhex(case["export"]), case["passphrase"]
    state, role = open_export(data, passphrase)
    key = key_of_passphrase(passphrase, case["phc"])
    sealed = chunked.seal(
        key,
        cbor.encode({"ring": state, "role": role}),
        b"chartseal/export/v3" + case["phc"].encode(),
        bytes.fromhex(case["salt"]),
    )
    changed = data[:-1] + bytes([data[-1] ^ 1])
    values = {
        "state": (state.hex(), case["state"]),
        "form of the state": (refusal_of(parse_state, state), None),
        "role": (role, case["role"]),
        "export": (cbor.encode({"v": 3, "phc": case["phc"], "sealed": sealed}), data),
        "a changed byte": (refusal_of(open_export, changed, passphrase), "open/failed"),
    }
    yield compared(case["phc"], values)


def read_older(case):
    """Version 2 of a state, as version 3 has it."""
    state, role = open_export(bytes.fromhex(case["older_export"]), case["passphrase"])
    older = _decoded(state, OLDER, "keyring/bad-state")
    ring = Ring(older["chain"], older["own"], older["peer"], start_ms(older["e"]))
    newer = {**older, "v": 3, "ok": older["e"], "kids": ring.state()["kids"]}
    values = {
        "state": (state.hex(), case["older_state"]),
        "no role": (role, None),
        "the state of today": (cbor.encode(newer).hex(), case["state"]),
    }
    yield compared("version 2", values)


def _refusal_of(case):
    if "state" in case:
        data = bytes.fromhex(case["state"])
        return refusal_of(parse_state, data)
    return refusal_of(open_export, bytes.fromhex(case["export"]), case["passphrase"])


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["name"], {"code": (_refusal_of(case), case["refused"])})
            continue
        kinds = {"links": read_links, "advanced_ms": read_state, "export": read_export, "older_export": read_older}
        [reads] = [reads for name, reads in kinds.items() if name in case]
        yield from reads(case)


READS = {"keyring-v2.json": read}
