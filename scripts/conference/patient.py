"""A patient of docs/spec/conference-v2.md. The owner connects, and again; limits of time are left out."""
import cbor
from basics import Refused
from following import Follower
from frames import (
    ALREADY_ACTIVE, BLOCKED, CLEAR, DISCONNECT, EXIT, GROUP_KEY, HELLO, MESSAGE, RECEIVED, SIGNED, TICKET, VERIFICATION,
    Frame, Session, chain_start,
)
from hello import hello
from noise import SUITES

WAITS_FOR_HELLO = ("clock", "cookie", "puzzle", "ticket")


class Patient(Follower):
    """`tell(event, **fields)` shows something, `send(frame)` sends it, `keep(record)` returns when it is durable."""

    def __init__(self, keys, record, now, tell, send, keep):
        self.keys, self.suite = keys, SUITES[keys["suite"]]()
        self.now, self.tell, self.send = now, tell, send
        self.keep = lambda: keep(self.record)
        self.record = record or {
            "seq": 0, "hash": chain_start(keys["id"]), "heard": 0, "said": 0, "waiting": [], "left": 0, "ticket": [],
        }
        super().__init__()
        self.clock_offset = self.hellos = self.since = 0
        # Whether a connection that is lost is tried again, and after how long the other side asks for that.
        self.wants_in, self.retry_ms = False, 0
        self.lost()

    # To be called by the owner.

    def connected(self):
        self.lost()
        self.hellos = self.retry_ms = 0
        self._hello()

    def lost(self):
        self.session = self.handshake = self.member = None
        self.is_in, self.head_at = False, 0

    def received(self, data):
        """Takes a frame. What does not open or is not signed is left alone, as anybody on the way could make it."""
        try:
            self._take(Frame(self.suite, data))
        except (Refused, ValueError) as reason:
            self.tell("ignored", reason=str(reason), header=data[:3].hex())

    def _take(self, frame):
        if frame.opcode == HELLO:
            self._answered(frame)
        elif frame.flags & CLEAR:
            self._refused(frame)
        elif frame.flags & SIGNED:
            self._signed(frame)
        elif self.session is not None:
            self._opened(frame.opcode, self.session.open(frame))

    def read(self):
        """Everything that has come was taken: says so."""
        if self.unacknowledged > 0 and self.is_in:
            self._say(RECEIVED, {"seq": self.unacknowledged})
        self.unacknowledged = 0

    def say(self, text):
        self.record["said"] += 1
        message = {"id": self.record["said"], "text": text}
        self.record["waiting"].append(message)
        self.keep()
        if self.is_in:
            self._say(MESSAGE, message)

    def leave(self):
        self.record["left"] = 1
        self.keep()
        if self.is_in:
            self._say(EXIT, {})

    # The handshake.

    def _hello(self, cookie=b"", bits=0):
        self.hellos += 1
        self.hello_at = self.now()
        resumption = self.record["ticket"] or None
        frame, self.handshake = hello(
            self.suite, self.keys, self.hello_at + self.clock_offset, resumption, cookie, bits
        )
        self.send(frame)

    def _answered(self, frame):
        if self.handshake is None:
            raise Refused("an answer to nothing")
        payload, keys = self.handshake.read(frame.payload)
        self.handshake = None
        answer = cbor.decode_map(payload, {"epoch": int, "limits": dict, "now": int})
        self.clock_offset = answer["now"] - self.hello_at
        self.session = Session(self.suite, keys)
        proof = {"h": keys.hash, "heard": self.record["heard"], "seq": self.record["seq"]}
        self._say(VERIFICATION, {**proof, "leave": 1} if self.record["left"] else proof)

    def _refused(self, frame):
        """Nothing vouches for a refusal: it serves the next hello on this connection and no other."""
        fields = {"cookie": bytes, "now": int, "puzzle": int, "reason": str, "retry_ms": int}
        refusal = cbor.decode_map(frame.payload, fields, ("cookie", "puzzle"))
        reason, self.retry_ms = refusal["reason"], refusal["retry_ms"]
        self.tell("refused", reason=reason)
        if self.session is not None or reason not in WAITS_FOR_HELLO or self.hellos == 6:
            return
        if reason == "clock":
            self.clock_offset = refusal["now"] - self.now()
        if reason == "ticket":
            self.record["ticket"] = []
        self._hello(refusal.get("cookie", b""), refusal.get("puzzle", 0))

    # Frames of the session.

    def _say(self, opcode, fields):
        self.send(self.session.seal(opcode, cbor.encode(fields)))

    def _opened(self, opcode, plaintext):
        if opcode == TICKET:
            self._admitted(cbor.decode_map(plaintext, {"heard": int, "since": int, "ticket": bytes}))
        elif opcode == GROUP_KEY:
            fields = {"after": dict, "epochs": list, "head": dict, "incarnation": int, "path": bytes}
            self._given(cbor.decode_map(plaintext, fields, ("after", "path")))
        elif opcode == MESSAGE:
            self._told(cbor.decode_map(plaintext, {"id": int, "text": str}))
        elif opcode == RECEIVED:
            self._heard(cbor.decode_map(plaintext, {"direct": int})["direct"])
        elif opcode == EXIT:
            cbor.decode_map(plaintext, {})
            self.record["left"] = 0
            self._out("left")
        elif opcode == BLOCKED:
            self._out("blocked", **cbor.decode_map(plaintext, {"seconds": int}, ("seconds",)))
        elif opcode == ALREADY_ACTIVE:
            self._away("displaced", **cbor.decode_map(plaintext, {}))
        elif opcode == DISCONNECT:
            self._disconnected(cbor.decode_map(plaintext, {"reason": str, "retry_ms": int}))
        else:
            raise Refused("an opcode that is not the core's")

    def _out(self, event, **fields):
        """No member any more: a ticket opens in one membership, and what was not said is not said later."""
        self.record["ticket"], self.record["waiting"] = [], []
        self.keep()
        self._away(event, **fields)

    def _away(self, event, **fields):
        """Until somebody asks for it."""
        self.is_in = self.wants_in = False
        self.tell(event, **fields)

    def _disconnected(self, fields):
        self.retry_ms = fields["retry_ms"]
        if fields["reason"] == "ticket":
            self.record["ticket"] = []
        self.wants_in = fields["reason"] != "removed"
        self.tell("disconnected", **fields)

    def _admitted(self, fields):
        self.since = fields["since"]
        self.record["ticket"] = [fields["ticket"], self.session.keys.resumption]
        self._heard(fields["heard"])

    def _heard(self, number):
        """The doctor has what was said up to this number."""
        self.record["said"] = max(self.record["said"], number)
        self.record["waiting"] = [one for one in self.record["waiting"] if one["id"] > number]
        self.keep()
        self.tell("heard", id=number)

    def _told(self, message):
        if message["id"] > self.record["heard"]:
            self.tell("direct", id=message["id"], text=message["text"])
            self.record["heard"] = message["id"]
            self.keep()
        self._say(RECEIVED, {"direct": message["id"]})
