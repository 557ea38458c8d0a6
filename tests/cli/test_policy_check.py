"""``labelkit policy check`` as a person uses it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from labelkit import Generator, Labeler, Signer
from labelkit.marks import Mark

Run = Callable[..., subprocess.CompletedProcess[str]]

ACME = Generator(provider="Acme", system="acme-chat", version="2.1")
PACK = """
jurisdiction = "XX"
name = "Nowhere"
timezone = "UTC"
language = "en"
checked = 2026-01-01
[[rule]]
id = "XX-1"
article = "art. 1"
source = "https://law.example"
sureness = "low"
from = 2026-01-01
media = ["text", "image"]
marks = ["{marks}"]
level = "require"
binds = "whoever"
says = "Mark it."
[rule.when]
realistic = true
[[duty]]
id = "XX-2"
article = "art. 2"
source = "https://law.example"
sureness = "low"
from = 2026-01-01
binds = "whoever"
says = "Tell people."
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``labelkit policy check -j xx`` in a directory with a picture of every mark and a pack that asks for some."""

    def call(*words: str, marks: str = "c2pa", data: bytes = b"") -> subprocess.CompletedProcess[str]:
        packs = tmp_path / "packs"
        packs.mkdir(exist_ok=True)
        (packs / "xx.toml").write_text(PACK.format(marks=marks))
        ran = subprocess.run(
            [sys.executable, "-m", "labelkit", "policy", "check", "-j", "xx", "--packs", str(packs), *words],
            input=data,
            capture_output=True,
            cwd=tmp_path,
            env={
                "HOME": str(tmp_path),
                "PATH": "/usr/bin:/bin",
                "COLUMNS": "200",
                "PYTHONUTF8": "1",
                **{name: value for name, value in os.environ.items() if name.startswith("COV")},
            },
            check=False,
            timeout=120,
        )
        assert b"Traceback" not in ran.stderr, ran.stderr
        return subprocess.CompletedProcess(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    return call


@pytest.fixture
def labelled(tmp_path: Path, signer: Signer) -> Path:
    """A picture with every mark, and beside it one with none."""
    plain = io.BytesIO()
    Image.new("RGB", (400, 300), "navy").save(plain, "PNG")
    (tmp_path / "plain.png").write_bytes(plain.getvalue())
    file = tmp_path / "labelled.png"
    file.write_bytes(Labeler(ACME, signer=signer, policy="none", locale="en").image(plain.getvalue()))
    return file


def test_what_is_there_meets(run: Run, labelled: Path) -> None:
    """A file that has what is asked: exit 0, with the rule, its sureness and date, and the duties that no file shows."""
    ran = run(labelled.name, "--date", "2026-02-01")
    assert ran.returncode == 0, ran.stderr
    for words in ("meets", "XX-1", "c2pa: found, valid", "sureness low, checked 2026-01-01", "XX-2"):
        assert words in ran.stdout
    assert "Not known, counts as in scope: it could be taken for a real person, place or event." in ran.stdout
    assert "compliant" not in ran.stdout.lower()


@pytest.mark.parametrize(
    ("marks", "told"), [("c2pa", "there is no C2PA manifest"), ("visible", "a person has to look")]
)
def test_what_is_missing_or_cannot_be_told_is_exit_1(run: Run, labelled: Path, marks: str, told: str) -> None:
    """One file of several that falls short: exit 1, and what of it."""
    ran = run(labelled.name, "plain.png", "--date", "2026-02-01", marks=marks)
    assert ran.returncode == 1, ran.stderr
    assert told in ran.stdout
    assert "meets" in ran.stdout


def test_facts_take_rules_away(run: Run, labelled: Path) -> None:
    """Content that is declared not to be realistic is not asked for what the rule asks of realistic content."""
    ran = run("plain.png", "--date", "2026-02-01", "--no-realistic")
    assert ran.returncode == 0, ran.stderr
    assert "no rule of XX 2026-01-01 asks a mark of it at 2026-02-01 12:00 +" in " ".join(ran.stdout.split())
    assert run("plain.png", "--date", "2026-02-01", "--realistic").returncode == 1
    assert run("plain.png", "--date", "2025-12-31").returncode == 0


def test_json_has_one_object_a_line(run: Run, labelled: Path, tmp_path: Path, root_pem: bytes) -> None:
    """Each file's object has the result, the rules with reasons, and what inspect found; a trusted root shows there."""
    (tmp_path / "root.pem").write_bytes(root_pem)
    ran = run(labelled.name, "plain.png", "--json", "--date", "2026-02-01", "--trust", "root.pem")
    assert ran.returncode == 1, ran.stderr
    good, bad = (json.loads(line) for line in ran.stdout.splitlines())
    assert (good["file"], good["result"], bad["result"]) == (labelled.name, "meets", "misses")
    assert good["rules"][0]["reasons"] == ["c2pa: found, trusted"]
    assert {mark["mark"] for mark in good["inspection"]["marks"]} == {Mark.VISIBLE, Mark.METADATA, Mark.C2PA}
    assert bad["duties"] == ["XX-2"]


def test_standard_input_is_checked(run: Run, labelled: Path) -> None:
    """A dash is standard input, a picture or a text."""
    assert run("-", "--date", "2026-02-01", data=labelled.read_bytes()).returncode == 0
    ran = run("-", "--date", "2026-02-01", data="Привет.".encode())
    assert ran.returncode == 1
    assert ran.stdout.startswith("standard input")


def test_an_old_pack_is_warned_of(run: Run, labelled: Path) -> None:
    """A pack that was checked long before the content's time is told on standard error, beside the result."""
    assert "may have changed" in run(labelled.name, "--date", "2026-11-22").stderr
    assert run(labelled.name, "--date", "2026-01-02").stderr == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["missing.png"], "missing.png"),
        (["rubbish"], "nothing to check"),
        (["labelled.png", "--date", "yesterday"], "is no time"),
        (["labelled.png", "-j", "zz"], "There is no policy"),
        (["labelled.png", "--trust", "labelled.png"], "labelled.png"),
        (["labelled.png", "--role", "king"], "king"),
    ],
)
def test_trouble_is_exit_2(run: Run, labelled: Path, tmp_path: Path, words: list[str], told: str) -> None:
    """What cannot be checked, and a line that says nothing sensible, is told on standard error."""
    (tmp_path / "rubbish").write_bytes(b"\0\xff\xfe")
    ran = run(*words)
    assert ran.returncode == 2
    assert told in ran.stderr


def test_one_bad_file_keeps_no_other_from_being_checked(run: Run, labelled: Path) -> None:
    """Trouble with one file is the exit code; the others are told all the same."""
    ran = run("missing.png", labelled.name, "--date", "2026-02-01")
    assert ran.returncode == 2
    assert "c2pa: found, valid" in ran.stdout


def test_what_a_pack_says_is_no_markup(run: Run, labelled: Path, tmp_path: Path) -> None:
    """Names of files and articles of packs are printed as they are, without control characters."""
    odd = tmp_path / "[red]x.png"
    odd.write_bytes(labelled.read_bytes())
    ran = run(odd.name, "--date", "2026-02-01")
    assert ran.returncode == 0, ran.stderr
    assert odd.name in ran.stdout
