"""Reading a TOML pack strictly: what does not fit is refused by file, rule and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from operator import itemgetter
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from labelkit.errors import PolicyError

_LONGEST = 1024 * 1024  # bytes
_PLACED = 20  # faults whose lines are looked for
_CLOSES = re.compile(r"\"\"\"|'''|[\]}]")  # a value of several lines ends with one of these


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
        with file.open("rb") as stream:
            data = stream.read(_LONGEST + 1)
        text = data.decode().replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"The pack cannot be read: {error}", where=str(file), remedy="Check the path.") from error
    if len(data) > _LONGEST:
        raise PolicyError("The pack has over 1 MiB", where=str(file), remedy="Is this the file that you meant?")
    try:
        return Source(str(file), text, tomllib.loads(text))
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError of another kind
        raise PolicyError(
            f"The pack is not TOML: {error}", where=str(file), remedy="Mend the line it names."
        ) from error


def validate(adapter: TypeAdapter[Any], source: Source) -> Any:
    """Check a pack against its schema.

    Raises:
        PolicyError: the first line that does not fit, by rule and key, and how many faults there are besides.
    """
    try:
        return adapter.validate_python(source.table)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        placed = [(line_of(source.text, fault["loc"]), fault) for fault in faults[:_PLACED]]
        line, first = min(placed, key=itemgetter(0))
        key = ".".join(str(part) for part in first["loc"])
        rule = _rule(source.table, first["loc"])
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise PolicyError(
            f"{f'Rule {rule}: ' if rule else ''}{key or 'The pack'}: {first['msg']}{more}",
            where=f"{source.name}, line {line}",
            remedy="Compare it with the packs that ship with labelkit.",
        ) from error


def fault(message: str, *path: str | int) -> ValidationError:
    """What a validator of a whole table raises, so that the key at ``path`` is named, and its line."""
    told = PydanticCustomError("pack", "{message}", {"message": message})  # a template, so that braces stay braces
    return ValidationError.from_exception_data("pack", [InitErrorDetails(type=told, loc=path, input=None)])


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line on which the value at ``path`` begins, or the innermost table around it that is there; 1 for none.

    tomllib tells no positions. But whatever is defined has been defined by some line, and before it was not: so the
    line is the one after the longest beginning of the file that is TOML and lacks the value.
    """
    lines = text.split("\n")  # TOML has no other line ends
    whole = _parsed(lines)
    there = next((path[:depth] for depth in range(len(path), 0, -1) if _has(whole, path[:depth])), None)
    return 1 if there is None else _without(lines, there) + 1


def _without(lines: list[str], path: Sequence[str | int]) -> int:
    """How many lines the longest beginning has that is TOML and lacks what the whole file has. Halving finds it, for
    what is defined stays defined; a beginning that ends within a value is followed to where the value ends."""
    lacks, after = 0, len(lines)  # no beginning of `after` lines or more lacks it
    while after - lacks > 1:
        middle = (lacks + after) // 2
        ends = (count for count in range(middle, after) if count == middle or _CLOSES.search(lines[count - 1]))
        count, table = next(
            ((count, table) for count in ends if (table := _parsed(lines[:count])) is not None), (middle, None)
        )
        if table is None or _has(table, path):
            after = middle
        else:
            lacks = count
    return lacks


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None


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
