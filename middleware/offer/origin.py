"""Whether a request to change something comes from a page of somebody else (CSRF). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit


def foreign(headers: Mapping[str, str], allowed: Collection[str]) -> str:
    """Why a request is not to be believed; "" when it is.

    As Go's CrossOriginProtection does: a browser says where it comes from in ``Sec-Fetch-Site``, an old one in
    ``Origin``; who says neither is no browser, and nobody's cookies are at stake.
    """
    origin = headers.get("origin", "")
    if origin in allowed:
        return ""
    site = headers.get("sec-fetch-site", "")
    if site:
        return "" if site in ("same-origin", "none") else f"The request comes from another site ({site[:20]})."
    if not origin:
        return ""
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        host = ""
    return "" if host and host == headers.get("host", "") else f"The request comes from {origin[:100]!r}."
