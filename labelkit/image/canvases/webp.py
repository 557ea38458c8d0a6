"""WebP: lossless stays lossless, and every chunk that holds no pixels is kept byte for byte."""

from __future__ import annotations

import io

from PIL import WebPImagePlugin

from labelkit.image.canvases.base import Canvas, loaded, translated
from labelkit.image.containers import Shape
from labelkit.image.containers.webp import chunks, replace_picture
from labelkit.image.exif import Box, orientation

_QUALITY = 85  # the source's own is not to be had without decoding its coefficients
_EFFORT = 0  # of 6: 1 takes twice the time and gains nothing, 4 three times for 4 %
_LOSSLESS_EFFORT = 1  # 0 takes a third of the time and makes it 13 % longer


class WebpCanvas(Canvas):
    """See Canvas."""

    def encode(self, box: Box) -> bytes:
        """See Canvas.encode; ``box`` does not matter."""
        lossless = any(chunk.kind == b"VP8L" for chunk in chunks(self.data))
        out = io.BytesIO()
        with translated("WebP"):
            if lossless:
                # exact: the colours of invisible pixels are somebody's too
                self.image.save(
                    out, "WEBP", lossless=True, quality=20, method=_LOSSLESS_EFFORT, exact=True, exif=b"", xmp=b""
                )
            else:
                self.image.save(out, "WEBP", quality=_QUALITY, method=_EFFORT, exact=True, exif=b"", xmp=b"")
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
