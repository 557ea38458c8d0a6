"""Files as the commands see them."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from labelkit.cli import files
from labelkit.errors import ConfigurationError, ContentError, TooLargeError
from labelkit.media import Limits


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal shows."""
    shown = io.StringIO()
    monkeypatch.setattr(files, "notes", Console(file=shown, force_terminal=True, width=80))
    return shown


@pytest.mark.parametrize(("count", "shows"), [(1, False), (3, True)])
def test_a_progress_bar_is_for_several_files(screen: io.StringIO, count: int, shows: bool) -> None:
    """One file needs none; several show how far it is, and every file comes."""
    given = [Path(f"{number}.png") for number in range(count)]
    assert list(files.each(given, "Labelling")) == given
    assert ("Labelling" in screen.getvalue()) is shows


def test_no_bar_where_nobody_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log gets no control characters."""
    log = io.StringIO()
    monkeypatch.setattr(files, "notes", Console(file=log))
    assert len(list(files.each([Path("a"), Path("b")], "Labelling"))) == 2
    assert log.getvalue() == ""


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """The size is asked first."""
    large = tmp_path / "large.png"
    large.write_bytes(bytes(100))
    with pytest.raises(TooLargeError, match=r"large\.png"):
        files.read(large, Limits(bytes=99))
    with pytest.raises(ContentError, match="cannot be read"):
        files.read(tmp_path, Limits())


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A target that is a directory is refused, and no half of a file stays."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        files.write(b"data", tmp_path / "taken", force=True)
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_copy_has_the_rights_of_a_new_file(tmp_path: Path) -> None:
    """Not those of the temporary file that it was."""
    files.write(b"data", tmp_path / "new", force=False)
    (tmp_path / "plain").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    """The copy's name is longer than the file's, and file systems have a limit: no traceback."""
    with pytest.raises(ConfigurationError, match="cannot be written"):
        files.write(b"x", tmp_path / ("n" * 300), force=False)
