"""The seed's checks of blocks and records, by its own library: Python's cryptography. One line asks, one line answers:
`check` gives 1 or 0 for each chain of the file, `run N` verifies the first chain N times and gives CPU and wall seconds."""

import json
import sys
import time
from hashlib import sha1, sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

scheme = ec.ECDSA(utils.Prehashed(hashes.SHA256()))


def parse_record(record):
    texts = ("dr_hash", "patient_hash", "dr_public_key", "signature", "txid")
    parsed = {name: bytes.fromhex(record[name]) for name in texts}
    return {**parsed, "text": record["prescription"], "nonce": int(record["nonce"])}


def parse_block(block):
    parsed = {name: bytes.fromhex(block[name]) for name in ("previous", "miner", "block_id")}
    numbers = {name: int(block[name]) for name in ("timestamp", "difficulty", "nonce")}
    return {**parsed, **numbers, "records": [parse_record(record) for record in block["records"]]}


def verify_record(record, last_nonce):
    doctor, patient, key = record["dr_hash"], record["patient_hash"], record["dr_public_key"]
    if len(doctor) != 20 or len(patient) != 20 or sha1(key).digest() != doctor:
        return False
    text = record["text"].encode()
    if len(text) > 200 or record["nonce"] != last_nonce + 1:
        return False
    nonce = record["nonce"].to_bytes(8, "little")
    signed = sha256(patient + text + nonce).digest()
    if sha256(doctor + patient + key + text + nonce + record["signature"]).digest() != record["txid"]:
        return False
    try:
        load_der_public_key(key).verify(record["signature"], signed, scheme)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_block(block, previous):
    header = block["previous"] + block["miner"] + b"".join(record["txid"] for record in block["records"])
    header += block["timestamp"].to_bytes(8, "little") + block["difficulty"].to_bytes(16, "little")
    block_id = sha256(header + block["nonce"].to_bytes(8, "little")).digest()
    if block_id != block["block_id"] or block["previous"] != previous or len(block["records"]) > 25:
        return False
    return int.from_bytes(block_id, "big") <= 2**256 // block["difficulty"]


def verify_chain(blocks):
    previous, nonces = bytes(32), {}
    for block in blocks:
        if not verify_block(block, previous):
            return False
        for record in block["records"]:
            if not verify_record(record, nonces.get(record["dr_hash"], 0)):
                return False
            nonces[record["dr_hash"]] = record["nonce"]
        previous = block["block_id"]
    return True


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        chains = [[parse_block(block) for block in chain] for chain in json.load(file)]
    for line in sys.stdin:
        command, *words = line.split()
        if command == "check":
            answer = "".join("1" if verify_chain(chain) else "0" for chain in chains)
        else:
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(int(words[0])):
                verify_chain(chains[0])
            answer = f"{time.process_time() - cpu:.9f} {time.perf_counter() - wall:.9f}"
        print(answer, flush=True)


main()
