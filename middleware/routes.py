"""Which routes are ours: built once, asked by each request before anything else of it is looked at. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from labelkit.errors import ConfigurationError
from labelkit.marks import Medium
from labelkit.middleware.formats.base import Format

_ANY = (Medium.TEXT, Medium.IMAGE)
_ENOUGH = 5  # characters of a path's end that tell most other routes from ours
_STAR = re.compile(r"(\*\*|\*)")


def route_path(path: str, root: str) -> str:
    """The path within the application: ``path`` without ``root_path``, cut at a segment boundary.

    Under ``--root-path`` uvicorn puts the root into ``path``, hypercorn and granian do not; mounts always do.
    """
    root = root.rstrip("/")
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request leads: to answers of a format, or to an endpoint of our own (``api`` is None).

    ``media`` are what the answers may be; those of a declared route show it themselves. ``safe`` is for GET and HEAD.
    """

    path: str
    api: Format | None
    media: tuple[Medium, ...] = ()
    safe: bool = False


class Routes:
    """Finds the place of a request.

    ``ends`` is the test that comes first: a path whose last characters (cut it with ``end``) are not among these is of
    no concern to us. It says yes too often, and always where a route is a pattern; it never says no in error.
    ``find`` remembers what it found: the same few routes come again and again.
    """

    __slots__ = ("_exact", "_formats", "_own", "_patterns", "end", "ends", "find")

    def __init__(self, formats: Iterable[Format], generated: Mapping[str, Format], own: Iterable[str]) -> None:
        self._own = frozenset(own)
        self._formats = [(suffix, api) for api in formats for suffix in api.suffixes]
        self._exact = {check_route(route): api for route, api in generated.items() if "*" not in route}
        self._patterns = [(_pattern(route), api) for route, api in generated.items() if "*" in route]
        tails = (*(suffix for suffix, _ in self._formats), *self._exact, *self._own)
        # No character at all is what every path ends with.
        self.end = slice(0) if self._patterns else slice(-min(_ENOUGH, *map(len, tails)), None)
        self.ends = frozenset(tail[self.end] for tail in tails)
        self.find = lru_cache(maxsize=512)(self._find)

    def _find(self, path: str, root: str, method: str) -> Place | None:
        """The place of a request; None where it is none of ours. ``path`` and ``root`` are the scope's."""
        within = route_path(path, root)
        if within in self._own:
            return None if method == "OPTIONS" else Place(within, None)  # a preflight is for CORS to answer
        api, media = self._at(within)
        # What a HEAD tells of is what a GET would have brought.
        if api is None or not (method in api.methods or (method == "HEAD" and "GET" in api.methods)):
            return None
        return Place(within, api, media, method in ("GET", "HEAD"))

    def _at(self, path: str) -> tuple[Format | None, tuple[Medium, ...]]:
        """What is declared beats what is known, and a route in full beats a pattern."""
        if path in self._exact:
            return self._exact[path], _ANY
        for pattern, api in self._patterns:
            if pattern.fullmatch(path):
                return api, _ANY
        found = next((api for suffix, api in self._formats if path.endswith(suffix)), None)
        return found, () if found is None else (found.medium,)


def _pattern(route: str) -> re.Pattern[str]:
    pieces = _STAR.split(check_route(route))
    return re.compile("".join({"*": "[^/]+", "**": ".+"}.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)
