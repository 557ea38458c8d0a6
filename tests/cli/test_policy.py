"""``labelkit policy list | show | explain | timeline`` as a person uses them."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """
jurisdiction = "XX"
name = "[bold]No[/bold] \\u001b[31mwhere\\u202e <script>"
timezone = "UTC"
language = "en"
checked = 2026-01-01
[[rule]]
id = "XX-[red]1[/red]-<b>&-with-a-name-that-is-much-too-long-to-stand-beside-its-bar"
article = "art. 1 [/]"
source = "https://law.example/\\u0007"
sureness = "low"
from = 2026-01-01
until = 2030-01-01
media = ["text", "image"]
marks = ["visible", "metadata"]
any = true
level = "require"
binds = "whoever"
says = "[link=https://evil.example]Mark it.[/link]"
[rule.wording]
language = "en"
status = "official"
created = "[b]AI[/b]"
altered = "AI too"
unknown = "AI perhaps"
[rule.place]
corner = "top-right"
height = 0.05
[[remark]]
kind = "scope"
says = "[blink]"
source = "none"
sureness = "low"
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``labelkit policy`` in an empty directory, as wide as is asked."""

    def call(*words: str, columns: int = 100, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "labelkit", "policy", *words],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env={
                "HOME": str(tmp_path),
                "XDG_DATA_HOME": str(tmp_path),
                "PATH": "/usr/bin:/bin",
                "COLUMNS": str(columns),
                **variables,
                **{name: value for name, value in os.environ.items() if name.startswith("COV")},
            },
            check=False,
            timeout=120,
        )

    return call


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A directory with an operator's pack that is full of mark-up and control characters."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "xx.toml").write_text(HOSTILE, encoding="utf-8")
    return tmp_path / "own"


def told(ran: subprocess.CompletedProcess[str]) -> str:
    """What it said, when all went well."""
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_list_names_every_pack(run: Run) -> None:
    """The table and the JSON have every jurisdiction with its standing, its rules and the day of its check."""
    found = json.loads(told(run("list", "--json")))
    assert {"RU", "EU", "KZ", "US-CA", "none"} <= {one["jurisdiction"] for one in found}
    for one in found:
        assert 0 <= one["rules_in_force"] <= one["rules"]
        assert one["age_days"] >= 0
    shown = told(run("list"))
    for one in found:
        assert one["jurisdiction"] in shown
        assert one["checked"] in shown


def test_show_has_everything(run: Run) -> None:
    """A rule's level, date, condition, article, source and sureness are shown; JSON has the pack as its file has it."""
    shown = " ".join(told(run("show", "RU", columns=200)).split())
    for words in ("RU-243FZ-9-1", "to be offered", "from 2027-03-01", "1,000,000,000 parameters", "art. 9(1)", "high"):
        assert words in shown
    pack = json.loads(told(run("show", "ru", "--json")))
    assert pack["rule"][0]["level"] == "offer"
    assert pack["rule"][0]["when"] == {"parameters_at_least": 1_000_000_000}
    assert [one["jurisdiction"] for one in json.loads(told(run("show", "ru,kz", "--json")))] == ["RU", "KZ"]


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize(
    "words", [("list",), ("show", "eu"), ("timeline",), ("explain", "-j", "cn,eu", "--medium", "image")]
)
def test_no_line_is_wider_than_the_terminal(run: Run, words: tuple[str, ...], columns: int) -> None:
    """Nothing is cut off with an ellipsis or runs over, and what is piped has no colour codes."""
    from rich.cells import cell_len

    shown = told(run(*words, columns=columns))
    assert max(cell_len(line) for line in shown.splitlines()) <= columns
    assert "…" not in shown
    assert "\x1b" not in shown


def test_explain_the_russian_option(run: Run) -> None:
    """On its first day the option is offered and not taken; the day before it is not yet there."""
    words = ("explain", "--jurisdiction", "RU", "--medium", "image", "--choice", "off", "--json", "--date")
    on, before = (json.loads(told(run(*words, day))) for day in ("2027-03-01", "2027-02-28"))
    assert on["when"] == "2027-03-01T12:00:00+03:00"
    assert on["marks"][0] | {"rules": 0} == {
        "mark": "visible",
        "made": False,
        "level": "offer",
        "offered": True,
        "chosen": False,
        "why": "Offered, and not taken.",
        "rules": 0,
    }
    assert on["warnings"] == [on["packs"][0]["warning"]]
    assert before["rules"][0]["why"] == ["Not yet: from 2027-03-01."]
    assert before["marks"][0]["rules"] == []


def test_explain_shows_people_why(run: Run) -> None:
    """The account names marks, rules that apply and that do not, what is not known and where to declare it, duties."""
    words = ("explain", "-j", "ru", "--medium", "image", "--choice", "on", "--date", "2027-03-01T00:00:00+03:00")
    shown = " ".join(told(run(*words, "--parameters", "7000000000", "--daily-users", "5", columns=200)).split())
    for part in (
        "visible yes Chosen. RU: RU-243FZ-9-1 (to be offered)",
        "The model has at least 1,000,000,000 parameters.",
        "Only if the service has more than 500,000 users a day: here it is 5.",
        "RU-243FZ-10-1 yes",
        "labelkit does not:",
        "99 days before this time",
        "parameters 7,000,000,000, daily users 5",
    ):
        assert part in shown
    bare = " ".join(told(run(*words, columns=200)).split())
    for part in (
        "Declare Service(roles=...), here --role.",
        "means every mark is offered; a signer, a time-stamp authority and a detector are taken as given",
        "To be offered: Whoever uses a large foundation model",
        "Asked of: Not named in what could be read",
        "Not met nothing: each mark and field that rules ask for can be made here",
        "other remarks: labelkit policy show RU",
    ):
        assert part in bare


def test_explain_says_what_holds_in_place_of_a_condition(run: Run) -> None:
    """Where a yes-or-no condition fails, the account says what is the case: "so" could be taken either way."""
    shown = " ".join(told(run("explain", "-j", "cn,kr", "--medium", "image", "--agreed", columns=200)).split())
    condition = "the user did not agree to answer for unlabelled content"
    assert f"Only if {condition}: here the user agreed to answer for unlabelled content." in shown
    assert "here --[no-]realistic." in shown
    shown = " ".join(told(run("explain", "-j", "eu", "--medium", "text", columns=200)).split())
    assert "Declare Service(tells_users=...), here --[no-]users-told." in shown


def test_explain_takes_every_fact(run: Run) -> None:
    """What the line says of content, AI system and service is what the explanation weighs."""
    words = (
        *("explain", "-j", "eu", "-j", "ru,cn", "--medium", "text", "--choice", "on+c2pa", "--json", "--no-signer"),
        *("--parameters", "5", "--model-class", "national", "--on-market-since", "2026-01-02", "--tokens", "250"),
        *("--role", "provider", "--role", "platform", "--daily-users", "1", "--monthly-users", "2", "--no-signatory"),
        *("--users-told", "--kind", "summary", "--document", "--altered", "--no-realistic", "--published"),
        *("--first-turn", "--no-export", "--no-agreed", "--locale", "ru-RU"),
    )
    got = json.loads(told(run(*words)))
    assert [one["jurisdiction"] for one in got["packs"]] == ["EU", "RU", "CN"]
    assert got["facts"]["generator"] == {"model_class": "national", "parameters": 5, "on_market_since": "2026-01-02"}
    assert got["facts"]["service"] == {
        "roles": ["platform", "provider"],
        "daily_users": 1,
        "monthly_users": 2,
        "signatory": False,
        "tells_users": True,
        "rights": None,
    }
    assert got["facts"]["content"] == {
        "medium": "text",
        "altered": True,
        "language": "ru",
        "accepts": None,
        "document": True,
        "kind": "summary",
        "realistic": False,
        "published": True,
        "first_turn": True,
        "export": False,
        "agreed": False,
        "tokens": 250,
    }
    assert got["choice"] == "on c2pa"
    assert got["decision"]["missing"].keys() == {"c2pa"}


def test_explain_the_service_that_is_set_up(run: Run, tmp_path: Path) -> None:
    """With --settings the service's own policy, offer, generator and means count, and the line counts before them."""
    settings = 'provider = "Acme"\nsystem = "a"\nversion = "1"\npolicy = "kz"\nparameters = 3\noffer = ["metadata"]\n'
    (tmp_path / "labelkit.toml").write_text(settings, encoding="utf-8")
    words = ("explain", "--medium", "image", "--settings", "--json")
    got = json.loads(told(run(*words, "--choice", "c2pa")))
    assert got["packs"][0]["jurisdiction"] == "KZ"
    assert got["facts"]["generator"]["parameters"] == 3
    assert "metadata" in got["decision"]["offered"]
    assert "c2pa" in got["decision"]["missing"]
    other = json.loads(told(run(*words, "-j", "ru", "--parameters", "4")))
    assert other["packs"][0]["jurisdiction"] == "RU"
    assert other["facts"]["generator"]["parameters"] == 4


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("show", "zz"), "Choose one of by, "),
        (("explain", "--medium", "image"), "--jurisdiction with one of by, "),
        (("explain", "-j", "zz", "--medium", "image"), "Choose one of by, "),
        (("explain", "-j", "ru", "--medium", "smell"), "video"),
        (("explain", "-j", "ru", "--medium", "image", "--choice", "stamp"), "visible, metadata, c2pa, watermark"),
        (("explain", "-j", "ru", "--medium", "image", "--date", "soon"), "2027-03-01"),
        (("explain", "-j", "ru", "--medium", "image", "--date", "2027-03-01T12:00"), "no time zone"),
        (("explain", "-j", "ru", "--medium", "image", "--date", "9999-12-31T23:59:59Z"), "out of reach"),
        (("explain", "-j", "ru", "--medium", "image", "--role", "king"), "provider, deployer, platform"),
        (("explain", "-j", "ru", "--medium", "image", "--parameters", "-1"), "positive number"),
        (("explain", "-j", "ru", "--medium", "image", "--on-market-since", "early"), "--on-market-since"),
        (("explain", "-j", "ru", "--medium", "image", "--locale", "xx"), "The languages are"),
        (("explain", "--settings", "--medium", "image"), "labelkit init"),
        (("list", "--packs", "nowhere"), "Mend the path"),
        (("timeline", "--from", "soon"), "no month"),
        (("timeline", "--from", "2027-01", "--to", "2026-01"), "ends after it begins"),
        (("timeline", "--from", "2027-01", "--to", "2126-01"), "at most 30 years"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_remedy(run: Run, words: tuple[str, ...], complaint: str) -> None:
    """Unknown names, times and facts are trouble (exit 2), said on standard error with what there is, no traceback."""
    ran = run(*words, columns=200)
    assert ran.returncode == 2
    assert complaint in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
    assert not ran.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("timeline", "--from", "9999-01"), "The year 9999 is out of reach"),
        (("timeline", "--from", "0001-01", "--to", "0002-01"), "The year 1 is out of reach"),
        (("explain", "-j", "ru", "--medium", "text", "--date", "9999-12-31"), "The year 9999 is out of reach"),
        (("explain", "-j", "ru", "--medium", "text", "--tokens", "-1"), "A number of tokens is not negative"),
    ],
)
def test_what_is_out_of_reach_is_refused(run: Run, words: tuple[str, ...], complaint: str) -> None:
    """Numbers and years that nothing can be computed with are a complaint, and no traceback."""
    ran = run(*words)
    assert ran.returncode == 2
    assert complaint in ran.stderr
    assert "Traceback" not in ran.stderr


def test_words_of_a_pack_stay_words(run: Run, hostile: Path) -> None:
    """Mark-up in an operator's pack is shown as it is written, and what a terminal would obey is not sent to it."""
    for words in (("list",), ("show", "xx"), ("timeline", "xx"), ("explain", "-j", "xx", "--medium", "text")):
        shown = told(run(*words, columns=200, LABELKIT_PACKS=str(hostile), FORCE_COLOR="1"))
        assert "[bold]No[/bold]" in shown
        assert "\x1b[31mwhere" not in shown
        assert "\u202e" not in shown
        assert "\x1b]8;" not in shown  # a link


def test_the_timeline_says_what_changes(run: Run) -> None:
    """The picture has a row per rule with a bar of its level's own shape, today's column, and the changes to come."""
    shown = told(run("timeline", "ru", "us-ca", "cn", "none", "--from", "2026-01", "--to", "2029-01"))
    rows = {line.split()[0]: line for line in shown.splitlines() if line[:1].isalpha() and " " in line}
    assert rows["RU-243FZ-9-1"].endswith("=")
    assert "█" in rows["US-CA-22757.3-LATENT"]
    assert "▒" in rows["CN-9"]
    assert "no rule about marks in content" in shown
    assert "|2027" in shown
    later = told(run("timeline", "ru", "us-ca", "--from", "2027-04", "--to", "2028-01"))
    assert "none is known until 2028-01-01" in later
    ended = next(line for line in later.splitlines() if line.startswith("US-CA-22757.3-OPTION"))
    assert ended.endswith("<") or "<" in ended
    told_json = json.loads(told(run("timeline", "ru", "--from", "2027-01", "--json")))
    assert told_json["to"] == "2030-01-01"
    assert told_json["events"][0]["day"] == "2027-03-01"


def test_the_timeline_is_drawn(run: Run, tmp_path: Path) -> None:
    """The picture is SVG with a name, a description, both palettes, and a bar and a tooltip for every rule; a file that
    is there is kept unless --force is given."""
    words = ("timeline", "ru", "eu", "--from", "2026-01", "--to", "2029-01", "--svg", "t.svg")
    assert not told(run(*words))
    root = ET.parse(tmp_path / "t.svg").getroot()
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    named = (root.get("aria-labelledby") or "").split()
    assert [element.get("id") for element in root[:2]] == named
    assert "prefers-color-scheme: dark" in "".join(root.itertext())
    tips = [title.text or "" for title in root.iterfind(f"{SVG}g/{SVG}title")]
    assert len(tips) == len(json.loads(told(run("show", "ru", "--json")))["rule"]) + len(
        json.loads(told(run("show", "eu", "--json")))["rule"]
    )
    assert any("art. 9(1)" in tip and "Sureness: high" in tip for tip in tips)
    kept = run(*words)
    assert kept.returncode == 2
    assert "--force" in kept.stderr
    assert run(*words, "--force").returncode == 0
    assert told(run(*words[:-1], "-")).startswith("<svg")


def test_nothing_of_a_pack_becomes_mark_up_in_the_picture(run: Run, hostile: Path) -> None:
    """Tags in a pack are text in the picture, characters that XML cannot hold are replaced, and text fits the picture."""
    drawn = told(run("timeline", "xx", "--packs", str(hostile), "--svg", "-"))
    root = ET.fromstring(drawn)
    assert not list(root.iter(f"{SVG}script"))
    assert not list(root.iter(f"{SVG}b"))
    assert any("-<b>&-with" in (text.text or "") for text in root.iter(f"{SVG}title"))
    assert "\x1b" not in drawn
    assert any((text.text or "").endswith("…") for text in root.iter(f"{SVG}text"))
    assert any("much-too-long-to-stand-beside-its-bar" in (title.text or "") for title in root.iter(f"{SVG}title"))


def test_a_terminal_of_another_encoding_ends_no_command(run: Run) -> None:
    """What it cannot show is escaped, and nothing is left out."""
    shown = run("timeline", "ru", PYTHONIOENCODING="ascii")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\\u2588" in shown.stdout
    assert "RU-243FZ-9-1" in shown.stdout


def test_an_explanation_names_the_age_of_each_pack(run: Run) -> None:
    """In days, at the time in question."""
    told = run("explain", "-j", "ru,kz", "--medium", "image", "--date", "2026-11-23").stdout
    assert "checked 2026-11-22, 1 day old" in told
    assert told.count("1 day old") == 2
