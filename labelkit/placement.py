"""Where a visible mark stands: in a text, and on a picture."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
"""Of a picture as it is displayed."""


class Place(StrEnum):
    """Where the notice of a text stands."""

    START = "start"
    END = "end"
