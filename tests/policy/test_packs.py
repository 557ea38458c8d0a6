"""Rule packs and wording packs: what ships is sound, what is not is refused by file and key."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from labelkit.errors import ConfigurationError, PolicyError
from labelkit.marks import Medium
from labelkit.policy import Packs, Policies, Policy, choose_language, languages, wordings
from labelkit.policy.packs import phrases
from labelkit.text.notice import check

PACK = """
jurisdiction = "XX"
name = "Nowhere"
timezone = "Asia/Almaty"
language = "ru"
checked = 2026-11-22
[[rule]]
id = "XX-1"
article = "art. 1"
source = "https://law.example"
sureness = "low"
from = 2026-01-01
until = 2026-02-01
media = ["text"]
marks = ["visible"]
level = "require"
binds = "whoever"
says = "Mark it."
"""


def test_an_operators_own_pack_is_read(tmp_path: Path) -> None:
    """A pack in a file holds from its first day to the last before `until`, by its own calendar."""
    file = tmp_path / "xx.toml"
    file.write_text(PACK, encoding="utf-8")
    policy = Policy.from_file(file)
    assert policy.version == "XX 2026-11-22"
    begins, ends = policy.changes
    assert datetime.fromtimestamp(begins, UTC) == datetime(2025, 12, 31, 19, tzinfo=UTC)
    assert [Policies.of(policy).period(moment) for moment in (begins - 1, begins, ends - 1, ends)] == [0, 1, 1, 2]
    for moment, held in ((begins - 1, 0), (begins, 1), (ends - 1, 1), (ends, 0)):
        assert len(policy.in_force(datetime.fromtimestamp(moment, UTC))) == held


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('level = "require"', 'level = "force"', "Rule XX-1: rule.0.level.*line 16"),
        ('media = ["text"]', 'media = ["smell"]', "rule.0.media"),
        ('marks = ["visible"]', 'marks = ["stamp"]', "rule.0.marks"),
        ("until = 2026-02-01", "until = 2025-02-01", "ends .* before it begins"),
        ('sureness = "low"', "", "rule.0.sureness"),
        ('name = "Nowhere"', 'name = "Nowhere"\nflag = "x"', "flag"),
        ("Asia/Almaty", "Mars/Olympus", "no time zone"),
        ("[[rule]]", "[[rule]", "not TOML"),
    ],
)
def test_a_wrong_pack_is_refused_by_file_and_key(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """Unknown keys, media, marks, levels, zones and dates upside down are refused at load."""
    file = tmp_path / "wrong.toml"
    file.write_text(PACK.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError, match=complaint) as refused:
        Policy.from_file(file)
    assert str(file) in str(refused.value)


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing file and an unknown name are two errors, each with its remedy."""
    with pytest.raises(PolicyError, match="cannot be read"):
        Policy.from_file(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match=r"no policy 'zz'.*none, ru"):
        Packs().load("zz")


def test_a_time_without_a_zone_names_no_day() -> None:
    """A naive moment is refused."""
    with pytest.raises(PolicyError, match="zone"):
        Packs().load("ru").in_force(datetime(2027, 3, 1))  # noqa: DTZ001


def test_shipped_wordings_are_whole() -> None:
    """Every language says something of each medium for created, altered and unknown, all different."""
    assert {"en", "ru"} <= set(languages())
    for language in languages():
        for medium in (Medium.TEXT, Medium.IMAGE):
            said = {wordings(language).of(medium).choose(altered) for altered in (True, False, None)}
            assert len(said) == 3
    assert len(phrases(Medium.TEXT)) >= 7 * len(languages())
    for phrase in phrases(Medium.TEXT):
        check(phrase)


def test_a_language_is_looked_up_by_its_root() -> None:
    """ru-RU is ru, an unknown language leaves the next one, none leaves None."""
    assert choose_language(["xx", "ru-RU", "en"]) == "ru"
    assert choose_language(["xx"]) is None
    with pytest.raises(ConfigurationError, match="no wordings in 'xx'"):
        wordings("xx")
