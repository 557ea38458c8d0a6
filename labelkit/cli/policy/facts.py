"""Facts as options: what the command line can say of content, AI system and service. What it does not say is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Annotated, Any

from typer import Option

from labelkit.errors import ConfigurationError
from labelkit.label import Generator, ModelClass
from labelkit.policy import Content, Kind
from labelkit.service import Service

_SERVICE, _SYSTEM, _CONTENT = "The service", "The AI system", "The content"
_YES_OR_NO = {"signatory", "realistic", "published", "first_turn", "export", "agreed"}
_OTHERWISE = {"roles": "--role", "tells_users": "--[no-]users-told"}

Parameters = Annotated[int | None, Option(help="How many parameters the model has.", rich_help_panel=_SYSTEM)]
Class = Annotated[ModelClass | None, Option(help="The model's class in the words of 243-FZ.", rich_help_panel=_SYSTEM)]
Since = Annotated[str | None, Option(help="The day it came on the market, as 2026-08-02.", rich_help_panel=_SYSTEM)]
Roles = Annotated[
    list[str] | None,
    Option("--role", help="provider, deployer, platform, intermediary; repeat for all.", rich_help_panel=_SERVICE),
]
Daily = Annotated[
    int | None, Option(help="Users a day; for Russia's rule, those from Russia.", rich_help_panel=_SERVICE)
]
Monthly = Annotated[int | None, Option(help="Users a month.", rich_help_panel=_SERVICE)]
Signatory = Annotated[
    bool | None,
    Option("--signatory/--no-signatory", help="Signed the EU Code of Practice.", rich_help_panel=_SERVICE),
]
Told = Annotated[
    bool | None,
    Option("--users-told/--no-users-told", help="Its pages tell users of the AI.", rich_help_panel=_SERVICE),
]
KindOf = Annotated[Kind | None, Option(help="What a text is, where rules exempt it.", rich_help_panel=_CONTENT)]
Tokens = Annotated[int | None, Option(help="How long a text is.", rich_help_panel=_CONTENT)]
Document = Annotated[bool, Option("--document", help="A text that is a file (Markdown).", rich_help_panel=_CONTENT)]
Altered = Annotated[
    bool | None,
    Option("--altered/--created", help="The AI changed what somebody made, or made it.", rich_help_panel=_CONTENT),
]
Realistic = Annotated[
    bool | None,
    Option("--realistic/--no-realistic", help="It could be taken for real.", rich_help_panel=_CONTENT),
]
Published = Annotated[
    bool | None,
    Option("--published/--no-published", help="It is published to inform the public.", rich_help_panel=_CONTENT),
]
FirstTurn = Annotated[
    bool | None,
    Option("--first-turn/--no-first-turn", help="The first answer of a conversation.", rich_help_panel=_CONTENT),
]
Export = Annotated[
    bool | None,
    Option("--export/--no-export", help="It leaves the service: a download, a copy.", rich_help_panel=_CONTENT),
]
Agreed = Annotated[
    bool | None,
    Option("--agreed/--no-agreed", help="The user answers for unlabelled content.", rich_help_panel=_CONTENT),
]
Language = Annotated[str | None, Option(help="The language of visible marks.", rich_help_panel=_CONTENT)]


def said(given: Mapping[str, Any], kind: type[Content | Generator | Service]) -> dict[str, Any]:
    """What of the options' values is a field of this, and was said.

    Raises:
        ConfigurationError: a day that is none.
    """
    names = {field.name for field in fields(kind)}
    found = {name: value for name, value in given.items() if name in names and value not in (None, [], ())}
    if "on_market_since" in found:
        found["on_market_since"] = day(found["on_market_since"], "--on-market-since")
    if "roles" in found:
        found["roles"] = frozenset(found["roles"])
    return found


def option(setting: str) -> str:
    """The option that declares on the command line what ``Service(roles=...)`` and the like declare in a program."""
    name = setting.partition("(")[2].partition("=")[0]
    dashed = name.replace("_", "-")
    return _OTHERWISE.get(name, f"--[no-]{dashed}" if name in _YES_OR_NO else f"--{dashed}")


def day(text: str, where: str) -> date:
    """A day as ISO 8601 has it.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no day", where=where, remedy="Write it as 2027-03-01.") from error
