"""Tokens: a stated estimate, counted no further than is asked."""

import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.chatbot.model import Model
from labelkit.text.tokens import Length, estimate


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\t\u00a0", 0),
        ("a", 1),
        ("sea", 1),
        ("The sea is wide.", 5),
        ("international", 4),
        ("2026-11-22", 5),
        ("Море", 2),
        ("небо,", 3),
        ("é", 1),
        ("naïve", 3),
        ("海很宽。", 4),
        ("ひろい", 3),
        ("바다", 2),
        ("שלום", 2),
        ("👩\u200d👩\ufe0f", 2),
        ("\u200b\ufeff\u2060", 0),
        ("x_y", 3),
        ("a == b", 4),
    ],
)
def test_the_rule(text: str, count: int) -> None:
    """Four ASCII letters, two of another alphabet, one ideograph or sign; blanks and the invisible are none."""
    assert estimate(text) == count


@given(st.text())
def test_no_more_tokens_than_characters(text: str) -> None:
    """The estimate is never above the number of characters, and blanks around a text add nothing."""
    assert estimate(text) <= len(text)
    assert estimate(f" \n{text}\t ") == estimate(text)


@given(st.text(), st.integers(0, 40), st.integers(1, 50))
def test_in_pieces_it_is_at_least_as_long(text: str, most: int, step: int) -> None:
    """How a text is cut can only make it longer, by a token for each cut; below the limit the count is the text's."""
    whole, pieces = Length(most), Length(most)
    whole.feed(text)
    for at in range(0, len(text), step):
        pieces.feed(text[at : at + step])
    assert (whole.count >= most) == (estimate(text) >= most)
    if whole.count < most:
        assert whole.count == estimate(text)
    assert pieces.count >= min(most, whole.count)
    assert pieces.count <= most + step if pieces.count >= most else pieces.count <= whole.count + len(text) // step


def test_nothing_is_counted_that_is_not_needed() -> None:
    """Once it is long enough, the operator's tokenizer is not called again; a long text is not counted to its end."""
    seen: list[int] = []

    def count(text: str) -> int:
        seen.append(len(text))
        return len(text.split())

    length = Length(200, count)
    for _ in range(5):
        length.feed("word " * 100_000)
    assert seen == [1600]
    assert length.count == 320
    nothing = Length(0, count)
    nothing.feed("word")
    assert len(seen) == 1


@pytest.mark.model
def test_english_prose_is_never_underestimated() -> None:
    """Against the tokenizer of the example's model: above it for every 150 words of this project's prose, under twice."""
    root = Path(__file__).parents[2]
    words = (root / "LICENSE").read_text().split()
    words += " ".join(
        " ".join(re.findall(r'"""(.*?)"""', file.read_text(), re.DOTALL)) for file in (root / "labelkit").glob("*.py")
    ).split()
    model = Model()  # while it lives, its server does
    client = model.client
    ratios = []
    for at in range(0, len(words) - 150, 150):
        text = " ".join(words[at : at + 150])
        told = httpx.post(client.base_url.join("/tokenize"), headers=client.headers, json={"content": text}).json()
        ratios.append(estimate(text) / len(told["tokens"]))
    assert len(ratios) > 20
    assert min(ratios) >= 1
    assert max(ratios) < 2
