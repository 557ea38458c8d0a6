"""Files that the library signs whole: rarer formats, and works that already have a history."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import c2pa
import pytest

from labelkit.errors import DamagedContentError, SigningError
from labelkit.label import Generator, Label, SourceType
from labelkit.provenance import Manifests, Report, Signer, Trust, manifest, read
from labelkit.provenance.trust import PURPOSES_TEXT

FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
}
FOREIGN = {
    "claim_generator_info": [{"name": "their-tool", "version": "3"}],
    "assertions": [
        {
            "label": "c2pa.actions",
            "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SourceType.CREATED.value}]},
        }
    ],
}
Picture = Callable[[str], bytes]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("altered", [False, True])
def test_each_format_is_trusted_by_two_verifiers(
    manifests: Manifests, picture: Picture, trust: Trust, verify: Any, generator: Generator, form: str, altered: bool
) -> None:
    """Every format that labelkit labels carries a manifest that two verifiers trust, without a thumbnail."""
    data, label = picture(form), Label(generator, altered)
    signed = manifests.embed(data, FORMATS[form], label)
    report = _read(signed, FORMATS[form], trust)
    other = verify(signed, FORMATS[form])

    assert (report.state, report.says["altered"], report.says["id"]) == ("trusted", altered, str(label.id))
    assert report.says["provider"] == "Example AI"
    assert (other["validation_state"], other["integrity"], other["hard_binding"]) == ("Trusted", "valid", "match")
    assert len(signed) - len(data) < 4000


@pytest.mark.parametrize("form", FORMATS)
def test_one_changed_byte_of_a_picture_is_caught(
    manifests: Manifests, picture: Picture, trust: Trust, verify: Any, generator: Generator, form: str
) -> None:
    """A byte of the picture itself that is changed after signing makes it invalid, here and elsewhere."""
    data = picture(form)
    signed = bytearray(manifests.embed(data, FORMATS[form], Label(generator)))
    body = data[len(data) // 2 :][:16]
    at = bytes(signed).rindex(body)
    signed[at + 5] ^= 1
    report = _read(bytes(signed), FORMATS[form], trust)

    assert report.state == "invalid"
    assert report.reason
    assert verify(bytes(signed), FORMATS[form])["validation_state"] == "Invalid"


@pytest.mark.parametrize("form", FORMATS)
def test_a_signed_picture_keeps_its_manifest_as_its_parent(
    manifests: Manifests, picture: Picture, trust: Trust, verify: Any, authority: Any, generator: Generator, form: str
) -> None:
    """A picture that somebody else signed is opened, and its manifest stays, as the parent of ours."""
    theirs = Manifests(
        Generator(provider="Somebody", system="their-model", version="9"),
        Signer.from_pem(*authority.issue(organization="Somebody")),
    )
    signed = theirs.embed(picture(form), FORMATS[form], Label(theirs.generator))
    both = manifests.embed(signed, FORMATS[form], Label(generator, altered=True))
    report = _read(both, FORMATS[form], trust)
    other = verify(both, FORMATS[form])

    assert (report.state, report.says["system"], report.says["ingredients"]) == ("trusted", "example-chat", 1)
    assert report.says["history"] == [SourceType.CREATED.value]
    assert other["validation_state"] == "Trusted"
    assert len(other["manifest_report"]["manifests"]) == 2


def test_a_parent_may_be_given_beside_the_work(
    manifests: Manifests, picture: Picture, trust: Trust, generator: Generator
) -> None:
    """When the picture was changed since, the work as it came is the parent, with its manifest intact."""
    came = manifests.embed(picture("PNG"), "image/png", Label(generator))
    both = manifests.embed(picture("PNG"), "image/png", Label(generator, altered=True), parent=came)
    report = _read(both, "image/png", trust)

    assert (report.state, report.says["ingredients"]) == ("trusted", 1)
    assert report.says["history"] == [SourceType.CREATED.value]


def test_a_tampered_parent_does_not_spoil_ours(
    manifests: Manifests, picture: Picture, trust: Trust, generator: Generator
) -> None:
    """What was broken before is told as an ingredient; what we say is still valid."""
    came = bytearray(manifests.embed(picture("PNG"), "image/png", Label(generator)))
    came[came.rindex(b"IDAT") + 20] ^= 1
    assert _read(bytes(came), "image/png", trust).state == "invalid"
    both = manifests.embed(bytes(came), "image/png", Label(generator, altered=True))

    assert _read(both, "image/png", trust).state == "trusted"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"not a picture at all" * 10])
def test_content_that_cannot_be_read_is_told(manifests: Manifests, data: bytes, generator: Generator) -> None:
    """The library's errors end here: what cannot be read is damaged content."""
    with pytest.raises(DamagedContentError) as caught:
        manifests.embed(data, "image/png", Label(generator))

    assert caught.value.where == "image/png"
    assert isinstance(caught.value.__cause__, c2pa.C2paError)


def test_what_does_not_read_back_is_never_handed_out(
    manifests: Manifests, picture: Picture, generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every signed file is read back; one that does not verify is an error, not an output."""
    monkeypatch.setattr(manifest, "read", lambda *_: Report("invalid", "it is broken"))
    with pytest.raises(SigningError, match="it is broken"):
        manifests.embed(picture("PNG"), "image/png", Label(generator))
    monkeypatch.setattr(manifest, "read", lambda *_: None)
    with pytest.raises(SigningError, match="no manifest"):
        manifests.embed(picture("PNG"), "image/png", Label(generator))


def test_a_template_that_does_not_read_back_is_never_used(
    generator: Generator, signer: Signer, appended: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One item of each template is read back first: a library that builds otherwise is found out, and named."""
    monkeypatch.setattr(manifest, "read_bound", lambda *_: Report("invalid", "it is broken"))
    with pytest.raises(SigningError, match="it is broken"):
        Manifests(generator, signer).bind(Label(generator), appended(b""), media_type="image/png")


def test_a_library_that_builds_otherwise_is_named(
    generator: Generator, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest whose structure labelkit does not know is refused, not filled in."""
    unready = Manifests(generator, signer)
    monkeypatch.setattr(unready._engine, "sidecar", lambda _: b"\0\0\0\x08jumb")
    with pytest.raises(SigningError, match="not built as labelkit knows it"):
        unready.prepare()


def test_a_pinned_signer_is_recognised_and_no_other(
    manifests: Manifests, authority: Any, picture: Picture, signer: Signer, generator: Generator
) -> None:
    """Trust in one signer knows its own works, though the same authority vouches for others."""
    other = Manifests(generator, Signer.from_pem(*authority.issue()))
    ours, theirs = (each.embed(picture("PNG"), "image/png", Label(generator)) for each in (manifests, other))
    pinned = Trust.pinned(signer.chain_pem)

    assert _read(ours, "image/png", pinned).state == "trusted"
    assert _read(theirs, "image/png", pinned).state == "valid"


def test_nothing_is_fetched_for_a_remote_manifest(
    signer: Signer, picture: Picture, trust: Trust, tsa: Any, manifests: Manifests, generator: Generator
) -> None:
    """A file that names a manifest elsewhere makes nobody call there: not by reading it, not by signing it."""
    context = c2pa.Context.from_dict(
        {"builder": {"thumbnail": {"enabled": False}}, "trust": {"trust_config": PURPOSES_TEXT}}
    )
    info = c2pa.C2paSignerInfo("es256", signer.chain_pem, signer.key_pem, None)
    target = io.BytesIO()
    with c2pa.Builder(FOREIGN, context=context) as builder:
        builder.set_no_embed()
        builder.set_remote_url(tsa.url)
        builder.sign(c2pa.Signer.from_info(info), "image/png", io.BytesIO(picture("PNG")), target)

    assert tsa.url.encode() in target.getvalue()
    assert read(target.getvalue(), "image/png", trust) is None
    manifests.embed(target.getvalue(), "image/png", Label(generator))
    assert tsa.asked == 0


def _read(data: bytes, media_type: str, trust: Trust) -> Report:
    report = read(data, media_type, trust)
    assert report is not None
    return report
