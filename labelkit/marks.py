"""Marks: the physical carriers of a label, and which of them each medium can carry (design, section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from labelkit.errors import MarkError


class Mark(StrEnum):
    """One physical carrier of a label in content. HTTP headers announce; they are no mark."""

    VISIBLE = "visible"
    METADATA = "metadata"
    C2PA = "c2pa"
    WATERMARK = "watermark"


class Medium(StrEnum):
    """What kind of content it is, as the laws divide it."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


Marks = frozenset[Mark]
NO_MARKS: Marks = frozenset()

# A new mark is a new file and one line here.
CARRIED: Mapping[Medium, Marks] = MappingProxyType(
    {
        Medium.TEXT: frozenset({Mark.VISIBLE, Mark.C2PA}),
        Medium.IMAGE: frozenset({Mark.VISIBLE, Mark.METADATA, Mark.C2PA}),
        Medium.AUDIO: NO_MARKS,
        Medium.VIDEO: NO_MARKS,
    }
)
# What "on" means where neither user nor policy says more. A signed text costs 6 KB of invisible
# characters, so for text it has to be asked for.
DEFAULT: Mapping[Medium, Marks] = MappingProxyType(
    {
        Medium.TEXT: frozenset({Mark.VISIBLE}),
        Medium.IMAGE: frozenset({Mark.VISIBLE, Mark.METADATA, Mark.C2PA}),
        Medium.AUDIO: NO_MARKS,
        Medium.VIDEO: NO_MARKS,
    }
)
# A document that is a file of its own, such as Markdown, has a place for metadata: its front matter.
DOCUMENT: Marks = frozenset({Mark.VISIBLE, Mark.METADATA})


def carried(medium: Medium, *, document: bool = False) -> Marks:
    """What content of this medium can carry; ``document`` is for text that is a file with front matter."""
    return DOCUMENT if document and medium is Medium.TEXT else CARRIED[medium]


def default(medium: Medium, *, document: bool = False) -> Marks:
    """What "on" means for content of this medium."""
    return DOCUMENT if document and medium is Medium.TEXT else DEFAULT[medium]


def parse_marks(names: Iterable[str | Mark]) -> Marks:
    """Read mark names, in any case.

    Raises:
        MarkError: a name that is no mark.
    """
    known = {mark.value: mark for mark in Mark}
    found = set()
    for name in names:
        mark = known.get(name.strip().lower())
        if mark is None:
            raise MarkError(f"There is no mark {name!r}", remedy=f"The marks are {', '.join(known)}.")
        found.add(mark)
    return frozenset(found)


def in_order(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks in the order in which they are applied and told."""
    chosen = frozenset(marks)
    return tuple(mark for mark in Mark if mark in chosen)


def tell(marks: Iterable[Mark]) -> str:
    """Marks as the wire and the CLI write them: ``visible c2pa``."""
    return " ".join(mark.value for mark in in_order(marks))
