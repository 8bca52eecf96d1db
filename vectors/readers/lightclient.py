"""docs/spec/ledger-v2.md: evidence of finality, proof bundles, and what a light client makes of them."""
import cbor
import tlog
from basics import Refused, require, sha256
from blocks import EMPTY, Header, is_shown, median_time_past, records_path_root, tree_root
from judged import compared, refusal_of
from ledger import CHANGES, MEMBER, PREIMAGE, Record, read_claims, read_genesis, read_roster, verifies

LONGEST, AHEAD_SECONDS, MOST_EVIDENCE = 1 << 20, 7200, 512
FINALITY, BUNDLE, PROOF = "ledger/finality", "ledger/bundle", "ledger/state-proof"

PROOF_FIELDS = {"siblings": cbor.listed(cbor.sized(0, 32), 0, 256), "other": cbor.sized(0, 64)}
STATEMENT = {"of": cbor.sized(32), "value": bytes, "proof": cbor.mapped(PROOF_FIELDS)}
FIELDS = {
    "v": cbor.only(2), "evidence": cbor.listed(cbor.sized(0, LONGEST), 1, MOST_EVIDENCE), "rosterProof": cbor.mapped(PROOF_FIELDS),
    "roster": bytes, "prescription": cbor.mapped(STATEMENT, ["value"]), "signer": cbor.mapped(STATEMENT, ["value"]),
    "changes": cbor.listed(cbor.sized(0, LONGEST), 0, 32),
    "record": cbor.mapped({"bytes": bytes, "path": cbor.listed(cbor.sized(33), 0, 5)}),
}
SEALER = {name: MEMBER[name] for name in ("kid", "alg", "key")}
TRUST = {"height": cbor.number(0, 2**64 - 1), "id": cbor.sized(32), "sealers": cbor.listed(cbor.mapped(SEALER))}
ANCHOR = {"v": cbor.only(2), "genesis": bytes, "roster": bytes, "trust": bytes}


class Anchor:
    def __init__(self, data):
        try:
            fields = cbor.decode_map(data, ANCHOR)
            self.trust = cbor.decode_map(fields["trust"], TRUST, ["sealers"])
        except ValueError:
            raise Refused("ledger/anchor") from None
        self.genesis, self.roster = fields["genesis"], fields["roster"]
        self.ledger, genesis = read_genesis(self.genesis)
        self.seal, self.first, self.block_0 = genesis["seal"], genesis["timestamp"], make_block_0(self.ledger, genesis)

    def moved(self, roster, head, sealers):
        """The next anchor, encoded."""
        trust = {"height": head.height, "id": head.id} | ({} if sealers is None else {"sealers": sealers})
        return cbor.encode({"v": 2, "genesis": self.genesis, "roster": roster, "trust": cbor.encode(trust)})


def make_block_0(ledger, genesis):
    root = tree_root({sha256(b"roster"): cbor.encode(genesis["roster"])})
    place = b"\x02\0\0\0" + ledger + bytes(8) + EMPTY + sha256(b"") + root
    return Header(place + genesis["timestamp"].to_bytes(8, "little") + b"\x01" + bytes(15) + bytes(32 + 40 + 8))


# Evidence. Each of these gives the header that is final, when it was seen, and who seals next.


def _by_witnesses(anchor, evidence, _):
    seal = anchor.seal
    log = tlog.VerifierKey(tlog.verifier_key(seal["origin"], tlog.ED25519, seal["logKey"]))
    policy = tlog.Policy("quorum none")
    policy.witnesses = {str(at): tlog.VerifierKey(text) for at, text in enumerate(seal["witnesses"])}
    try:
        leaf, index, checkpoint, times = tlog.read_proof(evidence.decode(), log, policy, FINALITY)
        header = Header(leaf)
    except (Refused, ValueError):
        raise Refused(FINALITY) from None
    seen = {policy.witnesses[name].key: time for name, time in times.items()}
    require(len(seen) >= seal["quorum"] and header.height == index and header.ledger == anchor.ledger, FINALITY)
    as_of = header.timestamp
    if checkpoint.size == index + 1 and seal["quorum"] > 0:
        as_of = max(as_of, sorted(seen.values(), reverse=True)[seal["quorum"] - 1])
    return header, as_of, None


POA = {
    "v": cbor.only(2), "kind": cbor.only("poa"),
    "sets": cbor.listed(cbor.mapped({"sealers": cbor.listed(cbor.mapped(SEALER), 1)}), 1),
    "blocks": cbor.listed(cbor.mapped({"header": cbor.sized(244), "sets": bytes, "votes": cbor.listed(cbor.sized(96))}), 3, 3),
}


def _quorum(count, tolerates):
    return count // 2 + 1 if tolerates == "crash" else 2 * count // 3 + 1


def _require_votes(anchor, header, named, votes):
    """A quorum of each set, all of whose votes hold."""
    slot = (header.timestamp - anchor.first) // anchor.seal["slotSeconds"]
    message = b"chartseal/ledger/v2/vote\0" + anchor.ledger + slot.to_bytes(8, "little") + header.id
    members = {one["kid"]: one for sealers in named for one in sealers}
    kids = [vote[:32] for vote in votes]
    require(all(a < b for a, b in zip(kids, kids[1:])), FINALITY)
    require(all(kid in members for kid in kids), "ledger/seal-votes")
    for vote in votes:
        member = members[vote[:32]]
        holds = verifies(member["alg"], member["key"], message, vote[32:])
        require(holds, "ledger/seal-votes")
    for sealers in named:
        count = sum(one["kid"] in kids for one in sealers)
        require(count >= _quorum(len(sealers), anchor.seal["tolerates"]), "ledger/seal-votes")


def _by_votes(anchor, evidence, trust):
    try:
        fields = cbor.decode_map(evidence, POA)
    except ValueError:
        raise Refused(FINALITY) from None
    sets = [one["sealers"] for one in fields["sets"]]
    headers = [_header_of(one["header"], anchor) for one in fields["blocks"]]
    seconds = anchor.seal["slotSeconds"]
    for at, (header, block) in enumerate(zip(headers, fields["blocks"])):
        if at > 0:
            before = headers[at - 1]
            follows = header.previous == before.id and header.height == before.height + 1
            require(follows and header.timestamp == before.timestamp + seconds, FINALITY)
        require(all(place < len(sets) for place in block["sets"]), FINALITY)
        named = [sets[place] for place in block["sets"]]
        if (header.height, header.id) == (trust["height"], trust["id"]):
            continue
        hashes = b"".join(sha256(cbor.encode(sealers)) for sealers in named)
        require(sha256(hashes) == header.extra[:32] and trust["sealers"] in named, FINALITY)
        _require_votes(anchor, header, named, block["votes"])
    last = sets[fields["blocks"][2]["sets"][-1]]
    return headers[1], headers[1].timestamp, last


def _header_of(data, anchor):
    try:
        header = Header(data)
    except Refused:
        raise Refused(FINALITY) from None
    require(header.ledger == anchor.ledger, FINALITY)
    return header


POW = {"v": cbor.only(2), "kind": cbor.only("pow"), "headers": bytes, "depth": cbor.number()}


def next_difficulty(chain, seal):
    """Of what comes behind these headers, block 0 first."""
    seconds, window, first = seal["blockSeconds"], seal["window"], int.from_bytes(seal["firstDifficulty"], "little")
    recent = chain[1:][-window:]
    lacking = window - len(recent)
    steps, total = [seconds] * lacking, first * lacking
    believed = chain[len(chain) - len(recent) - 1].timestamp
    for header in recent:
        step = min(max(header.timestamp - believed, 0), 6 * seconds)
        believed += step
        steps.append(step)
        total += header.difficulty
    expected = seconds * window * (window + 1) // 2
    weighted = sum(weight * step for weight, step in enumerate(steps, 1))
    return max(1, total * expected // (window * max(weighted, expected // 10)))


def _by_work(anchor, evidence, _):
    try:
        fields = cbor.decode_map(evidence, POW)
    except ValueError:
        raise Refused(FINALITY) from None
    require(len(fields["headers"]) % 244 == 0, FINALITY)
    chain = [anchor.block_0]
    for at in range(0, len(fields["headers"]), 244):
        header, parent = _header_of(fields["headers"][at : at + 244], anchor), chain[-1]
        require(header.previous == parent.id and header.height == parent.height + 1, FINALITY)
        is_timed = header.timestamp > median_time_past(chain, anchor.first, None)
        require(is_timed and header.difficulty == next_difficulty(chain, anchor.seal) and header.extra == bytes(40), "ledger/seal-header")
        require(int.from_bytes(header.id, "big") * header.difficulty <= 1 << 256, "ledger/seal-work")
        chain.append(header)
    require(fields["depth"] < len(chain) - 1, FINALITY)
    head = chain[-1 - fields["depth"]]
    return head, head.timestamp, fields["depth"]


EVIDENCE = {"tlog": _by_witnesses, "poa": _by_votes, "pow": _by_work}


# Bundles.


class Checked:
    def __init__(self, anchor, data, now):
        require(len(data) <= LONGEST, BUNDLE)
        try:
            optional = ["roster", "prescription", "signer", "record"]
            self._bundle = cbor.decode_map(data, FIELDS, optional)
        except ValueError:
            raise Refused(BUNDLE) from None
        self._judge_evidence(anchor)
        known, head = anchor.trust, self.head
        require(head.height >= known["height"], "ledger/bundle-behind")
        require(head.height > known["height"] or head.id == known["id"], "ledger/other-history")
        require(head.timestamp <= now + AHEAD_SECONDS, "ledger/bundle-future")
        roster = self._bundle.get("roster", anchor.roster)
        self._require_shown(sha256(b"roster"), roster, self._bundle["rosterProof"])
        self._read_roster(roster)
        self.state, self.next_number = self._shown_prescription(), self._shown_number()
        self.changes, self.is_all = self._proven_changes()
        self.record = self._shown_record()
        self.is_final = anchor.seal["kind"] != "pow"
        self.next_anchor = anchor.moved(roster, head, self._sealers) if self.is_final else None

    def _judge_evidence(self, anchor):
        trust = dict(anchor.trust)
        self._sealers, self.depth = trust.get("sealers"), None
        for evidence in self._bundle["evidence"]:
            if evidence == b"":
                self.head, self.as_of = anchor.block_0, anchor.block_0.timestamp
                continue
            self.head, self.as_of, more = EVIDENCE[anchor.seal["kind"]](anchor, evidence, trust)
            if anchor.seal["kind"] == "poa":
                self._sealers = more
                trust = {"height": self.head.height, "id": self.head.id, "sealers": more}
            else:
                self.depth = more

    def _require_shown(self, key, value, proof):
        require(is_shown(self.head.state, key, value, cbor.encode(proof)), PROOF)

    @staticmethod
    def _read_roster(data):
        try:
            read_roster(cbor.decode(data))
        except ValueError:
            raise Refused("ledger/roster") from None

    def _shown_prescription(self):
        said = self._bundle.get("prescription")
        self.prescription = None if said is None else said["of"]
        if said is None:
            return None
        self._require_shown(sha256(said["of"]), said.get("value"), said["proof"])
        return cbor.decode(said["value"]) if "value" in said else None

    def _shown_number(self):
        said = self._bundle.get("signer")
        self.signer = None if said is None else said["of"]
        if said is None:
            return None
        self._require_shown(sha256(b"signer\0", said["of"]), said.get("value"), said["proof"])
        return cbor.decode(said["value"]) if "value" in said else 1

    def _proven_changes(self):
        """Their ids, the newest first, and whether they go back to the prescription."""
        code, given = "ledger/bundle-changes", self._bundle["changes"]
        if self.state is None:
            require(given == [], code)
            return [], True
        awaited, dispensed, ids = self.state["last"], 0, []
        for data in given:
            txid = sha256(PREIMAGE, data)
            require(txid == awaited, code)
            claims = read_claims(data)
            require(claims["kind"] in CHANGES and claims["prescription"] == self.prescription, code)
            dispensed += claims["quantity"] if claims["kind"] == "dispense" else 0
            awaited = claims["previous"]
            ids.append(txid)
        is_all = awaited == self.prescription
        require(dispensed <= self.state["dispensed"], code)
        require(not is_all or dispensed == self.state["dispensed"], code)
        return ids, is_all

    def _shown_record(self):
        if "record" not in self._bundle:
            return None
        said = self._bundle["record"]
        record = Record(said["bytes"])
        require(records_path_root(record, said["path"]) == self.head.records, "ledger/record-proof")
        return record


# Vectors.


def _hex(data):
    return None if data is None else data.hex()


def _values_of(case):
    anchor, data, now = Anchor(bytes.fromhex(case["anchor"])), bytes.fromhex(case["bundle"]), case["now"]
    if "refused" in case:
        return {"code": (refusal_of(Checked, anchor, data, now), case["refused"])}
    checked = Checked(anchor, data, now)
    flips = {one["at"]: refusal_of(Checked, anchor, _flipped(data, one["at"]), now) for one in case.get("flipped", [])}
    status = checked.state or {}
    return {
        "rule": (anchor.seal["kind"], case["rule"]),
        "height": (checked.head.height, case["height"]),
        "id": (checked.head.id.hex(), case["id"]),
        "final": (checked.is_final, case["final"]),
        "depth": (checked.depth, case.get("depth")),
        "as of": (checked.as_of, case["as_of"]),
        "next anchor": (_hex(checked.next_anchor) or case["anchor"], case["next_anchor"]),
        "prescription": (_hex(checked.prescription), case.get("prescription")),
        "status": (status.get("status"), case.get("status")),
        "dispensed": (status.get("dispensed"), case.get("dispensed")),
        "changes": ([txid.hex() for txid in checked.changes], case.get("changes", [])),
        "changes are all": (checked.is_all, case.get("changes_are_all", True)),
        "signer": (_hex(checked.signer), case.get("signer")),
        "next number": (checked.next_number, case.get("next_seq")),
        "record": (checked.record and checked.record.txid.hex(), case.get("record")),
        "with another byte": (flips, {one["at"]: one["code"] for one in case.get("flipped", [])}),
    }


def _flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def read(document):
    for case in document["cases"]:
        yield compared(f"{case['rule']}, {case['name']}", _values_of(case))


READS = {"ledger-bundles-v2.json": read}
