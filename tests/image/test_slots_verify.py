"""What a slot makes is a valid file to c2pa-rs and to a verifier that shares no code with it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import c2pa
import encypher_c2pa
import pytest
from PIL import Image

from labelkit.image.containers import Slot, slotted
from labelkit.image.metadata import write
from labelkit.label import Label

_EKUS = "1.3.6.1.4.1.62558.2.1\n"
_CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
}


@pytest.fixture(scope="module")
def credential(authority: Any) -> tuple[bytes, bytes]:
    """A signing certificate with its key, of the run's own authority."""
    chain, key = authority.issue()
    return chain, key


def _sign(credential: tuple[bytes, bytes], start: int, length: int, digest: bytes, fill: int) -> bytes:
    """A manifest with a hard binding of our own making; the library keeps one that it is given."""
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo("es256", *credential, None))
    settings = {
        "builder": {"thumbnail": {"enabled": False}},
        "trust": {"trust_config": _EKUS},
        "verify": {"verify_after_sign": False},
    }
    binding = {
        "exclusions": [{"start": start, "length": length}],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": list(digest),
        "pad": [],
    }
    definition = {
        "claim_generator_info": [{"name": "labelkit tests", "version": "1"}],
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [_CREATED]}, "created": True},
            {"label": "c2pa.hash.data", "data": binding},
            {"label": "org.example.fill", "data": {"fill": "x" * fill}},
        ],
    }
    with c2pa.Context.from_dict(settings, signer=signer) as context, c2pa.Builder(definition, context=context) as build:
        build.set_no_embed()
        manifest: bytes = build.sign("application/octet-stream", io.BytesIO(b"x"), io.BytesIO())
        return manifest


def _bind(slot: Slot, credential: tuple[bytes, bytes], fill: int) -> bytes:
    manifest = _sign(credential, slot.start, 70_000, bytes(range(200, 232)), fill)
    for _ in range(4):  # CBOR writes a length in as few bytes as it can, so the size settles
        expected = len(manifest)
        slot.expect(expected)
        manifest = _sign(credential, slot.start, slot.size(manifest), slot.digest(), fill)
        if len(manifest) == expected:
            return slot.assemble(manifest)
    raise AssertionError("the length of the manifest did not settle")


@pytest.mark.parametrize("fill", [0, 1, 150_000])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("image/png", {}),
        ("image/jpeg", {"icc_profile": b"profile" * 30}),
        ("image/webp", {}),
        ("image/webp", {"lossless": True, "exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}),
    ],
)
def test_two_verifiers_agree(
    kind: str,
    options: dict[str, Any],
    fill: int,
    credential: tuple[bytes, bytes],
    root_pem: bytes,
    label: Label,
    picture: Callable[..., Image.Image],
    encoded: Callable[..., bytes],
) -> None:
    """A manifest of even, odd and of several segments' length is trusted by c2pa-rs and valid in encypher-c2pa; one
    changed byte, in front of it or behind it, is found."""
    container = slotted(kind)
    assert container is not None
    data = write(encoded(picture(), kind, **options), kind, label)
    finished = _bind(container.slot(data), credential, fill)
    settings = {
        "trust": {"trust_anchors": root_pem.decode(), "trust_config": _EKUS},
        "verify": {"remote_manifest_fetch": False},
    }
    with c2pa.Context.from_dict(settings) as context:
        with c2pa.Reader(kind, io.BytesIO(finished), context=context) as reader:
            assert reader.get_validation_state() == "Trusted", json.loads(reader.json())["validation_results"]
        for at in (len(finished) - 3, finished.index(b"x:xmpmeta")):
            broken = bytearray(finished)
            broken[at] ^= 1
            with c2pa.Reader(kind, io.BytesIO(bytes(broken)), context=context) as reader:
                assert reader.get_validation_state() == "Invalid"
    report = encypher_c2pa.verify(finished, kind, trust_pem=root_pem.decode(), telemetry=False)
    assert (report["integrity"], report["signature"], report["hard_binding"]) == ("valid", "valid", "match")
    assert report["trust"]["status"] == "valid_for_supplied_material"
