"""CommonMark's block structure, line by line: which containers and which leaf block are open (spec 0.31.2, appendix).

Only what decides where the next line lands is kept: no tree, no inlines. The steps are those of the
specification's parsing strategy: continue the open containers, start new blocks, then add the text.
"""

from __future__ import annotations

import re
from enum import Enum

from labelkit.text.html_blocks import HtmlBlock, opened_by

_QUOTE = 0  # a container is the width of its list item in columns, or this
_CODE_INDENT = 4

_HEADING = re.compile(r"#{1,6}(?: |\Z)")
_FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})")
_CLOSING_FENCE = re.compile(r"(`{3,}|~{3,}) *\Z")
_UNDERLINE = re.compile(r"(?:=+|-+) *\Z")
_BREAK = re.compile(r"(?:\* *){3,}\Z|(?:- *){3,}\Z|(?:_ *){3,}\Z")
_MARKER = re.compile(r"([-+*]|(\d{1,9})[.)])( +|\Z)", re.ASCII)
_DEFINITIONS = re.compile(
    r"""(?:
        \[ (?!\s*\]) (?:[^\\\[\]]|\\.)+ \]:             # a label
        [ ]*\n?[ ]* (?:<(?:[^<>\n\\]|\\.)*>|(?!<)\S+)   # a destination
        (?:(?:[ ]+\n?|\n)[ ]* (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?  # a title
        [ ]* (?:\n|\Z)
    )+\Z""",
    re.VERBOSE | re.DOTALL,
)


class Leaf(Enum):
    """The leaf block that is open; anything that ends with its own line leaves NONE."""

    NONE = "none"
    PARAGRAPH = "paragraph"
    CODE = "indented code"
    FENCE = "fence"
    HTML = "html"


class Structure:
    """What is open after the lines told so far. Lines come without their ends.

    ``leaf`` is the open leaf block; ``fence`` and ``html`` say more of it where it is one of those.
    """

    __slots__ = ("_containers", "_empty_item", "_paragraph", "fence", "html", "leaf")

    def __init__(self) -> None:
        self.leaf = Leaf.NONE
        self.fence = ""
        self.html: HtmlBlock | None = None
        self._containers: list[int] = []
        self._empty_item = False  # the innermost container is a list item that has nothing in it yet
        self._paragraph: list[str] = []  # kept only while it may be nothing but link reference definitions

    def copy(self) -> Structure:
        """The same state, to be told other lines."""
        other = Structure()
        other.leaf, other.fence, other.html = self.leaf, self.fence, self.html
        other._containers, other._paragraph = self._containers.copy(), self._paragraph.copy()
        other._empty_item = self._empty_item
        return other

    @property
    def at_top(self) -> bool:
        """Whether no list item and no block quote is open."""
        return not self._containers

    def reset(self) -> None:
        """Nothing is open: what an unindented line after a blank one finds, outside a top-level leaf block."""
        self._close_to(0)

    def tell(self, line: str) -> None:
        """Take the next line."""
        if self.leaf is Leaf.PARAGRAPH and not self._paragraph and line[:1].isalpha():
            return  # by far the most frequent line: text that goes on, in whatever container
        if "\t" in line:
            line = line.expandtabs(4)  # a tab stop is four columns wherever structure is decided (spec, 2.2)
        pos, matched = self._continue_containers(line)
        blank = not line[pos:].strip(" ")
        if matched < len(self._containers) and (blank or self.leaf is not Leaf.PARAGRAPH):
            self._close_to(matched)
        whole = matched == len(self._containers)
        if blank and self.leaf is Leaf.PARAGRAPH:
            self.leaf = Leaf.NONE
        if whole and self._continue_leaf(line[pos:], blank):
            return
        if not blank:
            self._start_blocks(line, pos, matched)

    def _continue_containers(self, line: str) -> tuple[int, int]:
        """Where the line goes on behind the containers that it continues, and how many those are."""
        pos = matched = 0
        last = len(self._containers) - 1
        for width in self._containers:
            start = _skip_spaces(line, pos)
            if width == _QUOTE:
                if start - pos >= _CODE_INDENT or not line.startswith(">", start):
                    break
                pos = start + 1 + line.startswith(" ", start + 1)
            elif start == len(line):
                if self._empty_item and matched == last:
                    break  # a list item begins with at most one blank line
                pos = start
            elif start - pos >= width:
                pos += width
            else:
                break
            matched += 1
        return pos, matched

    def _continue_leaf(self, rest: str, blank: bool) -> bool:
        """Whether the open leaf block takes the whole line."""
        if self.leaf is Leaf.FENCE:
            start = _skip_spaces(rest, 0)
            closing = _CLOSING_FENCE.match(rest, start) if start < _CODE_INDENT else None
            if closing and closing[1].startswith(self.fence):
                self.leaf = Leaf.NONE
            return True
        if self.leaf is Leaf.HTML and self.html is not None:
            if self.html.ends_with(rest):
                self.leaf = Leaf.NONE
            return True
        if self.leaf is Leaf.CODE:
            if blank or rest.startswith(" " * _CODE_INDENT):
                return True
            self.leaf = Leaf.NONE
        return False

    def _start_blocks(self, line: str, pos: int, matched: int) -> None:
        """Open what a line that is not blank opens, containers first."""
        interrupts = self.leaf is Leaf.PARAGRAPH and matched == len(self._containers)
        while True:
            start = _skip_spaces(line, pos)
            if start == len(line):
                return
            indent = start - pos
            if indent >= _CODE_INDENT:
                if self.leaf is not Leaf.PARAGRAPH:
                    self._open(matched, Leaf.CODE)
                    return
                break
            if line[start] == ">":
                self._open_container(matched, _QUOTE)
                pos = start + 1 + line.startswith(" ", start + 1)
            elif self._start_leaf(line[start:], matched, interrupts):
                return
            elif marker := self._item(line, start, interrupts):
                spaces = len(marker[3])
                padding = spaces if marker.end() < len(line) and spaces <= _CODE_INDENT else 1
                width = indent + len(marker[1]) + padding
                self._open_container(matched, width, empty=True)
                pos = min(pos + width, len(line))
            else:
                break
            matched += 1
            interrupts = False
        self._add_text(line[start:], matched)

    def _start_leaf(self, rest: str, matched: int, interrupts: bool) -> bool:
        """Open the leaf block, other than a paragraph, that ``rest`` begins; False when it begins none."""
        first = rest[0]
        if first == "#" and _HEADING.match(rest):
            self._open(matched, Leaf.NONE)
        elif first in "`~" and (fence := _FENCE.match(rest)):
            self._open(matched, Leaf.FENCE)
            self.fence = fence[1] or fence[2]
        elif first == "<" and (html := opened_by(rest)) and (html.interrupts or self.leaf is not Leaf.PARAGRAPH):
            self._open(matched, Leaf.HTML)
            self.html = html
            if html.ends_with(rest):
                self.leaf = Leaf.NONE
        elif first in "=-" and interrupts and _UNDERLINE.match(rest) and not self._only_definitions():
            self.leaf = Leaf.NONE
        elif first in "*-_" and _BREAK.match(rest):
            self._open(matched, Leaf.NONE)
        else:
            return False
        return True

    @staticmethod
    def _item(line: str, start: int, interrupts: bool) -> re.Match[str] | None:
        """The list marker at ``start``. Only a 1 and something behind it interrupt a paragraph (spec, 5.2)."""
        marker = _MARKER.match(line, start)
        if marker and interrupts and (marker.end() == len(line) or int(marker[2] or 1) != 1):
            return None
        return marker

    def _only_definitions(self) -> bool:
        """Whether the paragraph is link reference definitions alone, which no underline makes a heading."""
        if not self._paragraph or not _DEFINITIONS.match("\n".join(self._paragraph)):
            return False
        self._paragraph = []
        return True

    def _add_text(self, text: str, matched: int) -> None:
        """Text that opens nothing: it continues a paragraph, lazily if need be, or begins one."""
        if self.leaf is Leaf.PARAGRAPH:
            if self._paragraph:
                self._paragraph.append(text)
            return
        self._open(matched, Leaf.PARAGRAPH)
        self._paragraph = [text] if text.startswith("[") else []

    def _open(self, matched: int, leaf: Leaf) -> None:
        self._close_to(matched)
        self.leaf = leaf

    def _open_container(self, matched: int, width: int, *, empty: bool = False) -> None:
        self._close_to(matched)
        self._containers.append(width)
        self._empty_item = empty

    def _close_to(self, matched: int) -> None:
        del self._containers[matched:]
        self.leaf = Leaf.NONE
        self._empty_item = False


def _skip_spaces(line: str, pos: int) -> int:
    return len(line) - len(line[pos:].lstrip(" "))
