"""TIFF 6.0: a header, and a directory of entries that point to the rest."""

from __future__ import annotations

from typing import NamedTuple

from labelkit.errors import UnsupportedContentError
from labelkit.image.containers.base import MOST_PARTS, Shape, damaged

_WIDTH, _HEIGHT, _XMP, _C2PA = 256, 257, 700, 0xCD41
_PIECES = ((273, 279), (324, 325))  # strips and tiles: their offsets, their byte counts
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_BYTE, _SHORT, _LONG = 1, 3, 4
_LONGEST = 2**32 - 1


class Entry(NamedTuple):
    """One entry of a directory; ``raw`` are its 12 bytes, ``at`` where its values stand, ``size`` their bytes."""

    tag: int
    type: int
    values: int
    at: int
    size: int
    raw: bytes


class Directory(NamedTuple):
    """The first directory (IFD0): byte order, where it stands, its entries, and its last four bytes (the next)."""

    order: str
    start: int
    end: int
    entries: dict[int, Entry]
    following: bytes


def directory(data: bytes) -> Directory:
    """Read the first directory.

    Raises:
        DamagedContentError: it or a value that it points to is not inside the file.
    """
    if data[:4] not in (b"II*\0", b"MM\0*") or len(data) < 8:
        raise damaged("TIFF", "it does not begin with a whole TIFF header", 0)
    order = "little" if data[:2] == b"II" else "big"
    start = _number(data, 4, 4, order)
    if not 8 <= start <= len(data) - 2:
        raise damaged("TIFF", f"its directory should stand at byte {start:,}", 4)
    count = _number(data, start, 2, order)
    end = start + 2 + 12 * count + 4
    if not count or end > len(data):
        raise damaged("TIFF", f"its directory of {count} entries is cut off", start)
    entries: dict[int, Entry] = {}
    for at in range(start + 2, end - 4, 12):
        entry = _entry(data, at, order)
        entries.setdefault(entry.tag, entry)
    return Directory(order, start, end, entries, data[end - 4 : end])


def shape(data: bytes) -> Shape:
    """See Container.shape. The first directory counts, and that its strips or tiles are inside the file."""
    found = directory(data)
    for offsets, sizes in _PIECES:
        if offsets in found.entries and sizes in found.entries:
            _check_pieces(data, found, offsets, sizes)
            width, height = dimensions(data)
            return Shape(width=width, height=height, undrawable="a TIFF")
    raise damaged("TIFF", "its directory names no strips and no tiles, so no picture", found.start)


def dimensions(data: bytes) -> tuple[int, int]:
    """See Container.dimensions."""
    found = directory(data)
    size = []
    for tag in (_WIDTH, _HEIGHT):
        values = _values(data, found, tag)
        if len(values) != 1 or not values[0]:
            raise damaged("TIFF", "its directory does not tell the size of the picture", found.start)
        size.append(values[0])
    return size[0], size[1]


def read_xmp(data: bytes) -> bytes | None:
    """See Container.read_xmp. Tag 700 (XMP, part 3, 1.1.7)."""
    entry = directory(data).entries.get(_XMP)
    return None if entry is None else data[entry.at : entry.at + entry.size]


def write_xmp(data: bytes, packet: bytes) -> bytes:
    """See Container.write_xmp. Directory and packet are written anew at the end of the file, and the header is
    pointed to them; not one other byte moves, so nothing that points into the file breaks."""
    found = directory(data)
    old = found.entries.get(_XMP)
    at = len(data)
    if old is not None and found.end == old.at and old.at + old.size == len(data) and found.start % 2 == 0:
        at = found.start  # directory, then packet, then the end: so was it written here before
    padding = b"\0" * (at % 2)
    start = at + len(padding)
    kept = [entry for tag, entry in found.entries.items() if tag != _XMP]
    end = start + 2 + 12 * (len(kept) + 1) + 4
    if end + len(packet) > _LONGEST:
        raise UnsupportedContentError("The TIFF would be longer than 4 GB", remedy="Use another format.")
    packed = [entry.raw for entry in kept]
    # The value of a short packet stands in the entry itself (section 2, "value/offset").
    value = _pack(end, 4, found.order) if len(packet) > 4 else packet.ljust(4, b"\0")
    new = _pack(_XMP, 2, found.order) + _pack(_BYTE, 2, found.order) + _pack(len(packet), 4, found.order) + value
    packed.append(new)
    packed.sort(key=lambda raw: _number(raw, 0, 2, found.order))
    body = (_pack(len(packed), 2, found.order), *packed, found.following, packet)
    return b"".join((data[:4], _pack(start, 4, found.order), memoryview(data)[8:at], padding, *body))


def has_manifest(data: bytes) -> bool:
    """See Container.has_manifest. Tag 52545 (C2PA 2.4, A.3.6)."""
    return _C2PA in directory(data).entries


def _entry(data: bytes, at: int, order: str) -> Entry:
    tag, kind, count = _number(data, at, 2, order), _number(data, at + 2, 2, order), _number(data, at + 4, 4, order)
    size = count * _SIZES.get(kind, 0)  # a reader skips types it does not know (section 2)
    where = at + 8 if size <= 4 else _number(data, at + 8, 4, order)
    if where + size > len(data):
        raise damaged("TIFF", f"the value of tag {tag} ends behind the file", at)
    return Entry(tag, kind, count, where, size, data[at : at + 12])


def _values(data: bytes, found: Directory, tag: int) -> list[int]:
    entry = found.entries.get(tag)
    if entry is None or entry.type not in (_SHORT, _LONG):
        return []
    if entry.values > MOST_PARTS:
        raise damaged("TIFF", f"tag {tag} has more than {MOST_PARTS:,} values", entry.at)
    step = _SIZES[entry.type]
    return [_number(data, at, step, found.order) for at in range(entry.at, entry.at + entry.size, step)]


def _check_pieces(data: bytes, found: Directory, offsets: int, sizes: int) -> None:
    starts, lengths = _values(data, found, offsets), _values(data, found, sizes)
    if not starts or len(starts) != len(lengths):
        raise damaged("TIFF", "its strips or tiles have offsets and byte counts that do not pair", found.start)
    for start, length in zip(starts, lengths, strict=True):
        if start + length > len(data):
            raise damaged("TIFF", "a strip or tile ends behind the file", start)


def _number(data: bytes, at: int, size: int, order: str) -> int:
    return int.from_bytes(data[at : at + size], "little" if order == "little" else "big")


def _pack(value: int, size: int, order: str) -> bytes:
    return value.to_bytes(size, "little" if order == "little" else "big")
