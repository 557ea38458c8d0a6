"""Manifests: the front of this package for writing. A label in, a signed manifest out."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from labelkit.errors import SigningError
from labelkit.label import Generator, Label
from labelkit.provenance.binding import Binder, Carrier
from labelkit.provenance.claims import bound, definition
from labelkit.provenance.jumbf import JumbfError
from labelkit.provenance.reading import read, read_bound
from labelkit.provenance.sdk import Engine, read_json
from labelkit.provenance.signing import Signer
from labelkit.provenance.template import Template
from labelkit.provenance.trust import Trust

_PROOF = b"labelkit reads back what it signs"


class Manifests:
    """Makes C2PA manifests for what one generator made, signed by one signer. ``own`` trusts that signer alone.

    Safe to share between threads and across forks. What the C2PA library has to make is made on first use, or by
    `prepare`.
    """

    def __init__(self, generator: Generator, signer: Signer) -> None:
        self.generator = generator
        self.signer = signer
        self.own = Trust.pinned(signer.chain_pem)
        self._engine = Engine(signer)
        self._binders: dict[bool, Binder] = {}

    def prepare(self) -> None:
        """Make what the first label would make, so that trouble shows before there is content to label.

        Raises:
            SigningError: the signer, its time-stamp authority or the library failed.
        """
        for created in (True, False):
            self._binder(created=created)

    def bind(self, label: Label, carrier: Carrier, *, media_type: str) -> bytes:
        """A manifest store for an asset that labelkit splices: its hard binding leaves out exactly
        ``[carrier.start, carrier.size(manifest)]``.

        One signature for carriers whose size follows from the manifest's length (pictures), 1.1 to 1.5 on average
        for text. Nothing depends on ``media_type`` yet: a version 2 claim does not name it.

        Raises:
            SigningError: the signer failed (TimestampError: its time-stamp authority).
        """
        return self._binder(created=label.altered is False).bind(self._ours(label), carrier)

    def embed(self, data: bytes, media_type: str, label: Label, *, parent: bytes | None = None) -> bytes:
        """A signed file, through the library whole: for formats that labelkit does not splice, and for works with a
        history.

        ``parent`` is the work as it came, with its manifest, which becomes the parent ingredient; without it, ``data``
        itself is the parent if it carries a manifest.

        Raises:
            DamagedContentError: the content cannot be read.
            SigningError: the signer failed (TimestampError: its time-stamp authority).
        """
        if parent is None and read_json(media_type, data, Trust()) is not None:
            parent = data
        claims = definition(self._ours(label), opened=parent is not None, embedded=True)
        signed = self._engine.embed(claims, media_type, data, parent)
        report = read(signed, media_type, Trust())
        if report is None or report.state == "invalid":
            raise SigningError(
                f"What was signed does not verify: {report.reason if report else 'there is no manifest in it'}",
                where=media_type,
                remedy="Report this with the kind of file that it was.",
            )
        return signed

    def _ours(self, label: Label) -> Label:
        # The template was made for this generator; a label of another would be signed under the wrong name.
        if label.generator is not self.generator and label.generator != self.generator:
            raise SigningError(
                f"The label is of {label.generator}, these manifests are for {self.generator}",
                where="Manifests",
                remedy="Make a Manifests, or a Labeler, per generator.",
            )
        return label

    def _binder(self, *, created: bool) -> Binder:
        binder = self._binders.get(created)
        if binder is None:
            # Plain Python, so good in a forked child; made twice at worst when threads race.
            binder = self._binders.setdefault(created, self._prove(created=created))
        return binder

    def _prove(self, *, created: bool) -> Binder:
        """A binder whose template the library has made, and one item of which it has read back."""
        label = Label(self.generator, altered=not created)
        store = self._engine.sidecar(bound(definition(label), 0, 0, bytes(32)))
        try:
            binder = Binder(self.signer, Template(store, label))
        except (JumbfError, ValueError) as error:
            raise SigningError(
                f"The C2PA library's manifest is not built as labelkit knows it: {error}",
                where="template",
                remedy="Use the versions of c2pa-python that labelkit names.",
            ) from error
        carrier = _Appended(_PROOF)
        label = replace(label, id=Label(self.generator).id)
        manifest = binder.bind(label, carrier)
        report = read_bound(manifest, _PROOF + manifest, carrier.start, carrier.size(manifest), Trust())
        if report.state == "invalid" or report.says.get("id") != str(label.id):
            raise SigningError(
                f"What was signed does not verify: {report.reason}",
                where="template",
                remedy="Use the versions of c2pa-python that labelkit names.",
            )
        return binder


class _Appended:
    """An asset with its manifest plainly behind it."""

    def __init__(self, asset: bytes) -> None:
        self._asset = asset
        self.start = len(asset)

    def digest(self) -> bytes:
        return sha256(self._asset).digest()

    def size(self, manifest: bytes) -> int:
        return len(manifest)
