"""Conditions: they hold, they do not, or it is not known, which counts as in scope."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.label import Generator, ModelClass
from labelkit.marks import Mark, Medium
from labelkit.policy import Content, Packs, Rule, decide
from labelkit.policy.conditions import Conditions, Facts
from labelkit.service import Role, Service

# Each condition, what it asks, a fact that meets it, one that does not, and where the fact is told.
EACH: Mapping[str, tuple[Any, Any, Any, str]] = MappingProxyType(
    {
        "roles": (["provider", "platform"], {"platform", "deployer"}, {"deployer"}, "service.roles"),
        "parameters_at_least": (10**9, 10**9, 10**9 - 1, "generator.parameters"),
        "model_class": (["sovereign", "national"], "national", "other", "generator.model_class"),
        "on_market_before": (date(2026, 8, 2), date(2026, 8, 1), date(2026, 8, 2), "generator.on_market_since"),
        "on_market_from": (date(2026, 8, 2), date(2026, 8, 2), date(2026, 8, 1), "generator.on_market_since"),
        "daily_users_over": (500_000, 500_001, 500_000, "service.daily_users"),
        "monthly_users_over": (1_000_000, 1_000_001, 1_000_000, "service.monthly_users"),
        "signatory": (True, True, False, "service.signatory"),
        "users_told": (False, False, True, "service.tells_users"),
        "altered": (True, True, False, "content.altered"),
        "document": (True, True, False, "content.document"),
        "realistic": (True, True, False, "content.realistic"),
        "published": (True, True, False, "content.published"),
        "first_turn": (True, True, False, "content.first_turn"),
        "export": (False, False, True, "content.export"),
        "agreed": (False, False, True, "content.agreed"),
        "tokens_at_least": (200, 200, 199, "content.tokens"),
    }
)
NOTHING = Facts(Content(Medium.TEXT, altered=None), Generator(provider="Acme", system="acme-1", version="1"), Service())


def knowing(facts: Facts, path: str, value: Any) -> Facts:
    """The facts with one more, that ``service.roles`` or the like is so."""
    owner, name = path.split(".")
    told = frozenset(value) if isinstance(value, set) else value
    return replace(facts, **{owner: replace(getattr(facts, owner), **{name: told})})


def test_every_condition_is_here() -> None:
    """The table above has all that a pack can ask, but for the one that is weighed last."""
    assert EACH.keys() | {"machine_only"} == Conditions.model_fields.keys()


@pytest.mark.parametrize("name", EACH)
def test_a_condition_has_three_values(name: str) -> None:
    """It holds at its very threshold, fails beside it, and is not known where nobody told, with words for each."""
    asked, meets, fails, path = EACH[name]
    conditions = Conditions.model_validate({name: asked})
    met = conditions.weigh(knowing(NOTHING, path, meets))
    assert (met.holds, met.failed, met.unknown) == (True, (), ())
    assert met.met == conditions.words()
    failed = conditions.weigh(knowing(NOTHING, path, fails))
    assert (failed.holds, failed.met, failed.unknown) == (False, (), ())
    assert failed.failed[0].startswith(conditions.words()[0])
    if name == "document":
        return  # whether a text is a file is always known
    unknown = conditions.weigh(NOTHING)
    assert (unknown.holds, unknown.met, unknown.failed) == (None, (), ())
    assert [(each.name, each.words) for each in unknown.unknown] == [(name, conditions.words()[0])]
    assert unknown.unknown[0].setting.lower().startswith(path.split(".")[0])
    assert path.split(".")[1] in unknown.unknown[0].setting


@pytest.mark.parametrize("name", EACH)
def test_a_rule_applies_unless_something_known_speaks_against_it(name: str) -> None:
    """Not known counts as in scope, and the decision names the condition."""
    asked, meets, fails, path = EACH[name]
    rule = Rule.model_validate(
        {
            "id": "T-1",
            "article": "art. 1",
            "source": "test",
            "sureness": "low",
            "from": date(2020, 1, 1),
            "media": ["text"],
            "marks": ["visible"],
            "level": "require",
            "binds": "whoever",
            "says": "Mark it.",
            "when": {name: asked},
        }
    )
    policy = Packs().load("none").model_copy(update={"rules": (rule,)})
    for facts, applies, unknown in (
        (knowing(NOTHING, path, meets), True, False),
        (knowing(NOTHING, path, fails), False, False),
        (NOTHING, name != "document", name != "document"),
    ):
        got = decide(
            policy,
            None,
            facts.content,
            datetime(2026, 11, 22, tzinfo=UTC),
            generator=facts.generator,
            service=facts.service,
        )
        assert got.required == ({Mark.VISIBLE} if applies else frozenset())
        assert got.unknown == ({"T-1": rule.when.words()} if unknown else {})


def test_without_a_generator_nothing_is_known_of_it() -> None:
    """A service that declared no generator at all is in scope of what turns on one."""
    weighed = Conditions(parameters_at_least=10**9, on_market_from=date(2026, 8, 2)).weigh(Facts(Content(Medium.IMAGE)))
    assert weighed.holds is None
    assert {each.name for each in weighed.unknown} == {"parameters_at_least", "on_market_from"}


def test_no_condition_holds() -> None:
    """A rule without conditions applies to everybody."""
    assert Conditions().weigh(NOTHING) == (True, (), (), ())
    assert Conditions().words() == ()


def test_what_is_asked_last_has_words_and_is_not_weighed() -> None:
    """Whether only machines read the marks is known when the marks are."""
    last = Conditions(machine_only=True)
    assert last.weigh(NOTHING).holds is True
    assert last.words() == ("the other marks are read by machines alone",)


def test_words_say_numbers_and_alternatives_as_people_do() -> None:
    """Thousands are parted, one of several is told as such."""
    said = Conditions(
        roles=frozenset({"provider", "deployer"}),
        daily_users_over=500_000,
        users_told=False,
        on_market_from=date(2026, 8, 2),
    ).words()
    assert said == (
        "the service acts as deployer or provider",
        "the system came on the market on 2026-08-02 or later",
        "the service has more than 500,000 users a day",
        "the service's pages do not tell users of the AI",
    )


ASKED = st.dictionaries(st.sampled_from(sorted(EACH)), st.just(None)).map(
    lambda names: Conditions.model_validate(
        {name: EACH[name][0] for name in names if not (name == "on_market_from" and "on_market_before" in names)}
    )
)
NUMBERS = st.none() | st.integers(0, 2 * 10**9)
KNOWN = st.none() | st.booleans()
FACTS = st.builds(
    Facts,
    st.builds(
        Content,
        medium=st.sampled_from(list(Medium)),
        altered=KNOWN,
        document=st.booleans(),
        realistic=KNOWN,
        published=KNOWN,
        first_turn=KNOWN,
        export=KNOWN,
        agreed=KNOWN,
        tokens=NUMBERS,
    ),
    st.builds(
        Generator,
        provider=st.just("Acme"),
        system=st.just("acme-1"),
        version=st.just("1"),
        on_market_since=st.none() | st.dates(date(2026, 7, 30), date(2026, 8, 5)),
        model_class=st.none() | st.sampled_from(get_args(ModelClass)),
        parameters=st.none() | st.integers(1, 2 * 10**9),
    ),
    st.builds(
        Service,
        roles=st.none() | st.frozensets(st.sampled_from(get_args(Role))),
        daily_users=NUMBERS,
        monthly_users=NUMBERS,
        signatory=KNOWN,
        tells_users=KNOWN,
    ),
)


@given(ASKED, FACTS, FACTS)
def test_what_is_learned_later_settles_but_never_turns_an_answer(
    conditions: Conditions, facts: Facts, other: Facts
) -> None:
    """Kleene's order: filling in what was not known may decide an open question, and changes no answer."""
    fuller = facts
    for owner in ("content", "generator", "service"):
        for each in fields(getattr(facts, owner)):
            if getattr(getattr(facts, owner), each.name) is None:
                value = getattr(getattr(other, owner), each.name)
                fuller = knowing(fuller, f"{owner}.{each.name}", value)
    before, after = conditions.weigh(facts), conditions.weigh(fuller)
    assert before.holds is None or after.holds is before.holds
    assert set(after.met) >= set(before.met)
    assert set(after.failed) >= set(before.failed)
    assert set(after.unknown) <= set(before.unknown)


@given(ASKED, FACTS)
def test_all_conditions_have_to_hold(conditions: Conditions, facts: Facts) -> None:
    """One that fails settles it whatever is not known; else one that is not known leaves it open; each is told once."""
    weighed = conditions.weigh(facts)
    alone = [
        Conditions.model_validate({name: getattr(conditions, name)}).weigh(facts).holds
        for name in EACH
        if getattr(conditions, name) is not None
    ]
    assert weighed.holds is (False if False in alone else None if None in alone else True)
    assert [alone.count(value) for value in (True, False, None)] == [
        len(weighed.met),
        len(weighed.failed),
        len(weighed.unknown),
    ]
