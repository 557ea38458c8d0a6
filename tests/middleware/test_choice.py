"""What a request says: Prefer, the query, the cookie, and their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.marks import Mark
from labelkit.middleware.choice import NOTHING, ask, cookie_value, languages, stored

CRUMB = b"ai_label="
BOTH = Choice.of("visible", "c2pa")


def asked(*lines: bytes, query: bytes = b"", cookie: bytes = b"") -> Choice | None:
    """The choice that a request with these says."""
    headers = [(b"prefer", line) for line in lines]
    headers += [(b"cookie", cookie)] if cookie else []
    return ask(headers, query, CRUMB).choice


@pytest.mark.parametrize(
    ("lines", "choice"),
    [
        ([b"ai-label"], Choice.ON),
        ([b"ai-label="], Choice.ON),
        ([b'ai-label=""'], Choice.ON),
        ([b"ai-label=on"], Choice.ON),
        ([b"AI-Label=OFF"], Choice.OFF),
        ([b'ai-label="visible c2pa"'], BOTH),
        ([b'ai-label = "visible,c2pa"'], BOTH),
        ([b"ai-label=visible; x=1"], Choice.of("visible")),
        ([b'respond-async; y="a, ai-label=off", ai-label=on'], Choice.ON),
        ([b"respond-async", b"ai-label=off"], Choice.OFF),
        ([b"wait=10,,ai-label=off,"], Choice.OFF),
        ([b"ai-label=off, ai-label=on"], Choice.OFF),
        ([b"ai-label=off", b"ai-label=on"], Choice.OFF),
        ([b"ai-labels=on"], None),
        ([b'"ai-label"'], None),
        ([b"ai-label=perhaps"], None),
        ([b"ai-label=perhaps, ai-label=on"], None),
        ([b'ai-label="visible'], None),
        ([b"\xff\xfe, ai-label=on"], Choice.ON),
        ([b""], None),
    ],
)
def test_prefer_is_read_as_rfc_7240_writes_it(lines: list[bytes], choice: Choice | None) -> None:
    """Several lines, commas, parameters and quotes; the first instance counts; an unknown value is ignored."""
    assert asked(*lines) == choice


def test_a_preference_that_is_ignored_leaves_the_stored_choice() -> None:
    """An unknown value of Prefer counts as not said, so the cookie is heard."""
    assert asked(b"ai-label=perhaps", cookie=b"ai_label=on") == Choice.ON


@pytest.mark.parametrize("line", [b"ai-label=perhaps, handling=strict", b"handling=STRICT, ai-label=perhaps"])
def test_strict_handling_refuses_an_unknown_value(line: bytes) -> None:
    """Who asks for strict handling gets an error in place of silence (RFC 7240, 4.4)."""
    said = ask([(b"prefer", line)], b"", CRUMB)
    assert "perhaps" in said.refused


def test_strict_handling_of_other_preferences_is_not_our_business() -> None:
    """``handling=strict`` without ``ai-label`` refuses nothing."""
    assert ask([(b"prefer", b"handling=strict, other=1")], b"", CRUMB) == NOTHING


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        (b"ai_label=on", Choice.ON),
        (b"ai_label", Choice.ON),
        (b"ai_label=", Choice.ON),
        (b"x=1&ai_label=visible+c2pa", BOTH),
        (b"ai_label=visible%20c2pa", BOTH),
        (b"ai%5Flabel=off", Choice.OFF),
        (b"ai_label=off&ai_label=on", Choice.OFF),
        (b"my_ai_label=on", None),
        (b"q=ai_label", None),
        (b"%", None),
    ],
)
def test_the_query_is_read(query: bytes, choice: Choice | None) -> None:
    """``?ai_label=`` in every spelling that a URL allows; the first one counts."""
    assert asked(query=query) == choice


@pytest.mark.parametrize("query", [b"ai_label=perhaps", b"ai_label=on+off", b"ai_label=%FF"])
def test_a_malformed_query_is_refused(query: bytes) -> None:
    """A query is written by a developer, who should hear that it is wrong."""
    assert "ai_label" in ask([], query, CRUMB).refused


@pytest.mark.parametrize(
    ("line", "query", "language"),
    [
        (b"ai-label=on; lang=ru", b"", "ru"),
        (b'ai-label="visible c2pa"; LANG="ru-RU"', b"", "ru"),
        (b"ai-label; x=1; lang = en; lang=ru", b"", "en"),
        (b"ai-label=off;lang=ru", b"", "ru"),
        (b"wait=9; lang=en, ai-label; lang=ru", b"", "ru"),
        (b"ai-label=on; lang=tlh", b"", None),
        (b"ai-label=on; lang", b"", None),
        (b"ai-label=on; language=ru", b"", None),
        (b"ai-label=perhaps; lang=ru", b"", None),
        (b"ai-label=on, lang=ru", b"", None),
        (b"", b"ai_label=on&ai_label_lang=ru", "ru"),
        (b"", b"ai_label_lang=ru", "ru"),
        (b"", b"ai%5Flabel_lang=RU", "ru"),
        (b"", b"ai_label=on&ai_label_lang=tlh", None),
        (b"", b"ai_label=on&ai_label_lang=", None),
        (b"", b"ai_label=on&ai_label_lang=%FF%00", None),
        (b"ai-label=on; lang=ru", b"ai_label_lang=en", "ru"),
        (b"ai-label=on; lang=tlh", b"ai_label_lang=en", "en"),
        (b"ai-label=on", b"ai_label_lang=en", "en"),
    ],
)
def test_the_language_of_a_label_is_asked_for(line: bytes, query: bytes, language: str | None) -> None:
    """As a parameter of the preference, or in the query; one that nobody has is ignored and the choice stands."""
    said = ask([(b"prefer", line)] if line else [], query, CRUMB)
    assert (said.language, said.refused) == (language, "")


@pytest.mark.parametrize(
    ("line", "query"),
    [
        (b"ai-label=on; lang=tlh, handling=strict", b""),
        (b"handling=strict, ai-label; lang=tlh", b"ai_label_lang=ru"),
        (b"handling=strict", b"ai_label=on&ai_label_lang=tlh"),
    ],
)
def test_strict_handling_refuses_a_language_that_nobody_has(line: bytes, query: bytes) -> None:
    """And says which there are."""
    said = ask([(b"prefer", line)], query, CRUMB)
    assert "'tlh'" in said.refused
    assert "ru" in said.refused


def test_a_language_alone_is_no_choice() -> None:
    """It is heard for what the stored choice or a rule has made."""
    said = ask([], b"ai_label_lang=ru", CRUMB)
    assert (said.choice, said.source, said.language, said.private) == (None, "nobody", "ru", False)
    kept = ask([(b"cookie", b"ai_label=on")], b"ai_label_lang=ru", CRUMB)
    assert (kept.choice, kept.language, kept.private) == (Choice.ON, "ru", True)


def test_a_tag_of_many_parts_is_not_looked_up() -> None:
    """To cut one of a hundred thousand parts shorter and shorter would take minutes."""
    tag = b"-".join([b"a"] * 100_000)
    assert ask([(b"prefer", b"ai-label; lang=" + tag)], b"ai_label_lang=" + tag, CRUMB).language is None
    assert languages([(b"accept-language", tag + b", ru")]) == ("ru",)


@pytest.mark.parametrize(
    ("stored", "query", "choice"),
    [
        (b"on", b"ai_label=off", Choice.ON),
        (b"visible", b"ai_label=c2pa", BOTH),
        (b"visible+c2pa", b"ai_label=visible", BOTH),
        (b"off", b"ai_label=visible", Choice.of("visible")),
        (b"off", b"ai_label=off", Choice.OFF),
    ],
)
def test_a_query_adds_to_a_stored_choice_and_takes_nothing_away(stored: bytes, query: bytes, choice: Choice) -> None:
    """A link can be written by anybody: it cannot switch off what its user has switched on."""
    assert asked(query=query, cookie=CRUMB + stored) == choice


@pytest.mark.parametrize(
    ("prefer", "query", "cookie", "choice", "source", "private"),
    [
        (b"ai-label=off", b"ai_label=on", b"ai_label=on", Choice.OFF, "request", False),
        (b"", b"ai_label=c2pa", b"ai_label=visible", BOTH, "stored", True),
        (b"", b"ai_label=on", b"", Choice.ON, "request", False),
        (b"", b"", b"ai_label=on", Choice.ON, "stored", True),
        (b"", b"", b"ai_label=off", Choice.OFF, "stored", True),
        (b"", b"", b"", None, "nobody", False),
    ],
)
def test_the_order_is_request_then_stored_then_the_policys_default(
    prefer: bytes, query: bytes, cookie: bytes, choice: Choice | None, source: str, private: bool
) -> None:
    """Prefer beats the query, the query is added to the cookie, and None leaves it to the policy."""
    headers = [(name, value) for name, value in ((b"prefer", prefer), (b"cookie", cookie)) if value]
    said = ask(headers, query, CRUMB)
    assert (said.choice, said.source, said.private) == (choice, source, private)


def test_vary_names_what_was_looked_at() -> None:
    """Where Prefer decides, the cookie was not looked at; else both were, though neither may be there."""
    assert ask([(b"prefer", b"ai-label")], b"", CRUMB).vary == ("Prefer",)
    assert ask([], b"", CRUMB).vary == ("Prefer", "Cookie")
    assert ask([], b"ai_label=on", CRUMB).vary == ("Prefer", "Cookie")


@pytest.mark.parametrize(
    ("lines", "choice"),
    [
        ([b"ai_label=on"], Choice.ON),
        ([b"a=1; ai_label=off;b=2"], Choice.OFF),
        ([b"a=1", b"ai_label=visible+c2pa"], BOTH),
        ([b"ai_label=off; ai_label=on"], Choice.OFF),
        ([b"ai_label=off", b"ai_label=on"], Choice.OFF),
        ([b"my_ai_label=on"], None),
        ([b"my_ai_label=on; ai_label=off"], Choice.OFF),
        ([b"ai_label=ON"], None),
        ([b"ai_label=c2pa+visible"], None),
        ([b'ai_label="on"'], None),
        ([b"ai_label="], None),
        ([b"ai_label=perhaps; ai_label=on"], None),
        ([b"ai_label=on\xff"], None),
        ([b";;=;ai_label"], None),
    ],
)
def test_the_cookie_is_one_of_a_closed_set(lines: list[bytes], choice: Choice | None) -> None:
    """HTTP/2 may split the header, the first of several counts, and whatever else a cookie says counts as absent."""
    headers = [(b"cookie", line) for line in lines]
    assert ask(headers, b"", CRUMB).choice == choice
    assert stored(headers, CRUMB) == choice


@given(st.booleans(), st.frozensets(st.sampled_from(Mark)))
def test_every_choice_comes_back_from_its_cookie(default: bool, marks: frozenset[Mark]) -> None:
    """What is stored is what is read."""
    choice = Choice(default, marks)
    assert stored([(b"cookie", CRUMB + cookie_value(choice).encode())], CRUMB) == choice


@given(
    st.lists(st.tuples(st.sampled_from([b"prefer", b"cookie", b"accept-language"]), st.binary(max_size=60))),
    st.binary(max_size=60),
)
def test_hostile_requests_do_no_harm(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    """Whatever bytes a request holds, it is read or refused, and nothing raises."""
    ask(headers, query, CRUMB)
    ask([(b"prefer", b"ai-label=" + value) for _, value in headers], b"ai_label=" + query, CRUMB)
    ask([(b"prefer", b"ai-label; lang=" + value) for _, value in headers], b"ai_label_lang=" + query, CRUMB)
    languages(headers)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"ru", ("ru",)),
        (b"en;q=0.5, ru", ("ru", "en")),
        (b"en-GB, en;q=0.8, ru;q=0.9", ("en-GB", "ru", "en")),
        (b"ru;q=0, en", ("en",)),
        (b"*, ru;q=0.1", ("ru",)),
        (b"ru;q=nan, en;q=2, de;q=x, fr;z=1", ()),
        (b",;=,", ()),
    ],
)
def test_languages_stand_in_the_order_in_which_they_are_wanted(line: bytes, wanted: tuple[str, ...]) -> None:
    """By quality value, those of quality 0 and those that cannot be read left out (RFC 9110, 12.5.4)."""
    assert languages([(b"accept-language", line)]) == wanted


def test_many_languages_are_not_all_read() -> None:
    """A header of a thousand languages costs no more than one of twenty."""
    assert len(languages([(b"accept-language", b",".join([b"ru"] * 1000))])) == 20
