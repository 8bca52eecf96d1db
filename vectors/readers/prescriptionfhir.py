"""docs/spec/prescription-fhir.md: MedicationRequest, MedicationDispense and Provenance, as a form and what is refused."""
import base64
import datetime
import json
import re
import unicodedata

import ledger
from basics import Refused, from_base64url, is_signed, require, to_base64url
from judged import compared, plain, refusal_of

INVALID, MISSING, MODIFIER, NOT_KEPT = "medication/invalid", "medication/missing", "medication/modifier", "medication/not-kept"
LARGEST, MOST_UNITS = 65_536, 2**32 - 1
INTENTS = {"order", "original-order", "reflex-order", "filler-order", "instance-order"}

PASSED = {
    "request": (
        "meta language text contained identifier statusChanged category priority encounter supportingInformation performer "
        "performerType recorder reasonCode reasonReference reason instantiatesCanonical instantiatesUri basedOn groupIdentifier "
        "courseOfTherapyType insurance priorPrescription detectedIssue eventHistory informationSource"
    ),
    "dispense": (
        "meta language text contained partOf basedOn statusChanged category context encounter supportingInformation location type "
        "daysSupply recorded whenPrepared destination receiver detectedIssue eventHistory"
    ),
    "provenance": "meta language text identifier occurredPeriod occurredDateTime policy location reason activity authorization basedOn patient encounter",
    "step": (
        "sequence timing asNeededBoolean asNeededCodeableConcept asNeeded asNeededFor route site method doseAndRate maxDosePerPeriod "
        "maxDosePerAdministration maxDosePerLifetime"
    ),
}


class Number(str):
    """A number with the digits that somebody wrote."""


def _once(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "json/invalid")
    return dict(pairs)


def parse(text):
    require(len(text.encode()) <= LARGEST, "medication/too-large")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_int=Number, parse_float=Number)
    except ValueError:
        raise Refused("json/invalid") from None


def _is_seen(text):
    """More than blanks, and nothing invisible; lines and tabs may be there."""
    bare = text.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    hidden = {"Cf", "Co", "Cs", "Zl", "Zp", "Cc"}
    return text.strip() != "" and not any(unicodedata.category(one) in hidden for one in bare)


class Element:
    """One element, of which everything must be asked for or may be passed over."""

    def __init__(self, value, path="", passed=None):
        require(isinstance(value, dict), INVALID)
        self.value, self.path, self.asked, self.passed = value, path, set(), [] if passed is None else passed

    def at(self, name):
        return name if self.path == "" else f"{self.path}.{name}"

    def raw(self, name):
        self.asked.add(name)
        return self.value.get(name)

    def need(self, name):
        require(name in self.value, MISSING)
        return self.raw(name)

    def text(self, name, form=None):
        value = self.need(name)
        require(isinstance(value, str) and not isinstance(value, Number) and _is_seen(value), INVALID)
        require(form is None or re.fullmatch(form, value) is not None, INVALID)
        return value

    def maybe(self, name, form=None):
        return self.text(name, form) if name in self.value else None

    def number(self, name, form):
        value = self.need(name)
        require(isinstance(value, Number) and re.fullmatch(form, value) is not None, INVALID)
        return value

    def flag(self, name):
        value = self.need(name)
        require(isinstance(value, bool), INVALID)
        return value

    def element(self, name):
        return Element(self.need(name), self.at(name), self.passed)

    def maybe_element(self, name):
        return self.element(name) if name in self.value else None

    def elements(self, name):
        value = self.raw(name)
        if value is None and name not in self.value:
            return []
        require(isinstance(value, list) and value != [], INVALID)
        return [Element(one, f"{self.at(name)}[{at}]", self.passed) for at, one in enumerate(value)]

    def one(self, name):
        found = self.elements(name)
        require(len(found) == 1, INVALID)
        return found[0]

    def end(self, passed=""):
        others = [name for name in self.value if name not in self.asked]
        harmless = {"id", "extension", *passed.split()}
        self.passed += [self.at(name) for name in others if name in harmless]
        require(all(name in harmless for name in others), NOT_KEPT)


def _has_modifier(value):
    if isinstance(value, list):
        return any(map(_has_modifier, value))
    if not isinstance(value, dict):
        return False
    return any(name in ("modifierExtension", "implicitRules", "_implicitRules") or _has_modifier(item) for name, item in value.items())


def _resource(text, kind):
    element = Element(parse(text))
    require(element.raw("resourceType") == kind, INVALID)
    require(not _has_modifier(element.value), MODIFIER)
    return element


ID, URI, TOKEN = r"[A-Za-z0-9.-]{1,64}", r"\S+", r"\S+( \S+)*"
DECIMAL = r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?"
INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def _seconds(text):
    """Of an instant that exists, with its fraction left out."""
    found = INSTANT.fullmatch(text)
    require(found is not None, INVALID)
    try:
        at = datetime.datetime.fromisoformat(found[1] + ("+00:00" if found[3] == "Z" else found[3]))
    except ValueError:
        raise Refused(INVALID) from None
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)


def _date_time(holder, name):
    text = holder.maybe(name)
    if text is not None:
        found = re.fullmatch(r"(\d{4})(-\d{2})?(-\d{2})?", text)
        _seconds(text if found is None else f"{found[1]}{found[2] or '-01'}{found[3] or '-01'}T00:00:00Z")
    return text


def expiry(until):
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", until):
        return _seconds(f"{until}T00:00:00Z") + 36 * 3600
    return _seconds(until) + 1


def party(element):
    identifier = element.maybe_element("identifier")
    read = {
        "reference": element.maybe("reference"),
        "identifier": None if identifier is None else {"system": identifier.maybe("system", URI), "value": identifier.text("value")},
        "display": element.maybe("display"),
    }
    if identifier is not None:
        identifier.end("use type period assigner")
    element.end("type")
    require(read["reference"] is not None or read["identifier"] is not None, INVALID)
    return read


def _coding(coding):
    read = {
        "system": coding.text("system", URI), "version": coding.maybe("version"), "code": coding.text("code", TOKEN),
        "display": coding.maybe("display"),
    }
    coding.end("userSelected")
    return read


def medicine(resource, release):
    holder = resource if release == "R4" else resource.element("medication")
    concept = holder.element("medicationCodeableConcept" if release == "R4" else "concept")
    codings = [_coding(one) for one in concept.elements("coding")]
    text = concept.maybe("text")
    words = [text] if text is not None else [one["display"] for one in codings if one["display"] is not None]
    concept.end()
    if release == "R5":
        holder.end()
    require(words != [], INVALID)
    return {"text": words[0], "codings": codings}


def amount(quantity):
    is_coded = "system" in quantity.value or "code" in quantity.value
    coded = {"system": quantity.text("system", URI), "code": quantity.text("code", TOKEN)} if is_coded else None
    unit = quantity.maybe("unit")
    value = quantity.number("value", DECIMAL)
    require(re.search("[1-9]", value) is not None, INVALID)
    quantity.end()
    return {"value": str(value), "unit": coded["code"] if unit is None and is_coded else unit, "coded": coded}


def dosage(resource, release):
    """As somebody wrote it; what is put together from parts is not read here."""
    steps = resource.elements("dosageInstruction")
    require(len(steps) < 2, "several steps")
    if steps == []:
        return resource.maybe("renderedDosageInstruction") if release == "R5" else None
    [step] = steps
    require("text" in step.value, "medication/not-told")
    words = step.text("text")
    step.end(PASSED["step"])
    if release == "R5":
        resource.maybe("renderedDosageInstruction")
    return words


def _notes(resource):
    notes = resource.elements("note")
    texts = [note.text("text") for note in notes]
    for note in notes:
        note.end("authorReference authorString time")
    return texts


def _requires_false(request, name):
    value = request.raw(name)
    require(name not in request.value or value is False, MODIFIER)


def units_of(quantity, repeats):
    times = repeats + 1
    is_whole = quantity["value"].isdigit()
    count = int(quantity["value"]) * times if is_whole else times
    require(count <= MOST_UNITS, "medication/not-countable")
    return {"count": count, "each": {**quantity, "value": "1"} if is_whole else quantity}


def amount_of(count, each):
    whole, _, fraction = each["value"].partition(".")
    digits = str(int(whole + fraction) * count).rjust(len(fraction) + 1, "0")
    value = digits if fraction == "" else f"{digits[: -len(fraction)]}.{digits[-len(fraction) :]}"
    return {**each, "value": value}


def read_request(text, given=None):
    request = _resource(text, "MedicationRequest")
    require(request.text("status") == "active" and request.text("intent") in INTENTS, INVALID)
    for name in ("doNotPerform", "reported", "reportedBoolean"):
        _requires_false(request, name)
    release = given or ("R5" if "medication" in request.value else "R4")
    dispense = request.maybe_element("dispenseRequest")
    period = None if dispense is None else dispense.maybe_element("validityPeriod")
    quantity = None if dispense is None else dispense.maybe_element("quantity")
    requester, substitution = request.maybe_element("requester"), request.maybe_element("substitution")
    form = {
        "id": request.maybe("id", ID), "patient": party(request.element("subject")), "medicine": medicine(request, release),
        "dosage": dosage(request, release), "notes": _notes(request), "prescriber": None if requester is None else party(requester),
        "authoredOn": _date_time(request, "authoredOn"), "quantity": None if quantity is None else amount(quantity),
        "repeats": 0, "substitution": None if substitution is None else substitution.flag("allowedBoolean"),
        "validFrom": None if period is None else _date_time(period, "start"), "validUntil": None if period is None else period.maybe("end"),
    }
    if dispense is not None and "numberOfRepeatsAllowed" in dispense.value:
        form["repeats"] = int(dispense.number("numberOfRepeatsAllowed", r"0|[1-9][0-9]{0,8}"))
    for element, passed in ((substitution, "reason"), (period, ""), (dispense, "performer dispenser")):
        if element is not None:
            element.end(passed)
    if form["validUntil"] is not None:
        expiry(form["validUntil"])
    if form["quantity"] is not None:
        units_of(form["quantity"], form["repeats"])
    request.end(PASSED["request"])
    return form, release, request.passed


NAMED = "ni:///sha-256;"


def _txid(resource):
    found = [one for one in resource.elements("identifier") if one.value.get("system") == "urn:ietf:rfc:3986"]
    found = [one.value["value"] for one in found if isinstance(one.value.get("value"), str) and one.value["value"].startswith(NAMED)]
    require(len(found) < 2, INVALID)
    if found == []:
        return None
    data = from_base64url(found[0][len(NAMED) :], INVALID)
    require(len(data) == 32, INVALID)
    return data.hex()


def read_dispense(text, given=None):
    resource = _resource(text, "MedicationDispense")
    require(resource.text("status") == "completed", INVALID)
    release = given or ("R5" if "medication" in resource.value else "R4")
    prescription, performer = resource.one("authorizingPrescription"), resource.one("performer")
    require("whenHandedOver" in resource.value, MISSING)
    form = {
        "id": resource.text("id", ID), "prescription": prescription.text("reference"), "patient": party(resource.element("subject")),
        "medicine": medicine(resource, release), "dosage": dosage(resource, release), "notes": _notes(resource),
        "dispenser": party(performer.element("actor")), "quantity": amount(resource.element("quantity")),
        "handedOver": _date_time(resource, "whenHandedOver"), "txid": _txid(resource),
    }
    performer.end("function")
    prescription.end("type identifier display")
    resource.end(PASSED["dispense"])
    return form, release, resource.passed


# Provenance.

ASTM, AUTHOR = "urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1"
PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
ROLES = {"MedicationRequest": "author", "MedicationDispense": "performer"}
BAD_JWS, WRONG = "medication/bad-jws", "medication/wrong-signature"


def _header(text):
    try:
        header = json.loads(from_base64url(text, BAD_JWS), object_pairs_hook=_once)
    except (ValueError, Refused):
        raise Refused(BAD_JWS) from None
    is_one = isinstance(header, dict) and list(header) == ["alg", "iat", "kid"] and header["alg"] in ("ES256", "EdDSA")
    require(is_one and type(header["iat"]) is int and 0 <= header["iat"] <= 253_402_300_799, BAD_JWS)
    require(to_base64url(json.dumps(header, separators=(",", ":")).encode()) == text, BAD_JWS)
    kid = from_base64url(header["kid"], BAD_JWS)
    require(len(kid) == 32, BAD_JWS)
    return header["alg"], header["iat"], kid


def verify_jws(jws, payload, keys):
    parts = jws.split(".")
    require(len(parts) == 3 and parts[1] == "", BAD_JWS)
    algorithm, seconds, kid = _header(parts[0])
    signature = from_base64url(parts[2], BAD_JWS)
    require(len(signature) == 64, BAD_JWS)
    found = [(name, key) for name, key in keys if ledger.key_id(name, key) == kid]
    require(found != [], "medication/unknown-key")
    [(name, key)] = found
    signed = f"{parts[0]}.{to_base64url(payload)}".encode()
    require({"ES256": "ES256", "Ed25519": "EdDSA"}.get(name) == algorithm, WRONG)
    # RFC 8037: an ordinary signature of Ed25519, and not judged as the ledger judges its own.
    holds = is_signed(key, signature, signed) if name == "Ed25519" else ledger.verifies(name, key, signed, signature)
    require(holds, WRONG)
    return seconds, kid


def verify_provenance(text, resource, keys):
    stored = Element(parse(resource))
    kind = stored.text("resourceType")
    require(kind in ROLES, INVALID)
    target = f"{kind}/{stored.text('id', ID)}"
    provenance = _resource(text, "Provenance")

    def only(holder, name):
        found = holder.elements(name)
        require(found != [], MISSING)
        require(len(found) == 1, INVALID)
        return found[0]

    require(only(provenance, "target").text("reference") == target, "medication/other-target")
    agent = only(provenance, "agent")
    role = only(agent.element("type"), "coding")
    require(role.text("system") == PARTICIPANTS and role.text("code") == ROLES[kind], INVALID)
    who = party(agent.element("who"))
    agent.end("role")
    signature = only(provenance, "signature")
    type_ = only(signature, "type")
    require(type_.text("system") == ASTM and type_.text("code") == AUTHOR, INVALID)
    require(party(signature.element("who")) == who, INVALID)
    is_jose = signature.text("targetFormat") == "application/fhir+json" and signature.text("sigFormat") == "application/jose"
    require(is_jose, INVALID)
    try:
        jws = base64.b64decode(signature.text("data"), validate=True).decode()
    except ValueError:
        raise Refused(INVALID) from None
    when = signature.text("when")
    signature.end()
    seconds, kid = verify_jws(jws, resource.encode(), keys)
    for time in (provenance.text("recorded"), when):
        require(_seconds(time) == seconds and not re.search(r"\.\d*[1-9]", time), INVALID)
    provenance.end(PASSED["provenance"])
    return {"target": target, "who": who, "kid": kid.hex(), "seconds": seconds}


# Vectors.


def _values_of_request(case):
    form, release, passed = read_request(case["resource"], case["given_release"])
    units = None if form["quantity"] is None else units_of(form["quantity"], form["repeats"])
    return {
        "form": (form, plain(case["form"])),
        "release": (release, case["release"]),
        "passed over": (sorted(passed), sorted(plain(case["passed_over"]))),
        "units": (units, plain(case["units"])),
        "all of them": (None if units is None else amount_of(units["count"], units["each"]), plain(case["amount"])),
        "expires": (None if form["validUntil"] is None else expiry(form["validUntil"]), case["expires"]),
    }


def _values_of_dispense(case):
    form, release, passed = read_dispense(case["resource"], case["given_release"])
    return {
        "form": (form, plain(case["form"])),
        "release": (release, case["release"]),
        "passed over": (sorted(passed), sorted(plain(case["passed_over"]))),
    }


def _verified(case):
    keys = [(key["algorithm"], bytes.fromhex(key["public_key"])) for key in case["keys"]]
    return verify_provenance(case["provenance"], case["resource"], keys)


SHOWS = {
    "request": _values_of_request, "dispense": _values_of_dispense,
    "provenance": lambda case: {"attested": (_verified(case), plain(case["attested"]))},
}


def _judge(case):
    if case["shows"] == "provenance":
        _verified(case)
    else:
        reads = read_request if case["shows"] == "request" else read_dispense
        reads(case["resource"], case["given_release"])


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["title"], {"code": (refusal_of(_judge, case), case["refused"])})
        else:
            yield compared(case["title"], SHOWS[case["shows"]](case))


READS = {"prescription-fhir-v2.json": read}
