"""docs/spec/shares-v2.md: shares, drills, refreshes and their messages."""
import bech32m
import cbor
from basics import Refused, ed25519_public, ed25519_sign, hkdf, hmac256, is_signed, require, sha256, u32
from judged import compared, refusal_of
from merkle import leaf_hash, path_of, root_from, root_of

LONGEST, LONGEST_IN_TEXT = (64 << 20) + 32, 512


def _multiply(a, b):
    """docs/spec/shamir-v1.md, field"""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11B if a & 128 else 0)
        b >>= 1
    return product


INVERSES = [0] + [next(b for b in range(1, 256) if _multiply(a, b) == 1) for a in range(1, 256)]


def _at(points, x):
    """The values at x of the polynomials through these points, byte by byte."""
    total = bytes(len(points[0][1]))
    for xi, yi in points:
        factor = 1
        for xj, _ in points:
            if xj != xi:
                factor = _multiply(factor, _multiply(x ^ xj, INVERSES[xi ^ xj]))
        table = bytes(_multiply(factor, byte) for byte in range(256))
        total = bytes(a ^ b for a, b in zip(total, yi.translate(table)))
    return total


# A share.

ENVELOPE = {
    "v": cbor.only(2), "set": cbor.sized(16), "t": cbor.number(), "n": cbor.number(), "x": cbor.number(), "y": bytes,
    "salt": cbor.sized(16), "root": cbor.sized(32), "path": cbor.listed(cbor.sized(32), 0, 8), "created": cbor.number(),
    "label": cbor.text(0, 64),
}


def parse_share(data):
    try:
        share = cbor.decode_map(data, ENVELOPE)
    except ValueError:
        raise Refused("shamir/invalid-share") from None
    require(2 <= share["t"] <= share["n"] <= 255, "shamir/bad-threshold")
    require(1 <= share["x"] <= share["n"], "shamir/bad-index")
    require(33 <= len(share["y"]) <= LONGEST, "shamir/bad-size")
    return share


def commitment(share):
    return sha256(b"chartseal/share-y/v2", share["salt"], share["y"])


def drill_seed(share):
    return hkdf(share["salt"] + share["y"], b"chartseal/share-drill/v2" + share["set"] + bytes([share["x"]]))


def leaf_of(part):
    """Of the parts of a leaf, as answers and replies have them."""
    numbers = bytes([part["t"], part["n"], part["x"]])
    return leaf_hash(b"chartseal/share/v2" + part["set"] + numbers + u32(part["len"]) + part["c"] + part["key"])


def parts_of(share):
    public = {name: share[name] for name in ("set", "t", "n", "x")}
    return {**public, "len": len(share["y"]), "c": commitment(share), "key": ed25519_public(drill_seed(share))}


def _leads_to_root(part, path, root):
    return root_from(leaf_of(part), part["x"] - 1, part["n"], path) == root


def check_share(data):
    share = parse_share(data)
    require(_leads_to_root(parts_of(share), share["path"], share["root"]), "shamir/damaged-share")
    return share


def parse_text(text):
    return bech32m.decode("chartshare", text, "shamir/invalid-share")


def combine(shares):
    """The secret of sound shares of one set."""
    t = shares[0]["t"]
    require(len(shares) >= t, "shamir/too-few-shares")
    points = [(share["x"], share["y"]) for share in shares[:t]]
    require(all(_at(points, share["x"]) == share["y"] for share in shares[t:]), "shamir/faulty-dealer")
    shared = _at(points, 0)
    secret, r, digest = shared[:-32], shared[-32:-16], shared[-16:]
    require(hmac256(r, b"chartseal/share-digest/v2" + secret)[:16] == digest, "shamir/faulty-dealer")
    return secret


# Messages.

IN_SET = {"set": cbor.sized(16), "t": cbor.number(2, 255), "n": cbor.number(2, 255)}
OF_SET = {**IN_SET, "root": cbor.sized(32)}
LENGTH, INDEX, HASH = cbor.number(33, LONGEST), cbor.number(1, 255), cbor.sized(32)
ANSWER = {**IN_SET, "x": INDEX, "len": LENGTH, "c": HASH, "key": HASH, "path": cbor.listed(HASH, 0, 8), "sig": cbor.sized(64)}
MESSAGES = {
    ("share-set", 2): {**OF_SET, "len": LENGTH},
    ("drill-challenge", 2): {"root": HASH, "challenge": cbor.sized(16, 64)},
    ("drill-answer", 3): {**ANSWER, "proof": HASH},
    ("drill-answer", 2): ANSWER,
    ("refresh-deal", 2): {**OF_SET, "len": LENGTH, "new": cbor.sized(16)},
    ("zero-share", 2): {**OF_SET, "new": cbor.sized(16), "x": INDEX, "z": cbor.sized(33, LONGEST)},
    ("refresh-reply", 2): {**IN_SET, "x": INDEX, "len": LENGTH, "c": HASH, "key": HASH},
    ("pending-share", 2): {**IN_SET, "x": INDEX, "y": cbor.sized(33, LONGEST), "salt": cbor.sized(16), "label": cbor.text(0, 64)},
    ("refreshed-set", 2): {**OF_SET, "old": HASH, "leaves": cbor.listed(HASH, 2, 255)},
}


def parse_message(kind, data):
    try:
        value = cbor.decode(data)
        fields = MESSAGES.get((kind, value.get("v") if isinstance(value, dict) else None))
        require(fields is not None, "shamir/invalid-message")
        cbor.checked_map(value, {**fields, "v": cbor.number(), "k": cbor.only(kind)})
    except ValueError:
        raise Refused("shamir/invalid-message") from None
    n = value.get("n", 255)
    fits = value.get("t", 2) <= n and value.get("x", 1) <= n and len(value.get("leaves", [0] * n)) == n
    require(fits, "shamir/invalid-message")
    return value


def make_message(kind, fields, version=2):
    return cbor.encode({"v": version, "k": kind, **fields})


def _signed_part(answer, challenge):
    head = answer["set"] + bytes([answer["x"]]) + challenge
    return b"chartseal/drill/v3" + head + answer["proof"] if "proof" in answer else b"chartseal/drill/v2" + head


def proof_of(share, challenge):
    head = share["set"] + bytes([share["x"], len(challenge)])
    return hmac256(challenge, b"chartseal/drill-proof/v3" + head + share["y"])


def make_answer(share, challenge, version):
    answer = {**parts_of(share), "path": share["path"]}
    if version == 3:
        answer["proof"] = proof_of(share, challenge)
    answer["sig"] = ed25519_sign(drill_seed(share), _signed_part(answer, challenge))
    return make_message("drill-answer", answer, version)


def check_answer(data, root, challenge):
    """What shows at once."""
    answer = parse_message("drill-answer", data)
    require(_leads_to_root(answer, answer["path"], root), "shamir/bad-drill")
    require(is_signed(answer["key"], answer["sig"], _signed_part(answer, challenge)), "shamir/bad-drill")
    return answer


def check_drill(case):
    """What shows at a rehearsal, too: t shares give the y of every other one."""
    root, challenge = bytes.fromhex(case["root"]), bytes.fromhex(case["challenge"])
    shares = [check_share(bytes.fromhex(share)) for share in case["shares"]]
    answers = [check_answer(bytes.fromhex(answer), root, challenge) for answer in case["answers"]]
    points = [(share["x"], share["y"]) for share in shares[: shares[0]["t"]]]
    for answer in answers:
        share = {"set": answer["set"], "x": answer["x"], "y": _at(points, answer["x"])}
        require(proof_of(share, challenge) == answer["proof"], "shamir/false-drill")


# Vectors.


def _read_set(case):
    secret, given = bytes.fromhex(case["secret"]), case["shares"]
    shares = [check_share(bytes.fromhex(one["cbor"])) for one in given]
    leaves = [leaf_of(parts_of(share)) for share in shares]
    t, n = case["threshold"], case["num_shares"]
    yield compared(
        case["name"],
        {
            "threshold and number": ({(share["t"], share["n"]) for share in shares}, {(t, n)}),
            "root": (root_of(leaves).hex(), case["root"]),
            "paths": ([path_of(leaves, at) for at in range(n)], [share["path"] for share in shares]),
            "first shares": (combine(shares[:t]), secret),
            "last shares": (combine(shares[-t:]), secret),
            "all shares": (combine(shares), secret),
            "a share too few": (refusal_of(combine, shares[: t - 1]), "shamir/too-few-shares"),
        },
    )
    for share, one in zip(shares, given):
        challenge, data = bytes.fromhex(one["challenge"]), bytes.fromhex(one["cbor"])
        has_text = len(share["y"]) <= LONGEST_IN_TEXT
        signature = ed25519_sign(drill_seed(share), b"chartseal/drill/v2", share["set"], bytes([share["x"]]), challenge)
        values = {
            "x": (share["x"], one["x"]),
            "y": (share["y"].hex(), one["y"]),
            "text": (bech32m.encode("chartshare", data) if has_text else None, one.get("text")),
            "text, read": (parse_text(one["text"]) if has_text else data, data),
            "commitment": (commitment(share).hex(), one["commitment"]),
            "drill key": (ed25519_public(drill_seed(share)).hex(), one["drill_key"]),
            "signature": (signature.hex(), one["signature"]),
        }
        yield compared(f"{case['name']}, share {share['x']}", values)


def read_shares(document):
    for case in document["cases"]:
        if "refused" not in case:
            yield from _read_set(case)
        elif "text" in case:
            yield compared(case["name"], {"code": (refusal_of(parse_text, case["text"]), case["refused"])})
        else:
            code = refusal_of(check_share, bytes.fromhex(case["cbor"]))
            yield compared(case["name"], {"code": (code, case["refused"])})


def read_drills(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["name"], {"code": (refusal_of(check_drill, case), case["refused"])})
            continue
        challenge = bytes.fromhex(case["challenge"])
        made = [make_answer(check_share(bytes.fromhex(share)), challenge, 3).hex() for share in case["shares"]]
        values = {"answers": (made, case["answers"]), "drill": (refusal_of(check_drill, case), None)}
        yield compared(case["name"], values)


def _refreshed(custodian, given):
    """One custodian's way through a refresh."""
    old, zero = given[custodian["old_share"]], parse_message("zero-share", bytes.fromhex(custodian["zero-share"]))
    y = bytes(a ^ b for a, b in zip(old["y"], zero["z"]))
    kept = {"set": zero["new"], "t": old["t"], "n": old["n"], "x": old["x"], "y": y, "salt": bytes.fromhex(custodian["salt"])}
    return old, zero, kept


def _read_refresh(case):
    olds = {one["old_share"]: check_share(bytes.fromhex(one["old_share"])) for one in case["custodians"]}
    ways = [_refreshed(one, olds) for one in case["custodians"]]
    old = ways[0][0]
    deal = parse_message("refresh-deal", bytes.fromhex(case["refresh-deal"]))
    of_old = {name: old[name] for name in ("set", "t", "n", "root")}
    leaves = [leaf_of(parts_of(kept)) for _, _, kept in ways]
    root = root_of(leaves)
    challenge = parse_message("drill-challenge", bytes.fromhex(case["drill-challenge"]))
    zeros = [(zero["x"], zero["z"]) for _, zero, _ in ways]
    refreshed = {"set": deal["new"], "t": old["t"], "n": old["n"], "root": root, "old": old["root"], "leaves": leaves}
    shares = [check_share(bytes.fromhex(one["new_share"])) for one in case["custodians"]]
    yield compared(
        case["name"],
        {
            "secret of the old shares": (combine(list(olds.values())).hex(), case["secret"]),
            "share-set": (make_message("share-set", {**of_old, "len": len(old["y"])}).hex(), case["share-set"]),
            "refresh-deal": (
                make_message("refresh-deal", {**of_old, "len": len(old["y"]), "new": deal["new"]}).hex(),
                case["refresh-deal"],
            ),
            "zero": (_at(zeros[: old["t"]], 0), bytes(len(old["y"]))),
            "refreshed-set": (make_message("refreshed-set", refreshed).hex(), case["refreshed-set"]),
            "root of the challenge": (challenge["root"], root),
            "secret of the new shares": (combine(shares[-old["t"] :]).hex(), case["secret"]),
            "a mixed set": (refusal_of(combine, [shares[0], *list(olds.values())[1:]]) is not None, True),
        },
    )
    for at, (one, (_, zero, kept)) in enumerate(zip(case["custodians"], ways)):
        label = olds[one["old_share"]]["label"]
        new = {**kept, "v": 2, "root": root, "path": path_of(leaves, at), "created": one["created"], "label": label}
        values = {
            "zero-share": (
                make_message("zero-share", {**of_old, "new": deal["new"], "x": at + 1, "z": zero["z"]}).hex(),
                one["zero-share"],
            ),
            "pending-share": (make_message("pending-share", {**kept, "label": label}).hex(), one["pending-share"]),
            "refresh-reply": (make_message("refresh-reply", parts_of(kept)).hex(), one["refresh-reply"]),
            "new share": (cbor.encode(new).hex(), one["new_share"]),
            "drill-answer": (make_answer(new, challenge["challenge"], 2).hex(), one["drill-answer"]),
            "drill-answer, read": (
                refusal_of(check_answer, bytes.fromhex(one["drill-answer"]), root, challenge["challenge"]),
                None,
            ),
        }
        yield compared(f"{case['name']}, custodian {at + 1}", values)


def read_messages(document):
    for case in document["cases"]:
        if "refused" in case:
            code = refusal_of(parse_message, case["kind"], bytes.fromhex(case["message"]))
            yield compared(case["name"], {"code": (code, case["refused"])})
        else:
            yield from _read_refresh(case)


READS = {
    "shares-v2.json": read_shares,
    "share-drills-v3.json": read_drills,
    "share-messages-v2.json": read_messages,
}
