"""Front matter: the metadata mark of a Markdown document, as YAML between two lines at its very start.

One key of ours, ``ai-label``, is a flow mapping on one line (JSON is YAML); ``AIGC`` beside it is the record of
GB 45438-2025 where TC260-PG-20258A wants it. Whatever else stands there is kept byte for byte.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from labelkit import aigc as records
from labelkit.errors import LabelkitError, UnsupportedContentError
from labelkit.label import SAID, Label
from labelkit.text.yaml_table import Entry, Table, Value, read_table

KEY = "ai-label"
_LONGEST = 64 * 1024  # characters between the two lines
_BOM = "\ufeff"
_END = r"(?:\r\n|\r|\n)"
_OPENING = re.compile(rf"{_BOM}?---[ \t]*({_END})")
_CLOSING = re.compile(rf"(?<=[\r\n])(?:---|\.\.\.)[ \t]*(?:{_END}|\Z)")  # three dots: pandoc and Jekyll
_FOREIGN = re.compile(rf"{_BOM}?(\+\+\+|---[A-Za-z]+)[ \t]*{_END}")  # TOML between pluses; a language is named
_FOREIGN_CLOSING = re.compile(rf"(?<=[\r\n])(?:\+\+\+|---)[ \t]*(?:{_END}|\Z)")
_BLANK = re.compile(rf"[ \t]*{_END}")
_SPACES = re.compile(r"[ ]*\Z")
_ALTERED = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Front matter in a text: its YAML from ``begin`` to ``stop``, the document's body from ``end`` on.

    ``fault`` is why it cannot be read or written; the entries are told then no more than that it is there.
    """

    begin: int
    stop: int
    end: int
    table: Table = field(default_factory=Table)
    fault: str = ""

    def read(self) -> dict[str, Any] | None:
        """What it declares: our names (None for what is not said) and ``aigc``; None when it declares nothing.

        Anybody can write this. Values are as they stand there; the first of a key counts.

        Raises:
            UnsupportedContentError: it cannot be read.
        """
        if self.fault:
            raise _refuse(self.fault)
        said = {entry.key: entry.value for entry in reversed(self.table.entries)}
        ours, record = said.get(KEY), _record(said.get(records.NAME))
        fields = ours if isinstance(ours, dict) else {}
        if not fields and record is None:
            return None
        says: dict[str, Any] = {name: fields.get(name) for name in SAID}
        return says | {"altered": _ALTERED.get(fields.get("altered", "")), "aigc": record}


def find(text: str) -> FrontMatter | None:
    """The front matter of a text. None where there is none: no closing line, or what readers of front matter would not
    take for any, such as a paragraph between two thematic breaks."""
    opening = _OPENING.match(text)
    if opening is None:
        return _find_foreign(text)
    begin = opening.end()
    closing = _CLOSING.search(text, begin)
    if closing is None:
        return None
    stop, end = closing.span()
    try:
        if stop - begin > _LONGEST:
            raise UnsupportedContentError(f"It has over {_LONGEST:,} characters", remedy="Shorten it.")
        table = read_table(text[begin:stop])
    except LabelkitError as error:
        # A blank line behind the first: a thematic break, as pandoc has it too.
        broken = FrontMatter(begin, stop, end, fault=f"The front matter cannot be read: {error.what}")
        return None if _BLANK.match(text, begin) else broken
    return None if table is None else FrontMatter(begin, stop, end, table)


def body(text: str) -> int:
    """Where a document's body begins: behind the front matter, and behind a byte order mark in any case."""
    found = find(text)
    return found.end if found else len(_BOM) * text.startswith(_BOM)


def write(text: str, label: Label, *, aigc: bool = False) -> str:
    """The document with the label in its front matter. Keys of ours that are there are replaced where they stand.

    Args:
        text: a Markdown document.
        label: what to say.
        aigc: whether to say it in China's AIGC record too.

    Raises:
        UnsupportedContentError: there is front matter of a form that cannot be added to without a change elsewhere.
    """
    ours = {KEY: _as_json(label)} | ({records.NAME: records.as_json(label)} if aigc else {})
    found = find(text)
    if found is None:
        start = len(_BOM) * text.startswith(_BOM)
        line_end = (re.search(_END, text) or ["\n"])[0]
        lines = ["---", *(f"{key}: {value}" for key, value in ours.items()), "---", ""]
        return text[:start] + line_end.join(lines) + text[start:]
    if found.fault or found.table.flow:
        raise _refuse(found.fault or "The front matter is a mapping in braces")
    new = text[: found.begin] + _spliced(text, found, ours) + text[found.stop :]
    if not _only_ours_changed(text, found, new, ours):
        raise _refuse("The front matter is of a form that labelkit cannot add to")
    return new


def read(text: str) -> dict[str, Any] | None:
    """What a document's front matter declares; None for nothing.

    Raises:
        UnsupportedContentError: there is front matter that cannot be read.
    """
    found = find(text)
    return found.read() if found else None


def _record(value: Value) -> dict[str, str] | None:
    found = records.parse(value if isinstance(value, str) else json.dumps(value))
    return dict(found) if found else None


def _find_foreign(text: str) -> FrontMatter | None:
    opening = _FOREIGN.match(text)
    closing = _FOREIGN_CLOSING.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        return None
    return FrontMatter(opening.end(), *closing.span(), fault="The front matter is in another language than YAML")


def _as_json(label: Label) -> str:
    generator = label.generator
    said = {
        "provider": generator.provider,
        "system": generator.system,
        "version": generator.version,
        "id": str(label.id),
        "time": label.stamp,
        "source_type": label.source_type.value,
        "altered": label.altered,
    }
    return json.dumps(said | ({"detector": generator.detector} if generator.detector else {}), ensure_ascii=False)


def _spliced(text: str, found: FrontMatter, ours: dict[str, str]) -> str:
    """The YAML with each of our keys once: in the place of the first that is there, else at the end."""
    raw = text[found.begin : found.stop]
    line_end = re.findall(_END, text[: found.begin])[-1]
    entries = found.table.entries
    indent = entries[0].start - _line_start(raw, entries[0].start) if entries else 0
    changes: list[tuple[int, int, str]] = []
    added = ""
    for key, value in ours.items():
        there = [entry for entry in entries if entry.key == key]
        if not there:
            added += f"{' ' * indent}{key}: {value}{line_end}"
            continue
        changes.append((_start(raw, there[0]), there[0].end, f"{key}: {value}"))
        changes += [(_line_start(raw, _start(raw, other)), _next_line(raw, other.end), "") for other in there[1:]]
    for start, end, new in sorted(changes, reverse=True):
        raw = raw[:start] + new + raw[end:]
    return raw + added


def _start(raw: str, entry: Entry) -> int:
    """Where an entry of ours begins, when it can be replaced alone."""
    if entry.anchored or not _SPACES.match(raw, _line_start(raw, entry.start), entry.start):
        raise _refuse(f"The front matter's {entry.key!r} is of a form that labelkit cannot replace")
    return entry.start


def _line_start(raw: str, at: int) -> int:
    return max(raw.rfind("\n", 0, at), raw.rfind("\r", 0, at)) + 1


def _next_line(raw: str, at: int) -> int:
    line_end = re.compile(_END).search(raw, at)
    return line_end.end() if line_end else len(raw)


def _only_ours_changed(text: str, old: FrontMatter, new_text: str, ours: dict[str, str]) -> bool:
    """Whether it reads as meant: ours once each, all others as they were."""
    new = find(new_text)
    if new is None or new.fault or new_text[new.end :] != text[old.end :]:
        return False
    told = [entry.key for entry in new.table.entries if entry.key in ours]
    return sorted(told) == sorted(ours) and _others(new_text, new, ours) == _others(text, old, ours)


def _others(text: str, found: FrontMatter, ours: dict[str, str]) -> list[str]:
    raw = text[found.begin : found.stop]
    return [raw[entry.start : entry.end] for entry in found.table.entries if entry.key not in ours]


def _refuse(what: str) -> UnsupportedContentError:
    return UnsupportedContentError(
        what, where="front matter", remedy="Write it as lines of `key: value` between two lines of ---."
    )
