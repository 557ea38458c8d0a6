"""Problems: errors that a machine can read (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> Response:
    """A response that says what was wrong, and what to do about it.

    Args:
        status: the HTTP status code; it gives the title, since ``type`` is ``about:blank`` (RFC 9457, 4.2.1).
        detail: for people: what, where, remedy.
        headers: more headers.
        members: more members of the problem.
    """
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(content, status, {"cache-control": "no-store", **(headers or {})}, MEDIA_TYPE)
