"""Plain data: what JSON can hold, of the values that packs and decisions are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import Enum
from typing import Any

from labelkit.policy.policy import Policy
from labelkit.policy.rules import Level


def plain(value: Any) -> Any:
    """Strings, numbers, booleans, null, lists and objects: dates as ISO 8601, levels by name, sets in order.

    Raises:
        TypeError: something that none of this is.
    """
    if isinstance(value, Level):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(plain(each) for each in value)
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no plain form")


def pack(policy: Policy) -> dict[str, Any]:
    """A whole pack, under the names that its file uses; what it leaves out is left out."""
    told: dict[str, Any] = plain(policy.model_dump(by_alias=True, exclude_none=True))
    return told
