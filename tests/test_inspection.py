"""inspect(): the front door for reading."""

import io
import json
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelkit import Generator, Labeler, Signer, inspect
from labelkit.errors import ContentError
from labelkit.marks import Mark, Medium
from labelkit.media import Limits
from labelkit.policy.packs import Packs, phrases
from labelkit.provenance import Trust

NOTICE = "This text was generated using artificial intelligence."
ACME = Generator(provider="Acme", system="acme-chat", version="2.1")


@pytest.fixture(scope="session")
def labeler(signer: Signer) -> Labeler:
    """A labeler with every means."""
    return Labeler(ACME, signer=signer, policy="none")


def picture(kind: str = "PNG") -> bytes:
    """A picture."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, kind)
    return file.getvalue()


def test_nothing_says_nothing() -> None:
    """No mark is no proof of a human: None, not False."""
    for content in ("Hello.", "", picture(), b"plain bytes"):
        found = inspect(content)
        assert found.ai_generated is None
        assert found.findings == ()
        assert found.problems == ()


def test_valid_is_not_trusted(labeler: Labeler, root_pem: bytes) -> None:
    """A signature that holds is valid; it is trusted only when its root was given."""
    text = labeler.text("Hello.", marks={"c2pa"})
    assert inspect(text).findings[0].state == "valid"
    assert inspect(text, trust=Trust.of(root_pem)).findings[0].state == "trusted"


def test_one_changed_character_is_invalid_and_says_why(labeler: Labeler) -> None:
    """An altered text no longer says that AI made it, and the reason is told."""
    text = labeler.text("Hello.", marks={"c2pa"})
    (finding,) = inspect(text.replace("Hello", "Hallo")).findings
    assert finding.state == "invalid"
    assert finding.reason
    assert inspect(text.replace("Hello", "Hallo")).ai_generated is None


def test_one_changed_byte_of_a_picture_is_invalid(labeler: Labeler) -> None:
    """Every byte outside the manifest is bound."""
    data = bytearray(labeler.image(picture(), marks={"c2pa"}))
    data[-20] ^= 1
    (finding,) = inspect(bytes(data)).findings
    assert finding.state == "invalid"


def test_a_file_is_read_and_its_bytes_decide(labeler: Labeler, tmp_path: Path) -> None:
    """A path is a file; its suffix says nothing; text files are read as UTF-8."""
    file = tmp_path / "wrong.txt"
    file.write_bytes(labeler.image(picture("WEBP"), marks={"metadata"}))
    assert inspect(file).media_type == "image/webp"
    file.write_text(labeler.text("Привет."), encoding="utf-8", newline="")
    assert inspect(file).ai_generated is True
    with pytest.raises(ContentError, match=r"missing\.png"):
        inspect(tmp_path / "missing.png")


def test_a_notice_counts_in_its_place_only(labeler: Labeler) -> None:
    """A text that quotes the notice is not labelled by it."""
    notice = labeler.text("x").partition("\n\n")[2]
    assert inspect(f"Hello.\n\n{notice}").ai_generated is True
    assert inspect(f"{notice}\n\nHello.").ai_generated is True
    assert inspect(f'They wrote "{notice}" below.').ai_generated is None


def test_a_notice_names_whatever_detector() -> None:
    """Any address behind known words is told, of whoever; other words behind them are no notice."""
    for address in ("https://somebody.example/check?x=1", "http://a.example"):
        (finding,) = inspect(f"Hello.\n\n{NOTICE} {address}").findings
        assert finding.says == {"text": NOTICE, "place": "end", "detector": address}
    for other in ("ftp://a.example", "or so", "https://a.example twice", "https://пример.рф"):
        assert inspect(f"Hello.\n\n{NOTICE} {other}").findings == ()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_front_matter_is_read_and_the_notice_behind_it(line_end: str) -> None:
    """Metadata of a document is what anybody wrote; China's record alone says that AI was at work."""
    lines = ["---", 'AIGC: {"Label": 2, "ContentProducer": "B"}', "title: x", "---", NOTICE, "", "# Title"]
    found = inspect(line_end.join(lines))
    assert found.media_type == "text/markdown"
    visible, metadata = found.findings
    assert visible.says["place"] == "start"
    assert (metadata.state, metadata.ai_generated) == ("unsigned", True)
    assert metadata.says["aigc"] == {"Label": "2", "ContentProducer": "B"}
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    assert inspect("---\ntitle: x\n---\nText").findings == ()
    assert inspect("---\nAIGC: {Label: 9}\n---\nText").ai_generated is None


def test_front_matter_that_cannot_be_read_is_a_problem() -> None:
    """It is told, and the notice is found all the same."""
    found = inspect(f"---\na: b: c\n---\nText\n\n{NOTICE}")
    assert "front matter" in found.problems[0]
    assert found.ai_generated is True


def test_every_phrase_is_found_in_its_place_and_no_part_of_one() -> None:
    """Each wording of each language and rule, in both places, and both at once; a longer one is not its shorter part."""
    for phrase in phrases(Medium.TEXT):
        for text, place in ((f"{phrase}\n\nx", "start"), (f"x\n\n{phrase}", "end")):
            assert [finding.says for finding in inspect(text).findings] == [{"text": phrase, "place": place}]
        assert len(inspect(f"{phrase}\n\nx\n\n{phrase}").findings) == 1
    two = [finding.says["place"] for finding in inspect(f"{NOTICE}\n\nx\n\nЭтот текст создан с помощью ИИ.").findings]
    assert two == ["start", "end"]


def test_the_json_form_is_json(labeler: Labeler) -> None:
    """Everything an inspection says can be written as JSON and read back the same."""
    for content in (
        labeler.image(picture(), marks={"metadata", "c2pa"}),
        labeler.text("Hi.", marks={"visible", "c2pa"}),
        b"\xff\x00",
    ):
        told = inspect(content).to_dict()
        assert json.loads(json.dumps(told)) == told


def test_a_development_credential_is_called_one(tmp_path: Path) -> None:
    """Whoever inspects what a development credential signed is told so."""
    made = Labeler(ACME, signer=Signer.development(tmp_path), policy="none").text("Hi.", marks={"c2pa"})
    (finding,) = inspect(made).findings
    assert finding.says["development"] is True
    assert "development" in finding.reason


def test_limits_hold_for_reading(tmp_path: Path) -> None:
    """A file, a text and a picture over the limit are told as a problem, not read."""
    file = tmp_path / "large"
    file.write_bytes(bytes(2000))
    for content in (file, "x" * 2000, picture() + bytes(2000)):
        assert "limit" in inspect(content, limits=Limits(bytes=1000)).problems[0]


@given(st.one_of(st.text(), st.text(st.sampled_from("\ufeff\ufe00\ufe0f\U000e0100\U000e01efa\ud800\n")), st.binary()))
def test_nothing_that_content_holds_raises(content: str | bytes) -> None:
    """Hostile text and bytes are inspected without an exception."""
    inspect(content)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_broken_labelled_content_does_not_raise(labeler: Labeler, data: st.DataObject) -> None:
    """Labelled pictures and texts with bytes cut, changed or repeated are inspected without an exception."""
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF", "TEXT"]))
    whole = bytearray(_labelled(labeler, kind))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(whole) - 1)))
        length = data.draw(st.integers(0, 64))
        whole[at : at + length] = data.draw(
            st.sampled_from([b"", b"\xff", bytes(length), bytes(whole[at : at + 2 * length])])
        )
    found = inspect(bytes(whole))
    json.dumps(found.to_dict())


_MADE: dict[str, bytes] = {}


def _labelled(labeler: Labeler, kind: str) -> bytes:
    if kind not in _MADE:
        if kind == "TEXT":
            _MADE[kind] = labeler.text("Hello, мир.", marks={"visible", "c2pa"}).encode()
        else:
            _MADE[kind] = labeler.image(picture(kind), marks={"metadata", "c2pa"})
    return _MADE[kind]


def test_nothing_is_fetched(labeler: Labeler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inspection opens no connection, whatever a manifest names."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("inspection opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert Mark.C2PA in inspect(labeler.image(picture(), marks={"c2pa"})).marks


def test_a_hostile_run_of_marks_does_not_hang(labeler: Labeler) -> None:
    """A signed text of combining marks in the wrong order is read in linear time; the C library sorts by insertion."""
    text = labeler.text("a" + "\u0301\u0316" * 100_000, marks={"c2pa"})  # some minutes if it were quadratic
    assert inspect(text).findings[0].state == "valid"


@pytest.mark.parametrize("source", ["http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", "unknown"])
def test_a_record_of_ai_counts_beside_another_source_type(source: str) -> None:
    """A photograph in which an AI was at work since: its AIGC record is a mark that says so."""
    document = f'---\nai-label: {{source_type: "{source}"}}\nAIGC: {{Label: "1", ContentProducer: x}}\n---\nBody.'
    photo = Image.new("RGB", (64, 64), "navy")
    out = io.BytesIO()
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" '
        f'Iptc4xmpExt:DigitalSourceType="{source}" TC260:AIGC=\'{{"Label":"1"}}\'/></rdf:RDF></x:xmpmeta>'
    )
    photo.save(out, "JPEG", xmp=xmp.encode())
    for content in (document, out.getvalue()):
        found = inspect(content)
        assert found.ai_generated is True
        assert found.findings[0].says["source_type"] == source
    assert inspect(document.replace('Label: "1"', 'Label: "0"')).ai_generated is None


@pytest.mark.parametrize("altered", [False, True, None])
def test_words_that_are_said_of_all_content_say_nothing_of_who_made_it(tmp_path: Path, altered: bool | None) -> None:
    """An operator's own mark that is the same on what was made and on what was changed is no claim that AI made all."""
    (tmp_path / "own.toml").write_text(
        'jurisdiction = "OWN"\nname = "Own"\ntimezone = "UTC"\nlanguage = "en"\nchecked = 2026-01-01\n'
        '[[rule]]\nid = "OWN-1"\narticle = "1"\nsource = "own"\nsureness = "low"\nfrom = 2020-01-01\nbinds = "us"\n'
        'says = "Mark it."\nmedia = ["text", "image"]\nmarks = ["visible"]\nlevel = "require"\n'
        '[rule.wording]\nlanguage = "en"\nstatus = "practice"\ncreated = "AI"\naltered = "AI"\nunknown = "AI"\n'
    )
    own = Labeler(ACME, policy="own", packs=Packs(tmp_path))
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "navy").save(picture, "PNG")
    for labelled in (own.text("Hello.", altered=altered), own.image(picture.getvalue(), altered=altered)):
        found = inspect(labelled, policies=own.policies).findings[0]
        assert found.mark is Mark.VISIBLE
        assert (found.source_type or "").endswith("/compositeWithTrainedAlgorithmicMedia")
