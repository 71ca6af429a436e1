"""Files that something was opened from: told to be the same if, and only if, their bytes are."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from convatlas.opening import witnesses as module
from convatlas.opening.witnesses import Witness, renewed, witnesses

TIME = 10**18 + 7  # as in reproducible images: long ago, and the same for all files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"old bytes")
    os.utime(path, ns=(TIME, TIME))
    return path


def settled(*paths: Path) -> dict[str, Witness]:
    """Witnesses as of files that have lain there for long."""
    known = witnesses(paths, time.time_ns() + 10**9)
    return {name: [each[0], *module.stamp(name)] for name, each in known.items()}


def in_place(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def renamed(path: Path, other: Path) -> None:
    other.replace(path)


def hard_linked(path: Path, other: Path) -> None:
    path.unlink()
    os.link(other, path)


def copied_with_times(path: Path, other: Path) -> None:
    path.unlink()
    shutil.copy2(other, path)


def retargeted(path: Path, other: Path) -> None:
    path.unlink()
    path.symlink_to(other)


def removed(path: Path, other: Path) -> None:
    path.unlink()


def a_folder(path: Path, other: Path) -> None:
    path.unlink()
    path.mkdir()


WAYS = [in_place, renamed, hard_linked, copied_with_times, retargeted]


@pytest.mark.parametrize("way", [*WAYS, removed, a_folder])
def test_other_bytes_of_the_same_size_and_time_are_noticed(
    file: Path, way: Callable[[Path, Path], None]
) -> None:
    known = settled(file)
    other = file.with_name("other")
    other.write_bytes(b"new bytes")
    os.utime(other, ns=(TIME, TIME))
    way(file, other)
    if file.exists():
        os.utime(file, ns=(TIME, TIME))
    assert renewed(known) is None


@pytest.mark.parametrize("way", WAYS)
def test_the_same_bytes_are_the_same_and_are_read_once(
    file: Path, way: Callable[[Path, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = settled(file)
    other = file.with_name("other")
    other.write_bytes(b"old bytes")
    way(file, other)
    os.utime(file)
    again = renewed(known)
    assert again is not None and again != known
    later = settled(file)
    monkeypatch.setattr(hashlib, "file_digest", None)  # must not be called
    assert renewed(later) == later


def test_a_file_that_is_new_is_read_again_as_it_may_change_within_the_same_tick(
    file: Path,
) -> None:
    known = witnesses([file], time.time_ns() + 10**9)
    assert len(known[str(file)]) == 1
    assert renewed(known) == known
    file.write_bytes(b"new bytes")
    assert renewed(known) is None


def test_a_file_that_changed_while_it_was_opened_is_never_the_same(file: Path) -> None:
    since = time.time_ns() - 10**9
    file.write_bytes(b"old bytes")
    assert renewed(witnesses([file], since)) is None


def test_a_link_above_the_file_may_be_retargeted(file: Path, tmp_path: Path) -> None:
    for name in ("run1", "run2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "w.pth").write_bytes(name.encode())
    latest = tmp_path / "latest"
    latest.symlink_to("run1")
    known = settled(latest / "w.pth")
    assert renewed(known) == known
    latest.unlink()
    latest.symlink_to("run2")
    assert renewed(known) is None


def test_a_folder_is_the_names_in_it(tmp_path: Path) -> None:
    (tmp_path / "epoch1.pth").touch()
    known = settled(tmp_path)
    (tmp_path / ".hidden").touch()
    assert renewed(known) is not None
    (tmp_path / "epoch2.pth").touch()
    assert renewed(known) is None


def test_a_missing_file_is_missed_until_it_is_there(tmp_path: Path) -> None:
    known = settled(tmp_path / "settings.json")
    assert renewed(known) == known
    (tmp_path / "settings.json").touch()
    assert renewed(known) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    known = settled(tmp_path / "pipe")
    assert renewed(known) == known
