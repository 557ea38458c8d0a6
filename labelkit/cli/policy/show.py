"""``labelkit policy show``: everything that is in a pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from labelkit.cli.console import out
from labelkit.cli.policy.words import STANDINGS, AsJson, PacksFrom, complaining, days_ago, echo_json, paragraphs, safe
from labelkit.marks import in_order
from labelkit.policy import Duty, Packs, Policy, Remark, Rule
from labelkit.policy.plain import pack
from labelkit.policy.rules import Dated
from labelkit.policy.timeline import LEVELS

Lines = Iterator[tuple[str, str]]


def show(
    jurisdiction: Annotated[str, typer.Argument(help="A jurisdiction, several as ru,eu, or the path of a pack.")],
    as_json: AsJson = False,
    packs: PacksFrom = None,
) -> None:
    """Show a jurisdiction's rules and duties: what they ask, of whom, since when, by which source, and how sure we are."""
    with complaining():
        policies = Packs(packs).of(jurisdiction)
    if as_json:
        told = [pack(policy) for policy in policies]
        echo_json(told[0] if len(told) == 1 else told)
        return
    for policy in policies:
        _show(policy)


def _show(policy: Policy) -> None:
    out.print(f"[bold]{safe(policy.jurisdiction)}  {safe(policy.name)}[/bold]", highlight=False)
    _definitions(_pack(policy))
    for title, entries in (("Rules", policy.rules), ("Duties", policy.duties)):
        if entries:
            out.print(f"\n[bold underline]{title}[/bold underline]")
        for entry in entries:
            out.print(f"\n[bold]{safe(entry.id)}[/bold]", highlight=False)
            _definitions((*_asks(entry), *_dated(entry, policy)))
    if policy.remarks:
        out.print("\n[bold underline]Remarks[/bold underline]\n")
        _definitions(_remark(remark) for remark in policy.remarks)


def _definitions(lines: Iterable[tuple[str, str]]) -> None:
    out.print(paragraphs((name, safe(text)) for name, text in lines), highlight=False)


def _pack(policy: Policy) -> Lines:
    yield "standing", STANDINGS[policy.standing]
    yield "checked", f"{policy.checked}, {days_ago(policy.age(datetime.now(UTC)))}"
    yield "calendar", policy.timezone
    yield "language", f"{policy.language}, where nobody asks for another"
    if policy.mandatory_language:
        yield "mandatory", f"{policy.mandatory_language}, unless the user chose another"
    if policy.countries:
        yield "countries", ", ".join(policy.countries)
    if not policy.rules:
        yield "rules", "none about marks in content"


def _asks(entry: Dated) -> Lines:
    if isinstance(entry, Rule):
        yield from _rule(entry)
    if isinstance(entry, Duty):
        yield "level", entry.level
        if entry.help:
            yield "does", f"labelkit: {entry.help}"
        if entry.lacks:
            yield "lacks", f"not in labelkit: {entry.lacks}"


def _rule(rule: Rule) -> Lines:
    yield "level", LEVELS[rule.level]
    marks = in_order(rule.marks) if not rule.any else rule.marks
    yield "marks", ", ".join(marks) + (" (the first of them that can be made)" if rule.any and len(marks) > 1 else "")
    yield "media", ", ".join(sorted(rule.media))
    if rule.notice == "chat":
        yield "notice", "that the user talks with an AI"
    if rule.wording:
        words = rule.wording
        said = " / ".join(dict.fromkeys((words.created, words.altered, words.unknown)))
        yield "wording", f"{said} ({words.language}, {words.status})"
    place = rule.place
    placed = [
        str(place.text or ""),
        place.corner or "",
        f"{place.height:.0%} of the shortest side" if place.height else "",
    ]
    if any(placed):
        yield "place", ", ".join(each for each in placed if each)
    if rule.fields:
        yield "fields", ", ".join(sorted(rule.fields))
    if rule.exempt:
        yield "exempt", ", ".join(sorted(rule.exempt))


def _dated(entry: Dated, policy: Policy) -> Lines:
    yield "when", f"from {entry.since}" + (f", until {entry.until} (the first day without it)" if entry.until else "")
    for words in entry.when.words():
        yield "if", words
    yield "binds", entry.binds
    yield "says", entry.says
    yield "article", entry.article
    yield "source", entry.source
    yield "sureness", f"{entry.sureness}, checked {entry.checked or policy.checked}"


def _remark(remark: Remark) -> tuple[str, str]:
    return remark.kind, f"{remark.says} Source: {remark.source}. Sureness: {remark.sureness}."
