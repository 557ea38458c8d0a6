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
from markdown_it import MarkdownIt
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
from labelkit.policy import Content, Level, Packs, Policy, Rule
from labelkit.provenance import Trust
from labelkit.text.noticed import cut

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


@pytest.mark.parametrize("choice", ["on", "off"])
@pytest.mark.parametrize("first", [{"c2pa"}, {"visible", "metadata", "c2pa"}])
def test_a_required_mark_is_made_on_what_we_signed_by_other_rules(
    labeler: Labeler, signer: Signer, first: set[str], choice: str
) -> None:
    """What this service signed where nothing was required gets what rules require elsewhere, and is signed still."""
    china = Labeler(ACME, signer=signer, policy="cn")
    done = china.image(labeler.image(picture(), marks=first, locale="ru"), choice=choice)
    found = inspect(done).findings
    assert [finding.mark for finding in found] == [Mark.VISIBLE, Mark.METADATA, Mark.C2PA]
    assert found[0].says["text"] == "AI生成"
    assert found[1].says["aigc"]["Label"] == "1"
    assert (found[2].state, found[2].says["ingredients"]) == ("valid", 1)
    assert china.image(done, choice=choice) == done
    signed = labeler.text("Hello there.", marks=first - {"metadata"})
    text = china.text(signed, choice=choice)
    assert [(each.mark, each.state) for each in inspect(text).findings if each.mark is Mark.C2PA] == [
        (Mark.C2PA, "valid")
    ]
    assert text.startswith("本内容由人工智能生成。\n\nHello there.")
    assert china.text(text, choice=choice) == text
    document = labeler.decide(Choice.ON, Content(Medium.TEXT, document=True))
    assert labeler.label_text(signed, document).content == signed
    with pytest.raises(UnsupportedContentError, match="wrapper"):
        china.text(signed, media_type="text/markdown")  # a document carries no manifest yet


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
@pytest.mark.parametrize("policies", [("cn", "kr", "cn", "kr"), ("ru", "cn", "kr", "ru"), ("eu", "cn", "eu", "cn")])
def test_each_notice_is_there_once_however_often_policies_take_turns(
    media_type: str, policies: tuple[str, ...]
) -> None:
    """A text that goes from country to country has the notice of each, once, and each of them is found."""
    text = "Hello there."
    for name in policies:
        text = Labeler(ACME, policy=name).text(text, media_type=media_type)
    said = [finding.says["text"] for finding in inspect(text).findings if finding.mark is Mark.VISIBLE]
    assert len(said) == len(set(policies))
    assert [text.count(words) for words in said] == [1] * len(said)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("policies", [("cn", "ru", "cn"), ("cn", "kr", "ru", "kr"), ("ru", "eu"), ("eu", "cn", "eu")])
def test_a_badge_covers_no_other_where_no_rule_has_a_corner(kind: str, policies: tuple[str, ...]) -> None:
    """A picture that goes from country to country has a badge of each, once, and each of them is found."""
    data = picture(kind)
    for name in policies:
        data = Labeler(ACME, policy=name).image(data)
    found = [finding.says for finding in inspect(data).findings if finding.mark is Mark.VISIBLE]
    assert len(found) == len(set(policies))
    assert len({says["place"] for says in found}) == len({says["text"] for says in found}) == len(found)
    first = {"cn": "AI生成", "ru": "Создано с помощью ИИ", "eu": "AI GENERATED"}[policies[0]]
    assert first in {says["text"] for says in found}


def test_a_place_that_does_not_exist_is_refused() -> None:
    """As every other setting, and with those there are."""
    place: Any = "middle"
    with pytest.raises(ConfigurationError, match="start, end"):
        Labeler(ACME, place=place)


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


def ruled(**rule: Any) -> Policy:
    """A policy of one rule about text."""
    plain = {
        "id": "TEST-TEXT",
        "article": "1",
        "source": "test",
        "sureness": "low",
        "from": "2020-01-01",
        "media": ["text"],
        "marks": ["visible", "c2pa"],
        "level": Level.REQUIRE,
        "binds": "whoever",
        "says": "Mark it.",
    }
    return Packs().load("none").model_copy(update={"rules": (Rule.model_validate(plain | rule),)})


MARKDOWN = "text/markdown"


def test_a_document_tells_one_label_in_both_marks() -> None:
    """Front matter and notice, each in its place; what inspect reads is the label that the outcome has."""
    unsigned = Labeler(ACME, policy="none")
    decision = unsigned.decide(Choice.ON, Content(Medium.TEXT, document=True))
    for text in ("# Title\n\nText.", "---\ntitle: x\n---\n# Title\n\n```\ncode"):
        done = unsigned.label_text(text, decision, strict=True)
        found = inspect(done.content)
        assert found.media_type == MARKDOWN
        assert [finding.mark for finding in found.findings] == [Mark.VISIBLE, Mark.METADATA]
        visible, metadata = (finding.says for finding in found.findings)
        assert visible == {"text": EN, "place": "end"}
        assert metadata["id"] == str(done.outcome.label.id)
        assert metadata["system"] == "acme-chat"
        assert (metadata["altered"], metadata["aigc"]) == (False, None)
        assert found.ai_generated is True
        assert done.outcome.applied == {Mark.VISIBLE, Mark.METADATA}
        assert unsigned.text(text, media_type="text/x-markdown").count("ai-label:") == 1


def test_a_required_notice_of_a_document_stands_behind_its_front_matter() -> None:
    """Front matter stays the first thing in the file, whatever else is put at the start."""
    required = Labeler(ACME, policy=ruled(marks=["visible"]))
    for text in ("---\ntitle: x\n---\n# Title\n", "---\ntitle: x\n---", "\ufeff# Title\n", "+++\nx = 1\n+++\nText\n"):
        marks = ["visible"] if text.startswith("+") else ["visible", "metadata"]
        labelled = required.text(text, media_type=MARKDOWN, marks=marks)
        assert labelled[:4] == text[:4] or labelled.startswith("\ufeff---\n")
        assert f"\n{EN}\n\n" in labelled
        found = inspect(labelled).findings
        assert found[0].says == {"text": EN, "place": "start"}


@pytest.mark.parametrize("aigc", [True, False])
@pytest.mark.parametrize("text", ["# Title\n", "---\ntitle: x\n---\n# Title\n", "---\n\nBreak.\n", "\ufeffTitle\r\n"])
def test_a_document_is_not_labelled_twice(text: str, aigc: bool) -> None:
    """What says so already, of the same generator and source type, comes back as it was; what does not is replaced."""
    own = Labeler(ACME, policy="none", aigc=aigc)
    once = own.text(text, media_type=MARKDOWN)
    decision = own.decide(Choice.ON, Content(Medium.TEXT, document=True))
    again = own.label_text(once, decision)
    assert again.content == once
    assert again.outcome.applied == frozenset()
    assert "already" in again.outcome.missing[Mark.METADATA]
    assert (inspect(once).findings[1].says["aigc"] is not None) is aigc
    newer = Labeler(Generator(provider="Acme", system="acme-chat", version="3"), policy="none", aigc=True)
    third = newer.text(once, media_type=MARKDOWN)
    assert third.count("ai-label:") == third.count("AIGC:") == 1
    assert inspect(third).findings[1].says["version"] == "3"


def test_front_matter_that_cannot_be_written_is_told_or_raised() -> None:
    """Where it was chosen over HTTP the notice is made and the reason told; who calls, or must, gets the error."""
    broken = "---\na: b: c\n---\nText."
    own = Labeler(ACME, policy="none")
    decision = own.decide(Choice.ON, Content(Medium.TEXT, document=True))
    told = own.label_text(broken, decision)
    assert told.content == f"{broken}\n\n{EN}"
    assert told.outcome.applied == {Mark.VISIBLE}
    assert "front matter" in told.outcome.missing[Mark.METADATA]
    with pytest.raises(UnsupportedContentError, match="front matter"):
        own.text(broken, media_type=MARKDOWN)
    required = Labeler(ACME, policy=ruled(marks=["metadata"]))
    with pytest.raises(UnsupportedContentError, match="front matter"):
        required.label_text(broken, required.decide(None, Content(Medium.TEXT, document=True)))


def test_china_asks_for_its_record_in_a_document() -> None:
    """Where a rule that applies wants the AIGC record, front matter has it, exactly once."""
    chinese = Labeler(ACME, policy="cn")
    labelled = chinese.text("# 海\n", media_type=MARKDOWN, choice="off")
    says = next(finding.says for finding in inspect(labelled).findings if finding.mark is Mark.METADATA)
    assert says["aigc"]["Label"] == "1"
    assert labelled.count("AIGC:") == 1


SHORT = "The sea is wide. " * 10
LONG = "The sea is wide. " * 100


def from_200(marks: list[str]) -> Policy:
    """A policy that requires marks of texts from 200 tokens on."""
    return ruled(marks=marks, when={"tokens_at_least": 200})


def test_a_short_text_gets_no_mark_that_only_a_long_one_must_have(signer: Signer) -> None:
    """Whole or streamed, below the threshold no signature is made, and the outcome says why; from it on, all is made."""
    signed = 0

    def sign(data: bytes) -> bytes:
        nonlocal signed
        signed += 1
        return signer.sign(data)

    own = Labeler(
        ACME, signer=Signer.from_callback(sign, "es256", signer.chain_pem), policy=from_200(["visible", "c2pa"])
    )
    signed = 0
    decision = own.decide(Choice.OFF, Medium.TEXT)
    assert decision.least_tokens == {Mark.VISIBLE: 200, Mark.C2PA: 200}
    short = own.label_text(SHORT, decision)
    stream = own.stream(decision)
    assert "".join([*map(stream.feed, SHORT), stream.finish()]) == short.content == f"{EN}\n\n{SHORT}"
    for outcome in (short.outcome, stream.outcome):
        assert outcome is not None
        assert outcome.applied == {Mark.VISIBLE}  # it stands first, so it was sent already
        assert not outcome.missing
        assert outcome.remarks == ("c2pa is left out: 50 tokens, and TEST-TEXT asks for it from 200 on",)
    assert signed == 0
    done = own.label_text(LONG, decision)
    assert done.outcome.applied == {Mark.VISIBLE, Mark.C2PA}
    assert done.outcome.remarks == ()
    assert signed >= 1


def test_a_notice_at_the_end_is_left_out_of_a_short_text() -> None:
    """It stands where the length is known; one that the user chose is made whatever the length."""
    own = Labeler(ACME, policy=ruled(marks=["visible"], when={"tokens_at_least": 200}, place={"text": "end"}))
    decision = own.decide(Choice.OFF, Medium.TEXT)
    short = own.label_text(SHORT, decision)
    assert short.content == SHORT
    assert short.outcome.applied == frozenset()
    assert "50 tokens" in str(short.outcome)
    assert own.text(LONG, choice="off").endswith(EN)
    assert own.text(SHORT, choice="on").endswith(EN)


def test_front_matter_has_the_same_threshold() -> None:
    """A short document gets none where only long ones must have it; its length is that of the body."""
    own = Labeler(ACME, policy=from_200(["metadata"]))
    decision = own.decide(Choice.OFF, Content(Medium.TEXT, document=True))
    front = f"---\ntitle: {LONG}\n---\n"
    done = own.label_text(front + SHORT, decision)
    assert done.content == front + SHORT
    assert done.outcome.remarks == ("metadata is left out: 50 tokens, and TEST-TEXT asks for it from 200 on",)
    assert own.label_text(front + LONG, decision).outcome.applied == {Mark.METADATA}


def test_the_operators_own_count_is_taken(signer: Signer) -> None:
    """With tokens= the model's own tokenizer counts; where the length was declared, nobody counts."""
    calls: list[str] = []

    def count(text: str) -> int:
        calls.append(text)
        return len(text)

    own = Labeler(ACME, signer=signer, policy=from_200(["c2pa"]), tokens=count)
    assert "c2pa" not in own.text("x" * 199, choice="off")
    assert own.text("x" * 199, choice="off") == "x" * 199
    assert own.text("x" * 200, choice="off") != "x" * 200
    calls.clear()
    declared = own.decide(Choice.OFF, Content(Medium.TEXT, tokens=300))
    assert own.label_text("x", declared).outcome.applied == {Mark.C2PA}
    assert calls == []


def test_what_rules_exempt_is_made_only_when_it_is_chosen() -> None:
    """The operator says what a text is; where the rule exempts that, off is off, and on is on."""
    own = Labeler(ACME, policy=ruled(marks=["visible"], exempt=["translation", "code"]))
    assert own.text("Hello.", choice="off") != "Hello."
    assert own.text("Hello.", choice="off", kind="summary") != "Hello."
    assert own.text("Hello.", choice="off", kind="translation") == "Hello."
    assert own.text("Hello.", kind="translation").endswith(EN)
    stream = own.stream(choice="off", kind="code")
    assert stream.feed("x = 1") + stream.finish() == "x = 1"


CHECK = "https://acme.example/check"
POINTING = Generator(provider="Acme", system="acme-chat", version="2.1", detector=CHECK)


@pytest.mark.parametrize("place", ["start", "end"])
@pytest.mark.parametrize("marks", [{"visible"}, {"visible", "c2pa"}])
def test_the_detector_stands_in_the_notice(signer: Signer, place: str, marks: set[str]) -> None:
    """A notice ends with the address, is found with it, is cut from a history, and is a plain paragraph."""
    own = Labeler(POINTING, signer=signer, policy="none", place=place)  # type: ignore[arg-type]
    for text, before, after in (("Hello.", "", ""), ("שלום.", "\u2066", "\u2069")):
        labelled = own.text(text, marks=marks)
        notice = f"{before}{EN}{after} {CHECK}"
        assert notice in labelled.splitlines()
        assert inspect(labelled).findings[0].says == {"text": EN, "place": place, "detector": CHECK}
        assert cut(labelled, own.notices) == text
        assert own.text(labelled, marks=marks) == labelled
        if marks == {"visible"}:
            paragraphs = [token.content for token in MarkdownIt().parse(labelled) if token.type == "inline"]
            assert paragraphs == ([notice, text] if place == "start" else [text, notice])
    older = Labeler(ACME, policy="none").text("Hello.")
    assert cut(older, own.notices) == "Hello."
    assert cut(f"Hello.\n\n{EN} https://other.example", own.notices) != "Hello."


def test_without_a_detector_nothing_changes() -> None:
    """No address is added, and there are as many notices to cut as there are wordings."""
    assert Labeler(ACME, policy="none").text("Hello.") == f"Hello.\n\n{EN}"
    assert len(Labeler(POINTING).notices) == 2 * len(Labeler(ACME).notices)


def test_a_mark_in_code_is_not_made(signer: Signer) -> None:
    """A text that ends in code gets its wrapper behind it, and what was sent verifies."""
    own = Labeler(ACME, signer=signer, policy="none")
    for text in ("```py\nx = 1", "Like:\n\n    x = 1", "- ```\n  x", "https://acme.example/a"):
        labelled = own.text(text, marks={"c2pa"})
        assert labelled.startswith(f"{text}\n")
        assert inspect(labelled).findings[0].state == "valid"


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


def test_a_stream_has_no_front_matter(labeler: Labeler) -> None:
    """A decision for a document, carried out on a stream, does not tell of metadata that nobody wrote."""
    decision = labeler.decide(Choice.ON, Content(Medium.TEXT, document=True))
    assert Mark.METADATA in decision.marks
    stream = labeler.stream(decision)
    stream.feed("Paris is a city.")
    stream.finish()
    assert stream.outcome is not None
    assert stream.outcome.applied == {Mark.VISIBLE}
    assert "whole document" in stream.outcome.missing[Mark.METADATA]
