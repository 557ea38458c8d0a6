"""The AIGC record: the implicit label of GB 45438-2025, annex E, seven keys in one order, whatever carries it.

Pictures carry it as JSON in XMP (TC260-PG-20257A), Markdown as a mapping in its front matter (TC260-PG-20258A).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from labelkit.label import Label

NAME = "AIGC"
"""The key under which files carry the record."""
KEYS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_IS_AI, _POSSIBLY, _SUSPECTED = "1", "2", "3"  # secondary sources; a platform writes the latter two
_LONGEST = 64 * 1024  # characters of JSON


def record(label: Label) -> dict[str, str]:
    """The record of a label, in the standard's order of keys.

    Whoever makes content fills the first three keys, whoever spreads it the others. A registered producer has a code
    of its own; it is the generator's provider then.
    """
    ours = {"Label": _IS_AI, "ContentProducer": label.generator.provider, "ProduceID": str(label.id)}
    return {key: ours.get(key, "") for key in KEYS}


def as_json(label: Label) -> str:
    """The record of a label as one line of JSON, in its own script (not escaped to ASCII)."""
    return json.dumps(record(label), ensure_ascii=False, separators=(",", ":"))


def tells_ai(found: Mapping[str, str] | None) -> bool:
    """Whether a record says that AI made the content: that it did, possibly did, or is suspected to have."""
    return found is not None and found.get("Label") in (_IS_AI, _POSSIBLY, _SUSPECTED)


def parse(text: str) -> Mapping[str, str] | None:
    """The record in a JSON text, bare or under the key ``AIGC``; None for anything else. Hostile text never raises."""
    try:
        found: Any = json.loads(text) if len(text) <= _LONGEST else None
        if isinstance(found, dict) and isinstance(found.get(NAME), dict):
            found = found[NAME]
        return of(found) if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None


def of(found: Mapping[str, object]) -> Mapping[str, str] | None:
    """The record in a mapping that was read already; None without the key ``Label``. What is no text is its JSON."""
    if "Label" not in found:
        return None
    return MappingProxyType({_clean(key): _clean(value) for key, value in found.items()})


def _clean(value: object) -> str:
    """JSON can spell lone surrogates, which no later writer could encode."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode("utf-8")
