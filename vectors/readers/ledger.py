"""docs/spec/ledger-v2.md: claims, records, rosters and the genesis, in the order of the page's codes."""
import cbor
import zip215
from basics import Refused, ed25519_public, ed25519_sign, hmac256, is_key, require, sha256, to_base64url
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from judged import compared, refusal_of

ANY = 2**64 - 1
ROLES = ["dispenser", "prescriber", "registrar", "sealer"]
MOST_MEMBERS, MOST_SIGNERS = 4096, 256

# Keys and signatures.

CURVES = {"ES256": (ec.SECP256R1(), "P-256"), "ES256K": (ec.SECP256K1(), "secp256k1")}
K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def key_id(algorithm, key):
    """The thumbprint of RFC 7638, over JSON with its names in order."""
    if algorithm == "Ed25519":
        members = f'"crv":"Ed25519","kty":"OKP","x":"{to_base64url(key)}"'
    else:
        x, y = to_base64url(key[1:33]), to_base64url(key[33:])
        members = f'"crv":"{CURVES[algorithm][1]}","kty":"EC","x":"{x}","y":"{y}"'
    return sha256(f"{{{members}}}".encode())


def _has_form(algorithm, key):
    return len(key) == 32 if algorithm == "Ed25519" else len(key) == 65 and key[0] == 4


def is_sound_key(algorithm, key):
    """On its curve, and not of small order."""
    if algorithm == "Ed25519":
        return is_key(key) and zip215.is_point(key)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVES[algorithm][0], key)
        return True
    except ValueError:
        return False


def is_high_s(algorithm, signature):
    return algorithm == "ES256K" and int.from_bytes(signature[32:], "big") > K1_ORDER // 2


def verifies(algorithm, key, message, signature):
    if algorithm == "Ed25519":
        return zip215.holds(key, signature, message)
    if is_high_s(algorithm, signature):
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        curve = CURVES[algorithm][0]
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, key)
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
        return True
    except (InvalidSignature, ValueError):
        return False


# Rosters.

CLOCK = {"height": cbor.number(0, ANY), "time": cbor.number(0, ANY)}
MEMBER = {
    "kid": cbor.sized(32), "alg": cbor.one_of("ES256", "ES256K", "Ed25519"), "key": bytes, "roles": cbor.listed(cbor.one_of(*ROLES), 1),
    "name": cbor.text(0, 128), "from": cbor.number(0, ANY), "until": cbor.number(0, ANY),
}
ROSTER = {
    "number": cbor.number(1, ANY), "members": cbor.listed(cbor.mapped(MEMBER, ["until"]), 0, MOST_MEMBERS),
    "quorum": cbor.number(1, 256), "clock": cbor.mapped(CLOCK),
}


def _rises(items):
    return all(a < b for a, b in zip(items, items[1:]))


def read_roster(value, code="ledger/roster"):
    """What can be read of a roster; whether its keys are sound is judged later."""
    try:
        cbor.checked_map(value, ROSTER, ["clock"])
    except ValueError:
        raise Refused(code) from None
    for member in value["members"]:
        has_form = _has_form(member["alg"], member["key"]) and key_id(member["alg"], member["key"]) == member["kid"]
        has_order = _rises([ROLES.index(role) for role in member["roles"]])
        require(has_form and has_order and member.get("until", ANY + 1) > member["from"], code)
    require(_rises([member["kid"] for member in value["members"]]), code)
    return value


def is_in_force(member, height):
    return member["from"] <= height < member.get("until", ANY + 1)


def _requires_changeable(roster, height):
    """That registrars without an end can change it, from this height on."""
    lasting = [one for one in roster["members"] if "registrar" in one["roles"] and is_in_force(one, height) and "until" not in one]
    require(len(lasting) >= roster["quorum"], "ledger/roster-lockout")


def require_next_roster(roster, before, height):
    """That it may follow in a block at this height."""
    require(roster["number"] == before["number"] + 1, "ledger/roster-number")
    known = {member["kid"] for member in before["members"]}
    fresh = [member for member in roster["members"] if member["kid"] not in known]
    require(all(is_sound_key(member["alg"], member["key"]) for member in fresh), "ledger/member-key")
    _requires_changeable(roster, height + 1)
    clock, old = roster.get("clock"), before.get("clock")
    if clock != old:
        above = -1 if old is None else old["height"]
        require(clock is not None and above < clock["height"] < height, "ledger/roster-clock")


# Genesis.

SEALS = {
    "tlog": {
        "origin": lambda item: cbor.text(1, 512)(item) and "+" not in item and not any(letter.isspace() for letter in item),
        "logKey": cbor.sized(32), "witnesses": cbor.listed(cbor.text(1, 512), 0, 64), "quorum": cbor.number(0, 64),
    },
    "poa": {"slotSeconds": cbor.number(1, 2**32 - 1), "slotsPerTurn": cbor.number(1, 2**32 - 1), "tolerates": cbor.one_of("crash", "lies")},
    "pow": {"firstDifficulty": cbor.sized(16), "blockSeconds": cbor.number(1, 2**32 - 1), "window": cbor.number(1, 1024)},
}
GENESIS = {
    "v": cbor.only(2), "name": cbor.text(1, 128), "timestamp": cbor.number(0, ANY), "roster": dict, "seal": dict,
    "legacy": cbor.mapped({"height": cbor.number(0, ANY), "blockId": cbor.sized(32)}), "salt": cbor.sized(32),
}


def _requires_seal(seal, code):
    fields = SEALS.get(seal.get("kind")) if isinstance(seal.get("kind"), str) else None
    require(fields is not None, code)
    cbor.checked_map(seal, {**fields, "kind": str})
    if seal["kind"] == "tlog":
        require(len(set(seal["witnesses"])) == len(seal["witnesses"]) >= seal["quorum"], code)
    require(seal["kind"] != "pow" or any(seal["firstDifficulty"]), code)


def read_genesis(data):
    code = "ledger/genesis"
    try:
        genesis = cbor.decode_map(data, GENESIS, ["legacy"])
        _requires_seal(genesis["seal"], code)
    except ValueError:
        raise Refused(code) from None
    roster = read_roster(genesis["roster"], code)
    require(roster["number"] == 1, "ledger/roster-number")
    require(all(is_sound_key(one["alg"], one["key"]) for one in roster["members"]), "ledger/member-key")
    _requires_changeable(roster, 1)
    require("clock" not in roster, "ledger/roster-clock")
    return sha256(data), genesis


# Claims and records.


def _is_reference(item):
    return isinstance(item, str) and len(item) <= 256 and all("!" <= letter <= "~" for letter in item)


UNITS = cbor.number(1, 2**32 - 1)
ALL = {
    "v": cbor.only(2), "ledger": cbor.sized(32), "kind": str, "signer": cbor.sized(32), "seq": cbor.number(1, ANY),
    "authoredOn": cbor.number(0, ANY),
}
PRESCRIBED = {
    "subject": cbor.sized(32), "body": cbor.sized(32), "reference": _is_reference, "validUntil": cbor.number(0, ANY), "quantity": UNITS,
    "slip": cbor.sized(32),
}
CHANGED = {"prescription": cbor.sized(32), "previous": cbor.sized(32)}
KINDS = {
    "prescribe": PRESCRIBED,
    "cancel": CHANGED,
    "replace": {**PRESCRIBED, **CHANGED},
    "dispense": {**CHANGED, "quantity": UNITS, "salt": cbor.sized(16), "proof": cbor.sized(64)},
    "roster": {"roster": dict},
}
OPTIONAL = ["slip", "proof"]
CHANGES = ("cancel", "replace", "dispense")
PREIMAGE = b"chartseal/ledger/v2/claims\0"


def read_claims(data):
    code = "ledger/claims"
    try:
        claims = cbor.decode(data)
        kind = claims.get("kind") if isinstance(claims, dict) else None
        require(isinstance(kind, str) and kind in KINDS, code)
        require(len(data) <= (524_288 if kind == "roster" else 2048), code)
        cbor.checked_map(claims, {**ALL, **KINDS[kind]}, OPTIONAL)
    except ValueError:
        raise Refused(code) from None
    if kind == "roster":
        read_roster(claims["roster"])
    return claims


class Record:
    def __init__(self, data):
        code = "ledger/record"
        try:
            value = cbor.decode(data)
        except ValueError:
            raise Refused(code) from None
        is_pair = isinstance(value, list) and len(value) == 2 and isinstance(value[0], bytes)
        require(is_pair and isinstance(value[1], list) and len(value[1]) <= MOST_SIGNERS, code)
        for one in value[1]:
            is_one = isinstance(one, list) and len(one) == 2 and all(isinstance(part, bytes) for part in one)
            require(is_one and [len(part) for part in one] == [32, 64], code)
        self.signatures = value[1]
        self.claims = read_claims(value[0])
        self.signed = PREIMAGE + value[0]
        self.txid, self.wtxid = sha256(self.signed), sha256(b"chartseal/ledger/v2/record\0", data)
        kids = [kid for kid, _ in self.signatures]
        require(_rises(kids) and self.claims["signer"] in kids, code)
        require(len(kids) == 1 or self.claims["kind"] == "roster", code)


ALLOWED = {
    "prescribe": {"prescriber"}, "replace": {"prescriber"}, "cancel": {"prescriber", "registrar"}, "dispense": {"dispenser"},
    "roster": {"registrar"},
}


def signers_of(record, roster, height):
    """The members who signed, in force and with the role."""
    members = {member["kid"]: member for member in roster["members"] if is_in_force(member, height)}
    require(all(kid in members for kid, _ in record.signatures), "ledger/not-a-member")
    signers = [members[kid] for kid, _ in record.signatures]
    kind = record.claims["kind"]
    require(all(ALLOWED[kind] & set(signer["roles"]) for signer in signers), "ledger/role")
    require(kind != "roster" or len(signers) >= roster["quorum"], "ledger/quorum")
    return signers


def require_signatures(record, signers):
    signed = [(signer, signature) for signer, (_, signature) in zip(signers, record.signatures)]
    require(not any(is_high_s(signer["alg"], signature) for signer, signature in signed), "ledger/high-s")
    for signer, signature in signed:
        require(verifies(signer["alg"], signer["key"], record.signed, signature), "ledger/signature")


def judge_record(data, roster, height):
    record = Record(data)
    signers = signers_of(record, roster, height)
    if record.claims["kind"] == "roster":
        require_next_roster(record.claims["roster"], roster, height)
    require_signatures(record, signers)
    return record


# The slip.


def slip_seed(rs):
    return hmac256(rs, b"slip\0")


def slip_message(claims):
    quantity = claims["quantity"].to_bytes(4, "little")
    place = claims["ledger"] + claims["prescription"] + claims["previous"] + claims["signer"]
    return b"chartseal/ledger/v2/slip\0" + place + quantity + claims["salt"]


# Vectors.


def _values_of_record(case, roster):
    data, height = bytes.fromhex(case["record"]), int(case["height"])
    if "code" in case:
        return {"code": (refusal_of(judge_record, data, roster, height), case["code"])}
    record = judge_record(data, roster, height)
    return {
        "kind": (record.claims["kind"], case["kind"]),
        "txid": (record.txid.hex(), case["txid"]),
        "wtxid": (record.wtxid.hex(), case["wtxid"]),
        "signed": (record.signed.hex(), case["signed"]),
    }


def _values_of_genesis(case, _):
    data = bytes.fromhex(case["genesis"])
    if "code" in case:
        return {"code": (refusal_of(read_genesis, data), case["code"])}
    return {"ledger": (read_genesis(data)[0].hex(), case["ledger"])}


def _values_of_commitment(case, _):
    made = hmac256(bytes.fromhex(case["rs"]), case["kind"].encode(), b"\0", bytes.fromhex(case["bytes"]))
    return {"commitment": (made.hex(), case["commitment"])}


def _values_of_slip(case, _):
    seed = slip_seed(bytes.fromhex(case["rs"]))
    claims = {name: bytes.fromhex(case[name]) for name in ("ledger", "prescription", "previous", "signer", "salt")}
    message = slip_message({**claims, "quantity": int(case["quantity"])})
    proof = bytes.fromhex(case["proof"])
    other = slip_message({**claims, "quantity": int(case["quantity"]) + 1})
    key = ed25519_public(seed)
    return {
        "key": (key.hex(), case["key"]),
        "proof": (ed25519_sign(seed, message), proof),
        "holds": (zip215.holds(key, proof, message), True),
        "of more units": (zip215.holds(key, proof, other), False),
    }


def _values_of_key(case, _):
    return {"key id": (key_id(case["algorithm"], bytes.fromhex(case["public_key"])).hex(), case["kid"])}


def _values_of_signature(case, _):
    key, message, signature = (bytes.fromhex(case[name]) for name in ("public_key", "message", "signature"))
    return {"valid": (verifies(case["algorithm"], key, message, signature), case["valid"])}


SHOWN = {
    "record": _values_of_record, "genesis": _values_of_genesis, "commitment": _values_of_commitment, "slip": _values_of_slip,
    "key": _values_of_key, "signature": _values_of_signature,
}


def read(document):
    roster = read_genesis(bytes.fromhex(document["genesis"]))[1]["roster"]
    for case in document["cases"]:
        yield compared(f"{case['what']}, {case.get('name', '')}", SHOWN[case["what"]](case, roster))


READS = {"ledger-v2.json": read}
