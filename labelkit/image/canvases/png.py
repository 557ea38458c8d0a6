"""PNG: only the rows that were drawn on are filtered anew; every chunk that holds no pixels is kept byte for byte.

Pillow's own PNG writer takes ten times as long as reading, tries filters on every row, and drops most chunks. Here
the filtered rows of the source are used again outside the badge, so that the file stays about as long as it was.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from PIL import Image, ImageChops, PngImagePlugin

from labelkit.errors import DamagedContentError, UnsupportedContentError
from labelkit.image.canvases.base import Canvas, loaded, translated
from labelkit.image.containers import Shape
from labelkit.image.containers.png import SIGNATURE, Chunk, chunks, encode_chunk
from labelkit.image.exif import Box, orientation

_CRITICAL = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_COLOURS = {"1": 0, "L": 0, "I;16": 0, "RGB": 2, "P": 3, "LA": 4, "RGBA": 6}
_LONGEST_IDAT = 2**26
_SAMPLE = 16 * 1024
_NONE, _AVERAGE = 0, 3  # filter types, section 9.2


class PngCanvas(Canvas):
    """See Canvas."""

    def encode(self, box: Box) -> bytes:
        """See Canvas.encode. An interlaced picture is stored plainly afterwards."""
        depth = _depth(self.image, self.data[24], self.palette)
        rows = _rows(self.image, depth, self.data, box)
        header = b"".join((self.data[16:24], bytes((depth, _COLOURS[self.image.mode], 0, 0, 0))))
        pieces: list[bytes | memoryview] = [SIGNATURE]
        whole, written = memoryview(self.data), False
        for chunk in chunks(self.data):
            body = self.data[chunk.start + 8 : chunk.end - 4] if chunk.kind != b"IDAT" else b""
            if chunk.kind == b"IHDR":
                pieces.append(encode_chunk(chunk.kind, header))
            elif chunk.kind == b"PLTE" and self.palette:
                pieces.append(encode_chunk(chunk.kind, self.palette))
            elif chunk.kind in (b"tRNS", b"bKGD") and self.image.mode == "L":
                pieces.append(encode_chunk(chunk.kind, _scaled(body, self.data[24])))
            elif chunk.kind == b"hIST" and self.palette != _body(self.data, b"PLTE"):
                continue  # it counts the uses of each entry, and is no longer true
            elif chunk.kind != b"IDAT":
                pieces.append(whole[chunk.start : chunk.end])
            elif not written:
                pieces += _compressed(rows)
                written = True
        return b"".join(pieces)


def open_png(data: bytes, shape: Shape) -> Canvas:
    """Decode a PNG of at most 8 bits a channel, or of 16 bits of grey.

    Raises:
        DamagedContentError: it cannot be decoded.
        UnsupportedContentError: one bit of grey of which one value is transparent leaves nothing to draw with.
    """
    whole = memoryview(data)
    critical = [whole[chunk.start : chunk.end] for chunk in chunks(data) if chunk.kind in _CRITICAL]
    with translated("PNG"):
        # The plugin itself, because Image.open() has a pixel limit of its own; without text and profiles, because
        # they are kept as they are and need not be parsed.
        image = loaded(PngImagePlugin.PngImageFile(io.BytesIO(b"".join((SIGNATURE, *critical)))), shape, "PNG")
    clear = _body(data, b"tRNS")
    key = None
    if clear and image.mode in ("1", "L", "RGB"):
        if image.mode == "1":
            raise UnsupportedContentError(
                "A badge cannot be drawn on a PNG of one bit with a transparent level",
                remedy="Convert it to 8 bits a channel, or leave the visible mark out.",
            )
        samples = _scaled(clear, data[24]) if image.mode == "L" else clear
        key = tuple(samples[at] for at in range(1, len(samples), 2))
    if image.mode not in _COLOURS:
        raise UnsupportedContentError(f"A badge cannot be drawn on a PNG that decodes to the mode {image.mode}")
    turn = orientation(_body(data, b"eXIf"))
    if image.mode != "P":
        return PngCanvas(data, image, turn, key)
    palette = _body(data, b"PLTE")
    if not palette or len(palette) % 3 or len(palette) > 3 * 256:
        raise DamagedContentError(
            f"The PNG has a palette of {len(palette)} bytes", where="PLTE", remedy="Pass an unbroken file."
        )
    return PngCanvas(data, image, turn, key, palette, clear)


def _depth(image: Image.Image, depth: int, palette: bytes) -> int:
    """Bits a sample; grey of 2 and 4 bits becomes 8, a palette that has grown may need more bits than before."""
    if image.mode == "P":
        return next(bits for bits in (1, 2, 4, 8) if bits >= depth and 3 << bits >= len(palette))
    return {"1": 1, "I;16": 16}.get(image.mode, 8)


def _rows(image: Image.Image, depth: int, data: bytes, box: Box) -> Iterator[bytes | memoryview]:
    """The filtered rows of the picture: the source's own where neither they nor the row above them was drawn on."""
    width, height = image.size
    stride = 1 + (width * len(image.getbands()) * depth + 7) // 8
    if depth != data[24] or data[28]:  # another depth, or interlaced
        yield from _filtered(image, depth, 0, height)
        return
    packed = b"".join(data[chunk.start + 8 : chunk.end - 4] for chunk in chunks(data) if chunk.kind == b"IDAT")
    with translated("PNG"):
        source = memoryview(zlib.decompressobj().decompress(packed, stride * height))
    if len(source) != stride * height:
        raise DamagedContentError("The PNG has fewer rows than it declares", where="IDAT", remedy="Pass all of it.")
    end = min(box.bottom + 1, height)
    yield source[: box.top * stride]
    yield from _filtered(image, depth, box.top, end)
    yield source[end * stride :]


def _filtered(image: Image.Image, depth: int, top: int, bottom: int) -> Iterator[bytes | memoryview]:
    """Rows, each led by its filter type: averages for samples of 8 bits, which Pillow can compute in C without
    numpy; none for the rest."""
    size = (image.width, bottom - top)
    rows = Image.new(image.mode, size)
    rows.paste(image, (0, -top))
    kind, raw = _NONE, {"I;16": "I;16B", "P": "P" if depth == 8 else f"P;{depth}"}.get(image.mode, image.mode)
    if image.mode in ("L", "LA", "RGB", "RGBA"):
        above, left = Image.new(image.mode, size), Image.new(image.mode, size)
        above.paste(image, (0, 1 - top))
        left.paste(image, (1, -top))
        rows = ImageChops.subtract_modulo(rows, ImageChops.add(left, above, 2))
        kind = _AVERAGE
    packed = memoryview(rows.tobytes("raw", raw))
    stride = len(packed) // size[1]
    head = bytes((kind,))
    for at in range(0, len(packed), stride):
        yield head
        yield packed[at : at + stride]


def _compressed(rows: Iterator[bytes | memoryview]) -> Iterator[bytes]:
    """The rows as IDAT chunks."""
    plain = b"".join(rows)
    level, strategy = _effort(plain)
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    packed = b"".join((packer.compress(plain), packer.flush()))
    for at in range(0, len(packed), _LONGEST_IDAT):
        yield encode_chunk(b"IDAT", packed[at : at + _LONGEST_IDAT])


def _effort(plain: bytes) -> tuple[int, int]:
    """How to compress, by three samples: in a filtered photograph nothing repeats, so that looking for matches
    costs four times the time and gains nothing; in a drawing it is all that counts."""
    half = _SAMPLE // 2
    middles = (len(plain) * part // 6 for part in (1, 3, 5))
    sample = b"".join(plain[max(0, middle - half) : middle + half] for middle in middles)
    runs = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    shortest = len(runs.compress(sample)) + len(runs.flush())
    if shortest > len(sample) // 4 and shortest <= 1.02 * len(zlib.compress(sample, 6)):
        return 1, zlib.Z_RLE
    return 6, zlib.Z_DEFAULT_STRATEGY


def _scaled(samples: bytes, depth: int) -> bytes:
    """Two-byte samples of 1, 2 or 4 bits as samples of 8 bits; those of 8 bits as they are."""
    factor = 255 // ((1 << depth) - 1) if depth < 8 else 1
    values = (int.from_bytes(samples[at : at + 2], "big") for at in range(0, len(samples) - 1, 2))
    return b"".join((value * factor & 0xFF).to_bytes(2, "big") for value in values)


def _body(data: bytes, kind: bytes) -> bytes:
    found = next((chunk for chunk in chunks(data) if chunk.kind == kind), Chunk(kind, 0, 0))
    return data[found.start + 8 : found.end - 4] if found.end else b""
