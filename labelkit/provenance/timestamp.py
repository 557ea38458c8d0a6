"""Time-stamps (RFC 3161): ask an authority that something was signed by now, within a hard limit of time.

The C2PA library asks by itself too, but waits half a minute for an authority that does not answer.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from http.client import HTTPException
from typing import TypeVar
from urllib.parse import urlsplit

from labelkit.errors import CredentialError, TimestampError

Result = TypeVar("Result")

TIMESTAMP_SECONDS = 5.0  # how long a time-stamp authority may take unless the operator says otherwise
_SHA256 = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier id-sha256, NULL
_LONGEST = 60  # seconds
_LARGEST = 64 * 1024  # bytes of an answer; tokens with their certificates take 1 to 8 KB
_GRANTED = (0, 1)  # RFC 3161, section 2.4.2: granted, grantedWithMods
_SEQUENCE, _INTEGER, _OCTETS, _TRUE = 0x30, 0x02, 0x04, b"\x01\x01\xff"


def checked_url(url: str | None) -> str | None:
    """Take an authority's URL as it is, or raise CredentialError."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise CredentialError(
            f"A time-stamp authority is named by an http or https URL, not by {url!r}",
            where="timestamp_url",
            remedy="Write it like http://timestamp.example.com, or leave it out.",
        )
    return url


def checked_seconds(seconds: float) -> float:
    """Take a limit of time as it is, or raise CredentialError."""
    if not 0 < seconds <= _LONGEST:
        raise CredentialError(
            f"A time-stamp may take from 0 to {_LONGEST} seconds, not {seconds!r}",
            where="timestamp_seconds",
            remedy=f"Leave it out for {TIMESTAMP_SECONDS:g} seconds.",
        )
    return seconds


def fetch_token(url: str, data: bytes, seconds: float) -> bytes:
    """A time-stamp token (DER) over ``data`` from the authority at ``url``, within ``seconds``.

    Raises:
        TimestampError: the authority did not answer, or not in time, or not well.
    """
    imprint = sha256(data).digest()
    nonce = _integer(int.from_bytes(os.urandom(8), "big") | 1 << 63)  # of one length always
    query = _der(_SEQUENCE, _integer(1) + _der(_SEQUENCE, _SHA256 + _der(_OCTETS, imprint)) + nonce + _TRUE)
    answer = within(seconds, url, lambda: _post(url, query, seconds))
    return _token(url, answer, imprint, nonce)


def within(seconds: float, url: str, work: Callable[[], Result]) -> Result:
    """Do ``work`` in a thread of its own and wait for it no longer than ``seconds``.

    Native code and name look-ups cannot be interrupted: late work is left to end by itself, its result unused.

    Raises:
        TimestampError: it was not done in time.
    """
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # it is raised below, in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=run, name="labelkit-timestamp", daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if failed:
        raise failed[0]
    if not done:
        raise too_late(url, seconds)
    return done[0]


def too_late(url: str, seconds: float) -> TimestampError:
    """The error for an authority that did not answer in time."""
    return TimestampError(
        f"The time-stamp authority did not answer within {max(seconds, 0):.1f} seconds",
        where=url,
        remedy="Name another with timestamp_url=, or allow more time with timestamp_seconds=.",
    )


def refused(url: str, why: str) -> TimestampError:
    """The error for an authority that did not stamp."""
    return TimestampError(
        f"The time-stamp authority did not stamp: {why}",
        where=url,
        remedy="Check timestamp_url= with another RFC 3161 client, or name another authority.",
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The operator named one authority: where it would send us is not ours to follow."""

    def redirect_request(self, *_: object) -> None:
        return None


def _post(url: str, query: bytes, seconds: float) -> bytes:
    assert urlsplit(url).scheme in ("http", "https")
    request = urllib.request.Request(  # noqa: S310 - checked at construction and right above
        url, data=query, headers={"Content-Type": "application/timestamp-query"}
    )
    deadline = time.monotonic() + seconds
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=max(seconds, 0.001)) as response:
            answer = b""
            while len(answer) <= _LARGEST and (piece := response.read1(_LARGEST)):
                answer += piece
                if time.monotonic() > deadline:  # an authority that drips would never run into a socket's time-out
                    raise too_late(url, seconds)
    except urllib.error.HTTPError as error:
        with error:
            raise refused(url, f"it answered HTTP {error.code}") from error
    except TimeoutError as error:
        raise too_late(url, seconds) from error
    except (OSError, HTTPException, ValueError) as error:  # URLError is an OSError
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise too_late(url, seconds) from error
        raise refused(url, f"{type(error).__name__}: {error}") from error
    if len(answer) > _LARGEST:
        raise refused(url, f"its answer is longer than {_LARGEST} bytes")
    return answer


def _token(url: str, answer: bytes, imprint: bytes, nonce: bytes) -> bytes:
    """The token out of a TimeStampResp; its signature is for those who verify, that it is ours is for us."""
    try:
        response = _items(_only(answer, _SEQUENCE))
        status = int.from_bytes(_only(_items(response[0][1])[0][2], _INTEGER), "big")
        token = response[1][2] if len(response) > 1 else b""
    except (ValueError, IndexError) as error:
        raise refused(url, "its answer is not a time-stamp response") from error
    if status not in _GRANTED or not token:
        raise refused(url, f"its status is {status}")
    if imprint not in token or nonce not in token:
        raise refused(url, "its token is over something else")
    return token


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:  # X.690, section 8.1.3: the short form
        return bytes((tag, size)) + content
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width, "big") + content


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _items(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The DER values in ``data``: tag, content, and the whole."""
    found, at = [], 0
    while at < len(data):
        size, begin = data[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            begin += width
            size = int.from_bytes(data[at + 2 : begin], "big")
        if begin + size > len(data):
            raise ValueError("a value longer than what holds it")
        found.append((data[at], data[begin : begin + size], data[at : begin + size]))
        at = begin + size
    return found


def _only(data: bytes, tag: int) -> bytes:
    (value,) = _items(data)
    if value[0] != tag:
        raise ValueError("another kind of value")
    return value[1]
