"""The hello of docs/spec/conference-v2.md, with what a refusal asks for: docs/spec/host-link.md, the gate."""
import itertools

from basics import sha256
from frames import HEADER, HELLO, RESUME, header
from noise import Initiator


def after_length(data, size=1):
    return len(data).to_bytes(size, "big") + data


def solve_puzzle(bits, before, behind):
    """8 bytes that make a hash with so many zero bits in front."""
    puzzle = sha256(b"chartseal/puzzle/v2", before, behind)
    for number in itertools.count():
        answer = number.to_bytes(8, "big")
        if int.from_bytes(sha256(puzzle, answer), "big") >> 256 - bits == 0:
            return answer


def hello(suite, keys, sent_at, resumption=None, cookie=b"", bits=0):
    """The frame, and the handshake that reads its answer. `resumption`: a ticket, and its session's psk."""
    head = header(suite, HELLO, 0 if resumption is None else RESUME)
    sent = sent_at.to_bytes(8, "big")
    prologue = b"chartseal/conference/v2" + head[:8] + keys["id"] + sent
    if resumption is None:
        handshake = Initiator(suite, prologue, keys["psk"], keys["static"], keys["doctor_static"])
        ticket = b""
    else:
        handshake = Initiator(suite, prologue, resumption[1])
        ticket = after_length(resumption[0], 2)
    before = head[:HEADER] + keys["id"] + sent + after_length(cookie)
    behind = ticket + handshake.write()
    answer = b"" if bits == 0 else solve_puzzle(bits, before, behind)
    return before + after_length(answer) + behind, handshake
