"""What one middleware is set to, and what it knows before any request: nothing in here changes with a request."""

from __future__ import annotations

import logging
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from starlette.types import Scope

from labelkit.choice import Choice
from labelkit.errors import ConfigurationError
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.middleware.choice import languages
from labelkit.middleware.headers import check_token, disclosure
from labelkit.outcome import Outcome
from labelkit.policy import Content, Decision, choose_language

logger = logging.getLogger(__name__)

OnFailure = Literal["refuse", "pass"]
OnOutcome = Callable[[Outcome, Scope], None]

SITE = "labelkit"
"""The scope's key for the Site that is nearest to the application; None while labelling is switched off."""
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9.:\[\]_-]+")
_SURE = frozenset({Mark.VISIBLE})  # it does not fail in a text, and where it stands depends on whether it is required
LABELLING = "labelkit.labelling"
"""The scope's key for the Exchange whose response is being labelled; who finds one there labels nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The settings of one middleware, checked."""

    labeler: Labeler
    path: str
    cookie: str
    on_failure: OnFailure
    max_body: int
    max_history: int
    allowed_origins: Collection[str]
    on_outcome: OnOutcome | None
    crumb: bytes = field(init=False)
    notices: frozenset[str] = field(init=False)
    disclosures: dict[bool | None, bytes] = field(init=False)
    _warned: set[str] = field(init=False)

    def __post_init__(self) -> None:
        put: Callable[[str, Any], None] = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        _check(self)
        put("crumb", self.cookie.encode() + b"=")
        put("notices", self.labeler.notices)
        put("disclosures", {how: disclosure(self.labeler.generator, how) for how in (False, True, None)})
        put("_warned", set())

    def decide(
        self, choice: Choice | None, content: Content, headers: Iterable[tuple[bytes, bytes]]
    ) -> tuple[Decision, bool]:
        """The decision, in the user's language, and whether that was asked for: only where somebody will read it."""
        decision = self.labeler.decide(choice, content)
        spoken = Mark.VISIBLE in decision.marks
        language = choose_language(languages(headers)) if spoken else None
        if language is not None and language != decision.language:
            decision = self.labeler.decide(choice, replace(content, accepts=language))
        if self.on_failure == "pass" and decision.required - _SURE:
            # Nothing may fail for want of these, so nobody further down is told that they are required.
            decision = replace(decision, required=decision.required & _SURE)
        return decision, spoken

    def unmatched(self, path: str, name: str, media_type: str) -> None:
        """An answer was to be labelled and nothing in it was recognised: warned of once for each route."""
        if name not in self._warned:
            self._warned.add(name)
            logger.warning(
                "Nothing to label was found in an answer of %s (%s, %s), though a label was asked for; "
                "this is said once. Is its shape declared in generated=?",
                path,
                name,
                media_type,
            )


def _check(site: Site) -> None:
    """Refuse what does not fit, by name.

    Raises:
        ConfigurationError: with the remedy.
    """
    check_token(site.cookie, "cookie")
    if site.on_failure not in ("refuse", "pass"):
        raise ConfigurationError(f"on_failure is {site.on_failure!r}", remedy='Choose "refuse" or "pass".')
    if not _PATH.fullmatch(site.path):
        raise ConfigurationError(
            f"{site.path!r} is no place for endpoints", where="path=", remedy='Write a path such as "/ai-label".'
        )
    for name in ("max_body", "max_history"):
        if not isinstance(getattr(site, name), int) or getattr(site, name) < 1:
            raise ConfigurationError(f"{name} is a positive number of bytes", where=f"{name}={getattr(site, name)!r}")
    for origin in site.allowed_origins:
        if not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(
                f"{origin!r} is no origin",
                where="allowed_origins=",
                remedy="Write scheme and host, and the port where it is another: https://app.example.",
            )


class Floors:
    """What is labelled though nobody says anything, by media; kept until the policy's next date.

    To ask the labeler would cost more than all else on the way of a request that takes no label.
    """

    __slots__ = ("_changes", "_floors", "_labeler", "_until")

    def __init__(self, labeler: Labeler) -> None:
        self._labeler = labeler
        self._changes = labeler.policies.changes
        self._until = 0.0
        self._floors: dict[tuple[Medium, ...], tuple[bool, bool]] = {}

    def of(self, media: tuple[Medium, ...]) -> tuple[bool, bool]:
        """Whether the policy labels any of these by default, and whether although the user chose "off"."""
        if time.time() >= self._until:
            self._look()
        floors = self._floors.get(media)
        if floors is None:
            decide = self._labeler.decide
            floors = self._floors[media] = (
                any(decide(None, medium).marks for medium in media),
                any(decide(Choice.OFF, medium).marks for medium in media),
            )
        return floors

    def _look(self) -> None:
        """A date of the policy has come, or is the next to come."""
        self._floors = {}
        at = bisect_right(self._changes, time.time())
        self._until = self._changes[at] if at < len(self._changes) else float("inf")
