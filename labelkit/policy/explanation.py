"""The explanation: what was decided for one piece of content, and what every rule had to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from labelkit.choice import Choice
from labelkit.marks import Mark
from labelkit.policy.conditions import Facts, Unknown
from labelkit.policy.decision import Decision
from labelkit.policy.plain import plain
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Dated, Duty, Level, Rule

STALE = 90
"""Days after which a pack's age is warned of."""


def cite(policy: Policy, entry: Dated) -> dict[str, Any]:
    """Where a rule or a duty stands and how sure we are, for JSON."""
    return {
        "jurisdiction": policy.jurisdiction,
        "id": entry.id,
        "article": entry.article,
        "source": entry.source,
        "sureness": entry.sureness,
        "checked": entry.checked or policy.checked,
        "from": entry.since,
        "until": entry.until,
        "level": entry.level if isinstance(entry, Rule | Duty) else None,
    }


class Judged(NamedTuple):
    """A rule or a duty: whether it applies, what speaks for that or against it, and which facts are not known and so
    count as in scope."""

    policy: Policy
    entry: Dated
    applies: bool
    why: tuple[str, ...]
    unknown: tuple[Unknown, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        entry = self.entry
        asks = {"media": entry.media, "marks": entry.marks, "any": entry.any} if isinstance(entry, Rule) else {}
        does = {"labelkit_does": entry.help, "labelkit_lacks": entry.lacks} if isinstance(entry, Duty) else {}
        unknown = [each._asdict() for each in self.unknown]
        said = {"binds": entry.binds, "says": entry.says, "applies": self.applies, "why": self.why, "unknown": unknown}
        return cite(self.policy, entry) | asks | does | said


class MarkReason(NamedTuple):
    """A mark: whether it is made and why; the highest floor under it, which is ``NONE`` where no rule asks for it;
    whether it is offered and was chosen; and the rules that ask for it."""

    mark: Mark
    made: bool
    level: Level
    offered: bool
    chosen: bool
    why: str
    rules: tuple[Judged, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return self._asdict() | {"rules": [cite(each.policy, each.entry) for each in self.rules]}


class Age(NamedTuple):
    """How many days before the content's time a pack was checked against its sources."""

    policy: Policy
    days: int

    @property
    def warning(self) -> str | None:
        """What to think of an old pack; None for a fresh one."""
        if self.days < STALE:
            return None
        return (
            f"The pack {self.policy.jurisdiction} was checked against its sources {self.days} days before this time; "
            "the law may have changed since."
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        known = {name: getattr(self.policy, name) for name in ("jurisdiction", "name", "standing", "checked")}
        return known | {"age_days": self.days, "warning": self.warning}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, and why.

    ``marks`` has every mark that the content could carry or that somebody asks for; ``rules`` and ``duties`` every one
    of the policies, in their order, once each. ``decision.unmet`` is what rules ask for in vain.
    """

    decision: Decision
    choice: Choice | None
    facts: Facts
    when: datetime
    marks: tuple[MarkReason, ...]
    rules: tuple[Judged, ...]
    duties: tuple[Judged, ...]
    ages: tuple[Age, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to think of packs that are old at the content's time."""
        return tuple(age.warning for age in self.ages if age.warning)

    @property
    def known(self) -> Mapping[str, Mapping[str, Any]]:
        """What was declared of content, generator and service; None is "not known"."""
        generator = {
            name: getattr(self.facts.generator, name, None) for name in ("model_class", "parameters", "on_market_since")
        }
        return {"content": asdict(self.facts.content), "generator": generator, "service": asdict(self.facts.service)}

    def to_dict(self) -> dict[str, Any]:
        """The explanation as JSON has it: strings, numbers, booleans, null, lists and objects; dates as ISO 8601."""
        told: dict[str, Any] = plain(
            {
                "policy": self.decision.policy,
                "when": self.when,
                "choice": None if self.choice is None else str(self.choice),
                "facts": self.known,
                "decision": _decided(self.decision),
                "marks": [each.to_dict() for each in self.marks],
                "rules": [each.to_dict() for each in self.rules],
                "duties": [each.to_dict() for each in self.duties],
                "unmet": [each._asdict() for each in self.decision.unmet],
                "packs": [each.to_dict() for each in self.ages],
                "warnings": self.warnings,
            }
        )
        return told


def _decided(decision: Decision) -> dict[str, Any]:
    """The decision itself; who is behind each mark stands with the marks."""
    names = "marks required offered wording language place corner height fields exempt least_tokens because missing"
    return {name: getattr(decision, name) for name in names.split()}
