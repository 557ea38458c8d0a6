"""Sight: is a badge on the pixels already? A badge is light letters on dark, or dark on light, at known places."""

from __future__ import annotations

from PIL import Image, ImageChops

from labelkit.image.exif import Box
from labelkit.image.paint import Paint

_SHARE = 0.95  # of the pixels have to be as they were drawn; lossy coding moves some at the edges of letters
_LOSS = 40  # of 255: how far it moves them


def seen(image: Image.Image, paint: Paint, box: Box) -> bool:
    """Whether what ``paint`` would draw inside ``box`` stands there.

    Each pixel wholly of ink has to have the ink's grey. Each wholly of ground has to be one that the ground can have
    made of anything: no lighter than a dark ground leaves white, no darker than a light one leaves black.
    """
    if box.left < 0 or box.top < 0 or box.right > image.width or box.bottom > image.height:
        return False
    part = _grey(image.crop(box))
    ink = paint.ink.point(_FULL)
    ground = ImageChops.darker(paint.ground.point(_FULL), paint.ink.point(_NONE))
    dark = paint.ground_grey < paint.ink_grey
    bound = paint.ground_grey * paint.opacity + (255 * (1 - paint.opacity) if dark else 0)
    least, most = (0, bound + _LOSS) if dark else (bound - _LOSS, 255)
    return _share(part, ink, paint.ink_grey - _LOSS, paint.ink_grey + _LOSS) >= _SHARE and (
        _share(part, ground, least, most) >= _SHARE
    )


_FULL = [0] * 255 + [255]
_NONE = [255] + [0] * 255


def _grey(part: Image.Image) -> Image.Image:
    if part.mode == "I;16":  # Pillow cuts 16 bits off at 255 instead of scaling them
        return part.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return part.convert("RGBA").convert("L")  # by RGBA: Pillow warns where a palette has several transparent entries


def _share(part: Image.Image, mask: Image.Image, least: float, most: float) -> float:
    """The share of the masked pixels whose grey lies between two; 0 where nothing is masked."""
    counts = part.histogram(mask)
    within = sum(count for value, count in enumerate(counts) if least <= value <= most)
    return within / max(1, sum(counts))
