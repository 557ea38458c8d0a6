"""The plate: a badge's text on its own ground, laid out for a picture of a given size."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFont

from labelkit.errors import MarkError, UnsupportedContentError
from labelkit.image.faces import Hand, breaks_around

LOWEST = 12  # pixels of text height; below that strokes run together
_OPENING, _CLOSING = ("Ps", "Pi"), ("Pe", "Pf", "Po", "Pd")  # general categories of Unicode
_ENDLESS = 10**9  # pixels
_SMOOTH = 4  # samples a pixel for round corners
# In heights of the text: room beside and above it, from baseline to baseline, and the roundness of corners.
_BESIDE, _ABOVE, _LINE, _ROUND = 0.95, 0.75, 1.75, 0.85


@dataclass(frozen=True, slots=True)
class Plate:
    """A badge as two masks of one size (mode L): the ``ground``, and the ``ink`` on it."""

    ground: Image.Image
    ink: Image.Image
    text_height: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A rectangle in a corner, by distances in pixels from the sides that meet there."""

    near: int
    far: int
    low: int
    high: int


def usual(height: int, room: int) -> tuple[Spot, Spot]:
    """What all plates of a text height have in common, whatever they say: where in a corner is ground and nothing
    else, and where the line is that has some ink. ``room`` is the width that they may take.

    Accents and descenders reach into half of the room above and below, and a short line under a long one begins
    before the middle.
    """
    above, beside = round(_ABOVE * height), round(_BESIDE * height)
    quiet = Spot(round(_ROUND * height), 2 * beside, 1, above // 2)
    return quiet, Spot(beside, room // 2 + height, above, above + height)


@dataclass(frozen=True, slots=True)
class _Layout:
    lines: tuple[str, ...]
    height: int  # of the text
    width: int  # of the widest line
    font: ImageFont.FreeTypeFont
    middle: float  # of the text, above the baseline

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the plate."""
        lines = self.height + round((len(self.lines) - 1) * _LINE * self.height)
        return self.width + 2 * round(_BESIDE * self.height), lines + 2 * round(_ABOVE * self.height)


@lru_cache(maxsize=64)  # the wordings that ship, for one size of pictures
def make_plate(text: str, room: tuple[int, int], wanted: int, least: int) -> Plate:
    """Lay a text out inside a room.

    A text that is too long for one line is first written smaller, never below ``least``, then in several lines.

    Args:
        text: what to write; runs of white space are one space.
        room: width and height in pixels that the plate may take.
        wanted: pixels of text height, measured as `faces.Hand` says.
        least: pixels of text height below which it is not written.

    Raises:
        MarkError: no text, or characters that no one font has all of.
        UnsupportedContentError: the room is too small.
    """
    pieces = _pieces(unicodedata.normalize("NFC", text))
    if not pieces:
        raise MarkError("A badge needs a text", remedy="Give the wording of the visible mark.")
    hand = Hand.of("".join(pieces))
    for height in (wanted, *_smaller(hand, pieces, room[0], wanted, least)):
        layout = _lay_out(hand, pieces, height, room[0], lines=1)
        if layout is not None and layout.size[1] <= room[1]:
            return _draw(layout)
    layout = _lay_out(hand, pieces, least, room[0], lines=len(pieces))
    if layout is None or layout.size[1] > room[1]:
        raise _too_small(hand, pieces, room, least)
    return _draw(layout)


def _pieces(text: str) -> list[str]:
    """What a line may be broken between: words, each with the space before it, and ideographs, each with the
    punctuation that goes with it."""
    found: list[str] = []
    for word in text.split():
        space = " " if found else ""
        for character in word:
            if space or not found or _breaks(found[-1][-1], character):
                found.append(space + character)
                space = ""
            else:
                found[-1] += character
    return found


def _breaks(before: str, after: str) -> bool:
    """UAX 14, much simplified: around an ideograph, but not after an opening nor before another punctuation mark."""
    kinds = unicodedata.category(before), unicodedata.category(after)
    square = breaks_around(before) or breaks_around(after) or (kinds[0] in _CLOSING and kinds[1] in _OPENING)
    return square and kinds[0] not in _OPENING and kinds[1] not in _CLOSING


def _smaller(hand: Hand, pieces: list[str], width: int, wanted: int, least: int) -> range:
    """Heights to try between ``wanted`` and ``least``, beginning near where one line should fit."""
    one = _lay_out(hand, pieces, wanted, _ENDLESS, lines=1)
    assert one is not None
    return range(min(wanted, wanted * width // one.size[0] + 1), least - 1, -1)


def _lay_out(hand: Hand, pieces: list[str], height: int, width: int, lines: int) -> _Layout | None:
    """Fill lines one after another; None when more would be needed, or a piece is too long."""
    font = hand.of_height(height)
    free = width - 2 * round(_BESIDE * height)
    found = [pieces[0].lstrip()]
    for piece in pieces[1:]:
        longer = found[-1] + piece
        if _ink_width(font, longer) <= free:
            found[-1] = longer
        else:
            found.append(piece.lstrip())
    widest = max(_ink_width(font, line) for line in found)
    if len(found) > lines or widest > free:
        return None
    return _Layout(tuple(found), height, widest, font, hand.middle(font))


def _too_small(hand: Hand, pieces: list[str], room: tuple[int, int], least: int) -> UnsupportedContentError:
    alone = (_lay_out(hand, [piece], least, _ENDLESS, lines=1) for piece in pieces)
    widest = max((layout.size for layout in alone if layout), key=lambda size: size[0])
    needed = _lay_out(hand, pieces, least, max(room[0], widest[0]), lines=len(pieces))
    height = needed.size[1] if needed else widest[1]
    return UnsupportedContentError(
        f"The picture is too small for the badge {''.join(pieces)!r} in text of {least} pixels, the least allowed",
        where=f"it leaves {room[0]} x {room[1]} pixels, and needs {max(room[0], widest[0])} x {height}",
        remedy="Use a shorter wording or a larger picture, or leave the visible mark out.",
    )


def _draw(layout: _Layout) -> Plate:
    ground = _rounded(layout.size, round(min(_ROUND * layout.height, layout.size[1] / 2)))
    ink = Image.new("L", layout.size)
    pen = ImageDraw.Draw(ink)
    baseline = round(_ABOVE * layout.height) + round(layout.height / 2 + layout.middle)
    for number, line in enumerate(layout.lines):
        left, _, right, _ = layout.font.getbbox(line, anchor="ls")
        x = (layout.size[0] - (right - left)) / 2 - left  # centred by its ink, not by its advance
        pen.text((round(x), baseline + round(number * _LINE * layout.height)), line, 255, layout.font, anchor="ls")
    return Plate(ground, ImageChops.darker(ink, ground), layout.height)


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A filled rectangle with round corners; only the corners are drawn in fine samples."""
    mask = Image.new("L", size, 255)
    disc = Image.new("L", (2 * radius * _SMOOTH, 2 * radius * _SMOOTH))
    ImageDraw.Draw(disc).ellipse((0, 0, disc.width - 1, disc.height - 1), fill=255)
    disc = disc.reduce(_SMOOTH)
    for x, left in ((0, 0), (size[0] - radius, radius)):
        for y, top in ((0, 0), (size[1] - radius, radius)):
            mask.paste(disc.crop((left, top, left + radius, top + radius)), (x, y))
    return mask


def _ink_width(font: ImageFont.FreeTypeFont, text: str) -> int:
    left, _, right, _ = font.getbbox(text, anchor="ls")
    return math.ceil(right - left)
