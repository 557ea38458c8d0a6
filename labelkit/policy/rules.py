"""Rules of one jurisdiction, as its pack has them: what is asked, of whom, since when, by which source, how sure we are."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from labelkit.errors import ConfigurationError
from labelkit.label import Field as Fact
from labelkit.marks import Mark, Medium
from labelkit.placement import Corner, Place
from labelkit.policy.conditions import Conditions
from labelkit.policy.content import Kind
from labelkit.policy.toml import fault
from labelkit.policy.wordings import Phrases, Status
from labelkit.text.notice import check

Sureness = Literal["high", "medium", "low"]
"""High: the primary text or a verbatim quotation of it, or two independent sources. Medium: one decent secondary
source. Low: a weak one."""


class Level(IntEnum):
    """How far a rule goes. A floor: an operator may offer more, never less."""

    NONE = 0
    OFFER = 1
    DEFAULT = 2
    REQUIRE = 3


def _level(name: object) -> object:
    return Level[name.upper()] if isinstance(name, str) and name.upper() in Level.__members__ else name


class Wording(Phrases):
    """The words that a rule, or the practice under it, has for the visible mark, whatever the user's language.

    ``language`` is theirs (BCP 47), ``status`` says whether the rule itself has them. They are read as a plain
    paragraph, in Markdown too.
    """

    language: str = Field(min_length=2)
    status: Status


class Placing(BaseModel):
    """Where a visible mark stands: ``text`` in a text, ``corner`` and ``height`` (a share of the shortest side, measured
    as the text's height) on a picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Place | None = None
    corner: Corner | None = None
    height: float | None = Field(default=None, ge=0.05, le=0.2)


class Dated(BaseModel):
    """What every entry of a pack says: which article asks it, where that is read, since when, and how sure we are.

    ``since`` and ``until`` (the first day after) are days of the jurisdiction's own calendar; ``checked`` is when the
    source was last looked at, where that is another day than the pack's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    article: str = Field(min_length=1)
    source: str = Field(min_length=1)
    sureness: Sureness
    checked: date | None = None
    since: date = Field(alias="from", ge=date(1900, 1, 1))  # the first days of the calendar have no moment in UTC
    until: date | None = None
    binds: str = Field(min_length=1)
    when: Conditions = Conditions()
    says: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Dated:
        if self.until is not None and self.until <= self.since:
            raise fault(f"it ends ({self.until}) before it begins ({self.since})", "until")
        return self

    def stands(self, day: date) -> bool:
        """Whether it is in force on a day of the jurisdiction's calendar."""
        return self.since <= day and (self.until is None or day < self.until)


class Rule(Dated):
    """A rule about marks.

    ``marks`` are all asked for, or with ``any`` the first of them that can be made. ``notice`` says which sentence a
    visible text mark is: that the text was made by AI, or that the user talks with one. ``exempt`` are kinds of text
    that it does not ask anything of.
    """

    media: frozenset[Medium] = Field(min_length=1)
    marks: tuple[Mark, ...] = Field(min_length=1)
    any: bool = False
    level: Annotated[Level, BeforeValidator(_level)]
    notice: Literal["content", "chat"] = "content"
    wording: Wording | None = None
    place: Placing = Placing()
    fields: frozenset[Fact] = frozenset()
    exempt: frozenset[Kind] = frozenset()

    @model_validator(mode="after")
    def _sensible(self) -> Rule:
        if self.when.machine_only is not None and self.marks != (Mark.VISIBLE,):
            raise fault("it is asked by rules that want the visible mark and no other", "when", "machine_only")
        if self.when.machine_only is False:
            raise fault("it can only be true", "when", "machine_only")
        if self.notice == "chat" and (self.media != {Medium.TEXT} or self.marks != (Mark.VISIBLE,)):
            raise fault("a chat notice is the visible mark of a text", "notice")
        if (self.wording or self.place != Placing()) and Mark.VISIBLE not in self.marks:
            key = "wording" if self.wording else "place"
            raise fault(f"a {key} is for the visible mark, which this rule does not ask for", key)
        if self.fields and not set(self.marks) & {Mark.METADATA, Mark.C2PA}:
            raise fault("fields are held by metadata or c2pa, which this rule does not ask for", "fields")
        return self

    @model_validator(mode="after")
    def _readable(self) -> Rule:
        for name in Phrases.model_fields if self.wording else ():
            try:
                check(getattr(self.wording, name))
            except ConfigurationError as error:
                raise fault(error.what, "wording", name) from error
        return self


class Duty(Dated):
    """What a rule asks of the service that is no mark in content: a notice on its page, a log, a free check.

    ``help`` is what labelkit does for it, ``lacks`` what it does not.
    """

    level: Literal["required", "recommended"] = "required"
    help: str = ""
    lacks: str = ""


class Remark(BaseModel):
    """What else has to be said of a jurisdiction: a proposal, or what was looked for and not found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["not-found", "proposal", "history", "scope"]
    says: str = Field(min_length=1)
    source: str = Field(min_length=1)
    sureness: Sureness
