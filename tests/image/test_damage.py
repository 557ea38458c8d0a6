"""Damage by name: each way in which a file's structure can be broken is told for what it is."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from labelkit.errors import DamagedContentError, UnsupportedContentError
from labelkit.image.containers import container_of, jpeg, png
from labelkit.image.soundness import check
from labelkit.marks import Mark
from labelkit.media import Limits

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]


def _png(header: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    chunks = ((b"IHDR", header), *parts, (b"IEND", b""))
    return png.SIGNATURE + b"".join(png.encode_chunk(kind, body) for kind, body in chunks)


def _header(width: int, height: int, depth: int, colour: int) -> bytes:
    return struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def _jpeg(frame: bytes, marker: int = 0xC0) -> bytes:
    scan = b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\x12\x34"
    return b"\xff\xd8\xff" + bytes((marker,)) + struct.pack(">H", len(frame) + 2) + frame + scan + b"\xff\xd9"


def _webp(*parts: tuple[bytes, bytes], size: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(raw)) + raw for kind, raw in parts)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def _tiff(*entries: tuple[int, int, int, int]) -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + bytes(4)


def _box(kind: bytes, *body: bytes) -> bytes:
    raw = b"".join(body)
    return struct.pack(">I", 8 + len(raw)) + kind + raw


_FTYP = _box(b"ftyp", b"avif\0\0\0\0avifmif1")
_IINF = _box(b"iinf", bytes(6))
_ILOC = _box(b"iloc", bytes(8))
_PITM = _box(b"pitm", bytes(6))

BROKEN = {
    "png: no signature": ("image/png", b"GIF", "signature"),
    "png: no header": ("image/png", png.SIGNATURE + png.encode_chunk(b"IEND", b""), "IHDR"),
    "png: two headers": ("image/png", _png(_header(1, 1, 8, 0), (b"IHDR", _header(1, 1, 8, 0))), "IHDR"),
    "png: a type of zeros": ("image/png", _png(_header(1, 1, 8, 0), (b"\0\0\0\0", b"")), "chunk type"),
    "png: no pixels": ("image/png", _png(_header(1, 1, 8, 0)), "no IDAT"),
    "png: no width": ("image/png", _png(_header(0, 1, 8, 0), (b"IDAT", b"")), "size of 0 x 1"),
    "png: no palette": ("image/png", _png(_header(1, 1, 8, 3), (b"IDAT", b"")), "no palette"),
    "jpeg: no start": ("image/jpeg", b"\0\0", "SOI"),
    "jpeg: no marker": ("image/jpeg", b"\xff\xd8\0\0\0\0", "no marker"),
    "jpeg: no picture": ("image/jpeg", b"\xff\xd8\xff\xd9", "no frame"),
    "jpeg: a short frame": ("image/jpeg", _jpeg(b"\x08\0\1"), "too short"),
    "jpeg: no width": ("image/jpeg", _jpeg(b"\x08\0\1\0\0\1\1\x11\0"), "size of 0 x 1"),
    "webp: no RIFF": ("image/webp", b"RIFX", "RIFF header"),
    "webp: no room": ("image/webp", _webp(size=3), "no room"),
    "webp: no chunks": ("image/webp", _webp(), "no chunks"),
    "webp: a cut header": ("image/webp", _webp((b"VP8 ", bytes(10)), size=26) + bytes(20), "cut off"),
    "webp: no picture": ("image/webp", _webp((b"VP8X", bytes(10)), (b"EXIF", b"")), "no image chunk"),
    "webp: no frame header": ("image/webp", _webp((b"VP8 ", bytes(10))), "declares no picture"),
    "gif: an unknown block": ("image/gif", b"GIF89a\1\0\1\0\0\0\0\x99", "no block"),
    "gif: no picture": ("image/gif", b"GIF89a\1\0\1\0\0\0\0\x3b", "no image block"),
    "gif: no width": ("image/gif", b"GIF89a\0\0\1\0\0\0\0\x3b", "size of 0 x 1"),
    "tiff: a directory in the header": ("image/tiff", b"II*\0\2\0\0\0" + bytes(20), "directory should"),
    "tiff: no entries": ("image/tiff", _tiff(), "0 entries"),
    "tiff: no size": ("image/tiff", _tiff((273, 4, 1, 8), (279, 4, 1, 1)), "size of the picture"),
    "tiff: no strips": ("image/tiff", _tiff((256, 4, 1, 1), (257, 4, 1, 1)), "no strips"),
    "tiff: one list of two": ("image/tiff", _tiff((273, 4, 0, 8), (279, 4, 1, 1)), "do not pair"),
    "tiff: too many strips": (
        "image/tiff",
        _tiff((273, 3, 100_001, 8), (279, 3, 100_001, 8)) + bytes(200_100),
        "more than 100,000 values",
    ),
    "avif: no ftyp": ("image/avif", _box(b"free"), "ftyp"),
    "avif: no meta": ("image/avif", _FTYP, "no meta box"),
    "avif: no items": ("image/avif", _FTYP + _box(b"meta", bytes(4)), "names no items"),
    "avif: no size": ("image/avif", _FTYP + _box(b"meta", bytes(4), _IINF, _ILOC, _PITM), "no item declares"),
    "avif: an iloc of the future": (
        "image/avif",
        _FTYP + _box(b"meta", bytes(4), _IINF, _box(b"iloc", b"\x09", bytes(7)), _PITM),
        "no known version",
    ),
    "avif: a short box": ("image/avif", _FTYP + _box(b"meta", bytes(4), _IINF, _box(b"iloc"), _PITM), "fields do"),
    "avif: a cut header": ("image/avif", _FTYP + b"\0\0", "cut off"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_damage_is_named(name: str) -> None:
    """The error says what is wrong, at which byte, and what to do."""
    kind, data, what = BROKEN[name]
    with pytest.raises(DamagedContentError, match=what) as caught:
        check(data, kind, Limits())
    assert caught.value.where.startswith("at byte ")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("kind", "data", "name"),
    [
        ("image/jpeg", _jpeg(b"\x0c\0\1\0\1\1\1\x11\0", 0xC1), "12 bits"),
        ("image/jpeg", _jpeg(b"\x08\0\1\0\1\1\1\x11\0", 0xC9), "0xFFC9"),
        ("image/jpeg", _jpeg(b"\x08\0\1\0\1\2\1\x11\0\2\x11\0"), "2 components"),
        ("image/png", _png(_header(1, 1, 16, 0), (b"tRNS", b"\0\0"), (b"IDAT", b"")), "transparent level"),
    ],
)
def test_rare_kinds_are_refused_a_badge_by_name(kind: str, data: bytes, name: str) -> None:
    """What Pillow would flatten or cannot code again is refused for what it is, and otherwise let through."""
    with pytest.raises(UnsupportedContentError, match=name):
        check(data, kind, Limits(), marks=frozenset({Mark.VISIBLE}))
    check(data, kind, Limits())


@pytest.mark.parametrize(
    ("kind", "body", "what"),
    [
        (b"zTXt", b"AIGC\0\0not zlib", "inflated"),
        (b"zTXt", b"AIGC\0\0" + zlib.compress(b"text" * 9)[:-5], "truncated"),
        (b"iTXt", b"AIGC\0\0\0nothing", "before its text"),
    ],
)
def test_broken_texts_are_damage(kind: bytes, body: bytes, what: str) -> None:
    """A text chunk that is asked for and cannot be read is told, with its place."""
    data = _png(_header(1, 1, 8, 0), (kind, body), (b"IDAT", b""))
    with pytest.raises(DamagedContentError, match=what):
        png.texts(data, frozenset({b"AIGC"}))
    assert png.texts(data, frozenset({b"other"})) == {}


def test_the_number_of_parts_has_a_bound() -> None:
    """Files of hundreds of thousands of empty parts are refused, not walked."""
    empty = png.encode_chunk(b"IDAT", b"")
    data = png.SIGNATURE + png.encode_chunk(b"IHDR", _header(1, 1, 8, 0)) + empty * 100_001
    with pytest.raises(DamagedContentError, match="more than 100,000 chunks"):
        png.shape(data)
    with pytest.raises(DamagedContentError, match="more than 100,000 segments"):
        jpeg.shape(b"\xff\xd8" + b"\xff\xfe\0\2" * 100_001)
    with pytest.raises(DamagedContentError, match="more than 100,000 chunks"):
        container_of("image/webp").shape(_webp(*[(b"JUNK", b"")] * 100_001))
    with pytest.raises(DamagedContentError, match="more than 100,000 boxes"):
        container_of("image/avif").shape(_FTYP + _box(b"free") * 100_001)


def test_a_box_may_say_its_length_in_64_bits_or_not_at_all(picture: Make, encoded: Encode) -> None:
    """Both ways of ISO/IEC 14496-12 are read; a last box "to the end of the file" gets a length before one follows."""
    container = container_of("image/avif")
    data = encoded(picture(), "image/avif")
    at = data.index(b"mdat") - 4
    endless = data[:at] + bytes(4) + data[at + 4 :]
    assert container.shape(endless) == container.shape(data)
    written = container.write_xmp(endless, b"packet")
    assert container.read_xmp(written) == b"packet"
    assert written == container.write_xmp(data, b"packet")
    behind = int.from_bytes(data[:4], "big")
    wide = data[:behind] + struct.pack(">I4sQ", 1, b"free", 20) + bytes(4) + data[behind:]
    assert not container.has_manifest(wide)
