"""Reading a TOML pack strictly: a wrong key or type is refused by file, place and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from labelkit.errors import PolicyError


def load(file: Traversable | Path) -> dict[str, Any]:
    """Read one pack.

    Raises:
        PolicyError: there is no such file, or it is not TOML; the error names file and line.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"The pack cannot be read: {error}", where=str(file), remedy="Check the path.") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(
            f"The pack is not TOML: {error}", where=str(file), remedy="Mend the line it names."
        ) from error


def validate(adapter: TypeAdapter[Any], raw: Mapping[str, Any], *, where: str) -> Any:
    """Check a table against its schema.

    Raises:
        PolicyError: the first thing that does not fit, by key.
    """
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PolicyError(
            f"{key or 'The pack'}: {first['msg']}",
            where=where,
            remedy="Compare it with the packs that ship with labelkit.",
        ) from error
