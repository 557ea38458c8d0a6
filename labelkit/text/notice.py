"""The notice: the visible mark of a text, as a paragraph of its own at its start or its end.

What is written around a notice is a blank line, what closes an open block before it, and, where its direction is
not that of the text, a directional isolate, so that its full stop stays where it belongs (UAX #9, 2.4.2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from labelkit.errors import ConfigurationError
from labelkit.placement import Place
from labelkit.text import wrapper
from labelkit.text.blocks import Blocks
from labelkit.text.commonmark import Leaf, Structure

_LRI, _RLI, _FSI, _PDI = "\u2066", "\u2067", "\u2068", "\u2069"
_BLANKS = " \t\r\n"
_ALLOWED = re.compile("[\u00a0\u202f\u200d]")  # no-break spaces of good typography, the joiner of emoji
_LETTER = re.compile(r"[^\W\d_]")
_LINE_END = r"(?:\r\n|\r|\n)"
_BLANK_LINE_AFTER = re.compile(rf"[ \t]*{_LINE_END}(?:[ \t]*(?:{_LINE_END}|\Z)|\Z)|\Z")
# Nothing may stand behind these on their line: a fence, a thematic break, an underline, in any container.
LONGEST_BARE_LINE = 256  # characters that are looked at; a longer line is not taken for a bare one
_BARE = frozenset("`~-=*_")
_BARE_LINE = re.compile(r"(?:\A|[\r\n])[ \t>]*(?:`{3,}|~{3,}|[-=*_][-=*_ \t]*)[ \t]*\Z")


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


def right_to_left(text: str) -> bool | None:
    """The direction of a text: that of its first letter, as UAX #9 (P2) has it. None when it has no letter."""
    letter = _LETTER.search(text)
    return unicodedata.bidirectional(letter[0]) in ("R", "AL") if letter else None


def fitted(notice: str, rtl: bool | None) -> str:
    """The notice for a text of this direction: isolated where its own is the other."""
    own = right_to_left(notice)
    if rtl is None or own is None or own == rtl:
        return notice
    return f"{_RLI if own else _LRI}{notice}{_PDI}"


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


def break_before_wrapper(text_end: str) -> str:
    """A line end where the wrapper would spoil the text's last line (a closing fence ends its line), else nothing."""
    if text_end.rstrip(" \t")[-1:] not in _BARE:  # nearly always, and soon known
        return ""
    return "\n" if _BARE_LINE.search(text_end) else ""


def is_there(text: str, notice: str, place: Place) -> bool:
    """Whether exactly this notice stands in its place, as a paragraph of its own."""
    if place is Place.START:
        text = text.removeprefix("\ufeff")
        size = _at_start(text, notice)
        return size > 0 and _BLANK_LINE_AFTER.match(text, size) is not None
    text = _without_wrapper(text).rstrip(_BLANKS)
    size = _at_end(text, notice)
    if not size:
        return False
    blocks = Blocks()
    blocks.feed(text[:-size])
    return not blocks.closing()


def cut(text: str, notices: Collection[str]) -> str:
    """The text without our own marks: a wrapper that ends it, and any of ``notices`` that is its first or its last
    paragraph, with the blank line that was written around it. The same object when there is nothing to cut.

    A notice anywhere else is a quotation and stays. A fence that was closed for the notice stays closed.
    """
    text = _without_wrapper(text)
    while (less := _without_first(text, notices)) is not None:
        text = less
    while (less := _without_last(text, notices)) is not None:
        text = less
    return text


def _without_wrapper(text: str) -> str:
    if not wrapper.has_wrapper(text):
        return text
    found = wrapper.at_end(text.rstrip(_BLANKS))
    if found is None:
        return text
    rest = text[: found.start]
    if rest.endswith("\n") and break_before_wrapper(rest[-LONGEST_BARE_LINE:-1]):
        return rest[:-1]
    return rest


def _without_last(text: str, notices: Collection[str]) -> str | None:
    body = text.rstrip(_BLANKS)
    for notice in notices:
        if size := _at_end(body, notice):
            rest = body[:-size]
            if not rest or _ends_blank(rest):
                return _without_line_end(_without_line_end(rest))
    return None


def _without_first(text: str, notices: Collection[str]) -> str | None:
    for notice in notices:
        if (size := _at_start(text, notice)) and (blank := _BLANK_LINE_AFTER.match(text, size)):
            return text[blank.end() :]
    return None


def _at_start(text: str, notice: str) -> int:
    """The length of the notice that begins the text, isolates included; 0 when it does not."""
    if text.startswith(notice):
        return len(notice)
    isolated = text[:1] in (_LRI, _RLI, _FSI) and text.startswith(notice + _PDI, 1)
    return len(notice) + 2 if isolated else 0


def _at_end(text: str, notice: str) -> int:
    """The length of the notice that ends the text, isolates included; 0 when it does not."""
    if text.endswith(notice):
        return len(notice)
    size = len(notice) + 2
    isolated = text.endswith(notice + _PDI) and text[-size : 1 - size] in (_LRI, _RLI, _FSI)
    return size if isolated else 0


def _ends_blank(text: str) -> bool:
    """Whether the text ends with a blank line."""
    said = text.rstrip(_BLANKS)
    line_ends = len(re.findall(_LINE_END, text[len(said) :]))
    return text.endswith(("\n", "\r")) and line_ends > bool(said)


def _without_line_end(text: str) -> str:
    if text.endswith("\r\n"):
        return text[:-2]
    return text[:-1] if text.endswith(("\n", "\r")) else text
