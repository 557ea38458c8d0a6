"""The top level of a YAML mapping: what its keys say, and where each entry stands, so that one can be replaced in place.

PyYAML's events are read, not its values: they have exact places, no alias is followed, no tag makes anything, and a
scalar is the text that was written. Nesting is bounded before anything recurses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import yaml

from labelkit.errors import DamagedContentError

_DEEPEST = 32  # levels; front matter has two or three

Value = str | Mapping[str, str] | None
"""A scalar's text, or a mapping's scalars; None for what is neither (a sequence, an alias)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key and its value, from the key's first character to the value's last.

    ``anchored``: something in it has a name that an alias elsewhere may use.
    """

    key: str
    start: int
    end: int
    value: Value
    anchored: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping's entries in order; ``flow`` for one in braces."""

    entries: tuple[Entry, ...] = ()
    flow: bool = False


def read_table(text: str) -> Table | None:
    """The entries of a YAML document that is a mapping, or nothing at all. None for one that is something else.

    Raises:
        DamagedContentError: it is no YAML, more than one document, or nested deeper than anybody means.
    """
    try:
        events = _events(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a number in an escape or a directive is too large
        raise DamagedContentError(
            f"It is no YAML: {' '.join(str(error).split())[:200]}", remedy="Mend it, or take it away."
        ) from error
    documents = [event for event in events if isinstance(event, yaml.DocumentStartEvent)]
    if not documents:
        return Table()
    ends = [event for event in events if isinstance(event, yaml.DocumentEndEvent)]
    if len(documents) > 1 or documents[0].explicit or ends[0].explicit:
        raise DamagedContentError("It is more than one YAML document", remedy="Leave one.")
    root = events[2]
    if not isinstance(root, yaml.MappingStartEvent):
        return None
    entries, at = [], 3
    while not isinstance(events[at], yaml.MappingEndEvent):
        key = _node(events, at)
        value = _node(events, key.next)
        start = _span(events[at])[0]
        end = start + len(text[start : value.end].rstrip())  # a block scalar takes the blank lines behind it
        name = key.value if isinstance(key.value, str) else ""
        entries.append(Entry(name, start, end, value.value, key.anchored or value.anchored))
        at = value.next
    return Table(tuple(entries), bool(root.flow_style))


class _Node(NamedTuple):
    value: Value
    end: int
    next: int
    anchored: bool


def _events(text: str) -> list[yaml.Event]:
    events: list[yaml.Event] = []
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):  # the Python parser: libyaml's places differ
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"it is nested deeper than {_DEEPEST} levels")
        events.append(event)
    return events


def _node(events: list[yaml.Event], at: int) -> _Node:
    """The node whose first event is at ``at``, with all that is in it."""
    event = events[at]
    if isinstance(event, yaml.AliasEvent):
        return _Node(None, _span(event)[1], at + 1, False)
    anchored = bool(getattr(event, "anchor", None))
    if isinstance(event, yaml.ScalarEvent):
        return _Node(_clean(event.value), _span(event)[1], at + 1, anchored)
    parts: list[_Node] = []
    inside = at + 1
    while not isinstance(events[inside], yaml.CollectionEndEvent):
        parts.append(_node(events, inside))
        inside = parts[-1].next
    closing = _span(events[inside])[1]
    # A block collection is told to end where the next thing begins, behind the comments between.
    end = closing if getattr(event, "flow_style", False) or not parts else parts[-1].end
    anchored = anchored or any(part.anchored for part in parts)
    value = _scalars(parts) if isinstance(event, yaml.MappingStartEvent) else None
    return _Node(value, end, inside + 1, anchored)


def _span(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None
    assert event.end_mark is not None
    return event.start_mark.index, event.end_mark.index


def _scalars(parts: list[_Node]) -> Mapping[str, str]:
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {
        key.value: value.value for key, value in pairs if isinstance(key.value, str) and isinstance(value.value, str)
    }


def _clean(text: str) -> str:
    """An escape can spell lone surrogates, which no later writer could encode."""
    return text.encode("utf-8", "replace").decode("utf-8")
