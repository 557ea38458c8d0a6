"""The service: what rules turn on that only its operator knows. What is left out is not known, and counts as in scope."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from labelkit.errors import ConfigurationError

Role = Literal["provider", "deployer", "platform", "intermediary"]
"""In the words of the laws: who puts a system on the market under the own name; who uses one; where content is
published by users; who passes it on, or (India) by whose means users make it. One service may be all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The notice about rights in the results (243-FZ, art. 10): whose they are, on what terms they may be used.

    Args:
        text: the notice in one or two sentences, or by language (``{"ru": "…", "en": "…"}``, BCP 47); "" where there is
            only a page.
        url: the page with the terms; told in a ``Link`` header (RFC 8288) with ``rel="license"`` (RFC 4946).

    Raises:
        ConfigurationError: neither is given, or the address is none of http or https.
    """

    text: str | Mapping[str, str] = ""
    url: str = ""

    def __post_init__(self) -> None:
        by_language = self.text if isinstance(self.text, Mapping) else {}
        if not (self.text or self.url) or not all(by_language.values()):
            raise ConfigurationError(
                "A rights notice needs a text, in each of its languages, or an address", where="Rights()"
            )
        if self.url:
            check_url(self.url, "Rights(url=...)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the operator declares about the service.

    Args:
        roles: what the service is in the laws' words, all that apply; None when not declared.
        daily_users: users a day, in the country whose rule counts them (243-FZ art. 9(3) is reported to count Russia's).
        monthly_users: users a month (California until 30.09.2026, Washington).
        signatory: whether the EU Code of Practice on transparency was signed.
        tells_users: whether the service's own pages tell users, in advance, that they deal with an AI.
        rights: the notice about rights in the results.

    Raises:
        ConfigurationError: a count below zero, or a role that does not exist.
    """

    roles: AbstractSet[Role] | None = None
    daily_users: int | None = None
    monthly_users: int | None = None
    signatory: bool | None = None
    tells_users: bool | None = None
    rights: Rights | None = None

    def __post_init__(self) -> None:
        if self.roles is not None:
            object.__setattr__(self, "roles", frozenset(self.roles))
        for name in ("daily_users", "monthly_users"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ConfigurationError(
                    "A number of users is not negative",
                    where=f"Service({name}={value!r})",
                    remedy="Leave it out when it is not known.",
                )
        known = ("provider", "deployer", "platform", "intermediary")
        for role in self.roles or ():
            if role not in known:
                raise ConfigurationError(
                    f"There is no role {role!r}",
                    where="Service(roles=...)",
                    remedy=f"The roles are {', '.join(known)}.",
                )


def check_url(url: str, where: str) -> str:
    """An address that is told to others, in headers and in content.

    Raises:
        ConfigurationError: it is not http or https, has no host, or characters that an address cannot have.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if (
        not sound
        or not url.isascii()
        or not url.isprintable()
        or any(char in url for char in ' "<>\\^`{|}')
        or len(url) > 200
    ):
        raise ConfigurationError(
            f"{url[:80]!r} is no address",
            where=where,
            remedy="Write https://…, percent-encoded, at most 200 characters.",
        )
    return url
