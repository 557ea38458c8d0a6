"""Sight: is a badge on the pixels already? A badge is light letters on dark, or dark on light, at known places."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageChops

from labelkit.image.exif import Box
from labelkit.image.paint import Paint

_SHARE = 0.95  # of the pixels have to be as they were drawn; lossy coding moves some at the edges of letters
_QUIET_SHARE = 0.8  # of a small part of them, away from letters
_LOSS = 40  # of 255: how far it moves them
_FULL = [0] * 255 + [255]
_NONE = [255] + [0] * 255


@dataclass(frozen=True, slots=True)
class Shades:
    """The greys that the ink and the ground of a badge can come out in, on whatever it was drawn: a dark ground leaves
    nothing lighter than what it makes of white, a light one nothing darker than what it makes of black."""

    ink: range
    ground: range

    @classmethod
    def of(cls, ground: int, ink: int, opacity: float) -> Shades:
        """Those of these two greys (8 bits), with the ground's opacity."""
        least, most = 0, 255
        if ground < ink:
            most = round(ground * opacity + 255 * (1 - opacity)) + _LOSS
        else:
            least = round(ground * opacity) - _LOSS
        return cls(range(ink - _LOSS, ink + _LOSS + 1), range(least, most + 1))


def hinted(image: Image.Image, quiet: Box, line: Box, shades: Shades) -> bool:
    """Whether any badge could stand where all have nothing but ground in ``quiet`` and some ink in ``line``: a look
    that is cheap, and spares most pictures the closer ones."""
    counts = _grey(image.crop(_within(quiet, image))).histogram()
    if _share(counts, shades.ground) < _QUIET_SHARE:
        return False
    return _share(_grey(image.crop(_within(line, image))).histogram(), shades.ink) > 0


def seen(image: Image.Image, paint: Paint, box: Box) -> bool:
    """Whether what ``paint`` would draw inside ``box`` stands there: nearly each pixel that is wholly of ink, or wholly
    of ground, has to have a shade of it."""
    if _within(box, image) != box:
        return False
    part = _grey(image.crop(box))
    shades = Shades.of(paint.ground_grey, paint.ink_grey, paint.opacity)
    ink = paint.ink.point(_FULL)
    if _share(part.histogram(ink), shades.ink) < _SHARE:
        return False
    ground = ImageChops.darker(paint.ground.point(_FULL), paint.ink.point(_NONE))
    return _share(part.histogram(ground), shades.ground) >= _SHARE


def _within(box: Box, image: Image.Image) -> Box:
    most = (image.width, image.height) * 2
    return Box(*(min(max(value, 0), side) for value, side in zip(box, most, strict=True)))


def _grey(part: Image.Image) -> Image.Image:
    if part.mode == "I;16":  # Pillow cuts 16 bits off at 255 instead of scaling them
        return part.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return part.convert("RGBA").convert("L")  # by RGBA: Pillow warns where a palette has several transparent entries


def _share(counts: list[int], shades: range) -> float:
    """The share of the pixels of a histogram that have one of these shades; 0 where there are no pixels."""
    return sum(counts[max(shades.start, 0) : shades.stop]) / max(1, sum(counts))
