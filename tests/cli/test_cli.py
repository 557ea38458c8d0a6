"""The command line as a person uses it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    (tmp_path / "data").mkdir()
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    """Run labelkit in the empty home's work directory."""

    def call(*words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "labelkit", *words],
            input=data,
            capture_output=True,
            cwd=home / "work",
            env={
                "XDG_DATA_HOME": str(home / "data"),
                "HOME": str(home),
                "PATH": "/usr/bin:/bin",
                "COLUMNS": "200",
                **{name: value for name, value in os.environ.items() if name.startswith("COV")},
            },
            check=False,
            timeout=120,
        )

    return call


@pytest.fixture
def ready(run: Run) -> Run:
    """The same after ``labelkit init``, with a development credential."""
    made = run("init", "--provider", "Acme", "--system", "acme «чат»", "--locale", "en", "--development")
    assert made.returncode == 0, made.stderr
    return run


def png(file: Path, size: tuple[int, int] = (400, 300)) -> bytes:
    """A picture in a file."""
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG")
    file.write_bytes(out.getvalue())
    return out.getvalue()


def test_a_picture_is_labelled_and_read_back(ready: Run, home: Path) -> None:
    """label writes a copy beside the picture with every mark; inspect finds them, exit 0 both; the original is as it was."""
    plain = png(home / "work" / "a.png")
    labelled = ready("label", "a.png")
    assert labelled.returncode == 0, labelled.stderr
    assert (home / "work" / "a.png").read_bytes() == plain
    seen = ready("inspect", "a.labelled.png", "--json")
    assert seen.returncode == 0, seen.stderr
    told = json.loads(seen.stdout)
    assert told["ai_generated"] is True
    assert {mark["mark"]: mark["state"] for mark in told["marks"]} == {
        "visible": "unsigned",
        "metadata": "unsigned",
        "c2pa": "valid",
    }
    assert told["marks"][-1]["says"]["system"] == "acme «чат»"
    assert told["marks"][-1]["says"]["development"] is True


def test_the_development_root_can_be_trusted(ready: Run, home: Path) -> None:
    """With --trust and the root that init names, the manifest is trusted."""
    png(home / "work" / "a.png")
    ready("label", "a.png")
    root = next((home / "data").rglob("root*.pem"))
    seen = ready("inspect", "a.labelled.png", "--json", "--trust", str(root))
    assert {mark["state"] for mark in json.loads(seen.stdout)["marks"]} == {"unsigned", "trusted"}


def test_nothing_found_is_exit_1(run: Run, home: Path) -> None:
    """A picture and a text without marks: nothing says, exit 1."""
    png(home / "work" / "a.png")
    seen = run("inspect", "a.png")
    assert seen.returncode == 1
    assert b"nothing says" in seen.stdout
    assert run("inspect", "-", data="Привет".encode()).returncode == 1


def test_trouble_is_exit_2_and_the_rest_is_done(ready: Run, home: Path) -> None:
    """One bad file among good ones is named on standard error; the others are labelled; exit 2."""
    png(home / "work" / "a.png")
    (home / "work" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    png(home / "work" / "c.png")
    done = ready("label", "a.png", "b.png", "missing.png", "c.png", "-o", "out")
    assert done.returncode == 2
    assert sorted(file.name for file in (home / "work" / "out").iterdir()) == ["a.png", "c.png"]
    assert b"b.png" in done.stderr
    assert b"missing.png" in done.stderr
    assert ready("inspect", "missing.png").returncode == 2
    assert ready("inspect", "-", data=b"\x00\xff\xfe").returncode == 2


def test_standard_input_goes_to_standard_output(ready: Run) -> None:
    """label - labels a text on its way through, byte for byte apart from the label; inspect - reads it."""
    text = "Строка первая.\r\nLine two.\n".encode()
    through = ready("label", "-", "--marks", "visible,c2pa", "--locale", "ru", data=text)
    assert through.returncode == 0, through.stderr
    assert through.stdout.startswith(text)
    assert "с помощью ИИ" in through.stdout.decode()
    seen = ready("inspect", "-", "--json", data=through.stdout)
    assert seen.returncode == 0
    assert {mark["mark"] for mark in json.loads(seen.stdout)["marks"]} == {"visible", "c2pa"}


@pytest.mark.parametrize("name", ["a.md", "b.markdown", "c.QMD"])
def test_a_markdown_file_is_labelled_in_its_front_matter(ready: Run, home: Path, name: str) -> None:
    """By its suffix a file is Markdown: front matter and notice, everything else byte for byte; inspect reads both."""
    text = b"---\r\ntitle: A # kept\r\n---\r\n# A\r\n"
    (home / "work" / name).write_bytes(text)
    labelled = ready("label", name)
    assert labelled.returncode == 0, labelled.stderr
    copy = (home / "work" / name).with_name(f"{name.partition('.')[0]}.labelled.{name.partition('.')[2]}")
    written = copy.read_bytes()
    assert written.startswith(b"---\r\ntitle: A # kept\r\nai-label: {")
    assert b"---\r\n# A\r\n" in written
    seen = json.loads(ready("inspect", str(copy), "--json").stdout)
    assert [mark["mark"] for mark in seen["marks"]] == ["visible", "metadata"]
    assert seen["marks"][1]["says"]["system"] == "acme «чат»"
    assert "provider: Acme" in ready("inspect", str(copy)).stdout.decode()
    only = ready("label", name, "--marks", "metadata", "-o", "out")
    assert only.returncode == 0
    assert (home / "work" / "out" / name).read_bytes().endswith(b"# A\r\n")


def test_what_a_markdown_file_cannot_carry_yet_is_refused(ready: Run, home: Path) -> None:
    """A manifest is to come, and says so; front matter of another language is left alone."""
    (home / "work" / "a.md").write_text("# A", encoding="utf-8")
    assert b"A.9" in ready("label", "a.md", "--marks", "c2pa").stderr
    (home / "work" / "b.md").write_text("+++\ntitle = 'b'\n+++\n", encoding="utf-8")
    assert b"another language" in ready("label", "b.md").stderr
    assert sorted(file.name for file in (home / "work").glob("*.md")) == ["a.md", "b.md"]


def test_no_file_is_replaced_by_accident(ready: Run, home: Path) -> None:
    """A copy that is there already is kept unless --force is given; a second init refuses too."""
    png(home / "work" / "a.png")
    kept = home / "work" / "a.labelled.png"
    kept.write_bytes(b"mine")
    refused = ready("label", "a.png")
    assert refused.returncode == 2
    assert b"--force" in refused.stderr
    assert kept.read_bytes() == b"mine"
    assert ready("label", "a.png", "--force").returncode == 0
    assert kept.read_bytes() != b"mine"
    assert ready("init", "--provider", "B", "--system", "b").returncode == 2


def test_no_copy_takes_the_place_of_an_original_or_of_another_copy(ready: Run, home: Path) -> None:
    """With --force neither: files of one name from two directories stay two, and a file is never its own copy."""
    work = home / "work"
    for name in ("a", "b"):
        (work / name).mkdir()
        (work / name / "x.md").write_text(name, encoding="utf-8")
    ran = ready("label", "a/x.md", "b/x.md", "-o", "out", "--force")
    assert ran.returncode == 2
    assert b"another file" in ran.stderr
    assert "\n---\na\n" in (work / "out" / "x.md").read_text(encoding="utf-8")
    ran = ready("label", "a/x.md", "-o", "a", "--force")
    assert (ran.returncode, b"the file itself" in ran.stderr) == (2, True)
    assert (work / "a" / "x.md").read_text(encoding="utf-8") == "a"


def test_a_document_from_standard_input_keeps_its_front_matter(ready: Run) -> None:
    """It has no name that says Markdown; its front matter does, and takes the label."""
    labelled = ready("label", "-", data=b"---\ntitle: x\n---\nBody\n").stdout
    assert labelled.startswith(b"---\ntitle: x\nai-label: ")


def test_what_rules_ask_in_vain_is_told(run: Run, home: Path) -> None:
    """One badge has the words of one law: whoever labels for two learns which rule is not met."""
    png(home / "work" / "a.png")
    assert run("init", "--provider", "A", "--system", "a", "--policy", "cn,eu", "--development").returncode == 0
    ran = run("label", "a.png")
    assert ran.returncode == 0
    assert b"EU-50-4 (visible)" in ran.stderr
    assert b"CN-4 " not in ran.stderr


def test_no_mark_at_all_is_no_choice(ready: Run, home: Path) -> None:
    """An empty --marks, as of a variable that is not set, makes no copy without a label."""
    png(home / "work" / "a.png")
    refused = ready("label", "a.png", "--marks", "")
    assert (refused.returncode, b"visible, metadata, c2pa" in refused.stderr) == (2, True)
    assert not (home / "work" / "a.labelled.png").exists()


def test_without_settings_the_remedy_is_named(run: Run, home: Path) -> None:
    """label without a generator says how to declare one."""
    png(home / "work" / "a.png")
    refused = run("label", "a.png")
    assert refused.returncode == 2
    assert b"labelkit init" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("label", "a.png", "--marks", "stamp"),
        ("label", "a.png", "--locale", "eng"),
        ("inspect", "a.png", "--trust", "no.pem"),
    ],
)
def test_a_wrong_option_is_trouble(ready: Run, home: Path, words: tuple[str, ...]) -> None:
    """A mark or a language that does not exist and a root that is not there are refused by name."""
    png(home / "work" / "a.png")
    refused = ready(*words)
    assert refused.returncode == 2
    assert words[-1].encode() in refused.stderr


def test_a_mark_that_a_file_cannot_carry_is_refused(ready: Run, home: Path) -> None:
    """A named mark that cannot be made is an error, and nothing is written."""
    (home / "work" / "a.txt").write_text("Hello.", encoding="utf-8")
    refused = ready("label", "a.txt", "--marks", "metadata")
    assert refused.returncode == 2
    assert b"metadata" in refused.stderr
    assert not (home / "work" / "a.labelled.txt").exists()


def test_version_and_help(run: Run) -> None:
    """--version says the version; no arguments show the commands."""
    from labelkit import __version__

    assert run("--version").stdout.decode().split() == ["labelkit", __version__]
    shown = run()
    for command in (b"init", b"label", b"inspect"):
        assert command in shown.stdout + shown.stderr


def test_without_the_extra_the_remedy_is_named() -> None:
    """Where typer is not installed, the command says which extra to install, and no traceback."""
    program = "import sys; sys.modules['typer'] = None; from labelkit.cli import main; main()"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=60)
    assert ran.returncode == 2
    assert ran.stderr == b"The command line needs an extra. Install it with: pip install 'labelkit[cli]'.\n"


def test_inspect_shows_people_what_it_found(ready: Run, home: Path) -> None:
    """The table names each mark, its state and what it says; a damaged file's problem goes to standard error."""
    png(home / "work" / "a.png")
    ready("label", "a.png")
    shown = ready("inspect", "a.labelled.png").stdout.decode()
    for word in ("AI made or changed it", "visible", "unsigned", "c2pa", "valid", "provider: Acme"):
        assert word in shown
    (home / "work" / "cut.png").write_bytes((home / "work" / "a.labelled.png").read_bytes()[:-40])
    cut = ready("inspect", "cut.png")
    assert b"PNG" in cut.stderr
    assert b"invalid" in cut.stdout
