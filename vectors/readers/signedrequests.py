"""docs/spec/clinic-api.md: signed requests, RFC 9421 in one form."""
import base64
import hashlib
import re

from basics import ed25519_public, ed25519_sign, from_base64url, is_signed, require, to_base64url
from judged import compared, plain, refusal_of
from ledger import key_id

COVERED = '("@method" "@target-uri" "content-digest")'
PARAMETERS = re.compile(
    re.escape(COVERED)
    + r';created=(0|[1-9][0-9]*);nonce="([A-Za-z0-9_-]{22})";alg="ed25519";keyid="([A-Za-z0-9_-]{43})";tag="chartseal/v2"'
)
PATIENCE_SECONDS = 60


def digest_of(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signed_text(method, uri, digest, parameters):
    lines = [f'"@method": {method}', f'"@target-uri": {uri}', f'"content-digest": {digest}', f'"@signature-params": {parameters}']
    return "\n".join(lines).encode()


def sign(seed, method, uri, body, created, nonce):
    """The three fields."""
    kid = to_base64url(key_id("Ed25519", ed25519_public(seed)))
    parameters = f'{COVERED};created={created};nonce="{nonce}";alg="ed25519";keyid="{kid}";tag="chartseal/v2"'
    signature = ed25519_sign(seed, signed_text(method, uri, digest_of(body), parameters))
    return {
        "content-digest": digest_of(body),
        "signature-input": f"sig={parameters}",
        "signature": f"sig=:{base64.b64encode(signature).decode()}:",
    }


def verify(fields, method, uri, body, keys, now):
    """The key id of who signed. `keys` are those that are known, by their ids."""
    names = ("content-digest", "signature-input", "signature")
    digest, given, signature = (fields.get(name, "") for name in names)
    require(given + signature != "", "signature/missing")
    found = PARAMETERS.fullmatch(given.removeprefix("sig=")) if given.startswith("sig=") else None
    sealed = re.fullmatch(r"sig=:([A-Za-z0-9+/]{86}==):", signature)
    is_digest = re.fullmatch(r"sha-256=:[A-Za-z0-9+/]{43}=:", digest)
    require(None not in (found, sealed, is_digest), "signature/malformed")
    for one in (found[2], found[3]):
        from_base64url(one, "signature/malformed")
    require(abs(now - int(found[1])) <= PATIENCE_SECONDS, "signature/stale")
    require(found[3] in keys, "signature/unknown-key")
    require(digest == digest_of(body), "signature/digest")
    signed = signed_text(method, uri, digest, given.removeprefix("sig="))
    require(is_signed(keys[found[3]], base64.b64decode(sealed[1]), signed), "signature/wrong")
    return found[3]


def _verified(case):
    known = {to_base64url(key_id("Ed25519", bytes.fromhex(key))): bytes.fromhex(key) for key in case["known_keys"]}
    return verify(case["fields"], case["method"], case["uri"], bytes.fromhex(case["body"]), known, case["now"])


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["name"], {"code": (refusal_of(_verified, case), case["refused"])})
            continue
        body = bytes.fromhex(case["body"])
        made = sign(bytes.fromhex(case["signing_key"]), case["method"], case["uri"], body, case["created"], case["nonce"])
        yield compared(case["name"], {"fields": (made, plain(case["fields"])), "kid": (_verified(case), case["kid"])})


READS = {"signed-requests-v2.json": read}
