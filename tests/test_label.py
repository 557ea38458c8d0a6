"""Labels and generators: what is said."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from labelkit.errors import ConfigurationError
from labelkit.label import Generator, Label, SourceType

ACME = Generator(provider="Acme", system="acme-chat", version="2.1")


def test_every_label_has_an_id_of_its_own_that_sorts_by_time() -> None:
    """Ids are UUIDv7: unique, and in the order in which they were made."""
    ids = [Label(ACME).id for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {made.version for made in ids} == {7}
    assert {type(made) for made in ids} == {uuid.UUID}
    milliseconds = [made.int >> 80 for made in ids]  # RFC 9562, section 5.7
    assert milliseconds == sorted(milliseconds)


@pytest.mark.parametrize(
    ("altered", "source"), [(False, SourceType.CREATED), (True, SourceType.COMPOSITE), (None, SourceType.COMPOSITE)]
)
def test_unknown_is_told_as_a_composite(altered: bool | None, source: SourceType) -> None:
    """Only what is known to be created is called created."""
    assert Label(ACME, altered).source_type is source


def test_the_stamp_is_in_utc_whatever_the_zone() -> None:
    """A label's time is written in UTC to the second."""
    moscow = timezone(timedelta(hours=3))
    assert Label(ACME, time=datetime(2027, 3, 1, 1, 2, 3, tzinfo=moscow)).stamp == "2027-02-28T22:02:03Z"
    assert Label(ACME).time.tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time names no moment."""
    with pytest.raises(ConfigurationError, match="time zone"):
        Label(ACME, time=datetime(2027, 3, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": ""},
        {"system": " "},
        {"version": "1\n2"},
        {"system": "x" * 201},
        {"provider": None},
        {"parameters": 0},
    ],
)
def test_a_generator_without_a_usable_name_is_refused(wrong: dict[str, Any]) -> None:
    """Empty, endless and unprintable names are refused where they are given, by name."""
    facts: dict[str, Any] = {"provider": "Acme", "system": "acme-chat", "version": "2.1"} | wrong
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        Generator(**facts)
