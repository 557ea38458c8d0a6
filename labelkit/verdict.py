"""The verdict: one mark that was found, or was not, against one rule that asks for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from labelkit.aigc import KEYS
from labelkit.image.badge import SMALLEST_SHARE
from labelkit.inspection import Finding, Inspection
from labelkit.label import Field
from labelkit.marks import Mark, Medium, carried
from labelkit.policy import Content, Rule, languages, wordings
from labelkit.policy.packs import together as joined

Result = Literal["met", "missing", "cannot-tell", "option"]

_MACHINE = (Mark.METADATA, Mark.C2PA)
_NONE = {Mark.METADATA: "nothing in it says that AI made it", Mark.C2PA: "there is no C2PA manifest"}
_LOOK = "whether another visible label is, a person has to look"


class Verdict(NamedTuple):
    """What came of it, and why."""

    result: Result
    reasons: tuple[str, ...] = ()


def together(verdicts: Iterable[Verdict], *, any_one: bool = False) -> Verdict:
    """Several as one: the worst of them, or with ``any_one`` the best. Its reasons are those of that result and of
    whatever else is not met."""
    each = list(verdicts)
    order: tuple[Result, ...] = ("missing", "cannot-tell", "met")
    ranks = [order.index(verdict.result) for verdict in each]
    result = order[max(ranks) if any_one else min(ranks)]
    told = [one for one in each if one.result == result or (result != "met" and one.result != "met")]
    return Verdict(result, tuple(dict.fromkeys(reason for one in told for reason in one.reasons)))


def machine_marks(found: Inspection) -> tuple[Finding, ...]:
    """The metadata and the intact manifests that say that AI made or changed the content."""
    return tuple(each for each in found.findings if each.mark in _MACHINE and each.ai_generated)


def weigh(rule: Rule, found: Inspection, content: Content) -> Verdict:
    """All that a rule asks for, against all that was found."""
    marks = together((_mark(mark, rule, found, content) for mark in rule.marks), any_one=rule.any)
    if not rule.fields or (rule.any and marks.result == "met" and not machine_marks(found)):
        return marks  # a visible mark that is enough holds no fields
    return together([marks, _fields(rule.fields, found)])


def _mark(mark: Mark, rule: Rule, found: Inspection, content: Content) -> Verdict:
    if content.medium in (Medium.AUDIO, Medium.VIDEO):
        return Verdict("cannot-tell", (f"{mark}: labelkit does not read {content.medium} yet",))
    if mark is Mark.WATERMARK:
        return Verdict("cannot-tell", (f"{mark}: none is read here; ask the maker of the model that put it in",))
    if mark is Mark.VISIBLE:
        return _visible(rule, found, content)
    return _machine(mark, found, content)


def _machine(mark: Mark, found: Inspection, content: Content) -> Verdict:
    there = [each for each in found.findings if each.mark is mark]
    if sound := [each for each in there if each.ai_generated]:
        return Verdict("met", (f"{mark}: found, {sound[0].state}",))
    broken = [each.reason for each in there if each.state == "invalid"]
    if broken:
        return Verdict("missing", (f"{mark}: found, but invalid: {broken[0]}",))
    if there:
        return Verdict("missing", (f"{mark}: found, but it does not say that AI made or changed this",))
    if mark is Mark.METADATA and found.problems:
        return Verdict("cannot-tell", (f"{mark}: not all could be read: {' '.join(found.problems)}",))
    if mark not in carried(content.medium, document=content.document):
        return Verdict("missing", (f"{mark}: none, and {_where(content)} carries none here",))
    return Verdict("missing", (f"{mark}: {_NONE[mark]}",))


def _where(content: Content) -> str:
    return "a document" if content.document else f"plain {content.medium}"


def _visible(rule: Rule, found: Inspection, content: Content) -> Verdict:
    """The best of the visible marks that were found; a rule wants one."""
    seen = [_placed(rule, each.says, content.medium) for each in found.findings if each.mark is Mark.VISIBLE]
    if seen:
        return together(seen, any_one=True)
    if found.problems:
        return Verdict("cannot-tell", (f"visible: not all could be read: {' '.join(found.problems)}",))
    none = "no badge of labelkit's is on it" if content.medium is Medium.IMAGE else "no notice of labelkit's is in it"
    return Verdict("cannot-tell", (f"visible: {none}; {_LOOK}",))


def _placed(rule: Rule, says: Mapping[str, Any], medium: Medium) -> Verdict:
    """A visible mark that was found: has it the words and the place that the rule asks for?"""
    text, place = str(says.get("text", "")), str(says.get("place", ""))
    asked = rule.place.corner if medium is Medium.IMAGE else rule.place.text
    wrong = [] if _said(rule, text) else [f"visible: it says {text!r}, and {_wanted(rule)}"]
    if asked is not None and place != asked:
        wrong.append(f"visible: it stands at {place}, and {asked} is asked for")
    if medium is Medium.IMAGE and (rule.place.height or 0) > SMALLEST_SHARE:  # inspect knows badges of that size
        wrong.append(f"visible: it is {SMALLEST_SHARE:.0%} high, and {rule.place.height:.0%} is asked for")
    if wrong:
        return Verdict("missing", tuple(wrong))
    return Verdict("met", (f"visible: {text!r}, at {place}",))


def _said(rule: Rule, text: str) -> bool:
    """Whether a notice or badge says what a rule wants said, be it of created or of altered content: which of them is
    true, the content does not tell."""
    chats = {wordings(language).chat for language in languages()}
    if rule.notice == "chat":
        return any(text == chat or text.startswith(joined(chat, "")) for chat in chats)
    if rule.wording is None:
        return text not in chats
    own = {rule.wording.choose(altered) for altered in (True, False, None)}
    return text in own or any(text == joined(chat, phrase) for chat in chats for phrase in own)


def _wanted(rule: Rule) -> str:
    if rule.notice == "chat":
        return "a sentence that an AI is talking is asked for"
    return f"{rule.wording.created!r} is asked for" if rule.wording else "what made the content is to be said"


def _fields(names: Iterable[Field], found: Inspection) -> Verdict:
    """The fields that a rule wants machine-readable marks to hold; they may share them out among themselves."""
    marks = machine_marks(found)
    if not marks:
        return Verdict("missing", (f"nothing holds {', '.join(sorted(names))}",))
    return together(Verdict("met") if (lack := _lack(name, marks)) is None else lack for name in sorted(names))


def _lack(name: Field, marks: tuple[Finding, ...]) -> Verdict | None:
    """Why a field is not held; None where it is."""
    if name is Field.SIGNATURE:
        signed = any(each.mark is Mark.C2PA for each in marks)
        return None if signed else Verdict("missing", (f"{name}: nothing signs what the marks say",))
    held = [value for each in marks if (value := each.says.get(name.value)) not in (None, "")]
    if not held:
        return Verdict("missing", (f"{name}: no mark holds it",))
    if name is Field.AIGC and not any(_whole(record) for record in held):
        return Verdict("missing", (f"{name}: not all of {', '.join(KEYS)} are there, or a producer's are empty",))
    return None


def _whole(record: Any) -> bool:
    """GB 45438-2025, annex E: seven keys, the first three the producer's to fill."""
    return isinstance(record, Mapping) and set(KEYS) <= record.keys() and all(record[key] for key in KEYS[:3])
