"""Reading a TOML pack strictly: what does not fit is refused by file, rule and line."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from labelkit.errors import PolicyError

_LONGEST = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Source:
    """A pack as it was read: where from, its text, and what that says."""

    name: str
    text: str
    table: dict[str, Any]


def load(file: Traversable | Path) -> Source:
    """Read one pack.

    Raises:
        PolicyError: there is no such file, it is over 1 MiB, or it is not TOML; the error names file and line.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"The pack cannot be read: {error}", where=str(file), remedy="Check the path.") from error
    if len(text) > _LONGEST:
        raise PolicyError("The pack has over 1 MiB", where=str(file), remedy="Is this the file that you meant?")
    try:
        return Source(str(file), text, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError(
            f"The pack is not TOML: {error}", where=str(file), remedy="Mend the line it names."
        ) from error


def validate(adapter: TypeAdapter[Any], source: Source) -> Any:
    """Check a pack against its schema.

    Raises:
        PolicyError: the first thing that does not fit, by rule, key and line.
    """
    try:
        return adapter.validate_python(source.table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        what = f"{key or 'The pack'}: {first['msg']}"
        raise PolicyError(
            f"Rule {rule}: {what}" if (rule := _rule(source.table, first["loc"])) else what,
            where=f"{source.name}, line {line_of(source.text, first['loc'])}",
            remedy="Compare it with the packs that ship with labelkit.",
        ) from error


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line on which the value at ``path`` begins, or the innermost table around it that is there; 1 for none.

    tomllib tells no positions. But whatever is defined has been defined by some line, and before it was not: so the
    line is the one after the longest beginning of the file that is TOML and lacks the value.
    """
    lines = text.splitlines()
    for depth in range(len(path), 0, -1):
        without = 0
        for count in range(1, len(lines) + 1):
            try:
                table = tomllib.loads("\n".join(lines[:count]))
            except tomllib.TOMLDecodeError:
                continue  # in the middle of a value
            if _has(table, path[:depth]):
                return _first_said(lines, without)
            without = count
    return 1


def _first_said(lines: list[str], after: int) -> int:
    """The first line after so many that is no comment and not blank, counted from 1."""
    return next(
        at + 1 for at in range(after, len(lines)) if lines[at].strip() and not lines[at].lstrip().startswith("#")
    )


def _has(table: Any, path: Sequence[str | int]) -> bool:
    for part in path:
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def _rule(table: dict[str, Any], path: Sequence[str | int]) -> str:
    """The id of the rule, duty or remark that a path leads into; "" where it leads into none that has one."""
    if len(path) < 2 or not isinstance(path[1], int):
        return ""
    entry = table[str(path[0])][path[1]]
    return str(entry.get("id", "")) if isinstance(entry, dict) else ""
