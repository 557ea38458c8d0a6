"""The hard binding of a manifest that stands in a text: whether the hash in it is the content's (C2PA 2.4, A.8)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import cbor2

from labelkit import nfc
from labelkit.provenance.jumbf import JumbfError, read_store

_HARD_BINDINGS = "c2pa.hash."
_BINDING = "c2pa.hash.data"
_CLAIMS = ("c2pa.claim", "c2pa.claim.v2")
_ALGORITHMS = ("sha256", "sha384", "sha512")  # C2PA 2.2, section 13.1
_CHANGED = "the content was changed after it was signed"


def problem_of(manifest: bytes, active: str, asset: bytes, start: int, length: int) -> str | None:
    """Why the manifest is not bound to ``asset`` without the range from ``start``; None when it is.

    ``active`` is the label of the manifest whose signature was checked: the one here must be the same.
    """
    try:
        binding, alg = _binding(manifest, active)
    except (JumbfError, cbor2.CBORDecodeError, ValueError, RecursionError) as error:
        return f"the hard binding cannot be read: {error}"
    if binding.get("exclusions") != [{"start": start, "length": length}]:
        return "the signed range is not the one where the manifest stands: text was added, removed or moved before it"
    if alg not in _ALGORITHMS:
        return f"the content is hashed with {alg!r:.40}, which C2PA does not allow"
    rest = asset[:start] + asset[start + length :]
    for form in (rest, _normalised(rest)):
        if form is not None and hashlib.new(alg, form).digest() == binding.get("hash"):
            return None
    return _CHANGED


def _normalised(rest: bytes) -> bytes | None:
    """A.8.7: the hash covers the text's NFC, so a text that was streamed as it came may differ from it in bytes."""
    try:
        return nfc.normalize(rest.decode()).encode()
    except UnicodeError:
        return None


def _binding(store: bytes, active: str) -> tuple[dict[str, Any], str]:
    """The assertion `c2pa.hash.data` of the active manifest, and the hash algorithm that holds for it.

    Every box on the way to it must be the only one of its name: of two, the library might check the signature over
    one, and this might read the other.
    """
    outer = read_store(store)
    manifest = outer.named(active)
    if manifest is not list(outer.superboxes())[-1]:
        raise JumbfError("the active manifest is not the last one")
    bindings = [
        each for each in manifest.named("c2pa.assertions").superboxes() if each.label.startswith(_HARD_BINDINGS)
    ]
    # Two of them, or one by another name, and what is checked here might not be what the claim names.
    if [each.label for each in bindings] != [_BINDING]:
        raise JumbfError("not one data hash")
    binding = cbor2.loads(bindings[0].content(b"cbor"))
    (claim_box,) = [each for each in manifest.superboxes() if each.label in _CLAIMS]
    claim = cbor2.loads(claim_box.content(b"cbor"))
    if not isinstance(binding, Mapping) or not isinstance(claim, Mapping):
        raise JumbfError("not one claim with one data hash")
    # C2PA 2.2, section 15.4: the assertion's own algorithm, or else the claim's.
    alg = binding.get("alg", claim.get("alg"))
    return dict(binding), alg if isinstance(alg, str) else ""
