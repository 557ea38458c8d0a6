"""``labelkit policy check``: does a file have what the rules ask of it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Context, Option

from labelkit.checking import Answer, Check
from labelkit.checking import check as compare
from labelkit.cli.console import complain, notes, out
from labelkit.cli.files import DASH, TROUBLE, each, read
from labelkit.cli.policy import facts
from labelkit.cli.policy.explain import generator_of, moment_of
from labelkit.cli.policy.words import PacksFrom, complaining, grid, safe
from labelkit.errors import LabelkitError
from labelkit.label import Generator
from labelkit.marks import Medium
from labelkit.media import Limits
from labelkit.policy import Content, Packs, Policies
from labelkit.policy.explanation import Age
from labelkit.provenance import Trust
from labelkit.service import Service

MEETS, SHORT = 0, 1
_COLOUR = {"met": "green", "missing": "red", "cannot-tell": "yellow", "option": "dim"}
_OVERALL = {"meets": "green", "misses": "red", "cannot tell": "yellow"}


def check(
    context: Context,
    files: Annotated[list[Path], typer.Argument(help="Pictures and text files; - for standard input.")],
    jurisdiction: Annotated[list[str], Option("--jurisdiction", "-j", help="CN; or ru,eu; or repeated.")],
    date: Annotated[str | None, Option(help="A day (its noon), or a time as 2027-03-01T12:00Z; now.")] = None,
    as_json: Annotated[bool, Option("--json", help="One JSON object per file, one per line.")] = False,
    trust: Annotated[
        list[Path] | None, Option("--trust", help="A root certificate (PEM) that you believe; may be repeated.")
    ] = None,
    packs: PacksFrom = None,
    parameters: facts.Parameters = None,
    model_class: facts.Class = None,
    on_market_since: facts.Since = None,
    roles: facts.Roles = None,
    daily_users: facts.Daily = None,
    monthly_users: facts.Monthly = None,
    signatory: facts.Signatory = None,
    tells_users: facts.Told = None,
    kind: facts.KindOf = None,
    tokens: facts.Tokens = None,
    document: facts.Document = False,
    altered: facts.Altered = None,
    realistic: facts.Realistic = None,
    published: facts.Published = None,
    first_turn: facts.FirstTurn = None,
    export: facts.Export = None,
    agreed: facts.Agreed = None,
) -> None:
    """Say which of the marks that the rules ask for a file has, and what is missing.

    Facts that are not said are not known, and count as in scope. What was found is compared with what the pack asks as
    of the day on which it was checked; whether that is enough in law, nobody here can say.

    Exit code 0: every file meets. 1: something is missing or cannot be told. 2: trouble.
    """
    with complaining():
        policies = Packs(packs).of(",".join(jurisdiction))
        moment = moment_of(date, policies)
        compared = _comparing(policies, moment, context.params)  # the options by name, as the facts' fields are called
    for warning in (Age(policy, policy.age(moment)).warning for policy in policies):
        if warning:
            notes.print(f"[yellow]{safe(warning)}[/yellow]", soft_wrap=True)
    codes = {MEETS}
    for file in each(files, "Checking"):
        try:
            found = compared(file)
        except LabelkitError as error:
            complain(error, file)
            codes.add(TROUBLE)
            continue
        codes.add(MEETS if found.result == "meets" else SHORT)
        if as_json:
            typer.echo(json.dumps({"file": str(file)} | found.to_dict(), ensure_ascii=False))
        else:
            _show(file, found)
    raise typer.Exit(max(codes))


def _comparing(policies: Policies, moment: datetime, said: Mapping[str, Any]) -> Callable[[Path], Check]:
    """How each file is checked, by what the line says."""
    limits, trust = Limits(), Trust.of(*said["trust"] or ())
    generator = generator_of(None, facts.said(said, Generator))
    service = Service(**facts.said(said, Service))
    about = Content(Medium.TEXT, **{"altered": None} | facts.said(said, Content))  # bytes decide the medium

    def compared(file: Path) -> Check:
        content = read(file, limits) if file == DASH else file
        return compare(
            content, policies, moment, generator=generator, service=service, about=about, trust=trust, limits=limits
        )

    return compared


def _show(file: Path, found: Check) -> None:
    name = "standard input" if file == DASH else str(file)
    colour = _OVERALL[found.result]
    told = f"{found.summary} at {found.when:%Y-%m-%d %H:%M %z}"  # the summary's own day is the pack's
    out.print(f"[bold]{safe(name)}[/bold]  [{colour}]{safe(told)}[/{colour}]", highlight=False)
    if found.answers:
        table = grid("rule", "found", "why")
        for answer in found.answers:
            colour = _COLOUR[answer.result]
            table.add_row(
                safe(answer.rule.id), f"[{colour}]{answer.result}[/{colour}]", "\n".join(map(safe, _why(answer)))
            )
        out.print(table, highlight=False)
    if found.duties:
        told = f"Asked of the service, and not to be seen in a file: {', '.join(found.duties)}."
        out.print(f"[dim]{safe(told)}[/dim]", highlight=False)


def _why(answer: Answer) -> Iterator[str]:
    yield from answer.reasons
    for words in answer.unknown:
        yield f"Not known, counts as in scope: {words}."
    rule, told = answer.rule, answer.to_dict()
    yield f"{rule.article}; sureness {rule.sureness}, checked {told['checked']}"
