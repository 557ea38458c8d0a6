"""LabelingMiddleware: is it for us? Decide, hand over. Pure ASGI, and no state of a request on ``self``."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from labelkit.labeler import Labeler
from labelkit.middleware import headers as edit
from labelkit.middleware.choice import Asked, ask
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.formats import FORMATS
from labelkit.middleware.formats.base import Facts, Format, Job
from labelkit.middleware.formats.generated import Generated
from labelkit.middleware.inner import inner_scope
from labelkit.middleware.offer import Offer
from labelkit.middleware.problem import problem
from labelkit.middleware.requests import History, Watch
from labelkit.middleware.respond import Responder, with_vary
from labelkit.middleware.routes import Place, Routes
from labelkit.middleware.site import LABELLING, SITE, Floors, OnFailure, OnOutcome, Site
from labelkit.policy import Content

logger = logging.getLogger(__name__)

DISABLED = "LABELKIT_DISABLED"
_MIB = 1024 * 1024


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
    ) -> None:
        self.app = app
        options: dict[str, Any] = {
            "generated": generated,
            "path": path,
            "cookie": cookie,
            "on_failure": on_failure,
            "max_body": max_body,
            "max_history": max_history,
            "allowed_origins": allowed_origins,
        }
        self._site: Site | None = None  # while disabled
        self._end, self._ends = slice(0), frozenset[str]()
        labeler, options = _configured(labeler, options)
        if labeler is None:
            logger.warning("%s is set: nothing is labelled, and nothing is offered", DISABLED)
            return
        routes = dict(options.pop("generated") or {})
        self._site = Site(labeler=labeler, on_outcome=on_outcome, **options)
        self._floors = Floors(labeler)
        self._offer = Offer(self._site)
        declared = {route: Generated(route, pointer) for route, pointer in routes.items()}
        self._routes = Routes(FORMATS if formats is None else formats, declared, self._offer.paths)
        self._end, self._ends = self._routes.end, self._routes.ends
        if labeler.signer is None:
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
        if (
            type(headers) is not list and type(headers) is not tuple
        ):  # any iterable is legal, and one that runs out is no use to others
            headers = scope["headers"] = edit.pairs(headers)
        asked = ask(headers, scope.get("query_string", b""), site.crumb)
        if asked.refused:
            await problem(400, asked.refused)(scope, receive, send)
            return
        by_default, always = self._floors.of(place.media)
        if asked.choice or (by_default if asked.choice is None else always):
            await self._chosen(site, place, api, asked, scope, receive, send)
            return
        if place.safe:
            send = with_vary(send, asked.vary, private=asked.private and by_default)
        elif api.history:
            receive = History(receive, api, site.notices, site.max_history)
        await self.app(scope, receive, send)

    async def _chosen(
        self, site: Site, place: Place, api: Format, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Marks were asked for, by the user or by the policy; it is known now which of them can be made."""
        headers = edit.pairs(scope.get("headers", ()))
        decision, spoken = site.decide(asked.choice, Content(api.medium, api.altered), headers)
        lost = decision.missing.keys() & asked.choice.marks if asked.choice and asked.strict else None
        if lost:
            why = " ".join(f"{mark}: {decision.missing[mark]}" for mark in sorted(lost))
            await problem(400, f"A mark that was asked for cannot be made. {why}")(scope, receive, send)
            return
        vary = (*asked.vary, "Accept-Language") if spoken else asked.vary
        job = Job(site.labeler, decision, Facts(altered=api.altered))
        exchange = Exchange(site, scope, api, asked, job, vary, headers, place.media)
        job.decide = exchange.decide
        if decision.marks or (len(place.media) > 1 and any(exchange.decide(medium).marks for medium in place.media)):
            await self._labelled(exchange, place, receive, send)
        else:
            await self.app(scope, receive, with_vary(send, vary) if place.safe else send)

    async def _labelled(self, exchange: Exchange, place: Place, receive: Receive, send: Send) -> None:
        site, api = exchange.site, exchange.api
        if api.history:
            receive = History(receive, api, site.notices, site.max_history, exchange.learn)
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
    return settings.labeler(), {**options, **settings.middleware(), **given}
