"""The frames for all of docs/spec/conference-v2.md: the chain, its keys, and what is missing in it."""
import cbor
import tree
from basics import Refused
from frames import MESSAGE, Signed

LIVE_MS = 45_000


class Again(Exception):
    """Another connection is needed."""


class Follower:
    """The half of a patient that follows the log. `record`, `session`, `tell`, `keep` and the clock are the patient's."""

    def __init__(self):
        self.epoch_keys, self.incarnation, self.head_at = {}, 0, 0
        self.member, self.is_in, self.unacknowledged = None, False, 0
        # The frame for which another connection was tried already.
        self.stumbled = 0

    def _given(self, fields):
        self.incarnation = fields["incarnation"]
        for item in fields["epochs"]:
            cbor.checked_map(item, {"epoch": int, "first": int, "key": bytes})
            self.epoch_keys[item["epoch"]] = item["key"]
        if "after" in fields:
            after = cbor.checked_map(fields["after"], {"hash": bytes, "seq": int})
            self._begins(after, cbor.checked_map(fields["head"], {"at": int, "hash": bytes, "seq": int}))
        if "path" in fields:
            leaf_key_of = tree.leaf_key_of(self.keys["id"], self.session.keys.receive)
            self.member = tree.Member(self.keys["id"], fields["path"], leaf_key_of)
        self.tell("keys", epoch=0 if self.member is None else self.member.epoch)

    def _begins(self, after, head):
        mine = self.record["seq"], self.record["hash"]
        if head["seq"] < mine[0] or (after["seq"] == mine[0] and after["hash"] != mine[1]):
            self.tell("gap", reason="replaced")
        if after["seq"] > mine[0]:
            reason = "not-member" if after["seq"] <= self.since else "not-kept"
            self.tell("gap", reason=reason, first=mine[0] + 1, last=after["seq"])
        self.record["seq"], self.record["hash"] = after["seq"], after["hash"]
        self.member, self.is_in = None, True
        self.keep()
        self.tell("in", since=self.since, after=after["seq"])
        for message in self.record["waiting"]:
            self._say(MESSAGE, message)

    def _signed(self, frame):
        signed = Signed(frame, self.keys["id"], self.keys["doctor_signing"])
        if signed.kind == "end":
            if signed.sequence > self.record["seq"]:
                self.tell("gap", reason="not-kept", first=self.record["seq"] + 1, last=signed.sequence)
            self._away("ended")
        elif signed.kind == "head":
            self._head(signed)
        elif self.is_in and signed.sequence > self.record["seq"] and not self.record["left"]:
            self._follow(signed)

    def _head(self, head):
        if head.when <= self.head_at or not self.is_in:
            return
        if head.incarnation > self.incarnation:
            raise Again("the core has started anew")
        self.head_at = head.when
        mine = self.record["seq"], self.record["hash"]
        is_here = head.sequence < mine[0] or (head.sequence, head.hash) == mine
        age_ms = self.now() + self.clock_offset - head.when
        self.tell("head", seq=head.sequence, live=is_here and age_ms <= LIVE_MS)

    def _follow(self, signed):
        """The next frame of the log; or one that shows that others are missing."""
        next_one = self.record["seq"] + 1
        if signed.sequence > next_one:
            self._stumble(signed, "withheld", next_one, signed.sequence - 1)
        elif signed.hash != self.record["hash"]:
            self._stumble(signed, "replaced", next_one, next_one)
        try:
            self._apply(signed)
            if signed.opcode == MESSAGE:
                self._show(signed)
        except Refused:
            self._stumble(signed, "replaced", signed.sequence, signed.sequence)
        self.record["seq"], self.record["hash"] = signed.sequence, signed.own_hash
        self.keep()
        self.unacknowledged = signed.sequence

    def _stumble(self, signed, reason, first, last):
        if self.stumbled < signed.sequence:
            self.stumbled = signed.sequence
            raise Again(f"frame {signed.sequence} does not follow, or does not open")
        self.tell("gap", reason=reason, first=first, last=last)

    def _apply(self, signed):
        """Commits up to the epoch of the path are passed over, and all while there is none."""
        if signed.commit and self.member is not None and signed.epoch > self.member.epoch:
            self.member.apply(signed.commit, signed.epoch)
            self.tell("commit", epoch=signed.epoch)

    def _show(self, signed):
        if self.member is not None and self.member.epoch == signed.epoch:
            key = self.member.epoch_key(signed.incarnation)
        elif signed.epoch in self.epoch_keys:
            key = self.epoch_keys[signed.epoch]
        else:
            raise Refused("a text without its epoch's key")
        text = cbor.decode_map(signed.open(key), {"text": str})["text"]
        self.tell("message", seq=signed.sequence, text=text, emergency=signed.is_emergency)
