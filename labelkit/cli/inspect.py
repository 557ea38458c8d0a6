"""``labelkit inspect``: read labels back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from labelkit.cli.console import complain, notes, out
from labelkit.cli.files import DASH, LABELLED, NOTHING, TROUBLE, each, read
from labelkit.errors import LabelkitError
from labelkit.inspection import Finding, Inspection
from labelkit.inspection import inspect as look
from labelkit.media import Limits
from labelkit.provenance import Trust

_COLOUR = {"trusted": "green", "valid": "cyan", "unsigned": "yellow", "invalid": "red"}
_WORDS = {
    True: "[bold]AI made or changed it[/bold]",
    False: "a trusted mark says it was made otherwise",
    None: "nothing says",
}


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Pictures, text and Markdown files; - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file, one per line.")] = False,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="A root certificate (PEM) that you believe; may be repeated.")
    ] = None,
) -> None:
    """Say which marks files carry, what they say, and what each is worth.

    Exit code 0: a mark says that AI made or changed a file. 1: no mark says so. 2: trouble.
    """
    code = NOTHING
    try:
        believed = Trust.of(*trust or ())
    except LabelkitError as error:
        complain(error)
        raise typer.Exit(TROUBLE) from error
    for file in each(files, "Inspecting"):
        try:
            found = look(read(file, Limits()), trust=believed)
        except LabelkitError as error:
            complain(error, file)
            code = TROUBLE
            continue
        if as_json:
            typer.echo(json.dumps({"file": str(file)} | found.to_dict(), ensure_ascii=False))
        else:
            _show(file, found)
        if found.media_type is None:
            code = TROUBLE
        elif found.ai_generated and code == NOTHING:
            code = LABELLED
    raise typer.Exit(code)


def _show(file: Path, found: Inspection) -> None:
    name = "standard input" if file == DASH else str(file)
    out.print(f"[bold]{escape(name)}[/bold]  {found.media_type or 'unknown'}: {_WORDS[found.ai_generated]}")
    if found.findings:
        table = Table(show_header=True, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for title in ("mark", "state", "what it says"):
            table.add_column(title, style="dim" if title == "mark" else None, overflow="fold")
        for finding in found.findings:
            table.add_row(finding.mark.value, _state(finding), escape(_said(finding.says)))
        out.print(table)
    for problem in found.problems:
        notes.print(f"[yellow]{escape(problem)}[/yellow]", soft_wrap=True)


def _state(finding: Finding) -> str:
    colour = _COLOUR[finding.state]
    return f"[{colour}]{finding.state}[/{colour}]" + (
        f"\n[dim]{escape(finding.reason)}[/dim]" if finding.reason else ""
    )


def _said(says: Any) -> str:
    return "\n".join(f"{key}: {value}" for key, value in says.items() if value not in (None, "", [], {}))
