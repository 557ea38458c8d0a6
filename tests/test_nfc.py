"""NFC in pieces and without slow texts: the same as `unicodedata.normalize`, for every text."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit import nfc

# Letters that take marks, marks of many classes, parts of Hangul syllables, Indic vowel signs, singletons, and
# characters that decompose to marks alone.
NASTY = "aeoAI09 -\u00e9\u1ed9\u212b\u0301\u0323\u0308\u0302\u0327\u0344\u0345\u0f71\u0f72\u0f73\u0f75\u0f81\u1100\u1161\u11a8\uac00\uac01"
NASTY += "\u09c7\u09be\u09d7\u0b47\u0b57\u0dd9\u0dcf\u0dca\u1025\u102e\u0915\u093c\u0958\u3099\u304b\u05e9\u05c1\ufb2a\ufeff\u200d\ufe0f😀—"
nasty_texts = st.text(st.sampled_from(NASTY), max_size=40) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=20
)


@given(text=nasty_texts)
def test_same_as_the_standard_library(text: str) -> None:
    """It is NFC, and the same object when there is nothing to do."""
    normal = nfc.normalize(text)
    assert normal == unicodedata.normalize("NFC", text)
    assert nfc.normalize(normal) is normal


@given(
    text=st.text(st.sampled_from(NASTY), max_size=4), more=st.text(st.sampled_from(NASTY), min_size=64, max_size=200)
)
def test_long_runs_of_marks_are_sorted_right(text: str, more: str) -> None:
    """The way that long runs go gives the same as the standard library's."""
    marks = "".join(mark for mark in more if unicodedata.combining(mark)) * 8
    assert nfc.normalize(text + marks + text) == unicodedata.normalize("NFC", text + marks + text)


def test_a_megabyte_of_marks_is_normalised() -> None:
    """Half a million pairs of marks in the wrong order come out in the right one, which insertion takes hours for."""
    count = 500_000
    assert nfc.normalize("a" + "\u0301\u0316" * count) == "\u00e1" + "\u0316" * count + "\u0301" * (count - 1)


@given(before=nasty_texts, after=nasty_texts.filter(bool))
def test_parts_are_normalised_alone(before: str, after: str) -> None:
    """Where a text may be cut, the NFC of the parts is the NFC of the whole."""
    cut = nfc.safe_cut(after)
    if cut >= 0:
        whole = before + after
        at = len(before) + cut
        parts = unicodedata.normalize("NFC", whole[:at]) + unicodedata.normalize("NFC", whole[at:])
        assert parts == unicodedata.normalize("NFC", whole)


def test_ascii_is_cut_before_its_last_character() -> None:
    """The last letter waits for a mark that may come."""
    assert nfc.safe_cut("abc") == 2
    assert nfc.safe_cut("abce\u0301") == 3
    assert nfc.safe_cut("\u0301") == -1


def test_no_safe_character_joins_with_what_is_before_it() -> None:
    """In the Unicode of this Python, no character that counts as safe is, or decomposes to, one that reorders or joins."""
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    seconds = {
        chr(int(parts[1], 16))
        for parts in (unicodedata.decomposition(character).split() for character in every)
        if len(parts) == 2 and not parts[0].startswith("<")
    } | {chr(code) for code in [*range(0x1160, 0x1176), *range(0x11A7, 0x11C3)]}
    for character in every:
        first = unicodedata.normalize("NFD", character)[0]
        joins = first in seconds or character in seconds
        if joins or unicodedata.combining(first) or unicodedata.combining(character):
            assert nfc.safe_cut("\u0301" + character) == -1, f"U+{ord(character):04X}"


def test_every_mark_is_in_the_class_of_long_runs() -> None:
    """No mark escapes the class whose runs are sorted."""
    marks = [character for character in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(character)]
    assert all(nfc._LONG_RUN.fullmatch(mark * 64) for mark in marks)


@pytest.mark.parametrize("text", ["漢字", "Привет", "שלום", "नमस्ते", "한글"])
def test_ordinary_letters_are_safe(text: str) -> None:
    """A text in letters is not held back further than its last one."""
    assert nfc.safe_cut(text + ".") == len(text)
