"""Reads every file of vectors in the folders that are named, and says in JSON how many values it compared and which differ.

A file that no reader knows, a case that gives no value and a property that nobody looked at are findings, too. With
`--unnoticed` and files: the properties whose values can be changed, and no reader says so."""
import json
import os
import sys
import time

import auditlog
import blocks
import auditfhir
import breakglass
import careteam
import envelope
import invitations
import keyring
import keytree
import ledger
import lightclient
import logfiles
import logsigners
import ownerfiles
import pairing
import prescriptionfhir
import shares
import shl
import signedrequests
import slips
import wire
from judged import TITLES, Seen, unread

READERS = (
    wire, keyring, pairing, shares, envelope, keytree, careteam, ledger, blocks, lightclient, slips, shl, breakglass, auditlog,
    signedrequests, ownerfiles, logsigners, logfiles, auditfhir, prescriptionfhir, invitations,
)
READS = {name: (read, getattr(reader, "LEFT_OUT", set())) for reader in READERS for name, read in reader.READS.items()}


def findings_of(path):
    """How many values were compared, and what does not hold."""
    name = os.path.basename(path)
    if name not in READS:
        return 0, ["nobody reads it"]
    with open(path, encoding="utf8") as file:
        return findings_in(name, file.read())


def findings_in(name, text):
    read, left_out = READS[name]
    document = json.loads(text, object_pairs_hook=Seen)
    count, findings = 0, []
    try:
        for compared, differing in read(document):
            count += compared
            findings += differing
    except Exception as error:  # A reader that stops is a finding of its file, and not the end of the others.
        findings.append(f"after {count} values: {type(error).__name__}: {error}")
    if not findings:
        findings += [f"nobody looks at {one}" for one in sorted(set(unread(document, left_out)))]
    return count, findings


def _another(value):
    """Another value of the same type, or None where there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value != "":
        at = len(value) // 2
        return value[:at] + ("1" if value[at] != "1" else "2") + value[at + 1 :]
    return None


def _changes(value, left_out, name="", path=()):
    """Where a value that a reader must look at stands: the property, the way there, and another value."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield from _changes(item, left_out, name, (*path, at))
    elif isinstance(value, dict):
        # What is refused is refused for many changes, and titles are for people.
        if "refused" not in value and "code" not in value:
            for below, item in value.items():
                if below not in TITLES and below not in left_out:
                    yield from _changes(item, left_out, below, (*path, below))
    elif _another(value) is not None:
        yield name, path, _another(value)


OCCURRENCES = 6
# What is given, of which another value near it changes nothing; of a Provenance the middle is a word for people.
GIVEN = {"now", "now_ms", "height", "from", "provenance"}


def unnoticed(path):
    """Properties of a file whose values can be changed, in none of the first places with a finding."""
    name = os.path.basename(path)
    with open(path, encoding="utf8") as file:
        text = file.read()
    document, tried = json.loads(text), {}
    for property_, way, other in _changes(document["cases"], READS[name][1]):
        tried.setdefault(property_, []).append((way, other))
    for property_, places in tried.items():
        if property_ not in GIVEN and not any(_is_noticed(name, text, *place) for place in places[:OCCURRENCES]):
            yield f"nobody notices another {property_}"


def _is_noticed(name, text, way, other):
    changed = json.loads(text)
    holder = changed["cases"]
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = other
    return findings_in(name, json.dumps(changed))[1] != []


def main(folders):
    files, findings = {}, []
    for folder in folders:
        for name in sorted(one for one in os.listdir(folder) if one.endswith(".json")):
            start = time.process_time()
            count, found = findings_of(os.path.join(folder, name))
            if count == 0 and not found:
                found = ["no value was compared"]
            files[name] = {"values": count, "cpuMs": round((time.process_time() - start) * 1000)}
            findings += [f"{name}: {one}" for one in found]
    json.dump({"files": files, "findings": findings}, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "--unnoticed":
        json.dump([f"{os.path.basename(path)}: {one}" for path in sys.argv[2:] for one in unnoticed(path)], sys.stdout)
    else:
        main(sys.argv[1:])
