"""The offer's endpoints, by path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from labelkit.middleware.offer.preference import preference
from labelkit.middleware.offer.wellknown import wellknown
from labelkit.middleware.problem import problem
from labelkit.middleware.site import Site

WELL_KNOWN = "/.well-known/ai-label"
Endpoint = Callable[[Site, Request], Awaitable[Response]]


class Offer:
    """Answers for the paths that are the middleware's own."""

    __slots__ = ("_endpoints", "_site", "paths")

    def __init__(self, site: Site) -> None:
        self._site = site
        self._endpoints: dict[str, tuple[frozenset[str], Endpoint]] = {
            f"{site.path}/preference": (frozenset(("GET", "HEAD", "PUT", "POST", "DELETE")), preference),
            WELL_KNOWN: (frozenset(("GET", "HEAD")), wellknown),
        }
        self.paths = tuple(self._endpoints)

    async def __call__(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for one of ``paths``."""
        methods, endpoint = self._endpoints[path]
        if scope["method"] in methods:
            try:
                response = await endpoint(self._site, Request(scope, receive))
            except ClientDisconnect:
                return  # nobody is left to be answered
        else:
            allow = ", ".join(sorted(methods))
            response = problem(405, f"Use one of {allow}.", headers={"allow": allow})
        if scope["method"] == "HEAD":
            # The length of what a GET brings is right here, its body is not (RFC 9110, 9.3.2).
            response.body = b""
        await response(scope, receive, send)
