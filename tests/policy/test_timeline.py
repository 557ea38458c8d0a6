"""The timeline: which rules hold when, and what changes on which day."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.errors import ConfigurationError
from labelkit.policy import Packs, Policies
from labelkit.policy.timeline import Timeline, next_change

PACKS = Packs()
ALL = Policies.of(*PACKS.all())
DAYS = st.dates(date(2025, 1, 1), date(2030, 1, 1))


def test_events_come_in_order_with_what_ends_first() -> None:
    """California's option and older disclosure begin and end, their successor begins on the day they end."""
    events = Timeline(PACKS.of("us-ca"), date(2026, 1, 1), date(2026, 12, 1)).events
    told = [str(event) for event in events if event.entry.id.startswith("US-CA-22757.3-")]
    assert told[0].startswith("2026-08-02 US-CA US-CA-22757.3-OPTION begins: ")
    assert told[1].startswith("2026-08-02 US-CA US-CA-22757.3-LATENT-OLD begins: ")
    assert told[2].startswith("2026-09-30 US-CA US-CA-22757.3-OPTION ends: ")
    assert told[3].startswith("2026-09-30 US-CA US-CA-22757.3-LATENT-OLD ends: ")
    assert told[4].startswith("2026-09-30 US-CA US-CA-22757.3-LATENT begins: ")
    assert "(required, sureness high)" in told[4]


def test_what_lies_outside_is_no_event() -> None:
    """The first day counts, the last one does not."""
    begins = date(2027, 3, 1)
    laws = PACKS.of("ru")
    assert Timeline(laws, begins, date(2027, 3, 2)).events
    assert not Timeline(laws, date(2027, 2, 1), begins).events


@given(DAYS, DAYS)
def test_stretches_lie_within(first: date, last: date) -> None:
    """Whatever the window, a stretch is a piece of it, and there is one exactly where the rule holds on some day of it."""
    if first >= last:
        first, last = last, first
    if first == last:
        return
    line = Timeline(ALL, first, last)
    for policy in ALL:
        for rule in policy.rules:
            stretch = line.stretch(rule)
            held = rule.since < last and (rule.until is None or rule.until > first)
            assert (stretch is not None) is held
            assert stretch is None or 0 <= stretch[0] < stretch[1] <= 1
    assert list(line.events) == sorted(line.events, key=lambda event: event.day)


@pytest.mark.parametrize(
    ("first", "last", "ticks"),
    [
        (date(2026, 11, 1), date(2027, 2, 1), ["11", "12", "2027"]),
        (date(2026, 11, 1), date(2028, 2, 1), ["2027", "04", "07", "10", "2028"]),
        (date(2026, 11, 1), date(2032, 2, 1), ["2027", "2028", "2029", "2030", "2031", "2032"]),
    ],
)
def test_the_axis_has_months_quarters_or_years(first: date, last: date, ticks: list[str]) -> None:
    """The longer the time, the fewer the strokes in a year."""
    assert [tick.label for tick in Timeline(ALL, first, last).ticks] == ticks


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2027, 1, 1), date(2027, 1, 1)), (date(2027, 1, 1), date(2058, 1, 1)), (date.max, date.min)],
)
def test_an_absurd_window_is_refused(first: date, last: date) -> None:
    """One that is empty, upside down or longer than 30 years."""
    with pytest.raises(ConfigurationError, match="timeline"):
        Timeline(ALL, first, last)


def test_the_next_change_is_the_nearest_to_come() -> None:
    """The day itself is past; after the last change there is none."""
    ru = PACKS.load("ru")
    assert next_change(ru, date(2027, 2, 28)) == date(2027, 3, 1)
    assert next_change(ru, date(2027, 3, 1)) is None
    assert next_change(PACKS.load("none"), date(2027, 3, 1)) is None


def test_a_timeline_has_a_plain_form() -> None:
    """Every rule and duty is in it once, with its days as ISO 8601."""
    told = Timeline(ALL, date(2026, 1, 1), date(2029, 1, 1)).to_dict()
    assert json.loads(json.dumps(told)) == told
    spans = [span["id"] for one in told["jurisdictions"] for span in one["spans"]]
    assert sorted(spans) == sorted(entry.id for policy in ALL for entry in policy.entries)
    assert {span["kind"] for one in told["jurisdictions"] for span in one["spans"]} == {"rule", "duty"}
