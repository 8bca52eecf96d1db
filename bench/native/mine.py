"""Proof of work with hashlib and a copied midstate; the same lines as mine.c, see there."""

import sys
import time
from hashlib import sha256


def search(prefix, target, count):
    copy = sha256(prefix).copy
    for nonce in range(count):
        trial = copy()
        trial.update(nonce.to_bytes(8, "little"))
        digest = trial.digest()
        if digest <= target:
            return f"{nonce} {digest.hex()}"
    return "none"


def main():
    prefix = bytes.fromhex(sys.argv[1])
    for line in sys.stdin:
        command, *words = line.split()
        if command == "find":
            answer = search(prefix, bytes.fromhex(words[0]), int(words[1]))
        else:
            cpu, wall = time.process_time(), time.perf_counter()
            search(prefix, bytes(32), int(words[0]))
            answer = f"{time.process_time() - cpu:.9f} {time.perf_counter() - wall:.9f}"
        print(answer, flush=True)


main()
