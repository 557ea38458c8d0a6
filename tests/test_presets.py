"""Presets: content labelled under each shipped pack is read back, checked, and spoiled."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from PIL import Image, ImageDraw

from labelkit import Generator, Labeler, Signer, inspect
from labelkit.aigc import KEYS
from labelkit.checking import Check, check
from labelkit.choice import Choice
from labelkit.image.containers import container_of
from labelkit.inspection import Finding, Inspection
from labelkit.label import Field
from labelkit.marks import Mark, Medium
from labelkit.policy import Content, Decision, Level, Packs, Policies, Policy, wordings
from labelkit.service import Role, Service

DETECTOR = "https://acme.example/detect"
ACME = Generator(provider="Acme", system="acme-chat", version="2.1", detector=DETECTOR)
PACKS = [policy for policy in Packs().all() if policy.rules]
KINDS = ("text", "markdown", "png", "jpeg", "webp")
# A service that every rule is for, and one of which nothing is known: to labelkit both are in scope.
LARGE = Service(
    roles=frozenset(get_args(Role)), daily_users=10**6, monthly_users=10**7, signatory=True, tells_users=False
)
PLAIN = "The lake lies between two mountains, and nobody has ever rowed across it in a single day. " * 40


def picture(kind: str) -> bytes:
    """A picture with something on it."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(file, kind)
    return file.getvalue()


def latest(policy: Policy) -> datetime:
    """A day on which every rule has begun: all are in force but those that have ended."""
    return policy.moment(max(rule.since for rule in policy.rules)) + timedelta(hours=12)


@dataclass(frozen=True)
class Made:
    """One piece of content, labelled under a policy, and what was decided of it."""

    labeler: Labeler
    decision: Decision
    when: datetime
    content: str | bytes

    def check(self, content: str | bytes | None = None) -> Check:
        """Check it, or what became of it, against the policy that it was labelled under."""
        return check(
            self.content if content is None else content,
            self.labeler.policies,
            self.when,
            generator=self.labeler.generator,
            service=self.labeler.service,
            about=self.decision.content,
        )

    @property
    def found(self) -> Inspection:
        return inspect(self.content)

    def finding(self, mark: Mark) -> Finding:
        """What was found of a mark that is there once."""
        (found,) = (each for each in self.found.findings if each.mark is mark)
        return found


def make(
    labeler: Labeler, kind: str, choice: Choice | None, about: Content | None = None, *, when: datetime | None = None
) -> Made:
    """Label content of a kind."""
    moment = when or max(latest(policy) for policy in labeler.policies)
    known = about or Content(Medium.TEXT)
    text = kind in ("text", "markdown")
    known = replace(known, medium=Medium.TEXT if text else Medium.IMAGE, document=kind == "markdown")
    decision = labeler.decide(choice, known, when=moment)
    if text:
        source = f"# Lakes\n\n{PLAIN}\n" if kind == "markdown" else PLAIN
        labelled = labeler.label_text(source, decision, strict=True)
        return Made(labeler, decision, moment, labelled.content)
    return Made(labeler, decision, moment, labeler.label_image(picture(kind), decision, strict=True).content)


@pytest.fixture(scope="module")
def labelers(signer: Signer) -> dict[str, Labeler]:
    """A labeler for each jurisdiction, of a service that every rule is for."""
    return {policy.jurisdiction: Labeler(ACME, signer=signer, policy=policy, service=LARGE) for policy in PACKS}


def expected(decision: Decision, policies: Policies) -> set[str]:
    """The rules that a check cannot find met: those with something unmet, and the defaults that were switched off."""
    rules = {rule.id: rule for policy in policies for rule in policy.rules}
    off = {
        name
        for name in decision.rules
        if rules[name].level is Level.DEFAULT and not decision.marks & set(rules[name].marks)
    }
    return off | {each.rule for each in decision.unmet if rules[each.rule].level >= Level.DEFAULT}


IN_SCOPE = Content(Medium.TEXT, realistic=True, published=True, first_turn=True, export=True, agreed=False)


@pytest.mark.parametrize("about", [Content(Medium.TEXT), IN_SCOPE], ids=["unknown", "known"])
@pytest.mark.parametrize("choice", [Choice.OFF, Choice.ON], ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("policy", PACKS, ids=lambda policy: policy.jurisdiction)
def test_what_is_decided_is_made_and_what_is_not_met_is_told(
    labelers: dict[str, Labeler], policy: Policy, kind: str, choice: Choice, about: Content
) -> None:
    """Every decided mark is found again; a check finds each rule met but those that the decision calls unmet."""
    made = make(labelers[policy.jurisdiction], kind, choice, about)
    decision = made.decision
    assert set(made.found.marks) == decision.marks
    got = made.check()
    short = {answer.rule.id for answer in got.answers if answer.result in ("missing", "cannot-tell")}
    assert short == expected(decision, made.labeler.policies)
    assert (got.result == "meets") is (not short)
    for unmet in decision.unmet:
        reasons = [" ".join(answer.reasons) for answer in got.answers if answer.rule.id == unmet.rule]
        assert all(f"{unmet.what}: " in told for told in reasons), unmet
    for name in decision.fields:
        holding = [each for each in made.found.findings if each.mark in (Mark.METADATA, Mark.C2PA)]
        assert name is Field.SIGNATURE or any(each.says.get(name) is not None for each in holding), name


def covering() -> Iterator[tuple[str, Mark]]:
    """The jurisdictions and marks that are made in a picture although the user chose nothing."""
    for policy in PACKS:
        wanted = (rule for rule in policy.rules if Medium.IMAGE in rule.media and rule.level is Level.REQUIRE)
        marks = {mark for rule in wanted for mark in (rule.marks[:1] if rule.any else rule.marks)}
        yield from ((policy.jurisdiction, mark) for mark in sorted(marks - {Mark.WATERMARK}))


def stripped(data: bytes) -> bytes:
    """The picture as a program saves it that keeps nothing but the pixels' own file: its XMP packet emptied."""
    container = container_of("image/png")
    packet = container.read_xmp(data)
    assert packet is not None
    return container.write_xmp(data, b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')


def painted_over(data: bytes) -> bytes:
    """The picture with its corners painted over, and its metadata as they were."""
    container = container_of("image/png")
    with Image.open(io.BytesIO(data)) as image:
        work = image.convert("RGB")
    pen = ImageDraw.Draw(work)
    for left in (0, 400):
        for top in (0, 500):
            pen.rectangle((left, top, left + 400, top + 100), "gray")
    out = io.BytesIO()
    work.save(out, "PNG")
    packet = container.read_xmp(data)
    return container.write_xmp(out.getvalue(), packet) if packet else out.getvalue()


def changed(data: bytes) -> bytes:
    """The picture with one byte changed near its end."""
    work = bytearray(data)
    work[-20] ^= 1
    return bytes(work)


SPOILT = {Mark.METADATA: stripped, Mark.VISIBLE: painted_over, Mark.C2PA: changed}


@pytest.mark.parametrize(("jurisdiction", "mark"), list(covering()))
def test_a_spoiled_mark_is_noticed(labelers: dict[str, Labeler], jurisdiction: str, mark: Mark) -> None:
    """XMP stripped, a badge painted over, one byte changed: a rule that was met no longer is."""
    made = make(labelers[jurisdiction], "png", Choice.OFF, IN_SCOPE)
    assert isinstance(made.content, bytes)
    rules = {rule.id: rule for policy in made.labeler.policies for rule in policy.rules}
    lost = met(made.check()) - met(made.check(SPOILT[mark](made.content)))
    assert any(mark in rules[name].marks for name in lost)


def met(found: Check) -> set[str]:
    """The rules that a check found met."""
    return {answer.rule.id for answer in found.answers if answer.result == "met"}


def test_china_a_picture_says_so_at_a_twentieth_of_its_side_and_in_seven_keys(labelers: dict[str, Labeler]) -> None:
    """GB 45438-2025: the badge has both elements and stands at 5 % in the corner; the AIGC record is there once."""
    for kind in ("png", "jpeg", "webp"):
        made = make(labelers["CN"], kind, Choice.OFF)
        assert made.finding(Mark.VISIBLE).says == {"text": "AI生成", "place": "bottom-right"}
        record = made.finding(Mark.METADATA).says["aigc"]
        assert tuple(record) == KEYS
        assert (record["Label"], record["ContentProducer"]) == ("1", "Acme")
        assert record["ProduceID"] == made.finding(Mark.METADATA).says["id"]
        assert isinstance(made.content, bytes)
        assert made.content.count(b'"ReservedCode2"') + made.content.count(b"&quot;ReservedCode2") == 1


def test_china_markdown_has_the_record_in_its_front_matter(labelers: dict[str, Labeler]) -> None:
    """TC260-PG-20258A: an AIGC mapping of seven keys between the lines at the file's start, the notice in Chinese."""
    made = make(labelers["CN"], "markdown", Choice.OFF)
    assert isinstance(made.content, str)
    opening, front, _ = made.content.split("---\n", 2)
    assert opening == ""
    (line,) = (line for line in front.splitlines() if line.startswith("AIGC:"))
    assert tuple(json.loads(line.removeprefix("AIGC:"))) == KEYS
    assert "人工智能" in made.finding(Mark.VISIBLE).says["text"]
    assert made.check().result == "meets"
    without = made.content.replace(line + "\n", "")
    (short,) = (answer for answer in made.check(without).answers if answer.result != "met")
    assert (short.rule.id, short.result) == ("CN-5-TEXT", "missing")


def test_china_a_user_who_agreed_gets_a_copy_without_the_visible_label(labelers: dict[str, Labeler]) -> None:
    """Art. 9: with the agreement the choice off takes the badge away, and never the metadata."""
    agreed = Content(Medium.IMAGE, agreed=True)
    made = make(labelers["CN"], "png", Choice.OFF, agreed)
    assert set(made.found.marks) == {Mark.METADATA}
    (short,) = (answer for answer in made.check().answers if answer.result != "met")
    assert short.rule.id == "CN-9"
    assert Mark.VISIBLE in make(labelers["CN"], "png", None, agreed).found.marks


def test_europe_pictures_say_ai_in_the_top_right_corner(labelers: dict[str, Labeler]) -> None:
    """Code of Practice, section 2: AI in capitals, top right; for what was changed the other word."""
    for altered, words in ((False, "AI GENERATED"), (True, "AI MODIFIED")):
        made = make(labelers["EU"], "jpeg", Choice.OFF, Content(Medium.IMAGE, altered, realistic=True))
        assert made.finding(Mark.VISIBLE).says == {"text": words, "place": "top-right"}


def test_europe_a_published_text_is_labelled_above_it(labelers: dict[str, Labeler]) -> None:
    """Art. 50(4): the label stands before the text; one that was moved to the end is missed."""
    about = Content(Medium.TEXT, published=True, first_turn=False)
    made = make(labelers["EU"], "text", Choice.OFF, about)
    says = {"text": wordings("en").text.created, "place": "start", "detector": DETECTOR}
    assert made.finding(Mark.VISIBLE).says == says
    assert isinstance(made.content, str)
    assert made.content.startswith(wordings("en").text.created)
    moved = made.check(f"{PLAIN}\n\n{wordings('en').text.created}")
    (text,) = (answer for answer in moved.answers if answer.rule.id == "EU-50-4-TEXT")
    assert text.result == "missing"
    assert "start is asked for" in " ".join(text.reasons)


def test_europe_the_first_answer_of_a_chat_says_that_an_ai_talks(labelers: dict[str, Labeler]) -> None:
    """Art. 50(1): the first answer begins with it, a later one does not, nor where the service's pages tell."""
    first = Content(Medium.TEXT, published=False, first_turn=True)
    made = make(labelers["EU"], "text", Choice.OFF, first)
    says = {"text": wordings("en").chat, "place": "start", "detector": DETECTOR}
    assert made.finding(Mark.VISIBLE).says == says
    later = make(labelers["EU"], "text", Choice.OFF, replace(first, first_turn=False))
    assert Mark.VISIBLE not in later.decision.marks
    assert "EU-50-1" not in {answer.rule.id for answer in later.check().answers}
    telling = Labeler(ACME, signer=labelers["EU"].signer, policy="eu", service=replace(LARGE, tells_users=True))
    assert Mark.VISIBLE not in make(telling, "text", Choice.OFF, first).decision.marks


def test_europe_a_short_text_is_neither_signed_nor_missed(labelers: dict[str, Labeler]) -> None:
    """Under 200 tokens no rule asks for a mark that machines read: none is made, and a check counts by itself."""
    labeler = labelers["EU"]
    about = Content(Medium.TEXT, published=False, first_turn=False)
    when = latest(labeler.policies.each[0])
    labelled = labeler.label_text("A short answer.", labeler.decide(Choice.OFF, about, when=when))
    assert labelled.content == "A short answer."
    got = check(labelled.content, labeler.policies, when, generator=ACME, service=LARGE, about=about)
    assert got.result == "meets"
    assert got.content.tokens is not None
    long = make(labeler, "text", Choice.OFF, about)
    assert long.found.marks == (Mark.C2PA,)
    assert check(PLAIN, labeler.policies, when, service=LARGE, about=about).result == "misses"


def test_korea_marks_for_machines_alone_come_with_one_notice(labelers: dict[str, Labeler]) -> None:
    """Decree art. 23: the manifest brings a notice, unless the service's own pages tell users."""
    made = make(labelers["KR"], "png", Choice.OFF, Content(Medium.IMAGE, realistic=False))
    assert set(made.found.marks) == {Mark.C2PA, Mark.VISIBLE}
    assert made.decision.because[Mark.VISIBLE] == ("KR-23-NOTICE",)
    assert made.check().result == "meets"
    telling = Labeler(ACME, signer=labelers["KR"].signer, policy="kr", service=replace(LARGE, tells_users=True))
    silent = make(telling, "png", Choice.OFF, Content(Medium.IMAGE, realistic=False))
    assert silent.found.marks == (Mark.C2PA,)
    assert silent.check().result == "meets"
    assert made.check(silent.content).result == "cannot tell"


def test_california_the_latent_disclosure_has_its_five_parts(labelers: dict[str, Labeler]) -> None:
    """22757.3(a): provider, system and version, time, identifier, created or altered, in both marks and the same."""
    for kind in ("png", "jpeg", "webp"):
        for altered in (False, True):
            made = make(labelers["US-CA"], kind, Choice.OFF, Content(Medium.IMAGE, altered))
            names = ("provider", "system", "version", "time", "id", "altered")
            told = [[made.finding(mark).says[name] for name in names] for mark in (Mark.METADATA, Mark.C2PA)]
            assert told[0] == told[1]
            assert told[0][:3] == ["Acme", "acme-chat", "2.1"]
            assert told[0][5] is altered
            assert datetime.fromisoformat(told[0][3]).tzinfo is not None
            assert made.check().result == "meets"


@pytest.mark.parametrize("kind", KINDS)
def test_the_detector_is_in_every_mark_that_can_hold_it(labelers: dict[str, Labeler], kind: str) -> None:
    """Code of Practice 3.4: notice, metadata and manifest name where anyone can have them checked; a badge has no room."""
    made = make(labelers["EU"], kind, Choice.ON, IN_SCOPE)
    badge = {Mark.VISIBLE} if made.decision.medium is Medium.IMAGE else set()
    holding = [each for each in made.found.findings if each.mark not in badge]
    assert len(holding) >= 2
    assert {each.says["detector"] for each in holding} == {DETECTOR}
    silent = Labeler(replace(ACME, detector=None), signer=made.labeler.signer, policy="eu", service=LARGE)
    without = make(silent, kind, Choice.ON, IN_SCOPE)
    assert Field.DETECTOR in {each.what for each in without.decision.unmet}
    short = {answer.rule.id for answer in without.check().answers if "detector: " in " ".join(answer.reasons)}
    assert short == {each.rule for each in without.decision.unmet if each.what is Field.DETECTOR}


def test_several_laws_at_once_are_all_met_where_one_mark_can(labelers: dict[str, Labeler]) -> None:
    """Under Kazakhstan and California one picture has every mark; what two laws word differently is told as unmet."""
    signer = labelers["EU"].signer
    both = make(Labeler(ACME, signer=signer, policy="kz, us-ca", service=LARGE), "png", Choice.OFF, IN_SCOPE)
    assert set(both.found.marks) == {Mark.VISIBLE, Mark.METADATA, Mark.C2PA}
    assert both.check().result == "meets"
    clash = make(Labeler(ACME, signer=signer, policy="cn, eu", service=LARGE), "png", Choice.OFF, IN_SCOPE)
    assert clash.finding(Mark.VISIBLE).says["text"] == "AI生成"
    assert "EU-50-4" in {each.rule for each in clash.decision.unmet}
    (europe,) = (answer for answer in clash.check().answers if answer.rule.id == "EU-50-4")
    assert europe.result == "missing"


def test_before_its_day_a_rule_asks_nothing(labelers: dict[str, Labeler]) -> None:
    """The day before the first rule of each pack nothing is made, and a check asks nothing."""
    for policy in PACKS:
        when = policy.moment(min(rule.since for rule in policy.rules)) - timedelta(seconds=1)
        made = make(labelers[policy.jurisdiction], "png", Choice.OFF, IN_SCOPE, when=when)
        assert made.found.findings == ()
        assert (made.check().answers, made.check().result) == ((), "meets")
