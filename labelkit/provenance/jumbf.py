"""JUMBF boxes (ISO/IEC 19566-5): what a C2PA manifest store is made of. Read, find, write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

Found = TypeVar("Found")

_HEADER = 8  # bytes: length and type
_UUID = 16
_REQUESTABLE_LABEL = 0x03
_PRIVATE = 0x10
_DEEPEST = 16


class JumbfError(ValueError):
    """Bytes that are no JUMBF."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box. ``payload`` is what stands behind its header; ``offset`` is where the header begins."""

    kind: bytes
    payload: bytes
    offset: int

    @property
    def raw(self) -> bytes:
        """The box with its header."""
        return box(self.kind, self.payload)


@dataclass(frozen=True, slots=True)
class SuperBox:
    """A superbox: its description, then boxes and superboxes. ``salt`` is C2PA's private c2sh box, if any."""

    description: Box
    label: str
    salt: bytes | None
    children: tuple[Box | SuperBox, ...]
    payload: bytes

    def superboxes(self) -> Iterator[SuperBox]:
        """The superboxes right inside."""
        return (child for child in self.children if isinstance(child, SuperBox))

    def named(self, label: str) -> SuperBox:
        """The one superbox inside with this label.

        Raises:
            JumbfError: there is none, or several, of which a verifier and its reader might each take another.
        """
        return _only([child for child in self.superboxes() if child.label == label], label, self.label)

    def content(self, kind: bytes) -> bytes:
        """The payload of the one box of this kind.

        Raises:
            JumbfError: there is none, or several.
        """
        boxes = [child for child in self.children if isinstance(child, Box) and child.kind == kind]
        return _only(boxes, kind.decode("latin-1"), self.label).payload


def box(kind: bytes, payload: bytes) -> bytes:
    """Write one box."""
    return (len(payload) + _HEADER).to_bytes(4, "big") + kind + payload


def read_store(data: bytes) -> SuperBox:
    """Read a manifest store: one superbox that fills ``data``.

    Raises:
        JumbfError: it is none.
    """
    boxes = _boxes(data)
    if len(boxes) != 1 or boxes[0].kind != b"jumb":
        raise JumbfError("not one superbox")
    return _superbox(boxes[0], _DEEPEST)


def _only(found: list[Found], name: str, inside: str) -> Found:
    if len(found) != 1:
        raise JumbfError(f"{len(found) or 'no'} boxes {name} in {inside}")
    return found[0]


def _boxes(data: bytes) -> list[Box]:
    found, at = [], 0
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + _HEADER]
        if size < _HEADER or at + size > len(data):
            raise JumbfError(f"a box of {size} bytes at offset {at} of {len(data)}")
        found.append(Box(kind, data[at + _HEADER : at + size], at))
        at += size
    return found


def _superbox(outer: Box, depth: int) -> SuperBox:
    if not depth:
        raise JumbfError("boxes nested too deep")
    inner = _boxes(outer.payload)
    if not inner or inner[0].kind != b"jumd":
        raise JumbfError("a superbox without a description")
    label, salt = _describe(inner[0].payload)
    children = tuple(_superbox(each, depth - 1) if each.kind == b"jumb" else each for each in inner[1:])
    return SuperBox(inner[0], label, salt, children, outer.payload)


def _describe(payload: bytes) -> tuple[str, bytes | None]:
    """ISO/IEC 19566-5, annex B.3: type, toggles, label up to a zero byte, then what the toggles announce."""
    if len(payload) <= _UUID:
        raise JumbfError("a description without a type")
    toggles = payload[_UUID]
    if toggles & _REQUESTABLE_LABEL != _REQUESTABLE_LABEL:
        raise JumbfError("a description without a label")
    label, end, rest = payload[_UUID + 1 :].partition(b"\0")
    if not end:
        raise JumbfError("a label without its end")
    salt = None
    if toggles & _PRIVATE:
        private = [each for each in _boxes(rest) if each.kind == b"c2sh"]
        salt = private[0].payload if private else None
    return label.decode("utf-8", "replace"), salt
