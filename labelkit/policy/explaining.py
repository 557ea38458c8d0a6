"""Explaining: why a decision is what it is, rule by rule and mark by mark. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from types import MappingProxyType

from labelkit.choice import Choice
from labelkit.label import Generator
from labelkit.marks import NO_MARKS, Mark, Marks, carried, in_order
from labelkit.policy.conditions import MACHINE_ONLY, Facts
from labelkit.policy.content import Content
from labelkit.policy.deciding import decide
from labelkit.policy.decision import Cannot, Decision
from labelkit.policy.explanation import Age, Explanation, Judged, MarkReason
from labelkit.policy.floor import ask, why_not
from labelkit.policy.policies import Entry, Policies
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Level, Rule
from labelkit.service import Service


def explain(
    policy: Policy | Policies,
    choice: Choice | None,
    content: Content,
    when: datetime,
    *,
    generator: Generator | None = None,
    service: Service | None = None,
    cannot: Cannot = MappingProxyType({}),
    offer: Marks | None = None,
    locale: str | None = None,
) -> Explanation:
    """Decide, and say why; the arguments are those of ``decide``.

    Raises:
        PolicyError: ``when`` has no time zone.
    """
    policies = Policies.of(policy)
    facts = Facts(content, generator, service or Service())
    decision = decide(
        policies, choice, content, when, generator=generator, service=service, cannot=cannot, offer=offer, locale=locale
    )
    judged = [(entry, _judge(entry, facts, decision)) for entry in policies.weigh(facts, when)]
    asking = [(one, ask(entry, content, cannot).marks) for entry, one in judged if _asks(one)]
    return Explanation(
        decision=decision,
        choice=choice,
        facts=facts,
        when=when,
        marks=tuple(_marks(decision, choice, asking, cannot)),
        rules=tuple(one for _, one in judged if isinstance(one.entry, Rule)),
        duties=tuple(one for _, one in judged if not isinstance(one.entry, Rule)),
        ages=tuple(Age(each, each.age(when)) for each in policies),
    )


def _asks(judged: Judged) -> bool:
    return judged.applies and isinstance(judged.entry, Rule)


def _judge(entry: Entry, facts: Facts, decision: Decision) -> Judged:
    against = [*_against(entry, facts), *_last(entry, decision)]
    if against:
        return Judged(entry.policy, entry.entry, False, tuple(against))
    met = (*entry.weighed.met, MACHINE_ONLY) if entry.entry.when.machine_only else entry.weighed.met
    speaking = (f"In force since {entry.entry.since}.", *(_sentence(words) for words in met))
    return Judged(entry.policy, entry.entry, True, speaking, entry.weighed.unknown)


def _against(entry: Entry, facts: Facts) -> Iterator[str]:
    """What speaks against a rule; nothing where it applies."""
    rule = entry.entry
    if entry.phase == "not-yet":
        yield f"Not yet: from {rule.since}."
    if entry.phase == "no-longer":
        yield f"No longer: {rule.until} was the first day without it."
    if isinstance(rule, Rule) and not entry.medium:
        yield f"Another medium: it is about {_list(rule.media)}."
    if entry.exempt:
        yield f"Exempt: it asks nothing of text that is {facts.content.kind}."
    for words in entry.weighed.failed:
        yield f"Only if {words}."


def _last(entry: Entry, decision: Decision) -> Iterator[str]:
    """What speaks against a rule that is asked last, where nothing else does."""
    if entry.applies and entry.entry.when.machine_only and entry.entry.id not in decision.rules:
        read = decision.marks - {Mark.VISIBLE}
        here = "another rule requires the visible one" if read else "no mark is made that machines read"
        yield f"Only if {MACHINE_ONLY}: {here}."


def _marks(
    decision: Decision, choice: Choice | None, asking: list[tuple[Judged, tuple[Mark, ...]]], cannot: Cannot
) -> Iterator[MarkReason]:
    content = decision.content
    taken = choice.wants(content.medium, document=content.document) if choice else NO_MARKS
    asked = {mark for _, marks in asking for mark in marks}
    can = carried(content.medium, document=content.document)
    for mark in in_order(can | asked | decision.offered | decision.missing.keys()):
        rules = tuple(one for one, marks in asking if mark in marks)
        level = max((one.entry.level for one in rules if isinstance(one.entry, Rule)), default=Level.NONE)
        chosen, offered = mark in taken, mark in decision.offered
        made = mark in decision.marks
        if made:
            why = _made(level, chosen=chosen)
        elif content.kind in decision.exempt and (chosen or level >= Level.DEFAULT):
            why = f"Text that is {content.kind} gets no mark: no rule asks for one there."
        else:
            why = decision.missing.get(mark) or why_not(mark, content, cannot) or _unmade(level, offered=offered)
        yield MarkReason(mark, made, level, offered, chosen, why, rules)


def _made(level: Level, *, chosen: bool) -> str:
    if level is Level.REQUIRE:
        return "Required: no choice takes it away."
    return "Chosen." if chosen else "The default, as long as nobody says otherwise."


def _unmade(level: Level, *, offered: bool) -> str:
    if not offered:
        return "Not offered."
    return "The default, and switched off by the choice." if level is Level.DEFAULT else "Offered, and not taken."


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
