"""The template: a manifest that the C2PA library made once, and that is filled in anew for each item.

The library makes and checks one manifest per set of claims. What differs between items is cut out of it: the
manifest's URN, the instance id, the time, the salts, the hard binding, and the hashes that follow from them.
Filling it in costs a fiftieth of having it made (what is claimed stays what the library wrote).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from labelkit.label import Label
from labelkit.provenance.claims import instance_of
from labelkit.provenance.cose import head, read_protected
from labelkit.provenance.jumbf import JumbfError, SuperBox, box, read_store

_BINDING = "c2pa.hash.data"
_ASSERTIONS, _CLAIM, _SIGNATURE = "c2pa.assertions", "c2pa.claim.v2", "c2pa.signature"
_URN = "urn:c2pa:"
_SALT, _DIGEST = 16, 32  # bytes
_HEAVY = b"\xff"  # takes four bytes of UTF-8 as a selector
Values = dict[str, bytes]


class Form:
    """Bytes with blanks: built from an example and what stands in it where the blanks shall be."""

    __slots__ = ("_blanks", "_pieces", "names")

    def __init__(self, example: bytes, blanks: Mapping[str, bytes]) -> None:
        found = []
        for name, text in blanks.items():
            at = example.find(text)
            while at >= 0:
                found.append((at, at + len(text), name))
                at = example.find(text, at + len(text))
        pieces, places, end = [], [], 0
        for start, stop, name in sorted(found):
            if start < end:
                raise JumbfError(f"the blank {name} overlaps another")
            pieces += [example[end:start], b""]
            places.append((len(pieces) - 1, name))
            end = stop
        self._pieces = [*pieces, example[end:]]
        self._blanks = tuple(places)
        self.names = frozenset(name for _, name in places)

    def fill(self, values: Values) -> bytes:
        """The example with ``values`` in its blanks."""
        pieces = self._pieces.copy()
        for at, name in self._blanks:
            pieces[at] = values[name]
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest store that lacks its signature only. ``claim`` is what has to be signed."""

    claim: bytes
    _top: bytes
    _description: bytes
    _signature: bytes

    def close(self, envelope: bytes) -> bytes:
        """The finished manifest store."""
        signature = box(b"jumb", self._signature + box(b"cbor", envelope))
        return box(b"jumb", self._description + box(b"jumb", self._top + signature))


@dataclass(frozen=True, slots=True)
class _Assertion:
    label: str
    form: Form

    # The names of blanks: for its salt, for its hash in other boxes, and for the whole of it.
    salt: str
    digest: str
    box: str


class Template:
    """A manifest store with blanks.

    Args:
        store: what the library made for ``label``, with an assertion `c2pa.hash.data` in it.
        label: the label it was made for.

    Raises:
        JumbfError: it is not built as expected, so it cannot be filled in.
    """

    def __init__(self, store: bytes, label: Label) -> None:
        outer = read_store(store)
        manifests = list(outer.superboxes())
        if len(manifests) != 1 or not manifests[0].label.startswith(_URN):
            raise JumbfError("not one manifest of a version 2 claim")
        manifest = manifests[0]
        blanks = {
            "urn": manifest.label.encode(),
            "instance": instance_of(label).encode(),
            "when": label.stamp.encode(),
        }
        self._description = outer.description.raw
        self._manifest = Form(manifest.description.raw, blanks)
        kept = manifest.named(_ASSERTIONS)
        self._kept = kept.description.raw
        digests = {f"digest {each.label}": sha256(each.payload).digest() for each in kept.superboxes()}
        self._assertions = _in_order(kept, {**blanks, **digests})
        self._order = [f"box {each.label}" for each in kept.superboxes()]
        claim, signature = manifest.named(_CLAIM), manifest.named(_SIGNATURE)
        self._claim_description = claim.description.raw
        self._claim = Form(claim.content(b"cbor"), {**blanks, **digests})
        self._signature = signature.description.raw
        self.protected = read_protected(signature.content(b"cbor"))
        self._check(blanks)

    def _check(self, blanks: Mapping[str, bytes]) -> None:
        used = self._manifest.names | self._claim.names
        used = used.union(*(each.form.names for each in self._assertions))
        missing = (blanks.keys() - used) | ({each.digest for each in self._assertions} - self._claim.names)
        if missing or not any(each.label == _BINDING for each in self._assertions):
            raise JumbfError(f"the template has no place for {', '.join(sorted(missing)) or _BINDING}")

    def values(self, label: Label) -> Values:
        """What one item puts into the blanks, with a new URN and new salts (C2PA 2.2, sections 8.1 and 8.4.2)."""
        random = os.urandom(_SALT * (len(self._assertions) + 1))
        values = {"urn": _urn(random[:_SALT]), "instance": instance_of(label).encode(), "when": label.stamp.encode()}
        for number, each in enumerate(self._assertions, 1):
            values[each.salt] = random[_SALT * number : _SALT * (number + 1)]
        return values

    def sample(self, label: Label, start: int, length: int) -> Draft:
        """A draft of which nothing is true but its size; in text, it is the heaviest that there can be."""
        values = self.values(label)
        values |= {each.salt: _HEAVY * _SALT for each in self._assertions}
        return self._fill(values, start, length, _HEAVY * _DIGEST, lambda _: _HEAVY * _DIGEST)

    def draft(self, label: Label, start: int, length: int, digest: bytes) -> Draft:
        """Fill the blanks in, for an asset whose excluded range and hash these are."""
        return self._fill(self.values(label), start, length, digest, _sha256)

    def _fill(self, values: Values, start: int, length: int, digest: bytes, hashed: Callable[[bytes], bytes]) -> Draft:
        for each in self._assertions:
            body = each.form.fill(values)
            if each.label == _BINDING:
                body += _binding(start, length, digest)
            values[each.digest] = hashed(body)  # C2PA 2.2, section 8.4.2: without the box's own header
            values[each.box] = box(b"jumb", body)
        claim = self._claim.fill(values)
        kept = b"".join((self._kept, *map(values.__getitem__, self._order)))
        top = b"".join(
            (
                self._manifest.fill(values),
                box(b"jumb", kept),
                box(b"jumb", self._claim_description + box(b"cbor", claim)),
            )
        )
        return Draft(claim, top, self._description, self._signature)


def _sha256(data: bytes) -> bytes:
    return sha256(data).digest()


def _urn(random: bytes) -> bytes:
    """RFC 9562, section 5.4: a UUID of version 4, without the cost of the standard library's object."""
    text = random.hex()
    variant = "89ab"[random[8] & 3]
    return f"{_URN}{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}".encode()


def _in_order(kept: SuperBox, blanks: Mapping[str, bytes]) -> list[_Assertion]:
    """The assertions, each behind those whose hash it holds: actions name their ingredients by hash."""
    found = []
    for each in kept.superboxes():
        example = each.description.raw if each.label == _BINDING else each.payload
        salt, digest, whole = (f"{what} {each.label}" for what in ("salt", "digest", "box"))
        inside = dict(blanks)
        if each.salt is not None:
            inside[salt] = each.salt
        inside.pop("urn")  # an assertion names others by relative references; a number alike is chance
        found.append(_Assertion(each.label, Form(example, inside), salt, digest, whole))
    return sorted(found, key=lambda each: any(name.startswith("digest ") for name in each.form.names))


def _binding(start: int, length: int, digest: bytes) -> bytes:
    """The content of `c2pa.hash.data` (C2PA 2.2, section 18.5), written by hand: cbor2 takes a quarter of all."""
    parts = (_BEFORE_START, head(0, start), b"\x66length", head(0, length), _BEFORE_HASH, digest, b"\x63pad\x40")
    return box(b"cbor", b"".join(parts))


_BEFORE_START = b"\xa5\x6aexclusions\x81\xa2\x65start"
_BEFORE_HASH = b"\x64name\x6ejumbf manifest\x63alg\x66sha256\x64hash\x58\x20"
