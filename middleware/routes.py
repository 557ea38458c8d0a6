"""Which routes are ours: built once, asked by each request before anything else of it is looked at. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.types import Scope

from labelkit.errors import ConfigurationError
from labelkit.marks import Medium
from labelkit.middleware.formats.base import Format

_ANY = (Medium.TEXT, Medium.IMAGE)
_STAR = re.compile(r"(\*\*|\*)")


def route_path(scope: Mapping[str, Any]) -> str:
    """The path within the application: ``path`` without ``root_path``, cut at a segment boundary.

    Under ``--root-path`` uvicorn puts the root into ``path``, hypercorn and granian do not; mounts always do.
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return path[len(root) :]
    return path


def check_route(route: str) -> str:
    """A route as it is declared: ``/chat``, ``/img/*`` (one segment), ``/files/**`` (any number of them).

    Raises:
        ConfigurationError: it does not begin with a slash, or has what no path can have.
    """
    if not route.startswith("/") or any(char in route for char in "?#{}") or not route.isprintable():
        raise ConfigurationError(
            f"{route!r} is no route",
            where="LabelingMiddleware(generated=...)",
            remedy='Write a path that begins with a slash; "*" stands for one segment, "**" for any number.',
        )
    return route


class Routes:
    """Finds the format of a request.

    ``media`` are what a format's answers may be: those of a declared route show it themselves.

    ``tails`` and ``wild`` make up the test that comes first: a path that ends with none of the tails and that ``wild``
    does not match is of no concern to us. The test may say yes too often, never no.
    """

    __slots__ = ("_declared", "_exact", "_formats", "_patterns", "tails", "wild")

    def __init__(self, formats: Iterable[Format], generated: Mapping[str, Format], own: Iterable[str]) -> None:
        self._formats = [(suffix, api) for api in formats for suffix in api.suffixes]
        self._exact = {check_route(route): api for route, api in generated.items() if "*" not in route}
        self._patterns = [(_pattern(route), api) for route, api in generated.items() if "*" in route]
        self.tails = (*(suffix for suffix, _ in self._formats), *self._exact, *own)
        self._declared = frozenset(id(api) for api in generated.values())
        patterns = "|".join(pattern.pattern for pattern, _ in self._patterns)
        # Searched at the path's end, for what a root path puts before it.
        self.wild = re.compile(f"(?:{patterns})\\Z").search if self._patterns else None

    def media(self, api: Format) -> tuple[Medium, ...]:
        """What the answers of a format may be."""
        return _ANY if id(api) in self._declared else (api.medium,)

    def find(self, scope: Scope, path: str) -> Format | None:
        """The format that answers for a request; None when there is none. ``path`` is its route path."""
        api = self._at(path)
        if api is None:
            return None
        method: str = scope["method"]
        # What a HEAD tells of is what a GET would have brought.
        return api if method in api.methods or (method == "HEAD" and "GET" in api.methods) else None

    def _at(self, path: str) -> Format | None:
        """What is declared beats what is known, and a route in full beats a pattern."""
        if path in self._exact:
            return self._exact[path]
        for pattern, api in self._patterns:
            if pattern.fullmatch(path):
                return api
        return next((api for suffix, api in self._formats if path.endswith(suffix)), None)


def _pattern(route: str) -> re.Pattern[str]:
    pieces = _STAR.split(check_route(route))
    return re.compile("".join({"*": "[^/]+", "**": ".+"}.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
