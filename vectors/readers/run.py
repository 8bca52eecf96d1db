"""Reads every file of vectors in the folders that are named, and says in JSON how many values it compared and which differ.

A file that no reader knows, a case that gives no value and a property that nobody looked at are findings, too."""
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
from judged import Seen, unread

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
    read, left_out = READS[name]
    with open(path, encoding="utf8") as file:
        document = json.load(file, object_pairs_hook=Seen)
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
    main(sys.argv[1:])
