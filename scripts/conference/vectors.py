"""Vectors of our own formats, read by what docs/spec says of them.

Each of FILES gives, again and again, how many values of a case it compared and which of them differ."""
import base64

import cbor
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from noise import Refused, X25519, hkdf, hmac256, sha256
from tree import Member, leaf_key_of, u32

FULL_CHUNK = 16_400


def _compared(where, pairs):
    differing = [f"{where}: {what}" for what, (ours, given) in pairs.items() if ours != given]
    return len(pairs), differing


def _is_refused(member, commit, epoch):
    before = member.path
    try:
        member.apply(commit, epoch)
    except Refused:
        return member.path is before
    return False


def key_tree_findings(case):
    """docs/spec/key-tree.md: who is given a path follows the commits, and refuses what is to be refused."""
    conference = bytes.fromhex(case["conference_id"])
    agreed, members = {}, {}
    for at, step in enumerate(case["steps"]):
        if step["does"] != "commit":
            members.pop(step["leaf"], None)
            agreed[step["leaf"]] = bytes.fromhex(step.get("leaf_key", ""))
            continue
        for bad in step.get("refused", []):
            is_refused = _is_refused(members[bad["leaf"]], bytes.fromhex(bad["commit"]), bad["epoch"])
            yield _compared(f"step {at}", {bad["code"]: (is_refused, True)})
        for member in members.values():
            member.apply(bytes.fromhex(step["commit"]), step["epoch"])
        for given in step["paths"]:
            leaf_key = leaf_key_of(conference, agreed[given["leaf"]])
            members[given["leaf"]] = Member(conference, bytes.fromhex(given["path"]), leaf_key)
        for member in members.values():
            keys = {
                "root key": (member.root_key.hex(), step["root_key"]),
                "epoch key": (member.epoch_key(step["incarnation"]).hex(), step["epoch_key"]),
            }
            yield _compared(f"step {at}, leaf {member.leaf}", keys)


def _open_chunked(key, sealed, context):
    """docs/spec/chunked.md"""
    salt, commitment, chunks = sealed[:24], sealed[24:56], sealed[56:]
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    keys = HKDFExpand(SHA512(), 76, info).derive(key)
    if keys[44:] != commitment:
        raise Refused("another key, salt or context")
    base = int.from_bytes(keys[32:44], "big")
    parts = [chunks[at : at + FULL_CHUNK] for at in range(0, len(chunks) + 1, FULL_CHUNK)]
    sealer = AESGCM(keys[:32])
    return b"".join(sealer.decrypt((base ^ k).to_bytes(12, "big"), part, None) for k, part in enumerate(parts))


def message_findings(case):
    """docs/spec/wire-v2.md"""
    text = case["text"].removeprefix("[CHARTSEAL:v2:").removesuffix("]")
    message = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    names = [case[name].encode() for name in ("patient_id", "thread", "sender", "recipient")]
    context = b"chartseal/message/v2" + message[:19] + b"".join(len(name).to_bytes(2, "big") + name for name in names)
    padded = _open_chunked(bytes.fromhex(case["key"]), message[19:], context).rstrip(b"\0")
    body = cbor.decode(padded.removesuffix(b"\x80"))
    yield _compared(
        case["kid"],
        {
            "key id": (message[3:11].hex(), case["kid"]),
            "counter": (str(int.from_bytes(message[11:19], "big")), case["counter"]),
            "padding": (padded[-1:], b"\x80"),
            "type": (body["type"], case["media_type"]),
            "sent": (body["sent"], case["sent_at_ms"]),
            "name": (body.get("name"), case.get("file_name")),
            "content": (body["content"].hex(), case["content"]),
        },
    )


def _is_signed(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


def pairing_findings(case):
    """docs/spec/pairing.md, as the side that showed the code sees it"""
    given = {name: bytes.fromhex(case[name]) for name in ("payload", "answer", "reveal", "pairing_secret", "nonce_a")}
    a, b = cbor.decode(given["payload"]), cbor.decode(given["answer"])
    transcript = sha256(given["payload"], given["answer"], given["nonce_a"])
    unsigned = cbor.encode({name: value for name, value in b.items() if name not in ("sig", "mac")})
    without_mac = cbor.encode({name: value for name, value in b.items() if name != "mac"})
    secret = given["pairing_secret"] + X25519().agree(bytes.fromhex(case["ephemeral_a"]), b["ek"])
    digits = int.from_bytes(hkdf(transcript, b"chartseal/sas/v3"), "big") % 10**8
    reveal = given["reveal"]
    yield _compared(
        case["digits"],
        {
            "transcript": (transcript.hex(), case["transcript"]),
            "nh": (a["nh"], sha256(given["nonce_a"])),
            "ph": (b["ph"], sha256(given["payload"])),
            "sig": (_is_signed(b["sk"], b["sig"], b"chartseal/pair-answer/v3" + unsigned), True),
            "mac": (b["mac"], hmac256(hkdf(a["ps"], b"chartseal/pair-mac/v3"), without_mac)),
            "reveal": (_is_signed(a["sk"], reveal[32:], b"chartseal/pair-reveal/v3" + transcript), True),
            "digits": (f"{digits:08}", case["digits"]),
            "root": (hkdf(secret, b"chartseal/ring-root/v3", transcript).hex(), case["root"]),
            "session key": (hkdf(secret, b"chartseal/noise-psk/v3", transcript).hex(), case["session_key"]),
        },
    )


def keyring_findings(case):
    """docs/spec/keyring-v2.md: the chain of keys; states and exports are left out"""
    if "links" not in case:
        return
    chain = bytes.fromhex(case["root"])
    sender = sha256(bytes.fromhex(case["verifying_key"])) + case["device"].to_bytes(2, "big")
    for at, link in enumerate(case["links"]):
        epoch = u32(link["epoch"])
        if at > 0:
            chain = hkdf(chain, b"chartseal/next-epoch/v2" + epoch)
        key = hkdf(chain, b"chartseal/epoch-key/v2" + epoch + sender)
        values = {
            "chain": (chain.hex(), link["chain"]),
            "key": (key.hex(), link["key"]),
            "kid": (hkdf(key, b"chartseal/kid/v2")[:8].hex(), link["kid"]),
        }
        yield _compared(f"epoch {link['epoch']}", values)


FILES = {
    "key-tree-v2.json": key_tree_findings,
    "wire-v2.json": message_findings,
    "pairing-v2.json": pairing_findings,
    "keyring-v2.json": keyring_findings,
}
