"""Labeler: the front door for writing."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from PIL import Image

from labelkit import Generator, Labeler, Signer, inspect
from labelkit.choice import Choice
from labelkit.errors import (
    ConfigurationError,
    DamagedContentError,
    LabelkitError,
    MarkError,
    MediaMismatchError,
    SigningError,
    TimestampError,
    TooLargeError,
    UnencodableTextError,
    UnsupportedContentError,
)
from labelkit.marks import Mark, Medium
from labelkit.media import Limits
from labelkit.policy import Content, Level, Packs, Rule
from labelkit.provenance import Trust

ACME = Generator(provider="Acme", system="acme-chat", version="2.1")
EN = "This text was generated using artificial intelligence."
RU = "Этот текст создан с помощью ИИ."


@pytest.fixture(scope="session")
def labeler(signer: Signer) -> Labeler:
    """A labeler with every means."""
    return Labeler(ACME, signer=signer, policy="none")


@pytest.fixture(scope="session")
def strict(signer: Signer) -> Labeler:
    """A labeler where a rule requires a notice and a manifest of everything."""
    rule: dict[str, Any] = {
        "id": "TEST",
        "article": "1",
        "source": "test",
        "sureness": "low",
        "from": "2020-01-01",
        "media": ["text", "image"],
        "marks": ["visible", "c2pa"],
        "level": Level.REQUIRE,
        "binds": "whoever",
        "says": "Mark it.",
    }
    policy = Packs().load("none").model_copy(update={"rules": (Rule.model_validate(rule),)})
    return Labeler(ACME, signer=signer, policy=policy)


def picture(kind: str = "PNG", size: tuple[int, int] = (320, 240), **options: Any) -> bytes:
    """A picture that the AI made."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def test_on_means_a_notice_for_text(labeler: Labeler) -> None:
    """To call it is to choose on; the text itself stays as it is, and the notice is a paragraph of its own."""
    assert labeler.text("Hello.") == f"Hello.\n\n{EN}"


def test_off_leaves_everything_as_it_is(labeler: Labeler) -> None:
    """Where no rule asks, off changes nothing, and returns the picture itself."""
    data = picture()
    assert labeler.text("Hello.", choice="off") == "Hello."
    assert labeler.image(data, choice=Choice.OFF) is data


def test_off_leaves_what_a_rule_requires(strict: Labeler, root_pem: bytes) -> None:
    """A required notice stands first, and a required manifest is made, whatever is chosen."""
    labelled = strict.text("Hello.", choice="off")
    assert labelled.startswith(f"{EN}\n\nHello.")
    assert inspect(labelled, trust=Trust.of(root_pem)).ai_generated is True


def test_the_locale_can_be_asked_for(labeler: Labeler) -> None:
    """One call may ask for another language; a language there is none of leaves the labeler's."""
    assert labeler.text("Привет.", locale="ru-RU").endswith(RU)
    assert labeler.text("Hi.", locale="xx").endswith(EN)
    assert Labeler(ACME, policy="ru").text("Hi.").endswith(RU)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_gets_every_mark_and_they_are_read_back(labeler: Labeler, root_pem: bytes, kind: str) -> None:
    """Metadata and manifest say the same label: provider, system, version, id, time, source type."""
    data = picture(kind)
    labelled = labeler.image(data, media_type=f"image/{kind.lower()}")
    found = inspect(labelled, trust=Trust.of(root_pem))
    assert found.ai_generated is True
    assert found.problems == ()
    states = {finding.mark: finding.state for finding in found.findings}
    assert states == {Mark.VISIBLE: "unsigned", Mark.METADATA: "unsigned", Mark.C2PA: "trusted"}
    badge, metadata, manifest = (finding.says for finding in found.findings)
    assert badge == {"text": "AI generated", "place": "bottom-right"}
    for key in ("provider", "system", "version", "id", "time", "source_type"):
        assert metadata[key] == manifest[key], key
    assert manifest["system"] == "acme-chat"
    assert manifest["source_type"].endswith("/trainedAlgorithmicMedia")


@pytest.mark.parametrize("kind", ["AVIF", "GIF", "TIFF"])
def test_other_formats_get_metadata_and_manifest(labeler: Labeler, root_pem: bytes, kind: str) -> None:
    """AVIF, GIF and TIFF carry the two marks that programs read; their badge is refused by name."""
    data = picture(kind)
    labelled = labeler.image(data, marks={"metadata", "c2pa"})
    found = inspect(labelled, trust=Trust.of(root_pem))
    assert {finding.mark: finding.state for finding in found.findings} == {
        Mark.METADATA: "unsigned",
        Mark.C2PA: "trusted",
    }
    with pytest.raises(UnsupportedContentError, match=kind):
        labeler.image(data)


def test_altered_is_told_in_every_mark(labeler: Labeler) -> None:
    """What the AI changed is a composite in metadata and manifest, and worded as changed."""
    found = inspect(labeler.image(picture(), altered=True))
    assert {finding.source_type for finding in found.findings} == {
        "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    }
    assert "modified" in labeler.text("Hi.", altered=True)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_labelling_twice_adds_nothing(labeler: Labeler, kind: str) -> None:
    """A picture with our verified manifest, and a text with our notice in its place, come back as they were."""
    marks = {"metadata", "c2pa"}
    once = labeler.image(picture(kind), marks=marks)
    assert labeler.image(once, marks=marks) == once
    decision = labeler.decide(Choice.of("c2pa"), Medium.IMAGE)
    assert "already" in labeler.label_image(once, decision).outcome.missing[Mark.C2PA]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("marks", [{"visible"}, {"visible", "metadata"}, {"visible", "metadata", "c2pa"}])
def test_a_badge_is_not_drawn_twice(labeler: Labeler, kind: str, marks: set[str]) -> None:
    """A picture with our badge in its place comes back as it was, whatever other marks it has."""
    once = labeler.image(picture(kind), marks=marks)
    assert labeler.image(once, marks=marks) == once


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_metadata_are_not_written_twice(labeler: Labeler, kind: str) -> None:
    """Without a signer too: what the metadata already say is not said again; with a manifest both tell one id."""
    unsigned = Labeler(ACME, policy="none")
    once = unsigned.image(picture(kind), marks={"metadata"})
    assert unsigned.image(once, marks={"metadata"}) == once
    if kind in ("PNG", "JPEG", "WEBP"):
        decision = unsigned.decide(Choice.of("visible"), Medium.IMAGE)
        assert unsigned.label_image(once, decision).outcome.missing == {}  # nobody asked for metadata
    both = labeler.image(once, marks={"metadata", "c2pa"})
    assert len({finding.says["id"] for finding in inspect(both).findings}) == 1
    newer = Labeler(Generator(provider="Acme", system="acme-chat", version="3"), policy="none")
    assert inspect(newer.image(once, marks={"metadata"})).findings[0].says["version"] == "3"


@pytest.mark.parametrize("marks", [{"visible"}, {"visible", "c2pa"}, {"c2pa"}])
@pytest.mark.parametrize("locale", ["ru", "en"])
def test_labelling_a_text_twice_adds_nothing(labeler: Labeler, marks: set[str], locale: str) -> None:
    """A labelled text that is labelled again is the same text."""
    once = labeler.text("Hello.\n\n```py\nx = 1\n", marks=marks, locale=locale)
    assert labeler.text(once, marks=marks, locale=locale) == once


def test_a_foreign_manifest_is_kept_as_the_parent(labeler: Labeler, other_signer: Signer, root_pem: bytes) -> None:
    """A picture that somebody else signed keeps that manifest as its parent ingredient, badge or not."""
    theirs = Labeler(Generator(provider="B", system="b", version="1"), signer=other_signer, policy="none")
    signed = theirs.image(picture(), marks={"c2pa"})
    for marks in ({"c2pa"}, {"visible", "metadata", "c2pa"}):
        found = inspect(labeler.image(signed, marks=marks, altered=True), trust=Trust.of(root_pem))
        manifest = found.findings[-1]
        assert manifest.state == "trusted", manifest.reason
        assert manifest.says["ingredients"] == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "TIFF"])
def test_a_manifest_tells_its_own_labels_id(labeler: Labeler, other_signer: Signer, kind: str) -> None:
    """Not the one that somebody else's metadata give the picture, which the C2PA library takes for the claim's."""
    theirs = Labeler(Generator(provider="B", system="b", version="1"), signer=other_signer, policy="none")
    for marks in ({"metadata"}, {"metadata", "c2pa"}):
        decision = labeler.decide(Choice.of("c2pa"), Content(Medium.IMAGE, True))
        labelled = labeler.label_image(theirs.image(picture(kind), marks=marks), decision)
        assert inspect(labelled.content).findings[-1].says["id"] == str(labelled.outcome.label.id)


def test_a_foreign_manifest_is_not_broken(labeler: Labeler, other_signer: Signer) -> None:
    """Marks that would break a manifest and not replace it are refused, with the remedy."""
    theirs = Labeler(ACME, signer=other_signer, policy="none")
    signed = theirs.image(picture(), marks={"c2pa"})
    with pytest.raises(UnsupportedContentError, match="Ask for the c2pa mark too"):
        labeler.image(signed, marks={"metadata"})
    told = labeler.label_image(signed, labeler.decide(Choice.of("metadata"), Medium.IMAGE))
    assert told.content is signed
    assert told.outcome.applied == frozenset()


@pytest.mark.parametrize(
    ("data", "declared", "error"),
    [
        (b"", None, DamagedContentError),
        (picture()[:200], None, DamagedContentError),
        (picture("JPEG")[:-300], None, DamagedContentError),
        (picture(), "image/jpeg", MediaMismatchError),
        (b"hello", None, LabelkitError),
    ],
)
def test_bad_pictures_are_refused(labeler: Labeler, data: bytes, declared: str | None, error: type) -> None:
    """Empty, truncated, wrongly declared and unknown content is refused by name."""
    with pytest.raises(error):
        labeler.image(data, media_type=declared)


def test_limits_are_settable() -> None:
    """Bytes and pixels over the limit are refused before anything is decoded."""
    small = Labeler(ACME, limits=Limits(bytes=100))
    with pytest.raises(TooLargeError, match="bytes"):
        small.image(picture())
    few = Labeler(ACME, limits=Limits(pixels=100))
    with pytest.raises(TooLargeError, match="pixels"):
        few.image(picture(), marks={"metadata"})


def test_what_cannot_be_made_is_an_error_when_it_is_named(labeler: Labeler) -> None:
    """A named mark that the medium cannot carry or that has no signer is refused; the default leaves it out."""
    with pytest.raises(MarkError, match="metadata"):
        labeler.text("Hello.", marks={"metadata"})
    unsigned = Labeler(ACME, policy="none")
    with pytest.raises(MarkError, match="no signer"):
        unsigned.text("Hello.", marks={"c2pa"})
    decision = unsigned.decide(Choice.ON, Medium.IMAGE)
    assert Mark.C2PA in decision.missing
    assert inspect(unsigned.image(picture())).marks == (Mark.VISIBLE, Mark.METADATA)


def test_a_lone_surrogate_cannot_be_signed(labeler: Labeler) -> None:
    """It has no UTF-8 form: named when signed text was asked for, told when it was only decided."""
    with pytest.raises(UnencodableTextError):
        labeler.text("broken \ud800 text", marks={"c2pa"})
    decision = labeler.decide(Choice.of("visible", "c2pa"), Medium.TEXT)
    told = labeler.label_text("broken \ud800 text", decision)
    assert told.outcome.applied == {Mark.VISIBLE}
    assert "surrogate" in told.outcome.missing[Mark.C2PA]
    assert EN in told.content


def test_a_signer_that_fails_is_told_or_raised(signer: Signer) -> None:
    """A key service that goes down: SigningError for who called, told in the outcome where it was only chosen."""
    down = False

    def sign(data: bytes) -> bytes:
        if down:
            raise RuntimeError("the KMS is down")
        return signer.sign(data)

    failing = Labeler(ACME, signer=Signer.from_callback(sign, "es256", signer.chain_pem), policy="none")
    assert failing.text("Hello.", marks={"c2pa"}) != "Hello."
    down = True
    with pytest.raises(SigningError, match="the KMS is down"):
        failing.text("Hello.", marks={"c2pa"})
    data = picture()
    told = failing.label_image(data, failing.decide(Choice.of("metadata", "c2pa"), Medium.IMAGE))
    assert told.outcome.applied == {Mark.METADATA}
    assert "the KMS is down" in told.outcome.missing[Mark.C2PA]


def test_a_foreign_manifest_survives_a_signer_that_fails(signer: Signer, other_signer: Signer) -> None:
    """Where no new manifest can be made, the picture is not changed at all: its own would be lost."""
    up = True

    def sign(data: bytes) -> bytes:
        if not up:
            raise RuntimeError("the KMS is down")
        return signer.sign(data)

    failing = Labeler(ACME, signer=Signer.from_callback(sign, "es256", signer.chain_pem), policy="none")
    theirs = Labeler(ACME, signer=other_signer, policy="none").image(picture(), marks={"c2pa"})
    up = False
    told = failing.label_image(theirs, failing.decide(Choice.ON, Medium.IMAGE))
    assert told.content is theirs
    assert told.outcome.applied == frozenset()
    assert "manifest" in told.outcome.missing[Mark.VISIBLE]
    assert "the KMS is down" in told.outcome.missing[Mark.C2PA]


def test_a_required_mark_that_fails_is_raised(strict: Labeler) -> None:
    """What a rule requires is not left out in silence."""
    decision = strict.decide(None, Medium.TEXT)
    with pytest.raises(UnencodableTextError):
        strict.label_text("broken \ud800 text", decision)
    with pytest.raises(UnsupportedContentError):
        strict.label_image(picture("GIF"), strict.decide(None, Medium.IMAGE))


def test_a_stream_is_labelled_as_the_whole_text_is(labeler: Labeler, root_pem: bytes) -> None:
    """Pieces leave as they came, and what they add up to verifies like a whole text."""
    stream = labeler.stream(marks={"visible", "c2pa"}, locale="ru")
    pieces = ["При", "вет, ", "cafe", "\u0301", " мир", ""]
    sent = [stream.feed(piece) for piece in pieces]
    assert sent == pieces
    whole = "".join(sent) + stream.finish()
    assert stream.outcome is not None
    assert stream.outcome.applied == {Mark.VISIBLE, Mark.C2PA}
    assert any("NFC" in remark for remark in stream.outcome.remarks)
    found = inspect(whole, trust=Trust.of(root_pem))
    assert {finding.mark: finding.state for finding in found.findings} == {
        Mark.VISIBLE: "unsigned",
        Mark.C2PA: "trusted",
    }


def test_only_what_a_text_type_can_carry(labeler: Labeler) -> None:
    """Markdown takes notice and front matter; HTML, and a manifest in Markdown, are refused by name for now."""
    labelled = labeler.text("# Hi", media_type="text/markdown; charset=utf-8")
    assert labelled.startswith("---\nai-label: {")
    assert labelled.endswith(f"---\n# Hi\n\n{EN}")
    with pytest.raises(UnsupportedContentError, match="text/html"):
        labeler.text("<p>Hi", media_type="text/html")
    with pytest.raises(MarkError, match=r"A\.9\) is to come"):
        labeler.text("# Hi", media_type="text/markdown", marks={"c2pa"})


def test_wrong_settings_are_refused_at_construction() -> None:
    """A policy, locale, mark or choice that does not exist is named."""
    for wrong in ({"policy": "zz"}, {"locale": "xx"}):
        with pytest.raises(ConfigurationError):
            Labeler(ACME, **wrong)  # type: ignore[arg-type]
    with pytest.raises(MarkError):
        Labeler(ACME, offer=["stamp"])
    with pytest.raises(ConfigurationError, match="'maybe'"):
        Labeler(ACME).text("Hi.", choice="maybe")


def test_aigc_is_written_on_request(signer: Signer) -> None:
    """With aigc=True the metadata holds China's AIGC element, and not without."""
    chinese = Labeler(ACME, policy="none", aigc=True).image(picture(), marks={"metadata"})
    assert inspect(chinese).findings[0].says["aigc"]["Label"] == "1"
    assert not inspect(Labeler(ACME, policy="none").image(picture(), marks={"metadata"})).findings[0].says.get("aigc")


def test_a_borrowed_serial_number_is_not_ours(labeler: Labeler, signer: Signer) -> None:
    """Who signs under a certificate with our serial number does not keep us from labelling."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Borrower")])
    now = datetime.now(UTC)
    forged = (
        x509.CertificateBuilder(name, name, key.public_key(), signer.chain.leaf.serial_number)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension in signer.chain.leaf.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            forged = forged.add_extension(extension.value, extension.critical)
    chain = forged.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    borrower = Labeler(ACME, signer=Signer.from_pem(chain, secret), policy="none")
    theirs = borrower.image(picture(), marks={"c2pa"})
    assert inspect(labeler.image(theirs, marks={"c2pa"}, altered=True)).findings[-1].says["ingredients"] == 1
    with pytest.raises(UnsupportedContentError):
        labeler.text(borrower.text("Hello.", marks={"c2pa"}), marks={"c2pa"})


def test_a_silent_time_stamp_authority_does_not_keep_a_service_from_starting(
    authority: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It is warned of at the start; who asks for a signed label gets the error that names it."""
    chain, key = authority.issue()
    signer = Signer.from_pem(chain, key, timestamp_url="http://127.0.0.1:9/tsa")
    stamping = Labeler(ACME, signer=signer, policy="none")
    assert "127.0.0.1:9" in caplog.text
    with pytest.raises(TimestampError, match=r"127\.0\.0\.1:9"):
        stamping.text("Hello.", marks={"c2pa"})
