"""A single word: an answer that is one word or one number ("positive", "42", "Да."), which some rules exempt.

The EU's guidelines on art. 50 (C(2026) 5054, 20.07.2026) do not cover single words. Only scripts that separate their
words by spaces have any that can be told: a Chinese or Thai sentence has no space in it, and is no single word.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 64
"""Characters of an answer, with what stands around its word; a longer one is not looked at."""

_PARTS = 4  # of "mother-in-law"; more of them are a sentence, or a name that somebody made
_JOINT = re.compile("[-'\u2019\u2010\u2011]")
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f',.\u2019]\d{3})+(?:[.,]\d+)?|\d+(?:[.,:]\d+)*")
_AROUND = frozenset("PSZC")  # punctuation, symbols, separators, controls
_JOINERS = frozenset("\u200c\u200d")  # within words of Persian and of Indian languages
# By the first word of a character's name, which Unicode never changes. What is not here is taken for a sentence.
_SPACED = frozenset(
    (
        "ARABIC", "ARMENIAN", "BENGALI", "CHEROKEE", "COMBINING", "CYRILLIC", "DEVANAGARI", "ETHIOPIC", "GEORGIAN",
        "GREEK", "GUJARATI", "GURMUKHI", "HANGUL", "HEBREW", "KANNADA", "LATIN", "MALAYALAM", "MODIFIER", "MONGOLIAN", "ORIYA",
        "SINHALA", "SYRIAC", "TAMIL", "TELUGU", "THAANA",
    )
)  # fmt: skip


def is_word(text: str) -> bool:
    """Whether a text is one word or one number, whatever punctuation, symbols and blanks stand around it."""
    if len(text) > LONGEST:
        return False
    word = _bare(text)
    if _NUMBER.fullmatch(word):
        return True
    parts = _JOINT.split(word)
    return len(parts) <= _PARTS and all(part and all(map(_is_of_word, part)) for part in parts)


def _bare(text: str) -> str:
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start])[0] in _AROUND:
        start += 1
    while start < end and unicodedata.category(text[end - 1])[0] in _AROUND:
        end -= 1
    return text[start:end]


def _is_of_word(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind == "Nd" or character in _JOINERS:
        return True
    return kind[0] in "LM" and unicodedata.name(character, "").partition(" ")[0] in _SPACED
