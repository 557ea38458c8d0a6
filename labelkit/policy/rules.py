"""Rules of one jurisdiction, read from a TOML pack. The code holds no country."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time
from enum import IntEnum
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from labelkit.errors import ConfigurationError, PolicyError
from labelkit.marks import Mark, Medium
from labelkit.policy.toml import load, validate

_PACKS = files("labelkit.policy") / "packs"
Sureness = Literal["high", "medium", "low"]


class Level(IntEnum):
    """How far a rule goes. A floor: an operator may offer more, never less."""

    NONE = 0
    OFFER = 1
    DEFAULT = 2
    REQUIRE = 3


def _level(name: object) -> object:
    return Level[name.upper()] if isinstance(name, str) and name.upper() in Level.__members__ else name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


class Rule(BaseModel):
    """One dated rule: since when, until when, for which media, which marks, how far, by which article, how sure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    article: str
    source: str
    sureness: Sureness
    since: date = Field(alias="from")
    until: date | None = None
    media: frozenset[Medium] = Field(min_length=1)
    marks: frozenset[Mark] = Field(min_length=1)
    level: Annotated[Level, BeforeValidator(_level)]
    says: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Rule:
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"rule {self.id} ends ({self.until}) before it begins ({self.since})")
        return self


class Policy(BaseModel):
    """What one jurisdiction asks, as of the day the pack was checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jurisdiction: str = Field(min_length=1)
    name: str
    timezone: Annotated[str, AfterValidator(_zone)]
    language: str
    checked: date
    rules: tuple[Rule, ...] = Field(default=(), alias="rule")

    @classmethod
    def load(cls, name: str) -> Policy:
        """The pack that ships under this name, in any case.

        Raises:
            ConfigurationError: there is none; the remedy lists those there are.
        """
        if name.lower() not in _names():
            raise ConfigurationError(f"There is no policy {name!r}", remedy=f"Choose one of {', '.join(_names())}.")
        return _shipped(name.lower())

    @classmethod
    def from_file(cls, path: str | Path) -> Policy:
        """An operator's own pack.

        Raises:
            PolicyError: it cannot be read or does not fit the schema, by file and key.
        """
        policy: Policy = validate(TypeAdapter(cls), load(Path(path)), where=str(path))
        return policy

    @property
    def version(self) -> str:
        """The pack's version is the day on which it was checked against its sources."""
        return f"{self.jurisdiction} {self.checked.isoformat()}"

    def in_force(self, when: datetime) -> tuple[Rule, ...]:
        """The rules in force at an aware moment, by the jurisdiction's own calendar.

        Raises:
            PolicyError: ``when`` has no time zone.
        """
        if when.tzinfo is None:
            raise PolicyError(
                "A time without a zone names no day", where=f"when={when!r}", remedy="Use datetime.now(UTC)."
            )
        day = when.astimezone(ZoneInfo(self.timezone)).date()
        return tuple(rule for rule in self.rules if rule.since <= day and (rule.until is None or day < rule.until))

    @cached_property
    def changes(self) -> tuple[float, ...]:
        """The moments (POSIX seconds, ascending) at which a rule begins or ends."""
        zone = ZoneInfo(self.timezone)
        days = {rule.since for rule in self.rules} | {rule.until for rule in self.rules if rule.until}
        return tuple(sorted(datetime.combine(day, time(), zone).astimezone(UTC).timestamp() for day in days))

    def period(self, moment: float) -> int:
        """Which stretch between two changes a moment (POSIX seconds) lies in: within one, every decision is the same."""
        return bisect_right(self.changes, moment)


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(item.name.removesuffix(".toml") for item in _PACKS.iterdir() if item.name.endswith(".toml")))


@cache
def _shipped(name: str) -> Policy:
    policy: Policy = validate(TypeAdapter(Policy), load(_PACKS / f"{name}.toml"), where=f"policy pack {name}")
    return policy
