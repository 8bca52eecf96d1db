"""docs/spec/ledger-v2.md: the slip that a patient shows, and what it says without a network."""
import zlib

import cbor
from basics import Refused, ed25519_public, hmac256, require
from judged import compared, refusal_of
from ledger import Record, read_roster, slip_seed, verifies

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
NOT_A_SLIP, OTHER, LONGEST_BODY = "slip/not-a-slip", "slip/other-content", 32 << 10
FIELDS = {
    "v": cbor.only(2), "record": bytes, "rs": cbor.sized(32), "patient": cbor.text(1, 1024), "packed": bytes,
    "body": cbor.sized(0, LONGEST_BODY),
}


def from_base45(text):
    """RFC 9285 4: three characters are two bytes, two are one."""
    require(all(letter in ALPHABET for letter in text) and len(text) % 3 != 1, NOT_A_SLIP)
    data = b""
    for at in range(0, len(text), 3):
        values = [ALPHABET.index(letter) for letter in text[at : at + 3]]
        number = sum(value * 45**place for place, value in enumerate(values))
        require(number < 1 << 8 * (len(values) - 1), NOT_A_SLIP)
        data += number.to_bytes(len(values) - 1, "big")
    return data


def _inflated(packed):
    inflater = zlib.decompressobj(-15)
    try:
        body = inflater.decompress(packed, LONGEST_BODY + 1)
    except zlib.error:
        raise Refused(NOT_A_SLIP) from None
    require(inflater.eof and not inflater.unused_data and len(body) <= LONGEST_BODY, NOT_A_SLIP)
    return body


def read_slip(text):
    """Record, rs, patient and body."""
    require(text.startswith("CHARTSEAL-RX:"), NOT_A_SLIP)
    try:
        fields = cbor.decode_map(from_base45(text[len("CHARTSEAL-RX:") :]), FIELDS, ["packed", "body"])
        record = Record(fields["record"])
    except (ValueError, Refused):
        raise Refused(NOT_A_SLIP) from None
    require(("packed" in fields) != ("body" in fields), NOT_A_SLIP)
    require(record.claims["kind"] in ("prescribe", "replace"), NOT_A_SLIP)
    body = fields["body"] if "body" in fields else _inflated(fields["packed"])
    return record, fields["rs"], fields["patient"], body


def check_slip(text, roster):
    """Whether the roster knows who signed; refused unless it is what was signed."""
    record, rs, patient, body = read_slip(text)
    claims = record.claims
    require(hmac256(rs, b"subject\0", patient.encode()) == claims["subject"], OTHER)
    require(hmac256(rs, b"body\0", body) == claims["body"], OTHER)
    require("slip" not in claims or ed25519_public(slip_seed(rs)) == claims["slip"], OTHER)
    found = [member for member in roster["members"] if member["kid"] == claims["signer"]]
    if not found:
        return False
    [(_, signature)] = record.signatures
    holds = verifies(found[0]["alg"], found[0]["key"], record.signed, signature)
    require(holds and "prescriber" in found[0]["roles"], "slip/signature")
    return True


def read(document):
    for case in document["cases"]:
        roster, text = read_roster(cbor.decode(bytes.fromhex(case["roster"]))), case["text"]
        if "refused" in case:
            yield compared(case["name"], {"code": (refusal_of(check_slip, text, roster), case["refused"])})
            continue
        record, rs, patient, body = read_slip(text)
        yield compared(
            case["name"],
            {
                "txid": (record.txid.hex(), case["txid"]),
                "rs": (rs.hex(), case["rs"]),
                "patient": (patient, case["patient"]),
                "body": (body.hex(), case["body"]),
                "who signed is known": (check_slip(text, roster), case["is_known"]),
            },
        )


READS = {"slips-v2.json": read}
