"""docs/spec/care-team.md, as each member reads it."""
import copy

import cbor
import chunked
from basics import Refused, expand, is_signed, open_gcm, require, sha256, u32
from judged import compared, refusal_of
from tree import Cursor, Member, leaf_key_of

COMMIT, MESSAGE, LEAVE = 1, 2, "application/vnd.chartseal.team-leave"
LONGEST, LONGEST_CONTENT = 1 << 20, 262_144


def _is_box(item):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return isinstance(item, str) and len(item) <= 128 and all(letter in letters for letter in item)


PLACE = {"signing": cbor.sized(32), "seq": cbor.number(), "hash": cbor.sized(32)}
PERSON = {
    "leaf": cbor.number(0, 2**32 - 1), "name": str, "role": cbor.one_of("clinician", "patient"), "signing": cbor.sized(32), "box": _is_box,
}
REMOVED = {"signing": cbor.sized(32), "name": str, "seq": cbor.number(), "hash": cbor.sized(32)}
CHANGE = {
    "at": cbor.number(), "title": str, "people": cbor.listed(cbor.mapped(PERSON), 1, 64), "removed": cbor.listed(cbor.mapped(REMOVED)),
}
WELCOME = {
    **CHANGE, "v": cbor.only(2), "id": cbor.sized(16), "epoch": cbor.number(1, 2**32 - 1), "commit": cbor.sized(32), "salt": cbor.sized(16),
    "leaf_key": cbor.sized(32), "path": bytes, "places": cbor.listed(cbor.mapped(PLACE)),
}
CONTENT = {"at": cbor.number(), "type": str, "content": cbor.sized(0, LONGEST_CONTENT), "name": str}


def chain_start(team, signing):
    return sha256(b"chartseal/team-chain/v2", team, signing)


def _unpadded(padded, fields, optional, code):
    try:
        body = chunked.strip(padded, code)
        require(len(padded) == max(256, chunked.padme(len(body) + 1)), code)
        return cbor.decode_map(body, fields, optional)
    except ValueError:
        raise Refused(code) from None


def _checked_people(fields, code):
    leaves = [person["leaf"] for person in fields["people"]]
    require(leaves[0] == 0 and all(a < b for a, b in zip(leaves, leaves[1:])), code)
    for name in ("name", "signing"):
        require(len({person[name] for person in fields["people"]}) == len(leaves), code)
    return fields


class Frame:
    """What is in a frame before any key is asked for."""

    def __init__(self, data):
        code = "team/malformed"
        require(len(data) <= LONGEST, "team/too-large")
        self.data, self.hash = data, sha256(data)
        cursor = Cursor(data[:-64], code)
        require(cursor.take(4) == b"CSTM" and cursor.number(1) == 2, code)
        self.kind, self.team, self.epoch = cursor.number(1), cursor.take(16), cursor.number(4)
        require(self.kind in (COMMIT, MESSAGE) and self.epoch >= 1, code)
        if self.kind == COMMIT:
            self.before, self.salt = cursor.take(32), cursor.take(16)
            self.tree_commit = cursor.take(cursor.number(4))
        else:
            self.leaf, self.number = cursor.number(4), cursor.number(8)
            self.before, self.commit, self.salt = cursor.take(32), cursor.take(32), cursor.take(16)
        self.head, self.sealed = data[: cursor.at], cursor.rest()

    def require_signed(self, key):
        label = b"chartseal/team-commit/v2\0" if self.kind == COMMIT else b"chartseal/team-message/v2\0"
        require(is_signed(key, self.data[-64:], label, self.data[:-64]), "team/wrong-signature")


def tree_id(team, salt):
    return sha256(b"chartseal/team-tree/v2", team, salt)[:16]


def open_change(frame, epoch_key):
    key = expand(epoch_key, b"chartseal/team-change/v2" + frame.team + frame.salt)
    padded = open_gcm(key, bytes(12), frame.sealed, frame.head)
    return _checked_people(_unpadded(padded, CHANGE, [], "team/bad-commit"), "team/bad-commit")


def open_message(frame, epoch_key):
    key = expand(epoch_key, b"chartseal/team/v2" + frame.team + u32(frame.leaf) + frame.salt)
    nonce = bytes(4) + frame.number.to_bytes(8, "big")
    return _unpadded(open_gcm(key, nonce, frame.sealed, frame.head), CONTENT, ["name"], "team/bad-message")


class Reader:
    """One member, from their welcome on. The keeper has the tree instead, and is told the epoch keys."""

    def __init__(self, team, keeper):
        self.team, self.keeper, self.tree = team, keeper, None
        self.epoch, self.commit, self.people, self.last = 0, bytes(32), {}, {}

    def welcomed(self, data):
        try:
            welcome = _checked_people(cbor.decode_map(data, WELCOME), "team/bad-welcome")
        except ValueError:
            raise Refused("team/bad-welcome") from None
        require(welcome["id"] == self.team, "team/other-thread")
        tree = tree_id(self.team, welcome["salt"])
        self.tree = Member(tree, welcome["path"], leaf_key_of(tree, welcome["leaf_key"]))
        self.epoch, self.commit, self.epoch_key = welcome["epoch"], welcome["commit"], self.tree.epoch_key(0)
        require(self.tree.epoch == self.epoch, "team/bad-welcome")
        # Who has written nothing is not among the places; what this member has of them since the commit stays.
        for place in welcome["places"]:
            if place["seq"] > self.last.get(place["signing"], (0, b""))[0]:
                self.last[place["signing"]] = (place["seq"], place["hash"])
        self._take_people(welcome)
        return welcome

    def _take_people(self, change):
        self.people = {person["leaf"]: person for person in change["people"]}
        for signing in (person["signing"] for person in change["people"]):
            self.last.setdefault(signing, (0, chain_start(self.team, signing)))

    def follow(self, frame, told=None):
        """A commit. `told` is the epoch key, for the keeper."""
        require(frame.team == self.team, "team/other-thread")
        frame.require_signed(self.keeper)
        require(frame.before == self.commit and frame.epoch > self.epoch, "team/forked")
        tree = copy.copy(self.tree)
        if told is None:
            tree.conference = tree_id(self.team, frame.salt)
            tree.apply(frame.tree_commit, frame.epoch)
        key = tree.epoch_key(0) if told is None else told
        change = open_change(frame, key)
        before = {person["signing"] for person in self.people.values()}
        after = {person["signing"] for person in change["people"]}
        require({one["signing"] for one in change["removed"]} == before - after, "team/bad-commit")
        for one in change["removed"]:
            require((one["seq"], one["hash"]) == self.last.pop(one["signing"]), "team/bad-commit")
        self.tree, self.epoch, self.commit, self.epoch_key = tree, frame.epoch, frame.hash, key
        self._take_people(change)
        return change

    def hear(self, frame):
        require(frame.team == self.team, "team/other-thread")
        require(frame.epoch == self.epoch and frame.leaf in self.people, "team/too-old")
        signing = self.people[frame.leaf]["signing"]
        frame.require_signed(signing)
        require(frame.commit == self.commit, "team/forked")
        number, hash_ = self.last[signing]
        require(frame.number == number + 1 and frame.before == hash_, "team/forked")
        said = open_message(frame, self.epoch_key)
        self.last[signing] = (frame.number, frame.hash)
        return self.people[frame.leaf]["name"], said


def _refusal_by_all(readers, data):
    """The codes with which a changed message is refused by each reader."""
    return {refusal_of(lambda reader: reader.hear(Frame(data)), reader) for reader in readers}


class _Story:
    def __init__(self, first):
        self.team, self.keeper_name = bytes.fromhex(first["id"]), first["who"]
        self.keeper = bytes.fromhex(first["keeper"])
        self.readers = {self.keeper_name: Reader(self.team, self.keeper)}
        self.keys, self.roles, self.title = {}, {first["who"]: first["role"]}, first["title"]
        self.box, self.places = first["box"], {}

    def commit(self, step):
        frame, epoch_key = Frame(bytes.fromhex(step["commit"])), bytes.fromhex(step["epoch_key"])
        left = step["who"] if step["does"] == "remove" else None
        code = None
        for name, reader in self.readers.items():
            if step["does"] == "renew" and name != self.keeper_name:
                # A tree of its own, which nobody can follow: they are welcomed again.
                code = refusal_of(reader.follow, frame)
                continue
            if name == left:
                code = refusal_of(reader.follow, frame)
                continue
            change = reader.follow(frame, epoch_key if name == self.keeper_name else None)
        self.readers.pop(left, None)
        first = self.readers[self.keeper_name]
        self.places = {signing: place for signing, place in first.last.items() if place[0] > 0}
        following = [first] if step["does"] == "renew" else self.readers.values()
        values = {
            "keys": ({reader.epoch_key for reader in following}, {epoch_key}),
            "title": (change["title"], self.title),
            "time": (change["at"], step["at"]),
            "keeper": ((change["people"][0]["name"], change["people"][0]["box"]), (self.keeper_name, self.box)),
        }
        if step["does"] == "renew":
            values["to who was there before"] = (code is not None, True)
        if left is not None:
            values["removed"] = ([one["name"] for one in change["removed"]], [left])
            values["to who was removed"] = (code, "conference/left-out")
        return values

    def welcome(self, name, step, data):
        reader = self.readers.setdefault(name, Reader(self.team, self.keeper))
        welcome = reader.welcomed(data)
        first = self.readers[self.keeper_name]
        own = {person["signing"] for person in welcome["people"] if person["name"] == name}
        places = {signing: place for signing, place in self.places.items() if signing not in own}
        return {
            f"title for {name}": (welcome["title"], self.title),
            f"key of {name}": (reader.epoch_key.hex(), step["epoch_key"]),
            f"commit for {name}": (welcome["commit"], first.commit),
            f"people for {name}": (reader.people, first.people),
            f"places for {name}": ({place["signing"]: (place["seq"], place["hash"]) for place in welcome["places"]}, places),
        }

    def epoch_keys(self, step):
        return {"epoch key": ({reader.epoch_key.hex() for reader in self.readers.values()}, {step["epoch_key"]})}

    def said(self, step):
        data = bytes.fromhex(step["frame"])
        hearing = [reader for name, reader in self.readers.items() if name != step["who"]]
        places = (5, 30, 100, len(data) - 1)
        changed = [_refusal_by_all(hearing, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]) for at in places]
        heard = [reader.hear(Frame(data)) for reader in self.readers.values()]
        name, message = heard[0]
        wanted = step.get("text", "").encode()
        return {
            "who": ({one for one, _ in heard}, {step["who"]}),
            "the same for all": (all(one == message for _, one in heard), True),
            "readers": (len(hearing), step.get("readers", len(hearing))),
            "type": (message["type"], step.get("type", LEAVE)),
            "content": (message["content"], wanted),
            "file": (message.get("name"), step.get("file")),
            "time": (message["at"], step["at"]),
            "changed": (all(None not in codes for codes in changed), True),
        }


def _values_of(story, step):
    does = step["does"]
    if does == "invite":
        story.keys[step["who"]], story.roles[step["who"]] = bytes.fromhex(step["signing"]), step["role"]
        return story.epoch_keys(step) | {"time": (step["at"] > 0, True)}
    if does == "welcome":
        return story.welcome(step["who"], step, bytes.fromhex(step["welcome"])) | {"time": (step["at"] > 0, True)}
    if does in ("say", "leave"):
        return story.said(step) | story.epoch_keys(step)
    values = story.commit(step)
    if does == "add":
        values |= story.welcome(step["who"], step, bytes.fromhex(step["welcome"]))
        [person] = [one for one in story.readers[story.keeper_name].people.values() if one["name"] == step["who"]]
        values["person"] = (
            (person["signing"], person["role"], person["box"]),
            (story.keys[step["who"]], story.roles[step["who"]], step["box"]),
        )
    for one in step.get("welcomes", []):
        values |= story.welcome(one["who"], step, bytes.fromhex(one["welcome"]))
    return values


def read(document):
    for case in document["cases"]:
        first = case["steps"][0]
        story = _Story(first)
        for at, step in enumerate(case["steps"]):
            yield compared(f"step {at}, {step['does']}", _values_of(story, step))


READS = {"care-team-v2.json": read}
# What a step draws, in the order of the implementation that made it.
LEFT_OUT = {"random"}
