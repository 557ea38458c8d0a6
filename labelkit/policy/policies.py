"""Policies: several jurisdictions at once. The strictest floor of any of them holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import inf
from typing import Literal, NamedTuple

from labelkit.policy.conditions import Facts, Weighed
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Dated, Duty, Rule

Phase = Literal["not-yet", "in-force", "no-longer"]


class Entry(NamedTuple):
    """A rule or a duty, seen at one moment and with what is known: whether its day has come, whether it is for this
    medium, whether the kind of text is exempt, and what became of its conditions."""

    policy: Policy
    entry: Dated
    phase: Phase
    medium: bool
    exempt: bool
    weighed: Weighed

    @property
    def applies(self) -> bool:
        """Whether it counts: it does unless something that is known speaks against it."""
        return self.phase == "in-force" and self.medium and not self.exempt and self.weighed.holds is not False


@dataclass(frozen=True, eq=False)
class Policies:
    """One policy or several, the most important first: its words and places win where only one can."""

    each: tuple[Policy, ...]

    @classmethod
    def of(cls, *given: Policy | Policies) -> Policies:
        """Put policies together; a jurisdiction that is given twice counts once, as it was given first."""
        if len(given) == 1 and isinstance(given[0], Policies):
            return given[0]
        flat = [policy for one in given for policy in (one.each if isinstance(one, Policies) else (one,))]
        first: dict[str, Policy] = {}
        for policy in flat:
            first.setdefault(policy.jurisdiction, policy)
        return cls(tuple(first.values()))

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.each)

    @cached_property
    def version(self) -> str:
        """``RU 2026-11-22``, or several joined by ``+``."""
        return " + ".join(policy.version for policy in self.each)

    @property
    def language(self) -> str:
        """The language of visible marks where nobody asks for another; English where there is no policy."""
        return self.each[0].language if self.each else "en"

    @property
    def mandatory_language(self) -> str | None:
        """The first that one of them has."""
        return next((policy.mandatory_language for policy in self.each if policy.mandatory_language), None)

    @cached_property
    def changes(self) -> tuple[float, ...]:
        """The moments (POSIX seconds, ascending) at which a rule of any of them begins or ends."""
        return tuple(sorted({moment for policy in self.each for moment in policy.changes}))

    def period(self, moment: float) -> int:
        """Which stretch between two changes a moment (POSIX seconds) lies in: within one, every decision is the same."""
        return bisect_right(self.changes, moment)

    def next_change(self, moment: float) -> float:
        """The next moment (POSIX seconds) at which a rule of any of them begins or ends; infinity where none is known."""
        at = self.period(moment)
        return self.changes[at] if at < len(self.changes) else inf

    def weigh(self, facts: Facts, when: datetime) -> tuple[Entry, ...]:
        """Every rule and duty, with what speaks for and against it at an aware moment.

        Raises:
            PolicyError: ``when`` has no time zone.
        """
        return tuple(_weigh(policy, entry, facts, when) for policy in self.each for entry in policy.entries)


def _weigh(policy: Policy, entry: Dated, facts: Facts, when: datetime) -> Entry:
    day = policy.day(when)
    phase: Phase = "in-force" if entry.stands(day) else ("not-yet" if day < entry.since else "no-longer")
    if isinstance(entry, Rule):
        medium, exempt = facts.content.medium in entry.media, facts.content.kind in entry.exempt
    else:
        assert isinstance(entry, Duty)
        medium, exempt = True, False
    return Entry(policy, entry, phase, medium, exempt, entry.when.weigh(facts))
