"""What the policy commands have in common: the packs they look into, and words of packs made safe to show."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from labelkit.cli.console import complain
from labelkit.cli.files import TROUBLE
from labelkit.errors import LabelkitError

PacksFrom = Annotated[
    Path | None,
    typer.Option("--packs", envvar="LABELKIT_PACKS", help="A directory of your own packs; they come before ours."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]

STANDINGS: Mapping[str, str] = {
    "in-force": "law in force",
    "recommended": "recommended, not binding",
    "drafting": "in drafting",
    "none": "no law",
}
_JOINERS = {"\u200c", "\u200d"}  # Persian and Hindi need them; other format characters can turn a line around
_UNSEEN = {"Cc", "Cf", "Cs", "Cn"}


def clean(text: str) -> str:
    """Words of a pack as one paragraph without what is not to be seen: a terminal obeys escape sequences, and XML
    cannot hold them."""
    spaced = " ".join(text.split())
    return "".join(
        char if char in _JOINERS or unicodedata.category(char) not in _UNSEEN else "\ufffd" for char in spaced
    )


def safe(text: object) -> str:
    """Words of a pack as rich can print them: clean, and without mark-up of their own."""
    return escape(clean(str(text)))


def grid(*titles: str) -> Table:
    """A table in which nothing is cut off: what is too wide goes on in the next line."""
    table = Table(show_header=bool(titles), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def paragraphs(lines: Iterable[tuple[str, str]]) -> Table:
    """Names and what is said of them, the text already safe."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in lines:
        table.add_row(name, text)
    return table


def days_ago(days: int) -> str:
    """An age in words."""
    return "today" if days == 0 else f"{days} day{'' if days == 1 else 's'} ago"


def echo_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def complaining() -> Iterator[None]:
    """What goes wrong within is said on standard error; exit code 2."""
    try:
        yield
    except LabelkitError as error:
        complain(error)
        raise typer.Exit(TROUBLE) from error
