"""WebP as RIFF chunks (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from labelkit.errors import UnsupportedContentError
from labelkit.image.containers.base import MOST_PARTS, Shape, damaged
from labelkit.image.containers.slot import Around, Slot

_HEADER = 12  # RIFF, size, WEBP
_FLAG_XMP, _FLAG_ALPHA = 0x04, 0x10
_PICTURE = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_LONGEST = 2**32 - 10  # RFC 9649, section 2.4


class Chunk(NamedTuple):
    """One chunk: its FourCC, where it starts, where its body ends, and where the next one starts (padding)."""

    kind: bytes
    start: int
    stop: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk inside the RIFF; what stands behind it is not looked at.

    Raises:
        DamagedContentError: a RIFF or a chunk that ends behind the file.
    """
    end = _riff_end(data)
    at = _HEADER
    for _ in range(MOST_PARTS):
        if at >= end:
            return
        if at + 8 > end:
            raise damaged("WebP", "a chunk header is cut off", at)
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + length
        if stop > end:
            raise damaged("WebP", f"the chunk {kind!r} is longer than the file", at)
        following = min(stop + (length & 1), end)  # some writers leave the last padding byte out
        yield Chunk(kind, at, stop, following)
        at = following
    raise damaged("WebP", f"it has more than {MOST_PARTS:,} chunks", at)


def shape(data: bytes) -> Shape:
    """See Container.shape."""
    kinds = {chunk.kind for chunk in chunks(data)}
    width, height = dimensions(data)
    if b"ANMF" not in kinds and not kinds & {b"VP8 ", b"VP8L"}:
        raise damaged("WebP", "it has no image chunk, so no picture", len(data))
    return Shape(width=width, height=height, undrawable="an animated WebP" if kinds & {b"ANMF", b"ANIM"} else "")


def dimensions(data: bytes) -> tuple[int, int]:
    """See Container.dimensions: the canvas of VP8X, or the size of the one image."""
    first = next(chunks(data), None)
    if first is None:
        raise damaged("WebP", "it has no chunks", _HEADER)
    width, height, _ = _canvas(data, first)
    return width, height


def read_xmp(data: bytes) -> bytes | None:
    """See Container.read_xmp."""
    return next((data[chunk.start + 8 : chunk.stop] for chunk in chunks(data) if chunk.kind == b"XMP "), None)


def write_xmp(data: bytes, packet: bytes) -> bytes:
    """See Container.write_xmp. A file in the simple layout becomes one in the extended layout, which may carry
    metadata; the image chunk stays byte for byte."""
    end = _riff_end(data)
    at, until = end, end
    for chunk in chunks(data):
        if chunk.kind in (b"XMP ", b"C2PA"):
            at, until = chunk.start, chunk.end if chunk.kind == b"XMP " else chunk.start
            if chunk.kind == b"XMP ":
                break
    whole = memoryview(data)
    padding = b"\0" * (_unpadded(data, end) and at == end)
    body = (*_extended(data, _FLAG_XMP, at), padding, _encode_chunk(b"XMP ", packet), whole[until:end])
    return b"".join((*_riff(sum(len(piece) for piece in body)), *body, whole[end:]))


def has_manifest(data: bytes) -> bool:
    """See Container.has_manifest. The chunk is C2PA (C2PA 2.4, A.3.4)."""
    return any(chunk.kind == b"C2PA" for chunk in chunks(data))


def slot(data: bytes) -> Slot:
    """See Slotted.slot. The C2PA chunk is the last in the RIFF. As in c2pa-rs the excluded range ends with the
    manifest: a padding byte behind one of odd length is hashed, and so is the RIFF's size in the header, which
    is why the manifest's length must be announced."""
    if has_manifest(data):
        raise UnsupportedContentError(
            "The WebP carries a C2PA manifest already", where="C2PA chunk", remedy="Keep it as the parent ingredient."
        )
    end = _riff_end(data)
    before = (*_extended(data, 0, end), b"\0" * _unpadded(data, end))
    length_before = sum(len(piece) for piece in before)
    behind = memoryview(data)[end:]

    def around(length: int) -> Around:
        odd = length & 1
        return (*_riff(length_before + 8 + length + odd), *before), (b"\0" * odd, behind)

    return Slot(
        around,
        lambda manifest: (b"C2PA", len(manifest).to_bytes(4, "little"), manifest),
        lambda length: length + 8,
        depends=True,
    )


def replace_picture(data: bytes, other: bytes) -> bytes:
    """The file with the still picture of another one of the same size; every other chunk stays."""
    picture = [other[chunk.start : chunk.end] for chunk in chunks(other) if chunk.kind in _PICTURE]
    alpha = _FLAG_ALPHA & _canvas(other, next(chunks(other)))[2]
    body: list[bytes] = []
    placed = False
    for chunk in chunks(data):
        raw = data[chunk.start : chunk.end] + b"\0" * ((chunk.end - chunk.start) % 2)
        if chunk.kind == b"VP8X":
            body.append(raw[:8] + bytes((raw[8] & ~_FLAG_ALPHA | alpha,)) + raw[9:])
        elif chunk.kind not in _PICTURE:
            body.append(raw)
        elif not placed:
            body += picture
            placed = True
    first = next(chunks(data))
    if first.kind != b"VP8X" and (alpha or len(body) > 1):  # the simple layout has no room for either
        width, height, _ = _canvas(data, first)
        body.insert(0, _encode_header(alpha, width, height))
    return b"".join((*_riff(sum(len(piece) for piece in body)), *body, data[_riff_end(data) :]))


def _riff_end(data: bytes) -> int:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise damaged("WebP", "it does not begin with a RIFF header of the type WEBP", 0)
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise damaged("WebP", f"it should have {end:,} bytes and has {len(data):,}", len(data))
    if end < _HEADER:
        raise damaged("WebP", "its RIFF header declares no room for chunks", 4)
    return end


def _unpadded(data: bytes, end: int) -> bool:
    """Whether the last chunk has an odd length and no padding byte behind it."""
    length = max((chunk.end - chunk.start for chunk in chunks(data) if chunk.end == end), default=0)
    return length % 2 == 1


def _riff(body: int) -> tuple[bytes, ...]:
    size = body + 4
    if size > _LONGEST:
        raise UnsupportedContentError("The WebP would be longer than its header can say", remedy="Use another format.")
    return (b"RIFF", size.to_bytes(4, "little"), b"WEBP")


def _encode_chunk(kind: bytes, body: bytes) -> bytes:
    return b"".join((kind, len(body).to_bytes(4, "little"), body, b"\0" * (len(body) & 1)))


def _extended(data: bytes, flags: int, until: int) -> tuple[bytes | memoryview, ...]:
    """The chunks up to an offset, led by a VP8X chunk that has these flags too."""
    first = next(chunks(data), None)
    if first is None:
        raise damaged("WebP", "it has no chunks", _HEADER)
    width, height, present = _canvas(data, first)
    whole = memoryview(data)
    if first.kind == b"VP8X":
        rest = (bytes((present | flags,)), whole[first.start + 9 : until])
        return (whole[first.start : first.start + 8], *rest)
    return (_encode_header(present | flags, width, height), whole[_HEADER:until])


def _encode_header(flags: int, width: int, height: int) -> bytes:
    body = bytes((flags, 0, 0, 0)) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _encode_chunk(b"VP8X", body)


def _canvas(data: bytes, first: Chunk) -> tuple[int, int, int]:
    """Width, height and VP8X flags by the first chunk (RFC 9649, 2.7; RFC 6386, 9.1; RFC 9649, 3.4)."""
    body = data[first.start + 8 : min(first.stop, first.start + 18)]
    if first.kind == b"VP8X" and len(body) >= 10:
        flags, width = body[0], 1 + int.from_bytes(body[4:7], "little")
        return width, 1 + int.from_bytes(body[7:10], "little"), flags
    if first.kind == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        alpha = _FLAG_ALPHA if bits >> 28 & 1 else 0
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), alpha
    if first.kind == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        if width and height:
            return width, height, 0
    raise damaged("WebP", f"its first chunk {first.kind!r} declares no picture", first.start)
