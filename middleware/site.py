"""What one middleware is set to, and what it knows before any request: nothing in here changes with a request."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Literal, get_args

from starlette.types import Scope

from labelkit.choice import Choice
from labelkit.errors import ConfigurationError
from labelkit.labeler import Labeler
from labelkit.marks import Medium
from labelkit.middleware.formats.base import Format
from labelkit.middleware.headers import check_token, disclosure
from labelkit.middleware.jurisdiction import Jurisdiction, Jurisdictions, check_function
from labelkit.outcome import Outcome
from labelkit.policy import Content, Kind, Policies
from labelkit.policy.packs import own_phrases
from labelkit.text.notice import pointing

logger = logging.getLogger(__name__)

OnFailure = Literal["refuse", "pass"]
OnOutcome = Callable[[Outcome, Scope], None]
Describe = Callable[[Scope, Content], Content]
"""Says what only the operator knows of content (a translation, not realistic, published), given what is known of it.
Pure, quick and synchronous; the medium stays. The request headers that it reads can stand in its attribute ``vary``."""

SITE = "labelkit"
"""The scope's key for the Site that is nearest to the application; None while labelling is switched off."""
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9.:\[\]_-]+")
LABELLING = "labelkit.labelling"
"""The scope's key for the Exchange whose response is being labelled; who finds one there labels nothing."""
_TYPES: dict[str, tuple[type, ...]] = {
    "document": (bool,),
    **dict.fromkeys(("altered", "realistic", "published", "first_turn", "export", "agreed"), (bool, NoneType)),
    **dict.fromkeys(("language", "accepts"), (str, NoneType)),
    "tokens": (int, NoneType),
}


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
    jurisdiction: Jurisdiction | None = None
    describe: Describe | None = None
    crumb: bytes = field(init=False)
    notices: frozenset[str] = field(init=False)
    disclosures: dict[bool | None, bytes] = field(init=False)
    jurisdictions: Jurisdictions = field(init=False)
    personal: bool = field(init=False)
    """Whether who asks, or from where, decides; what follows from that is none for a shared cache."""
    consulted: tuple[str, ...] = field(init=False)
    """The request headers that the operator's functions read."""
    license: bytes | None = field(init=False)
    """The link (RFC 8288) to the terms of the results, for 243-FZ, art. 10; None where none is declared."""
    _warned: set[str] = field(init=False)

    def __post_init__(self) -> None:
        put: Callable[[str, Any], None] = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        _check(self)
        put("crumb", self.cookie.encode() + b"=")
        put("notices", self.labeler.notices)
        put("disclosures", {how: disclosure(self.labeler.generator, how) for how in (False, True, None)})
        put("jurisdictions", Jurisdictions(self.labeler, self.jurisdiction))
        asking = (self.jurisdiction, self.describe)
        put("personal", asking != (None, None))
        put("consulted", tuple(name for each in asking for name in _headers_of(each)))
        terms = getattr(self.labeler.service.rights, "url", "")
        put("license", b'<%b>; rel="license"' % terms.encode("ascii") if terms else None)
        put("_warned", set())

    def described(self, scope: Scope, content: Content) -> Content:
        """What is known of content, with what its operator knows. Never raises: a fault of theirs leaves it as it is."""
        if self.describe is None:
            return content
        try:
            said: object = self.describe(scope, content)
        except Exception:
            logger.exception("describe failed; nothing more is known of the content")
            return content
        if isinstance(said, Content) and said.medium is content.medium and _is_sound(said):
            return said
        logger.error("describe returned %.400r, which is no sound Content of the same medium; it is not heard", said)
        return content

    def unmatched(self, path: str, api: Format, media_type: str) -> None:
        """An answer was to be labelled and nothing in it was recognised: warned of once for each API and each declared
        route."""
        route = " ".join((api.name, *api.suffixes))
        if route not in self._warned:
            self._warned.add(route)
            logger.warning(
                "Nothing to label was found in an answer of %s (%s, %s), though a label was asked for; "
                "this is said once. Is its shape declared in generated=?",
                path,
                api.name,
                media_type,
            )


def _is_sound(content: Content) -> bool:
    """Whether each value is of its type: ``realistic="yes"`` is not True, so it would switch a required mark off."""
    typed = all(isinstance(getattr(content, name), types) for name, types in _TYPES.items())
    return typed and content.kind in (None, *get_args(Kind))


def _headers_of(function: object) -> tuple[str, ...]:
    """The request headers that a function says it reads, one or several."""
    named = getattr(function, "vary", ())
    return tuple(check_token(name, "vary") for name in ([named] if isinstance(named, str) else named))


def _check(site: Site) -> None:
    """Refuse what does not fit, by name.

    Raises:
        ConfigurationError: with the remedy.
    """
    check_token(site.cookie, "cookie")
    check_function(site.describe, "describe")
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
    """What policies label though nobody says anything, by media; kept until their next date.

    To ask the labeler would cost more than all else on the way of a request that takes no label. ``notices`` are those
    that an answer may have, and a client may send back: ``known`` ones, and what rules of these policies have of their own.
    """

    __slots__ = ("_floors", "_labeler", "_policies", "_until", "notices")

    def __init__(self, labeler: Labeler, known: frozenset[str], policies: Policies) -> None:
        self._labeler = labeler
        self._policies = policies
        self._until = 0.0
        self._floors: dict[tuple[Medium, ...], tuple[bool, bool]] = {}
        own = {pointing(words, labeler.generator.detector) for words in own_phrases(policies, Medium.TEXT)}
        self.notices = known if own <= known else known | own

    def of(self, media: tuple[Medium, ...]) -> tuple[bool, bool]:
        """Whether the policies label any of these by default, and whether although the user chose "off"."""
        if time.time() >= self._until:
            self._look()
        floors = self._floors.get(media)
        if floors is None:
            floors = self._floors[media] = (self._any(None, media), self._any(Choice.OFF, media))
        return floors

    def _any(self, choice: Choice | None, media: tuple[Medium, ...]) -> bool:
        # Whether it is altered is not known yet, so that no rule is overlooked that turns on it.
        decide = self._labeler.decide
        return any(decide(choice, Content(medium, None), policies=self._policies).marks for medium in media)

    def _look(self) -> None:
        """A date of the policies has come, or is the next to come."""
        self._floors = {}
        self._until = self._policies.next_change(time.time())
