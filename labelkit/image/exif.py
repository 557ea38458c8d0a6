"""EXIF orientation: how a viewer turns the stored pixels, and where on them a displayed rectangle lies."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

_TAG = 0x0112
_SHORT = 3
_PREFIX = b"Exif\0\0"
_Turn = Image.Transpose
# What turns displayed pixels back into stored ones (EXIF 3.0, 4.6.5.1.6; the inverse of what a viewer does).
_BACK = {
    2: _Turn.FLIP_LEFT_RIGHT,
    3: _Turn.ROTATE_180,
    4: _Turn.FLIP_TOP_BOTTOM,
    5: _Turn.TRANSPOSE,
    6: _Turn.ROTATE_90,
    7: _Turn.TRANSVERSE,
    8: _Turn.ROTATE_270,
}


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


def orientation(exif: bytes | None) -> int:
    """The orientation, 1 to 8. Broken EXIF, or one that does not say, is 1: so do viewers show it."""
    data = (exif or b"").removeprefix(_PREFIX)
    order = "little" if data[:2] == b"II" else "big"
    start = _number(data, 4, 4, order)
    if data[:4] not in (b"II*\0", b"MM\0*") or start + 2 > len(data):
        return 1
    for at in range(start + 2, min(start + 2 + 12 * _number(data, start, 2, order), len(data) - 11), 12):
        if _number(data, at, 2, order) == _TAG and _number(data, at + 2, 2, order) == _SHORT:
            value = _number(data, at + 8, 2, order)
            return value if 1 <= value <= 8 else 1
    return 1


def displayed(size: tuple[int, int], turn: int) -> tuple[int, int]:
    """Width and height as shown, for the size as stored."""
    return (size[1], size[0]) if turn >= 5 else size


def stored(image: Image.Image, turn: int) -> Image.Image:
    """A picture made to be shown, turned so that it can be put among stored pixels."""
    return image.transpose(_BACK[turn]) if turn in _BACK else image


def stored_box(box: Box, size: tuple[int, int], turn: int) -> Box:
    """Where a displayed rectangle lies on the stored pixels; ``size`` is width and height as displayed."""
    width, height = size
    left, top, right, bottom = box
    if turn in (2, 3, 6, 7):
        left, right = width - right, width - left
    if turn in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    return Box(top, left, bottom, right) if turn >= 5 else Box(left, top, right, bottom)


def _number(data: bytes, at: int, size: int, order: str) -> int:
    return int.from_bytes(data[at : at + size], "little" if order == "little" else "big")
