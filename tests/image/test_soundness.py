"""Soundness: what is broken or too large is refused before anything is decoded or written."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from labelkit.errors import DamagedContentError, TooLargeError, UnsupportedContentError
from labelkit.image.containers.png import SIGNATURE, encode_chunk
from labelkit.image.soundness import check
from labelkit.marks import NO_MARKS, Mark
from labelkit.media import Limits

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]
VISIBLE = frozenset({Mark.VISIBLE})


def test_a_whole_picture_passes(media_type: str, sample: bytes) -> None:
    """Nothing is said of a sound picture but its size."""
    shape = check(sample, media_type, Limits())
    assert (shape.width, shape.height) == (160, 120)


def test_nothing_is_damaged(media_type: str) -> None:
    """No bytes are no picture."""
    with pytest.raises(DamagedContentError, match="empty"):
        check(b"", media_type, Limits())


def test_a_truncated_jpeg_is_refused(picture: Make, encoded: Encode) -> None:
    """The signing library takes a JPEG that ends inside its scan; this does not."""
    data = encoded(picture((400, 300)), "image/jpeg")
    with pytest.raises(DamagedContentError, match="inside a scan"):
        check(data[: len(data) // 2], "image/jpeg", Limits())


def test_both_limits_hold(media_type: str, sample: bytes) -> None:
    """Bytes and pixels are each compared with what the operator set."""
    with pytest.raises(TooLargeError) as caught:
        check(sample, media_type, Limits(bytes=len(sample) - 1))
    assert (caught.value.unit, caught.value.limit) == ("bytes", len(sample) - 1)
    with pytest.raises(TooLargeError) as caught:
        check(sample, media_type, Limits(pixels=160 * 120 - 1))
    assert (caught.value.unit, caught.value.size) == ("pixels", 160 * 120)
    check(sample, media_type, Limits(bytes=len(sample), pixels=160 * 120))


def test_a_bomb_stays_packed() -> None:
    """A file of 70 bytes that would be 4 gigapixels is refused by its header."""
    header = encode_chunk(b"IHDR", struct.pack(">IIBBBBB", 65_535, 65_535, 8, 2, 0, 0, 0))
    bomb = SIGNATURE + header + encode_chunk(b"IDAT", zlib.compress(b"")) + encode_chunk(b"IEND", b"")
    with pytest.raises(TooLargeError, match="pixels"):
        check(bomb, "image/png", Limits())


def test_a_wrong_header_checksum_is_found(picture: Make, encoded: Encode) -> None:
    """One changed byte in IHDR makes any size of any picture; its checksum tells."""
    data = bytearray(encoded(picture(), "image/png"))
    data[18] ^= 1
    with pytest.raises(DamagedContentError, match="checksum"):
        check(bytes(data), "image/png", Limits())


def deep_png(colour: int) -> bytes:
    """A PNG of 16 bits a channel, 4 x 4 pixels: Pillow cannot write one."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    rows = (b"\0" + bytes(range(8 * channels))) * 4
    header = struct.pack(">IIBBBBB", 4, 4, 16, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return SIGNATURE + b"".join(encode_chunk(kind, body) for kind, body in parts)


@pytest.mark.parametrize(("colour", "name"), [(2, "RGB"), (4, "grey with alpha"), (6, "RGBA")])
def test_16_bit_colour_is_refused_a_badge_by_name(colour: int, name: str) -> None:
    """Pillow would open it with 8 bits; metadata and a manifest are fine."""
    with pytest.raises(UnsupportedContentError, match=rf"16 bits a channel \({name}\)"):
        check(deep_png(colour), "image/png", Limits(), marks=VISIBLE)
    check(deep_png(colour), "image/png", Limits(), marks=frozenset({Mark.METADATA, Mark.C2PA}))


@pytest.mark.parametrize(
    ("kind", "options", "name"),
    [
        ("image/png", {"save_all": True}, "an animated PNG"),
        ("image/webp", {"save_all": True}, "an animated WebP"),
        ("image/jpeg", {"cmyk": True}, "a CMYK JPEG"),
        ("image/jpeg", {"mpo": True}, "MPF"),
        ("image/gif", {}, "a GIF"),
        ("image/tiff", {}, "a TIFF"),
        ("image/avif", {}, "an AVIF"),
    ],
)
def test_what_cannot_have_a_badge_is_refused_by_name(
    kind: str, options: dict[str, bool], name: str, picture: Make, encoded: Encode
) -> None:
    """Animations, CMYK, several pictures in one file and the formats without a badge; without one they pass."""
    image = picture().convert("CMYK") if options.get("cmyk") else picture()
    extra = {"save_all": True, "append_images": [picture().rotate(90)]} if "save_all" in options else {}
    data = encoded(image, kind, **extra)
    if "mpo" in options:
        data = data[:20] + b"\xff\xe2\0\x06MPF\0" + data[20:]
    with pytest.raises(UnsupportedContentError, match=name):
        check(data, kind, Limits(), marks=VISIBLE)
    check(data, kind, Limits(), marks=NO_MARKS)


def test_metadata_cannot_go_into_an_animated_avif(picture: Make, encoded: Encode) -> None:
    """It is refused before anything is done, not half way."""
    data = encoded(picture(), "image/avif", save_all=True, append_images=[picture().rotate(90)])
    with pytest.raises(UnsupportedContentError, match="animated AVIF"):
        check(data, "image/avif", Limits(), marks=frozenset({Mark.METADATA}))
