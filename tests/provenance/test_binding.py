"""Manifests that labelkit places itself: bound to the asset, exact in size, and believed by other verifiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelkit.errors import SigningError
from labelkit.label import Generator, Label
from labelkit.provenance import Manifests, Signer, Trust, read, read_bound

KEYS: dict[str, Callable[[], Any]] = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
}
WORDS = "Съешь же ещё этих мягких французских булок. A quick brown fox. "


@pytest.fixture(scope="module", params=KEYS)
def any_manifests(request: pytest.FixtureRequest, generator: Generator, authority: Any) -> Manifests:
    """Manifests by each algorithm in turn."""
    return Manifests(generator, Signer.from_pem(*authority.issue(KEYS[request.param]())))


@pytest.mark.parametrize("altered", [False, True, None])
def test_a_signed_text_is_trusted_by_two_verifiers(
    any_manifests: Manifests, text: Any, trust: Trust, verify: Any, generator: Generator, altered: bool | None
) -> None:
    """What bind() makes is trusted by c2pa-rs and by encypher-c2pa, whatever the key and the claim."""
    label = Label(generator, altered)
    carrier = text(WORDS)
    manifest = any_manifests.bind(label, carrier, media_type="text/plain")
    asset = carrier.signed(manifest)

    report = read_bound(manifest, asset, carrier.start, len(asset) - carrier.start, trust)
    other = verify(asset, "text/plain")

    assert (report.state, report.codes) == ("trusted", ())
    assert other["validation_state"] == "Trusted"
    assert (other["integrity"], other["signature"], other["hard_binding"]) == ("valid", "valid", "match")
    assert other["validation_results"]["failure"] == []


def test_a_report_tells_the_whole_label(manifests: Manifests, text: Any, trust: Trust, generator: Generator) -> None:
    """Everything that a label says comes back, as JSON has it."""
    label = Label(generator)
    carrier = text(WORDS)
    manifest = manifests.bind(label, carrier, media_type="text/plain")
    report = read_bound(manifest, carrier.signed(manifest), carrier.start, carrier.size(manifest), trust)

    assert report.says == {
        "provider": "Example AI",
        "system": "example-chat",
        "version": "2.1",
        "id": str(label.id),
        "time": label.stamp,
        "source_type": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "altered": False,
        "detector": None,
        "signer": "Test signer, Example tests",
        "alg": "es256",
        "timestamp": None,
        "timestamp_trusted": False,
        "ingredients": 0,
        "history": [],
        "development": False,
        "generator_info": report.says["generator_info"],
    }
    assert report.says["generator_info"].startswith("labelkit ")
    assert report.serial == manifests.signer.serial


def test_a_detector_is_named_where_one_is_declared(
    signer: Signer, text: Any, picture: Callable[[str], bytes], trust: Trust, verify: Any, generator: Generator
) -> None:
    """The signpost is in the claim of texts and pictures, from the template and from the library, and nobody minds."""
    declared = replace(generator, detector="https://example.com/check?of=a&b=%D1%84")
    manifests, carrier = Manifests(declared, signer), text(WORDS)
    manifest = manifests.bind(Label(declared), carrier, media_type="text/plain")
    asset = carrier.signed(manifest)
    embedded = manifests.embed(picture("GIF"), "image/gif", Label(declared))

    told = read_bound(manifest, asset, carrier.start, carrier.size(manifest), trust), read(embedded, "image/gif", trust)
    for report, other in zip(told, (verify(asset, "text/plain"), verify(embedded, "image/gif")), strict=True):
        assert report is not None
        assert report.state == "trusted"
        assert report.says["detector"] == declared.detector
        assert other["validation_state"] == "Trusted"


@pytest.mark.parametrize("altered", [True, None])
def test_changed_content_is_told_as_edited(
    manifests: Manifests, text: Any, verify: Any, generator: Generator, altered: bool | None
) -> None:
    """Content that the AI changed, or may have, begins with c2pa.opened and is c2pa.edited, as a composite."""
    carrier = text(WORDS)
    asset = carrier.signed(manifests.bind(Label(generator, altered), carrier, media_type="text/plain"))
    (manifest,) = verify(asset, "text/plain")["manifest_report"]["manifests"].values()
    (actions,) = [each["data"]["actions"] for each in manifest["assertions"] if "actions" in each["label"]]

    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")


def test_the_kind_of_model_is_disclosed(manifests: Manifests, text: Any, verify: Any, generator: Generator) -> None:
    """The assertion c2pa.ai-disclosure says what kind of model it was: the one field that it must have."""
    carrier = text(WORDS)
    asset = carrier.signed(manifests.bind(Label(generator), carrier, media_type="text/plain"))
    (manifest,) = verify(asset, "text/plain")["manifest_report"]["manifests"].values()
    disclosed = {each["label"]: each["data"] for each in manifest["assertions"]}["c2pa.ai-disclosure"]

    assert disclosed == {"modelType": "c2pa.types.model", "modelName": "example-chat 2.1"}


def test_two_hundred_of_two_hundred_texts_are_valid(
    manifests: Manifests, text: Any, trust: Trust, generator: Generator
) -> None:
    """No item of a template is worse than another, and few need a second signature."""
    binder = manifests._binder(created=True)
    before, states, items = binder.signatures, [], 200
    for number in range(items):
        carrier = text(WORDS * (number % 7) + str(number))
        manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
        report = read_bound(manifest, carrier.signed(manifest), carrier.start, carrier.size(manifest), trust)
        states.append(report.state)

    assert states == ["trusted"] * items
    assert binder.signatures - before < 1.5 * items


def test_each_item_has_an_identity_of_its_own(manifests: Manifests, appended: Any, generator: Generator) -> None:
    """URN and salts are fresh for each item, even for one label: they are what others refer to it by."""
    label, carrier = Label(generator), appended(b"asset")
    first, second = (manifests.bind(label, carrier, media_type="image/png") for _ in range(2))

    urns = [store[store.index(b"urn:c2pa:") :][:45] for store in (first, second)]
    salts = [store[store.index(b"c2sh") :][4:20] for store in (first, second)]
    assert urns[0] != urns[1]
    assert salts[0] != salts[1]


@pytest.mark.parametrize("position", range(0, 400, 23))
def test_one_changed_byte_is_caught(
    manifests: Manifests, text: Any, trust: Trust, verify: Any, generator: Generator, position: int
) -> None:
    """A byte of the text that is changed after signing makes it invalid, here and elsewhere."""
    carrier = text("x" * 400)
    manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
    asset = bytearray(carrier.signed(manifest))
    asset[position] ^= 1
    report = read_bound(manifest, bytes(asset), carrier.start, carrier.size(manifest), trust)

    assert report.state == "invalid"
    assert report.reason == "the content was changed after it was signed"
    assert "assertion.dataHash.mismatch" in report.codes
    assert verify(bytes(asset), "text/plain")["validation_state"] == "Invalid"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_one_changed_byte_of_the_manifest_never_passes_for_more(
    manifests: Manifests, appended: Any, trust: Trust, generator: Generator, position: int, flip: int
) -> None:
    """A changed byte in the manifest raises nothing and is invalid, or lies where no signature reaches: the padding
    and the names of the boxes around it. What it says is then still what was signed."""
    carrier = appended(b"asset")
    label = Label(generator)
    manifest = manifests.bind(label, carrier, media_type="image/png")
    changed = bytearray(manifest)
    changed[position % len(manifest)] ^= flip
    asset = carrier.asset + bytes(12) + bytes(changed)
    report = read_bound(bytes(changed), asset, carrier.start, carrier.size(manifest), trust)

    if report.state != "invalid":
        assert (report.says["id"], report.says["system"]) == (str(label.id), "example-chat")


def test_a_manifest_moved_to_another_text_is_invalid(
    manifests: Manifests, text: Any, trust: Trust, generator: Generator
) -> None:
    """A manifest proves nothing of a text that it was not made for, of the same length even."""
    carrier, other = text("What was signed."), text("What was forged.")
    manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
    report = read_bound(manifest, other.signed(manifest), other.start, other.size(manifest), trust)

    assert report.state == "invalid"


@pytest.mark.parametrize("shift", [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, 1)])
def test_a_manifest_must_stand_where_it_says(
    manifests: Manifests, text: Any, trust: Trust, generator: Generator, shift: tuple[int, int]
) -> None:
    """A range other than the signed one is refused: something could hide in the difference."""
    carrier = text("What was signed.")
    manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
    asset = carrier.signed(manifest) + b" "
    report = read_bound(manifest, asset, carrier.start + shift[0], carrier.size(manifest) + shift[1], trust)

    assert report.state == "invalid"


def test_a_text_that_is_not_normalised_is_valid_as_it_came(
    manifests: Manifests, text: Any, trust: Trust, generator: Generator
) -> None:
    """A stream that was not NFC is bound over its NFC and read as it came (C2PA 2.4, A.8.7)."""

    class Streamed(text):  # type: ignore[misc]
        def digest(self) -> bytes:
            return bytes(text(normalize("NFC", self.text)).digest())

    carrier = Streamed("cafe\u0301 " * 5)
    manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
    report = read_bound(manifest, carrier.signed(manifest), carrier.start, carrier.size(manifest), trust)

    assert report.state == "trusted"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(codec="utf-8"), max_size=300), altered=st.sampled_from([False, True]))
def test_the_signed_length_is_the_wrappers_length_exactly(
    manifests: Manifests, text: Any, generator: Generator, words: str, altered: bool
) -> None:
    """The exclusion that is signed is what the wrapper takes in UTF-8, to the byte, for any text."""
    carrier = text(words)
    manifest = manifests.bind(Label(generator, altered), carrier, media_type="text/plain")
    encoded = b"\x65start" + _head(carrier.start) + b"\x66length" + _head(carrier.size(manifest))

    assert encoded in manifest


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.one_of(st.integers(0, 300), st.sampled_from([65_535, 65_536, 70_000])))
def test_carriers_of_fixed_size_take_one_signature(
    manifests: Manifests, appended: Any, generator: Generator, size: int
) -> None:
    """Where the size follows from the manifest's length, one signature is made, wherever the manifest begins."""
    binder = manifests._binder(created=True)
    before = binder.signatures
    carrier = appended(bytes(size))
    manifest = manifests.bind(Label(generator), carrier, media_type="image/png")

    assert binder.signatures - before == 1
    assert b"\x66length" + _head(carrier.size(manifest)) in manifest


def test_padding_is_zeros_in_its_own_field(manifests: Manifests, text: Any, generator: Generator) -> None:
    """Padding is zero bytes in the field that the specification names for it, and little of it."""
    for _ in range(20):
        manifest = manifests.bind(Label(generator), text(WORDS), media_type="text/plain")
        at = manifest.rindex(b"\x63pad") + 4
        size, at = (manifest[at + 1], at + 2) if manifest[at] == 0x58 else (manifest[at] - 0x40, at + 1)
        assert size < 60
        assert manifest[at : at + size] == bytes(size)


def test_a_carrier_is_told_the_length_before_it_is_hashed(
    manifests: Manifests, appended: Any, generator: Generator
) -> None:
    """A format whose header holds the manifest's length (WebP) learns it before digest(), and it is the true one."""

    class Riff(appended):  # type: ignore[misc]
        announced = 0

        def expect(self, size: int) -> None:
            self.announced = size

        def digest(self) -> bytes:
            assert self.announced
            return bytes(super().digest())

    carrier = Riff(b"asset")
    manifest = manifests.bind(Label(generator), carrier, media_type="image/webp")

    assert len(manifest) == carrier.announced


def test_a_carrier_that_cannot_be_fitted_is_an_error(manifests: Manifests, appended: Any, generator: Generator) -> None:
    """A carrier whose size follows from nothing ends in an error, not in an endless search."""

    class Fickle(appended):  # type: ignore[misc]
        calls = 0

        def size(self, manifest: bytes) -> int:
            self.calls += 1
            return 5000 + self.calls

    with pytest.raises(SigningError, match="No signature fitted"):
        manifests.bind(Label(generator), Fickle(b""), media_type="text/plain")


def test_a_label_of_another_generator_is_refused(manifests: Manifests, appended: Any) -> None:
    """Manifests of one generator do not sign for another, whose name would not be in them."""
    other = Generator(provider="Another", system="other-chat", version="1")
    with pytest.raises(SigningError, match="Another other-chat 1"):
        manifests.bind(Label(other), appended(b"asset"), media_type="image/png")


def _head(value: int) -> bytes:
    """A CBOR integer, by the book (RFC 8949, section 3)."""
    if value < 24:
        return bytes((value,))
    for first, width in ((0x18, 1), (0x19, 2), (0x1A, 4)):
        if value < 1 << 8 * width:
            return bytes((first,)) + value.to_bytes(width, "big")
    raise AssertionError(value)
