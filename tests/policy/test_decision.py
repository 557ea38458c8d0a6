"""decide(): policy and choice put together."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.label import Field
from labelkit.marks import CARRIED, DEFAULT, NO_MARKS, Mark, Medium
from labelkit.policy import Content, Decision, Level, Packs, Policy, Rule, decide
from labelkit.policy.decision import READ_BY_MACHINES

NONE = Packs().load("none")
RU = Packs().load("ru")
BEFORE = datetime(2027, 2, 28, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Moscow
AFTER = datetime(2027, 2, 28, 21, 0, 0, tzinfo=UTC)  # 1 March in Moscow
CHOICES = st.none() | st.builds(Choice, st.booleans(), st.frozensets(st.sampled_from(list(Mark))))
MEDIA = st.sampled_from(list(Medium))


def demanding(level: Level, *marks: Mark) -> Policy:
    """A policy with one rule for every medium."""
    rule = Rule.model_validate(
        {
            "id": "TEST-1",
            "article": "art. 1",
            "source": "test",
            "sureness": "low",
            "from": date(2020, 1, 1),
            "media": list(Medium),
            "marks": list(marks),
            "level": level,
            "binds": "whoever",
            "says": "Mark it.",
        }
    )
    return NONE.model_copy(update={"rules": (rule,)})


def test_the_russian_option_begins_at_midnight_in_moscow() -> None:
    """243-FZ art. 9 is cited from 1 March 2027 by Moscow's calendar, and not a second before."""
    picture = Content(Medium.IMAGE, language="ru")
    assert decide(RU, None, picture, BEFORE).rules == ()
    assert decide(RU, None, picture, AFTER).rules == ("RU-243FZ-9-1", "RU-243FZ-9-3")
    assert decide(RU, None, Content(Medium.TEXT), AFTER).rules == ()


def test_the_russian_option_is_an_option() -> None:
    """Nobody who did not take it gets a mark; who takes it gets it in Russian."""
    picture = Content(Medium.IMAGE, language="ru")
    assert decide(RU, None, picture, AFTER).marks == NO_MARKS
    assert decide(RU, Choice.OFF, picture, AFTER).marks == NO_MARKS
    taken = decide(RU, Choice.ON, picture, AFTER)
    assert taken.marks == DEFAULT[Medium.IMAGE]
    assert taken.wording == "Создано с помощью ИИ"
    assert taken.required == NO_MARKS


def test_named_marks_are_exact() -> None:
    """Who names marks gets these and no others."""
    assert decide(NONE, Choice.of("c2pa"), Content(Medium.TEXT), AFTER).marks == {Mark.C2PA}


def test_what_cannot_be_made_is_unmet_and_says_why() -> None:
    """A mark without its means, of another medium or not offered is listed with the reason."""
    cannot: dict[Mark | Field, str] = {Mark.C2PA: "There is no signer."}
    got = decide(NONE, Choice.of("c2pa", "metadata"), Content(Medium.TEXT), AFTER, cannot=cannot)
    assert got.marks == NO_MARKS
    assert got.missing[Mark.C2PA] == "There is no signer."
    assert "not offer" in got.missing[Mark.METADATA]
    offered = decide(NONE, Choice.of("metadata"), Content(Medium.TEXT), AFTER, offer=frozenset({Mark.METADATA}))
    assert "cannot carry" in offered.missing[Mark.METADATA]


def test_a_service_may_offer_less_than_everything_but_never_less_than_the_law() -> None:
    """An operator's offer narrows the default, and a rule's floor widens the offer again."""
    narrow = frozenset({Mark.METADATA})
    assert decide(NONE, Choice.ON, Content(Medium.IMAGE), AFTER, offer=narrow).marks == narrow
    law = demanding(Level.OFFER, Mark.VISIBLE)
    assert decide(law, Choice.ON, Content(Medium.IMAGE), AFTER, offer=narrow).marks == {Mark.METADATA, Mark.VISIBLE}


@pytest.mark.parametrize(
    ("level", "choice", "made"),
    [
        (Level.OFFER, None, False),
        (Level.DEFAULT, None, True),
        (Level.DEFAULT, Choice.OFF, False),
        (Level.REQUIRE, None, True),
        (Level.REQUIRE, Choice.OFF, True),
        (Level.REQUIRE, Choice.of("metadata"), True),
    ],
)
def test_levels_are_floors(level: Level, choice: Choice | None, made: bool) -> None:
    """Offered needs a yes, default yields to a no, required yields to nothing."""
    got = decide(demanding(level, Mark.VISIBLE), choice, Content(Medium.IMAGE), AFTER)
    assert (Mark.VISIBLE in got.marks) is made
    assert (Mark.VISIBLE in got.required) is (level is Level.REQUIRE)


def decided(policy: Policy, choice: Choice | None, medium: Medium) -> Decision:
    """A decision with every means at hand."""
    return decide(policy, choice, Content(medium), AFTER)


@given(CHOICES, MEDIA, st.frozensets(st.sampled_from(list(Mark)), min_size=1), st.sampled_from(list(Level)))
def test_a_stricter_policy_never_yields_fewer_marks(
    choice: Choice | None, medium: Medium, marks: frozenset[Mark], level: Level
) -> None:
    """Adding a rule adds marks or nothing."""
    assert decided(demanding(level, *marks), choice, medium).marks >= decided(NONE, choice, medium).marks


@given(CHOICES, MEDIA, st.frozensets(st.sampled_from(list(Mark)), min_size=1))
def test_no_choice_removes_a_required_mark(choice: Choice | None, medium: Medium, marks: frozenset[Mark]) -> None:
    """What a rule requires is made, or told as unmet."""
    got = decided(demanding(Level.REQUIRE, *marks), choice, medium)
    assert got.marks >= marks & CARRIED[medium]
    assert got.marks | got.missing.keys() >= marks
    assert got.marks <= CARRIED[medium]


def test_what_a_machine_reads_gets_no_mark_by_a_general_yes() -> None:
    """Code, JSON and single words stay as they are when "on" is all that was said; a translation, or a mark that was
    named, does not."""
    for kind in READ_BY_MACHINES:
        assert decide(NONE, Choice.ON, Content(Medium.TEXT, kind=kind), AFTER).marks == NO_MARKS
        assert decide(NONE, Choice.of("visible"), Content(Medium.TEXT, kind=kind), AFTER).marks == {Mark.VISIBLE}
        strict = decide(demanding(Level.REQUIRE, Mark.VISIBLE), None, Content(Medium.TEXT, kind=kind), AFTER)
        assert strict.required == {Mark.VISIBLE}
    assert decide(NONE, Choice.ON, Content(Medium.TEXT, kind="translation"), AFTER).marks == {Mark.VISIBLE}
