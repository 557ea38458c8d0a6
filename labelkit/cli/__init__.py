"""The command line: ``labelkit init | label | inspect | policy``. Exit codes: 0 labelled or AI, 1 nothing found, 2 trouble."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from labelkit.errors import MissingExtraError


def main() -> None:
    """Run the command line.

    Raises:
        SystemExit: always, with the exit code.
    """
    try:
        from labelkit.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.stderr.write(f"{MissingExtraError('The command line needs an extra', 'cli')}\n")
        raise SystemExit(2) from error
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal of another encoding, or a file name of none, ends no command
        sys.stdout.reconfigure(errors="backslashreplace")
    app()
