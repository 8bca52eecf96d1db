"""docs/spec/key-tree.md: who is given a path follows the commits, and refuses what is to be refused."""
from basics import Refused
from judged import compared, refusal_of
from tree import Member, epoch_key, leaf_key_of


def _refusal_of(member, commit, epoch):
    """The code, when the member stays as it was."""
    before = member.path
    try:
        member.apply(commit, epoch)
        return None
    except Refused as reason:
        return str(reason) if member.path is before else "a member that changed"


def _read_case(case):
    conference = bytes.fromhex(case["conference_id"])
    agreed, members = {}, {}
    for at, step in enumerate(case["steps"]):
        if step["does"] != "commit":
            members.pop(step["leaf"], None)
            agreed[step["leaf"]] = bytes.fromhex(step.get("leaf_key", ""))
            continue
        commit, epoch = bytes.fromhex(step["commit"]), step["epoch"]
        for bad in step.get("refused", []):
            code = _refusal_of(members[bad["leaf"]], bytes.fromhex(bad["commit"]), bad["epoch"])
            yield compared(f"step {at}", {"refusal": (code, bad["code"])})
        for member in members.values():
            member.apply(commit, epoch)
        for given in step["paths"]:
            leaf_key = leaf_key_of(conference, agreed[given["leaf"]])
            members[given["leaf"]] = Member(conference, bytes.fromhex(given["path"]), leaf_key)
        derived = epoch_key(bytes.fromhex(step["root_key"]), conference, step["incarnation"], epoch)
        yield compared(f"step {at}", {"epoch key": (derived.hex(), step["epoch_key"])})
        for member in members.values():
            yield compared(f"step {at}, leaf {member.leaf}", {"root key": (member.root_key.hex(), step["root_key"])})


def _read_path(case):
    conference, leaf_key = bytes.fromhex(case["conference_id"]), bytes.fromhex(case["leaf_key"])
    Member(conference, bytes.fromhex(case["path"]), lambda leaf, version: leaf_key)


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["name"], {"code": (refusal_of(_read_path, case), case["refused"])})
            continue
        yield from _read_case(case)


READS = {"key-tree-v2.json": read}
# The keys that a controller draws; members see them in the path and in the wraps.
LEFT_OUT = {"random"}
