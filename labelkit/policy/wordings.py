"""Wordings: what the visible mark says, by language. Each pack tells whether its text is official, practice or a draft."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from labelkit.errors import ConfigurationError
from labelkit.marks import Medium
from labelkit.policy.toml import load, validate

_PACKS = files("labelkit.policy") / "wordings"
Status = Literal["official", "practice", "draft"]
"""Official: a rule has these words. Practice: others write so. Draft: to be checked by a speaker."""

_LONGEST_TAG = 35  # characters that a tag needs at most (RFC 5646, section 4.4.1); who sends more means no good


class Phrases(BaseModel):
    """What is said of content that was made, that was changed, and of which this is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    created: str = Field(min_length=1)
    altered: str = Field(min_length=1)
    unknown: str = Field(min_length=1)

    def choose(self, altered: bool | None) -> str:
        """The phrase for content that was altered (True), created (False), or either (None)."""
        return {False: self.created, True: self.altered, None: self.unknown}[altered]


class Wordings(BaseModel):
    """One language's wordings. ``chat`` tells a user, at the beginning, that they talk with an AI."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    name: str
    status: Status
    chat: str = Field(min_length=1)
    text: Phrases
    image: Phrases

    def of(self, medium: Medium) -> Phrases:
        """The phrases for a medium; text's where it has none of its own."""
        return self.image if medium is Medium.IMAGE else self.text


@cache
def languages() -> tuple[str, ...]:
    """The languages there are wordings for, as BCP 47 tags."""
    return tuple(sorted(item.name.removesuffix(".toml") for item in _PACKS.iterdir() if item.name.endswith(".toml")))


@cache
def wordings(language: str) -> Wordings:
    """The wordings of a language; a region is ignored (``ru-RU`` is ``ru``).

    Raises:
        ConfigurationError: there are none; the remedy lists the languages there are.
    """
    found = choose_language([language])
    if found is None:
        raise ConfigurationError(
            f"There are no wordings in {language!r}", remedy=f"The languages are {', '.join(languages())}."
        )
    pack: Wordings = validate(TypeAdapter(Wordings), load(_PACKS / f"{found}.toml"))
    return pack


def choose_language(wanted: Iterable[str]) -> str | None:
    """The first of the wanted languages that there are wordings for (RFC 4647, section 3.4: lookup)."""
    for tag in wanted:
        parts = tag.strip().lower()[:_LONGEST_TAG].split("-")
        for end in range(len(parts), 0, -1):
            if "-".join(parts[:end]) in languages():
                return "-".join(parts[:end])
    return None
