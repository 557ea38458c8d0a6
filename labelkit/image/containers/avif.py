"""AVIF: a picture and its metadata as items of one ``meta`` box (ISO/IEC 23008-12; AVIF 1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from labelkit.errors import UnsupportedContentError
from labelkit.image.containers.base import Shape, damaged
from labelkit.image.containers.bmff import Box, Cursor, Extent, Place, Places, boxes, encode_box

_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP_TYPE = b"application/rdf+xml"
_LONGEST = 2**32 - 1
_ANIMATED = "an animated AVIF"


@dataclass(frozen=True, slots=True)
class Items:
    """What the ``meta`` box says: its parts, the primary item, every item's id and content type, their places."""

    top: tuple[Box, ...]
    meta: Box
    parts: tuple[Box, ...]
    types: dict[int, bytes]
    places: Places

    def part(self, kind: bytes) -> Box | None:
        """The first part of the ``meta`` box of a kind."""
        return next((box for box in self.parts if box.kind == kind), None)

    @property
    def packet(self) -> Place | None:
        """Where the XMP packet is."""
        wanted = next((item for item, kind in self.types.items() if kind == _XMP_TYPE), None)
        return next((place for place in self.places.places if place.item == wanted), None)


def shape(data: bytes) -> Shape:
    """See Container.shape."""
    items = _items(data)
    for place in items.places.places:
        for extent in place.extents if place.in_file else ():
            if extent.offset + extent.length > len(data):
                raise damaged("AVIF", f"item {place.item} ends behind the file", extent.offset)
    width, height = dimensions(data)
    animated = any(box.kind == b"moov" for box in items.top)
    return Shape(width=width, height=height, undrawable="an AVIF", fixed=_ANIMATED if animated else "")


def dimensions(data: bytes) -> tuple[int, int]:
    """See Container.dimensions: the largest size that an item declares, so that a limit on it holds for all."""
    items = _items(data)
    properties = items.part(b"iprp")
    sizes = [(0, 0)]
    for holder in boxes(data, properties.body, properties.end) if properties else ():
        if holder.kind == b"ipco":
            for box in boxes(data, holder.body, holder.end):
                if box.kind == b"ispe":
                    cursor = Cursor(data, box.body + 4, box.end)
                    sizes.append((cursor.number(4), cursor.number(4)))
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    if not width * height:
        raise damaged("AVIF", "no item declares its size", items.meta.start)
    return width, height


def read_xmp(data: bytes) -> bytes | None:
    """See Container.read_xmp."""
    place = _items(data).packet
    if place is None or not place.in_file:
        return None
    # Each extent is inside the file; together they must not be longer, or one run could be named 65,535 times.
    if sum(extent.length for extent in place.extents) > len(data):
        raise damaged("AVIF", "the XMP item is longer than the file", 0)
    return b"".join(data[extent.offset : extent.offset + extent.length] for extent in place.extents)


def write_xmp(data: bytes, packet: bytes) -> bytes:
    """See Container.write_xmp. The packet is an item in an own ``mdat`` box at the end; the ``meta`` box grows by
    its entry, and every offset that points behind it is moved by as much.

    Raises:
        UnsupportedContentError: an image sequence (its sample tables hold offsets too).
    """
    items = _items(data)
    if any(box.kind == b"moov" for box in items.top):
        raise UnsupportedContentError(
            f"XMP cannot be inserted into {_ANIMATED}", where="moov box", remedy="Use a still picture."
        )
    places, old = items.places, items.packet
    rest = _without(data, items, old)
    if old is None:
        item = max((*items.types, *(place.item for place in places.places))) + 1
        if item > 0xFFFF:
            raise UnsupportedContentError("The AVIF has no item number left for XMP", where="iinf box")
        old = Place(item, 0, 0)
        places.places.append(old)
    else:
        item = old.item
        old.method = old.reference = 0
    old.extents = [Extent(0, 0, len(packet))]
    parts = _parts(data, items, item)
    size = 12 + sum(len(part) for part in parts) + len(places.write())
    _shift(items, old, size - (items.meta.end - items.meta.start))
    end = items.meta.start + size + len(rest)
    if end + 8 + len(packet) > _LONGEST:
        raise UnsupportedContentError("The AVIF would be longer than 4 GB", remedy="Use another format.")
    old.extents = [Extent(0, end + 8, len(packet))]
    meta = encode_box(b"meta", data[items.meta.body : items.meta.body + 4], *parts, places.write())
    return b"".join((data[: items.meta.start], meta, rest, encode_box(b"mdat", packet)))


def has_manifest(data: bytes) -> bool:
    """See Container.has_manifest. A ``uuid`` box (C2PA 2.4, A.5)."""
    return any(box.kind == b"uuid" and data.startswith(_C2PA, box.body) for box in boxes(data, 0, len(data)))


def _items(data: bytes) -> Items:
    top = tuple(boxes(data, 0, len(data)))
    if not top or top[0].kind != b"ftyp":
        raise damaged("AVIF", "it does not begin with a ftyp box", 0)
    meta = next((box for box in top if box.kind == b"meta"), None)
    if meta is None or meta.end - meta.body < 4:
        raise damaged("AVIF", "it has no meta box, so no picture", len(data))
    parts = tuple(boxes(data, meta.body + 4, meta.end))
    kinds = {box.kind: box for box in parts}
    if b"iloc" not in kinds or b"iinf" not in kinds or b"pitm" not in kinds:
        raise damaged("AVIF", "its meta box names no items", meta.start)
    return Items(top, meta, parts, _types(data, kinds[b"iinf"]), Places.read(data, kinds[b"iloc"]))


def _types(data: bytes, box: Box) -> dict[int, bytes]:
    """Item id to content type; the item's own type where it is no MIME item (8.11.6)."""
    cursor = Cursor(data, box.body, box.end)
    cursor.number(4 if cursor.number(4) >> 24 else 2)
    found: dict[int, bytes] = {}
    for entry in boxes(data, cursor.at, box.end):
        fields = Cursor(data, entry.body, entry.end)
        version = fields.number(4) >> 24
        if entry.kind != b"infe" or version not in (2, 3):
            continue
        item = fields.number(2 if version == 2 else 4)
        fields.number(2)
        kind = fields.number(4).to_bytes(4, "big")
        fields.string()
        found[item] = fields.string() if kind == b"mime" else kind
    return found


def _without(data: bytes, items: Items, old: Place | None) -> bytes:
    """What stands behind the ``meta`` box, without the ``mdat`` box at the end that holds the old packet alone."""
    last = items.top[-1]
    rest = data[items.meta.end :]
    if last is items.meta:
        return rest
    others = max((e.offset + e.length for p in items.places.places if p is not old for e in p.extents), default=0)
    alone = old is not None and old.extents == [Extent(0, last.body, last.end - last.body)]
    if alone and last.kind == b"mdat" and others <= last.start:
        return data[items.meta.end : last.start]
    if data[last.start : last.start + 4] == bytes(4):  # "to the end of the file": no longer true
        sized = (last.end - last.start).to_bytes(4, "big")
        return b"".join((data[items.meta.end : last.start], sized, data[last.start + 4 :]))
    return rest


def _parts(data: bytes, items: Items, item: int) -> list[bytes]:
    """The parts of the ``meta`` box without ``iloc``; with an entry for a new XMP item."""
    known = item in items.types
    parts = []
    for box in items.parts:
        raw = data[box.start : box.end]
        if box.kind == b"iinf" and not known:
            raw = _with_entry(data, box, item)
        elif box.kind == b"iref" and not known:
            raw = encode_box(b"iref", data[box.body : box.end], _reference(data, items, box, item))
        if box.kind != b"iloc":
            parts.append(raw)
    if not known and items.part(b"iref") is None:
        parts.append(encode_box(b"iref", bytes(4), _reference(data, items, None, item)))
    return parts


def _with_entry(data: bytes, box: Box, item: int) -> bytes:
    cursor = Cursor(data, box.body, box.end)
    wide = 4 if cursor.number(4) >> 24 else 2
    count = cursor.number(wide) + 1
    if count >= 1 << 8 * wide:
        raise damaged("AVIF", "its item information box counts more items than fit", box.start)
    head = data[box.body : box.body + 4] + count.to_bytes(wide, "big")
    fields = bytes((2, 0, 0, 1)) + item.to_bytes(2, "big") + bytes(2) + b"mime\0" + _XMP_TYPE + b"\0"  # hidden item
    return encode_box(b"iinf", head, data[cursor.at : box.end], encode_box(b"infe", fields))


def _reference(data: bytes, items: Items, box: Box | None, item: int) -> bytes:
    """The packet describes the primary item: a ``cdsc`` reference ("content describes", ISO/IEC 23008-12)."""
    pitm = items.part(b"pitm")
    if pitm is None:
        raise damaged("AVIF", "it has no primary item", items.meta.start)
    cursor = Cursor(data, pitm.body, pitm.end)
    primary = cursor.number(4 if cursor.number(4) >> 24 else 2)
    wide = 4 if box is not None and data[box.body] else 2
    if primary >= 1 << 8 * wide:
        raise UnsupportedContentError("The AVIF numbers its items with 32 bits", where="pitm box")
    return encode_box(b"cdsc", item.to_bytes(wide, "big"), b"\0\1", primary.to_bytes(wide, "big"))


def _shift(items: Items, packet: Place, delta: int) -> None:
    """Move the offsets that point behind the ``meta`` box."""
    for place in items.places.places:
        if place is packet or not place.in_file:
            continue
        for number, extent in enumerate(place.extents):
            if items.meta.start < extent.offset < items.meta.end:
                raise UnsupportedContentError(
                    "The AVIF keeps picture data inside its meta box", where=f"item {place.item}"
                )
            if extent.offset >= items.meta.end:
                place.extents[number] = extent._replace(offset=extent.offset + delta)
