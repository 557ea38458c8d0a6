"""Rule packs and wording packs: what ships is sound, what is not is refused by file, rule and line."""

import re
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.errors import ConfigurationError, PolicyError
from labelkit.marks import Medium
from labelkit.policy import Packs, Policies, Policy, Remark, choose_language, languages, wordings
from labelkit.policy.packs import phrases
from labelkit.policy.rules import Dated
from labelkit.policy.toml import line_of
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
SAYS = 'says = "Mark it."'
WORDED = 'says = "It."\n[rule.wording]\nstatus = "draft"\nlanguage = "en"\ncreated = "a"\naltered = "b"\nunknown = "c"'


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
    ("old", "new", "complaint", "line"),
    [
        ('level = "require"', 'level = "force"', "Rule XX-1: rule.0.level: ", 16),
        ('media = ["text"]', 'media = ["smell"]', "Rule XX-1: rule.0.media.0: ", 14),
        ('media = ["text"]', 'media = [\n"text",\n"smell",\n]', "Rule XX-1: rule.0.media.1: ", 14),
        ('media = ["text"]', "media = []", "Rule XX-1: rule.0.media: ", 14),
        ('marks = ["visible"]', 'marks = ["stamp"]', "Rule XX-1: rule.0.marks.0: ", 15),
        ("until = 2026-02-01", "until = 2025-02-01", r"Rule XX-1: rule.0.until: it ends \(2025-02-01\) before", 13),
        ("until = 2026-02-01", "until = 2026-01-01", "Rule XX-1: rule.0.until: it ends", 13),
        ("until = 2026-02-01", 'until = "soon"', "Rule XX-1: rule.0.until: ", 13),
        ('sureness = "low"', "", "Rule XX-1: rule.0.sureness: Field required", 7),
        ('sureness = "low"', 'sureness = "quite"', "Rule XX-1: rule.0.sureness: ", 11),
        ('name = "Nowhere"', 'name = "Nowhere"\nflag = "x"', "^flag: ", 4),
        (SAYS, 'says = """\nMark\nit."""\ncolour = "red"', "Rule XX-1: rule.0.colour: ", 21),
        (SAYS, 'says = """\nmarks = 1\nlevel = 2"""\nkind = 1', "Rule XX-1: rule.0.kind: ", 21),
        (SAYS, "says = '''\nx\n]\n'''\n[rule.when]\nmood = 1", "Rule XX-1: rule.0.when.mood: ", 23),
        (SAYS, 'says = "It."\n# why\n\n[rule.when]\nroles = ["king"]', "rule.0.when.roles.0: ", 22),
        (SAYS, 'says = "It."\nwhen.realistic = 7', "rule.0.when.realistic: ", 19),
        (SAYS, 'says = "It."\nwhen.machine_only = false', "rule.0.when.machine_only: it can only be true", 19),
        (SAYS, 'says = "It."\nplace.height = 0.01', "Rule XX-1: rule.0.place.height: ", 19),
        (SAYS, 'says = "It."\nplace.corner = "middle"', "Rule XX-1: rule.0.place.corner: ", 19),
        (SAYS, 'says = "It."\nfields = ["id"]', "Rule XX-1: rule.0.fields: fields are held by", 19),
        (SAYS, 'says = "It."\nfields = ["soul"]', "Rule XX-1: rule.0.fields.0: ", 19),
        (SAYS, 'says = "It."\nexempt = ["poem"]', "Rule XX-1: rule.0.exempt.0: ", 19),
        (SAYS, 'says = "It."\nnotice = "loud"', "Rule XX-1: rule.0.notice: ", 19),
        (
            'marks = ["visible"]',
            'marks = ["visible", "c2pa"]\nwhen.machine_only = true',
            "rule.0.when.machine_only: it is asked by rules that want the visible mark and no other",
            16,
        ),
        ('marks = ["visible"]', 'marks = ["c2pa"]\nnotice = "chat"', "rule.0.notice: a chat notice is the visible", 16),
        ('marks = ["visible"]', 'marks = ["c2pa"]\nplace.text = "end"', "rule.0.place: a place is for the visible", 16),
        (
            SAYS,
            'says = "It."\n[rule.wording]\nstatus = "draft"\ncreated = "a"\naltered = "b"\nunknown = "c"',
            "Rule XX-1: rule.0.wording.language: Field required",
            19,
        ),
        (SAYS, WORDED.replace('"b"', '"# b"'), "rule.0.wording.altered: A notice has to be a plain paragraph", 23),
        (SAYS, WORDED.replace('"c"', '"c\\nd"'), "rule.0.wording.unknown: A notice has to be one line", 24),
        ("from = 2026-01-01", "from = 0001-01-01", "rule.0.from: ", 12),
        (
            SAYS,
            'says = "It."\n[rule.when]\non_market_from = 2026-08-02\non_market_before = 2026-08-02',
            r"rule.0.when.on_market_before: it is not after on_market_from \(2026-08-02\)",
            21,
        ),
        (
            SAYS,
            'says = "It."\n[[duty]]\nid = "XX-2"\nlevel = "nice"',
            "Rule XX-2: duty.0.article: Field required, and 6 more$",
            19,
        ),
        (SAYS, 'says = "It."\n[[remark]]\nkind = "joke"', "remark.0.says: Field required, and 3 more$", 19),
        ("Asia/Almaty", "Mars/Olympus", "timezone: .*no time zone", 4),
        ("Asia/Almaty", "../../etc/passwd", "timezone: .*no time zone", 4),
        ("checked = 2026-11-22", 'checked = 2026-11-22\ncountries = ["XX", "xy"]', "countries.1: ", 7),
        ('language = "ru"', 'language = "ru"\nstanding = "in-flux"', "standing: ", 6),
        ('jurisdiction = "XX"', 'jurisdiction = "X X"', "jurisdiction: ", 2),
        ('jurisdiction = "XX"', "", "jurisdiction: Field required", 1),
        ("[[rule]]", "[rule]", "rule: ", 7),
    ],
)
def test_a_wrong_pack_is_refused_by_file_rule_and_line(
    tmp_path: Path, old: str, new: str, complaint: str, line: int
) -> None:
    """Unknown keys, media, marks, kinds, roles, levels, zones, dates upside down: each with the line it stands on."""
    file = tmp_path / "wrong.toml"
    assert old in PACK
    file.write_text(PACK.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        Policy.from_file(file)
    assert re.search(complaint, error.value.what)
    assert error.value.where == f"{file}, line {line}"
    assert error.value.remedy


def refused(tmp_path: Path, data: str | bytes) -> PolicyError:
    """What is said of a pack with this text."""
    file = tmp_path / "wrong.toml"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(PolicyError) as error:
        Policy.from_file(file)
    assert error.value.where.startswith(str(file))
    return error.value


def test_an_id_that_is_given_twice_is_refused_where_it_is_given_again(tmp_path: Path) -> None:
    """Rules and duties share their ids, braces and all; the second place is named."""
    rule = PACK[PACK.index("[[rule]]") :]
    error = refused(tmp_path, (PACK + rule).replace("XX-1", "{XX}"))
    assert error.what == "Rule {XX}: rule.1.id: the id {XX} is given twice"
    assert error.where.endswith(", line 20")
    duty = "".join(line for line in rule.splitlines(True) if not line.startswith(("media", "marks", "level")))
    error = refused(tmp_path, PACK + duty.replace("[[rule]]", "[[duty]]"))
    assert error.what == "Rule XX-1: duty.0.id: the id XX-1 is given twice"
    assert error.where.endswith(", line 20")


def test_of_several_faults_the_first_line_is_told_and_how_many_more(tmp_path: Path) -> None:
    """Two faults: the one that stands first in the file, although the schema has the other first."""
    wrong = PACK.replace('level = "require"', 'level = "force"').replace("until = 2026-02-01", 'colour = "red"')
    error = refused(tmp_path, wrong)
    assert error.what == "Rule XX-1: rule.0.colour: Extra inputs are not permitted, and 1 more"
    assert error.where.endswith(", line 13")


def test_lines_are_counted_as_toml_counts_them(tmp_path: Path) -> None:
    """A line separator within a value is no line end, and neither is the return of Windows one of its own."""
    wrong = PACK.replace('name = "Nowhere"', 'name = "No\u2028where\u0085"').replace("require", "force")
    for text in (wrong, wrong.replace("\n", "\r\n")):
        assert refused(tmp_path, text).where.endswith(", line 16")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (PACK.replace("[[rule]]", "[[rule]"), r"not TOML: .*at line 7, column 7"),
        (PACK.replace('id = "XX-1"', 'id = "XX-1'), r"not TOML: .*at line 8"),
        (PACK + 'says = "Twice."\n', r"not TOML: .*at line 19"),
        (PACK.replace("2026-01-01", "2026-13-45"), "not TOML: .*line 12"),
        (PACK + 'binder = """open\n', "not TOML: .*end of document"),
        (PACK + f"big = {'1' * 5000}\n", "not TOML: .*digits"),
        (PACK + f"deep = {'[' * 5000}\n", "not TOML"),
        (PACK.encode() + b"# \xff\n", "cannot be read"),
        (b"# " + b"x" * 1024 * 1024, "over 1 MiB"),
    ],
)
def test_what_is_no_toml_is_refused_by_file_and_line(tmp_path: Path, data: str | bytes, complaint: str) -> None:
    """The line that the parser tells is handed on, and nothing else than a PolicyError comes of any bytes."""
    assert re.search(complaint, refused(tmp_path, data).what)


KEYS = st.lists(st.sampled_from(["a", "b", "rule", "id", 0, 1, -1]), max_size=4)
LINES = st.sampled_from(
    ["a = 1", 'b = ["x",', '"y"]', "", "# why", "[a]", "[b.a]", "[[rule]]", 'id = """', 'so"""', "}", "]]", "a.b = 2"]
)


@given(st.text() | st.lists(LINES, max_size=12).map("\n".join), KEYS)
def test_a_line_is_found_in_any_file(text: str, path: list[str | int]) -> None:
    """Whatever the file, and whatever the path: a line that it has, and no error."""
    assert 1 <= line_of(text, path) <= len(text.split("\n"))


@given(
    st.lists(st.sampled_from(["# why", "", 'x{} = """\n]\n{}\n"""', "y{} = [\n1,\n]", "z{} = {{a = 1}}"])), st.data()
)
def test_the_line_of_a_value_is_where_it_begins(pieces: list[str], data: st.DataObject) -> None:
    """Behind comments, blank lines and values of several lines, and with more of them after it."""
    told = [piece.format(at, "wanted = 1") for at, piece in enumerate(pieces)]
    at = data.draw(st.integers(0, len(told)))
    text = "\n".join([*told[:at], "wanted = 1", *told[at:]])
    assert line_of(text, ["wanted"]) == "\n".join([*told[:at], "wanted"]).count("\n") + 1
    assert line_of(text, ["wanted", "inner"]) == line_of(text, ["wanted"])
    assert line_of(text, ["elsewhere"]) == 1


@pytest.mark.parametrize("name", Packs().names)
def test_what_a_shipped_pack_claims_has_its_source(name: str) -> None:
    """Each entry tells its article, source, sureness, whom it binds and what it says, in honest words; the pack was
    checked, and no rule begins in another calendar than the jurisdiction's."""
    policy = Packs().load(name)
    assert policy.jurisdiction.lower() == name
    assert policy.checked >= date(2026, 11, 22)
    assert choose_language([policy.language]) is not None
    told: tuple[Dated | Remark, ...] = (*policy.entries, *policy.remarks)
    for entry in told:
        assert entry.source.strip()
        assert entry.sureness in ("high", "medium", "low")
        assert entry.says.strip().endswith((".", "»", "“"))
        assert "http://" not in entry.source
    for one in policy.entries:
        assert one.id.startswith(policy.jurisdiction)
        assert one.article
        assert one.binds
    for rule in policy.rules:
        assert not (rule.when.tokens_at_least and Medium.TEXT not in rule.media)
    text = (Path(__file__).parents[2] / "labelkit/policy/packs" / f"{name}.toml").read_text(encoding="utf-8")
    assert not re.search("complian|complies|guarant|ensures you|\u2014", text, re.IGNORECASE)


def test_packs_without_rules_say_why() -> None:
    """Belarus drafts, the CIS recommends: neither asks for a mark, and both tell what was not found."""
    for name, standing in (("by", "drafting"), ("cis", "recommended"), ("none", "none")):
        policy = Packs().load(name)
        assert policy.standing == standing
        assert policy.entries == ()
        assert name == "none" or any(remark.kind == "not-found" for remark in policy.remarks)
    assert {policy.standing for policy in Packs().all() if policy.rules} == {"in-force"}


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
    assert set(languages()) == {"en", "kk", "ko", "ru", "uz", "vi", "zh"}
    for language in languages():
        for medium in (Medium.TEXT, Medium.IMAGE):
            said = {wordings(language).of(medium).choose(altered) for altered in (True, False, None)}
            assert len(said) == 3
            assert wordings(language).chat not in said
    assert len(phrases(Medium.TEXT)) >= 7 * len(languages())
    for phrase in phrases(Medium.TEXT):
        check(phrase)


def test_a_language_is_looked_up_by_its_root() -> None:
    """ru-RU is ru, an unknown language leaves the next one, none leaves None."""
    assert choose_language(["xx", "ru-RU", "en"]) == "ru"
    assert choose_language(["xx"]) is None
    with pytest.raises(ConfigurationError, match="no wordings in 'xx'"):
        wordings("xx")


def test_two_packs_of_one_jurisdiction_are_one_too_many(tmp_path: Path) -> None:
    """Which of them was meant is not guessed; the same one twice is one."""
    own = tmp_path / "own.toml"
    text = (files("labelkit.policy") / "packs" / "ru.toml").read_text(encoding="utf-8")
    own.write_text(text.replace("checked = 2026", "checked = 2027", 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"Two packs of RU are named .*own takes the place"):
        Packs().of(f"ru, {own}")
    assert len(Packs().of("ru, eu, ru").each) == 2
