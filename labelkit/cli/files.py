"""Files as the commands see them: ``-`` is standard input and output, a result replaces nothing by accident."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.progress import Progress

from labelkit.cli.console import notes
from labelkit.errors import ConfigurationError
from labelkit.media import Limits, read_file, unreadable

DASH = Path("-")
LABELLED, NOTHING, TROUBLE = 0, 1, 2


def read(file: Path, limits: Limits) -> bytes:
    """The bytes of a file, or of standard input.

    Raises:
        ContentError: it cannot be read, or there is more of it than the limit.
    """
    if file != DASH:
        return read_file(file, limits)
    try:
        data = sys.stdin.buffer.read(limits.bytes + 1)
    except OSError as error:
        raise unreadable(error, file) from error
    limits.check_bytes(len(data), where=str(file))
    return data


def target(file: Path, directory: Path | None) -> Path:
    """Where the labelled copy of a file goes: into the directory, else beside it as ``name.labelled.ext``."""
    if file == DASH:
        return DASH
    if directory is not None:
        return directory / file.name
    return file.with_name(f"{file.stem}.labelled{file.suffix}")


def write(data: bytes, file: Path, *, force: bool) -> None:
    """Write a file whole or not at all.

    Raises:
        ConfigurationError: there is a file already, or it cannot be written.
    """
    if file == DASH:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        if file.exists() and not force:
            raise ConfigurationError("There is such a file already", where=str(file), remedy="Use --force, or -o DIR.")
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(
            f"The file cannot be written: {error.strerror}", where=str(file), remedy="Check the directory."
        ) from error


def each(files: Iterable[Path], doing: str) -> Iterator[Path]:
    """The files one by one, with a progress bar where there are several and somebody looks on."""
    listed = list(files)
    if len(listed) < 2 or not notes.is_terminal:
        yield from listed
        return
    with Progress(console=notes, transient=True) as progress:
        yield from progress.track(listed, description=doing)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
