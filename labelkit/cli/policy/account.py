"""The account of an explanation, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from labelkit.cli.console import out
from labelkit.cli.policy.facts import option
from labelkit.cli.policy.words import STANDINGS, grid, paragraphs, safe
from labelkit.marks import Mark
from labelkit.policy.explanation import Age, Explanation, Judged, MarkReason
from labelkit.policy.plain import plain
from labelkit.policy.rules import Duty, Level, Rule
from labelkit.policy.timeline import LEVELS, level_of

_ALL_MADE = "nothing: each mark and field that rules ask for can be made here (duties are another matter)"


def tell(explanation: Explanation, means: str) -> None:
    """Print it whole: the case with the means it is decided for, the marks, what is not met, every rule and every duty."""
    out.print(paragraphs([*_case(explanation), ("means", safe(means))]), highlight=False)
    _section("Marks", _marks(explanation.marks), explanation.marks, "nothing can be marked here")
    _section("Not met", _unmet(explanation), explanation.decision.unmet, _ALL_MADE)
    _section("Rules", _judged(explanation.rules), explanation.rules, "none about marks in content")
    if explanation.duties:
        _section("Duties of the service", _judged(explanation.duties), explanation.duties, "")
    if remarked := ",".join(age.policy.jurisdiction for age in explanation.ages if age.policy.remarks):
        more = f"What was looked for and not found, and other remarks: labelkit policy show {remarked}"
        out.print(f"\n[dim]{safe(more)}[/dim]", highlight=False)


def _section(title: str, table: Table, filled: tuple[Any, ...], empty: str) -> None:
    out.print(f"\n[bold]{title}[/bold]" + ("" if filled else f"  {empty}"))
    if filled:
        out.print(table, highlight=False)


def _case(explanation: Explanation) -> Iterator[tuple[str, str]]:
    for age in explanation.ages:
        policy = age.policy
        yield (
            "policy",
            safe(f"{policy.jurisdiction}, {policy.name}: {STANDINGS[policy.standing]}, {_checked(age)}"),
        )
        if age.warning:
            yield "warning", f"[yellow]{safe(age.warning)}[/yellow]"
    zone = next((age.policy.zone for age in explanation.ages), None)
    yield "time", f"{explanation.when.astimezone(zone):%Y-%m-%d %H:%M %z}"
    known = explanation.known
    yield "content", safe(_said(known["content"]))
    declared = _said({**known["generator"], **known["service"]})
    yield "declared", safe(declared or "nothing of the AI system and the service: what is not known counts as in scope")
    yield "choice", "nothing was said" if explanation.choice is None else safe(explanation.choice)
    if any(each.made and each.mark is Mark.VISIBLE for each in explanation.marks):
        yield "wording", safe(f"{explanation.decision.wording} ({explanation.decision.language})")


def _said(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in facts.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    told = plain(value)
    return " and ".join(told) if isinstance(told, list) else str(told)


def _checked(age: Age) -> str:
    """When a pack was checked, and how old that makes it at the time in question."""
    return f"checked {age.policy.checked}, {age.days} day{'s' * (age.days != 1)} old"


def _marks(marks: Iterable[MarkReason]) -> Table:
    table = grid("mark", "made", "why", "rules")
    for one in marks:
        rules = [f"{rule.policy.jurisdiction}: {rule.entry.id} ({level_of(rule.entry)})" for rule in one.rules]
        chosen = " The user asked for it." if one.chosen and one.level is Level.REQUIRE else ""
        made = "[green]yes[/green]" if one.made else "no"
        table.add_row(one.mark.value, made, safe(one.why + chosen), "\n".join(safe(rule) for rule in rules) or "none")
    return table


def _unmet(explanation: Explanation) -> Table:
    table = grid("what", "rule", "why, and what helps")
    for one in explanation.decision.unmet:
        table.add_row(one.what.value, safe(one.rule), f"[yellow]{safe(one.why)}[/yellow]")
    return table


def _judged(entries: Iterable[Judged]) -> Table:
    """Those that apply first, with their sources; of the others only why not (`show` and --json have the rest)."""
    table = grid("id", "applies", "why")
    for one in sorted(entries, key=lambda one: not one.applies):
        lines = [safe(line) for line in _lines(one)]
        if one.applies:
            lines.append(f"[dim]{safe(_cited(one))}[/dim]")
        table.add_row(safe(one.entry.id), "[green]yes[/green]" if one.applies else "no", "\n".join(lines))
    return table


def _lines(one: Judged) -> Iterator[str]:
    yield from one.why
    for fact in one.unknown:
        yield f"Not known, counts as in scope: {fact.words}. Declare {fact.setting}, here {option(fact.setting)}."
    entry = one.entry
    if one.applies and isinstance(entry, Rule | Duty):
        level = LEVELS[entry.level] if isinstance(entry, Rule) else entry.level
        yield f"{level.capitalize()}: {entry.says}"
        yield f"Asked of: {entry.binds}."
    if one.applies and isinstance(entry, Duty):
        if entry.help:
            yield f"labelkit does: {entry.help}"
        if entry.lacks:
            yield f"labelkit does not: {entry.lacks}"


def _cited(one: Judged) -> str:
    entry, checked = one.entry, one.entry.checked or one.policy.checked
    return f"{entry.article}; {entry.source}; sureness {entry.sureness}, checked {checked}"
