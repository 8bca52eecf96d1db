"""A member's part of the key tree: docs/spec/key-tree.md."""
from noise import Refused, expand

VERSION, CONFIRMATION = 2, 16


def u32(number):
    return number.to_bytes(4, "big")


class Cursor:
    """Reads parts in order; what is missing, left over or written in more bytes than it needs is refused."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        taken = self.data[self.at : self.at + count]
        if len(taken) != count:
            raise Refused("bytes that were cut")
        self.at += count
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def leb128(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if value >= 1 << 32 or (byte == 0 and shift > 7):
            raise Refused("a number that is none")
        return value

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        if self.at != len(self.data):
            raise Refused("bytes behind the end")


class Commit:
    def __init__(self, data):
        if len(data) > 1 << 20:
            raise Refused("a commit that is too long")
        cursor = Cursor(data)
        if cursor.number(1) != VERSION:
            raise Refused("another version")
        self.before, self.levels = cursor.number(4), cursor.number(1)
        if not 1 <= self.levels <= 12:
            raise Refused("levels that no tree has")
        self.joined = list(self._runs(cursor))
        self.nodes = [dict(self._nodes(cursor, level)) for level in range(1, self.levels + 1)]
        self.body = data[: cursor.at]
        self.confirmation = cursor.take(CONFIRMATION)
        cursor.end()

    def _runs(self, cursor):
        at = 0
        for i in range(cursor.leb128()):
            gap, length = cursor.leb128(), cursor.leb128()
            if length == 0 or (gap == 0 and i > 0) or at + gap + length > 4**self.levels:
                raise Refused("a run that is none")
            yield at + gap, at + gap + length
            at += gap + length

    def _nodes(self, cursor, level):
        at = 0
        for _ in range(cursor.leb128()):
            index = at + cursor.leb128()
            children = cursor.number(1)
            if index >= 4 ** (self.levels - level) or children > 15:
                raise Refused("a node that is none")
            yield index, {c: cursor.take(32) for c in range(4) if children >> c & 1}
            at = index + 1

    def is_joined_below(self, level, index):
        first, end = index * 4**level, (index + 1) * 4**level
        return any(a < end and first < b for a, b in self.joined)


class Member:
    """The keys between one leaf and the root. `leaf_key` is of the version of the leaf."""

    def __init__(self, conference, path, leaf_key_of):
        cursor = Cursor(path)
        if cursor.number(1) != VERSION:
            raise Refused("another version")
        self.conference, self.levels = conference, cursor.number(1)
        self.epoch, self.leaf, self.leaf_version = (cursor.number(4) for _ in range(3))
        if not 1 <= self.levels <= 12 or self.leaf >= 4**self.levels or 0 in (self.epoch, self.leaf_version):
            raise Refused("a path that is none")
        versions = [cursor.number(4) for _ in range(self.levels)]
        # From the leaf to the root: version and key.
        self.path = [(self.leaf_version, leaf_key_of(self.leaf, self.leaf_version))]
        self.path += [(version, cursor.take(32)) for version in versions]
        cursor.end()
        if 0 in versions:
            raise Refused("a path that is none")

    @property
    def root_key(self):
        return self.path[-1][1]

    def epoch_key(self, incarnation):
        info = b"chartseal/group/v2" + self.conference + u32(incarnation) + u32(self.epoch)
        return expand(self.root_key, info)

    def apply(self, data, epoch):
        """Follows a commit of the epoch `epoch`, or refuses it and stays as it was."""
        commit = Commit(data)
        if commit.before != self.epoch or epoch <= self.epoch or commit.levels < self.levels:
            raise Refused("a commit that does not follow")
        if commit.is_joined_below(0, self.leaf):
            raise Refused("a commit that gives this leaf away")
        path = [self.path[0]]
        has_changed = False
        for level in range(1, commit.levels + 1):
            version, key, is_changed = self._node(commit, level, epoch, path[-1][1])
            if not is_changed and (has_changed or level > self.levels):
                raise Refused("a node that should have changed")
            has_changed = is_changed
            path.append((version, key))
        if not has_changed:
            raise Refused("a commit that leaves this member out")
        info = b"chartseal/lkh-confirm/v2" + self.conference + u32(epoch) + commit.body
        if expand(path[-1][1], info)[:CONFIRMATION] != commit.confirmation:
            raise Refused("a commit that leads to another root key")
        self.levels, self.epoch, self.path = commit.levels, epoch, path

    def _node(self, commit, level, epoch, child_key):
        """Version and key of the node of this level, and whether they are new."""
        index, child = self.leaf >> 2 * level, self.leaf >> 2 * (level - 1) & 3
        version, key = self.path[level] if level <= self.levels else (0, None)
        place = bytes([level]) + u32(index) + u32(version + 1)
        wraps = commit.nodes[level - 1].get(index)
        if wraps is not None:
            if child not in wraps:
                raise Refused("a commit that leaves this member out")
            info = b"chartseal/lkh-wrap/v2" + self.conference + u32(epoch) + place + bytes([child])
            pad = expand(child_key, info)
            return version + 1, bytes(a ^ b for a, b in zip(wraps[child], pad)), True
        if key is not None and commit.is_joined_below(level, index):
            return version + 1, expand(key, b"chartseal/lkh-join/v2" + place), True
        return version, key, False


def leaf_key_of(conference, agreed):
    label = b"chartseal/lkh-leaf/v2"
    return lambda leaf, version: expand(agreed, label + conference + u32(leaf) + u32(version))
