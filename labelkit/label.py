"""The label: what is said about content, before any mark carries it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from labelkit.errors import ConfigurationError
from labelkit.service import check_url

if sys.version_info >= (3, 14):  # pragma: no cover
    from uuid import uuid7
else:
    from uuid_utils.compat import uuid7

ModelClass = Literal["sovereign", "national", "other"]

_LONGEST_NAME = 200  # characters; a name goes into every signature, XMP packet and header


class SourceType(StrEnum):
    """IPTC digital source type: https://cv.iptc.org/newscodes/digitalsourcetype/."""

    CREATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


AI_SOURCE_TYPES = frozenset(
    {*(each.value for each in SourceType), "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"}
)
"""The IPTC digital source types that say that AI was at work, those that others write among them."""

SAID = ("provider", "system", "version", "id", "time", "source_type", "altered", "detector")
"""The names under which a mark without a signature tells what its label says."""


class Field(StrEnum):
    """One thing that a rule wants a machine-readable mark to hold."""

    PROVIDER = "provider"
    SYSTEM = "system"
    VERSION = "version"
    TIME = "time"
    ID = "id"
    ALTERED = "altered"
    SOURCE_TYPE = "source_type"
    AIGC = "aigc"
    """China's record of seven keys (GB 45438-2025, annex E)."""
    DETECTOR = "detector"
    """The address where anyone can have the mark checked."""
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    """A time that an authority signed (RFC 3161)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """The AI system that made the content.

    Args:
        provider: who answers for the system (SB 1000 (A), 243-FZ).
        system: the system's name as its users know it.
        version: its version, as the provider counts.
        on_market_since: the day it was first offered; dated rules turn on it (EU AI Act, art. 111(4)).
        model_class: ``sovereign``, ``national`` or ``other`` in the words of 243-FZ; None when not declared.
        parameters: the model's parameter count; None when not declared.
        detector: the address where anyone can have this generator's marks checked; every mark that can hold it does.

    Raises:
        ConfigurationError: a name that is empty, too long or has control characters; a detector that is no address.
    """

    provider: str
    system: str
    version: str
    on_market_since: date | None = None
    model_class: ModelClass | None = None
    parameters: int | None = None
    detector: str | None = None

    def __post_init__(self) -> None:
        for name in ("provider", "system", "version"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise ConfigurationError(
                    "A generator needs a provider, a system and a version",
                    where=f"Generator({name}={value!r})",
                    remedy="Fill it with a short text that your users know.",
                )
            if len(value) > _LONGEST_NAME or not value.isprintable():
                raise ConfigurationError(
                    f"A generator's {name} is at most {_LONGEST_NAME} printable characters",
                    where=f"Generator({name}={value[:40]!r})",
                    remedy="Shorten it; line breaks and control characters cannot be carried.",
                )
        if self.parameters is not None and self.parameters < 1:
            raise ConfigurationError(
                "A parameter count is a positive number",
                where=f"Generator(parameters={self.parameters!r})",
                remedy="Leave it out when it is not known.",
            )
        if self.detector is not None:
            check_url(self.detector, "Generator(detector=...)")

    def __str__(self) -> str:
        return f"{self.provider} {self.system} {self.version}"


@dataclass(frozen=True, slots=True)
class Label:
    """One statement: this content was made, or changed, by this generator at this time, under this id.

    ``altered`` is False for content that the AI created, True for content that it changed, None where that is
    not known; unknown is told as a composite, which is true of both.
    """

    generator: Generator
    altered: bool | None = False
    id: UUID = field(default_factory=uuid7)
    time: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise ConfigurationError(
                "A label's time needs a time zone",
                where=f"Label(time={self.time!r})",
                remedy="Use datetime.now(UTC).",
            )

    @property
    def source_type(self) -> SourceType:
        """The IPTC digital source type that says what ``altered`` says."""
        return SourceType.CREATED if self.altered is False else SourceType.COMPOSITE

    @property
    def stamp(self) -> str:
        """The label's time as RFC 3339 in UTC, to the second: always 20 characters."""
        return self.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
