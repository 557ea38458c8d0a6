"""Checking: does this content meet these policies at that time, and what is missing? Found against asked, no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from labelkit.errors import UnknownMediaError
from labelkit.inspection import Inspection, inspect, words_of
from labelkit.label import Generator
from labelkit.marks import Medium
from labelkit.media import MARKDOWN, Limits, medium_of, read_file
from labelkit.policy import Content, Duty, Level, Policies, Policy, Rule
from labelkit.policy.conditions import Facts
from labelkit.policy.explanation import cite
from labelkit.policy.plain import plain
from labelkit.policy.policies import Entry
from labelkit.provenance import Trust
from labelkit.service import Service
from labelkit.text import front_matter, noticed
from labelkit.text.notice import pointing
from labelkit.text.tokens import estimate
from labelkit.verdict import Result, machine_marks, weigh

Overall = Literal["meets", "misses", "cannot tell"]
"""Of all rules together. It speaks of what a pack's rules ask as of the day on which the pack was checked."""

_OPTION = "an option: users are offered it, and content need not have it"
_SWITCHED = "a default: on unless the user says no; whether they did, content does not tell"
_UNREAD = frozenset({Medium.AUDIO, Medium.VIDEO})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found against one rule that applies, with why. ``unknown`` are conditions of the rule of which it is not
    known whether they hold; it counts as applying all the same."""

    rule: Rule
    policy: Policy
    result: Result
    reasons: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it, with the rule's own source, sureness and date."""
        cited = cite(self.policy, self.rule)
        asks = {"marks": self.rule.marks, "any": self.rule.any, "fields": self.rule.fields}
        found = {"result": self.result, "reasons": self.reasons, "unknown": self.unknown}
        told: dict[str, Any] = plain(cited | asks | found)
        return told


@dataclass(frozen=True, slots=True)
class Check:
    """What content has of what policies ask.

    ``content`` is what was known or found out of it, ``answers`` has the rules that apply to it, ``duties`` the ids of
    what is asked of the service and cannot be seen in content.
    """

    policy: str
    when: datetime
    content: Content
    inspection: Inspection
    answers: tuple[Answer, ...]
    duties: tuple[str, ...] = ()

    @property
    def result(self) -> Overall:
        """``meets`` when every rule that asks something is met, ``misses`` when one is not, else ``cannot tell``."""
        found = {answer.result for answer in self.answers}
        return "misses" if "missing" in found else ("cannot tell" if "cannot-tell" in found else "meets")

    @property
    def summary(self) -> str:
        """The result in one sentence that claims no more than was looked at."""
        asked = sum(answer.result != "option" for answer in self.answers)
        of = f"{asked} {'rule' if asked == 1 else 'rules'} of {self.policy} asking a mark of it"
        if not asked:
            return f"meets: no rule of {self.policy} asks a mark of it"
        short = {
            result: sum(answer.result == result for answer in self.answers) for result in ("missing", "cannot-tell")
        }
        told = [f"{count} {result}" for result, count in short.items() if count]
        return f"{self.result}: {', '.join(told)}, of {of}" if told else f"meets: found what is asked, by {of}"

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON has it: strings, numbers, booleans, null, lists and objects only."""
        return {
            "result": self.result,
            "summary": self.summary,
            "policy": self.policy,
            "when": self.when.isoformat(),
            "medium": self.content.medium.value,
            "document": self.content.document,
            "tokens": self.content.tokens,
            "rules": [answer.to_dict() for answer in self.answers],
            "duties": list(self.duties),
            "inspection": self.inspection.to_dict(),
        }


def check(
    content: str | bytes | Path,
    policies: Policy | Policies,
    when: datetime,
    *,
    generator: Generator | None = None,
    service: Service | None = None,
    about: Content | None = None,
    trust: Trust | None = None,
    limits: Limits | None = None,
) -> Check:
    """Compare what content carries with what rules ask of it. Only what is in the content counts: there is no way to
    tell of HTTP headers, for they do not travel with it.

    Args:
        content: text; or bytes, of a picture or of UTF-8 text; or the path of a file with such bytes.
        policies: whose rules.
        when: the content's time, aware.
        generator: what is known of the AI system that made it.
        service: what is known of the service that made it.
        about: what is known of the content itself. Its bytes decide what medium it is, unless they are of none that is
            read here; what is None and can be found out is.
        trust: whose signatures are believed; an intact one of anybody's counts.
        limits: how much is looked at.

    Unknown conditions count as met, so a rule is asked unless something known speaks against it.

    Raises:
        ContentError: the path cannot be read, or the content is neither picture nor text and ``about`` says nothing of
            audio or video.
        PolicyError: ``when`` has no time zone.
    """
    bounds = limits or Limits()
    data = read_file(content, bounds) if isinstance(content, Path) else content
    laws = Policies.of(policies)
    found = inspect(data, trust=trust, limits=bounds, policies=laws)
    markdown = isinstance(content, Path) and content.suffix.lower() in MARKDOWN
    known = _known(found, about, markdown=markdown)
    if known.medium is Medium.TEXT and known.tokens is None:
        known = replace(known, tokens=_tokens(data, laws))
    entries = laws.weigh(Facts(known, generator, service or Service()), when)
    applying = [entry for entry in entries if entry.applies]
    return Check(
        policy=laws.version,
        when=when,
        content=known,
        inspection=found,
        answers=tuple(answer for entry in applying if (answer := _answer(entry, found, known)) is not None),
        duties=tuple(entry.entry.id for entry in applying if isinstance(entry.entry, Duty)),
    )


def _known(found: Inspection, about: Content | None, *, markdown: bool) -> Content:
    """What is known of content: what was declared, and what can be seen."""
    medium = medium_of(found.media_type or "")
    if medium is None and about is not None and about.medium in _UNREAD:
        return about
    if medium is None:
        raise UnknownMediaError(
            f"There is nothing to check: {' '.join(found.problems).rstrip('.')}", remedy="Pass a picture or a text."
        )
    known = replace(about, medium=medium) if about else Content(medium, altered=None)
    if known.altered is None:
        told = (finding.says.get("altered") for finding in found.findings)
        known = replace(known, altered=next((each for each in told if isinstance(each, bool)), None))
    if medium is not Medium.TEXT:
        return replace(known, document=False, tokens=None)
    document = known.document or markdown or found.media_type == "text/markdown"
    return replace(known, document=document)


def _tokens(content: str | bytes, policies: Policies) -> int:
    """About how long a text is without our own marks: those that are not seen count for nothing anyway."""
    text = content.decode() if isinstance(content, bytes) else content
    body = text[front_matter.body(text) :]
    notices = noticed.find(body, words_of(Medium.TEXT, policies))
    return estimate(body) - sum(estimate(pointing(notice.words, notice.detector)) for notice in notices)


def _answer(entry: Entry, found: Inspection, content: Content) -> Answer | None:
    """What was found against a rule that applies; None for what asks nothing of this content."""
    rule = entry.entry
    if not isinstance(rule, Rule) or rule.level is Level.NONE:
        return None
    unknown = tuple(each.words for each in entry.weighed.unknown)
    if rule.level is Level.OFFER:
        return Answer(rule, entry.policy, "option", (_OPTION,), unknown)
    if rule.when.machine_only and not machine_marks(found):
        return None  # it is asked of content whose other marks are read by machines alone, and this has none
    verdict = weigh(rule, found, content)
    off = (_SWITCHED,) if rule.level is Level.DEFAULT and verdict.result != "met" else ()
    return Answer(rule, entry.policy, verdict.result, verdict.reasons + off, unknown)
