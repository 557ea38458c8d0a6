"""The README's programs run as they stand there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
# A block that goes on where another left off runs after it.
PROGRAMS = [PYTHON[0], PYTHON[0] + PYTHON[1], *PYTHON[2:]]


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in an empty home."""
    environment = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    return subprocess.run(words, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("program", PROGRAMS, ids=["text", "stream", "picture", "service", "rules"])
def test_a_program_of_the_readme_runs(program: str, tmp_path: Path) -> None:
    """Copied into a file, each program runs to its end without a word on standard error."""
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    ran = run(sys.executable, "-W", "error", "program.py", home=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_readme_says_what_its_programs_print(tmp_path: Path) -> None:
    """The comments beside print() are what is printed."""
    (tmp_path / "program.py").write_text(PYTHON[0], encoding="utf-8")
    lines = run(sys.executable, "program.py", home=tmp_path).stdout.splitlines()
    assert "This text was generated using artificial intelligence." in lines
    assert lines[-2:] == ["True", "valid"]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    """As they stand there, each ends with exit code 0; a check of a file that lacks what is asked, with 1."""
    from PIL import Image

    Image.new("RGB", (320, 240), "steelblue").save(tmp_path / "picture.png")
    (tmp_path / "article.md").write_text("# Paris\n\nIt is a city.\n")
    lines = [line.partition("#")[0] for block in SHELL for line in block.splitlines()]
    commands = [words for line in lines for each in line.split(";") if (words := each.split())[:1] == ["labelkit"]]
    assert [words[1] for words in commands] == ["init", "label", "inspect", "label", *["policy"] * 5]
    for command in commands:
        ran = run(*command, home=tmp_path)
        assert ran.returncode == ("check" in command), (command, ran.stderr)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    """Files that the README names are there."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / target).exists(), target
