"""Boxes of the ISO base media file format (ISO/IEC 14496-12), and the three that say what items a file has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from labelkit.image.containers.base import MOST_PARTS, damaged

_FORM = "AVIF"


class Box(NamedTuple):
    """One box: its type, where it starts, where its body starts, where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets (4.2).

    Raises:
        DamagedContentError: a box that ends behind ``end``.
    """
    at = start
    for _ in range(MOST_PARTS):
        if at >= end:
            return
        if at + 8 > end:
            raise damaged(_FORM, "a box header is cut off", at)
        size, body = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, body = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0 and start == 0:
            size = end - at  # to the end of the file: only the last box of all may say so
        if size < body - at or at + size > end:
            raise damaged(_FORM, f"the box {data[at + 4 : at + 8]!r} is longer than what holds it", at)
        yield Box(data[at + 4 : at + 8], at, body, at + size)
        at += size
    raise damaged(_FORM, f"it has more than {MOST_PARTS:,} boxes", at)


def encode_box(kind: bytes, *body: bytes) -> bytes:
    """A box's bytes."""
    return b"".join(((8 + sum(len(piece) for piece in body)).to_bytes(4, "big"), kind, *body))


class Cursor:
    """Reads numbers one after another and never behind the end of a box."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data, self.at, self.end = data, at, end

    def number(self, size: int) -> int:
        """An unsigned number of ``size`` bytes; 0 for none."""
        if self.at + size > self.end:
            raise damaged(_FORM, "a box ends before its fields do", self.at)
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    def string(self) -> bytes:
        """The bytes up to the next zero byte or the end of the box; the zero is read too."""
        stop = self.data.find(b"\0", self.at, self.end)
        stop = self.end if stop < 0 else stop
        text = self.data[self.at : stop]
        self.at = min(stop + 1, self.end)
        return text


class Extent(NamedTuple):
    """A run of an item's bytes: the item that construction method 2 takes them from, offset, length."""

    source: int
    offset: int
    length: int


@dataclass(slots=True)
class Place:
    """Where an item's bytes are (8.11.3): ``method`` 0 counts from the start of the file, base offset included."""

    item: int
    method: int
    reference: int
    extents: list[Extent] = field(default_factory=list)

    @property
    def in_file(self) -> bool:
        """Whether the extents are offsets into this file."""
        return self.method == 0 and self.reference == 0


@dataclass(slots=True)
class Places:
    """An item location box."""

    version: int
    width: int  # bytes of an offset and of a length when written
    index_width: int
    places: list[Place]

    @classmethod
    def read(cls, data: bytes, box: Box) -> Places:
        """Read an ``iloc`` box; base offsets are added to the extents."""
        cursor = Cursor(data, box.body, box.end)
        version = cursor.number(4) >> 24
        widths = cursor.number(2)
        offset, length, base, index = (widths >> shift & 15 for shift in (12, 8, 4, 0))
        if version > 2 or not {offset, length, base, index} <= {0, 4, 8}:
            raise damaged(_FORM, "its item location box is of no known version", box.start)
        wide = 4 if version == 2 else 2
        index = index if version else 0
        found = cls(version, max(offset, length, base, 4), index, [])
        total = 0
        for _ in range(cursor.number(wide)):
            item, method = cursor.number(wide), cursor.number(2) & 15 if version else 0
            place = Place(item, method, cursor.number(2))
            start, count = cursor.number(base), cursor.number(2)
            total += count + 1
            if total > MOST_PARTS:  # an extent may take no bytes at all
                raise damaged(_FORM, f"its items have more than {MOST_PARTS:,} extents", box.start)
            place.extents = [
                Extent(cursor.number(index), start + cursor.number(offset), cursor.number(length)) for _ in range(count)
            ]
            found.places.append(place)
        return found

    def write(self) -> bytes:
        """The ``iloc`` box; its length depends on the number of extents alone, not on their values."""
        wide = 4 if self.version == 2 else 2
        out = [(self.version << 24).to_bytes(4, "big"), bytes((self.width << 4 | self.width, self.index_width))]
        out.append(len(self.places).to_bytes(wide, "big"))
        for place in self.places:
            out.append(place.item.to_bytes(wide, "big"))
            out.append(place.method.to_bytes(2, "big") if self.version else b"")
            out.append(place.reference.to_bytes(2, "big") + len(place.extents).to_bytes(2, "big"))
            for extent in place.extents:
                out.append(extent.source.to_bytes(self.index_width, "big") if self.index_width else b"")
                out.append(extent.offset.to_bytes(self.width, "big") + extent.length.to_bytes(self.width, "big"))
        return encode_box(b"iloc", *out)
