"""Files that their owner alone reads: the conference file and what lies beside it (docs/spec/conference-v2.md), books and desks
(docs/spec/ledger-v2.md), the file of a care team (docs/spec/care-team.md), a ring folder and a kit book (docs/spec/shares-v2.md)."""
import re

import cbor
import chunked
import keyring
import shares
from basics import Refused, require
from judged import compared, plain, refusal_of
from ledger import Record
from lightclient import Anchor

SEALED = {"v": cbor.only(1), "phc": str, "key": bytes, "body": bytes}
DAMAGED, WRONG = "enrolment/damaged", "enrolment/wrong-passphrase"


def _read(data, fields, code, optional=()):
    try:
        return cbor.decode_map(data, fields, optional)
    except ValueError:
        raise Refused(code) from None


def _opened(key, sealed, context, code):
    try:
        return chunked.open_whole(key, sealed, context)
    except Refused:
        raise Refused(code) from None


def _again(key, sealed, context, plaintext):
    """The same bytes under the salt that they begin with."""
    return chunked.seal(key, plaintext, context, sealed[:24]) == sealed


# The conference file, and every file that is sealed as it is.


def _key_context(phc):
    return b"chartseal/conference-key/v1" + phc.encode()


FILE_CONTEXT = b"chartseal/conference-file/v1"


def open_file(data, passphrase):
    """The key of a sealed file, and what is in it."""
    fields = _read(data, SEALED, DAMAGED)
    passphrase_key = keyring.key_of_passphrase(passphrase, fields["phc"])
    key = _opened(passphrase_key, fields["key"], _key_context(fields["phc"]), WRONG)
    require(len(key) == 32, DAMAGED)
    return key, _opened(key, fields["body"], FILE_CONTEXT, DAMAGED)


def _values_of_file(case):
    data = bytes.fromhex(case["file"])
    key, content = open_file(data, case["passphrase"])
    fields = cbor.decode(data)
    passphrase_key = keyring.key_of_passphrase(case["passphrase"], case["phc"])
    values = {
        "phc": (fields["phc"], case["phc"]),
        "key": (key.hex(), case["key"]),
        "content": (content.hex(), case["content"]),
        "key, sealed again": (_again(passphrase_key, fields["key"], _key_context(case["phc"]), key), True),
        "body, sealed again": (_again(key, fields["body"], FILE_CONTEXT, content), True),
    }
    for part in case["parts"]:
        sealed, context = bytes.fromhex(part["sealed"]), part["context"].encode()
        is_known = re.fullmatch(r"chartseal/conference-(?:record/v1|journal/v1 (?:0|[1-9][0-9]*))", part["context"])
        values[part["context"]] = (_opened(key, sealed, context, DAMAGED).hex(), part["content"])
        values[f"{part['context']}, a known one"] = (is_known is not None, True)
        values[f"{part['context']}, elsewhere"] = (refusal_of(_opened, key, sealed, context + b"0", DAMAGED), DAMAGED)
    return values


# What is in a conference file.

SUITES = {"25519": 32, "ffdhe3072": 384}
COMMON = {
    "v": cbor.only(1), "id": cbor.sized(16), "suite": cbor.one_of(*SUITES), "title": cbor.text(0, 256), "until": cbor.number(),
    "static": bytes,
}
PATIENT = {"pair": str, "name": str, "psk": cbor.sized(32), "static": bytes}
BOOK = {**COMMON, "kind": cbor.only("book"), "signing": cbor.sized(32), "patients": cbor.listed(cbor.mapped(PATIENT))}
SEAT = {**COMMON, "kind": cbor.only("seat"), "doctor": str, "ds": bytes, "dk": cbor.sized(32), "psk": cbor.sized(32)}
STATIC_SECRET = {"25519": 32, "ffdhe3072": 35}


def read_conference(data, kind):
    fields = _read(data, BOOK if kind == "book" else SEAT, DAMAGED)
    public = SUITES[fields["suite"]]
    require(len(fields["static"]) == STATIC_SECRET[fields["suite"]], DAMAGED)
    if kind == "seat":
        require(len(fields["ds"]) == public, DAMAGED)
        return fields
    patients = fields["patients"]
    for name in ("pair", "name"):
        require(len({one[name] for one in patients}) == len(patients), DAMAGED)
    require(all(len(one["static"]) in (0, public) for one in patients), DAMAGED)
    return fields


def _shown(value):
    """As JSON has it: bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return {name: _shown(item) for name, item in value.items()} if isinstance(value, dict) else value


def _values_of_conference(case):
    fields = read_conference(bytes.fromhex(case["bytes"]), case["kind"])
    return {"what it says": (_shown(fields), plain(case["says"]))}


# Books of prescriptions, and desks.

CONTENT = {"rs": cbor.sized(32), "body": bytes, "patient": str}
ERRAND = {
    "record": bytes, "stage": cbor.one_of("signed", "taken", "final", "refused", "never"), "code": cbor.text(0, 128),
    "content": cbor.mapped(CONTENT),
}
PRESCRIPTIONS = {"v": cbor.only(2), "anchor": bytes, "errands": cbor.listed(cbor.mapped(ERRAND, ["content"]))}
NO_BOOK = "prescription/book"


def read_book(data):
    fields = _read(data, PRESCRIPTIONS, NO_BOOK)
    try:
        Anchor(fields["anchor"])
        return fields, [Record(errand["record"]) for errand in fields["errands"]]
    except (Refused, ValueError):
        raise Refused(NO_BOOK) from None


def read_errand(data):
    errand = _read(data, {"v": cbor.only(2), "errand": cbor.mapped(ERRAND, ["content"])}, NO_BOOK)["errand"]
    try:
        return errand, Record(errand["record"])
    except (Refused, ValueError):
        raise Refused(NO_BOOK) from None


def _values_of_book(case):
    fields, records = read_book(bytes.fromhex(case["bytes"]))
    return {
        "what it says": (_shown(fields["errands"]), plain(case["errands"])),
        "anchor": (fields["anchor"].hex(), case["anchor"]),
        "records": ([record.txid.hex() for record in records], case["txids"]),
    }


def _values_of_errand(case):
    errand, record = read_errand(bytes.fromhex(case["bytes"]))
    return {"what it says": (_shown(errand), plain(case["errand"])), "record": (record.txid.hex(), case["txid"])}


DESK = {"v": cbor.only(1), "server": cbor.text(0, 1024), "key": cbor.sized(32), "book": bytes}


def read_desk(data, passphrase):
    """A sealed one where it has a passphrase."""
    bare = data if passphrase is None else open_file(data, passphrase)[1]
    fields = _read(bare, DESK, "cli/desk")
    require(re.match(r"https?://[^/]", fields["server"]) is not None, "cli/desk")
    return fields, read_book(fields["book"])[0]


def _values_of_desk(case):
    fields, _ = read_desk(bytes.fromhex(case["file"]), case["passphrase"])
    return {
        "server": (fields["server"], case["server"]),
        "key": (fields["key"].hex(), case["key"]),
        "book": (fields["book"].hex(), case["book"]),
    }


# A care team.

TEAM_FILE = {"v": cbor.only(1), "kind": cbor.only("chartseal-care-team"), "phc": str, "sealed": bytes}
TEAM = {"team": bytes, "pair": str, "keeper": str, "unsent": cbor.listed(lambda item: isinstance(item, bytes))}


def open_team(data, passphrase):
    fields = _read(data, TEAM_FILE, "care-team/damaged")
    key = keyring.key_of_passphrase(passphrase, fields["phc"])
    context = b"chartseal/care-team-file/v1" + fields["phc"].encode()
    opened = _opened(key, fields["sealed"], context, "care-team/wrong-passphrase")
    return _read(opened, TEAM, "care-team/damaged"), _again(key, fields["sealed"], context, opened)


def _values_of_team(case):
    fields, is_same = open_team(bytes.fromhex(case["file"]), case["passphrase"])
    passphrase_key = keyring.key_of_passphrase(case["passphrase"], case["phc"])
    return {
        "what it says": (_shown(fields), plain(case["says"])),
        "key": (passphrase_key.hex(), case["key"]),
        "sealed again": (is_same, True),
    }


# A ring folder.

KEY_FILE = {"v": cbor.number(2, 3), "phc": str, "sealed": bytes}
PAIRING = {
    "side": cbor.one_of("show", "accept"), "a": bytes, "n": bytes, "ek": cbor.sized(32), "b": bytes, "at": cbor.number(),
}
WINDOW = {"kid": cbor.sized(8), "e": cbor.number(), "n": cbor.sized(8), "s": cbor.sized(128)}
STATE = {
    "v": cbor.only(3), "role": cbor.one_of("doctor", "patient"), "name": str, "sk": cbor.sized(32),
    "pairing": cbor.listed(cbor.mapped(PAIRING), 0, 1), "ring": bytes, "peer": str, "colleague": cbor.only(1),
    "opening": cbor.listed(cbor.mapped({"kid": cbor.sized(8), "n": cbor.sized(8)})), "windows": cbor.listed(cbor.mapped(WINDOW)),
}
RING_DAMAGED = "ring/damaged"
STATE_CONTEXT = b"chartseal/ring-state/v2"


def open_folder_keys(data, passphrase):
    fields = _read(data, KEY_FILE, RING_DAMAGED)
    passphrase_key = keyring.key_of_passphrase(passphrase, fields["phc"])
    keys = _opened(passphrase_key, fields["sealed"], b"chartseal/ring-folder/v2" + fields["phc"].encode(), "ring/wrong-passphrase")
    return [keys[at : at + 32] for at in range(0, len(keys), 32)]


def read_state(data):
    fields = _read(data, STATE, RING_DAMAGED, ["colleague"])
    kids = [window["kid"] for window in fields["windows"]]
    require(len(set(kids)) == len(kids), RING_DAMAGED)
    for pairing in fields["pairing"]:
        has_come = pairing["side"] == "show" and pairing["b"] != b""
        require(has_come or pairing["at"] == 0, RING_DAMAGED)
    if fields["ring"] != b"":
        require(refusal_of(keyring.parse_state, fields["ring"]) is None, RING_DAMAGED)
    return fields


def open_folder(key_file, state_file, passphrase):
    """Which of the folder's keys opens the state, and the state."""
    keys = open_folder_keys(key_file, passphrase)
    for at, key in enumerate(keys):
        try:
            opened = chunked.open_whole(key, state_file, STATE_CONTEXT)
        except Refused:
            continue
        return keys, at, read_state(opened), opened
    raise Refused("no key of the folder opens its state")


def _values_of_folder(case):
    key_file, state_file = (bytes.fromhex(case[name]) for name in ("key_file", "state_file"))
    keys, at, fields, opened = open_folder(key_file, state_file, case["passphrase"])
    passphrase_key = keyring.key_of_passphrase(case["passphrase"], case["phc"])
    return {
        "keys": ([key.hex() for key in keys], case["folder_keys"]),
        "key of the passphrase": (passphrase_key.hex(), case["key"]),
        "which": (at, case["opened_by"]),
        "state": (opened.hex(), case["state"]),
        "what it says": (_shown({name: fields[name] for name in case["says"]}), plain(case["says"])),
        "sealed again": (_again(keys[at], state_file, STATE_CONTEXT, opened), True),
    }


# A kit book.

KIT = {
    "v": cbor.only(2), "root": cbor.sized(32), "rings": cbor.listed(cbor.mapped({"export": bytes, "about": bytes})), "more": bytes,
}


def open_kit(data, given):
    try:
        fields = cbor.decode_map(data, KIT, ["more"])
    except ValueError:
        raise Refused("cbor/invalid") from None
    sound = [shares.check_share(share) for share in given]
    secret = shares.combine([share for share in sound if share["root"] == fields["root"]])
    pages = []
    for ring in fields["rings"]:
        state, role = keyring.open_export(ring["export"], secret.hex())
        pages.append((keyring.of_new_device(state), role, _opened(secret, ring["about"], b"chartseal/kit-about/v2", "open/failed")))
    more = _opened(secret, fields["more"], b"chartseal/kit-more/v2", "open/failed") if "more" in fields else None
    return fields, secret, pages, more


def _values_of_kit(case):
    given = [bytes.fromhex(share) for share in case["shares"]]
    fields, secret, pages, more = open_kit(bytes.fromhex(case["book"]), given)
    again = [_again(secret, ring["about"], b"chartseal/kit-about/v2", page[2]) for ring, page in zip(fields["rings"], pages)]
    return {
        "root": (fields["root"].hex(), case["root"]),
        "pages": ([{"state": state.hex(), "role": role, "about": about.hex()} for state, role, about in pages], plain(case["pages"])),
        "more": (None if more is None else more.hex(), case["more"]),
        "sealed again": (all(again), True),
    }


def _refusal_of(case):
    kind = case["shows"]
    if kind == "conference":
        return refusal_of(read_conference, bytes.fromhex(case["bytes"]), case["kind"])
    if kind in ("book", "errand"):
        return refusal_of(read_book if kind == "book" else read_errand, bytes.fromhex(case["bytes"]))
    if kind == "kit":
        return refusal_of(open_kit, bytes.fromhex(case["book"]), [bytes.fromhex(share) for share in case["shares"]])
    if kind == "ring-key":
        return refusal_of(open_folder_keys, bytes.fromhex(case["key_file"]), case["passphrase"])
    if kind == "ring-state":
        return refusal_of(read_state, bytes.fromhex(case["state"]))
    return refusal_of(open_file if kind == "file" else open_team, bytes.fromhex(case["file"]), case["passphrase"])


SHOWS = {
    "file": _values_of_file, "conference": _values_of_conference, "book": _values_of_book, "errand": _values_of_errand,
    "team": _values_of_team, "ring": _values_of_folder, "kit": _values_of_kit,
}


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["title"], {"code": (_refusal_of(case), case["refused"])})
        else:
            yield compared(case["title"], SHOWS[case["shows"]](case))


def read_desks(document):
    for case in document["cases"]:
        if "refused" in case:
            code = refusal_of(read_desk, bytes.fromhex(case["file"]), case["passphrase"])
            yield compared(case["title"], {"code": (code, case["refused"])})
        else:
            yield compared(case["title"], _values_of_desk(case))


READS = {"owner-files.json": read, "desk-files.json": read_desks}
