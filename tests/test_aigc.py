"""The AIGC record: seven keys in one order, and read from whatever stands in its place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.aigc import KEYS, as_json, parse, record
from labelkit.label import Generator, Label

LABEL = Label(Generator(provider="深度合成 & Co", system="s", version="1"))


def test_the_record_has_the_seven_keys_of_the_standard_in_its_order() -> None:
    """GB 45438-2025, annex E: Label 1 is "AI made it"; the producer fills three keys, the others are there, empty."""
    assert tuple(record(LABEL)) == KEYS
    assert record(LABEL) == {
        "Label": "1",
        "ContentProducer": "深度合成 & Co",
        "ProduceID": str(LABEL.id),
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def test_what_is_written_is_read() -> None:
    """The JSON is one line in its own script, and comes back as the record, bare or under its key."""
    text = as_json(LABEL)
    assert "深度合成" in text
    assert "\n" not in text
    assert parse(text) == record(LABEL)
    assert parse(f'{{"AIGC":{text}}}') == record(LABEL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"Label":"1","ContentProducer":"X"}', {"Label": "1", "ContentProducer": "X"}),
        ('{"AIGC":{"Label":"2","ReservedCode1":{"a":1}}}', {"Label": "2", "ReservedCode1": '{"a": 1}'}),
        ('{"Label":"1","ProduceID":"\\ud800"}', {"Label": "1", "ProduceID": "?"}),
        ("no json", None),
        ("[" * 30_000, None),
        ('{"Label":' + "9" * 5000 + "}", None),
        ("[1]", None),
        ("{}", None),
        ('{"Label":"1","x":"' + "x" * 70_000 + '"}', None),
    ],
)
def test_what_others_write_is_read_or_is_no_record(text: str, expected: dict[str, str] | None) -> None:
    """Nesting, lone surrogates, long numbers and long texts do no harm."""
    assert parse(text) == expected


@given(st.recursive(st.none() | st.text() | st.integers(), lambda more: st.dictionaries(st.text(), more)))
def test_any_json_is_a_record_of_texts_or_none(value: object) -> None:
    """Whatever JSON says, a record is texts by texts, with a Label among them, and can be encoded."""
    for text in (json.dumps(value), json.dumps({"AIGC": value}), json.dumps({"AIGC": {"Label": value}})):
        found = parse(text)
        if found is not None:
            assert "Label" in found
            assert "".join((*found.keys(), *found.values())).encode() is not None
