"""The plate: a badge's text on its own ground, laid out for a picture of a given size."""

from __future__ import annotations

import io
import math
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from PIL import Image, ImageChops, ImageDraw, ImageFont

from labelkit.errors import MarkError, UnsupportedContentError

LOWEST = 12  # pixels of text height; below that strokes run together
_FONT = "NotoSans-SemiBold.ttf"
_CAP = 0.714  # height of a capital letter in this font, in em
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
class _Layout:
    lines: tuple[str, ...]
    height: int  # of the text
    width: int  # of the widest line
    font: ImageFont.FreeTypeFont

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the plate."""
        lines = self.height + round((len(self.lines) - 1) * _LINE * self.height)
        return self.width + 2 * round(_BESIDE * self.height), lines + 2 * round(_ABOVE * self.height)


@lru_cache(maxsize=32)
def make_plate(text: str, room: tuple[int, int], wanted: int, least: int) -> Plate:
    """Lay a text out inside a room.

    A text that is too long for one line is first written smaller, never below ``least``, then in several lines.

    Args:
        text: what to write; runs of white space are one space.
        room: width and height in pixels that the plate may take.
        wanted: pixels of text height, measured as a capital letter (a small one where there are only small ones).
        least: pixels of text height below which it is not written.

    Raises:
        MarkError: no text, or characters that the font does not have.
        UnsupportedContentError: the room is too small.
    """
    words = unicodedata.normalize("NFC", text).split()
    if not words:
        raise MarkError("A badge needs a text", remedy="Give the wording of the visible mark.")
    _check_characters(words)
    for height in (wanted, *_smaller(" ".join(words), room[0], wanted, least)):
        layout = _lay_out(words, height, room[0], lines=1)
        if layout is not None and layout.size[1] <= room[1]:
            return _draw(layout)
    layout = _lay_out(words, least, room[0], lines=len(words))
    if layout is None or layout.size[1] > room[1]:
        raise _too_small(words, room, least)
    return _draw(layout)


def _smaller(text: str, width: int, wanted: int, least: int) -> range:
    """Heights to try between ``wanted`` and ``least``, beginning near where one line should fit."""
    one = _lay_out([text], wanted, 10**9, lines=1)
    assert one is not None
    return range(min(wanted, wanted * width // one.size[0] + 1), least - 1, -1)


def _lay_out(words: list[str], height: int, width: int, lines: int) -> _Layout | None:
    """Fill lines one after another; None when more would be needed, or a word is too long."""
    font = _font_of_height(height, _reference(words))
    free = width - 2 * round(_BESIDE * height)
    found = [words[0]]
    for word in words[1:]:
        longer = f"{found[-1]} {word}"
        if _ink_width(font, longer) <= free:
            found[-1] = longer
        else:
            found.append(word)
    widest = max(_ink_width(font, line) for line in found)
    return None if len(found) > lines or widest > free else _Layout(tuple(found), height, widest, font)


def _too_small(words: list[str], room: tuple[int, int], least: int) -> UnsupportedContentError:
    width = max((one for word in words if (one := _lay_out([word], least, 10**9, lines=1))), key=lambda one: one.width)
    needed = _lay_out(words, least, max(room[0], width.size[0]), lines=len(words))
    height = needed.size[1] if needed else width.size[1]
    return UnsupportedContentError(
        f"The picture is too small for the badge {' '.join(words)!r} in text of {least} pixels, the least allowed",
        where=f"it leaves {room[0]} x {room[1]} pixels, and needs {max(room[0], width.size[0])} x {height}",
        remedy="Use a shorter wording or a larger picture, or leave the visible mark out.",
    )


def _draw(layout: _Layout) -> Plate:
    ground = _rounded(layout.size, round(min(_ROUND * layout.height, layout.size[1] / 2)))
    ink = Image.new("L", layout.size)
    pen = ImageDraw.Draw(ink)
    baseline = round(_ABOVE * layout.height) + layout.height
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


@cache
def _font_data() -> bytes:
    return (files("labelkit.image") / "fonts" / _FONT).read_bytes()


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    # BASIC lays out letter by letter: the same with and without HarfBuzz, and all that these scripts need.
    return ImageFont.truetype(io.BytesIO(_font_data()), size, layout_engine=ImageFont.Layout.BASIC)


def _font_of_height(height: int, reference: str) -> ImageFont.FreeTypeFont:
    """The smallest font in which the reference letter is at least so many pixels high."""
    size = math.floor(height / _CAP)
    while -_font(size).getbbox(reference, anchor="ls")[1] < height:
        size += 1
    return _font(size)


def _reference(words: list[str]) -> str:
    """The letter by which text height is measured (GB 45438-2025 asks for the height of the characters)."""
    return "H" if any(not character.islower() for word in words for character in word) else "x"


def _ink_width(font: ImageFont.FreeTypeFont, text: str) -> int:
    left, _, right, _ = font.getbbox(text, anchor="ls")
    return math.ceil(right - left)


def _check_characters(words: list[str]) -> None:
    missing = sorted({character for word in words for character in word if _is_missing(character)})
    if missing:
        shown = " ".join(f"{character} (U+{ord(character):04X})" for character in missing)
        raise MarkError(
            f"The badge's font has no glyph for {shown}",
            where=_FONT,
            remedy="It has the Latin and Cyrillic letters; word the visible mark in those.",
        )


@lru_cache(maxsize=4096)
def _is_missing(character: str) -> bool:
    """Whether the font draws its empty box for this character."""
    font = _font(32)
    drawn, box = font.getmask(character), font.getmask("\uffff")
    return drawn.size == box.size and bytes(drawn) == bytes(box)
