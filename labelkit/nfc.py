"""Unicode normalisation form C of a text that arrives in pieces, and never slow, whatever the text is.

Two things that `unicodedata.normalize` does not do. It can't be told where a text may be cut: here it is, before a
character that neither joins nor reorders with what stands before it. And it sorts a run of combining marks by
insertion, which takes minutes for a megabyte of them: here such runs are sorted beforehand.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

# Characters before which a text may be cut. Letters and digits are such starters but for those that join with a
# letter before them: the vowels and finals of Hangul, and the vowel signs of Kirat Rai, which are letters too.
_SAFE = r"(?:[\x00-\u02ff]|(?![\u1160-\u11ff\ud7b0-\ud7ff\U00016d60-\U00016d6f])\w)"
_TO_LAST_SAFE = re.compile(rf".*(?={_SAFE})", re.DOTALL)
_LONG_RUN = re.compile(r"[^\w\s\x00-\u02ff]{64,}")  # every combining mark is in the class, and much else


def normalize(text: str) -> str:
    """NFC of ``text``, in time linear in it but for the sorting of runs of marks; the same object if it is in NFC."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", _LONG_RUN.sub(_sorted, text))


def safe_cut(text: str) -> int:
    """The last place before a character of ``text`` where it may be cut from what stands before, so that each part
    can be normalised alone; -1 when there is none."""
    if text.isascii():
        return len(text) - 1
    found = _TO_LAST_SAFE.match(text)
    return found.end() if found else -1


def _sorted(run: re.Match[str]) -> str:
    """The run, decomposed and in canonical order (Unicode, 3.11, D109); equivalent to what it was."""
    decomposed = "".join(unicodedata.normalize("NFD", character) for character in run[0])
    parts = groupby(decomposed, key=lambda mark: unicodedata.combining(mark) != 0)
    return "".join("".join(sorted(part, key=unicodedata.combining) if marks else part) for marks, part in parts)
