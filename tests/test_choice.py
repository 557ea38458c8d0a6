"""The choice: what a user took of the option."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.errors import MarkError
from labelkit.marks import DEFAULT, Mark, Medium

CHOICES = st.builds(Choice, st.booleans(), st.frozensets(st.sampled_from(list(Mark))))


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("", Choice.ON),
        ("on", Choice.ON),
        (" ON ", Choice.ON),
        ("off", Choice.OFF),
        ("visible", Choice.of("visible")),
        ("visible c2pa", Choice.of("visible", "c2pa")),
        ("c2pa,visible", Choice.of("visible", "c2pa")),
        ("c2pa+visible", Choice.of("visible", "c2pa")),
        ("on c2pa", Choice(True, frozenset({Mark.C2PA}))),
    ],
)
def test_a_choice_is_read(text: str, choice: Choice) -> None:
    """On, off and mark names are read in any case and with any separator of the wire."""
    assert Choice.parse(text) == choice


@pytest.mark.parametrize("text", ["yes", "on off", "visible off", "1", "c2pa; drop", "видимая"])
def test_anything_else_is_no_choice(text: str) -> None:
    """What is not a choice is not guessed at."""
    assert Choice.parse(text) is None


@given(CHOICES)
def test_a_choice_survives_being_written(choice: Choice) -> None:
    """What a choice writes of itself reads back as the same choice."""
    assert Choice.parse(str(choice)) == choice


@given(CHOICES, CHOICES)
def test_adding_takes_nothing_away(one: Choice, other: Choice) -> None:
    """A choice with another added asks for at least what each asked for."""
    for medium in Medium:
        assert one.plus(other).wants(medium) >= one.wants(medium) | other.wants(medium)


def test_off_is_false_and_asks_for_nothing() -> None:
    """Off asks for no mark of any medium; on asks for the medium's default."""
    assert not Choice.OFF
    assert all(Choice.OFF.wants(medium) == frozenset() for medium in Medium)
    assert Choice.ON.wants(Medium.TEXT) == DEFAULT[Medium.TEXT] == {Mark.VISIBLE}


def test_a_mark_that_does_not_exist_is_refused_by_name() -> None:
    """A misspelt mark is an error that lists the marks there are."""
    with pytest.raises(MarkError, match=r"'visibel'.*visible, metadata, c2pa"):
        Choice.of("visibel")
