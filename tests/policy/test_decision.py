"""decide(): policy and choice put together."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.label import Field
from labelkit.marks import CARRIED, DEFAULT, NO_MARKS, Mark, Medium
from labelkit.policy import CHOICE, Content, Decision, Level, Packs, Policies, Policy, Rule, decide
from labelkit.policy.decision import READ_BY_MACHINES
from labelkit.service import Service

NONE = Packs().load("none")
RU = Packs().load("ru")
BEFORE = datetime(2027, 2, 28, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Moscow
AFTER = datetime(2027, 2, 28, 21, 0, 0, tzinfo=UTC)  # 1 March in Moscow
CHOICES = st.none() | st.builds(Choice, st.booleans(), st.frozensets(st.sampled_from(list(Mark))))
MEDIA = st.sampled_from(list(Medium))


def demanding(level: Level, *marks: Mark, name: str = "TEST", **more: Any) -> Policy:
    """A policy with one rule for every medium."""
    rule = Rule.model_validate(
        {
            "id": f"{name}-1",
            "article": "art. 1",
            "source": "test",
            "sureness": "low",
            "from": date(2020, 1, 1),
            "media": list(Medium),
            "marks": list(marks),
            "level": level,
            "binds": "whoever",
            "says": "Mark it.",
            **more,
        }
    )
    return NONE.model_copy(update={"jurisdiction": name, "rules": (rule,)})


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


def test_a_notice_that_machine_marks_ask_for_is_required_although_another_law_labels_by_default() -> None:
    """Korea's notice (Decree art. 23) cannot be switched off because China's label can."""
    both = Policies.of(Packs().load("kr"), Packs().load("cn"))
    picture = Content(Medium.IMAGE, agreed=True, realistic=False)
    for choice in (None, Choice.OFF, Choice.of("visible")):
        got = decide(both, choice, picture, AFTER)
        assert got.required == {Mark.VISIBLE, Mark.METADATA, Mark.C2PA}
        assert "KR-23-NOTICE" in got.because[Mark.VISIBLE]


def test_a_notice_is_not_asked_for_where_no_mark_is_made_that_machines_read() -> None:
    """Rules about marks that machines alone read ask nothing of content without such marks."""
    law = demanding(Level.REQUIRE, Mark.VISIBLE, when={"machine_only": True}, media=["image"])
    assert decide(law, None, Content(Medium.IMAGE), AFTER).rules == ()
    assert decide(law, Choice.of("visible"), Content(Medium.IMAGE), AFTER).required == NO_MARKS
    assert decide(law, Choice.of("metadata"), Content(Medium.IMAGE), AFTER).required == {Mark.VISIBLE}
    bare: dict[Mark | Field, str] = {Mark.METADATA: "It lacks its means."}
    assert decide(law, Choice.of("metadata"), Content(Medium.IMAGE), AFTER, cannot=bare).rules == ()


def test_anothers_threshold_does_not_shorten_a_default() -> None:
    """Short texts get the mark that one law makes by default, although another requires it of long ones alone."""
    by_default = demanding(Level.DEFAULT, Mark.C2PA, name="AA")
    of_long = demanding(Level.REQUIRE, Mark.C2PA, name="BB", when={"tokens_at_least": 200}, exempt=["code"])
    both = decide(Policies.of(by_default, of_long), None, Content(Medium.TEXT), AFTER)
    assert both.least_tokens == {}
    assert both.exempt == frozenset()
    assert both.because[Mark.C2PA] == ("BB-1", "AA-1")
    refused = decide(Policies.of(by_default, of_long), Choice.OFF, Content(Medium.TEXT), AFTER)
    assert refused.least_tokens == {Mark.C2PA: 200}
    assert refused.exempt == {"code"}
    assert decide(of_long, Choice.of("c2pa"), Content(Medium.TEXT), AFTER).least_tokens == {}


def test_any_mark_will_do_and_the_first_that_can_be_made_is() -> None:
    """A rule that wants any of several marks gets its first; without its means the next; without any it is unmet."""
    law = demanding(Level.REQUIRE, Mark.C2PA, Mark.METADATA, any=True)
    lacking: dict[Mark | Field, str] = {Mark.C2PA: "There is no signer."}
    assert decide(law, None, Content(Medium.IMAGE), AFTER).marks == {Mark.C2PA}
    got = decide(law, None, Content(Medium.IMAGE), AFTER, cannot=lacking)
    assert got.marks == {Mark.METADATA}
    assert not got.unmet
    got = decide(law, None, Content(Medium.IMAGE), AFTER, cannot={**lacking, Mark.METADATA: "It lacks its means."})
    assert [(one.what, one.rule) for one in got.unmet] == [(Mark.C2PA, "TEST-1")]
    assert got.missing == {Mark.C2PA: "There is no signer."}


def test_fields_are_asked_of_the_marks_that_are_made_and_unmet_where_they_cannot_be_held() -> None:
    """A detector's address that nobody declared is unmet; fields of a mark that is not made are not asked for."""
    law = demanding(Level.REQUIRE, Mark.METADATA, fields=["id", "detector"])
    lacking: dict[Mark | Field, str] = {Field.DETECTOR: "No detector is declared."}
    got = decide(law, None, Content(Medium.IMAGE), AFTER, cannot=lacking)
    assert got.fields == {Field.ID}
    assert [(one.what, one.why) for one in got.unmet] == [(Field.DETECTOR, "No detector is declared.")]
    assert decide(law, None, Content(Medium.TEXT), AFTER).fields == frozenset()


@pytest.mark.parametrize(
    ("policy", "language", "accepts", "locale", "told"),
    [
        ("ru", "vi-VN", "en", "ko", "vi"),  # the user's own choice
        ("cn", "vi", "en", "ko", "vi"),
        ("cn", None, "en", "ko", "zh"),  # then the policy's mandatory language
        ("ru", None, "en-GB", "ko", "en"),  # then what the program accepts
        ("ru", None, "xx", "ko", "ko"),  # then the service's
        ("ru", None, None, None, "ru"),  # then the policy's
        ("ru", "xx", None, None, "ru"),
        ("kz", None, None, None, "kk"),
    ],
)
def test_the_language_is_the_users_then_the_laws_then_the_programs(
    policy: str, language: str | None, accepts: str | None, locale: str | None, told: str
) -> None:
    """A language without wordings is passed over."""
    content = Content(Medium.TEXT, language=language, accepts=accepts)
    assert decide(Packs().load(policy), Choice.ON, content, AFTER, locale=locale).language == told


def test_a_first_answer_says_who_talks_and_what_was_made_where_both_are_due() -> None:
    """The EU's chat notice stands alone, and together with the sentence where the user takes that too."""
    eu = Packs().load("eu")
    first = Content(Medium.TEXT, language="en", first_turn=True, published=False, tokens=10)
    alone = decide(eu, Choice.OFF, first, AFTER)
    assert alone.wording == "You are chatting with an AI assistant."
    assert alone.because[Mark.VISIBLE] == ("EU-50-1",)
    both = decide(eu, Choice.ON, first, AFTER)
    assert both.wording == (
        "You are chatting with an AI assistant. This text was generated using artificial intelligence."
    )
    assert both.because[Mark.VISIBLE] == ("EU-50-1", CHOICE)
    told = decide(eu, Choice.OFF, first, AFTER, service=Service(tells_users=True))
    assert told.marks == NO_MARKS
