"""What a reader says of a vector, and what of a vector no reader looked at."""
from basics import Refused

# What tells people which case it is.
TITLES = {"title", "name", "note", "source", "description", "format"}


def compared(where, pairs):
    """How many values, and which of them differ: `pairs` has ours and the given one under each name."""
    return len(pairs), [f"{where}: {what}" for what, (ours, given) in pairs.items() if ours != given]


def refusal_of(work, *given):
    """The code with which somebody else's bytes are refused, or None when they are taken."""
    try:
        work(*given)
        return None
    except Refused as reason:
        return str(reason)


class Seen(dict):
    """An object of JSON that remembers which of its properties were asked for."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.asked = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name, otherwise=None):
        self.asked.add(name)
        return super().get(name, otherwise)

    def __contains__(self, name):
        self.asked.add(name)
        return super().__contains__(name)


def plain(value):
    """The same as ordinary objects, all of it looked at: for what is compared as a whole."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {name: plain(value[name]) for name in value} if isinstance(value, Seen) else value


def unread(value, left_out, path=""):
    """The properties at any depth that nobody asked for, but for titles, what a reader says that it leaves out, and what
    stands beside a refusal, which comes before much of it is read."""
    if isinstance(value, Seen) and ("refused" in value or "code" in value) and isinstance(value.get("refused", ""), str):
        return
    if isinstance(value, list):
        for item in value:
            yield from unread(item, left_out, path)
    elif isinstance(value, Seen):
        for name, item in dict.items(value):
            if name in TITLES or name in left_out:
                continue
            if name not in value.asked:
                yield f"{path}{name}"
            yield from unread(item, left_out, f"{path}{name}.")
