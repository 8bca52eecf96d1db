"""docs/spec/merkle.md: the tree of RFC 6962."""
from basics import sha256


def leaf_hash(data):
    return sha256(b"\x00", data)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def _left_part(count):
    return 1 << (count - 1).bit_length() - 1


def root_of(hashes):
    if len(hashes) == 0:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    left = _left_part(len(hashes))
    return node_hash(root_of(hashes[:left]), root_of(hashes[left:]))


def path_of(hashes, index):
    """The inclusion proof of one leaf, the lowest hash first."""
    if len(hashes) == 1:
        return []
    left = _left_part(len(hashes))
    if index < left:
        return path_of(hashes[:left], index) + [root_of(hashes[left:])]
    return path_of(hashes[left:], index - left) + [root_of(hashes[:left])]


def root_from(hash_, index, size, path):
    """The root to which a proof leads, or None where it is of another tree."""
    if size == 1:
        return hash_ if path == [] else None
    if path == []:
        return None
    left = _left_part(size)
    if index < left:
        below = root_from(hash_, index, left, path[:-1])
        return None if below is None else node_hash(below, path[-1])
    below = root_from(hash_, index - left, size - left, path[:-1])
    return None if below is None else node_hash(path[-1], below)


def leads_on(older, newer, old_root, new_root, path):
    """Whether the tree of `newer` leaves begins with that of `older` ones: RFC 9162 2.1.4.2."""
    if not 0 < older <= newer:
        return False
    if older == newer:
        return path == [] and old_root == new_root
    path = ([old_root] if older & older - 1 == 0 else []) + path
    first, last = older - 1, newer - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    if path == []:
        return False
    old, new = path[0], path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while first & 1 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, one)
        first, last = first >> 1, last >> 1
    return old == old_root and new == new_root and last == 0
