"""The metadata mark: what a label says is in the picture, what was there before stays."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from labelkit.aigc import record
from labelkit.errors import DamagedContentError, LabelkitError
from labelkit.image.containers import container_of, png
from labelkit.image.metadata import Metadata, read, write
from labelkit.image.xmp import build
from labelkit.label import Generator, Label, SourceType

Make = Callable[..., Image.Image]
Encode = Callable[..., bytes]
OTHERS = {
    "photoshop:Credit": "Agency",
    "xmp:CreateDate": "2001-01-01",
    "xmp:CreatorTool": "Camera 1",
    "xmp:Rating": "5",
    "Iptc4xmpExt:DigImageGUID": "abc",
}


@pytest.mark.parametrize("altered", [False, True, None])
def test_what_is_written_is_read(media_type: str, sample: bytes, label: Label, altered: bool | None) -> None:
    """Provider, system, version, id, time and created-or-altered come back exactly, in every format."""
    said = Label(label.generator, altered=altered)
    found = read(write(sample, media_type, said), media_type)
    assert found is not None
    assert (found.provider, found.system, found.version) == ("Acme & <Сыновья>", 'acme-"img"', "2.1")
    assert (found.id, found.time, found.altered) == (str(said.id), said.stamp, altered)
    assert found.source_type == said.source_type.value
    assert found.ai_generated is True
    assert found.aigc is None


def test_the_same_label_is_there_once(media_type: str, sample: bytes, label: Label) -> None:
    """Writing a label again changes nothing, and another label takes its place at the same length."""
    once = write(sample, media_type, label, aigc=True)
    assert write(once, media_type, label, aigc=True) == once
    other = write(once, media_type, Label(label.generator), aigc=True)
    assert len(other) == len(once)
    found = read(other, media_type)
    assert found is not None
    assert found.id != str(label.id)


def test_a_created_picture_gets_the_standard_fields(sample: bytes, media_type: str, label: Label) -> None:
    """For what the AI made, credit, tool, date and GUID are the generator's."""
    found = read(write(sample, media_type, label), media_type)
    assert found is not None
    assert found.raw["photoshop:Credit"] == label.generator.provider
    assert found.raw["xmp:CreatorTool"] == 'acme-"img" 2.1'
    assert found.raw["xmp:CreateDate"] == found.raw["xmp:MetadataDate"] == label.stamp
    assert found.raw["xmpMM:InstanceID"] == f"uuid:{label.id}"
    assert found.raw["Iptc4xmpExt:DigImageGUID"] == f"urn:uuid:{label.id}"


def test_an_altered_picture_keeps_its_history(sample: bytes, media_type: str, label: Label) -> None:
    """For what the AI changed, somebody's credit, date, tool and GUID stay, and the label is told beside them."""
    before = container_of(media_type).write_xmp(sample, build(OTHERS))
    said = Label(label.generator, altered=True)
    after = write(before, media_type, said)
    found = read(after, media_type)
    assert found is not None
    assert {name: found.raw[name] for name in OTHERS} == OTHERS
    assert (found.provider, found.id, found.time) == (label.generator.provider, str(said.id), said.stamp)
    assert found.raw["xmp:ModifyDate"] == said.stamp
    assert write(after, media_type, said) == after


def test_a_detector_is_named_where_one_is_declared(sample: bytes, media_type: str, label: Label) -> None:
    """The address where the mark can be checked is read back; a generator without one takes another's out."""
    declared = Label(replace(label.generator, detector="https://example.com/check?of=a&b=%D1%84"))
    found = read(write(sample, media_type, declared), media_type)
    assert found is not None
    assert found.detector == declared.generator.detector
    again = read(write(write(sample, media_type, declared), media_type, label), media_type)
    assert again is not None
    assert again.detector is None


def test_a_broken_packet_is_kept_beside_the_new_one(sample: bytes, media_type: str, label: Label) -> None:
    """XMP that is no XML is not thrown away and does not keep a picture from being labelled: it is in the new packet."""
    broken = b"<x:xmpmeta <<< caf\xe9"
    container = container_of(media_type)
    labelled = write(container.write_xmp(sample, broken), media_type, label)
    assert base64.b64encode(broken) in (container.read_xmp(labelled) or b"")
    assert write(labelled, media_type, label) == labelled
    found = read(labelled, media_type)
    assert found is not None
    assert found.id == str(label.id)


@pytest.mark.parametrize("blank", [b"", b"  \n", b"\0\0"])
def test_an_empty_packet_counts_as_none(blank: bytes, picture: Make, encoded: Encode, label: Label) -> None:
    """A packet of white space says nothing and has nothing to keep."""
    data = png.write_xmp(encoded(picture(), "image/png"), blank)
    assert read(data, "image/png") is None
    assert b"UnreadablePacket" not in write(data, "image/png", label)


def test_nothing_said_is_none(sample: bytes, media_type: str) -> None:
    """A picture without metadata, or with a rating and a credit alone, says nothing about how it was made."""
    assert read(sample, media_type) is None
    assert read(container_of(media_type).write_xmp(sample, build(OTHERS)), media_type) is None


def test_a_broken_packet_is_an_error_to_a_reader(sample: bytes, media_type: str) -> None:
    """What cannot be read is not taken for silence."""
    with pytest.raises(DamagedContentError, match="XMP packet"):
        read(container_of(media_type).write_xmp(sample, b"<no"), media_type)


def test_the_aigc_record_has_its_seven_keys(sample: bytes, media_type: str, label: Label) -> None:
    """TC260:AIGC is JSON with the keys of GB 45438-2025, Label 1, the provider and the label's id."""
    found = read(write(sample, media_type, label, aigc=True), media_type)
    assert found is not None
    assert found.aigc == {
        "Label": "1",
        "ContentProducer": label.generator.provider,
        "ProduceID": str(label.id),
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [('{"Label":"1","ContentProducer":"X"}', {"Label": "1", "ContentProducer": "X"}), ("no", None)],
)
def test_aigc_in_a_png_text_is_read(text: str, expected: dict[str, str] | None, picture: Make, encoded: Encode) -> None:
    """A record outside of XMP counts; a broken one is no record."""
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", text)
    found = read(encoded(picture(), "image/png", pnginfo=info), "image/png")
    assert found is not None
    assert found.aigc == expected
    assert found.ai_generated is (True if expected else None)


def test_a_file_has_one_aigc_record(picture: Make, encoded: Encode, label: Label) -> None:
    """GB 45438-2025: ours takes the place of another's, be it a property, a property for each key or a PNG text;
    without a record of ours, another's stays."""
    info = PngImagePlugin.PngInfo()
    info.add_text("AIGC", '{"Label":"3"}')
    info.add_itxt("AIGC", '{"Label":"3","ContentProducer":"Они"}')
    info.add_text("Comment", "AIGC")
    packet = build({"TC260:Label": "3", "TC260:ContentProducer": "X", "TC260:AIGC": '{"Label":"3"}', "xmp:Rating": "5"})
    data = png.write_xmp(encoded(picture(), "image/png", pnginfo=info), packet)

    kept = read(write(data, "image/png", label), "image/png")
    assert kept is not None
    assert kept.aigc == {"Label": "3"}

    labelled = write(data, "image/png", label, aigc=True)
    found = read(labelled, "image/png")
    assert found is not None
    assert found.aigc == record(label)
    assert [name for name in found.raw if name.startswith("TC260")] == ["TC260:AIGC"]
    assert found.raw["xmp:Rating"] == "5"
    assert png.texts(labelled, frozenset({b"AIGC", b"Comment"})) == {b"Comment": b"AIGC"}
    assert write(labelled, "image/png", label, aigc=True) == labelled


def test_aigc_as_separate_properties_is_read(picture: Make, encoded: Encode) -> None:
    """Some writers give each key a property of its own."""
    packet = build({"TC260:Label": "3", "TC260:ContentProducer": "X"})
    found = read(png.write_xmp(encoded(picture(), "image/png"), packet), "image/png")
    assert found is not None
    assert found.aigc == {"Label": "3", "ContentProducer": "X"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Metadata(source_type=SourceType.CREATED.value), True),
        (Metadata(source_type=SourceType.COMPOSITE.value), True),
        (Metadata(source_type="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"), False),
        (Metadata(source_type="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"), False),
        (Metadata(system="some model"), True),
        (Metadata(aigc={"Label": "1"}), True),
        (Metadata(aigc={"Label": "9"}), None),
        (Metadata(), None),
    ],
)
def test_what_is_declared_has_three_values(found: Metadata, expected: bool | None) -> None:
    """AI, another origin, or nothing said; plain algorithms are not AI."""
    assert found.ai_generated is expected


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(change=st.data())
def test_reading_and_writing_never_raise_anything_else(
    media_type: str, sample: bytes, label: Label, change: st.DataObject
) -> None:
    """Labelled files with bytes changed anywhere are read, labelled, or refused by our errors."""
    data = bytearray(write(sample, media_type, label, aigc=True))
    for _ in range(change.draw(st.integers(1, 5))):
        at = change.draw(st.integers(0, len(data) - 1))
        data[at : at + change.draw(st.integers(0, 3))] = change.draw(st.binary(max_size=3))
    for call in (lambda: read(bytes(data), media_type), lambda: write(bytes(data), media_type, label)):
        try:
            call()
        except LabelkitError as error:
            assert str(error)  # noqa: PT017 - either way is right


def test_exiftool_reads_the_same(exiftool: str, tmp_path: Path, sample: bytes, media_type: str, label: Label) -> None:
    """An independent reader names the fields as IPTC does, and has no complaint about the file."""
    path = tmp_path / f"labelled.{media_type.partition('/')[2]}"
    path.write_bytes(write(sample, media_type, label, aigc=True))
    command = [exiftool, "-j", "-n", "-G1", "-a", "-u", "-XMP:all", "-Warning", "-Error", str(path)]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    assert found["XMP-iptcExt:DigitalSourceType"] == SourceType.CREATED
    assert found["XMP-iptcExt:AISystemUsed"] == 'acme-"img"'
    assert found["XMP-iptcExt:AISystemVersionUsed"] in ("2.1", 2.1)
    assert found["XMP-photoshop:Credit"] == "Acme & <Сыновья>"
    assert found["XMP-xmpMM:InstanceID"] == f"uuid:{label.id}"
    assert json.loads(found["XMP-TC260:Aigc"])["Label"] == "1"
    assert not [key for key in found if "Warning" in key or "Error" in key]


def test_names_of_every_printable_character_survive(picture: Make, encoded: Encode) -> None:
    """Whatever a generator may be called goes through XML and back."""
    name = "".join(chr(code) for code in range(0x20, 0x2FF) if chr(code).isprintable())[:190] + "]]>😀"
    label = Label(
        Generator(provider=name, system=name[::-1], version="'\"&amp;"), time=datetime(2026, 1, 2, tzinfo=UTC)
    )
    found = read(write(encoded(picture(), "image/png"), "image/png", label), "image/png")
    assert found is not None
    assert (found.provider, found.system, found.version) == (name.strip(), name[::-1].strip(), "'\"&amp;")
