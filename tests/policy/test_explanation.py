"""explain(): a decision, and what every rule had to do with it."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.errors import PolicyError
from labelkit.label import Field, Generator
from labelkit.marks import Mark, Medium
from labelkit.policy import CHOICE, Content, Level, Packs, Policies, Rule, decide
from labelkit.policy.explaining import explain
from labelkit.policy.explanation import Judged, MarkReason
from labelkit.policy.plain import pack, plain
from labelkit.service import Rights, Service

PACKS = Packs()
ALL = PACKS.all()
BEFORE = datetime(2027, 2, 28, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Moscow
AFTER = datetime(2027, 2, 28, 21, 0, 0, tzinfo=UTC)  # 1 March in Moscow
OPTION = "RU-243FZ-9-1"
PICTURE = Content(Medium.IMAGE)

CHOICES = st.none() | st.builds(Choice, st.booleans(), st.frozensets(st.sampled_from(list(Mark))))
THREE = st.none() | st.booleans()
CONTENTS = st.builds(
    Content,
    st.sampled_from(list(Medium)),
    altered=THREE,
    document=st.booleans(),
    kind=st.sampled_from([None, "code", "translation", "summary"]),
    realistic=THREE,
    published=THREE,
    first_turn=THREE,
    export=THREE,
    agreed=THREE,
    tokens=st.none() | st.integers(0, 500),
)
SERVICES = st.builds(
    Service,
    roles=st.none() | st.frozensets(st.sampled_from(["provider", "deployer", "platform"])),
    daily_users=st.none() | st.integers(0, 10**6),
    signatory=THREE,
    tells_users=THREE,
    rights=st.sampled_from([None, Rights(text="Yours.")]),
)
WHEN = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CANNOT = st.sampled_from([{}, {Mark.C2PA: "There is no signer."}, {Mark.C2PA: "No.", Field.SIGNATURE: "No."}])
OFFERS = st.none() | st.frozensets(st.sampled_from(list(Mark)))
LAWS = st.lists(st.sampled_from(ALL), min_size=1, max_size=4).map(lambda some: Policies.of(*some))


def generator(parameters: int | None) -> Generator:
    """An AI system of so many parameters."""
    return Generator(provider="Acme", system="acme-chat", version="2.1", parameters=parameters)


def judged(entries: tuple[Judged, ...], name: str) -> Judged:
    """The one rule or duty of this id."""
    (found,) = (one for one in entries if one.entry.id == name)
    return found


def reason(marks: tuple[MarkReason, ...], mark: Mark) -> MarkReason:
    """What is said of a mark."""
    (found,) = (one for one in marks if one.mark is mark)
    return found


@given(LAWS, CHOICES, CONTENTS, WHEN, SERVICES, CANNOT, OFFERS)
def test_everything_is_explained(
    laws: Policies,
    choice: Choice | None,
    content: Content,
    when: datetime,
    service: Service,
    cannot: dict[Mark | Field, str],
    offer: frozenset[Mark] | None,
) -> None:
    """Every mark of the decision has a rule or the choice behind it, every entry of the packs stands there once and says
    why, the decision is decide's own, and JSON gives back what it was given."""
    got = explain(laws, choice, content, when, service=service, cannot=cannot, offer=offer)
    assert got.decision == decide(laws, choice, content, when, service=service, cannot=cannot, offer=offer)
    for mark in got.decision.marks:
        said = reason(got.marks, mark)
        assert said.rules or said.chosen
        assert set(got.decision.because[mark]) <= {one.entry.id for one in said.rules} | {CHOICE}
        assert said.chosen == (CHOICE in got.decision.because[mark])
    assert {one.mark for one in got.marks} >= got.decision.offered | got.decision.missing.keys()
    assert all(one.why for one in got.marks)
    entries = [one.entry.id for one in (*got.rules, *got.duties)]
    assert Counter(entries) == Counter(entry.id for policy in laws for entry in policy.entries)
    assert all(one.why for one in (*got.rules, *got.duties))
    assert {one.entry.id for one in got.rules if one.applies} == set(got.decision.rules)
    told = got.to_dict()
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("parameters", "applies", "words"),
    [
        (7_000_000_000, True, "The model has at least 1,000,000,000 parameters."),
        (1_000_000_000, True, "The model has at least 1,000,000,000 parameters."),
        (999_999_999, False, "Only if the model has at least 1,000,000,000 parameters: here it is 999,999,999."),
    ],
)
def test_the_russian_threshold_is_computed(parameters: int, applies: bool, words: str) -> None:
    """243-FZ art. 3(2) counts a billion parameters: at it and above the option applies, below it does not, and the
    number is said."""
    got = judged(explain(PACKS.of("ru"), None, PICTURE, AFTER, generator=generator(parameters)).rules, OPTION)
    assert got.applies is applies
    assert words in got.why


def test_what_is_not_known_is_named_with_its_setting() -> None:
    """Undeclared parameters, role and audience count as in scope, and the explanation says where to declare them."""
    got = explain(PACKS.of("ru"), None, PICTURE, AFTER)
    settings = {fact.setting for one in got.rules for fact in one.unknown}
    assert settings == {"Generator(parameters=...)", "Service(roles=...)", "Service(daily_users=...)"}
    assert all(one.applies for one in got.rules)


def test_a_small_platform_is_not_addressed() -> None:
    """243-FZ art. 9(3) is about more than 500,000 users a day: 500,000 are not, and 500,001 are."""
    for users, applies in ((500_000, False), (500_001, True)):
        service = Service(roles=frozenset({"platform"}), daily_users=users)
        got = explain(PACKS.of("ru"), None, PICTURE, AFTER, service=service)
        assert judged(got.rules, "RU-243FZ-9-3").applies is applies


def test_the_day_is_a_reason() -> None:
    """A rule to come says from when, one that has gone says since when not, one of another medium says of which."""
    early = judged(explain(PACKS.of("ru"), None, PICTURE, BEFORE).rules, OPTION)
    assert (early.applies, early.why) == (False, ("Not yet: from 2027-03-01.",))
    late = judged(explain(PACKS.of("us-ca"), None, PICTURE, AFTER).rules, "US-CA-22757.3-OPTION")
    assert "No longer: 2026-09-30 was the first day without it." in late.why
    text = judged(explain(PACKS.of("ru"), None, Content(Medium.TEXT), AFTER).rules, OPTION)
    assert text.why == ("Another medium: it is about audio, image, video.",)


def test_an_exempt_kind_is_a_reason_and_gets_no_mark() -> None:
    """Code is none of the EU's business (Guidelines C(2026) 5054): the rule says so, and the mark that a choice asks
    for is not made either."""
    got = explain(PACKS.of("eu"), Choice.ON, Content(Medium.TEXT, kind="code", first_turn=False), AFTER)
    assert "Exempt: it asks nothing of text that is code." in judged(got.rules, "EU-50-2-TEXT").why
    said = reason(got.marks, Mark.VISIBLE)
    assert not said.made
    assert "code" in said.why


def test_the_last_rule_says_what_it_turned_on() -> None:
    """Korea's notice (Decree art. 23) is asked for where only machines read the marks, and the reason says so."""
    silent = Service(tells_users=False)
    asked = explain(PACKS.of("kr"), None, Content(Medium.IMAGE, realistic=False), AFTER, service=silent)
    notice = judged(asked.rules, "KR-23-NOTICE")
    assert notice.applies
    assert "The other marks are read by machines alone." in notice.why
    seen = explain(PACKS.of("kr"), None, Content(Medium.IMAGE, realistic=True), AFTER, service=silent)
    assert "another rule requires the visible one" in judged(seen.rules, "KR-23-NOTICE").why[0]
    alone = PACKS.load("kr").model_copy(update={"rules": (notice.entry,)})
    assert "no mark is made" in explain(alone, None, PICTURE, AFTER, service=silent).rules[0].why[0]


def law(level: Level) -> Policies:
    """A policy that goes so far with the visible mark."""
    rule = Rule.model_validate(
        {
            "id": "TEST-1",
            "article": "art. 1",
            "source": "test",
            "sureness": "low",
            "from": date(2020, 1, 1),
            "media": list(Medium),
            "marks": [Mark.VISIBLE],
            "level": level,
            "binds": "whoever",
            "says": "Mark it.",
        }
    )
    return Policies.of(PACKS.load("none").model_copy(update={"rules": (rule,)}))


@pytest.mark.parametrize(
    ("level", "choice", "made", "why"),
    [
        (Level.OFFER, None, False, "Offered, and not taken."),
        (Level.OFFER, Choice.ON, True, "Chosen."),
        (Level.DEFAULT, None, True, "The default, as long as nobody says otherwise."),
        (Level.DEFAULT, Choice.OFF, False, "The default, and switched off by the choice."),
        (Level.REQUIRE, Choice.OFF, True, "Required: no choice takes it away."),
    ],
)
def test_a_mark_says_why(level: Level, choice: Choice | None, made: bool, why: str) -> None:
    """Offered, chosen, by default, switched off and required are told apart."""
    said = reason(explain(law(level), choice, PICTURE, AFTER).marks, Mark.VISIBLE)
    assert (said.made, said.why, said.level) == (made, why, level)
    assert [one.entry.id for one in said.rules] == ["TEST-1"]


def test_what_cannot_be_made_says_the_remedy() -> None:
    """A mark without its means, and one that the service does not offer, say so; what a rule asks in vain is unmet."""
    narrow = explain(law(Level.NONE), None, PICTURE, AFTER, offer=frozenset({Mark.VISIBLE}))
    assert reason(narrow.marks, Mark.METADATA).why == "Not offered."
    signing = explain(law(Level.OFFER), Choice.ON, PICTURE, AFTER, cannot={Mark.C2PA: "There is no signer: get one."})
    assert reason(signing.marks, Mark.C2PA).why == "There is no signer: get one."
    film = explain(law(Level.REQUIRE), Choice.OFF, Content(Medium.VIDEO), AFTER).to_dict()
    assert film["unmet"][0]["rule"] == "TEST-1"
    assert "labelkit does not label video yet" in film["unmet"][0]["why"]


@pytest.mark.parametrize(("days", "warned"), [(-5, False), (0, False), (89, False), (90, True), (400, True)])
def test_an_old_pack_is_warned_of(days: int, warned: bool) -> None:
    """From 90 days between the check of a pack and the content's time on, the explanation says how many they are."""
    (policy,) = PACKS.of("ru")
    when = policy.moment(policy.checked) + timedelta(days=days, hours=12)
    got = explain(policy, None, PICTURE, when)
    assert got.ages[0].days == max(0, days)
    assert bool(got.warnings) is warned
    assert not warned or f" {days} days " in got.warnings[0]


def test_duties_say_what_labelkit_does_and_lacks() -> None:
    """The rights notice of 243-FZ art. 10 is there on its day, with our part and the operator's."""
    (told,) = (one for one in explain(PACKS.of("ru"), None, PICTURE, AFTER).to_dict()["duties"] if "10-1" in one["id"])
    assert told["applies"] is True
    assert told["labelkit_does"]
    assert told["labelkit_lacks"]


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive moment names no day."""
    with pytest.raises(PolicyError, match="zone"):
        explain(PACKS.of("ru"), None, PICTURE, datetime(2027, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize("policy", ALL, ids=lambda policy: policy.jurisdiction)
def test_a_whole_pack_has_a_plain_form(policy: object) -> None:
    """Every shipped pack goes through JSON and back unchanged, under the names that its file uses."""
    (found,) = (one for one in ALL if one is policy)
    told = pack(found)
    assert json.loads(json.dumps(told)) == told
    assert [rule["from"] for rule in told["rule"]] == [rule.since.isoformat() for rule in found.rules]
    assert {rule["level"] for rule in told["rule"]} <= {level.name.lower() for level in Level}


def test_what_is_no_data_is_refused() -> None:
    """Nothing is turned into words behind the caller's back."""
    with pytest.raises(TypeError, match="object"):
        plain(object())
