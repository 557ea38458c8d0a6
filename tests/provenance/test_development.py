"""The development credential: made once, kept privately, renewed, and told in every inspection."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from labelkit.errors import CredentialError
from labelkit.label import Generator, Label
from labelkit.provenance import Manifests, Signer, Trust, development, read

posix = pytest.mark.skipif(os.name != "posix", reason="this system has no file modes")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the credential is kept in this test; it is not there yet."""
    return tmp_path / "data" / "development"


def test_it_is_kept(directory: Path) -> None:
    """The second signer is the first one again."""
    first, second = Signer.development(directory), Signer.development(directory)

    assert first.is_development
    assert first.chain_pem == second.chain_pem
    assert first.root_pem == second.root_pem == (directory / "root.pem").read_bytes()


def test_it_lies_in_the_users_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a directory it goes where this system keeps a user's data."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, **_: tmp_path / name)
    Signer.development()

    assert (tmp_path / "labelkit" / "development" / "root.pem").exists()


@posix
def test_nobody_else_can_read_the_keys(directory: Path) -> None:
    """Directory 0700, keys 0600; and modes that were lost are restored."""
    Signer.development(directory)
    keys = [directory / "authority.pem", directory / "signer.pem"]
    assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600, 0o600]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700

    for path in (*keys, directory):
        path.chmod(0o755)
    Signer.development(directory)

    assert [stat.S_IMODE(key.stat().st_mode) for key in keys] == [0o600, 0o600]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_the_leaf_is_renewed_in_time(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leaf that is about to expire is replaced, under the same root, so that trust in it holds."""
    monkeypatch.setattr(development, "_LEAF_DAYS", 20)
    first = Signer.development(directory)
    monkeypatch.undo()
    second = Signer.development(directory)

    assert first.chain_pem != second.chain_pem
    assert first.root_pem == second.root_pem
    assert second.not_after - first.not_after > timedelta(days=300)


def test_the_authority_is_renewed_in_time(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An authority that is about to expire is replaced, with all that it issued."""
    monkeypatch.setattr(development, "_AUTHORITY_DAYS", 20)
    first = Signer.development(directory)
    monkeypatch.undo()
    second = Signer.development(directory)

    assert first.root_pem != second.root_pem == (directory / "root.pem").read_bytes()
    assert second.not_after - first.not_after > timedelta(days=300)


def test_many_make_it_once(directory: Path) -> None:
    """Threads, like workers that start together, end up with one credential."""
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: Signer.development(directory), range(16)))

    assert len({signer.chain_pem for signer in signers}) == 1
    assert sorted(each.name for each in directory.iterdir()) == ["authority.pem", "lock", "root.pem", "signer.pem"]


@pytest.mark.parametrize("name", ["authority.pem", "signer.pem"])
@pytest.mark.parametrize("damage", ["cut", "mixed", "empty"])
def test_damage_is_told_with_the_remedy(directory: Path, tmp_path: Path, name: str, damage: str) -> None:
    """A damaged file is never silently replaced: what was signed with it may be trusted somewhere."""
    Signer.development(directory)
    Signer.development(tmp_path / "other")
    path, other = directory / name, (tmp_path / "other" / name).read_bytes()
    pem = path.read_bytes()
    key, begin, _ = pem.partition(b"-----BEGIN CERT")
    path.write_bytes({"cut": pem[:-80], "mixed": key + begin + other.partition(begin)[2], "empty": b""}[damage])
    with pytest.raises(CredentialError, match="damaged") as caught:
        Signer.development(directory)

    assert caught.value.where == str(path)
    assert "Remove this directory" in caught.value.remedy


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file stands where the directory should be: an error with the remedy, not a traceback of the system's."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CredentialError, match="cannot be kept") as caught:
        Signer.development(tmp_path / "file")

    assert "directory=" in caught.value.remedy


def test_a_lock_that_is_not_let_go_is_told(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that holds the lock is waited for, but not for ever."""
    Signer.development(directory)
    monkeypatch.setattr(development, "_LOCK_SECONDS", 0.05)
    with (
        FileLock(directory / "lock", is_singleton=False),
        pytest.raises(CredentialError, match="Another process"),
    ):
        Signer.development(directory)


def test_a_write_that_fails_leaves_nothing_behind(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves no half a key under any name."""

    def refuse(self: Path, target: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CredentialError, match="No space left"):
        Signer.development(directory)

    assert [each.name for each in directory.iterdir() if each.name != "lock"] == []


def test_every_inspection_tells_it(directory: Path, generator: Generator, picture: Callable[[str], bytes]) -> None:
    """What it signed is valid and no more, and is called a development label; trusted only by explicit choice."""
    signer = Signer.development(directory)
    signed = Manifests(generator, signer).embed(picture("PNG"), "image/png", Label(generator))
    assert signer.root_pem is not None
    told, trusted = read(signed, "image/png", Trust()), read(signed, "image/png", Trust.of(signer.root_pem))

    assert told is not None
    assert trusted is not None
    assert (told.state, told.development, told.says["development"]) == ("valid", True, True)
    assert "development credential" in told.reason
    assert (trusted.state, trusted.development) == ("trusted", True)
    assert "development credential" in trusted.reason


def test_no_other_credential_is_called_one(
    manifests: Manifests, generator: Generator, picture: Callable[[str], bytes]
) -> None:
    """A real credential is not called a development one."""
    report = read(manifests.embed(picture("PNG"), "image/png", Label(generator)), "image/png", Trust())

    assert report is not None
    assert not report.development
    assert not manifests.signer.is_development
