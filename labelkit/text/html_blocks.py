"""CommonMark's seven kinds of HTML block: what opens one and what ends it (spec 0.31.2, section 4.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMES = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|"
    "link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|"
    "thead|title|tr|track|ul"
)

_RAW = re.compile(r"<(script|pre|style|textarea)(?=[ \t>]|\Z)", re.IGNORECASE | re.ASCII)
_RAW_END = re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE | re.ASCII)
_DECLARATION = re.compile(r"<![A-Za-z]")
_NAMED = re.compile(rf"</?(?:{_NAMES})(?=[ \t]|/?>|\Z)", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = r"""[ \t]+[A-Za-z_:][A-Za-z0-9_.:-]*(?:[ \t]*=[ \t]*(?:[^ \t"'=<>`]+|'[^']*'|"[^"]*"))?"""
_ANY = re.compile(
    rf"(?:<[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*[ \t]*/?>|</[A-Za-z][A-Za-z0-9-]*[ \t]*>)[ \t]*\Z",
)


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """An open HTML block. ``closing`` is what can be written to end it; it is empty where a blank line does.

    ``interrupts`` says whether it can begin in the middle of a paragraph; ``end`` is what ends it.
    """

    closing: str
    end: re.Pattern[str] | str = ""
    interrupts: bool = True

    def ends_with(self, line: str) -> bool:
        """Whether the block ends with this line."""
        if not self.closing:
            return not line.strip(" \t")
        return self.end in line if isinstance(self.end, str) else self.end.search(line) is not None

    def end_in(self, text: str, start: int, stop: int) -> int:
        """Where in ``text``, from the line at ``start`` on, the first thing stands that ends the block; or -1."""
        end = self.end if self.closing else _BLANK_LINE
        if isinstance(end, str):
            return text.find(end, start, stop)
        found = end.search(text, start, stop)
        return found.start() if found and found.start() < stop else -1


_BLANK_LINE = re.compile(r"^[ \t]*$", re.MULTILINE)
_UNTIL_BLANK = HtmlBlock("")
_UNTIL_BLANK_WEAK = HtmlBlock("", interrupts=False)
_COMMENT = HtmlBlock("-->", "-->")
_INSTRUCTION = HtmlBlock("?>", "?>")
_CDATA = HtmlBlock("]]>", "]]>")
_MARKUP = HtmlBlock(">", ">")


def opened_by(line: str) -> HtmlBlock | None:
    """The HTML block that a line opens, given without its indentation; None when it opens none."""
    if line.startswith("<!--"):
        return _COMMENT
    if line.startswith("<?"):
        return _INSTRUCTION
    if line.startswith("<![CDATA["):
        return _CDATA
    if _DECLARATION.match(line):
        return _MARKUP
    if raw := _RAW.match(line):
        return HtmlBlock(f"</{raw[1].lower()}>", _RAW_END)
    if _NAMED.match(line):
        return _UNTIL_BLANK
    return _UNTIL_BLANK_WEAK if _ANY.match(line) else None
