"""The policy: what one jurisdiction asks, as of the day its pack was checked. Data from TOML; the code holds no country."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from labelkit.errors import PolicyError
from labelkit.policy.rules import Dated, Duty, Remark, Rule
from labelkit.policy.toml import fault, load, validate

Standing = Literal["in-force", "recommended", "drafting", "none"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


class Policy(BaseModel):
    """What one jurisdiction asks.

    ``standing`` is what its rules are: law in force, recommended, in drafting, or none. ``language`` is the one of
    visible marks where nobody asks for another, ``mandatory_language`` one that is asked for before what a program
    accepts. ``countries`` are ISO 3166 codes, of regions where a state has several laws.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    jurisdiction: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    name: str = Field(min_length=1)
    standing: Standing = "in-force"
    timezone: Annotated[str, AfterValidator(_zone)]
    language: str = Field(min_length=2)
    mandatory_language: str | None = None
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")], ...] = ()
    checked: date
    rules: tuple[Rule, ...] = Field(default=(), alias="rule")
    duties: tuple[Duty, ...] = Field(default=(), alias="duty")
    remarks: tuple[Remark, ...] = Field(default=(), alias="remark")

    @model_validator(mode="after")
    def _distinct(self) -> Policy:
        seen: set[str] = set()
        for key, entries in (("rule", self.rules), ("duty", self.duties)):
            for at, entry in enumerate(entries):
                if entry.id in seen:
                    raise fault(f"the id {entry.id} is given twice", key, at, "id")
                seen.add(entry.id)
        return self

    @classmethod
    def from_file(cls, path: str | Path) -> Policy:
        """An operator's own pack.

        Raises:
            PolicyError: it cannot be read or does not fit the schema, by file, rule and line.
        """
        policy: Policy = validate(TypeAdapter(cls), load(Path(path)))
        return policy

    @property
    def entries(self) -> tuple[Dated, ...]:
        """Rules and duties."""
        return (*self.rules, *self.duties)

    @property
    def version(self) -> str:
        """The pack's version is the day on which it was checked against its sources."""
        return f"{self.jurisdiction} {self.checked.isoformat()}"

    def age(self, when: datetime) -> int:
        """How many days ago, at an aware moment, the pack was checked; 0 for a moment before."""
        return max(0, (self.day(when) - self.checked).days)

    def day(self, when: datetime) -> date:
        """The day of the jurisdiction's calendar at an aware moment.

        Raises:
            PolicyError: ``when`` has no time zone.
        """
        if when.tzinfo is None:
            raise PolicyError(
                "A time without a zone names no day", where=f"when={when!r}", remedy="Use datetime.now(UTC)."
            )
        return when.astimezone(self.zone).date()

    def moment(self, day: date) -> datetime:
        """When a day of the jurisdiction's calendar begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def in_force(self, when: datetime) -> tuple[Rule, ...]:
        """The rules in force at an aware moment, whatever their conditions.

        Raises:
            PolicyError: ``when`` has no time zone.
        """
        day = self.day(when)
        return tuple(rule for rule in self.rules if rule.stands(day))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of its calendar."""
        return ZoneInfo(self.timezone)

    @cached_property
    def changes(self) -> tuple[float, ...]:
        """The moments (POSIX seconds, ascending) at which a rule begins or ends."""
        days = {entry.since for entry in self.entries} | {entry.until for entry in self.entries if entry.until}
        return tuple(sorted(self.moment(day).timestamp() for day in days))
