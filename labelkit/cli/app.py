"""The commands, put together; each has a file of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from labelkit.cli import init, inspect, label, policy
from labelkit.version import __version__

app = typer.Typer(
    name="labelkit",
    help="Label what the AI made, and read labels back. Exit codes: 0 labelled or AI, 1 nothing found, 2 trouble.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(init.init)
app.command("label")(label.label)
app.command("inspect")(inspect.inspect)
app.add_typer(policy.app, name="policy")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"labelkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Options of the command itself."""
