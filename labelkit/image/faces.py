"""Faces: the fonts that badges are written in, which of them a text takes, and how high its characters are."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import count

from PIL import ImageFont

from labelkit.errors import MarkError

_IDEOGRAPHS = range(0x4E00, 0xA000)
_HANGUL = range(0xAC00, 0xD7A4)
_LARGE = 1000  # pixels, to measure a letter exactly


@dataclass(frozen=True, slots=True)
class Face:
    """One font: its file, and what it is for."""

    file: str
    letters: str

    def lacks(self, text: str) -> list[str]:
        """The characters of a text that this font has no glyph for, in order."""
        return sorted({character for character in text if _is_missing(self.file, character)})


FACES = (
    Face("NotoSans-SemiBold.ttf", "Latin and Cyrillic letters"),
    Face("NotoSansCJK-Bold.otf", "everyday Chinese characters and Korean syllables, and basic Latin and Cyrillic"),
)


@dataclass(frozen=True, slots=True)
class Hand:
    """What a text is written in: the face, the ``reference`` by which its height is measured, the ``centre`` that stands
    in the middle of its line.

    GB 45438-2025 asks for the height of the characters: the reference is the lowest of the large ones that the text has,
    a capital before an ideograph or a syllable, and a small letter where there are only small ones.
    """

    face: Face
    reference: str
    centre: str

    @classmethod
    def of(cls, text: str) -> Hand:
        """The hand for a text, in the first face that has all of it.

        Raises:
            MarkError: none has; the characters are named that the one lacks that lacks the fewest.
        """
        nearest = min(FACES, key=lambda face: len(face.lacks(text)))
        missing = nearest.lacks(text)
        if missing:
            shown = " ".join(f"{character} (U+{ord(character):04X})" for character in missing)
            raise MarkError(
                f"The badge's font has no glyph for {shown}",
                where=nearest.file,
                remedy=f"There is one font for {FACES[0].letters}, and one for {FACES[1].letters}; word it in one.",
            )
        return cls(nearest, _reference(text), _square(text) or _reference(text))

    def of_height(self, height: int) -> ImageFont.FreeTypeFont:
        """The smallest font in which the reference covers at least so many rows of pixels."""
        sizes = count(math.floor(height / sum(_extent(self.face.file, self.reference))))
        return next(font for size in sizes if self._rows(font := _font(self.face.file, size)) >= height)

    def _rows(self, font: ImageFont.FreeTypeFont) -> int:
        """What stands on the baseline fills its lowest row, and a font fits it to rows as it is drawn; what does not
        leaves rows half covered above and below, which are not counted."""
        rise, depth = _extent(self.face.file, self.reference)
        return math.floor((rise + depth) * font.size) if depth else -int(font.getbbox(self.reference, anchor="ls")[1])

    def middle(self, font: ImageFont.FreeTypeFont) -> float:
        """How many pixels the middle of the line stands above the baseline."""
        rise, depth = _extent(self.face.file, self.centre)
        return (rise - depth) / 2 * font.size


def breaks_around(character: str) -> bool:
    """Whether a line may break before and after it, with no space there (UAX 14, class ID). Korean has spaces."""
    return ord(character) in _IDEOGRAPHS


def _reference(text: str) -> str:
    """A small letter measures nothing but itself: beside any other character it is not looked at."""
    large = [character for character in text if character.isalnum() and not character.islower()]
    if any(not _is_square(character) for character in large):
        return "H"
    only_small = all(character.islower() or character.isspace() for character in text)
    return _square(text) or ("x" if only_small else "H")


def _square(text: str) -> str:
    """What stands for the characters of a text that fill a square; "" where there are none."""
    if any(map(breaks_around, text)):
        return "生"
    return "생" if any(map(_is_square, text)) else ""


def _is_square(character: str) -> bool:
    return breaks_around(character) or ord(character) in _HANGUL


@cache
def _data(file: str) -> bytes:
    return (files("labelkit.image") / "fonts" / file).read_bytes()


@lru_cache(maxsize=16)  # each holds a copy of the file
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    # BASIC lays out letter by letter: the same with and without HarfBuzz, and all that these scripts need.
    return ImageFont.truetype(io.BytesIO(_data(file)), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _extent(file: str, character: str) -> tuple[float, float]:
    """How far a character reaches above the baseline, and below it, in em."""
    _, top, _, bottom = _font(file, _LARGE).getbbox(character, anchor="ls")
    return -top / _LARGE, bottom / _LARGE


@lru_cache(maxsize=8192)
def _is_missing(file: str, character: str) -> bool:
    """Whether the font draws for this character what it draws for those that it does not have."""
    font = _font(file, 32)
    drawn, box = font.getmask(character), font.getmask("\uffff")
    return not character.isspace() and drawn.size == box.size and bytes(drawn) == bytes(box)
