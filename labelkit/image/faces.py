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
    """What a text is written in: the face, and the ``reference``, the character by which its height is measured.

    GB 45438-2025 asks for the height of the characters: that is an ideograph or a syllable that fills its square
    where there is one, else a capital, or a small letter where there are only small ones.
    """

    face: Face
    reference: str

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
        return cls(nearest, _reference(text))

    def of_height(self, height: int) -> ImageFont.FreeTypeFont:
        """The smallest font in which the reference covers at least so many rows of pixels."""
        sizes = count(math.floor(height / sum(self._extent)))
        return next(font for size in sizes if self._rows(font := _font(self.face.file, size)) >= height)

    def _rows(self, font: ImageFont.FreeTypeFont) -> int:
        """What stands on the baseline fills its lowest row, and a font fits it to rows as it is drawn; what does not
        leaves rows half covered above and below, which are not counted."""
        rise, depth = self._extent
        return math.floor((rise + depth) * font.size) if depth else -int(font.getbbox(self.reference, anchor="ls")[1])

    def middle(self, font: ImageFont.FreeTypeFont) -> float:
        """How many pixels the middle of the reference stands above the baseline."""
        rise, depth = self._extent
        return (rise - depth) / 2 * font.size

    @property
    def _extent(self) -> tuple[float, float]:
        return _extent(self.face.file, self.reference)


def breaks_around(character: str) -> bool:
    """Whether a line may break before and after it, with no space there (UAX 14, class ID). Korean has spaces."""
    return ord(character) in _IDEOGRAPHS


def _reference(text: str) -> str:
    if any(map(breaks_around, text)):
        return "生"
    if any(ord(character) in _HANGUL for character in text):
        return "생"
    return "x" if all(character.islower() or character.isspace() for character in text) else "H"


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
