"""The outcome: what was really done to one piece of content, known at the end. For the ledger, a hook, a log line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from labelkit.label import Label
from labelkit.marks import NO_MARKS, Mark, Marks, Medium, tell

Content = TypeVar("Content", str, bytes)
_NOTHING: Mapping[Mark, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: ``applied`` marks, and why each of the others that were decided is ``missing``.

    ``remarks`` say what holds for the marks that were made, e.g. that a signed text was not in NFC.
    """

    medium: Medium
    label: Label
    applied: Marks = NO_MARKS
    missing: Mapping[Mark, str] = field(default_factory=lambda: _NOTHING)  # 3.11 takes no unhashable default
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = [f"{self.medium}: {tell(self.applied) or 'no marks'}"]
        told += [f"no {mark}: {why}" for mark, why in self.missing.items()]
        return "; ".join([*told, *self.remarks])


@dataclass(frozen=True, slots=True)
class Labelled(Generic[Content]):
    """Content with its marks, and what was done to it."""

    content: Content
    outcome: Outcome = field(repr=False)
