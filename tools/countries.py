"""Make docs/countries.md from the rule packs alone: what each rule asks, what labelkit does for it, what it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from labelkit.choice import Choice
from labelkit.marks import Medium, carried, in_order
from labelkit.policy import Content, Duty, Level, Packs, Policy, Remark, Rule, decide, languages, wordings
from labelkit.policy.rules import Dated

TARGET = Path(__file__).parents[1] / "docs" / "countries.md"
STANDING = {
    "in-force": "law in force",
    "recommended": "recommended, not binding",
    "drafting": "in drafting, not law",
    "none": "nothing is asked",
}
LEVELS = {
    Level.REQUIRE: "required",
    Level.DEFAULT: "on unless the user says no",
    Level.OFFER: "an option for the user",
    Level.NONE: "nothing is asked",
}
REMARKS = {
    "not-found": "Looked for and not found",
    "proposal": "Proposed, not law",
    "history": "History",
    "scope": "Scope",
}
WORDS = "The words of visible marks"
HEAD = (Path(__file__).parent / "countries_head.md").read_text(encoding="utf-8")


def main() -> None:
    """Write the page."""
    TARGET.write_text(page(Packs()), encoding="utf-8")


def page(packs: Packs) -> str:
    """The whole page."""
    policies = sorted(packs.all(), key=lambda policy: (policy.standing == "none", policy.name))
    parts = [HEAD, "## Contents\n", "\n".join(f"- {_entry(policy)}" for policy in policies)]
    parts += [f"- [{WORDS}](#{slug(WORDS)})\n"]
    parts += [_country(policy) for policy in policies]
    return "\n".join([*parts, _words()])


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _title(policy: Policy) -> str:
    return policy.name if policy.standing == "none" else f"{policy.name} ({policy.jurisdiction})"


def _entry(policy: Policy) -> str:
    counts = [_count(len(policy.rules), "rule"), _count(len(policy.duties), "duty")]
    told = [STANDING[policy.standing], *([", ".join(filter(None, counts))] if policy.entries else [])]
    return f"[{_title(policy)}](#{slug(_title(policy))}): {'; '.join(told)}"


def _count(number: int, what: str) -> str:
    several = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else several}" if number else ""


def _country(policy: Policy) -> str:
    checked = f"The pack was checked on **{policy.checked}**."
    lines = [
        f"## {_title(policy)}",
        "",
        f"**{STANDING[policy.standing].capitalize()}.** {checked} {_speech(policy)}",
        "",
    ]
    for rule in policy.rules:
        lines += [*_rule(policy, rule), ""]
    if policy.duties:
        lines += [f"### {policy.jurisdiction}: asked of the service, not of content", ""]
        lines += [line for duty in policy.duties for line in (*_duty(policy, duty), "")]
    if policy.remarks:
        lines += [f"### {policy.jurisdiction}: what else there is to know", ""]
        lines += [*(_remark(remark) for remark in policy.remarks), ""]
    if not policy.entries and not policy.remarks:
        lines += ["No rule is asked: users are offered what you offer, and get what they choose.", ""]
    return "\n".join(lines)


def _speech(policy: Policy) -> str:
    least = (
        f", and in `{policy.mandatory_language}` before what a browser asks for" if policy.mandatory_language else ""
    )
    return f"Its days are those of {policy.timezone}; visible marks are in `{policy.language}` by default{least}."


def _rule(policy: Policy, rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}: {LEVELS[rule.level]}"
    yield ""
    yield f"> {_plain(rule.says)}"
    yield ""
    yield f"- **Asked of:** {_plain(rule.binds)}"
    yield f"- **In force:** {_dates(policy, rule)}"
    yield from _only_if(rule)
    yield f"- **Asks:** {_asks(rule)}"
    yield from (f"- **labelkit:** {line}" for line in _done(policy, rule))
    yield f"- **Read in:** {_read_in(policy, rule)}"


def _only_if(entry: Dated) -> Iterator[str]:
    if words := entry.when.words():
        yield f"- **Only if:** {_plain('; '.join(words))}"


def _duty(policy: Policy, duty: Duty) -> Iterator[str]:
    yield f"**{duty.id}** ({duty.level})"
    yield ""
    yield f"> {_plain(duty.says)}"
    yield ""
    yield f"- **Asked of:** {_plain(duty.binds)}"
    yield f"- **In force:** {_dates(policy, duty)}"
    yield from _only_if(duty)
    yield f"- **labelkit does:** {_plain(duty.help) or 'nothing for it'}"
    yield from ([f"- **labelkit does not:** {_plain(duty.lacks)}"] if duty.lacks else [])
    yield f"- **Read in:** {_read_in(policy, duty)}"


def _remark(remark: Remark) -> str:
    return f"- **{REMARKS[remark.kind]}.** {_plain(remark.says)} {_source(remark.source)} Sureness: {remark.sureness}."


def _dates(policy: Policy, entry: Dated) -> str:
    """As of the day on which the pack was checked, so that the page is the same on every day that it is made."""
    begins = f"not yet; from **{entry.since}**" if policy.checked < entry.since else f"since {entry.since}"
    if entry.until is None:
        return begins
    ended = "no longer" if entry.until <= policy.checked else "ends"
    return (
        f"{begins}; {ended}: {entry.until} {'was' if entry.until <= policy.checked else 'is'} the first day without it"
    )


def _asks(rule: Rule) -> str:
    join = " or " if rule.any else " and "
    marks = join.join(f"`{mark}`" for mark in rule.marks)
    told = [f"{marks}, in {_list(medium for medium in Medium if medium in rule.media)}"]
    if rule.notice == "chat":
        told.append("the sentence that an AI is talking")
    if rule.wording:
        told.append(f"the words \u201c{rule.wording.created}\u201d ({rule.wording.status}, `{rule.wording.language}`)")
    place = rule.place
    told += [f"at the {place.text} of a text"] if place.text else []
    told += [f"{place.corner.replace('-', ' ')} on a picture"] if place.corner else []
    told += [f"letters at least {place.height:.0%} of the shortest side high"] if place.height else []
    told += [f"holding {_list(f'`{name}`' for name in sorted(rule.fields))}"] if rule.fields else []
    told += [f"not of text that is {_list(sorted(rule.exempt), ' or ')}"] if rule.exempt else []
    return "; ".join(told)


def _done(policy: Policy, rule: Rule) -> Iterator[str]:
    """What labelkit makes of what a rule asks, by kind of content; kinds of which the same is true share a line."""
    said: dict[str, list[str]] = {}
    for name, content in _contents(rule):
        said.setdefault(_made(policy, rule, content), []).append(name)
    for words, names in said.items():
        yield f"{_list(names)}: {words}"


def _contents(rule: Rule) -> Iterator[tuple[str, Content]]:
    """The kinds of content that a rule may be about."""
    for medium in (medium for medium in Medium if medium in rule.media):
        for document in (False, True) if medium is Medium.TEXT else (False,):
            if rule.when.document in (None, document):
                yield "document" if document else medium.value, Content(medium, rule.when.altered, document=document)


def _made(policy: Policy, rule: Rule, content: Content) -> str:
    """What is decided for content where this one rule holds and the user took whatever is offered."""
    if not carried(content.medium, document=content.document):
        return "nothing is made here. labelkit does not label this yet: label it where it is made or played."
    bare = rule.model_copy(update={"when": rule.when.model_copy(update={"machine_only": None})})
    alone = policy.model_copy(update={"rules": (bare,), "duties": ()})
    decision = decide(alone, Choice.of(*rule.marks), content, policy.moment(rule.since))
    asked = [mark for mark in rule.marks if not rule.any or rule.id in decision.because.get(mark, ())]
    made = in_order(mark for mark in asked if mark in decision.marks)
    told = [f"{_list(f'`{mark}`' for mark in made)} made here."] if made else []
    return " ".join([*told, *(f"`{each.what}` **not made here**: {_plain(each.why)}" for each in decision.unmet)])


def _read_in(policy: Policy, entry: Dated) -> str:
    checked: date = entry.checked or policy.checked
    return f"{_plain(entry.article)}: {_source(entry.source)} Sureness: {entry.sureness}. Checked: {checked}."


def _source(source: str) -> str:
    """Where it is read; addresses as links under the names of their hosts, which are short on a phone."""
    parts = re.split(r"(https?://[^\s;,)\]]+)", source.strip())
    told = [
        f"[{urlsplit(part).hostname}]({part.rstrip('.')})" if part.startswith("http") else _escape(part)
        for part in parts
    ]
    return "".join(told).rstrip(".") + "."


def _words() -> str:
    rows = [
        f"| {pack.name} (`{pack.language}`) | {_escape(pack.image.created)} | {pack.status} |"
        for pack in map(wordings, languages())
    ]
    lines = [
        f"## {WORDS}",
        "",
        "Where no rule has words of its own, a visible mark speaks the user's language. *Official*: a rule has these words.",
        "*Practice*: others write so. *Draft*: nobody who speaks it has checked them.",
        "",
        "| Language | On a picture | Status |",
        "| --- | --- | --- |",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def _list(names: Iterable[str], last: str = " and ") -> str:
    *most, end = names
    return f"{', '.join(most)}{last}{end}" if most else end


def _plain(text: str) -> str:
    """A pack's text as one line that Markdown leaves as it is."""
    return _escape(" ".join(text.split()))


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_<>\[\]|#])", r"\\\1", text)


if __name__ == "__main__":
    main()
