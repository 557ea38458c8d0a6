"""WebP: lossless stays lossless, lossy keeps its quality, and chunks that hold no pixels are kept byte for byte."""

from __future__ import annotations

import io
from typing import Any

from PIL import WebPImagePlugin

from labelkit.image.canvases.base import Canvas, loaded, translated
from labelkit.image.canvases.vp8 import quality
from labelkit.image.containers import Shape
from labelkit.image.containers.webp import chunks, replace_picture
from labelkit.image.exif import Box, orientation

_LEAST_QUALITY = 75  # libwebp's own default; the header says less than was asked for where a picture is smooth
_EFFORT = 0  # of 6: 1 takes a fifth more time and gains nothing, 4 three times for 4 %
_ALPHA_EFFORT = 1  # 0 leaves alpha nearly unpacked
_LOSSLESS_EFFORT = 1  # 0 takes a third of the time and makes it 13 % longer


class WebpCanvas(Canvas):
    """See Canvas."""

    def encode(self, box: Box) -> bytes:
        """See Canvas.encode; ``box`` does not matter."""
        lossy = next((self.data[c.start + 8 : c.stop] for c in chunks(self.data) if c.kind == b"VP8 "), None)
        options: dict[str, Any] = {"lossless": True, "quality": 20, "method": _LOSSLESS_EFFORT}
        if lossy is not None:
            options = {
                "quality": max(_LEAST_QUALITY, quality(lossy)),
                "method": _ALPHA_EFFORT if self.image.mode == "RGBA" else _EFFORT,
            }
        out = io.BytesIO()
        with translated("WebP"):
            # exact: the colours of invisible pixels are somebody's too
            self.image.save(out, "WEBP", **options, exact=True, exif=b"", xmp=b"")
        return replace_picture(self.data, out.getvalue())


def open_webp(data: bytes, shape: Shape) -> Canvas:
    """Decode a still WebP.

    Raises:
        DamagedContentError: it cannot be decoded.
    """
    exif = next((data[chunk.start + 8 : chunk.stop] for chunk in chunks(data) if chunk.kind == b"EXIF"), None)
    with translated("WebP"):
        # The plugin itself, because Image.open() has a pixel limit of its own.
        image = loaded(WebPImagePlugin.WebPImageFile(io.BytesIO(data)), shape, "WebP")
    return WebpCanvas(data, image, orientation(exif))
