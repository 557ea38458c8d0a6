"""GIF as a sequence of blocks (GIF89a specification, 1990)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from labelkit.image.containers.base import Shape, damaged

_MOST_BLOCKS = 8_000_000  # sub-blocks of 255 bytes, so 2 GB: only empty ones come near
_EXTENSION, _IMAGE, _TRAILER, _APPLICATION, _CONTROL = 0x21, 0x2C, 0x3B, 0xFF, 0xF9
_XMP = b"\x21\xff\x0bXMP DataXMP"
_C2PA = b"\x21\xff\x0bC2PA_GIF"
# XMP, part 3, 1.1.2: whatever length a reader takes a packet's byte for, it ends up at the last zero.
_MAGIC = bytes((1, *range(255, -1, -1), 0))


class Block(NamedTuple):
    """One extension, image or the trailer: its first byte (an extension's is its label), where it starts and ends."""

    kind: int
    start: int
    end: int


def blocks(data: bytes) -> Iterator[Block]:
    """Every block behind the global colour table, up to and with the trailer.

    Raises:
        DamagedContentError: bytes that begin no block, or the end of the file before the trailer.
    """
    if len(data) < 13 or not data.startswith((b"GIF87a", b"GIF89a")):
        raise damaged("GIF", "it does not begin with a whole GIF header", 0)
    at = 13 + _table(data[10])
    budget = _MOST_BLOCKS
    while at < len(data):
        start, kind = at, data[at]
        if kind == _TRAILER:
            yield Block(kind, start, at + 1)
            return
        if kind == _EXTENSION and at + 2 < len(data):
            kind, at = data[at + 1], at + 2
        elif kind == _IMAGE and at + 10 < len(data):
            at += 10 + _table(data[at + 9]) + 1
        else:
            raise damaged("GIF", f"there is no block that begins with {kind:#04x}", at)
        at, budget = _behind_sub_blocks(data, at, budget)
        yield Block(kind, start, at)
    raise damaged("GIF", "it ends before its trailer", len(data))


def shape(data: bytes) -> Shape:
    """See Container.shape."""
    width, height = dimensions(data)
    if _IMAGE not in {block.kind for block in blocks(data)}:  # all of them: the trailer must be there
        raise damaged("GIF", "it has no image block, so no picture", len(data))
    return Shape(width=width, height=height, undrawable="a GIF")


def dimensions(data: bytes) -> tuple[int, int]:
    """See Container.dimensions: the logical screen."""
    next(blocks(data), None)
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if not width or not height:
        raise damaged("GIF", f"it declares a size of {width} x {height}", 6)
    return width, height


def read_xmp(data: bytes) -> bytes | None:
    """See Container.read_xmp."""
    old = _packet(data)
    return None if old is None else data[old.start + len(_XMP) : old.end - len(_MAGIC)]


def write_xmp(data: bytes, packet: bytes) -> bytes:
    """See Container.write_xmp. The application extension stands in front of the first image, behind the extensions
    that lead (a loop count among them); a GIF87a becomes a GIF89a, which may carry extensions."""
    old = _packet(data)
    if old is None:
        at = next(block.start for block in blocks(data) if block.kind in (_IMAGE, _CONTROL, _TRAILER))
        old = Block(_APPLICATION, at, at)
    whole = memoryview(data)
    return b"".join((b"GIF89a", whole[6 : old.start], _XMP, packet, _MAGIC, whole[old.end :]))


def has_manifest(data: bytes) -> bool:
    """See Container.has_manifest. An application extension C2PA_GIF (C2PA 2.4, A.3.5)."""
    return any(block.kind == _APPLICATION and data.startswith(_C2PA, block.start) for block in blocks(data))


def _packet(data: bytes) -> Block | None:
    for block in blocks(data):
        if (
            block.kind == _APPLICATION
            and data.startswith(_XMP, block.start)
            and block.end - block.start >= len(_XMP) + len(_MAGIC)
            and data.endswith(_MAGIC, block.start, block.end)
        ):
            return block
    return None


def _table(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind_sub_blocks(data: bytes, at: int, budget: int) -> tuple[int, int]:
    size = len(data)
    while budget and at < size:
        length = data[at]
        at += length + 1
        budget -= 1
        if not length:
            return at, budget
    raise damaged("GIF", "a block ends behind the file", size)
