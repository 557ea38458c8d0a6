"""Conditions of a rule, weighed in three values: it holds, it does not, or it is not known, which counts as in scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from labelkit.label import Generator, ModelClass
from labelkit.policy.content import Content
from labelkit.policy.toml import fault
from labelkit.service import Role, Service


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are weighed against."""

    content: Content
    generator: Generator | None = None
    service: Service = field(default_factory=Service)


class Conditions(BaseModel):
    """What has to hold for a rule to apply; what is left out is no condition. All of them have to hold.

    ``machine_only`` asks whether the marks that are made otherwise are read by machines alone; it is weighed last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: frozenset[Role] | None = Field(default=None, min_length=1)
    parameters_at_least: int | None = Field(default=None, gt=0)
    model_class: frozenset[ModelClass] | None = Field(default=None, min_length=1)
    on_market_before: date | None = None
    on_market_from: date | None = None
    daily_users_over: int | None = Field(default=None, gt=0)
    monthly_users_over: int | None = Field(default=None, gt=0)
    signatory: bool | None = None
    users_told: bool | None = None
    altered: bool | None = None
    document: bool | None = None
    realistic: bool | None = None
    published: bool | None = None
    first_turn: bool | None = None
    export: bool | None = None
    agreed: bool | None = None
    tokens_at_least: int | None = Field(default=None, gt=0)
    machine_only: bool | None = None

    @model_validator(mode="after")
    def _market(self) -> Conditions:
        if self.on_market_from and self.on_market_before and self.on_market_before <= self.on_market_from:
            raise fault(f"it is not after on_market_from ({self.on_market_from})", "on_market_before")
        return self

    def weigh(self, facts: Facts) -> Weighed:
        """Whether they hold. One that fails settles it, whatever is not known of the others (Kleene's logic)."""
        met, failed, unknown = [], [], []
        for name, (find, words, setting) in _FACTS.items():
            asked = getattr(self, name)
            if asked is None:
                continue
            value = find(facts)
            said = _say(words, asked)
            if value is None:
                unknown.append(Unknown(name, said, setting))
            elif _holds(name, asked, value):
                met.append(said)
            else:
                here = _say(words, value) if isinstance(words, tuple) else f"it is {_tell(value)}"
                failed.append(f"{said}: here {here}")
        holds = False if failed else (None if unknown else True)
        return Weighed(holds, tuple(met), tuple(failed), tuple(unknown))

    def words(self) -> tuple[str, ...]:
        """Each condition, in words."""
        asked = {name: getattr(self, name) for name in _FACTS}
        told = [_say(_FACTS[name].words, value) for name, value in asked.items() if value is not None]
        return (*told, MACHINE_ONLY) if self.machine_only else tuple(told)


class Unknown(NamedTuple):
    """A condition of which it is not known whether it holds: its name, its words, and where it can be declared."""

    name: str
    words: str
    setting: str


class Weighed(NamedTuple):
    """What became of conditions: whether they hold (None: not known), and which were met, failed and not known."""

    holds: bool | None
    met: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()


class _Fact(NamedTuple):
    find: Callable[[Facts], Any]
    words: str | tuple[str, str]  # what is asked; for a yes-or-no question what "yes" and what "no" ask
    setting: str


MACHINE_ONLY = "the other marks are read by machines alone"
"""``machine_only`` in words."""
_GENERATOR: Callable[[str], Callable[[Facts], Any]] = lambda name: lambda facts: getattr(facts.generator, name, None)  # noqa: E731
_SERVICE: Callable[[str], Callable[[Facts], Any]] = lambda name: lambda facts: getattr(facts.service, name)  # noqa: E731
_CONTENT: Callable[[str], Callable[[Facts], Any]] = lambda name: lambda facts: getattr(facts.content, name)  # noqa: E731

# A new condition is a field above and a line here.
_FACTS: Mapping[str, _Fact] = MappingProxyType(
    {
        "roles": _Fact(_SERVICE("roles"), "the service acts as {}", "Service(roles=...)"),
        "parameters_at_least": _Fact(
            _GENERATOR("parameters"), "the model has at least {} parameters", "Generator(parameters=...)"
        ),
        "model_class": _Fact(_GENERATOR("model_class"), "the model is {}", "Generator(model_class=...)"),
        "on_market_before": _Fact(
            _GENERATOR("on_market_since"), "the system was on the market before {}", "Generator(on_market_since=...)"
        ),
        "on_market_from": _Fact(
            _GENERATOR("on_market_since"),
            "the system came on the market on {} or later",
            "Generator(on_market_since=...)",
        ),
        "daily_users_over": _Fact(
            _SERVICE("daily_users"), "the service has more than {} users a day", "Service(daily_users=...)"
        ),
        "monthly_users_over": _Fact(
            _SERVICE("monthly_users"), "the service has more than {} users a month", "Service(monthly_users=...)"
        ),
        "signatory": _Fact(
            _SERVICE("signatory"),
            ("the operator signed the Code of Practice", "the operator did not sign the Code of Practice"),
            "Service(signatory=...)",
        ),
        "users_told": _Fact(
            _SERVICE("tells_users"),
            ("the service's pages tell users of the AI", "the service's pages do not tell users of the AI"),
            "Service(tells_users=...)",
        ),
        "altered": _Fact(
            _CONTENT("altered"), ("the AI changed what somebody made", "the AI made it"), "Content(altered=...)"
        ),
        "document": _Fact(
            _CONTENT("document"), ("the text is a file", "the text is no file of its own"), "Content(document=...)"
        ),
        "realistic": _Fact(
            _CONTENT("realistic"),
            ("it could be taken for a real person, place or event", "nobody would take it for real"),
            "Content(realistic=...)",
        ),
        "published": _Fact(
            _CONTENT("published"),
            ("it is published to inform the public", "it is not published to inform the public"),
            "Content(published=...)",
        ),
        "first_turn": _Fact(
            _CONTENT("first_turn"),
            ("it is the first answer of a conversation", "it is a later answer of a conversation"),
            "Content(first_turn=...)",
        ),
        "export": _Fact(
            _CONTENT("export"), ("it leaves the service", "it is shown within the service"), "Content(export=...)"
        ),
        "agreed": _Fact(
            _CONTENT("agreed"),
            (
                "the user agreed to answer for unlabelled content",
                "the user did not agree to answer for unlabelled content",
            ),
            "Content(agreed=...)",
        ),
        "tokens_at_least": _Fact(_CONTENT("tokens"), "the text has at least {} tokens", "Content(tokens=...)"),
    }
)


def _holds(name: str, asked: Any, value: Any) -> bool:
    if name == "roles":
        return bool(asked & value)
    if isinstance(asked, frozenset):
        return value in asked
    if name.endswith(("_at_least", "_from")):
        return bool(value >= asked)
    if name.endswith("_over"):
        return bool(value > asked)
    if name.endswith("_before"):
        return bool(value < asked)
    return bool(value == asked)


def _say(words: str | tuple[str, str], asked: Any) -> str:
    return words[not asked] if isinstance(words, tuple) else words.format(_tell(asked))


def _tell(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return " or ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
