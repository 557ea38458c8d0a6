"""Binding: a template, a signer and an asset make a signed manifest whose size is known before it is signed.

The hard binding names the range that the manifest takes up, and is itself signed: the size must be right before the
signature exists. In a picture it follows from the number of bytes. In text each byte takes three or four bytes of
UTF-8, so it also follows from the signature's own bytes, and padding has to make up the difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from labelkit.errors import SigningError
from labelkit.label import Label
from labelkit.provenance.cose import NOMINAL, Envelope, Pads, head, paddings
from labelkit.provenance.keys import twin
from labelkit.provenance.signing import Signer
from labelkit.provenance.template import Draft, Template
from labelkit.provenance.timestamp import fetch_token

# Each attempt fits with a probability of 2/3 or more; that so many fail is not to be expected in this universe.
_ATTEMPTS = 40
_USUAL_LENGTH = 0xFFFF  # of an exclusion: it takes three bytes in CBOR from 256 on up to here
_HIGH = b"\xff"  # stands for bytes not known yet: what is real can only weigh less in text, and padding adds


class Carrier(Protocol):
    """How a manifest is put into an asset that labelkit splices itself."""

    @property
    def start(self) -> int:
        """The byte offset in the finished asset where the excluded range begins."""
        ...

    def digest(self) -> bytes:
        """SHA-256 of the asset without the excluded range."""
        ...

    def size(self, manifest: bytes) -> int:
        """How many bytes ``manifest`` takes in the asset once encoded: the length of the excluded range."""
        ...


class Binder:
    """Fills templates in and signs them, for one signer.

    ``signatures`` counts what was signed, for tests and measurements.
    """

    def __init__(self, signer: Signer, template: Template) -> None:
        self._signer = signer
        self._template = template
        self._envelope = Envelope(template.protected)
        self._unsigned = _HIGH * signer.chain.signature_size
        self._token: bytes | None = None  # the last one: the next will be about as long
        self.signatures = 0

    def bind(self, label: Label, carrier: Carrier) -> bytes:
        """A manifest store for ``label``, bound to the asset that ``carrier`` stands for.

        Raises:
            SigningError: the signer failed, or (as TimestampError) its time-stamp authority.
        """
        deadline = time.monotonic() + self._signer.timestamp_seconds
        if self._signer.timestamp_url is not None and self._token is None:
            self._token = self._stamp(b"labelkit asks how long a time-stamp is", deadline)
        digest = None
        start = carrier.start
        for _ in range(_ATTEMPTS):
            values = self._template.values(label)
            draft = self._template.draft(values, start, _USUAL_LENGTH, _HIGH * 32)
            store = self._close(draft, self._unsigned, NOMINAL, self._token)
            length = carrier.size(store)
            if len(head(0, length)) != len(head(0, _USUAL_LENGTH)):
                draft = self._template.draft(values, start, length, _HIGH * 32)
                store = self._close(draft, self._unsigned, NOMINAL, self._token)
                length = carrier.size(store)
            if digest is None:
                _announce(carrier, len(store))
                digest = carrier.digest()
            draft = self._template.draft(values, start, length, digest)
            fitting = self._sign(draft, carrier, length, deadline)
            if fitting is not None:
                return fitting
        raise SigningError(
            "No signature fitted into the place that the text has for it",
            where=f"after {_ATTEMPTS} signatures",
            remedy="Report this: the carrier's size does not follow from its content.",
        )

    def _sign(self, draft: Draft, carrier: Carrier, length: int, deadline: float) -> bytes | None:
        signature = self._signer.sign(self._envelope.to_sign(draft.claim))
        self.signatures += 1
        if self._signer.timestamp_url is not None:
            self._token = self._stamp(signature, deadline)
            return _fit(lambda pads: self._close(draft, signature, pads, self._token), carrier, length)
        fitting = _fit(lambda pads: self._close(draft, signature, pads, None), carrier, length)
        other = None if fitting is not None else twin(signature, self._signer.alg)
        if other is None:
            return fitting
        return _fit(lambda pads: self._close(draft, other, pads, None), carrier, length)

    def _stamp(self, signature: bytes, deadline: float) -> bytes:
        url = self._signer.timestamp_url
        assert url is not None
        return fetch_token(url, self._envelope.to_stamp(signature), deadline - time.monotonic())

    def _close(self, draft: Draft, signature: bytes, pads: Pads, token: bytes | None) -> bytes:
        return draft.close(self._envelope.seal(signature, pads, token))


def _fit(close: Callable[[Pads], bytes], carrier: Carrier, length: int) -> bytes | None:
    """The manifest, padded so that it takes exactly ``length`` in the asset; None when no padding does that."""
    store = close(NOMINAL)
    gap = length - carrier.size(store)
    if not gap:
        return store
    weight = _weight_of_zero(store, carrier)
    zeros = sum(NOMINAL) + gap // weight
    for pads in paddings(zeros):
        store = close(pads)
        gap = length - carrier.size(store)
        if gap and not gap % weight:
            pads = (pads[0] + gap // weight, *pads[1:])
            if pads[0] < 0:
                continue
            store = close(pads)
            gap = length - carrier.size(store)
        if not gap:
            return store
    return None


def _weight_of_zero(store: bytes, carrier: Carrier) -> int:
    return max(1, round((carrier.size(store + bytes(16)) - carrier.size(store)) / 16))


def _announce(carrier: Carrier, size: int) -> None:
    """Tell the carrier how long the manifest will be, where it asks: some formats write that into what is hashed."""
    expect = getattr(carrier, "expect", None)
    if expect is not None:
        expect(size)
