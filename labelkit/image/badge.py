"""The badge: a picture's visible mark, a line of text on its own ground in a corner."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import Literal, get_args

from labelkit.errors import ConfigurationError, MarkError, UnsupportedContentError
from labelkit.image.canvases import Canvas, open_canvas
from labelkit.image.exif import Box, displayed, stored, stored_box
from labelkit.image.paint import Paint, put
from labelkit.image.plate import LOWEST, Spot, make_plate, usual
from labelkit.image.sight import Shades, hinted, seen
from labelkit.image.soundness import check
from labelkit.marks import Mark
from labelkit.media import Limits
from labelkit.placement import Corner

Theme = Literal["dark", "light"]

# GB 45438-2025 asks for 5 % of the shortest side at least; other rules ask for "clearly visible", and give no size.
SMALLEST_SHARE = 0.05
_LARGEST_SHARE = 0.2
_WIDEST_MARGIN = 0.2
# Ground and ink, 8 bits of grey. A ground that is not quite black shows on black too.
_GREYS: Mapping[Theme, tuple[int, int]] = MappingProxyType({"dark": (0x20, 0xFF), "light": (0xF0, 0x00)})
# Where a badge goes when its corner is taken: a long one leaves no room beside another.
_NEXT: Mapping[Corner, tuple[Corner, ...]] = MappingProxyType(
    {
        "top-left": ("bottom-left", "top-right", "bottom-right"),
        "top-right": ("bottom-right", "top-left", "bottom-left"),
        "bottom-left": ("top-left", "bottom-right", "top-right"),
        "bottom-right": ("top-right", "bottom-left", "top-left"),
    }
)
# The dark ground at 0.65 over white is #6E6E6E: white on it has a contrast of 5.1, where 4.5 is asked for.
_THINNEST = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """Where a badge goes and how it looks. Shares are of the picture's shortest side.

    Args:
        corner: of the picture as it is displayed. EU guidance names the top right corner as an example, Chinese
            practice is the bottom right.
        height: of the text, 0.05 to 0.2; never less than 12 pixels.
        least: how small a long text may be written to fit into one line, 0.05 to 0.2; never less than 12 pixels.
        margin: to the edges, 0 to 0.2.
        opacity: of the ground, 0.65 to 1; the text is opaque.
        theme: ``dark`` is white text on black, ``light`` black on white.

    Raises:
        ConfigurationError: a value that is not one of these.
    """

    corner: Corner = "bottom-right"
    height: float = SMALLEST_SHARE
    least: float = SMALLEST_SHARE
    margin: float = 0.025
    opacity: float = 0.75
    theme: Theme = "dark"

    def __post_init__(self) -> None:
        for name, allowed in (("corner", get_args(Corner)), ("theme", get_args(Theme))):
            if getattr(self, name) not in allowed:
                raise ConfigurationError(
                    f"There is no {name} {getattr(self, name)!r}",
                    where=f"Badge({name}=...)",
                    remedy=f"There are {', '.join(allowed)}.",
                )
        for name, least, most in (
            ("height", SMALLEST_SHARE, _LARGEST_SHARE),
            ("least", SMALLEST_SHARE, _LARGEST_SHARE),
            ("margin", 0.0, _WIDEST_MARGIN),
            ("opacity", _THINNEST, 1.0),
        ):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not least <= value <= most:
                raise ConfigurationError(
                    f"A badge's {name} is a number from {least} to {most}",
                    where=f"Badge({name}={value!r})",
                    remedy="Choose one in between, or leave it out.",
                )


def draw(data: bytes, media_type: str, text: str, badge: Badge, limits: Limits, others: Collection[str] = ()) -> bytes:
    """The picture with a badge on it: same format, mode, palette and stored orientation, and everything in the file
    that is not a pixel; the same object where that very badge is on it already. In PNG and lossless WebP no pixel outside
    the badge changes; in JPEG the loss is that of the same quantisation done again.

    Args:
        data: a whole PNG, JPEG or still WebP.
        media_type: its type, as ``media.identify`` found it.
        text: the wording, in letters that one of the fonts has (`faces`).
        badge: where it goes and how it looks.
        limits: what is decoded at most.
        others: what badges say that are not to be covered: where one of them stands in the corner, the badge goes to
            one that is free, or stays where it was put so before.

    Raises:
        DamagedContentError: the picture is truncated or broken.
        TooLargeError: it is over a limit.
        UnsupportedContentError: it is too small for legible text, animated, CMYK, of 16 bits a colour channel, or
            of another format.
        MarkError: the text is empty, or has characters that no one font has all of.
    """
    canvas = open_canvas(data, media_type, check(data, media_type, limits, marks=frozenset({Mark.VISIBLE})))
    paint, box = lay(text, badge, canvas)
    if seen(canvas.image, paint, box):
        return data
    if others and any(_found(canvas, others, [badge.corner])):  # elsewhere is looked only when this one is taken
        taken = {corner: words for words, corner in _found(canvas, others)}
        if text in taken.values():
            return data
        free = (corner for corner in _NEXT[badge.corner] if corner not in taken)
        paint, box = lay(text, replace(badge, corner=next(free, badge.corner)), canvas)
    put(canvas, paint, box)
    return canvas.encode(box)


def find(data: bytes, media_type: str, texts: Collection[str], limits: Limits) -> list[tuple[str, Corner]]:
    """Which of these texts stand on the picture as badges of labelkit's usual size, and in which corners.

    A badge of other settings, and one on a picture that was resized or cropped since, is not found. None is where none
    could have been drawn.

    Raises:
        DamagedContentError: the picture is truncated or broken.
        TooLargeError: it is over a limit.
    """
    shape = check(data, media_type, limits)
    return [] if shape.undrawable else list(_found(open_canvas(data, media_type, shape), texts))


def _found(
    canvas: Canvas, texts: Collection[str], corners: Collection[Corner] = get_args(Corner)
) -> Iterator[tuple[str, Corner]]:
    longest_first = sorted(texts, key=len, reverse=True)  # a short one can be the end of a long one
    for corner, theme in product(corners, get_args(Theme)):
        badge = Badge(corner=corner, theme=theme)
        if not _hinted(badge, canvas):
            continue
        found = next((text for text in longest_first if _stands(text, badge, canvas)), None)
        if found is not None:
            yield found, corner


def _stands(text: str, badge: Badge, canvas: Canvas) -> bool:
    try:
        return seen(canvas.image, *lay(text, badge, canvas))
    except (UnsupportedContentError, MarkError):  # no room for this text, or no letters: it was never drawn
        return False


def lay(text: str, badge: Badge, canvas: Canvas) -> tuple[Paint, Box]:
    """What to draw on a canvas, and where.

    Raises:
        UnsupportedContentError: the picture is too small for legible text.
        MarkError: the text is empty, or has characters that no one font has all of.
    """
    space = _Space.on(canvas, badge)
    plate = make_plate(text, space.room, max(space.least, round(badge.height * min(space.size))), space.least)
    ground, ink = (stored(mask, canvas.orientation) for mask in (plate.ground, plate.ink))
    paint = Paint(ground, ink, *_GREYS[badge.theme], badge.opacity)
    return paint, space.box(Spot(0, plate.ground.width, 0, plate.ground.height))


def _hinted(badge: Badge, canvas: Canvas) -> bool:
    """Whether a badge of this look, whatever it says, can be there."""
    space = _Space.on(canvas, badge)
    quiet, line = (space.box(spot) for spot in usual(space.least, space.room[0]))
    return hinted(canvas.image, quiet, line, Shades.of(*_GREYS[badge.theme], badge.opacity))


@dataclass(frozen=True, slots=True)
class _Space:
    """The part of a picture that a badge may take, in pixels as displayed; ``turn`` is EXIF's orientation."""

    size: tuple[int, int]
    margin: int
    least: int  # of text height
    corner: Corner
    turn: int

    @classmethod
    def on(cls, canvas: Canvas, badge: Badge) -> _Space:
        size = displayed(canvas.image.size, canvas.orientation)
        least = max(LOWEST, math.ceil(badge.least * min(size)))
        return cls(size, round(badge.margin * min(size)), least, badge.corner, canvas.orientation)

    @property
    def room(self) -> tuple[int, int]:
        return self.size[0] - 2 * self.margin, self.size[1] - 2 * self.margin

    def box(self, spot: Spot) -> Box:
        """Where a spot of a plate in the corner lies on the stored pixels."""
        width, height = self.size
        left, right = self.margin + spot.near, self.margin + spot.far
        top, bottom = self.margin + spot.low, self.margin + spot.high
        if self.corner.endswith("right"):
            left, right = width - right, width - left
        if self.corner.startswith("bottom"):
            top, bottom = height - bottom, height - top
        return stored_box(Box(left, top, right, bottom), self.size, self.turn)
