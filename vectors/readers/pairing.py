"""docs/spec/pairing.md, on both sides."""
import unicodedata

import cbor
from basics import (
    Refused,
    ed25519_public,
    ed25519_sign,
    hkdf,
    hmac256,
    is_key,
    is_signed,
    require,
    sha256,
    to_base64url,
    x25519,
    x25519_public,
)
from judged import compared, refusal_of
from keyring import epoch_of

LONGEST, HOUR_MS = 1024, 3_600_000


def _is_name(text):
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0
    is_seen = units > 0 and not any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs") for letter in text)
    return is_seen and units <= 64 and unicodedata.normalize("NFC", text) == text == text.strip()


BOTH = {"v": cbor.number(), "r": cbor.one_of("doctor", "patient"), "n": _is_name, "sk": is_key, "ek": cbor.sized(32)}
PAYLOAD = {**BOTH, "ps": cbor.sized(32), "nh": cbor.sized(32), "e0": cbor.number(), "na": cbor.number()}
ANSWER = {**BOTH, "nb": cbor.sized(32), "ph": cbor.sized(32), "sig": cbor.sized(64), "mac": cbor.sized(32)}


def _parse(data, fields):
    require(len(data) <= LONGEST, "keyring/pairing-invalid")
    try:
        value = cbor.decode(data)
        require(not isinstance(value, dict) or value.get("v") == 3, "keyring/pairing-version")
        return cbor.checked_map(value, fields)
    except ValueError:
        raise Refused("keyring/pairing-invalid") from None


def _without(answer, *names):
    return cbor.encode({name: value for name, value in answer.items() if name not in names})


def _signature_of(answer):
    return b"chartseal/pair-answer/v3" + _without(answer, "sig", "mac")


def read_answer(payload, data, now):
    """A's second step."""
    a = _parse(payload, PAYLOAD)
    require(now <= a["na"], "keyring/pairing-expired")
    b = _parse(data, ANSWER)
    require(b["ph"] == sha256(payload), "keyring/pairing-mismatch")
    require(hmac256(hkdf(a["ps"], b"chartseal/pair-mac/v3"), _without(b, "mac")) == b["mac"], "open/failed")
    require("doctor" in (a["r"], b["r"]) and a["sk"] != b["sk"], "keyring/pairing-invalid")
    require(is_signed(b["sk"], b["sig"], _signature_of(b)), "keyring/pairing-mismatch")
    return b


def read_payload(data, own, now):
    """B's first step."""
    a = _parse(data, PAYLOAD)
    epoch = epoch_of(now)
    require(now <= a["na"], "keyring/pairing-expired")
    require(abs(a["e0"] - epoch) <= 1 and a["na"] <= now + HOUR_MS, "keyring/clock-jump")
    require("doctor" in (a["r"], own["role"]) and a["sk"].hex() != own["verifying_key"], "keyring/pairing-invalid")
    return a


def read_reveal(payload, answer, reveal):
    """B's last step: the transcript."""
    a, code = _parse(payload, PAYLOAD), "keyring/pairing-mismatch"
    require(len(reveal) == 96 and sha256(reveal[:32]) == a["nh"], code)
    transcript = sha256(payload, answer, reveal[:32])
    require(is_signed(a["sk"], reveal[32:], b"chartseal/pair-reveal/v3", transcript), code)
    return transcript


def _refusal_of(case):
    payload, answer, reveal = (bytes.fromhex(case[name]) for name in ("payload", "answer", "reveal"))
    if case["step"] == "payload":
        return refusal_of(read_payload, payload, case["b"], case["now_ms"])
    if case["step"] == "answer":
        return refusal_of(read_answer, payload, answer, case.get("read_ms", case["now_ms"]))
    return refusal_of(read_reveal, payload, answer, reveal)


def _make_payload(case, given):
    side = case["a"]
    require(ed25519_public(bytes.fromhex(side["signing_key"])).hex() == side["verifying_key"], "a key that is none")
    written = read_payload(bytes.fromhex(case["payload"]), case["b"], case["now_ms"])
    return cbor.encode({
        "v": 3, "r": side["role"], "n": side["name"], "sk": bytes.fromhex(side["verifying_key"]),
        "ek": x25519_public(given["ephemeral_a"]), "ps": given["pairing_secret"], "nh": sha256(given["nonce_a"]),
        "e0": written["e0"], "na": written["na"],
    })


def _make_answer(case, given):
    side = case["b"]
    seed = bytes.fromhex(side["signing_key"])
    require(ed25519_public(seed).hex() == side["verifying_key"], "a key that is none")
    answer = {
        "v": 3, "r": side["role"], "n": side["name"], "sk": ed25519_public(seed),
        "ek": x25519_public(given["ephemeral_b"]), "nb": given["nonce_b"], "ph": sha256(given["payload"]),
    }
    answer["sig"] = ed25519_sign(seed, _signature_of(answer))
    secret = hkdf(given["pairing_secret"], b"chartseal/pair-mac/v3")
    return cbor.encode({**answer, "mac": hmac256(secret, cbor.encode(answer))})


def _changed(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def read(document):
    names = ("payload", "answer", "reveal", "pairing_secret", "nonce_a", "nonce_b", "ephemeral_a", "ephemeral_b")
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["name"], {"code": (_refusal_of(case), case["refused"])})
            continue
        given = {name: bytes.fromhex(case[name]) for name in names}
        payload, answer, nonce = given["payload"], given["answer"], given["nonce_a"]
        b = read_answer(payload, answer, case["now_ms"])
        transcript = read_reveal(payload, answer, given["reveal"])
        said = b"chartseal/pair-reveal/v3" + transcript
        digits = int.from_bytes(hkdf(transcript, b"chartseal/sas/v3"), "big") % 10**8
        a = _parse(payload, PAYLOAD)
        secret = a["ps"] + x25519(given["ephemeral_a"], b["ek"])
        flips = [at for at in range(len(answer)) if refusal_of(read_answer, payload, _changed(answer, at), case["now_ms"]) is None]
        yield compared(
            case["digits"],
            {
                "payload": (_make_payload(case, given), payload),
                "uri": ("chartseal-pair:" + to_base64url(payload), case["uri"]),
                "answer": (_make_answer(case, given), answer),
                "answers with another byte that are taken": (flips, []),
                "transcript": (transcript.hex(), case["transcript"]),
                "reveal": (nonce + ed25519_sign(bytes.fromhex(case["a"]["signing_key"]), said), given["reveal"]),
                "digits": (f"{digits:08}", case["digits"]),
                "secret of both": (x25519(given["ephemeral_b"], a["ek"]), secret[32:]),
                "root": (hkdf(secret, b"chartseal/ring-root/v3", transcript).hex(), case["root"]),
                "session key": (hkdf(secret, b"chartseal/noise-psk/v3", transcript).hex(), case["session_key"]),
            },
        )


READS = {"pairing-v2.json": read}
