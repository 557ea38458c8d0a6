"""Handlers that label by themselves: what they are to do, over HTTP and WebSocket, and how they tell of it."""

from __future__ import annotations

from starlette.types import Scope

from labelkit.errors import ConfigurationError
from labelkit.marks import Medium
from labelkit.middleware import headers as edit
from labelkit.middleware.case import Case
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.site import LABELLING, SITE, Site
from labelkit.policy import Content, Decision


def decision(scope: Scope, medium: Medium = Medium.TEXT, *, altered: bool | None = False) -> Decision:
    """What a handler that labels by itself is to do, over HTTP and WebSocket.

    The middleware then leaves that response's body alone, and announces the decision where its route is one that the
    middleware knows; elsewhere the handler adds ``announcement(scope, decision)`` to its headers.

    Args:
        scope: the request's or the WebSocket's scope.
        medium: what the handler makes.
        altered: True when the AI changes what somebody else made, None when that is not known.

    Raises:
        ConfigurationError: no LabelingMiddleware wraps the application.
    """
    case = _case(scope)
    if case is None:
        return Decision(Content(medium, altered))
    exchange: Exchange | None = scope.get(LABELLING)
    if exchange is None:
        return case.decide(Content(medium, altered))
    # Known once the handler has read the request, if its route has a history to tell it by.
    exchange.taken = case.decide(Content(medium, altered, first_turn=exchange.job.facts.first_turn))
    return exchange.taken


def announcement(scope: Scope, decision: Decision) -> dict[str, str]:
    """The response headers that tell a decision that a handler carries out by itself.

    Raises:
        ConfigurationError: no LabelingMiddleware wraps the application.
    """
    case = _case(scope)
    if case is None:
        return {}
    site = case.site
    told = {"Vary": ", ".join((*case.asked.vary, *site.consulted, "Accept-Language"))}
    if decision.marks:
        told["Preference-Applied"] = edit.preference(decision.marks)
        told["AI-Disclosure"] = site.disclosures[decision.content.altered].decode("ascii")
    if case.private:
        told["Cache-Control"] = "private"
    if site.license is not None:
        told["Link"] = site.license.decode("ascii")
    return told


def _case(scope: Scope) -> Case | None:
    """The case of the nearest middleware; None where it is switched off."""
    if SITE not in scope:
        raise ConfigurationError(
            "No LabelingMiddleware wraps this application, so nothing can be decided for its requests",
            where="decision(scope)",
            remedy="Add it: app.add_middleware(LabelingMiddleware, labeler=labeler).",
        )
    site: Site | None = scope[SITE]
    exchange: Exchange | None = scope.get(LABELLING)
    if exchange is not None and exchange.site is site:
        return exchange.case
    return None if site is None else Case.of(site, scope)
