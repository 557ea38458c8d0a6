"""The notice: a paragraph of its own, in its place, told and taken out exactly."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.errors import ConfigurationError
from labelkit.placement import Place
from labelkit.text import notice, wrapper
from labelkit.text.notice import add
from labelkit.text.noticed import cut, find, is_there

ENGLISH = "Made by AI."
RUSSIAN = "Создано ИИ."
HEBREW = "נוצר על ידי בינה מלאכותית."
NOTICES = {ENGLISH, RUSSIAN, HEBREW}
WRAPPER = wrapper.encode(b"a manifest")
places = st.sampled_from(list(Place))


@settings(derandomize=True, max_examples=400, deadline=None)
@given(data=st.data())
def test_at_the_start_it_is_the_first_paragraph(
    data: st.DataObject, nasty_documents: st.SearchStrategy[str], parse: Callable[[str], list[tuple[object, ...]]]
) -> None:
    """An independent parser reads the notice as the first top-level paragraph, and the text as if it stood alone."""
    text = data.draw(nasty_documents)
    opened, inline, closed, *rest = parse(add(text, ENGLISH, Place.START))
    assert opened[:2] == ("paragraph_openp", 0)
    assert inline[3] == ENGLISH
    assert closed[:2] == ("paragraph_closep", 0)
    assert rest == parse(text)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(data=st.data(), place=places)
def test_the_text_is_untouched_and_the_notice_is_there(
    data: st.DataObject, nasty_documents: st.SearchStrategy[str], place: Place
) -> None:
    """After adding, the text is in it as it was, and the notice is found in its place and in no other."""
    text = data.draw(nasty_documents)
    labelled = add(text, ENGLISH, place)
    assert labelled.endswith(text) if place is Place.START else labelled.startswith(text)
    assert is_there(labelled, ENGLISH, place)
    assert is_there(labelled + WRAPPER, ENGLISH, place)
    assert not is_there(labelled, RUSSIAN, place)
    assert not is_there(text, ENGLISH, place)


@given(
    text=st.text("ab \n\té`שж\u0301.", max_size=30).map(lambda text: text.rstrip("\r\n")),
    name=st.sampled_from(sorted(NOTICES)),
    place=places,
    sealed=st.booleans(),
)
def test_what_was_added_is_cut(text: str, name: str, place: Place, sealed: bool) -> None:
    """Cutting takes back what adding wrote, wrapper and isolates included."""
    if "```" in text and place is Place.END:
        text = text.replace("`", "")
    labelled = add(text, name, place) + (WRAPPER if sealed else "")
    assert cut(labelled, NOTICES) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("```\ncode\n```\n\n" + ENGLISH, "```\ncode\n```"),
        ("Said.\n\n" + ENGLISH + "\n", "Said."),
        ("Said.\r\n\r\n" + ENGLISH + "\r\n", "Said."),
        (ENGLISH + "\r\n\r\nSaid.", "Said."),
        ("Said.\n\n" + RUSSIAN + "\n\n" + ENGLISH + WRAPPER, "Said."),
        (ENGLISH + "\n\nSaid.\n\n" + ENGLISH, "Said."),
        ("Said." + WRAPPER + "\n", "Said."),
        ("Said." + WRAPPER[:-1], "Said."),
        ("```\ncode\n```\n" + WRAPPER, "```\ncode\n```"),
        (ENGLISH, ""),
        (ENGLISH + "\n", ""),
        ("", ""),
    ],
)
def test_cuts_what_clients_send_back(text: str, left: str) -> None:
    """Line ends that clients change or add, several notices and a cut wrapper do not hide our marks."""
    assert cut(text, NOTICES) == left


@pytest.mark.parametrize(
    "text",
    [
        "They write:\n\n" + ENGLISH + "\n\nunder each answer.",
        "They write: " + ENGLISH,
        "They write:\n" + ENGLISH,
        "They write:\n\n  " + ENGLISH,
        ENGLISH + " So they say.",
        ENGLISH + "\nSo they say.",
        "> " + ENGLISH,
        "Nothing here.  \n",
        WRAPPER + "Said.",
    ],
)
def test_quotations_stay(text: str) -> None:
    """What is no paragraph at the start or the end is the author's own, and the same object comes back."""
    assert cut(text, NOTICES) is text


@pytest.mark.parametrize(
    "text",
    [
        f"{ENGLISH}\n\n" * 50_000,
        f"\r\n\r\n{ENGLISH}" * 50_000,
        "\r" + "x\n\n" * 200_000 + f"{ENGLISH}\n\n" * 20_000,
        "\n" * 1_000_000,
        "x" * 1_000_000 + "\n\n",
        "\u2066" * 1_000_000,
    ],
)
def test_hostile_histories_end(text: str) -> None:
    """A megabyte of notices, or of what looks like the beginning of one, is cut in time that is linear in it."""
    assert ENGLISH not in cut(text, NOTICES)


def test_a_notice_inside_a_code_block_is_not_there() -> None:
    """The words alone do not make the notice: in an open fence they are code."""
    assert not is_there("```\ncode\n\n" + ENGLISH, ENGLISH, Place.END)
    assert not is_there("Text\n" + ENGLISH, ENGLISH, Place.END)
    assert not is_there(ENGLISH + "\nText", ENGLISH, Place.START)
    assert is_there("\ufeff" + ENGLISH + "\n\nText", ENGLISH, Place.START)
    assert is_there("Text\n\n" + ENGLISH + "\n", ENGLISH, Place.END)


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("שלום, 123", ENGLISH, "\u2066Made by AI.\u2069"),
        ("«سلام»", RUSSIAN, "\u2066Создано ИИ.\u2069"),
        ("Hello", HEBREW, f"\u2067{HEBREW}\u2069"),
        ("12. שלום", HEBREW, HEBREW),
        ("Hello שלום", ENGLISH, ENGLISH),
        ("1 + 1 = 2", ENGLISH, ENGLISH),
        ("1 + 1 = 2", HEBREW, HEBREW),
        ("", HEBREW, HEBREW),
    ],
)
def test_direction(text: str, name: str, written: str) -> None:
    """A notice of the other direction than the text's first letter is isolated, no other is."""
    assert add(text, name, Place.END).removeprefix(text).lstrip("\n") == written
    assert add(text, name, Place.START) == f"{written}\n\n{text}"
    assert is_there(add(text, name, Place.END), name, Place.END)


@pytest.mark.parametrize("wording", [ENGLISH, RUSSIAN, HEBREW, "*AI*", "[ИИ]", "🤖 AI", "Сделано\u00a0ИИ", "AI: 100 %"])
def test_good_wordings(wording: str) -> None:
    """Plain sentences of any script are accepted, emphasis and brackets too."""
    notice.check(wording)


@pytest.mark.parametrize(
    "wording",
    [
        *[
            "",
            " AI",
            "AI ",
            "A\nI",
            "A\u2028I",
            "A\tI",
            "AI\ufeff",
            "\u2067AI",
            "AI\x00",
            "# AI",
            "1. AI",
            "- AI",
            "> AI",
        ],
        *["---", "```AI", "<!-- AI -->", "<div>AI", "[AI]: x", "    AI", "E\u0301"],
    ],
)
def test_wordings_that_would_not_be_read_as_a_notice(wording: str) -> None:
    """A wording that is no paragraph of plain text is refused when the service is set up."""
    with pytest.raises(ConfigurationError, match="A notice has to be"):
        notice.check(wording)


@pytest.mark.parametrize("place", [Place.START, Place.END])
def test_notices_that_stand_together_are_all_found(place: Place) -> None:
    """In their order, and each is told to be there; in a block that is open before them none is."""
    both = add(add("Text", ENGLISH, place), RUSSIAN, place)
    known = frozenset({ENGLISH, RUSSIAN})
    assert sorted(notice.words for notice in find(both, known)) == sorted(known)
    assert is_there(both, ENGLISH, place, known)
    assert not is_there(both, ENGLISH, place)  # the other is a paragraph of the text to whoever does not know it
    assert is_there(both, RUSSIAN, place)
    assert find(f"```\n\n{ENGLISH}\n\n{RUSSIAN}", known) == []
    assert [notice.words for notice in find(f"Text\n{ENGLISH}\n\n{RUSSIAN}", known)] == [RUSSIAN]
    assert [notice.words for notice in find(f"{ENGLISH}\n\n{RUSSIAN}\n", known)] == [ENGLISH, RUSSIAN]  # each once
