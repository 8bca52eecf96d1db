"""docs/spec/conference-v2.md and docs/spec/care-team.md: invitations and their answers, as JSON inside of sealed messages."""
import json
import re
import unicodedata

from basics import Refused, from_base64url, require
from judged import compared, plain, refusal_of

BASE = "application/vnd.chartseal."
SUITES = {"25519": 32, "ffdhe3072": 384}


def _once(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "json/invalid")
    return dict(pairs)


def _fields(content, kinds, invalid):
    """Exactly these names, each of its type."""
    try:
        value = json.loads(content, object_pairs_hook=_once)
    except ValueError:
        raise Refused("json/invalid") from None
    require(isinstance(value, dict) and set(value) == {"v", *kinds}, "json/invalid")
    require(all(type(value[name]) is kind for name, kind in {"v": int, **kinds}.items()), "json/invalid")
    require(value["v"] == 1, invalid)
    return value


def _bytes(text, size, invalid):
    data = from_base64url(text, "encoding/invalid")
    require(size is None or len(data) == size, invalid)
    return data.hex()


def _title(text, invalid):
    is_line = not any(unicodedata.category(one) in ("Cc", "Zl", "Zp") for one in text)
    require(text.strip() != "" and is_line and len(text.encode()) <= 256, invalid)
    return text


def _to_conference(content):
    invalid = "enrolment/invalid"
    kinds = {"id": str, "suite": str, "static": str, "signing": str, "psk": str, "title": str, "until_ms": int}
    value = _fields(content, kinds, invalid)
    require(value["suite"] in SUITES and value["until_ms"] >= 0, invalid)
    sizes = {"id": 16, "static": SUITES[value["suite"]], "signing": 32, "psk": 32}
    read = {name: _bytes(value[name], size, invalid) for name, size in sizes.items()}
    return {**read, "suite": value["suite"], "title": _title(value["title"], invalid), "until_ms": value["until_ms"]}


def _conference_answer(content):
    value = _fields(content, {"id": str, "static": str}, "enrolment/invalid")
    # How long the key is follows from the conference.
    return {"id": _bytes(value["id"], 16, "enrolment/invalid"), "static": _bytes(value["static"], None, "enrolment/invalid")}


def _to_team(content):
    invalid = "care-team/invalid"
    value = _fields(content, {"id": str, "title": str, "keeper": str}, invalid)
    read = {"id": _bytes(value["id"], 16, invalid), "keeper": _bytes(value["keeper"], 32, invalid)}
    return {**read, "title": _title(value["title"], invalid)}


def _team_answer(content):
    invalid = "care-team/invalid"
    value = _fields(content, {"id": str, "signing": str, "box": str}, invalid)
    require(re.fullmatch(r"[A-Za-z0-9_-]{0,128}", value["box"]) is not None, invalid)
    return {"id": _bytes(value["id"], 16, invalid), "signing": _bytes(value["signing"], 32, invalid), "box": value["box"]}


TYPES = {
    f"{BASE}conference+json": _to_conference, f"{BASE}conference-answer+json": _conference_answer, f"{BASE}team+json": _to_team,
    f"{BASE}team-answer+json": _team_answer,
}


def read(document):
    for case in document["cases"]:
        reads = TYPES[case["type"]]
        if "refused" in case:
            yield compared(case["title"], {"code": (refusal_of(reads, case["content"]), case["refused"])})
        else:
            yield compared(case["title"], {"what it says": (reads(case["content"]), plain(case["says"]))})


READS = {"invitations-v1.json": read}
