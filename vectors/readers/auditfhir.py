"""docs/spec/audit-fhir.md: AuditEvents of R4 and R5 from records, and back."""
import base64
import datetime
import json
import re

import cbor
from auditlog import RECORD
from basics import Refused, require
from judged import compared, refusal_of

TERMS = "http://terminology.hl7.org/CodeSystem/"
SYSTEMS = {
    "dicom": "http://dicom.nema.org/resources/ontology/DCM", "rest": f"{TERMS}audit-event-type",
    "interaction": "http://hl7.org/fhir/restful-interaction", "lifecycle": f"{TERMS}iso-21089-lifecycle",
    "participation": f"{TERMS}v3-ParticipationType", "role": f"{TERMS}extra-security-role-type",
    "provenance": f"{TERMS}provenance-participant-type", "entity": f"{TERMS}audit-entity-type", "object": f"{TERMS}object-role",
    "reason": f"{TERMS}v3-ActReason", "outcome": f"{TERMS}audit-event-outcome",
}
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
OUTCOMES = {"success": "0", "minor-failure": "4", "serious-failure": "8", "major-failure": "12", "unknown": None}

TO_SERVER = (("dicom", "110153"), ("dicom", "110152"))
BY_PERSON = (*TO_SERVER, ("role", "humanuser"))
AUTHOR, READER = ("participation", "AUT"), ("participation", "IRCP")
# Type, subtype, action, client, server, user, profile.
ACTIONS = {
    "create": (("rest", "rest"), ("interaction", "create"), "C", *TO_SERVER, AUTHOR, "Create"),
    "read": (("rest", "rest"), ("interaction", "read"), "R", *reversed(TO_SERVER), READER, "Read"),
    "update": (("rest", "rest"), ("interaction", "update"), "U", *TO_SERVER, AUTHOR, "Update"),
    "delete": (
        ("rest", "rest"), ("interaction", "delete"), "D", ("dicom", "110150"), ("provenance", "custodian"), AUTHOR, "Delete",
    ),
    "query": (("rest", "rest"), ("interaction", "search"), "E", *TO_SERVER, READER, "Query"),
    "export": (("dicom", "110106"), ("lifecycle", "disclose"), "R", *BY_PERSON, None),
    "import": (("dicom", "110107"), ("lifecycle", "receive"), "C", *BY_PERSON, None),
    "login": (("dicom", "110114"), ("dicom", "110122"), "E", *BY_PERSON, None),
    "logout": (("dicom", "110114"), ("dicom", "110123"), "E", *BY_PERSON, None),
    "break-glass-start": (("dicom", "110113"), ("dicom", "110127"), "E", *BY_PERSON, None),
    "break-glass-end": (("dicom", "110113"), ("dicom", "110138"), "E", *BY_PERSON, None),
    "break-glass-review": (("dicom", "110101"), ("lifecycle", "verify"), "R", *BY_PERSON, None),
    "shred": (("dicom", "110113"), ("lifecycle", "destroy"), "D", *BY_PERSON, None),
}
LITERAL = r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.-]{1,64}"


def _coding(of):
    return {"system": SYSTEMS[of[0]], "code": of[1]}


def _concept(of):
    return {"coding": [_coding(of)]}


def _filled(pairs):
    return {name: value for name, value in pairs.items() if value not in (None, [])}


def _reference(name):
    is_literal = re.fullmatch(rf"{LITERAL}(/_history/[A-Za-z0-9.-]{{1,64}})?", name)
    return {"reference": name} if is_literal else {"identifier": {"value": name}}


def _patient(name):
    is_literal = re.fullmatch(r"Patient/[A-Za-z0-9.-]{1,64}", name)
    return {"reference": name} if is_literal else {"type": "Patient", "identifier": {"value": name}}


def _because(reason):
    return {"extension": [{"url": ABSENT, "valueCode": reason}]}


def _is_uri(address):
    return re.match(r"([a-z][a-z0-9+.-]*://|urn:)\S+$", address) is not None


def _network(address, release):
    if release == "R5":
        return {"networkUri" if _is_uri(address) else "networkString": address}
    is_ip = re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*", address)
    return {"network": {"address": address, "type": "2" if is_ip else "5" if _is_uri(address) else "1"}}


def _instant(ms):
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def _entities(record, release):
    """Patient, what was touched and searched for, digests, an import, and what no field has."""
    detail, entities = record["detail"], []

    def add(kind, role=None, what=None, name=None, query=None, texts=(), digest=None):
        values = [(key, {"valueString": value}) for key, value in texts]
        values += [] if digest is None else [("sha256", {"valueBase64Binary": base64.b64encode(digest).decode()})]
        is_r4 = release == "R4"
        entity = {
            "what": what if is_r4 or name is None else {"display": name}, "name": name if is_r4 else None,
            "type": _coding(("entity", kind)) if is_r4 else None,
            "role": role and (_coding(("object", role)) if is_r4 else _concept(("object", role))),
            "query": None if query is None else base64.b64encode(query.encode()).decode(),
            "detail": [{"type": key if is_r4 else {"text": key}, **value} for key, value in values],
        }
        entities.append(_filled(entity))

    if record["patient"] and release == "R4":
        add("1", "1", _patient(record["patient"]))
    if detail["resource"]:
        add("2", "4", _reference(detail["resource"]))
    if detail["query"]:
        add("2", "24", query=detail["query"])
    for digest in detail["digests"]:
        add("4", name=digest["name"], digest=digest["sha256"])
    for one in detail["imported"]:
        add("4", name=one["format"], texts=[("records", str(one["records"]))], digest=one["sha256"])
    if "unmapped" in detail:
        add("4", texts=[("unmapped", detail["unmapped"])])
    return entities


def write_event(record, release, identify):
    type_, subtype, action, client, server, user, profile = ACTIONS[record["action"]]
    detail, code = record["detail"], OUTCOMES[record["outcome"]]
    purposes = [_concept(("reason", one)) for one in record["purpose"].split(" ") if one]
    for_purpose = "purposeOfUse" if release == "R4" else "authorization"
    who = _reference(record["actor"]) if identify else _because("masked")
    agents = [_filled({"type": _concept(user), "who": who, "requestor": True, for_purpose: purposes})]
    if identify:
        for of, parties in ((client, detail["client"]), (server, detail["server"])):
            for party in parties:
                machine = {"type": _concept(of), "who": _reference(party["name"]), "requestor": False}
                agents.append({**machine, **_network(party["address"], release)})
    text = detail["text"] if identify and detail["text"] else None
    masked_patient = {"type": "Patient", **_because("masked")}
    event = {
        "resourceType": "AuditEvent", "recorded": _instant(record["at"]), "action": action, "agent": agents,
        "source": {"observer": _reference(record["source"]) if identify else _because("masked")},
    }
    entities = _entities(record, release) if identify else []
    if release == "R4":
        whole = bool(detail["client"]) and bool(detail["server"]) and bool(detail["query" if record["action"] == "query" else "resource"])
        if identify and profile is not None and record["outcome"] == "success" and whole:
            event["meta"] = {"profile": [BALP + ("Patient" if record["patient"] else "") + profile]}
        if not identify and record["patient"]:
            entities = [{"what": masked_patient, "type": _coding(("entity", "1")), "role": _coding(("object", "1"))}]
        own = {"type": _coding(type_), "subtype": [_coding(subtype)], "outcome": code, "outcomeDesc": text, "purposeOfEvent": purposes}
        return _filled({**event, **own, "entity": entities})
    outcome = None
    if code is not None or text is not None:
        said = {"system": SYSTEMS["outcome"], "code": code} if code is not None else _because("unknown")
        outcome = _filled({"code": said, "detail": [{"text": text}] if text is not None else None})
    patient = None
    if record["patient"]:
        patient = _patient(record["patient"]) if identify else masked_patient
    own = {"category": [_concept(type_)], "code": _concept(subtype), "outcome": outcome, "authorization": purposes, "patient": patient}
    return _filled({**event, **own, "entity": entities})


# Reading.


def _once(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "json/invalid")
    return dict(pairs)


def parse_json(text):
    try:
        return json.loads(text, object_pairs_hook=_once)
    except ValueError:
        raise Refused("json/invalid") from None


def _needs(holder, name):
    require(holder.get(name) is not None, "fhir/missing")
    return holder[name]


def _name_in(reference):
    require(not any(one.get("url") == ABSENT for one in reference.get("extension", [])), "fhir/masked")
    if "reference" in reference:
        return reference["reference"]
    require("identifier" in reference, "fhir/invalid")
    return _needs(reference["identifier"], "value")


def _is(coding, of):
    return coding.get("system") == SYSTEMS[of[0]] and coding.get("code") == of[1]


INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})")


def _ms_of(text):
    """The millisecond, and whether something below it is lost."""
    found = INSTANT.fullmatch(text)
    require(found is not None, "fhir/invalid")
    try:
        zone = "+00:00" if found[3] == "Z" else found[3]
        at = datetime.datetime.fromisoformat(found[1] + zone)
    except ValueError:
        raise Refused("fhir/invalid") from None
    fraction = (found[2] or "").ljust(3, "0")
    seconds = (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)
    return seconds * 1000 + int(fraction[:3]), fraction[3:].strip("0") != ""


def _agent(agent, release):
    codings = agent.get("type", {}).get("coding", [])
    network = agent.get("network", {}).get("address") if release == "R4" else agent.get("networkUri", agent.get("networkString"))
    return codings[0].get("code") if codings else None, network


def _purposes(holder, name):
    return [coding["code"] for concept in holder.get(name, []) for coding in concept["coding"]]


def _detail_of(entity, release, name):
    for one in entity.get("detail", []):
        if (one["type"] if release == "R4" else one["type"].get("text")) == name:
            return one
    return {}


def _entity(entity, release):
    what, name = entity.get("what"), entity.get("name")
    if release == "R5" and what is not None and "display" in what and not {"reference", "identifier"} & set(what):
        what, name = None, what["display"]
    digest = _detail_of(entity, release, "sha256").get("valueBase64Binary")
    return {
        "what": None if what is None else _name_in(what), "name": name,
        "query": None if "query" not in entity else base64.b64decode(entity["query"], validate=True).decode(),
        "records": _detail_of(entity, release, "records").get("valueString"),
        "unmapped": _detail_of(entity, release, "unmapped").get("valueString"),
        "digest": None if digest is None else base64.b64decode(digest, validate=True),
    }


def _action_of(event, release):
    if release == "R4":
        type_, subtypes = _needs(event, "type"), event.get("subtype", [])
    else:
        codings = [coding for concept in _needs(event, "category") for coding in concept["coding"]]
        require(codings != [], "fhir/invalid")
        type_, subtypes = codings[0], _needs(event, "code")["coding"]
    found = [name for name, of in ACTIONS.items() if _is(type_, of[0]) and any(_is(one, of[1]) for one in subtypes)]
    require(found != [], "fhir/not-kept")
    return found[0]


def _first(items):
    return next((item for item in items if item is not None), None)


def _record_of(event, release):
    require(event.get("resourceType") == "AuditEvent", "fhir/invalid")
    action = _action_of(event, release)
    agents = _needs(event, "agent")
    entities = event.get("entity", [])
    patient = event.get("patient")
    if release == "R4":
        patients = [one for one in entities if _is(one.get("role", {}), ("object", "1"))][:1]
        entities = [one for one in entities if one not in patients]
        patient = patients[0]["what"] if patients else None
        code, text = event.get("outcome"), event.get("outcomeDesc", "")
    else:
        outcome = event.get("outcome", {})
        code = outcome.get("code", {}).get("code") if outcome else None
        text = outcome.get("detail", [{}])[0].get("text", "")
    outcomes = [name for name, known in OUTCOMES.items() if known == code]
    require(outcomes != [], "audit/bad-record")
    users = [one for one in agents if one.get("requestor")]
    require(users != [], "fhir/invalid")
    for_user = "purposeOfUse" if release == "R4" else "authorization"
    purposes = _purposes(event, "purposeOfEvent" if release == "R4" else "authorization") or _purposes(users[0], for_user)

    def party(of):
        for one in agents:
            kind, address = _agent(one, release)
            if kind == of[1] and not one.get("requestor") and address is not None:
                return [{"name": _name_in(_needs(one, "who")), "address": address}]
        return []

    read = [_entity(one, release) for one in entities]
    imported = [one for one in read if None not in (one["name"], one["records"], one["digest"])]
    digests = [one for one in read if None not in (one["name"], one["digest"]) and one["records"] is None]
    require(all(re.fullmatch(r"0|[1-9][0-9]{0,15}", one["records"]) for one in imported), "audit/bad-record")
    unmapped = _first(one["unmapped"] for one in read)
    detail = {
        "resource": _first(one["what"] for one in read) or "", "query": _first(one["query"] for one in read) or "",
        "client": party(ACTIONS[action][3]), "server": party(ACTIONS[action][4]), "text": text,
        "digests": [{"name": one["name"], "sha256": one["digest"]} for one in digests],
        "imported": [{"format": one["name"], "records": int(one["records"]), "sha256": one["digest"]} for one in imported[:1]],
        **({} if unmapped is None else {"unmapped": unmapped}),
    }
    at, is_cut = _ms_of(_needs(event, "recorded"))
    record = {
        "at": at, "actor": _name_in(_needs(users[0], "who")), "action": action,
        "patient": "" if patient is None else _name_in(patient), "outcome": outcomes[0], "purpose": " ".join(purposes),
        "source": _name_in(_needs(_needs(event, "source"), "observer")), "detail": detail,
    }
    _require_record(record)
    return record, is_cut


def _require_record(record):
    try:
        cbor.checked_map(record, RECORD)
    except ValueError:
        raise Refused("audit/bad-record") from None


ASIDE = {"id", "text", "meta.profile", "meta.versionId", "meta.lastUpdated"}


def _without_its_own(items, others, path):
    """Which items have none of their own among the others; those that say the same choose first."""
    left, free = list(range(len(items))), list(others)
    for is_both in (True, False):
        for at in list(left):
            for other in free:
                below = f"{path}[{at}]"
                if lost(items[at], other, below) == {} and (not is_both or lost(other, items[at], below) == {}):
                    free.remove(other)
                    left.remove(at)
                    break
    return left


def lost(original, kept, path=""):
    """Elements that are not there, each by its path; an item of a list by itself, whole."""
    if path in ASIDE:
        return {}
    if isinstance(original, list):
        others = kept if isinstance(kept, list) else []
        return {f"{path}[{at}]": original[at] for at in _without_its_own(original, others, path)}
    if isinstance(original, dict) and (isinstance(kept, dict) or path == "meta"):
        found = {}
        for name, value in original.items():
            if name != "display" or "code" not in original:
                below = name if path == "" else f"{path}.{name}"
                found |= lost(value, (kept or {}).get(name), below)
        return found
    return {} if original == kept and type(original) is type(kept) else {path: original}


def _has_modifier(value):
    if isinstance(value, list):
        return any(map(_has_modifier, value))
    if not isinstance(value, dict):
        return False
    return any(name in ("modifierExtension", "implicitRules") or _has_modifier(item) for name, item in value.items())


def read_event(text, release, keep_unmapped=False):
    event = parse_json(text)
    record, is_cut = _record_of(event, release)
    again = write_event(record, release, True)
    missing = lost({**event, "recorded": again["recorded"]}, again) | ({"recorded": event["recorded"]} if is_cut else {})
    if missing == {}:
        return record
    can_be_kept = keep_unmapped and not _has_modifier(event) and "unmapped" not in record["detail"]
    require(can_be_kept, "fhir/not-kept")
    kept = json.dumps(missing, separators=(",", ":"), ensure_ascii=False)
    require(len(kept.encode("utf-16-le")) // 2 <= 16_384, "fhir/not-kept")
    return {**record, "detail": {**record["detail"], "unmapped": kept}}


# Vectors.


def _without_words(value):
    """Without the `display` beside a code, and with lists in an order of their own."""
    if isinstance(value, list):
        return sorted(map(_without_words, value), key=lambda one: json.dumps(one, sort_keys=True))
    if isinstance(value, dict):
        return {name: _without_words(item) for name, item in value.items() if name != "display" or "code" not in value}
    return value


def _values_of(case):
    release, identify = case["release"], case["identify"]
    record = cbor.decode_map(bytes.fromhex(case["record"]), RECORD)
    event = parse_json(case["event"])
    values = {"event": (_without_words(write_event(record, release, identify)), _without_words(event))}
    if identify:
        values["record"] = (cbor.encode(read_event(case["event"], release)).hex(), case["record"])
    else:
        values["not read back"] = (refusal_of(read_event, case["event"], release), "fhir/masked")
    return values


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            code = refusal_of(read_event, case["event"], case["release"], case["keep_unmapped"])
            yield compared(case["title"], {"code": (code, case["refused"])})
        elif case["shows"] == "ours":
            yield compared(case["title"], _values_of(case))
        else:
            record = read_event(case["event"], case["release"], case["keep_unmapped"])
            yield compared(case["title"], {"record": (cbor.encode(record).hex(), case["record"])})


READS = {"audit-fhir-v2.json": read}
