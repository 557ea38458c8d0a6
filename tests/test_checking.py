"""check(): what content carries, against what rules ask of it."""

import inspect as introspection
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from labelkit import Generator, Labeler, Signer, inspect
from labelkit.aigc import KEYS
from labelkit.checking import Check, check
from labelkit.errors import ContentError, PolicyError, UnknownMediaError
from labelkit.image.containers import container_of
from labelkit.marks import Mark, Medium
from labelkit.placement import Place
from labelkit.policy import Content, Packs, Policies, Policy
from labelkit.provenance import Trust
from labelkit.service import Service

ACME = Generator(provider="Acme", system="acme-chat", version="2.1")
NONE = Packs().load("none")
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def law(**rule: Any) -> Policy:
    """A policy with one rule, which differs from a plain demand for a visible mark by what is given."""
    plain = {
        "id": "TEST-1",
        "article": "art. 1",
        "source": "https://law.example",
        "sureness": "low",
        "from": date(2020, 1, 1),
        "media": ["text", "image"],
        "marks": ["visible"],
        "level": "require",
        "binds": "whoever",
        "says": "Mark it.",
    }
    values = {"jurisdiction": "XX", "name": "Nowhere", "timezone": "UTC", "language": "en", "checked": NOW.date()}
    return Policy.model_validate({**values, "rule": [plain | rule]})


def only(found: Check) -> tuple[str, str]:
    """The result and the reasons of the one rule that was asked."""
    (answer,) = found.answers
    return answer.result, " ".join(answer.reasons)


def picture(kind: str = "PNG") -> bytes:
    """A picture."""
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, kind)
    return file.getvalue()


def painted_over(data: bytes) -> bytes:
    """The picture with its corners painted over, and nothing else in the file."""
    with Image.open(io.BytesIO(data)) as image:
        work = image.convert("RGB")
    for left in (0, 320):
        for top in (0, 400):
            ImageDraw.Draw(work).rectangle((left, top, left + 320, top + 80), "teal")
    out = io.BytesIO()
    work.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def labeler(signer: Signer) -> Labeler:
    """A labeler with every means, and no law."""
    return Labeler(ACME, signer=signer, policy="none", locale="en")


def test_each_mark_that_is_asked_for_is_found(labeler: Labeler) -> None:
    """A picture with every mark meets a rule for each of them, and the overall result says no more than that."""
    labelled = labeler.image(picture())
    for mark in ("visible", "metadata", "c2pa"):
        got = check(labelled, law(marks=[mark]), NOW)
        assert only(got)[0] == "met"
        assert got.result == "meets"
        assert got.summary == "meets: found what is asked, by 1 rule of XX 2026-11-22 asking a mark of it"


def test_what_is_not_there_is_missing_or_cannot_be_told() -> None:
    """Metadata and manifests are there or not; another's visible label and a watermark nobody here can see."""
    for content in (picture(), "Hello."):
        assert check(content, law(marks=["metadata"]), NOW).result == "misses"
        assert check(content, law(marks=["c2pa"]), NOW).result == "misses"
        assert check(content, law(marks=["watermark"]), NOW).result == "cannot tell"
        result, reason = only(check(content, law(), NOW))
        assert result == "cannot-tell"
        assert "a person has to look" in reason


def test_a_mark_that_is_broken_or_says_nothing_of_ai_is_missing(labeler: Labeler) -> None:
    """An invalid manifest counts for nothing, and the reason is told; so does a camera's statement."""
    data = bytearray(labeler.image(picture(), marks={"c2pa"}))
    data[-20] ^= 1
    result, reason = only(check(bytes(data), law(marks=["c2pa"]), NOW))
    assert (result, "changed after it was signed" in reason) == ("missing", True)
    png = container_of("image/png")
    labelled = labeler.image(picture(), marks={"metadata"})
    packet = png.read_xmp(labelled)
    assert packet is not None
    camera = png.write_xmp(labelled, packet.replace(b"trainedAlgorithmicMedia", b"digitalCapture"))
    result, reason = only(check(camera, law(marks=["metadata"]), NOW))
    assert (result, "does not say that AI" in reason) == ("missing", True)


def test_a_rule_for_any_mark_is_met_by_one(labeler: Labeler) -> None:
    """One is enough where one is asked for; where all are asked for the other is missed."""
    marks = ["c2pa", "metadata"]
    labelled = labeler.image(picture(), marks={"metadata"})
    assert only(check(labelled, law(marks=marks, any=True), NOW))[0] == "met"
    result, reason = only(check(labelled, law(marks=marks), NOW))
    assert result == "missing"
    assert reason == "c2pa: there is no C2PA manifest"
    assert check(picture(), law(marks=marks, any=True), NOW).result == "misses"
    assert check(picture(), law(marks=["visible", "metadata"], any=True), NOW).result == "cannot tell"


def test_an_offer_is_an_option() -> None:
    """What is offered to users, content need not have."""
    got = check(picture(), law(level="offer"), NOW)
    assert only(got) == ("option", "an option: users are offered it, and content need not have it")
    assert got.result == "meets"
    assert got.summary == "meets: no rule of XX 2026-11-22 asks a mark of it"
    default = check(picture(), law(level="default"), NOW)
    assert default.result == "cannot tell"
    assert "unless the user says no" in default.answers[0].reasons[-1]
    assert check(picture(), law(level="none"), NOW).answers == ()


@pytest.mark.parametrize("name", ["provider", "system", "version", "time", "id", "altered", "source_type"])
def test_fields_are_held_by_metadata_or_manifest(labeler: Labeler, name: str) -> None:
    """What every label says is found in either."""
    for marks in ({"metadata"}, {"c2pa"}):
        got = check(labeler.image(picture(), marks=marks), law(marks=[*marks], fields=[name]), NOW)
        assert only(got)[0] == "met", name


def test_fields_that_no_mark_holds_are_missing(labeler: Labeler) -> None:
    """Each is told by name; a signature is a manifest that holds."""
    rule = {"marks": ["metadata"], "fields": ["aigc", "detector", "signature", "timestamp", "id"]}
    result, reason = only(check(labeler.image(picture(), marks={"metadata"}), law(**rule), NOW))
    assert result == "missing"
    for name in ("aigc", "detector", "signature", "timestamp"):
        assert f"{name}: " in reason
    assert "id: " not in reason
    signed = law(marks=["metadata", "c2pa"], fields=["signature"])
    assert only(check(labeler.image(picture()), signed, NOW))[0] == "met"
    assert "nothing holds aigc, " in only(check(picture(), law(**rule), NOW))[1]


def test_a_visible_mark_that_is_enough_holds_no_fields(labeler: Labeler) -> None:
    """Where a visible mark meets a rule for any mark, its fields are for a mark that is not there."""
    rule = law(marks=["visible", "metadata"], any=True, fields=["id"])
    assert only(check(labeler.image(picture(), marks={"visible"}), rule, NOW))[0] == "met"
    assert only(check(labeler.image(picture(), marks={"metadata"}), rule, NOW))[0] == "met"


def test_the_corner_the_size_and_the_words_of_a_badge_count(labeler: Labeler) -> None:
    """A badge elsewhere, smaller or in other words than a rule has is missing what it says."""
    labelled = labeler.image(picture(), marks={"visible"})
    assert only(check(labelled, law(place={"corner": "bottom-right", "height": 0.05}), NOW))[0] == "met"
    wording = {"language": "en", "status": "official", "created": "AI", "altered": "AI, too", "unknown": "AI?"}
    for rule, told in (
        ({"place": {"corner": "top-right"}}, "it stands at bottom-right, and top-right is asked for"),
        ({"place": {"height": 0.1}}, "it is 5% high, and 10% is asked for"),
        ({"wording": wording}, "it says 'AI generated', and 'AI' is asked for"),
    ):
        result, reason = only(check(labelled, law(**rule), NOW))
        assert (result, told in reason) == ("missing", True), reason


def test_a_notice_has_to_stand_where_a_rule_wants_it(labeler: Labeler, signer: Signer) -> None:
    """One at the end is missing where the start is asked for; one at either place does where no place is."""
    at_end = labeler.text("Hello.")
    first = Labeler(ACME, signer=signer, policy="none", locale="en", place=Place.START).text("Hello.")
    rule = law(place={"text": "start"})
    assert only(check(first, rule, NOW))[0] == "met"
    assert "it stands at end" in only(check(at_end, rule, NOW))[1]
    assert only(check(at_end, law(), NOW))[0] == "met"


def test_a_chat_notice_is_another_sentence_than_a_content_notice() -> None:
    """That an AI talks is one thing, that a text was made is another; both together meet both."""
    chat = law(media=["text"], notice="chat")
    talking = "You are chatting with an AI assistant."
    made = "This text was generated using artificial intelligence."
    for text, talks, says in (
        (talking, "met", "missing"),
        (made, "missing", "met"),
        (f"{talking} {made}", "met", "met"),
    ):
        assert only(check(f"{text}\n\nHello.", chat, NOW))[0] == talks
        assert only(check(f"{text}\n\nHello.", law(), NOW))[0] == says


def test_a_rule_about_marks_for_machines_alone_asks_when_there_are_such(labeler: Labeler) -> None:
    """It asks a visible mark of content with metadata, and nothing of content that has no mark at all."""
    rule = law(when={"machine_only": True})
    assert check(picture(), rule, NOW).answers == ()
    assert only(check(labeler.image(picture(), marks={"metadata"}), rule, NOW))[0] == "cannot-tell"
    assert only(check(labeler.image(picture(), marks={"metadata", "visible"}), rule, NOW))[0] == "met"


def test_what_is_not_known_counts_as_in_scope_and_is_told() -> None:
    """An unknown condition is named; one that is known to fail takes the rule away."""
    rule = law(when={"realistic": True, "signatory": True})
    (answer,) = check(picture(), rule, NOW).answers
    assert len(answer.unknown) == 2
    about = Content(Medium.IMAGE, realistic=False)
    assert check(picture(), rule, NOW, about=about).answers == ()
    assert check(picture(), rule, NOW, service=Service(signatory=False)).answers == ()


def test_the_day_and_the_medium_decide_which_rules_are_asked(labeler: Labeler) -> None:
    """Before its first day, from `until` on, and for another medium a rule asks nothing."""
    assert check(picture(), law(**{"from": date(2026, 11, 23)}), NOW).answers == ()
    assert check(picture(), law(until=date(2026, 11, 22)), NOW).answers == ()
    assert check(picture(), law(media=["text"]), NOW).answers == ()
    with pytest.raises(PolicyError, match="zone"):
        check(picture(), law(), datetime(2026, 11, 22))  # noqa: DTZ001


def test_bytes_decide_what_it_is_and_what_is_not_read_cannot_be_told(tmp_path: Path) -> None:
    """A declared medium does not make a picture a text; of a video nothing can be told; rubbish is an error."""
    assert check(picture(), law(media=["image"]), NOW, about=Content(Medium.TEXT)).content.medium is Medium.IMAGE
    video = law(media=["video"], marks=["visible", "metadata"])
    assert only(check(b"\0\xff\xfe", video, NOW, about=Content(Medium.VIDEO)))[0] == "cannot-tell"
    with pytest.raises(UnknownMediaError, match="nothing to check"):
        check(b"\0\xff\xfe", law(), NOW)
    with pytest.raises(ContentError, match="cannot be read"):
        check(tmp_path / "missing.png", law(), NOW)


def test_a_damaged_picture_cannot_be_told() -> None:
    """What could not be read whole may or may not hold a mark: nobody says that it is missing."""
    got = check(picture()[:-40], law(marks=["visible", "metadata"]), NOW)
    assert got.result == "cannot tell"
    assert all("not all could be read" in reason for reason in got.answers[0].reasons)


@pytest.mark.parametrize("name", ["a.md", "a.MARKDOWN", "a.qmd"])
def test_a_markdown_file_is_a_document(tmp_path: Path, name: str) -> None:
    """By its name, or because the caller says so."""
    rule = law(media=["text"], when={"document": True}, marks=["metadata"])
    file = tmp_path / name
    file.write_text("# Hello\n")
    assert check(file, rule, NOW).result == "misses"
    assert check("# Hello\n", rule, NOW, about=Content(Medium.TEXT, document=True)).result == "misses"
    assert check("# Hello\n", rule, NOW).answers == ()


def test_front_matter_makes_a_text_a_document() -> None:
    """Text that begins with front matter is a Markdown file, whatever its name."""
    rule = law(media=["text"], when={"document": True}, marks=["metadata"])
    assert check("---\ntitle: Lakes\n---\n# Hello\n", rule, NOW).result == "misses"


def test_the_aigc_record_is_whole_or_missing() -> None:
    """GB 45438-2025, annex E: all seven keys, the producer's three filled; and a field that is empty is no field."""
    rule = law(media=["text"], marks=["metadata"], fields=["aigc"])
    whole = dict.fromkeys(KEYS, "") | {"Label": "1", "ContentProducer": "Acme", "ProduceID": "7"}
    for record, result in (
        (whole, "met"),
        ({key: value for key, value in whole.items() if key != "ReservedCode2"}, "missing"),
        (whole | {"ProduceID": ""}, "missing"),
    ):
        found = check(f"---\nAIGC: {json.dumps(record)}\n---\nHello.\n", rule, NOW)
        assert only(found)[0] == result, record
        assert (result == "met") is ("producer's are empty" not in only(found)[1])
    label = {"source_type": f"{IPTC}trainedAlgorithmicMedia", "id": ""}
    text = f"---\nai-label: {json.dumps(label)}\n---\nHello.\n"
    assert only(check(text, law(marks=["metadata"], fields=["source_type"]), NOW))[0] == "met"
    assert only(check(text, law(marks=["metadata"], fields=["id"]), NOW)) == ("missing", "id: no mark holds it")


def test_what_content_says_of_itself_is_known(labeler: Labeler) -> None:
    """A rule about changed content is asked of a picture whose marks say that the AI changed it, and of no other."""
    rule = law(marks=["c2pa"], when={"altered": True})
    assert only(check(labeler.image(picture(), altered=True), rule, NOW))[0] == "met"
    assert check(labeler.image(picture(), altered=False), rule, NOW).answers == ()
    assert only(check(picture(), rule, NOW))[0] == "missing"
    assert check(labeler.image(picture(), altered=True), rule, NOW, about=Content(Medium.IMAGE, False)).answers == ()


def test_what_a_text_knows_is_nothing_to_a_picture() -> None:
    """Length and being a file are told of texts alone; a text has no place for metadata, and is told so."""
    about = Content(Medium.TEXT, document=True, tokens=500)
    known = check(picture(), NONE, NOW, about=about).content
    assert (known.document, known.tokens) == (False, None)
    assert only(check("Hello.", law(marks=["metadata"]), NOW))[1].endswith("plain text carries none here")


def test_the_length_is_that_of_the_text_without_its_marks(labeler: Labeler) -> None:
    """A short text does not grow long by its label, in characters or bytes; a declared length is believed."""
    text = "A very short answer."
    rule = law(media=["text"], marks=["c2pa"], when={"tokens_at_least": 12})
    plain = check(text, rule, NOW)
    assert plain.answers == ()
    labelled = labeler.text(text, marks={"visible", "c2pa"})
    assert check(labelled, rule, NOW).content.tokens == plain.content.tokens
    assert check(labelled.encode(), rule, NOW).content.tokens == plain.content.tokens
    assert only(check(text, rule, NOW, about=Content(Medium.TEXT, tokens=500)))[0] == "missing"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300) | st.binary(max_size=300) | st.binary(max_size=80).map(lambda end: picture()[:90] + end))
def test_hostile_content_raises_no_other_error(content: str | bytes) -> None:
    """Whatever it is: a result, or the error that there is nothing to check."""
    rule = law(marks=["visible", "metadata", "c2pa"], fields=["id"])
    try:
        assert check(content, rule, NOW).result in ("misses", "cannot tell")
    except UnknownMediaError:
        assert isinstance(content, bytes)


def test_an_operators_own_words_are_found(signer: Signer) -> None:
    """A pack that does not ship may have words of its own: check() looks for them, in pictures and texts."""
    wording = {
        "language": "en",
        "status": "practice",
        "created": "Robot art",
        "altered": "Robot edit",
        "unknown": "Robot",
    }
    policy = law(wording=wording)
    own = Labeler(ACME, signer=signer, policy=policy)
    assert only(check(own.image(picture()), policy, NOW))[0] == "met"
    labelled = own.text("Hello.")
    assert "Robot art" in labelled
    got = check(labelled, policy, NOW)
    assert only(got)[0] == "met"
    assert got.content.tokens == check("Hello.", policy, NOW).content.tokens
    assert inspect(labelled).findings == ()


def test_headers_never_count() -> None:
    """There is no way to tell check() of HTTP headers: it takes content and what is known of it, and nothing else."""
    allowed = {"content", "policies", "when", "generator", "service", "about", "trust", "limits"}
    assert set(introspection.signature(check).parameters) == allowed
    said = (
        "AI-Disclosure: mode=machine-generated\r\nLink: <https://acme.example/m.c2pa>; rel=c2pa-manifest\r\n\r\nHello."
    )
    assert check(said, law(marks=["metadata", "c2pa"], any=True), NOW).result == "misses"


def test_several_laws_are_checked_together(labeler: Labeler, root_pem: bytes) -> None:
    """One that is missed makes it a miss; the answer names its own law, and JSON has it all."""
    other = law(marks=["watermark"]).model_copy(update={"jurisdiction": "YY"})
    both = Policies.of(law(marks=["c2pa"]), other)
    got = check(labeler.image(picture()), both, NOW, trust=Trust.of(root_pem))
    assert got.result == "cannot tell"
    assert got.policy == "XX 2026-11-22 + YY 2026-11-22"
    told = got.to_dict()
    assert [rule["result"] for rule in told["rules"]] == ["met", "cannot-tell"]
    assert told["rules"][0]["reasons"] == ["c2pa: found, trusted"]
    assert told["rules"][0]["source"] == "https://law.example"
    assert told["inspection"]["ai_generated"] is True
    assert check(picture(), both, NOW).result == "misses"


def test_no_mark_is_lost_sight_of(labeler: Labeler) -> None:
    """A badge that was painted over, and metadata that a program left out, are no longer found."""
    labelled = labeler.image(picture())
    for mark in (Mark.VISIBLE, Mark.METADATA, Mark.C2PA):
        assert check(labelled, law(marks=[mark]), NOW).result == "meets"
        assert check(painted_over(labelled), law(marks=[mark]), NOW).result != "meets"


def test_a_text_that_is_its_notice_has_no_tokens() -> None:
    """It stands at the start and at the end, and is one mark: it counts once."""
    notice = "This text was generated using artificial intelligence."
    for text in (notice, f"{notice}\n", f"{notice}\n\n{notice}\n\n{notice}"):
        assert check(text, law(media=["text"]), NOW).content.tokens == 0
