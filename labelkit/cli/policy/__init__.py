"""``labelkit policy``: which rules there are, what they ask of a case, and what changes when."""

from __future__ import annotations

import typer

from labelkit.cli.policy.check import check
from labelkit.cli.policy.explain import explain
from labelkit.cli.policy.list import list_packs
from labelkit.cli.policy.show import show
from labelkit.cli.policy.timeline import timeline

app = typer.Typer(help="Which rules there are, what they ask of a case, and what changes when.", no_args_is_help=True)
app.command("list")(list_packs)
app.command("show")(show)
app.command("explain")(explain)
app.command("check")(check)
app.command("timeline")(timeline)
