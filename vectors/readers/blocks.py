"""docs/spec/ledger-v2.md: headers, blocks, the state and its tree. Seals are not in these vectors."""
import cbor
import zip215
from basics import Refused, require, sha256
from judged import compared, refusal_of
from ledger import Record, is_in_force, read_genesis, require_next_roster, require_signatures, signers_of, slip_message
from merkle import leaf_hash, node_hash, root_of

EMPTY = bytes(32)

# Headers.

FIELDS = (
    ("version", 4, int), ("ledger", 32, bytes), ("height", 8, int), ("previous", 32, bytes), ("records", 32, bytes),
    ("state", 32, bytes), ("timestamp", 8, int), ("difficulty", 16, int), ("sealer", 32, bytes), ("extra", 40, bytes), ("nonce", 8, int),
)


class Header:
    def __init__(self, data):
        require(len(data) == 244, "ledger/bad-header")
        at = 0
        for name, size, kind in FIELDS:
            part = data[at : at + size]
            setattr(self, name, part if kind is bytes else int.from_bytes(part, "little"))
            at += size
        require(self.version == 2 and self.difficulty >= 1, "ledger/bad-header")
        self.id = sha256(data)


def read_block(data):
    """Header and records as bytes."""
    code = "ledger/bad-block"
    require(len(data) <= 1_048_576, code)
    try:
        value = cbor.decode(data)
    except ValueError:
        raise Refused(code) from None
    is_block = isinstance(value, list) and len(value) == 3 and isinstance(value[0], bytes)
    require(is_block and isinstance(value[1], bytes) and len(value[1]) <= 65_536, code)
    is_list = isinstance(value[2], list) and all(isinstance(one, bytes) for one in value[2])
    require(is_list and len(value[2]) <= 25, code)
    return Header(value[0]), value[1], value[2]


def records_path_root(record, path):
    """The root to which a record proof leads."""
    require(len(path) <= 5 and all(len(one) == 33 and one[0] in (0, 1) for one in path), "ledger/record-proof")
    hash_ = leaf_hash(record.wtxid)
    for one in path:
        hash_ = node_hash(one[1:], hash_) if one[0] == 0 else node_hash(hash_, one[1:])
    return hash_


def records_root(records):
    return root_of([leaf_hash(Record(data).wtxid) for data in records])


# The state tree.


def _bit(key, depth):
    return key[depth // 8] >> 7 - depth % 8 & 1


def _leaf(key, hash_):
    return sha256(b"\x00", key, hash_)


def tree_root(entries, depth=0):
    """Of a map of keys to values."""
    if len(entries) == 0:
        return EMPTY
    if len(entries) == 1:
        [(key, value)] = entries.items()
        return _leaf(key, sha256(value))
    halves = [{key: value for key, value in entries.items() if _bit(key, depth) == bit} for bit in (0, 1)]
    return sha256(b"\x01", *(tree_root(half, depth + 1) for half in halves))


def state_proof(entries, key):
    siblings, other, depth = [], b"", 0
    while len(entries) > 1:
        halves = [{one: value for one, value in entries.items() if _bit(one, depth) == bit} for bit in (0, 1)]
        entries, beside = halves[_bit(key, depth)], halves[1 - _bit(key, depth)]
        siblings.append(tree_root(beside, depth + 1) if beside else b"")
        depth += 1
    for found, value in entries.items():
        if found != key:
            other = found + sha256(value)
    return cbor.encode({"siblings": siblings, "other": other})


def _is_sibling(item):
    return item == b"" and isinstance(item, bytes) or cbor.sized(32)(item) and item != EMPTY


def _is_other(item):
    return isinstance(item, bytes) and len(item) in (0, 64)


def is_shown(root, key, value, proof):
    """Whether a proof says that the key has this value, or none where it is None."""
    try:
        fields = cbor.decode_map(proof, {"siblings": cbor.listed(_is_sibling, 0, 256), "other": _is_other})
    except ValueError:
        raise Refused("ledger/bad-state-proof") from None
    siblings, other = fields["siblings"], fields["other"]
    # A subtree of one leaf is that leaf: beside the lowest one there is something.
    hash_ = EMPTY
    if value is not None:
        if other != b"":
            return False
        hash_ = _leaf(key, sha256(value))
    elif other != b"":
        if other[:32] == key or any(_bit(other, depth) != _bit(key, depth) for depth in range(len(siblings))):
            return False
        hash_ = _leaf(other[:32], other[32:])
    for depth in range(len(siblings) - 1, -1, -1):
        pair = [hash_, siblings[depth] or EMPTY]
        hash_ = sha256(b"\x01", *(pair if _bit(key, depth) == 0 else reversed(pair)))
    return hash_ == root


# The state.


class State:
    def __init__(self, roster, entries=None, numbers=None):
        self.roster, self.prescriptions, self.numbers = roster, dict(entries or {}), dict(numbers or {})

    def copy(self):
        return State(self.roster, {txid: dict(one) for txid, one in self.prescriptions.items()}, self.numbers)

    def entries(self):
        made = {sha256(b"roster"): cbor.encode(self.roster)}
        made |= {sha256(txid): cbor.encode(one) for txid, one in self.prescriptions.items()}
        return made | {sha256(b"signer\0", kid): cbor.encode(number) for kid, number in self.numbers.items()}

    def root(self):
        return tree_root(self.entries())


class _Applying:
    """The records of one block, each on what the ones before it left, but for the roster."""

    def __init__(self, state, ledger, header):
        self.state, self.ledger, self.header = state.copy(), ledger, header
        self.roster, self.has_roster = state.roster, False

    def take(self, data):
        record = Record(data)
        claims = record.claims
        require(claims["ledger"] == self.ledger, "ledger/other-ledger")
        signers = signers_of(record, self.roster, self.header.height)
        require(claims["seq"] == self.state.numbers.get(claims["signer"], 1), "ledger/seq")
        getattr(self, f"_{claims['kind']}")(record)
        require_signatures(record, signers)
        if "proof" in claims:
            slip = self.state.prescriptions[claims["prescription"]]["slip"]
            require(zip215.holds(slip, claims["proof"], slip_message(claims)), "ledger/slip-proof")
        self.state.numbers[claims["signer"]] = claims["seq"] + 1

    def _open(self, claims):
        one = self.state.prescriptions.get(claims["prescription"])
        require(one is not None, "ledger/unknown-prescription")
        require(one["status"] in ("ready", "partly"), "ledger/not-open")
        return one

    def _to_end(self, claims):
        one = self._open(claims)
        signer = claims["signer"]
        members = {member["kid"]: member for member in self.roster["members"] if is_in_force(member, self.header.height)}
        who = members.get(one["prescriber"])
        has_ended = who is None or "prescriber" not in who["roles"]
        is_registrar = "registrar" in members[signer]["roles"]
        require(signer == one["prescriber"] or has_ended and is_registrar, "ledger/not-the-prescriber")
        require(claims["previous"] == one["last"], "ledger/stale-change")
        return one

    def _prescribe(self, record):
        claims = record.claims
        one = {name: claims[name] for name in ("quantity", "validUntil", "slip") if name in claims}
        more = {"status": "ready", "prescriber": claims["signer"], "dispensed": 0, "last": record.txid}
        self.state.prescriptions[record.txid] = one | more

    def _cancel(self, record):
        self._to_end(record.claims).update(status="cancelled", last=record.txid)

    def _replace(self, record):
        self._to_end(record.claims).update(status="replaced", last=record.txid, replacedBy=record.txid)
        self._prescribe(record)

    def _dispense(self, record):
        claims = record.claims
        one = self._open(claims)
        require(claims["previous"] == one["last"], "ledger/stale-change")
        require(self.header.timestamp < one["validUntil"], "ledger/expired")
        left = one["quantity"] - one["dispensed"] - claims["quantity"]
        require(left >= 0, "ledger/too-many-units")
        require(("slip" in one) == ("proof" in claims), "ledger/slip-proof")
        status = "dispensed" if left == 0 else "partly"
        one.update(status=status, dispensed=one["dispensed"] + claims["quantity"], last=record.txid)

    def _roster(self, record):
        require(not self.has_roster, "ledger/second-roster")
        require_next_roster(record.claims["roster"], self.roster, self.header.height)
        self.state.roster, self.has_roster = record.claims["roster"], True


def median_time_past(headers, first, clock):
    """Of the newest header; `first` stands for those that a young chain lacks."""
    times = [header.timestamp for header in headers[-11:]]
    if clock is not None:
        times = [header.timestamp for header in headers[-11:] if header.height > clock["height"]]
        first = clock["time"]
    times += [first] * (11 - len(times))
    return sorted(times)[5]


class Chain:
    def __init__(self, genesis_data, block_0):
        self.ledger, genesis = read_genesis(genesis_data)
        header, seal, records = read_block(block_0)
        self.first, self.headers, self.state = genesis["timestamp"], [header], State(genesis["roster"])
        plain = (header.height, header.previous, header.difficulty, header.sealer, header.extra, header.nonce, seal, records)
        require(plain == (0, EMPTY, 1, EMPTY, bytes(40), 0, b"", []), "ledger/bad-block")
        wanted = (self.ledger, sha256(b""), self.state.root(), self.first)
        require((header.ledger, header.records, header.state, header.timestamp) == wanted, "ledger/bad-block")

    def apply(self, data):
        header, _, records = read_block(data)
        parent = self.headers[-1]
        read = self._read(records)
        require(header.ledger == self.ledger, "ledger/other-ledger")
        require(header.height == parent.height + 1, "ledger/block-height")
        require(header.previous == parent.id, "ledger/block-previous")
        least = median_time_past(self.headers, self.first, self.state.roster.get("clock"))
        require(header.timestamp >= least, "ledger/block-time")
        require(root_of([leaf_hash(record.wtxid) for record in read]) == header.records, "ledger/records-root")
        applying = _Applying(self.state, self.ledger, header)
        for record in records:
            code = refusal_of(applying.take, record)
            require(code is None, "ledger/bad-block-record")
        require(applying.state.root() == header.state, "ledger/state-root")
        self.headers.append(header)
        self.state = applying.state

    @staticmethod
    def _read(records):
        try:
            return [Record(data) for data in records]
        except Refused:
            raise Refused("ledger/bad-block-record") from None


# Vectors.


def _values_of_header(case, _):
    data = bytes.fromhex(case["header"])
    if "code" in case:
        return {"code": (refusal_of(Header, data), case["code"])}
    header = Header(data)
    numbers = {name: (str(getattr(header, name)), case[name]) for name in ("height", "timestamp", "difficulty", "nonce")}
    return {"id": (header.id.hex(), case["id"]), **numbers}


def _values_of_chain(case, document):
    chain = Chain(bytes.fromhex(document["genesis"]), bytes.fromhex(document["block_0"]))
    *first, last = (bytes.fromhex(block) for block in case["blocks"])
    for block in first:
        chain.apply(block)
    if "code" in case:
        root = chain.state.root()
        return {"code": (refusal_of(chain.apply, last), case["code"]), "unchanged": (chain.state.root(), root)}
    chain.apply(last)
    return {"state": (chain.state.root().hex(), case["state_root"])}


def _values_of_state_proof(case, _):
    entries = {bytes.fromhex(one["key"]): bytes.fromhex(one["value"]) for one in case["entries"]}
    key, root, proof = (bytes.fromhex(case[name]) for name in ("key", "root", "proof"))
    return {
        "root": (tree_root(entries), root),
        "proof": (state_proof(entries, key), proof),
        "holds": (is_shown(root, key, entries.get(key), proof), True),
    }


def _values_of_claim(case, _):
    root, key, proof = (bytes.fromhex(case[name]) for name in ("root", "key", "proof"))
    value = bytes.fromhex(case["value"]) if "value" in case else None
    if "code" in case:
        return {"code": (refusal_of(is_shown, root, key, value, proof), case["code"])}
    return {"valid": (is_shown(root, key, value, proof), case["valid"])}


def _values_of_record_proof(case, _):
    header, _, records = read_block(bytes.fromhex(case["block"]))
    path = [bytes.fromhex(one) for one in case["proof"]]
    reached = records_path_root(Record(records[case["place"]]), path)
    return {"root": (reached, header.records), "root of all": (records_root(records), header.records)}


SHOWN = {
    "header": _values_of_header, "chain": _values_of_chain, "state proof": _values_of_state_proof, "state claim": _values_of_claim,
    "record proof": _values_of_record_proof,
}


def read(document):
    for case in document["cases"]:
        yield compared(case["name"], SHOWN[case["what"]](case, document))


READS = {"ledger-blocks-v2.json": read}
