"""LabelingMiddleware: is it for us? Decide, hand over. Pure ASGI, and no state of a request on ``self``."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Awaitable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labelkit.labeler import Labeler
from labelkit.middleware import headers as edit
from labelkit.middleware.case import Case
from labelkit.middleware.choice import ask
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.formats import FORMATS
from labelkit.middleware.formats.base import Format
from labelkit.middleware.formats.generated import Generated
from labelkit.middleware.inner import inner_scope
from labelkit.middleware.jurisdiction import Jurisdiction, from_setting
from labelkit.middleware.offer import Offer
from labelkit.middleware.problem import problem
from labelkit.middleware.requests import History, Watch
from labelkit.middleware.respond import Responder, with_vary
from labelkit.middleware.routes import Place, Routes
from labelkit.middleware.site import LABELLING, SITE, Describe, Floors, OnFailure, OnOutcome, Site

logger = logging.getLogger(__name__)

DISABLED = "LABELKIT_DISABLED"
_MIB = 1024 * 1024
_MOST_FLOORS = 64  # policies whose floors are kept


class LabelingMiddleware:
    """Gives the users of an ASGI application the option to label what its AI made.

    Its place is innermost, the first ``add_middleware`` call: inside of CORS, GZip and authentication.

    Args:
        app: the application.
        labeler: labels. None for the one that ``LABELKIT_CONFIG`` and ``LABELKIT_*`` variables describe; they then
            describe as well whatever else is left at its default here.
        generated: home-made APIs: route (``*`` is one segment, ``**`` any number) to the JSON Pointer (RFC 6901) of what
            the AI made in its answers, or None where the whole body is.
        formats: the known APIs that are answered for; None for all.
        path: where the option's own endpoints stand.
        cookie: the name of the cookie that keeps a choice.
        on_failure: what becomes of an answer whose *required* label cannot be made: ``"refuse"`` answers with an
            error, ``"pass"`` lets it go without and says so in the log. A chosen label that fails never costs the answer.
        max_body: bytes of an answer that are held to be labelled; a longer one is not labelled.
        max_history: bytes of a request body that are looked through for our own labels in earlier answers.
        allowed_origins: other origins (``https://app.example``) whose pages may change a user's choice.
        on_outcome: is told what was done to each answer, with the request's scope. It must not block.
        jurisdiction: says of a request's scope whose rules hold: a policy's name or several (``"ru, eu"``), a country or
            region (``"DE"``, ``"US-CA"``), Policies, or None for the labeler's own, which hold as well where it fails or
            names nothing. ``labelkit.middleware.jurisdiction.from_header`` makes one from a country header. What a
            rule requires there is made, whatever the user chose.
        describe: says of content, by the request's scope, what only its operator knows: that a route translates, that
            pictures are not realistic, that texts are published. What it raises is logged, and nothing more is known.

    Both functions are plain ones and quick: they are asked on the way of every request that may be labelled. With
    either, what was or could have been labelled is ``Cache-Control: private``. Where a rights notice with an address is
    declared (``Service(rights=...)``), every successful answer of these routes has it as ``Link``, ``rel="license"``.

    ``Cache-Control: no-transform`` in an answer is a demand on those between (RFC 9111, 5.2.2.6); this is still the
    origin, and its user's choice counts.

    Raises:
        ConfigurationError: an argument or a setting that does not fit, or no generator is declared.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        labeler: Labeler | None = None,
        generated: Mapping[str, str | None] | None = None,
        formats: Sequence[Format] | None = None,
        path: str = "/ai-label",
        cookie: str = "ai_label",
        on_failure: OnFailure = "refuse",
        max_body: int = 64 * _MIB,
        max_history: int = 8 * _MIB,
        allowed_origins: Collection[str] = (),
        on_outcome: OnOutcome | None = None,
        jurisdiction: Jurisdiction | None = None,
        describe: Describe | None = None,
    ) -> None:
        self.app = app
        self._site: Site | None = None  # while disabled
        self._end, self._ends = slice(0), frozenset[str]()
        options: dict[str, Any] = {
            "generated": generated,
            "path": path,
            "cookie": cookie,
            "on_failure": on_failure,
            "max_body": max_body,
            "max_history": max_history,
            "allowed_origins": allowed_origins,
            "jurisdiction": jurisdiction,
        }
        labeler, options = _configured(labeler, options)
        if labeler is None:
            logger.warning("%s is set: nothing is labelled, and nothing is offered", DISABLED)
            return
        routes = dict(options.pop("generated") or {})
        self._prepare(Site(labeler=labeler, on_outcome=on_outcome, describe=describe, **options), routes, formats)

    def _prepare(self, site: Site, generated: Mapping[str, str | None], formats: Sequence[Format] | None) -> None:
        """What is known before any request."""
        self._site = site
        self._floors_of = lru_cache(maxsize=_MOST_FLOORS)(partial(Floors, site.labeler, site.notices))
        self._floors = self._floors_of(site.labeler.policies)
        self._offer = Offer(site)
        declared = {route: Generated(route, pointer) for route, pointer in generated.items()}
        self._routes = Routes(FORMATS if formats is None else formats, declared, self._offer.paths)
        self._end, self._ends = self._routes.end, self._routes.ends
        if site.labeler.signer is None:
            logger.warning("There is no signer: c2pa marks are not offered. Set Labeler(signer=...) to change that.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, WebSocket or lifespan. The route is looked at first: most are not ours."""
        kind = scope["type"]
        if kind == "http":
            scope[SITE] = site = self._site
            if site is not None and scope["path"][self._end] in self._ends:
                await self._ours(site, scope, receive, send)
                return
        elif kind == "websocket":
            scope[SITE] = self._site
        await self.app(scope, receive, send)

    async def _ours(self, site: Site, scope: Scope, receive: Receive, send: Send) -> None:
        """A route that is ours, or at least ends like one. No label is the usual case, and the shortest."""
        place = self._routes.find(scope["path"], scope.get("root_path", ""), scope["method"])
        if place is None or LABELLING in scope:
            await self.app(scope, receive, send)
            return
        api = place.api
        if api is None:
            await self._offer(place.path, scope, receive, send)
            return
        headers = scope.get("headers", ())
        if type(headers) is not list and type(headers) is not tuple:
            # Any iterable is legal, and one that runs out is no use to others.
            headers = scope["headers"] = edit.pairs(headers)
        asked = ask(headers, scope.get("query_string", b""), site.crumb)
        if asked.refused:
            await problem(400, asked.refused)(scope, receive, send)
            return
        if site.license is not None:
            send = _with_link(send, site.license)
        # To ask the operator's functions is only for those that have some.
        policies = site.jurisdictions.of(scope) if site.personal else site.labeler.policies
        floors = self._floors_of(policies) if site.personal else self._floors
        vary = (*asked.vary, *site.consulted) if site.personal else asked.vary
        by_default, always = floors.of(place.media)
        withheld = site.personal or (asked.private and by_default)
        if asked.choice or (by_default if asked.choice is None else always) or site.describe is not None:
            exchange = Exchange.of(Case(site, scope, asked, edit.pairs(headers), policies), api, place.media)
            if exchange.due or exchange.lost:
                await self._labelled(exchange, place, floors.notices, receive, send)
                return
        if place.safe:
            send = with_vary(send, vary, private=withheld)
        elif api.history:
            receive = History(receive, api, floors.notices, site.max_history)
        await self.app(scope, receive, send)

    async def _labelled(
        self, exchange: Exchange, place: Place, notices: frozenset[str], receive: Receive, send: Send
    ) -> None:
        site, api = exchange.site, exchange.api
        if exchange.lost:
            await problem(400, f"A mark that was asked for cannot be made. {exchange.lost}")(
                exchange.scope, receive, send
            )
            return
        if api.history:
            receive = History(receive, api, notices, site.max_history, exchange.learn)
        elif not place.safe:
            receive = Watch(receive, api, site.max_history, exchange.learn)
        responder = Responder(exchange, send)
        with inner_scope(exchange):
            try:
                await self.app(exchange.scope, receive, responder.send)
                await responder.close()
            finally:
                exchange.report()


def _configured(labeler: Labeler | None, options: dict[str, Any]) -> tuple[Labeler | None, dict[str, Any]]:
    """The labeler, None while switched off, and the options: what was given, else what is set, else the defaults."""
    if os.environ.get(DISABLED, "").strip().lower() in ("1", "true", "yes", "on"):
        return None, options
    if labeler is not None:
        return labeler, options
    from labelkit.settings import Settings  # who passes a labeler needs no settings, nor the time to read them

    settings = Settings.load()
    if settings.disabled:
        return None, options
    defaults = inspect.signature(LabelingMiddleware).parameters
    given = {name: value for name, value in options.items() if value != defaults[name].default}
    if "jurisdiction" not in given and settings.jurisdiction is not None:
        given["jurisdiction"] = from_setting(settings.jurisdiction, settings.trusted_proxies)
    return settings.labeler(), {**options, **settings.middleware(), **given}


def _with_link(send: Send, link: bytes) -> Send:
    """A ``send`` that tells the terms of the results, of every answer that may be one."""

    def call(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and (200 <= message["status"] < 300 or message["status"] == 304):
            message = {**message, "headers": edit.add_link(edit.pairs(message.get("headers", ())), link)}
        return send(message)

    return call
