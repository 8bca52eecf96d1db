"""docs/spec/shl.md: links, files, manifests, verifiers of passcodes, and health cards."""
import hashlib
import ipaddress
import json
import re
import unicodedata
import zlib
from urllib.parse import urlsplit

from basics import Refused, from_base64url, open_gcm, require, sha256, to_base64url
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from judged import compared, plain, refusal_of

LARGEST, LONGEST_JWE = 5_000_000, 7_000_000


def _once(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "json/invalid")
    return dict(pairs)


def parse_json(data):
    """An object in which no name comes twice."""
    try:
        value = json.loads(data, object_pairs_hook=_once)
    except ValueError:
        raise Refused("json/invalid") from None
    require(isinstance(value, dict), "json/invalid")
    return value


def _wants(value, name, kind, otherwise=None):
    item = value.get(name, otherwise)
    require(isinstance(item, kind) and not isinstance(item, bool), "json/invalid")
    return item


def inflate(data):
    """Raw DEFLATE, which stops at the limit."""
    try:
        inflater = zlib.decompressobj(-15)
        plain = inflater.decompress(data, LARGEST + 1)
    except zlib.error:
        raise Refused("shl/bad-deflate") from None
    require(len(plain) <= LARGEST, "shl/too-large")
    require(inflater.eof and not inflater.unused_data, "shl/bad-deflate")
    return plain


# Links.

REFUSED_NETWORKS = [ipaddress.ip_network(one) for one in (
    "::/8", "fc00::/7", "fe80::/10", "ff00::/8", "64:ff9b::/96", "2002::/16",
)]


def _may_be_asked(url):
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if len(url) > 2048 or host is None or parts.username is not None:
        return False
    if host == "localhost":
        return parts.scheme in ("http", "https")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https"
    if address.is_loopback:
        return parts.scheme in ("http", "https")
    is_refused = not address.is_global or address.is_multicast or any(
        address.version == 6 and address in one for one in REFUSED_NETWORKS
    )
    return parts.scheme == "https" and not is_refused


def parse_link(text):
    found = re.fullmatch(r"(?:https?://[^#]*#)?shlink:/([A-Za-z0-9_-]+)", text.strip())
    require(found is not None, "shl/not-a-link")
    value = parse_json(from_base64url(found[1], "shl/not-a-link"))
    require(value.get("v", 1) == 1, "shl/unsupported-version")
    url = _wants(value, "url", str)
    require(_may_be_asked(url), "shl/bad-url")
    flags = "".join(flag for flag in "LPU" if flag in _wants(value, "flag", str, ""))
    require(not ("P" in flags and "U" in flags), "shl/bad-flags")
    expires = _wants(value, "exp", (int, float)) if "exp" in value else None
    require(expires is None or 0 <= expires <= 8_640_000_000_000, "json/invalid")
    label = _wants(value, "label", str) if "label" in value else None
    key = from_base64url(_wants(value, "key", str), "encoding/invalid")
    require(len(key) == 32, "key/wrong-length")
    return {"url": url, "key": key.hex(), "flags": flags, "exp": expires, "label": label}


def format_link(link):
    fields = [("url", link["url"]), ("flag", link["flags"] or None), ("key", to_base64url(bytes.fromhex(link["key"])))]
    fields += [("exp", link["exp"]), ("label", link["label"])]
    written = {name: value for name, value in fields if value is not None}
    return "shlink:/" + to_base64url(json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode())


def _values_of_link(case):
    link = parse_link(case["text"])
    values = {name: (link[name], case[name]) for name in link}
    return values | {"as written": (format_link(link) == case["text"], case["as_written"])}


# Files.


def open_file(text, key):
    """Nonce, content and type."""
    code = "shl/bad-jwe"
    parts = text.strip().split(".")
    require(len(text) <= LONGEST_JWE, "shl/too-large")
    require(len(parts) == 5 and parts[1] == "", code)
    first, _, nonce, sealed, tag = (from_base64url(part, code) for part in parts)
    header = parse_json(first)
    is_ours = header.get("alg") == "dir" and header.get("enc") == "A256GCM" and "crit" not in header
    require(is_ours and header.get("zip", "DEF") == "DEF" and len(nonce) == 12 and len(tag) == 16, code)
    plain = open_gcm(key, nonce, sealed + tag, parts[0].encode())
    content = inflate(plain) if "zip" in header else plain
    require(len(content) <= LARGEST, "shl/too-large")
    return nonce, content, header.get("cty")


def seal_file(content, kind, key, nonce):
    header = to_base64url(f'{{"alg":"dir","enc":"A256GCM","cty":"{kind}"}}'.encode())
    sealed = AESGCM(key).encrypt(nonce, content, header.encode())
    return ".".join([header, "", to_base64url(nonce), to_base64url(sealed[:-16]), to_base64url(sealed[-16:])])


def _values_of_file(case):
    key = bytes.fromhex(case["key"])
    nonce, content, kind = open_file(case["text"], key)
    values = {"content": (content.hex(), case["content"]), "type": (kind, case["content_type"])}
    if "nonce" in case:
        values["nonce"] = (nonce.hex(), case["nonce"])
        values["sealed again"] = (seal_file(content, kind, key, nonce), case["text"])
    return values


# Manifests.


def parse_manifest(text):
    value = parse_json(text)
    files = _wants(value, "files", list)
    require(len(files) > 0, "shl/bad-manifest")
    for one in files:
        require(isinstance(one, dict), "json/invalid")
        _wants(one, "contentType", str)
        held = [name for name in ("embedded", "location") if name in one]
        require(len(held) > 0, "shl/bad-manifest")
        for name in held:
            _wants(one, name, str)
        require("location" not in one or _may_be_asked(one["location"]), "shl/bad-url")
    return files


def _values_of_manifest(case):
    files = parse_manifest(case["text"])
    return {"files": ([file["contentType"] for file in files], ["application/fhir+json"] * 2)}


# Passcodes.


def is_passcode(text, passcode):
    code = "shl/bad-verifier"
    found = re.fullmatch(r"pbkdf2-sha256:([1-9][0-9]*):([A-Za-z0-9_-]+):([A-Za-z0-9_-]+)", text)
    require(found is not None and int(found[1]) <= 1_000_000, code)
    salt, hash_ = from_base64url(found[2], code), from_base64url(found[3], code)
    require(len(salt) == 16 and len(hash_) == 32, code)
    words = unicodedata.normalize("NFC", passcode).encode()
    return hashlib.pbkdf2_hmac("sha256", words, salt, int(found[1])) == hash_


def _values_of_verifier(case):
    return {"right": (is_passcode(case["text"], case["passcode"]), case["right"])}


# Cards.

CARD_TYPE = "https://smarthealth.cards#health-card"


def thumbprint(jwk):
    """RFC 7638, of a key on P-256."""
    return to_base64url(sha256(f'{{"crv":"{jwk["crv"]}","kty":"{jwk["kty"]}","x":"{jwk["x"]}","y":"{jwk["y"]}"}}'.encode()))


def _parse_card(text):
    code = "shc/bad-jws"
    parts = text.strip().split(".")
    require(len(text) <= 1_000_000, "shc/too-large")
    require(len(parts) == 3, code)
    header, payload, signature = (from_base64url(part, code) for part in parts)
    header = parse_json(header)
    is_ours = header.get("alg") == "ES256" and header.get("zip") == "DEF" and "crit" not in header
    require(is_ours and isinstance(header.get("kid"), str) and len(signature) == 64, code)
    said = parse_json(inflate(payload))
    card = said.get("vc")
    require(isinstance(card, dict) and CARD_TYPE in card.get("type", []), "shc/bad-card")
    bundle = card.get("credentialSubject", {}).get("fhirBundle", {})
    is_rid = re.fullmatch(r"[A-Za-z0-9_-]{1,24}", card.get("rid", "none")) is not None
    require(bundle.get("resourceType") == "Bundle" and is_rid, "shc/bad-card")
    return header["kid"], said, card, signature, ".".join(parts[:2]).encode()


def _key_of(jwks, kid):
    for key in jwks["keys"]:
        wanted = {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": kid}
        if all(key.get(name) == value for name, value in wanted.items()) and "d" not in key:
            require(thumbprint(key) == kid, "shc/bad-key")
            return key
    raise Refused("shc/unknown-key")


def _is_signed(key, signature, signed):
    x, y = (int.from_bytes(from_base64url(key[name], "shc/bad-key"), "big") for name in ("x", "y"))
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    try:
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        return True
    except InvalidSignature:
        return False


def _is_taken_back(key, card, said, revoked):
    if "crlVersion" not in key or "rid" not in card or revoked is None:
        return False
    is_list = revoked["kid"] == key["kid"] and revoked["method"] == "rid" and revoked["ctr"] >= key["crlVersion"]
    require(is_list, "shc/revocation-unavailable")
    for one in revoked["rids"]:
        rid, _, until = one.partition(".")
        if rid == card["rid"] and (until == "" or int(until) > said["nbf"]):
            return True
    return False


def open_card(case):
    """Issuer, key id and bundle of a card that is accepted."""
    kid, said, card, signature, signed = _parse_card(case["text"])
    issuer = _wants(said, "iss", str)
    parts = urlsplit(issuer)
    is_plain = parts.scheme == "https" and not (parts.username or parts.query or parts.fragment or issuer.endswith("/"))
    require(is_plain, "shc/bad-issuer")
    require(issuer in case["trusted"], "shc/untrusted-issuer")
    require(_wants(said, "nbf", (int, float)) <= case["now"], "shc/not-yet-valid")
    require(said.get("exp", case["now"]) >= case["now"], "shc/expired")
    key = _key_of(case["jwks"], kid)
    require(_is_signed(key, signature, signed), "shc/bad-signature")
    require(not _is_taken_back(key, card, said, case.get("revoked")), "shc/revoked")
    return issuer, kid, card["credentialSubject"]["fhirBundle"]


def _values_of_card(case):
    issuer, kid, bundle = open_card(case)
    return {"issuer": (issuer, case["issuer"]), "key id": (kid, case["kid"]), "bundle": (bundle, plain(case["bundle"]))}


def join_codes(codes):
    """The JWS of one code, or of chunks in any order."""
    code = "shc/bad-qr"
    parts, total = {}, None
    for one in codes:
        found = re.fullmatch(r"shc:/(?:([1-9][0-9]*)/([1-9][0-9]*)/)?((?:[0-9]{2})+)", one)
        require(found is not None, code)
        at, count = int(found[1] or 1), int(found[2] or 1)
        require(total in (None, count) and at <= count and at not in parts, code)
        total, parts[at] = count, found[3]
    require(len(parts) == total, code)
    digits = "".join(parts[at] for at in sorted(parts))
    return "".join(chr(int(digits[at : at + 2]) + 45) for at in range(0, len(digits), 2))


def _values_of_codes(case):
    return {"text": (join_codes(case["codes"]), case["jws"]), "in another order": (join_codes(case["codes"][::-1]), case["jws"])}


SHOWN = {
    "link": (_values_of_link, lambda case: parse_link(case["text"])),
    "file": (_values_of_file, lambda case: open_file(case["text"], bytes.fromhex(case["key"]))),
    "manifest": (_values_of_manifest, lambda case: parse_manifest(case["text"])),
    "verifier": (_values_of_verifier, lambda case: is_passcode(case["text"], case["passcode"])),
    "card": (_values_of_card, open_card),
    "card-qr": (_values_of_codes, lambda case: join_codes(case["codes"])),
}


def read(document):
    for case in document["cases"]:
        values_of, work = SHOWN[case["kind"]]
        where = f"{case['kind']}, {case['name']}"
        if "refused" in case:
            yield compared(where, {"code": (refusal_of(work, case), case["refused"])})
        else:
            yield compared(where, values_of(case))


READS = {"shl.json": read}
