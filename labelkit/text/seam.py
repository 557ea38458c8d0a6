"""The seam: what stands between a text and the wrapper behind it, so that the wrapper is in nothing that people copy.

Invisible characters in a code block end up in somebody's program; behind an address they become part of it; behind
a closing fence they keep it from closing.
"""

from __future__ import annotations

import re

from labelkit.text import wrapper
from labelkit.text.blocks import Blocks

_FIRST = "\ufeff"  # a wrapper's first character; no line that begins so begins a block
_BLANKS = " \t\r\n"
_LONGEST = 256  # characters of a last line that are looked at
# Nothing may stand behind these on their line: a fence, a thematic break, an underline, in any container.
_BARE = re.compile(r"[ \t>]*(?:`{3,}|~{3,}|[-=*_][-=*_ \t]*)[ \t]*\Z")
_DEFINITION = re.compile(r"[ \t>]*\[[^\]]+\]:")


def between(blocks: Blocks) -> str:
    """What to write between the text that ``blocks`` was fed and a wrapper; nearly always nothing."""
    last = blocks.last_line
    if not blocks.swallows(_FIRST):
        return behind(last)
    return "\n" if last and not blocks.swallows("\n" + _FIRST) else blocks.closing()


def behind(line: str) -> str:
    """What to write between a last line that is in no code block and a wrapper."""
    return "\n" if _spoilt(line) else ""


def without_wrapper(text: str) -> str:
    """The text without a wrapper that ends it, and without the line ends written before that. The same object when
    there is none. A block that was closed for the wrapper stays closed."""
    if not wrapper.has_wrapper(text):
        return text
    found = wrapper.at_end(text.rstrip(_BLANKS))
    if found is None:
        return text
    rest = text[: found.start]
    for gap in ("\n\n", "\n"):
        if rest.endswith(gap):
            blocks = Blocks()
            blocks.feed(rest[: -len(gap)])
            if between(blocks) == gap:
                return rest[: -len(gap)]
    return rest


def _spoilt(line: str) -> bool:
    """Whether a last line means something else with more behind it."""
    words = line[-_LONGEST:].split()
    if not words:
        return False
    if ("://" in words[-1] and line.endswith(words[-1])) or _DEFINITION.match(line[:_LONGEST]):
        return True
    return len(line) <= _LONGEST and _BARE.match(line) is not None
