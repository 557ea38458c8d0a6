"""The template: a manifest that the C2PA library made once, and that is filled in anew for each item.

The library makes and checks one manifest per set of claims. What differs between items is cut out of it: the
manifest's URN, the instance id, the time, the salts, the hard binding, and the hashes that follow from them.
Filling it in costs a fiftieth of having it made (what is claimed stays what the library wrote).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import cbor2

from labelkit.label import Label
from labelkit.provenance.claims import instance_of
from labelkit.provenance.cose import read_protected
from labelkit.provenance.jumbf import JumbfError, SuperBox, box, read_store

_BINDING = "c2pa.hash.data"
_ASSERTIONS, _CLAIM, _SIGNATURE = "c2pa.assertions", "c2pa.claim.v2", "c2pa.signature"
_URN = "urn:c2pa:"
_SALT = 16  # bytes
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
    _head: bytes
    _description: bytes
    _signature: bytes

    def close(self, envelope: bytes) -> bytes:
        """The finished manifest store."""
        signature = box(b"jumb", self._signature + box(b"cbor", envelope))
        return box(b"jumb", self._description + box(b"jumb", self._head + signature))


@dataclass(frozen=True, slots=True)
class _Assertion:
    label: str
    digest: str  # the name of the blank that its hash fills in elsewhere
    form: Form


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
        random = os.urandom(16 + _SALT * len(self._assertions))
        urn = f"{_URN}{UUID(bytes=random[:16], version=4)}"
        values = {"urn": urn.encode(), "instance": instance_of(label).encode(), "when": label.stamp.encode()}
        for number, each in enumerate(self._assertions, 1):
            values[f"salt {each.label}"] = random[_SALT * number : _SALT * (number + 1)]
        return values

    def draft(self, values: Values, start: int, length: int, digest: bytes) -> Draft:
        """Fill the blanks in for an asset whose excluded range and hash these are."""
        values = values.copy()
        for each in self._assertions:
            body = each.form.fill(values)
            if each.label == _BINDING:
                body += _binding(start, length, digest)
            values[each.digest] = sha256(body).digest()  # C2PA 2.2, section 8.4.2: without the box's own header
            values[f"box {each.label}"] = box(b"jumb", body)
        claim = self._claim.fill(values)
        head = b"".join(
            (
                self._manifest.fill(values),
                box(b"jumb", b"".join((self._kept, *map(values.__getitem__, self._order)))),
                box(b"jumb", self._claim_description + box(b"cbor", claim)),
            )
        )
        return Draft(claim, head, self._description, self._signature)


def _in_order(kept: SuperBox, blanks: Mapping[str, bytes]) -> list[_Assertion]:
    """The assertions, each behind those whose hash it holds: actions name their ingredients by hash."""
    found = []
    for each in kept.superboxes():
        example = each.description.raw if each.label == _BINDING else each.payload
        inside = dict(blanks)
        if each.salt is not None:
            inside[f"salt {each.label}"] = each.salt
        inside.pop("urn")  # an assertion names others by relative references; a number alike is chance
        found.append(_Assertion(each.label, f"digest {each.label}", Form(example, inside)))
    return sorted(found, key=lambda each: any(name.startswith("digest ") for name in each.form.names))


def _binding(start: int, length: int, digest: bytes) -> bytes:
    """The content of `c2pa.hash.data` (C2PA 2.2, section 18.5)."""
    content = {
        "exclusions": [{"start": start, "length": length}],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": digest,
        "pad": b"",
    }
    return box(b"cbor", cbor2.dumps(content))
