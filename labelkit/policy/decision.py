"""The decision: policy and choice put together, before content is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from labelkit.choice import Choice
from labelkit.marks import CARRIED, Mark, Marks, Medium
from labelkit.policy.rules import Level, Policy, Rule
from labelkit.policy.wordings import wordings


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of content before it is made: its medium, whether it is altered (None: not known), its language."""

    medium: Medium
    altered: bool | None = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Decision:
    """Which marks, in which words, by which rules.

    ``required`` marks cannot be switched off. ``offered`` marks could be taken. ``unmet`` marks were asked for, by
    a rule or by the choice, and cannot be made here; the value says why and what would help.
    """

    content: Content
    marks: Marks
    required: Marks
    offered: Marks
    wording: str
    rules: tuple[str, ...]
    policy: str
    unmet: Mapping[Mark, str]

    @property
    def medium(self) -> Medium:
        """The medium that was decided for."""
        return self.content.medium


def decide(
    policy: Policy,
    choice: Choice | None,
    content: Content,
    when: datetime,
    *,
    cannot: Mapping[Mark, str] = MappingProxyType({}),
    offer: Marks | None = None,
) -> Decision:
    """Decide which marks content gets.

    Args:
        policy: the jurisdiction's rules.
        choice: what the user took; None when they said nothing, which leaves the policy's default.
        content: what is to be labelled.
        when: the content's time, aware.
        cannot: marks that cannot be made here, with reason and remedy.
        offer: the marks that the service offers; None for every mark that the medium can carry.

    A stricter rule never yields fewer marks, and a choice never removes a required one.
    """
    rules = [rule for rule in policy.in_force(when) if content.medium in rule.media]
    floors = {mark: max((rule.level for rule in rules if mark in rule.marks), default=Level.NONE) for mark in Mark}
    required = {mark for mark, level in floors.items() if level is Level.REQUIRE}
    by_default = {mark for mark, level in floors.items() if level >= Level.DEFAULT}
    by_law = {mark for mark, level in floors.items() if level >= Level.OFFER}
    offered = by_law | (CARRIED[content.medium] if offer is None else offer)

    asked = by_default if choice is None else choice.wants(content.medium) & offered
    if choice is not None and choice.default:
        asked |= by_default
    asked |= required
    unmet = {mark: why for mark in asked if (why := _why_not(mark, content.medium, cannot))}
    named = {mark for mark in (choice.marks if choice else ()) if mark not in asked}
    unmet |= dict.fromkeys(named, "The service does not offer it.")
    can = {mark for mark in offered if not _why_not(mark, content.medium, cannot)}
    return Decision(
        content=content,
        marks=frozenset(asked - unmet.keys()),
        required=frozenset(required - unmet.keys()),
        offered=frozenset(can),
        wording=wordings(content.language).of(content.medium).choose(content.altered),
        rules=_names(rules),
        policy=policy.version,
        unmet=MappingProxyType(unmet),
    )


def _why_not(mark: Mark, medium: Medium, cannot: Mapping[Mark, str]) -> str | None:
    if mark not in CARRIED[medium]:
        return f"{medium.value.capitalize()} cannot carry it here."
    return cannot.get(mark)


def _names(rules: list[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)
