"""A patient in a process of its own: one request in JSON a line on standard input, one event a line on standard output.

The record of the seat is a file, so that a process that was killed goes on where it was."""
import json
import os
import random
import select
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../vectors/readers"))

import cbor
from following import Again
from hello import solve_puzzle
from patient import Patient
from stream import Closed, Stream
from websocket import WebSocket

PROTOCOL = "chartseal.conference.v2"


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def keep(path, record):
    with open(path + ".new", "wb") as file:
        file.write(cbor.encode(record))
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def kept(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return cbor.decode(file.read())


def again_after(tries):
    """Seconds, with full jitter."""
    return random.uniform(0, min(30, 0.5 * 2**tries))


class Peer:
    socket = patient = None
    tries, again_at = 0, None

    def begin(self, request):
        self.address = request["host"], request["port"], request["path"]
        fields = ("id", "static", "doctor_static", "doctor_signing", "psk")
        keys = {name: bytes.fromhex(request[name]) for name in fields}
        self.patient = Patient(
            {**keys, "suite": request["suite"]},
            kept(request["record"]),
            lambda: time.time_ns() // 1_000_000 + request.get("clock_error_ms", 0),
            tell,
            lambda frame: self.socket.send(frame),
            lambda record: keep(request["record"], record),
        )

    def join(self, _):
        self.patient.wants_in = True
        self.tries = 0
        self.connect()

    def connect(self):
        self.cut()
        host, port, path = self.address
        self.socket = Stream(host, port) if path is None else WebSocket(host, port, path, PROTOCOL)
        self.patient.connected()
        self.take(self.socket.ready())

    def cut(self, _=None):
        if self.socket is not None:
            self.socket.close()
        self.socket = self.again_at = None
        self.patient.lost()

    def say(self, request):
        self.patient.say(request["text"])

    def leave(self, _):
        self.patient.leave()

    def puzzle(self, request):
        before, behind = (bytes.fromhex(request[name]) for name in ("before", "behind"))
        tell("puzzle", answer=solve_puzzle(request["bits"], before, behind).hex())

    def take(self, messages):
        for message in messages:
            self.patient.received(message)
        self.patient.read()
        if self.patient.is_in:
            self.tries = 0

    def run(self):
        """Until there are no more requests."""
        waiting = b""
        while True:
            ready = select.select([0] if self.socket is None else [0, self.socket], [], [], self.patience())[0]
            if self.patience() == 0:
                self.unless_lost(self.connect)
            elif self.socket in ready:
                self.unless_lost(lambda: self.take(self.socket.messages()))
            if 0 in ready:
                more = os.read(0, 65536)
                if more == b"":
                    return
                *lines, waiting = (waiting + more).split(b"\n")
                for line in lines:
                    request = json.loads(line)
                    self.unless_lost(getattr(self, request["do"]), request)

    def patience(self):
        """Seconds until it is time to connect again; nothing while there is no such time."""
        return None if self.again_at is None else max(0, self.again_at - time.monotonic())

    def unless_lost(self, work, *given):
        try:
            work(*given)
        except (Again, Closed, OSError) as reason:
            self.cut()
            tell("lost", reason=str(reason))
            if self.patient.wants_in:
                asked = min(60, self.patient.retry_ms / 1000)
                self.again_at = time.monotonic() + asked + again_after(self.tries)
                self.tries += 1


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf8")
    Peer().run()
