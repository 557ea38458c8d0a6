"""The badge: a picture's visible mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """Where a badge goes and how it looks."""

    corner: Corner = "bottom-right"
