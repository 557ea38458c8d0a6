"""Containers: parts go in and out, pixels stay, and no file can make them loop, crash or swell."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labelkit.errors import DamagedContentError, LabelkitError, UnknownMediaError, UnsupportedContentError
from labelkit.image.containers import Container, avif, container_of, gif, jpeg, png, slotted, tiff, webp
from labelkit.image.xmp import build

PACKET = build({"photoshop:Credit": "first"})
LONGER = build({"photoshop:Credit": "second, and longer by some bytes"})
MANIFEST = b"\0\0\0\x30jumb\0\0\0\x1ejumdc2pa" + bytes(26)

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]
Decode = Callable[..., Image.Image]


def _variants(picture: Make, encoded: Encode) -> list[tuple[str, bytes]]:
    """Files of every format in the layouts that their encoders offer."""
    image, alpha = picture(), picture(mode="RGBA")
    frames = {"save_all": True, "append_images": [image.rotate(90), image.rotate(180)]}
    return [
        ("image/png", encoded(image, "image/png")),
        ("image/png", encoded(image, "image/png", **frames)),
        ("image/png", encoded(picture(mode="I;16"), "image/png")),
        ("image/jpeg", encoded(image, "image/jpeg")),
        ("image/jpeg", encoded(image, "image/jpeg", progressive=True)),
        ("image/jpeg", encoded(image.convert("CMYK"), "image/jpeg")),
        ("image/webp", encoded(image, "image/webp")),
        ("image/webp", encoded(alpha, "image/webp")),
        ("image/webp", encoded(alpha, "image/webp", lossless=True)),
        ("image/webp", encoded(image, "image/webp", **frames)),
        ("image/gif", encoded(image, "image/gif")),
        ("image/gif", encoded(image, "image/gif", **frames)),
        ("image/tiff", encoded(image, "image/tiff")),
        ("image/tiff", encoded(image, "image/tiff", compression="tiff_lzw")),
        ("image/tiff", encoded(image, "image/tiff", big_endian=True)),
        ("image/avif", encoded(image, "image/avif")),
        ("image/avif", encoded(alpha, "image/avif", exif=Image.Exif())),
    ]


@pytest.mark.parametrize("number", range(17))
def test_xmp_is_inserted_and_replaced_without_a_change_to_any_pixel(
    number: int, picture: Make, encoded: Encode, decoded: Decode
) -> None:
    """In every format and layout: what is inserted is read back, twice is once, and every frame decodes the same."""
    media_type, data = _variants(picture, encoded)[number]
    container = container_of(media_type)
    assert container.read_xmp(data) is None
    first = container.write_xmp(data, PACKET)
    assert container.read_xmp(first) == PACKET
    assert container.write_xmp(first, PACKET) == first
    second = container.write_xmp(first, LONGER)
    assert container.read_xmp(second) == LONGER
    assert container.write_xmp(second, PACKET) == first
    before, after = decoded(data), decoded(second)
    assert getattr(before, "n_frames", 1) == getattr(after, "n_frames", 1)
    for frame in range(getattr(before, "n_frames", 1)):
        before.seek(frame)
        after.seek(frame)
        assert before.tobytes() == after.tobytes()
    assert container.shape(second) == container.shape(data)


def test_dimensions_come_from_the_header(media_type: str, picture: Make, encoded: Encode) -> None:
    """Width and height are told for every format without decoding."""
    data = encoded(picture((90, 70)), media_type)
    assert container_of(media_type).dimensions(data) == (90, 70)


def test_every_truncation_is_refused(media_type: str, sample: bytes) -> None:
    """A file that ends anywhere before its end is damaged, with the offset; only what may follow a whole file is not
    missed."""
    container = container_of(media_type)
    for length in [*range(min(400, len(sample))), *range(400, len(sample), 97), len(sample) - 1]:
        with pytest.raises(DamagedContentError) as caught:
            container.shape(sample[:length])
        assert caught.value.where.startswith("at byte ")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(change=st.data())
def test_no_mutation_raises_anything_but_our_errors(media_type: str, sample: bytes, change: st.DataObject) -> None:
    """Bytes changed, cut out, doubled: every function answers or raises a LabelkitError."""
    data = bytearray(sample)
    for _ in range(change.draw(st.integers(1, 4))):
        at = change.draw(st.integers(0, len(data)) | st.integers(0, min(len(data), 120)))
        new = change.draw(st.binary(max_size=9) | st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff", b"\x80"]))
        kept = change.draw(st.sampled_from([0, len(new), len(new) + 4]))
        data[at : at + kept] = new
    container, mutated = container_of(media_type), bytes(data)
    for call in (
        container.shape,
        container.dimensions,
        container.read_xmp,
        container.has_manifest,
        lambda content: container.write_xmp(content, PACKET),
    ):
        try:
            call(mutated)
        except LabelkitError as error:
            assert str(error)  # noqa: PT017 - either way is right


def test_a_box_inside_another_has_a_size(picture: Make, encoded: Encode) -> None:
    """Only the last box of an AVIF may run "to the end of the file"; an entry that says so would swallow what follows."""
    data = bytearray(encoded(picture(), "image/avif"))
    entry = data.index(b"infe")
    data[entry - 4 : entry] = bytes(4)
    with pytest.raises(DamagedContentError, match="infe"):
        container_of("image/avif").write_xmp(bytes(data), PACKET)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(change=st.data())
def test_what_can_be_written_can_be_read_back(media_type: str, sample: bytes, change: st.DataObject) -> None:
    """Where a damaged file still takes a packet, the packet is there afterwards."""
    data = bytearray(sample)
    for _ in range(change.draw(st.integers(1, 3))):
        data[change.draw(st.integers(0, min(len(data) - 1, 200)))] = change.draw(st.integers(0, 255))
    container = container_of(media_type)
    try:
        written = container.write_xmp(bytes(data), PACKET)
    except LabelkitError:
        return
    assert container.read_xmp(written) == PACKET


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
@pytest.mark.parametrize("length", [48, 49, 63_999, 64_000, 64_001, 200_001])
def test_a_slot_says_where_the_manifest_is_and_hashes_the_rest(
    kind: str, length: int, picture: Make, encoded: Encode, decoded: Decode
) -> None:
    """start, size and digest are those of the finished file, for odd lengths and for several segments too."""
    data = encoded(picture(), kind)
    container = slotted(kind)
    assert container is not None
    manifest = MANIFEST + bytes(length - len(MANIFEST))
    slot = container.slot(data)
    slot.expect(len(manifest))
    digest, size = slot.digest(), slot.size(manifest)
    finished = slot.assemble(manifest)
    left = finished[: slot.start] + finished[slot.start + size :]
    assert hashlib.sha256(left).digest() == digest
    assert container.has_manifest(finished)
    assert not container.has_manifest(data)
    assert container.shape(finished) == container.shape(data)
    assert decoded(finished).tobytes() == decoded(data).tobytes()
    with pytest.raises(UnsupportedContentError, match="already"):
        container.slot(finished)


def test_a_webp_slot_wants_the_length_first(picture: Make, encoded: Encode) -> None:
    """The RIFF size is hashed and depends on the manifest: no digest before expect(), no other length after it."""
    slot = webp.slot(encoded(picture(), "image/webp"))
    with pytest.raises(LabelkitError, match="must be known"):
        slot.digest()
    slot.expect(len(MANIFEST))
    slot.digest()
    with pytest.raises(LabelkitError, match="announced"):
        slot.assemble(MANIFEST + b"\0")


def test_xmp_goes_in_front_of_a_manifest_in_webp(picture: Make, encoded: Encode) -> None:
    """The C2PA chunk stays the last one, so that a reader that stops at it has seen the metadata."""
    slot = webp.slot(encoded(picture(), "image/webp"))
    slot.expect(len(MANIFEST))
    written = webp.write_xmp(slot.assemble(MANIFEST), PACKET)
    assert [chunk.kind for chunk in webp.chunks(written)] == [b"VP8X", b"VP8 ", b"XMP ", b"C2PA"]


def test_jpeg_parts_stand_where_readers_look_for_them(picture: Make, encoded: Encode) -> None:
    """JFIF first, then the manifest, Exif, XMP: as c2pa-rs and XMP part 3 have it."""
    exif = Image.Exif()
    exif[0x010E] = "a description"
    data = encoded(picture(), "image/jpeg", exif=exif, icc_profile=b"profile" * 20)
    slot = jpeg.slot(jpeg.write_xmp(data, PACKET))
    written = slot.assemble(MANIFEST)
    assert [segment.marker for segment in jpeg.head(written)][:5] == [0xE0, 0xEB, 0xE1, 0xE1, 0xE2]
    assert jpeg.write_xmp(written, PACKET) == written


def test_a_packet_too_long_for_a_jpeg_is_refused(picture: Make, encoded: Encode) -> None:
    """An APP1 segment holds 65,502 bytes of XMP and no more."""
    data = encoded(picture(), "image/jpeg")
    assert jpeg.read_xmp(jpeg.write_xmp(data, b"x" * 65_502)) == b"x" * 65_502
    with pytest.raises(UnsupportedContentError, match="65,503 bytes"):
        jpeg.write_xmp(data, b"x" * 65_503)


def test_bytes_behind_the_end_are_kept(picture: Make, encoded: Encode) -> None:
    """What stands behind PNG's IEND, JPEG's EOI or the RIFF is somebody's, and stays."""
    for kind in ("image/png", "image/jpeg", "image/webp"):
        data = encoded(picture(), kind) + b"trailer!"
        assert container_of(kind).write_xmp(data, PACKET).endswith(b"trailer!")
        container = slotted(kind)
        assert container is not None
        slot = container.slot(data)
        slot.expect(len(MANIFEST))
        assert slot.assemble(MANIFEST).endswith(b"trailer!")


def test_many_fill_bytes_in_a_jpeg_are_skipped_in_linear_time(picture: Make, encoded: Encode) -> None:
    """A scan that is followed by megabytes of 0xFF is read through once."""
    data = encoded(picture(), "image/jpeg")
    padded = data[:-2] + b"\xff" * 500_000 + data[-2:]
    assert jpeg.dimensions(padded) == (160, 120)
    jpeg.shape(padded)
    with pytest.raises(DamagedContentError):
        jpeg.shape(padded[:-2])


def test_a_compressed_text_that_swells_is_refused(picture: Make, encoded: Encode) -> None:
    """A zTXt or iTXt chunk is inflated to 16 MB and no further."""
    data = encoded(picture(), "image/png")
    bomb = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(40_000_000), 9)
    with pytest.raises(DamagedContentError, match="too long"):
        png.read_xmp(data[:33] + png.encode_chunk(b"iTXt", bomb) + data[33:])


def test_a_compressed_packet_is_read(picture: Make, encoded: Encode) -> None:
    """Some writers compress the XMP chunk; it is read, and replaced in its place."""
    data = encoded(picture(), "image/png")
    packed = png.encode_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(PACKET))
    squeezed = data[:33] + packed + data[33:]
    assert png.read_xmp(squeezed) == PACKET
    assert png.read_xmp(png.write_xmp(squeezed, LONGER)) == LONGER


def test_a_tiff_only_grows_at_its_end(picture: Make, encoded: Encode) -> None:
    """Nothing that stands in a TIFF moves or changes but the pointer to its directory, so other directories and
    private pointers stay right."""
    data = encoded(picture(), "image/tiff")
    written = tiff.write_xmp(data, PACKET)
    assert written[:4] == data[:4]
    assert written[8 : len(data)] == data[8:]


def test_a_tiff_strip_outside_the_file_is_found(picture: Make, encoded: Encode) -> None:
    """A TIFF whose directory stands in front of its pixels can be cut without the directory noticing: its strips do."""
    whole = tiff.write_xmp(encoded(picture(), "image/tiff"), PACKET)
    found = tiff.directory(whole)
    entry = found.entries[279]
    broken = bytearray(whole)
    broken[entry.at : entry.at + 4] = struct.pack("<I", len(whole))
    with pytest.raises(DamagedContentError, match="strip"):
        tiff.shape(bytes(broken))


def test_an_animated_avif_is_refused_by_name(picture: Make, encoded: Encode) -> None:
    """Its sample tables hold offsets that an insertion would break; a still one is taken."""
    frames = {"save_all": True, "append_images": [picture().rotate(90)]}
    data = encoded(picture(), "image/avif", **frames)
    assert avif.shape(data).fixed == "an animated AVIF"
    with pytest.raises(UnsupportedContentError, match="animated AVIF"):
        avif.write_xmp(data, PACKET)


def test_extents_that_take_no_bytes_do_not_multiply(picture: Make, encoded: Encode) -> None:
    """An iloc box can claim 65,535 empty extents an item; they are counted, and refused."""
    data = encoded(picture(), "image/avif")
    at = data.index(b"iloc") - 4
    items = b"".join(struct.pack(">HHH", number, 0, 0xFFFF) for number in range(200))
    box = struct.pack(">I4sIHH", 16 + len(items), b"iloc", 0, 0, 200) + items
    size = struct.unpack(">I", data[at : at + 4])[0]
    meta = data.index(b"meta") - 4
    grown = struct.unpack(">I", data[meta : meta + 4])[0] + len(box) - size
    hostile = data[:meta] + struct.pack(">I", grown) + data[meta + 4 : at] + box + data[at + size :]
    with pytest.raises(DamagedContentError, match="extents"):
        avif.read_xmp(hostile)


def test_gif_blocks_are_walked_even_when_they_are_empty() -> None:
    """A GIF of empty extensions ends; one without its trailer is damaged."""
    head = b"GIF89a\x01\0\x01\0\0\0\0"
    with pytest.raises(DamagedContentError, match="before its trailer"):
        gif.read_xmp(head + b"\x21\xfe\0" * 100_000)
    assert gif.read_xmp(head + b"\x21\xfe\0" * 1000 + b"\x3b") is None


def test_an_unknown_type_has_no_container() -> None:
    """A media type without a container is refused by name."""
    with pytest.raises(UnknownMediaError, match="image/bmp"):
        container_of("image/bmp")


def test_every_container_offers_the_same(media_type: str) -> None:
    """Modules are containers by their shape; the three with a slot are those whose manifests we place."""
    container: Container = container_of(media_type)
    assert callable(container.shape)
    assert (slotted(media_type) is container) == (media_type in {"image/png", "image/jpeg", "image/webp"})
