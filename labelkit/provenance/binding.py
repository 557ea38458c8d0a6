"""Binding: a template, a signer and an asset make a signed manifest whose size is known before it is signed.

The hard binding names the range that the manifest takes up, and is itself signed: the size must be right before the
signature exists. In a picture it follows from the number of bytes. In text each byte takes three or four bytes of
UTF-8, so it also follows from the signature's own bytes, and padding has to make up the difference.
"""

from __future__ import annotations

import time
from typing import Protocol

from labelkit.errors import SigningError
from labelkit.label import Label
from labelkit.provenance.cose import Envelope, Pads, head, paddings
from labelkit.provenance.keys import twin
from labelkit.provenance.signing import Signer
from labelkit.provenance.template import Draft, Template
from labelkit.provenance.timestamp import fetch_token

# Each attempt fits with a probability of 2/3 or more; that so many fail is not to be expected in this universe.
_ATTEMPTS = 40
_USUAL_LENGTH = 0xFFFF  # of an exclusion: it takes three bytes in CBOR from 256 on up to here
_PROBE = 16
# How much padding there is to begin with: room on both sides for what the unforeseeable bytes may weigh, and where
# there is a time-stamp, for one that is longer than the one before.
_NOMINAL: Pads = (26,)
_NOMINAL_STAMPED: Pads = (90,)
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
        self._nominal = _NOMINAL if signer.timestamp_url is None else _NOMINAL_STAMPED
        self._token: bytes | None = None  # the last one: the next will be about as long
        self._samples: dict[tuple[int, int], bytes] = {}  # by how many bytes start and length take in CBOR
        self.signatures = 0

    def bind(self, label: Label, carrier: Carrier) -> bytes:
        """A manifest store for ``label``, bound to the asset that ``carrier`` stands for.

        Raises:
            SigningError: the signer failed, or (as TimestampError) its time-stamp authority.
        """
        deadline = time.monotonic() + self._signer.timestamp_seconds
        if self._signer.timestamp_url is not None and self._token is None:
            self._token = self._stamp(b"labelkit asks how long a time-stamp is", deadline)
        length = self._length(label, carrier)
        digest = carrier.digest()
        for _ in range(_ATTEMPTS):
            draft = self._template.draft(label, carrier.start, length, digest)
            fitting = self._sign(draft, carrier, length, deadline)
            if fitting is not None:
                return fitting
        raise SigningError(
            "No signature fitted into the place that the text has for it",
            where=f"after {_ATTEMPTS} signatures",
            remedy="Report this: the carrier's size does not follow from its content.",
        )

    def _length(self, label: Label, carrier: Carrier) -> int:
        """How many bytes of the asset the manifest is given; tells the carrier its length where that asks for it."""
        start, length = carrier.start, _USUAL_LENGTH
        while True:
            widths = (len(head(0, start)), len(head(0, length)))
            sample = self._samples.get(widths)
            if sample is None or self._token is not None:
                sample = self._samples[widths] = self._sample(label, start, length)
            length = carrier.size(sample)
            if len(head(0, length)) <= widths[1]:
                break
        _announce(carrier, len(sample))
        return length

    def _sample(self, label: Label, start: int, length: int) -> bytes:
        return self._close(self._template.sample(label, start, length), self._unsigned, self._nominal, self._token)

    def _sign(self, draft: Draft, carrier: Carrier, length: int, deadline: float) -> bytes | None:
        signature = self._signer.sign(self._envelope.to_sign(draft.claim))
        self.signatures += 1
        token = None
        if self._signer.timestamp_url is not None:
            token = self._token = self._stamp(signature, deadline)
        fitting = self._fit(draft, signature, token, carrier, length)
        if fitting is not None or token is not None:
            return fitting
        other = twin(signature, self._signer.alg)
        return None if other is None else self._fit(draft, other, None, carrier, length)

    def _fit(self, draft: Draft, signature: bytes, token: bytes | None, carrier: Carrier, length: int) -> bytes | None:
        """The manifest, padded so that it takes exactly ``length`` in the asset; None when no padding does that."""
        store = self._close(draft, signature, self._nominal, token)
        size = carrier.size(store)
        if size == length:
            return store
        # What one zero of padding takes in the asset: 3 bytes of UTF-8 as a selector, 1 in a picture.
        weight = max(1, round((carrier.size(store + bytes(_PROBE)) - size) / _PROBE))
        for pads in paddings(sum(self._nominal) + (length - size) // weight):
            store = self._close(draft, signature, pads, token)
            more, rest = divmod(length - carrier.size(store), weight)
            if more and not rest and pads[0] + more >= 0:
                store = self._close(draft, signature, (pads[0] + more, *pads[1:]), token)
                rest = length - carrier.size(store)
            elif more:
                continue
            if not rest:
                return store
        return None

    def _stamp(self, signature: bytes, deadline: float) -> bytes:
        url = self._signer.timestamp_url
        assert url is not None
        return fetch_token(url, self._envelope.to_stamp(signature), deadline - time.monotonic())

    def _close(self, draft: Draft, signature: bytes, pads: Pads, token: bytes | None) -> bytes:
        return draft.close(self._envelope.seal(signature, pads, token))


def _announce(carrier: Carrier, size: int) -> None:
    """Tell the carrier how long the manifest will be, where it asks: some formats write that into what is hashed."""
    expect = getattr(carrier, "expect", None)
    if expect is not None:
        expect(size)
