"""docs/spec/envelope-v2.md: payloads, grant lists, and the texts of keys and capabilities."""
import base64
import hashlib

import bech32m
import cbor
import chunked
from basics import Refused, ed25519_public, hkdf, is_key, is_signed, require, sha256, u32
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key, load_pem_private_key
from hpke import X25519Identity, XWingIdentity, open_sealed
from judged import compared, plain, refusal_of

CHUNK, FRONT = chunked.PLAIN, 65_536


# Payloads.

HEADER = {
    "v": cbor.only(2), "name": cbor.text(0, 1024), "type": cbor.text(1, 255), "size": cbor.number(), "created": cbor.number(),
    "labels": cbor.listed(cbor.text(1, 256), 0, 64),
}


def _payload_context(package, version):
    return b"chartseal/envelope/v2" + package + u32(version)


def _front_of(header):
    encoded = cbor.encode(header)
    front = u32(len(encoded)) + encoded
    return front.ljust(-(-len(front) // CHUNK) * CHUNK, b"\0")


class Payload:
    def __init__(self, key, sealed, package, version):
        self._opened = chunked.Opened(key, sealed, _payload_context(package, version))
        first = self._opened.chunk(0)
        size = int.from_bytes(first[:4], "big")
        self.front = -(-(4 + size) // CHUNK) * CHUNK
        require(len(first) >= 4 and self.front <= FRONT, "open/failed")
        front = self._opened.range(0, self.front)
        try:
            self.header = cbor.decode_map(front[4 : 4 + size], HEADER)
        except ValueError:
            raise Refused("open/failed") from None
        require(_front_of(self.header) == front, "open/failed")
        behind, size = self._opened.size - self.front, self.header["size"]
        self.is_padded = behind > size
        require(behind in (size, chunked.padme(size)), "open/failed")

    def range(self, start, end):
        return self._opened.range(self.front + start, self.front + end)

    def content(self):
        size = self.header["size"]
        behind = self.range(0, self._opened.size - self.front)
        require(behind[size:].count(0) == len(behind) - size, "open/failed")
        return behind[:size]


def _refusal_of_payload(case):
    """Of what was sealed rightly around something else than a payload, or not all of it."""
    key, package, salt = (bytes.fromhex(case[name]) for name in ("key", "package", "salt"))
    plaintext = bytes.fromhex(case["head"]) + bytes(case["zeros"]) + bytes.fromhex(case["behind"])
    context = _payload_context(package, case.get("sealed_version", case["version"]))
    sealed = chunked.seal(key, plaintext, context, salt)[: case.get("bytes")]
    return refusal_of(lambda: Payload(key, sealed, package, case["version"]).content())


def read_payloads(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["name"], {"code": (_refusal_of_payload(case), case["refused"])})
            continue
        key, salt, package, content = (bytes.fromhex(case[name]) for name in ("key", "salt", "package", "content"))
        header = {
            "v": 2, "name": case["name"], "type": case["media_type"], "size": len(content), "created": case["created"],
            "labels": case["labels"],
        }
        length = chunked.padme(len(content)) if case["padded"] else len(content)
        plaintext = _front_of(header) + content.ljust(length, b"\0")
        sealed = chunked.seal(key, plaintext, _payload_context(package, case["version"]), salt)
        payload = Payload(key, sealed, package, case["version"])
        ranges = [(one["from"], one["to"]) for one in case["ranges"]]
        code = refusal_of(Payload, key, sealed, package, case["version"] + 1)
        values = {
            "size": (len(sealed), case["payload_bytes"]),
            "hash": (hashlib.sha256(sealed).hexdigest(), case["payload_sha256"]),
            "bytes": (case.get("payload") in (None, sealed.hex()), True),
            "header": (payload.header, header),
            "content": (payload.content(), content),
            "ranges": ([payload.range(*one) for one in ranges], [content[a:b] for a, b in ranges]),
            "as another version": (code, "open/failed"),
        }
        yield compared(case["name"][:20], values)


# Keys of people, and content addresses.

KINDS = {"x25519": (1, 32, 32, 48), "xwing": (2, 1216, 1120, 48), "rsa-oaep": (3, None, 0, None)}
IDENTITIES = {"x25519": X25519Identity, "xwing": XWingIdentity}


class RsaIdentity:
    def __init__(self, pem):
        self._key = load_pem_private_key(pem.encode(), None)
        self.public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def unwrap(self, ciphertext, info):
        oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), info)
        try:
            return self._key.decrypt(ciphertext, oaep)
        except ValueError:
            raise Refused("open/failed") from None


def _is_rsa_key(data):
    try:
        key = load_der_public_key(data)
    except ValueError:
        return False
    is_sized = isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 16_384
    return is_sized and key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == data


def parse_recipient(text):
    code = "recipient/bad-text"
    data = bech32m.decode("csrec", text, code)
    for kem, (number, size, _, _) in KINDS.items():
        if data[:1] == bytes([number]):
            fits = _is_rsa_key(data[1:]) if size is None else len(data) == 1 + size
            require(fits, code)
            return kem, data[1:]
    raise Refused(code)


def parse_identity(text):
    code = "recipient/bad-identity-text"
    data = bech32m.decode("csid", text, code)
    for kem in IDENTITIES:
        if data[:1] == bytes([KINDS[kem][0]]) and len(data) == 33:
            return kem, data[1:]
    raise Refused(code)


def is_cid(data):
    return isinstance(data, bytes) and len(data) == 36 and data[:4] in (b"\x01\x55\x12\x20", b"\x01\x70\x12\x20")


def cid_text(data):
    return "b" + base64.b32encode(data).decode().rstrip("=").lower()


def raw_cid(data):
    return b"\x01\x55\x12\x20" + sha256(data)


# Capabilities.

CAPABILITY = {
    "v": cbor.only(2), "owner": is_key, "package": cbor.sized(16), "version": cbor.number(1, 2**32 - 1), "cid": is_cid,
}
MORE = {"verify": {}, "read": {"key": cbor.sized(32)}, "grant": {"key": cbor.sized(32), "seed": cbor.sized(32)}}


def parse_capability(kind, text):
    code = "capability/malformed"
    data = bech32m.decode(f"cs{kind}", text, code)
    require(len(data) <= 512, code)
    try:
        fields = cbor.decode_map(data, {**CAPABILITY, **MORE[kind]})
    except ValueError:
        raise Refused(code) from None
    require("seed" not in fields or ed25519_public(fields["seed"]) == fields["owner"], code)
    return fields


PARSERS = {"recipient": parse_recipient, "identity": parse_identity}


def _values_of_text(case):
    kind, text = case["kind"], case["text"]
    if kind == "recipient":
        number = bytes([KINDS[case["kem"]][0]])
        key = bytes.fromhex(case["public_key"])
        return {"read": (parse_recipient(text), (case["kem"], key)), "text": (bech32m.encode("csrec", number + key), text)}
    if kind == "identity":
        number = bytes([KINDS[case["kem"]][0]])
        secret = bytes.fromhex(case["secret"])
        return {"read": (parse_identity(text), (case["kem"], secret)), "text": (bech32m.encode("csid", number + secret), text)}
    fields = parse_capability(kind, text)
    values = {
        "owner": (fields["owner"].hex(), case["owner"]),
        "package": (fields["package"].hex(), case["package"]),
        "version": (fields["version"], case["version"]),
        "cid": (cid_text(fields["cid"]), case["payload_cid"]),
        "text": (bech32m.encode(f"cs{kind}", cbor.encode(fields)), text),
    }
    for ours, theirs in (("key", "content_key"), ("seed", "owner_seed")):
        if theirs in case:
            values[ours] = (fields[ours].hex(), case[theirs])
    return values


def read_texts(document):
    for case in document["cases"]:
        if "refused" in case:
            parse = PARSERS.get(case["kind"], lambda text, kind=case["kind"]: parse_capability(kind, text))
            code = refusal_of(parse, case["text"])
            yield compared(case["text"][:20], {"code": (code, case["refused"])})
        else:
            yield compared(case["kind"], _values_of_text(case))


# Grant lists.

LONGEST_LIST, MOST_HEADS, MOST_PEOPLE = 24 << 20, 23_328, 10_000
HISTORY = {"version": cbor.number(1, 2**32 - 1), "cid": is_cid, "key": cbor.sized(104), "gone": cbor.only(1)}
GROUP = {"kem": cbor.one_of(*KINDS), "hints": cbor.sized(16, LONGEST_LIST), "encs": bytes, "cts": bytes}


def _is_code(text):
    return isinstance(text, str) and 2 <= len(text) <= 16 and all("A" <= letter <= "Z" for letter in text)


LIST = {
    "v": cbor.only(2), "owner": is_key, "package": cbor.sized(16), "version": cbor.number(1, 2**32 - 1), "cid": is_cid,
    "seq": cbor.number(1, 2**64 - 1), "prev": is_cid, "policy": cbor.mapped({"purposes": cbor.listed(_is_code, 0, 64)}),
    "not_before": cbor.number(), "not_after": cbor.number(),
    "history": cbor.listed(cbor.mapped(HISTORY, ["key", "gone"]), 0, 1000),
    "recipients": cbor.listed(cbor.mapped(GROUP)),
}


def _rises(items):
    return all(a < b for a, b in zip(items, items[1:]))


def _rows(group):
    """Hint, enc and ct of each recipient, or nothing where the columns do not fit."""
    _, _, enc, ct = KINDS[group["kem"]]
    count, rest = divmod(len(group["hints"]), 16)
    ct = len(group["cts"]) // count if ct is None else ct
    if rest or len(group["encs"]) != enc * count or len(group["cts"]) != ct * count or not 48 <= ct <= 2048:
        return []
    sizes = (("hints", 16), ("encs", enc), ("cts", ct))
    return list(zip(*([group[name][size * at : size * (at + 1)] for at in range(count)] for name, size in sizes)))


def _group_place(group):
    """Where a group stands among the others, or None where it is none."""
    rows = _rows(group)
    if rows == [] or not _rises(rows) or group["kem"] == "rsa-oaep" and len(rows[0][2]) < 256:
        return None
    return KINDS[group["kem"]][0], len(rows[0][2])


def _requires_form(fields):
    code = "grants/malformed"
    require((fields["seq"] == 1) == ("prev" not in fields), code)
    require(_rises(fields["policy"]["purposes"]), code)
    require(fields.get("not_before", 0) <= fields.get("not_after", 2**53), code)
    versions = [one["version"] for one in fields["history"]]
    require(_rises([*versions, fields["version"]]), code)
    require(not any("key" in one and "gone" in one for one in fields["history"]), code)
    places = [_group_place(group) for group in fields["recipients"]]
    require(None not in places and _rises(places), code)


def parse_list(data):
    require(len(data) <= LONGEST_LIST, "grants/too-large")
    try:
        require(cbor.count_heads(data[:-64]) <= MOST_HEADS, "grants/malformed")
        fields = cbor.decode_map(data[:-64], LIST, ["prev", "not_before", "not_after"])
    except ValueError:
        raise Refused("grants/malformed") from None
    _requires_form(fields)
    require(sum(len(group["hints"]) // 16 for group in fields["recipients"]) <= MOST_PEOPLE, "grants/too-many-recipients")
    signed = b"chartseal/grant-sig/v2\0" + data[:-64]
    require(is_signed(fields["owner"], data[-64:], signed), "grants/bad-signature")
    return fields


def _info_of(fields):
    place = fields["owner"] + fields["package"] + u32(fields["version"])
    return b"chartseal/grant/v2" + place + sha256(fields["cid"])


def _hint_of(info, key_hash):
    return hkdf(info + key_hash, b"chartseal/grant-hint/v2")[:16]


def _history_key(fields, content_key, past):
    place = fields["owner"] + fields["package"] + u32(fields["version"]) + u32(past["version"]) + past["cid"]
    return chunked.open_whole(content_key, past["key"], b"chartseal/history/v2" + place)


def open_list(fields, kem, identity, now_ms):
    """The content key, for who has one of these identities."""
    require(fields.get("not_before", 0) <= now_ms, "grants/not-yet")
    require(now_ms <= fields.get("not_after", now_ms), "grants/expired")
    info = _info_of(fields)
    hint = _hint_of(info, sha256(identity.public))
    for group in (group for group in fields["recipients"] if group["kem"] == kem):
        for found, enc, ct in _rows(group):
            if found == hint:
                key = identity.unwrap(ct, info) if kem == "rsa-oaep" else open_sealed(identity, enc, ct, info)
                require(len(key) == 32, "open/failed")
                return key
    raise Refused("open/failed")


def _identity_of(one):
    if one["kem"] == "rsa-oaep":
        return RsaIdentity(one["private_key_pem"])
    return IDENTITIES[one["kem"]](bytes.fromhex(one["secret"]))


def _state_of(past):
    return "readable" if "key" in past else "gone" if "gone" in past else "closed"


def _read_list(case):
    data = bytes.fromhex(case["list"])
    fields, now_ms = parse_list(data), case["now"]
    content_key, info = bytes.fromhex(case["content_key"]), _info_of(fields)
    pasts = [past for past in fields["history"] if "key" in past]
    keys = [{"version": past["version"], "key": _history_key(fields, content_key, past).hex()} for past in pasts]
    named = [
        {"version": past["version"], "payload_cid": cid_text(past["cid"]), "state": _state_of(past)}
        for past in fields["history"]
    ]
    previous = cid_text(fields["prev"]) if "prev" in fields else None
    yield compared(
        f"list {fields['seq']}",
        {
            "owner": (fields["owner"].hex(), case["owner"]),
            "seed": (ed25519_public(bytes.fromhex(case["owner_seed"])).hex(), case["owner"]),
            "package": (fields["package"].hex(), case["package"]),
            "version": (fields["version"], case["version"]),
            "payload": (cid_text(fields["cid"]), case["payload_cid"]),
            "number": (str(fields["seq"]), case["seq"]),
            "list before": (previous, case.get("previous_cid")),
            "from": (fields.get("not_before"), case.get("not_before")),
            "until": (fields.get("not_after"), case.get("not_after")),
            "purposes": (fields["policy"]["purposes"], case["purposes"]),
            "info": (info.hex(), case["info"]),
            "named": (named, plain(case["named"])),
            "history": (keys, plain(case["history"])),
            "address": (cid_text(raw_cid(data)), case["list_cid"]),
            "how many": (sum(len(group["hints"]) // 16 for group in fields["recipients"]), len(case["recipients"])),
        },
    )
    for one in case["recipients"]:
        identity = _identity_of(one)
        key_hash = sha256(identity.public)
        values = {
            "key hash": (key_hash.hex(), one["key_hash"]),
            "hint": (_hint_of(info, key_hash).hex(), one["hint"]),
            "content key": (open_list(fields, one["kem"], identity, now_ms), content_key),
        }
        if "not_before" in fields:
            early, late = fields["not_before"] - 1, fields["not_after"] + 1
            values["too early"] = (refusal_of(open_list, fields, one["kem"], identity, early), "grants/not-yet")
            values["too late"] = (refusal_of(open_list, fields, one["kem"], identity, late), "grants/expired")
        yield compared(f"list {fields['seq']}, {one['kem']}", values)
    code = refusal_of(open_list, fields, "x25519", X25519Identity(bytes(range(32))), now_ms)
    yield compared(f"list {fields['seq']}", {"for a stranger": (code, "open/failed")})


def read_grants(document):
    for at, case in enumerate(document["cases"]):
        if "refused" in case:
            code = refusal_of(parse_list, bytes.fromhex(case["list"]))
            yield compared(f"case {at}", {"code": (code, case["refused"])})
        else:
            yield from _read_list(case)


READS = {
    "payloads-v2.json": read_payloads,
    "envelope-texts-v2.json": read_texts,
    "grants-v2.json": read_grants,
}
