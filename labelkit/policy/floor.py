"""The floor: what the rules that apply ask for together, and the choice on top of it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from labelkit.choice import Choice
from labelkit.marks import NO_MARKS, Mark, Marks, Medium, carried
from labelkit.policy.content import Content, Kind
from labelkit.policy.decision import CHOICE, EVERY_KIND, READ_BY_MACHINES, Cannot
from labelkit.policy.policies import Entry
from labelkit.policy.rules import Level, Rule

_INSTEAD = {
    Mark.METADATA: "A Markdown file can, in its front matter.",
    Mark.C2PA: "Plain text can.",
}


class Asked(NamedTuple):
    """A rule that applies, the marks that it asks for (all of its own, or the first that can be made), and the words of
    its conditions that are not known."""

    rule: Rule
    marks: tuple[Mark, ...]
    unknown: tuple[str, ...]


def ask(entry: Entry, content: Content, cannot: Cannot) -> Asked:
    """What a rule that applies asks for."""
    rule = entry.entry
    assert isinstance(rule, Rule)
    marks = rule.marks
    if rule.any:
        marks = (next((mark for mark in marks if not why_not(mark, content, cannot)), marks[0]),)
    return Asked(rule, marks, tuple(each.words for each in entry.weighed.unknown))


class Floor:
    """What rules and choice come to.

    Args:
        asked: the rules that apply, in the order of their policies.
        choice: what the user took.
        content: what is to be labelled.
        offer: the marks that the service offers; None for all that the content can carry.
    """

    __slots__ = ("asked", "by_default", "chosen", "content", "marks", "named", "offered", "refused", "required")

    def __init__(self, asked: list[Asked], choice: Choice | None, content: Content, offer: Marks | None) -> None:
        self.asked = sorted(asked, key=lambda one: -one.rule.level)  # equals stay in the policies' order
        self.content = content
        can = carried(content.medium, document=content.document)
        self.offered = self._of(Level.OFFER) | (can if offer is None else offer)
        wanted = choice.wants(content.medium, document=content.document) if choice else NO_MARKS
        self.chosen = wanted & self.offered
        named = choice.marks if choice else NO_MARKS
        self.named = named & self.offered
        self.refused = named - self.offered
        self.required = self._of(Level.REQUIRE)
        self.by_default = self._of(Level.DEFAULT) if choice is None or choice.default else NO_MARKS
        self.marks = self.chosen | self.required | self.by_default

    def _of(self, level: Level) -> Marks:
        return frozenset(mark for one in self.asked if one.rule.level >= level for mark in one.marks)

    def behind(self, mark: Mark) -> list[Rule]:
        """The rules that would have a mark made although nobody took it."""
        least = Level.DEFAULT if mark in self.by_default else Level.REQUIRE
        return [one.rule for one in self.asked if mark in one.marks and one.rule.level >= least]

    def because(self, mark: Mark) -> tuple[str, ...]:
        """The rules that ask for a mark, and the choice."""
        if mark in self.chosen:
            return (*(one.rule.id for one in self.asked if mark in one.marks), CHOICE)
        return tuple(rule.id for rule in self.behind(mark))

    def least_tokens(self, mark: Mark) -> int:
        """The length below which nobody asks for a mark; 0 where somebody always does."""
        if mark in self.chosen:
            return 0
        return min((rule.when.tokens_at_least or 0 for rule in self.behind(mark)), default=0)

    def exempt(self) -> frozenset[Kind]:
        """The kinds of text that get no mark: those that every rule exempts which has one made, and, where the user took
        the option as a whole, what a machine reads. A mark that was taken by its name is made."""
        if self.named:
            return frozenset()
        kinds = READ_BY_MACHINES if self.chosen else EVERY_KIND
        for rule in {rule.id: rule for mark in self.marks for rule in self.behind(mark)}.values():
            kinds &= rule.exempt
        return kinds

    def missing(self, cannot: Cannot) -> dict[Mark, str]:
        """The marks that were asked for and cannot be made."""
        unable = {mark: why for mark in self.marks if (why := why_not(mark, self.content, cannot))}
        return unable | dict.fromkeys(self.refused - self.marks, "The service does not offer it.")


def why_not(mark: Mark, content: Content, cannot: Cannot) -> str | None:
    """Why a mark cannot be made for this content, None when it can."""
    if mark in carried(content.medium, document=content.document):
        return cannot.get(mark)
    if mark is Mark.WATERMARK:
        return "No watermark is made here. The model that makes the content can put one in; ask its maker."
    if content.medium in (Medium.AUDIO, Medium.VIDEO):
        return f"labelkit does not label {content.medium} yet. Label it where it is made or played."
    what = "A document" if content.document else content.medium.value.capitalize()
    return f"{what} cannot carry it here. {_INSTEAD.get(mark, '')}".rstrip()
