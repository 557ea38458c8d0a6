"""The preference: a user's choice, read, stored and forgotten. The cookie holds the choice and nothing else."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from labelkit.choice import Choice
from labelkit.marks import Medium, in_order
from labelkit.middleware.case import Case
from labelkit.middleware.choice import cookie_value, stored
from labelkit.middleware.offer.origin import foreign
from labelkit.middleware.offer.wellknown import rights
from labelkit.middleware.problem import problem
from labelkit.middleware.site import Site
from labelkit.policy import Content

_KEPT = 400 * 24 * 60 * 60  # seconds; RFC 6265bis lets no cookie live longer
_LONGEST = 4096  # bytes of a request body
_FIELD = "ai_label"
_FORM = "application/x-www-form-urlencoded"


async def preference(site: Site, request: Request) -> Response:
    """Answer ``GET``, ``PUT``, ``POST`` and ``DELETE``. Only the last three change anything, and only for own pages."""
    if request.method in ("GET", "HEAD"):
        return _state(site, request, stored(request.headers.raw, site.crumb))
    stranger = foreign(request.headers, site.allowed_origins)
    if stranger:
        return problem(403, f"{stranger} List the origin in allowed_origins= if its pages may change the choice.")
    if request.method == "DELETE":
        return _forgotten(site, request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        media_type not in ("application/json", _FORM)
        or request.headers.get("content-encoding", "identity") != "identity"
    ):
        return problem(415, f"Send application/json or {_FORM}, not compressed.")
    body = await _body(request)
    if body is None:
        return problem(413, f"A choice has at most {_LONGEST} bytes.")
    said = _of_json(body) if media_type == "application/json" else _of_form(body)
    choice = None if said is None else Choice.parse(said)
    if choice is None:
        return problem(400, f'Say {{"{_FIELD}": "on"}}, "off", or name marks: ["visible", "c2pa"].')
    if media_type == _FORM and request.method == "POST":
        return _stored(site, request, choice, RedirectResponse(_next(request), 303))
    return _stored(site, request, choice, _state(site, request, choice))


def _state(site: Site, request: Request, choice: Choice | None) -> Response:
    """What is stored (``ai_label``, null for nothing), which marks that means here and now by medium (``marks``), by
    which version of the rules (``policy``), and the notice about rights in the results (``rights``)."""
    case = Case.of(site, request.scope).taking(choice)
    marks = {medium.value: [mark.value for mark in in_order(case.decide(Content(medium)).marks)] for medium in Medium}
    state = {
        _FIELD: None if choice is None else str(choice),
        "marks": marks,
        "policy": case.policies.version,
        "rights": rights(site.labeler.service.rights),
    }
    vary = ", ".join(("Cookie", *site.consulted))
    return JSONResponse(state, headers={"cache-control": "no-store", "vary": vary})


async def _body(request: Request) -> bytes | None:
    """The request body; None when it is too long, whatever its declared length is."""
    kept = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            kept += chunk
            if len(kept) > _LONGEST:
                return None
    return bytes(kept)


def _of_json(body: bytes) -> str | None:
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    said = said.get(_FIELD) if isinstance(said, dict) else None
    if isinstance(said, list) and said and all(isinstance(word, str) and word.strip() for word in said):
        return " ".join(said)
    return said if isinstance(said, str) and said.strip() else None


def _of_form(body: bytes) -> str | None:
    """Several fields of the name are several marks: that is what checkboxes send."""
    try:
        fields = parse_qsl(body.decode(), max_num_fields=100)
    except ValueError:
        return None
    return " ".join(value for name, value in fields if name == _FIELD) or None


def _next(request: Request) -> str:
    """Where a form's user goes next: a path of this site alone, else its root."""
    wanted = request.query_params.get("next", "")
    home = quote(request.scope.get("root_path", "").rstrip("/")) + "/"
    # Browsers take a backslash for a slash and drop tabs and line ends, so "/\\host" and "/<tab>/host" lead away too.
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return home
    parts = urlsplit(wanted)
    return home if parts.scheme or parts.netloc else wanted


def _stored(site: Site, request: Request, choice: Choice, response: Response) -> Response:
    """Set the cookie. HttpOnly: the page's own script asks this endpoint, so a script that was smuggled in learns
    nothing from the cookie. Lax: a link from elsewhere finds its user's choice in force."""
    response.set_cookie(
        site.cookie,
        cookie_value(choice),
        max_age=_KEPT,
        path=_scope_of(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    response.headers["cache-control"] = "no-store"
    return response


def _forgotten(site: Site, request: Request) -> Response:
    response = _state(site, request, None)
    response.delete_cookie(
        site.cookie,
        path=_scope_of(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def _scope_of(request: Request) -> str:
    """The cookie's path: the application's root. Quoted, for a mount's path may hold what a caller wrote."""
    return quote(request.scope.get("root_path", "").rstrip("/"), safe="/~") or "/"
