"""What must be written after a text so that the next line is a paragraph of its own, at the top of the document.

The text comes in pieces of any size. It is kept, and looked at as late as possible: a text without a line that can
open a fence or an HTML block is never told line by line, and of any other only what lies around such lines.
"""

from __future__ import annotations

import re

from labelkit.text.commonmark import Leaf, Structure

# A line that can open a top-level fence or HTML block: fewer than four columns of indentation, so no tab.
_OPENING = re.compile(r"\n {0,3}(?:```|~~~|<[A-Za-z/!?])")
_OPENING_HERE = re.compile(r" {0,3}(?:```|~~~|<[A-Za-z/!?])")
_FENCE_LINE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_INDENTED = re.compile(r"[ \t>*+\-0-9.)]*?(?: {4}|\t)")  # how a line of indented code begins, in whatever container
_BATCH = 65_536  # characters that are kept before those that are settled are dropped


class Blocks:
    """The block structure of a text that arrives in pieces."""

    __slots__ = ("_enough", "_kept", "_pieces", "_structure")

    def __init__(self) -> None:
        self._pieces: list[str] = []  # what is not settled; it begins where a line begins
        self._kept = 0
        self._enough = _BATCH
        self._structure = Structure()  # at the beginning of what is kept

    def feed(self, text: str) -> None:
        """Take the next piece, cut anywhere, within a line end too."""
        self._pieces.append(text)
        self._kept += len(text)
        if self._kept >= self._enough:
            self._settle()

    def closing(self) -> str:
        """What to write now: it closes an open fence or HTML block of the top level, ends the last line and leaves
        it followed by a blank one. A list item or a block quote ends by that and by the unindented line that follows.
        """
        raw = self._raw()
        text = _with_line_feeds(raw)
        # A lone CR at the end is a line end, which an LF written after it would only complete.
        complete = "\n" if raw.endswith("\r") else ""
        structure = self._structure.copy()
        if _may_open(text) or structure.leaf is not Leaf.NONE:
            _advance(text if text.endswith("\n") else text + "\n", structure)
        if mark := _open_mark(structure):
            return ("\n" if text and not text.endswith("\n") else "") + mark + "\n\n"
        missing = _missing_line_ends(text)
        return complete + missing if missing else ""

    def swallows(self, more: str) -> bool:
        """Whether what is written next, without anything that closes, would end inside a code block or an HTML block
        of whatever depth. ``more`` is to end with what begins no block itself."""
        text = _with_line_feeds(self._raw())
        leaf = self._structure.leaf
        if not _may_open(text) and leaf in (Leaf.NONE, Leaf.PARAGRAPH) and not _INDENTED.match(self.last_line):
            return False
        structure = self._structure.copy()
        text += f"{more}\n"
        settled = _advance(text, structure)
        if settled < len(text):
            _tell(text[settled:], structure)
        return structure.leaf in (Leaf.CODE, Leaf.FENCE, Leaf.HTML)

    @property
    def last_line(self) -> str:
        """What stands behind the last line end."""
        raw = self._raw()
        return raw[max(raw.rfind("\n"), raw.rfind("\r")) + 1 :]

    def _raw(self) -> str:
        if len(self._pieces) != 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def _settle(self) -> None:
        """Drop what no later piece can change, but for the last two lines, which say how the text ends."""
        raw = self._raw()
        text = _with_line_feeds(raw.removesuffix("\r"))
        stop = text.rfind("\n", 0, max(text.rfind("\n"), 0)) + 1
        at = _advance(text[:stop], self._structure)
        if stop - at > _BATCH // 2:
            _tell(text[at:stop], self._structure)
            at = stop
        rest = text[at:] + raw[len(raw.removesuffix("\r")) :]
        self._pieces, self._kept = [rest], len(rest)
        self._enough = max(_BATCH, 2 * self._kept)


def _may_open(text: str) -> bool:
    """Whether the text has what begins a fence or an HTML block. One character is sought ten times faster than three."""
    return ("`" in text and "```" in text) or ("~" in text and "~~~" in text) or "<" in text


def _advance(text: str, structure: Structure) -> int:
    """Take whole lines up to where nothing more can open at the top level; ``structure`` is that of the place
    returned."""
    pos = 0
    while pos < len(text):
        if structure.at_top and structure.leaf in (Leaf.FENCE, Leaf.HTML):
            end = _end_of_leaf(text, pos, structure)
            if end < 0:
                return len(text)
            structure.leaf = Leaf.NONE
            pos = end
            continue
        opening = _OPENING_HERE.match(text, pos) or _OPENING.search(text, pos)
        begin = len(text) if opening is None else opening.start() + (text[opening.start()] == "\n")
        end = text.find("\n", begin) + 1
        fresh = begin if _opens_fence(text, begin, end) else _fresh_start(text, pos, begin)
        if fresh >= 0:
            structure.reset()
            pos = fresh
        if opening is None:
            break
        _tell(text[pos:end], structure)
        pos = end
    return pos


def _tell(lines: str, structure: Structure) -> None:
    for line in lines.removesuffix("\n").split("\n"):
        structure.tell(line)


def _end_of_leaf(text: str, pos: int, structure: Structure) -> int:
    """Where the line after the end of the open top-level fence or HTML block begins; -1 where it does not end."""
    if structure.leaf is Leaf.HTML and structure.html:
        end = structure.html.end_in(text, pos, len(text))
        return end if end < 0 else text.find("\n", end) + 1
    for line in _FENCE_LINE.finditer(text, pos):
        if line[1].startswith(structure.fence):
            return line.end() + 1
    return -1


def _opens_fence(text: str, begin: int, end: int) -> bool:
    """Whether the line is an unindented fence, which ends every container and every paragraph before it."""
    return text.startswith("~~~", begin) or (text.startswith("```", begin) and "`" not in text[begin:end].lstrip("`"))


def _fresh_start(text: str, pos: int, stop: int) -> int:
    """The last place from ``pos`` to ``stop`` where, whatever came before, no container and no paragraph is open:
    an unindented line after a blank one. -1 when there is none."""
    at = text.rfind("\n\n", pos, stop)
    while at >= 0 and text[at + 2 : at + 3] in ("", " ", "\t", "\n"):
        at = text.rfind("\n\n", pos, at + 1)
    return at + 2 if at >= 0 else -1


def _open_mark(structure: Structure) -> str:
    """What closes the open top-level leaf block; empty where a blank line does."""
    if not structure.at_top:
        return ""
    if structure.leaf is Leaf.FENCE:
        return structure.fence
    return structure.html.closing if structure.leaf is Leaf.HTML and structure.html else ""


def _missing_line_ends(text: str) -> str:
    """The line ends after which the text ends with a blank line, or is empty."""
    end = text.rfind("\n")
    last = text[end + 1 :]
    if last:
        return "\n\n" if last.strip(" \t") else "\n"
    previous = text[text.rfind("\n", 0, max(end, 0)) + 1 : max(end, 0)]
    return "\n" if previous.strip(" \t") else ""


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
