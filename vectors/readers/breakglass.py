"""docs/spec/break-glass.md: statements, sealed shares, entries of the log, and what two shares open."""
import json

import cbor
from basics import Refused, ed25519_public, ed25519_sign, from_base64url, is_key, is_signed, require, sha256, to_base64url
from envelope import parse_capability
from hpke import X25519Identity, open_sealed
from judged import compared, refusal_of
from ledger import key_id
from shares import check_share, combine

YEAR_MS = 366 * 24 * 3_600_000
MS = cbor.number()


def _is_kid(item):
    if not isinstance(item, str) or len(item) != 43:
        return False
    return refusal_of(from_base64url, item, "no kid") is None


def _said(most):
    """Text of so many code points and 2,000 bytes."""
    return lambda item: isinstance(item, str) and len(item) <= most and len(item.encode()) <= 2000


def _is_reason_given(item):
    return _said(500)(item) and item != ""


def _is_origin(item):
    return cbor.text(1, 2048)(item)


POLICY = {"t": MS, "denials": MS, "wait": MS, "witnesses": MS, "decide": MS, "access": MS}
CUSTODIAN = {"kid": _is_kid, "share": cbor.sized(32)}
FIELDS = {
    "custody-key": {"origin": _is_origin, "key": cbor.sized(32), "at": MS},
    "set": {
        "origin": _is_origin, "id": cbor.sized(16), "record": str, "about": cbor.text(1, 200), "drill": cbor.number(0, 1),
        "patient": lambda item: item == "" or _is_kid(item), "policy": cbor.mapped(POLICY),
        "custodians": cbor.listed(cbor.mapped(CUSTODIAN), 1, 255), "root": cbor.sized(32), "at": MS,
    },
    "request": {
        "origin": _is_origin, "id": cbor.sized(16), "set": cbor.sized(32), "reason": cbor.one_of("ETREAT", "BTG"),
        "text": _is_reason_given, "at": MS, "decide": MS, "until": MS, "key": cbor.sized(32),
    },
    "release": {"req": cbor.sized(32), "at": MS, "share": cbor.sized(32)},
    "denial": {"req": cbor.sized(32), "at": MS, "text": _said(500)},
    "opened": {"req": cbor.sized(32), "at": MS},
    "closed": {"req": cbor.sized(32), "at": MS, "text": _said(500)},
    "reviewed": {
        "req": cbor.sized(32), "at": MS, "seen": cbor.sized(32), "verdict": cbor.one_of("justified", "not-justified", "unclear"),
        "text": _said(500),
    },
}


def kid_of(key):
    return to_base64url(key_id("Ed25519", key))


def hash_of(statement):
    return sha256(b"chartseal/break-glass-hash/v2\0", statement)


def set_id(fields):
    terms = {name: fields[name] for name in ("origin", "record", "about", "patient", "drill", "policy", "at")}
    terms["custodians"] = [one["kid"] for one in fields["custodians"]]
    return sha256(b"chartseal/break-glass-terms/v2\0", cbor.encode(terms))[:16]


def _requires_policy(fields):
    policy, n = fields["policy"], len(fields["custodians"])
    holds = 2 <= policy["t"] <= n and 1 <= policy["denials"] <= n - policy["t"] + 1 and policy["wait"] < policy["access"]
    holds = holds and 1 <= policy["witnesses"] <= 64
    require(holds and all(1 <= policy[name] <= YEAR_MS for name in ("decide", "access")), "break-glass/policy")


def _requires_set(fields):
    code = "break-glass/invalid"
    kids = [one["kid"] for one in fields["custodians"]]
    require(len(set(kids)) == len(kids), code)
    _requires_policy(fields)
    try:
        record = parse_capability("verify", fields["record"])
    except Refused:
        raise Refused(code) from None
    require(record["owner"] == fields["by"], code)
    require(set_id(fields) == fields["id"], code)


def parse_statement(kind, data):
    code = "break-glass/invalid"
    require(64 < len(data) <= 32_768, code)
    try:
        wanted = {**FIELDS[kind], "v": cbor.only(2), "k": cbor.only(kind), "by": is_key}
        fields = cbor.decode_map(data[:-64], wanted)
    except ValueError:
        raise Refused(code) from None
    if kind == "set":
        _requires_set(fields)
    require(kind != "request" or fields["at"] < fields["decide"] <= fields["until"], code)
    label = f"chartseal/break-glass-{kind}/v2\0".encode()
    require(is_signed(fields["by"], data[-64:], label, data[:-64]), "break-glass/bad-signature")
    return fields


def open_share(use, subject, kid, secret, sealed):
    label = {"set": b"chartseal/break-glass-custody/v2\0", "release": b"chartseal/break-glass-share/v2\0"}[use]
    require(len(sealed) <= 1100, "break-glass/invalid")
    return open_sealed(X25519Identity(secret), sealed[:32], sealed[32:], label + subject + kid.encode())


def hash_of_sealed(sealed):
    return sha256(b"chartseal/break-glass-sealed/v2\0", sealed)


# Vectors.

# How the case calls what a statement has.
NAMES = {
    "createdMs": "at", "atMs": "at", "decideByMs": "decide", "accessUntilMs": "until", "isDrill": "drill", "request": "req",
    "threshold": "t", "waitMs": "wait", "maxDecideMs": "decide", "maxAccessMs": "access",
}
HEXADECIMAL = {"id", "key", "set", "root", "share", "req", "seen"}


def _as_fields(content):
    fields = {}
    for given, value in content.items():
        name = NAMES.get(given, given)
        if isinstance(value, dict):
            value = _as_fields(value)
        elif isinstance(value, list):
            value = [_as_fields(item) for item in value]
        elif isinstance(value, bool):
            value = int(value)
        elif name in HEXADECIMAL:
            value = bytes.fromhex(value)
        fields[name] = value
    return fields


def _values_of_statement(case):
    data, seed, kind = bytes.fromhex(case["bytes"]), bytes.fromhex(case["signing_key"]), case["kind"]
    fields = parse_statement(kind, data)
    content = _as_fields(json.loads(case["content"]))
    content.pop("kind")
    made = cbor.encode({**content, "v": 2, "k": kind, "by": ed25519_public(seed)})
    signature = ed25519_sign(seed, f"chartseal/break-glass-{kind}/v2\0".encode(), made)
    changed = [at for at in range(len(data)) if refusal_of(parse_statement, kind, _flipped(data, at)) is None]
    return {
        "bytes": (made + signature, data),
        "by": (kid_of(fields["by"]), case["by"]),
        "hash": (hash_of(data).hex(), case["hash"]),
        "with another byte": (changed, []),
    }


def _flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _values_of_sealed(case):
    subject, secret, sealed = (bytes.fromhex(case[name]) for name in ("subject", "secret", "sealed"))
    share = open_share(case["use"], subject, case["kid"], secret, sealed)
    return {
        "share": (share.hex(), case["share"]),
        "a share that is sound": (refusal_of(check_share, share), None),
        "hash": (hash_of_sealed(sealed).hex(), case["hash"]),
        "for somebody else": (refusal_of(open_share, case["use"], subject, case["kid"][::-1], secret, sealed), "open/failed"),
    }


ACTS = {"request": "asked", "release": "released", "denial": "denied"}


def make_entry(case):
    data = bytes.fromhex(case["set"])
    of_set = parse_statement("set", data)
    entry = {"v": 2, "box": "", "dev": of_set["patient"]}
    if "event" not in case:
        ids = [to_base64url(of_set["id"]), to_base64url(hash_of(data))]
        return {**entry, "act": "break-glass-set", "by": kid_of(of_set["by"]), "ids": ids}
    event = bytes.fromhex(case["event"])
    request = parse_statement("request", bytes.fromhex(case["request"]))
    kind = cbor.decode(event[:-64])["k"]
    fields = parse_statement(kind, event)
    hashes = [hash_of(event), bytes.fromhex(case["previous"])]
    ids = [to_base64url(request["id"]), *map(to_base64url, hashes), str(case["at_ms"])]
    act = f"break-glass-{ACTS.get(kind, kind)}"
    return {**entry, "act": act, "by": kid_of(fields["by"]), "ids": ids, "pou": request["reason"]}


def _values_of_entry(case):
    return {"entry": (cbor.encode(make_entry(case)).hex(), case["entry"])}


def _values_of_opened(case):
    of_set = parse_statement("set", bytes.fromhex(case["set"]))
    data = bytes.fromhex(case["request"])
    request, secret = parse_statement("request", data), bytes.fromhex(case["secret"])
    shares = []
    for one in case["releases"]:
        release, sealed = parse_statement("release", bytes.fromhex(one["release"])), bytes.fromhex(one["sealed"])
        require(release["req"] == hash_of(data) and release["share"] == hash_of_sealed(sealed), "break-glass/other-request")
        require(kid_of(release["by"]) == one["kid"], "break-glass/invalid")
        shares.append(check_share(open_share("release", hash_of(data), one["kid"], secret, sealed)))
    text = combine(shares).decode()
    kids = [custodian["kid"] for custodian in of_set["custodians"]]
    read, named = parse_capability("read", text), parse_capability("verify", of_set["record"])
    return {
        "key": (X25519Identity(secret).public, request["key"]),
        "root": ({share["root"] for share in shares}, {of_set["root"]}),
        "set": ({share["set"] for share in shares}, {of_set["id"]}),
        "places": ([share["x"] for share in shares], [kids.index(one["kid"]) + 1 for one in case["releases"]]),
        "capability": (text, case["capability"]),
        "record": ({name: read[name] for name in named}, named),
    }


SHOWN = {"statement": _values_of_statement, "sealed": _values_of_sealed, "entry": _values_of_entry, "opened": _values_of_opened}


def read(document):
    for case in document["cases"]:
        if case["shows"] == "refused":
            code = refusal_of(parse_statement, case["kind"], bytes.fromhex(case["bytes"]))
            values = {"code": (code, case["code"])}
        else:
            values = SHOWN[case["shows"]](case)
        yield compared(f"{case['shows']}, {case['note']}", values)


READS = {"break-glass-v2.json": read}
