"""The badge: in its corner as displayed, legible on anything, and nothing lost outside of it."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps, ImageStat, JpegImagePlugin, PngImagePlugin

from labelkit.errors import (
    ConfigurationError,
    DamagedContentError,
    LabelkitError,
    MarkError,
    TooLargeError,
    UnsupportedContentError,
)
from labelkit.image.badge import Badge, draw
from labelkit.image.canvases.vp8 import quality
from labelkit.image.containers import jpeg, png, webp
from labelkit.image.paint import contrast
from labelkit.media import Limits
from labelkit.placement import Corner

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]
Decode = Callable[..., Image.Image]
Box = tuple[int, int, int, int]

TEXT = "Создано ИИ"
LIMITS = Limits()
SIZE = (300, 220)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _badged(data: bytes, media_type: str, badge: Badge | None = None, text: str = TEXT) -> bytes:
    return draw(data, media_type, text, badge or Badge(), LIMITS)


def _changed(before: Image.Image, after: Image.Image) -> Box:
    """The rectangle in which two pictures differ."""
    assert before.size == after.size
    assert before.mode == after.mode
    if before.mode in ("I;16", "P", "1"):  # the stored samples count, not what they look like
        before, after = (Image.frombytes("L", _flat(image), image.tobytes()) for image in (before, after))
        box = ImageChops.difference(before, after).getbbox()
    else:
        box = ImageChops.difference(before, after).getbbox(alpha_only=False)
    assert box is not None
    return box


def _flat(image: Image.Image) -> tuple[int, int]:
    stride = len(image.tobytes()) // image.height
    return stride, image.height


def _psnr(before: Image.Image, after: Image.Image) -> float:
    error = sum(ImageStat.Stat(ImageChops.difference(before, after)).sum2) / (3 * before.width * before.height)
    return 99.0 if not error else 10 * math.log10(255**2 / error)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "1", "P", "I;16"])
@pytest.mark.parametrize("corner", get_args(Corner))
def test_png_pixels_outside_the_badge_are_bit_exact(
    mode: str, corner: Corner, picture: Make, encoded: Encode, decoded: Decode
) -> None:
    """In every mode, in every corner: the same mode afterwards, and changes only in that corner."""
    before = picture(SIZE, mode)
    after = decoded(_badged(encoded(before, "image/png"), "image/png", Badge(corner=corner)))
    assert after.mode == before.mode
    left, top, right, bottom = _changed(before, after)
    width = _flat(before)[0] if mode in ("I;16", "P", "1") else SIZE[0]
    assert (left > width // 4) if corner.endswith("right") else (right < width * 3 // 4)
    assert (top > SIZE[1] // 2) if corner.startswith("bottom") else (bottom < SIZE[1] // 2)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_lossless_webp_stays_lossless(mode: str, picture: Make, encoded: Encode, decoded: Decode) -> None:
    """Outside the badge every pixel is the same, the colours of transparent ones included."""
    data = encoded(picture(SIZE, mode), "image/webp", lossless=True, exact=True)
    labelled = _badged(data, "image/webp")
    assert any(chunk.kind == b"VP8L" for chunk in webp.chunks(labelled))
    left, top, _, _ = _changed(decoded(data), decoded(labelled))
    assert left > SIZE[0] // 4
    assert top > SIZE[1] // 2


@pytest.mark.parametrize("options", [{"quality": 75}, {"quality": 92, "subsampling": 0}, {"progressive": True}])
def test_jpeg_is_coded_with_its_own_tables(
    options: dict[str, Any], picture: Make, encoded: Encode, decoded: Decode
) -> None:
    """Quantisation, subsampling and progression stay, and outside the badge the loss is below what one sees."""
    data = encoded(picture((640, 480)), "image/jpeg", **options)
    labelled = _badged(data, "image/jpeg")
    before, after = decoded(data), decoded(labelled)
    assert isinstance(before, JpegImagePlugin.JpegImageFile)
    assert isinstance(after, JpegImagePlugin.JpegImageFile)
    assert before.quantization == after.quantization
    assert JpegImagePlugin.get_sampling(before) == JpegImagePlugin.get_sampling(after)
    assert before.info.get("progressive") == after.info.get("progressive")
    box = (0, 0, 640, 400)
    assert _psnr(before.crop(box), after.crop(box)) > 50


@pytest.mark.parametrize("made", [10, 50, 75, 80, 85, 90, 95, 100])
def test_the_quality_of_a_webp_is_read_from_its_header(made: int, picture: Make, encoded: Encode) -> None:
    """The quantiser in the frame tells with which quality libwebp made it, so that it can be made so again."""
    data = encoded(picture(SIZE), "image/webp", quality=made)
    frame = next(data[c.start + 8 : c.stop] for c in webp.chunks(data) if c.kind == b"VP8 ")
    assert made - 16 <= quality(frame) <= made + 6


@pytest.mark.parametrize("made", [75, 85, 95])
def test_a_lossy_webp_keeps_its_look_and_its_size(made: int, picture: Make, encoded: Encode, decoded: Decode) -> None:
    """Lossy stays lossy, in about its own quality; alpha stays exact."""
    size = (640, 480)
    data = encoded(picture(size, "RGBA"), "image/webp", quality=made)
    labelled = _badged(data, "image/webp")
    before, after = decoded(data), decoded(labelled)
    box = (0, 0, size[0], size[1] // 2)
    assert before.getchannel("A").crop(box).tobytes() == after.getchannel("A").crop(box).tobytes()
    assert _psnr(before.convert("RGB").crop(box), after.convert("RGB").crop(box)) > 30
    assert 0.7 < len(labelled) / len(data) < 1.25
    assert not any(chunk.kind == b"VP8L" for chunk in webp.chunks(labelled))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
@pytest.mark.parametrize("corner", ["bottom-right", "top-left"])
def test_the_badge_stands_upright_in_its_corner_as_displayed(
    corner: Corner, kind: str, turn: int, picture: Make, encoded: Encode, decoded: Decode
) -> None:
    """For each EXIF orientation: what is shown is what would be shown of an upright picture with the badge, and the
    stored orientation stays."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    options: dict[str, Any] = {"lossless": True} if kind == "image/webp" else {"quality": 95}
    plain = Image.new("RGB", SIZE, (200, 180, 60))
    labelled = decoded(_badged(encoded(plain, kind, exif=exif, **options), kind, Badge(corner=corner)))
    assert labelled.getexif()[ExifTags.Base.Orientation] == turn
    assert labelled.size == SIZE
    shown = ImageOps.exif_transpose(labelled).convert("RGB")
    upright = Image.new("RGB", shown.size, (200, 180, 60))
    expected = decoded(_badged(encoded(upright, "image/png"), "image/png", Badge(corner=corner)))
    assert _psnr(shown, expected) > (30 if kind == "image/jpeg" else 90)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "1", "P", "I;16"])
@pytest.mark.parametrize("shade", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize(
    "badge", [Badge(), Badge(theme="light"), Badge(opacity=0.65), Badge(theme="light", opacity=0.65)]
)
def test_the_text_is_legible_on_any_ground(
    badge: Badge, shade: float, mode: str, encoded: Encode, decoded: Decode
) -> None:
    """Text against its plate has a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3), whatever is underneath."""
    grey = round(255 * shade)
    plain: Any = {"L": grey, "1": 255 * round(shade), "P": 0, "I;16": grey * 257}
    colour = plain.get(mode, (grey, grey, grey, 128) if mode == "RGBA" else (grey, grey, grey))
    image = Image.new(mode, SIZE, colour)
    if mode == "P":
        image.putpalette([grey] * 3)
    shown = decoded(_badged(encoded(image, "image/png"), "image/png", badge, text="HHHH"))
    if mode == "I;16":
        shown = shown.convert("I").point(lambda value: value * (1 / 257))
    pixels = Image.new("RGBA", SIZE, (255 - grey,) * 3)
    pixels.alpha_composite(shown.convert("RGBA") if mode != "I;16" else shown.convert("L").convert("RGBA"))
    left, top, right, bottom = _badge_box(image, shown, mode)
    ground = pixels.getpixel(((left + right) // 2, top + 2))
    rows = [pixels.getpixel((x, (top + bottom) // 2)) for x in range(left + 8, right - 8)]
    ratios = [contrast(_rgb(ground), _rgb(ink)) for ink in rows]
    assert max(ratios) >= 4.5


def _rgb(value: object) -> tuple[int, int, int]:
    assert isinstance(value, tuple)
    return int(value[0]), int(value[1]), int(value[2])


def _badge_box(before: Image.Image, after: Image.Image, mode: str) -> Box:
    if mode == "I;16":
        before = before.convert("I").point(lambda value: value * (1 / 257)).convert("L")
        after = after.convert("L")
    box = ImageChops.difference(before.convert("RGBA"), after.convert("RGBA")).getbbox(alpha_only=False)
    assert box is not None
    return box


@pytest.mark.parametrize("size", [(240, 240), (1000, 300), (300, 1000), (2000, 1600)])
def test_the_text_is_five_percent_of_the_shortest_side(size: tuple[int, int], encoded: Encode, decoded: Decode) -> None:
    """Measured on the finished picture: at least 5 % of the shortest side and 12 pixels."""
    black = Image.new("L", size, 0)
    shown = decoded(_badged(encoded(black, "image/png"), "image/png", Badge(opacity=1), text="HI"))
    ink = shown.point([0] * 160 + [255] * 96).getbbox()
    assert ink is not None
    assert ink[3] - ink[1] >= max(12, 0.05 * min(size))


def test_too_small_a_picture_is_refused(picture: Make, encoded: Encode) -> None:
    """Text of 12 pixels must fit; the error names what is needed."""
    with pytest.raises(UnsupportedContentError, match="too small"):
        _badged(encoded(picture((60, 60)), "image/png"), "image/png")
    _badged(encoded(picture((60, 60)), "image/png"), "image/png", text="ИИ")


def test_png_chunks_stay_as_they_are(picture: Make, encoded: Encode) -> None:
    """Profile, gamma, chromaticities, resolution, time, EXIF, XMP and every text stay byte for byte, in their order."""
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "Steps: 20, café")
    info.add_itxt("Description", "текст", "ru", "Описание")
    info.add_text("Comment", "long " * 300, zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<x/>")
    for kind, body in (
        (b"gAMA", b"\0\0\xb1\x8f"),
        (b"cHRM", bytes(32)),
        (b"tIME", b"\x07\xea\1\2\3\4\5"),
        (b"prVt", b"x"),
    ):
        info.add(kind, body)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Acme"
    data = encoded(picture(SIZE), "image/png", pnginfo=info, icc_profile=PROFILE, dpi=(300, 300), exif=exif)
    labelled = _badged(data, "image/png")

    def others(content: bytes) -> list[bytes]:
        return [content[c.start : c.end] for c in png.chunks(content) if c.kind != b"IDAT"]

    assert others(labelled) == others(data)
    assert {c.kind for c in png.chunks(labelled)} >= {b"iCCP", b"gAMA", b"cHRM", b"tIME", b"pHYs", b"eXIf", b"tEXt"}


def test_jpeg_segments_stay_as_they_are(picture: Make, encoded: Encode) -> None:
    """JFIF with its resolution, EXIF, XMP, profile and comment stay byte for byte, and so does what stands behind."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Acme"
    options = {"exif": exif, "icc_profile": PROFILE, "dpi": (300, 300), "comment": b"hi", "xmp": b"<x/>"}
    data = encoded(picture(SIZE), "image/jpeg", **options) + b"trailer"
    labelled = _badged(data, "image/jpeg")

    def notes(content: bytes) -> list[bytes]:
        wanted = {*range(0xE0, 0xEE), 0xFE}
        return [content[s.start : s.end] for s in jpeg.head(content) if s.marker in wanted]

    assert notes(labelled) == notes(data)
    assert len(notes(data)) == 5
    assert labelled.endswith(b"\xff\xd9trailer")


def test_webp_chunks_stay_as_they_are(picture: Make, encoded: Encode, decoded: Decode) -> None:
    """EXIF, XMP, profile and chunks that nobody knows stay."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Acme"
    for mode in ("RGB", "RGBA"):
        data = encoded(picture(SIZE, mode), "image/webp", exif=exif, icc_profile=PROFILE, xmp=b"<x/>")
        data = data[:4] + struct.pack("<I", len(data) + 4) + data[8:] + b"OWN \4\0\0\0data"
        labelled = _badged(data, "image/webp")
        kinds = [chunk.kind for chunk in webp.chunks(labelled)]
        assert kinds == [chunk.kind for chunk in webp.chunks(data)]
        image = decoded(labelled)
        assert image.info["icc_profile"] == PROFILE
        assert image.getexif()[ExifTags.Base.Make] == "Acme"
        assert image.mode == mode


def test_a_simple_webp_stays_simple(picture: Make, encoded: Encode) -> None:
    """A file of one chunk gets no header that it does not need."""
    labelled = _badged(encoded(picture(SIZE), "image/webp"), "image/webp")
    assert [chunk.kind for chunk in webp.chunks(labelled)] == [b"VP8 "]


@pytest.mark.parametrize("colours", [2, 3, 16, 200, 256])
def test_a_palette_is_kept(colours: int, picture: Make, encoded: Encode, decoded: Decode) -> None:
    """Its entries and their transparency stay in their places; greys for the badge are added where there is room."""
    before = picture(SIZE).quantize(colours)
    data = encoded(before, "image/png", transparency=bytes([0, 128]) + b"\xff" * (min(colours, 254) - 2))
    after = decoded(_badged(data, "image/png"))
    source = decoded(data)
    assert after.mode == "P"
    old, new = source.getpalette() or [], after.getpalette() or []
    if colours < 250:
        assert new[: len(old)] == old
        assert len(new) > len(old)
    assert after.info["transparency"] == source.info["transparency"]
    _, top, _, _ = _changed(source, after)
    assert top > SIZE[1] // 2
    assert (
        source.convert("RGBA").crop((0, 0, SIZE[0], 100)).tobytes()
        == after.convert("RGBA").crop((0, 0, SIZE[0], 100)).tobytes()
    )


def test_a_palette_without_contrast_is_refused(encoded: Encode) -> None:
    """256 middle greys that are all in use leave nothing to write with."""
    image = Image.frombytes("P", (256, 256), bytes(range(256)) * 256)
    image.putpalette([value for step in range(256) for value in (110 + step // 16, 110 + step % 16, 120)])
    with pytest.raises(UnsupportedContentError, match="palette"):
        _badged(encoded(image, "image/png"), "image/png")


def test_a_palette_entry_that_is_free_may_change(encoded: Encode, decoded: Decode) -> None:
    """In a full palette the badge takes entries that no pixel has."""
    image = Image.frombytes("P", (256, 256), bytes(range(200)) * 327 + bytes(136))
    image.putpalette([value for step in range(256) for value in (110 + step // 16, 110 + step % 16, 120)])
    data = encoded(image, "image/png")
    after = decoded(_badged(data, "image/png"))
    assert (after.getpalette() or [])[: 200 * 3] == (image.getpalette() or [])[: 200 * 3]
    assert _changed(image, after)[1] > 128


@pytest.mark.parametrize("key", [(255, 255, 255), (0, 0, 0), (32, 32, 32), (52, 52, 52)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_badge_never_has_the_colour_that_means_transparent(
    mode: str, key: tuple[int, int, int], encoded: Encode, decoded: Decode
) -> None:
    """A PNG may name one colour as transparent; white text in a picture whose white is transparent stays visible."""
    image = Image.new(mode, SIZE, key if mode == "RGB" else key[0])
    data = encoded(image, "image/png", transparency=key if mode == "RGB" else key[0])
    for opacity in (0.75, 1.0):
        after = decoded(_badged(data, "image/png", Badge(opacity=opacity), text="HHHH")).convert("RGBA")
        seen = after.getchannel("A").getbbox()
        assert seen is not None
        inside = after.getchannel("A").crop((seen[0] + 10, seen[1] + 10, seen[2] - 10, seen[3] - 10))
        assert inside.getextrema() == (255, 255)


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("clear", [False, True])
def test_a_png_of_few_bits_looks_the_same(depth: int, clear: bool, decoded: Decode) -> None:
    """Grey of 2 and 4 bits becomes grey of 8 bits with the same levels, and the same level transparent."""
    width, height = 256, 160
    row = b"\0" + bytes((17 * at) % 256 for at in range(width * depth // 8))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))]
    if clear:
        parts.append((b"tRNS", b"\0\1"))
    parts += [(b"IDAT", zlib.compress(row * height)), (b"IEND", b"")]
    data = png.SIGNATURE + b"".join(png.encode_chunk(kind, body) for kind, body in parts)
    if depth == 1 and clear:
        with pytest.raises(UnsupportedContentError, match="one bit"):
            _badged(data, "image/png")
        return
    after = _badged(data, "image/png")
    top = (0, 0, width, height // 2)
    if clear:
        levels = {chunk.kind: after[chunk.start + 8 : chunk.end - 4] for chunk in png.chunks(after)}[b"tRNS"]
        assert levels == struct.pack(">H", 255 // (2**depth - 1))
    assert decoded(data, "L").crop(top).tobytes() == decoded(after, "L").crop(top).tobytes()


def test_an_interlaced_png_is_drawn_on(decoded: Decode) -> None:
    """Adam7 is read; the result is stored plainly, with the same pixels outside the badge."""
    size = 160
    raw = [[(x * y) % 251 for x in range(size)] for y in range(size)]
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(
        b"\0" + bytes(raw[y][left::right]) for left, top, right, down in passes for y in range(top, size, down)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 1)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = png.SIGNATURE + b"".join(png.encode_chunk(kind, body) for kind, body in parts)
    assert decoded(data).tobytes() == bytes(value for line in raw for value in line)
    after = _badged(data, "image/png", text="ИИ")
    assert after[28] == 0
    assert _changed(decoded(data), decoded(after))[1] > size // 2


def test_an_rgb_jpeg_stays_rgb(picture: Make, encoded: Encode, decoded: Decode) -> None:
    """A JPEG that stores RGB is coded as RGB again: colours do not turn."""
    data = encoded(picture(SIZE), "image/jpeg", keep_rgb=True, quality=90)
    labelled = _badged(data, "image/jpeg")
    box = (0, 0, SIZE[0], SIZE[1] // 2)
    assert decoded(labelled).info["adobe_transform"] == 0
    assert _psnr(decoded(data).crop(box), decoded(labelled).crop(box)) > 45


def test_a_grey_jpeg_stays_grey(picture: Make, encoded: Encode, decoded: Decode) -> None:
    """One component in, one component out."""
    assert decoded(_badged(encoded(picture(SIZE, "L"), "image/jpeg"), "image/jpeg")).mode == "L"


def test_the_badge_shows_on_transparent_ground(encoded: Encode, decoded: Decode) -> None:
    """On a picture of nothing the badge is there, and its text is opaque."""
    after = decoded(_badged(encoded(Image.new("RGBA", SIZE), "image/png"), "image/png"))
    alpha = after.getchannel("A")
    assert alpha.getextrema() == (0, 255)
    assert alpha.crop((0, 0, SIZE[0], 100)).getextrema() == (0, 0)


def test_drawing_twice_is_the_same_twice(picture: Make, encoded: Encode) -> None:
    """The same input gives the same bytes: caches may keep it."""
    data = encoded(picture(SIZE), "image/png")
    assert _badged(data, "image/png") == _badged(data, "image/png")


def test_a_large_picture_does_not_meet_pillows_own_limit(encoded: Encode) -> None:
    """The operator's limit counts: Pillow's, which warns at 89 megapixels, is neither met nor switched off."""
    data = encoded(Image.new("1", (12_000, 8_000)), "image/png")
    assert _badged(data, "image/png")
    with pytest.raises(TooLargeError):
        draw(data, "image/png", TEXT, Badge(), Limits(pixels=95_000_000))


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_pixels_that_cannot_be_decoded_are_damage(kind: str, picture: Make, encoded: Encode) -> None:
    """A file with a sound structure and broken pixels ends in our error, with Pillow's as its cause."""
    data = bytearray(encoded(picture(), kind, **({"lossless": True} if kind == "image/webp" else {})))
    at = data.index({"image/png": b"IDAT", "image/jpeg": b"\xff\xda", "image/webp": b"VP8L"}[kind])
    at += {"image/png": 4, "image/jpeg": 4, "image/webp": 14}[kind]
    data[at : at + 12] = b"\x55" * 12
    with pytest.raises(DamagedContentError) as caught:
        _badged(bytes(data), kind)
    assert caught.value.remedy


def test_two_sizes_in_one_jpeg_are_refused(picture: Make, encoded: Encode) -> None:
    """A second frame header with another size would have gone round the pixel limit."""
    data = encoded(picture(), "image/jpeg")
    frame = next(segment for segment in jpeg.head(data) if segment.marker == 0xC0)
    other = bytearray(data[frame.start : frame.end])
    other[5:9] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(UnsupportedContentError, match="several frames"):
        _badged(data[: frame.end] + bytes(other) + data[frame.end :], "image/jpeg")


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(change=st.data())
@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_no_mutation_raises_anything_but_our_errors(
    kind: str, picture: Make, encoded: Encode, decoded: Decode, change: st.DataObject
) -> None:
    """Whatever is wrong with a picture, what comes out is a LabelkitError, or a picture at least as sound."""
    mode = change.draw(st.sampled_from(["RGB", "P", "L"] if kind == "image/png" else ["RGB"]))
    data = bytearray(encoded(picture((64, 48), mode), kind))
    for _ in range(change.draw(st.integers(1, 4))):
        at = change.draw(st.integers(0, len(data)) | st.integers(8, 60))
        data[at : at + change.draw(st.integers(0, 4))] = change.draw(st.binary(max_size=4))
    try:
        labelled = draw(bytes(data), kind, "ИИ", Badge(), Limits(pixels=1_000_000))
    except LabelkitError:
        return
    try:
        decoded(bytes(data))
    except Exception:  # Pillow minds what is kept as it is and no viewer minds: a text with a wrong checksum
        return
    decoded(labelled)


@pytest.mark.parametrize(
    "wrong",
    [
        {"corner": "middle"},
        {"theme": "pink"},
        {"height": 0.04},
        {"height": float("nan")},
        {"height": "5 %"},
        {"opacity": 0.5},
        {"opacity": 1.1},
        {"margin": -0.1},
    ],
)
def test_a_wrong_badge_is_refused_when_it_is_made(wrong: dict[str, Any]) -> None:
    """Settings that would make it illegible, or that do not exist, are told by name at construction."""
    with pytest.raises(ConfigurationError) as caught:
        Badge(**wrong)
    assert next(iter(wrong)) in caught.value.where


def test_letters_that_cannot_be_written_are_an_error(picture: Make, encoded: Encode) -> None:
    """No badge is better than one of empty boxes."""
    with pytest.raises(MarkError, match="no glyph"):
        _badged(encoded(picture(SIZE), "image/png"), "image/png", text="AI生ก")
