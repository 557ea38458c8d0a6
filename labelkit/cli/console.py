"""Where the commands write: results to standard output, everything else to standard error."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from labelkit.errors import LabelkitError

out = Console()
notes = Console(stderr=True)


def complain(error: LabelkitError, about: object = None) -> None:
    """Say what went wrong, about which file, and the remedy."""
    name = f"{escape(str(about))}: " if about is not None else ""
    notes.print(f"[red]{name}[/red]{escape(str(error))}", soft_wrap=True, highlight=False)
