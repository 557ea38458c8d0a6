"""Several jurisdictions at once: the strictest floor of any of them holds, and the choice stays where all leave it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.label import Field, Generator, ModelClass
from labelkit.marks import Mark, Marks, Medium
from labelkit.policy import CHOICE, Cannot, Content, Decision, Kind, Level, Packs, Policies, Policy, Rule, decide
from labelkit.policy.conditions import Facts
from labelkit.service import Role, Service

PACKS = Packs()
CHANGES = sorted(Policies.of(*PACKS.all()).changes)
KNOWN = st.none() | st.booleans()
NUMBERS = st.none() | st.sampled_from([0, 199, 200, 500_000, 500_001, 1_000_001, 2_000_001])

CONTENTS = st.builds(
    Content,
    medium=st.sampled_from(list(Medium)),
    altered=KNOWN,
    language=st.none() | st.sampled_from(["ru", "zh-CN", "xx"]),
    accepts=st.none() | st.sampled_from(["en", "ko", ""]),
    document=st.booleans(),
    kind=st.none() | st.sampled_from(get_args(Kind)),
    realistic=KNOWN,
    published=KNOWN,
    first_turn=KNOWN,
    export=KNOWN,
    agreed=KNOWN,
    tokens=NUMBERS,
)
SERVICES = st.builds(
    Service,
    roles=st.none() | st.frozensets(st.sampled_from(get_args(Role))),
    daily_users=NUMBERS,
    monthly_users=NUMBERS,
    signatory=KNOWN,
    tells_users=KNOWN,
)
GENERATORS = st.none() | st.builds(
    Generator,
    provider=st.just("Acme"),
    system=st.just("acme-1"),
    version=st.just("1"),
    on_market_since=st.none() | st.sampled_from([date(2026, 8, 1), date(2026, 8, 2)]),
    model_class=st.none() | st.sampled_from(get_args(ModelClass)),
    parameters=st.none() | st.sampled_from([999_999_999, 1_000_000_000]),
)
FACTS = st.builds(Facts, CONTENTS, GENERATORS, SERVICES)
MOMENTS = st.builds(
    lambda change, seconds: datetime.fromtimestamp(change, UTC) + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.sampled_from([-1, 0, 86_400]),
)
MARKS = st.frozensets(st.sampled_from(list(Mark)))
CHOICES = st.none() | st.builds(Choice, st.booleans(), MARKS)
CANNOT = st.dictionaries(st.sampled_from([*Mark, *Field]), st.just("It lacks its means."))
NAMES = st.lists(st.sampled_from(PACKS.names), max_size=4, unique=True)
LAWS = st.lists(
    st.fixed_dictionaries(
        {
            "marks": st.lists(st.sampled_from(list(Mark)), min_size=1, max_size=3, unique=True),
            "level": st.sampled_from(list(Level)),
            "any": st.booleans(),
            "exempt": st.frozensets(st.sampled_from(get_args(Kind))),
            "when": st.sampled_from(
                [{}, {"tokens_at_least": 200}, {"document": True}, {"agreed": True}, {"machine_only": True}]
            ),
        }
    ),
    max_size=4,
)


def decided(
    names: list[str],
    choice: Choice | None,
    facts: Facts,
    when: datetime,
    cannot: Cannot = MappingProxyType({}),
    offer: Marks | None = None,
) -> Decision:
    """What the packs of these names come to."""
    return decide(
        Policies.of(*(PACKS.load(name) for name in names)),
        choice,
        facts.content,
        when,
        generator=facts.generator,
        service=facts.service,
        cannot=cannot,
        offer=offer,
    )


@given(NAMES, st.sampled_from(PACKS.names), CHOICES, FACTS, MOMENTS, CANNOT, st.none() | MARKS)
def test_another_policy_never_takes_a_mark_away(
    names: list[str],
    more: str,
    choice: Choice | None,
    facts: Facts,
    when: datetime,
    cannot: dict[Mark | Field, str],
    offer: Marks | None,
) -> None:
    """With one more jurisdiction nothing is made, required, offered or held by fewer texts than without it."""
    fewer = decided(names, choice, facts, when, cannot, offer)
    all_of_them = decided([*names, more], choice, facts, when, cannot, offer)
    assert all_of_them.marks >= fewer.marks
    assert all_of_them.required >= fewer.required
    assert all_of_them.offered >= fewer.offered
    assert all_of_them.fields >= fewer.fields
    assert all_of_them.exempt <= fewer.exempt
    assert {one.what for one in all_of_them.unmet} >= {one.what for one in fewer.unmet}
    for mark in fewer.marks:
        assert all_of_them.least_tokens.get(mark, 0) <= fewer.least_tokens.get(mark, 0)


def law(name: str, rules: list[dict[str, object]]) -> Policy:
    """A policy of rules for every medium."""
    common = {
        "article": "art. 1",
        "source": "test",
        "sureness": "low",
        "from": date(2020, 1, 1),
        "media": list(Medium),
        "binds": "whoever",
        "says": "Mark it.",
    }
    alone = [rule | {"marks": [Mark.VISIBLE], "any": False} if "machine_only" in str(rule) else rule for rule in rules]
    made = (Rule.model_validate({**common, **rule, "id": f"{name}-{at}"}) for at, rule in enumerate(alone))
    return PACKS.load("none").model_copy(update={"jurisdiction": name, "rules": tuple(made)})


@given(LAWS, LAWS, CHOICES, CONTENTS, CANNOT, st.none() | MARKS)
def test_another_law_of_any_kind_never_takes_a_mark_away(
    some: list[dict[str, object]],
    more: list[dict[str, object]],
    choice: Choice | None,
    content: Content,
    cannot: dict[Mark | Field, str],
    offer: Marks | None,
) -> None:
    """It is not for the packs that ship alone: whatever rules a policy has, adding them takes nothing away."""
    when = datetime(2026, 11, 22, tzinfo=UTC)
    one = law("AA", some)
    both = Policies.of(one, law("BB", more))
    fewer = decide(one, choice, content, when, cannot=cannot, offer=offer)
    all_of_them = decide(both, choice, content, when, cannot=cannot, offer=offer)
    assert all_of_them.marks >= fewer.marks
    assert all_of_them.required >= fewer.required
    assert all_of_them.exempt <= fewer.exempt
    for mark in fewer.marks:
        assert all_of_them.least_tokens.get(mark, 0) <= fewer.least_tokens.get(mark, 0)
    refused = decide(both, Choice.OFF, content, when, cannot=cannot, offer=offer)
    assert all_of_them.required >= refused.required == refused.marks


@given(NAMES, CHOICES, FACTS, MOMENTS, CANNOT)
def test_no_choice_removes_what_is_required(
    names: list[str], choice: Choice | None, facts: Facts, when: datetime, cannot: dict[Mark | Field, str]
) -> None:
    """Whatever a user takes or leaves, what is required stays required and is made."""
    refused = decided(names, Choice.OFF, facts, when, cannot)
    assert decided(names, choice, facts, when, cannot).required >= refused.required == refused.marks


@given(NAMES, CHOICES, FACTS, MOMENTS, CANNOT, st.none() | MARKS)
def test_every_mark_has_its_reason(
    names: list[str],
    choice: Choice | None,
    facts: Facts,
    when: datetime,
    cannot: dict[Mark | Field, str],
    offer: Marks | None,
) -> None:
    """Each mark names the rules that ask for it, or the choice; each that is required a rule that requires it."""
    got = decided(names, choice, facts, when, cannot, offer)
    rules = {rule.id: rule for name in names for rule in PACKS.load(name).rules}
    assert got.required <= got.marks
    assert got.because.keys() == got.marks
    for mark, reasons in got.because.items():
        assert reasons
        assert all(reason == CHOICE or mark in rules[reason].marks for reason in reasons)
        assert set(reasons) - {CHOICE} <= set(got.rules)
        if mark in got.required:
            assert any(reason != CHOICE and rules[reason].level.name == "REQUIRE" for reason in reasons)
    assert got.unknown.keys() <= set(got.rules) <= rules.keys()
    assert all(got.unknown.values())


@given(NAMES, CHOICES, FACTS, MOMENTS, CANNOT)
def test_what_cannot_be_made_is_missing_and_unmet(
    names: list[str], choice: Choice | None, facts: Facts, when: datetime, cannot: dict[Mark | Field, str]
) -> None:
    """A mark that rules ask for is made or missing, and one that is missing is unmet, with a reason."""
    got = decided(names, choice, facts, when, cannot)
    assert not got.marks & got.missing.keys()
    unmet = {(one.what, one.rule) for one in got.unmet}
    rules = {rule.id: rule for name in names for rule in PACKS.load(name).rules}
    for mark in got.missing:
        asking = {rule for rule in got.rules if mark in rules[rule].marks and not rules[rule].any}
        assert {(mark, rule) for rule in asking} <= unmet
        assert asking or choice is not None or any(one.what is mark for one in got.unmet)
    assert all(one.why for one in got.unmet)
    assert not got.fields & cannot.keys()


@given(NAMES, FACTS, MOMENTS)
def test_the_order_of_policies_changes_words_and_places_only(names: list[str], facts: Facts, when: datetime) -> None:
    """Which policy is named first does not matter to what is made and why."""
    one, other = (decided(order, None, facts, when) for order in (names, names[::-1]))
    assert (one.marks, one.required, one.offered, one.fields, one.height, one.exempt) == (
        (other.marks, other.required, other.offered, other.fields, other.height, other.exempt)
    )
    assert {mark: set(reasons) for mark, reasons in one.because.items()} == {
        mark: set(reasons) for mark, reasons in other.because.items()
    }


def test_a_policy_that_is_named_twice_counts_once_where_it_first_stands() -> None:
    """The most important comes first, and stays first when it is named again."""
    policies = PACKS.of("ru, eu, ru")
    assert [policy.jurisdiction for policy in policies] == ["RU", "EU"]
    assert policies.version == "RU 2026-11-22 + EU 2026-11-22"
    assert PACKS.of("RU + eu").language == "ru"


def test_the_first_policys_words_win_and_the_others_are_unmet() -> None:
    """A picture has one badge: the European words for a service under EU and CN, and the Chinese ones are told as unmet."""
    when = datetime(2026, 11, 22, tzinfo=UTC)
    got = decided(["eu", "cn"], None, Facts(Content(Medium.IMAGE)), when)
    assert (got.wording, got.corner, got.height) == ("AI GENERATED", "top-right", 0.05)
    assert "CN-4" in {one.rule for one in got.unmet if one.what is Mark.VISIBLE}
    got = decided(["cn", "eu"], None, Facts(Content(Medium.IMAGE)), when)
    assert (got.wording, got.corner, got.height) == ("AI生成", "bottom-right", 0.05)
    assert "EU-50-4" in {one.rule for one in got.unmet if one.what is Mark.VISIBLE}


@pytest.mark.parametrize(
    ("code", "jurisdictions"),
    [
        ("RU", ["RU"]),
        ("ru", ["RU"]),
        ("DE", ["EU"]),
        ("FR-75", ["EU"]),
        ("US-CA", ["US-CA"]),
        ("US", ["US-CA", "US-WA"]),
        ("US-TX", None),
        ("GB", None),
        ("", None),
        ("-", None),
        ("KZ", ["KZ"]),
        ("BY", ["BY"]),
    ],
)
def test_policies_are_found_by_country(code: str, jurisdictions: list[str] | None) -> None:
    """A country or a region has its policies; of one with several laws all count while the state is not known."""
    found = PACKS.of_country(code)
    assert (found and [policy.jurisdiction for policy in found]) == jurisdictions


def test_every_member_state_is_in_the_union() -> None:
    """27 states, and the shipped packs share no country."""
    countries = [country for policy in PACKS.all() for country in policy.countries]
    assert len(PACKS.load("eu").countries) == 27
    assert len(countries) == len(set(countries))


def test_while_the_state_is_not_known_both_states_laws_hold() -> None:
    """A user somewhere in the United States gets what California and Washington ask for together."""
    both = PACKS.of_country("US")
    assert both is not None
    got = decide(both, Choice.OFF, Content(Medium.IMAGE), datetime(2027, 2, 2, tzinfo=UTC))
    assert got.rules == ("US-CA-22757.3-LATENT", "US-WA-1170")
    assert got.required == {Mark.METADATA, Mark.C2PA}


def own(directory: Path, name: str, **changes: str) -> Packs:
    """An operator's directory with one pack in it, made from the Russian one."""
    text = (Path(__file__).parents[2] / "labelkit/policy/packs/ru.toml").read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    (directory / name).write_text(text, encoding="utf-8")
    return Packs(directory)


def test_an_operators_pack_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    """By its file's name, in any case, and nobody else's packs change."""
    packs = own(tmp_path, "RU.toml", offer="require")
    mine = packs.load("ru")
    assert {rule.level.name for rule in mine.rules} == {"REQUIRE"}
    assert packs.of_country("ru") is not None
    assert packs.load("eu") is PACKS.load("eu")
    assert {rule.level.name for rule in PACKS.load("ru").rules} == {"OFFER"}
    got = decide(mine, Choice.OFF, Content(Medium.IMAGE), datetime(2027, 3, 1, tzinfo=UTC))
    assert got.required == {Mark.VISIBLE}


def test_an_operators_further_pack_stands_beside_the_shipped_ones(tmp_path: Path) -> None:
    """A new name is a new policy, found by its country too."""
    packs = own(tmp_path, "gb.toml", RU="GB")
    assert packs.names == tuple(sorted((*PACKS.names, "gb")))
    found = packs.of_country("GB")
    assert found is not None
    assert [policy.jurisdiction for policy in found] == ["GB"]
    assert [policy.jurisdiction for policy in packs.of(f"gb, {tmp_path / 'gb.toml'}, eu")] == ["GB", "EU"]
    assert isinstance(packs.load("GB"), Policy)
