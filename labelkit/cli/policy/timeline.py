"""``labelkit policy timeline``: what changes when, in the terminal and as a picture."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

from rich.cells import cell_len
from rich.text import Text
from typer import Argument, Option

from labelkit.cli.console import notes, out
from labelkit.cli.files import write
from labelkit.cli.policy.explain import YEARS
from labelkit.cli.policy.svg import draw
from labelkit.cli.policy.words import STANDINGS, AsJson, PacksFrom, clean, complaining, echo_json, grid, safe
from labelkit.errors import ConfigurationError
from labelkit.policy import Level, Packs, Policies, Rule
from labelkit.policy.timeline import LEVELS, Timeline

# Told apart by their shapes: colour is a help, not the message.
_BARS = {
    Level.REQUIRE: ("█", "blue"),
    Level.DEFAULT: ("▒", "green"),
    Level.OFFER: ("=", "yellow"),
    Level.NONE: ("·", ""),
}
_NOW = "magenta"


def timeline(
    jurisdictions: Annotated[list[str] | None, Argument(help="RU EU, or ru,eu; every one when left out.")] = None,
    start: Annotated[str | None, Option("--from", help="The first month, as 2026-01; this year's January.")] = None,
    end: Annotated[str | None, Option("--to", help="The month after the last; three years on.")] = None,
    svg: Annotated[Path | None, Option("--svg", help="Draw a picture into this file; - for standard output.")] = None,
    force: Annotated[bool, Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
    packs: PacksFrom = None,
) -> None:
    """Show which rules hold when, and what changes next."""
    today = datetime.now(UTC).date()
    with complaining():
        found = Packs(packs)
        policies = found.of(",".join(jurisdictions)) if jurisdictions else Policies.of(*found.all())
        first = _month(start, "--from") if start else date(today.year, 1, 1)
        last = _month(end, "--to") if end else date(first.year + 3, first.month, 1)
        line = Timeline(policies, first, last)
        if svg is not None:
            write(draw(line, today), svg, force=force)
            notes.print(f"Drew {svg}", highlight=False, markup=False)
    if as_json:
        echo_json(line.to_dict())
    elif svg is None:
        _picture(line, today)
        _changes(line, today)


def _month(said: str, where: str) -> date:
    try:
        month = date.fromisoformat(said if said.count("-") > 1 else f"{said}-01")
    except ValueError as error:
        raise ConfigurationError(f"{said!r} is no month", where=where, remedy="Write it as 2027-03.") from error
    if month.year not in YEARS:
        raise ConfigurationError(f"The year {month.year} is out of reach", where=where, remedy="Write it as 2027-03.")
    return month


def _picture(line: Timeline, today: date) -> None:
    rules = [rule for policy in line.policies for rule in policy.rules]
    margin = min(max((cell_len(clean(rule.id)) for rule in rules), default=0), out.width // 3) + 2
    width = max(12, out.width - margin - 1)
    legend = Text("  ").join(Text(f"{sign * 3} {LEVELS[level]}", style=hue) for level, (sign, hue) in _BARS.items())
    _line(legend)
    if line.start <= today < line.end:
        _line(Text.assemble(("┃", _NOW), f"   today, {today}"))
    _line(Text(" " * margin + _years(line, width), style="dim"))
    for policy in line.policies:
        title = f"{policy.jurisdiction}  {clean(policy.name)} ({STANDINGS[policy.standing]})"
        out.print(Text(title, style="bold"))
        for rule in policy.rules:
            _row(clean(rule.id), _bar(line, rule, width, today), margin)
        if not policy.rules:
            _line(Text("  no rule about marks in content", style="dim"))


def _row(name: str, bar: Text, margin: int) -> None:
    if cell_len(name) > margin - 2:  # too long to stand beside its bar
        out.print(Text(name))
        name = ""
    _line(Text.assemble(name + " " * (margin - cell_len(name)), bar))


def _line(text: Text) -> None:
    """One line that is not broken: what stands below something stays there."""
    out.print(text, no_wrap=True, overflow="ignore", crop=False)


def _years(line: Timeline, width: int) -> str:
    """The axis: a stroke and its name at each year's beginning, a dot at a month or a quarter."""
    axis = [" "] * width
    free = 0
    for tick in line.ticks:
        at = int(line.share(tick.day) * width)
        name = f"|{tick.label} " if tick.major else "'"
        if at >= free:
            axis[at : at + len(name)] = name
            free = at + len(name)
    return "".join(axis)[:width]


def _bar(line: Timeline, rule: Rule, width: int, today: date) -> Text:
    sign, hue = _BARS[rule.level]
    stretch = line.stretch(rule)
    cells = [" "] * width
    if stretch:
        first = min(width - 1, int(stretch[0] * width))
        last = max(first + 1, round(stretch[1] * width))
        cells[first:last] = sign * (last - first)
    elif rule.since < line.start:
        cells[0] = "<"
    else:
        cells[-1] = ">"
    bar = Text("".join(cells), style=hue)
    if line.start <= today < line.end:
        at = int(line.share(today) * width)
        bar = Text.assemble(bar[:at], ("┃", _NOW), bar[at + 1 :])
    return bar


def _changes(line: Timeline, today: date) -> None:
    coming = [event for event in line.events if event.day > today]
    out.print("\n[bold]Changes to come[/bold]" + ("" if coming else f"  none is known until {line.end}"))
    table = grid()
    for _ in range(3):
        table.add_column(overflow="fold")
    for event in coming:
        table.add_row(str(event.day), safe(event.policy.jurisdiction), safe(event.words))
    if coming:
        out.print(table, highlight=False)
