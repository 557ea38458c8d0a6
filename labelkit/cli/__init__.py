"""The command line: ``labelkit init | label | inspect``. Exit codes: 0 labelled or AI, 1 nothing found, 2 trouble."""

from __future__ import annotations

import sys


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
        sys.stderr.write("The command line needs an extra. Install it with: pip install 'labelkit[cli]'.\n")
        raise SystemExit(2) from error
    app()
