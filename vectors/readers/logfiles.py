"""docs/spec/audit-log-files.md and docs/spec/append-log.md: the files of a log; and docs/spec/tlog.md: evidence of a fork."""
import re

import tlog
from basics import ed25519_sign, require, sha256, u32, u64
from judged import compared, plain, refusal_of
from merkle import leads_on, leaf_hash, root_of

WIDTH = 256

# Tiles and bundles.


def place(index, width):
    """`<N>` of C2SP tlog-tiles: groups of three digits, all but the last behind an x."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return path if width == WIDTH else f"{path}.p/{width}"


def tile_path(level, index, width):
    return f"tile/{'entries' if level is None else level}/{place(index, width)}"


def _cut(items):
    return [items[at : at + WIDTH] for at in range(0, len(items), WIDTH)]


def encode_bundle(leaves):
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def decode_bundle(data):
    code, at, leaves = "tlog/bad-bundle", 0, []
    while at < len(data):
        require(at + 2 <= len(data) and len(leaves) < WIDTH, code)
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        require(end <= len(data), code)
        leaves.append(data[at + 2 : end])
        at = end
    require(leaves != [], code)
    return leaves


def decode_tile(data):
    require(len(data) % 32 == 0 and 1 <= len(data) // 32 <= WIDTH, "tlog/bad-tile")
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def files_of(leaves, checkpoint):
    """What a log of these leaves has at one size."""
    files = {"checkpoint": checkpoint.encode()}
    for index, bundle in enumerate(_cut(leaves)):
        files[tile_path(None, index, len(bundle))] = encode_bundle(bundle)
    level, hashes = 0, [leaf_hash(leaf) for leaf in leaves]
    while hashes:
        for index, tile in enumerate(_cut(hashes)):
            files[tile_path(level, index, len(tile))] = b"".join(tile)
        hashes = [root_of(tile) for tile in _cut(hashes) if len(tile) == WIDTH]
        level += 1
    return files


def root_of_edge(size, files):
    """docs/spec/audit-verify.md: from the lowest partial tile to the highest."""
    level, count, reached = 0, size, None
    while count > 0:
        if count % WIDTH:
            hashes = decode_tile(files[tile_path(level, count // WIDTH, count % WIDTH)])
            reached = root_of(hashes + ([] if reached is None else [reached]))
        count //= WIDTH
        level += 1
    return sha256(b"") if reached is None else reached


def _values_of_log(case):
    leaves = [f"{case['leaf']} {n}".encode() for n in range(case["size"])]
    root = root_of([leaf_hash(leaf) for leaf in leaves])
    text = f"{case['origin']}\n{case['size']}\n{tlog.to_base64(root)}\n"
    log = tlog.VerifierKey(case["log"])
    signature = ed25519_sign(bytes.fromhex(case["signing_key"]), text.encode())
    files = files_of(leaves, f"{text}\n\u2014 {case['origin']} {tlog.to_base64(log.id + signature)}\n")
    lines = [f"{path} {sha256(data).hex()}\n" for path, data in sorted(files.items())]
    read = [leaf for index, bundle in enumerate(_cut(leaves)) for leaf in decode_bundle(files[tile_path(None, index, len(bundle))])]
    values = {
        "files": (len(files), case["count"]),
        "all of them": (sha256("".join(lines).encode()).hex(), case["digest"]),
        "root of the edge": (root_of_edge(case["size"], files), root),
        "leaves": (read == leaves, True),
    }
    if "files" in case:
        values["each file"] = ({path: data.hex() for path, data in files.items()}, plain(case["files"]))
    return values


# Evidence of a fork.


def read_fork(text):
    """Two notes, and between them the other beginning with its proof."""
    code = "tlog/bad-proof"
    first, between, rest = text.partition("\n\n")
    lines = first.split("\n")
    require(lines[0] == "chartseal/fork-evidence/v2" and between != "" and text.endswith("\n"), code)
    hashes = [tlog.from_base64(line, code) for line in lines[1:]]
    require(all(len(one) == 32 for one in hashes) and len(hashes) <= 64 + 1, code)
    quoted = rest[:-1].split("\n")
    marks = [line[:2] for line in quoted]
    notes = ["".join(f"{line[2:]}\n" for line in quoted if line[:2] == mark) for mark in ("1 ", "2 ")]
    for note in notes:
        tlog.Note(note)
    require(marks == sorted(marks) and set(marks) == {"1 ", "2 "}, code)
    return notes, hashes


def proves_fork(text, log):
    notes, hashes = read_fork(text)
    checkpoints = []
    for note in notes:
        read = tlog.Note(note)
        require(0 in read.signed_by([log]), "note/unsigned")
        checkpoints.append(tlog.Checkpoint(read.text))
    one, other = checkpoints
    if one.origin != other.origin:
        return False
    if one.size == other.size:
        return one.root != other.root
    if hashes == [] or hashes[0] == one.root:
        return False
    return leads_on(one.size, other.size, hashes[0], other.root, hashes[1:])


def _values_of_fork(case):
    return {"proves": (proves_fork(case["evidence"], tlog.VerifierKey(case["log"])), case["proves"])}


# An append log.

MAGIC = bytes.fromhex("8943534c4f470d0a")
HEAD, FRAME_HEAD, TRAILER, LONGEST = 56, 16, 8, 1 << 26


def _check(size, *parts):
    return sha256(*parts)[:size]


def make_head(kind, id_):
    head = MAGIC + b"\x01" + bytes(7) + kind.encode().ljust(16, b"\0") + id_
    return head + _check(8, head)


def make_frame(id_, index, record):
    head = u32(len(record)) + u64(index)
    head += _check(4, id_, head)
    return head + record + _check(8, id_, head, record)


class AppendLog:
    def __init__(self, data, kind):
        head, check = data[:48], data[48:HEAD]
        require(len(data) >= HEAD and head[:8] == MAGIC and check == _check(8, head), "files/not-a-log")
        require(head[8] == 1, "files/unsupported-version")
        name = head[16:32].rstrip(b"\0")
        has_form = head[9:16] == bytes(7) and re.fullmatch(rb"[!-~]{1,16}", name) is not None
        require(has_form, "files/not-a-log")
        require(name.decode() == kind, "files/wrong-kind")
        self.id, self.data, self.records = head[32:], data, []
        at = HEAD
        while at < len(data):
            frame = self._intact(at)
            if frame is None:
                require(self._is_interrupted(at), "files/corrupt-record")
                break
            at += len(frame)
            self.records.append(frame[FRAME_HEAD:-TRAILER])
        self.torn = len(data) - at

    def _head(self, at):
        """Length and index of an intact head of a frame."""
        head = self.data[at : at + FRAME_HEAD]
        if len(head) < FRAME_HEAD or head[12:] != _check(4, self.id, head[:12]):
            return None
        return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:12], "big")

    def _intact(self, at):
        found = self._head(at)
        if found is None or found[0] > LONGEST or found[1] != len(self.records):
            return None
        frame = self.data[at : at + FRAME_HEAD + found[0] + TRAILER]
        is_whole = frame == make_frame(self.id, found[1], frame[FRAME_HEAD : FRAME_HEAD + found[0]])
        return frame if is_whole else None

    def _is_zero_from(self, check, size):
        """To the end, from the check or from a border of 512 bytes inside it."""
        borders = [check] + [at for at in range(check + 1, check + size) if at % 512 == 0]
        return any(not self.data[at:].strip(b"\0") for at in borders)

    def _is_interrupted(self, at):
        if len(self.data) < at + FRAME_HEAD:
            return True
        found = self._head(at)
        if found is None or found[0] > LONGEST:
            return self._is_zero_from(at + 12, 4)
        if found[1] != len(self.records):
            return False
        end = at + FRAME_HEAD + found[0]
        if end + TRAILER <= len(self.data):
            return self._is_zero_from(end, TRAILER)
        later = (self._head(place) for place in range(at + 1, len(self.data) - FRAME_HEAD + 1))
        return not any(one is not None and one[1] > found[1] for one in later)


def _values_of_append_log(case):
    data = bytes.fromhex(case["file"])
    log = AppendLog(data, case["kind"])
    again = make_head(case["kind"], log.id) + b"".join(make_frame(log.id, at, record) for at, record in enumerate(log.records))
    return {
        "records": ([record.hex() for record in log.records], case["records"]),
        "torn": (log.torn, case["torn_bytes"]),
        "id": (log.id.hex(), case["id"]),
        "written again": (again, data[: len(data) - log.torn]),
    }


def read_append_logs(document):
    for case in document["cases"]:
        if "refused" in case:
            code = refusal_of(AppendLog, bytes.fromhex(case["file"]), case["kind"])
            yield compared(case["title"], {"code": (code, case["refused"])})
        else:
            yield compared(case["title"], _values_of_append_log(case))


# Vectors of the others.


def _values_of_path(case):
    return {"path": (tile_path(case["level"], case["index"], case["width"]), case["path"])}


def _values_of_bundle(case):
    leaves = decode_bundle(bytes.fromhex(case["bytes"]))
    return {"entries": ([leaf.hex() for leaf in leaves], case["entries"]), "bytes": (encode_bundle(leaves).hex(), case["bytes"])}


SHOWS = {"log": _values_of_log, "fork": _values_of_fork, "path": _values_of_path, "bundle": _values_of_bundle}


def _judge(case):
    if case["shows"] == "fork":
        proves_fork(case["evidence"], tlog.VerifierKey(case["log"]))
    elif case["shows"] == "bundle":
        decode_bundle(bytes.fromhex(case["bytes"]))
    else:
        decode_tile(bytes.fromhex(case["bytes"]))


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["title"], {"code": (refusal_of(_judge, case), case["refused"])})
        else:
            yield compared(case["title"], SHOWS[case["shows"]](case))


READS = {"log-files-v2.json": read, "append-logs-v1.json": read_append_logs}
