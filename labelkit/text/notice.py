"""The notice: the visible mark of a text, as a paragraph of its own at its start or its end.

What is written around a notice is a blank line, what closes an open block before it, and, where its direction is
not that of the text, a directional isolate, so that its full stop stays where it belongs (UAX #9, 2.4.2).
"""

from __future__ import annotations

import re
import unicodedata

from labelkit.errors import ConfigurationError
from labelkit.placement import Place
from labelkit.text.blocks import Blocks
from labelkit.text.commonmark import Leaf, Structure

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
_ALLOWED = re.compile("[\u00a0\u202f\u200d]")  # no-break spaces of good typography, the joiner of emoji
_LETTER = re.compile(r"[^\W\d_]")


def check(notice: str) -> None:
    """Refuse a wording that would not be read as one paragraph of plain text.

    Raises:
        ConfigurationError: it is empty, has line breaks or control characters, is not in NFC, or is Markdown for
            something else (``# …``, ``1. …``, ``[…]: …``).
    """
    structure = Structure()
    structure.tell(notice)
    if not notice or notice != notice.strip() or not _ALLOWED.sub(" ", notice).isprintable():
        fault = "one line of printable characters"
    elif not unicodedata.is_normalized("NFC", notice):
        fault = "in Unicode normalisation form C"
    elif structure.leaf is not Leaf.PARAGRAPH or not structure.at_top or re.match(r"\[[^\]]*\]:", notice):
        fault = "a plain paragraph, when it is read as Markdown"
    else:
        return
    raise ConfigurationError(
        f"A notice has to be {fault}", where=f"notice {notice[:60]!r}", remedy="Change the wording."
    )


def pointing(wording: str, detector: str | None) -> str:
    """The notice that has these words, and the address where anyone can have the mark checked."""
    return wording if detector is None else f"{wording} {detector}"


def parted(notice: str) -> tuple[str, str | None]:
    """A notice's words and its address, or None."""
    words, _, last = notice.rpartition(" ")
    return (words, last) if words and last.startswith(("https://", "http://")) and last.isascii() else (notice, None)


def right_to_left(text: str) -> bool | None:
    """The direction of a text: that of its first letter, as UAX #9 (P2) has it. None when it has no letter."""
    letter = _LETTER.search(text)
    return unicodedata.bidirectional(letter[0]) in ("R", "AL") if letter else None


def fitted(notice: str, rtl: bool | None) -> str:
    """The notice for a text of this direction: isolated where its own is the other. An address stays outside, for what
    stands right behind one is taken for a part of it."""
    words, detector = parted(notice)
    own = right_to_left(words)
    if rtl is None or own is None or own == rtl:
        return notice
    return pointing(f"{RLI if own else LRI}{words}{PDI}", detector)


def before(notice: str, rtl: bool | None = None) -> str:
    """What to write before a text, so that both are read as if each stood alone."""
    return f"{fitted(notice, rtl)}\n\n"


def after(blocks: Blocks, notice: str, rtl: bool | None = None) -> str:
    """What to write after the text that ``blocks`` was fed, so that the notice is a top-level paragraph."""
    return blocks.closing() + fitted(notice, rtl)


def add(text: str, notice: str, place: Place) -> str:
    """The text with its notice. The text itself is in it unchanged."""
    rtl = right_to_left(text)
    if place is Place.START:
        return before(notice, rtl) + text
    blocks = Blocks()
    blocks.feed(text)
    return text + after(blocks, notice, rtl)
