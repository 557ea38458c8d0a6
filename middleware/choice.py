"""How a request says yes: its Prefer header, its query, its cookie. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal
from urllib.parse import unquote_plus

from labelkit.choice import Choice
from labelkit.marks import Mark
from labelkit.middleware.headers import split
from labelkit.policy import choose_language
from labelkit.policy import languages as spoken_here

Source = Literal["request", "stored", "nobody"]

QUERY = "ai_label"
"""The query parameter, for where a header cannot be set or would cost a preflight."""
LANGUAGE = "ai_label_lang"
"""The query parameter for the language of visible marks; in Prefer it is ``ai-label``'s parameter ``lang``."""

_LENGTH = len(b"prefer")  # which is that of "cookie" too
_MOST_LANGUAGES = 20
_LONGEST_TAG = 35  # characters of a language tag (RFC 5646, 4.4.1); to look up a longer one would take long


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request says of the option.

    ``choice`` is None where nobody said anything. ``vary`` are the request headers that were looked at. ``private`` is
    True where the user's cookie had a say. ``strict`` is RFC 7240's ``handling=strict``. ``refused`` is why the request
    must be answered with 400, "" where it need not. ``language`` is the one that visible marks were asked for in, of
    those there are wordings for.
    """

    choice: Choice | None = None
    source: Source = "nobody"
    vary: tuple[str, ...] = ("Prefer", "Cookie")
    private: bool = False
    strict: bool = False
    refused: str = ""
    language: str | None = None


NOTHING = Asked()


def ask(headers: Iterable[tuple[bytes, bytes]], query: bytes, cookie: bytes) -> Asked:
    """Read what a request says; the request beats the stored choice.

    Args:
        headers: of the scope, names in lower case as ASGI demands.
        query: the query string.
        cookie: the name of the cookie, with its ``=``.
    """
    preferred: list[bytes] | None = None
    stored: Choice | None = None
    seen = False
    for name, value in headers:
        # The cheapest look at each header, and a byte test for most cookies: this is on the way of every request.
        if len(name) == _LENGTH:
            if name == b"prefer":
                preferred = [value] if preferred is None else [*preferred, value]
            elif not seen and name == b"cookie" and cookie in value:
                seen, stored = _stored(value, cookie)
    if preferred is None and stored is None and (not query or not _may_ask(query)):
        return NOTHING
    return _weigh(b", ".join(preferred or ()), query if query and _may_ask(query) else b"", stored)


@lru_cache(maxsize=256)  # nearly everybody says the same few things
def _weigh(preferred: bytes, query: bytes, stored: Choice | None) -> Asked:
    said, wanted, strict = _preferred(preferred.decode("latin-1"))
    choice = None if said is None else Choice.parse(said)
    if said is not None and choice is None and strict:
        return Asked(refused=f"Prefer: ai-label={said[:80]!r} is no choice. {_CHOICES}", strict=True)
    asked = _queried(query, QUERY)
    if asked is not None and Choice.parse(asked) is None:
        return Asked(refused=f"?{QUERY}={asked[:80]!r} is no choice. {_CHOICES}")
    # A preference that is ignored is ignored with its parameters.
    tags = [tag for tag in (None if choice is None else wanted, _queried(query, LANGUAGE)) if tag]
    unknown = [tag for tag in tags if _known(tag) is None]
    if strict and unknown:
        return Asked(refused=f"{unknown[0][:80]!r} is no language of labels. {_languages_there_are()}", strict=True)
    language = next((found for tag in tags if (found := _known(tag))), None)
    if choice is not None:
        return Asked(choice, "request", ("Prefer",), strict=strict, language=language)
    more = None if asked is None else Choice.parse(asked)
    if stored is None and more is None:
        return NOTHING if language is None else Asked(language=language)
    if stored is None:
        return Asked(more, "request", language=language)
    # A link can be written by anybody, so it may add to what its user chose and take nothing away.
    return Asked(stored if more is None else stored.plus(more), "stored", private=True, language=language)


_CHOICES = f"Say on, off, or name marks: {', '.join(mark.value for mark in Mark)}."


def _known(tag: str) -> str | None:
    """The language of a tag, where there are wordings in it.

    One that nobody has is no mistake of the request's: it may have been written for a newer release, and a picture with
    its label in the next best language serves its user better than none. Hence it is ignored, in a query as well.
    """
    return choose_language([tag]) if len(tag) <= _LONGEST_TAG else None


def _languages_there_are() -> str:
    return f"There are {', '.join(spoken_here())}."


def _preferred(line: str) -> tuple[str | None, str | None, bool]:
    """The value of the first ``ai-label`` (None: there is none), its parameter ``lang``, and whether ``handling=strict``
    is said (RFC 7240, 2)."""
    found: dict[str, tuple[str, list[str]]] = {}
    for preference in split(line):
        parts = split(preference, ";") or [""]
        name, value = _pair(parts[0])
        found.setdefault(name, (value, parts[1:]))
    said, parameters = found.get("ai-label", (None, []))
    languages = [value for name, value in map(_pair, parameters) if name == "lang"]
    return said, next(iter(languages), None), found.get("handling", ("", []))[0].lower() == "strict"


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), _unquoted(value.strip())


def _unquoted(word: str) -> str:
    if len(word) < 2 or word[0] != '"' or word[-1] != '"':
        return word
    return word[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _may_ask(query: bytes) -> bool:
    return QUERY.encode() in query or b"%" in query


def _queried(query: bytes, wanted: str) -> str | None:
    """The first parameter of this name in a query; None where there is none."""
    for part in query.decode("latin-1").split("&"):
        name, _, value = part.partition("=")
        if unquote_plus(name) == wanted:
            return unquote_plus(value)
    return None


def _stored(line: bytes, cookie: bytes) -> tuple[bool, Choice | None]:
    """Whether the cookie is in this line, and the choice that it holds. The first of several is the most specific."""
    for part in line.split(b";"):
        pair = part.strip()
        if pair.startswith(cookie):
            return True, _COOKIES.get(pair[len(cookie) :])
    return False, None


def stored(headers: Iterable[tuple[bytes, bytes]], cookie: bytes) -> Choice | None:
    """The choice that the cookie keeps; None where there is none that can be read. Arguments as for ``ask``."""
    for name, value in headers:
        if name == b"cookie":
            seen, choice = _stored(value, cookie)
            if seen:
                return choice
    return None


def cookie_value(choice: Choice) -> str:
    """A choice as the cookie holds it: ``on``, ``off``, ``visible+c2pa``."""
    return str(choice).replace(" ", "+")


def _every_choice() -> Iterable[Choice]:
    for count in range(len(Mark) + 1):
        for marks in combinations(Mark, count):
            yield Choice(False, frozenset(marks))
            yield Choice(True, frozenset(marks))


# A closed set: whatever else a cookie says counts as absent.
_COOKIES = {cookie_value(choice).encode(): choice for choice in _every_choice()}


def languages(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """The languages that a request accepts, the most wanted first (RFC 9110, 12.5.4)."""
    lines = [value for name, value in headers if name == b"accept-language"]
    return _languages(b",".join(lines)) if lines else ()


@lru_cache(maxsize=256)
def _languages(line: bytes) -> tuple[str, ...]:
    wanted: list[tuple[float, str]] = []
    for entry in line.decode("latin-1").split(",")[:_MOST_LANGUAGES]:
        tag, _, parameters = entry.partition(";")
        weight = _weight(parameters)
        if 0 < len(tag.strip()) <= _LONGEST_TAG and tag.strip() != "*" and weight > 0:
            wanted.append((weight, tag.strip()))
    return tuple(tag for _, tag in sorted(wanted, key=lambda pair: -pair[0]))


def _weight(parameters: str) -> float:
    """The quality value; 0, which is "not wanted", for one that cannot be read."""
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0
