"""docs/spec/audit-entry.md and the receipts of docs/spec/audit-verify.md: entries, keys of patients, the log around them."""
import unicodedata

import cbor
import chunked
import tlog
from basics import Refused, hkdf, hmac256, require, sha256, u16, u64
from judged import compared, refusal_of
from merkle import leaf_hash, root_of

LONGEST_LEAF, LAST_MS = 65_535, 253_402_300_799_999
ACTIONS = (
    "create", "read", "update", "delete", "query", "export", "import", "login", "logout", "break-glass-start", "break-glass-end",
    "break-glass-review", "shred",
)
OUTCOMES = ("success", "minor-failure", "serious-failure", "major-failure", "unknown")


def _has_control(item, but=""):
    return any(unicodedata.category(letter) == "Cc" and letter not in but for letter in item)


def _units(item):
    return len(item.encode("utf-16-le", "surrogatepass")) // 2


def is_name(item):
    return isinstance(item, str) and 1 <= _units(item) <= 256 and not _has_control(item) and item == item.strip()


def is_name_or_empty(item):
    return item == "" or is_name(item)


def is_words(item):
    is_plain = isinstance(item, str) and _units(item) <= 16_384 and not _has_control(item, "\t\n\r")
    return is_plain and (item == "" or item.strip() != "")


MACHINE = cbor.mapped({"name": is_name, "address": is_name})
DETAIL = {
    "resource": is_name_or_empty, "query": is_words, "client": cbor.listed(MACHINE, 0, 1), "server": cbor.listed(MACHINE, 0, 1),
    "text": is_words, "digests": cbor.listed(cbor.mapped({"name": is_name, "sha256": cbor.sized(32)}), 0, 64),
    "imported": cbor.listed(cbor.mapped({"format": is_name, "records": cbor.number(), "sha256": cbor.sized(32)}), 0, 1),
    "unmapped": is_words,
}
RECORD = {
    "at": cbor.number(0, LAST_MS), "actor": is_name, "action": cbor.one_of(*ACTIONS), "patient": is_name_or_empty,
    "outcome": cbor.one_of(*OUTCOMES), "purpose": str, "source": is_name, "detail": cbor.mapped(DETAIL, ["unmapped"]),
}
SEALED = {"v": cbor.only(2), "seq": cbor.number(), "at": cbor.number(), "id": cbor.sized(16), "tag": cbor.sized(16), "body": bytes}
IMPORTED = {"v": cbor.only(2), "seq": cbor.number(), "at": cbor.number(), "line": bytes}


def parse_leaf(data):
    require(len(data) <= LONGEST_LEAF, "audit/leaf-too-large")
    try:
        value = cbor.decode(data)
        return cbor.checked_map(value, IMPORTED if isinstance(value, dict) and "line" in value else SEALED)
    except ValueError:
        raise Refused("audit/bad-leaf") from None


def tag_of(subject_key, seq):
    return hmac256(hkdf(subject_key, b"chartseal/audit-tag/v2"), u64(seq))[:16]


def _context(origin, leaf):
    name = origin.encode()
    return b"chartseal/audit/v2" + u16(len(name)) + name + u64(leaf["seq"]) + u64(leaf["at"]) + leaf["id"]


def _padded(data):
    return chunked.pad(data, -(-(len(data) + 1) // 256) * 256)


def _stripped(padded):
    data = chunked.strip(padded)
    require(_padded(data) == padded, "open/failed")
    return data


def open_entry(data, subject_key, origin):
    """The record of a leaf that bears the tag of this key."""
    leaf = parse_leaf(data)
    require("tag" in leaf and tag_of(subject_key, leaf["seq"]) == leaf["tag"], "open/failed")
    try:
        opened = _stripped(chunked.open_whole(subject_key, leaf["body"], _context(origin, leaf)))
        record = cbor.decode_map(opened, RECORD)
        purposes = record["purpose"].split(" ") if record["purpose"] else []
        breaks_glass = record["action"] in ("break-glass-start", "break-glass-end")
        require(len(set(purposes)) == len(purposes) and "" not in purposes, "open/failed")
        require(not breaks_glass or "BTG" in purposes, "open/failed")
        return leaf, record
    except (ValueError, Refused):
        raise Refused("open/failed") from None


def seal_entry(leaf, record, subject_key, origin, salt):
    sealed = chunked.seal(subject_key, _padded(cbor.encode(record)), _context(origin, leaf), salt)
    return cbor.encode({**leaf, "tag": tag_of(subject_key, leaf["seq"]), "body": sealed})


def canonical_id(text, rule):
    if rule == "exact":
        return text
    text = unicodedata.normalize("NFC", text)
    text = text[len("Patient/") :] if text.lower().startswith("patient/") else text
    return text.partition("/_history/")[0]


def key_name(log_key, generation, patient):
    name_key = hkdf(log_key, b"chartseal/audit-key-name/v2")
    return f"subject/{generation:010}/{hmac256(name_key, patient.encode())[:16].hex()}"


def _key_context(generation, name):
    return b"chartseal/audit-key/v2" + u64(generation) + name.encode()


def unwrap_key(log_key, generation, name, wrapped):
    opened = _stripped(chunked.open_whole(log_key, wrapped, _key_context(generation, name)))
    return cbor.decode_map(opened, {"patient": str, "key": lambda item: cbor.sized(32)(item) or item == b""})


def open_receipt(text, log, policy):
    leaf, index, checkpoint, times = tlog.read_proof(text, log, policy, "audit/bad-receipt")
    require(parse_leaf(leaf)["seq"] == index, "audit/bad-receipt")
    return leaf, index, checkpoint, times


# Vectors.


def _values_of_entry(case):
    key, salt, data = (bytes.fromhex(case[name]) for name in ("subject_key", "salt", "leaf"))
    leaf, record = open_entry(data, key, case["origin"])
    head = {"v": 2, "seq": case["seq"], "at": case["at"], "id": bytes.fromhex(case["id"])}
    changed = [at for at in range(0, len(data), 7) if refusal_of(open_entry, _flipped(data, at), key, case["origin"]) is None]
    return {
        "head": ({name: leaf[name] for name in head}, head),
        "record": (cbor.encode(record).hex(), case["record"]),
        "sealed again": (seal_entry(head, record, key, case["origin"], salt), data),
        "hash": (leaf_hash(data).hex(), case["hash"]),
        "with another byte": (changed, []),
        "in another log": (refusal_of(open_entry, data, key, case["origin"] + "x"), "open/failed"),
    }


def _flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _values_of_leaf(case):
    data = bytes.fromhex(case["leaf"])
    if "refused" in case:
        return {"code": (refusal_of(parse_leaf, data), case["refused"])}
    leaf = parse_leaf(data)
    return {"line": (leaf["line"].hex(), case["line"]), "seq": (leaf["seq"], case["seq"])}


def _values_of_body(case):
    """A body that was sealed rightly around a record that is none."""
    key, data = bytes.fromhex(case["subject_key"]), bytes.fromhex(case["leaf"])
    return {"code": (refusal_of(open_entry, data, key, case["origin"]), case["refused"])}


def _values_of_key(case):
    log_key, generation = bytes.fromhex(case["log_key"]), case["generation"]
    patient = canonical_id(case["patient"], case["rule"])
    name, wrapped = key_name(log_key, generation, patient), bytes.fromhex(case["wrapped"])
    inside = unwrap_key(log_key, generation, name, wrapped)
    again = chunked.seal(log_key, _padded(cbor.encode(inside)), _key_context(generation, name), bytes.fromhex(case["salt"]))
    return {
        "name": (name, case["name_of_key"]),
        "patient": (inside["patient"], patient),
        "key": (inside["key"].hex(), case["key"]),
        "wrapped again": (again, wrapped),
    }


def _values_of_checkpoint(case):
    log, policy = tlog.VerifierKey(case["log"]), tlog.Policy(case["policy"])
    if "refused" in case:
        return {"code": (refusal_of(tlog.read_checkpoint, case["note"], log, policy), case["refused"])}
    checkpoint, times = tlog.read_checkpoint(case["note"], log, policy)
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in case["leaves"]]
    seen = {tlog.VerifierKey(one["key"]).id: one["at_seconds"] for one in case["cosigned"]}
    return {
        "origin": (checkpoint.origin, case["origin"]),
        "size": (checkpoint.size, case["size"]),
        "leaves": (len(leaves), case["size"]),
        "root": (checkpoint.root.hex(), case["root"]),
        "root of the leaves": (checkpoint.root, root_of(leaves)),
        "witnesses": (list(times), case["witnesses"]),
        "when": ({policy.witnesses[name].id: time for name, time in times.items()}, seen),
    }


def _values_of_receipt(case):
    log, policy = tlog.VerifierKey(case["log"]), tlog.Policy(case["policy"])
    if "refused" in case:
        return {"code": (refusal_of(open_receipt, case["receipt"], log, policy), case["refused"])}
    leaf, index, checkpoint, _ = open_receipt(case["receipt"], log, policy)
    return {
        "leaf": (leaf.hex(), case["leaf"]),
        "index": (index, case["index"]),
        "size": (checkpoint.size, case["size"]),
    }


def _values_of_access(case):
    """docs/spec/clinic-api.md, entries: what a leaf of a clinic's own log commits to."""
    salt, entry, leaf = (bytes.fromhex(case[name]) for name in ("salt", "entry", "leaf"))
    fields = {"v": cbor.only(3), "seq": cbor.number(), "at": cbor.number(), "id": cbor.sized(16), "sum": cbor.sized(32)}
    value = cbor.decode_map(leaf, fields)
    said = cbor.decode_map(entry, {
        "v": cbor.only(2), "act": str, "by": str, "box": str, "ids": cbor.listed(cbor.text()), "dev": str,
        "pou": str,
    }, ["pou"])
    return {
        "sum": (sha256(b"chartseal/access/v2", salt, entry), value["sum"]),
        "act": (said["act"], case["act"]),
        "ids": (said["ids"], case["ids"]),
    }


SHOWN = {
    "entry": _values_of_entry, "leaf": _values_of_leaf, "body": _values_of_body, "key": _values_of_key, "checkpoint": _values_of_checkpoint,
    "receipt": _values_of_receipt, "access": _values_of_access,
}


def read(document):
    for case in document["cases"]:
        yield compared(f"{case['shows']}, {case['title']}", SHOWN[case["shows"]](case))


READS = {"audit-v2.json": read}
