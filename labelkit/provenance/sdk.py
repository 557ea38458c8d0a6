"""The C2PA library, and nothing else of it in labelkit: the only importer of ``c2pa``. Its errors end here.

Thumbnails are off (they cost up to 150 times the signature), the purposes of certificates are always named (c2pa
0.91 forgets its own list), and nothing is ever fetched. Contexts belong to one process: a child makes its own.
"""

from __future__ import annotations

import io
import json
import os
import threading
from typing import Any

import c2pa
from c2pa import C2paError

from labelkit.errors import DamagedContentError, LabelkitError, SigningError
from labelkit.provenance.claims import PARENT
from labelkit.provenance.signing import Signer
from labelkit.provenance.timestamp import refused, too_late, within
from labelkit.provenance.trust import PURPOSES_TEXT, Trust

_SIGNING = {
    "builder": {"thumbnail": {"enabled": False}},
    "trust": {"trust_config": PURPOSES_TEXT},
    # What was signed is read back by `Manifests`, hash and all, which the library's own check leaves out.
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
}
_ELSEWHERE = "Remote: must fetch"  # an error without a class of its own
_BYTES_A_SECOND = 20_000_000  # what the library signs at least; it is given that much time beside the authority's
_readers: dict[tuple[int, Trust], c2pa.Context] = {}


class Engine:
    """The library's side of one signer. Safe between threads and across forks."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._contexts: dict[tuple[int, str | None], c2pa.Context] = {}  # by process, and authority to be asked
        self._failure = threading.local()
        self._late: threading.Event | None = None

    def sidecar(self, definition: dict[str, Any]) -> bytes:
        """A manifest store that is not in an asset; the definition has its own hard binding. Never time-stamped.

        Raises:
            SigningError: the library or the signer failed.
        """
        return self._run(definition, "application/octet-stream", b"\0", None, embed=False)[1]

    def embed(self, definition: dict[str, Any], media_type: str, data: bytes, parent: bytes | None) -> bytes:
        """``data`` with a manifest in it; ``parent`` is the work that it was made from, with its own manifest.

        Raises:
            SigningError: the library or the signer failed (TimestampError: its authority).
            DamagedContentError: the library cannot read the content.
        """
        if self._signer.timestamp_url is None:
            return self._run(definition, media_type, data, parent, embed=True)[0]
        return self._embed_stamped(definition, media_type, data, parent)

    def _embed_stamped(self, definition: dict[str, Any], media_type: str, data: bytes, parent: bytes | None) -> bytes:
        """The library asks the authority itself and waits 30 seconds for it, whatever it is told. We do not."""
        url, seconds = self._signer.timestamp_url or "", self._signer.timestamp_seconds
        late = self._late
        if late is not None and not late.is_set():
            raise too_late(url, 0)  # one call already hangs; more of them would pile threads up
        done = threading.Event()

        def work() -> bytes:
            try:
                return self._run(definition, media_type, data, parent, embed=True)[0]
            finally:
                done.set()

        try:
            return within(seconds + len(data) / _BYTES_A_SECOND, url, work)
        finally:
            self._late = None if done.is_set() else done

    def _run(
        self, definition: dict[str, Any], media_type: str, data: bytes, parent: bytes | None, *, embed: bool
    ) -> tuple[bytes, bytes]:
        # Into a private buffer: when its own check fails, the library has already written what it raises about.
        target = io.BytesIO()
        self._failure.error = None
        try:
            with c2pa.Builder(
                definition, context=self._context(self._signer.timestamp_url if embed else None)
            ) as builder:
                if parent is not None:
                    builder.add_ingredient(PARENT, media_type, io.BytesIO(parent))
                if not embed:
                    builder.set_no_embed()
                manifest = builder.sign(media_type, io.BytesIO(data), target)
        except C2paError as error:
            failure: Exception | None = self._failure.error
            if isinstance(failure, LabelkitError):
                raise failure from failure.__cause__
            raise self._translated(error, media_type) from (failure or error)
        return target.getvalue(), bytes(manifest)

    def _translated(self, error: C2paError, media_type: str) -> LabelkitError:
        if isinstance(error, C2paError.Signature) and self._signer.timestamp_url is not None:
            return refused(self._signer.timestamp_url, _brief(error))
        if isinstance(error, C2paError.Signature | C2paError.Verify):
            return SigningError(
                f"The C2PA library did not sign: {_brief(error)}",
                where=media_type,
                remedy="See the chained error of the library; the certificate itself has passed labelkit's checks.",
            )
        return _damaged(error, media_type)

    def _context(self, url: str | None) -> c2pa.Context:
        key = (os.getpid(), url)
        found = self._contexts.get(key)
        if found is None:
            # Two threads may both make one; either is good, so there is no lock that a fork could catch held.
            found = self._contexts.setdefault(key, self._make(url))
        return found

    def _make(self, url: str | None) -> c2pa.Context:
        signer = self._signer
        try:
            if signer.key_pem is not None:
                info = c2pa.C2paSignerInfo(signer.alg, signer.chain_pem, signer.key_pem, url)
                native = c2pa.Signer.from_info(info)
            else:
                alg = c2pa.C2paSigningAlg[signer.alg.upper()]
                native = c2pa.Signer.from_callback(self._call, alg, signer.chain_pem.decode(), url)
            return c2pa.Context.from_dict(_SIGNING, signer=native)
        except C2paError as error:
            raise SigningError(
                f"The C2PA library does not take the signer: {_brief(error)}",
                where=signer.subject,
                remedy="Check the certificate and its key.",
            ) from error

    def _call(self, data: bytes) -> bytes:
        try:
            return self._signer.sign(data)
        except Exception as error:  # the library would lose it; it is raised when sign() comes back
            self._failure.error = error
            raise


def read_json(media_type: str, data: bytes, trust: Trust, manifest: bytes | None = None) -> dict[str, Any] | None:
    """What the library says of content and its manifest, as it says it; None when there is none in here: it may be
    elsewhere, where nobody goes to fetch it.

    Raises:
        DamagedContentError: it cannot read content or manifest.
    """
    try:
        with c2pa.Reader(media_type, io.BytesIO(data), manifest, context=_reading(trust)) as reader:
            found: dict[str, Any] = json.loads(reader.json())
    except (C2paError.ManifestNotFound, C2paError.NotSupported):
        return None
    except (C2paError, ValueError) as error:
        if str(error).startswith(_ELSEWHERE):
            return None
        raise _damaged(error, media_type) from error
    return found


def _reading(trust: Trust) -> c2pa.Context:
    key = (os.getpid(), trust)
    found = _readers.get(key)
    if found is None:
        believed: dict[str, Any] = {"trust_config": PURPOSES_TEXT}
        if trust.anchors_pem:
            believed["trust_anchors"] = trust.anchors_pem.decode()
        if trust.signers_pem:  # the library knows a list of single signers in this form only
            listed = {"trust_anchors": "", "allowed_list": trust.signers_pem.decode()}
            believed["anchors"] = [{**listed, "trust_kind": "manifest", "trust_uri": "labelkit:pinned"}]
        settings = {**_SIGNING, "trust": believed}
        found = _readers.setdefault(key, c2pa.Context.from_dict(settings))
    return found


def _damaged(error: Exception, media_type: str) -> DamagedContentError:
    return DamagedContentError(
        f"The C2PA library cannot read the content: {_brief(error)}",
        where=media_type,
        remedy="Pass the whole, unbroken file.",
    )


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
