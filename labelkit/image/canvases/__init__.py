"""Pictures to draw on. A format that gets a badge is a module here and one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from labelkit.errors import UnsupportedContentError
from labelkit.image.canvases.base import Canvas
from labelkit.image.canvases.jpeg import open_jpeg
from labelkit.image.canvases.png import open_png
from labelkit.image.canvases.webp import open_webp
from labelkit.image.containers import Shape

__all__ = ["Canvas", "open_canvas"]

_OPENERS: Mapping[str, Callable[[bytes, Shape], Canvas]] = MappingProxyType(
    {"image/png": open_png, "image/jpeg": open_jpeg, "image/webp": open_webp}
)


def open_canvas(data: bytes, media_type: str, shape: Shape) -> Canvas:
    """Decode a picture whose shape was checked.

    Raises:
        DamagedContentError: it cannot be decoded.
        UnsupportedContentError: of a format or variant on which no badge can be drawn.
    """
    opener = _OPENERS.get(media_type)
    if opener is None:
        raise UnsupportedContentError(
            f"A badge cannot be drawn on {media_type}", remedy=f"It can on {', '.join(_OPENERS)}."
        )
    return opener(data, shape)
