"""JPEG: encoded anew with the source's own quantisation tables and subsampling; segments that hold no pixels kept."""

from __future__ import annotations

import io

from PIL import JpegImagePlugin

from labelkit.errors import UnsupportedContentError
from labelkit.image.canvases.base import Canvas, loaded, translated
from labelkit.image.containers import Shape
from labelkit.image.containers.jpeg import Segment, head, segments
from labelkit.image.exif import Box, orientation

_SOI = b"\xff\xd8"
_COM, _ADOBE = 0xFE, 0xEE
_APP = range(0xE0, 0xF0)
_COLOUR = (0xE0, _ADOBE)  # JFIF and Adobe tell a decoder how colours are coded


class JpegCanvas(Canvas):
    """See Canvas."""

    def encode(self, box: Box) -> bytes:
        """See Canvas.encode. A decoder that uses the same tables again finds nearly the same coefficients, so that
        the loss outside the badge is small; ``box`` does not matter."""
        image = self.image
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        if any(step > 255 for table in image.quantization.values() for step in table):
            raise UnsupportedContentError(
                "A badge cannot be drawn on a JPEG with 16-bit quantisation tables", remedy="Convert it to PNG."
            )
        out = io.BytesIO()
        sampling = JpegImagePlugin.get_sampling(image)
        with translated("JPEG"):
            image.save(
                out,
                "JPEG",
                qtables=image.quantization,
                subsampling=max(sampling, 0),  # below 0 it is none that Pillow names: then all colour is kept
                progressive=bool(image.info.get("progressive")),
                keep_rgb=_is_rgb(image),
                exif=b"",
                icc_profile=None,
                comment=b"",
            )
        return _spliced(self.data, out.getvalue())


def open_jpeg(data: bytes, shape: Shape) -> Canvas:
    """Decode a JPEG of one or three components.

    Raises:
        DamagedContentError: it cannot be decoded.
    """
    kept, exif, at = [_SOI], None, 2
    for segment in head(data):
        raw, at = data[segment.start : segment.end], segment.end
        if segment.marker == 0xE1 and exif is None and raw[4:10] == b"Exif\0\0":
            exif = raw[4:]
        if segment.marker in _COLOUR or not _is_note(segment):
            kept.append(raw)
    kept.append(data[at:])
    with translated("JPEG"):
        # The plugin itself: Image.open() has a pixel limit of its own, and opens some JPEG as several pictures.
        image = loaded(JpegImagePlugin.JpegImageFile(io.BytesIO(b"".join(kept))), shape, "JPEG")
    return JpegCanvas(data, image, orientation(exif))


def _is_rgb(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Whether the colours are stored as RGB, by libjpeg's rules (jdapimin.c, default_decompress_parms)."""
    if "jfif" in image.info:
        return False
    if "adobe" in image.info:
        return bool(image.info.get("adobe_transform") == 0)
    return bytes(component[0] for component in image.layer) == b"RGB"


def _is_note(segment: Segment) -> bool:
    return segment.marker in _APP or segment.marker == _COM


def _spliced(old: bytes, new: bytes) -> bytes:
    """The notes of the old file, the picture of the new one, and what stands behind the end of the old one. How the
    new one codes its colours (Adobe's APP14) is its own affair."""
    notes, coded, at, behind = [], [], 2, 0
    for segment in segments(old):
        behind = segment.end  # of EOI, in the end
        if _is_note(segment) and segment.marker != _ADOBE:
            notes.append(old[segment.start : segment.end])
    for segment in head(new):
        at = segment.end
        if segment.marker == _ADOBE or not _is_note(segment):
            coded.append(new[segment.start : segment.end])
    return b"".join((_SOI, *notes, *coded, new[at:], old[behind:]))
