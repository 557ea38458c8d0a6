"""Time-stamps: real ones by openssl, and authorities that are silent, broken or lying. None may hold a request up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labelkit.errors import CredentialError, TimestampError
from labelkit.label import Generator, Label
from labelkit.provenance import Manifests, Signer, Trust, read, read_bound

BROKEN = {
    "error": "HTTP 500",
    "redirect": "HTTP 302",
    "garbage": "not a time-stamp response",
    "other": "over something else",
    "rejected": "its status is 2",
    "cut": "not a time-stamp response",
    "huge": "longer than",
    "empty": "not a time-stamp response",
}


@pytest.fixture
def stamped(tsa: Any, authority: Any, generator: Generator) -> Manifests:
    """Manifests of a signer with a time-stamp authority."""
    signer = Signer.from_pem(*authority.issue(), timestamp_url=tsa.url, timestamp_seconds=5)
    return Manifests(generator, signer)


def test_bound_text_is_time_stamped(
    stamped: Manifests, text: Any, trust: Trust, verify: Any, generator: Generator
) -> None:
    """A text of a signer with an authority carries its stamp, and two verifiers believe it."""
    for number in range(10):
        carrier = text("Hello." * number)
        manifest = stamped.bind(Label(generator), carrier, media_type="text/plain")
        asset = carrier.signed(manifest)
        report = read_bound(manifest, asset, carrier.start, carrier.size(manifest), trust)
        other = verify(asset, "text/plain")

        assert report.state == "trusted"
        told = datetime.fromisoformat(report.says["timestamp"])
        assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
        assert report.says["timestamp_trusted"]
        assert other["validation_state"] == "Trusted"


def test_a_stamp_of_an_authority_that_nobody_trusts_is_told_apart(
    stamped: Manifests, text: Any, generator: Generator
) -> None:
    """A stamp proves a time to those only who trust its authority."""
    carrier = text("Hello.")
    manifest = stamped.bind(Label(generator), carrier, media_type="text/plain")
    says = read_bound(manifest, carrier.signed(manifest), carrier.start, carrier.size(manifest), Trust()).says

    assert says["timestamp"]
    assert says["timestamp_trusted"] is False


def test_a_stamp_over_something_else_is_none(stamped: Manifests, text: Any, trust: Trust, generator: Generator) -> None:
    """A token that was taken from another manifest, or that nobody can read, tells no time."""
    carrier = text("Hello.")
    manifest, other = (stamped.bind(Label(generator), carrier, media_type="text/plain") for _ in range(2))
    token, foreign = _token(manifest), _token(other)
    while len(foreign) != len(token):  # they differ by a byte or two, by their signature
        foreign = _token(stamped.bind(Label(generator), carrier, media_type="text/plain"))
    for wrong in (foreign, bytes(len(token))):
        forged = manifest.replace(token, wrong)
        says = read_bound(forged, carrier.signed(forged), carrier.start, carrier.size(forged), trust).says
        assert says["timestamp"] is None
        assert says["timestamp_trusted"] is False


def _token(manifest: bytes) -> bytes:
    """The time-stamp token in a manifest, as CBOR has it: a byte string with a length of two bytes."""
    at = manifest.index(b"cval\x59", manifest.index(b"tstTokens")) + 7
    return manifest[at : at + int.from_bytes(manifest[at - 2 : at], "big")]


def test_bound_pictures_are_time_stamped_with_one_signature(
    stamped: Manifests, appended: Any, trust: Trust, generator: Generator
) -> None:
    """Where the size follows from the length, padding makes up for stamps of different lengths: one signature each."""
    stamped.prepare()
    binder = stamped._binder(created=True)
    before = binder.signatures
    for _ in range(5):
        carrier = appended(b"asset")
        manifest = stamped.bind(Label(generator), carrier, media_type="image/png")
        asset = b"asset" + bytes(12) + manifest
        assert read_bound(manifest, asset, 5, carrier.size(manifest), trust).says["timestamp"]

    assert binder.signatures - before == 5


def test_embedded_manifests_are_time_stamped(
    stamped: Manifests, picture: Callable[[str], bytes], trust: Trust, verify: Any, generator: Generator
) -> None:
    """A file that the library signs whole carries a stamp too."""
    signed = stamped.embed(picture("GIF"), "image/gif", Label(generator))
    report = read(signed, "image/gif", trust)

    assert report is not None
    assert report.state == "trusted"
    assert report.says["timestamp"]
    assert verify(signed, "image/gif")["validation_state"] == "Trusted"


@pytest.mark.parametrize("mode", BROKEN)
def test_an_authority_that_answers_wrongly_is_named(
    stamped: Manifests, tsa: Any, text: Any, generator: Generator, mode: str
) -> None:
    """An error, garbage, a redirection or a stamp over something else: an error that names URL and remedy."""
    tsa.will(mode)
    with pytest.raises(TimestampError, match=BROKEN[mode]) as caught:
        stamped.bind(Label(generator), text("Hello."), media_type="text/plain")

    assert caught.value.where == tsa.url
    assert "timestamp_url" in caught.value.remedy


@pytest.mark.parametrize("mode", ["error", "garbage"])
def test_an_authority_that_answers_the_library_wrongly_is_named(
    stamped: Manifests, tsa: Any, picture: Callable[[str], bytes], generator: Generator, mode: str
) -> None:
    """The library's own way to the authority ends in the same error."""
    tsa.will(mode)
    with pytest.raises(TimestampError) as caught:
        stamped.embed(picture("GIF"), "image/gif", Label(generator))

    assert caught.value.where == tsa.url


@pytest.mark.parametrize("mode", ["silent", "drip"])
def test_an_authority_that_does_not_come_to_an_end_is_left(
    tsa: Any, authority: Any, text: Any, generator: Generator, mode: str
) -> None:
    """An authority that takes the request and never answers, or never stops, is given up when its time is over."""
    tsa.will(mode)
    signer = Signer.from_pem(*authority.issue(), timestamp_url=tsa.url, timestamp_seconds=0.3)
    before = time.monotonic()
    with pytest.raises(TimestampError, match=r"within 0\.3 seconds"):
        Manifests(generator, signer).bind(Label(generator), text("Hello."), media_type="text/plain")

    assert time.monotonic() - before < 10  # the library alone waits for 30


def test_a_silent_authority_does_not_hold_the_library_up_and_is_not_asked_again(
    tsa: Any, authority: Any, picture: Callable[[str], bytes], generator: Generator
) -> None:
    """The library's call is left behind when time is over; until it ends, no further one hangs beside it."""
    tsa.will("silent")
    signer = Signer.from_pem(*authority.issue(), timestamp_url=tsa.url, timestamp_seconds=0.3)
    manifests, before = Manifests(generator, signer), time.monotonic()
    for _ in range(5):
        with pytest.raises(TimestampError):
            manifests.embed(picture("GIF"), "image/gif", Label(generator))

    assert time.monotonic() - before < 10
    assert tsa.asked == 1


def test_an_authority_that_is_not_there_is_named(authority: Any, text: Any, generator: Generator) -> None:
    """Nobody listens: an error at once."""
    signer = Signer.from_pem(*authority.issue(), timestamp_url="http://127.0.0.1:9/", timestamp_seconds=5)
    with pytest.raises(TimestampError, match="refused"):
        Manifests(generator, signer).bind(Label(generator), text("Hello."), media_type="text/plain")


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://tsa.example", "tsa.example", "http://", "http://[::1"]
)
def test_only_web_addresses_name_an_authority(authority: Any, url: str) -> None:
    """Anything but an http or https URL is refused at construction."""
    with pytest.raises(CredentialError, match="http or https"):
        Signer.from_pem(*authority.issue(), timestamp_url=url)


@pytest.mark.parametrize("seconds", [0, -1, 61, float("nan")])
def test_the_time_allowed_is_a_sensible_one(authority: Any, seconds: float) -> None:
    """No time at all, or a minute and more in a request, is refused at construction."""
    with pytest.raises(CredentialError, match="0 to 60 seconds"):
        Signer.from_pem(*authority.issue(), timestamp_url="http://tsa.example", timestamp_seconds=seconds)


def test_a_signer_with_an_authority_is_blocking(authority: Any) -> None:
    """Whoever has an event loop can see that this signer waits for a network."""
    chain, key = authority.issue()
    assert Signer.from_pem(chain, key, timestamp_url="http://tsa.example").blocking
    assert not Signer.from_pem(chain, key).blocking
