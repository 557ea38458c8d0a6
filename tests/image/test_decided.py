"""What a decision asks of a picture: its corner, its size, its words and its fields reach the file."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image, ImageChops

from labelkit import Generator, Labeler, inspect
from labelkit.aigc import KEYS
from labelkit.choice import Choice
from labelkit.image.badge import Badge
from labelkit.image.metadata import read
from labelkit.label import Field
from labelkit.marks import Mark, Medium
from labelkit.outcome import Labelled
from labelkit.picture import DECLARED
from labelkit.policy import Content

WHEN = datetime(2026, 12, 10, tzinfo=UTC)
ACME = Generator(provider="Acme", system="acme-img", version="2.1")
KINDS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def plain(kind: str = "image/png", size: tuple[int, int] = (640, 480), shade: str = "black") -> bytes:
    """A picture of one shade."""
    file = io.BytesIO()
    Image.new("RGB", size, shade).save(file, KINDS[kind])
    return file.getvalue()


def label(labeler: Labeler, data: bytes, choice: Choice = Choice.ON, **about: Any) -> Labelled[bytes]:
    """Label a picture on the day of these tests."""
    decision = labeler.decide(choice, Content(Medium.IMAGE, **{"altered": False, **about}), when=WHEN)
    return labeler.label_image(data, decision)


def box(before: bytes, after: bytes) -> tuple[int, int, int, int]:
    """Where the pixels of two files differ."""
    one, other = (Image.open(io.BytesIO(data)).convert("L") for data in (before, after))
    found = ImageChops.difference(one, other).point([0] * 8 + [255] * 248).getbbox()
    assert found is not None
    return found


@pytest.mark.parametrize("choice", [Choice.OFF, Choice.ON])
@pytest.mark.parametrize("kind", KINDS)
def test_china_has_its_badge_and_its_record_whatever_was_chosen(kind: str, choice: Choice) -> None:
    """GB 45438-2025: AI生成 in the corner, and one record of seven keys in XMP; the user cannot switch either off."""
    before = plain(kind)
    after = label(Labeler(ACME, policy="cn"), before, choice)
    left, top, right, bottom = box(before, after.content)
    said = read(after.content, kind)

    assert {Mark.VISIBLE, Mark.METADATA} <= after.outcome.applied
    assert (left > 320, right > 600) == (True, True)
    assert (top > 240, bottom > 450) == (True, True)
    assert said is not None
    assert said.aigc is not None
    assert tuple(said.aigc) == KEYS
    assert (said.aigc["ContentProducer"], said.aigc["ProduceID"]) == ("Acme", str(after.outcome.label.id))
    (badge,) = (each for each in inspect(after.content).findings if each.mark is Mark.VISIBLE)
    assert dict(badge.says) == {"text": "AI生成", "place": "bottom-right"}


@pytest.mark.parametrize("size", [(640, 480), (1000, 1000), (300, 900)])
def test_chinas_characters_are_five_percent_of_the_shortest_side(size: tuple[int, int]) -> None:
    """Measured on the pixels, over the whole text, whose capitals have 5 %: at least that, and not much more."""
    before = plain(size=size)
    after = label(Labeler(ACME, policy="cn", badge=Badge(opacity=1)), before, Choice.OFF)
    ink = Image.open(io.BytesIO(after.content)).convert("L").point([0] * 150 + [255] * 106).getbbox()
    assert ink is not None
    assert 0.05 * min(size) <= ink[3] - ink[1] <= 0.065 * min(size) + 2


def test_a_picture_that_was_changed_is_said_to_be() -> None:
    """AI合成 for what the AI changed, AI生成合成 where that is not known."""
    labeler = Labeler(ACME, policy="cn")
    for altered, words in ((True, "AI合成"), (None, "AI生成合成")):
        found = inspect(label(labeler, plain(), Choice.OFF, altered=altered).content).findings
        assert found[0].says["text"] == words


def test_the_eu_has_its_badge_at_the_top_right() -> None:
    """The Code of Practice's example is a rule's placement: it goes before the operator's corner, in capitals."""
    labeler = Labeler(ACME, policy="eu", badge=Badge(corner="bottom-left"))
    before = plain()
    after = label(labeler, before, Choice.OFF, realistic=True)
    left, top, right, bottom = box(before, after.content)
    assert (left > 320, right > 600) == (True, True)
    assert (top < 30, bottom < 240) == (True, True)
    assert inspect(after.content).findings[0].says == {"text": "AI GENERATED", "place": "top-right"}


@pytest.mark.parametrize(("policy", "corner"), [("cn", "bottom-right"), ("ru", "top-left")])
def test_an_operators_larger_badge_is_kept(policy: str, corner: str) -> None:
    """A rule's size is a floor, its corner is where it asks for one; all else is the operator's."""
    own = Badge(corner="top-left", height=0.1, margin=0.05, theme="light", opacity=1)
    before = plain(size=(1200, 480))
    usual, large = (
        box(before, label(Labeler(ACME, policy=policy, badge=badge), before, Choice.of("visible")).content)
        for badge in (Badge(), own)
    )
    assert large[3] - large[1] > 1.8 * (usual[3] - usual[1])
    assert (large[0] == 24) == (corner == "top-left")
    assert (large[2] == 1200 - 24) == (corner == "bottom-right")


def test_a_rules_size_is_a_floor_for_long_words_too() -> None:
    """Words that do not fit into one line are written smaller down to what a rule asks for, then in several lines."""
    labeler = Labeler(ACME, policy="ru", badge=Badge(height=0.2))
    decision = labeler.decide(Choice.of("visible"), Content(Medium.IMAGE, altered=None), when=WHEN)
    before, heights = plain(size=(900, 480)), []
    for asked in (None, 0.1):
        after = labeler.label_image(before, replace(decision, height=asked)).content
        top, bottom = box(before, after)[1::2]
        heights.append(bottom - top)
    assert heights[1] > 2 * heights[0]


def test_other_laws_do_not_ask_for_the_record() -> None:
    """China's record is in no file that no rule, and no operator, asks it of."""
    made = label(Labeler(ACME, policy="ru"), plain(), Choice.of("metadata"))
    own = label(Labeler(ACME, policy="ru", aigc=True), plain(), Choice.of("metadata"))
    said, ours = read(made.content, "image/png"), read(own.content, "image/png")
    assert said is not None
    assert said.aigc is None
    assert ours is not None
    assert ours.aigc is not None


def test_metadata_that_lack_what_a_rule_asks_are_not_enough() -> None:
    """A file that was labelled elsewhere gets what is missing, and is then left as it is."""
    data = label(Labeler(ACME, policy="ru"), plain(), Choice.of("metadata")).content
    china = Labeler(ACME, policy="cn")
    first = label(china, data, Choice.of("metadata"))
    again = label(china, first.content, Choice.of("metadata"))
    assert Mark.METADATA in first.outcome.applied
    assert again.content is first.content
    assert again.outcome.missing[Mark.METADATA] == DECLARED

    signpost = Generator(provider="Acme", system="acme-img", version="2.1", detector="https://acme.example/check")
    posted = label(Labeler(signpost, policy="cn"), first.content, Choice.of("metadata"))
    assert Mark.METADATA in posted.outcome.applied
    assert inspect(posted.content).findings[-1].says["detector"] == signpost.detector


def test_findings_name_what_they_hold_as_rules_do(signer: Any) -> None:
    """Each field that a rule can ask for stands under its name in what the metadata or the manifest say."""
    generator = Generator(provider="Acme", system="acme-img", version="2.1", detector="https://acme.example/check")
    labelled = label(Labeler(generator, signer=signer, policy="cn"), plain(), Choice.of("metadata", "c2pa"))
    says = {each.mark: each.says for each in inspect(labelled.content).findings}
    basic = set(Field) - {Field.AIGC, Field.SIGNATURE, Field.TIMESTAMP}

    assert all(says[mark][field.value] is not None for mark in (Mark.METADATA, Mark.C2PA) for field in basic)
    assert says[Mark.METADATA]["aigc"]["Label"] == "1"
    assert says[Mark.C2PA]["timestamp"] is None  # no authority was asked; the tests of time-stamps have one
