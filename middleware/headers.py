"""Header lists: one list in, a new list out. Nothing here changes what it was given (Starlette shares raw_headers)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from labelkit.errors import ConfigurationError
from labelkit.label import Generator
from labelkit.marks import Marks, tell
from labelkit.policy import Decision

Pairs = list[tuple[bytes, bytes]]

APPLIED = b"preference-applied"
DISCLOSURE = b"ai-disclosure"
_TELLING = ("Preference-Applied", "AI-Disclosure")
# Said of the bytes that were (RFC 9110, 8.6 and 14.3; RFC 9530; RFC 9421): false once a body is labelled.
_OF_THE_BODY = frozenset(
    (
        b"content-length",
        b"content-md5",
        b"digest",
        b"content-digest",
        b"repr-digest",
        b"accept-ranges",
        b"signature",
        b"signature-input",
    )
)
_ETAG = len(b"etag")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DERIVED = re.compile(rb'(?:W/)?"([^"]*);(l|w)=([0-9a-f]+)"')


def pairs(headers: Iterable[Iterable[bytes]]) -> Pairs:
    """Headers as a list of our own: the specification allows any iterable of two-element iterables."""
    return [(bytes(name), bytes(value)) for name, value in headers]


def values(headers: Pairs, name: bytes) -> list[bytes]:
    """Every value of a header, in order; ``name`` in lower case."""
    return [value for key, value in headers if key.lower() == name]


def index(headers: Pairs) -> dict[bytes, bytes]:
    """Headers by their names in lower case; the values of one that stands several times are joined (RFC 9110, 5.3)."""
    found: dict[bytes, bytes] = {}
    for key, value in headers:
        name = key.lower()
        found[name] = found[name] + b", " + value if name in found else value
    return found


def without(headers: Pairs, names: Collection[bytes]) -> Pairs:
    """The headers but these; ``names`` in lower case."""
    return [pair for pair in headers if pair[0].lower() not in names]


def split(text: str, separator: str = ",") -> list[str]:
    """The stripped parts of a list, separators within quoted strings apart (RFC 9110, 5.6.1 and 5.6.4). Linear."""
    parts: list[str] = []
    start, quoted, escaped = 0, False, False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def merge(headers: Pairs, name: bytes, members: Iterable[str]) -> Pairs:
    """Add members to a list header, those apart that are there; onto its last line, so that order is kept."""
    there = [part.lower() for value in values(headers, name) for part in split(value.decode("latin-1"))]
    new = [member for member in members if member.lower() not in there]
    if not new:
        return list(headers)
    line = ", ".join(new).encode("latin-1")
    for at in range(len(headers) - 1, -1, -1):
        key, value = headers[at]
        if key.lower() == name:
            joined = value + b", " + line if value.strip() else line
            return [*headers[:at], (key, joined), *headers[at + 1 :]]
    return [*headers, (name, line)]


def add_vary(headers: Pairs, names: Sequence[str]) -> Pairs:
    """Name the request headers that were looked at; ``*`` already says it all (RFC 9110, 12.5.5)."""
    if any(b"*" in value for value in values(headers, b"vary")):
        return list(headers)
    return merge(headers, b"vary", names)


def add_private(headers: Pairs) -> Pairs:
    """Keep the response out of shared caches, where a user's stored choice, or where they are, decided it.

    ``no-store`` and ``private`` stay as they are; ``public`` and ``s-maxage`` would invite a cache that knows no Vary.
    """
    given = split(", ".join(value.decode("latin-1") for value in values(headers, b"cache-control")))
    names = {part.partition("=")[0].strip().lower() for part in given}
    if names & {"no-store", "private"}:
        return list(headers)
    kept = [part for part in given if part.partition("=")[0].strip().lower() not in ("public", "s-maxage")]
    line = ", ".join(["private", *kept]).encode("latin-1")
    return [*without(headers, (b"cache-control",)), (b"cache-control", line)]


def add_link(headers: Pairs, link: bytes) -> Pairs:
    """Add a link beside the application's own (RFC 8288, 3), once, and let scripts of other origins read it."""
    if any(link in value for value in values(headers, b"link")):
        return list(headers)
    return add_expose(merge(headers, b"link", [link.decode("ascii")]), ("Link",))


def add_expose(headers: Pairs, names: Sequence[str] = _TELLING) -> Pairs:
    """Let a page's script read what we tell, where the response is shared with other origins at all (Fetch, CORS).

    With credentials ``*`` is no wildcard, so there the names are added all the same.
    """
    if not values(headers, b"access-control-allow-origin"):
        return list(headers)
    credentials = b"true" in values(headers, b"access-control-allow-credentials")
    name = b"access-control-expose-headers"
    if not credentials and any(value.strip() == b"*" for value in values(headers, name)):
        return list(headers)
    told = [entry for entry in names if values(headers, entry.lower().encode())]
    return merge(headers, name, told)


@lru_cache(maxsize=64)
def preference(marks: Marks) -> str:
    """A member of Preference-Applied: ``ai-label=visible``, or quoted where there are several (RFC 7240, 3)."""
    words = tell(marks)
    return f'ai-label="{words}"' if " " in words else f"ai-label={words}"


def is_applied(line: bytes) -> bool:
    """Whether the application, or another of our kind further in, says in Preference-Applied that it has labelled."""
    return any(part.partition("=")[0].strip().lower() == "ai-label" for part in split(line.decode("latin-1")))


def of_new_body(headers: Pairs, length: int | None, decision: Decision) -> Pairs:
    """Headers for a body that is another than they were written for.

    Args:
        headers: as the application wrote them.
        length: the new length in bytes; None where it is not known, or trailers follow.
        decision: tells labelled representations apart, in an entity tag.
    """
    kept = without(headers, _OF_THE_BODY)
    for at, (key, value) in enumerate(kept):
        if len(key) == _ETAG and key.lower() == b"etag":
            kept[at] = key, derive(value, digest_of(decision))
    return kept if length is None else [*kept, (b"content-length", b"%d" % length)]


def digest_of(decision: Decision) -> bytes:
    """What a decision is called in an entity tag: same marks, words, places and rules, same digest."""
    said = "\0".join(
        (
            tell(decision.marks),
            tell(decision.required),  # a required notice stands at the start
            decision.wording,
            decision.language,
            f"{decision.place} {decision.corner} {decision.height}",
            " ".join(sorted(decision.fields)),
            " ".join(decision.rules),
            decision.policy,
            str(decision.content.altered),
        )
    )
    return hashlib.blake2b(said.encode(), digest_size=6).hexdigest().encode()


def derive(tag: bytes, digest: bytes) -> bytes:
    """The labelled representation's entity tag (RFC 9110, 8.8.3). Weak, for each labelling has its own id and time.

    It keeps what the tag was (``l``: strong, ``w``: weak), so that ``underive`` gives the application its own back.
    """
    value = tag.strip()
    opaque = value.removeprefix(b"W/").strip(b'"')
    return b'W/"%b;%b=%b"' % (opaque, b"w" if value.startswith(b"W/") else b"l", digest)


def underive(line: bytes, digests: Collection[bytes]) -> bytes:
    """The tags of an If-None-Match as the application knows them; only ``*`` and those that we derived are left."""
    if line.strip() == b"*":
        return line
    ours = [match for match in _DERIVED.finditer(line) if match[3] in digests]
    return b", ".join(b'%b"%b"' % (b"W/" if match[2] == b"w" else b"", match[1]) for match in ours)


def disclosure(generator: Generator, altered: bool | None) -> bytes:
    """AI-Disclosure (draft-abaris-aicdh-01, advisory): a dictionary, so with commas (RFC 9651, 3.2).

    Names that are not ASCII are left out: a string of a structured field cannot hold them.
    """
    members = ["mode=machine-generated" if altered is False else "mode=ai-modified"]
    for key, name in (("provider", generator.provider), ("model", f"{generator.system} {generator.version}")):
        if name.isascii():
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            members.append(f'{key}="{escaped}"')
    return ", ".join(members).encode("ascii")


def check_token(value: str, setting: str) -> str:
    """A configured name that goes into a header.

    Raises:
        ConfigurationError: it is no token (RFC 9110, 5.6.2), so it would break the header or be an injection.
    """
    if not _TOKEN.fullmatch(value):
        raise ConfigurationError(
            f"{setting} must be a plain name of ASCII letters, digits and dashes",
            where=f"{setting}={value!r}",
            remedy="Leave it out for the default.",
        )
    return value
