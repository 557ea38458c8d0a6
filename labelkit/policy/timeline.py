"""The timeline: which rules hold when, and what changes on which day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from labelkit.errors import ConfigurationError
from labelkit.policy.plain import plain
from labelkit.policy.policies import Policies
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Dated, Duty, Level, Rule

_LONGEST = 30  # years; more is a slip of the keyboard, and would be drawn month by month

LEVELS: Mapping[Level, str] = MappingProxyType(
    {Level.NONE: "silent", Level.OFFER: "to be offered", Level.DEFAULT: "on by default", Level.REQUIRE: "required"}
)


class Event(NamedTuple):
    """A rule or a duty begins or ends: ``day`` is the first with it, or the first without it, by its own calendar."""

    day: date
    policy: Policy
    entry: Dated
    begins: bool

    @property
    def words(self) -> str:
        """What happens."""
        happens = "begins" if self.begins else "ends"
        entry = self.entry
        return f"{entry.id} {happens}: {entry.article} ({level_of(entry)}, sureness {entry.sureness})"

    def __str__(self) -> str:
        return f"{self.day} {self.policy.jurisdiction} {self.words}"


class Tick(NamedTuple):
    """A place on the axis; ``major`` begins a year."""

    day: date
    label: str
    major: bool


@dataclass(frozen=True)
class Timeline:
    """What policies ask, from a day to another (the first day after).

    Raises:
        ConfigurationError: the end is not after the start, or more than 30 years after it.
    """

    policies: Policies
    start: date
    end: date

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ConfigurationError(
                "A timeline ends after it begins", where=f"{self.start} to {self.end}", remedy="Swap the two."
            )
        if self.end.year - self.start.year > _LONGEST:
            raise ConfigurationError(
                f"A timeline spans at most {_LONGEST} years",
                where=f"{self.start} to {self.end}",
                remedy="Ask for less.",
            )

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What begins and ends within it, in order of days; on one day, what ends comes first."""
        begun = ((policy, entry, entry.since, True) for policy in self.policies for entry in policy.entries)
        ended = ((policy, entry, entry.until, False) for policy in self.policies for entry in policy.entries)
        found = [
            Event(day, policy, entry, begins)
            for policy, entry, day, begins in chain(ended, begun)
            if day is not None and self.start <= day < self.end
        ]
        return tuple(sorted(found, key=lambda event: event.day))

    def share(self, day: date) -> float:
        """How far into it a day is: 0 at the start and before, 1 at the end and after."""
        return min(1.0, max(0.0, (day - self.start) / (self.end - self.start)))

    def stretch(self, entry: Dated) -> tuple[float, float] | None:
        """From where to where an entry holds, as shares; None where that is all before or after."""
        first, last = self.share(entry.since), 1.0 if entry.until is None else self.share(entry.until)
        return (first, last) if first < last else None

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Where the axis has a line: months for up to a year, quarters for up to four, else years."""
        span = (self.end - self.start).days / 365
        step = 1 if span <= 1.1 else 3 if span <= 4.1 else 12
        days = [
            date(year, month, 1)
            for year in range(self.start.year, self.end.year + 1)
            for month in range(1, 13, step)
            if self.start <= date(year, month, 1) < self.end
        ]
        return tuple(Tick(day, str(day.year) if day.month == 1 else f"{day:%m}", day.month == 1) for day in days)

    def to_dict(self) -> dict[str, Any]:
        """The timeline as JSON has it."""
        told: dict[str, Any] = plain(
            {
                "from": self.start,
                "to": self.end,
                "jurisdictions": [
                    {
                        "jurisdiction": policy.jurisdiction,
                        "name": policy.name,
                        "standing": policy.standing,
                        "checked": policy.checked,
                        "spans": [_span(entry) for entry in policy.entries],
                    }
                    for policy in self.policies
                ],
                "events": [
                    {
                        "day": event.day,
                        "jurisdiction": event.policy.jurisdiction,
                        "id": event.entry.id,
                        "begins": event.begins,
                    }
                    for event in self.events
                ],
            }
        )
        return told


def next_change(policy: Policy, after: date) -> date | None:
    """The next day, by the jurisdiction's calendar, on which a rule or a duty begins or ends; None where none is known."""
    days = (day for entry in policy.entries for day in (entry.since, entry.until) if day is not None and day > after)
    return min(days, default=None)


def level_of(entry: Dated) -> str:
    """How far a rule or a duty goes, in words."""
    if isinstance(entry, Rule):
        return LEVELS[entry.level]
    assert isinstance(entry, Duty)
    return f"duty, {entry.level}"


def _span(entry: Dated) -> dict[str, Any]:
    rule = isinstance(entry, Rule)
    level: Level | str | None = getattr(entry, "level", None)
    return {
        "id": entry.id,
        "kind": "rule" if rule else "duty",
        "level": level,
        "from": entry.since,
        "until": entry.until,
        "article": entry.article,
        "source": entry.source,
        "sureness": entry.sureness,
    }
