"""What the wheel installs."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from the sources as they are, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    run = subprocess.run(
        [*command, "--wheel-dir", folder, ROOT], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    """The files in it."""
    return set(wheel.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    """What it says of itself."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_there_is_one_top_level_package(names: set[str]) -> None:
    """No top-level ``middleware``: every application that has its own would shadow it, or be shadowed."""
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"labelkit"}


def test_every_source_file_is_in_it(names: set[str]) -> None:
    """What the tree has, the wheel has: modules, packs, wordings, fonts, pages and py.typed."""
    tracked = subprocess.run(["git", "ls-files", "labelkit", "middleware"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip(reason="the sources are no git checkout, so there is no list to compare with")
    files = {name for name in tracked.stdout.splitlines() if name != "labelkit/middleware"}
    wanted = {f"labelkit/{name}" if name.startswith("middleware/") else name for name in files}
    assert wanted - names == set()
    for ending in ("packs/ru.toml", "wordings/en.toml", "OFL.txt", ".ttf", "py.typed", "middleware/labeling.py"):
        assert any(name.endswith(ending) for name in names), ending


def test_nothing_but_sources_is_in_it(names: set[str]) -> None:
    """No caches, no tests, no examples."""
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc") or "/tests/" in name]


def test_the_model_is_not_wanted_at_run_time(metadata: Message) -> None:
    """What only the examples need, numpy above all, comes with an extra and never with the library."""
    wanted = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert wanted
    assert not [line for line in wanted if line.startswith(("numpy", "onnxruntime", "xllamacpp", "openai", "pytest"))]


def test_it_is_imported_without_numpy(wheel: zipfile.ZipFile) -> None:
    """Importing both packages from the wheel loads neither numpy nor anything else of the examples."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import labelkit, labelkit.middleware;"
        "assert labelkit.__file__.startswith(sys.argv[1]), labelkit.__file__;"
        "assert labelkit.middleware.LabelingMiddleware and labelkit.Labeler;"
        "print(*{'numpy', 'onnxruntime', 'xllamacpp', 'httpx', 'typer', 'rich'} & set(sys.modules))"
    )
    command = [sys.executable, "-P", "-c", code, str(wheel.filename)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=Path(str(wheel.filename)).parent)
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr


def test_the_licences_are_in_it(names: set[str], metadata: Message) -> None:
    """Ours, and those of the fonts."""
    assert metadata["License-Expression"] == "Apache-2.0"
    assert {name.rpartition("/")[2] for name in names if "/licenses/" in name} == {"LICENSE", "OFL.txt", "OFL-CJK.txt"}
