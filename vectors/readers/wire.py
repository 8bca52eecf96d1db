"""docs/spec/wire-v2.md: messages as text."""
import re

import cbor
import chunked
from basics import Refused, from_base64url, require, to_base64url, u16
from judged import compared, refusal_of

HEAD, LEAST, MOST = 19, 75 + 272, 16 << 20
BODY = {"name": str, "sent": cbor.number(1 - 2**53), "type": str, "content": bytes}
FRAME = re.compile(r"\[CHARTSEAL:v2:([A-Za-z0-9_-]+)\]")


def _context(header, names):
    return b"chartseal/message/v2" + header + b"".join(u16(len(name)) + name for name in names)


def open_message(key, text, names):
    """Header and body, in the order of the page's codes."""
    require(len(text) <= 16 + -(-MOST // 3) * 4, "message/too-large")
    frame = FRAME.fullmatch(text)
    require(frame is not None, "message/malformed")
    message = from_base64url(frame[1], "message/malformed")
    require(message[:3] == b"\x02\x01\x00", "message/unsupported")
    require(len(message) >= LEAST, "message/malformed")
    try:
        body = chunked.strip(chunked.open_whole(key, message[HEAD:], _context(message[:HEAD], names)))
        return message[:HEAD], cbor.decode_map(body, BODY, ["name"])
    except ValueError:
        raise Refused("open/failed") from None
    except Refused as reason:
        # That a length is none of a message is visible, and said as such.
        raise Refused("message/malformed" if str(reason) == "chunked/truncated" else "open/failed") from None


def _padded_length(body, buckets):
    needed = len(body) + 1
    if not buckets:
        return max(256, chunked.padme(needed))
    fitting = [bucket for bucket in buckets if bucket >= needed]
    return min(fitting) if fitting else -(-needed // max(buckets)) * max(buckets)


def seal_message(key, header, names, body, salt, buckets):
    encoded = cbor.encode(body)
    padded = chunked.pad(encoded, _padded_length(encoded, buckets))
    return f"[CHARTSEAL:v2:{to_base64url(header + chunked.seal(key, padded, _context(header, names), salt))}]"


def read(document):
    for case in document["cases"]:
        key, text = bytes.fromhex(case["key"]), case["text"]
        names = [case[name].encode() for name in ("patient_id", "thread", "sender", "recipient")]
        if "refused" in case:
            yield compared(case["name"], {"code": (refusal_of(open_message, key, text, names), case["refused"])})
            continue
        header, body = open_message(key, text, names)
        buckets = [case["bucket_bytes"]] if "bucket_bytes" in case else []
        yield compared(
            case["kid"],
            {
                "key id": (header[3:11].hex(), case["kid"]),
                "counter": (str(int.from_bytes(header[11:], "big")), case["counter"]),
                "type": (body["type"], case["media_type"]),
                "sent": (body["sent"], case["sent_at_ms"]),
                "name": (body.get("name"), case.get("file_name")),
                "content": (body["content"].hex(), case["content"]),
                "sealed again": (seal_message(key, header, names, body, bytes.fromhex(case["salt"]), buckets), text),
            },
        )


READS = {"wire-v2.json": read}
