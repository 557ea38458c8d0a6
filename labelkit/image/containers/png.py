"""PNG and APNG as a sequence of chunks (W3C PNG, third edition, section 5)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from labelkit.errors import UnsupportedContentError
from labelkit.image.containers.base import MOST_PARTS, Shape, damaged
from labelkit.image.containers.slot import Slot

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER = 33  # signature, then IHDR: 4 + 4 + 13 + 4
_LONGEST = 2**31 - 1  # section 5.3: a length is below 2**31
_LONGEST_TEXT = 16 * 1024 * 1024  # bytes of one text chunk once inflated
_XMP = b"XML:com.adobe.xmp\0"
_XMP_PLAIN = _XMP + b"\0\0\0\0"  # not compressed, no language, no translated keyword
_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}


class Chunk(NamedTuple):
    """One chunk: its type, where it starts (at its length), and where it ends (behind its CRC)."""

    kind: bytes
    start: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk up to and with IEND.

    Raises:
        DamagedContentError: no IHDR at the start, a chunk that ends behind the file, no IEND.
    """
    if not data.startswith(SIGNATURE):
        raise damaged("PNG", "it does not begin with the PNG signature", 0)
    at = len(SIGNATURE)
    for number in range(MOST_PARTS):
        if at + 12 > len(data):
            raise damaged("PNG", "it ends before its IEND chunk", at)
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if not kind.isalpha():  # ASCII letters, section 5.3
            raise damaged("PNG", f"there is no chunk type {kind!r}", at)
        if length > _LONGEST or end > len(data):
            raise damaged("PNG", f"the chunk {kind!r} is longer than the file", at)
        if (number == 0) != (kind == b"IHDR") or (number == 0 and length != 13):
            raise damaged("PNG", "it must begin with one IHDR chunk of 13 bytes", at)
        yield Chunk(kind, at, end)
        if kind == b"IEND":
            return
        at = end
    raise damaged("PNG", f"it has more than {MOST_PARTS:,} chunks", at)


def encode_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk's bytes: length, type, body, CRC over type and body."""
    typed = kind + body
    return b"".join((len(body).to_bytes(4, "big"), typed, zlib.crc32(typed).to_bytes(4, "big")))


def shape(data: bytes) -> Shape:
    """See Container.shape."""
    kinds = {chunk.kind for chunk in chunks(data)}
    if b"IDAT" not in kinds:
        raise damaged("PNG", "it has no IDAT chunk, so no picture", len(data))
    width, height = dimensions(data)
    depth, colour = data[24], data[25]
    if colour == 3 and b"PLTE" not in kinds:
        raise damaged("PNG", "its pixels are indices, and it has no palette", len(data))
    undrawable = ""
    if b"acTL" in kinds:
        undrawable = "an animated PNG"
    elif depth == 16 and colour != 0:
        # Pillow opens these with 8 bits a channel and would drop the rest without a word.
        undrawable = f"a PNG of 16 bits a channel ({_COLOURS.get(colour, colour)})"
    elif depth == 16 and b"tRNS" in kinds:
        undrawable = "a grey PNG of 16 bits with a transparent level"
    return Shape(width=width, height=height, undrawable=undrawable)


def dimensions(data: bytes) -> tuple[int, int]:
    """See Container.dimensions."""
    next(chunks(data))
    body = data[12 : _AFTER_HEADER - 4]
    if zlib.crc32(body) != int.from_bytes(data[_AFTER_HEADER - 4 : _AFTER_HEADER], "big"):
        raise damaged("PNG", "the checksum of its IHDR chunk is wrong", 8)
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if not 0 < width <= _LONGEST or not 0 < height <= _LONGEST:
        raise damaged("PNG", f"it declares a size of {width} x {height}", 16)
    return width, height


def texts(data: bytes, wanted: frozenset[bytes]) -> dict[bytes, bytes]:
    """The first text of each wanted keyword, from tEXt, zTXt and iTXt chunks; the keyword is Latin-1, the text
    as it stands (Latin-1 in tEXt and zTXt, UTF-8 in iTXt).

    Raises:
        DamagedContentError: a compressed text that is broken, or longer than 16 MB.
    """
    found: dict[bytes, bytes] = {}
    for keyword, chunk in _texts(data):
        if keyword in wanted and keyword not in found:
            found[keyword] = _text(data, chunk, len(keyword) + 1)
    return found


def without_texts(data: bytes, keyword: bytes) -> bytes:
    """The PNG without any text of this keyword; the same object where there is none."""
    pieces, at = [], 0
    for found, chunk in _texts(data):
        if found == keyword:
            pieces.append(data[at : chunk.start])
            at = chunk.end
    return b"".join((*pieces, data[at:])) if pieces else data


def read_xmp(data: bytes) -> bytes | None:
    """See Container.read_xmp."""
    return next((_text(data, chunk, len(_XMP)) for chunk in _packets(data)), None)


def write_xmp(data: bytes, packet: bytes) -> bytes:
    """See Container.write_xmp. The chunk is an uncompressed iTXt right behind IHDR (XMP, part 3, 1.1.5)."""
    chunk = encode_chunk(b"iTXt", _XMP_PLAIN + packet)
    old = next(_packets(data), None) or Chunk(b"iTXt", _AFTER_HEADER, _AFTER_HEADER)
    whole = memoryview(data)
    return b"".join((whole[: old.start], chunk, whole[old.end :]))


def has_manifest(data: bytes) -> bool:
    """See Container.has_manifest. The chunk is caBX (C2PA 2.4, A.3.2)."""
    return any(chunk.kind == b"caBX" for chunk in chunks(data))


def slot(data: bytes) -> Slot:
    """See Slotted.slot. The caBX chunk stands right behind IHDR, where c2pa-rs puts it."""
    if has_manifest(data):
        raise UnsupportedContentError(
            "The PNG carries a C2PA manifest already", where="caBX chunk", remedy="Keep it as the parent ingredient."
        )
    whole = memoryview(data)
    around = ((whole[:_AFTER_HEADER],), (whole[_AFTER_HEADER:],))
    return Slot(lambda _: around, lambda manifest: (encode_chunk(b"caBX", manifest),), lambda length: length + 12)


def _packets(data: bytes) -> Iterator[Chunk]:
    for chunk in chunks(data):
        if chunk.kind == b"iTXt" and data.startswith(_XMP, chunk.start + 8):
            yield chunk


def _texts(data: bytes) -> Iterator[tuple[bytes, Chunk]]:
    """Every text chunk, by its keyword."""
    for chunk in chunks(data):
        if chunk.kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield data[chunk.start + 8 : min(chunk.start + 88, chunk.end - 4)].partition(b"\0")[0], chunk


def _text(data: bytes, chunk: Chunk, skip: int) -> bytes:
    body = data[chunk.start + 8 + skip : chunk.end - 4]
    if chunk.kind == b"tEXt":
        return body
    if chunk.kind == b"zTXt":
        return _inflate(body[1:], chunk.start)
    compressed = body[:1] == b"\1"
    rest = body[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(rest) != 3:
        raise damaged("PNG", "a text chunk ends before its text", chunk.start)
    return _inflate(rest[2], chunk.start) if compressed else rest[2]


def _inflate(packed: bytes, offset: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, _LONGEST_TEXT)
    except zlib.error as error:
        raise damaged("PNG", "a compressed text chunk cannot be inflated", offset) from error
    if not inflater.eof:
        raise damaged("PNG", "a compressed text chunk is truncated or far too long", offset)
    return text
