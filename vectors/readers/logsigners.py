"""docs/spec/log-signers.md: who the signers of a log are, how they make its key, what they hand on, and one signature."""
import hashlib
import json
import re

import cbor
import hpke
import tlog
import zip215
from basics import Refused, ed25519_public, hkdf, require, sha256, x25519_public
from judged import compared, refusal_of

L = zip215.L
GROUP, SHARE, HAND_ON, MALFORMED = "log-signer/bad-group", "log-officer/bad-share", "log-officer/bad-hand-on", "log-signer/malformed"
MOST = 32


def _scalar(data):
    return int.from_bytes(data, "little")


def _sum(points):
    total = zip215.ZERO
    for one in points:
        total = zip215.add(total, one)
    return total


def _at(points, x):
    """The polynomial of RFC 9591 C.2 in the exponent."""
    return _sum(zip215.times(pow(x, k, L), one) for k, one in enumerate(points))


def weight(numbers, number):
    """RFC 9591 4.2"""
    top = below = 1
    for other in numbers:
        if other != number:
            top, below = top * other % L, below * (other - number) % L
    return top * pow(below, L - 2, L) % L


def _once(pairs):
    require(len({name for name, _ in pairs}) == len(pairs), "json/invalid")
    return dict(pairs)


def _json(text, code):
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, Refused):
        raise Refused(code) from None
    require(isinstance(value, dict), code)
    return value


def _points(texts, code):
    is_list = isinstance(texts, list) and all(isinstance(one, str) and re.fullmatch(r"([0-9a-f]{2})*", one) for one in texts)
    require(is_list, code)
    points = [zip215.prime_order_point(bytes.fromhex(one)) for one in texts]
    require(None not in points, code)
    return points


class Group:
    """The line that officers and server agree on."""

    def __init__(self, line):
        value = _json(line, GROUP)
        require(list(value) == ["v", "origin", "signers", "commitments", "server"] and value["v"] == 1, GROUP)
        again = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        require(again == line and isinstance(value["origin"], str) and type(value["signers"]) is int, GROUP)
        self.line, self.origin, self.count = line, value["origin"], value["signers"]
        self.commitments = _points(value["commitments"], GROUP)
        self.threshold = len(self.commitments)
        require(2 <= self.threshold <= self.count <= MOST, GROUP)
        try:
            self.server = tlog.VerifierKey(value["server"])
        except Refused:
            raise Refused(GROUP) from None
        self.key = zip215.encode(self.commitments[0])
        self.text_of_key = tlog.verifier_key(self.origin, tlog.ED25519, self.key)
        self.server_text = value["server"]
        is_other = self.server.name == self.origin and self.server.kind == tlog.ED25519 and self.server_text != self.text_of_key
        require(is_other, GROUP)

    def verifying_share(self, number):
        return zip215.encode(_at(self.commitments, number))


def _line_of(group, commitments, count):
    """The line of another group of the same log and server."""
    value = {
        "v": 1, "origin": group.origin, "signers": count, "commitments": [one.hex() for one in commitments], "server": group.server_text,
    }
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _plain(text):
    """docs/spec/tlog.md: what is left out of a text before it is read."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").strip()


def _opened(sealed, secret, label):
    return hpke.open_sealed(hpke.X25519Identity(secret), sealed[:32], sealed[32:], label)


SHARE_LABEL, HAND_ON_LABEL = "chartseal/log-share/v1", "chartseal/log-hand-on/v1"
SHARE_FIELDS = {"v": cbor.only(1), "signer": cbor.number(1, MOST), "share": cbor.sized(32), "group": str}


def open_share(text, secret):
    lines = _plain(text).split("\n")
    require(len(lines) == 2 and lines[0] == SHARE_LABEL, SHARE)
    try:
        opened = _opened(tlog.from_base64(lines[1], SHARE), secret, SHARE_LABEL.encode())
        fields = cbor.decode_map(opened, SHARE_FIELDS)
        group = Group(fields["group"])
    except (Refused, ValueError):
        raise Refused(SHARE) from None
    share = _scalar(fields["share"])
    is_own = fields["signer"] <= group.count and 0 < share < L
    require(is_own and zip215.encode(zip215.times(share, zip215.BASE)) == group.verifying_share(fields["signer"]), SHARE)
    return group, fields["signer"], fields["share"]


# Officers, and what they say.

MAKING, THRESHOLD = "log-officer/bad-making", "log-officer/bad-threshold"
NAME = r"[\w\-][\w.\-]{0,63}"


def officer_key(secret):
    """Both public keys of an officer, 64 bytes."""
    return x25519_public(secret) + ed25519_public(hkdf(secret, b"chartseal/log-officer/v1"))


def _officers(lines, code):
    """Name and key of each."""
    require(isinstance(lines, list) and all(isinstance(line, str) for line in lines), code)
    found = [re.fullmatch(rf"({NAME}) (\S+) (https?://\S+)", line) for line in lines]
    require(None not in found, code)
    officers = [(one[1], tlog.from_base64(one[2], code)) for one in found]
    names, keys = zip(*officers) if officers else ((), ())
    require(all(len(key) == 64 for key in keys) and len(set(names)) == len(names) == len(set(keys)), code)
    return officers


def _require_threshold(threshold, count):
    require(type(threshold) is int and 3 <= count <= MOST and 2 <= threshold <= count < 2 * threshold, THRESHOLD)


def _object(label, text, names, code):
    """The object behind a label, in its one spelling."""
    lines = text.split("\n")
    require(len(lines) == 3 and lines[0] == label and lines[2] == "", code)
    value = _json(lines[1], code)
    again = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    require(list(value) == ["v", *names] and value["v"] == 1 and again == lines[1], code)
    return value


class Terms:
    def __init__(self, text):
        value = _object("chartseal/log-terms/v1", text, ["origin", "threshold", "officers", "server"], MAKING)
        self.text, self.origin, self.threshold, self.server = text, value["origin"], value["threshold"], value["server"]
        self.lines = value["officers"]
        self.officers = _officers(self.lines, MAKING)
        self.count, self.hash = len(self.officers), sha256(text.encode()).hex()
        try:
            key = tlog.VerifierKey(self.server)
        except Refused:
            raise Refused(MAKING) from None
        require(key.name == self.origin and key.kind == tlog.ED25519, MAKING)
        _require_threshold(self.threshold, self.count)

    def said(self, note, label, names):
        """What one of the officers signed, and who."""
        keys = [tlog.VerifierKey(tlog.verifier_key(name, tlog.ED25519, key[32:])) for name, key in self.officers]
        try:
            read = tlog.Note(note)
            by = read.signed_by(keys)
        except Refused:
            raise Refused(MAKING) from None
        value = _object(label, read.text, ["terms", "signer", *names], MAKING)
        require(value["terms"] == self.hash and value["signer"] - 1 in by, MAKING)
        return value, sha256(read.text.encode()).hex()


def _hex(value, size):
    require(isinstance(value, str) and re.fullmatch(r"([0-9a-f]{2})*", value) and len(value) == 2 * size, MAKING)
    return bytes.fromhex(value)


class Beginning:
    def __init__(self, terms, note):
        value, self.hash = terms.said(note, "chartseal/log-begin/v1", ["key", "commitments", "proof"])
        self.signer, self.key = value["signer"], _hex(value["key"], 32)
        self.points = _points(value["commitments"], MAKING)
        require(len(self.points) == terms.threshold, MAKING)
        proof = _hex(value["proof"], 64)
        r, z = zip215.prime_order_point(proof[:32]), _scalar(proof[32:])
        require(r is not None and z < L, MAKING)
        asked = _number(self.signer) + bytes.fromhex(value["commitments"][0]) + proof[:32]
        c = _scalar(_hash(b"dkg", asked)) % L
        right = zip215.add(r, zip215.times(c, self.points[0]))
        require(zip215.is_same(zip215.times(z, zip215.BASE), right), MAKING)
        gives_all = not any(zip215.is_same(_at(self.points, n), zip215.ZERO) for n in range(1, terms.count + 1))
        require(gives_all, MAKING)


class Deal:
    def __init__(self, terms, note):
        value, _ = terms.said(note, "chartseal/log-deal/v1", ["begun", "parts"])
        self.signer, self.begun, self.parts = value["signer"], value["begun"], value["parts"]
        require(len(self.begun) == len(self.parts) == terms.count, MAKING)


def _one_of_each(terms, all_):
    require([one.signer for one in sorted(all_, key=lambda one: one.signer)] == list(range(1, terms.count + 1)), MAKING)
    return sorted(all_, key=lambda one: one.signer)


def part_from(beginning, deal, number, secret):
    """The scalar that was dealt, or None for one that was not announced."""
    try:
        part = _opened(tlog.from_base64(deal.parts[number - 1], MAKING), secret, b"chartseal/log-deal/v1")
    except Refused:
        return None
    value = _scalar(part)
    is_right = len(part) == 32 and 0 < value < L
    is_right = is_right and zip215.is_same(zip215.times(value, zip215.BASE), _at(beginning.points, number))
    return value if is_right else None


def read_making(case):
    """The terms, the beginnings and the deals of all officers, by number."""
    terms = Terms(case["terms"])
    beginnings = _one_of_each(terms, [Beginning(terms, note) for note in case["begun"]])
    deals = [Deal(terms, note) for note in case["dealt"]]
    require(all(deal.begun == [one.hash for one in beginnings] for deal in deals), MAKING)
    return terms, beginnings, _one_of_each(terms, deals)


def who_lied(case):
    terms = Terms(case["terms"])
    beginnings = _one_of_each(terms, [Beginning(terms, note) for note in case["begun"]])
    deal = Deal(terms, case["dealt"])
    said, _ = terms.said(case["complaint"], "chartseal/log-complaint/v1", ["begun", "dealer", "key"])
    hashes = [one.hash for one in beginnings]
    require(deal.begun == hashes == said["begun"] and said["dealer"] == deal.signer, MAKING)
    secret, accuser = _hex(said["key"], 32), said["signer"]
    is_own = x25519_public(secret) == beginnings[accuser - 1].key
    is_wrong = is_own and part_from(beginnings[deal.signer - 1], deal, accuser, secret) is None
    return terms.officers[(deal.signer if is_wrong else accuser) - 1][0]


# Handing on.


class HandOn:
    def __init__(self, text):
        lines = text.split("\n")
        require(len(lines) == 3 and lines[0] == HAND_ON_LABEL and lines[2] == "", HAND_ON)
        value = _json(lines[1], HAND_ON)
        wanted = {"v", "group", "from", "signer", "officers", "commitments", "parts", "signed"}
        require(wanted <= set(value) and value["v"] == 1 and isinstance(value["signed"], str), HAND_ON)
        try:
            self.group = Group(value["group"])
            self.parts = [tlog.from_base64(part, HAND_ON) for part in value["parts"]]
        except (Refused, TypeError):
            raise Refused(HAND_ON) from None
        self.numbers, self.signer, self.signed = value["from"], value["signer"], value["signed"]
        self.lines = value["officers"]
        self.officers = _officers(self.lines, HAND_ON)
        self.to = len(self.officers)
        require(len(self.parts) == self.to, HAND_ON)
        self.texts = value["commitments"]
        self.size, self.is_published = -1, False
        if self.signed != "":
            self._read_signed()

    def _read_signed(self):
        keys = [tlog.VerifierKey(self.group.text_of_key), self.group.server]
        try:
            note = tlog.Note(self.signed)
            by = note.signed_by(keys)
            checkpoint = tlog.Checkpoint(note.text)
        except Refused:
            raise Refused(HAND_ON) from None
        require(len(by) > 0 and checkpoint.origin == self.group.origin, HAND_ON)
        self.size, self.is_published, self.said = checkpoint.size, 0 in by, note.text


def _beginning(files):
    texts = {one.said if one.signed != "" else "" for one in files}
    if len(texts) == 1:
        return files[0].signed
    newest = max(one.size for one in files)
    published = [one.signed for one in files if one.size == newest and one.is_published]
    require(published != [], HAND_ON)
    return published[0]


def _own_polynomial(file, weighed):
    """What one of those who hand on announced: it begins with what they had."""
    points = _points(file.texts, HAND_ON)
    had = zip215.times(weighed, _at(file.group.commitments, file.signer))
    gives_all = not any(zip215.is_same(_at(points, number), zip215.ZERO) for number in range(1, file.to + 1))
    require(zip215.is_same(points[0], had) and gives_all, HAND_ON)
    return points


def group_after(files):
    """The line of the group of those who come after, and what each polynomial is."""
    require(len(files) > 0, HAND_ON)
    first = files[0]
    terms = {(one.group.line, tuple(one.numbers), tuple(one.lines), len(one.texts)) for one in files}
    numbers = first.numbers
    is_each = sorted(one.signer for one in files) == sorted(numbers) and len(set(numbers)) == len(numbers)
    require(len(terms) == 1 and is_each, HAND_ON)
    require(len(numbers) >= first.group.threshold and all(1 <= one <= first.group.count for one in numbers), HAND_ON)
    require(2 <= len(first.texts) <= first.to <= MOST, HAND_ON)
    polynomials = [_own_polynomial(one, weight(numbers, one.signer)) for one in files]
    sums = [zip215.encode(_sum(one[k] for one in polynomials)) for k in range(len(first.texts))]
    return _line_of(first.group, sums, first.to), polynomials


def join(files, secret):
    """A new officer's group, number and share, and the checkpoint to begin with."""
    line, polynomials = group_after(files)
    begin = _beginning(files)
    own = officer_key(secret)
    found = [at for at, (_, key) in enumerate(files[0].officers) if key == own]
    require(found != [], HAND_ON)
    number = found[0] + 1
    total = 0
    for file, points in zip(files, polynomials):
        require(number <= len(file.parts), HAND_ON)
        try:
            part = _opened(file.parts[number - 1], secret, HAND_ON_LABEL.encode())
        except Refused:
            raise Refused(HAND_ON) from None
        value = _scalar(part)
        is_right = len(part) == 32 and zip215.is_same(zip215.times(value, zip215.BASE), _at(points, number))
        require(number <= file.to and is_right, HAND_ON)
        total = (total + value) % L
    return line, number, total.to_bytes(32, "little"), begin


# One signature.


def read_sign_request(body):
    """Who takes part, and what they committed to."""
    note = tlog.Note(body)
    first, *lines = note.text.split("\n")
    require(first == "chartseal/log-sign/v1" and lines[-1] == "" and len(lines) <= MOST + 1, MALFORMED)
    commitments = []
    for line in lines[:-1]:
        found = re.fullmatch(r"([1-9][0-9]*) (\S+) (\S+)", line)
        require(found is not None and int(found[1]) <= MOST, MALFORMED)
        hiding, binding = (tlog.from_base64(word, MALFORMED) for word in found.group(2, 3))
        require(len(hiding) == len(binding) == 32, MALFORMED)
        commitments.append((int(found[1]), hiding, binding))
    require(commitments == sorted(commitments, key=lambda one: one[0]) and commitments != [], MALFORMED)
    return note, commitments


def _hash(label, *parts):
    return hashlib.sha512(b"FROST-ED25519-SHA512-v1" + label + b"".join(parts)).digest()


def _number(value):
    return value.to_bytes(32, "little")


def binding_factors(key, commitments, message):
    """RFC 9591 4.4"""
    listed = b"".join(_number(number) + hiding + binding for number, hiding, binding in commitments)
    head = key + _hash(b"msg", message) + _hash(b"com", listed)
    return {number: _scalar(_hash(b"rho", head, _number(number))) % L for number, _, _ in commitments}


def signature_of(group, commitments, message, shares):
    """RFC 9591 5.3, each share judged by 5.4."""
    factors = binding_factors(group.key, commitments, message)
    own = {
        number: zip215.add(zip215.point(hiding), zip215.times(factors[number], zip215.point(binding)))
        for number, hiding, binding in commitments
    }
    r = zip215.encode(_sum(own.values()))
    c = _scalar(hashlib.sha512(r + group.key + message).digest()) % L
    numbers = list(own)
    wrong = []
    for number in numbers:
        factor = c * weight(numbers, number) % L
        owed = zip215.add(own[number], zip215.times(factor, _at(group.commitments, number)))
        if not zip215.is_same(zip215.times(shares[number], zip215.BASE), owed):
            wrong.append(number)
    return r + _number(sum(shares[number] for number in numbers) % L), wrong


# Vectors.


def _values_of_group(case):
    group = Group(case["line"])
    return {
        "origin": (group.origin, case["origin"]),
        "key of the log": (group.text_of_key, case["log"]),
        "threshold": (group.threshold, case["threshold"]),
        "verifying shares": ([group.verifying_share(n + 1).hex() for n in range(group.count)], case["verifying_shares"]),
    }


def _values_of_share(case):
    group, signer, share = open_share(case["text"], bytes.fromhex(case["secret"]))
    return {
        "group": (group.line, case["group"]),
        "signer": (signer, case["signer"]),
        "share": (share.hex(), case["share"]),
    }


def _values_of_hand_on(case):
    files = [HandOn(text) for text in case["files"]]
    joined = [join(files, bytes.fromhex(secret)) for secret in case["secrets"]]
    return {
        "group": ({line for line, _, _, _ in joined}, {case["group"]}),
        "numbers": ([number for _, number, _, _ in joined], list(range(1, len(joined) + 1))),
        "shares": ([share.hex() for _, _, share, _ in joined], case["shares"]),
        "begin with": ({begin for _, _, _, begin in joined}, {case["begin"]}),
        "the same key": (Group(case["group"]).key.hex(), files[0].group.key.hex()),
    }


def _values_of_signature(case):
    group = Group(case["group"])
    request, commitments = read_sign_request(case["request"])
    shares = {}
    for line in case["answers"]:
        number, share = line.removesuffix("\n").split(" ")
        shares[int(number)] = _scalar(tlog.from_base64(share, MALFORMED))
    signature, wrong = signature_of(group, commitments, case["checkpoint"].encode(), shares)
    log = tlog.VerifierKey(group.text_of_key)
    line = tlog.to_base64(log.id + signature)
    return {
        "commitments": ([f"{n} {tlog.to_base64(hiding)} {tlog.to_base64(binding)}\n" for n, hiding, binding in commitments], case["commitments"]),
        "asked by the server": (request.signed_by([group.server]), {0: True}),
        "wrong shares": (wrong, []),
        "note": (f"{case['checkpoint']}\n\u2014 {group.origin} {line}\n", case["note"]),
        "server": (ed25519_public(bytes.fromhex(case["server_key"])), group.server.key),
        "signed": (tlog.Note(case["note"]).signed_by([log]), {0: True}),
    }


def _values_of_terms(case):
    terms = Terms(case["text"])
    return {
        "origin": (terms.origin, case["origin"]),
        "threshold": (terms.threshold, case["threshold"]),
        "names": ([name for name, _ in terms.officers], case["names"]),
        "hash": (terms.hash, case["hash"]),
    }


def _values_of_making(case):
    terms, beginnings, deals = read_making(case)
    sums = [zip215.encode(_sum(one.points[k] for one in beginnings)) for k in range(terms.threshold)]
    value = {"v": 1, "origin": terms.origin, "signers": terms.count, "commitments": [one.hex() for one in sums], "server": terms.server}
    group = Group(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    secrets = [bytes.fromhex(secret) for secret in case["secrets"]]
    parts = [[part_from(one, deal, i + 1, secret) for one, deal in zip(beginnings, deals)] for i, secret in enumerate(secrets)]
    shares = [sum(given) % L for given in parts]
    signed = json.dumps({"v": 1, "group": group.line, "officers": terms.lines}, separators=(",", ":"), ensure_ascii=False)
    text = f"chartseal/log-group/v1\n{signed}\n"
    keys = [tlog.VerifierKey(tlog.verifier_key(name, tlog.ED25519, key[32:])) for name, key in terms.officers]
    notes = [tlog.Note(note) for note in case["groups"]]
    return {
        "keys": ([x25519_public(secret) for secret in secrets], [one.key for one in beginnings]),
        "group": (group.line, case["group"]),
        "shares": ([_number(share).hex() for share in shares], case["shares"]),
        "are of the group": (
            [zip215.encode(zip215.times(share, zip215.BASE)) for share in shares],
            [group.verifying_share(n + 1) for n in range(terms.count)],
        ),
        "what they signed": ({note.text for note in notes}, {text}),
        "who signed": ([list(note.signed_by(keys)) for note in notes], [[n] for n in range(terms.count)]),
        "words": (sha256(b"chartseal/log-group-words/v1\0", text.encode())[:20].hex(), case["words_hash"]),
    }


def _values_of_complaint(case):
    return {"who lied": (who_lied(case), case["liar"])}


SHOWS = {
    "terms": _values_of_terms, "making": _values_of_making, "complaint": _values_of_complaint,
    "group": _values_of_group, "share": _values_of_share, "hand-on": _values_of_hand_on, "signature": _values_of_signature,
}


def _judge(case):
    if case["shows"] == "group":
        Group(case["line"])
    elif case["shows"] == "share":
        open_share(case["text"], bytes.fromhex(case["secret"]))
    elif case["shows"] == "terms":
        Terms(case["text"])
    elif case["shows"] == "making":
        read_making(case)
    elif case["shows"] == "complaint":
        who_lied(case)
    else:
        join([HandOn(text) for text in case["files"]], bytes.fromhex(case["secrets"][0]))


def read(document):
    for case in document["cases"]:
        if "refused" in case:
            yield compared(case["title"], {"code": (refusal_of(_judge, case), case["refused"])})
        else:
            yield compared(case["title"], SHOWS[case["shows"]](case))


READS = {"log-signers-v1.json": read}
