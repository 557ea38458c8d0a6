"""``labelkit policy explain``: what the rules make of a case, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any

from typer import Context, Option

from labelkit.choice import Choice
from labelkit.cli.policy import facts
from labelkit.cli.policy.account import tell
from labelkit.cli.policy.words import AsJson, PacksFrom, complaining, echo_json
from labelkit.errors import ConfigurationError
from labelkit.label import Field, Generator
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.means import cannot
from labelkit.policy import Content, Packs, Policies, wordings
from labelkit.policy.explaining import explain as account_for
from labelkit.policy.explanation import Explanation
from labelkit.service import Service
from labelkit.settings import Settings

_UNNAMED = Generator(provider="not said", system="not said", version="not said")
YEARS = range(1900, 2200)  # near the ends of the calendar, some clock on earth would leave it
_TIMES = "Write a day as 2027-03-01, or a time as 2027-03-01T12:00:00Z."


def explain(
    context: Context,
    medium: Annotated[Medium, Option(help="What the content is.")],
    jurisdiction: Annotated[list[str] | None, Option("--jurisdiction", "-j", help="RU; or ru,eu; or repeated.")] = None,
    choice: Annotated[str | None, Option(help="on, off, or marks as visible,c2pa; left out: nothing was said.")] = None,
    date: Annotated[str | None, Option(help="A day (its noon), or a time as 2027-03-01T12:00Z; now.")] = None,
    as_json: AsJson = False,
    packs: PacksFrom = None,
    settings: Annotated[bool, Option("--settings", help="For the service that labelkit.toml sets up.")] = False,
    no_signer: Annotated[bool, Option("--no-signer", help="As it is where nobody can sign.")] = False,
    parameters: facts.Parameters = None,
    model_class: facts.Class = None,
    on_market_since: facts.Since = None,
    roles: facts.Roles = None,
    daily_users: facts.Daily = None,
    monthly_users: facts.Monthly = None,
    signatory: facts.Signatory = None,
    tells_users: facts.Told = None,
    kind: facts.KindOf = None,
    tokens: facts.Tokens = None,
    document: facts.Document = False,
    altered: facts.Altered = False,
    realistic: facts.Realistic = None,
    published: facts.Published = None,
    first_turn: facts.FirstTurn = None,
    export: facts.Export = None,
    agreed: facts.Agreed = None,
    locale: facts.Language = None,
) -> None:
    """Explain which marks content gets, by which rules, what each rule has to do with it, and what is not met.

    Facts that are not said are not known, and count as in scope. With --settings, those of the service are known.
    """
    with complaining():
        explanation = _explanation(context.params)  # the options by name, as the facts' fields are called
    if as_json:
        echo_json(explanation.to_dict())
    else:
        tell(explanation, _means(settings=settings, no_signer=no_signer))


def _explanation(said: Mapping[str, Any]) -> Explanation:
    """The explanation of what the line says, on top of the service's settings where it asks for them."""
    labeler = Settings.load().labeler() if said["settings"] else None
    generator = generator_of(labeler.generator if labeler else None, facts.said(said, Generator))
    service = replace(labeler.service if labeler else Service(), **facts.said(said, Service))
    content = Content(**facts.said(said, Content) | {"language": _language(said["locale"])})
    policies = _policies(said["jurisdiction"], said["packs"], labeler)
    lacking = dict(labeler.cannot) if labeler else {}
    if said["no_signer"]:
        lacking |= {what: why for what, why in cannot(_UNNAMED, None).items() if what is not Field.DETECTOR}
    return account_for(
        policies,
        _choice(said["choice"]),
        content,
        moment_of(said["date"], policies),
        generator=generator,
        service=service,
        cannot=lacking,
        offer=labeler.offer if labeler else None,
        locale=labeler.locale if labeler else None,
    )


def _means(*, settings: bool, no_signer: bool) -> str:
    """What the explanation takes for granted of what marks are made with."""
    if settings:
        return f"those of labelkit.toml{', without a signer' if no_signer else ''}"
    given = "a detector is" if no_signer else "a signer, a time-stamp authority and a detector are"
    signs = "nobody can sign; " if no_signer else ""
    return f"every mark is offered; {signs}{given} taken as given (--settings looks at yours)"


def generator_of(known: Generator | None, said: Mapping[str, Any]) -> Generator | None:
    """The AI system by what is said of it, on top of what is known; None where nothing is."""
    return replace(known or _UNNAMED, **said) if known or said else None


def _policies(names: list[str] | None, directory: Path | None, labeler: Labeler | None) -> Policies:
    if names:
        packs = labeler.packs if labeler and directory is None else Packs(directory)
        return packs.of(",".join(names))
    if labeler is None:
        raise ConfigurationError(
            "No jurisdiction is named",
            remedy=f"Say --jurisdiction with one of {', '.join(Packs(directory).names)}, or --settings.",
        )
    return labeler.policies


def _choice(said: str | None) -> Choice | None:
    choice = None if said is None else Choice.parse(said)
    if said is not None and choice is None:
        raise ConfigurationError(
            f"There is no choice {said!r}",
            where="--choice",
            remedy=f"It is on, off, or marks of {', '.join(Mark)} between commas.",
        )
    return choice


def _language(said: str | None) -> str | None:
    return None if said is None else wordings(said).language


def moment_of(said: str | None, policies: Policies) -> datetime:
    """When: a day is its noon by the first jurisdiction's calendar, nothing is now.

    Raises:
        ConfigurationError: it is no time, has no time zone, or is out of the calendar's reach.
    """
    if said is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise ConfigurationError(f"{said!r} is no time", where="--date", remedy=_TIMES) from error
    if moment.year not in YEARS:
        raise ConfigurationError(f"The year {moment.year} is out of reach", where="--date", remedy=_TIMES)
    if "T" not in said.upper() and " " not in said:
        zone = next((policy.zone for policy in policies), UTC)
        return datetime.combine(moment.date(), time(12), zone)
    if moment.tzinfo is None:
        raise ConfigurationError(f"{said!r} has no time zone", where="--date", remedy=_TIMES)
    return moment
