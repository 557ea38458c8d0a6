"""The requirements table of the law facts (section 6), row by row: each rule the day before its date, on it, and after it.

Everything is asked with an offer of nothing, so that what a choice can take is what the rules themselves offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import get_args

import pytest

from labelkit.choice import Choice
from labelkit.label import Field, Generator
from labelkit.marks import NO_MARKS, Mark, Marks, Medium, default
from labelkit.placement import Place
from labelkit.policy import Cannot, Content, Decision, Kind, Level, Packs, Rule, decide
from labelkit.service import Service

PACKS = Packs()
VISIBLE, METADATA, C2PA, WATERMARK = Mark
IMAGE, TEXT, AUDIO, VIDEO = Medium.IMAGE, Medium.TEXT, Medium.AUDIO, Medium.VIDEO
BOTH = frozenset({METADATA, C2PA})
ALL = frozenset({VISIBLE, METADATA, C2PA})
CA_FIELDS = frozenset({Field.PROVIDER, Field.SYSTEM, Field.VERSION, Field.TIME, Field.ID, Field.ALTERED})
AIGC = frozenset({Field.AIGC, Field.PROVIDER, Field.ID})
SAID = "Этот текст создан с помощью ИИ."
KK = "Бұл мәтінді жасанды интеллект жасаған."
ZH = "本内容由人工智能生成。"
LACKING: Cannot = MappingProxyType({Field.TIMESTAMP: "No authority.", Field.DETECTOR: "No detector."})


def generator(parameters: int = 10**9, since: date = date(2026, 8, 2)) -> Generator:
    """A large new model, unless said otherwise."""
    return Generator(provider="Acme", system="acme-1", version="1", parameters=parameters, on_market_since=since)


PROVIDER = Service(roles=frozenset({"provider"}), signatory=False, tells_users=True, monthly_users=10)
SIGNATORY = replace(PROVIDER, signatory=True)
BIG = replace(PROVIDER, monthly_users=1_000_001)
PLATFORM = Service(roles=frozenset({"platform"}), daily_users=500_001)
DEPLOYER = Service(roles=frozenset({"deployer"}), signatory=False, tells_users=True)
SILENT = replace(PROVIDER, tells_users=False)
NEW, OLD, SMALL = generator(), generator(since=date(2026, 8, 1)), generator(parameters=10**9 - 1)


@dataclass(frozen=True)
class Case:
    """One rule, in a case that it applies to. ``made`` is what the choice cannot remove; ``by_default`` what is made
    besides where no choice was taken; ``taken`` what "on" adds to the required. ``before`` and ``after`` are what is
    made when the rule is not in force, with the choice off."""

    rows: tuple[int, ...]
    rule: str
    content: Content
    made: Marks = NO_MARKS
    by_default: Marks = NO_MARKS
    taken: Marks = NO_MARKS
    wording: str | None = None
    with_on: str | None = None  # what is said where the choice is on, if that is something else
    place: tuple[Place | None, str | None, float | None] = (None, None, None)
    fields: frozenset[Field] = frozenset()
    unmet: frozenset[Mark | Field] = frozenset()
    service: Service = PROVIDER
    generator: Generator = NEW
    cannot: Cannot = field(default_factory=lambda: MappingProxyType({}))
    before: Marks = NO_MARKS
    after: Marks = NO_MARKS
    beside: frozenset[str] = frozenset()  # other rules that apply to the same case


REAL = Content(IMAGE, realistic=True)
PLAIN = Content(IMAGE, realistic=False)
EU_BOX: tuple[None, str, None] = (None, "top-right", None)
CN_BOX: tuple[None, str, float] = (None, "bottom-right", 0.05)
START: tuple[Place, None, None] = (Place.START, None, None)
LONG = Content(TEXT, published=False, first_turn=False, tokens=200)
PAGE = Content(TEXT, published=False, document=True)
SOURCE_TYPE = frozenset({Field.SOURCE_TYPE})
V = frozenset({VISIBLE})

CASES = [
    Case((1, 3), "RU-243FZ-9-1", PLAIN, taken=V, wording="Создано с помощью ИИ"),
    Case((1, 3), "RU-243FZ-9-1", Content(IMAGE, altered=True), taken=V, wording="Изменено с помощью ИИ"),
    Case((1,), "RU-243FZ-9-1", Content(VIDEO), unmet=V),
    Case((1,), "RU-243FZ-9-1", Content(AUDIO), unmet=V),
    Case((1, 6), "RU-243FZ-9-3", PLAIN, taken=V, service=PLATFORM, generator=SMALL),
    Case((8,), "KZ-230VIII-21-2", REAL, ALL, wording="ЖИ жасаған"),
    Case((8,), "KZ-230VIII-21-2", Content(VIDEO), unmet=ALL),
    Case((8,), "KZ-230VIII-21-2-TEXT", Content(TEXT), V | {C2PA}, wording=KK),
    Case((8,), "KZ-230VIII-21-2-DOCUMENT", Content(TEXT, document=True), V | {METADATA}, wording=KK),
    Case((9,), "UZ-ZRU1115", PLAIN, V, wording="SI yaratgan"),
    Case((9,), "UZ-ZRU1115-TEXT", Content(TEXT), V, wording="Bu matn sunʼiy intellekt yordamida yaratilgan."),
    Case((10,), "EU-50-2", PLAIN, BOTH, fields=SOURCE_TYPE),
    Case((10,), "EU-50-2", Content(AUDIO, realistic=False), unmet=BOTH),
    Case((10,), "EU-50-2-OLD", PLAIN, BOTH, fields=SOURCE_TYPE, generator=OLD),
    Case((10, 12), "EU-50-2-TEXT", LONG, frozenset({C2PA}), fields=SOURCE_TYPE),
    Case((10, 12), "EU-50-2-TEXT-OLD", LONG, frozenset({C2PA}), fields=SOURCE_TYPE, generator=OLD),
    Case((10,), "EU-50-2-DOCUMENT", PAGE, frozenset({METADATA}), fields=SOURCE_TYPE),
    Case((10,), "EU-50-2-DOCUMENT-OLD", PAGE, frozenset({METADATA}), fields=SOURCE_TYPE, generator=OLD),
    Case(
        (11,),
        "EU-COP-1.1.1",
        PLAIN,
        BOTH,
        fields=SOURCE_TYPE | {Field.SIGNATURE},
        unmet=frozenset({Field.TIMESTAMP, WATERMARK}),
        service=SIGNATORY,
        generator=OLD,
        cannot=MappingProxyType({Field.TIMESTAMP: "No authority stamps the time."}),
        beside=frozenset({"EU-COP-1.1.2"}),
    ),
    Case(
        (12,),
        "EU-COP-1.1.2",
        PLAIN,
        BOTH,
        fields=SOURCE_TYPE | {Field.SIGNATURE, Field.TIMESTAMP},
        unmet=frozenset({WATERMARK}),
        service=SIGNATORY,
        generator=OLD,
        beside=frozenset({"EU-COP-1.1.1"}),
    ),
    Case((12,), "EU-COP-1.1.2-TEXT", LONG, unmet=frozenset({WATERMARK}), service=SIGNATORY, generator=OLD),
    Case((13,), "EU-50-4", REAL, V, wording="AI GENERATED", place=EU_BOX, service=DEPLOYER),
    Case((13,), "EU-50-4", replace(REAL, altered=True), V, wording="AI MODIFIED", place=EU_BOX, service=DEPLOYER),
    Case((13,), "EU-50-4", replace(REAL, altered=None), V, wording="AI", place=EU_BOX, service=DEPLOYER),
    Case((13,), "EU-50-4", Content(VIDEO), wording="AI GENERATED", place=EU_BOX, unmet=V, service=DEPLOYER),
    Case(
        (13,),
        "EU-50-4-TEXT",
        Content(TEXT, published=True, language="ru"),
        V,
        wording=SAID,
        place=START,
        service=DEPLOYER,
    ),
    Case(
        (14,),
        "EU-50-1",
        Content(TEXT, first_turn=True, published=False, tokens=10),
        V,
        wording="You are chatting with an AI assistant.",
        with_on="You are chatting with an AI assistant. This text was generated using artificial intelligence.",
        place=START,
        service=SILENT,
    ),
    Case(
        (16,),
        "EU-COP-3.4",
        PLAIN,
        BOTH,
        fields=SOURCE_TYPE | {Field.SIGNATURE},
        unmet=frozenset({Field.DETECTOR, Field.TIMESTAMP, WATERMARK}),
        service=SIGNATORY,
        cannot=LACKING,
        before=BOTH,
        beside=frozenset({"EU-50-2", "EU-COP-1.1.1", "EU-COP-1.1.2"}),
    ),
    Case(
        (16,),
        "EU-COP-3.4-TEXT",
        LONG,
        frozenset({C2PA}),
        fields=SOURCE_TYPE | {Field.DETECTOR},
        unmet=frozenset({WATERMARK}),
        service=SIGNATORY,
        before=frozenset({C2PA}),
        beside=frozenset({"EU-50-2-TEXT", "EU-COP-1.1.2-TEXT"}),
    ),
    Case(
        (16,),
        "EU-COP-3.4-DOCUMENT",
        replace(PAGE, tokens=10),
        frozenset({METADATA}),
        fields=SOURCE_TYPE | {Field.DETECTOR},
        service=SIGNATORY,
        before=frozenset({METADATA}),
        beside=frozenset({"EU-50-2-DOCUMENT"}),
    ),
    Case((18,), "US-CA-22757.3-LATENT", PLAIN, BOTH, fields=CA_FIELDS),
    Case((18,), "US-CA-22757.3-LATENT", Content(AUDIO), unmet=BOTH),
    Case(
        (18,),
        "US-CA-22757.3-LATENT-OLD",
        PLAIN,
        BOTH,
        taken=V,
        fields=CA_FIELDS - {Field.ALTERED},
        service=BIG,
        after=BOTH,
        beside=frozenset({"US-CA-22757.3-OPTION"}),
    ),
    Case(
        (20,),
        "US-CA-22757.3-OPTION",
        PLAIN,
        BOTH,
        taken=V,
        wording="AI generated",
        fields=CA_FIELDS - {Field.ALTERED},
        service=BIG,
        after=BOTH,
        beside=frozenset({"US-CA-22757.3-LATENT-OLD"}),
    ),
    Case((21,), "US-WA-1170", PLAIN, frozenset({C2PA}), service=BIG),
    Case(
        (22,),
        "CN-4",
        replace(PLAIN, agreed=False, language="ru"),
        V | {METADATA},
        wording="AI生成",
        place=CN_BOX,
        fields=AIGC,
        beside=frozenset({"CN-5"}),
    ),
    Case(
        (22,),
        "CN-4",
        Content(IMAGE, altered=True),
        V | {METADATA},
        wording="AI合成",
        place=CN_BOX,
        fields=AIGC,
        beside=frozenset({"CN-5", "CN-9"}),  # whether the user agreed is not known
    ),
    Case((22,), "CN-4-TEXT", Content(TEXT, agreed=False), V, wording=ZH),
    Case((22,), "CN-4-AV", Content(VIDEO, agreed=False), unmet=V | {METADATA}, beside=frozenset({"CN-5"})),
    Case(
        (23,),
        "CN-5",
        replace(PLAIN, agreed=True),
        frozenset({METADATA}),
        by_default=V,
        taken=V,
        wording="AI生成",
        place=CN_BOX,
        fields=AIGC,
        beside=frozenset({"CN-9"}),
    ),
    Case(
        (23,),
        "CN-5-TEXT",
        Content(TEXT, agreed=False, document=True),
        V | {METADATA},
        wording=ZH,
        fields=AIGC,
        beside=frozenset({"CN-4-TEXT"}),
    ),
    Case(
        (24,),
        "CN-9",
        replace(PLAIN, agreed=True),
        frozenset({METADATA}),
        by_default=V,
        taken=V,
        wording="AI生成",
        place=CN_BOX,
        fields=AIGC,
        beside=frozenset({"CN-5"}),
    ),
    Case((24,), "CN-9-TEXT", Content(TEXT, agreed=True), by_default=V, taken=V, wording=ZH),
    Case((24,), "CN-9-AV", Content(AUDIO, agreed=True), unmet=V | {METADATA}, beside=frozenset({"CN-5"})),
    Case((25,), "KR-31-2", PLAIN, frozenset({C2PA})),
    Case((25,), "KR-31-2", PLAIN, frozenset({METADATA}), cannot=MappingProxyType({C2PA: "No signer."})),
    Case((25,), "KR-31-2", Content(VIDEO, realistic=False), unmet=frozenset({C2PA})),
    Case((25,), "KR-31-2-TEXT", Content(TEXT), V, wording="이 글은 인공지능으로 생성되었습니다."),
    Case(
        (25,),
        "KR-23-NOTICE",
        PLAIN,
        V | {C2PA},
        wording="AI 생성",
        service=SILENT,
        beside=frozenset({"KR-31-2"}),
    ),
    Case((25,), "KR-31-3", REAL, V | {C2PA}, wording="AI 생성", beside=frozenset({"KR-31-2"})),
    Case(
        (26,),
        "IN-120E",
        REAL,
        ALL,
        wording="AI generated",
        fields=frozenset({Field.ID}),
        service=Service(roles=frozenset({"intermediary"})),
    ),
    Case((27,), "VN-11-1", PLAIN, BOTH),
    Case((27,), "VN-11-2", REAL, V, wording="Tạo bằng AI", service=DEPLOYER),
]

NAMES = [f"row {case.rows[0]}, case {at}: {case.rule}" for at, case in enumerate(CASES)]
DAYS = {
    "RU-243FZ-9-1": ("2027-02-28T21:00Z", None),
    "RU-243FZ-9-3": ("2027-02-28T21:00Z", None),
    "KZ-230VIII-21-2": ("2026-01-17T19:00Z", None),
    "KZ-230VIII-21-2-TEXT": ("2026-01-17T19:00Z", None),
    "KZ-230VIII-21-2-DOCUMENT": ("2026-01-17T19:00Z", None),
    "UZ-ZRU1115": ("2026-01-20T19:00Z", None),
    "UZ-ZRU1115-TEXT": ("2026-01-20T19:00Z", None),
    "EU-50-1": ("2026-08-01T22:00Z", None),
    "EU-50-2": ("2026-08-01T22:00Z", None),
    "EU-50-2-OLD": ("2026-12-01T23:00Z", None),
    "EU-50-2-TEXT": ("2026-08-01T22:00Z", None),
    "EU-50-2-TEXT-OLD": ("2026-12-01T23:00Z", None),
    "EU-50-2-DOCUMENT": ("2026-08-01T22:00Z", None),
    "EU-50-2-DOCUMENT-OLD": ("2026-12-01T23:00Z", None),
    "EU-COP-1.1.1": ("2026-08-01T22:00Z", None),
    "EU-COP-1.1.2": ("2026-08-01T22:00Z", None),
    "EU-COP-1.1.2-TEXT": ("2026-08-01T22:00Z", None),
    "EU-COP-3.4": ("2027-02-01T23:00Z", None),
    "EU-COP-3.4-TEXT": ("2027-02-01T23:00Z", None),
    "EU-COP-3.4-DOCUMENT": ("2027-02-01T23:00Z", None),
    "EU-50-4": ("2026-08-01T22:00Z", None),
    "EU-50-4-TEXT": ("2026-08-01T22:00Z", None),
    "US-CA-22757.3-LATENT": ("2026-09-30T07:00Z", None),
    "US-CA-22757.3-LATENT-OLD": ("2026-08-02T07:00Z", "2026-09-30T07:00Z"),
    "US-CA-22757.3-OPTION": ("2026-08-02T07:00Z", "2026-09-30T07:00Z"),
    "US-WA-1170": ("2027-02-01T08:00Z", None),
    "CN-4": ("2025-08-31T16:00Z", None),
    "CN-4-TEXT": ("2025-08-31T16:00Z", None),
    "CN-4-AV": ("2025-08-31T16:00Z", None),
    "CN-5": ("2025-08-31T16:00Z", None),
    "CN-5-TEXT": ("2025-08-31T16:00Z", None),
    "CN-9": ("2025-08-31T16:00Z", None),
    "CN-9-TEXT": ("2025-08-31T16:00Z", None),
    "CN-9-AV": ("2025-08-31T16:00Z", None),
    "KR-31-2": ("2026-01-21T15:00Z", None),
    "KR-31-2-TEXT": ("2026-01-21T15:00Z", None),
    "KR-23-NOTICE": ("2026-01-21T15:00Z", None),
    "KR-31-3": ("2026-01-21T15:00Z", None),
    "IN-120E": ("2026-02-19T18:30Z", None),
    "VN-11-1": ("2026-02-28T17:00Z", None),
    "VN-11-2": ("2026-02-28T17:00Z", None),
}
"""When each rule begins, and when it ends, as moments: midnight by the jurisdiction's own calendar."""

OUT_OF_SCOPE = [
    # row, rule, a case that it does not apply to
    (2, "RU-243FZ-9-1", Content(TEXT), PROVIDER, NEW),
    (2, "RU-243FZ-9-3", Content(TEXT), PLATFORM, NEW),
    (6, "RU-243FZ-9-1", PLAIN, PROVIDER, SMALL),
    (6, "RU-243FZ-9-3", PLAIN, replace(PLATFORM, daily_users=500_000), NEW),
    (6, "RU-243FZ-9-3", PLAIN, replace(PROVIDER, daily_users=500_001), NEW),
    (8, "KZ-230VIII-21-2", PLAIN, PROVIDER, NEW),
    (8, "KZ-230VIII-21-2-TEXT", Content(TEXT, realistic=False), PROVIDER, NEW),
    (8, "KZ-230VIII-21-2-DOCUMENT", Content(TEXT, document=True, realistic=False), PROVIDER, NEW),
    (10, "EU-50-2", PLAIN, DEPLOYER, NEW),
    (10, "EU-50-2", PLAIN, PROVIDER, OLD),
    (10, "EU-50-2-OLD", PLAIN, PROVIDER, NEW),
    (11, "EU-COP-1.1.1", PLAIN, PROVIDER, NEW),
    (12, "EU-COP-1.1.2-TEXT", replace(LONG, tokens=199), SIGNATORY, NEW),
    (12, "EU-50-2-TEXT", replace(LONG, tokens=199), PROVIDER, NEW),
    (13, "EU-50-4", PLAIN, DEPLOYER, NEW),
    (13, "EU-50-4", REAL, PROVIDER, NEW),
    (13, "EU-50-4-TEXT", Content(TEXT, published=False), DEPLOYER, NEW),
    (14, "EU-50-1", Content(TEXT, first_turn=False), SILENT, NEW),
    (14, "EU-50-1", Content(TEXT, first_turn=True), PROVIDER, NEW),  # its pages tell users
    (16, "EU-COP-3.4", PLAIN, PROVIDER, NEW),
    (18, "US-CA-22757.3-LATENT", Content(TEXT), PROVIDER, NEW),
    (18, "US-CA-22757.3-LATENT-OLD", PLAIN, replace(PROVIDER, monthly_users=1_000_000), NEW),
    (20, "US-CA-22757.3-OPTION", PLAIN, replace(PROVIDER, monthly_users=1_000_000), NEW),
    (21, "US-WA-1170", PLAIN, replace(PROVIDER, monthly_users=1_000_000), NEW),
    (21, "US-WA-1170", Content(TEXT), BIG, NEW),
    (21, "US-WA-1170", PLAIN, replace(BIG, roles=frozenset({"deployer"})), NEW),
    (22, "CN-4", Content(IMAGE, agreed=True), PROVIDER, NEW),
    (23, "CN-5-TEXT", Content(TEXT), PROVIDER, NEW),
    (24, "CN-9", Content(IMAGE, agreed=False), PROVIDER, NEW),
    (25, "KR-31-3", PLAIN, PROVIDER, NEW),
    (25, "KR-23-NOTICE", PLAIN, PROVIDER, NEW),  # its pages tell users
    (25, "KR-23-NOTICE", REAL, SILENT, NEW),  # a visible mark is required anyway
    (26, "IN-120E", PLAIN, Service(roles=frozenset({"intermediary"})), NEW),
    (26, "IN-120E", Content(TEXT), Service(roles=frozenset({"intermediary"})), NEW),
    (27, "VN-11-2", PLAIN, DEPLOYER, NEW),
    (27, "VN-11-1", Content(TEXT), PROVIDER, NEW),
]

DUTIES = [
    # row, duty, its first day, a word of what labelkit does, one of what it lacks
    (4, "RU-EVIDENCE", date(2027, 3, 1), "outcome", "ledger"),
    (5, "RU-243FZ-10-1", date(2027, 3, 1), "Service(rights=", "operator's"),
    (8, "KZ-230VIII-21-1", date(2026, 1, 18), "visible mark", "operator's"),
    (11, "EU-COP-1.1.1-EXPORT", date(2026, 8, 2), "", "none of the three"),
    (13, "EU-COP-2-ALT", date(2026, 8, 2), "", "operator's"),
    (15, "EU-COP-2.1", date(2026, 8, 2), "inspect", "endpoint"),
    (17, "EU-COP-1.2", date(2026, 8, 2), "parent", "hand to labelkit"),
    (17, "EU-COP-1.2-TERMS", date(2026, 8, 2), "", "terms"),
    (19, "US-CA-22757.2", date(2026, 9, 30), "inspect", "API"),
    (19, "US-CA-22757.3-LICENSEES", date(2026, 9, 30), "", "contracts"),
    (19, "US-CA-PLATFORMS", date(2027, 1, 1), "inspect", "pages"),
    (24, "CN-8", date(2025, 9, 1), "", "agreement"),
    (24, "CN-9-LOGS", date(2025, 9, 1), "outcome", "ledger"),
    (24, "CN-10", date(2025, 9, 1), "no means", ""),
    (25, "KR-31-1", date(2026, 1, 22), "tells_users", "operator's"),
    (27, "VN-11-NOTICE", date(2026, 3, 1), "visible mark", "operator's"),
    (27, "VN-11-CONFUSION", date(2026, 3, 1), "visible mark", "operator's"),
]

# Rows that no decision can show, and the tests that do.
ELSEWHERE = {
    7: "policy/test_decision.py",  # the levels are floors
    28: "text/test_wrapper.py",
    29: "text/test_front_matter.py",  # Markdown; HTML is not written yet
    30: "provenance/test_embedding.py",
    31: "image/test_metadata.py",
    32: "middleware/test_headers.py",
    33: "policy/test_section6.py",  # nothing writes rendered pages: the EU pack's duties say what is lacking
    34: "policy/test_section6.py",  # below
    35: "image/test_slots_verify.py",
}


def entry(name: str) -> Rule:
    """The rule of this id, in whichever pack."""
    return next(rule for policy in PACKS.all() for rule in policy.rules if rule.id == name)


def decided(rule: str, case: Case, choice: Choice | None, when: datetime) -> Decision:
    """What its pack decides, where the service offers nothing of its own."""
    policy = next(policy for policy in PACKS.all() if any(one.id == rule for one in policy.rules))
    return decide(
        policy,
        choice,
        case.content,
        when,
        generator=case.generator,
        service=case.service,
        cannot=case.cannot,
        offer=NO_MARKS,
    )


def moments(rule: str) -> tuple[datetime, datetime | None]:
    """When the rule begins and ends."""
    begins, ends = DAYS[rule]
    return datetime.fromisoformat(begins), datetime.fromisoformat(ends) if ends else None


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("choice", [Choice.OFF, None, Choice.ON], ids=["off", "none", "on"])
def test_a_rule_on_its_day_and_after_it(case: Case, choice: Choice | None) -> None:
    """From midnight of its day, with the choice off, unset and on: exactly these marks, words, places, fields."""
    begins, ends = moments(case.rule)
    for when in (begins, begins + timedelta(days=1), (ends or begins + timedelta(days=800)) - timedelta(seconds=1)):
        got = decided(case.rule, case, choice, when)
        more = case.by_default if choice is None else case.taken if choice else NO_MARKS
        if when - begins < timedelta(days=2):  # later rules of the same pack have their own cases
            assert set(got.rules) == {case.rule, *case.beside}
            assert {one.what for one in got.unmet} == case.unmet
            assert (got.marks, got.required) == (case.made | more, case.made)
            assert got.fields == (case.fields if got.marks else frozenset())
        assert case.rule in got.rules
        assert got.marks >= case.made | more
        if case.wording is not None:
            assert got.wording == (case.with_on if choice and case.with_on else case.wording)
        assert (got.place, got.corner, got.height) == case.place
        for mark in got.marks & set(entry(case.rule).marks):
            assert case.rule in got.because[mark] or entry(case.rule).any or mark not in case.made


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("choice", [Choice.OFF, None, Choice.ON], ids=["off", "none", "on"])
def test_a_rule_before_its_day_and_when_it_ended(case: Case, choice: Choice | None) -> None:
    """Until midnight of its day it asks for nothing, and from midnight of its end no more."""
    begins, ends = moments(case.rule)
    for when in (begins - timedelta(days=1), begins - timedelta(seconds=1)):
        got = decided(case.rule, case, choice, when)
        assert case.rule not in got.rules
        assert got.marks == got.required == case.before
        assert case.before or not got.unmet
    for when in (ends, ends + timedelta(days=1)) if ends else ():
        got = decided(case.rule, case, choice, when)
        assert case.rule not in got.rules
        assert got.marks == got.required == case.after


@pytest.mark.parametrize(("row", "rule", "content", "service", "made_by"), OUT_OF_SCOPE)
def test_whom_a_rule_does_not_bind(row: int, rule: str, content: Content, service: Service, made_by: Generator) -> None:
    """One known fact beside the rule's conditions, and it asks for nothing."""
    assert 0 < row < 36
    case = Case((row,), rule, content, service=service, generator=made_by)
    assert rule not in decided(rule, case, Choice.ON, moments(rule)[0] + timedelta(days=1)).rules


@pytest.mark.parametrize(("row", "name", "since", "does", "lacks"), DUTIES, ids=[duty[1] for duty in DUTIES])
def test_what_is_no_mark_is_a_duty(row: int, name: str, since: date, does: str, lacks: str) -> None:
    """Rows that are about the service and not about content: the pack has them, with what labelkit does and lacks."""
    assert 0 < row < 36
    duty = next(duty for policy in PACKS.all() for duty in policy.duties if duty.id == name)
    assert (duty.since, duty.until) == (since, None)
    assert does in duty.help
    assert lacks in duty.lacks
    assert bool(duty.help) is bool(does)
    assert bool(duty.lacks) is bool(lacks)
    assert (duty.level == "recommended") is (name == "RU-EVIDENCE")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_what_the_guidelines_do_not_cover_is_exempt(kind: Kind) -> None:
    """Row 34: code, JSON, tool calls, single words, translation and proofreading are none of article 50(2)'s business;
    summaries are (Guidelines C(2026) 5054). China's Measures exempt nothing that was read."""
    when = datetime(2026, 11, 22, tzinfo=UTC)
    text = Content(TEXT, kind=kind, published=False)
    got = decide(PACKS.load("eu"), None, text, when, service=PROVIDER, generator=NEW)
    assert (C2PA in got.required) is (kind == "summary")
    assert decide(PACKS.load("cn"), None, text, when).required == {VISIBLE}
    open_text = decide(PACKS.load("eu"), None, replace(text, kind=None), when, service=PROVIDER, generator=NEW)
    assert open_text.exempt == set(get_args(Kind)) - {"summary"}
    assert open_text.least_tokens == {C2PA: 200}


def test_every_row_and_every_rule_is_here() -> None:
    """All 35 rows of the table have their test, and all rules of all packs stand in it, with the days of the packs."""
    rows = {row for case in CASES for row in case.rows} | {each[0] for each in (*OUT_OF_SCOPE, *DUTIES)}
    assert rows | ELSEWHERE.keys() == set(range(1, 36))
    tests: Mapping[str, bool] = {name: (Path(__file__).parents[1] / name).is_file() for name in ELSEWHERE.values()}
    assert all(tests.values()), tests
    rules = {rule.id: (policy, rule) for policy in PACKS.all() for rule in policy.rules}
    assert {case.rule for case in CASES} == DAYS.keys() == rules.keys()
    for name, (policy, rule) in rules.items():
        assert moments(name) == (policy.moment(rule.since), rule.until and policy.moment(rule.until))
    assert {duty.id for policy in PACKS.all() for duty in policy.duties} == {duty[1] for duty in DUTIES}
    assert {rule.level for _, rule in rules.values()} == {Level.OFFER, Level.DEFAULT, Level.REQUIRE}


AUDIO_VISUAL = frozenset({IMAGE, AUDIO, VIDEO})
MEDIA = {
    "CN-4": {IMAGE},
    "CN-9": {IMAGE},
    "CN-4-AV": {AUDIO, VIDEO},
    "CN-9-AV": {AUDIO, VIDEO},
    "EU-50-1": {TEXT},
    "KR-23-NOTICE": set(Medium),
}
ROLES = {
    "RU-243FZ-9-3": {"platform"},
    "EU-50-4": {"deployer"},
    "EU-50-4-TEXT": {"deployer"},
    "EU-COP-2-ALT": {"deployer"},
    "US-CA-PLATFORMS": {"platform"},
    "US-CA-22757.3-LICENSEES": {"provider", "deployer"},
    "IN-120E": {"intermediary"},
    "VN-11-2": {"deployer"},
    "VN-11-CONFUSION": {"deployer"},
}


@pytest.mark.parametrize("name", DAYS)
def test_what_a_rule_is_about(name: str) -> None:
    """Rules are about images, audio and video alike, or about text; they require, but for the two options and China's
    article 9; and only the EU's exempt kinds of text."""
    rule = entry(name)
    text = name.endswith(("-TEXT", "-TEXT-OLD", "-DOCUMENT", "-DOCUMENT-OLD"))
    assert rule.media == MEDIA.get(name, {TEXT} if text else AUDIO_VISUAL)
    offered = name.startswith("RU-") or name.endswith("-OPTION")
    assert rule.level is (Level.OFFER if offered else Level.DEFAULT if name.startswith("CN-9") else Level.REQUIRE)
    machines = {"code", "json", "tool-call", "single-word"}
    if name == "EU-50-4-TEXT":
        assert rule.exempt == machines
    elif name == "EU-50-1":  # to be told whom one talks with is no mark of content, and a short answer is one
        assert rule.exempt == machines - {"single-word"}
    else:
        spared = name.startswith("EU-") and rule.media == {TEXT}
        assert rule.exempt == (machines | {"translation", "proofreading"} if spared else frozenset())


def test_whom_entries_bind() -> None:
    """Providers in the EU, California, Washington and Vietnam, but for those named above; elsewhere everybody. The Code of Practice
    binds who signed it."""
    for policy in PACKS.all():
        by_place = {"provider"} if policy.jurisdiction in ("EU", "US-CA", "US-WA", "VN") else None
        for one in policy.entries:
            assert one.when.roles == ROLES.get(one.id, by_place), one.id
            assert one.when.signatory is (True if "-COP-" in one.id else None), one.id


def test_words_that_rules_have_of_their_own() -> None:
    """China's elements in every phrase (GB 45438-2025), the same for what users may switch off; the EU's in capitals."""
    said = {}
    for policy in PACKS.all():
        for rule in policy.rules:
            if rule.wording:
                said[rule.id] = (rule.wording.created, rule.wording.altered, rule.wording.unknown)
    assert said.keys() == {"CN-4", "CN-4-TEXT", "CN-9", "CN-9-TEXT", "EU-50-4"}
    assert said["CN-4"] == said["CN-9"] == ("AI生成", "AI合成", "AI生成合成")
    assert said["CN-4-TEXT"] == said["CN-9-TEXT"] == (ZH, ZH.replace("生成", "合成"), ZH.replace("生成", "生成合成"))
    for phrase in (*said["CN-4"], *said["CN-4-TEXT"]):
        assert "AI" in phrase or "人工智能" in phrase
        assert "生成" in phrase or "合成" in phrase
    assert said["EU-50-4"] == ("AI GENERATED", "AI MODIFIED", "AI")


def test_korea_takes_any_mark_in_this_order() -> None:
    """Machine-readable marks first in a picture, the notice first in a text; each of them would do."""
    assert (entry("KR-31-2").any, entry("KR-31-2").marks) == (True, (C2PA, METADATA, VISIBLE))
    assert (entry("KR-31-2-TEXT").any, entry("KR-31-2-TEXT").marks) == (True, (VISIBLE, C2PA))


def test_china_keeps_logs_of_who_agreed() -> None:
    """The duty of article 9 is for content that somebody agreed to answer for."""
    duties = {duty.id: duty for duty in PACKS.load("cn").duties}
    assert duties["CN-9-LOGS"].when.words() == ("the user agreed to answer for unlabelled content",)


def test_no_rule_takes_what_the_medium_means_by_on() -> None:
    """An offer of nothing is what these tests stand on: no mark of "on" is made that no rule offers."""
    got = decide(PACKS.load("none"), Choice.ON, PLAIN, datetime(2026, 11, 22, tzinfo=UTC), offer=NO_MARKS)
    assert default(IMAGE)
    assert got.marks == NO_MARKS
