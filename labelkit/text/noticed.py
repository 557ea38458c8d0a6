"""The notice as it is read: found in its place, and cut out of what a client sends back.

Only the first and the last line of a text are looked at, however many notices there are to know.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from labelkit.placement import Place
from labelkit.text.blocks import Blocks
from labelkit.text.notice import FSI, LRI, PDI, RLI, parted, pointing
from labelkit.text.seam import without_wrapper

_BLANKS = " \t\r\n"
_BLANK_LINE = re.compile(r"[ \t]*(?:\r\n|\r|\n|\Z)")
_LEAD = re.compile(r"(?:[ \t]*+(?:\r\n|\r|\n))*+ {0,3}(?=[^ \t])")  # four would make it code
_LONGEST = 4096  # characters of a line; no notice has more


class Notice(NamedTuple):
    """A notice that stands in a text: its words, where, and the address that it names."""

    words: str
    place: Place
    detector: str | None


def find(text: str, known: Container[str]) -> list[Notice]:
    """The notices in their places, each a paragraph of its own: any of the ``known`` words, with whatever address. Where
    a text was labelled several times, several stand in one place."""
    first, rest = _at_start(text, known)
    return [*first, *_at_end(text, known, rest)]


def is_there(text: str, words: str, place: Place, others: frozenset[str] = frozenset()) -> bool:
    """Whether a notice of these words stands in its place, with whatever address, ``others`` before or behind it."""
    if words not in text:  # nearly always, and soon known
        return False
    known = others | {words}
    found = _at_start(text, known)[0] if place is Place.START else _at_end(text, known)
    return any(notice.words == words for notice in found)


def cut(text: str, notices: Container[str]) -> str:
    """The text without our own marks: a wrapper that ends it, and any of ``notices`` that is its first or its last
    paragraph, with the blank line that was written around it. The same object when there is nothing to cut.

    A notice anywhere else is a quotation and stays. A fence that was closed for the notice stays closed.
    """
    text = without_wrapper(text)
    start, end = 0, len(text)
    blank = _LEAD.match(text)  # in a stream a notice may have waited behind it
    look = blank.end() if blank else 0
    while (first := _first(text, look)) and _bare(first[0]) in notices:
        if first[1] == end and look > start:
            break  # nothing follows: it is the last paragraph, of a text that is white space
        start = look = first[1]
    while True:
        line, line_end = _last(text, start, end)
        if line == line_end or _bare(text[line:line_end]) not in notices or not _blank_before(text, start, line):
            break
        end = _without_line_end(text, start, _without_line_end(text, start, line))
    return text[start:end]


def _at_start(text: str, known: Container[str]) -> tuple[list[Notice], int]:
    """Those that the text begins with, and where the rest of it begins."""
    found: list[Notice] = []
    rest = len("\ufeff") * text.startswith("\ufeff")
    while (first := _first(text, rest)) and (said := _said(first[0], known)):
        found.append(Notice(said[0], Place.START, said[1]))
        rest = first[1]
    return found, rest


def _at_end(text: str, known: Container[str], begin: int = 0) -> list[Notice]:
    """Those that the text ends with, from ``begin`` on."""
    text = without_wrapper(text)
    found: list[Notice] = []
    start = len(text)
    while True:
        line, line_end = _last(text, begin, start)
        said = _said(text[line:line_end], known)
        if said is None or not _blank_before(text, begin, line):
            break
        found.append(Notice(said[0], Place.END, said[1]))
        start = line
    if found:  # a block that is open before the first of them has them all
        blocks = Blocks()
        blocks.feed(text[:start])
        if blocks.closing():
            return []
    return found[::-1]


def _said(line: str, known: Container[str]) -> tuple[str, str | None] | None:
    """The known words of a line, and its address; None when it says anything else."""
    notice = _bare(line)
    if notice in known:
        return notice, None
    words, detector = parted(notice)
    return (words, detector) if detector is not None and words in known else None


def _bare(line: str) -> str:
    """A notice without its isolate."""
    words, detector = parted(line)
    if words[:1] in (LRI, RLI, FSI) and words.endswith(PDI):
        return pointing(words[1:-1], detector)
    return line


def _first(text: str, begin: int) -> tuple[str, int] | None:
    """The line at ``begin`` and where what comes behind its blank line begins; None where none follows."""
    stop = min(begin + _LONGEST, len(text))
    end = text.find("\n", begin, stop)
    early = text.find("\r", begin, stop if end < 0 else end)
    end = early if early >= 0 else end
    if end < 0:
        end = len(text)
    if begin == end or end > stop:
        return None
    blank = _BLANK_LINE.match(text, end + text.startswith("\r\n", end) + (end < len(text)))
    return (text[begin:end].rstrip(" \t"), blank.end()) if blank else None


def _last(text: str, begin: int, end: int) -> tuple[int, int]:
    """Where the last line from ``begin`` to ``end`` that is not blank begins and ends."""
    while end > begin and text[end - 1] in _BLANKS:
        end -= 1
    near = max(begin, end - _LONGEST)
    start = max(text.rfind("\n", near, end), text.rfind("\r", near, end)) + 1
    return (start or near), end


def _blank_before(text: str, begin: int, line: int) -> bool:
    """Whether a blank line, or nothing at all, stands before the line."""
    line_ends, at = 0, line
    while at > begin and text[at - 1] in _BLANKS:
        at = _without_line_end(text, begin, at) if text[at - 1] in "\r\n" else at - 1
        line_ends += text[at] in "\r\n"
    return line == begin or (text[line - 1] in "\r\n" and line_ends > (at > begin))


def _without_line_end(text: str, begin: int, end: int) -> int:
    """The end without a line end that stands before it."""
    if text.endswith("\r\n", begin, end):
        return end - 2
    return end - text.endswith(("\r", "\n"), begin, end)
