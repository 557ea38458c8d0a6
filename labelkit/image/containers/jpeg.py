"""JPEG as a sequence of marker segments (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from labelkit.errors import UnsupportedContentError
from labelkit.image.containers.base import MOST_PARTS, Shape, damaged
from labelkit.image.containers.slot import Slot

_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_APP0, _APP1, _APP2, _APP11 = 0xE0, 0xE1, 0xE2, 0xEB
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF markers; the three are DHT, JPG and DAC
_DRAWABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive; Huffman coded
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_LONGEST_PACKET = 65_502  # bytes (XMP, part 3, 1.1.3)
_MPF = b"MPF\0"
_JUMBF = b"JP"
_BOX_INSTANCE = b"\x02\x11"  # any number that is unique in the file; this is c2pa-rs's
_PER_SEGMENT = 64_000  # bytes of manifest in one segment, as c2pa-rs cuts them
# Inside a scan 0xFF is followed by a stuffed zero or a restart marker; anything else ends the scan.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class Segment(NamedTuple):
    """One marker segment: the marker's second byte, where it starts (at 0xFF) and ends; a scan's data not counted."""

    marker: int
    start: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """Every segment from behind SOI up to and with EOI.

    Raises:
        DamagedContentError: a segment that ends behind the file, bytes that are no marker, no EOI.
    """
    if not data.startswith(b"\xff\xd8"):
        raise damaged("JPEG", "it does not begin with the marker SOI", 0)
    at = 2
    for _ in range(MOST_PARTS):
        start = at
        while data[at : at + 2] == b"\xff\xff":  # fill bytes, B.1.1.2
            at += 1
        if at + 2 > len(data):
            raise damaged("JPEG", "it ends before its EOI marker", at)
        marker = data[at + 1]
        if data[at] != 0xFF or marker == 0:
            raise damaged("JPEG", "there is no marker where one must stand", at)
        if marker == _EOI:
            yield Segment(marker, start, at + 2)
            return
        if marker in (_TEM, _SOI) or 0xD0 <= marker <= 0xD7:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise damaged("JPEG", f"the segment 0xFF{marker:02X} is longer than the file", at)
        yield Segment(marker, start, end)
        at = _behind_scan(data, end) if marker == _SOS else end
    raise damaged("JPEG", f"it has more than {MOST_PARTS:,} segments", at)


def head(data: bytes) -> Iterator[Segment]:
    """The segments before the first scan: what describes a picture stands there, and to find the end of a scan
    costs as much as to hash it."""
    return takewhile(lambda segment: segment.marker != _SOS, segments(data))


def shape(data: bytes) -> Shape:
    """See Container.shape."""
    frame = scan = None
    several = ""
    for segment in segments(data):
        if segment.marker in _FRAMES:
            several = "a hierarchical JPEG, of several frames" if frame else several
            frame = frame or segment
        elif segment.marker == _SOS:
            scan = scan or segment
        elif segment.marker == _APP2 and data.startswith(_MPF, _payload(data, segment)):
            several = "a JPEG with more pictures behind it (MPF), which it finds by their offsets"
    if frame is None or scan is None:
        raise damaged("JPEG", "it has no frame or no scan, so no picture", len(data))
    width, height, precision, components = _frame(data, frame)
    undrawable = several
    if components == 4:
        undrawable = "a CMYK JPEG"
    elif components not in (1, 3):
        undrawable = f"a JPEG of {components} components"
    elif precision != 8:
        undrawable = f"a JPEG of {precision} bits a channel"
    elif frame.marker not in _DRAWABLE_FRAMES:
        undrawable = f"a JPEG in the rare coding 0xFF{frame.marker:02X} (lossless, hierarchical or arithmetic)"
    return Shape(width=width, height=height, undrawable=undrawable)


def dimensions(data: bytes) -> tuple[int, int]:
    """See Container.dimensions."""
    for segment in head(data):
        if segment.marker in _FRAMES:
            return _frame(data, segment)[:2]
    raise damaged("JPEG", "it has no frame, so no picture", len(data))


def read_xmp(data: bytes) -> bytes | None:
    """See Container.read_xmp. Extended XMP (XMP, part 3, 1.1.3.1) stays where it is and is not read."""
    old = _packet(data)
    return None if old is None else data[_payload(data, old) + len(_XMP) : old.end]


def write_xmp(data: bytes, packet: bytes) -> bytes:
    """See Container.write_xmp. The APP1 segment stands behind JFIF and Exif (XMP, part 3, 1.1.3)."""
    if len(packet) > _LONGEST_PACKET:
        raise UnsupportedContentError(
            f"An XMP packet of {len(packet):,} bytes does not fit into a JPEG segment of {_LONGEST_PACKET:,}",
            where="APP1",
            remedy="Shorten the XMP that the picture has already, or leave the metadata mark out.",
        )
    segment = _segment(_APP1, _XMP + packet)
    behind = _behind_head(data, exif=True)
    old = _packet(data) or Segment(_APP1, behind, behind)
    whole = memoryview(data)
    return b"".join((whole[: old.start], segment, whole[old.end :]))


def has_manifest(data: bytes) -> bool:
    """See Container.has_manifest. APP11 segments with a JUMBF superbox (C2PA 2.4, A.3.1; ISO/IEC 19566-5)."""
    for segment in head(data):
        at = _payload(data, segment)
        # CI, En, Z, LBox, TBox, then the description box that names the superbox
        if segment.marker == _APP11 and data[at : at + 2] == _JUMBF and b"c2pa" in data[at : at + 80]:
            return True
    return False


def slot(data: bytes) -> Slot:
    """See Slotted.slot. The APP11 segments stand behind SOI and APP0, where c2pa-rs puts them; the excluded range
    covers all of them."""
    if has_manifest(data):
        raise UnsupportedContentError(
            "The JPEG carries a C2PA manifest already", where="APP11", remedy="Keep it as the parent ingredient."
        )
    at = _behind_head(data, exif=False)
    whole = memoryview(data)
    around = ((whole[:at],), (whole[at:],))
    return Slot(lambda _: around, _encode_manifest, _measure_manifest)


def _encode_manifest(manifest: bytes) -> Sequence[bytes]:
    """The first 8 bytes of a superbox, its LBox and TBox, stand in every segment (ISO/IEC 19566-5, D.2)."""
    pieces = []
    for number, at in enumerate(range(0, max(len(manifest), 1), _PER_SEGMENT), start=1):
        head = _JUMBF + _BOX_INSTANCE + number.to_bytes(4, "big") + (manifest[:8] if at else b"")
        pieces.append(_segment(_APP11, head + manifest[at : at + _PER_SEGMENT]))
    return pieces


def _measure_manifest(length: int) -> int:
    count = max(1, -(-length // _PER_SEGMENT))
    return length + 12 * count + 8 * (count - 1)


def _segment(marker: int, payload: bytes) -> bytes:
    return b"".join((bytes((0xFF, marker)), (len(payload) + 2).to_bytes(2, "big"), payload))


def _payload(data: bytes, segment: Segment) -> int:
    """Where the payload starts: behind fill bytes, marker and length."""
    at = segment.start
    while data[at + 1] == 0xFF:
        at += 1
    return at + 4


def _packet(data: bytes) -> Segment | None:
    for segment in head(data):
        if segment.marker == _APP1 and data.startswith(_XMP, _payload(data, segment)):
            return segment
    return None


def _behind_head(data: bytes, *, exif: bool) -> int:
    """The offset behind SOI, the leading APP0 segments (JFIF must come first) and, if asked for, Exif."""
    at = 2
    for segment in head(data):
        wanted = segment.marker == _APP0 or (
            exif and segment.marker in (_APP1, _APP11) and not data.startswith(_XMP, _payload(data, segment))
        )
        if not wanted:
            break
        at = segment.end
    return at


def _behind_scan(data: bytes, at: int) -> int:
    found = _END_OF_SCAN.search(data, at)
    if found is None:
        raise damaged("JPEG", "it ends inside a scan, before its EOI marker", len(data))
    return found.start()


def _frame(data: bytes, segment: Segment) -> tuple[int, int, int, int]:
    """Width, height, precision in bits and number of components of a frame header (B.2.2)."""
    at = _payload(data, segment)
    if segment.end - at < 6:
        raise damaged("JPEG", "its frame header is too short", at)
    height, width = int.from_bytes(data[at + 1 : at + 3], "big"), int.from_bytes(data[at + 3 : at + 5], "big")
    if not width or not height:
        raise damaged("JPEG", f"it declares a size of {width} x {height}", at)
    return width, height, data[at], data[at + 5]
