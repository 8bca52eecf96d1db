"""A member's part of the key tree: docs/spec/key-tree.md."""
from basics import Refused, expand, require, u32

VERSION, CONFIRMATION = 2, 16
BAD_COMMIT, BAD_PATH, LEFT_OUT = "conference/bad-commit", "conference/bad-path", "conference/left-out"


class Cursor:
    """Reads parts in order; what is missing, left over or written in more bytes than it needs is refused."""

    def __init__(self, data, code="bytes of another form"):
        self.data, self.at, self.code = data, 0, code

    def take(self, count):
        taken = self.data[self.at : self.at + count]
        if len(taken) != count:
            raise Refused(self.code)
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
            raise Refused(self.code)
        return value

    def rest(self):
        return self.take(len(self.data) - self.at)

    def end(self):
        if self.at != len(self.data):
            raise Refused(self.code)


class Commit:
    def __init__(self, data):
        cursor = Cursor(data, BAD_COMMIT)
        require(len(data) <= 1 << 20 and cursor.number(1) == VERSION, BAD_COMMIT)
        self.before, self.levels = cursor.number(4), cursor.number(1)
        require(1 <= self.levels <= 12, BAD_COMMIT)
        self.joined = list(self._runs(cursor))
        self.nodes = [dict(self._nodes(cursor, level)) for level in range(1, self.levels + 1)]
        self.body = data[: cursor.at]
        self.confirmation = cursor.take(CONFIRMATION)
        cursor.end()

    def _runs(self, cursor):
        at = 0
        for i in range(cursor.leb128()):
            gap, length = cursor.leb128(), cursor.leb128()
            is_run = length > 0 and (gap > 0 or i == 0) and at + gap + length <= 4**self.levels
            require(is_run, BAD_COMMIT)
            yield at + gap, at + gap + length
            at += gap + length

    def _nodes(self, cursor, level):
        at = 0
        for _ in range(cursor.leb128()):
            index = at + cursor.leb128()
            children = cursor.number(1)
            require(index < 4 ** (self.levels - level) and children <= 15, BAD_COMMIT)
            yield index, {c: cursor.take(32) for c in range(4) if children >> c & 1}
            at = index + 1

    def is_joined_below(self, level, index):
        first, end = index * 4**level, (index + 1) * 4**level
        return any(a < end and first < b for a, b in self.joined)


class Member:
    """The keys between one leaf and the root. `leaf_key` is of the version of the leaf."""

    def __init__(self, conference, path, leaf_key_of):
        cursor = Cursor(path, BAD_PATH)
        require(cursor.number(1) == VERSION, BAD_PATH)
        self.conference, self.levels = conference, cursor.number(1)
        self.epoch, self.leaf, self.leaf_version = (cursor.number(4) for _ in range(3))
        is_place = 1 <= self.levels <= 12 and self.leaf < 4**self.levels
        require(is_place and 0 not in (self.epoch, self.leaf_version), BAD_PATH)
        versions = [cursor.number(4) for _ in range(self.levels)]
        # From the leaf to the root: version and key.
        self.path = [(self.leaf_version, leaf_key_of(self.leaf, self.leaf_version))]
        self.path += [(version, cursor.take(32)) for version in versions]
        cursor.end()
        require(0 not in versions, BAD_PATH)

    @property
    def root_key(self):
        return self.path[-1][1]

    def epoch_key(self, incarnation):
        return epoch_key(self.root_key, self.conference, incarnation, self.epoch)

    def apply(self, data, epoch):
        """Follows a commit of the epoch `epoch`, or refuses it and stays as it was."""
        commit = Commit(data)
        require(commit.before == self.epoch, "conference/commit-order")
        require(epoch > self.epoch and commit.levels >= self.levels, BAD_COMMIT)
        require(not commit.is_joined_below(0, self.leaf), LEFT_OUT)
        path = [self.path[0]]
        has_changed = False
        for level in range(1, commit.levels + 1):
            version, key, is_changed = self._node(commit, level, epoch, path[-1][1])
            require(is_changed or not has_changed and level <= self.levels, BAD_COMMIT)
            has_changed = is_changed
            path.append((version, key))
        require(has_changed, LEFT_OUT)
        info = b"chartseal/lkh-confirm/v2" + self.conference + u32(epoch) + commit.body
        require(expand(path[-1][1], info)[:CONFIRMATION] == commit.confirmation, "open/failed")
        self.levels, self.epoch, self.path = commit.levels, epoch, path

    def _node(self, commit, level, epoch, child_key):
        """Version and key of the node of this level, and whether they are new."""
        index, child = self.leaf >> 2 * level, self.leaf >> 2 * (level - 1) & 3
        version, key = self.path[level] if level <= self.levels else (0, None)
        place = bytes([level]) + u32(index) + u32(version + 1)
        wraps = commit.nodes[level - 1].get(index)
        if wraps is not None:
            require(child in wraps, LEFT_OUT)
            info = b"chartseal/lkh-wrap/v2" + self.conference + u32(epoch) + place + bytes([child])
            pad = expand(child_key, info)
            return version + 1, bytes(a ^ b for a, b in zip(wraps[child], pad)), True
        if key is not None and commit.is_joined_below(level, index):
            return version + 1, expand(key, b"chartseal/lkh-join/v2" + place), True
        return version, key, False


def leaf_key_of(conference, agreed):
    label = b"chartseal/lkh-leaf/v2"
    return lambda leaf, version: expand(agreed, label + conference + u32(leaf) + u32(version))


def epoch_key(root_key, conference, incarnation, epoch):
    return expand(root_key, b"chartseal/group/v2" + conference + u32(incarnation) + u32(epoch))
