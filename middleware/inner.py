"""What the application sees of a request whose response is to be labelled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from labelkit.middleware import headers as edit
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.headers import Pairs
from labelkit.middleware.site import LABELLING

# Ways of a server to send a file by itself: a label needs the bytes (asgiref, extensions).
_FILES = frozenset(("http.response.pathsend", "http.response.zerocopysend"))
# A compressed body cannot be looked into (facts/wire-formats, rule 7).
_ALWAYS = frozenset((b"accept-encoding",))
# Parts and dates speak of the unlabelled representation: a part of it must not meet a labelled one (starlette#3420).
_OF_OTHERS = frozenset((b"range", b"if-range", b"if-modified-since", b"if-unmodified-since"))


@contextmanager
def inner_scope(exchange: Exchange) -> Iterator[None]:
    """Show the application what it needs to answer in a form that can be labelled, and restore the scope after.

    The scope stays the same object, for others read from it what the application's router writes (starlette 1.7,
    ``scope["route"]``). Its extensions are replaced and not changed: Granian shares one dict among all requests.
    """
    scope = exchange.scope
    before = {key: scope[key] for key in ("headers", "extensions") if key in scope}
    if "headers" in scope:
        scope["headers"] = inner_headers(exchange)
    if scope.get("extensions"):
        scope["extensions"] = {name: value for name, value in scope["extensions"].items() if name not in _FILES}
    scope[LABELLING] = exchange
    try:
        yield
    finally:
        scope.update(before)
        scope.pop(LABELLING, None)


def inner_headers(exchange: Exchange) -> Pairs:
    """The request's headers, without what would bring an answer that cannot be labelled, and with the entity tags that
    the application knows."""
    if exchange.scope["method"] not in ("GET", "HEAD"):
        return edit.without(exchange.headers, _ALWAYS)
    digests = {edit.digest_of(exchange.decide(medium)) for medium in exchange.media}
    kept: Pairs = []
    for name, value in edit.without(exchange.headers, _ALWAYS | _OF_OTHERS):
        if name.lower() == b"if-none-match":
            value = edit.underive(value, digests)
        elif name.lower() == b"if-match":
            value = edit.underive(value, digests) or value
        if value or name.lower() != b"if-none-match":
            kept.append((name, value))
    return kept
