"""The jurisdiction: whose rules hold for a request, by a function of the operator's that is never trusted to be right."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from inspect import iscoroutinefunction
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from labelkit.errors import ConfigurationError
from labelkit.labeler import Labeler
from labelkit.middleware.headers import check_token
from labelkit.policy import Policies, Policy

logger = logging.getLogger(__name__)

Jurisdiction = Callable[[Scope], str | Policy | Policies | None]
"""Says of a request's scope whose rules hold: a policy's name or several (``"kz"``, ``"ru, eu"``), a country or region
(ISO 3166: ``"DE"``, ``"US-CA"``), Policies, or None for the labeler's own. Quick and synchronous: it is asked for every
request of a route that may be labelled. The request headers that it reads can stand in its attribute ``vary``."""

_HEADER = "header:"
_CODE = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?")  # ISO 3166-1 alpha-2, ISO 3166-2
_LONGEST = 100  # characters of a value that is looked up
_MOST = 256  # values whose policies are kept
_MOST_WARNINGS = 100


class Jurisdictions:
    """Finds the policies of a request.

    Never raises for what the function does: the labeler's own policies then hold, and the log says why. What a hostile
    client can make the function return costs no more memory than a few hundred short strings.

    Args:
        labeler: has the packs, and the policies that hold where nothing else is said.
        find: the operator's function; None where there is none.

    Raises:
        ConfigurationError: ``find`` is not callable, or a coroutine function.
    """

    __slots__ = ("_find", "_labeler", "_merged", "_named", "_warned")

    def __init__(self, labeler: Labeler, find: Jurisdiction | None) -> None:
        check_function(find, "jurisdiction")
        self._labeler = labeler
        self._find = find
        self._warned: set[object] = set()
        self._merged = {_identity(labeler.policies): labeler.policies}
        self._named = lru_cache(maxsize=_MOST)(self._look_up)

    def of(self, scope: Scope) -> Policies:
        """The policies whose rules hold for a request."""
        own = self._labeler.policies
        if self._find is None:
            return own
        try:
            said: object = self._find(scope)
        except Exception:
            logger.exception("jurisdiction failed; the labeler's own policy (%s) holds", own.version)
            return own
        if said is None:
            return own
        if isinstance(said, Policies):
            return said
        if isinstance(said, Policy):
            return self._one_of(Policies.of(said))
        if not isinstance(said, str) or len(said) > _LONGEST:
            self._warn(said[:_LONGEST] if isinstance(said, str) else type(said).__name__)
            return own
        return self._named(said)

    def _look_up(self, said: str) -> Policies:
        """What a value names. A name that names nothing leaves the labeler's own rules in force beside the others'."""
        found = [self._one(name.strip()) for name in said.replace("+", ",").split(",") if name.strip()]
        if None in found:
            self._warn(said)
        own = self._labeler.policies
        return self._one_of(Policies.of(*(each or own for each in found))) if found else own

    def _one(self, name: str) -> Policies | None:
        """By name or by country; a file is never named here, for the value may come from outside. A policy of the
        labeler's own comes before the pack of its name."""
        packs, word = self._labeler.packs, name.upper()
        mine = [each for each in self._labeler.policies if word == each.jurisdiction.upper() or word in each.countries]
        if mine:
            return Policies.of(*mine)
        if name.lower() in packs.names:
            return Policies.of(packs.load(name))
        found = packs.of_country(name)  # several, where a state has several laws
        own = {each.jurisdiction: each for each in self._labeler.policies}
        return found and Policies.of(*(own.get(each.jurisdiction, each) for each in found))

    def _one_of(self, policies: Policies) -> Policies:
        """One object for the same policies, however they were written: decisions and floors are kept by it."""
        if len(self._merged) > _MOST:
            return policies
        return self._merged.setdefault(_identity(policies), policies)

    def _warn(self, said: str) -> None:
        if said in self._warned or len(self._warned) > _MOST_WARNINGS:
            return
        self._warned.add(said)
        logger.warning(
            "jurisdiction said %.40r; what of it names no policy, and no country with rules here, is answered with the "
            "labeler's own policy (%s). This is said once for each value.",
            said,
            self._labeler.policies.version,
        )


def _identity(policies: Policies) -> tuple[int, ...]:
    return tuple(map(id, policies))  # of objects that live as long as what is kept by this


def check_function(function: object, name: str) -> None:
    """Refuse what cannot be asked in the middle of a request; None is no function, and may be.

    Raises:
        ConfigurationError: it is not callable, or a coroutine function.
    """
    later = iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
    if function is None or (callable(function) and not later):
        return
    raise ConfigurationError(
        f"{name} is no function that can be asked at once",
        where=f"LabelingMiddleware({name}={function!r:.80})",
        remedy="Pass a plain function (def, not async def); what takes time belongs where the user is identified.",
    )


def from_header(name: str, *, trusted: Collection[str]) -> Jurisdiction:
    """A function that takes the country from a request header, as a proxy or CDN sets it.

    The header is believed only when the connection comes from a trusted address (``scope["client"]``), and only when it
    is an ISO 3166 code. Of several lines the last is taken, which is the one that the nearest proxy wrote. A server
    that puts the visitor's own address there (``X-Forwarded-For``; uvicorn's ``--proxy-headers``, which is its default)
    hides the proxy: switch that off, or the header is not believed. Without an address, as behind a UNIX socket, it is
    not believed either.

    Args:
        name: the header: ``CF-IPCountry``.
        trusted: addresses and networks of the proxies that set it: ``127.0.0.1``, ``10.0.0.0/8``.

    Raises:
        ConfigurationError: a name that no header has, nobody is trusted, or what is no address.
    """
    return _FromHeader(check_token(name, "jurisdiction"), [_network(each) for each in trusted])


def from_setting(text: str, trusted: Collection[str]) -> Jurisdiction:
    """The function that the settings ``jurisdiction`` (``header:CF-IPCountry``) and ``trusted_proxies`` describe.

    Raises:
        ConfigurationError: another form, or nobody is trusted.
    """
    if not text.startswith(_HEADER):
        raise ConfigurationError(
            f"The setting jurisdiction cannot be {text[:80]!r}",
            remedy='Write "header:" and the name of a header that your proxy sets: header:CF-IPCountry.',
        )
    return from_header(text.removeprefix(_HEADER).strip(), trusted=trusted)


class _FromHeader:
    __slots__ = ("_name", "_networks", "_told", "_trusts", "vary")

    def __init__(self, name: str, networks: list[IPv4Network | IPv6Network]) -> None:
        if not networks:
            raise ConfigurationError(
                f"Nobody is trusted to set {name}, so it would never be believed",
                where="trusted_proxies",
                remedy="Name your proxies: 127.0.0.1, 10.0.0.0/8.",
            )
        self.vary = (name,)
        self._name = name.lower().encode()
        self._networks = networks
        self._trusts = lru_cache(maxsize=1024)(self._is_trusted)
        self._told = False

    def __call__(self, scope: Scope) -> str | None:
        said = [value for key, value in scope.get("headers", ()) if key == self._name]
        if not said:
            return None
        client = scope.get("client")
        peer = str(client[0]) if client else ""
        country: str = said[-1].decode("latin-1").strip()
        if self._trusts(peer) and _CODE.fullmatch(country):
            return country.upper()
        if not self._told:
            self._told = True
            logger.warning(
                "%s came from %.40r, who is not trusted to say it, or is no country; it is not believed. Said once.",
                self.vary[0],
                peer,
            )
        return None

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ConfigurationError(
            f"{text[:80]!r} is no address and no network",
            where="trusted_proxies",
            remedy="Write 127.0.0.1, 10.0.0.0/8 or fd00::/8.",
        ) from error
