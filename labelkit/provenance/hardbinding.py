"""The hard binding of a manifest that stands in a text: whether the hash in it is the content's (C2PA 2.4, A.8)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from unicodedata import normalize

import cbor2

from labelkit.provenance.jumbf import JumbfError, SuperBox, read_store

_HARD_BINDINGS = "c2pa.hash."
_BINDING = "c2pa.hash.data"
_CHANGED = "the content was changed after it was signed"


def problem_of(manifest: bytes, active: str, asset: bytes, start: int, length: int) -> str | None:
    """Why the manifest is not bound to ``asset`` without the range from ``start``; None when it is.

    ``active`` is the label of the manifest whose signature was checked: the one here must be the same.
    """
    try:
        binding = _binding(manifest, active)
    except (JumbfError, cbor2.CBORDecodeError, ValueError, RecursionError) as error:
        return f"the hard binding cannot be read: {error}"
    if binding.get("exclusions") != [{"start": start, "length": length}]:
        return "the signed range is not the one where the manifest stands: text was added, removed or moved before it"
    if binding.get("alg", "sha256") != "sha256":
        return f"the content is hashed with {binding['alg']!r:.40}, which labelkit does not know"
    rest = asset[:start] + asset[start + length :]
    if sha256(rest).digest() == binding.get("hash"):
        return None
    return None if _normalised_hash(rest) == binding.get("hash") else _CHANGED


def _normalised_hash(rest: bytes) -> bytes | None:
    """A.8.7: the hash covers the text's NFC, so a text that was streamed as it came may differ from it in bytes."""
    try:
        return sha256(normalize("NFC", rest.decode()).encode()).digest()
    except UnicodeError:
        return None


def _binding(store: bytes, active: str) -> dict[str, Any]:
    *_, manifest = _manifests(read_store(store))
    if manifest.label != active:
        raise JumbfError("the active manifest is not the last one")
    bindings = [
        each for each in manifest.named("c2pa.assertions").superboxes() if each.label.startswith(_HARD_BINDINGS)
    ]
    # Two of them, or one by another name, and what is checked here might not be what the claim names.
    if [each.label for each in bindings] != [_BINDING]:
        raise JumbfError("not one data hash")
    found = cbor2.loads(bindings[0].content(b"cbor"))
    if not isinstance(found, dict):
        raise JumbfError("a data hash that is no map")
    return dict(found)


def _manifests(store: SuperBox) -> list[SuperBox]:
    manifests = list(store.superboxes())
    if not manifests:
        raise JumbfError("no manifest")
    return manifests
