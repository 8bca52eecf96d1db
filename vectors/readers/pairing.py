"""docs/spec/pairing.md, on both sides."""
import unicodedata

import cbor
from basics import (
    Refused,
    ed25519_public,
    ed25519_sign,
    hkdf,
    hmac256,
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
    units = len(text.encode("utf-16-le")) // 2 if isinstance(text, str) else 0
    return 1 <= units <= 64 and unicodedata.normalize("NFC", text) == text


BOTH = {"v": cbor.number(), "r": cbor.one_of("doctor", "patient"), "n": _is_name, "sk": cbor.sized(32), "ek": cbor.sized(32)}
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


def read_answer(payload, data):
    """A's second step."""
    a, b = _parse(payload, PAYLOAD), _parse(data, ANSWER)
    require(b["ph"] == sha256(payload), "keyring/pairing-mismatch")
    require(hmac256(hkdf(a["ps"], b"chartseal/pair-mac/v3"), _without(b, "mac")) == b["mac"], "open/failed")
    require("doctor" in (a["r"], b["r"]) and a["sk"] != b["sk"], "keyring/pairing-invalid")
    require(is_signed(b["sk"], b["sig"], _signature_of(b)), "keyring/pairing-mismatch")
    return b


def _make_payload(case, given):
    side = case["a"]
    require(ed25519_public(bytes.fromhex(side["signing_key"])).hex() == side["verifying_key"], "a key that is none")
    written = _parse(bytes.fromhex(case["payload"]), PAYLOAD)
    is_near = abs(written["e0"] - epoch_of(case["now_ms"])) <= 1
    require(is_near and case["now_ms"] <= written["na"] <= case["now_ms"] + HOUR_MS, "keyring/clock-jump")
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
        given = {name: bytes.fromhex(case[name]) for name in names}
        payload, answer, nonce = given["payload"], given["answer"], given["nonce_a"]
        b = read_answer(payload, answer)
        transcript = sha256(payload, answer, nonce)
        said = b"chartseal/pair-reveal/v3" + transcript
        digits = int.from_bytes(hkdf(transcript, b"chartseal/sas/v3"), "big") % 10**8
        a = _parse(payload, PAYLOAD)
        secret = a["ps"] + x25519(given["ephemeral_a"], b["ek"])
        flips = [at for at in range(len(answer)) if refusal_of(read_answer, payload, _changed(answer, at)) is None]
        yield compared(
            case["digits"],
            {
                "payload": (_make_payload(case, given), payload),
                "uri": ("chartseal-pair:" + to_base64url(payload), case["uri"]),
                "answer": (_make_answer(case, given), answer),
                "answers with another byte that are taken": (flips, []),
                "transcript": (transcript.hex(), case["transcript"]),
                "reveal": (nonce + ed25519_sign(bytes.fromhex(case["a"]["signing_key"]), said), given["reveal"]),
                "reveal, to who reads it": (is_signed(a["sk"], given["reveal"][32:], said), True),
                "digits": (f"{digits:08}", case["digits"]),
                "secret of both": (x25519(given["ephemeral_b"], a["ek"]), secret[32:]),
                "root": (hkdf(secret, b"chartseal/ring-root/v3", transcript).hex(), case["root"]),
                "session key": (hkdf(secret, b"chartseal/noise-psk/v3", transcript).hex(), case["session_key"]),
            },
        )


READS = {"pairing-v2.json": read}
