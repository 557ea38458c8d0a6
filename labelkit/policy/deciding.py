"""Deciding: policies and choice put together, before content is made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import MappingProxyType

from labelkit.choice import Choice
from labelkit.label import Field, Generator
from labelkit.marks import NO_MARKS, Mark, Marks, Medium
from labelkit.policy.conditions import Facts
from labelkit.policy.content import Content
from labelkit.policy.decision import Cannot, Decision, Unmet
from labelkit.policy.floor import Asked, Floor, ask, why_not
from labelkit.policy.packs import together
from labelkit.policy.policies import Policies
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Level, Rule
from labelkit.policy.wordings import choose_language, wordings
from labelkit.service import Service

_ALL: Cannot = MappingProxyType({})


def decide(
    policy: Policy | Policies,
    choice: Choice | None,
    content: Content,
    when: datetime,
    *,
    generator: Generator | None = None,
    service: Service | None = None,
    cannot: Cannot = _ALL,
    offer: Marks | None = None,
    locale: str | None = None,
) -> Decision:
    """Decide which marks content gets.

    Args:
        policy: the rules of one jurisdiction or of several.
        choice: what the user took; None when they said nothing, which leaves the policies' default.
        content: what is to be labelled.
        when: the content's time, aware.
        generator: what is known of the AI system.
        service: what is known of the service.
        cannot: what cannot be made here, with reason and remedy.
        offer: the marks that the service offers; None for every mark that the content can carry.
        locale: the language of visible marks where neither user nor policy has one; None for the policy's.

    A stricter policy never yields fewer marks, and a choice never removes a required one. What is not known counts as
    in scope.

    Raises:
        PolicyError: ``when`` has no time zone.
    """
    policies = Policies.of(policy)
    floor = _floor(policies, choice, Facts(content, generator, service or Service()), when, cannot, offer)
    missing = floor.missing(cannot)
    exempt = floor.exempt()
    marks = NO_MARKS if content.kind in exempt else floor.marks.difference(missing)
    speaking = [one for one in floor.asked if Mark.VISIBLE in one.marks and one.rule.level >= Level.OFFER]
    language = _language(content, policies, locale)
    places = [one.rule.place for one in speaking]
    return Decision(
        content=content,
        marks=marks,
        required=floor.required & marks,
        offered=frozenset(mark for mark in floor.offered if not why_not(mark, content, cannot)),
        wording=_wording(floor, speaking, language),
        language=language,
        place=next((place.text for place in places if place.text), None),
        corner=next((place.corner for place in places if place.corner), None),
        height=max((place.height for place in places if place.height), default=None),
        fields=_fields(floor, marks) - set(cannot),
        exempt=exempt,
        least_tokens=MappingProxyType({mark: least for mark in marks if (least := floor.least_tokens(mark))}),
        because=MappingProxyType({mark: floor.because(mark) for mark in marks}),
        rules=tuple(one.rule.id for one in floor.asked),
        unknown=MappingProxyType({one.rule.id: one.unknown for one in floor.asked if one.unknown}),
        missing=MappingProxyType(missing),
        unmet=tuple(_unmet(floor, speaking, marks, cannot)),
        policy=policies.version,
    )


def _floor(
    policies: Policies, choice: Choice | None, facts: Facts, when: datetime, cannot: Cannot, offer: Marks | None
) -> Floor:
    """The rules that apply. Those about marks that only machines read are asked last, for they turn on the others: on
    the marks that are made, and on whether a visible one is required; one that the user can switch off is none."""
    asked = [
        ask(entry, facts.content, cannot)
        for entry in policies.weigh(facts, when)
        if entry.applies and isinstance(entry.entry, Rule)
    ]
    floor = Floor([one for one in asked if not one.rule.when.machine_only], choice, facts.content, offer)
    missing = floor.missing(cannot)
    machine_only = (
        floor.marks.difference(missing, {Mark.VISIBLE}) and Mark.VISIBLE not in floor.required - missing.keys()
    )
    return Floor(asked, choice, facts.content, offer) if machine_only else floor


def _fields(floor: Floor, marks: Marks) -> frozenset[Field]:
    """What the marks that are made have to hold."""
    return frozenset(name for one in floor.asked if marks & set(one.marks) for name in one.rule.fields)


def _language(content: Content, policies: Policies, locale: str | None) -> str:
    """The user's choice, the policies' mandatory language, what the program accepts, the default."""
    wanted = (content.language, policies.mandatory_language, content.accepts, locale, policies.language, "en")
    return choose_language(tag for tag in wanted if tag) or "en"


def _wording(floor: Floor, speaking: list[Asked], language: str) -> str:
    """What the visible mark says: a rule's own words, else those of the language; a chat's first answer also, or only,
    that an AI talks."""
    content = floor.content
    own = next((one.rule.wording for one in speaking if one.rule.wording), None)
    said = (own or wordings(language).of(content.medium)).choose(content.altered)
    if content.medium is not Medium.TEXT:
        return said
    behind = floor.behind(Mark.VISIBLE)
    if not any(rule.notice == "chat" for rule in behind):
        return said
    chat = wordings(language).chat
    alone = Mark.VISIBLE not in floor.chosen and all(rule.notice == "chat" for rule in behind)
    return chat if alone else together(chat, said)


def _unmet(floor: Floor, speaking: list[Asked], marks: Marks, cannot: Cannot) -> Iterator[Unmet]:
    """What rules ask for in vain: marks, fields of marks that are made, and words where another rule's were taken."""
    for one in floor.asked:
        rule = one.rule
        if rule.level < Level.OFFER:
            continue
        for mark in one.marks:
            if why := why_not(mark, floor.content, cannot):
                yield Unmet(mark, rule.id, why)
        for name in sorted(rule.fields & cannot.keys()):
            yield Unmet(name, rule.id, cannot[name])
    if Mark.VISIBLE in marks:
        yield from _clashes([one.rule for one in speaking])


def _clashes(rules: list[Rule]) -> Iterator[Unmet]:
    """Where rules want the one visible mark in several words or places: the first has its way."""
    wants: dict[str, Callable[[Rule], object]] = {
        "words": lambda rule: rule.wording,
        "place": lambda rule: rule.place.text,
        "corner": lambda rule: rule.place.corner,
    }
    for what, want in wants.items():
        asking = [rule for rule in rules if want(rule)]
        for rule in asking[1:]:
            if want(rule) != want(asking[0]):
                yield Unmet(Mark.VISIBLE, rule.id, f"It has the {what} that {asking[0].id} asks for; it can have one.")
