"""``/.well-known/ai-label``: the offer, as a machine reads it."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from labelkit.choice import Choice
from labelkit.marks import CARRIED, Marks, Medium, in_order
from labelkit.middleware.choice import QUERY
from labelkit.middleware.site import Site
from labelkit.policy import Decision, languages

_FRESH = 3600  # seconds


async def wellknown(site: Site, request: Request) -> Response:
    """What is offered, what is on by default, what nobody can switch off, by which policy, and how to choose."""
    generator = site.labeler.generator
    root = request.scope.get("root_path", "").rstrip("/")
    content = {
        "offered": _by_medium(site, lambda decision: decision.offered),
        "default": _by_medium(site, lambda decision: decision.marks),
        "required": _by_medium(site, lambda decision: decision.required),
        "policy": site.labeler.policies.version,
        "generator": {"provider": generator.provider, "system": generator.system, "version": generator.version},
        "languages": list(languages()),
        "choose": {
            "header": "Prefer: ai-label",
            "query": QUERY,
            "values": ["on", "off", *(mark.value for mark in in_order(_every(site)))],
            "preference": f"{root}{site.path}/preference",
        },
    }
    return JSONResponse(content, headers={"cache-control": f"public, max-age={_FRESH}"})


def _by_medium(site: Site, marks: Callable[[Decision], Marks]) -> dict[str, list[str]]:
    return {
        medium.value: [mark.value for mark in in_order(marks(site.labeler.decide(None, medium)))]
        for medium in Medium
        if CARRIED[medium]
    }


def _every(site: Site) -> Marks:
    return frozenset().union(*(site.labeler.decide(Choice.ON, medium).offered for medium in Medium))
