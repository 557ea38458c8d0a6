"""Header lists: one in, a new one out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit import Generator, Labeler
from labelkit.choice import Choice
from labelkit.errors import ConfigurationError
from labelkit.label import Field
from labelkit.marks import Mark, Medium
from labelkit.middleware import headers as edit
from labelkit.placement import Place
from labelkit.policy import Content, Decision

COOKIES = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]


def test_any_iterable_of_pairs_is_read_and_duplicates_stay_in_order() -> None:
    """The specification allows any iterable of two-element iterables; a dict would lose the second Set-Cookie."""
    given = iter([[b"Set-Cookie", b"a=1"], (b"x", memoryview(b"y")), iter([b"Set-Cookie", b"b=2"])])
    headers: Any = given
    assert edit.pairs(headers) == [(b"Set-Cookie", b"a=1"), (b"x", b"y"), (b"Set-Cookie", b"b=2")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [(b"vary", b"Prefer, Cookie")]),
        ([(b"vary", b"Accept")], [(b"vary", b"Accept, Prefer, Cookie")]),
        ([(b"Vary", b"cookie, PREFER")], [(b"Vary", b"cookie, PREFER")]),
        ([(b"vary", b"Prefer"), (b"vary", b"Accept")], [(b"vary", b"Prefer"), (b"vary", b"Accept, Cookie")]),
        ([(b"vary", b"*")], [(b"vary", b"*")]),
        ([(b"vary", b"Accept, *")], [(b"vary", b"Accept, *")]),
        ([(b"vary", b"")], [(b"vary", b"Prefer, Cookie")]),
    ],
)
def test_vary_is_merged_without_duplicates(before: edit.Pairs, after: edit.Pairs) -> None:
    """With every Vary line that is there, whatever its case; ``*`` already says it all."""
    assert edit.add_vary([*COOKIES, *before], ("Prefer", "Cookie")) == [*COOKIES, *after]


@given(st.lists(st.sampled_from(["Prefer", "cookie", "Accept", "X"])), st.lists(st.sampled_from(["Prefer", "Cookie"])))
def test_vary_ends_with_each_name_once(there: list[str], new: list[str]) -> None:
    """To merge again adds nothing, and nothing of what was there is lost."""
    once = edit.add_vary([(b"vary", name.encode()) for name in there], new)
    assert edit.add_vary(once, new) == once
    names = [name.lower() for value in edit.values(once, b"vary") for name in edit.split(value.decode())]
    assert set(names) == {name.lower() for name in (*there, *new)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], b"private"),
        ([b"max-age=60"], b"private, max-age=60"),
        ([b"public, max-age=60", b"s-maxage=9"], b"private, max-age=60"),
        ([b'no-cache="set-cookie, x"'], b'private, no-cache="set-cookie, x"'),
    ],
)
def test_what_a_cookie_decided_stays_out_of_shared_caches(before: list[bytes], after: bytes) -> None:
    """``private`` is added, and what invites a shared cache goes: there are some that know no Vary."""
    headers = edit.add_private([(b"cache-control", value) for value in before])
    assert headers == [(b"cache-control", after)]


@pytest.mark.parametrize("line", [b"no-store", b"private, max-age=5", b"No-Store, public"])
def test_what_is_kept_out_already_stays_as_it_is(line: bytes) -> None:
    """``no-store`` is stronger than ``private`` and is never weakened."""
    assert edit.add_private([(b"Cache-Control", line)]) == [(b"Cache-Control", line)]


def test_preference_applied_is_merged_with_the_applications_own() -> None:
    """One line, the application's members first."""
    headers = [(b"Preference-Applied", b"respond-async")]
    told = edit.merge(headers, edit.APPLIED, [edit.preference(frozenset({Mark.C2PA, Mark.VISIBLE}))])
    assert told == [(b"Preference-Applied", b'respond-async, ai-label="visible c2pa"')]
    assert edit.preference(frozenset({Mark.VISIBLE})) == "ai-label=visible"


@pytest.mark.parametrize(
    ("line", "applied"),
    [
        (b"ai-label", True),
        (b'x="ai-label=1", AI-Label=visible', True),
        (b'x="ai-label"', False),
        (b"ai-labels", False),
        (b"respond-async", False),
    ],
)
def test_a_label_that_somebody_else_told_of_is_seen(line: bytes, applied: bool) -> None:
    """By the preference's name alone, in any case, and not within another's quotes."""
    assert edit.is_applied(line) is applied


def test_a_new_body_drops_what_was_said_of_the_old_one(labeler: Labeler) -> None:
    """Every length, digest and signature, in any case and every duplicate; the rest stays in order."""
    decided = labeler.decide(Choice.ON, Medium.TEXT)
    headers = [
        (b"Content-Length", b"5"),
        (b"content-length", b"6"),
        (b"X", b"1"),
        (b"Digest", b"d"),
        (b"Content-Digest", b"d"),
        (b"Repr-Digest", b"d"),
        (b"Content-MD5", b"m"),
        (b"Signature", b"s"),
        (b"Signature-Input", b"s"),
        (b"Accept-Ranges", b"bytes"),
        (b"Last-Modified", b"then"),
        *COOKIES,
    ]
    kept = [(b"X", b"1"), (b"Last-Modified", b"then"), *COOKIES]
    assert edit.of_new_body(headers, 9, decided) == [*kept, (b"content-length", b"9")]
    assert edit.of_new_body(headers, None, decided) == kept


@pytest.mark.parametrize("tag", [b'"abc"', b'W/"abc"', b'""', b'"a;l=b"', b' "abc" '])
def test_a_derived_tag_gives_the_applications_own_back(tag: bytes) -> None:
    """The labelled representation has a tag of its own, a weak one, which the application never sees."""
    derived = edit.derive(tag, b"0af3")
    assert derived.startswith(b'W/"')
    assert derived != tag
    assert edit.underive(derived, [b"0af3"]) == tag.strip()


def test_only_tags_that_we_derived_reach_the_application() -> None:
    """A tag of the unlabelled body, or of another decision's, must not bring a 304; ``*`` still may."""
    mine, other = edit.derive(b'"a"', b"00"), edit.derive(b'"b"', b"11")
    assert edit.underive(mine + b', "plain", ' + other, [b"00"]) == b'"a"'
    assert edit.underive(b'"plain"', [b"00"]) == b""
    assert edit.underive(b"*", [b"00"]) == b"*"


def test_scripts_may_read_what_is_told_where_the_answer_is_shared() -> None:
    """Access-Control-Expose-Headers is merged only beside Access-Control-Allow-Origin, and only names what is there."""
    told = [(b"preference-applied", b"ai-label=visible")]
    assert edit.add_expose(told) == told
    shared = [*told, (b"Access-Control-Allow-Origin", b"https://a.example")]
    assert edit.add_expose(shared)[-1] == (b"access-control-expose-headers", b"Preference-Applied")
    merged = edit.add_expose([*shared, (b"access-control-expose-headers", b"X")])
    assert merged[-1] == (b"access-control-expose-headers", b"X, Preference-Applied")


def test_a_star_exposes_all_but_with_credentials() -> None:
    """With credentials ``*`` is a header's name and no wildcard (Fetch, CORS protocol and credentials)."""
    headers = [
        (b"ai-disclosure", b"mode=machine-generated"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"*"),
    ]
    assert edit.add_expose(headers) == headers
    shared = [*headers, (b"access-control-allow-credentials", b"true")]
    assert (b"access-control-expose-headers", b"*, AI-Disclosure") in edit.add_expose(shared)


LICENSE = b'<https://terms.example/a,b>; rel="license"'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [(b"link", LICENSE)]),
        ([(b"Link", b'</a,b>; rel="next"')], [(b"Link", b'</a,b>; rel="next", ' + LICENSE)]),
        ([(b"link", b"</a>"), (b"link", b"</b>")], [(b"link", b"</a>"), (b"link", b"</b>, " + LICENSE)]),
        ([(b"link", b"</a>, " + LICENSE)], [(b"link", b"</a>, " + LICENSE)]),
    ],
)
def test_a_link_stands_beside_the_applications_own(before: edit.Pairs, after: edit.Pairs) -> None:
    """Once, whatever commas the addresses have; and without another origin nothing is exposed."""
    assert edit.add_link([*COOKIES, *before], LICENSE) == [*COOKIES, *after]


def test_a_link_is_exposed_to_other_origins() -> None:
    """A page's script may read what it is for."""
    shared = [(b"access-control-allow-origin", b"*")]
    assert edit.add_link(shared, LICENSE)[-1] == (b"access-control-expose-headers", b"Link")


DECIDED = Decision(Content(Medium.TEXT), frozenset((Mark.VISIBLE,)), wording="AI", policy="RU 2026-11-22")


@pytest.mark.parametrize(
    "other",
    [
        {"marks": frozenset((Mark.C2PA,))},
        {"required": frozenset((Mark.VISIBLE,))},
        {"wording": "IA"},
        {"language": "ru"},
        {"place": Place.START},
        {"corner": "top-right"},
        {"height": 0.05},
        {"fields": frozenset((Field.AIGC,))},
        {"rules": ("KZ-1",)},
        {"policy": "KZ 2026-11-22"},
        {"content": Content(Medium.TEXT, True)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_would_look_otherwise_has_another_tag(other: dict[str, Any]) -> None:
    """Other marks, words, places, rules or country: a copy of one must not be taken for the other."""
    assert edit.digest_of(DECIDED) == edit.digest_of(replace(DECIDED))
    assert edit.digest_of(replace(DECIDED, **other)) != edit.digest_of(DECIDED)


def test_the_disclosure_is_a_dictionary_of_ascii_strings() -> None:
    """Commas between members (RFC 9651); quotes escaped; a name that is not ASCII is left out."""
    generator = Generator(provider='Ac"me\\', system="chat", version="2")
    assert edit.disclosure(generator, False) == b'mode=machine-generated, provider="Ac\\"me\\\\", model="chat 2"'
    russian = Generator(provider="Ромашка", system="чат", version="2")
    assert edit.disclosure(russian, None) == b"mode=ai-modified"
    assert edit.disclosure(russian, True) == b"mode=ai-modified"


@pytest.mark.parametrize("name", ["", "a b", "a\r\nset-cookie: x", "a=b", "ä", "a;b"])
def test_a_configured_name_that_would_break_a_header_is_refused(name: str) -> None:
    """At construction, by the setting's name."""
    with pytest.raises(ConfigurationError, match="cookie"):
        edit.check_token(name, "cookie")


def test_quotes_hold_what_separates() -> None:
    """Commas and escaped quotes within quotes are text; empty members are none (RFC 9110, 5.6.1)."""
    assert edit.split(r'a="1,\",2", , b') == [r'a="1,\",2"', "b"]


TOKENS = st.text(alphabet="abc=;-", min_size=1, max_size=5)
QUOTED = st.text(alphabet='a,; \\"', max_size=6).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
)


@given(st.lists(st.tuples(TOKENS, QUOTED | st.just("")).map("".join)))
def test_a_list_is_split_outside_of_its_quotes(members: list[str]) -> None:
    """What is joined is split again, whatever stands within quotes."""
    assert edit.split(", ".join(members)) == members
    assert edit.split(" ;".join(members), ";") == [part for member in members for part in edit.split(member, ";")]
