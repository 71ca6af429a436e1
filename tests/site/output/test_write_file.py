"""Files of a site are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from convatlas.site.output import write_file as module
from convatlas.site.output.write_file import write_file


def test_every_byte_is_written_as_it_is(tmp_path: Path) -> None:
    """A file opened as text would turn line ends into Windows' own."""
    data = bytes(range(256)) + b"\r\n\n\r\x1a"
    write_file(str(tmp_path / "file"), data)
    write_file(str(tmp_path / "file"), data + b"more")
    assert (tmp_path / "file").read_bytes() == data + b"more"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_everybody_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_file(str(tmp_path / "file"), b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_link_is_replaced_and_what_it_leads_to_is_as_before(tmp_path: Path, link: object) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"other")
    other.chmod(0o600)
    assert callable(link)
    link(tmp_path / "file", other)
    write_file(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (other.read_bytes(), stat.S_IMODE(other.stat().st_mode)) == (b"other", 0o600)


@pytest.mark.parametrize("link", [True, False])
def test_what_a_process_of_the_same_number_left_is_no_obstacle(tmp_path: Path, link: bool) -> None:
    left, other = tmp_path / f"file.{os.getpid()}.tmp", tmp_path / "other"
    other.write_bytes(b"other")
    if link:
        left.symlink_to(other)
    else:
        left.write_bytes(b"left")
    write_file(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert other.read_bytes() == b"other"
    assert not left.exists()


def test_a_folder_of_that_name_gives_way(tmp_path: Path) -> None:
    (tmp_path / "file" / "inner").mkdir(parents=True)
    write_file(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_without_a_mode_for_open_files_that_of_the_path_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.os, "supports_fd", set())  # as on Windows
    write_file(str(tmp_path / "file"), b"x")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644


def test_where_it_fails_the_file_is_as_before_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_file(str(tmp_path / "file"), b"old")
    monkeypatch.setattr(module.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_file(str(tmp_path / "file"), b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
