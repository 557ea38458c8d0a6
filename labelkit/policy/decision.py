"""The decision: what comes of policies and choice for one piece of content, before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from labelkit.label import Field
from labelkit.marks import NO_MARKS, Mark, Marks, Medium
from labelkit.placement import Corner, Place
from labelkit.policy.content import KINDS, Content, Kind

CHOICE = "choice"
"""Stands among the rules that are why a mark is made: the user took it."""
EVERY_KIND: frozenset[Kind] = frozenset(KINDS)
READ_BY_MACHINES: frozenset[Kind] = frozenset({"code", "json", "tool-call", "single-word"})
_NOTHING: Mapping[Any, Any] = MappingProxyType({})
_empty = partial(field, default_factory=lambda: _NOTHING)

Cannot = Mapping[Mark | Field, str]
"""Marks that cannot be made here and fields that they cannot hold, with reason and remedy."""


class Unmet(NamedTuple):
    """What a rule asks for and cannot have here: a mark or a field, by which rule, why, and what would help."""

    what: Mark | Field
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Which marks, in which words, where, by which rules.

    ``required`` marks cannot be switched off, ``offered`` ones could be taken. ``because`` has for each mark the ids
    of the rules, and ``CHOICE`` where the user took it. ``rules`` are all that apply, ``unknown`` has the conditions
    of theirs that are not known. ``fields`` are what machine-readable marks have to hold. ``exempt`` kinds of text
    get no mark (a known one has none here), and ``least_tokens`` has the marks that a shorter text does not get. ``missing`` are marks that were
    asked for, by a rule or by the choice, and cannot be made; ``unmet`` is all that rules ask for in vain.
    """

    content: Content
    marks: Marks = NO_MARKS
    required: Marks = NO_MARKS
    offered: Marks = NO_MARKS
    wording: str = ""
    language: str = "en"
    place: Place | None = None
    corner: Corner | None = None
    height: float | None = None
    fields: frozenset[Field] = frozenset()
    exempt: frozenset[Kind] = EVERY_KIND
    least_tokens: Mapping[Mark, int] = _empty()
    because: Mapping[Mark, tuple[str, ...]] = _empty()
    rules: tuple[str, ...] = ()
    unknown: Mapping[str, tuple[str, ...]] = _empty()
    missing: Mapping[Mark, str] = _empty()
    unmet: tuple[Unmet, ...] = ()
    policy: str = ""

    @property
    def medium(self) -> Medium:
        """The medium that was decided for."""
        return self.content.medium
